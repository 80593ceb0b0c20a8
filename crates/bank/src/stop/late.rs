//! One thing that is ended, locked or lowered while the core is silent.
//!
//! Where the core answers, these are done at once and leave no case: a holder may end what they like. Where
//! it does not, what was pressed becomes an order under a case, so that nobody has to press twice and
//! whoever pressed has a number. Whose account it is about is asked when the core answers: what is
//! somebody else's is dropped then.

use kanuki_domain::{
    Ctx,
    id::{BankAccountId, CaseId, ContractId, HolderId},
    mandate::StoppedBy,
};

use super::order::{Ordered, StopOrder};
use crate::{Bank, BankError, holder::load, lock::LockedBy, mandate::Mandate};

impl Bank {
    /// What `done` did, or, where the core's silence cut it short, the order of it and
    /// [`BankError::StoppedInPart`].
    pub(crate) async fn or_order(
        &self,
        ctx: &Ctx<'_>,
        done: Result<(), BankError>,
        (holder_id, actor): (HolderId, String),
        what: Ordered,
    ) -> Result<(), BankError> {
        let Err(BankError::Core(_)) = done else { return done };
        let case_id = self.case_of_all(ctx, holder_id).await?;
        let order =
            StopOrder { holder_id, what, case_id, asked_at: ctx.now, tells: None, done_at: None };
        self.write_order(ctx, &order, &actor).await?;
        Err(BankError::StoppedInPart(case_id))
    }

    /// Does for a caller, under their case, what is written down first; `tells` goes out when it is whole,
    /// beside what the act itself tells.
    pub(crate) async fn order_for_caller(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, case_id, actor): (HolderId, CaseId, String),
        (what, tells): (Ordered, Option<&str>),
    ) -> Result<(), BankError> {
        let tells = tells.map(str::to_owned);
        let order = StopOrder { holder_id, what, case_id, asked_at: ctx.now, tells, done_at: None };
        self.write_order(ctx, &order, &actor).await?;
        self.carry_out_stop(ctx, &order).await.map(drop)
    }

    /// Stops a contract of a caller. Whose it is, is asked now where the core answers, and by the order
    /// where it does not.
    pub(crate) async fn stop_contract_for_caller(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, case_id, actor): (HolderId, CaseId, String),
        contract_id: ContractId,
    ) -> Result<(), BankError> {
        match self.contract_of(holder_id, contract_id).await {
            Ok(_) | Err(BankError::Core(_)) => {}
            Err(error) => return Err(error),
        }
        let what = Ordered::Contract { contract_id, by: StoppedBy::Holder };
        self.order_for_caller(ctx, (holder_id, case_id, actor), (what, None)).await
    }

    /// Carries out one of these for `holder_id`; done already is fine.
    pub(super) async fn carry_out_late(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        what: Ordered,
    ) -> Result<(), BankError> {
        let done = match what {
            Ordered::End { mandate_id, by } => {
                let mandate = load::<Mandate>(&self.book, mandate_id).await?;
                self.end(ctx, mandate, by, holder_id.to_string()).await
            }
            Ordered::Contract { contract_id, by } => {
                match self.contract_of(holder_id, contract_id).await {
                    Ok(_) => self.end_contract(ctx, (holder_id, by), contract_id).await,
                    Err(error) => Err(error),
                }
            }
            Ordered::Lock { account_id: Some(account_id), by } => {
                self.lock_own(ctx, (holder_id, by), account_id).await
            }
            Ordered::Lock { account_id: None, by } => self.lock_every(ctx, (holder_id, by)).await,
            // It is lowered, or raised; whom to tell is what was missing.
            Ordered::Lowered { .. } | Ordered::Alerted => self.known(holder_id).await.map(drop),
            Ordered::Everything { .. }
            | Ordered::Lost { .. }
            | Ordered::Mandate { .. }
            | Ordered::Notice { .. } => Ok(()),
        };
        match done {
            // Somebody else's, or none: there is nothing to do, ever.
            Err(BankError::NotAvailable) => Ok(()),
            done => done,
        }
    }

    /// Locks every account of a holder.
    async fn lock_every(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, by): (HolderId, LockedBy),
    ) -> Result<(), BankError> {
        let known = self.known(holder_id).await?;
        let accounts = known.core.accounts.iter();
        let ids: Vec<BankAccountId> = accounts.map(|one| self.account_id(&one.account)).collect();
        for account_id in ids {
            self.lock_own(ctx, (holder_id, by), account_id).await?;
        }
        Ok(())
    }
}
