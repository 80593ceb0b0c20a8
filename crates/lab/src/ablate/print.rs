//! The table as text, as JSON and as the page in the docs.

use std::fmt::Write as _;

use kanuki_domain::Yen;
use serde::Serialize;

use super::{Ablation, Theft, Without, Worth};
use crate::report::Start;

#[derive(Serialize)]
struct Json<'a> {
    seed: u64,
    customers: u32,
    days: u32,
    answers: u32,
    controls: Vec<JsonRow<'a>>,
}

#[derive(Serialize)]
struct JsonRow<'a> {
    off: &'a [String],
    about: &'a [String],
    yen_kept: Yen,
    questioned: bool,
    behind: Option<String>,
    thefts: Vec<JsonTheft<'a>>,
}

#[derive(Serialize)]
struct JsonTheft<'a> {
    playbook: &'a str,
    start: Start,
    with: Yen,
    without: Yen,
}

impl<'a> From<&'a Theft> for JsonTheft<'a> {
    fn from(theft: &'a Theft) -> Self {
        let Theft { playbook, start, with, without } = theft;
        Self { playbook, start: *start, with: *with, without: *without }
    }
}

/// `sleeper (inside)`.
fn name(theft: &Theft) -> String {
    match theft.start {
        Start::Outside => theft.playbook.clone(),
        Start::Inside => format!("{} (inside)", theft.playbook),
    }
}

impl Ablation {
    /// For programs: amounts are strings of digits.
    ///
    /// # Errors
    ///
    /// None that a table of names and amounts could bring about.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let controls = self.rows.iter().map(|row| self.json_row(row)).collect();
        let Self { seed, customers, days, answers, .. } = *self;
        serde_json::to_string_pretty(&Json { seed, customers, days, answers, controls })
    }

    fn json_row<'a>(&self, row: &'a Without) -> JsonRow<'a> {
        let worth = self.worth(row);
        JsonRow {
            off: &row.off,
            about: &row.about,
            yen_kept: row.kept(),
            questioned: worth == Worth::Questioned && row.off.len() == 1,
            behind: if let Worth::Behind(other) = worth { Some(other) } else { None },
            thefts: row.thefts.iter().map(JsonTheft::from).collect(),
        }
    }

    /// For a terminal: one line for each row, where it shows below it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let width = self.rows.iter().map(|row| row.off.join(" + ").len()).max().unwrap_or(0);
        for row in &self.rows {
            let (off, kept) = (row.off.join(" + "), row.kept().to_string());
            let _infallible = writeln!(text, "{off:<width$}  {kept:>12}  {}", self.says(row));
        }
        text
    }

    /// What a row says: where it shows, what stands behind it, or that it is questioned.
    pub(super) fn says(&self, row: &Without) -> String {
        match self.worth(row) {
            Worth::Alone => {
                let shows = row.shows();
                let most = shows.first().map(|theft| {
                    format!("most in {}: {} in place of {}", name(theft), theft.without, theft.with)
                });
                let others = shows.len().saturating_sub(1);
                let others = if others == 0 { String::new() } else { format!(", {others} more") };
                format!("{}{others}", most.unwrap_or_default())
            }
            Worth::Behind(other) => format!("nothing alone; {other} stands behind it"),
            Worth::Questioned if row.off.len() > 1 => "nothing".to_owned(),
            Worth::Questioned => "QUESTIONED: nothing more is stolen without it".to_owned(),
        }
    }

    /// The rows of `docs/controls.md`.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let off: Vec<String> = row.off.iter().map(|name| format!("`{name}`")).collect();
            let about = if row.off.len() == 1 { row.about.join("") } else { String::new() };
            let shows = row.shows();
            let most = shows.first().map_or_else(String::new, |theft| {
                let start = theft.start.name();
                format!("`{}` {start}: {} → {}", theft.playbook, theft.with, theft.without)
            });
            let more: Vec<String> = shows.iter().skip(1).map(|theft| name(theft)).collect();
            let more = match self.worth(row) {
                Worth::Alone => more.join(", "),
                Worth::Behind(other) => format!("`{other}` stands behind it"),
                Worth::Questioned => "**questioned**".to_owned(),
            };
            let (off, kept) = (off.join(" + "), row.kept());
            let _infallible = writeln!(text, "| {off} | {about} | {kept} | {most} | {more} |");
        }
        text
    }
}
