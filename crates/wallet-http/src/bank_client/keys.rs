//! The keys that banks sign their answers with, fetched from below the pinned issuer.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use kanuki_domain::Ctx;
use kanuki_site::Transport;
use kanuki_wallet::{GatewayError, PartnerBank};
use kanuki_wire::keys::{FetchedKeys, Jwks};

/// The last good set of each bank. A restart forgets them, which costs one more request.
#[derive(Default)]
pub(super) struct ServerKeys(Mutex<BTreeMap<String, FetchedKeys>>);

impl ServerKeys {
    /// The keys of `bank`, asked for if they are old, missing, or lack one that somebody named.
    pub(super) async fn of(
        &self,
        transport: &dyn Transport,
        ctx: &Ctx<'_>,
        bank: &PartnerBank,
        anew: bool,
    ) -> Result<Jwks, GatewayError> {
        if self.ask_now(ctx, bank, anew) {
            let body = fetch(transport, bank).await.unwrap_or_default();
            self.take(ctx, bank, &body);
        }
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(&bank.issuer).map(|known| known.keys.clone());
        known.filter(|keys| !keys.keys.is_empty()).ok_or(GatewayError::Unknown)
    }

    fn ask_now(&self, ctx: &Ctx<'_>, bank: &PartnerBank, anew: bool) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(bank.issuer.clone()).or_default();
        let due = known.is_due(anew, ctx.now);
        if due {
            known.asked_at = Some(ctx.now);
        }
        due
    }

    fn take(&self, ctx: &Ctx<'_>, bank: &PartnerBank, body: &[u8]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(bank.issuer.clone()).or_default();
        if let Err(error) = known.take(body, ctx.now) {
            tracing::warn!(%error, "a bank served no key set");
        }
    }
}

async fn fetch(transport: &dyn Transport, bank: &PartnerBank) -> Option<Bytes> {
    let request = Request::builder()
        .method(Method::GET)
        .uri(format!("{}/jwks", bank.issuer))
        .header(header::ACCEPT, "application/json")
        .body(Bytes::new())
        .ok()?;
    let answer = transport.call(request).await.ok()?;
    (answer.status() == StatusCode::OK).then(|| answer.into_body())
}
