//! What a bank's connector lets this wallet take from one account.
//!
//! A connector that proves or tells less than it could means lower caps. They belong to the account
//! at the bank, not to a link: whoever ends a link and makes it again, or lives through a change of
//! what the bank declares, goes on with the same count.

use kanuki_domain::{
    Ctx, Yen,
    connector::ConnectorCaps,
    limits::{BANK_PER_DAY, BANK_PER_MONTH, DAY_SECS, MONTH_SECS},
    mandate::later,
};
use kanuki_record::{RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use super::{Topup, TopupState};
use crate::{Customer, Limit, Wallet, WalletError, link::Link};

/// How often the row is read again when somebody else changes it.
pub(super) const TRIES_MAX: u8 = 8;

/// The caps in force on one account, and how often they were changed.
///
/// Every top-up that draws on them is written in one unit with this row, so that a change of the
/// caps either counts it or makes it read them again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountCaps {
    account: String,
    per_day: Yen,
    per_month: Yen,
    /// Part of the ledger's cap accounts: caps of other amounts are other accounts.
    generation: u32,
    /// The ledger has them, with what had been taken before.
    is_open: bool,
}

record! { AccountCaps => "account_caps" by |c| c.account.clone(); }

impl AccountCaps {
    /// The caps as a movement draws on them; one that is no lower than any bank's own is none.
    pub(super) fn limits(&self) -> Vec<Limit> {
        let kinds = [
            ("connector-day", self.per_day, BANK_PER_DAY, DAY_SECS),
            ("connector-month", self.per_month, BANK_PER_MONTH, MONTH_SECS),
        ];
        let lower = kinds.into_iter().filter(|(_, amount, most, _)| amount < most);
        lower
            .map(|(kind, amount, _, secs)| Limit {
                generation: self.generation,
                ..Limit::new(kind, &self.account, amount, secs)
            })
            .collect()
    }
}

impl Wallet {
    /// The caps that `bank` declared for the account of `link`, open in the ledger; none where they
    /// are as high as any. Whoever draws on them writes the row in the same unit.
    pub(super) async fn account_caps(
        &self,
        ctx: &Ctx<'_>,
        (customer, link): (&Customer, &Link),
        declared: ConnectorCaps,
    ) -> Result<Option<Stored<AccountCaps>>, WalletError> {
        if declared.per_day >= BANK_PER_DAY && declared.per_month >= BANK_PER_MONTH {
            return Ok(None);
        }
        let account = format!("{}|{}", link.bank, link.account_handle);
        for left in (0..TRIES_MAX).rev() {
            match self.declare(ctx, customer, link, (&account, declared)).await {
                Ok(caps) => return Ok(Some(caps)),
                Err(WalletError::Record(
                    RecordError::Conflict { .. } | RecordError::Duplicate { .. },
                )) if left > 0 => {}
                Err(error) => return Err(error),
            }
        }
        Err(WalletError::Stopped)
    }

    /// The row first, then the ledger, then the row says that the ledger has it: a crash in between
    /// is gone over again under the same generation, and a change after it has one of its own.
    async fn declare(
        &self,
        ctx: &Ctx<'_>,
        customer: &Customer,
        link: &Link,
        (account, declared): (&str, ConnectorCaps),
    ) -> Result<Stored<AccountCaps>, WalletError> {
        let mut unit = Unit::new();
        match self.book.find::<AccountCaps>(account).await? {
            Some(caps)
                if caps.per_day == declared.per_day && caps.per_month == declared.per_month =>
            {
                if caps.is_open {
                    return Ok(caps);
                }
            }
            Some(mut caps) => {
                let edit = caps.edit();
                edit.per_day = declared.per_day;
                edit.per_month = declared.per_month;
                edit.generation = edit.generation.saturating_add(1);
                edit.is_open = false;
                unit.update(&caps);
                self.book.commit(unit).await?;
            }
            None => {
                unit.insert(&AccountCaps {
                    account: account.to_owned(),
                    per_day: declared.per_day,
                    per_month: declared.per_month,
                    generation: 0,
                    is_open: false,
                });
                self.book.commit(unit).await?;
            }
        }
        let mut caps = self.load::<AccountCaps>(account).await?;
        self.open_account_caps(ctx, customer, link, &caps.limits()).await?;
        caps.edit().is_open = true;
        let mut unit = Unit::new();
        unit.update(&caps);
        self.book.commit(unit).await?;
        self.load::<AccountCaps>(account).await
    }

    /// Opens `limits` with what was taken from the account within their windows, by this link and
    /// by those before it, newest first.
    async fn open_account_caps(
        &self,
        ctx: &Ctx<'_>,
        customer: &Customer,
        link: &Link,
        limits: &[Limit],
    ) -> Result<(), WalletError> {
        let links = self.links(customer.customer_id).await?;
        let same: Vec<_> = links
            .iter()
            .filter(|l| l.bank == link.bank && l.account_handle == link.account_handle)
            .map(|l| l.link_id)
            .collect();
        let since = later(ctx.now, -MONTH_SECS);
        let mut taken =
            self.book.list::<Topup>("customer_id", &customer.customer_id.to_string()).await?;
        taken.retain(|topup| {
            let is_over = matches!(topup.state, TopupState::Refused { .. });
            !is_over && topup.requested_at > since && same.contains(&topup.link_id)
        });
        taken.sort_by_key(|topup| std::cmp::Reverse(topup.requested_at));
        for limit in limits {
            let cap = limit.cap();
            cap.open(&*self.ledger, ctx.now).await?;
            for topup in taken.iter().filter(|topup| !topup.limits.contains(limit)) {
                let used = (topup.topup_id.to_string(), topup.amount);
                let at = topup.requested_at;
                cap.charge((&used.0, used.1), at, &*self.ledger, ctx.now).await?;
            }
        }
        Ok(())
    }
}
