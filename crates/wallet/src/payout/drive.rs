//! Brings a payout to its end, from wherever a request, a crash or a lost answer left it.

use kanuki_desk::{
    case::{Case, CaseKind},
    gate::Gate,
    outbox::Content,
    screening::gate as screening_gate,
};
use kanuki_domain::{
    Ctx,
    id::{CustomerId, PayoutId},
    limits::ASK_AGAIN_SECS,
    mandate::later,
};
use kanuki_ledger::Transfer;
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_risk::{Key, Kind};
use kanuki_wire::debit::CreditRequest;

use super::{Payout, PayoutState};
use crate::{
    Refusal, Wallet, WalletError,
    bank::{FIRST_ANSWER_SECS, Turn, ask_again_at},
    chart,
    customer::wallet_switch,
    link::{BankSays, Link, Question, link_switch},
    movement::{Guards, Settled, pend_id, post_id, void_id},
    risk::account_key,
};

fn gates(payout: &Payout) -> Vec<Gate> {
    vec![
        Gate::everything(),
        Gate::of("bank", payout.bank),
        Gate::of("link", payout.link_id),
        link_switch(payout.link_id),
        Gate::of("wallet", payout.wallet_id),
        wallet_switch(payout.wallet_id),
        screening_gate(payout.wallet_id),
    ]
}

impl Wallet {
    /// Takes a payout one step or all the way. Calling it twice, or from two places, is fine.
    pub async fn drive_payout(&self, ctx: &Ctx<'_>, id: PayoutId) -> Result<Payout, WalletError> {
        let payout = self.load::<Payout>(id).await?;
        let driven = match payout.state {
            PayoutState::Requested => self.reserve_payout(ctx, payout).await,
            PayoutState::Held { until } if ctx.now >= until => self.release_held(ctx, payout).await,
            PayoutState::Asking => self.ask_payout(ctx, payout, Turn::Again).await,
            PayoutState::GivingUp { reason } => self.void_payout(ctx, payout, reason).await,
            PayoutState::Held { .. }
            | PayoutState::Posted { .. }
            | PayoutState::Refused { .. }
            | PayoutState::Cancelled { .. }
            | PayoutState::ByHand { .. }
            | PayoutState::OpenItem { .. } => return Ok(payout.into_inner()),
        };
        match driven {
            Err(WalletError::Record(RecordError::Conflict { .. })) => {
                Ok(self.load::<Payout>(id).await?.into_inner())
            }
            other => other,
        }
    }

    /// Asks the bank of an open item once more, because a person wants to know.
    pub async fn reopen_payout(&self, ctx: &Ctx<'_>, id: PayoutId) -> Result<Payout, WalletError> {
        let payout = self.load::<Payout>(id).await?;
        if let PayoutState::OpenItem { .. } = payout.state {
            return self.ask_payout(ctx, payout, Turn::Again).await;
        }
        self.drive_payout(ctx, id).await
    }

    async fn reserve_payout(
        &self,
        ctx: &Ctx<'_>,
        mut payout: Stored<Payout>,
    ) -> Result<Payout, WalletError> {
        let name = payout.payout_id.to_string();
        // What our people pay is paid from what is put aside: the bank goes on owing what it owes.
        let from =
            if payout.by_hand { chart::safeguarded() } else { chart::bank_clearing(payout.bank) };
        let money = Transfer::pending(
            pend_id(&name),
            chart::customer(payout.wallet_id),
            from,
            payout.amount,
            chart::MOVED_PAYOUT,
        )
        .with_user_data(payout.payout_id.bits());
        let guards = Guards { gates: gates(&payout), limits: &payout.limits };
        if let Err(reason) =
            self.make_chain(ctx, &guards, &name, payout.amount, vec![money]).await?
        {
            let state = PayoutState::Refused { reason, at: ctx.now };
            return self.end_payout(ctx, Unit::new(), payout, state).await;
        }
        if payout.hold_secs > 0 {
            let until = later(ctx.now, payout.hold_secs);
            payout.edit().next_at = until;
            return self.end_payout(ctx, Unit::new(), payout, PayoutState::Held { until }).await;
        }
        self.start_asking(ctx, payout).await
    }

