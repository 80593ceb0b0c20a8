//! What people tell us who need be nobody's customer, and what staff answer them.

use kanuki_desk::{
    compensation,
    report::{self, Outcome, Progress, Report, Taken, Written},
};
use kanuki_domain::{
    Ctx,
    id::{CaseId, StaffId},
};
use kanuki_record::{AuditEntry, Unit};
use kanuki_wire::set::CaseStage;

use crate::{Bank, BankError, event::Event, holder::load};

impl Bank {
    /// Opens a case from the public report page; number and code are told at once. The wallet that it
    /// is about, if somebody says so, is told the number in the same unit (FT-23).
    pub async fn report(
        &self,
        ctx: &Ctx<'_>,
        (contact, text): (&str, &str),
        about: Option<&str>,
    ) -> Result<Taken, BankError> {
        let (policy, _) = compensation::in_force(&self.book).await?;
        let case_id = CaseId::generate(ctx);
        let mut unit = Unit::new();
        let told = match about {
            Some(client_id) => {
                let partner = self.partner(client_id).await?;
                let stage = CaseStage::Reported;
                unit.insert(&Event::case_shared(ctx, &partner.client_id, case_id, stage));
                Some(partner.client_id)
            }
            None => None,
        };
        let clock = report::clock(&policy, ctx.now);
        let what = (contact, text, told);
        let taken = report::take(&mut unit, &self.vault, ctx, (case_id, clock), what)?;
        self.book.commit(unit).await?;
        Ok(taken)
    }

    /// How far a report is, for whoever has its number and its code.
    pub async fn report_progress(
        &self,
        number: &str,
        code: &str,
    ) -> Result<Option<Progress>, BankError> {
        Ok(report::progress(&self.book, &self.vault, (number, code)).await?)
    }

    /// What a reporter wrote, for staff who read the case.
    pub async fn report_text(&self, case_id: CaseId) -> Result<Option<Written>, BankError> {
        Ok(report::read(&self.book, &self.vault, case_id).await?)
    }

    /// The report of a case, without what was written.
    pub async fn report_of(&self, case_id: CaseId) -> Result<Option<Report>, BankError> {
        Ok(report::of_case(&self.book, case_id).await?)
    }

    /// Whoever reported was answered.
    pub async fn answer_report(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        report::answer(&self.book, ctx, &mut unit, (by, case_id)).await?;
        Ok(self.book.commit(unit).await?)
    }

    /// A report ends with what came of it.
    pub async fn end_report(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        (text, outcome): (&str, Outcome),
    ) -> Result<(), BankError> {
        let mut case = load::<kanuki_desk::case::Case>(&self.book, case_id).await?;
        let mut unit = Unit::new();
        let end = (by, text, Some(outcome));
        report::end(&self.book, ctx, &mut unit, case.edit(), end).await?;
        unit.update(&case).audit(
            AuditEntry::new(ctx.now, by, "case.closed", case_id).with("outcome", outcome.name()),
        );
        Ok(self.book.commit(unit).await?)
    }

    /// A report is about the person of another case.
    pub async fn join_report(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (case_id, other): (CaseId, CaseId),
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        report::join(&self.book, ctx, &mut unit, (by, case_id, other)).await?;
        Ok(self.book.commit(unit).await?)
    }
}
