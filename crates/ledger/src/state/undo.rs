//! Taking back one transfer of a chain that failed, exactly.

use jiff::Timestamp;

use super::State;
use crate::model::{Account, AccountId, PendingState, TransferId};

/// The books before one event, as far as it changed them.
#[derive(Debug)]
pub(super) enum Undo {
    /// A new account.
    Account { id: AccountId, stamped: Timestamp },
    /// A new transfer.
    Transfer(Box<Movement>),
}

/// The books before one transfer.
#[derive(Debug)]
pub(super) struct Movement {
    id: TransferId,
    debit: Account,
    credit: Account,
    /// What it settled, and the state before.
    settled: Option<(TransferId, PendingState)>,
    stamped: Timestamp,
    transferred: Timestamp,
}

impl State {
    /// What it takes to undo the transfer `id` that is about to be written.
    pub(super) fn undo_of(
        &self,
        id: TransferId,
        debit: Account,
        credit: Account,
        settled: Option<(TransferId, PendingState)>,
    ) -> Undo {
        let (stamped, transferred) = (self.stamped, self.transferred);
        Undo::Transfer(Box::new(Movement { id, debit, credit, settled, stamped, transferred }))
    }

    /// Takes back the newest event. Undos are applied newest first.
    pub(super) fn undo(&mut self, undo: Undo) {
        match undo {
            Undo::Account { id, stamped } => {
                if let Some(account) = self.accounts.remove(&id) {
                    self.opened.remove(&account.timestamp);
                }
                self.stamped = stamped;
            }
            Undo::Transfer(movement) => self.undo_movement(*movement),
        }
    }

    fn undo_movement(&mut self, movement: Movement) {
        let Movement { id, debit, credit, settled, stamped, transferred } = movement;
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
        self.transferred = transferred;
        if let Some(journal) = &mut self.journal {
            journal.pop();
        }
    }
}

/// Drops the last row, and the list with it when nothing is left, so that nothing tells of it.
fn drop_last<T>(rows: &mut std::collections::BTreeMap<AccountId, Vec<T>>, account: Account) {
    if let Some(list) = rows.get_mut(&account.id) {
        list.pop();
        if list.is_empty() {
            rows.remove(&account.id);
        }
    }
}
