//! Money that a wallet pays out to the account a mandate is about.
//!
//! The partner's clearing account falls first, as a pending transfer, then the core is asked to
//! pay in, then the transfer is posted. Keyed like a debit; repeats answer the same for ever. A stopped
//! mandate can still be paid out to by the gateway's rules only when staff released the wallet, so
//! the same gates guard it, and caps of its own ([`caps`]); a debit that is given back passes all but
//! the partner's and everyone's.

mod caps;
mod refund;

use jiff::Timestamp;
use kanuki_desk::{
    DeskError,
    cap::Cap,
    case::{Case, CaseKind},
    never::{self, Closed},
    outbox::Content,
};
use kanuki_domain::{
    Ctx, Yen,
    bank_account::AccountNumber,
    id::{CaseId, DebitId, MandateId, PayoutId},
    limits::ASK_AGAIN_SECS,
    mandate::later,
};
use kanuki_ledger::{ChainError, CreateTransferResult, Transfer, TransferId};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, record};
use kanuki_wire::debit::RefusalReason;
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError, CoreAnswer, CoreError, chart,
    debit::DebitState,
    holder::load,
    mandate::{Mandate, legs::Guards},
    waiting::waiting,
};

/// How often a refund is written again when another one of the same debit was faster.
const TRIES_MAX: u8 = 8;

/// One payment in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Credit {
    /// The partner.
    pub client_id: String,
    /// The partner's id of it.
    pub credit_id: PayoutId,
    /// Under which mandate, and so to which account.
    pub mandate_id: MandateId,
    /// How much.
    pub amount: Yen,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Where it stands.
    pub state: DebitState,
    /// The case, once it is an open item.
    pub case_id: Option<CaseId>,
    /// The debit that it gives back, for a refund.
    #[serde(default)]
    pub refund_of: Option<DebitId>,
    /// The caps it draws on, as they were when it was asked for: a repeat must name the same legs.
    #[serde(default)]
    pub caps: Vec<Cap>,
    /// What the passbook says, as it was agreed when it was asked for.
    #[serde(default)]
    pub text: Option<String>,
}

record! { Credit => "credit" by |c| key(&c.client_id, c.credit_id);
    many mandate_id = |c| Some(c.mandate_id.to_string());
    many progress = |c| Some(match c.state {
        DebitState::Open => "open",
        DebitState::Booked { .. } | DebitState::Refused { .. } => "done",
        DebitState::OpenItem { .. } => "open_item",
    }.to_owned());
}

/// What a partner asks for, after its token was checked.
#[derive(Clone, Debug)]
pub struct AskCredit {
    /// The partner.
    pub client_id: String,
    /// The mandate its token is for.
    pub mandate_id: MandateId,
    /// The partner's id: the same id is the same payment.
    pub credit_id: PayoutId,
    /// How much.
    pub amount: Yen,
    /// The debit that it gives back, for a refund.
    pub refund_of: Option<DebitId>,
}

fn key(client_id: &str, credit_id: PayoutId) -> String {
    format!("{client_id}|{credit_id}")
}

/// The name of its chain in the ledger.
fn chain_of(key: &str) -> String {
    format!("credit|{key}")
}

impl Bank {
    /// Pays in, or answers what became of the payment with this id.
    pub async fn request_credit(&self, ctx: &Ctx<'_>, ask: AskCredit) -> Result<Credit, BankError> {
        let key = key(&ask.client_id, ask.credit_id);
        if self.book.find::<Credit>(&key).await?.is_some() {
            return self.drive_asked(ctx, &ask, &key).await;
        }
        let mandate = load::<Mandate>(&self.book, ask.mandate_id).await?.into_inner();
        if mandate.client_id != ask.client_id || ask.amount.is_zero() {
            return Err(BankError::NotAvailable);
        }
        for left in (0..TRIES_MAX).rev() {
            match self.write_credit(ctx, &ask, &mandate).await {
                Ok(()) | Err(BankError::Record(RecordError::Duplicate { .. })) => break,
                // Another refund of the same debit was faster: what is left of it counts.
                Err(BankError::Record(RecordError::Conflict { .. })) if left > 0 => {}
                Err(error) => return Err(error),
            }
        }
        self.drive_asked(ctx, &ask, &key).await
    }

    /// Drives the payment under `key`, if it is the one that is asked for: an id is one payment for
    /// ever, also where two requests with it came at the same moment.
    async fn drive_asked(
        &self,
        ctx: &Ctx<'_>,
        ask: &AskCredit,
        key: &str,
    ) -> Result<Credit, BankError> {
        let known = load::<Credit>(&self.book, key).await?;
        let is_same = known.mandate_id == ask.mandate_id
            && known.amount == ask.amount
            && known.refund_of == ask.refund_of;
        if is_same { self.drive_credit(ctx, key).await } else { Err(BankError::NotAvailable) }
    }

