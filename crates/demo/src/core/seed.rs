//! The books on the first day.

use jiff::Timestamp;
use kanuki_ledger::{
    CreateAccountResult, CreateTransferResult, LedgerEngine, Transfer, TransferId,
    engine::BATCH_MAX,
};

use super::{CoreCustomer, CoreError, chart};

/// Makes all accounts and books what they were opened with, once: the ids are fixed, so a second
/// start makes nothing. Refuses a ledger that was opened with other amounts.
pub(super) async fn open_books(
    ledger: &dyn LedgerEngine,
    customers: &[CoreCustomer],
    now: Timestamp,
) -> Result<(), CoreError> {
    let holders = customers.iter().flat_map(|customer| &customer.accounts);
    let mut accounts = chart::common();
    let mut transfers = Vec::new();
    for account in holders {
        let at = &account.number;
        let id = |what| TransferId::derive(&["core", what, at.branch(), at.number()]);
        accounts.extend(chart::of_holder(at, account.has_overdraft));
        if !account.opening.is_zero() {
            let (from, to) = (chart::vault(), chart::deposit(at));
            let code = chart::transfer_code::OPENING;
            transfers.push(Transfer::posted(id("opening"), from, to, account.opening, code));
        }
        if account.has_overdraft {
            let (from, to) = (chart::facility(), chart::room(at));
            let (limit, code) = (account.overdraft_limit(), chart::transfer_code::FACILITY);
            transfers.push(Transfer::posted(id("facility"), from, to, limit, code));
        }
    }
    for batch in accounts.chunks(BATCH_MAX) {
        let results = ledger.create_accounts(batch.to_vec(), now).await?;
        let refused = results.into_iter().find(|result| !result.is_done());
        refused.map_or(Ok(()), |result: CreateAccountResult| refuse(result.name()))?;
    }
    for batch in transfers.chunks(BATCH_MAX) {
        let results = ledger.create_transfers(batch.to_vec(), now).await?;
        let refused = results.into_iter().find(|result| !result.is_done());
        refused.map_or(Ok(()), |result: CreateTransferResult| refuse(result.name()))?;
    }
    Ok(())
}

fn refuse(reason: &'static str) -> Result<(), CoreError> {
    Err(CoreError::Books(reason.into()))
}
