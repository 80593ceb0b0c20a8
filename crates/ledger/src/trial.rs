//! The trial balance: what every kind of account came to at an instant.
//!
//! Counted from batches alone, whoever kept them: no balance that an engine wrote is believed.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    chapter::Chapter,
    model::{AccountId, Transfer, TransferId},
};

/// All accounts of one kind, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Line {
    /// How many accounts there are.
    pub accounts: u64,
    /// Debits that happened.
    pub debits_posted: u128,
    /// Credits that happened.
    pub credits_posted: u128,
    /// Reserved debits.
    pub debits_pending: u128,
    /// Reserved credits.
    pub credits_pending: u128,
}

impl Line {
    /// Posted debits less posted credits, or zero: what others owe.
    #[must_use]
    pub const fn debit_balance(&self) -> u128 {
        self.debits_posted.saturating_sub(self.credits_posted)
    }

    /// Posted credits less posted debits, or zero: what is owed to others.
    #[must_use]
    pub const fn credit_balance(&self) -> u128 {
        self.credits_posted.saturating_sub(self.debits_posted)
    }
}

/// The books at an instant, by ledger and code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrialBalance {
    /// One line per ledger and code.
    pub lines: BTreeMap<(u32, u16), Line>,
}

impl TrialBalance {
    /// Counts everything that bears a time until `until`, itself included: what was imported later into
    /// that time too, as the journal and the other engines have it.
    pub fn count<E>(
        chapters: impl Iterator<Item = Result<Chapter, E>>,
        until: Timestamp,
    ) -> Result<Self, E> {
        let mut counting = Counting::default();
        for chapter in chapters {
            counting.take(&chapter?, until);
        }
        Ok(counting.close(until))
    }

    /// Posted debits equal posted credits in `ledger`, and so do the reserved ones.
    #[must_use]
    pub fn is_even(&self, ledger: u32) -> bool {
        let mut sums = [0_u128; 4];
        for ((_, _), line) in self.lines.iter().filter(|((of, _), _)| *of == ledger) {
            let more = [
                line.debits_posted,
                line.credits_posted,
                line.debits_pending,
                line.credits_pending,
            ];
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum = sum.saturating_add(more);
            }
        }
        let [debits, credits, reserved_debits, reserved_credits] = sums;
        debits == credits && reserved_debits == reserved_credits
    }

    /// The lines of `code` in `ledger`.
    #[must_use]
    pub fn line(&self, ledger: u32, code: u16) -> Line {
        self.lines.get(&(ledger, code)).copied().unwrap_or_default()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counting {
    kinds: HashMap<AccountId, (u32, u16)>,
    open: HashMap<TransferId, (Transfer, Option<Timestamp>)>,
    balance: TrialBalance,
}

impl Counting {
    pub(crate) fn take(&mut self, chapter: &Chapter, until: Timestamp) {
        for account in chapter.accounts.iter().filter(|account| account.timestamp <= until) {
            let kind = (account.ledger, account.code);
            self.kinds.insert(account.id, kind);
            let line = self.balance.lines.entry(kind).or_default();
            line.accounts = line.accounts.saturating_add(1);
        }
        for transfer in chapter.transfers.iter().filter(|transfer| transfer.timestamp <= until) {
            if let Some(settled) = transfer.pending_id {
                self.open.remove(&settled);
            }
            if transfer.flags.pending {
                let timeout = SignedDuration::from_secs(transfer.timeout_secs.into());
                let ends = (transfer.timeout_secs != 0)
                    .then(|| chapter.now.checked_add(timeout).unwrap_or(Timestamp::MAX));
                self.open.insert(transfer.id, (*transfer, ends));
            } else if !transfer.flags.void_pending {
                let amount = u128::from(transfer.amount.amount());
                let debit = self.line(transfer.debit_account);
                debit.debits_posted = debit.debits_posted.saturating_add(amount);
                let credit = self.line(transfer.credit_account);
                credit.credits_posted = credit.credits_posted.saturating_add(amount);
            }
        }
    }

    pub(crate) fn close(mut self, until: Timestamp) -> TrialBalance {
        for (transfer, ends) in std::mem::take(&mut self.open).into_values() {
            if ends.is_some_and(|ends| ends <= until) {
                continue;
            }
            let amount = u128::from(transfer.amount.amount());
            let debit = self.line(transfer.debit_account);
            debit.debits_pending = debit.debits_pending.saturating_add(amount);
            let credit = self.line(transfer.credit_account);
            credit.credits_pending = credit.credits_pending.saturating_add(amount);
        }
        self.balance
    }

    /// The line of an account. One that was never made would leave the balance uneven, in ledger 0.
    fn line(&mut self, account: AccountId) -> &mut Line {
        let kind = self.kinds.get(&account).copied().unwrap_or_default();
        self.balance.lines.entry(kind).or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use kanuki_domain::Yen;

    use super::*;
    use crate::model::{Account, AccountFlags};

    /// Books of last year that are taken over this year are last year's.
    #[test]
    fn what_was_imported_later_counts_in_the_year_that_it_bears() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let (one, two) = (AccountId::derive(&["a"]), AccountId::derive(&["b"]));
        let account =
            |id, when| Account::new(id, 1, 10, AccountFlags::default()).imported(at(when));
        let moved = |id: &str, yen, when| {
            let id = TransferId::derive(&[id]);
            Transfer::posted(id, one, two, Yen::of(yen), 1).imported(at(when))
        };
        let chapter = Chapter {
            now: at(10_000),
            accounts: vec![account(one, 10), account(two, 11)],
            transfers: vec![moved("one", 300, 20), moved("two", 500, 2_000)],
            refused: Vec::new(),
        };

        let chapters = std::iter::once(Ok::<_, Infallible>(chapter));
        let line = TrialBalance::count(chapters, at(1_000)).unwrap().line(1, 10);

        assert_eq!((line.accounts, line.debits_posted, line.credits_posted), (2, 300, 300));
    }
}
