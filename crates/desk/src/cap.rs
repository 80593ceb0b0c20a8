//! Caps as ledger accounts.
//!
//! A cap starts with its amount as credit. What is used of it is a pending transfer, in the same
//! chain as the money: capacity returns by itself, and however many requests race, the ledger
//! refuses what would exceed it. Its timeout is the window where that rolls, and what is left of the
//! period where that has edges. A cap may count uses instead of yen: each takes one unit.

use jiff::Timestamp;
use kanuki_domain::{Yen, mandate::later};
use kanuki_ledger::{Account, AccountFlags, AccountId, LedgerEngine, Transfer, TransferId};
use serde::{Deserialize, Serialize};

use crate::{
    DeskError,
    gate::{create_accounts, create_transfer},
};

/// Ledger number of caps: counted in yen, but not money.
pub const LEDGER_CAPS: u32 = 2;
/// Ledger number of caps on how often: counted in uses.
pub const LEDGER_COUNTS: u32 = 4;
/// Code of cap accounts and their legs in the chart of accounts.
pub const CODE_CAP: u16 = 2_101;
/// Code of the account that caps come from.
pub const CODE_CAP_SOURCE: u16 = 2_100;

/// A limit within a window that rolls, within a period with edges, or in all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    name: String,
    generation: u32,
    amount: Yen,
    /// How long a use counts, from when it was asked for; zero is for ever.
    window_secs: u32,
    /// The period that it counts in, if that has edges.
    #[serde(default)]
    period: Option<Edges>,
    /// Whether it counts uses.
    #[serde(default)]
    counts: bool,
}

/// A period with edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edges {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
}

/// Whole seconds from `now` to `until`, rounded up: capacity never returns early.
fn secs_until(until: Timestamp, now: Timestamp) -> u32 {
    let left = until.duration_since(now);
    let partial = i64::from(left.subsec_nanos() > 0);
    u32::try_from(left.as_secs().saturating_add(partial)).unwrap_or(u32::MAX)
}

impl Cap {
    /// `amount` within any `window_secs`; zero seconds mean "in all, for ever".
    #[must_use]
    pub fn rolling(kind: &str, id: impl ToString, amount: Yen, window_secs: i64) -> Self {
        let window_secs = u32::try_from(window_secs).unwrap_or(u32::MAX);
        let name = format!("{kind}|{}", id.to_string());
        Self { name, generation: 0, amount, window_secs, period: None, counts: false }
    }

    /// `amount` within the period that `now` is in: all of it is there again when that ends.
    #[must_use]
    pub fn aligned(
        kind: &str,
        id: impl ToString,
        amount: Yen,
        edges: Edges,
        now: Timestamp,
    ) -> Self {
        let window_secs = secs_until(edges.until, now).max(1);
        let rolling = Self::rolling(kind, id, amount, i64::from(window_secs));
        Self { period: Some(edges), ..rolling }
    }

    /// The same cap on `uses` instead of yen.
    #[must_use]
    pub fn counting(self, uses: u32) -> Self {
        let name = format!("count-{}", self.name);
        Self { name, amount: Yen::of(uses), counts: true, ..self }
    }

    /// True for a cap on how often.
    #[must_use]
    pub const fn is_counting(&self) -> bool {
        self.counts
    }

