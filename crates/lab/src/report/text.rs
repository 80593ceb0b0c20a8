//! One column for each run, for the terminal.

use std::fmt::Write as _;

use super::{Report, Run, basis_points, percent, rules};

/// Told only where there is any.
const UNBACKED: &str = "  lost by the wallet on a bank's word";

/// What one column says on one line.
type Cell = fn(&Run) -> String;

const ROWS: &[(&str, Cell)] = &[
    ("yen lost", |run| run.loss.yen_lost.to_string()),
    ("  per victim", |run| match run.loss.per_victim {
        (least, most) if least == most => most.to_string(),
        (least, most) => format!("{least} to {most}"),
    }),
    ("  most missing at a time", |run| run.loss.peak_missing.to_string()),
    ("  compensated", |run| run.loss.compensated.to_string()),
    (UNBACKED, |run| run.loss.unbacked.to_string()),
    ("victims", |run| run.loss.victims.to_string()),
    ("accounts linked by the thief", |run| run.loss.links.to_string()),
    ("attempts of the thief", |run| run.loss.attempts.to_string()),
    ("notices to victims", |run| run.loss.notices.to_string()),
    ("debits after new links were halted", |run| run.loss.debits_after_halt.to_string()),
    ("reported after", |run| span(run.loss.detected_after_s)),
    ("contained after", |run| span(run.loss.contained_after_s)),
    ("honest requests", |run| run.honest.requests.to_string()),
    ("  declined", |run| share(run.honest.declined, run.honest.requests)),
    ("  challenged", |run| share(run.honest.challenged, run.honest.requests)),
    ("  held", |run| share(run.honest.held, run.honest.requests)),
    ("  waited as was said before", |run| share(run.honest.waited, run.honest.requests)),
    ("  people ever hindered", |run| share(run.honest.people_hindered, run.honest.people)),
    ("  links completed", |run| share(run.honest.links_made, run.honest.links_begun)),
    ("  first page to first top-up (median)", |run| span(run.honest.first_topup_s_p50)),
    ("verdict", |run| if run.is_ok() { "ok".to_owned() } else { "MISSED".to_owned() }),
];

fn share(part: u64, whole: u64) -> String {
    match whole {
        0 => "-".to_owned(),
        _ => format!("{part} ({})", percent(basis_points(part, whole))),
    }
}

/// `90061` seconds as `1 d 1 h`.
pub(super) fn span(secs: Option<u64>) -> String {
    let Some(secs) = secs else { return "-".to_owned() };
    let part = |unit: u64| secs.checked_div(unit).unwrap_or(0);
    let (days, hours, minutes) = (part(86_400), part(3_600) % 24, part(60) % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{secs} s"),
        (0, 0, minutes) => format!("{minutes} min {} s", secs % 60),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// Crimes of which each is told in full; of more, only the loss table and what was missed.
const TOLD_MAX: usize = 3;

impl Report {
    /// A table for a terminal, the bars that were missed below it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let losses = self.table();
        let mut text = String::new();
        if losses.rows.len() > 1 {
            text.push_str(&losses.to_text());
            text.push('\n');
        }
        let tells_all = losses.rows.len() <= TOLD_MAX;
        for row in &losses.rows {
            let runs: Vec<&Run> = self.runs.iter().filter(|r| r.playbook == row.playbook).collect();
            if tells_all {
                text.push_str(&table(row.playbook, &runs));
                text.push_str(&footnotes(&runs));
            } else if runs.iter().any(|run| !run.is_ok()) {
                text.push_str(row.playbook);
                text.push_str(&footnotes(&runs));
            }
        }
        if !tells_all {
            text.push_str(&rules::never_to_text(self));
        }
        text
    }
}

fn table(playbook: &str, runs: &[&Run]) -> String {
    let head = std::iter::once(playbook.to_owned()).chain(runs.iter().map(|run| run.title()));
    let mut lines: Vec<Vec<String>> = vec![head.collect()];
    let has_unbacked = runs.iter().any(|run| !run.loss.unbacked.is_zero());
    for (name, cell) in ROWS.iter().filter(|(name, _)| *name != UNBACKED || has_unbacked) {
        let cells = runs.iter().map(|run| cell(run));
        lines.push(std::iter::once((*name).to_owned()).chain(cells).collect());
    }
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..=runs.len()).map(width).collect();
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
            let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
            if column == 0 {
                let _infallible = write!(text, "{cell}{pad}");
            } else {
                let _infallible = write!(text, "   {pad}{cell}");
            }
        }
        text.push('\n');
        if number == 0 {
            let gaps = runs.len().saturating_mul(3);
            text.push_str(&"-".repeat(widths.iter().sum::<usize>().saturating_add(gaps)));
            text.push('\n');
        }
    }
    text
}

/// `12 answers lost, 3 writes to a full disk`.
pub(super) fn struck(run: &Run) -> String {
    let all = run.faults.iter().map(|(what, times)| format!("{times} {what}"));
    all.collect::<Vec<_>>().join(", ")
}

fn footnotes(runs: &[&Run]) -> String {
    let mut text = String::from("\n");
    for run in runs {
        let Run { seed, variant, customers, days, .. } = run;
        let title = run.title();
        let _infallible =
            writeln!(text, "{title}: seed {seed}, {customers} customers, {days} days; {variant}");
        if let Some(file) = &run.policy_file {
            let _infallible = writeln!(text, "  {}", file.line());
        }
        if !run.loss.bounded_by.is_empty() {
            let _infallible = writeln!(text, "  bounded by: {}", run.loss.bounded_by);
        }
        if !run.faults.is_empty() {
            let _infallible = writeln!(text, "  faults: {}", struck(run));
        }
        for bar in run.bars.iter().filter(|bar| !bar.is_met) {
            let _infallible =
                writeln!(text, "  MISSED: {} (measured: {})", bar.wanted, bar.measured);
        }
        text.push_str(&rules::to_text(run));
        for finding in &run.findings {
            let _infallible = writeln!(text, "  FOUND: {finding}");
        }
    }
    text
}
