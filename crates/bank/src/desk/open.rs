//! Opening what two people agreed to open: exactly the closing they looked at, and also after a
//! crash.

use kanuki_desk::{
    approval::{Approval, ApprovalState},
    reopen::{self, Opening, Reach, Refused},
};
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, MandateId, StaffId},
    limits::DAY_SECS,
    mandate::{MandateState, later},
    risk_record::RiskRecord,
};
use kanuki_record::Unit;

use super::{OPEN_GATE, Scope};
use crate::{Bank, BankError, holder::load, mandate::Mandate};

/// How long after the decision an opening that was cut short is still finished.
const FINISH_SECS: i64 = 7 * DAY_SECS;

impl Scope {
    /// Its opening.
    #[must_use]
    pub fn opening(&self) -> Opening {
        let reach = match self {
            Self::Everything => Reach::Everybody,
            Self::Partner(id) => Reach::Partner(id.clone()),
            Self::Person(_) | Self::Account(_) | Self::Mandate(_) => Reach::One,
        };
        Opening { act: OPEN_GATE, subject: self.name(), gate: self.gate(), reach }
    }
}

impl Bank {
    /// Asks that a kill switch be opened; a second person must agree. One that is closed for everybody,
    /// or for everybody who came by one partner, needs a record of the risks.
    pub async fn ask_open_gate(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        scope: &Scope,
        about: (&str, Option<RiskRecord>),
    ) -> Result<ApprovalId, Refused> {
        let (ports, partners) = ((&self.book, &*self.ledger, ctx), self.asked_partners().await?);
        reopen::ask(ports, by, &scope.opening(), about, partners).await
    }

    /// A second person agreed that a kill switch is opened: adds to `unit` what they stand for.
    pub(super) async fn sign_opening(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        about: (StaffId, &Approval),
        scope: &Scope,
    ) -> Result<(), BankError> {
        let (ports, partners) = ((&self.book, &*self.ledger, ctx), self.asked_partners().await?);
        Ok(reopen::sign(ports, unit, about, &scope.opening(), partners).await?)
    }

    /// Does what was agreed. Doing it twice is fine.
    pub(super) async fn open_scope(
        &self,
        ctx: &Ctx<'_>,
        scope: &Scope,
        approval: &Approval,
        by: StaffId,
    ) -> Result<(), BankError> {
        let gate = scope.gate();
        let Some(id) = mandate_in(scope) else {
            if let Some(generation) = approval.generation {
                gate.open_generation(&*self.ledger, generation, ctx.now).await?;
            }
            // It is open; a word that fails now is the worker's.
            if let Err(error) = self.tell_stops(ctx).await {
                tracing::warn!(%error, gate = gate.name(), "an opening is told later");
            }
            return Ok(());
        };
        let mandate = load::<Mandate>(&self.book, id).await?;
        if is_stopped(&mandate.state) {
            self.release(ctx, mandate, by.to_string()).await?;
        }
        if let Some(generation) = approval.generation {
            gate.open_generation(&*self.ledger, generation, ctx.now).await?;
        }
        // Stopped again in between: that stop found the gate still closed, and must keep it so.
        if is_stopped(&load::<Mandate>(&self.book, id).await?.state) {
            gate.close(&*self.ledger, ctx.now).await?;
        }
        Ok(())
    }

    /// Opens what was agreed to be opened and is still closed by the very same closing, because a
    /// crash came between. Called by the worker; says how many were finished.
    pub async fn finish_openings(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let mut finished: usize = 0;
        for approval in self.book.list::<Approval>("state", "decided").await? {
            let ApprovalState::Approved { by, at } = approval.state else { continue };
            let Some(scope) = Scope::parse(&approval.subject) else { continue };
            if approval.act != OPEN_GATE || later(at, FINISH_SECS) < ctx.now {
                continue;
            }
            match self.finish_opening(ctx, &scope, &approval, (by, at)).await {
                Ok(true) => finished = finished.saturating_add(1),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, gate = approval.subject, "opening waits"),
            }
        }
        Ok(finished)
    }

    async fn finish_opening(
        &self,
        ctx: &Ctx<'_>,
        scope: &Scope,
        approval: &Approval,
        (by, at): (StaffId, jiff::Timestamp),
    ) -> Result<bool, BankError> {
        let held = scope.gate().generation(&*self.ledger, ctx.now).await?;
        if held.is_none() || held != approval.generation {
            return Ok(false);
        }
        if let Some(id) = mandate_in(scope) {
            let state = load::<Mandate>(&self.book, id).await?.state;
            let since = match state {
                MandateState::Suspended { at: since, .. } => Some(since),
                _ => None,
            };
            // Ended, or stopped once more after the two had agreed: theirs is spent.
            if !state.is_alive() || since.is_some_and(|since| since >= at) {
                return Ok(false);
            }
        }
        self.open_scope(ctx, scope, approval, by).await?;
        Ok(true)
    }
}

fn mandate_in(scope: &Scope) -> Option<MandateId> {
    match scope {
        Scope::Mandate(id) => id.parse().ok(),
        Scope::Everything | Scope::Partner(_) | Scope::Person(_) | Scope::Account(_) => None,
    }
}

fn is_stopped(state: &MandateState) -> bool {
    matches!(state, MandateState::Suspended { .. }) || !state.is_alive()
}
