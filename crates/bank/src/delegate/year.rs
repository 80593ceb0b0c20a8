//! A delegation ends after a year unless its holder wants another: they are told in time, twice, and
//! sign for it; or staff do it for a holder on the telephone or at a counter.

use jiff::Timestamp;
use kanuki_desk::outbox::Content;
use kanuki_domain::{
    Ctx,
    id::{CaseId, DelegationId, HolderId, StaffId},
    limits::{DELEGATION_REMINDERS, DELEGATION_SECS},
    mandate::later,
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use super::{Delegation, Invited, Standing};
use crate::{Bank, BankError, desk::phone::Believed, holder::Known};

impl Delegation {
    /// How many reminders before its end are due at `now`.
    fn reminders_due(&self, now: Timestamp) -> usize {
        let Standing::Active { ends_at, .. } = self.standing else { return 0 };
        if ends_at <= now {
            return 0;
        }
        DELEGATION_REMINDERS.iter().filter(|before| later(ends_at, -**before) <= now).count()
    }

    /// Whether its end is near enough to speak of another year.
    #[must_use]
    pub fn ends_soon(&self, now: Timestamp) -> bool {
        self.reminders_due(now) > 0
    }
}

impl Bank {
    /// Tells holders of delegations that end within a month, and again within a week. Called by the
    /// worker; one failing does not stop others.
    pub async fn remind_of_delegations(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let mut told: usize = 0;
        let mut after = String::new();
        loop {
            let page = self.book.scan::<Delegation>(&after).await?;
            let Some(last) = page.last() else { return Ok(told) };
            after = last.delegation_id.to_string();
            for delegation in page {
                let due = delegation.reminders_due(ctx.now);
                if due <= delegation.reminded {
                    continue;
                }
                let id = delegation.delegation_id;
                match self.remind(ctx, delegation, due).await {
                    Ok(()) => told = told.saturating_add(1),
                    // Another node was faster.
                    Err(BankError::Record(RecordError::Conflict { .. })) => {}
                    Err(error) => {
                        tracing::warn!(%error, delegation.id = %id, "a reminder waits");
                    }
                }
            }
        }
    }

    async fn remind(
        &self,
        ctx: &Ctx<'_>,
        mut delegation: Stored<Delegation>,
        due: usize,
    ) -> Result<(), BankError> {
        let Standing::Active { ends_at, .. } = delegation.standing else { return Ok(()) };
        let known = self.known(delegation.holder_id).await?;
        let content = Content::new("delegate_ends")
            .with("label", self.label_of(&known, &delegation)?)
            .with("ends_at", ends_at);
        delegation.edit().reminded = due;
        let id = delegation.delegation_id;
        let mut unit = Unit::new();
        unit.update(&delegation);
        self.tell(&mut unit, ctx, &known, id, content)?;
        Ok(self.book.commit(unit).await?)
    }

    /// Staff, who called back or have the holder before them, let a delegation go on for another year
    /// that is about to end. A number that is new proves nothing (FT-12).
    pub(crate) async fn renew_for_caller(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, case_id): (HolderId, CaseId),
        (by, believed): (StaffId, Believed),
        id: DelegationId,
    ) -> Result<(), BankError> {
        let known = self.known(holder_id).await?;
        if !self.own_delegation(holder_id, id).await?.ends_soon(ctx.now) {
            return Err(BankError::NotAvailable);
        }
        if believed == Believed::CalledBack && known.line(ctx.now).is_none() {
            return Err(BankError::Waits { until: known.settles_at() });
        }
        let mut unit = Unit::new();
        self.renew(ctx, &mut unit, &known, id).await?;
        unit.audit(
            AuditEntry::new(ctx.now, by, "delegate.renewed_by_staff", id).with("case", case_id),
        );
        Ok(self.book.commit(unit).await?)
    }

    /// Another year from now, told to every contact with a code that ends it.
    pub(super) async fn renew(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        known: &Known,
        id: DelegationId,
    ) -> Result<Invited, BankError> {
        let holder_id = known.holder.holder_id;
        let mut delegation = self.own_delegation(holder_id, id).await?;
        let Standing::Active { since, ends_at } = delegation.standing else {
            return Err(BankError::NotAvailable);
        };
        if ends_at <= ctx.now {
            return Err(BankError::NotAvailable);
        }
        let ends_at = later(ctx.now, DELEGATION_SECS);
        let row = delegation.edit();
        row.standing = Standing::Active { since, ends_at };
        row.reminded = 0;
        unit.update(&delegation).audit(
            AuditEntry::new(ctx.now, holder_id, "delegate.renewed", id).with("ends_at", ends_at),
        );
        let label = self.label_of(known, &delegation)?;
        let content =
            Content::new("delegate_renewed").with("label", label).with("ends_at", ends_at);
        self.tell(unit, ctx, known, id, content)?;
        Ok(Invited::Renewed(ends_at))
    }
}
