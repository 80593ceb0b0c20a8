//! Messages leave through the company's own gateway for mail, SMS and post.

use std::sync::Arc;

use anyhow::Result;
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, header};
use kanuki_domain::Masked;
use kanuki_site::{
    Transport,
    courier::{Channel, Courier, CourierError, Letter},
};

use super::{CourierConfig, require_https, secret};

/// Posts each message as JSON: `id`, `channel`, `to`, `subject`, `body`, `language`.
pub(crate) struct HttpCourier {
    transport: Arc<dyn Transport>,
    url: String,
    secret: Masked<String>,
}

impl HttpCourier {
    /// Checks the settings.
    pub(crate) fn new(config: &CourierConfig, transport: Arc<dyn Transport>) -> Result<Self> {
        require_https("courier.url", &config.url)?;
        Ok(Self { transport, url: config.url.clone(), secret: secret(&config.secret_file)? })
    }
}

#[async_trait]
impl Courier for HttpCourier {
    async fn deliver(&self, letter: Letter) -> Result<(), CourierError> {
        let body = serde_json::json!({
            "id": letter.id,
            "channel": match letter.channel {
                Channel::Mail => "mail",
                Channel::Sms => "sms",
                Channel::Post => "post",
            },
            "to": letter.to,
            "subject": letter.subject,
            "body": letter.body,
            "language": letter.lang.tag(),
        });
        let request = Request::post(&self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.secret.expose()))
            .body(Bytes::from(body.to_string()))
            .map_err(|_| CourierError)?;
        let answer = self.transport.call(request).await.map_err(|_| CourierError)?;
        if answer.status().is_success() { Ok(()) } else { Err(CourierError) }
    }
}
