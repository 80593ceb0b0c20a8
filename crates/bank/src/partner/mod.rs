//! Wallet operators that this bank works with.
//!
//! A partner is pinned: keys, callbacks and where events go come from the registry, never from a
//! request (SSRF, mix-up). What counts is the row that the last signed version wrote (`version`);
//! how it came to be is in `kanuki_desk::registry`. A partner is suspended before it is ever
//! removed, so that no consent dies by mistake.

mod content;
mod keys;
mod payouts;
mod profile;
mod remove;
mod version;

use std::sync::Arc;

use jiff::Timestamp;
use kanuki_domain::{agreement::Agreement, descriptor::Descriptor};
use kanuki_record::record;
use kanuki_wire::keys::Jwks;
use serde::{Deserialize, Serialize};

pub use content::PartnerCaps;
pub use keys::PartnerKeys;
pub use payouts::PayoutCap;
pub use profile::Profile;
pub use remove::{REMOVAL_WAIT_SECS, REMOVE};

use crate::{Bank, BankError};

/// One wallet operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// Its OAuth client id.
    pub client_id: String,
    /// Its name, shown on the consent page; never taken from a request.
    pub name: String,
    /// Its registered callbacks.
    pub redirect_uris: Vec<String>,
    /// The keys it signs assertions and facts with.
    pub jwks: Jwks,
    /// The keys it signs event tokens with.
    pub set_jwks: Jwks,
    /// Its issuer name in event tokens.
    pub issuer: String,
    /// Where its event tokens are pushed.
    pub events_url: String,
    /// How it speaks on the back channel.
    #[serde(default)]
    pub profile: Profile,
    /// The most that one mandate of it may take.
    #[serde(default)]
    pub caps: PartnerCaps,
    /// What both companies agreed on; rows from before there was such a thing have gaps.
    #[serde(default)]
    pub agreement: Agreement,
    /// Since when it is known.
    pub since: Timestamp,
}

record! { Partner => "partner" by |p| p.client_id.clone();
    many all = |_| Some("all".to_owned());
}

impl Bank {
    /// A partner by its client id; unknown ones look like any other refusal.
    pub async fn partner(&self, client_id: &str) -> Result<Partner, BankError> {
        Ok(Partner::clone(&*self.known_partner(client_id).await?))
    }

    /// The same, shared with every request that reads it: its keys are proven to be keys when they are
    /// parsed.
    pub(crate) async fn known_partner(&self, client_id: &str) -> Result<Arc<Partner>, BankError> {
        let found = self.book.find_shared::<Partner>(client_id).await?;
        found.ok_or(BankError::NotAvailable)
    }

    /// How a partner's debits look in a passbook, as agreed.
    pub(crate) async fn descriptor_of(
        &self,
        client_id: &str,
    ) -> Result<Option<Descriptor>, BankError> {
        let found = self.book.find_shared::<Partner>(client_id).await?;
        Ok(found.and_then(|partner| partner.profile.descriptor.clone()))
    }

    /// Every partner, shared with whoever else reads them: workers and pages ask all the time.
    pub async fn partners(&self) -> Result<Vec<Arc<Partner>>, BankError> {
        Ok(self.book.list_shared::<Partner>("all", "all").await?)
    }
}
