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
    #[must_use]
    pub const fn len(&self) -> usize {
        self.accounts.len().saturating_add(self.transfers.len()).saturating_add(self.refused.len())
    }

    /// Whether nothing came of it but that time passed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
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

/// What comes behind the first so many. One of those that cannot be read is an error all the same.
pub(crate) fn after<E>(
    chapters: impl Iterator<Item = Result<Chapter, E>>,
    skipped: usize,
) -> impl Iterator<Item = Result<Chapter, E>> {
    let all = chapters.enumerate();
    all.filter(move |(n, chapter)| *n >= skipped || chapter.is_err()).map(|(_, chapter)| chapter)
}

/// How much books hold: what is moved, and what is compared when they have arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Accounts.
    pub accounts: u64,
    /// Transfers.
    pub transfers: u64,
    /// Ids that are never made.
    pub refused: u64,
    /// The instant of the last batch.
    pub until: Option<Timestamp>,
}

impl Moved {
    /// Counts what would be moved.
    pub fn of<E>(chapters: impl Iterator<Item = Result<Chapter, E>>) -> Result<Self, E> {
        let mut moved = Self::default();
        for chapter in chapters {
            moved.count(&chapter?);
        }
        Ok(moved)
    }

    pub(crate) fn count(&mut self, chapter: &Chapter) {
        let add = |sum: &mut u64, len: usize| {
            *sum = sum.saturating_add(u64::try_from(len).unwrap_or(u64::MAX));
        };
        add(&mut self.accounts, chapter.accounts.len());
        add(&mut self.transfers, chapter.transfers.len());
        add(&mut self.refused, chapter.refused.len());
        self.until = Some(chapter.now);
    }
}
