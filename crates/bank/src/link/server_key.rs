//! The key that this bank signs its answers with: responses (JARM), introspection (RFC 9701).
//!
//! ES256, and apart from the key of event tokens, which has to be RS256 and would be an algorithm
//! that FAPI forbids among the authorization server's keys. It is kept with the records, so that
//! every node signs with the same one.

use kanuki_domain::Ctx;
use kanuki_record::{
    RecordError, Unit, record,
    vault::{PersonKey, Sealed},
};
use kanuki_wire::{
    Form, callback, introspection, jarm,
    keys::{Jwks, Signer as _, SigningKey},
    par::ResponseMode,
};
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    link::{Possession, ReturnTo},
};

/// The key as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServerKey {
    /// What it is for.
    pub name: String,
    sealed: Sealed,
}

record! { ServerKey => "server_key" by |k| k.name.clone(); }

const NAME: &str = "answers";
const OWNER: &str = "server_key_answers";
const PLACE: &str = "server_key|sealed";

fn unusable<E>(_: E) -> BankError {
    BankError::Record(RecordError::Sealed)
}

impl Bank {
    /// The key, made on first use.
    pub async fn server_key(&self, ctx: &Ctx<'_>) -> Result<SigningKey, BankError> {
        if let Some(kept) = self.book.find::<ServerKey>(NAME).await? {
            return self.open_server_key(&kept).await;
        }
        let owner = self.vault.create_person(ctx, OWNER)?;
        let key = SigningKey::generate().map_err(unusable)?;
        let text = key.to_pkcs8_pem().map_err(unusable)?;
        let sealed = self.vault.seal(ctx, &owner, PLACE, &*text)?;
        let mut unit = Unit::new();
        unit.insert(&owner).insert(&ServerKey { name: NAME.to_owned(), sealed });
        match self.book.commit(unit).await {
            Ok(()) => Ok(key),
            // Another node made it first.
            Err(RecordError::Duplicate { .. }) => {
                let kept = self.book.load::<ServerKey>(NAME).await?;
                self.open_server_key(&kept).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The public half, for `/jwks`.
    pub async fn server_jwks(&self, ctx: &Ctx<'_>) -> Result<Jwks, BankError> {
        Ok(Jwks::of([self.server_key(ctx).await?.public_jwk()]))
    }

    /// Where the browser brings `answer`, in the way that the request asked for.
    pub(crate) async fn callback(
        &self,
        ctx: &Ctx<'_>,
        to: &ReturnTo,
        answer: callback::Answer,
    ) -> Result<String, BankError> {
        let (issuer, state) = (self.config.issuer.as_str(), to.state.as_deref());
        if to.response_mode == ResponseMode::Query {
            return callback::Callback::new(issuer, state, answer)
                .to_url(&to.redirect_uri)
                .map_err(|_| BankError::NotAvailable);
        }
        let key = self.server_key(ctx).await?;
        let parties = (issuer, to.client_id.as_str());
        let token = jarm::make(&key, parties, state, &answer, ctx.now).map_err(unusable)?;
        jarm::to_url(&to.redirect_uri, &token).map_err(|_| BankError::NotAvailable)
    }

    /// The introspection endpoint for a partner that wants the answer signed (RFC 9701).
    pub async fn introspect_signed(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
        possession: Possession<'_>,
    ) -> Result<String, BankError> {
        let (client_id, worth) = self.introspect_for(ctx, form, possession).await?;
        let key = self.server_key(ctx).await?;
        let parties = (self.config.issuer.as_str(), client_id.as_str());
        introspection::make(&key, parties, &worth, ctx.now).map_err(unusable)
    }

    async fn open_server_key(&self, kept: &ServerKey) -> Result<SigningKey, BankError> {
        let owner = self.book.load::<PersonKey>(OWNER).await?;
        if let Some(key) = self.opened.of(NAME, &kept.sealed) {
            return Ok(key);
        }
        let text: String = self.vault.open(&owner, PLACE, &kept.sealed)?;
        let key = SigningKey::from_pkcs8_pem(&text).map_err(unusable)?;
        self.opened.keep(NAME, &kept.sealed, &key);
        Ok(key)
    }
}
