//! E-mail over SMTP (RFC 5321), and `kanuki mail`, which sends one to see whether it works.
//!
//! What is answered to us and what is answered about a recipient are kept apart: a wrong password or
//! a relay that does not know us must not look as if every customer's mailbox were gone, or everybody
//! would get a letter.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use clap::Args;
use kanuki_site::{
    Clock, Lang,
    courier::{Channel, CourierError, Letter},
};
use lettre::{
    Address, Message,
    message::{
        Mailbox, SinglePart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailParameter},
        response::Response,
    },
};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::{
    Outcome,
    config::{self, mail::MailConfig},
    out::out,
    real::SystemClock,
};

/// How the connection is kept from others' eyes.
pub(crate) enum Encryption {
    /// From the first byte.
    Tls(TlsParameters),
    /// After a word in the clear.
    Starttls(TlsParameters),
    /// Not at all.
    None,
}

/// The company's own mail server.
pub(crate) struct Relay {
    /// Its name.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
    /// How others are kept out.
    pub(crate) encryption: Encryption,
    /// Who we are to it.
    pub(crate) login: Option<Credentials>,
    /// How long it may be silent.
    pub(crate) patience: Duration,
}

/// Hands mail over, one after the other on one connection.
pub(crate) struct Smtp {
    relay: Relay,
    from: Mailbox,
    clock: Arc<dyn Clock>,
    line: Mutex<Option<AsyncSmtpConnection>>,
}

impl Smtp {
    pub(crate) fn new(relay: Relay, from: Mailbox, clock: Arc<dyn Clock>) -> Self {
        Self { relay, from, clock, line: Mutex::new(None) }
    }

    /// Hands one mail over, or says why not. Each answer has its own time: who is silent about one
    /// recipient says nothing of the others.
    pub(crate) async fn deliver(&self, letter: &Letter) -> Result<(), CourierError> {
        let nobody = CourierError::Refused { code: None };
        let to: Address = letter.to.parse().map_err(|_| nobody)?;
        let text = self.write(letter, to.clone()).map_err(|_| nobody)?;
        let nobody_now = CourierError::Unreachable { code: None };
        let opened = tokio::time::timeout(self.relay.patience, self.line()).await;
        let mut line = opened.unwrap_or(Err(nobody_now))?;
        // One that breaks, or that is given up in the middle, is not used again.
        self.talk(&mut line, to, &text).await?;
        *self.line.lock().await = Some(line);
        Ok(())
    }

    /// The mail as it leaves. Its id is the message's, so that the same one that comes twice is seen
    /// to be the same.
    fn write(&self, letter: &Letter, to: Address) -> Result<Vec<u8>> {
        let header = |name: &'static str, value: &str| {
            HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
        };
        let id = format!("<{}@{}>", letter.id, self.from.email.domain());
        let mail = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .date(self.clock.now().into())
            .message_id(Some(id))
            .subject(letter.subject.clone())
            // Nobody's holiday note answers a notice (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("Content-Language", letter.lang.tag()))
            .singlepart(SinglePart::plain(letter.body.clone()))?;
        Ok(mail.formatted())
    }

    /// The line of the mail before, if it still answers, or a new one.
    async fn line(&self) -> Result<AsyncSmtpConnection, CourierError> {
        let kept = self.line.lock().await.take();
        match still_open(kept).await {
            Some(line) => Ok(line),
            None => self.connect().await.map_err(|error| of_us(&error)),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let relay = &self.relay;
        let hello = ClientId::Domain(self.from.email.domain().to_owned());
        let tls = match &relay.encryption {
            Encryption::Tls(tls) => Some(tls.clone()),
            Encryption::Starttls(_) | Encryption::None => None,
        };
        let address = (relay.host.as_str(), relay.port);
        let patience = Some(relay.patience);
        let mut line =
            AsyncSmtpConnection::connect_tokio1(address, patience, &hello, tls, None).await?;
        if let Encryption::Starttls(tls) = &relay.encryption {
            line.starttls(tls.clone(), &hello).await?;
        }
        if let Some(login) = &relay.login {
            line.auth(DEFAULT_MECHANISMS, login).await?;
        }
        Ok(line)
    }

    async fn talk(
        &self,
        line: &mut AsyncSmtpConnection,
        to: Address,
        text: &[u8],
    ) -> Result<(), CourierError> {
        let mut parameters = Vec::new();
        if !to.to_string().is_ascii() {
            if !line.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(CourierError::Refused { code: None });
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let patience = self.relay.patience;
        let from = Some(self.from.email.clone());
        let named = tokio::time::timeout(patience, line.command(Mail::new(from, parameters))).await;
        let named = named.map_err(|_| CourierError::Unreachable { code: None })?;
        named.map_err(|error| of_us(&error))?;
        about_this(patience, line.command(Rcpt::new(to, Vec::new()))).await?;
        about_this(patience, line.command(Data)).await?;
        about_this(TAKING, line.message(text)).await
    }
}

/// So long a relay may think about a whole mail before it takes it: one that looks into each is slow.
const TAKING: Duration = Duration::from_mins(1);
/// So long a line that was kept may take to say that it is there.
const THERE: Duration = Duration::from_secs(5);

async fn still_open(kept: Option<AsyncSmtpConnection>) -> Option<AsyncSmtpConnection> {
    let mut line = kept?;
    let answers = tokio::time::timeout(THERE, line.test_connected()).await;
    answers.unwrap_or(false).then_some(line)
}

/// What is said once our own name was taken; silence is about this mail.
async fn about_this(
    patience: Duration,
    said: impl Future<Output = Result<Response, Error>>,
) -> Result<(), CourierError> {
    match tokio::time::timeout(patience, said).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(of_them(&error)),
        Err(_) => Err(CourierError::NotNow { code: None }),
    }
}

