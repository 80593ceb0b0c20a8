//! What staff do: work cases, stop things alone, release things in twos.

mod flow;
mod incident;
mod look;
mod members;
mod open;
pub mod phone;
mod records;
mod reported;
mod risk;
mod staff;

use kanuki_desk::{
    DeskError,
    approval::Approval,
    case::{Case, CaseKind},
    gate::Gate,
    reconcile::{self, Ended},
    report,
    risk_record::{self, review::REVIEW},
    signal::{caution, halt},
    staff::require_not_left,
};
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, CaseId, MandateId, StaffId},
    mandate::StoppedBy,
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::set::StopReason;

use crate::{
    Bank, BankError,
    contract::hold::RESUME,
    holder::{believed::BELIEVE, load},
    mandate::Mandate,
    open_item::SETTLE,
    partner::REMOVE,
};

/// What a kill switch covers. Each covers old links as well as new ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every debit, payout and new link.
    Everything,
    /// One partner.
    Partner(String),
    /// One holder.
    Person(String),
    /// One account.
    Account(String),
    /// One mandate.
    Mandate(String),
}

impl Scope {
    /// As typed at the desk and kept in the audit log: `partner|wallet-one`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('|') {
            None if text == "everything" => Some(Self::Everything),
            Some(("partner", id)) => Some(Self::Partner(id.to_owned())),
            Some(("person", id)) => Some(Self::Person(id.to_owned())),
            Some(("account", id)) => Some(Self::Account(id.to_owned())),
            Some(("mandate", id)) => Some(Self::Mandate(id.to_owned())),
            Some(_) | None => None,
        }
    }

    /// The same text back: as its gate is named.
    #[must_use]
    pub fn name(&self) -> String {
        self.gate().name().to_owned()
    }

    pub(crate) fn gate(&self) -> Gate {
        match self {
            Self::Everything => Gate::everything(),
            Self::Partner(id) => Gate::of("partner", id),
            Self::Person(id) => Gate::of("person", id),
            Self::Account(id) => Gate::of("account", id),
            Self::Mandate(id) => Gate::of("mandate", id),
        }
    }
}

/// The act of opening a kill switch again.
pub const OPEN_GATE: &str = "gate.open";

/// So often a press is written again that met the worker.
const TRIES_MAX: usize = 4;

impl Bank {
    /// Cases by state, newest first.
    pub async fn cases(&self, is_open: bool) -> Result<Vec<Case>, BankError> {
        let state = if is_open { "open" } else { "closed" };
        let all = self.book.list::<Case>("state", state).await?;
        Ok(all.into_iter().map(Stored::into_inner).collect())
    }

    /// One case; looking is audited.
    pub async fn read_case(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
    ) -> Result<Case, BankError> {
        let case = load::<Case>(&self.book, case_id).await?;
        let mut unit = Unit::new();
        unit.audit(AuditEntry::new(ctx.now, by, "case.read", case_id));
        self.book.commit(unit).await?;
        Ok(case.into_inner())
    }

    /// Adds a line to a case, or closes it with one. A difference is closed by two people.
    pub async fn note_case(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        (text, closes): (&str, bool),
    ) -> Result<(), BankError> {
        let mut case = load::<Case>(&self.book, case_id).await?;
        let act = match (closes, case.kind) {
            (true, CaseKind::Difference) => {
                case.edit().note(ctx.now, by, text);
                match reconcile::end(case.edit(), ctx.now, by, "") {
                    Ended::Closed => "case.closed",
                    Ended::Asked => "case.end_asked",
                    Ended::Waits => return Err(DeskError::SamePerson.into()),
                }
            }
            (true, _) => {
                let mut unit = Unit::new();
                // Without an outcome nothing ends that somebody reported, whoever paid.
                let end = (by, text, None);
                report::end(&self.book, ctx, &mut unit, case.edit(), end, false).await?;
                "case.closed"
            }
            (false, _) => {
                case.edit().note(ctx.now, by, text);
                "case.noted"
            }
        };
        let mut unit = Unit::new();
        unit.update(&case).audit(AuditEntry::new(ctx.now, by, act, case_id));
        Ok(self.book.commit(unit).await?)
    }

    /// Closes a kill switch: one person is enough to stop.
    pub async fn close_gate(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        scope: &Scope,
        reason: &str,
    ) -> Result<(), BankError> {
        self.close_gate_because(ctx, by, scope, (reason, StopReason::NotSaid)).await
    }

