//! A partner asks for a debit, or asks again.

use kanuki_domain::{
    Ctx, Yen,
    id::{DebitId, MandateId},
    mandate::{Interaction, authorize_debit},
};
use kanuki_record::{AuditEntry, RecordError, Unit};
use kanuki_wire::debit::RefusalReason;

use crate::{
    Bank, BankError,
    debit::{Debit, DebitState, key},
    holder::load,
    mandate::Mandate,
};

/// What a partner asks for, after its token was checked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The partner.
    pub client_id: String,
    /// The mandate its token is for.
    pub mandate_id: MandateId,
    /// The partner's id: the same id is the same debit.
    pub debit_id: DebitId,
    /// How much.
    pub amount: Yen,
    /// Whether the customer is there.
    pub interaction: Interaction,
}

impl Bank {
    /// Debits, or answers what became of the debit with this id.
    ///
    /// The same id with another amount, mandate or interaction is [`BankError::NotAvailable`] and changes
    /// nothing.
    pub async fn request_debit(&self, ctx: &Ctx<'_>, ask: Ask) -> Result<Debit, BankError> {
        if let Some(known) = self.find_debit(&ask.client_id, ask.debit_id).await? {
            let is_same = known.mandate_id == ask.mandate_id
                && known.amount == ask.amount
                && known.interaction == ask.interaction;
            return if is_same {
                self.drive_debit(ctx, &known.key()).await
            } else {
                Err(BankError::NotAvailable)
            };
        }
        let mandate = load::<Mandate>(&self.book, ask.mandate_id).await?;
        if mandate.client_id != ask.client_id {
            return Err(BankError::NotAvailable);
        }
        let mandate = self.ripen(ctx, mandate).await?;
        let wanted = (ask.amount, ask.interaction);
        let covered = authorize_debit(mandate.state.aged(ctx.now), &mandate.terms, wanted, ctx.now);
        let state = match covered {
            Ok(()) if !self.allows_debit(ctx, &ask, &mandate) => {
                DebitState::Refused { reason: RefusalReason::TryLater, at: ctx.now }
            }
            Ok(()) => DebitState::Open,
            Err(error) => DebitState::Refused { reason: reason_of(error), at: ctx.now },
        };
        let debit = Debit {
            client_id: ask.client_id,
            debit_id: ask.debit_id,
            mandate_id: ask.mandate_id,
            amount: ask.amount,
            interaction: ask.interaction,
            caps: self.rules.caps(&mandate, ctx.now),
            asked_at: ctx.now,
            state,
            next_try_at: ctx.now,
            attempts: 0,
        };
        let mut unit = Unit::new();
        unit.insert(&debit).audit(
            AuditEntry::new(ctx.now, &debit.client_id, "debit.requested", debit.debit_id)
                .with("mandate", debit.mandate_id)
                .with("amount", debit.amount.amount()),
        );
        match self.book.commit(unit).await {
            // Somebody asked with the same id at the same moment: theirs is the debit.
            Ok(()) | Err(RecordError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        self.drive_debit(ctx, &debit.key()).await
    }

    /// The debit with this id, as it stands.
    pub async fn find_debit(
        &self,
        client_id: &str,
        debit_id: DebitId,
    ) -> Result<Option<Debit>, BankError> {
        let found = self.book.find::<Debit>(key(client_id, debit_id)).await?;
        Ok(found.map(kanuki_record::Stored::into_inner))
    }
}

fn reason_of(error: kanuki_domain::mandate::MandateError) -> RefusalReason {
    use kanuki_domain::mandate::MandateError;
    match error {
        MandateError::WrongState | MandateError::NotValidNow => RefusalReason::NotActive,
        MandateError::OverLimit | MandateError::NotAgreed => RefusalReason::OverLimit,
    }
}
