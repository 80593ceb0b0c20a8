//! Who works at the bank's desk, and what two people there decide about the desk itself.

use kanuki_desk::{
    approval::Approval,
    incident::SAY,
    leaving::{self, END, Member},
    own,
};
use kanuki_domain::{Ctx, id::StaffId};
use kanuki_record::{AuditEntry, Stored, Unit};

use crate::{Bank, BankError};

impl Bank {
    /// Everybody who works here, is invited or has left, by name.
    pub async fn members(&self, ctx: &Ctx<'_>) -> Result<Vec<Member>, BankError> {
        Ok(leaving::members(&self.book, ctx.now).await?)
    }

    /// The second person agrees to what is about the desk itself, or anybody declines.
    pub(super) async fn decide_own(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
        agrees: bool,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        if agrees {
            approval.edit().approve(by, ctx.now)?;
            own::agree((&self.book, ctx), &mut unit, by, &approval).await?;
        } else {
            approval.edit().decline(by, ctx.now)?;
            let (act, about) = match approval.act.as_str() {
                SAY => ("incident.words_declined", approval.approval_id.to_string()),
                END => ("staff.end_declined", approval.subject.clone()),
                _ => ("officer.declined", approval.subject.clone()),
            };
            let entry = AuditEntry::new(ctx.now, by, act, about);
            unit.audit(entry.with("asked_by", approval.asked_by));
        }
        unit.update(&approval);
        Ok(self.book.commit(unit).await?)
    }
}
