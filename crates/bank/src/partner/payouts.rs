//! What all payouts of one partner together may be within 24 hours, and how that changes.
//!
//! A cap is an account in the ledger, and a new account has its whole amount. So a change must not
//! make a partner's day begin anew: as with a holder's caps, the old account is closed and the new one
//! charged with what was paid in within the day, counted from the payments themselves. Until that is
//! done, which a crash may put off, each payment draws on both.

use kanuki_desk::{cap::Cap, registry::every};
use kanuki_domain::{
    Ctx, Yen,
    limits::{DAY_SECS, PARTNER_PAYOUTS_PER_DAY},
};
use kanuki_record::{RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use super::Partner;
use crate::{Bank, BankError, credit::Credit, debit::DebitState, waiting::waiting};

/// How a partner's cap on payouts stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PayoutCap {
    /// Whose.
    pub client_id: String,
    /// How much, within any 24 hours.
    pub amount: Yen,
    /// How often it was changed.
    pub generation: u32,
    /// What it was before the last change, while that is not carried out in the ledger.
    pub before: Option<Yen>,
}

record! { PayoutCap => "payout_cap" by |c| c.client_id.clone();
    many moving = |c| c.before.is_some().then(|| "moving".to_owned());
}

fn cap(client_id: &str, amount: Yen, generation: u32) -> Cap {
    Cap::rolling("credit-partner", client_id, amount, DAY_SECS).generation(generation)
}

fn agreed(partner: &Partner) -> Yen {
    partner.caps.payouts_per_day.unwrap_or(PARTNER_PAYOUTS_PER_DAY)
}

impl PayoutCap {
    fn now(&self) -> Cap {
        cap(&self.client_id, self.amount, self.generation)
    }

    /// The one before, which still counts.
    fn old(&self) -> Option<Cap> {
        let amount = self.before?;
        Some(cap(&self.client_id, amount, self.generation.saturating_sub(1)))
    }
}

impl Bank {
    /// The caps that any payment of this partner draws on.
    pub(crate) async fn partner_payout_caps(&self, client_id: &str) -> Result<Vec<Cap>, BankError> {
        if let Some(kept) = self.book.find::<PayoutCap>(client_id).await? {
            return Ok(kept.old().into_iter().chain([kept.now()]).collect());
        }
        let partner = self.book.find_shared::<Partner>(client_id).await?;
        let amount = partner.map_or(PARTNER_PAYOUTS_PER_DAY, |partner| agreed(&partner));
        Ok(vec![cap(client_id, amount, 0)])
    }

    /// Adds to `unit`, in which `next` replaces `known`, that the cap changes if another one was
    /// agreed. A change that is not carried out yet comes first.
    pub(super) async fn keep_payout_cap(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (known, next): (&Partner, &Partner),
    ) -> Result<(), BankError> {
        let client_id = known.client_id.as_str();
        self.move_payout_cap(ctx, client_id).await?;
        let amount = agreed(next);
        match self.book.find::<PayoutCap>(client_id).await? {
            Some(kept) if kept.amount == amount => {}
            None if agreed(known) == amount => {}
            Some(mut kept) => {
                let row = kept.edit();
                row.before = Some(row.amount);
                row.amount = amount;
                row.generation = row.generation.saturating_add(1);
                unit.update(&kept);
            }
            None => {
                let client_id = client_id.to_owned();
                let before = Some(agreed(known));
                unit.insert(&PayoutCap { client_id, amount, generation: 1, before });
            }
        }
        Ok(())
    }

    /// Carries a change out in the ledger, if one waits. Doing it twice is fine.
    pub(super) async fn move_payout_cap(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
    ) -> Result<(), BankError> {
        match self.book.find::<PayoutCap>(client_id).await? {
            Some(kept) => self.finish_payouts_change(ctx, kept).await,
            None => Ok(()),
        }
    }

    async fn finish_payouts_change(
        &self,
        ctx: &Ctx<'_>,
        mut kept: Stored<PayoutCap>,
    ) -> Result<(), BankError> {
        let Some(old) = kept.old() else { return Ok(()) };
        let (ledger, next) = (&*self.ledger, kept.now());
        // From here on nothing draws on the old one alone, so nothing is missed.
        old.close(ledger, ctx.now).await?;
        next.open(ledger, ctx.now).await?;
        let client_id = kept.client_id.clone();
        // What two people of this bank paid for a claim, no partner asked for: it draws on no cap.
        let may_count = |credit: &Credit| {
            credit.client_id == client_id
                && credit.claim.is_none()
                && !matches!(credit.state, DebitState::Refused { .. })
        };
        for credit in every::<Credit>(&self.book, may_count).await? {
            // What names the new cap itself has drawn on it, or will.
            if credit.caps.contains(&next) {
                continue;
            }
            let chain = credit.chain();
            next.charge((&chain, credit.amount), credit.asked_at, ledger, ctx.now).await?;
        }
        kept.edit().before = None;
        let mut unit = Unit::new();
        unit.update(&kept);
        match self.book.commit(unit).await {
            // Another node did the same at the same moment.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Carries out every change that a crash put off. Called by the worker; says how many.
    pub async fn move_payout_caps(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let mut moved: usize = 0;
        for kept in waiting::<PayoutCap>(&self.book, "moving", "moving").await? {
            let client_id = kept.client_id.clone();
            match self.finish_payouts_change(ctx, kept).await {
                Ok(()) => moved = moved.saturating_add(1),
                Err(error) => tracing::warn!(%error, client_id, "a cap on payouts waits"),
            }
        }
        Ok(moved)
    }
}
