//! `kanuki ledger reconcile`: two companies' statements side by side, without either's server.

use std::path::Path;

use anyhow::{Context as _, Result};
use kanuki_desk::reconcile::{Compared, Difference, Line, Statement, compare};

use super::args::Reconcile;
use crate::{Outcome, out::out};

fn read(file: &Path) -> Result<Statement> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    Statement::read(&bytes).with_context(|| format!("{} is no statement", file.display()))
}

fn words(line: Option<&Line>) -> String {
    line.map_or_else(
        || "-".to_owned(),
        |line| {
            let (kind, standing) = (line.kind.name(), line.standing.name());
            format!("{kind} {} {standing} {}", line.amount, line.asked_at)
        },
    )
}

fn say(difference: &Difference) {
    let Difference { id, what, ours, theirs } = difference;
    out!("{id} {}", what.name());
    out!("  ours:   {}", words(ours.as_ref()));
    out!("  theirs: {}", words(theirs.as_ref()));
}

fn tell(compared: &Compared) {
    for sums in &compared.booked {
        out!("{}: {} here, {} there", sums.kind.name(), sums.ours, sums.theirs);
    }
    let (agreed, differences) = (compared.agreed.len(), compared.differences.len());
    out!("{agreed} agree, {} under way, {differences} differ", compared.in_transit);
    compared.differences.iter().for_each(say);
}

/// Compares them.
pub(super) fn run(args: &Reconcile) -> Result<Outcome> {
    let compared = compare(&read(&args.ours)?, &read(&args.theirs)?)?;
    if args.json {
        let mut told = serde_json::to_value(&compared)?;
        if let Some(object) = told.as_object_mut() {
            object.insert("agreed".to_owned(), compared.agreed.len().into());
            object.insert("ok".to_owned(), compared.differences.is_empty().into());
        }
        out!("{told}");
    } else {
        tell(&compared);
    }
    Ok(if compared.differences.is_empty() { Outcome::Well } else { Outcome::Bad })
}
