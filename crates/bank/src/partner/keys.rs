//! A partner's published keys, fetched from where the registry says and from nowhere else.
//!
//! A request never names an address: `jku` and `x5u` in a token are not read. What a request can do
//! is show a key that is not known yet, and that makes us look again at most once a minute.

use std::sync::Arc;

use kanuki_domain::Ctx;
use kanuki_record::{AuditEntry, RecordError, Unit, record};
use kanuki_wire::{
    keys::{FetchedKeys, Jwks, fetched},
    place::may_be_called_by,
};
use serde::{Deserialize, Serialize};

use crate::{Bank, BankError, partner::Partner};

/// The keys of one partner as they were fetched.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PartnerKeys {
    /// Whose.
    pub client_id: String,
    /// From where; rows from before this was kept are of the place that was agreed.
    #[serde(default)]
    pub uri: Option<String>,
    /// The last good set.
    pub fetched: FetchedKeys,
}

impl PartnerKeys {
    fn is_from(&self, uri: &str) -> bool {
        self.uri.as_deref().is_none_or(|kept| kept == uri)
    }
}

record! { PartnerKeys => "partner_keys" by |k| k.client_id.clone(); }

impl Bank {
    /// The keys that `partner` signs with now: the last set that it served, or those of the
    /// registry while it serves none.
    pub async fn keys_of(&self, partner: &Partner) -> Result<Jwks, BankError> {
        if let Some(uri) = &partner.profile.jwks_uri
            && let Some(known) = self.book.find_shared::<PartnerKeys>(&partner.client_id).await?
            && known.is_from(uri)
            && known.fetched.fetched_at.is_some()
        {
            return Ok(known.fetched.keys.clone());
        }
        Ok(partner.jwks.clone())
    }

    /// Who a request says it is from, if the registry knows them.
    pub async fn claimed(&self, client_id: &str) -> Result<Option<Arc<Partner>>, BankError> {
        match self.known_partner(client_id).await {
            Ok(partner) => Ok(Some(partner)),
            Err(BankError::NotAvailable) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Where to ask for `client_id`'s keys now, if it is time to: because they are old or, when
    /// `token` is given, because that was signed with a key that is not among them. Whoever is
    /// told does ask; nobody else is told for a while, on no node.
    pub async fn keys_to_fetch(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        token: Option<&str>,
    ) -> Result<Option<String>, BankError> {
        let partner = match self.known_partner(client_id).await {
            Err(BankError::NotAvailable) => return Ok(None),
            other => other?,
        };
        let us = &self.config.issuer;
        let place = partner.profile.jwks_uri.clone();
        let Some(uri) = place.filter(|uri| may_be_called_by(uri, us)) else { return Ok(None) };
        let is_new = match token {
            Some(token) => self.keys_of(&partner).await?.lacks_key_of(token),
            None => false,
        };
        if token.is_some() && !is_new {
            return Ok(None);
        }
        let known = self.book.find::<PartnerKeys>(client_id).await?;
        let of_here = known.as_ref().filter(|known| known.is_from(&uri));
        let before = of_here.map(|known| known.fetched.clone()).unwrap_or_default();
        if !before.is_due(is_new, ctx.now) {
            return Ok(None);
        }
        let asked = FetchedKeys { asked_at: Some(ctx.now), ..before };
        let mut unit = Unit::new();
        if let Some(mut known) = known {
            known.edit().fetched = asked;
            known.edit().uri = Some(uri.clone());
            unit.update(&known);
        } else {
            let (client_id, uri) = (client_id.to_owned(), Some(uri.clone()));
            unit.insert(&PartnerKeys { client_id, uri, fetched: asked });
        }
        match self.book.commit(unit).await {
            Ok(()) => Ok(Some(uri)),
            // Another request, or another node, asks.
            Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes in what a partner served at `uri`. What is no key set leaves the last good one; what
    /// comes from another place than is agreed now is dropped: staff moved the partner's keys while
    /// the answer was on its way, and perhaps because of who answers there.
    pub async fn keep_partner_keys(
        &self,
        ctx: &Ctx<'_>,
        (client_id, uri): (&str, &str),
        body: &[u8],
    ) -> Result<(), BankError> {
        let Some(partner) = self.book.find::<Partner>(client_id).await? else { return Ok(()) };
        if partner.profile.jwks_uri.as_deref() != Some(uri) {
            tracing::warn!("a key set came from where a partner does not keep it any more");
            return Ok(());
        }
        let Some(mut known) = self.book.find::<PartnerKeys>(client_id).await? else {
            return Ok(());
        };
        if !known.is_from(uri) {
            return Ok(());
        }
        let before = known.fetched.keys.clone();
        let mut fetched = known.fetched.clone();
        let mut unit = Unit::new();
        match fetched.take(body, ctx.now) {
            Ok(()) if fetched.keys != before => {
                let count = fetched.keys.keys.len();
                unit.audit(
                    AuditEntry::new(ctx.now, client_id, "partner.keys_changed", client_id)
                        .with("keys", count),
                );
            }
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(%error, limit = fetched::BYTES_MAX, "a partner served no key set");
                return Ok(());
            }
        }
        known.edit().fetched = fetched;
        known.edit().uri = Some(uri.to_owned());
        unit.update(&known);
        match self.book.commit(unit).await {
            // Somebody else kept a newer one.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