fn code_of(error: &Error) -> Option<u16> {
    error.status().map(u16::from)
}

/// What was answered before a recipient was named is about us, and so about every mail.
fn of_us(error: &Error) -> CourierError {
    let code = code_of(error);
    // The text of an answer may repeat addresses: the kind alone is written down.
    tracing::warn!(code, is_tls = error.is_tls(), "the mail server takes nothing");
    CourierError::Unreachable { code }
}

/// What was answered about one recipient, or one mail.
fn of_them(error: &Error) -> CourierError {
    match code_of(error) {
        // It goes away (RFC 5321, 4.2.2).
        Some(421) => CourierError::Unreachable { code: Some(421) },
        Some(code) if error.is_permanent() && is_of_mailbox(code, &text_of(error)) => {
            CourierError::Refused { code: Some(code) }
        }
        code => CourierError::NotNow { code },
    }
}

fn text_of(error: &Error) -> String {
    std::error::Error::source(error).map(ToString::to_string).unwrap_or_default()
}

/// Whether a refusal says that the mailbox is not there or takes nothing, and not that this relay, this
/// mail or its sender is unwelcome (RFC 3463: 5.1.x, 5.2.x; without such a code RFC 5321's 550, 551 and 553).
/// A full mailbox is not for good: whoever wants a notice not to be read can fill one.
fn is_of_mailbox(code: u16, text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    let parts: Vec<&str> = word.split('.').collect();
    match parts.as_slice() {
        // 5.1.7 and 5.1.8: the sender's address.
        ["5", "1", detail] => !matches!(*detail, "7" | "8"),
        ["5", "2", detail] => *detail != "2",
        ["5", subject, _] if subject.chars().all(|c| c.is_ascii_digit()) => false,
        _ => matches!(code, 550 | 551 | 553),
    }
}

/// `kanuki mail`.
#[derive(Debug, Args)]
pub(crate) struct MailTry {
    /// A bank's or a wallet's settings.
    #[arg(long)]
    config: PathBuf,
    /// Whom to write to.
    #[arg(long)]
    to: String,
}

/// The parts of either company's file that this needs.
#[derive(Deserialize)]
struct Parts {
    server: ServerPart,
    mail: Option<MailConfig>,
}

#[derive(Deserialize)]
struct ServerPart {
    name: String,
}

/// Sends one mail and says what became of it.
pub(crate) fn run(args: &MailTry) -> Result<Outcome> {
    let parts: Parts = config::read(&args.config)?;
    let mail = parts.mail.context("there is no [mail] in this file: mail leaves by the courier")?;
    let clock = Arc::new(SystemClock);
    let id = format!("try-{}", clock.now().as_millisecond());
    let smtp = mail.open(&parts.server.name, clock, &mail.read()?)?;
    let name = parts.server.name;
    let letter = Letter {
        id,
        channel: Channel::Mail,
        to: args.to.clone(),
        person: String::new(),
        lang: Lang::Ja,
        subject: format!("{name}：送信テスト"),
        body: format!(
            "{name}からの送信テストです。お手続きは要りません。\n\n\
             This is a test of how mail leaves {name}. There is nothing to do."
        ),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(smtp.deliver(&letter)) {
        Ok(()) => {
            out!("taken");
            Ok(Outcome::Well)
        }
        Err(error) => {
            let (what, code) = match error {
                CourierError::Unreachable { code } => ("unreachable", code),
                CourierError::NotNow { code } => ("not now", code),
                CourierError::Refused { code } => ("refused", code),
            };
            match code {
                Some(code) => out!("{what} {code}"),
                None => out!("{what}"),
            }
            Ok(Outcome::Bad)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_of_the_mailbox_is_for_good() {
        for (code, text, is_theirs) in [
            (550, "5.1.1 no such user", true),
            (552, "5.2.2 mailbox full", false),
            (552, "mailbox full", false),
            (550, "5.2.1 mailbox disabled", true),
            (550, "no such user", true),
            (550, "5.7.1 relaying denied", false),
            (554, "5.7.1 looks like spam", false),
            (550, "5.1.8 your domain is not found", false),
            (554, "no SMTP service here", false),
            (530, "5.7.0 must issue STARTTLS first", false),
        ] {
            assert_eq!(is_of_mailbox(code, text), is_theirs, "{code} {text}");
        }
    }
}
