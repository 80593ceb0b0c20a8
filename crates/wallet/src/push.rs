//! Notices on the screen of a customer's own device, beside mail and text message.
//!
//! Who turns it on, or off, is told everywhere else: a thief with an open session learns what is going on, or
//! keeps one screen dark, and does neither unseen. What stops a thief ends their screen too, in the same unit:
//! whatever freezes the wallet, but for the device that its owner pressed on, a recovery, the wallet's end.

use kanuki_desk::{
    outbox::Content,
    push::{self, DEVICES_MAX, Device, Screen},
};
use kanuki_domain::{
    Ctx,
    id::{CustomerId, PushDeviceId},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::push::Services;

use crate::{Wallet, WalletError, customer::Known, error::insist};

/// That notices can be pushed, as the company's file says.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The company's name as browsers are told it: a public key in base64url.
    pub application_key: String,
    /// The push services that messages are handed to.
    pub services: Services,
}

impl Wallet {
    /// The devices that a customer's notices are pushed to, oldest first.
    pub async fn push_devices(&self, id: CustomerId) -> Result<Vec<Stored<Device>>, WalletError> {
        let mut all = push::devices(&self.book, &id.to_string()).await?;
        all.sort_by_key(|device| device.device_id);
        Ok(all)
    }

    /// From now on notices of `id` show on this screen too. Everybody is told, and the screen first of all:
    /// so its owner sees that it works.
    ///
    /// A browser has one customer: whoever's notices it showed before does not show there any more.
    pub async fn turn_push_on(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        screen: Screen<'_>,
    ) -> Result<PushDeviceId, WalletError> {
        let offer = self.config.push.as_ref().ok_or(WalletError::NotAvailable)?;
        if !offer.services.have(screen.hears_at.endpoint()) {
            return Err(WalletError::Profile("push"));
        }
        insist!(self.turn_push_on_once(ctx, id, screen).await)
    }

    async fn turn_push_on_once(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        screen: Screen<'_>,
    ) -> Result<PushDeviceId, WalletError> {
        let mut known = self.known(id).await?;
        if known.customer.closure.closed_at().is_some() {
            return Err(WalletError::NotAvailable);
        }
        let mut unit = Unit::new();
        let mut theirs = self.push_devices(id).await?;
        // The same browser again: what it said before is over.
        if let Some(before) = push::find(&self.book, &self.vault, screen.hears_at).await? {
            theirs.retain(|device| device.device_id != before.device_id);
            push::end(&mut unit, ctx.now, &before, &id.to_string());
        }
        let (same, others): (Vec<_>, Vec<_>) =
            theirs.into_iter().partition(|device| device.device_hash == screen.device_hash);
        for before in &same {
            push::end(&mut unit, ctx.now, before, &id.to_string());
        }
        if others.len() >= DEVICES_MAX {
            return Err(WalletError::TooMany);
        }
        let device = Device::new(&self.vault, ctx, &known.key, screen)?;
        known.screens = others.iter().map(|other| other.contact()).collect();
        known.screens.push(device.contact());
        unit.insert(&device).audit(AuditEntry::new(ctx.now, id, "push.on", device.device_id));
        self.tell(&mut unit, ctx, &known, Content::new("push_on"))?;
        match self.book.commit(unit).await {
            Ok(()) => Ok(device.device_id),
            // The same press, twice at once.
            Err(RecordError::Duplicate { .. }) => Err(WalletError::NotAvailable),
            Err(error) => Err(error.into()),
        }
    }

    /// Nothing shows on that device any more. Everybody is told.
    pub async fn turn_push_off(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        device_id: PushDeviceId,
    ) -> Result<(), WalletError> {
        let mut known = self.known(id).await?;
        let theirs = self.push_devices(id).await?;
        let device = theirs.iter().find(|device| device.device_id == device_id);
        let device = device.ok_or(WalletError::NotAvailable)?;
        let mut unit = Unit::new();
        push::end(&mut unit, ctx.now, device, &id.to_string());
        known.screens.retain(|screen| *screen != device.contact());
        self.tell(&mut unit, ctx, &known, Content::new("push_off"))?;
        Ok(self.book.commit(unit).await?)
    }

    /// Whoever fears a thief keeps the screen in front of them and no other. The notice of what they did says
    /// the rest.
    pub async fn end_other_screens(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        device_hash: &str,
    ) -> Result<(), WalletError> {
        insist!(self.end_other_screens_once(ctx, id, device_hash).await)
    }

    async fn end_other_screens_once(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        device_hash: &str,
    ) -> Result<(), WalletError> {
        let mut others = self.push_devices(id).await?;
        others.retain(|device| device.device_hash != device_hash);
        if others.is_empty() {
            return Ok(());
        }
        let mut unit = Unit::new();
        for device in others {
            push::end(&mut unit, ctx.now, &device, &id.to_string());
        }
        Ok(self.book.commit(unit).await?)
    }

    /// Adds to `unit` that `by` ends every screen of a customer but the one in front of them, and takes those
    /// out of what is written to.
    pub(crate) async fn end_screens_but(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        known: &mut Known,
        (in_front, by): (Option<&str>, &str),
    ) -> Result<(), WalletError> {
        for device in self.push_devices(known.customer.customer_id).await? {
            if in_front != Some(device.device_hash.as_str()) {
                push::end(unit, ctx.now, &device, by);
                known.screens.retain(|screen| *screen != device.contact());
            }
        }
        Ok(())
    }

    /// Adds to `unit` that nothing of `id` is pushed any more.
    pub(crate) async fn end_screens(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        id: CustomerId,
    ) -> Result<(), WalletError> {
        for device in self.push_devices(id).await? {
            push::end(unit, ctx.now, &device, &id.to_string());
        }
        Ok(())
    }
}
