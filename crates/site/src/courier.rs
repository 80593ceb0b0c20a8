//! Messages on their way out: to mail, SMS and post in the world, to an inbox in the demo.

use std::fmt;

use async_trait::async_trait;

use crate::Lang;

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// E-mail.
    Mail,
    /// Text message to a telephone.
    Sms,
    /// Letter, not forwarded (転送不要).
    Post,
}

/// One message to one person, in plain text and without links (FT-41).
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id: the same when it comes again, and what a letter house reports about.
    pub id: String,
    /// How.
    pub channel: Channel,
    /// E-mail address, telephone number or postal address.
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

/// The message did not leave. Nothing is lost: it is tried again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message could not be handed over")]
pub struct CourierError;

/// Whoever carries messages out of the company.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Takes one message over. It may come twice when an earlier answer was lost.
    async fn deliver(&self, letter: Letter) -> Result<(), CourierError>;
}
