//! A clock that jumps does not reach the books.
//!
//! One request by a clock that runs ahead gives every rolling cap back, ends every reservation and opens
//! every gate that is shut for a while, for good: time in the books only moves forward. So a clock is
//! held against the one that only counts, and against the books that it opens.

use std::{fmt, sync::Arc, time::Duration};

use anyhow::{Result, bail};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kanuki_ledger::{
    LedgerEngine, LedgerError,
    journal::{Journal, Stretch},
    model::{Account, AccountId, BalanceRow, Filter, Transfer, TransferId, TransferRecord},
    result::{CreateAccountResult, CreateTransferResult},
};

/// A clock may be so far ahead of what it should show: what a machine is set right by at a start.
const AHEAD: SignedDuration = SignedDuration::from_mins(1);

/// Books may be so far ahead of the clock that opens them: another machine wrote them.
const BOOKS_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// A clock that is brought right slowly gains a second in so many at most (500 parts per million).
const SLEW: u32 = 2_000;

/// What the clock showed once, and how long ago that is by the one that only counts.
pub(crate) struct Steady {
    began: Timestamp,
    elapsed: Box<dyn Fn() -> Duration + Send + Sync>,
}

impl fmt::Debug for Steady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steady").field("began", &self.began).finish_non_exhaustive()
    }
}

impl Steady {
    /// From `began` on; `elapsed` answers how long ago that is.
    pub(crate) fn new(
        began: Timestamp,
        elapsed: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        Self { began, elapsed: Box::new(elapsed) }
    }

    /// Whether a clock that shows `now` can be right. One that is behind harms nothing: the books take
    /// the latest instant that they know.
    pub(crate) fn may_be(&self, now: Timestamp) -> bool {
        let elapsed = (self.elapsed)();
        let gained = elapsed.checked_div(SLEW).unwrap_or_default();
        let furthest = SignedDuration::try_from(elapsed.saturating_add(gained))
            .ok()
            .and_then(|since| self.began.checked_add(since).ok())
            .and_then(|at| at.checked_add(AHEAD).ok());
        furthest.is_none_or(|furthest| now <= furthest)
    }
}

/// Whether books whose latest instant is `latest` may be opened by a clock that shows `now`.
///
/// They bear an instant to come if a clock once ran ahead, or this one is behind. Until that instant
/// nothing in them times out, so no cap comes back: whoever wants that says so (`agreed`).
pub(crate) fn check_books(
    latest: Option<Timestamp>,
    now: Timestamp,
    agreed: Option<Timestamp>,
) -> Result<()> {
    let Some(latest) = latest else { return Ok(()) };
    let is_ahead = latest.duration_since(now) > BOOKS_AHEAD;
    if !is_ahead {
        return Ok(());
    }
    if agreed.is_some_and(|until| latest <= until) {
        tracing::warn!(%latest, %now, "the books are ahead of the clock, as agreed: nothing times out");
        return Ok(());
    }
    bail!(
        "unsafe: the books go on to {latest}, and this machine's clock shows {now}. Look at the clock \
         first. If it is right, the books were written by one that ran ahead: until {latest} no cap \
         comes back and no reservation ends. Wait until then, or set server.books_ahead_until = \
         \"{latest}\" to go on so"
    )
}

/// An engine that is not asked anything by a clock that jumped ahead. That is "unavailable", which may
/// be asked again: nothing of it happens.
#[derive(Debug)]
pub(crate) struct Guarded<E> {
    engine: Arc<E>,
    steady: Arc<Steady>,
}

impl<E> Guarded<E> {
    pub(crate) const fn new(engine: Arc<E>, steady: Arc<Steady>) -> Self {
        Self { engine, steady }
    }

    fn at(&self, now: Timestamp) -> Result<&E, LedgerError> {
        if self.steady.may_be(now) {
            return Ok(&self.engine);
        }
        tracing::error!(%now, "the clock has jumped ahead: the books are asked nothing");
        Err(LedgerError::Unavailable)
    }
}

#[async_trait]
impl<E: LedgerEngine> LedgerEngine for Guarded<E> {
    async fn create_accounts(
        &self,
        accounts: Vec<Account>,
        now: Timestamp,
    ) -> Result<Vec<CreateAccountResult>, LedgerError> {
        self.at(now)?.create_accounts(accounts, now).await
    }

    async fn create_transfers(
        &self,
        transfers: Vec<Transfer>,
        now: Timestamp,
    ) -> Result<Vec<CreateTransferResult>, LedgerError> {
        self.at(now)?.create_transfers(transfers, now).await
    }

