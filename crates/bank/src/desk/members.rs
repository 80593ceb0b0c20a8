//! Who works at the bank's desk, and how somebody's access ends: one asks, another agrees.

use kanuki_desk::{
    approval::Approval,
    leaving::{self, Member},
    officer,
    staff::Staff,
};
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use crate::{Bank, BankError, holder::load};

impl Bank {
    /// A member of staff who works here; one who left is nobody.
    pub async fn staff(&self, id: StaffId) -> Result<Stored<Staff>, BankError> {
        let staff = load::<Staff>(&self.book, id).await?;
        if staff.left_at.is_some() { Err(BankError::NotAvailable) } else { Ok(staff) }
    }

    /// Everybody who works here, is invited or has left, by name.
    pub async fn members(&self, ctx: &Ctx<'_>) -> Result<Vec<Member>, BankError> {
        Ok(leaving::members(&self.book, ctx.now).await?)
    }

    /// Asks that somebody's access end.
    pub async fn ask_end_staff(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        staff_id: StaffId,
        reason: &str,
    ) -> Result<ApprovalId, BankError> {
        self.staff(staff_id).await?;
        let mut unit = Unit::new();
        let asked = leaving::ask((&self.book, ctx), &mut unit, by, staff_id, reason).await?;
        match self.book.commit(unit).await {
            Ok(()) => Ok(asked),
            Err(RecordError::Duplicate { .. }) => Err(BankError::NotAvailable),
            Err(error) => Err(error.into()),
        }
    }

    /// The second person agrees that somebody has the role of an officer or has it no more, or anybody
    /// declines.
    pub(super) async fn decide_officer(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
        agrees: bool,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        if agrees {
            approval.edit().approve(by, ctx.now)?;
            officer::decide((&self.book, ctx), &mut unit, by, &approval).await?;
        } else {
            approval.edit().decline(by, ctx.now)?;
            unit.audit(
                AuditEntry::new(ctx.now, by, "officer.declined", &approval.subject)
                    .with("asked_by", approval.asked_by),
            );
        }
        unit.update(&approval);
        Ok(self.book.commit(unit).await?)
    }

    /// The second person agrees, or anybody declines.
    pub(super) async fn decide_end(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
        agrees: bool,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        if agrees {
            approval.edit().approve(by, ctx.now)?;
            leaving::end((&self.book, ctx), &mut unit, by, &approval).await?;
        } else {
            approval.edit().decline(by, ctx.now)?;
            unit.audit(
                AuditEntry::new(ctx.now, by, "staff.end_declined", &approval.subject)
                    .with("asked_by", approval.asked_by),
            );
        }
        unit.update(&approval);
        Ok(self.book.commit(unit).await?)
    }
}
