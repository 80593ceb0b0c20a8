//! Brings a top-up to its end, from wherever a request, a crash or a lost answer left it.

use jiff::Timestamp;
use kanuki_desk::{
    case::{Case, CaseKind},
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    id::TopupId,
    limits::ASK_AGAIN_SECS,
    mandate::{Interaction, later},
};
use kanuki_ledger::Transfer;
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, vault::PersonKey};
use kanuki_wire::debit::DebitRequest;

use super::{SIGNED_TOKEN, SignedToken, Topup, TopupState, approve::SET_OUT_SECS, stopped::gates};
use crate::{
    Refusal, Wallet, WalletError,
    bank::{FIRST_ANSWER_SECS, Turn, ask_again_at, debit_id},
    chart,
    link::{BankSays, Link, Question},
    movement::{Guards, Settled, pend_id, post_id, void_id},
};

/// For so long after a question that got no answer, the bank may yet receive it: its proof lives a
/// minute, clocks differ by half of one.
const QUIET_SECS: i64 = 180;

/// What the bank is asked, the same each time.
fn debit_request(topup: &Topup) -> DebitRequest {
    DebitRequest {
        debit_id: debit_id(topup.topup_id),
        amount: topup.amount,
        // Every top-up is asked for by its customer, a moment ago.
        interaction: Interaction::InSession,
        authn_evidence: topup.evidence.clone(),
    }
}