    /// True once the period has ended that a use was to count in: one that did not reach the
    /// ledger by then must not count in the next.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.period.is_some_and(|edges| now >= edges.until)
    }

    /// The same cap after it was changed `generation` times.
    #[must_use]
    pub fn generation(self, generation: u32) -> Self {
        Self { generation, ..self }
    }

    /// How much it allows.
    #[must_use]
    pub const fn amount(&self) -> Yen {
        self.amount
    }

    /// The account whose credit is what may still be used.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        AccountId::derive(&["cap", &self.name, &self.generation.to_string()])
    }

    fn source_id(&self) -> AccountId {
        AccountId::derive(&[if self.counts { "count-source" } else { "cap-source" }])
    }

    const fn ledger(&self) -> u32 {
        if self.counts { LEDGER_COUNTS } else { LEDGER_CAPS }
    }

    fn accounts(&self) -> Vec<Account> {
        let ledger = self.ledger();
        vec![
            Account::new(self.source_id(), ledger, CODE_CAP_SOURCE, AccountFlags::NONE),
            Account::new(self.account_id(), ledger, CODE_CAP, AccountFlags::NO_OVERDRAFT),
        ]
    }

    /// What a debit or payment of `amount` uses of it.
    const fn use_of(&self, amount: Yen) -> Yen {
        if self.counts { Yen::of(1) } else { amount }
    }

    /// Its leg in the chain named by `chain`: uses `amount` of it for the window.
    #[must_use]
    pub fn leg(&self, chain: &str, amount: Yen) -> Transfer {
        Transfer::pending(
            self.leg_id(chain),
            self.account_id(),
            self.source_id(),
            self.use_of(amount),
            CODE_CAP,
        )
        .in_ledger(self.ledger())
        .expires_after(self.window_secs)
    }

    fn leg_id(&self, chain: &str) -> TransferId {
        TransferId::derive(&["cap-leg", &self.name, &self.generation.to_string(), chain])
    }

    /// Gives back what the chain named by `chain` used, because no money moved.
    #[must_use]
    pub fn give_back(&self, chain: &str) -> Transfer {
        let id = TransferId::derive(&["cap-void", &self.name, &self.generation.to_string(), chain]);
        Transfer::void(id, self.leg_id(chain))
    }

    /// Makes the account and its credit; doing it twice is fine.
    pub async fn open(&self, ledger: &dyn LedgerEngine, now: Timestamp) -> Result<(), DeskError> {
        create_accounts(ledger, self.accounts(), now).await?;
        let id = TransferId::derive(&["cap-open", &self.name, &self.generation.to_string()]);
        let credit =
            Transfer::posted(id, self.source_id(), self.account_id(), self.amount, CODE_CAP)
                .in_ledger(self.ledger());
        create_transfer(ledger, credit, now).await
    }

    /// How much may still be used now; the whole amount if it was never used.
    pub async fn available(
        &self,
        ledger: &dyn LedgerEngine,
        now: Timestamp,
    ) -> Result<Yen, DeskError> {
        let found = ledger.find_account(self.account_id(), now).await?;
        Ok(found.map_or(self.amount, |account| account.available()))
    }

    /// Ends this cap: a request in flight that draws on it fails. Doing it twice is fine.
    pub async fn close(&self, ledger: &dyn LedgerEngine, now: Timestamp) -> Result<(), DeskError> {
        self.open(ledger, now).await?;
        let closing_id =
            TransferId::derive(&["cap-close", &self.name, &self.generation.to_string()]);
        let closing = Transfer::closing(closing_id, self.account_id(), self.source_id(), CODE_CAP)
            .in_ledger(self.ledger());
        create_transfer(ledger, closing, now).await
    }

    /// Counts what was used before this cap was there: by the chain named `chain`, asked for at
    /// `at`. What lies outside its window counts no more. Doing it twice is fine.
    pub async fn charge(
        &self,
        (chain, amount): (&str, Yen),
        at: Timestamp,
        ledger: &dyn LedgerEngine,
        now: Timestamp,
    ) -> Result<(), DeskError> {
        let until = match self.period {
            Some(edges) if at >= edges.from => Some(edges.until),
            Some(_) => return Ok(()),
            None if self.window_secs == 0 => None,
            None => Some(later(at, i64::from(self.window_secs))),
        };
        if until.is_some_and(|until| until <= now) {
            return Ok(());
        }
        let left = until.map_or(0, |until| secs_until(until, now));
        let generation = self.generation.to_string();
        let id = TransferId::derive(&["cap-charge", &self.name, &generation, chain]);
        self.take(id, self.use_of(amount), left, ledger, now).await
    }

    /// Uses `amount` of it for `secs`, or what there is.
    async fn take(
        &self,
        id: TransferId,
        amount: Yen,
        secs: u32,
        ledger: &dyn LedgerEngine,
        now: Timestamp,
    ) -> Result<(), DeskError> {
        let taken = Transfer::pending(id, self.account_id(), self.source_id(), amount, CODE_CAP)
            .in_ledger(self.ledger())
            .balancing_debit()
            .expires_after(secs);
        // A repeat finds it with the time it had left before: that one stands.
        for result in ledger.create_transfers(vec![taken], now).await? {
            let name = result.name();
            if name != "created" && !name.starts_with("exists") {
                return Err(DeskError::Refused(name.to_owned()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use kanuki_ledger::MemoryEngine;

    use super::*;

    /// The memory engine never waits, so one poll is enough.
    fn now<F: Future>(future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("the memory engine waited"),
        }
    }

    #[test]
    fn a_period_with_edges_gives_everything_back_when_it_ends() {
        let engine = MemoryEngine::new();
        let at = |secs: i64| Timestamp::from_second(secs).unwrap();
        let day = |now| {
            let edges = Edges { from: at(0), until: at(86_400) };
            Cap::aligned("day", "x", Yen::of(10_000), edges, now)
        };
        let pend = |cap: &Cap, chain: &str, now: Timestamp| {
            let leg = cap.leg(chain, Yen::of(6_000));
            self::now(engine.create_transfers(vec![leg], now)).unwrap()[0].name()
        };
        now(day(at(0)).open(&engine, at(0))).unwrap();

        assert_eq!(pend(&day(at(80_000)), "a", at(80_000)), "created");
        assert_eq!(pend(&day(at(86_399)), "b", at(86_399)), "exceeds_credits");
        assert!(!day(at(86_399)).is_over(at(86_399)) && day(at(0)).is_over(at(86_400)));
        assert_eq!(pend(&day(at(86_399)), "c", at(86_400)), "created", "nothing is in use");
    }

    #[test]
    fn a_count_takes_one_however_much_the_money_is_and_for_ever() {
        let engine = MemoryEngine::new();
        let at = Timestamp::UNIX_EPOCH;
        let count = Cap::rolling("all", "x", Yen::ZERO, 0).counting(2);
        let pend = |cap: &Cap, chain: &str| {
            let leg = cap.leg(chain, Yen::of(50_000));
            now(engine.create_transfers(vec![leg], at)).unwrap()[0].name()
        };
        now(count.open(&engine, at)).unwrap();

        assert_eq!(pend(&count, "a"), "created");
        assert_eq!(pend(&count, "b"), "created");
        assert_eq!(pend(&count, "c"), "exceeds_credits");
        now(count.close(&engine, at)).unwrap();
        assert_eq!(pend(&count, "d"), "debit_account_already_closed");
    }

    #[test]
    fn a_cap_that_is_new_counts_what_was_used_before_it() {
        let engine = MemoryEngine::new();
        let at = |secs: i64| Timestamp::from_second(secs).unwrap();
        let week = Cap::rolling("week", "x", Yen::of(10_000), 7 * 86_400);
        let here = at(30 * 86_400);
        now(week.open(&engine, here)).unwrap();
        let charge = |chain: &str, amount, used_at| {
            now(week.charge((chain, Yen::of(amount)), used_at, &engine, here)).unwrap();
        };

        charge("old", 9_000, at(23 * 86_400));
        charge("young", 1_000, at(24 * 86_400));
        charge("young", 1_000, at(24 * 86_400));

        assert_eq!(now(week.available(&engine, here)).unwrap(), Yen::of(9_000));
        let later = at(31 * 86_400);
        assert_eq!(now(week.available(&engine, later)).unwrap(), Yen::of(10_000));
    }
}
