//! What was moved here from another engine, told as it was there.
//!
//! A cluster has what was moved as *imported*, without chains and mostly without deadlines. What it
//! was is kept beside it: `user_data_32` of an account or a transfer, and the timeout of a
//! reservation in `user_data_64`. Whoever reads sees what was there before, and whoever sends it
//! again is told `exists`, as before; a cluster alone would call it another one.

use std::collections::HashMap;

use tigerbeetle as tb;

use super::{
    TigerBeetleEngine, convert,
    moving::script::{Origin, Told, expiry_of},
};
use crate::{
    engine::LedgerError,
    model::{Account, AccountFlags, Transfer},
    result::{CreateAccountResult as A, CreateTransferResult as R},
    state::compare,
};

const MOVED: u32 = 1 << 31;
const LINKED: u32 = 1;
const IMPORTED: u32 = 1 << 1;
const EXPIRY: u32 = 1 << 2;

/// Above a timeout, so that it is not taken for the mark of what a settlement settles.
const TIMEOUT: u64 = 0x6b61_6e75_0000_0000;

fn bits(origin: Origin) -> u32 {
    let bit = |is_set: bool, bit: u32| if is_set { bit } else { 0 };
    MOVED
        | bit(origin.linked, LINKED)
        | bit(origin.imported, IMPORTED)
        | bit(origin.is_expiry, EXPIRY)
}

fn of_bits(bits: u32, timeout_secs: u32) -> Origin {
    let has = |bit: u32| bits & bit != 0;
    Origin { linked: has(LINKED), imported: has(IMPORTED), timeout_secs, is_expiry: has(EXPIRY) }
}

/// An account that is moved; `imported` is as it is told, `flags` are those that it had.
pub(super) fn account_for(imported: &Account, flags: AccountFlags) -> tb::Account {
    let AccountFlags { linked, imported: was_imported, .. } = flags;
    let origin = Origin { linked, imported: was_imported, ..Origin::default() };
    tb::Account { user_data_32: bits(origin), ..convert::account_for(imported) }
}

/// A transfer that is moved.
pub(super) fn transfer_for(told: &Told) -> tb::Transfer {
    let sent = convert::transfer_for(&told.transfer);
    let timeout = if told.transfer.flags.settles() {
        sent.user_data_64
    } else {
        TIMEOUT | u64::from(told.origin.timeout_secs)
    };
    tb::Transfer { user_data_32: bits(told.origin), user_data_64: timeout, ..sent }
}

/// What an account was, if it was moved.
pub(super) fn origin_of_account(account: &tb::Account) -> Option<Origin> {
    (account.user_data_32 & MOVED != 0).then(|| of_bits(account.user_data_32, 0))
}

/// What a transfer was, if it was moved. A post or void that was made here inherits the words of
/// what it settles: only an imported one has its own.
pub(super) fn origin_of(transfer: &tb::Transfer) -> Option<Origin> {
    let has = |flag: tb::TransferFlags| transfer.flags.0 & flag.0 != 0;
    let settles =
        has(tb::TransferFlags::PostPendingTransfer) || has(tb::TransferFlags::VoidPendingTransfer);
    let is_moved =
        transfer.user_data_32 & MOVED != 0 && (!settles || has(tb::TransferFlags::Imported));
    let timeout = u32::try_from(transfer.user_data_64 & u64::from(u32::MAX));
    let timeout = if settles { 0 } else { timeout.unwrap_or(0) };
    is_moved.then(|| of_bits(transfer.user_data_32, timeout))
}

impl TigerBeetleEngine {
    /// Judges anew what is said to be another one than `requests`, if that was moved here.
    pub(super) async fn judge_accounts(
        &self,
        requests: &[Account],
        results: &mut [A],
    ) -> Result<(), LedgerError> {
        let others = A::ExistsWithDifferentFlags..=A::ExistsWithDifferentCode;
        let doubtful = requests.iter().zip(results).filter(|(_, result)| others.contains(result));
        let doubtful: Vec<_> = doubtful.collect();
        if doubtful.is_empty() {
            return Ok(());
        }
        let ids: Vec<u128> = doubtful.iter().map(|(request, _)| request.id.bits()).collect();
        let kept = self.ask(|client| client.lookup_accounts(&ids)).await?;
        let kept: HashMap<u128, tb::Account> = kept.into_iter().map(|a| (a.id, a)).collect();
        for (request, result) in doubtful {
            let moved = kept.get(&request.id.bits()).filter(|a| origin_of_account(a).is_some());
            if let Some(account) = moved {
                *result = compare::accounts(request, &convert::account_of(account)?);
            }
        }
        Ok(())
    }

    /// The same for transfers.
    pub(super) async fn judge_transfers(
        &self,
        requests: &[Transfer],
        results: &mut [R],
    ) -> Result<(), LedgerError> {
        let others = R::ExistsWithDifferentFlags..=R::ExistsWithDifferentCode;
        let doubtful = requests.iter().zip(results).filter(|(_, result)| others.contains(result));
        let doubtful: Vec<_> = doubtful.collect();
        let kept = self.by_id(doubtful.iter().map(|(request, _)| request.id.bits())).await?;
        let settled = kept.values().map(|kept| kept.pending_id).filter(|id| *id != 0);
        let settled = self.by_id(settled).await?;
        for (request, result) in doubtful {
            let moved = kept.get(&request.id.bits()).filter(|t| origin_of(t).is_some());
            if let Some(transfer) = moved {
                let existing = convert::transfer_of(transfer)?;
                let pending = settled.get(&transfer.pending_id).map(convert::transfer_of);
                *result = compare::transfers(request, &existing, pending.transpose()?.as_ref());
            }
        }
        Ok(())
    }

    /// What timed out before it was moved was voided here: whoever settles it is told what happened.
    pub(super) async fn judge_settlements(
        &self,
        requests: &[Transfer],
        results: &mut [R],
    ) -> Result<(), LedgerError> {
        let doubtful = requests.iter().zip(results).filter_map(|(request, result)| {
            let pending = request.settled_id()?;
            (*result == R::PendingTransferAlreadyVoided).then_some((expiry_of(pending), result))
        });
        let doubtful: Vec<_> = doubtful.collect();
        let kept = self.by_id(doubtful.iter().map(|(void, _)| void.bits())).await?;
        for (void, result) in doubtful {
            let origin = kept.get(&void.bits()).and_then(origin_of);
            if origin.is_some_and(|origin| origin.is_expiry) {
                *result = R::PendingTransferExpired;
            }
        }
        Ok(())
    }

    async fn by_id(
        &self,
        ids: impl Iterator<Item = u128>,
    ) -> Result<HashMap<u128, tb::Transfer>, LedgerError> {
        let kept = self.kept(ids.collect()).await?;
        Ok(kept.into_iter().map(|transfer| (transfer.id, transfer)).collect())
    }
}