impl Wallet {
    /// Takes a top-up one step or all the way. Calling it twice, or from two places, is fine.
    pub async fn drive_topup(&self, ctx: &Ctx<'_>, id: TopupId) -> Result<Topup, WalletError> {
        let topup = self.load::<Topup>(id).await?;
        let driven = match topup.state {
            TopupState::Requested => self.reserve_topup(ctx, topup).await,
            TopupState::Asking => self.ask_topup(ctx, topup, Turn::Again).await,
            TopupState::NeedsApproval { until } if ctx.now < until => {
                match topup.waiting.clone().filter(|_| topup.next_at <= ctx.now) {
                    // Seldom taken, and large.
                    Some(waiting) => Box::pin(self.poll_waiting(ctx, topup, waiting)).await,
                    None => return Ok(topup.into_inner()),
                }
            }
            TopupState::NeedsApproval { .. } => {
                self.withdraw_topup(ctx, topup, Refusal::NotApproved).await
            }
            TopupState::Approved { until } => Box::pin(self.use_approval(ctx, topup, until)).await,
            TopupState::Withdrawing { reason } => self.finish_withdrawal(ctx, topup, reason).await,
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
        let guards = Guards { gates: gates(&topup), limits: &topup.limits };
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
        let link = self.load::<Link>(topup.link_id).await?;
        let request = debit_request(&topup);
        match self.ask_bank(ctx, &link, Question::Debit(&request)).await? {
            BankSays::Booked => self.post_topup(ctx, topup).await,
            BankSays::MustBeSigned => self.await_approval(ctx, topup, turn).await,
            BankSays::Refused(reason) => self.give_up_topup(ctx, topup, reason).await,
            BankSays::TurnedAway if turn == Turn::First => {
                self.give_up_topup(ctx, topup, Refusal::NotActive).await
            }
            BankSays::TurnedAway | BankSays::Unknown => self.wait_topup(ctx, topup).await,
        }
    }

    async fn post_topup(&self, ctx: &Ctx<'_>, topup: Stored<Topup>) -> Result<Topup, WalletError> {
        let name = topup.topup_id.to_string();
        let post = Transfer::post(post_id(&name), pend_id(&name));
        match self.settle(ctx, post, Vec::new()).await? {
            Settled::Done => self.end_topup(ctx, topup, TopupState::Posted { at: ctx.now }).await,
            // Refused and booked under one id: the bank contradicts itself.
            Settled::Otherwise => self.open_topup_item(ctx, topup).await,
        }
    }

    /// The bank took nothing: the customer has some minutes to set out and sign it there.
    async fn await_approval(
        &self,
        ctx: &Ctx<'_>,
        mut topup: Stored<Topup>,
        turn: Turn,
    ) -> Result<Topup, WalletError> {
        let until = later(ctx.now, SET_OUT_SECS);
        if turn == Turn::Again {
            // An earlier question may still be on its way; see `withdraw_topup`.
            topup.edit().asked = topup.asked.max(1);
        }
        topup.edit().state = TopupState::NeedsApproval { until };
        topup.edit().next_at = until;
        let mut unit = Unit::new();
        unit.update(&topup).audit(
            AuditEntry::new(ctx.now, "system", "topup.needs_approval", topup.topup_id)
                .with("amount", topup.amount.amount()),
        );
        self.book.commit(unit).await?;
        Ok(topup.into_inner())
    }

    /// Asks with the token for this one debit while it is good, then with the link's: the bank
    /// answers the same for ever, whichever it was first asked with.
    ///
    /// What was stopped after it was signed is not asked for. The row says before each question that
    /// the bank may have been asked, so that a stop after a crash still finds out.
    pub(super) async fn use_approval(
        &self,
        ctx: &Ctx<'_>,
        mut topup: Stored<Topup>,
        until: Timestamp,
    ) -> Result<Topup, WalletError> {
        if let Some(reason) = self.stopped_since(ctx, &topup).await? {
            return self.withdraw_topup(ctx, topup, reason).await;
        }
        let turn = if topup.asked == 0 { Turn::First } else { Turn::Again };
        if turn == Turn::First {
            topup.edit().asked = 1;
            let mut unit = Unit::new();
            unit.update(&topup);
            self.book.commit(unit).await?;
            topup = self.load::<Topup>(topup.topup_id).await?;
        }
        match self.ask_signed(ctx, &topup, until).await? {
            BankSays::Booked => self.post_topup(ctx, topup).await,
            BankSays::Refused(reason) => self.give_up_topup(ctx, topup, reason).await,
            // Once is enough: a bank that wants it signed again is not asked to show that page again.
            BankSays::MustBeSigned => {
                if turn == Turn::First {
                    // The only question was answered: none is on its way.
                    topup.edit().asked = 0;
                }
                self.withdraw_topup(ctx, topup, Refusal::NotApproved).await
            }
            BankSays::TurnedAway | BankSays::Unknown => self.wait_topup(ctx, topup).await,
        }
    }

    async fn ask_signed(
        &self,
        ctx: &Ctx<'_>,
        topup: &Topup,
        until: Timestamp,
    ) -> Result<BankSays, WalletError> {
        let link = self.load::<Link>(topup.link_id).await?;
        let request = debit_request(topup);
        if let Some(token) = topup.token.as_ref().filter(|_| ctx.now < until) {
            let key = self.load::<PersonKey>(topup.customer_id).await?;
            let token: SignedToken = self.vault.open(&key, SIGNED_TOKEN, token)?;
            let keys = self.bank_keys_named(ctx, link.bank, Some(&token.key)).await?;
            if let Some(keys) = keys {
                let with = (token.access.expose().as_str(), &keys);
                let says = self.ask_once(ctx, &link, with, &request).await?;
                if says != BankSays::TurnedAway {
                    return Ok(says);
                }
            }
        }
        self.ask_bank(ctx, &link, Question::Debit(&request)).await
    }

    /// Nothing more will be asked for. The row says so first: whoever comes back from the bank a
    /// moment later finds a top-up that is over, and uses nothing they bring.
    ///
    /// If an earlier question got no answer it may still be on its way to the bank, for as long as
    /// its proof is good; only after that is the bank asked a last time.
    pub(super) async fn withdraw_topup(
        &self,
        ctx: &Ctx<'_>,
        mut topup: Stored<Topup>,
        reason: Refusal,
    ) -> Result<Topup, WalletError> {
        let wait = if topup.asked == 0 { 0 } else { QUIET_SECS };
        topup.edit().state = TopupState::Withdrawing { reason };
        topup.edit().next_at = later(ctx.now, wait);
        let mut unit = Unit::new();
        unit.update(&topup);
        self.book.commit(unit).await?;
        let topup = self.load::<Topup>(topup.topup_id).await?;
        self.finish_withdrawal(ctx, topup, reason).await
    }

    async fn finish_withdrawal(
        &self,
        ctx: &Ctx<'_>,
        topup: Stored<Topup>,
        reason: Refusal,
    ) -> Result<Topup, WalletError> {
        if ctx.now < topup.next_at {
            return Ok(topup.into_inner());
        }
        if topup.asked == 0 {
            return self.give_up_topup(ctx, topup, reason).await;
        }
        let link = self.load::<Link>(topup.link_id).await?;
        let request = debit_request(&topup);
        match self.ask_bank(ctx, &link, Question::Debit(&request)).await? {
            BankSays::Booked => self.post_topup(ctx, topup).await,
            BankSays::Refused(_) | BankSays::MustBeSigned => {
                self.give_up_topup(ctx, topup, reason).await
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
            TopupState::Refused { .. }
            | TopupState::Requested
            | TopupState::Asking
            | TopupState::NeedsApproval { .. }
            | TopupState::Approved { .. }
            | TopupState::Withdrawing { .. } => "topup.refused",
        };
        unit.update(&topup).audit(
            AuditEntry::new(ctx.now, "system", act, topup.topup_id)
                .with("amount", topup.amount.amount()),
        );
        if let TopupState::Posted { .. } = state {
            let known = self.known(topup.customer_id).await?;
            let content = Content::new("topped_up")
                .with("amount", topup.amount)
                .with("bank", self.bank_name(topup.bank).await);
            self.tell(&mut unit, ctx, &known, content)?;
        }
        self.book.commit(unit).await?;
        Ok(topup.into_inner())
    }
}
