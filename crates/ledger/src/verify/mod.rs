//! Checking the embedded engine's books by counting them again.
//!
//! The log is read without being changed. Each batch is replayed by the engine's own state machine,
//! and every transfer that it accepted is counted a second time by other code over plain maps. Both
//! must agree on every sum, on what became of every reservation, and debits must equal credits in
//! every ledger.

mod recount;

use std::{error::Error, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    embedded::{LOG_NAME, OpenError, Record, read_log},
    model::Transfer,
    result::{CreateAccountResult, CreateTransferResult},
    state::{Batch, BatchResults, State},
};
use recount::Recount;

/// The most problems that are told; the rest would say the same.
pub const PROBLEMS_MAX: usize = 100;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// True if everything agrees.
    pub ok: bool,
    /// How many accounts and transfers were compared.
    pub checked: u64,
    /// What does not agree, one sentence each, at most [`PROBLEMS_MAX`].
    pub problems: Vec<String>,
}

/// Counts the books in `dir` again. Best run while they are closed: otherwise it judges what was
/// written so far.
///
/// An incomplete last record is not a problem; the engine cuts it off when it opens.
#[must_use]
pub fn verify(dir: &Path) -> Report {
    let mut state = State::new();
    let mut recount = Recount::default();
    let read = read_log(&dir.join(LOG_NAME), |record| {
        let results = state.apply(&record.batch, record.now);
        if u32::try_from(results.created()) != Ok(record.created) {
            return Err(OpenError::Diverged { sequence: record.sequence });
        }
        count(&mut recount, &state, &record, &results);
        Ok(())
    });
    if let Err(error) = read {
        recount.problem(with_sources(&error));
    }
    let checked = recount.compare(&state);
    let problems = recount.into_problems();
    Report { ok: problems.is_empty(), checked, problems }
}

fn count(recount: &mut Recount, state: &State, record: &Record, results: &BatchResults) {
    recount.advance(record.now);
    match (&record.batch, results) {
        (Batch::Accounts(accounts), BatchResults::Accounts(results)) => {
            for (account, result) in accounts.iter().zip(results) {
                if *result == CreateAccountResult::Created {
                    recount.add_account(account);
                }
            }
        }
        (Batch::Transfers(transfers), BatchResults::Transfers(results)) => {
            let accepted = transfers.iter().zip(results);
            for (request, _) in accepted.filter(|(_, r)| **r == CreateTransferResult::Created) {
                add(recount, state, record, request);
            }
        }
        (Batch::Tick, BatchResults::Tick) => {}
        (
            Batch::Accounts(_) | Batch::Transfers(_) | Batch::Tick,
            BatchResults::Accounts(_) | BatchResults::Transfers(_) | BatchResults::Tick,
        ) => recount.problem(format!("record at byte {} has foreign results", record.offset)),
    }
}

fn add(recount: &mut Recount, state: &State, record: &Record, request: &Transfer) {
    match state.transfer(request.id) {
        Some(kept) => recount.add_transfer(request, &kept.transfer, record.now),
        None => recount.problem(format!("transfer {} was accepted and not kept", request.id)),
    }
}

fn with_sources(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
