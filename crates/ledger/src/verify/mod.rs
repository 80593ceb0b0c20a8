//! Checking the embedded engine's books by counting them again.
//!
//! The log is read without being changed. Each batch is replayed by the engine's own state machine,
//! and every transfer in it is counted a second time by other code over plain maps. Both must agree
//! on every sum, on what became of every reservation, and debits must equal credits in every
//! ledger. Snapshots are held against the log where they were taken, and the index against what the
//! log made, row by row.

mod index;
mod recount;
mod snapshots;

use std::{error::Error, fs::File, path::Path, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    embedded::{
        LOG_NAME, OpenError,
        cell::{CELL_U64, Cell},
        open::{look, replay_frame},
        scan::{Frame, Step},
    },
    state::{Known, State},
};
use recount::Recount;
use snapshots::Snapshots;

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
    /// What is no problem but worth knowing, one sentence each.
    pub notes: Vec<String>,
}

/// Counts the books in `dir` again. Best run while they are closed: otherwise it judges what was
/// written so far.
///
/// An incomplete last record is not a problem but a note: the engine cuts it off when it opens.
#[must_use]
pub fn verify(dir: &Path) -> Report {
    let mut state = State::new();
    let mut recount = Recount::default();
    let mut notes = Vec::new();
    // What was made from the log is read before it, so that the log has all that it has.
    let mut taken = Snapshots::read(dir, &mut recount);
    let old = index::look(dir);
    match count_all(dir, &mut state, &mut recount, &mut taken) {
        Ok(torn) => {
            taken.compare_rest(&mut recount);
            old.compare(&state, &mut recount);
            notes.extend(torn);
        }
        Err(error) => recount.problem(with_sources(&error)),
    }
    let checked = recount.compare(&state);
    let problems = recount.into_problems();
    if !problems.is_empty() {
        // Whether a start would cut anything depends on them.
        notes.clear();
    }
    Report { ok: problems.is_empty(), checked, problems, notes }
}

/// Counts to the end of the log; answers what is to be said of the end.
fn count_all(
    dir: &Path,
    state: &mut State,
    recount: &mut Recount,
    taken: &mut Snapshots,
) -> Result<Option<String>, OpenError> {
    let file = File::open(dir.join(LOG_NAME)).map_err(OpenError::Io)?;
    let mut scan = look(Arc::new(file))?;
    loop {
        let cell = scan.next;
        taken.compare_at(cell, state, recount);
        match scan.step_beside_a_writer()? {
            Step::Frame(frame) => {
                // All rows stay in memory, so nothing old is asked for.
                replay_frame(state, &frame, |_, _| Ok(Known::default()))?;
                count(recount, &frame);
            }
            Step::End => return Ok(None),
            Step::Torn { bytes } => {
                let offset = cell.saturating_mul(CELL_U64);
                return Ok(Some(format!(
                    "from byte {offset} on the log ends with {bytes} bytes of an incomplete write; \
                     the next start cuts them off"
                )));
            }
            Step::Damaged { cell } => {
                return Err(OpenError::Damaged { offset: cell.saturating_mul(CELL_U64) });
            }
        }
    }
}

fn count(recount: &mut Recount, frame: &Frame) {
    recount.advance(frame.now);
    for row in &frame.rows {
        match row {
            Cell::Account(account) => recount.add_account(account),
            Cell::Transfer(transfer) => recount.add_transfer(transfer, frame.now),
            Cell::Refused(_) | Cell::Head { .. } => {}
        }
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
