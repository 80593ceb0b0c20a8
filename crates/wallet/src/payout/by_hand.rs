//! Money that no bank can be asked to take: its owner leaves, and the only account of theirs is at a bank of
//! plain OAuth, which takes no payouts.
//!
//! The owner signs for it like for any payout, with its waits, caps and holds. Then it stays reserved while
//! our own people transfer it to the account of that link, and two of them say that it is there, or that it
//! cannot be; only that moves it in the books.

use kanuki_desk::{
    approval::Approval,
    case::{Case, CaseKind},
};
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, CaseId, PayoutId, StaffId},
};
use kanuki_ledger::Transfer;
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use super::{Payout, PayoutState};
use crate::{
    Customer, Refusal, Wallet, WalletError,
    close::Closure,
    customer::Overview,
    link::Link,
    movement::{Settled, pend_id, post_id, void_id},
};

/// The act of saying that people paid it.
pub const PAID: &str = "payout.paid_by_hand";
/// The act of saying that they cannot.
pub const NOT_PAID: &str = "payout.not_paid_by_hand";

/// The accounts that money can go to: those that take payouts. Where there is none and its owner leaves,
/// whichever there is, by the hand of our people.
fn payable<'a>(customer: &Customer, links: &'a [Stored<Link>]) -> Vec<&'a Stored<Link>> {
    let usable = || links.iter().filter(|link| link.is_usable());
    let taking: Vec<_> = usable().filter(|link| link.takes_payouts).collect();
    if taking.is_empty() && matches!(customer.closure, Closure::Closing(_)) {
        return usable().collect();
    }
    taking
}

impl Overview {
    /// The accounts that money can go to now.
    #[must_use]
    pub fn payable(&self) -> Vec<&Stored<Link>> {
        payable(&self.customer, &self.links)
    }

    /// Whether money could leave this wallet, if its owner leaves.
    #[must_use]
    pub fn can_be_emptied(&self) -> bool {
        self.links.iter().any(|link| link.is_usable())
    }

    /// Whether it would be our people who pay it.
    #[must_use]
    pub fn is_by_hand(&self) -> bool {
        self.can_be_emptied()
            && !self.links.iter().any(|link| link.is_usable() && link.takes_payouts)
    }
}

impl Wallet {
    /// Whether money of `customer` can go to the account of `link` now.
    pub(super) async fn is_payable(
        &self,
        customer: &Customer,
        link: &Link,
    ) -> Result<bool, WalletError> {
        let links = self.live_links(customer.customer_id).await?;
        Ok(payable(customer, &links).iter().any(|one| one.link_id == link.link_id))
    }

    /// Gives a payout, which is reserved, to our people.
    pub(super) async fn hand_over(
        &self,
        ctx: &Ctx<'_>,
        payout: Stored<Payout>,
    ) -> Result<Payout, WalletError> {
        let person = Some(payout.customer_id.to_string());
        let mut case = Case::open(ctx, CaseKind::OpenItem, payout.payout_id, person);
        case.note(ctx.now, "system", format!("=pay_by_hand|{}", payout.bank));
        let state = PayoutState::ByHand { case_id: case.case_id };
        let mut unit = Unit::new();
        unit.insert(&case);
        self.end_payout(ctx, unit, payout, state).await
    }

    /// The payout that a case asks our people to make, while nobody said what came of it.
    pub async fn by_hand_of(&self, case: &Case) -> Result<Option<Payout>, WalletError> {
        let Ok(id) = case.about.parse::<PayoutId>() else { return Ok(None) };
        let found = self.book.find::<Payout>(id).await?.map(Stored::into_inner);
        Ok(found.filter(|payout| matches!(payout.state, PayoutState::ByHand { .. })))
    }

    /// One payout, for staff who have it before them.
    pub async fn payout_by_id(&self, id: PayoutId) -> Result<Option<Payout>, WalletError> {
        Ok(self.book.find::<Payout>(id).await?.map(Stored::into_inner))
    }

    /// One person says what came of it, and a second one has to say the same. Money that left while something
    /// stopped it has left: that is written down like any, and the audit log has that it was stopped.
    pub async fn ask_by_hand(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (case_id, is_paid): (CaseId, bool),
        reason: &str,
    ) -> Result<ApprovalId, WalletError> {
        let mut case = self.load::<Case>(case_id).await?;
        let payout = self.by_hand_of(&case).await?.ok_or(WalletError::NotAvailable)?;
        let (act, step) = if is_paid {
            (PAID, "=paid_by_hand_asked|")
        } else {
            (NOT_PAID, "=not_paid_by_hand_asked|")
        };
        let is_stopped = self.is_payout_stopped(ctx, &payout).await?;
        let approval = Approval::ask(ctx, by, act, payout.payout_id, reason);
        case.edit().note(ctx.now, by, format!("{step}{reason}"));
        let mut unit = Unit::new();
        unit.insert(&approval).update(&case).audit(
            AuditEntry::new(ctx.now, by, "payout.by_hand_asked", payout.payout_id)
                .with("paid", is_paid)
                .with("stopped", is_stopped)
                .with("reason", reason),
        );
        match self.book.commit(unit).await {
            Ok(()) => Ok(approval.approval_id),
            Err(RecordError::Duplicate { .. }) => Err(WalletError::NotAvailable),
            Err(error) => Err(error.into()),
        }
    }

    /// A second person agreed, in `unit`. The ledger first, under names of the payout: agreed to again after
    /// a crash, it is the same transfer.
    pub(crate) async fn settle_by_hand(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        (by, approval): (StaffId, &Approval),
    ) -> Result<(), WalletError> {
        let id: PayoutId = approval.subject.parse().map_err(|_| WalletError::NotAvailable)?;
        let payout = self.load::<Payout>(id).await?;
        let PayoutState::ByHand { case_id } = payout.state else {
            return Err(WalletError::NotAvailable);
        };
        let (name, is_paid) = (id.to_string(), approval.act == PAID);
        let is_stopped = self.is_payout_stopped(ctx, &payout).await?;
        let transfer = if is_paid {
            Transfer::post(post_id(&name), pend_id(&name))
        } else {
            Transfer::void(void_id(&name), pend_id(&name))
        };
        if self.settle(ctx, transfer, Vec::new()).await? == Settled::Otherwise {
            // Somebody else agreed to the other thing at this moment.
            return Err(WalletError::NotAvailable);
        }
        let (state, step) = if is_paid {
            (PayoutState::Posted { at: ctx.now }, "=paid_by_hand|")
        } else {
            self.give_back(ctx, &payout.limits, &name).await?;
            let reason = Refusal::NotActive;
            (PayoutState::Refused { reason, at: ctx.now }, "=not_paid_by_hand|")
        };
        let mut case = self.load::<Case>(case_id).await?;
        case.edit().close(ctx.now, by, step);
        unit.update(&case).audit(
            AuditEntry::new(ctx.now, by, "payout.by_hand_ended", id)
                .with("paid", is_paid)
                .with("stopped", is_stopped),
        );
        self.end_payout(ctx, unit, payout, state).await?;
        Ok(())
    }
}
