//! `kanuki ledger verify`: every ledger of a data folder, or one in PostgreSQL, counted again.

use anyhow::Result;
use kanuki_ledger::PostgresEngine;

use super::{args::VerifyBooks, place::Place, wait};
use crate::{
    Outcome,
    verify::{Report, ledgers, print},
};

/// Counts them.
pub(super) fn run(args: &VerifyBooks) -> Result<Outcome> {
    let mut report = Report { ok: true, ..Report::default() };
    if let Some(file) = &args.config {
        let place = Place::to_read(file)?;
        let config = place.database()?;
        add(
            &mut report,
            &config.place(),
            wait(async { Ok(PostgresEngine::count(config).await?) })?,
        );
        return print(&report, args.json, "transfers");
    }
    for folder in ledgers(&args.data)? {
        let counted = kanuki_ledger::verify::verify(&folder);
        add(&mut report, &folder.display().to_string(), counted);
    }
    print(&report, args.json, "transfers")
}

fn add(report: &mut Report, place: &str, counted: kanuki_ledger::verify::Report) {
    report.ok &= counted.ok;
    report.checked = report.checked.saturating_add(counted.checked);
    let at_place = |text: &String| format!("{place}: {text}");
    report.problems.extend(counted.problems.iter().map(at_place));
    report.notes.extend(counted.notes.iter().map(at_place));
}
