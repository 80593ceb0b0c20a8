//! One batch of books as it was kept: what every engine can tell, and every engine can make again.

use jiff::Timestamp;

use crate::{
    model::{Account, Transfer, TransferId},
    state::Batch,
};

/// One batch of other books, as it was kept there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// The instant at which it was taken.
    pub now: Timestamp,
    /// The accounts that it made.
    pub accounts: Vec<Account>,
    /// The transfers that it made.
    pub transfers: Vec<Transfer>,
    /// Ids that it refused for ever.
    pub refused: Vec<TransferId>,
}

impl Chapter {
    /// How many events it has.
    pub(crate) const fn len(&self) -> usize {
        self.accounts.len().saturating_add(self.transfers.len()).saturating_add(self.refused.len())
    }

    /// As it was asked for: the ledger stamps what was not imported.
    pub(crate) fn batches(&self) -> Vec<(Batch, Timestamp)> {
        let unstamped = |is_imported: bool, at: Timestamp| {
            if is_imported { at } else { Timestamp::UNIX_EPOCH }
        };
        let accounts = self.accounts.iter().map(|account| Account {
            timestamp: unstamped(account.flags.imported, account.timestamp),
            ..*account
        });
        let transfers = self.transfers.iter().map(|transfer| Transfer {
            timestamp: unstamped(transfer.flags.imported, transfer.timestamp),
            ..*transfer
        });
        let both = [Batch::Accounts(accounts.collect()), Batch::Transfers(transfers.collect())];
        both.into_iter().map(|batch| (batch, self.now)).collect()
    }
}
