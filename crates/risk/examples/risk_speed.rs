//! `risk_speed DOCUMENT.md PICTURE.svg` measures nothing: it draws what docs/performance.md says of the engine,
//! beside its peers and beside what a decision may take. `cargo xtask bench risk --draw` runs it.
#![expect(
    clippy::disallowed_types,
    clippy::float_arithmetic,
    reason = "lengths of bars in a picture"
)]

use std::{error::Error, fmt::Write as _, fs};

type Fallible<T> = Result<T, Box<dyn Error>>;

/// Where the rows of the engine begin and end in the document.
const SECTION: (&str, &str) = ("\n## The risk engine\n", "\n## ");

/// A row of the document that is drawn.
struct Row {
    /// What it is called here.
    name: &'static str,
    /// How it begins there.
    begins: &'static str,
    /// In which cell the figure stands, counted from 0.
    cell: usize,
    /// What is asked of it.
    aim: Option<f64>,
    /// In what it is counted.
    unit: &'static str,
}

const fn times(name: &'static str, begins: &'static str, cell: usize, aim: Option<f64>) -> Row {
    Row { name, begins, cell, aim, unit: "times" }
}

const TIMES: [Row; 6] = [
    times(
        "Redis: one attempt in a call",
        "the same beside Redis, by the clock, one attempt in a call",
        1,
        None,
    ),
    times("Redis: the same, processor time", "the same beside Redis, by processor time", 1, None),
    times(
        "Redis: a hundred in a call, one thread",
        "the same beside Redis, by the clock, a hundred attempts",
        1,
        None,
    ),
    times(
        "Redis: all in one call, two threads",
        "the same beside Redis, by the clock, all attempts",
        1,
        Some(15.0),
    ),
    times("zen-engine: twenty rules", "zen-engine", 2, Some(40.0)),
    times("cedar-policy: twenty rules", "cedar-policy", 2, Some(40.0)),
];

const TAKEN: [Row; 3] = [
    Row {
        name: "a whole decision, median",
        begins: "whole decisions with their records",
        cell: 1,
        aim: Some(5.0),
        unit: "µs",
    },
    Row {
        name: "a whole decision, p99",
        begins: "the same, p99",
        cell: 1,
        aim: Some(20.0),
        unit: "µs",
    },
    Row {
        name: "ten million keys in memory",
        begins: "the same, memory of the process",
        cell: 1,
        aim: Some(4.0),
        unit: "GB",
    },
];

const STYLE: &str = "<style>
text { font: 13px system-ui, sans-serif; fill: #1b1f24 }
.small { font-size: 11px }
.title { font-weight: 700 }
.ours { fill: #0b6e4f }
.aim { stroke: #b4690e; stroke-width: 2 }
.grid { stroke: #c9ced6 }
@media (prefers-color-scheme: dark) {
text { fill: #e6e9ee }
.ours { fill: #4cc295 }
.aim { stroke: #f0a94a }
.grid { stroke: #444b55 }
}
</style>";

const LEFT: f64 = 270.0;
const WIDE: f64 = 400.0;
/// How high a row is, and its bar.
const STEP: f64 = 24.0;
const BAR: f64 = 14.0;
/// The largest figure of the first part, in powers of ten.
const TENS: f64 = 3.0;

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [document, picture] = arguments.as_slice() else {
        return Err("risk_speed DOCUMENT.md PICTURE.svg".into());
    };
    Ok(fs::write(picture, draw(section(&fs::read_to_string(document)?)?)?)?)
}

fn section(document: &str) -> Fallible<&str> {
    let (_, rest) = document.split_once(SECTION.0).ok_or("no section of the risk engine")?;
    Ok(rest.split_once(SECTION.1).map_or(rest, |(section, _)| section))
}

/// The smallest figure of a cell: where two runs stand there, the less good one.
fn figure(section: &str, row: &Row) -> Fallible<f64> {
    let mut lines = section.lines().filter_map(|line| line.strip_prefix("| "));
    let line = lines.find(|line| line.starts_with(row.begins));
    let line = line.ok_or_else(|| format!("no row of {}", row.begins))?;
    let cell = line.split(" | ").nth(row.cell).ok_or_else(|| format!("no cell in {line}"))?;
    let words = cell.split(|c: char| !c.is_ascii_digit() && c != '.');
    let figures = words.filter_map(|word| word.parse::<f64>().ok());
    figures.min_by(f64::total_cmp).ok_or_else(|| format!("no figure in {cell}").into())
}

fn draw(section: &str) -> Fallible<String> {
    let mut svg = String::new();
    let mut said = Vec::new();
    let mut y = 20.0;
    let title = "Times as many as the peer, in the same run (logarithmic; the line is the aim)";
    writeln!(svg, "<text class=\"title\" x=\"10\" y=\"{y}\">{title}</text>")?;
    y += 30.0;
    let at = |times: f64| LEFT + times.log10().max(0.0) / TENS * WIDE;
    let rows = STEP * 6.0;
    for (ten, named) in [(1.0, "1"), (10.0, "10"), (100.0, "100"), (1_000.0, "1,000")] {
        let x = at(ten);
        writeln!(
            svg,
            "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{y}\" y2=\"{}\"/>\n\
             <text class=\"small\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{named}</text>",
            y + rows,
            y - 6.0
        )?;
    }
    for row in &TIMES {
        let found = figure(section, row)?;
        bar(&mut svg, row, (at(found), row.aim.map(at)), y, &format!("{found}"))?;
        said.push(format!("{} {found}", row.name));
        y += STEP;
    }
    y += 30.0;
    let title = "Of what is allowed (the line)";
    writeln!(svg, "<text class=\"title\" x=\"10\" y=\"{y}\">{title}</text>")?;
    y += 14.0;
    for row in &TAKEN {
        let (found, aim) = (figure(section, row)?, row.aim.ok_or("nothing is asked of it")?);
        let text = format!("{found} of {aim} {}", row.unit);
        // The line stands at four fifths of the width, the same for each.
        let of = |share: f64| LEFT + (share * 0.8).min(1.0) * WIDE;
        bar(&mut svg, row, (of(found / aim), Some(of(1.0))), y, &text)?;
        said.push(format!("{} {text}", row.name));
        y += STEP;
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 {}\" role=\"img\" \
         aria-label=\"The risk engine, in times of its peers: {}\">\n{STYLE}\n{svg}</svg>\n",
        y + 10.0,
        said.join("; ")
    ))
}

/// One bar, from the left to `to`, with its figure behind it and a line at what is asked.
fn bar(
    svg: &mut String,
    row: &Row,
    (to, aim): (f64, Option<f64>),
    y: f64,
    text: &str,
) -> Fallible<()> {
    let (wide, below) = (to - LEFT, y + BAR - 2.0);
    let behind = aim.map_or(to, |aim| aim.max(to)) + 8.0;
    writeln!(
        svg,
        "<text x=\"10\" y=\"{below}\">{}</text>\n\
         <rect class=\"ours\" x=\"{LEFT}\" y=\"{y}\" width=\"{wide:.1}\" height=\"{BAR}\"/>\n\
         <text class=\"small\" x=\"{behind:.1}\" y=\"{below}\">{text}</text>",
        row.name
    )?;
    if let Some(aim) = aim {
        let (top, bottom) = (y - 3.0, y + BAR + 3.0);
        writeln!(
            svg,
            "<line class=\"aim\" x1=\"{aim:.1}\" x2=\"{aim:.1}\" y1=\"{top}\" y2=\"{bottom}\"/>"
        )?;
    }
    Ok(())
}
