//! Money that a wallet pays out to the account a mandate is about.
//!
//! The partner's clearing account falls first, as a pending transfer, then the core is asked to
//! pay in, then the transfer is posted. Keyed like a debit; repeats answer the same for ever. A stopped
//! mandate can still be paid out to by the gateway's rules only when staff released the wallet, so
//! the same gates guard it, and caps of its own ([`caps`]); a debit that is given back passes all but
//! the partner's and everyone's.

mod caps;
mod drive;
mod refund;

pub(crate) use self::drive::money_id;
use jiff::Timestamp;
use kanuki_desk::cap::Cap;
use kanuki_domain::{
    Ctx, Yen,
    id::{CaseId, DebitId, MandateId, PayoutId},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, record};
use kanuki_wire::debit::RefusalReason;
use serde::{Deserialize, Serialize};

use crate::{Bank, BankError, debit::DebitState, holder::load, mandate::Mandate};

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
    /// When the core is asked next about what became an open item.
    #[serde(default)]
    pub next_try_at: Option<Timestamp>,
    /// The claim that two people of this bank agreed to pay with it. No partner asked for it, and none
    /// is asked whether it may: only a stop of everything stands in its way.
    #[serde(default)]
    pub claim: Option<CaseId>,
}

record! { Credit => "credit" by |c| key(&c.client_id, c.credit_id);
    many mandate_id = |c| Some(c.mandate_id.to_string());
    many progress = |c| Some(match c.state {
        DebitState::Open => "open",
        DebitState::Booked { .. } | DebitState::Refused { .. } => "done",
        DebitState::OpenItem { .. } => "open_item",
    }.to_owned());
}

impl Credit {
    /// Its key: two partners may choose the same id.
    #[must_use]
    pub fn key(&self) -> String {
        key(&self.client_id, self.credit_id)
    }

    /// The name of its chain in the ledger.
    pub(crate) fn chain(&self) -> String {
        chain_of(&self.key())
    }

    /// The id under which the core knows it, unlike any other partner's.
    #[must_use]
    pub fn core_id(&self) -> DebitId {
        DebitId::derive(&["core-credit", &self.key()])
    }
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

    /// Adds to `unit` a payment that two people of this bank agreed to for a claim: to the account that
    /// the debit took the money from, and never more than is left of it.
    pub(crate) async fn write_claim_credit(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (case_id, credit_id): (CaseId, PayoutId),
        (debit, amount): (&crate::debit::Debit, Yen),
    ) -> Result<Result<String, RefusalReason>, BankError> {
        let ask = AskCredit {
            client_id: debit.client_id.clone(),
            mandate_id: debit.mandate_id,
            credit_id,
            amount,
            refund_of: Some(debit.debit_id),
        };
        if let Err(reason) = self.take_from_debit(unit, &ask, debit.debit_id).await? {
            return Ok(Err(reason));
        }
        let descriptor = self.descriptor_of(&ask.client_id).await?;
        let credit = Credit {
            client_id: ask.client_id,
            credit_id,
            mandate_id: ask.mandate_id,
            amount,
            asked_at: ctx.now,
            state: DebitState::Open,
            case_id: None,
            refund_of: ask.refund_of,
            caps: Vec::new(),
            text: descriptor.map(|descriptor| descriptor.of_refund()),
            next_try_at: None,
            claim: Some(case_id),
        };
        let key = credit.key();
        unit.insert(&credit).audit(
            AuditEntry::new(ctx.now, "system", "credit.requested", credit_id)
                .with("mandate", credit.mandate_id)
                .with("amount", amount.amount())
                .with("claim", case_id),
        );
        Ok(Ok(key))
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
            None if !self.allows_credit(ctx, &mut unit, (ask, mandate)).await? => {
                Err(RefusalReason::TryLater)
            }
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
            next_try_at: None,
            claim: None,
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
}
