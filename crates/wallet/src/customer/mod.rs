//! A person with a wallet.

pub mod alternative;
mod open;
mod passkeys;
mod profile;
pub mod recovery;
mod sign_in;
pub mod strange;
mod unproven;
mod wallet;

use jiff::Timestamp;
use kanuki_desk::{
    notice::{Recipient, tell_also},
    outbox::{Contact, Content},
    push,
    reads::Reads,
};
use kanuki_domain::{
    Ctx,
    assurance::{Identity, SignIn},
    id::{CaseId, CustomerId, WalletId},
};
use kanuki_record::{
    RecordError, Stored, Unit, record,
    vault::{PersonKey, Sealed},
};
use serde::{Deserialize, Serialize};

pub use open::Opening;
pub use passkeys::{AddingPasskey, ProvingPasskey};
pub use profile::Profile;
pub(crate) use profile::contact_key;
pub use sign_in::{SignedIn, SigningIn};
pub use wallet::Overview;
pub(crate) use wallet::wallet_switch;

use crate::{Wallet, WalletError, close::Closure};

/// That a wallet is frozen: its gate in the ledger is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// Since when.
    pub at: Timestamp,
    /// Who: the customer's id, a staff id, `bank`, `stop_code`.
    pub by: String,
    /// The case that was opened.
    pub case_id: CaseId,
    /// For what one bank told of its own links: the customer's other links go on as far as they can while
    /// the wallet is frozen, and no bank was told.
    #[serde(default)]
    pub is_alone: bool,
}

/// One customer and their wallet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Customer {
    /// Their name; also the user handle of their passkeys.
    pub customer_id: CustomerId,
    /// Their wallet.
    pub wallet_id: WalletId,
    /// What others see of them.
    pub nickname: String,
    /// Every contact, sealed.
    pub contacts: Sealed,
    pub(crate) mail_hash: String,
    pub(crate) phone_hash: String,
    /// How they sign in; it decides their caps.
    pub sign_in: SignIn,
    /// Whether we know who they are.
    pub identity: Identity,
    /// The person, as a keyed hash: unique, so that one person has one wallet.
    pub person_hash: Option<String>,
    /// The verified facts, sealed.
    pub facts: Option<Sealed>,
    /// When the wallet was opened.
    pub opened_at: Timestamp,
    /// Set while the wallet is frozen.
    pub frozen: Option<Frozen>,
    /// Until when caps are halved after a recovery.
    pub halved_until: Option<Timestamp>,
    /// Where it is on its way to its end.
    #[serde(default)]
    pub closure: Closure,
    /// The person whose wallet it was: no longer unique, because they may open another.
    #[serde(default)]
    pub(crate) former_person: Option<String>,
    /// Contacts that are somebody else's by now: nothing is written there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) strange: Vec<strange::Strange>,
    /// In which language they read; nothing of whoever was met on pages in Japanese alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reads: Option<Box<Reads>>,
}

impl Customer {
    /// True while its gate is to be closed: frozen, ending or closed.
    pub(crate) const fn is_shut(&self) -> bool {
        self.frozen.is_some() || self.closure.is_shut()
    }

    /// Leaves nothing of who they were; what was sealed is unreadable without their key.
    pub(crate) fn forget_person(&mut self) {
        self.nickname.clear();
        self.mail_hash.clear();
        self.phone_hash.clear();
        self.facts = None;
        self.former_person = None;
        self.reads = None;
    }
}

record! { Customer => "customer" by |c| c.customer_id.to_string();
    unique wallet_id = |c| Some(c.wallet_id.to_string());
    unique person_hash = |c| c.person_hash.clone();
    many mail_hash = |c| Some(c.mail_hash.clone());
    many phone_hash = |c| Some(c.phone_hash.clone());
    many state = |c| Some(if c.frozen.is_some() { "frozen" } else { "open" }.to_owned());
    many closing = |c| c.closure.asked().map(|_| crate::close::WANTED.to_owned());
    many former_person = |c| c.former_person.clone();
    many strange_by = |c| c.strange.last().and_then(strange::Strange::by).map(|by| by.to_string());
}

/// Where contacts are sealed.
pub(crate) const CONTACTS: &str = "customer|contacts";

/// A customer together with what is needed to write to them.
#[derive(Debug)]
pub struct Known {
    /// The record.
    pub customer: Stored<Customer>,
    /// The key of their personal data.
    pub key: PersonKey,
    /// Every contact of theirs.
    pub contacts: Vec<Contact>,
    /// The devices on whose screens notices show too.
    pub screens: Vec<Contact>,
}

impl Wallet {
    /// A customer's record.
    pub async fn customer(&self, id: CustomerId) -> Result<Stored<Customer>, WalletError> {
        self.load::<Customer>(id).await
    }

    /// The customer whose wallet this is.
    pub async fn customer_of(&self, wallet_id: WalletId) -> Result<Stored<Customer>, WalletError> {
        let found = self.book.find_by::<Customer>("wallet_id", &wallet_id.to_string()).await?;
        found.ok_or(WalletError::NotAvailable)
    }

    /// A customer, with the key of their data and their contacts.
    pub async fn known(&self, id: CustomerId) -> Result<Known, WalletError> {
        let customer = self.customer(id).await?;
        let key = self.load::<PersonKey>(id).await?.into_inner();
        let mut contacts: Vec<Contact> = self.vault.open(&key, CONTACTS, &customer.contacts)?;
        contacts.retain(|contact| !customer.is_strange(contact.channel));
        let devices = push::devices(&self.book, &key.person_id).await?;
        let screens = devices.iter().map(|device| device.contact()).collect();
        Ok(Known { customer, key, contacts, screens })
    }

    /// Adds to `unit` that `known` is told `content`, with a code that stops their wallet.
    pub(crate) fn tell(
        &self,
        unit: &mut Unit,
        ctx: &Ctx<'_>,
        known: &Known,
        content: Content,
    ) -> Result<(), WalletError> {
        if !self.rules.tells_customers() {
            return Ok(());
        }
        let recipient = Recipient { key: &known.key, contacts: &known.contacts };
        let (stops, all) = (known.customer.wallet_id, (recipient, &known.screens[..]));
        Ok(tell_also(unit, &self.vault, ctx, all, stops, content)?)
    }

    /// A record that should be there; one that is not looks like one of somebody else's.
    pub(crate) async fn load<T: kanuki_record::Record>(
        &self,
        id: impl ToString + Send,
    ) -> Result<Stored<T>, WalletError> {
        match self.book.load::<T>(id).await {
            Err(RecordError::Absent { .. }) => Err(WalletError::NotAvailable),
            other => Ok(other?),
        }
    }
}