    /// The hold is over. A wallet or link that was stopped meanwhile keeps it where it is, and so does
    /// one whose owner or account was put on a list (FT-22).
    async fn release_held(
        &self,
        ctx: &Ctx<'_>,
        mut payout: Stored<Payout>,
    ) -> Result<Payout, WalletError> {
        if !self.is_payout_stopped(ctx, &payout).await? {
            return self.start_asking(ctx, payout).await;
        }
        let edit = payout.edit();
        edit.asked = edit.asked.saturating_add(1);
        edit.next_at = ask_again_at(ctx.now, edit.asked);
        let mut unit = Unit::new();
        unit.update(&payout);
        self.book.commit(unit).await?;
        Ok(payout.into_inner())
    }

    /// Whether something stops a payout, or somebody in it is watched, at this moment. Why is not said.
    pub async fn is_payout_stopped(
        &self,
        ctx: &Ctx<'_>,
        payout: &Payout,
    ) -> Result<bool, WalletError> {
        Ok(!self.payout_kept_by(ctx, payout).await?.is_empty()
            || !self.are_open(ctx, &gates(payout)).await?)
    }

    /// The watch lists that keep it where it is, however much time is over.
    pub(crate) async fn payout_kept_by(
        &self,
        ctx: &Ctx<'_>,
        payout: &Payout,
    ) -> Result<Vec<String>, WalletError> {
        let link = self.load::<Link>(payout.link_id).await?;
        let keys = vec![
            Key::Wallet(payout.wallet_id.to_string()),
            Key::Person(payout.customer_id.to_string()),
            account_key(&link),
        ];
        Ok(self.watched_on(Kind::Payout, keys, ctx.now))
    }

    async fn start_asking(
        &self,
        ctx: &Ctx<'_>,
        mut payout: Stored<Payout>,
    ) -> Result<Payout, WalletError> {
        if payout.by_hand {
            return self.hand_over(ctx, payout).await;
        }
        let edit = payout.edit();
        edit.state = PayoutState::Asking;
        edit.asking_since = Some(ctx.now);
        edit.asked = 0;
        edit.next_at = later(ctx.now, FIRST_ANSWER_SECS);
        let mut unit = Unit::new();
        unit.update(&payout);
        self.book.commit(unit).await?;
        let payout = self.load::<Payout>(payout.payout_id).await?;
        self.ask_payout(ctx, payout, Turn::First).await
    }

    async fn ask_payout(
        &self,
        ctx: &Ctx<'_>,
        payout: Stored<Payout>,
        turn: Turn,
    ) -> Result<Payout, WalletError> {
        let name = payout.payout_id.to_string();
        let link = self.load::<Link>(payout.link_id).await?;
        let request =
            CreditRequest { payout_id: payout.payout_id, amount: payout.amount, refund_of: None };
        match self.ask_bank(ctx, &link, Question::Credit(request)).await? {
            BankSays::Booked => {
                let post = Transfer::post(post_id(&name), pend_id(&name));
                match self.settle(ctx, post, Vec::new()).await? {
                    Settled::Done => {
                        let state = PayoutState::Posted { at: ctx.now };
                        self.end_payout(ctx, Unit::new(), payout, state).await
                    }
                    Settled::Otherwise => self.open_payout_item(ctx, payout).await,
                }
            }
            BankSays::Refused(reason) => self.give_up_payout(ctx, payout, reason).await,
            // Nobody signs money that comes in: a bank that says so did not listen.
            BankSays::TurnedAway | BankSays::MustBeSigned if turn == Turn::First => {
                self.give_up_payout(ctx, payout, Refusal::NotActive).await
            }
            BankSays::TurnedAway | BankSays::MustBeSigned | BankSays::Unknown => {
                self.wait_payout(ctx, payout).await
            }
        }
    }

    /// Written before the reservation falls: after a crash in between, the customer has the money
    /// again, and a bank that is asked once more might pay it a second time.
    async fn give_up_payout(
        &self,
        ctx: &Ctx<'_>,
        mut payout: Stored<Payout>,
        reason: Refusal,
    ) -> Result<Payout, WalletError> {
        let edit = payout.edit();
        edit.state = PayoutState::GivingUp { reason };
        edit.next_at = later(ctx.now, FIRST_ANSWER_SECS);
        let mut unit = Unit::new();
        unit.update(&payout);
        self.book.commit(unit).await?;
        let payout = self.load::<Payout>(payout.payout_id).await?;
        self.void_payout(ctx, payout, reason).await
    }

