//! The journal: what was posted in a stretch of time, and between which kinds of accounts.
//!
//! Read from batches, so that it can be written beside a running server, whoever keeps the books.
//! What is only reserved is not in it, nor what is of no yen: they moved nothing.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    chapter::Chapter,
    model::{AccountId, Transfer},
};

/// One transfer that moved money, or the posting of one that reserved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Posting {
    /// The transfer.
    pub transfer: Transfer,
    /// The code of the account that it debits.
    pub debit_code: u16,
    /// The code of the account that it credits.
    pub credit_code: u16,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first instant.
    pub since: Timestamp,
    /// The last instant.
    pub until: Timestamp,
    /// The ledger.
    pub ledger: u32,
    /// Only what touches this account.
    pub of: Option<AccountId>,
    /// The most postings.
    pub most: usize,
}

/// What was posted, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journal {
    /// The postings.
    pub postings: Vec<Posting>,
    /// Debits of the account in question before that: zero if none is.
    pub debits_before: u128,
    /// Its credits before that.
    pub credits_before: u128,
    /// Whether there were more than was asked for; then it is not whole, and no sum of it means
    /// anything.
    pub is_cut: bool,
}

impl Stretch {
    /// Whether `transfer` moved money of the ledger and the account, whenever it was.
    pub(crate) fn wants(&self, transfer: &Transfer) -> bool {
        let flags = transfer.flags;
        let touches = |id| transfer.debit_account == id || transfer.credit_account == id;
        !flags.pending
            && !flags.void_pending
            && !transfer.amount.is_zero()
            && transfer.ledger == self.ledger
            && self.of.is_none_or(touches)
    }
}

impl Journal {
    /// Reads it out of `chapters`.
    pub fn read<E>(
        chapters: impl Iterator<Item = Result<Chapter, E>>,
        stretch: &Stretch,
    ) -> Result<Self, E> {
        let mut codes = HashMap::new();
        let mut journal = Self::default();
        for chapter in chapters {
            let chapter = chapter?;
            if journal.is_cut {
                break;
            }
            codes.extend(chapter.accounts.iter().map(|account| (account.id, account.code)));
            for transfer in chapter.transfers.iter().filter(|transfer| stretch.wants(transfer)) {
                journal.add(transfer, stretch, |id| codes.get(&id).copied().unwrap_or_default());
            }
        }
        Ok(journal)
    }

    /// Out of transfers in any order; `code` tells an account's.
    pub(crate) fn of(
        transfers: impl Iterator<Item = Transfer>,
        stretch: &Stretch,
        code: impl Fn(AccountId) -> u16,
    ) -> Self {
        let mut wanted: Vec<Transfer> = transfers.filter(|t| stretch.wants(t)).collect();
        wanted.sort_unstable_by_key(|transfer| transfer.timestamp);
        let mut journal = Self::default();
        for transfer in &wanted {
            journal.add(transfer, stretch, &code);
        }
        journal
    }

    /// Adds one that is wanted, unless it is later.
    pub(crate) fn add(
        &mut self,
        transfer: &Transfer,
        stretch: &Stretch,
        code: impl Fn(AccountId) -> u16,
    ) {
        if transfer.timestamp > stretch.until {
            return;
        }
        if transfer.timestamp >= stretch.since {
            if self.postings.len() >= stretch.most {
                self.is_cut = true;
                return;
            }
            let (debit_code, credit_code) =
                (code(transfer.debit_account), code(transfer.credit_account));
            self.postings.push(Posting { transfer: *transfer, debit_code, credit_code });
            return;
        }
        let amount = u128::from(transfer.amount.amount());
        if stretch.of == Some(transfer.debit_account) {
            self.debits_before = self.debits_before.saturating_add(amount);
        } else if stretch.of == Some(transfer.credit_account) {
            self.credits_before = self.credits_before.saturating_add(amount);
        }
    }
}
