//! What people tell us who need be nobody's customer, and what staff answer them.

use kanuki_desk::{
    case::Case,
    compensation,
    report::{self, Other, Outcome, Progress, Taken},
    stopped,
};
use kanuki_domain::{
    Ctx,
    bank_account::BankCode,
    claim::Shared,
    id::{CaseId, CustomerId, StaffId},
};
use kanuki_record::{AuditEntry, Unit};
use kanuki_wire::set::CaseStage;

use super::cases::written;
use crate::{Wallet, WalletError};

impl Wallet {
    /// Opens a case from the public report page; number and code are told at once. The bank that it is
    /// about, if somebody says so, is told the number in the same unit (FT-23).
    pub async fn report(
        &self,
        ctx: &Ctx<'_>,
        what: (&str, &str),
        about: Option<BankCode>,
    ) -> Result<Taken, WalletError> {
        let about = about.map_or(Other::Unknown, |bank| Other::Told(bank.to_string()));
        self.take_report(ctx, None, what, about).await
    }

    /// The same where the bank is told only once staff have looked.
    pub async fn report_unseen(
        &self,
        ctx: &Ctx<'_>,
        what: (&str, &str),
        about: BankCode,
    ) -> Result<Taken, WalletError> {
        self.take_report(ctx, None, what, Other::ToldLater(about.to_string())).await
    }

    /// The same from somebody on the telephone: staff write down what they say, and read number and code
    /// to them. Whom it is about is told at once, because staff have heard it.
    pub async fn report_by_phone(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        what: (&str, &str),
        about: Option<BankCode>,
    ) -> Result<Taken, WalletError> {
        let about = about.map_or(Other::Unknown, |bank| Other::Told(bank.to_string()));
        self.take_report(ctx, Some(by), what, about).await
    }

    async fn take_report(
        &self,
        ctx: &Ctx<'_>,
        by: Option<StaffId>,
        (contact, text): (&str, &str),
        about: Other,
    ) -> Result<Taken, WalletError> {
        let (policy, _) = compensation::in_force(&self.book).await?;
        let case_id = CaseId::generate(ctx);
        let mut unit = Unit::new();
        // Else nobody could ever say that it was answered, because that tells the bank.
        if let Other::Told(bank) | Other::ToldLater(bank) = &about {
            self.partner(BankCode::parse(bank).map_err(|_| WalletError::NotAvailable)?).await?;
        }
        if let Other::Told(bank) = &about {
            self.tell_bank(ctx, &mut unit, (case_id, bank)).await?;
        }
        let clock = report::clock(&policy, ctx.now);
        let what = (contact, text, about);
        let taken = report::take(&mut unit, &self.vault, ctx, (case_id, clock, by), what)?;
        self.book.commit(unit).await?;
        Ok(taken)
    }

    async fn tell_bank(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (case_id, bank): (CaseId, &str),
    ) -> Result<(), WalletError> {
        let bank = BankCode::parse(bank).map_err(|_| WalletError::NotAvailable)?;
        self.queue_case(ctx, unit, bank, (case_id, CaseStage::Reported)).await
    }

    /// Takes what somebody stopped as their report; number and code are told at once, and only once.
    pub async fn report_by_stop(
        &self,
        ctx: &Ctx<'_>,
        case_id: CaseId,
    ) -> Result<Option<Taken>, WalletError> {
        let case = self.load::<Case>(case_id).await?;
        let customer = case.person_id.as_deref().and_then(|id| id.parse::<CustomerId>().ok());
        let bank = match customer {
            Some(id) => self.live_links(id).await?.first().map(|link| link.bank),
            None => None,
        };
        // What freezes a wallet tells each bank that is linked the number; where it was frozen before,
        // nothing did.
        let frozen = match customer {
            Some(id) => self.customer(id).await?.frozen.clone(),
            None => None,
        };
        let was_frozen = frozen.is_some_and(|frozen| frozen.at < case.opened_at);
        let word = match bank {
            // Whoever told us of it has its number.
            Some(bank) if was_frozen && !case.is_told() => {
                Some(self.case_word(ctx, bank, (case_id, CaseStage::Reported)).await?)
            }
            Some(_) | None => None,
        };
        let tells = |unit: &mut Unit| {
            if let Some(word) = &word {
                unit.insert(word);
            }
        };
        let told = bank.map(|bank| bank.to_string());
        Ok(stopped::take(&self.book, &self.vault, ctx, (case_id, told), tells).await?)
    }

    /// How far a report is, for whoever has its number and its code.
    pub async fn report_progress(
        &self,
        number: &str,
        code: &str,
    ) -> Result<Option<Progress>, WalletError> {
        let mut found = report::progress(&self.book, &self.vault, (number, code)).await?;
        if let Some(seen) = &mut found
            && let Some(report) = report::of_case(&self.book, seen.case_id).await?
            && let Some(bank) = report.told.and_then(|code| BankCode::parse(&code).ok())
            && self.is_telling(seen.case_id, bank).await?
        {
            seen.shared = Shared::Telling;
        }
        Ok(found)
    }

    /// Staff know which bank a report is about, from its own case or one that it was joined with, and
    /// the bank is told its number in the same unit; or they know that it is about none.
    pub async fn name_other(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        bank: Option<BankCode>,
    ) -> Result<(), WalletError> {
        let mut unit = Unit::new();
        let name = bank.map(|bank| bank.to_string());
        let (who, name) = ((by, case_id), name.as_deref());
        let reported = report::name_other(&self.book, ctx, &mut unit, who, name).await?;
        if let Some(bank) = bank {
            self.queue_case(ctx, &mut unit, bank, (reported, CaseStage::Reported)).await?;
        }
        Ok(self.book.commit(unit).await?)
    }

    /// What a reporter wrote, opened for staff who read the case: contact and text.
    pub async fn report_text(&self, case: &Case) -> Result<Option<(String, String)>, WalletError> {
        let written = report::read(&self.book, &self.vault, case.case_id).await?;
        Ok(written.map(|written| (written.contact, written.text)))
    }

    /// Whoever reported was answered.
    pub async fn answer_report(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
    ) -> Result<(), WalletError> {
        let mut unit = Unit::new();
        if let Some(bank) = report::answer(&self.book, ctx, &mut unit, (by, case_id)).await? {
            self.tell_bank(ctx, &mut unit, (case_id, &bank)).await?;
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
    ) -> Result<(), WalletError> {
        let mut case = self.load::<Case>(case_id).await?;
        // Money is back under another number of this person: nothing here says that none had left.
        if matches!(outcome, Outcome::NothingLost | Outcome::TakenBack)
            && self.paid_sister(&case).await?.is_some()
        {
            return Err(kanuki_desk::DeskError::JoinFirst.into());
        }
        let mut unit = Unit::new();
        let text = written(text);
        let end = (by, text.as_str(), Some(outcome));
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
    ) -> Result<(), WalletError> {
        let mut unit = Unit::new();
        report::join(&self.book, ctx, &mut unit, (by, case_id, other), true).await?;
        Ok(self.book.commit(unit).await?)
    }
}
