//! What became of a pending transfer, which TigerBeetle keeps but does not tell.
//!
//! Every post and void that this engine makes carries a mark of what it settles, and is found by it.
//! If there is none, the cluster's clock decides between *pending* and *expired*: it is read first,
//! so that a transfer whose deadline had come by then, and which is found unsettled after, can never
//! be settled any more. A clock that runs behind ours only means "still pending" for longer.

use std::collections::HashMap;

use tigerbeetle as tb;

use super::{TigerBeetleEngine, convert, moved};
use crate::{
    engine::LedgerError,
    model::{PAGE_MAX, PendingState, TransferId},
};

const SETTLES: u16 =
    tb::TransferFlags::PostPendingTransfer.0 | tb::TransferFlags::VoidPendingTransfer.0;

/// What a post or a void of the transfer `id` carries in `user_data_64`. Never 0, which means
/// "none". Two transfers may share a mark: the pending id itself is compared.
pub(super) fn mark(id: u128) -> u64 {
    let folded = (id ^ id.rotate_right(64)) & u128::from(u64::MAX);
    u64::try_from(folded).unwrap_or(1).max(1)
}

fn has(flags: tb::TransferFlags, flag: tb::TransferFlags) -> bool {
    flags.0 & flag.0 != 0
}

impl TigerBeetleEngine {
    /// What became of each of `transfers`; `None` for one that was not pending.
    pub(super) async fn pending_states(
        &self,
        transfers: &[tb::Transfer],
    ) -> Result<Vec<Option<PendingState>>, LedgerError> {
        let is_pending = |t: &&tb::Transfer| has(t.flags, tb::TransferFlags::Pending);
        // A page often holds both halves.
        let mut settled: HashMap<u128, tb::Transfer> = transfers
            .iter()
            .filter(|t| t.flags.0 & SETTLES != 0)
            .map(|t| (t.pending_id, *t))
            .collect();
        let open: Vec<&tb::Transfer> =
            transfers.iter().filter(is_pending).filter(|t| !settled.contains_key(&t.id)).collect();
        let clock = if open.iter().any(|t| t.timeout != 0) { self.clock().await? } else { 0 };
        for transfer in open {
            if let Some(settlement) = self.settlement(transfer.id).await? {
                settled.insert(transfer.id, settlement);
            }
        }
        transfers
            .iter()
            .map(|t| {
                if is_pending(&t) {
                    state(t, settled.get(&t.id), clock).map(Some)
                } else {
                    Ok(None)
                }
            })
            .collect()
    }

    /// The post or void of the transfer `id`.
    async fn settlement(&self, id: u128) -> Result<Option<tb::Transfer>, LedgerError> {
        let filter =
            tb::QueryFilter { user_data_64: mark(id), limit: PAGE_MAX, ..Default::default() };
        let found = self.ask(|client| client.query_transfers(filter)).await?;
        Ok(found.into_iter().find(|t| t.pending_id == id && t.flags.0 & SETTLES != 0))
    }

    /// An instant of the cluster, in nanoseconds: everything that is answered after has a later
    /// one. It is read off the refusal of an account without an id, which changes nothing.
    pub(super) async fn clock(&self) -> Result<u64, LedgerError> {
        let nobody = [tb::Account::default()];
        let refused = self.ask(|client| client.create_accounts(&nobody)).await?;
        refused.first().map(|result| result.timestamp).ok_or(LedgerError::Unavailable)
    }
}

fn state(
    pending: &tb::Transfer,
    settlement: Option<&tb::Transfer>,
    clock: u64,
) -> Result<PendingState, LedgerError> {
    if let Some(by) = settlement {
        let id = TransferId(by.id);
        if moved::origin_of(by).is_some_and(|origin| origin.is_expiry) {
            return Ok(PendingState::Expired { at: convert::instant_of(was_due(pending))? });
        }
        return Ok(if has(by.flags, tb::TransferFlags::PostPendingTransfer) {
            PendingState::Posted { by: id, amount: convert::yen_of(by.amount)? }
        } else {
            PendingState::Voided { by: id }
        });
    }
    let Some(deadline) = deadline(pending) else {
        return Ok(PendingState::Pending { expires_at: None });
    };
    let at = convert::instant_of(deadline)?;
    Ok(if deadline <= clock {
        PendingState::Expired { at }
    } else {
        PendingState::Pending { expires_at: Some(at) }
    })
}

/// The deadline that a moved one had before it was moved.
fn was_due(pending: &tb::Transfer) -> u64 {
    let secs = moved::origin_of(pending).map_or(0, |origin| origin.timeout_secs);
    pending.timestamp.saturating_add(u64::from(secs).saturating_mul(1_000_000_000))
}

fn deadline(pending: &tb::Transfer) -> Option<u64> {
    let timeout = u64::from(pending.timeout).checked_mul(1_000_000_000).filter(|t| *t > 0)?;
    Some(pending.timestamp.saturating_add(timeout))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_mark_is_never_none() {
        let folds_to_nothing = (7 << 64) | 7;

        assert_eq!([mark(0), mark(folds_to_nothing)], [1, 1]);
        assert_eq!(mark(5), 5);
        assert_ne!(mark(5 << 64 | 1), mark(6 << 64 | 1));
    }

    #[test]
    fn the_clusters_clock_decides_when_nobody_settled() {
        let flags = tb::TransferFlags::Pending;
        let pending = tb::Transfer { flags, timeout: 2, timestamp: 1_000, ..Default::default() };
        let at = Timestamp::from_nanosecond(2_000_001_000).unwrap();
        let settle = |flags| tb::Transfer { id: 9, amount: 4, flags, ..Default::default() };
        let post = settle(tb::TransferFlags::PostPendingTransfer);
        let void = settle(tb::TransferFlags::VoidPendingTransfer);
        let by = TransferId(9);
        let amount = kanuki_domain::Yen::of(4);

        let early = state(&pending, None, 2_000_000_999);
        let due = state(&pending, None, 2_000_001_000);
        let posted = state(&pending, Some(&post), 2_000_001_000);
        let voided = state(&pending, Some(&void), 0);

        assert_eq!(early, Ok(PendingState::Pending { expires_at: Some(at) }));
        assert_eq!(due, Ok(PendingState::Expired { at }));
        assert_eq!(posted, Ok(PendingState::Posted { by, amount }));
        assert_eq!(voided, Ok(PendingState::Voided { by }));
    }
}
