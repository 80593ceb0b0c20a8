//! Cases, and acts on the wallet that a case is about.

use kanuki_desk::{
    DeskError,
    case::{Case, CaseKind},
    reconcile::{self, Ended},
    report,
};
use kanuki_domain::{
    Ctx,
    id::{CaseId, CustomerId, LinkId, PayoutId, RefundId, StaffId, TopupId},
};
use kanuki_record::{AuditEntry, Stored, Unit};

use crate::{Wallet, WalletError, error::insist, freeze::Stopping};

impl Wallet {
    /// Open or closed cases, newest first.
    pub async fn cases(&self, is_open: bool) -> Result<Vec<Stored<Case>>, WalletError> {
        Ok(self.book.list::<Case>("state", if is_open { "open" } else { "closed" }).await?)
    }

    /// A case. That it was looked at is written down: nobody reads a customer without a case.
    pub async fn read_case(
        &self,
        ctx: &Ctx<'_>,
        staff: StaffId,
        case_id: CaseId,
    ) -> Result<Stored<Case>, WalletError> {
        let case = self.load::<Case>(case_id).await?;
        let mut unit = Unit::new();
        unit.audit(AuditEntry::new(ctx.now, staff, "case.read", case_id));
        self.book.commit(unit).await?;
        Ok(case)
    }

    /// Adds a line to a case.
    pub async fn note_case(
        &self,
        ctx: &Ctx<'_>,
        staff: StaffId,
        case_id: CaseId,
        text: &str,
    ) -> Result<(), WalletError> {
        let mut case = self.load::<Case>(case_id).await?;
        case.edit().note(ctx.now, staff, written(text));
        let mut unit = Unit::new();
        unit.update(&case).audit(AuditEntry::new(ctx.now, staff, "case.noted", case_id));
        Ok(self.book.commit(unit).await?)
    }

    /// Closes a case with a reason. A difference is closed by two people.
    pub async fn close_case(
        &self,
        ctx: &Ctx<'_>,
        staff: StaffId,
        case_id: CaseId,
        text: &str,
    ) -> Result<(), WalletError> {
        let mut case = self.load::<Case>(case_id).await?;
        // It ends with what two people say of the money.
        if self.by_hand_of(&case).await?.is_some() {
            return Err(WalletError::NotAvailable);
        }
        let act = if case.kind == CaseKind::Difference {
            case.edit().note(ctx.now, staff, written(text));
            match reconcile::end(case.edit(), ctx.now, staff, "") {
                Ended::Closed => "case.closed",
                Ended::Asked => "case.end_asked",
                Ended::Waits => return Err(DeskError::SamePerson.into()),
            }
        } else {
            let text = written(text);
            let mut unit = Unit::new();
            // Without an outcome nothing ends that somebody reported, whoever paid.
            let end = (staff, text.as_str(), None);
            report::end(&self.book, ctx, &mut unit, case.edit(), end, false).await?;
            "case.closed"
        };
        let mut unit = Unit::new();
        unit.update(&case).audit(AuditEntry::new(ctx.now, staff, act, case_id));
        Ok(self.book.commit(unit).await?)
    }

    /// Freezes the wallet that a case is about: one person may stop.
    pub async fn freeze_for_case(
        &self,
        ctx: &Ctx<'_>,
        staff: StaffId,
        case_id: CaseId,
    ) -> Result<CaseId, WalletError> {
        let known = self.load::<Case>(case_id).await?;
        let person = known.person_id.clone().ok_or(WalletError::NotAvailable)?;
        let id: CustomerId = person.parse().map_err(|_| WalletError::NotAvailable)?;
        let mut case = Case::open(ctx, CaseKind::NotMe, &known.about, Some(person));
        case.note(ctx.now, staff, format!("=frozen_for|{case_id}"));
        let by = staff.to_string();
        insist!({
            let stopping = Stopping {
                by: &by,
                case: case.clone(),
                named: None,
                joins: None,
                is_shared: false,
                except: None,
                is_alone: false,
                in_front: None,
            };
            self.freeze_in(ctx, Unit::new(), id, stopping).await
        })
    }

    /// Asks the bank about an open item once more.
    pub async fn ask_open_item(
        &self,
        ctx: &Ctx<'_>,
        staff: StaffId,
        case_id: CaseId,
    ) -> Result<(), WalletError> {
        let mut case = self.load::<Case>(case_id).await?;
        let outcome = if let Ok(id) = case.about.parse::<TopupId>() {
            self.reopen_topup(ctx, id).await?.state_name()
        } else if let Ok(id) = case.about.parse::<PayoutId>() {
            self.reopen_payout(ctx, id).await?.state_name()
        } else if let Ok(id) = case.about.parse::<RefundId>() {
            self.reopen_refund(ctx, id).await?.state_name()
        } else if let Ok(id) = case.about.parse::<LinkId>() {
            let has_ended = self.drive_ending(ctx, id).await?;
            // It closes with the bank's answer.
            case = self.load::<Case>(case_id).await?;
            if has_ended { "ended" } else { "open_item" }
        } else {
            return Err(WalletError::NotAvailable);
        };
        case.edit().note(ctx.now, staff, format!("=asked_again|{outcome}"));
        let mut unit = Unit::new();
        unit.update(&case).audit(AuditEntry::new(ctx.now, staff, "case.asked_bank", case_id));
        Ok(self.book.commit(unit).await?)
    }
}

/// What staff wrote, on one line. A line that begins with `=` is a note of Kanuki's own.
pub(super) fn written(text: &str) -> String {
    kanuki_formats::text::safe_line(text.trim_start_matches(['=', ' ']), 500)
}
