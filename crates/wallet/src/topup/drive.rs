//! Brings a top-up to its end, from wherever a request, a crash or a lost answer left it.

use kanuki_desk::{
    case::{Case, CaseKind},
    gate::Gate,
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    id::TopupId,
    limits::ASK_AGAIN_SECS,
    mandate::{Interaction, later},
};
use kanuki_ledger::Transfer;
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::debit::DebitRequest;

use super::{Topup, TopupState};
use crate::{
    Refusal, Wallet, WalletError,
    bank::{FIRST_ANSWER_SECS, Turn, ask_again_at, debit_id},
    chart,
    customer::wallet_switch,
    link::{BankSays, Link, Question, link_switch},
    movement::{Guards, Settled, pend_id, post_id, void_id},
};

impl Wallet {
    /// Takes a top-up one step or all the way. Calling it twice, or from two places, is fine.
    pub async fn drive_topup(&self, ctx: &Ctx<'_>, id: TopupId) -> Result<Topup, WalletError> {
        let topup = self.load::<Topup>(id).await?;
        let driven = match topup.state {
            TopupState::Requested => self.reserve_topup(ctx, topup).await,
            TopupState::Asking => self.ask_topup(ctx, topup, Turn::Again).await,
            TopupState::Posted { .. }
            | TopupState::Refused { .. }
            | TopupState::OpenItem { .. } => return Ok(topup.into_inner()),
        };
        match driven {
            // Somebody else drives it: what they wrote counts.
            Err(WalletError::Record(RecordError::Conflict { .. })) => {
                Ok(self.load::<Topup>(id).await?.into_inner())
            }
            other => other,
        }
    }

    /// Asks the bank of an open item once more, because a person wants to know.
    pub async fn reopen_topup(&self, ctx: &Ctx<'_>, id: TopupId) -> Result<Topup, WalletError> {
        let topup = self.load::<Topup>(id).await?;
        if let TopupState::OpenItem { .. } = topup.state {
            return self.ask_topup(ctx, topup, Turn::Again).await;
        }
        self.drive_topup(ctx, id).await
    }

    async fn reserve_topup(
        &self,
        ctx: &Ctx<'_>,
        mut topup: Stored<Topup>,
    ) -> Result<Topup, WalletError> {
        let name = topup.topup_id.to_string();
        let money = Transfer::pending(
            pend_id(&name),
            chart::bank_clearing(topup.bank),
            chart::customer(topup.wallet_id),
            topup.amount,
            chart::MOVED_TOPUP,
        )
        .with_user_data(topup.topup_id.bits());
        let gates = vec![
            Gate::everything(),
            Gate::of("bank", topup.bank),
            Gate::of("link", topup.link_id),
            link_switch(topup.link_id),
            Gate::of("wallet", topup.wallet_id),
            wallet_switch(topup.wallet_id),
        ];
        let guards = Guards { gates, limits: &topup.limits };
        if let Err(reason) = self.make_chain(ctx, &guards, &name, topup.amount, vec![money]).await?
        {
            return self.end_topup(ctx, topup, TopupState::Refused { reason, at: ctx.now }).await;
        }
        // Written before the bank is asked: from here on "never asked" cannot be assumed.
        topup.edit().state = TopupState::Asking;
        topup.edit().next_at = later(ctx.now, FIRST_ANSWER_SECS);
        let mut unit = Unit::new();
        unit.update(&topup);
        self.book.commit(unit).await?;
        let topup = self.load::<Topup>(topup.topup_id).await?;
        self.ask_topup(ctx, topup, Turn::First).await
    }

