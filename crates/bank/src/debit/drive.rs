//! Brings a debit to its end, from wherever a request, a crash or a lost answer left it.

use kanuki_desk::{
    case::{Case, CaseKind},
    never::{self, Closed},
};
use kanuki_domain::{Ctx, bank_account::AccountNumber, limits::ASK_AGAIN_SECS, mandate::later};
use kanuki_ledger::{ChainError, CreateTransferResult, Transfer, TransferId};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::debit::RefusalReason;

use crate::{
    Bank, BankError, Booking, CancelAnswer, CoreAnswer, CoreError, chart,
    debit::{Debit, DebitState, Found, ITEM_RETRY_SECS, request::as_it_stands},
    holder::{Known, load},
    mandate::{Mandate, legs::Guards},
    waiting::waiting,
};

/// Longest time between two questions to the core.
const RETRY_SECS_MAX: i64 = 900;

pub(crate) fn money_id(debit: &Debit) -> TransferId {
    TransferId::derive(&["debit", &debit.chain()])
}

/// How often what was booked is written down again because something else changed meanwhile.
const BOOKS_MAX: u32 = 8;

/// What the core, asked twice, made of the debit.
enum Core {
    Took,
    Refused(RefusalReason),
    Silent,
}

impl Bank {
    /// Takes the debit one step or all the way. Calling it twice, or from two places, is fine.
    pub async fn drive_debit(&self, ctx: &Ctx<'_>, key: &str) -> Result<Debit, BankError> {
        let debit = load::<Debit>(&self.book, key).await?;
        match debit.state {
            DebitState::Open => {}
            DebitState::Booked { .. }
            | DebitState::Refused { .. }
            | DebitState::OpenItem { .. } => return as_it_stands(debit),
        }
        let mandate = load::<Mandate>(&self.book, debit.mandate_id).await?.into_inner();
        let known = self.known(mandate.holder_id).await?;
        let guards = Guards::of(&mandate, debit.caps.clone());
        if let Err(reason) = self.pend(ctx, &debit, &guards).await? {
            if reason == RefusalReason::OverLimit
                && self.would_be_signed(ctx, &debit, &mandate).await?
            {
                return self.step_aside(ctx, debit).await;
            }
            let refused = self.refuse(ctx, debit, &guards, reason).await?;
            self.tell_attempt(ctx, &known, &mandate.partner_name).await;
            return Ok(refused);
        }
        let account: AccountNumber =
            self.vault.open(&known.key, "mandate|account", &mandate.account)?;
        match self.ask_core(ctx, &debit, (&mandate, &account)).await? {
            Core::Took => self.book_debit(ctx, debit, &mandate, &known).await,
            Core::Refused(reason) => self.refuse(ctx, debit, &guards, reason).await,
            Core::Silent => self.wait(ctx, debit).await,
        }
    }

    /// Ends a debit whose end nobody knew for a day: by two people who found it booked, or by what
    /// the core says now. It is given back there unless it was taken: a day later nobody expects it any
    /// more. That nothing moved is the core's word alone, whatever people found: only its promise keeps
    /// a late order from taking what the partner was told it does not get.
    pub(crate) async fn end_open_debit(
        &self,
        ctx: &Ctx<'_>,
        key: &str,
    ) -> Result<Debit, BankError> {
        let mut debit = load::<Debit>(&self.book, key).await?;
        let DebitState::OpenItem { found, .. } = debit.state else {
            return Ok(debit.into_inner());
        };
        let mandate = load::<Mandate>(&self.book, debit.mandate_id).await?.into_inner();
        let is_stopped = self.is_stopped(ctx, &mandate).await?;
        let reason = if is_stopped { RefusalReason::Stopped } else { RefusalReason::TryLater };
        let core = match found {
            Some(Found::Moved) => Core::Took,
            Some(Found::NotMoved) | None => self.give_back_at_core(&debit, reason).await,
        };
        match core {
            Core::Took => {
                let known = self.known(mandate.holder_id).await?;
                self.book_debit(ctx, debit, &mandate, &known).await
            }
            Core::Refused(reason) => {
                let guards = Guards::of(&mandate, debit.caps.clone());
                self.refuse(ctx, debit, &guards, reason).await
            }
            Core::Silent => {
                debit.edit().next_try_at = later(ctx.now, ITEM_RETRY_SECS);
                let mut unit = Unit::new();
                unit.update(&debit);
                self.settle(debit, unit).await
            }
        }
    }

