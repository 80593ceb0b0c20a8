//! The picture of `docs/performance.md`: bars on a logarithmic scale, in light and dark.

use std::fmt::Write as _;

use crate::{
    SIZES,
    report::{Figures, whole, words},
};

/// Who is drawn, and with which class.
const DRAWN: [(&str, &str); 4] = [
    ("embedded", "ours"),
    ("TigerBeetle", "theirs"),
    ("PostgreSQL engine", "pg"),
    ("PL/pgSQL loop", "loop"),
];

const STYLE: &str = "<style>
text { font: 13px system-ui, sans-serif; fill: #1b1f24 }
.small { font-size: 11px }
.ours { fill: #0b6e4f } .theirs { fill: #b4690e } .pg { fill: #2f5fb3 } .loop { fill: #7a7f87 }
line { stroke: #c9ced6 }
@media (prefers-color-scheme: dark) {
text { fill: #e6e9ee }
.ours { fill: #4cc295 } .theirs { fill: #f0a94a } .pg { fill: #82aaf5 } .loop { fill: #9aa1ab }
line { stroke: #444b55 }
}
</style>";

/// Where the bars begin, and how long a power of ten is.
const LEFT: f64 = 130.0;
const TEN: f64 = 130.0;
/// The smallest figure that has a length.
const LEAST: f64 = 100.0;

fn length(per_second: f64) -> f64 {
    (per_second / LEAST).log10().max(0.01) * TEN
}

pub(crate) fn draw(figures: &Figures) -> String {
    let mut body = String::new();
    let mut y = 56.0;
    for (place, (name, class)) in DRAWN.iter().enumerate() {
        let x = LEFT + 150.0 * place as f64;
        writeln!(body, "<rect class=\"{class}\" x=\"{x}\" y=\"8\" width=\"12\" height=\"12\"/>")
            .unwrap();
        writeln!(body, "<text x=\"{}\" y=\"19\">{name}</text>", x + 18.0).unwrap();
    }
    let begin = y;
    for size in SIZES {
        let top = y;
        for (name, class) in DRAWN {
            let Some(measured) = figures.get(name, size) else { continue };
            let (wide, text) = (length(measured.per_second), whole(measured.per_second));
            writeln!(
                body,
                "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{wide:.1}\" height=\"11\"/>\n\
                 <text class=\"small\" x=\"{:.1}\" y=\"{}\">{text}</text>",
                LEFT + wide + 6.0,
                y + 10.0
            )
            .unwrap();
            y += 14.0;
        }
        writeln!(body, "<text x=\"8\" y=\"{}\">{}</text>", f64::midpoint(top, y), words(size))
            .unwrap();
        y += 14.0;
    }
    let mut lines = String::new();
    for (place, label) in ["100", "1,000", "10,000", "100,000", "1,000,000"].iter().enumerate() {
        let x = LEFT + TEN * place as f64;
        writeln!(lines, "<line x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{y}\"/>", begin - 8.0).unwrap();
        writeln!(lines, "<text class=\"small\" x=\"{x}\" y=\"{}\">{label}</text>", begin - 14.0)
            .unwrap();
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 {y}\" role=\"img\" \
         aria-label=\"Transfers per second by size of batch\">\n{STYLE}\n{lines}{body}</svg>\n"
    )
}
