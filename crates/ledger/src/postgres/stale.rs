//! Which rows of accounts lag behind their transfers.
//!
//! Every transfer's row carries its accounts' new sums, so the account's own row need not be
//! written with it. It is written some time later, oldest first, so that whoever takes over reads
//! back few transfers.

use std::collections::{HashSet, VecDeque};

use jiff::Timestamp;

use crate::{model::AccountId, state::ids::ById};

/// After how many touches an account's row is written. Whoever takes over reads back half as many
/// transfers at most, which takes a second or two; a writer with nothing to do leaves none.
const LAG: u64 = 524_288;

/// The most rows that are written beside one group.
const ROWS_MAX: usize = 1_024;

/// Accounts whose rows lag behind, the longest first.
#[derive(Debug, Default)]
pub(super) struct Stale {
    queue: VecDeque<(u64, Timestamp, AccountId)>,
    queued: HashSet<AccountId, ById>,
    touches: u64,
}

impl Stale {
    /// A transfer at `at` touched `account`.
    pub(super) fn touch(&mut self, account: AccountId, at: Timestamp) {
        self.touches = self.touches.saturating_add(1);
        if self.queued.insert(account) {
            self.queue.push_back((self.touches, at, account));
        }
    }

    /// The accounts whose rows should be written now; all of them when there is nothing else to do.
    pub(super) fn due(&self, idle: bool) -> Vec<AccountId> {
        let due = |since: u64| idle || self.touches.saturating_sub(since) > LAG;
        let rows = self.queue.iter().take(ROWS_MAX).take_while(|(since, _, _)| due(*since));
        rows.map(|(_, _, account)| *account).collect()
    }

    /// Up to which transfer every row is true, once the first `written` rows are. `None`: all.
    pub(super) fn settled(&self, written: usize) -> Option<Timestamp> {
        let (_, at, _) = self.queue.get(written)?;
        Some(at.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap_or(*at))
    }

    /// The first `written` rows are.
    pub(super) fn written(&mut self, written: usize) {
        for (_, _, account) in self.queue.drain(..written.min(self.queue.len())) {
            self.queued.remove(&account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_true_up_to_before_the_first_that_lags() {
        let at = |n: i64| Timestamp::from_nanosecond(n.into()).unwrap();
        let mut stale = Stale::default();
        for (account, n) in [(1, 10), (2, 10), (1, 20), (3, 20)] {
            stale.touch(AccountId(account), at(n));
        }

        assert_eq!(stale.due(false), []);
        assert_eq!(stale.due(true), [1, 2, 3].map(AccountId));
        assert_eq!(stale.settled(0), Some(at(9)));
        assert_eq!(stale.settled(2), Some(at(19)));
        assert_eq!(stale.settled(3), None);
        stale.written(2);
        stale.touch(AccountId(1), at(30));
        assert_eq!(stale.due(true), [3, 1].map(AccountId));
    }
}
