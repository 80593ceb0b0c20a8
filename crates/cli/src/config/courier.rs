//! Messages leave through the company's own gateway for SMS and post, and for mail too where there is no `[mail]`.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, StatusCode, header};
use kanuki_domain::Masked;
use kanuki_site::{
    Transport, World,
    courier::{Channel, Courier, CourierError, Letter},
};

use super::{CourierConfig, mail::MailConfig, require_https, secret};
use crate::mail::Smtp;

/// Mail by SMTP, the rest by the gateway.
struct Ways {
    mail: Option<Smtp>,
    gateway: HttpCourier,
}

/// Checks the settings of `company` and makes ready.
pub(crate) fn open(
    company: &str,
    (courier, mail): (&CourierConfig, Option<&MailConfig>),
    world: &World,
) -> Result<Arc<dyn Courier>> {
    let gateway = HttpCourier::new(courier, world.own.clone());
    let gateway = gateway.context("the courier's settings")?;
    let mail = mail.map(|mail| mail.open(company, world.clock.clone())).transpose()?;
    Ok(Arc::new(Ways { mail, gateway }))
}

#[async_trait]
impl Courier for Ways {
    async fn deliver(&self, letter: Letter) -> Result<(), CourierError> {
        match &self.mail {
            Some(smtp) if letter.channel == Channel::Mail => smtp.deliver(&letter).await,
            _ => self.gateway.deliver(letter).await,
        }
    }
}

/// Posts each message as JSON: `id`, `channel`, `to`, `subject`, `body`, `language`.
struct HttpCourier {
    transport: Arc<dyn Transport>,
    url: String,
    secret: Masked<String>,
}

impl HttpCourier {
    fn new(config: &CourierConfig, transport: Arc<dyn Transport>) -> Result<Self> {
        require_https("courier.url", &config.url)?;
        Ok(Self { transport, url: config.url.clone(), secret: secret(&config.secret_file)? })
    }

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
        let nobody = CourierError::Unreachable { code: None };
        let request = Request::post(&self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.secret.expose()))
            .body(Bytes::from(body.to_string()))
            .map_err(|_| nobody)?;
        let answer = self.transport.call(request).await.map_err(|_| nobody)?;
        ended(answer.status())
    }
}

/// 410 and 422 are about one address, 429 about one message; whatever else is no success is about the gateway.
fn ended(status: StatusCode) -> Result<(), CourierError> {
    let code = status.as_u16();
    match status {
        _ if status.is_success() => Ok(()),
        StatusCode::GONE | StatusCode::UNPROCESSABLE_ENTITY => {
            Err(CourierError::Refused { code: Some(code) })
        }
        StatusCode::TOO_MANY_REQUESTS => Err(CourierError::NotNow { code: Some(code) }),
        _ => Err(CourierError::Unreachable { code: Some(code) }),
    }
}