    /// Pends gates, caps and money as one chain.
    async fn pend(
        &self,
        ctx: &Ctx<'_>,
        debit: &Debit,
        guards: &Guards,
    ) -> Result<Result<(), RefusalReason>, BankError> {
        let money = Transfer::pending(
            money_id(debit),
            chart::core_clearing(),
            chart::partner_clearing(&debit.client_id),
            debit.amount,
            chart::CODE_PARTNER_CLEARING,
        );
        let mut legs = guards.legs(&debit.chain(), debit.amount);
        legs.push(money);
        guards.open_missing(&*self.ledger, ctx.now).await?;
        // What did not reach the ledger within the period it was asked for in would count in none.
        let is_late = debit.caps.iter().any(|cap| cap.is_over(ctx.now));
        let pended = if is_late {
            let reason = CreateTransferResult::PendingTransferExpired;
            Err(ChainError::Refused { index: 0, id: money.id, reason })
        } else {
            kanuki_ledger::chain(&*self.ledger, legs, ctx.now).await
        };
        match pended {
            Ok(()) => Ok(Ok(())),
            Err(ChainError::Refused { reason, .. }) => {
                // Somebody else may have been driving it at a better moment.
                let (from, to) = (money.debit_account, money.credit_account);
                let code = chart::CODE_PARTNER_CLEARING;
                let closed =
                    never::close(&*self.ledger, money.id, (from, to), code, ctx.now).await?;
                if closed == Closed::Moved {
                    return Ok(Ok(()));
                }
                Ok(Err(match reason {
                    CreateTransferResult::ExceedsCredits => RefusalReason::OverLimit,
                    CreateTransferResult::DebitAccountAlreadyClosed => RefusalReason::Stopped,
                    _ => RefusalReason::TryLater,
                }))
            }
            // A bug of ours: leave it open and loud rather than guess.
            Err(ChainError::Torn { .. }) => {
                Err(BankError::Desk(kanuki_desk::DeskError::Refused("a torn chain".to_owned())))
            }
            Err(ChainError::Ledger(error)) => {
                Err(BankError::Desk(kanuki_desk::DeskError::Ledger(error)))
            }
        }
    }

    /// Lets the core set the money aside and take it.
    ///
    /// A chain that was pended before says nothing about now: whoever stopped it since was told that
    /// nothing more leaves the account. So what is stopped is never asked for again and is given back
    /// at the core; only what the core took before is booked. After a day of silence it is an open item.
    async fn ask_core(
        &self,
        ctx: &Ctx<'_>,
        debit: &Debit,
        (mandate, account): (&Mandate, &AccountNumber),
    ) -> Result<Core, BankError> {
        let id = debit.core_id();
        if self.is_stopped(ctx, mandate).await? {
            return Ok(self.give_back_at_core(debit, RefusalReason::Stopped).await);
        }
        let booking =
            Booking { allow_overdraft: self.rules.allows_overdraft(), text: debit.text.as_deref() };
        match self.core.reserve(id, account, debit.amount, booking).await {
            Ok(CoreAnswer::Done) => {}
            Ok(CoreAnswer::NotEnoughMoney) => {
                return Ok(Core::Refused(RefusalReason::NotEnoughMoney));
            }
            Ok(CoreAnswer::Refused) => return Ok(Core::Refused(RefusalReason::TryLater)),
            Err(CoreError::Unknown) => return Ok(Core::Silent),
        }
        // The last moment at which a stop can still be heard.
        if self.is_stopped(ctx, mandate).await? {
            return Ok(self.give_back_at_core(debit, RefusalReason::Stopped).await);
        }
        Ok(match self.core.confirm(id).await {
            Ok(CoreAnswer::Done) => Core::Took,
            Ok(CoreAnswer::NotEnoughMoney) => {
                self.give_back_at_core(debit, RefusalReason::NotEnoughMoney).await
            }
            Ok(CoreAnswer::Refused) => self.give_back_at_core(debit, RefusalReason::TryLater).await,
            Err(CoreError::Unknown) => Core::Silent,
        })
    }

    /// Whether a stop was pressed, by whoever may, and was not released since.
    pub(crate) async fn is_stopped(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
    ) -> Result<bool, BankError> {
        Ok(!mandate.state.is_active() || self.shut_gate(ctx, mandate).await?.is_some())
    }

    /// Nothing stays set aside for a debit that comes to nothing for this `reason`.
    async fn give_back_at_core(&self, debit: &Debit, reason: RefusalReason) -> Core {
        match self.core.cancel(debit.core_id()).await {
            Ok(CancelAnswer::GivenBack) => Core::Refused(reason),
            Ok(CancelAnswer::Taken) => Core::Took,
            Err(CoreError::Unknown) => Core::Silent,
        }
    }

