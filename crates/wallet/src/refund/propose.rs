//! One member of staff proposes a refund for a case; another agrees, and it begins.

use kanuki_desk::{approval::Approval, case::Case};
use kanuki_domain::{
    Ctx, Yen,
    id::{ApprovalId, CaseId, CustomerId, RefundId, StaffId, TopupId},
};
use kanuki_record::{AuditEntry, Stored, Unit};

use super::{Refund, RefundState};
use crate::{
    Wallet, WalletError,
    topup::{Topup, TopupState},
};

/// The act that two members of staff agree on.
pub const REFUND: &str = "topup.refund";

impl Wallet {
    /// Proposes to give back `amount` of a top-up of the customer whom an open case is about. Money
    /// that leaves a wallet without its owner's signature takes two people, however little it is.
    pub async fn propose_refund(
        &self,
        ctx: &Ctx<'_>,
        (staff, reason): (StaffId, &str),
        case_id: CaseId,
        (topup_id, amount): (TopupId, Yen),
    ) -> Result<ApprovalId, WalletError> {
        let mut case = self.load::<Case>(case_id).await?;
        let topup = self.load::<Topup>(topup_id).await?;
        let is_theirs = case.person_id.as_deref() == Some(topup.customer_id.to_string().as_str());
        if !is_theirs || case.closed_at.is_some() {
            return Err(WalletError::NotAvailable);
        }
        if amount.is_zero() || amount > left_of(&topup) {
            return Err(WalletError::Amount);
        }
        let refund = Refund {
            refund_id: RefundId::generate(ctx),
            topup_id,
            customer_id: topup.customer_id,
            wallet_id: topup.wallet_id,
            bank: topup.bank,
            amount,
            case_id,
            proposed_by: staff,
            proposed_at: ctx.now,
            state: RefundState::Proposed,
            asking_since: None,
            asked: 0,
            next_at: ctx.now,
            claim: None,
        };
        let approval = Approval::ask(ctx, staff, REFUND, refund.refund_id, reason);
        case.edit().note(ctx.now, staff, format!("=proposed_refund|{}", refund.refund_id));
        let mut unit = Unit::new();
        unit.insert(&refund).insert(&approval).update(&case).audit(
            AuditEntry::new(ctx.now, staff, "refund.proposed", refund.refund_id)
                .with("topup", topup_id)
                .with("amount", amount.amount())
                .with("case", case_id)
                .with("approval", approval.approval_id),
        );
        self.book.commit(unit).await?;
        Ok(approval.approval_id)
    }

    /// What of a customer's top-ups could still go back, newest first.
    pub async fn refundable(&self, id: CustomerId) -> Result<Vec<(Topup, Yen)>, WalletError> {
        let all = self.book.list::<Topup>("customer_id", &id.to_string()).await?;
        let left = all.into_iter().map(Stored::into_inner).map(|topup| {
            let left = left_of(&topup);
            (topup, left)
        });
        Ok(left.filter(|(_, left)| !left.is_zero()).collect())
    }

    /// Every refund of a customer's top-ups, newest first.
    pub async fn refunds_of(&self, id: CustomerId) -> Result<Vec<Refund>, WalletError> {
        let all = self.book.list::<Refund>("customer_id", &id.to_string()).await?;
        Ok(all.into_iter().map(Stored::into_inner).collect())
    }

    /// The refund that an approval is about.
    pub async fn refund_for(&self, approval: &Approval) -> Result<Option<Refund>, WalletError> {
        let Some(id) = refund_id(approval) else { return Ok(None) };
        Ok(Some(self.load::<Refund>(id).await?.into_inner()))
    }

    /// The second person agreed, in `unit`: what of the top-up goes back is taken from what is left
    /// of it in the same unit, so that however many refunds meet, they are never more than it.
    pub(crate) async fn begin_refund(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        approval: &Approval,
    ) -> Result<(), WalletError> {
        let id = refund_id(approval).ok_or(WalletError::NotAvailable)?;
        let mut refund = self.load::<Refund>(id).await?;
        let mut topup = self.load::<Topup>(refund.topup_id).await?;
        if refund.state != RefundState::Proposed || refund.amount > left_of(&topup) {
            return Err(WalletError::NotAvailable);
        }
        let back = topup.refunded.plus(refund.amount).map_err(|_| WalletError::Amount)?;
        topup.edit().refunded = back;
        refund.edit().state = RefundState::Requested;
        refund.edit().next_at = ctx.now;
        unit.update(&topup).update(&refund);
        self.book.commit(unit).await?;
        // The worker goes on if this cannot.
        if let Err(error) = self.drive_refund(ctx, id).await {
            tracing::warn!(%error, refund.id = %id, "a refund waits");
        }
        Ok(())
    }

    /// Somebody declined it, in `unit`, if the approval is about a refund.
    pub(crate) async fn drop_refund(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        approval: &Approval,
    ) -> Result<(), WalletError> {
        let Some(id) = refund_id(approval) else { return Ok(()) };
        let mut refund = self.load::<Refund>(id).await?;
        refund.edit().state = RefundState::Declined { at: ctx.now };
        unit.update(&refund);
        Ok(())
    }
}

fn refund_id(approval: &Approval) -> Option<RefundId> {
    if approval.act == REFUND { approval.subject.parse().ok() } else { None }
}

/// How much of a top-up could go back: what came, less what went back or is on its way.
pub(crate) fn left_of(topup: &Topup) -> Yen {
    match topup.state {
        TopupState::Posted { .. } => topup.amount.minus_or_zero(topup.refunded),
        TopupState::Requested
        | TopupState::Asking
        | TopupState::NeedsApproval { .. }
        | TopupState::Approved { .. }
        | TopupState::Withdrawing { .. }
        | TopupState::Refused { .. }
        | TopupState::OpenItem { .. } => Yen::ZERO,
    }
}