    async fn lookup_accounts(
        &self,
        ids: &[AccountId],
        now: Timestamp,
    ) -> Result<Vec<Option<Account>>, LedgerError> {
        self.at(now)?.lookup_accounts(ids, now).await
    }

    async fn lookup_transfers(
        &self,
        ids: &[TransferId],
        now: Timestamp,
    ) -> Result<Vec<Option<TransferRecord>>, LedgerError> {
        self.at(now)?.lookup_transfers(ids, now).await
    }

    async fn account_transfers(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<TransferRecord>, LedgerError> {
        self.at(now)?.account_transfers(account, filter, now).await
    }

    async fn account_balances(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<BalanceRow>, LedgerError> {
        self.at(now)?.account_balances(account, filter, now).await
    }

    async fn journal(&self, stretch: Stretch, now: Timestamp) -> Result<Journal, LedgerError> {
        self.at(now)?.journal(stretch, now).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use kanuki_ledger::{
        MemoryEngine,
        model::{AccountFlags, LEDGER_YEN},
    };

    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::new(1_800_000_000 + secs, 0).unwrap()
    }

    /// The clock that only counts, and a hand on it.
    fn counting() -> (Arc<AtomicU64>, Steady) {
        let secs = Arc::new(AtomicU64::new(0));
        let read = Arc::clone(&secs);
        (secs, Steady::new(at(0), move || Duration::from_secs(read.load(Ordering::SeqCst))))
    }

    #[test]
    fn a_clock_may_be_behind_or_slowly_brought_right_and_may_not_jump() {
        const DAY: i64 = 86_400;
        let (secs, steady) = counting();
        // After so many seconds of counting, what the clock shows.
        for (counted, shown, may_be) in [
            (0, 60, true),
            (0, 61, false),
            (0, -DAY, true),
            (DAY, DAY + 60 + 43, true),
            (DAY, DAY + 60 + 44, false),
            (DAY, 31 * DAY, false),
        ] {
            secs.store(u64::try_from(counted).unwrap(), Ordering::SeqCst);
            assert_eq!(steady.may_be(at(shown)), may_be, "{counted} {shown}");
        }
    }

    #[tokio::test]
    async fn books_are_asked_nothing_while_the_clock_is_ahead_and_go_on_when_it_is_right_again() {
        let (secs, steady) = counting();
        let books = Arc::new(MemoryEngine::new());
        let guarded = Guarded::new(Arc::clone(&books), Arc::new(steady));
        let [cap, used] = ["cap", "used"].map(|name| AccountId::derive(&[name]));
        let account = |id| Account::new(id, LEDGER_YEN, 1, AccountFlags::NONE);
        guarded.create_accounts(vec![account(cap), account(used)], at(0)).await.unwrap();
        let id = TransferId::derive(&["use"]);
        let yen = kanuki_domain::Yen::of(30_000);
        let taken = Transfer::pending(id, cap, used, yen, 1).expires_after(86_400);
        guarded.create_transfers(vec![taken], at(1)).await.unwrap();

        // The clock jumps by a month: the use of the cap would come back.
        let month = at(31 * 86_400);
        assert_eq!(guarded.find_account(cap, month).await, Err(LedgerError::Unavailable));
        let none = guarded.create_transfers(Vec::new(), month).await;
        assert_eq!(none, Err(LedgerError::Unavailable));

        secs.store(60, Ordering::SeqCst);
        let found = guarded.find_account(cap, at(60)).await.unwrap().unwrap();
        assert_eq!(found.debits_pending, yen, "it is still used");
    }

    #[test]
    fn books_that_are_ahead_are_opened_only_by_who_agrees() {
        let now = at(0);
        for (latest, agreed, is_opened) in [
            (None, None, true),
            (Some(at(-86_400)), None, true),
            (Some(at(300)), None, true),
            (Some(at(301)), None, false),
            (Some(at(3_600)), Some(at(3_600)), true),
            (Some(at(3_601)), Some(at(3_600)), false),
        ] {
            let checked = check_books(latest, now, agreed);
            assert_eq!(checked.is_ok(), is_opened, "{latest:?} {agreed:?}");
            if let Err(refused) = checked {
                let said = refused.to_string();
                assert!(
                    said.starts_with("unsafe: ") && said.contains("books_ahead_until"),
                    "{said}"
                );
            }
        }
    }
}
