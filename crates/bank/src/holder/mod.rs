//! The bank's own customer, whether or not they use a wallet.
//!
//! The gateway keeps no personal data of its own about them: the core is asked each time. What it
//! keeps is who has which passkey.

pub mod alert;
pub mod app;
pub mod believed;
pub mod card;
pub mod contact;
mod disowned;
mod ended;
pub mod enrol;
pub mod let_in;
pub mod look;
mod quiet;
pub mod sign_in;

use jiff::Timestamp;
use kanuki_desk::{
    authenticator::{self, Authenticator},
    notice,
    outbox::{Channel, Contact, Content},
    reads::Reads,
};
use kanuki_domain::{
    Ctx,
    bank_account::AccountNumber,
    id::{BankAccountId, HolderId},
    limits::ON_FILE_SECS,
};
use kanuki_record::{
    Book, RecordError, Stored, Unit, record,
    vault::{PersonKey, Sealed},
};
use kanuki_wire::transaction::ContactKind;
use serde::{Deserialize, Serialize};

pub use disowned::Disowned;
use disowned::Doubts;

use crate::{Bank, BankError, CoreCustomer, OnFile, delegate::Watcher};

/// A holder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Holder {
    /// Their id; also the user handle of their passkeys.
    pub holder_id: HolderId,
    /// The core's customer number.
    pub customer_no: String,
    /// When the gateway first met them.
    pub first_seen_at: Timestamp,
    /// When a letter that they asked for came back as to somebody unknown: the address on file since
    /// before then is no address.
    #[serde(default)]
    pub letter_returned_at: Option<Timestamp>,
    /// When they changed a contact here.
    #[serde(default)]
    pub contact_changed_at: Option<Timestamp>,
    /// Contacts that somebody else may have changed.
    #[serde(default)]
    pub disowned: Vec<Disowned>,
    /// In which language they read; nothing of whoever was met on pages in Japanese alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads: Option<Reads>,
}

record! { Holder => "holder" by |h| h.holder_id.to_string();
    unique customer_no = |h| Some(h.customer_no.clone());
}

/// A holder, what the core knows of them and the key of their data.
#[derive(Clone, Debug)]
pub struct Known {
    /// The holder.
    pub holder: Holder,
    /// The core's answer.
    pub core: CoreCustomer,
    /// The key their data is sealed with.
    pub key: PersonKey,
    /// Who looks after their accounts and hears of notices too.
    pub(crate) watchers: Vec<Watcher>,
    /// What a holder's own contacts are not believed for.
    doubts: Doubts,
}

impl Known {
    /// Every contact that the bank has on file, and what was there before a change that is disowned.
    #[must_use]
    pub fn contacts(&self) -> Vec<Contact> {
        let to = |channel, value: &Option<kanuki_domain::Masked<String>>| {
            value.as_ref().map(|v| Contact { channel, to: v.expose().clone() })
        };
        let mut contacts: Vec<Contact> =
            [to(Channel::Mail, &self.core.email), to(Channel::Sms, &self.core.phone)]
                .into_iter()
                .flatten()
                .collect();
        for before in &self.doubts.besides {
            if !contacts.iter().any(|one| one.to == before.to) {
                contacts.push(before.clone());
            }
        }
        if contacts.is_empty() {
            contacts.extend(to(Channel::Post, &self.core.address));
        }
        contacts
    }

    /// The postal address, for a letter whose code is worth something: on file for long enough, and
    /// none that a letter came back from.
    #[must_use]
    pub fn letterbox(&self, now: Timestamp) -> Option<Contact> {
        let since = self.core.on_file.address_since;
        let came_back = self.holder.letter_returned_at.is_some_and(|back| since <= Some(back));
        if came_back || !OnFile::is_settled(since, ON_FILE_SECS, now) {
            return None;
        }
        let to = self.core.address.as_ref()?.expose().clone();
        Some(Contact { channel: Channel::Post, to })
    }

    /// The telephone number as the network gives it, if it has been on file for long enough.
    #[must_use]
    pub fn line(&self, now: Timestamp) -> Option<String> {
        if self.doubts.kinds.contains(&ContactKind::Phone) {
            return None;
        }
        line(&self.core, now)
    }
}

impl Bank {
    /// The holder of `customer`, made now if the gateway had not met them.
    pub async fn meet_holder(&self, ctx: &Ctx<'_>, core: CoreCustomer) -> Result<Known, BankError> {
        if let Some(holder) = self.book.find_by::<Holder>("customer_no", &core.customer_no).await? {
            let key = self.book.load::<PersonKey>(holder.holder_id).await?.into_inner();
            let watchers = self.watchers(holder.holder_id).await?;
            let doubts = self.doubts((&holder, &key), &core)?;
            return Ok(Known { holder: holder.into_inner(), core, key, watchers, doubts });
        }
        let holder = Holder {
            holder_id: HolderId::generate(ctx),
            customer_no: core.customer_no.clone(),
            first_seen_at: ctx.now,
            letter_returned_at: None,
            contact_changed_at: None,
            disowned: Vec::new(),
            reads: None,
        };
        let key = self.vault.create_person(ctx, holder.holder_id)?;
        let mut unit = Unit::new();
        unit.insert(&holder).insert(&key);
        self.book.commit(unit).await?;
        Ok(Known { holder, core, key, watchers: Vec::new(), doubts: Doubts::default() })
    }

