//! Taking over books that were kept by another engine.
//!
//! They are told as the cluster can keep them ([`script`]), under the ids and at the instants that
//! they had; what it cannot keep is noted beside it ([`super::moved`]), so that whoever reads or
//! repeats sees no difference. Then all is read back, compared row by row and counted again
//! ([`count`]), and only then does the cluster say that the books have arrived. Before, nobody is
//! served ([`super::whose`]).
//!
//! Everything that is sent may be sent again: a move that was interrupted, at whichever request,
//! is begun again and finds what is there already. Nothing is ever taken back from a cluster, so
//! one on which other books are, or other ones were begun, is refused.
//!
//! Books that are still served go in two pieces ([`pieces`]).

mod count;
mod pieces;
pub(super) mod script;
#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]
mod tests;

use std::collections::HashSet;

use tigerbeetle as tb;

use super::{ClaimError, TigerBeetleEngine, convert, moved};
use crate::{
    chapter::{Chapter, Moved},
    engine::LedgerError,
    model::{AccountId, LEDGER_YEN, TransferId},
    result::{CreateAccountResult as A, CreateTransferResult as R},
};
pub use pieces::Moving;
use script::{Script, Survey, Told};

/// Why books were not taken over. The old ones count; type it again, or take another cluster.
#[derive(Debug, thiserror::Error)]
pub enum TakeOverError<E: std::error::Error + 'static> {
    /// The books that are moved cannot be read.
    #[error("the books cannot be read")]
    Source(#[source] E),
    /// It does not answer; what was sent may still arrive, and does no harm.
    #[error("the cluster does not answer")]
    Silent(#[from] LedgerError),
    /// It is somebody else's.
    #[error("the cluster is not ours")]
    NotOurs(#[source] ClaimError),
    /// Something is on it already, or other books were begun to be moved there.
    #[error("there are other books on this cluster already: format another one")]
    NotEmpty,
    /// An account or a transfer was refused.
    #[error("the cluster refuses {what} {id:032x}: {status}{advice}")]
    Refused {
        /// Account, transfer or refused id.
        what: &'static str,
        /// Which.
        id: u128,
        /// What it said.
        status: &'static str,
        /// What to do about it.
        advice: &'static str,
    },
    /// Read back, it is another one.
    #[error("read back from the cluster, the books are wrong: {0}")]
    Wrong(String),
}

impl<E: std::error::Error + 'static> From<ClaimError> for TakeOverError<E> {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Silent(error) => Self::Silent(error),
            ClaimError::NotOurs(_) | ClaimError::OnTheirWay => Self::NotOurs(error),
        }
    }
}

fn refused<E: std::error::Error + 'static>(
    what: &'static str,
    id: u128,
    status: &'static str,
) -> TakeOverError<E> {
    let is_ahead = status == R::ImportedEventTimestampMustNotAdvance.name();
    let advice = if is_ahead {
        ", because the cluster's clock is behind that of the old books: set it, and move again"
    } else {
        ""
    };
    TakeOverError::Refused { what, id, status, advice }
}

/// Which books they are, so that a move is only ever continued with the same.
fn name(moved: &Moved) -> u128 {
    let until = moved.until.map_or_else(String::new, |at| at.to_string());
    let sizes = [moved.accounts, moved.transfers, moved.refused].map(|n| n.to_string());
    let [accounts, transfers, refused] = &sizes;
    AccountId::derive(&["moved", accounts, transfers, refused, &until]).bits()
}

