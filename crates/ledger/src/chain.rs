//! One chain of transfers, as use cases send it: all or nothing, and safe to send again.

use jiff::Timestamp;

use crate::{
    engine::{LedgerEngine, LedgerError},
    model::{Transfer, TransferFlags, TransferId, TransferRecord},
    result::CreateTransferResult as R,
    state::compare,
};

/// Why a chain was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// One of its transfers was refused, so none was made.
    #[error("transfer {index} of the chain was refused: {reason}")]
    Refused {
        /// Which one, counted from 0.
        index: usize,
        /// Its id.
        id: TransferId,
        /// Why.
        reason: R,
    },
    /// Some of its ids exist and others do not: they were used in another chain. Nothing was made.
    #[error("transfer {index} does not exist although others of its chain do")]
    Torn {
        /// The first one that is missing, counted from 0.
        index: usize,
        /// Its id.
        id: TransferId,
    },
    /// The ledger gave no answer: the chain may have been made. Send it again.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl ChainError {
    /// Why the ledger refused, if it did.
    #[must_use]
    pub const fn reason(&self) -> Option<R> {
        match self {
            Self::Refused { reason, .. } => Some(*reason),
            Self::Torn { .. } | Self::Ledger(_) => None,
        }
    }
}

/// Makes all of `transfers`, or none of them.
///
/// Sets the linked flags. Sending the same chain again is a success and moves nothing, whatever
/// became of its reservations since: whoever continues an old one looks at
/// [`TransferRecord::pending`]. An empty chain is a success.
pub async fn chain(
    engine: &dyn LedgerEngine,
    mut transfers: Vec<Transfer>,
    now: Timestamp,
) -> Result<(), ChainError> {
    let last = transfers.len().saturating_sub(1);
    for (index, transfer) in transfers.iter_mut().enumerate() {
        transfer.flags = TransferFlags { linked: index != last, ..transfer.flags };
    }
    if transfers.is_empty() {
        return Ok(());
    }
    let results = engine.create_transfers(transfers.clone(), now).await?;
    let refused = results
        .iter()
        .copied()
        .enumerate()
        .find(|(_, r)| !matches!(r, R::Created | R::LinkedEventFailed));
    match refused {
        None if results.iter().all(|r| *r == R::Created) => Ok(()),
        // A chain ends at its first `exists`, so the rest says nothing: look whether all is there.
        Some((_, R::Exists)) => check_retry(engine, &transfers, now).await,
        Some((index, reason)) => Err(refusal(&transfers, index, reason)),
        None => Err(refusal(&transfers, 0, R::LinkedEventFailed)),
    }
}

fn refusal(transfers: &[Transfer], index: usize, reason: R) -> ChainError {
    let id = transfers.get(index).map_or(TransferId(0), |t| t.id);
    ChainError::Refused { index, id, reason }
}

/// A chain of which one id exists is a retry exactly if all exist with the same fields.
async fn check_retry(
    engine: &dyn LedgerEngine,
    transfers: &[Transfer],
    now: Timestamp,
) -> Result<(), ChainError> {
    let ids: Vec<TransferId> = transfers.iter().map(|t| t.id).collect();
    let pending_ids: Vec<TransferId> =
        transfers.iter().map(|t| t.pending_id.unwrap_or(TransferId(0))).collect();
    let existing = engine.lookup_transfers(&ids, now).await?;
    let pendings = engine.lookup_transfers(&pending_ids, now).await?;
    let rows = transfers.iter().zip(existing).zip(pendings).enumerate();
    for (index, ((request, existing), pending)) in rows {
        let Some(TransferRecord { transfer: existing, .. }) = existing else {
            return Err(ChainError::Torn { index, id: request.id });
        };
        let pending = pending.map(|record| record.transfer);
        let reason = compare::transfers(request, &existing, pending.as_ref());
        if reason != R::Exists {
            return Err(refusal(transfers, index, reason));
        }
    }
    Ok(())
}
