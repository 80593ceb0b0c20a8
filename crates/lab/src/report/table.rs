//! The loss table: one row for each crime, one column for each policy, and the picture of it.

use std::fmt::Write as _;

use maud::{Markup, html};
use serde::Serialize;

use super::{Report, Run};

/// One crime under every policy that it was played under.
#[derive(Clone, Debug)]
pub(super) struct Row<'a> {
    pub(super) playbook: &'a str,
    pub(super) about: &'a str,
    pub(super) runs: Vec<Option<&'a Run>>,
}

/// The loss table.
#[derive(Clone, Debug)]
pub(super) struct Table<'a> {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row<'a>>,
}

/// One row as JSON.
#[derive(Debug, Serialize)]
pub(super) struct JsonRow {
    playbook: String,
    cells: Vec<JsonCell>,
}

/// One cell as JSON; no loss where the crime was not played.
#[derive(Debug, Serialize)]
struct JsonCell {
    column: String,
    yen_lost: Option<kanuki_domain::Yen>,
    ok: Option<bool>,
}

impl Report {
    /// The loss table of everything that was run.
    pub(super) fn table(&self) -> Table<'_> {
        let mut columns: Vec<String> = Vec::new();
        let mut rows: Vec<Row<'_>> = Vec::new();
        for run in &self.runs {
            if !columns.contains(&run.title()) {
                columns.push(run.title());
            }
            if !rows.iter().any(|row| row.playbook == run.playbook) {
                rows.push(Row { playbook: &run.playbook, about: &run.about, runs: Vec::new() });
            }
        }
        for row in &mut rows {
            let of = |title: &String| {
                self.runs.iter().find(|run| run.playbook == row.playbook && run.title() == *title)
            };
            row.runs = columns.iter().map(of).collect();
        }
        Table { columns, rows }
    }
}

impl Table<'_> {
    /// For a terminal; what missed its bar is marked.
    pub(super) fn to_text(&self) -> String {
        let head = std::iter::once("yen lost".to_owned()).chain(self.columns.iter().cloned());
        let mut lines: Vec<Vec<String>> = vec![head.collect()];
        for row in &self.rows {
            let cells = row.runs.iter().map(|run| cell(*run));
            lines.push(std::iter::once(row.playbook.to_owned()).chain(cells).collect());
        }
        let width = |column: usize| {
            let cells = lines.iter().filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..=self.columns.len()).map(width).collect();
        let mut text = String::new();
        for line in &lines {
            for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
                let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
                let _infallible = if column == 0 {
                    write!(text, "{cell}{pad}")
                } else {
                    write!(text, "   {pad}{cell}")
                };
            }
            text.push('\n');
        }
        text
    }

    /// For programs.
    pub(super) fn to_json(&self) -> Vec<JsonRow> {
        let cell = |(column, run): (&String, Option<&Run>)| JsonCell {
            column: column.clone(),
            yen_lost: run.map(|run| run.loss.yen_lost),
            ok: run.map(Run::is_ok),
        };
        let row = |row: &Row<'_>| JsonRow {
            playbook: row.playbook.to_owned(),
            cells: self.columns.iter().zip(row.runs.iter().copied()).map(cell).collect(),
        };
        self.rows.iter().map(row).collect()
    }

    /// The picture: a bar for each crime and policy, as long as its loss has digits.
    pub(super) fn picture(&self) -> Markup {
        let (left, step, high) = (250_u64, 190_u64, 26_u64);
        let rows = u64::try_from(self.rows.len()).unwrap_or(0);
        let columns = u64::try_from(self.columns.len()).unwrap_or(0);
        let width = left.saturating_add(columns.saturating_mul(step));
        let height = rows.saturating_add(2).saturating_mul(high);
        let x = |place: usize| {
            left.saturating_add(u64::try_from(place).unwrap_or(0).saturating_mul(step))
        };
        let y =
            |place: usize| u64::try_from(place).unwrap_or(0).saturating_add(2).saturating_mul(high);
        html! {
            div.chart {
                svg viewBox=(format!("0 0 {width} {height}")) role="img"
                    aria-label="Yen lost by crime and policy; the table below has the figures" {
                    @for (place, column) in self.columns.iter().enumerate() {
                        text.name x=(x(place)) y="20" { (column) }
                    }
                    @for (line, row) in self.rows.iter().enumerate() {
                        text.name x="0" y=(y(line)) { (row.playbook) }
                        @for (place, run) in row.runs.iter().enumerate() {
                            @if let Some(run) = run {
                                rect x=(x(place)) y=(y(line).saturating_sub(14)) height="16"
                                    width=(bar(run)) rx="3"
                                    class=(if run.loss.yen_lost.is_zero() { "none" } else { "lost" }) {}
                                text x=(x(place).saturating_add(bar(run)).saturating_add(6))
                                    y=(y(line)) { (run.loss.yen_lost) }
                            } @else {
                                text x=(x(place)) y=(y(line)) { "not played" }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The figures, each with what was missed.
    pub(super) fn to_html(&self) -> Markup {
        html! {
            table {
                caption { "Yen lost, 30 days after the attack ended" }
                thead { tr { th { "Crime" } @for column in &self.columns { th { (column) } } } }
                tbody {
                    @for row in &self.rows {
                        tr {
                            td { a href=(format!("#{}", row.playbook)) { (row.playbook) } br; small { (row.about) } }
                            @for run in &row.runs {
                                @if let Some(run) = run {
                                    td class=(if run.loss.yen_lost.is_zero() { "good" } else { "bad" }) {
                                        (run.loss.yen_lost)
                                        @if !run.is_ok() { " (missed)" }
                                    }
                                } @else { td { "–" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Pixels: eleven for each digit, four for nothing.
fn bar(run: &Run) -> u64 {
    let lost = run.loss.yen_lost.amount();
    let digits = lost.checked_ilog10().map_or(0, |digits| u64::from(digits).saturating_add(1));
    digits.saturating_mul(11).saturating_add(4)
}

fn cell(run: Option<&Run>) -> String {
    run.map_or_else(
        || "-".to_owned(),
        |run| format!("{}{}", run.loss.yen_lost, if run.is_ok() { "" } else { " MISSED" }),
    )
}