    async fn void_payout(
        &self,
        ctx: &Ctx<'_>,
        payout: Stored<Payout>,
        reason: Refusal,
    ) -> Result<Payout, WalletError> {
        let state = PayoutState::Refused { reason, at: ctx.now };
        let name = payout.payout_id.to_string();
        let void = Transfer::void(void_id(&name), pend_id(&name));
        match self.settle(ctx, void, Vec::new()).await? {
            Settled::Done => {
                self.give_back(ctx, &payout.limits, &name).await?;
                self.end_payout(ctx, Unit::new(), payout, state).await
            }
            Settled::Otherwise => self.open_payout_item(ctx, payout).await,
        }
    }

    /// The customer takes back a payout that is held.
    pub async fn cancel_payout(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        payout_id: PayoutId,
    ) -> Result<Payout, WalletError> {
        let payout = self.load::<Payout>(payout_id).await?;
        if payout.customer_id != id {
            return Err(WalletError::NotAvailable);
        }
        match payout.state {
            PayoutState::Held { .. } => {
                // The record first: the worker must not ask the bank for what is being voided.
                let state = PayoutState::Cancelled { at: ctx.now };
                let cancelled = self.end_payout(ctx, Unit::new(), payout, state).await?;
                self.void_cancelled(ctx, &cancelled).await?;
                Ok(cancelled)
            }
            PayoutState::Cancelled { .. } => {
                self.void_cancelled(ctx, &payout).await?;
                Ok(payout.into_inner())
            }
            _ => Err(WalletError::NotAvailable),
        }
    }

    /// Gives back the reservation of a payout that was cancelled; doing it twice is fine.
    pub(crate) async fn void_cancelled(
        &self,
        ctx: &Ctx<'_>,
        payout: &Payout,
    ) -> Result<(), WalletError> {
        let name = payout.payout_id.to_string();
        self.settle(ctx, Transfer::void(void_id(&name), pend_id(&name)), Vec::new()).await?;
        self.give_back(ctx, &payout.limits, &name).await
    }

    async fn wait_payout(
        &self,
        ctx: &Ctx<'_>,
        mut payout: Stored<Payout>,
    ) -> Result<Payout, WalletError> {
        let since = payout.asking_since.unwrap_or(payout.requested_at);
        if ctx.now >= later(since, ASK_AGAIN_SECS) {
            return self.open_payout_item(ctx, payout).await;
        }
        let edit = payout.edit();
        edit.asked = edit.asked.saturating_add(1);
        edit.next_at = ask_again_at(ctx.now, edit.asked);
        let mut unit = Unit::new();
        unit.update(&payout);
        self.book.commit(unit).await?;
        Ok(payout.into_inner())
    }

    async fn open_payout_item(
        &self,
        ctx: &Ctx<'_>,
        payout: Stored<Payout>,
    ) -> Result<Payout, WalletError> {
        if let PayoutState::OpenItem { .. } = payout.state {
            return Ok(payout.into_inner());
        }
        let person = Some(payout.customer_id.to_string());
        let mut case = Case::open(ctx, CaseKind::OpenItem, payout.payout_id, person);
        case.note(ctx.now, "system", format!("=no_answer|{}", payout.bank));
        let state = PayoutState::OpenItem { case_id: case.case_id };
        let mut unit = Unit::new();
        unit.insert(&case);
        self.end_payout(ctx, unit, payout, state).await
    }

    pub(super) async fn end_payout(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        mut payout: Stored<Payout>,
        state: PayoutState,
    ) -> Result<Payout, WalletError> {
        payout.edit().state = state;
        let (act, notice) = match state {
            PayoutState::Posted { .. } => ("payout.posted", Some("paid_out")),
            PayoutState::Held { .. } => ("payout.held", Some("payout_held")),
            PayoutState::Cancelled { .. } => ("payout.cancelled", Some("payout_cancelled")),
            PayoutState::ByHand { .. } => ("payout.by_hand", Some("payout_by_hand")),
            PayoutState::OpenItem { .. } => ("payout.open_item", None),
            PayoutState::Refused { .. }
            | PayoutState::Requested
            | PayoutState::Asking
            | PayoutState::GivingUp { .. } => ("payout.refused", None),
        };
        unit.update(&payout).audit(
            AuditEntry::new(ctx.now, "system", act, payout.payout_id)
                .with("amount", payout.amount.amount()),
        );
        if let Some(kind) = notice {
            let known = self.known(payout.customer_id).await?;
            let content = Content::new(kind)
                .with("amount", payout.amount)
                .with("bank", self.bank_name(payout.bank).await);
            self.tell(&mut unit, ctx, &known, content)?;
        }
        self.book.commit(unit).await?;
        Ok(payout.into_inner())
    }
}
