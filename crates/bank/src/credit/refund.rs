//! A partner gives a booked debit back, wholly or in part.
//!
//! Money that goes home needs no mandate: it may have ended, or its holder may have stopped it, and
//! the debit says where it came from. What still counts is that the partner is one, that it is not
//! stopped, and that nothing is stopped altogether.
//!
//! How much went back is kept in the debit's own row, in the unit that writes the refund down: two
//! refunds at once meet there, and together they are never more than the debit. Caps are not given
//! back: money that went out and came home was at risk in between.

use kanuki_domain::{
    Yen,
    id::{DebitId, PayoutId},
};
use kanuki_record::{RecordError, Stored, Unit};
use kanuki_wire::debit::RefusalReason;

use crate::{
    Bank, BankError,
    credit::{AskCredit, Credit},
    debit::{self, Debit, DebitState},
};

impl Bank {
    /// The refund that a partner asks for in its own name: its debit says under which mandate, and so
    /// to which account. None if there is no such debit of that partner's.
    pub async fn ask_refund(
        &self,
        client_id: &str,
        (credit_id, amount): (PayoutId, Yen),
        debit_id: DebitId,
    ) -> Result<Option<AskCredit>, BankError> {
        let debit = self.refunded_debit(client_id, debit_id).await?;
        Ok(debit.map(|debit| AskCredit {
            client_id: client_id.to_owned(),
            mandate_id: debit.mandate_id,
            credit_id,
            amount,
            refund_of: Some(debit_id),
        }))
    }

    async fn refunded_debit(
        &self,
        client_id: &str,
        debit_id: DebitId,
    ) -> Result<Option<Stored<Debit>>, RecordError> {
        let found = self.book.find::<Debit>(debit::key(client_id, debit_id)).await?;
        Ok(found.filter(|debit| !debit.stepped_aside))
    }

    /// Adds to `unit` that this much of the debit goes back, or says why it cannot. The debit must
    /// be booked, and under the mandate of the token.
    pub(super) async fn take_from_debit(
        &self,
        unit: &mut Unit,
        ask: &AskCredit,
        debit_id: DebitId,
    ) -> Result<Result<(), RefusalReason>, BankError> {
        let found = self.refunded_debit(&ask.client_id, debit_id).await?;
        let Some(mut debit) = found.filter(|d| d.mandate_id == ask.mandate_id) else {
            return Ok(Err(RefusalReason::NotActive));
        };
        match debit.state {
            DebitState::Booked { .. } => {}
            DebitState::Refused { .. } => return Ok(Err(RefusalReason::NotActive)),
            DebitState::Open | DebitState::OpenItem { .. } => {
                return Ok(Err(RefusalReason::TryLater));
            }
        }
        let Ok(back) = debit.refunded.plus(ask.amount) else {
            return Ok(Err(RefusalReason::OverLimit));
        };
        if back > debit.amount {
            return Ok(Err(RefusalReason::OverLimit));
        }
        debit.edit().refunded = back;
        unit.update(&debit);
        Ok(Ok(()))
    }

    /// Adds to `unit` that a refund came to nothing, if `credit` is one.
    pub(super) async fn give_back_to_debit(
        &self,
        unit: &mut Unit,
        credit: &Credit,
    ) -> Result<(), BankError> {
        let Some(debit_id) = credit.refund_of else { return Ok(()) };
        if let Some(mut debit) = self.refunded_debit(&credit.client_id, debit_id).await? {
            debit.edit().refunded = debit.refunded.minus_or_zero(credit.amount);
            unit.update(&debit);
        }
        Ok(())
    }
}
