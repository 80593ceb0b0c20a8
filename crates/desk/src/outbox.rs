//! Messages that wait to leave: written in the same unit as what they tell of, so that nothing
//! that must be told can be forgotten by a crash.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::{Ctx, id::MessageId};
use kanuki_record::{
    RecordError, record,
    vault::{PersonKey, Sealed, Vault},
};
use serde::{Deserialize, Serialize};

/// How a message reaches a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// E-mail.
    Mail,
    /// Text message to a telephone.
    Sms,
    /// Letter, not forwarded (転送不要).
    Post,
}

/// Where a person can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// How.
    pub channel: Channel,
    /// E-mail address, telephone number or postal address.
    pub to: String,
}

/// What a message says: a key of the text catalog and its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// `notice-{kind}-subject` and `notice-{kind}-body` in the catalog.
    pub kind: String,
    /// Values of the text.
    pub values: BTreeMap<String, String>,
}

impl Content {
    /// A message without values.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self { kind: kind.to_owned(), values: BTreeMap::new() }
    }

    /// Adds a value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.values.insert(name.to_owned(), value.to_string());
        self
    }
}

/// One message on its way to one person, sealed until it leaves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Its name.
    pub message_id: MessageId,
    /// Whom it is for: a customer or holder id.
    pub person_id: String,
    /// The kind, for counting.
    pub kind: String,
    sealed: Option<Sealed>,
    /// When it is next tried; `None` once it has left.
    pub due_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: u32,
}

record! { Message => "message" by |m| m.message_id.to_string();
    many state = |m| Some(if m.due_at.is_some() { "due" } else { "sent" }.to_owned());
    many person_id = |m| Some(m.person_id.clone());
}

/// Longest time between two tries.
const RETRY_SECS_MAX: i64 = 900;

impl Message {
    /// A message that is due now.
    pub fn compose(
        vault: &Vault,
        ctx: &Ctx<'_>,
        person: &PersonKey,
        contact: &Contact,
        content: &Content,
    ) -> Result<Self, RecordError> {
        let sealed = vault.seal(ctx, person, "message|sealed", &(contact, content))?;
        Ok(Self {
            message_id: MessageId::generate(ctx),
            person_id: person.person_id.clone(),
            kind: content.kind.clone(),
            sealed: Some(sealed),
            due_at: Some(ctx.now),
            attempts: 0,
        })
    }

    /// Where it goes and what it says; an error once it has left.
    pub fn open(
        &self,
        vault: &Vault,
        person: &PersonKey,
    ) -> Result<(Contact, Content), RecordError> {
        let sealed = self.sealed.as_ref().ok_or(RecordError::Sealed)?;
        vault.open(person, "message|sealed", sealed)
    }

    /// It left: its text is forgotten.
    pub fn mark_sent(&mut self) {
        self.sealed = None;
        self.due_at = None;
    }

    /// It could not leave: try again later, each time after twice as long.
    pub fn mark_failed(&mut self, now: Timestamp) {
        self.attempts = self.attempts.saturating_add(1);
        let wait = 1_i64.checked_shl(self.attempts.min(20)).unwrap_or(RETRY_SECS_MAX);
        self.due_at = Some(kanuki_domain::mandate::later(now, wait.min(RETRY_SECS_MAX)));
    }
}
