//! Notices handed to browsers' push services (RFC 8030).
//!
//! Where a browser hears was said by whoever drives it: it is called like any place that strangers name, and
//! only where it is a push service's ([`kanuki_wire::push::Services`]).

use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;
use http::{Request, StatusCode, header};
use kanuki_site::{
    Clock, Transport, World,
    courier::{CourierError, Letter},
};
use kanuki_wallet::push::Offer;
use kanuki_wire::{
    keys::SigningKey,
    push::{Services, Subscription, application_key, authorization},
};

/// So long a push service keeps a notice for a device that is switched off: what is older was read by mail.
const KEPT_SECS: &str = "86400";

/// All that pushing needs.
#[derive(Clone, Debug)]
pub(crate) struct PushPlan {
    /// The company's name to push services.
    pub(crate) key: SigningKey,
    /// Whom a push service turns to: `mailto:` or `https:`.
    pub(crate) contact: String,
    /// Push services beside those of the usual browsers.
    pub(crate) services: Vec<String>,
}

impl PushPlan {
    /// What the pages of the company that is `issuer` offer.
    pub(crate) fn offer(&self, issuer: &str) -> Result<Offer> {
        let services = Services::with(&self.services, issuer);
        Ok(Offer { application_key: application_key(&self.key)?, services })
    }
}

/// Hands notices over.
pub(crate) struct WebPush {
    plan: PushPlan,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

impl WebPush {
    pub(crate) fn new(plan: PushPlan, world: &World) -> Self {
        Self { plan, transport: world.transport.clone(), clock: world.clock.clone() }
    }

    /// Hands one notice over, or says why not.
    pub(crate) async fn deliver(&self, letter: &Letter) -> Result<(), CourierError> {
        let request = self.write(letter).ok_or(CourierError::Refused { code: None })?;
        let nobody = CourierError::Unreachable { code: None };
        let answer = self.transport.call(request).await.map_err(|_| nobody)?;
        ended(answer.status())
    }

    fn write(&self, letter: &Letter) -> Option<Request<Bytes>> {
        let hears_at = Subscription::from_text(&letter.to).ok()?;
        let text = serde_json::json!({
            "id": letter.id,
            "title": letter.subject,
            "body": letter.body,
            "lang": letter.lang.tag(),
        });
        let sealed = hears_at.seal(text.to_string().as_bytes()).ok()?;
        let (plan, now) = (&self.plan, self.clock.now());
        let ours = authorization(&plan.key, hears_at.endpoint(), &plan.contact, now).ok()?;
        Request::post(hears_at.endpoint())
            .header(header::AUTHORIZATION, ours)
            .header(header::CONTENT_ENCODING, "aes128gcm")
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header("ttl", KEPT_SECS)
            .header("urgency", "high")
            .body(Bytes::from(sealed))
            .ok()
    }
}

/// 404 and 410 say that nobody listens there any more, 429 is about now. 400, 401, 403 and 413 are about this
/// message: whoever made an address up, or for another key than ours, brings each of them about, so they end
/// the message and nothing else. Whatever else is no success is about the service.
fn ended(status: StatusCode) -> Result<(), CourierError> {
    let code = Some(status.as_u16());
    match status {
        _ if status.is_success() => Ok(()),
        StatusCode::NOT_FOUND
        | StatusCode::GONE
        | StatusCode::BAD_REQUEST
        | StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::PAYLOAD_TOO_LARGE => Err(CourierError::Refused { code }),
        StatusCode::TOO_MANY_REQUESTS => Err(CourierError::NotNow { code }),
        _ => Err(CourierError::Unreachable { code }),
    }
}

#[cfg(test)]
mod tests;
