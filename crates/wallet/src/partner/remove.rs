//! Removing a bank: stopped first, for a month, and only when nobody uses it any more.
//!
//! What is removed is the bank's row; links, movements, versions and the audit log stay.

use kanuki_desk::{
    approval::Approval,
    gate::Gate,
    registry::{self, InUse, RegistryError, Step},
    signal::Stream,
};
use kanuki_domain::{
    Ctx,
    bank_account::BankCode,
    id::{ApprovalId, StaffId},
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use super::PartnerBank;
use crate::{
    Wallet, WalletError, event::OutEvent, link::Link, payout::Payout, refund::Refund, topup::Topup,
};

/// The act of removing a bank.
pub const REMOVE: &str = "bank.remove";
/// How long a bank must have been stopped, without a pause, before it can be removed.
pub const REMOVAL_WAIT_SECS: i64 = 30 * DAY_SECS;

impl Wallet {
    /// Asks that a stopped bank be removed; a second person must agree, a month later.
    pub async fn ask_remove_bank(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        code: BankCode,
        reason: &str,
    ) -> Result<ApprovalId, WalletError> {
        self.partner(code).await?;
        let stopped = self.closing_of(ctx, code).await?;
        let stopped = stopped.ok_or(RegistryError::InUse(InUse::NotStopped))?;
        let approval = Approval::ask(ctx, by, REMOVE, code, reason).ending(Some(stopped));
        let not_before = later(ctx.now, REMOVAL_WAIT_SECS);
        let approval = Approval { not_before, ..approval };
        let mut unit = Unit::new();
        unit.insert(&approval).audit(
            AuditEntry::new(ctx.now, by, "partner.removal_asked", code).with("reason", reason),
        );
        match self.book.commit(unit).await {
            Ok(()) => Ok(approval.approval_id),
            Err(RecordError::Duplicate { .. }) => Err(WalletError::NotAvailable),
            Err(error) => Err(error.into()),
        }
    }

    async fn closing_of(&self, ctx: &Ctx<'_>, code: BankCode) -> Result<Option<u32>, WalletError> {
        Ok(Gate::of("bank", code).generation(&*self.ledger, ctx.now).await?)
    }

    /// The second person agreed, in `unit`: the row goes, if the bank was stopped all the time and
    /// nobody uses it.
    pub(crate) async fn remove_bank(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        by: StaffId,
        approval: &Stored<Approval>,
    ) -> Result<(), WalletError> {
        let code = BankCode::parse(&approval.subject).map_err(|_| WalletError::NotAvailable)?;
        if self.closing_of(ctx, code).await? != approval.generation {
            return Err(RegistryError::InUse(InUse::Restarted).into());
        }
        self.require_unused(ctx, code).await?;
        unit.delete(&self.load::<PartnerBank>(code).await?);
        let subject = code.to_string();
        // Whoever comes again under this code arranges anew how it hears of anything.
        if let Some(stream) = self.book.find::<Stream>(code).await? {
            unit.delete(&stream);
        }
        if let Some(mut version) = registry::live::<PartnerBank>(&self.book, &subject).await? {
            version.edit().step = Step::Removed;
            version.edit().ended = Some((by.to_string(), ctx.now));
            unit.update(&version);
        }
        // Nobody is there to be told any more; what was to be told stays in the record.
        let is_due = |event: &OutEvent| event.bank == code && event.due_at.is_some();
        let untold = registry::every::<OutEvent>(&self.book, is_due).await?;
        for mut event in untold.iter().cloned() {
            event.edit().give_up(ctx.now);
            unit.update(&event);
        }
        unit.audit(
            AuditEntry::new(ctx.now, by, "partner.removed", code)
                .with("asked_by", approval.asked_by)
                .with("untold_events", untold.len()),
        );
        Ok(self.book.commit(unit).await?)
    }

    async fn require_unused(&self, ctx: &Ctx<'_>, code: BankCode) -> Result<(), WalletError> {
        // What has run out moves nothing any more, whatever it was then.
        let is_alive =
            |link: &Link| link.bank == code && link.is_alive() && ctx.now <= link.terms.valid_to;
        if !registry::every::<Link>(&self.book, is_alive).await?.is_empty() {
            return Err(RegistryError::InUse(InUse::Links).into());
        }
        let topup = |topup: &Topup| {
            topup.bank == code && matches!(topup.state_name(), "pending" | "open_item")
        };
        let payout = |payout: &Payout| {
            payout.bank == code && matches!(payout.state_name(), "pending" | "held" | "open_item")
        };
        let refund = |refund: &Refund| {
            refund.bank == code && matches!(refund.state_name(), "pending" | "open_item")
        };
        if registry::every::<Topup>(&self.book, topup).await?.is_empty()
            && registry::every::<Payout>(&self.book, payout).await?.is_empty()
            && registry::every::<Refund>(&self.book, refund).await?.is_empty()
        {
            Ok(())
        } else {
            Err(RegistryError::InUse(InUse::Movements).into())
        }
    }
}