    /// Writes down what was asked for, with what it takes back from a debit, as one unit.
    async fn write_credit(
        &self,
        ctx: &Ctx<'_>,
        ask: &AskCredit,
        mandate: &Mandate,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        let taken = match ask.refund_of {
            Some(debit_id) => self.take_from_debit(&mut unit, ask, debit_id).await?,
            None if !mandate.state.is_active() => Err(RefusalReason::NotActive),
            None => Ok(()),
        };
        let state = match taken {
            Ok(()) => DebitState::Open,
            Err(reason) => DebitState::Refused { reason, at: ctx.now },
        };
        let descriptor = self.descriptor_of(&ask.client_id).await?;
        let text = descriptor.map(|descriptor| match ask.refund_of {
            Some(_) => descriptor.of_refund(),
            None => descriptor.into(),
        });
        let credit = Credit {
            client_id: ask.client_id.clone(),
            credit_id: ask.credit_id,
            mandate_id: ask.mandate_id,
            amount: ask.amount,
            asked_at: ctx.now,
            state,
            case_id: None,
            refund_of: ask.refund_of,
            caps: self.credit_caps(ask, mandate, ctx.now).await?,
            text,
        };
        let entry =
            AuditEntry::new(ctx.now, &credit.client_id, "credit.requested", credit.credit_id)
                .with("mandate", credit.mandate_id)
                .with("amount", credit.amount.amount());
        let refunded = credit.refund_of.map(|id| id.to_string()).unwrap_or_default();
        unit.insert(&credit).audit(entry.with("refund_of", refunded));
        Ok(self.book.commit(unit).await?)
    }

    /// The payment with this id, as it stands.
    pub async fn find_credit(
        &self,
        client_id: &str,
        credit_id: PayoutId,
    ) -> Result<Option<Credit>, BankError> {
        let found = self.book.find::<Credit>(key(client_id, credit_id)).await?;
        Ok(found.map(Stored::into_inner))
    }

    /// Takes the payment one step or all the way. Calling it twice is fine.
    pub async fn drive_credit(&self, ctx: &Ctx<'_>, key: &str) -> Result<Credit, BankError> {
        let credit = load::<Credit>(&self.book, key).await?;
        if credit.state != DebitState::Open {
            return Ok(credit.into_inner());
        }
        let mandate = load::<Mandate>(&self.book, credit.mandate_id).await?.into_inner();
        let known = self.known(mandate.holder_id).await?;
        let money = TransferId::derive(&["credit", key]);
        let guards = match credit.refund_of {
            Some(_) => Guards::of_refund(&mandate, credit.caps.clone()),
            None => Guards::of(&mandate, credit.caps.clone()),
        };
        if let Err(reason) = self.pend_credit(ctx, &credit, &guards, key).await? {
            return self
                .close_credit(ctx, credit, DebitState::Refused { reason, at: ctx.now })
                .await;
        }
        let account: AccountNumber =
            self.vault.open(&known.key, "mandate|account", &mandate.account)?;
        let core_id = DebitId::derive(&["core-credit", key]);
        // What was stopped while it waited goes on waiting, for two people or for a case: the core may
        // have paid it already. What comes back to its holder is not kept from them.
        let is_held = credit.refund_of.is_none() && self.is_stopped(ctx, &mandate).await?;
        let asked = if is_held {
            Err(CoreError::Unknown)
        } else {
            self.core.credit(core_id, &account, credit.amount, credit.text.as_deref()).await
        };
        match asked {
            Ok(CoreAnswer::Done) => {
                let id = TransferId::derive(&["credit-post", key]);
                let post = Transfer::post(id, money);
                kanuki_desk::gate::create_transfer(&*self.ledger, post, ctx.now).await?;
                let mut unit = Unit::new();
                let content = Content::new("credited")
                    .with("partner", &mandate.partner_name)
                    .with("account", &mandate.account_mask)
                    .with("amount", credit.amount);
                self.tell(&mut unit, ctx, &known, mandate.mandate_id, content)?;
                self.commit_credit(ctx, credit, DebitState::Booked { at: ctx.now }, unit).await
            }
            Ok(CoreAnswer::NotEnoughMoney | CoreAnswer::Refused) => {
                let id = TransferId::derive(&["credit-void", key]);
                let void = Transfer::void(id, money);
                guards.void(&*self.ledger, &chain_of(key), void, ctx.now).await?;
                let reason = RefusalReason::TryLater;
                self.close_credit(ctx, credit, DebitState::Refused { reason, at: ctx.now }).await
            }
            Err(_unknown) if ctx.now >= later(credit.asked_at, ASK_AGAIN_SECS) => {
                let case = Case::open(ctx, CaseKind::OpenItem, key, None);
                let mut unit = Unit::new();
                unit.insert(&case);
                let state = DebitState::OpenItem { case_id: case.case_id };
                self.commit_credit(ctx, credit, state, unit).await
            }
            Err(_unknown) => Ok(credit.into_inner()),
        }
    }

    async fn pend_credit(
        &self,
        ctx: &Ctx<'_>,
        credit: &Credit,
        guards: &Guards,
        key: &str,
    ) -> Result<Result<(), RefusalReason>, BankError> {
        let mut legs = guards.legs(&chain_of(key), credit.amount);
        let id = TransferId::derive(&["credit", key]);
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
        credit.edit().state = state;
        unit.update(&credit).audit(
            AuditEntry::new(ctx.now, &credit.client_id, "credit.settled", credit.credit_id)
                .with("state", format!("{state:?}"))
                .with("amount", credit.amount.amount()),
        );
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
