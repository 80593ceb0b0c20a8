//! A rule says of a debit that nothing more may leave under its mandate (`then freeze`).
//!
//! The stop is an order beside the refused debit, in one unit: neither a crash nor a silent core
//! loses it. Its holder is told, and two people release it, as of any stop by the bank.

use kanuki_desk::{case::Case, rule};
use kanuki_domain::{Ctx, mandate::StoppedBy};
use kanuki_record::Unit;

use crate::{
    Bank, BankError,
    attempt::Attempt,
    mandate::Mandate,
    stop::order::{Ordered, StopOrder},
};

/// What a rule stops, and under which case.
#[derive(Debug)]
pub(crate) struct Freeze {
    order: StopOrder,
    case: Case,
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
        Some(Self { order, case })
    }
}

impl Bank {
    /// Adds it to `unit`.
    pub(crate) async fn order_freeze(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        freeze: &Freeze,
    ) -> Result<(), BankError> {
        unit.insert(&freeze.case);
        self.order_stop(ctx, unit, (&freeze.order, "system".to_owned())).await
    }

    /// Carries it out now; what cannot be done now is the worker's.
    pub(crate) async fn obey_freeze(&self, ctx: &Ctx<'_>, freeze: &Freeze) {
        if let Err(error) = self.carry_out_stop(ctx, &freeze.order).await {
            tracing::warn!(%error, case = %freeze.case.case_id, "a freeze waits for the worker");
        }
    }
}
