//! A rule says of a debit that nothing more may leave under its mandate (`then freeze`).
//!
//! The stop is an order that neither a crash nor a silent core loses. Its holder is told, and two
//! people release it, as of any stop by the bank.

use kanuki_desk::{case::Case, rule, score};
use kanuki_domain::{Ctx, mandate::StoppedBy};
use kanuki_record::{Stored, Unit};
use kanuki_risk::Record;

use crate::{
    Bank, BankError,
    attempt::Attempt,
    mandate::Mandate,
    stop::order::{Ordered, StopOrder, TRIES_MAX, is_raced},
};

/// What a rule stops, and under which case.
#[derive(Debug)]
pub(crate) struct Freeze {
    order: StopOrder,
    case: Case,
    /// What was decided: the case keeps its score.
    record: Option<Record>,
}

impl Freeze {
    /// What follows from `attempt` for its mandate.
    pub(crate) fn of(ctx: &Ctx<'_>, mandate: &Mandate, attempt: &Attempt) -> Option<Self> {
        let case = rule::freezing(ctx, attempt.record(), mandate.holder_id.to_string())?;
        let what = Ordered::Mandate { mandate_id: mandate.mandate_id, by: StoppedBy::Bank };
        let order = StopOrder {
            holder_id: mandate.holder_id,
            what,
            case_id: case.case_id,
            asked_at: ctx.now,
            tells: None,
            done_at: None,
        };
        Some(Self { order, case, record: attempt.record().cloned() })
    }
}

impl Bank {
    /// Orders it, before the debit is written down as refused: a crash in between leaves what is
    /// stopped, which is the safe side. One stop that waits has one case, however often it is asked.
    pub(crate) async fn order_freeze(
        &self,
        ctx: &Ctx<'_>,
        freeze: &Freeze,
    ) -> Result<StopOrder, BankError> {
        let mut tries = 1;
        loop {
            let waits = self
                .book
                .find::<StopOrder>(freeze.order.key())
                .await?
                .filter(|order| order.done_at.is_none() && !order.what.is_by_delegate());
            let mut unit = Unit::new();
            if waits.is_none() {
                unit.insert(&freeze.case);
                if let Some(record) = &freeze.record {
                    score::keep(&mut unit, freeze.case.case_id, record);
                }
            }
            self.order_stop(ctx, &mut unit, (&freeze.order, "system".to_owned())).await?;
            match self.book.commit(unit).await.map_err(BankError::from) {
                Ok(()) => {
                    let order = waits.map_or_else(|| freeze.order.clone(), Stored::into_inner);
                    return Ok(order);
                }
                Err(error) if is_raced(&error) && tries < TRIES_MAX => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Carries it out now; what cannot be done now is the worker's.
    pub(crate) async fn obey_freeze(&self, ctx: &Ctx<'_>, order: &StopOrder) {
        if let Err(error) = self.carry_out_stop(ctx, order).await {
            tracing::warn!(%error, case = %order.case_id, "a freeze waits for the worker");
        }
    }
}
