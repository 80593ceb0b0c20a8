//! What staff see of the risk engine, and how its rules change: looking is audited, a new policy takes
//! two people.

use kanuki_desk::{
    approval::Approval,
    policy::{self, Comparison, LIVE, Refused},
    quality::at_stake,
    risk_record::Weighed,
    watch::{self, UNWATCH},
};
use kanuki_domain::{
    Ctx, Yen,
    id::{ApprovalId, StaffId},
    risk_record::RiskRecord,
};
use kanuki_record::{AuditEntry, Stored, Unit};
use kanuki_risk::{Outcome, Record};

use crate::{Bank, BankError};

impl Bank {
    /// Decisions for which a rule held, newest first, at most a page. That somebody looked, and at what,
    /// is written down.
    pub async fn read_decisions(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        about: &str,
    ) -> Result<Vec<Record>, BankError> {
        let decisions = self.decisions().await?;
        let mut unit = Unit::new();
        unit.audit(AuditEntry::new(ctx.now, by, "risk.read", about));
        self.book.commit(unit).await?;
        Ok(decisions)
    }

    /// The same where this rule was the first to hold.
    pub async fn read_decisions_of(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        rule: &str,
    ) -> Result<Vec<Record>, BankError> {
        let decisions = self.decisions_of(rule).await?;
        let mut unit = Unit::new();
        unit.audit(AuditEntry::new(ctx.now, by, "risk.read", rule));
        self.book.commit(unit).await?;
        Ok(decisions)
    }

    /// Of each of `decisions`, how much it may still cost, or has cost. What a rule would hold is refused
    /// at a bank: the money stays where it is.
    #[must_use]
    pub fn open_yen(decisions: &[Record]) -> Vec<Yen> {
        let open = |decision: &Record| {
            if decision.outcome == Outcome::Hold { Yen::ZERO } else { at_stake(decision) }
        };
        decisions.iter().map(open).collect()
    }

    /// What a text would have done with what was recorded, beside the policy in force.
    pub async fn compare_policy(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        text: &str,
    ) -> Result<Comparison, Refused> {
        let other = policy::read(&self.risk, text)?;
        let (events, since) = self.recorded(ctx.now).await?;
        let recorded = (events.as_slice(), Some(since));
        policy::compare_as((&self.book, ctx), by, &self.risk, other, recorded).await
    }

    /// Asks that a text be put in force; a second person must agree. One that loosens anything needs a
    /// record of its risks (FT-01, FT-05).
    pub async fn propose_policy(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (text, reason): (&str, &str),
        record: Option<RiskRecord>,
    ) -> Result<ApprovalId, Refused> {
        let weighed = Weighed { record, partners: self.asked_partners().await? };
        policy::propose((&self.book, ctx), by, &self.risk, (text, reason), &weighed).await
    }

    /// Tells the engine who is on the lists.
    pub async fn refresh_watched(&self) -> Result<usize, BankError> {
        Ok(watch::refresh(&self.book, &self.risk).await?)
    }

    /// Puts in force what two people made live, here or at another node.
    pub async fn refresh_policy(&self) -> Result<bool, BankError> {
        let is_new = policy::refresh(&self.book, &self.risk).await?;
        let live = self.risk.policy();
        if let Some(doubt) = live.doubts().first().filter(|_| is_new) {
            let (version, doubt) = (live.version(), doubt.message.to_string());
            tracing::warn!(version, doubt, "the rules in force would be refused today");
        }
        Ok(is_new)
    }

    /// A second person agrees that somebody is taken off a list, or somebody declines it.
    pub(super) async fn decide_unwatch(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
        agrees: bool,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        if agrees {
            approval.edit().approve(by, ctx.now)?;
            unit.update(&approval);
            return Ok(watch::end(&self.book, ctx, unit, (by, &approval), &self.risk).await?);
        }
        approval.edit().decline(by, ctx.now)?;
        unit.update(&approval).audit(
            AuditEntry::new(ctx.now, by, "watch.end_declined", &approval.subject)
                .with("asked_by", approval.asked_by),
        );
        Ok(self.book.commit(unit).await?)
    }

    /// A second person agrees that a policy goes live, or somebody declines it.
    pub(super) async fn decide_policy(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
        agrees: bool,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        if agrees {
            approval.edit().approve(by, ctx.now)?;
            unit.update(&approval);
            let partners = self.asked_partners().await?;
            let about = (by, &*approval);
            policy::make_live((&self.book, ctx), unit, about, &self.risk, &partners).await?;
            return Ok(());
        }
        approval.edit().decline(by, ctx.now)?;
        policy::decline(&self.book, ctx, &mut unit, (by, &approval)).await?;
        unit.update(&approval).audit(
            AuditEntry::new(ctx.now, by, "policy.declined", &approval.subject)
                .with("asked_by", approval.asked_by),
        );
        Ok(self.book.commit(unit).await?)
    }
}

/// Whether an approval is about a policy.
pub(super) fn is_policy(approval: &Approval) -> bool {
    approval.act == LIVE
}

/// Whether an approval takes somebody off a list.
pub(super) fn is_unwatch(approval: &Approval) -> bool {
    approval.act == UNWATCH
}
