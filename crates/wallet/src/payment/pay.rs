//! Reading the shop's code, confirming, paying.

use kanuki_domain::{
    Ctx, Yen,
    id::{CustomerId, MerchantId, PaymentId},
};
use kanuki_formats::jpqr::{ShopCode, Use};
use kanuki_record::{AuditEntry, RecordError, Unit};
use kanuki_wire::transaction::Signed;

use super::{Merchant, Paying, Payment, PaymentState, merchant::shop_key};
use crate::{
    Refusal, Wallet, WalletError,
    proof::{Asked, Given, nonce},
    risk::{Leaving, To},
    rules::Act,
};

/// What a shop's code says, with the shop as we know it: the name in a code can be anybody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The shop.
    pub merchant_id: MerchantId,
    /// Its name, from our register.
    pub merchant_name: String,
    /// How much, if the code says so.
    pub amount: Option<Yen>,
    /// The shop's reference of a code that is good once.
    pub reference: Option<String>,
}

impl Wallet {
    /// Reads the text of a shop's code.
    pub async fn read_code(&self, text: &str) -> Result<Bill, WalletError> {
        let code = ShopCode::parse(text.trim()).map_err(|_| WalletError::NotAvailable)?;
        let found = self.book.find_by::<Merchant>("shop", &shop_key(&code.shop)).await?;
        let merchant = found.ok_or(WalletError::NotAvailable)?;
        let reference = if code.usage == Use::Dynamic { code.reference } else { None };
        Ok(Bill {
            merchant_id: merchant.merchant_id,
            merchant_name: merchant.name.clone(),
            amount: code.amount,
            reference,
        })
    }

    /// What the customer confirms, and signs when it is a lot, when they have not shown who they are for
    /// a while, or when a rule asks for it, which is then written down. `is_fresh` says that they did
    /// within five minutes; `device` is the keyed hash of theirs, where it is known.
    pub async fn start_paying(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        bill: &Bill,
        amount: Option<Yen>,
        (is_fresh, device): (bool, Option<&str>),
    ) -> Result<(Paying, Option<String>), WalletError> {
        let customer = self.customer(id).await?;
        Self::require_open(&customer)?;
        let amount = bill.amount.or(amount).ok_or(WalletError::Amount)?;
        if amount.is_zero() || amount > kanuki_domain::limits::WALLET_BALANCE_MAX {
            return Err(WalletError::Amount);
        }
        let signed = Signed::Payment {
            from: customer.wallet_id,
            to: bill.merchant_id,
            to_name: bill.merchant_name.clone(),
            amount,
            nonce: nonce(ctx),
        };
        let leaving = Leaving { to: To::Merchant(bill.merchant_id), amount, signed: false, device };
        let signal = self.leaving(ctx, &customer, &leaving).await?;
        let is_spared = is_fresh && amount <= self.rules.payment_proof_above();
        let is_challenged = self.foresee(&signal).asks_for_proof();
        let (asked, options) = if is_spared && !is_challenged {
            (Asked::Nothing, None)
        } else {
            self.ask_proof(&customer, &signed).await?
        };
        if is_spared && is_challenged {
            self.note_challenge(ctx, &customer, signal).await?;
        }
        let paying = Paying {
            signed,
            asked,
            merchant_id: bill.merchant_id,
            merchant_name: bill.merchant_name.clone(),
            amount,
            reference: bill.reference.clone(),
            shown: None,
            device: device.map(str::to_owned),
        };
        Ok((paying, options))
    }

    /// Pays what was confirmed. `payment_id` derives from the confirmation, so that a second click
    /// is the same payment; a code that is good once is paid once, whoever pays it.
    pub async fn pay(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        payment_id: PaymentId,
        paying: &Paying,
        given: &Given<'_>,
    ) -> Result<Payment, WalletError> {
        if let Some(known) = self.book.find::<Payment>(payment_id).await? {
            let is_same = known.customer_id == id
                && known.merchant_id == paying.merchant_id
                && known.amount == paying.amount;
            return if is_same {
                self.drive_payment(ctx, payment_id).await
            } else {
                Err(WalletError::Different)
            };
        }
        let customer = self.customer(id).await?;
        Self::require_open(&customer)?;
        let mut unit = Unit::new();
        let asked = (&paying.asked, given);
        let what = (&paying.signed, paying.shown.as_ref());
        let proof = self.check_proof(ctx, &mut unit, &customer, what, asked).await?;
        let leaving = Leaving {
            to: To::Merchant(paying.merchant_id),
            amount: paying.amount,
            signed: proof.is_signed(),
            device: paying.device.as_deref(),
        };
        let signal = self.leaving(ctx, &customer, &leaving).await?;
        let about = payment_id.to_string();
        let verdict = self.weigh_movement(ctx, &mut unit, (signal, about)).await?;
        // Goods are handed over at once, so a payment that should wait is a no.
        let is_refused = verdict.is_refusal()
            || verdict.hold_secs() > 0
            || (verdict.asks_for_proof() && !proof.is_signed());
        let state = if is_refused {
            PaymentState::Refused { reason: Refusal::TryLater, at: ctx.now }
        } else {
            PaymentState::Requested
        };
        let payment = Payment {
            payment_id,
            customer_id: id,
            from: customer.wallet_id,
            merchant_id: paying.merchant_id,
            merchant_name: paying.merchant_name.clone(),
            amount: paying.amount,
            reference: paying.reference.clone(),
            limits: self.rules.limits(Act::Payment, &customer, None, ctx.now),
            state,
            proof,
            requested_at: ctx.now,
        };
        unit.insert(&payment).audit(
            AuditEntry::new(ctx.now, id, "payment.requested", payment_id)
                .with("amount", payment.amount.amount())
                .with("merchant", payment.merchant_id),
        );
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Duplicate { key: "id", .. }) => {}
            Err(RecordError::Duplicate { .. }) => return Err(WalletError::NotAvailable),
            Err(error) => return Err(error.into()),
        }
        self.obey(ctx, verdict).await;
        self.drive_payment(ctx, payment_id).await
    }

    /// One of this customer's payments.
    pub async fn payment_of(
        &self,
        id: CustomerId,
        payment_id: PaymentId,
    ) -> Result<Payment, WalletError> {
        let payment = self.load::<Payment>(payment_id).await?;
        if payment.customer_id == id {
            Ok(payment.into_inner())
        } else {
            Err(WalletError::NotAvailable)
        }
    }
}
