//! What every engine promises, one function per promise.
//!
//! Each function takes an engine, which may hold other things already, and an instant that is not
//! before anything that the engine has seen. It panics if the promise is broken and answers an
//! error if the engine could not answer at all.
//!
//! ```no_run
//! # async fn check(engine: &dyn kanuki_ledger::LedgerEngine, now: jiff::Timestamp)
//! #     -> Result<(), kanuki_ledger::LedgerError> {
//! kanuki_ledger::conformance::check_all(engine, now).await
//! # }
//! ```

pub mod chains;
pub mod imports;
pub mod money;
pub mod reading;
pub mod refusals;
pub mod time;

use jiff::{SignedDuration, Timestamp};
use kanuki_domain::Yen;

use crate::{
    engine::{LedgerEngine, LedgerError},
    model::{Account, AccountFlags, AccountId, LEDGER_YEN, Transfer, TransferId},
    result::{CreateAccountResult, CreateTransferResult},
};

/// A promise was looked at; its function panics if it is broken.
pub type Checked = Result<(), LedgerError>;

const CODE: u16 = 1;

/// All promises, one after the other.
pub async fn check_all(engine: &dyn LedgerEngine, start: Timestamp) -> Checked {
    check_timeless(engine, start).await?;
    refusals::sums_that_do_not_fit_are_refused(engine, start).await?;
    time::check_all(engine, start).await?;
    imports::check_all(engine, start).await
}

/// The promises that an engine keeps whose clock and width are its own: see [`crate::engine`].
pub async fn check_timeless(engine: &dyn LedgerEngine, start: Timestamp) -> Checked {
    money::check_all(engine, start).await?;
    refusals::check_all(engine, start).await?;
    chains::check_all(engine, start).await?;
    reading::check_all(engine, start).await
}

/// An engine and a name from which ids derive, so that promises do not meet in one engine.
#[derive(Clone, Copy)]
struct Bench<'a> {
    engine: &'a dyn LedgerEngine,
    name: &'a str,
    now: Timestamp,
}

impl<'a> Bench<'a> {
    const fn new(engine: &'a dyn LedgerEngine, name: &'a str, now: Timestamp) -> Self {
        Self { engine, name, now }
    }

    /// The same, `secs` later.
    fn later(self, secs: i64) -> Self {
        Self {
            now: self.now.saturating_add(SignedDuration::from_secs(secs)).unwrap_or(self.now),
            ..self
        }
    }

    fn account_id(self, tag: &str) -> AccountId {
        AccountId::derive(&["conformance", self.name, tag])
    }

    fn id(self, tag: &str) -> TransferId {
        TransferId::derive(&["conformance", self.name, tag])
    }

    /// Makes an account and answers its id.
    async fn account(self, tag: &str, flags: AccountFlags) -> Result<AccountId, LedgerError> {
        let account = Account::new(self.account_id(tag), LEDGER_YEN, CODE, flags);
        let results = self.engine.create_accounts(vec![account], self.now).await?;
        assert_eq!(results, [CreateAccountResult::Created], "a new account is made");
        Ok(account.id)
    }

    /// Makes an account that cannot be overdrawn, with `amount` in it out of a source that can.
    async fn funded(self, tag: &str, amount: u32) -> Result<AccountId, LedgerError> {
        let source_tag = format!("{tag}/source");
        let source = self.account(&source_tag, AccountFlags::NONE).await?;
        let account = self.account(tag, AccountFlags::NO_OVERDRAFT.with_history()).await?;
        let funding = self.posted(&source_tag, source, account, amount);
        assert_eq!(self.send(vec![funding]).await?, [CreateTransferResult::Created]);
        Ok(account)
    }

    fn posted(self, tag: &str, debit: AccountId, credit: AccountId, amount: u32) -> Transfer {
        Transfer::posted(self.id(tag), debit, credit, Yen::of(amount), CODE)
    }

    fn pending(self, tag: &str, debit: AccountId, credit: AccountId, amount: u32) -> Transfer {
        Transfer::pending(self.id(tag), debit, credit, Yen::of(amount), CODE)
    }

    async fn send(
        self,
        transfers: Vec<Transfer>,
    ) -> Result<Vec<CreateTransferResult>, LedgerError> {
        self.engine.create_transfers(transfers, self.now).await
    }

    /// Debits pending, debits posted, credits pending, credits posted.
    async fn sums(self, account: AccountId) -> Result<[u64; 4], LedgerError> {
        let found = self.engine.find_account(account, self.now).await?;
        Ok(found.map_or([0; 4], |a| {
            [a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted]
                .map(Yen::amount)
        }))
    }
}
