//! Removing a partner: stopped first, for a month, and only when nobody uses it any more.
//!
//! A client that is taken off a directory by mistake must not end every consent at once (Open
//! Finance Brasil learned it): so a partner is stopped by its kill switch, which one person can do
//! and two can undo, and removed only when no link is alive. What is removed is the partner's row;
//! mandates, debits, versions and the audit log stay.

use kanuki_desk::{
    approval::Approval,
    registry::{self, InUse, RegistryError, Step},
    signal::Stream,
};
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId},
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use super::Partner;
use crate::{
    Bank, BankError,
    credit::Credit,
    debit::{Debit, DebitState},
    desk::Scope,
    event::Event,
    holder::load,
    mandate::Mandate,
};

/// The act of removing a partner.
pub const REMOVE: &str = "partner.remove";
/// How long a partner must have been stopped, without a pause, before it can be removed.
pub const REMOVAL_WAIT_SECS: i64 = 30 * DAY_SECS;

impl Bank {
    /// Asks that a stopped partner be removed; a second person must agree, a month later.
    pub async fn ask_remove_partner(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        client_id: &str,
        reason: &str,
    ) -> Result<ApprovalId, BankError> {
        let partner = load::<Partner>(&self.book, client_id).await?;
        let stopped = self.closing_of(ctx, client_id).await?;
        let stopped = stopped.ok_or(RegistryError::InUse(InUse::NotStopped))?;
        let approval = Approval::ask(ctx, by, REMOVE, &partner.client_id, reason);
        let approval = Approval {
            not_before: later(ctx.now, REMOVAL_WAIT_SECS),
            ..approval.ending(Some(stopped))
        };
        let mut unit = Unit::new();
        unit.insert(&approval).audit(
            AuditEntry::new(ctx.now, by, "partner.removal_asked", client_id).with("reason", reason),
        );
        match self.book.commit(unit).await {
            Ok(()) => Ok(approval.approval_id),
            Err(RecordError::Duplicate { .. }) => Err(BankError::NotAvailable),
            Err(error) => Err(error.into()),
        }
    }

    async fn closing_of(&self, ctx: &Ctx<'_>, client_id: &str) -> Result<Option<u32>, BankError> {
        let gate = Scope::Partner(client_id.to_owned()).gate();
        Ok(gate.generation(&*self.ledger, ctx.now).await?)
    }

    /// The second person agreed: the row goes, if it was stopped all the time and nobody uses it.
    pub(crate) async fn remove_partner(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
    ) -> Result<(), BankError> {
        let client_id = approval.subject.clone();
        approval.edit().approve(by, ctx.now)?;
        if self.closing_of(ctx, &client_id).await? != approval.generation {
            return Err(RegistryError::InUse(InUse::Restarted).into());
        }
        self.require_unused(&client_id, ctx).await?;
        let mut unit = Unit::new();
        unit.update(&approval).delete(&load::<Partner>(&self.book, &client_id).await?);
        if let Some(keys) = self.fetched_keys(&client_id).await? {
            unit.delete(&keys);
        }
        // Whoever comes again under this name arranges anew how it hears of anything.
        if let Some(stream) = self.book.find::<Stream>(&client_id).await? {
            unit.delete(&stream);
        }
        if let Some(mut version) = registry::live::<Partner>(&self.book, &client_id).await? {
            version.edit().step = Step::Removed;
            version.edit().ended = Some((by.to_string(), ctx.now));
            unit.update(&version);
        }
        // Nobody is there to be told any more; what was to be told stays in the record.
        let is_due = |event: &Event| event.client_id == client_id && event.due_at.is_some();
        let untold = registry::every::<Event>(&self.book, is_due).await?;
        for mut event in untold.iter().cloned() {
            event.edit().give_up(ctx.now);
            unit.update(&event);
        }
        unit.audit(
            AuditEntry::new(ctx.now, by, "partner.removed", &client_id)
                .with("asked_by", approval.asked_by)
                .with("untold_events", untold.len()),
        );
        Ok(self.book.commit(unit).await?)
    }

    async fn require_unused(&self, client_id: &str, ctx: &Ctx<'_>) -> Result<(), BankError> {
        // What has run out debits nothing any more, whatever it was then.
        let is_alive = |mandate: &Mandate| {
            let runs = mandate.state.aged(ctx.now).is_alive() && ctx.now <= mandate.terms.valid_to;
            mandate.client_id == client_id && runs
        };
        if !registry::every::<Mandate>(&self.book, is_alive).await?.is_empty() {
            return Err(RegistryError::InUse(InUse::Links).into());
        }
        let is_open =
            |state: &DebitState| matches!(state, DebitState::Open | DebitState::OpenItem { .. });
        let debit = |debit: &Debit| debit.client_id == client_id && is_open(&debit.state);
        let credit = |credit: &Credit| credit.client_id == client_id && is_open(&credit.state);
        if registry::every::<Debit>(&self.book, debit).await?.is_empty()
            && registry::every::<Credit>(&self.book, credit).await?.is_empty()
        {
            Ok(())
        } else {
            Err(RegistryError::InUse(InUse::Movements).into())
        }
    }
}