    async fn book_debit(
        &self,
        ctx: &Ctx<'_>,
        debit: Stored<Debit>,
        mandate: &Mandate,
        known: &Known,
    ) -> Result<Debit, BankError> {
        let id = TransferId::derive(&["debit-post", &debit.chain()]);
        let post = Transfer::post(id, money_id(&debit));
        kanuki_desk::gate::create_transfer(&*self.ledger, post, ctx.now).await?;
        let (key, before) = (debit.key(), debit.state);
        let mut booked = self.note_booked(ctx, debit, mandate, known).await;
        for _ in 1..BOOKS_MAX {
            if !matches!(booked, Err(BankError::Record(RecordError::Conflict { .. }))) {
                break;
            }
            // Somebody else drove it, or another debit changed what its holder was not told of yet.
            let debit = load::<Debit>(&self.book, &key).await?;
            if debit.state != before {
                return Ok(debit.into_inner());
            }
            booked = self.note_booked(ctx, debit, mandate, known).await;
        }
        match booked {
            // The money is posted; the worker writes it down.
            Err(BankError::Record(RecordError::Conflict { .. })) => {
                Ok(load::<Debit>(&self.book, &key).await?.into_inner())
            }
            other => other,
        }
    }

    async fn note_booked(
        &self,
        ctx: &Ctx<'_>,
        mut debit: Stored<Debit>,
        mandate: &Mandate,
        known: &Known,
    ) -> Result<Debit, BankError> {
        let mut unit = Unit::new();
        let end = DebitState::Booked { at: ctx.now };
        self.close_item(ctx, &mut unit, debit.state, end).await?;
        debit.edit().state = end;
        unit.update(&debit).audit(
            AuditEntry::new(ctx.now, &debit.client_id, "debit.booked", debit.debit_id)
                .with("mandate", debit.mandate_id)
                .with("amount", debit.amount.amount()),
        );
        self.tell_of_debit(ctx, &mut unit, known, (mandate, &debit)).await?;
        self.book.commit(unit).await?;
        Ok(debit.into_inner())
    }

    async fn refuse(
        &self,
        ctx: &Ctx<'_>,
        mut debit: Stored<Debit>,
        guards: &Guards,
        reason: RefusalReason,
    ) -> Result<Debit, BankError> {
        let id = TransferId::derive(&["debit-void", &debit.chain()]);
        let money = Transfer::void(id, money_id(&debit));
        guards.void(&*self.ledger, &debit.chain(), money, ctx.now).await?;
        let mut unit = Unit::new();
        let end = DebitState::Refused { reason, at: ctx.now };
        self.close_item(ctx, &mut unit, debit.state, end).await?;
        debit.edit().state = end;
        unit.update(&debit).audit(
            AuditEntry::new(ctx.now, &debit.client_id, "debit.refused", debit.debit_id)
                .with("mandate", debit.mandate_id)
                .with("reason", format!("{reason:?}")),
        );
        self.settle(debit, unit).await
    }

    /// No answer: ask again later, each time after twice as long; after a day a person must.
    async fn wait(&self, ctx: &Ctx<'_>, mut debit: Stored<Debit>) -> Result<Debit, BankError> {
        let mut unit = Unit::new();
        if ctx.now >= later(debit.asked_at, ASK_AGAIN_SECS) {
            let case = Case::open(ctx, CaseKind::OpenItem, debit.key(), None);
            debit.edit().state = DebitState::OpenItem { case_id: case.case_id, found: None };
            unit.insert(&case).audit(
                AuditEntry::new(ctx.now, "system", "debit.open_item", debit.debit_id)
                    .with("case", case.case_id),
            );
        } else {
            let attempts = debit.attempts.saturating_add(1);
            let wait = 1_i64.checked_shl(attempts.min(20)).unwrap_or(RETRY_SECS_MAX);
            debit.edit().attempts = attempts;
            debit.edit().next_try_at = later(ctx.now, wait.min(RETRY_SECS_MAX));
        }
        unit.update(&debit);
        self.settle(debit, unit).await
    }

    /// Commits; when somebody else was driving the same debit, their outcome stands.
    async fn settle(&self, debit: Stored<Debit>, unit: Unit) -> Result<Debit, BankError> {
        match self.book.commit(unit).await {
            Ok(()) => Ok(debit.into_inner()),
            Err(RecordError::Conflict { .. }) => {
                as_it_stands(load::<Debit>(&self.book, debit.key()).await?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Drives every open debit that is due. Called by the worker; one failing does not stop others.
    pub async fn recover_debits(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let open = waiting::<Debit>(&self.book, "progress", "open").await?;
        let mut driven: usize = 0;
        for debit in open.into_iter().filter(|d| d.next_try_at <= ctx.now) {
            match self.drive_debit(ctx, &debit.key()).await {
                Ok(_) => driven = driven.saturating_add(1),
                Err(error) => tracing::warn!(%error, debit.id = %debit.debit_id, "debit waits"),
            }
        }
        Ok(driven)
    }
}
