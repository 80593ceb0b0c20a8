//! Setting out to the operator's app.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kanuki_domain::{Ctx, id::CustomerId, mandate::later};
use kanuki_formats::{name::fold_kana, text::safe_line};
use kanuki_jpki::IdentityRequest;
use kanuki_record::Unit;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{DECLARED, IdentityAttempt, LIFE_SECS, ProofFor, TERMS};
use crate::{Wallet, WalletError, proof::nonce};

/// Longest name in kana, in characters.
const KANA_MAX: usize = 60;

/// What the operator's app is told, as base64url JSON in its address.
#[derive(Serialize)]
struct Outbound<'a> {
    nonce: String,
    terms_digest: String,
    return_url: String,
    state: &'a str,
    wallet_name: &'a str,
}

impl Wallet {
    /// Sends a customer to prove who they are; the answer is where the browser goes.
    ///
    /// `kana` is the name in kana as they declare it: the certificate has none. Whoever has proven it
    /// before may do so again: a slip in the kana, or a card that changed, would keep every bank from
    /// taking them for who they are, for ever.
    pub async fn start_identity(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        binding: &str,
        kana: &str,
    ) -> Result<String, WalletError> {
        let customer = self.customer(id).await?;
        if customer.frozen.is_some() || !customer.closure.is_open() {
            return Err(WalletError::NotAvailable);
        }
        let kana = safe_line(kana, KANA_MAX);
        if kana.is_empty() || fold_kana(&kana).is_err() {
            return Err(WalletError::Profile("kana"));
        }
        self.set_out(ctx, ProofFor::Customer { customer_id: id }, binding, &kana).await
    }

    /// Sends somebody who wants to get back in to prove that they are the same person.
    pub async fn start_recovery_identity(
        &self,
        ctx: &Ctx<'_>,
        code: &str,
        binding: &str,
    ) -> Result<String, WalletError> {
        let recovery = self.ripe_recovery(ctx, code).await?;
        let purpose = ProofFor::Recovery {
            recovery_id: recovery.recovery_id,
            customer_id: recovery.customer_id,
        };
        self.set_out(ctx, purpose, binding, "").await
    }

    async fn set_out(
        &self,
        ctx: &Ctx<'_>,
        purpose: ProofFor,
        binding: &str,
        kana: &str,
    ) -> Result<String, WalletError> {
        let key = self.trip_key(purpose).await?;
        let random: [u8; 32] = ctx.random();
        let state = nonce(ctx);
        let return_url = format!("{}/identity/callback", self.config.public_url);
        let here = Url::parse(&return_url).map_err(|_| WalletError::Key("public address"))?;
        let attempt = IdentityAttempt {
            state_hash: self.vault.blind("identity", state.as_bytes()),
            binding: binding.to_owned(),
            purpose,
            request: IdentityRequest::new(random, TERMS.as_bytes(), &here),
            declared: self.vault.seal(ctx, &key, DECLARED, &kana)?,
            answer: None,
            handle_hash: None,
            expires_at: later(ctx.now, LIFE_SECS),
        };
        let mut unit = Unit::new();
        unit.insert(&attempt);
        self.book.commit(unit).await?;
        let outbound = Outbound {
            nonce: BASE64_URL_SAFE_NO_PAD.encode(random),
            terms_digest: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(TERMS)),
            return_url,
            state: &state,
            wallet_name: &self.config.name,
        };
        let json = serde_json::to_vec(&outbound).map_err(|_| WalletError::Key("request"))?;
        let request = BASE64_URL_SAFE_NO_PAD.encode(json);
        Ok(format!("{}?request={request}", self.config.operator_url))
    }
}