    /// The same with the word that the wallets whom it touches as a whole are told, in the same unit.
    pub async fn close_gate_because(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        scope: &Scope,
        (reason, word): (&str, StopReason),
    ) -> Result<(), BankError> {
        let gate = scope.gate();
        gate.close(&*self.ledger, ctx.now).await?;
        for left in (0..TRIES_MAX).rev() {
            let mut unit = Unit::new();
            let entry = AuditEntry::new(ctx.now, by, "gate.closed", gate.name());
            unit.audit(entry.with("reason", reason).with("told_as", word.name()));
            self.tell_stop(ctx, &mut unit, (scope, word)).await?;
            match self.book.commit(unit).await {
                Ok(()) => break,
                // The worker, which follows the gates, told it at this moment.
                Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) if left > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
        if let Scope::Mandate(id) = scope
            && let Ok(id) = id.parse::<MandateId>()
        {
            let mandate = load::<Mandate>(&self.book, id).await?;
            self.suspend(ctx, mandate, StoppedBy::Bank, None).await?;
        }
        Ok(())
    }

    /// Whether a kill switch is closed.
    pub async fn is_gate_closed(&self, ctx: &Ctx<'_>, scope: &Scope) -> Result<bool, BankError> {
        Ok(scope.gate().is_closed(&*self.ledger, ctx.now).await?)
    }

    /// Requests that wait for a second person.
    pub async fn approvals(&self) -> Result<Vec<Approval>, BankError> {
        let all = self.book.list::<Approval>("state", "waiting").await?;
        Ok(all.into_iter().map(Stored::into_inner).collect())
    }

    /// A second person agrees, and it is done; or anyone declines.
    pub async fn decide(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        approval_id: ApprovalId,
        agrees: bool,
    ) -> Result<(), BankError> {
        let mut approval = load::<Approval>(&self.book, approval_id).await?;
        if agrees {
            require_not_left(&self.book, [approval.asked_by, by]).await?;
        }
        if approval.act == REMOVE {
            return self.decide_removal(ctx, by, approval, agrees).await;
        }
        if risk::is_unwatch(&approval) {
            return self.decide_unwatch(ctx, by, approval, agrees).await;
        }
        if caution::is_about(&approval) || halt::is_about(&approval) {
            return self.decide_easing(ctx, by, approval, agrees).await;
        }
        if risk::is_policy(&approval) {
            return self.decide_policy(ctx, by, approval, agrees).await;
        }
        if kanuki_desk::own::is_about(&approval) {
            return self.decide_own(ctx, by, approval, agrees).await;
        }
        if kanuki_desk::claim::is_about(&approval) {
            return Box::pin(self.decide_claim(ctx, by, approval, agrees)).await;
        }
        if approval.act == kanuki_desk::compensation::LIVE {
            return self.decide_compensation(ctx, by, approval, agrees).await;
        }
        if approval.act == kanuki_desk::settings::LOOSEN {
            return self.decide_settings(ctx, by, approval, agrees).await;
        }
        if approval.act == REVIEW {
            return self.decide_review(ctx, by, approval, agrees).await;
        }
        if approval.act == SETTLE {
            return self.decide_settlement(ctx, by, approval, agrees).await;
        }
        if approval.act == BELIEVE {
            return self.decide_believed(ctx, by, approval, agrees).await;
        }
        if approval.act == RESUME {
            return self.decide_resume(ctx, by, approval, agrees).await;
        }
        let scope = Scope::parse(&approval.subject).ok_or(BankError::NotAvailable)?;
        let mut unit = Unit::new();
        if agrees {
            approval.edit().approve(by, ctx.now)?;
            self.sign_opening(ctx, &mut unit, (by, &approval), &scope).await?;
        } else {
            approval.edit().decline(by, ctx.now)?;
            risk_record::decline((&self.book, ctx), &mut unit, (by, &approval)).await?;
        }
        let act = if agrees { "gate.opened" } else { "gate.open_declined" };
        unit.update(&approval).audit(
            AuditEntry::new(ctx.now, by, act, &approval.subject)
                .with("asked_by", approval.asked_by),
        );
        self.book.commit(unit).await?;
        if !agrees {
            return Ok(());
        }
        self.open_scope(ctx, &scope, &approval, by).await
    }

    /// Two people let a link, or all of a partner's, go on as before its word.
    async fn decide_easing(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
        agrees: bool,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        if agrees {
            approval.edit().approve(by, ctx.now)?;
            if halt::is_about(&approval) {
                halt::end(&self.book, ctx, &mut unit, (by, &approval)).await?;
            } else {
                caution::end(&self.book, ctx, &mut unit, (by, &approval)).await?;
            }
        } else {
            approval.edit().decline(by, ctx.now)?;
            let entry = AuditEntry::new(ctx.now, by, "link.ease_declined", &approval.subject);
            unit.audit(entry.with("asked_by", approval.asked_by));
        }
        unit.update(&approval);
        Ok(self.book.commit(unit).await?)
    }

    async fn decide_removal(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
        agrees: bool,
    ) -> Result<(), BankError> {
        if agrees {
            return self.remove_partner(ctx, by, approval).await;
        }
        approval.edit().decline(by, ctx.now)?;
        let mut unit = Unit::new();
        unit.update(&approval).audit(
            AuditEntry::new(ctx.now, by, "partner.removal_declined", &approval.subject)
                .with("asked_by", approval.asked_by),
        );
        Ok(self.book.commit(unit).await?)
    }
}
