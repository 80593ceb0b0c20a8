//! Messages on their way out: to mail, SMS and post in the world, to an inbox in the demo.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;

use kanuki_domain::{
    Masked,
    delivery::{Said, Tried},
};

use crate::{Lang, web::metrics::Metrics};

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// E-mail.
    Mail,
    /// Text message to a telephone.
    Sms,
    /// Letter, not forwarded (転送不要).
    Post,
    /// A few words on the screen of a device.
    Push,
}

/// One message to one person, in plain text and without links (FT-41).
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id: the same when it comes again, and what a letter house reports about.
    pub id: String,
    /// How.
    pub channel: Channel,
    /// E-mail address, telephone number or postal address; of a push, what the browser said where it hears.
    pub to: String,
    /// Whose it is, for the envelope; empty when the company does not know the name.
    pub person: String,
    /// The language it is written in.
    pub lang: Lang,
    /// What it is about.
    pub subject: String,
    /// The text.
    pub body: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names, addresses and stop codes belong in no log.
        f.debug_struct("Letter").field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// The message did not leave. Nothing is lost: it is tried again, or goes another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CourierError {
    /// Nobody answered, or not safely, or does not know us: nothing leaves this way now.
    #[error("nobody takes messages over")]
    Unreachable {
        /// The number that was answered, if there was one.
        code: Option<u16>,
    },
    /// This message was not taken now.
    #[error("the message was not taken now ({code:?})")]
    NotNow {
        /// The number that was answered; none if the answer did not come.
        code: Option<u16>,
    },
    /// Whoever carries it says that nobody is reached there, ever.
    #[error("the message was refused for good ({code:?})")]
    Refused {
        /// The number that was answered; none if the address is none at all.
        code: Option<u16>,
    },
}

/// How a try ended, as it is kept with the message.
#[must_use]
pub const fn tried(end: Result<(), CourierError>) -> Tried {
    let (said, code) = match end {
        Ok(()) => (Said::Taken, None),
        Err(CourierError::Unreachable { code }) => (Said::Unreachable, code),
        Err(CourierError::NotNow { code }) => (Said::NotNow, code),
        Err(CourierError::Refused { code }) => (Said::Refused, code),
    };
    Tried { said, code }
}

/// Counts how tries end, so that whoever runs the server sees when messages do not leave.
pub fn count(metrics: &Metrics, tried: Tried) {
    let said = match tried.said {
        Said::Taken => "taken",
        Said::Unreachable => "unreachable",
        Said::NotNow => "not_now",
        Said::Refused => "refused",
    };
    let help = "Tries to hand a message over, by how they ended";
    metrics.count("message_tries", help, &[("said", said)]);
}

/// So long one pass hands mail over. What is left comes with the next, after whatever else is due: a slow
/// mail server holds up no text message and no letter.
const MAIL_SECS: i64 = 30;

/// What one pass learns of the ways out: where nobody answers for two people in a row, nobody is asked
/// again until the next pass, so that a server that is silent costs two waits and not one for each message.
/// One recipient alone shuts nobody else's way, and a push that reaches nobody speaks of its own push service
/// only: browsers said where that is.
#[derive(Debug, Default)]
pub struct Round {
    silent: Vec<(Way, Masked<String>)>,
    mail_began: Option<Timestamp>,
}

/// What a letter leaves by: its channel, and of a push the host of the service that it is handed to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Way {
    channel: Channel,
    host: Option<String>,
}

impl Way {
    fn of(letter: &Letter) -> Self {
        let host = || {
            let hears_at: serde_json::Value = serde_json::from_str(&letter.to).ok()?;
            let endpoint: http::Uri = hears_at.get("endpoint")?.as_str()?.parse().ok()?;
            endpoint.host().map(str::to_ascii_lowercase)
        };
        let host = if letter.channel == Channel::Push { host() } else { None };
        Self { channel: letter.channel, host }
    }
}

impl Round {
    /// Whether this pass still hands `letter` over: mail has its time from the first one on, whatever the
    /// pass did before.
    pub fn has_time(&mut self, letter: &Letter, now: Timestamp) -> bool {
        let is_mail = letter.channel == Channel::Mail;
        let began = if is_mail { *self.mail_began.get_or_insert(now) } else { now };
        now.duration_since(began).as_secs() < MAIL_SECS
    }

