//! Brings a refund to its end, from wherever an approval, a crash or a lost answer left it.

use kanuki_desk::{
    case::{Case, CaseKind},
    gate::Gate,
    outbox::Content,
};
use kanuki_domain::{Ctx, id::RefundId, limits::ASK_AGAIN_SECS, mandate::later};
use kanuki_ledger::Transfer;
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::debit::CreditRequest;

use super::{Refund, RefundState};
use crate::{
    GatewayError, Party, Refusal, Wallet, WalletError,
    bank::{FIRST_ANSWER_SECS, Turn, ask_again_at, debit_id},
    chart,
    link::{BankSays, meaning},
    movement::{Guards, Settled, pend_id, post_id, void_id},
    topup::Topup,
};

impl Wallet {
    /// Takes a refund one step or all the way. Calling it twice, or from two places, is fine.
    pub async fn drive_refund(&self, ctx: &Ctx<'_>, id: RefundId) -> Result<Refund, WalletError> {
        let refund = self.load::<Refund>(id).await?;
        let driven = match refund.state {
            RefundState::Requested => self.reserve_refund(ctx, refund).await,
            RefundState::Asking => self.ask_refund(ctx, refund, Turn::Again).await,
            RefundState::GivingUp { reason } => self.void_refund(ctx, refund, reason).await,
            RefundState::Proposed
            | RefundState::Declined { .. }
            | RefundState::Posted { .. }
            | RefundState::Refused { .. }
            | RefundState::OpenItem { .. } => return Ok(refund.into_inner()),
        };
        match driven {
            // Somebody else drives it: what they wrote counts.
            Err(WalletError::Record(RecordError::Conflict { .. })) => {
                Ok(self.load::<Refund>(id).await?.into_inner())
            }
            other => other,
        }
    }

    /// Asks the bank of an open item once more, because a person wants to know.
    pub async fn reopen_refund(&self, ctx: &Ctx<'_>, id: RefundId) -> Result<Refund, WalletError> {
        let refund = self.load::<Refund>(id).await?;
        if let RefundState::OpenItem { .. } = refund.state {
            return self.ask_refund(ctx, refund, Turn::Again).await;
        }
        self.drive_refund(ctx, id).await
    }

    /// What the wallet does not have cannot go back: the ledger says so.
    async fn reserve_refund(
        &self,
        ctx: &Ctx<'_>,
        mut refund: Stored<Refund>,
    ) -> Result<Refund, WalletError> {
        let name = refund.refund_id.to_string();
        let (from, code) = match refund.claim {
            Some(_) => (chart::compensation(), chart::MOVED_COMPENSATION),
            None => (chart::customer(refund.wallet_id), chart::MOVED_REFUND),
        };
        let money = Transfer::pending(
            pend_id(&name),
            from,
            chart::bank_clearing(refund.bank),
            refund.amount,
            code,
        )
        .with_user_data(refund.refund_id.bits());
        let gates = vec![Gate::everything(), Gate::of("bank", refund.bank)];
        let guards = Guards { gates, limits: &[] };
        let made = self.make_chain(ctx, &guards, &name, refund.amount, vec![money]).await?;
        if let Err(reason) = made {
            return self.refuse_refund(ctx, refund, reason).await;
        }
        // Written before the bank is asked: from here on "never asked" cannot be assumed.
        let edit = refund.edit();
        edit.state = RefundState::Asking;
        edit.asking_since = Some(ctx.now);
        edit.next_at = later(ctx.now, FIRST_ANSWER_SECS);
        let mut unit = Unit::new();
        unit.update(&refund);
        self.book.commit(unit).await?;
        let refund = self.load::<Refund>(refund.refund_id).await?;
        self.ask_refund(ctx, refund, Turn::First).await
    }

    async fn ask_refund(
        &self,
        ctx: &Ctx<'_>,
        refund: Stored<Refund>,
        turn: Turn,
    ) -> Result<Refund, WalletError> {
        match self.ask_to_take_back(ctx, &refund).await? {
            BankSays::Booked => self.post_refund(ctx, refund).await,
            BankSays::Refused(reason) => self.give_up_refund(ctx, refund, reason).await,
            // Nobody signs money that comes home: a bank that says so did not listen.
            BankSays::TurnedAway | BankSays::MustBeSigned if turn == Turn::First => {
                self.give_up_refund(ctx, refund, Refusal::NotActive).await
            }
            BankSays::TurnedAway | BankSays::MustBeSigned | BankSays::Unknown => {
                self.wait_refund(ctx, refund).await
            }
        }
    }

    /// Asks in our own name: the link may have ended, and its tokens with it. The token is asked for
    /// each time; refunds are few.
    async fn ask_to_take_back(
        &self,
        ctx: &Ctx<'_>,
        refund: &Refund,
    ) -> Result<BankSays, WalletError> {
        let bank = self.partner(refund.bank).await?;
        let keys = self.bank_keys(ctx, refund.bank).await?;
        let party = Party { bank: &bank, keys: &keys };
        let token = match self.banks.refund_token(ctx, party).await {
            Ok(token) => token,
            Err(GatewayError::Refused(_)) => return Ok(BankSays::TurnedAway),
            Err(GatewayError::Unknown) => return Ok(BankSays::Unknown),
        };
        let request = CreditRequest {
            payout_id: refund.credit_id(),
            amount: refund.amount,
            refund_of: Some(debit_id(refund.topup_id)),
        };
        let answer = self.banks.credit(ctx, party, token.access_token.expose(), &request).await;
        Ok(meaning(answer).unwrap_or(BankSays::TurnedAway))
    }

