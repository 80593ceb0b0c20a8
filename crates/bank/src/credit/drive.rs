//! Brings a payment in to its end, from wherever a request, a crash or a lost answer left it.

use kanuki_desk::{
    DeskError,
    case::{Case, CaseKind},
    never::{self, Closed},
    outbox::Content,
};
use kanuki_domain::{
    Ctx, bank_account::AccountNumber, case_number, limits::ASK_AGAIN_SECS, mandate::later,
};
use kanuki_ledger::{ChainError, CreateTransferResult, Transfer, TransferId};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::debit::RefusalReason;

use super::{Credit, chain_of, key};
use crate::{
    Bank, BankError, CoreAnswer, CoreError, WithdrawAnswer, chart,
    debit::{DebitState, Found, ITEM_RETRY_SECS},
    holder::load,
    mandate::{Mandate, legs::Guards},
    waiting::waiting,
};

pub(crate) fn money_id(key: &str) -> TransferId {
    TransferId::derive(&["credit", key])
}

/// What a payment in is told as: what this bank makes good has its case's number, and what a partner gives
/// back is called that, because a victim takes "came in from" the one who robbed them for the next theft.
fn told_as(credit: &Credit) -> Content {
    match (credit.claim, credit.refund_of) {
        (Some(case_id), _) => Content::new("made_good").with("case", case_number::said(case_id)),
        (None, Some(_)) => Content::new("given_back"),
        (None, None) => Content::new("credited"),
    }
}

fn guards_of(mandate: &Mandate, credit: &Credit) -> Guards {
    match credit.refund_of {
        Some(_) if credit.claim.is_some() => Guards::of_claim(),
        Some(_) => Guards::of_refund(mandate, credit.caps.clone()),
        None => Guards::of(mandate, credit.caps.clone()),
    }
}

impl Bank {
    /// Takes the payment one step or all the way. Calling it twice is fine.
    pub async fn drive_credit(&self, ctx: &Ctx<'_>, key: &str) -> Result<Credit, BankError> {
        let credit = load::<Credit>(&self.book, key).await?;
        if credit.state != DebitState::Open {
            return Ok(credit.into_inner());
        }
        let mandate = load::<Mandate>(&self.book, credit.mandate_id).await?.into_inner();
        let guards = guards_of(&mandate, &credit);
        if let Err(reason) = self.pend_credit(ctx, &credit, &guards, key).await? {
            return self
                .close_credit(ctx, credit, DebitState::Refused { reason, at: ctx.now })
                .await;
        }
        match self.pay_at_core(ctx, &credit, &mandate).await? {
            Ok(CoreAnswer::Done) => self.book_credit(ctx, credit, &mandate, key).await,
            Ok(CoreAnswer::NotEnoughMoney | CoreAnswer::Refused) => {
                self.refuse_credit(ctx, credit, &guards, key).await
            }
            Err(_unknown) if ctx.now >= later(credit.asked_at, ASK_AGAIN_SECS) => {
                let case = Case::open(ctx, CaseKind::OpenItem, key, None);
                let mut unit = Unit::new();
                unit.insert(&case);
                let state = DebitState::OpenItem { case_id: case.case_id, found: None };
                self.commit_credit(ctx, credit, state, unit).await
            }
            Err(_unknown) => Ok(credit.into_inner()),
        }
    }

    /// Ends a payment whose end nobody knew for a day: by two people who found it booked, or by what
    /// the core says now. It is withdrawn there unless it was paid: a day later nobody expects it any
    /// more. That nothing moved is the core's word alone, whatever people found: only its promise keeps
    /// a late order from paying the holder what the partner gets back.
    pub(crate) async fn end_open_credit(
        &self,
        ctx: &Ctx<'_>,
        key: &str,
    ) -> Result<Credit, BankError> {
        let mut credit = load::<Credit>(&self.book, key).await?;
        let DebitState::OpenItem { found, .. } = credit.state else {
            return Ok(credit.into_inner());
        };
        let mandate = load::<Mandate>(&self.book, credit.mandate_id).await?.into_inner();
        let answer = match found {
            Some(Found::Moved) => Ok(WithdrawAnswer::Booked),
            Some(Found::NotMoved) | None => self.core.withdraw_credit(credit.core_id()).await,
        };
        match answer {
            Ok(WithdrawAnswer::Booked) => self.book_credit(ctx, credit, &mandate, key).await,
            Ok(WithdrawAnswer::Withdrawn) => {
                let guards = guards_of(&mandate, &credit);
                self.refuse_credit(ctx, credit, &guards, key).await
            }
            Err(CoreError::Unknown) => {
                credit.edit().next_try_at = Some(later(ctx.now, ITEM_RETRY_SECS));
                let mut unit = Unit::new();
                unit.update(&credit);
                self.keep_credit(credit, unit).await
            }
        }
    }

    /// Lets the core pay in.
    ///
    /// What was stopped while it waited goes on waiting, for two people or for a case: the core may
    /// have paid it already. What comes back to its holder is not kept from them.
    async fn pay_at_core(
        &self,
        ctx: &Ctx<'_>,
        credit: &Credit,
        mandate: &Mandate,
    ) -> Result<Result<CoreAnswer, CoreError>, BankError> {
        if credit.refund_of.is_none() && self.is_stopped(ctx, mandate).await? {
            return Ok(Err(CoreError::Unknown));
        }
        let known = self.known(mandate.holder_id).await?;
        let account: AccountNumber =
            self.vault.open(&known.key, "mandate|account", &mandate.account)?;
        let text = credit.text.as_deref();
        Ok(self.core.credit(credit.core_id(), &account, credit.amount, text).await)
    }

