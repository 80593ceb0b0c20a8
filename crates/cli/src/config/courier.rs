//! Messages leave through the company's own gateway for SMS and post, and for mail too where there is no `[mail]`;
//! what is pushed goes to browsers' push services.

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

use super::{
    CourierConfig,
    mail::{MailConfig, MailFiles},
    secret,
};
use crate::{
    mail::Smtp,
    push::{PushPlan, WebPush},
};

/// Mail by SMTP, pushes to their services, the rest by the gateway.
struct Ways {
    mail: Option<Smtp>,
    push: Option<WebPush>,
    gateway: HttpCourier,
}

/// Who carries messages, with their files, each read once.
pub(crate) struct Carriers {
    url: String,
    secret: Masked<String>,
    mail: Option<(MailConfig, MailFiles)>,
}

impl Carriers {
    /// Reads the files that the settings name.
    pub(crate) fn read(courier: &CourierConfig, mail: Option<&MailConfig>) -> Result<Self> {
        let mail = mail.map(|mail| Ok::<_, anyhow::Error>((mail.clone(), mail.read()?)));
        Ok(Self {
            url: courier.url.clone(),
            secret: secret(&courier.secret_file).context("the courier's settings")?,
            mail: mail.transpose()?,
        })
    }

    /// Where the courier is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Which mail server is believed, where mail does not leave by the courier.
    pub(crate) fn mail_place(&self) -> Option<String> {
        self.mail.as_ref().map(|(mail, files)| mail.place(files))
    }

    /// What is shown to them.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let mail = self.mail.as_ref().and_then(|(_, files)| files.password());
        std::iter::once(self.secret.expose().as_str()).chain(mail)
    }

    /// Makes ready, in the name of `company`.
    pub(crate) fn open(
        self,
        company: &str,
        push: Option<PushPlan>,
        world: &World,
    ) -> Result<Arc<dyn Courier>> {
        let clock = &world.clock;
        let mail = self.mail.map(|(mail, files)| mail.open(company, Arc::clone(clock), &files));
        let gateway =
            HttpCourier { transport: world.own.clone(), url: self.url, secret: self.secret };
        let push = push.map(|plan| WebPush::new(plan, world));
        Ok(Arc::new(Ways { mail: mail.transpose()?, push, gateway }))
    }
}

#[async_trait]
impl Courier for Ways {
    async fn deliver(&self, letter: Letter) -> Result<(), CourierError> {
        match (letter.channel, &self.mail, &self.push) {
            (Channel::Mail, Some(smtp), _) => smtp.deliver(&letter).await,
            (Channel::Push, _, Some(push)) => push.deliver(&letter).await,
            // The section was taken out of the file: the device keeps what it said, and hears nothing.
            (Channel::Push, _, None) => Err(CourierError::Refused { code: None }),
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
    async fn deliver(&self, letter: Letter) -> Result<(), CourierError> {
        let body = serde_json::json!({
            "id": letter.id,
            "channel": match letter.channel {
                Channel::Mail => "mail",
                Channel::Sms => "sms",
                Channel::Post => "post",
                Channel::Push => "push",
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