    async fn ask_topup(
        &self,
        ctx: &Ctx<'_>,
        topup: Stored<Topup>,
        turn: Turn,
    ) -> Result<Topup, WalletError> {
        let name = topup.topup_id.to_string();
        let link = self.load::<Link>(topup.link_id).await?;
        // Every top-up is asked for by its customer, a moment ago.
        let request = DebitRequest {
            debit_id: debit_id(topup.topup_id),
            amount: topup.amount,
            interaction: Interaction::InSession,
        };
        match self.ask_bank(ctx, &link, Question::Debit(request)).await? {
            BankSays::Booked => {
                let post = Transfer::post(post_id(&name), pend_id(&name));
                match self.settle(ctx, post, Vec::new()).await? {
                    Settled::Done => {
                        self.end_topup(ctx, topup, TopupState::Posted { at: ctx.now }).await
                    }
                    // Refused and booked under one id: the bank contradicts itself.
                    Settled::Otherwise => self.open_topup_item(ctx, topup).await,
                }
            }
            BankSays::Refused(reason) => self.give_up_topup(ctx, topup, reason).await,
            BankSays::TurnedAway if turn == Turn::First => {
                self.give_up_topup(ctx, topup, Refusal::NotActive).await
            }
            BankSays::TurnedAway | BankSays::Unknown => self.wait_topup(ctx, topup).await,
        }
    }

    /// Nothing will be debited: the reservation and the caps are given back.
    async fn give_up_topup(
        &self,
        ctx: &Ctx<'_>,
        topup: Stored<Topup>,
        reason: Refusal,
    ) -> Result<Topup, WalletError> {
        let name = topup.topup_id.to_string();
        let void = Transfer::void(void_id(&name), pend_id(&name));
        match self.settle(ctx, void, Vec::new()).await? {
            Settled::Done => {
                self.give_back(ctx, &topup.limits, &name).await?;
                self.end_topup(ctx, topup, TopupState::Refused { reason, at: ctx.now }).await
            }
            Settled::Otherwise => self.open_topup_item(ctx, topup).await,
        }
    }

    /// The bank has not said: ask again later; after a day, a person must find out.
    async fn wait_topup(
        &self,
        ctx: &Ctx<'_>,
        mut topup: Stored<Topup>,
    ) -> Result<Topup, WalletError> {
        if ctx.now >= later(topup.requested_at, ASK_AGAIN_SECS) {
            return self.open_topup_item(ctx, topup).await;
        }
        let edit = topup.edit();
        edit.asked = edit.asked.saturating_add(1);
        edit.next_at = ask_again_at(ctx.now, edit.asked);
        let mut unit = Unit::new();
        unit.update(&topup);
        self.book.commit(unit).await?;
        Ok(topup.into_inner())
    }

    async fn open_topup_item(
        &self,
        ctx: &Ctx<'_>,
        topup: Stored<Topup>,
    ) -> Result<Topup, WalletError> {
        if let TopupState::OpenItem { .. } = topup.state {
            return Ok(topup.into_inner());
        }
        let person = Some(topup.customer_id.to_string());
        let mut case = Case::open(ctx, CaseKind::OpenItem, topup.topup_id, person);
        case.note(ctx.now, "system", format!("=no_answer|{}", topup.bank));
        let state = TopupState::OpenItem { case_id: case.case_id };
        let mut unit = Unit::new();
        unit.insert(&case);
        self.end_topup_in(ctx, unit, topup, state).await
    }

    async fn end_topup(
        &self,
        ctx: &Ctx<'_>,
        topup: Stored<Topup>,
        state: TopupState,
    ) -> Result<Topup, WalletError> {
        self.end_topup_in(ctx, Unit::new(), topup, state).await
    }

    async fn end_topup_in(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        mut topup: Stored<Topup>,
        state: TopupState,
    ) -> Result<Topup, WalletError> {
        topup.edit().state = state;
        let act = match state {
            TopupState::Posted { .. } => "topup.posted",
            TopupState::OpenItem { .. } => "topup.open_item",
            TopupState::Refused { .. } | TopupState::Requested | TopupState::Asking => {
                "topup.refused"
            }
        };
        unit.update(&topup).audit(
            AuditEntry::new(ctx.now, "system", act, topup.topup_id)
                .with("amount", topup.amount.amount()),
        );
        if let TopupState::Posted { .. } = state {
            let known = self.known(topup.customer_id).await?;
            let content = Content::new("topped_up")
                .with("amount", topup.amount)
                .with("bank", &self.partner(topup.bank)?.name);
            self.tell(&mut unit, ctx, &known, content)?;
        }
        self.book.commit(unit).await?;
        Ok(topup.into_inner())
    }
}
