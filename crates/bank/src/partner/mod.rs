//! Wallet operators that this bank works with.
//!
//! A partner is pinned: keys, callbacks and where events go come from the registry, never from a
//! request (SSRF, mix-up). A partner is suspended before it is ever removed, so that no consent
//! dies by mistake.

mod keys;
mod profile;

use jiff::Timestamp;
use kanuki_domain::Ctx;
use kanuki_record::{AuditEntry, RecordError, Unit, record};
use kanuki_wire::keys::Jwks;
use serde::{Deserialize, Serialize};

pub use keys::PartnerKeys;
pub use profile::Profile;

use crate::{Bank, BankError, chart};

/// One wallet operator.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    /// Since when it is known.
    pub since: Timestamp,
}

record! { Partner => "partner" by |p| p.client_id.clone();
    many all = |_| Some("all".to_owned());
}

impl Bank {
    /// Registers a partner, or takes over what changed about it.
    pub async fn register_partner(&self, ctx: &Ctx<'_>, partner: Partner) -> Result<(), BankError> {
        chart::open(&*self.ledger, ctx.now).await?;
        chart::open_partner(&*self.ledger, &partner.client_id, ctx.now).await?;
        let mut unit = Unit::new();
        match self.book.find::<Partner>(&partner.client_id).await? {
            Some(mut known) => {
                let since = known.since;
                *known.edit() = Partner { since, ..partner };
                unit.update(&known);
            }
            None => {
                unit.insert(&partner).audit(AuditEntry::new(
                    ctx.now,
                    "system",
                    "partner.registered",
                    &partner.client_id,
                ));
            }
        }
        Ok(self.book.commit(unit).await?)
    }

    /// A partner by its client id; unknown ones look like any other refusal.
    pub async fn partner(&self, client_id: &str) -> Result<Partner, BankError> {
        match self.book.load::<Partner>(client_id).await {
            Ok(partner) => Ok(partner.into_inner()),
            Err(RecordError::Absent { .. }) => Err(BankError::NotAvailable),
            Err(error) => Err(error.into()),
        }
    }

    /// Every partner.
    pub async fn partners(&self) -> Result<Vec<Partner>, BankError> {
        let all = self.book.list::<Partner>("all", "all").await?;
        Ok(all.into_iter().map(kanuki_record::Stored::into_inner).collect())
    }
}
