//! A raise that was asked for waits for what happens after it was asked for, too: a contact that
//! changes, and a passkey that its holder did not register.

use jiff::Timestamp;
use kanuki_domain::{Ctx, id::HolderId, limits::RECOVERY_WAIT_SECS, mandate::later};
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
            hold(ctx, unit, &mut mandate, settled);
        }
        Ok(())
    }

    /// Until when a due change of caps waits nevertheless, because a contact changed since it was
    /// asked for: at a branch or by telephone, which only the core reports.
    pub(super) async fn held_until(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
        change: &PendingRaise,
    ) -> Result<Option<Timestamp>, BankError> {
        if !self.rules.waits_for_contacts() || change.is_lowering(&mandate.terms) {
            return Ok(None);
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
        hold(ctx, &mut unit, &mut mandate, until);
        self.book.commit(unit).await?;
        crate::holder::load::<Mandate>(&self.book, id).await
    }

    /// Calls off every raise of the holder that waits.
    pub(crate) async fn drop_raises(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        for mut mandate in self.raises_of(ctx, holder_id).await? {
            mandate.edit().raise = None;
            let (act, id) = ("mandate.raise_called_off", mandate.mandate_id);
            unit.update(&mandate).audit(AuditEntry::new(ctx.now, "stop_code", act, id));
        }
        Ok(self.book.commit(unit).await?)
    }

    /// The holder's mandates on which a raise waits. Not one whose time has come: its caps may be
    /// moving in the ledger at this moment, which must be finished. Nor a lowering.
    async fn raises_of(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
    ) -> Result<Vec<Stored<Mandate>>, BankError> {
        let all = self.book.list::<Mandate>("holder_id", &holder_id.to_string()).await?;
        let waits = |mandate: &Stored<Mandate>| {
            let raise = mandate.raise.as_ref().filter(|raise| ctx.now < raise.effective_at);
            raise.is_some_and(|raise| !raise.is_lowering(&mandate.terms))
        };
        Ok(all.into_iter().filter(waits).collect())
    }
}

fn hold(ctx: &Ctx<'_>, unit: &mut Unit, mandate: &mut Stored<Mandate>, until: Timestamp) {
    let Some(mut raise) = mandate.raise.clone().filter(|raise| raise.effective_at < until) else {
        return;
    };
    raise.effective_at = until;
    mandate.edit().raise = Some(raise);
    let entry = AuditEntry::new(ctx.now, "system", "mandate.raise_put_off", mandate.mandate_id);
    unit.update(mandate).audit(entry.with("effective_at", until));
}