impl TigerBeetleEngine {
    async fn make_all_accounts<E: std::error::Error + 'static>(
        &self,
        survey: &Survey,
        batch: usize,
    ) -> Result<(), TakeOverError<E>> {
        let accounts: Vec<tb::Account> = survey
            .imported()
            .zip(&survey.accounts)
            .map(|(told, account)| moved::account_for(&told, account.flags))
            .collect();
        for some in accounts.chunks(batch) {
            self.make_accounts(some).await?;
        }
        Ok(())
    }

    /// Tells the piece that `survey` looked at, all but what is late; `before` is the piece before it.
    async fn tell<E: std::error::Error + 'static>(
        &self,
        script: &mut Script,
        before: Option<&Survey>,
        survey: &Survey,
        batch: usize,
        chapters: impl Iterator<Item = Result<Chapter, E>>,
    ) -> Result<(), TakeOverError<E>> {
        let (mut told, mut burnt) = (Vec::new(), Vec::new());
        told.extend(before.map(|before| script.release(before, survey)).into_iter().flatten());
        for chapter in chapters {
            let chapter = chapter.map_err(TakeOverError::Source)?;
            told.extend(script.tell(survey, &chapter));
            burnt.extend(&chapter.refused);
            while told.len() >= batch {
                let rest = told.split_off(batch);
                self.make(&told).await?;
                told = rest;
            }
        }
        told.extend(script.finish(survey));
        for some in told.chunks(batch) {
            self.make(some).await?;
        }
        for some in burnt.chunks(batch) {
            self.burn(some).await?;
        }
        Ok(())
    }

    async fn make_accounts<E: std::error::Error + 'static>(
        &self,
        accounts: &[tb::Account],
    ) -> Result<(), TakeOverError<E>> {
        let results = self.ask(|client| client.create_accounts(accounts)).await?;
        for (account, result) in accounts.iter().zip(results) {
            let result = convert::account_result(result.status)?;
            // A move before this one has closed it already; what else may differ is counted later.
            let is_closed = result == A::ExistsWithDifferentFlags;
            if !result.is_done() && !is_closed {
                return Err(refused("account", account.id, result.name()));
            }
        }
        Ok(())
    }

    async fn make<E: std::error::Error + 'static>(
        &self,
        told: &[Told],
    ) -> Result<(), TakeOverError<E>> {
        let events: Vec<tb::Transfer> = told.iter().map(moved::transfer_for).collect();
        let results = self.ask(|client| client.create_transfers(&events)).await?;
        for (event, result) in events.iter().zip(results) {
            let result = convert::transfer_result(result.status)?;
            // A request of a move that was interrupted came late, with as much time or more.
            let is_there = event.timeout != 0 && result == R::ExistsWithDifferentTimeout;
            if !result.is_done() && !is_there {
                return Err(refused("transfer", event.id, result.name()));
            }
        }
        Ok(())
    }

    /// Ids that were refused for a passing reason are refused here too, and for ever: an account
    /// that does not exist is such a reason.
    async fn burn<E: std::error::Error + 'static>(
        &self,
        ids: &[TransferId],
    ) -> Result<(), TakeOverError<E>> {
        let nobody = |name| AccountId::derive(&["moved", "nobody", name]).bits();
        let [debit_account_id, credit_account_id] = ["debit", "credit"].map(nobody);
        let events: Vec<tb::Transfer> = ids
            .iter()
            .map(|id| tb::Transfer {
                id: id.bits(),
                debit_account_id,
                credit_account_id,
                ledger: LEDGER_YEN,
                code: 1,
                ..Default::default()
            })
            .collect();
        let results = self.ask(|client| client.create_transfers(&events)).await?;
        for (event, result) in events.iter().zip(results) {
            let result = convert::transfer_result(result.status)?;
            if !matches!(result, R::DebitAccountNotFound | R::IdAlreadyFailed) {
                return Err(refused("refused id", event.id, result.name()));
            }
        }
        Ok(())
    }

    /// What has a deadline, from the cluster's now on. What a move before this one has made has its
    /// own already.
    async fn make_late<E: std::error::Error + 'static>(
        &self,
        survey: &Survey,
        batch: usize,
    ) -> Result<(), TakeOverError<E>> {
        for some in survey.late.chunks(batch) {
            let ids = some.iter().map(|late| late.transfer.id.bits()).collect();
            let made: HashSet<u128> = self.kept(ids).await?.iter().map(|kept| kept.id).collect();
            let now = self.instant().await?;
            let missing = some.iter().filter(|late| !made.contains(&late.transfer.id.bits()));
            let told: Vec<Told> = missing.map(|late| late.told(now)).collect();
            if !told.is_empty() {
                self.make(&told).await?;
            }
        }
        Ok(())
    }
}
