//! Whether the index of an embedded ledger says what its log says.
//!
//! Old rows of the index are read when somebody asks for them, which may be years later. Here all of
//! them are read, and held against books that were made from the log alone.

use std::{collections::HashMap, path::Path};

use super::recount::Recount;
use crate::{
    embedded::index::{INDEX_NAME, Index, IndexError},
    model::{AccountId, PendingState},
    state::{State, ids::Print, rising::Run},
};

/// The index as it was before the log was read, so that the log has all that it has.
pub(super) struct Old {
    index: Index,
    /// Rows below it are in the index; `None` without an index.
    below: Result<Option<u64>, IndexError>,
}

/// What the sentences begin with.
const INDEX: &str = "the index of old rows";

/// Takes a look that stays the same, whatever is added meanwhile.
pub(super) fn look(dir: &Path) -> Old {
    let index = Index::new(&dir.join(INDEX_NAME));
    let below = if index.exists() {
        index.hold_still().and_then(|()| index.below()).map(Some)
    } else {
        Ok(None)
    };
    Old { index, below }
}

impl Old {
    /// Holds all of it against `state`, which has every row of the log.
    pub(super) fn compare(&self, state: &State, found: &mut Recount) {
        if self.index.is_suspect() {
            let sentence = "was found damaged while the books were served; the next start makes it \
                            again from the log";
            found.problem(format!("{INDEX} {sentence}"));
        }
        let below = match &self.below {
            Ok(None) => return,
            Ok(Some(below)) => *below,
            Err(error) => return broken(error, found),
        };
        if below > state.next_number() {
            found.problem(format!("{INDEX} goes further than the log"));
            return;
        }
        for compared in [self.ids(state, below, found), self.fates(state, below, found)] {
            if let Err(error) = compared {
                broken(&error, found);
            }
        }
        for account in state.accounts() {
            if let Err(error) = self.account(state, account.id, below, found) {
                broken(&error, found);
            }
        }
    }

    fn ids(&self, state: &State, below: u64, found: &mut Recount) -> Result<(), IndexError> {
        let mut others: u64 = 0;
        let mut in_runs: u64 = 0;
        let mut wrong: Vec<u64> = Vec::new();
        let mut wrong_of_runs: Vec<u64> = Vec::new();
        let id_of = |number| state.id_of(number).filter(|_| number < below);
        let each_run = |run: Run| {
            let lens = run.rungs.iter().map(|rung| u64::from(rung.len));
            in_runs = lens.fold(in_runs, u64::saturating_add);
            wrong_of_runs.extend(run.differing(id_of));
        };
        self.index.ids(each_run, |print, number| {
            others = others.saturating_add(1);
            if id_of(number).map(Print::of) != Some(print) {
                wrong.push(number);
            }
        })?;
        wrong.append(&mut wrong_of_runs);
        let indexed = others.saturating_add(in_runs);
        for number in wrong {
            found.problem(format!("{INDEX} has another id for number {number} than the log"));
        }
        let expected = state.rows_below(below);
        if indexed != expected {
            found.problem(format!("{INDEX} has {indexed} ids for {expected} rows of the log"));
        }
        Ok(())
    }

    fn fates(&self, state: &State, below: u64, found: &mut Recount) -> Result<(), IndexError> {
        let mut indexed: HashMap<u64, PendingState> = HashMap::new();
        self.index.fates(|number, fate| {
            indexed.insert(number, fate);
        })?;
        for (number, fate) in &indexed {
            if state.id_of(*number).and_then(|id| state.fate(id)) != Some(*fate) {
                found.problem(format!("{INDEX} tells another end of number {number} than the log"));
            }
        }
        for record in state.transfers() {
            let Some(number) = state.number_of(record.transfer.id) else { continue };
            let ended = match record.pending {
                Some(PendingState::Posted { by, .. } | PendingState::Voided { by }) => {
                    state.number_of(by)
                }
                // When a deadline was noticed is not told by any row.
                Some(PendingState::Expired { .. } | PendingState::Pending { .. }) | None => None,
            };
            let is_old = ended.is_some_and(|ended| ended < below);
            if is_old && !indexed.contains_key(&number) {
                found.problem(format!("{INDEX} lacks the end of number {number}"));
            }
        }
        Ok(())
    }

    fn account(
        &self,
        state: &State,
        id: AccountId,
        below: u64,
        found: &mut Recount,
    ) -> Result<(), IndexError> {
        let Some((slot, _)) = state.slot_of(id) else { return Ok(()) };
        let mut legs = state.legs(id).skip_while(|leg| leg.number >= below).peekable();
        let Some(newest) = legs.peek().map(|leg| leg.number) else { return Ok(()) };
        let mut is_same = true;
        self.index.backward(slot, newest, None, |leaf| {
            is_same = legs.next().is_some_and(|leg| {
                (leg.number, leg.transfer.timestamp) == (leaf.number, leaf.timestamp)
                    && state.sums_after(leg.number, slot) == leaf.sums
            });
            Ok(is_same)
        })?;
        if !is_same || legs.next().is_some() {
            found.problem(format!("{INDEX} has other transfers of account {id} than the log"));
        }
        Ok(())
    }
}

/// Notes a row that is damaged, or a disk that does not answer.
fn broken(error: &IndexError, found: &mut Recount) {
    let advice = if error.is_damage() {
        "move it away and start again: the start makes it from the log"
    } else {
        "look at the disk"
    };
    found.problem(format!("{INDEX}: {}; {advice}", super::with_sources(error)));
}
