//! Taking back one transfer of a chain that failed, exactly.

use jiff::Timestamp;

use super::State;
use crate::model::{Account, PendingState, TransferId};

/// The books before one transfer, as far as it changed them.
#[derive(Debug)]
pub(super) struct Undo {
    id: TransferId,
    debit: Account,
    credit: Account,
    /// What it settled, and the state before.
    settled: Option<(TransferId, PendingState)>,
    stamped: Timestamp,
}

impl State {
    /// What it takes to undo the transfer `id` that is about to be written.
    pub(super) const fn undo_of(
        &self,
        id: TransferId,
        debit: Account,
        credit: Account,
        settled: Option<(TransferId, PendingState)>,
    ) -> Undo {
        Undo { id, debit, credit, settled, stamped: self.stamped }
    }

    /// Takes back the newest transfer. Undos are applied newest first.
    pub(super) fn undo(&mut self, undo: Undo) {
        let Undo { id, debit, credit, settled, stamped } = undo;
        if let Some(transfer) = self.transfers.remove(&id)
            && let Some(state) = self.pendings.remove(&id)
        {
            self.remove_deadline(&transfer, state);
        }
        if let Some((pending_id, state)) = settled
            && let Some(pending) = self.transfers.get(&pending_id).copied()
        {
            self.insert_pending(&pending, state);
        }
        for account in [debit, credit] {
            drop_last(&mut self.by_account, account);
            if account.flags.history {
                drop_last(&mut self.history, account);
            }
            self.accounts.insert(account.id, account);
        }
        self.stamped = stamped;
    }
}

/// Drops the last row, and the list with it when nothing is left, so that nothing tells of it.
fn drop_last<T>(
    rows: &mut std::collections::BTreeMap<crate::model::AccountId, Vec<T>>,
    account: Account,
) {
    if let Some(list) = rows.get_mut(&account.id) {
        list.pop();
        if list.is_empty() {
            rows.remove(&account.id);
        }
    }
}
