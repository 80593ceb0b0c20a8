//! Brings a payment to its end, from wherever a request or a crash left it.

use kanuki_desk::{gate::Gate, outbox::Content, screening::gate as screening_gate};
use kanuki_domain::{Ctx, id::PaymentId};
use kanuki_ledger::Transfer;
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use super::{Payment, PaymentState};
use crate::{
    Wallet, WalletError, chart,
    movement::{Guards, pend_id},
};

impl Wallet {
    /// Takes a payment to its end. Calling it twice, or from two places, is fine.
    pub async fn drive_payment(
        &self,
        ctx: &Ctx<'_>,
        id: PaymentId,
    ) -> Result<Payment, WalletError> {
        let payment = self.load::<Payment>(id).await?;
        match payment.state {
            PaymentState::Requested => {}
            PaymentState::Posted { .. } | PaymentState::Refused { .. } => {
                return Ok(payment.into_inner());
            }
        }
        match self.move_payment(ctx, payment).await {
            Err(WalletError::Record(RecordError::Conflict { .. })) => {
                Ok(self.load::<Payment>(id).await?.into_inner())
            }
            other => other,
        }
    }

    async fn move_payment(
        &self,
        ctx: &Ctx<'_>,
        mut payment: Stored<Payment>,
    ) -> Result<Payment, WalletError> {
        let name = payment.payment_id.to_string();
        let money = Transfer::posted(
            pend_id(&name),
            chart::customer(payment.from),
            chart::merchant(payment.merchant_id),
            payment.amount,
            chart::MOVED_PAYMENT,
        )
        .with_user_data(payment.payment_id.bits());
        let gates = vec![
            Gate::everything(),
            Gate::of("merchant", payment.merchant_id),
            Gate::of("wallet", payment.from),
            crate::customer::wallet_switch(payment.from),
            screening_gate(payment.from),
        ];
        let guards = Guards { gates, limits: &payment.limits };
        let made = self.make_chain(ctx, &guards, &name, payment.amount, vec![money]).await?;
        let (state, act) = match made {
            Ok(()) => (PaymentState::Posted { at: ctx.now }, "payment.posted"),
            Err(reason) => (PaymentState::Refused { reason, at: ctx.now }, "payment.refused"),
        };
        payment.edit().state = state;
        let mut unit = Unit::new();
        unit.update(&payment).audit(
            AuditEntry::new(ctx.now, "system", act, payment.payment_id)
                .with("amount", payment.amount.amount()),
        );
        if made.is_ok() {
            let known = self.known(payment.customer_id).await?;
            let content = Content::new("paid")
                .with("amount", payment.amount)
                .with("to", &payment.merchant_name);
            self.tell(&mut unit, ctx, &known, content)?;
        }
        self.book.commit(unit).await?;
        Ok(payment.into_inner())
    }
}
