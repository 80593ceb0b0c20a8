//! The loss table: one row for each crime, one column for each policy, and the picture of it.

use std::fmt::Write as _;

use kanuki_domain::Yen;
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
    yen_lost: Option<Yen>,
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

    /// The most that one crime took under one policy.
    pub(super) fn most(&self) -> Yen {
        let runs = self.rows.iter().flat_map(|row| row.runs.iter().flatten());
        runs.map(|run| run.loss.yen_lost).max().unwrap_or_default()
    }

    /// The picture: a bar for each crime and policy, all to one scale. It is made of lines of text, so
    /// that it fits a telephone.
    pub(super) fn picture(&self) -> Markup {
        let most = self.most();
        html! {
            figure.bars {
                figcaption {
                    "Yen lost by crime and policy. Bars are to scale: the longest is " (most) "."
                }
                @for row in &self.rows {
                    div.crime {
                        a.name href=(format!("#{}", row.playbook)) { (row.playbook) }
                        @for (column, run) in self.columns.iter().zip(&row.runs) {
                            @if let Some(run) = run {
                                (bar(column, run.loss.yen_lost, most))
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
                                } @else { td { "not played" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `yen` on a scale that ends with `most` at `long`. What is not nothing can be seen.
pub(super) fn scaled(yen: Yen, most: Yen, long: u64) -> u64 {
    let product = u128::from(yen.amount()).saturating_mul(u128::from(long));
    let most = u128::from(most.amount().max(1));
    let exact = u64::try_from(product.checked_div(most).unwrap_or(0)).unwrap_or(long);
    if yen.is_zero() { 0 } else { exact.max(2) }
}

fn bar(column: &str, lost: Yen, most: Yen) -> Markup {
    // In thousandths of the width, so that the shortest can be told apart.
    let share = scaled(lost, most, 1_000);
    let width = format!("width: {}.{}%", share.checked_div(10).unwrap_or(0), share % 10);
    html! {
        div.row {
            span.column { (column) }
            @if share > 0 { span.track { span.fill style=(width) {} } }
            span class=(if lost.is_zero() { "yen good" } else { "yen bad" }) { (lost) }
        }
    }
}

fn cell(run: Option<&Run>) -> String {
    run.map_or_else(
        || "-".to_owned(),
        |run| format!("{}{}", run.loss.yen_lost, if run.is_ok() { "" } else { " MISSED" }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_to_one_scale_and_a_yen_is_seen() {
        let most = Yen::of(900_000);
        let long = |yen| scaled(Yen::of(yen), most, 900);

        assert_eq!([long(900_000), long(300_000), long(1), long(0)], [900, 300, 2, 0]);
        assert_eq!(scaled(Yen::ZERO, Yen::ZERO, 900), 0);
    }
}
