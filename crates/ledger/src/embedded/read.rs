//! Reads that join the books with what is old.
//!
//! A look at the books is short and sees nothing that is not durable. What it says is no longer there
//! is read from log and index afterwards, without holding anybody up: old rows never change. Only what
//! became of an old reservation does, so that is asked last.

use jiff::Timestamp;

use super::{EmbeddedEngine, cold::ColdError, pages::Leaf};
use crate::{
    engine::LedgerError,
    model::{
        AccountId, BalanceRow, Filter, PAGE_MAX, PendingState, Transfer, TransferId, TransferRecord,
    },
    state::{Seek, State, Used},
};

/// What the books say about a page.
struct Page<T> {
    slot: u32,
    /// The account's newest transfer that is not in memory; 0: none.
    rest: u64,
    here: Vec<T>,
}

fn page<T>(
    state: &State,
    account: AccountId,
    filter: &Filter,
    each: impl Fn(&crate::state::Leg<'_>) -> Option<T>,
) -> Option<Page<T>> {
    let (slot, held) = state.slot_of(account)?;
    let rest = state.legs(account).last().map_or(held.last, |oldest| oldest.side.before);
    let here = state.chosen(account, filter).iter().filter_map(each).collect();
    Some(Page { slot, rest, here })
}

fn limit(filter: &Filter) -> usize {
    usize::try_from(filter.limit.min(PAGE_MAX)).unwrap_or(0)
}

/// What of an account is old, and where.
#[derive(Clone, Copy)]
struct Old {
    account: AccountId,
    slot: u32,
    rest: u64,
}

impl EmbeddedEngine {
    /// An error that callers read as "unavailable", and operators in [`EmbeddedEngine::failure`].
    fn told<T>(&self, result: Result<T, ColdError>) -> Result<T, LedgerError> {
        result.map_err(|error| {
            self.shared.damaged(&error, &self.cold);
            LedgerError::Unavailable
        })
    }

    pub(super) async fn transfers(
        &self,
        ids: &[TransferId],
        now: Timestamp,
    ) -> Result<Vec<Option<TransferRecord>>, LedgerError> {
        let asked = ids.to_vec();
        let look = move |state: &State| -> Vec<_> {
            asked.iter().map(|id| (*id, state.seek(*id), state.fate(*id))).collect()
        };
        let found = self.read(now, look).await?;
        found.into_iter().map(|(id, seek, fate)| self.told(self.found(id, seek, fate))).collect()
    }

    fn found(
        &self,
        id: TransferId,
        seek: Seek,
        fate: Option<PendingState>,
    ) -> Result<Option<TransferRecord>, ColdError> {
        let used = match seek {
            Seek::Nowhere => None,
            Seek::Here(used) => Some(used),
            Seek::There(numbers) => self.cold.used(id, &numbers, fate)?,
        };
        Ok(match used {
            Some(Used::Transfer(record)) => Some(record),
            Some(Used::Refused(_)) | None => None,
        })
    }

    pub(super) async fn transfers_of(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<TransferRecord>, LedgerError> {
        let look = move |state: &State| {
            page(state, account, &filter, |leg| Some(state.record(*leg.transfer)))
        };
        let Some(Page { slot, rest, here }) = self.read(now, look).await? else {
            return Ok(Vec::new());
        };
        if rest == 0 || (filter.reversed && here.len() >= limit(&filter)) {
            return Ok(here);
        }
        let wanted = if filter.reversed {
            limit(&filter).saturating_sub(here.len())
        } else {
            limit(&filter)
        };
        let old = Old { account, slot, rest };
        let rows = self.told(self.old(old, &filter, wanted, true))?;
        let pendings: Vec<TransferId> = rows
            .iter()
            .filter_map(|(_, transfer)| *transfer)
            .filter_map(|transfer| transfer.flags.pending.then_some(transfer.id))
            .collect();
        let fates =
            move |state: &State| -> Vec<_> { pendings.iter().map(|id| state.fate(*id)).collect() };
        let mut fates = self.read(now, fates).await?.into_iter();
        let mut records = Vec::with_capacity(rows.len());
        for (leaf, transfer) in rows {
            let Some(transfer) = transfer else { continue };
            let fate = if transfer.flags.pending { fates.next().flatten() } else { None };
            records.push(self.told(self.cold.record(leaf.number, transfer, fate))?);
        }
        Ok(joined(records, here, &filter))
    }

    pub(super) async fn balances_of(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<BalanceRow>, LedgerError> {
        let look = move |state: &State| {
            state.account(account).filter(|account| account.flags.history)?;
            page(state, account, &filter, |leg| state.balance_after(account, leg))
        };
        let Some(Page { slot, rest, here }) = self.read(now, look).await? else {
            return Ok(Vec::new());
        };
        if rest == 0 || (filter.reversed && here.len() >= limit(&filter)) {
            return Ok(here);
        }
        let wanted = if filter.reversed {
            limit(&filter).saturating_sub(here.len())
        } else {
            limit(&filter)
        };
        let old = Old { account, slot, rest };
        let rows = self.told(self.old(old, &filter, wanted, !filter.is_only_of_time()))?;
        let balances = rows.iter().filter_map(|(leaf, _)| balance(account, leaf)).collect();
        Ok(joined(balances, here, &filter))
    }

    /// At most `wanted` old transfers of an account in the order of `filter`; the transfers
    /// themselves only if they are asked for.
    fn old(
        &self,
        old: Old,
        filter: &Filter,
        wanted: usize,
        with_transfers: bool,
    ) -> Result<Vec<(Leaf, Option<Transfer>)>, ColdError> {
        let Old { account, slot, rest } = old;
        let mut rows = Vec::new();
        let mut broken = None;
        let mut each = |leaf: Leaf| {
            let is_past = if filter.reversed {
                filter.since.is_some_and(|since| leaf.timestamp < since)
            } else {
                filter.until.is_some_and(|until| leaf.timestamp > until)
            };
            if is_past || rows.len() >= wanted {
                return Ok(false);
            }
            if !with_transfers {
                rows.push((leaf, None));
                return Ok(true);
            }
            match self.cold.transfer(leaf.number) {
                Ok(transfer) if filter.wants(account, &transfer) => {
                    rows.push((leaf, Some(transfer)));
                    Ok(true)
                }
                Ok(_) => Ok(true),
                Err(error) => {
                    broken = Some(error);
                    Ok(false)
                }
            }
        };
        if filter.reversed {
            self.cold.index.backward(slot, rest, filter.until, &mut each)?;
        } else {
            self.cold.index.forward(slot, rest, filter.since, &mut each)?;
        }
        broken.map_or(Ok(rows), Err)
    }
}

/// Old and new in the order of `filter`.
fn joined<T>(old: Vec<T>, new: Vec<T>, filter: &Filter) -> Vec<T> {
    let (mut first, then) = if filter.reversed { (new, old) } else { (old, new) };
    first.extend(then);
    first.truncate(limit(filter));
    first
}

fn balance(account: AccountId, leaf: &Leaf) -> Option<BalanceRow> {
    let [debits_pending, debits_posted, credits_pending, credits_posted] = leaf.sums?;
    let timestamp = leaf.timestamp;
    Some(BalanceRow {
        account,
        timestamp,
        debits_pending,
        debits_posted,
        credits_pending,
        credits_posted,
    })
}