    /// Whether the way of `letter` is open, for all that this round knows.
    #[must_use]
    pub fn is_open(&self, letter: &Letter) -> bool {
        let way = Way::of(letter);
        let mut silent = self.silent.iter().filter(|(silent, _)| *silent == way);
        match (silent.next(), silent.next()) {
            (None, _) => true,
            (Some((_, to)), None) => *to.expose() != letter.to,
            (Some(_), Some(_)) => false,
        }
    }

    /// Hands `letter` over; how that ended.
    pub async fn deliver(&mut self, courier: &dyn Courier, letter: Letter) -> Tried {
        let (way, to) = (Way::of(&letter), letter.to.clone());
        let end = courier.deliver(letter).await;
        if matches!(end, Err(CourierError::Unreachable { .. })) {
            self.silent.push((way, Masked::new(to)));
        } else {
            self.silent.retain(|(silent, _)| *silent != way);
        }
        tried(end)
    }
}

/// Whoever carries messages out of the company.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Takes one message over. It may come twice when an earlier answer was lost.
    async fn deliver(&self, letter: Letter) -> Result<(), CourierError>;
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use super::*;

    /// Reaches these and nobody else.
    struct Reaches(&'static [&'static str]);

    #[async_trait]
    impl Courier for Reaches {
        async fn deliver(&self, letter: Letter) -> Result<(), CourierError> {
            if self.0.contains(&letter.to.as_str()) {
                return Ok(());
            }
            Err(CourierError::Unreachable { code: None })
        }
    }

    fn letter(to: &str) -> Letter {
        Letter {
            id: String::new(),
            channel: Channel::Mail,
            to: to.to_owned(),
            person: String::new(),
            lang: Lang::Ja,
            subject: String::new(),
            body: String::new(),
        }
    }

    /// Whom a round asks for, in order.
    fn asked(courier: &Reaches, to: &[&'static str]) -> Vec<&'static str> {
        asked_by(Channel::Mail, courier, to)
    }

    fn asked_by(channel: Channel, courier: &Reaches, to: &[&'static str]) -> Vec<&'static str> {
        let (mut round, mut asked) = (Round::default(), Vec::new());
        let letter = |to: &str| Letter { channel, ..letter(to) };
        for one in to {
            if round.is_open(&letter(one)) {
                asked.push(*one);
                let mut end = pin!(round.deliver(courier, letter(one)));
                let end = end.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                assert!(matches!(end, Poll::Ready(_)));
            }
        }
        asked
    }

    #[test]
    fn mail_has_its_time_from_the_first_mail_on_and_nothing_else_is_measured() {
        let mut round = Round::default();
        let at = |secs| Timestamp::from_second(secs).unwrap();
        let text = Letter { channel: Channel::Sms, ..letter("x") };
        assert!(round.has_time(&text, at(0)));
        assert!(round.has_time(&letter("x"), at(100)) && round.has_time(&letter("x"), at(129)));
        assert!(!round.has_time(&letter("x"), at(130)) && round.has_time(&text, at(130)));
    }

    #[test]
    fn two_screens_that_hear_nowhere_shut_no_other_push_service() {
        let fake = [
            r#"{"endpoint":"https://a.notify.windows.com/1"}"#,
            r#"{"endpoint":"https://a.notify.windows.com/2"}"#,
            r#"{"endpoint":"https://A.notify.windows.com/3"}"#,
            r#"{"endpoint":"https://fcm.googleapis.com/4"}"#,
        ];
        let [first, second, _, other] = fake;
        let nobody = Reaches(&[]);
        assert_eq!(asked_by(Channel::Push, &nobody, &fake), [first, second, other]);
    }

    #[test]
    fn one_recipient_shuts_no_way_and_two_in_a_row_do() {
        let thief = Reaches(&["a", "b"]);
        assert_eq!(asked(&thief, &["x", "x", "a", "y", "b"]), ["x", "a", "y", "b"]);
        let nobody = Reaches(&[]);
        assert_eq!(asked(&nobody, &["x", "x", "a", "y", "b"]), ["x", "a"]);
    }
}