    async fn book_credit(
        &self,
        ctx: &Ctx<'_>,
        credit: Stored<Credit>,
        mandate: &Mandate,
        key: &str,
    ) -> Result<Credit, BankError> {
        let known = self.known(mandate.holder_id).await?;
        let id = TransferId::derive(&["credit-post", key]);
        let post = Transfer::post(id, money_id(key));
        kanuki_desk::gate::create_transfer(&*self.ledger, post, ctx.now).await?;
        let mut unit = Unit::new();
        let content = told_as(&credit)
            .with("partner", &mandate.partner_name)
            .with("account", &mandate.account_mask)
            .with("amount", credit.amount);
        self.tell(&mut unit, ctx, &known, mandate.mandate_id, content)?;
        self.commit_credit(ctx, credit, DebitState::Booked { at: ctx.now }, unit).await
    }

    async fn refuse_credit(
        &self,
        ctx: &Ctx<'_>,
        credit: Stored<Credit>,
        guards: &Guards,
        key: &str,
    ) -> Result<Credit, BankError> {
        let id = TransferId::derive(&["credit-void", key]);
        let void = Transfer::void(id, money_id(key));
        guards.void(&*self.ledger, &chain_of(key), void, ctx.now).await?;
        let reason = RefusalReason::TryLater;
        self.close_credit(ctx, credit, DebitState::Refused { reason, at: ctx.now }).await
    }

    async fn pend_credit(
        &self,
        ctx: &Ctx<'_>,
        credit: &Credit,
        guards: &Guards,
        key: &str,
    ) -> Result<Result<(), RefusalReason>, BankError> {
        let mut legs = guards.legs(&chain_of(key), credit.amount);
        let id = money_id(key);
        let code = chart::CODE_PARTNER_CLEARING;
        let (from, to) = (chart::partner_clearing(&credit.client_id), chart::core_clearing());
        legs.push(Transfer::pending(id, from, to, credit.amount, code));
        guards.open_missing(&*self.ledger, ctx.now).await?;
        match kanuki_ledger::chain(&*self.ledger, legs, ctx.now).await {
            Ok(()) => Ok(Ok(())),
            Err(ChainError::Refused { reason, .. }) => {
                // Somebody else may have been driving it at a better moment.
                let closed = never::close(&*self.ledger, id, (from, to), code, ctx.now).await?;
                Ok(match (closed, reason) {
                    (Closed::Moved, _) => Ok(()),
                    (Closed::Never, CreateTransferResult::ExceedsCredits) => {
                        Err(RefusalReason::OverLimit)
                    }
                    (Closed::Never, CreateTransferResult::DebitAccountAlreadyClosed) => {
                        Err(RefusalReason::Stopped)
                    }
                    (Closed::Never, _) => Err(RefusalReason::TryLater),
                })
            }
            Err(ChainError::Torn { .. }) => {
                Err(BankError::Desk(DeskError::Refused("a torn chain".to_owned())))
            }
            Err(ChainError::Ledger(error)) => Err(BankError::Desk(DeskError::Ledger(error))),
        }
    }

    async fn close_credit(
        &self,
        ctx: &Ctx<'_>,
        credit: Stored<Credit>,
        state: DebitState,
    ) -> Result<Credit, BankError> {
        let mut unit = Unit::new();
        self.give_back_to_debit(&mut unit, &credit).await?;
        self.commit_credit(ctx, credit, state, unit).await
    }

    async fn commit_credit(
        &self,
        ctx: &Ctx<'_>,
        mut credit: Stored<Credit>,
        state: DebitState,
        mut unit: Unit,
    ) -> Result<Credit, BankError> {
        self.close_item(ctx, &mut unit, credit.state, state).await?;
        credit.edit().state = state;
        let purpose = if credit.refund_of.is_some() { "refund" } else { "payout" };
        unit.update(&credit).audit(
            AuditEntry::new(ctx.now, &credit.client_id, "credit.settled", credit.credit_id)
                .with("state", format!("{state:?}"))
                .with("purpose", purpose)
                .with("amount", credit.amount.amount()),
        );
        self.keep_credit(credit, unit).await
    }

    /// Writes `unit`, or answers what somebody who was faster made of the payment.
    async fn keep_credit(&self, credit: Stored<Credit>, unit: Unit) -> Result<Credit, BankError> {
        match self.book.commit(unit).await {
            Ok(()) => Ok(credit.into_inner()),
            Err(RecordError::Conflict { .. }) => {
                let key = key(&credit.client_id, credit.credit_id);
                Ok(load::<Credit>(&self.book, key).await?.into_inner())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Drives every open payment. Called by the worker.
    pub async fn recover_credits(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let open = waiting::<Credit>(&self.book, "progress", "open").await?;
        let mut driven: usize = 0;
        for credit in open {
            let key = key(&credit.client_id, credit.credit_id);
            match self.drive_credit(ctx, &key).await {
                Ok(_) => driven = driven.saturating_add(1),
                Err(error) => tracing::warn!(%error, credit.id = %credit.credit_id, "credit waits"),
            }
        }
        Ok(driven)
    }
}
