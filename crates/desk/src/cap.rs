//! Rolling caps as ledger accounts.
//!
//! A cap starts with its amount as credit. What is used of it is a pending transfer whose timeout
//! is the window, in the same chain as the money: capacity returns by itself, and however many
//! requests race, the ledger refuses what would exceed it.

use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_ledger::{
    Account, AccountFlags, AccountId, Filter, LedgerEngine, PendingState, Transfer, TransferId,
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

    fn account_id(&self) -> AccountId {
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
        let history =
            ledger.account_transfers(self.account_id(), Filter::newest(CARRY_MAX), now).await?;
        for record in history {
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

/// The most uses that are carried to a changed cap; a window never holds more at our caps.
const CARRY_MAX: u32 = 8_000;
