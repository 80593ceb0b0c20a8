//! Where the core will never answer: one person says what its books show, another looks too.

use kanuki_desk::{DeskError, approval::Approval, case::Case};
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, CaseId, StaffId},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use super::{ItemKind, OpenItem};
use crate::{
    Bank, BankError, CoreError,
    credit::Credit,
    debit::{Debit, DebitState, Found},
    holder::load,
};

/// The act of settling an open item by what the core's books show.
pub const SETTLE: &str = "item.settle";

/// What came of asking to settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The core answered at last: nobody needs to agree on anything.
    Ended,
    /// A second person must look.
    Waits(ApprovalId),
}

pub(super) fn subject(case_id: CaseId, found: Found) -> String {
    format!("{case_id}|{}", found.name())
}

/// What an approval of this act is about, and what was found.
#[must_use]
pub fn settlement(approval: &Approval) -> Option<(CaseId, Found)> {
    if approval.act != SETTLE {
        return None;
    }
    let (case_id, found) = approval.subject.split_once('|')?;
    Some((case_id.parse().ok()?, Found::parse(found)?))
}

/// That nothing moved is the core's word alone: people see its books of one moment, and an order
/// that is still under way would pay the holder what the partner got back, or take from the holder
/// what the partner was told it does not get.
const fn needs_promise(found: Found) -> bool {
    match found {
        Found::NotMoved => true,
        Found::Moved => false,
    }
}

impl Bank {
    /// Says what the core's books show about an open item, and `how` that is known: the number of a
    /// slip, who at the core was asked. The core is asked once more first, and only it can say that
    /// nothing moved: [`BankError::Core`] until it does.
    pub async fn ask_settlement(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        (found, how): (Found, &str),
    ) -> Result<Asked, BankError> {
        let item = self.open_item(case_id).await?.ok_or(BankError::NotAvailable)?;
        if self.end_item(ctx, &item).await?.is_some() {
            return Ok(Asked::Ended);
        }
        if needs_promise(found) {
            return Err(CoreError::Unknown.into());
        }
        for found in Found::ALL {
            let waits = format!("{SETTLE}|{}", subject(case_id, found));
            if self.book.find_by::<Approval>("waiting_for", &waits).await?.is_some() {
                return Err(DeskError::Decided.into());
            }
        }
        let approval = Approval::ask(ctx, by, SETTLE, subject(case_id, found), how);
        let mut case = load::<Case>(&self.book, case_id).await?;
        case.edit().note(ctx.now, by, format!("=item_{}|{how}", found.name()));
        let mut unit = Unit::new();
        unit.insert(&approval).update(&case).audit(
            AuditEntry::new(ctx.now, by, "item.settlement_asked", case_id)
                .with("found", found.name())
                .with("how", how),
        );
        match self.book.commit(unit).await {
            Ok(()) => Ok(Asked::Waits(approval.approval_id)),
            Err(RecordError::Duplicate { .. }) => Err(DeskError::Decided.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// The second person saw the same in the core's books, or anybody declines.
    ///
    /// What they agreed on is written down first and carried out then, so that no crash in between
    /// lets the core's later word undo what is in the ledger. If the core answers before that, its
    /// word counts and theirs is withdrawn.
    pub(crate) async fn decide_settlement(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
        agrees: bool,
    ) -> Result<(), BankError> {
        let (case_id, found) = settlement(&approval).ok_or(BankError::NotAvailable)?;
        let act = if agrees { "item.settled" } else { "item.settlement_declined" };
        let mut entry = AuditEntry::new(ctx.now, by, act, case_id)
            .with("asked_by", approval.asked_by)
            .with("found", found.name());
        let mut unit = Unit::new();
        let mut settled = None;
        if agrees {
            approval.edit().approve(by, ctx.now)?;
            let item = self.open_item(case_id).await?.ok_or(DeskError::Decided)?;
            if item.found.is_some() || self.end_item(ctx, &item).await?.is_some() {
                return Err(DeskError::Decided.into());
            }
            if needs_promise(found) {
                return Err(CoreError::Unknown.into());
            }
            self.keep_found(&mut unit, &item, found).await?;
            entry = entry.with("amount", item.amount.amount()).with("how", &approval.reason);
            let mut case = load::<Case>(&self.book, case_id).await?;
            case.edit().note(ctx.now, by, "=item_agreed|");
            unit.update(&case);
            settled = Some(item);
        } else {
            approval.edit().decline(by, ctx.now)?;
        }
        unit.update(&approval).audit(entry);
        match self.book.commit(unit).await {
            Ok(()) => {}
            // The core answered, or somebody decided, at the same moment.
            Err(RecordError::Conflict { .. }) => return Err(DeskError::Decided.into()),
            Err(error) => return Err(error.into()),
        }
        if let Some(item) = settled
            && let Err(error) = self.end_item(ctx, &item).await
        {
            tracing::warn!(%error, case = %case_id, "a settled item waits for the worker");
        }
        Ok(())
    }

    /// Adds to `unit` what was found.
    async fn keep_found(
        &self,
        unit: &mut Unit,
        item: &OpenItem,
        found: Found,
    ) -> Result<(), BankError> {
        let state = DebitState::OpenItem { case_id: item.case_id, found: Some(found) };
        match item.kind {
            ItemKind::Debit => {
                let mut debit = load::<Debit>(&self.book, &item.key).await?;
                if !matches!(debit.state, DebitState::OpenItem { found: None, .. }) {
                    return Err(DeskError::Decided.into());
                }
                debit.edit().state = state;
                unit.update(&debit);
            }
            ItemKind::Payout | ItemKind::Refund => {
                let mut credit = load::<Credit>(&self.book, &item.key).await?;
                if !matches!(credit.state, DebitState::OpenItem { found: None, .. }) {
                    return Err(DeskError::Decided.into());
                }
                credit.edit().state = state;
                unit.update(&credit);
            }
        }
        Ok(())
    }
}
