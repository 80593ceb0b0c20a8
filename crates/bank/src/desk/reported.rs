//! What people tell us who need be nobody's customer, and what staff answer them.

use kanuki_desk::{
    case::Case,
    compensation,
    report::{self, Other, Outcome, Progress, Report, Taken, Written},
    stopped,
};
use kanuki_domain::{
    Ctx,
    claim::Shared,
    id::{CaseId, MandateId, StaffId},
    mandate::MandateState,
};
use kanuki_record::{AuditEntry, Unit};
use kanuki_wire::set::CaseStage;

use crate::{Bank, BankError, event::Event, holder::load, mandate::Mandate, partner::Partner};

impl Bank {
    /// Opens a case from the public report page; number and code are told at once. The wallet that it
    /// is about, if somebody says so, is told the number in the same unit (FT-23).
    pub async fn report(
        &self,
        ctx: &Ctx<'_>,
        what: (&str, &str),
        about: Option<&str>,
    ) -> Result<Taken, BankError> {
        let about = about.map_or(Other::Unknown, |partner| Other::Told(partner.to_owned()));
        self.take_report(ctx, None, what, about).await
    }

    /// The same where the wallet is told only once staff have looked.
    pub async fn report_unseen(
        &self,
        ctx: &Ctx<'_>,
        what: (&str, &str),
        about: &str,
    ) -> Result<Taken, BankError> {
        self.take_report(ctx, None, what, Other::ToldLater(about.to_owned())).await
    }

    /// The same from somebody on the telephone: staff write down what they say, and read number and code
    /// to them. Whom it is about is told at once, because staff have heard it.
    pub async fn report_by_phone(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        what: (&str, &str),
        about: Option<&str>,
    ) -> Result<Taken, BankError> {
        let about = about.map_or(Other::Unknown, |partner| Other::Told(partner.to_owned()));
        self.take_report(ctx, Some(by), what, about).await
    }

    async fn take_report(
        &self,
        ctx: &Ctx<'_>,
        by: Option<StaffId>,
        (contact, text): (&str, &str),
        about: Other,
    ) -> Result<Taken, BankError> {
        let (policy, _) = compensation::in_force(&self.book).await?;
        let case_id = CaseId::generate(ctx);
        let mut unit = Unit::new();
        if let Other::Told(client_id) | Other::ToldLater(client_id) = &about {
            self.known_partner(client_id).await?;
        }
        if let Other::Told(client_id) = &about {
            unit.insert(&Event::case_shared(ctx, client_id, case_id, CaseStage::Reported));
        }
        let clock = report::clock(&policy, ctx.now);
        let what = (contact, text, about);
        let taken = report::take(&mut unit, &self.vault, ctx, (case_id, clock, by), what)?;
        self.book.commit(unit).await?;
        Ok(taken)
    }

    /// Takes what somebody stopped as their report; number and code are told at once, and only once.
    pub async fn report_by_stop(
        &self,
        ctx: &Ctx<'_>,
        case_id: CaseId,
    ) -> Result<Option<Taken>, BankError> {
        let case = load::<Case>(&self.book, case_id).await?;
        let mut told = None;
        let mut word = None;
        if let Ok(id) = case.about.parse::<MandateId>() {
            let mandate = load::<Mandate>(&self.book, id).await?;
            // A wallet that is no partner any more hears nothing.
            let wallet = self.book.find_shared::<Partner>(&mandate.client_id).await?;
            told = wallet.map(|wallet| wallet.client_id.clone());
            // What stops a link tells its wallet the number; where it was stopped before, nothing did.
            let stops_now =
                matches!(mandate.state, MandateState::Suspended { at, .. } if at >= case.opened_at);
            // Whoever told us of it has its number.
            if !case.is_told() && !stops_now {
                let tell = |to: &String| Event::case_shared(ctx, to, case_id, CaseStage::Reported);
                word = told.as_ref().map(tell);
            }
        }
        let tells = |unit: &mut Unit| {
            if let Some(word) = &word {
                unit.insert(word);
            }
        };
        Ok(stopped::take(&self.book, &self.vault, ctx, (case_id, told), tells).await?)
    }

    /// How far a report is, for whoever has its number and its code.
    pub async fn report_progress(
        &self,
        number: &str,
        code: &str,
    ) -> Result<Option<Progress>, BankError> {
        let mut found = report::progress(&self.book, &self.vault, (number, code)).await?;
        if let Some(seen) = &mut found
            && let Some(told) = self.report_of(seen.case_id).await?.and_then(|report| report.told)
            && self.is_telling(seen.case_id, &told).await?
        {
            seen.shared = Shared::Telling;
        }
        if let Some(seen) = &mut found {
            let case = load::<Case>(&self.book, seen.case_id).await?;
            // Whoever stopped a link has a code of its holder's own notices, and it is their account. Of
            // another report nobody knows whose it turned out to be.
            if stopped::is_by_stop(&case) {
                seen.made_good_at = kanuki_desk::matter::made_good_at(&self.book, &case).await?;
            }
        }
        Ok(found)
    }

    /// Staff know which wallet a report is about, from its own case or one that it was joined with, and
    /// the wallet is told its number in the same unit; or they know that it is about none.
    pub async fn name_other(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        partner: Option<&str>,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        if let Some(partner) = partner {
            self.known_partner(partner).await?;
        }
        let who = (by, case_id);
        let reported = report::name_other(&self.book, ctx, &mut unit, who, partner).await?;
        if let Some(partner) = partner {
            unit.insert(&Event::case_shared(ctx, partner, reported, CaseStage::Reported));
        }
        Ok(self.book.commit(unit).await?)
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
        if let Some(partner) = report::answer(&self.book, ctx, &mut unit, (by, case_id)).await? {
            unit.insert(&Event::case_shared(ctx, &partner, case_id, CaseStage::Reported));
        }
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
        let mut case = load::<Case>(&self.book, case_id).await?;
        // Money is back under another number of this person: nothing here says that none had left.
        if matches!(outcome, Outcome::NothingLost | Outcome::TakenBack)
            && self.paid_sister(&case).await?.is_some()
        {
            return Err(kanuki_desk::DeskError::JoinFirst.into());
        }
        let mut unit = Unit::new();
        let end = (by, text, Some(outcome));
        let is_paid = self.is_paid_there(&case).await?;
        let ended = report::end(&self.book, ctx, &mut unit, case.edit(), end, is_paid).await?;
        unit.update(&case).audit(
            AuditEntry::new(ctx.now, by, ended.act(), case_id).with("outcome", outcome.name()),
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
        report::join(&self.book, ctx, &mut unit, (by, case_id, other), false).await?;
        Ok(self.book.commit(unit).await?)
    }
}
