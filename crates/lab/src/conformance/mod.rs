//! `kanuki conformance`: what the rules ask of a wallet and a bank, row by row, and which of it this
//! pair was seen to do.
//!
//! ```text
//!  rows ─── what is asked, by whom ──┐
//!  probes ─ people and thieves at ───┼─▶ pass, fail, manual, not applicable, unverified
//!           a pair that was started  │
//!  mutants  the same pair with one control off: there, the probe must fail
//! ```
//!
//! A row passes when every probe that shows it saw what it looked for; a row that is shown by a
//! document says which; a row that nobody could verify never passes.
//!
//! **Invariant:** a probe acts through browsers, telephones, machines and counters, as everybody in
//! the lab does. It asks no engine and reads no database; beyond HTTP it reads messages that arrived
//! and the passbook of the account's holder.

mod cover;
mod mask;
mod outside;
mod probe;
mod probes;
mod report;
mod rows;
mod scene;

use std::{collections::BTreeMap, sync::Arc};

pub use outside::{Running, check_at};
pub use rows::Force;

use crate::{
    playbook::Calendar,
    run::{LabError, spread},
    world::Mint,
};
use probe::{Fault, Seen};
use rows::{Row, Shown};

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was seen.
    Pass,
    /// It was looked for and not seen.
    Fail,
    /// A person shows it.
    Manual,
    /// It asks nothing of such a pair.
    NotApplicable,
    /// Nobody knows whether it is asked.
    Unverified,
    /// It was not looked at: from outside it cannot be seen.
    NotRun,
}

impl State {
    /// As in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Manual => "manual",
            Self::NotApplicable => "na",
            Self::Unverified => "unverified",
            Self::NotRun => "not_run",
        }
    }
}

/// One row, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Its name, as in the sources' table.
    pub id: &'static str,
    /// How binding it is.
    pub force: Force,
    /// Where it stands.
    pub source: &'static str,
    /// What it asks, in short.
    pub about: &'static str,
    /// What became of it.
    pub state: State,
    /// What was seen, or what a person has to show.
    pub evidence: String,
    /// The controls without which it would fail, for a row that runs.
    pub fails_if: Vec<&'static str>,
}

/// Every row, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conformance {
    /// In the order of the sources.
    pub rows: Vec<Checked>,
    /// Where the pair's pages are, the wallet's first, if it was one that was running.
    pub pages: Vec<String>,
    /// What of the pair was named by an address at which its pages are not.
    pub named: Vec<String>,
}

impl Conformance {
    /// True if no row fails and something was seen.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.count(State::Fail) == 0 && self.count(State::Pass) > 0
    }

    /// How many rows came to `state`.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.rows.iter().filter(|row| row.state == state).count()
    }
}

/// Starts a pair for each probe, lets it look, and judges every row.
///
/// # Errors
///
/// [`LabError::Broken`] if a pair could not be started. A row that fails is no error: see
/// [`Conformance::is_ok`].
pub fn check() -> Result<Conformance, LabError> {
    let probes = probes::all();
    let mint = mint().map_err(broken)?;
    let seen = spread(&probes, |probe| probe.run(false, &mint)).map_err(broken)?;
    let mut by_id = BTreeMap::new();
    for (probe, seen) in probes.iter().zip(seen) {
        by_id.insert(probe.id, seen.map_err(broken)?);
    }
    Ok(judge(&by_id))
}

fn broken(source: anyhow::Error) -> LabError {
    LabError::Broken { seed: probe::SEED, source: source.into_boxed_dyn_error() }
}

/// The keys of one wallet and every bank.
fn mint() -> anyhow::Result<Arc<Mint>> {
    let companies = kanuki_demo::people::BANKS.len().saturating_add(1);
    Mint::of(Calendar::of(probe::CALENDAR_DAYS).start, companies)
}

fn judge(seen: &BTreeMap<&'static str, Seen>) -> Conformance {
    let rows = rows::all().iter().map(|row| judge_row(row, seen)).collect();
    Conformance { rows, pages: Vec::new(), named: Vec::new() }
}

fn judge_row(row: &Row, seen: &BTreeMap<&'static str, Seen>) -> Checked {
    let (state, evidence) = match row.shown {
        // What nobody could verify never passes, whatever ran.
        _ if row.force == Force::Unverified => (State::Unverified, unverified(row)),
        Shown::Unverified(why) => (State::Unverified, why.to_owned()),
        Shown::Manual(what) => (State::Manual, what.to_owned()),
        Shown::NotApplicable(why) => (State::NotApplicable, why.to_owned()),
        Shown::Runs(ids) => judge_probes(ids, seen),
        Shown::RunsAnd(ids, paper) => {
            let (state, evidence) = judge_probes(ids, seen);
            (state, format!("{evidence}; beside what the program does, a person shows: {paper}"))
        }
    };
    let Row { id, force, source, about, .. } = *row;
    Checked { id, force, source, about, state, evidence, fails_if: fails_if(row) }
}

fn unverified(row: &Row) -> String {
    match row.shown {
        Shown::Unverified(why) => why.to_owned(),
        Shown::Runs(_) | Shown::RunsAnd(..) | Shown::Manual(_) | Shown::NotApplicable(_) => {
            "no source could be verified".to_owned()
        }
    }
}

/// What a probe of the row notices the lack of.
fn fails_if(row: &Row) -> Vec<&'static str> {
    let ids = row.shown.probes();
    let shows = |probe: &probe::Probe| ids.contains(&probe.id);
    let mut all: Vec<&str> =
        probes::all().into_iter().filter(shows).map(|probe| probe.off.about).collect();
    all.dedup();
    all
}

/// All of them must have seen it; what one missed is said first.
fn judge_probes(ids: &[&'static str], seen: &BTreeMap<&'static str, Seen>) -> (State, String) {
    let (mut evidence, mut missed) = (Vec::new(), Vec::new());
    for id in ids {
        match seen.get(id) {
            Some(Ok(words)) => evidence.push(format!("{id}: {words}")),
            Some(Err(Fault::Broken(words))) => missed.push(format!("{id}: {words}")),
            Some(Err(Fault::Lost(words))) => {
                missed.push(format!("{id}: could not be seen ({words})"));
            }
            None => missed.push(format!("{id}: there is no such probe")),
        }
    }
    if missed.is_empty() {
        (State::Pass, evidence.join("; "))
    } else {
        (State::Fail, missed.join("; "))
    }
}

#[cfg(test)]
mod tests;
