//! The loss table as a picture of its own, for a README or a slide: no script, nothing from elsewhere,
//! and readable on light and on dark paper.

use kanuki_domain::Yen;
use maud::{Markup, PreEscaped, html};

use super::{Report, table::scaled};

/// Where the first column begins, how wide each is, and how high a row is.
const LEFT: u64 = 236;
const STEP: u64 = 196;
const HIGH: u64 = 24;
/// The longest bar.
const BAR: u64 = 104;

const STYLE: &str = "
text { font: 13px system-ui, 'Noto Sans', sans-serif; fill: #1a1a1c; }
.head, .name { font-weight: 700; } .note { fill: #5c5c62; }
.lost { fill: #b3261e; } .none { fill: #115a36; } .rule { stroke: #d5d7dc; }
@media (prefers-color-scheme: dark) {
text { fill: #ececf0; } .note { fill: #a9abb3; }
.lost { fill: #ff8f86; } .none { fill: #7ad6a3; } .rule { stroke: #3c3f47; }
}
";

impl Report {
    /// A row for each crime and a column for each policy, bars to one scale.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let table = self.table();
        let most = table.most();
        let count = |len: usize| u64::try_from(len).unwrap_or(0);
        let x = |column: usize| LEFT.saturating_add(count(column).saturating_mul(STEP));
        let y = |row: usize| count(row).saturating_add(2).saturating_mul(HIGH);
        let (width, height) = (x(table.columns.len()), y(table.rows.len()).saturating_add(HIGH));
        let seeds: Vec<String> =
            self.runs.first().map(|run| run.seed.to_string()).into_iter().collect();
        let note = format!(
            "Yen lost, 30 days after the attack ended; seed {}; the longest bar is {most}. –: not played.",
            seeds.join("")
        );
        let picture = html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {width} {height}"))
                role="img" aria-label="Yen lost to each crime under each policy" {
                style { (PreEscaped(STYLE)) }
                @for (place, column) in table.columns.iter().enumerate() {
                    text.head x=(x(place)) y="20" { (column) }
                }
                line.rule x1="0" x2=(width) y1="30" y2="30" {}
                @for (line, row) in table.rows.iter().enumerate() {
                    text.name x="0" y=(y(line)) { (row.playbook) }
                    @for (place, run) in row.runs.iter().enumerate() {
                        @let lost = run.map(|run| run.loss.yen_lost);
                        (cell(lost, most, (x(place), y(line))))
                    }
                }
                text.note x="0" y=(height.saturating_sub(6)) { (note) }
            }
        };
        format!("{}\n", picture.into_string())
    }
}

fn cell(lost: Option<Yen>, most: Yen, (x, y): (u64, u64)) -> Markup {
    let Some(lost) = lost else {
        return html! { text.note x=(x) y=(y) { "–" } };
    };
    let long = scaled(lost, most, BAR);
    let class = if lost.is_zero() { "none" } else { "lost" };
    html! {
        @if long > 0 {
            rect class=(class) x=(x) y=(y.saturating_sub(12)) width=(long) height="14" rx="2" {}
        }
        text class=(if lost.is_zero() { "none" } else { "" })
            x=(x.saturating_add(long).saturating_add(if long > 0 { 6 } else { 0 })) y=(y) { (lost) }
    }
}
