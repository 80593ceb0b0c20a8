//! What staff see of the risk engine, and how its rules change: looking is audited, a new policy takes
//! two people.

use kanuki_desk::{
    approval::Approval,
    policy::{self, Comparison, LIVE, Refused},
    risk_record::Weighed,
    watch::{self, UNWATCH},
};
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId},
    risk_record::RiskRecord,
};
use kanuki_record::{AuditEntry, Unit};
use kanuki_risk::Record;

use crate::{Wallet, WalletError};

impl Wallet {
    /// Decisions for which a rule held, newest first, at most a page. That somebody looked, and at what,
    /// is written down.
    pub async fn read_decisions(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        about: &str,
    ) -> Result<Vec<Record>, WalletError> {
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
    ) -> Result<Vec<Record>, WalletError> {
        let decisions = self.decisions_of(rule).await?;
        let mut unit = Unit::new();
        unit.audit(AuditEntry::new(ctx.now, by, "risk.read", rule));
        self.book.commit(unit).await?;
        Ok(decisions)
    }

    /// What a text would have done with what was recorded, beside the policy in force.
    pub async fn compare_policy(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        text: &str,
    ) -> Result<Comparison, Refused> {
        let other = policy::read(&self.risk, text)?;
        let events = self.recorded(ctx.now).await?;
        policy::compare_as((&self.book, ctx), by, &self.risk, other, (&events, None)).await
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
    pub async fn refresh_watched(&self) -> Result<usize, WalletError> {
        Ok(watch::refresh(&self.book, &self.risk).await?)
    }

    /// Puts in force what two people made live, here or at another node.
    pub async fn refresh_policy(&self) -> Result<bool, WalletError> {
        let is_new = policy::refresh(&self.book, &self.risk).await?;
        let live = self.risk.policy();
        if let Some(doubt) = live.doubts().first().filter(|_| is_new) {
            let (version, doubt) = (live.version(), doubt.message.to_string());
            tracing::warn!(version, doubt, "the rules in force would be refused today");
        }
        Ok(is_new)
    }

    /// A second person agreed that somebody is taken off a list: `unit` holds that.
    pub(super) async fn unwatch(
        &self,
        ctx: &Ctx<'_>,
        unit: Unit,
        by: StaffId,
        approval: &Approval,
    ) -> Result<(), WalletError> {
        Ok(watch::end(&self.book, ctx, unit, (by, approval), &self.risk).await?)
    }

    /// A second person agreed that a policy goes live: `unit` holds that.
    pub(super) async fn make_policy_live(
        &self,
        ctx: &Ctx<'_>,
        unit: Unit,
        by: StaffId,
        approval: &Approval,
    ) -> Result<(), WalletError> {
        let partners = self.asked_partners().await?;
        policy::make_live((&self.book, ctx), unit, (by, approval), &self.risk, &partners).await?;
        Ok(())
    }

    /// Adds to `unit` that a policy was declined, if the approval is about one.
    pub(super) async fn decline_policy(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (by, approval): (StaffId, &Approval),
    ) -> Result<(), WalletError> {
        if is_policy(approval) {
            policy::decline(&self.book, ctx, unit, (by, approval)).await?;
        }
        Ok(())
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
