//! A raise that was asked for waits for what happens after it was asked for, too: a contact that
//! changes, and a passkey that its holder did not register. A stop calls it off: whoever stopped a
//! link because of it must not find it in force when the link is released.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::HolderId,
    limits::RECOVERY_WAIT_SECS,
    mandate::{Terms, later},
};
use kanuki_record::{AuditEntry, Stored, Unit};

use crate::{
    Bank, BankError,
    mandate::{Mandate, PendingRaise},
};

impl Bank {
    /// Adds to `unit`, which changes a contact, that no raise of the holder comes into force before
    /// the new contact has settled: whoever has the notices now must not have asked before (FT-12).
    pub(crate) async fn hold_raises(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        holder_id: HolderId,
    ) -> Result<(), BankError> {
        if !self.rules.waits_for_contacts() {
            return Ok(());
        }
        let settled = later(ctx.now, RECOVERY_WAIT_SECS);
        for mut mandate in self.raises_of(ctx, holder_id).await? {
            hold(ctx, unit, &mut mandate, (settled, false));
        }
        Ok(())
    }

    /// Until when a due change of caps waits nevertheless, because a contact changed since it was
    /// asked for: at a branch or by telephone, which only the core reports. Or because the account is on a
    /// list of what leaked.
    pub(super) async fn held_until(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
        change: &PendingRaise,
    ) -> Result<Option<Timestamp>, BankError> {
        if change.is_lowering(&mandate.terms) {
            return Ok(None);
        }
        let leaked = self.leak_until(ctx, mandate.account_id).await?;
        if leaked.is_some() || !self.rules.waits_for_contacts() {
            return Ok(leaked);
        }
        let until = self.known(mandate.holder_id).await?.settles_at();
        Ok((ctx.now < until).then_some(until))
    }

    /// Puts off a raise; the page and the worker go by the new time.
    pub(super) async fn put_off(
        &self,
        ctx: &Ctx<'_>,
        mut mandate: Stored<Mandate>,
        until: Timestamp,
    ) -> Result<Stored<Mandate>, BankError> {
        let id = mandate.mandate_id;
        let mut unit = Unit::new();
        hold(ctx, &mut unit, &mut mandate, (until, true));
        self.book.commit(unit).await?;
        crate::holder::load::<Mandate>(&self.book, id).await
    }

    /// Of a change that must wait, what only narrows does not: it comes first, and the rest follows.
    pub(super) async fn narrow_first(
        &self,
        ctx: &Ctx<'_>,
        mut mandate: Stored<Mandate>,
        change: PendingRaise,
    ) -> Result<Stored<Mandate>, BankError> {
        let id = mandate.mandate_id;
        let terms = mandate.narrower_part(&change);
        let then = Some(Box::new(change));
        mandate.edit().raise = Some(PendingRaise { terms, effective_at: ctx.now, then });
        let mut unit = Unit::new();
        unit.update(&mandate);
        self.book.commit(unit).await?;
        crate::holder::load::<Mandate>(&self.book, id).await
    }

    /// Calls off every raise of the holder that is not in force.
    pub(crate) async fn drop_raises(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        for mut mandate in self.book.list::<Mandate>("holder_id", &holder_id.to_string()).await? {
            if call_off(ctx, &mut unit, &mut mandate) {
                unit.update(&mandate);
            }
        }
        Ok(self.book.commit(unit).await?)
    }

    /// The holder's mandates on which a raise waits, perhaps behind another change. Not one whose
    /// time has come: its caps may be moving in the ledger at this moment. Nor a lowering.
    async fn raises_of(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
    ) -> Result<Vec<Stored<Mandate>>, BankError> {
        let all = self.book.list::<Mandate>("holder_id", &holder_id.to_string()).await?;
        let waits = |mandate: &Stored<Mandate>| {
            changes(mandate)
                .any(|change| ctx.now < change.effective_at && !change.is_lowering(&mandate.terms))
        };
        Ok(all.into_iter().filter(waits).collect())
    }
}

impl Mandate {
    /// The terms of a change within the validity that holds now.
    fn narrower_part(&self, change: &PendingRaise) -> Terms {
        Terms {
            valid_from: change.terms.valid_from.max(self.terms.valid_from),
            valid_to: change.terms.valid_to.min(self.terms.valid_to),
            ..change.terms.clone()
        }
    }

    /// Whether a change lets less pass than what holds now, and is wider only in how long.
    pub(super) fn has_narrower_part(&self, change: &PendingRaise) -> bool {
        let terms = self.narrower_part(change);
        terms.is_within(&self.terms) && terms != self.terms
    }
}

/// What is to come into force, in its order.
fn changes(mandate: &Mandate) -> impl Iterator<Item = &PendingRaise> {
    std::iter::successors(mandate.raise.as_ref(), |change| change.then.as_deref())
}

/// Calls off in `mandate`, which the caller writes, whatever would widen it, with an entry in the
/// audit log of `unit`; says whether there was something. What only narrows stays.
///
/// Where a wider change is due, its caps may be moving in the ledger at this moment and those in
/// force may be closed: then the same terms are to come into force anew.
pub(super) fn call_off(ctx: &Ctx<'_>, unit: &mut Unit, mandate: &mut Stored<Mandate>) -> bool {
    let mut kept: Vec<PendingRaise> = Vec::new();
    for change in changes(mandate) {
        if change.is_lowering(&mandate.terms) {
            kept.push(PendingRaise { then: None, ..change.clone() });
            continue;
        }
        if kept.is_empty() && change.effective_at <= ctx.now {
            let terms = mandate.terms.clone();
            kept.push(PendingRaise { terms, effective_at: ctx.now, then: None });
        }
        break;
    }
    let chain = kept.into_iter().rev().fold(None, |then: Option<PendingRaise>, change| {
        Some(PendingRaise { then: then.map(Box::new), ..change })
    });
    if chain == mandate.raise {
        return false;
    }
    mandate.edit().raise = chain;
    let act = "mandate.raise_called_off";
    unit.audit(AuditEntry::new(ctx.now, "system", act, mandate.mandate_id));
    true
}

/// Puts off what waits until `until`; and what is due, but never a lowering, where `is_due_too`.
fn hold(
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    mandate: &mut Stored<Mandate>,
    (until, is_due_too): (Timestamp, bool),
) {
    let (before, terms) = (mandate.raise.clone(), mandate.terms.clone());
    let mut raise = before.clone();
    let mut next = raise.as_mut();
    while let Some(change) = next {
        let may = is_due_too || ctx.now < change.effective_at;
        if may && !change.is_lowering(&terms) {
            change.effective_at = change.effective_at.max(until);
        }
        next = change.then.as_deref_mut();
    }
    if raise == before {
        return;
    }
    mandate.edit().raise = raise;
    let entry = AuditEntry::new(ctx.now, "system", "mandate.raise_put_off", mandate.mandate_id);
    unit.update(mandate).audit(entry.with("effective_at", until));
}
