//! Rolling caps as ledger accounts.
//!
//! A cap starts with its amount as credit. What is used of it is a pending transfer whose timeout
//! is the window, in the same chain as the money: capacity returns by itself, and however many
//! requests race, the ledger refuses what would exceed it.

use jiff::{SignedDuration, Timestamp};
use kanuki_domain::Yen;
use kanuki_ledger::{
    Account, AccountFlags, AccountId, Filter, LedgerEngine, PendingState, Transfer, TransferId,
    TransferRecord,
};
use serde::{Deserialize, Serialize};

use crate::{
    DeskError,
    gate::{create_accounts, create_transfer},
};

/// Ledger number of caps: counted in yen, but not money.
pub const LEDGER_CAPS: u32 = 2;
/// Code of cap accounts and their legs in the chart of accounts.
pub const CODE_CAP: u16 = 2_101;
/// Code of the account that caps come from.
pub const CODE_CAP_SOURCE: u16 = 2_100;

/// How many uses are carried to a changed cap at a time.
const CARRY_PAGE: u32 = 8_000;

/// A cap over a window that rolls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    name: String,
    generation: u32,
    amount: Yen,
    window_secs: u32,
}

impl Cap {
    /// `amount` within any `window_secs`; zero seconds mean "in all, for ever".
    #[must_use]
    pub fn rolling(kind: &str, id: impl ToString, amount: Yen, window_secs: i64) -> Self {
        let window_secs = u32::try_from(window_secs).unwrap_or(u32::MAX);
        Self { name: format!("{kind}|{}", id.to_string()), generation: 0, amount, window_secs }
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

    fn source_id() -> AccountId {
        AccountId::derive(&["cap-source"])
    }

    fn accounts(&self) -> Vec<Account> {
        vec![
            Account::new(Self::source_id(), LEDGER_CAPS, CODE_CAP_SOURCE, AccountFlags::NONE),
            Account::new(self.account_id(), LEDGER_CAPS, CODE_CAP, AccountFlags::NO_OVERDRAFT),
        ]
    }

    /// Its leg in the chain named by `chain`: uses `amount` of it for the window.
    #[must_use]
    pub fn leg(&self, chain: &str, amount: Yen) -> Transfer {
        Transfer::pending(
            self.leg_id(chain),
            self.account_id(),
            Self::source_id(),
            amount,
            CODE_CAP,
        )
        .in_ledger(LEDGER_CAPS)
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
            Transfer::posted(id, Self::source_id(), self.account_id(), self.amount, CODE_CAP)
                .in_ledger(LEDGER_CAPS);
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

    /// Replaces this cap by `next` at once: closes the old account, so that a request in flight
    /// fails, and carries over what is in use with the time it has left.
    pub async fn replace(
        &self,
        next: &Self,
        ledger: &dyn LedgerEngine,
        now: Timestamp,
    ) -> Result<(), DeskError> {
        self.open(ledger, now).await?;
        let closing_id =
            TransferId::derive(&["cap-close", &self.name, &self.generation.to_string()]);
        let closing = Transfer::closing(closing_id, self.account_id(), Self::source_id(), CODE_CAP)
            .in_ledger(LEDGER_CAPS);
        create_transfer(ledger, closing, now).await?;
        next.open(ledger, now).await?;
        let mut filter = Filter::oldest(CARRY_PAGE);
        loop {
            let page = ledger.account_transfers(self.account_id(), filter, now).await?;
            let Some(last) = page.last().map(|record| record.transfer.timestamp) else {
                return Ok(());
            };
            self.carry(next, page, ledger, now).await?;
            let Ok(beyond) = last.checked_add(SignedDuration::from_nanos(1)) else {
                return Ok(());
            };
            filter.since = Some(beyond);
        }
    }

    /// Uses `next` for what one page of history still uses of this cap.
    async fn carry(
        &self,
        next: &Self,
        page: Vec<TransferRecord>,
        ledger: &dyn LedgerEngine,
        now: Timestamp,
    ) -> Result<(), DeskError> {
        for record in page {
            let Some(PendingState::Pending { expires_at: Some(expires_at) }) = record.pending
            else {
                continue;
            };
            let left = u32::try_from(expires_at.duration_since(now).as_secs()).unwrap_or(1).max(1);
            let id = TransferId::derive(&[
                "cap-carry",
                &self.name,
                &next.generation.to_string(),
                &record.transfer.id.bits().to_string(),
            ]);
            let carried = Transfer::pending(
                id,
                next.account_id(),
                Self::source_id(),
                record.transfer.amount,
                CODE_CAP,
            )
            .in_ledger(LEDGER_CAPS)
            .balancing_debit()
            .expires_after(left);
            // A repeat finds it with the time it had left before: that one stands.
            for result in ledger.create_transfers(vec![carried], now).await? {
                let name = result.name();
                if name != "created" && !name.starts_with("exists") {
                    return Err(DeskError::Refused(name.to_owned()));
                }
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
    fn a_changed_cap_carries_everything_however_much_that_is() {
        let engine = MemoryEngine::new();
        let at = Timestamp::UNIX_EPOCH;
        let old = Cap::rolling("day", "x", Yen::of(20_000), 86_400);
        let next = Cap::rolling("day", "x", Yen::of(10_000), 86_400).generation(1);
        now(old.open(&engine, at)).unwrap();
        for batch in 0..3 {
            let leg = |n: u32| old.leg(&format!("{batch}-{n}"), Yen::of(1));
            let results = now(engine.create_transfers((0..3_000).map(leg).collect(), at)).unwrap();
            assert!(results.iter().all(|result| result.name() == "created"));
        }

        now(old.replace(&next, &engine, at)).unwrap();

        assert_eq!(now(next.available(&engine, at)).unwrap(), Yen::of(1_000));
    }
}
