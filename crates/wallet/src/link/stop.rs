//! Ending a link for good, stopping it for the time being, letting it go on.

use kanuki_domain::{
    Ctx,
    id::{CustomerId, LinkId},
    mandate::StoppedBy,
};
use kanuki_record::{AuditEntry, Stored, Unit};

use super::{Link, LinkState, ending::Ending};
use crate::{Wallet, WalletError, error::insist, event::Told};

impl Wallet {
    /// The customer ends a link: here at once, at the bank as soon as it answers.
    pub async fn unlink(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        link_id: LinkId,
    ) -> Result<(), WalletError> {
        let ended = insist!(self.end_link(ctx, id, link_id).await)?;
        let Some(link) = ended else { return Ok(()) };
        // What the bank does not hear now, a worker asks again, or an event tells it.
        if self.book.find::<Ending>(link_id).await?.is_some() {
            return self.drive_ending(ctx, link_id).await.map(drop);
        }
        self.ask_end(ctx, &link).await.map(drop)
    }

    /// Ends it here; none if it had ended.
    async fn end_link(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        link_id: LinkId,
    ) -> Result<Option<Link>, WalletError> {
        let mut link = self.link_of(id, link_id).await?;
        if !link.is_alive() {
            return Ok(None);
        }
        link.gate().close(&*self.ledger, ctx.now).await?;
        link.edit().state = LinkState::Ended { at: ctx.now };
        let known = self.known(id).await?;
        let content = self.about_link("unlinked", &link).await;
        let mut unit = Unit::new();
        unit.update(&link).audit(AuditEntry::new(ctx.now, id, "link.ended", link_id));
        self.queue_status(ctx, &mut unit, &link, Told::Revoked).await?;
        self.queue_ending(ctx, &mut unit, &link).await?;
        self.tell(&mut unit, ctx, &known, content)?;
        self.book.commit(unit).await?;
        Ok(Some(link.into_inner()))
    }

    /// Stops a link: its gate in the ledger first, then, in `unit`, its record.
    pub(crate) async fn suspend_link(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        link: &mut Stored<Link>,
        by: StoppedBy,
    ) -> Result<(), WalletError> {
        link.gate().close(&*self.ledger, ctx.now).await?;
        if link.is_active() {
            link.edit().state = LinkState::Suspended { by, at: ctx.now };
            link.edit().bank_released_at = None;
            unit.update(link).audit(
                AuditEntry::new(ctx.now, "system", "link.suspended", link.link_id)
                    .with("mandate", link.mandate_id),
            );
        } else if link.bank_released_at.is_some() && by != StoppedBy::Wallet {
            link.edit().bank_released_at = None;
            unit.update(link);
        }
        Ok(())
    }

    /// Lets a link go on that this side, or the bank, had stopped.
    pub(crate) async fn release_link(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        link: &mut Stored<Link>,
    ) -> Result<(), WalletError> {
        if let LinkState::Suspended { .. } = link.state {
            link.gate().open(&*self.ledger, ctx.now).await?;
            link.edit().state = LinkState::Active;
            link.edit().bank_released_at = None;
            unit.update(link).audit(
                AuditEntry::new(ctx.now, "system", "link.released", link.link_id)
                    .with("mandate", link.mandate_id),
            );
        }
        Ok(())
    }
}