    /// A holder that was met before, with the core's present facts.
    pub async fn known(&self, holder_id: HolderId) -> Result<Known, BankError> {
        let holder = load::<Holder>(&self.book, holder_id).await?.into_inner();
        let key = self.book.load::<PersonKey>(holder_id).await?.into_inner();
        let core = self.core.find_customer(&holder.customer_no).await?;
        let core = core.ok_or(BankError::NotAvailable)?;
        let watchers = self.watchers(holder_id).await?;
        let doubts = self.doubts((&holder, &key), &core)?;
        Ok(Known { holder, core, key, watchers, doubts })
    }

    /// The name of an account within the gateway: the same account is the same id, and the id
    /// does not tell the number.
    #[must_use]
    pub fn account_id(&self, account: &AccountNumber) -> BankAccountId {
        let text = format!("{}-{}", account.branch(), account.number());
        let blinded = self.vault.blind("bank_account", text.as_bytes());
        BankAccountId::derive(&[&blinded])
    }

    /// Seals an account number for its holder.
    pub(crate) fn seal_account(
        &self,
        ctx: &Ctx<'_>,
        key: &PersonKey,
        account: &AccountNumber,
    ) -> Result<Sealed, BankError> {
        Ok(self.vault.seal(ctx, key, "mandate|account", account)?)
    }

    /// The passkeys a holder can use now.
    pub async fn passkeys(
        &self,
        holder_id: HolderId,
    ) -> Result<Vec<Stored<Authenticator>>, BankError> {
        Ok(authenticator::list_passkeys(&self.book, holder_id).await?)
    }

    /// Everything a holder can sign in with now.
    pub async fn authenticators(
        &self,
        holder_id: HolderId,
    ) -> Result<Vec<Stored<Authenticator>>, BankError> {
        Ok(authenticator::list_live(&self.book, holder_id).await?)
    }

    /// Adds a notice to the holder, to every contact on file, unless the rules are silent.
    pub(crate) fn tell(
        &self,
        unit: &mut Unit,
        ctx: &Ctx<'_>,
        known: &Known,
        stops: impl ToString,
        content: Content,
    ) -> Result<(), BankError> {
        self.tell_at(unit, ctx, (known, &known.contacts()), stops, content)
    }

    /// The same to some of the contacts: for what a holder may choose, and nothing else.
    pub(crate) fn tell_at(
        &self,
        unit: &mut Unit,
        ctx: &Ctx<'_>,
        (known, contacts): (&Known, &[Contact]),
        stops: impl ToString,
        content: Content,
    ) -> Result<(), BankError> {
        if !self.rules.tells_holders() {
            return Ok(());
        }
        let recipient = notice::Recipient { key: &known.key, contacts };
        self.tell_watchers(unit, ctx, known, &content.kind)?;
        let content = content.with("bank", &self.config.name);
        Ok(notice::tell(unit, &self.vault, ctx, recipient, stops, content)?)
    }

    /// The same where there is nothing that a code could stop.
    pub(crate) fn tell_without_code(
        &self,
        unit: &mut Unit,
        ctx: &Ctx<'_>,
        known: &Known,
        content: &Content,
    ) -> Result<(), BankError> {
        if !self.rules.tells_holders() {
            return Ok(());
        }
        let content = content.clone().with("bank", &self.config.name);
        let recipient = notice::Recipient { key: &known.key, contacts: &known.contacts() };
        notice::write_to_all(unit, &self.vault, ctx, recipient, &content)?;
        self.tell_watchers(unit, ctx, known, &content.kind)
    }
}

/// The number that a call must come from; a newer one proves nothing (sim-swap, contact-swap).
pub(crate) fn line(core: &CoreCustomer, now: Timestamp) -> Option<String> {
    if !OnFile::is_settled(core.on_file.phone_since, ON_FILE_SECS, now) {
        return None;
    }
    kanuki_formats::phone::fold_phone(core.phone.as_ref()?.expose())
}

/// A record, or "not available" where it is absent.
pub(crate) async fn load<T: kanuki_record::Record>(
    book: &Book,
    id: impl ToString + Send,
) -> Result<Stored<T>, BankError> {
    match book.load::<T>(id).await {
        Ok(found) => Ok(found),
        Err(RecordError::Absent { .. }) => Err(BankError::NotAvailable),
        Err(error) => Err(error.into()),
    }
}