    async fn post_refund(
        &self,
        ctx: &Ctx<'_>,
        refund: Stored<Refund>,
    ) -> Result<Refund, WalletError> {
        let name = refund.refund_id.to_string();
        let post = Transfer::post(post_id(&name), pend_id(&name));
        match self.settle(ctx, post, Vec::new()).await? {
            Settled::Done => {
                let mut unit = Unit::new();
                // Whoever took the money is not told that its owner has it again.
                if refund.claim.is_none() {
                    let known = self.known(refund.customer_id).await?;
                    let content = Content::new("topup_refunded")
                        .with("amount", refund.amount)
                        .with("bank", self.bank_name(refund.bank).await);
                    self.tell(&mut unit, ctx, &known, content)?;
                }
                self.end_refund(ctx, unit, refund, RefundState::Posted { at: ctx.now }).await
            }
            // Refused and booked under one id: the bank contradicts itself.
            Settled::Otherwise => self.open_refund_item(ctx, refund).await,
        }
    }

    /// Written before the reservation falls: after a crash in between, the customer has the money
    /// again, and a bank that is asked once more might pay it a second time.
    async fn give_up_refund(
        &self,
        ctx: &Ctx<'_>,
        mut refund: Stored<Refund>,
        reason: Refusal,
    ) -> Result<Refund, WalletError> {
        let edit = refund.edit();
        edit.state = RefundState::GivingUp { reason };
        edit.next_at = later(ctx.now, FIRST_ANSWER_SECS);
        let mut unit = Unit::new();
        unit.update(&refund);
        self.book.commit(unit).await?;
        let refund = self.load::<Refund>(refund.refund_id).await?;
        self.void_refund(ctx, refund, reason).await
    }

    async fn void_refund(
        &self,
        ctx: &Ctx<'_>,
        refund: Stored<Refund>,
        reason: Refusal,
    ) -> Result<Refund, WalletError> {
        let name = refund.refund_id.to_string();
        let void = Transfer::void(void_id(&name), pend_id(&name));
        match self.settle(ctx, void, Vec::new()).await? {
            Settled::Done => self.refuse_refund(ctx, refund, reason).await,
            Settled::Otherwise => self.open_refund_item(ctx, refund).await,
        }
    }

    /// Nothing went back: as much of the top-up is left as before.
    async fn refuse_refund(
        &self,
        ctx: &Ctx<'_>,
        refund: Stored<Refund>,
        reason: Refusal,
    ) -> Result<Refund, WalletError> {
        let mut topup = self.load::<Topup>(refund.topup_id).await?;
        topup.edit().refunded = topup.refunded.minus_or_zero(refund.amount);
        let mut unit = Unit::new();
        unit.update(&topup);
        self.end_refund(ctx, unit, refund, RefundState::Refused { reason, at: ctx.now }).await
    }

    /// The bank has not said: ask again later; after a day, a person must find out.
    async fn wait_refund(
        &self,
        ctx: &Ctx<'_>,
        mut refund: Stored<Refund>,
    ) -> Result<Refund, WalletError> {
        let since = refund.asking_since.unwrap_or(refund.proposed_at);
        if ctx.now >= later(since, ASK_AGAIN_SECS) {
            return self.open_refund_item(ctx, refund).await;
        }
        let edit = refund.edit();
        edit.asked = edit.asked.saturating_add(1);
        edit.next_at = ask_again_at(ctx.now, edit.asked);
        let mut unit = Unit::new();
        unit.update(&refund);
        self.book.commit(unit).await?;
        Ok(refund.into_inner())
    }

    async fn open_refund_item(
        &self,
        ctx: &Ctx<'_>,
        refund: Stored<Refund>,
    ) -> Result<Refund, WalletError> {
        if let RefundState::OpenItem { .. } = refund.state {
            return Ok(refund.into_inner());
        }
        let person = Some(refund.customer_id.to_string());
        let mut case = Case::open(ctx, CaseKind::OpenItem, refund.refund_id, person);
        case.note(ctx.now, "system", format!("=no_answer|{}", refund.bank));
        let state = RefundState::OpenItem { case_id: case.case_id };
        let mut unit = Unit::new();
        unit.insert(&case);
        self.end_refund(ctx, unit, refund, state).await
    }

    async fn end_refund(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        mut refund: Stored<Refund>,
        state: RefundState,
    ) -> Result<Refund, WalletError> {
        refund.edit().state = state;
        let act = match state {
            RefundState::Posted { .. } => "refund.posted",
            RefundState::OpenItem { .. } => "refund.open_item",
            RefundState::Proposed
            | RefundState::Declined { .. }
            | RefundState::Requested
            | RefundState::Asking
            | RefundState::GivingUp { .. }
            | RefundState::Refused { .. } => "refund.refused",
        };
        unit.update(&refund).audit(
            AuditEntry::new(ctx.now, "system", act, refund.refund_id)
                .with("topup", refund.topup_id)
                .with("amount", refund.amount.amount()),
        );
        self.book.commit(unit).await?;
        Ok(refund.into_inner())
    }
}
