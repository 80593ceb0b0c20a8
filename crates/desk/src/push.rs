//! Devices on whose screens a few words of each notice appear, because their owner asked for that.
//!
//! A push is beside mail and text message and never in their place: it goes through strangers, and what shows
//! on a locked screen shows to whoever holds the telephone. So it has no stop code, no account and no name of
//! a person, and that it was taken counts as nobody's hearing of anything ([`crate::delivery`]).

use jiff::Timestamp;
use kanuki_domain::{Ctx, id::PushDeviceId};
use kanuki_record::{
    AuditEntry, Book, RecordError, Stored, Unit, record,
    vault::{PersonKey, Sealed, Vault},
};
use kanuki_wire::push::Subscription;
use serde::{Deserialize, Serialize};

use crate::outbox::{Channel, Contact};

/// Most devices of one person.
pub const DEVICES_MAX: usize = 6;
/// Where a browser's words of itself are sealed.
const PLACE: &str = "push_device|sealed";

/// One device that notices are pushed to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Device {
    /// Its name.
    pub device_id: PushDeviceId,
    /// Whose: a customer's id.
    pub person_id: String,
    endpoint_hash: String,
    sealed: Sealed,
    /// The keyed hash of the browser's name: which one it is that somebody sits in front of.
    pub device_hash: String,
    /// The language of what is pushed: the one that its owner read when they asked.
    pub lang: String,
    /// Since when.
    pub since: Timestamp,
}

record! { Device => "push_device" by |d| d.device_id.to_string();
    unique endpoint_hash = |d| Some(d.endpoint_hash.clone());
    many person_id = |d| Some(d.person_id.clone());
}

/// The browser that somebody sits in front of, and what it said.
#[derive(Clone, Copy, Debug)]
pub struct Screen<'a> {
    /// The keyed hash of its name.
    pub device_hash: &'a str,
    /// The language of its pages.
    pub lang: &'a str,
    /// Where it hears.
    pub hears_at: &'a Subscription,
}

impl Device {
    /// A device of the person with this key.
    pub fn new(
        vault: &Vault,
        ctx: &Ctx<'_>,
        person: &PersonKey,
        screen: Screen<'_>,
    ) -> Result<Self, RecordError> {
        Ok(Self {
            device_id: PushDeviceId::generate(ctx),
            person_id: person.person_id.clone(),
            endpoint_hash: blinded(vault, screen.hears_at),
            sealed: vault.seal(ctx, person, PLACE, screen.hears_at)?,
            device_hash: screen.device_hash.to_owned(),
            lang: screen.lang.to_owned(),
            since: ctx.now,
        })
    }

    /// Where it hears.
    pub fn hears_at(&self, vault: &Vault, person: &PersonKey) -> Result<Subscription, RecordError> {
        vault.open(person, PLACE, &self.sealed)
    }

    /// As the outbox names it. Where it hears is looked up when a message leaves, so that nothing goes to a
    /// device that has ended.
    #[must_use]
    pub fn contact(&self) -> Contact {
        Contact { channel: Channel::Push, to: self.device_id.to_string() }
    }
}

fn blinded(vault: &Vault, hears_at: &Subscription) -> String {
    vault.blind("push_endpoint", hears_at.endpoint().as_bytes())
}

/// Every device of a person.
pub async fn devices(book: &Book, person_id: &str) -> Result<Vec<Stored<Device>>, RecordError> {
    book.list::<Device>("person_id", person_id).await
}

/// The device that hears where `hears_at` says, whoever's it is: one screen shows one person's notices.
pub async fn find(
    book: &Book,
    vault: &Vault,
    hears_at: &Subscription,
) -> Result<Option<Stored<Device>>, RecordError> {
    book.find_by::<Device>("endpoint_hash", &blinded(vault, hears_at)).await
}

/// Adds to `unit` that a device ends, and by whom.
pub fn end(unit: &mut Unit, now: Timestamp, device: &Stored<Device>, by: &str) {
    let entry = AuditEntry::new(now, by, "push.off", device.device_id);
    unit.delete(device).audit(entry.with("person", &device.person_id));
}
