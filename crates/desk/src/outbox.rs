//! Messages that wait to leave: written in the same unit as what they tell of, so that nothing
//! that must be told can be forgotten by a crash.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    delivery::{Said, Tried},
    id::MessageId,
};
use kanuki_record::{
    RecordError, record,
    vault::{PersonKey, Sealed, Vault},
};
use serde::{Deserialize, Serialize};

use crate::kept::Kept;

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
    /// A few words on the screen of a device ([`crate::push`]): beside all others, never in their place.
    Push,
}

/// Where a person can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// How.
    pub channel: Channel,
    /// E-mail address, telephone number or postal address; of a push, the device's id.
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
    /// What of it can be shown years later; rows from before it was kept have nothing.
    #[serde(default)]
    kept: Option<Sealed>,
    /// When it is next tried; `None` once it has left or was given up.
    pub due_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: u32,
    /// The first message of the notice that this one is of. Only such a message may go another way
    /// where its own fails: a code in a letter is worth something because it came by letter.
    #[serde(default)]
    pub group: Option<MessageId>,
    /// How it goes.
    #[serde(default)]
    pub channel: Option<Channel>,
    /// Since when it waits.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// Every try, oldest first; of very many, the newest.
    #[serde(default)]
    pub tries: Vec<Try>,
    /// When it was given up.
    #[serde(default)]
    pub given_up_at: Option<Timestamp>,
    /// Whether another way was looked for because this one failed.
    #[serde(default)]
    pub went_on: bool,
    /// The languages that it was handed over in ([`crate::reads`]); none of what was before they were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
}

record! { Message => "message" by |m| m.message_id.to_string();
    many state = |m| Some(m.state().to_owned());
    many person_id = |m| Some(m.person_id.clone());
    many group = |m| m.group.map(|id| id.to_string());
}

/// One try to hand a message over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// When.
    pub at: Timestamp,
    /// How it ended.
    pub tried: Tried,
}

/// Longest time between two tries.
const RETRY_SECS_MAX: i64 = 900;
/// So long whoever hands a message over has it alone.
const TAKEN_SECS: i64 = 600;
/// So long it is left alone where it was looked at and its way was shut.
const PASSED_OVER_SECS: i64 = 60;
/// So many tries are kept.
const TRIES_MAX: usize = 40;

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
        let message_id = MessageId::generate(ctx);
        let kept = Kept::of(contact, content).seal((vault, ctx), person, message_id)?;
        Ok(Self {
            message_id,
            person_id: person.person_id.clone(),
            kind: content.kind.clone(),
            sealed: Some(sealed),
            kept: Some(kept),
            due_at: Some(ctx.now),
            attempts: 0,
            group: None,
            channel: Some(contact.channel),
            since: Some(ctx.now),
            tries: Vec::new(),
            given_up_at: None,
            went_on: false,
            lang: None,
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

    /// What it said, to whom, without what opens anything: also when it has left long ago. None in rows
    /// from before that was kept.
    pub fn kept(&self, vault: &Vault, person: &PersonKey) -> Result<Option<Kept>, RecordError> {
        self.kept.as_ref().map(|sealed| Kept::open(vault, person, sealed)).transpose()
    }

    /// As kept and as found by: `due`, `sent` or `given_up`.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match (self.due_at, self.given_up_at) {
            (Some(_), _) => "due",
            (None, None) => "sent",
            (None, Some(_)) => "given_up",
        }
    }

    /// Whether it leaves now.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.due_at.is_some_and(|at| at <= now)
    }

    /// Written down before it is handed over, with the languages that it is in: nobody else hands it over
    /// meanwhile, and where it cannot be written how that ended, it does not leave again at once.
    pub fn take(&mut self, now: Timestamp, lang: Option<&str>) {
        self.lang = lang.map(str::to_owned);
        self.due_at = Some(kanuki_domain::mandate::later(now, TAKEN_SECS));
    }

    /// Notes how a try ended. What has left or is given up forgets its text; what is asked for again
    /// waits twice as long each time.
    pub fn note(&mut self, now: Timestamp, tried: Tried) {
        self.tries.push(Try { at: now, tried });
        if self.tries.len() > TRIES_MAX {
            self.tries.remove(0);
        }
        match tried.said {
            Said::Taken => {
                self.sealed = None;
                self.due_at = None;
            }
            Said::Refused => self.give_up(now),
            Said::Unreachable | Said::NotNow => self.put_off(now),
        }
    }

    /// It could not leave: it is tried again later, each time after twice as long.
    pub fn put_off(&mut self, now: Timestamp) {
        self.attempts = self.attempts.saturating_add(1);
        let wait = 1_i64.checked_shl(self.attempts.min(20)).unwrap_or(RETRY_SECS_MAX);
        self.due_at = Some(kanuki_domain::mandate::later(now, wait.min(RETRY_SECS_MAX)));
    }

    /// Its way is shut now. That is no try.
    pub(crate) fn pass_over(&mut self, now: Timestamp) {
        self.due_at = self.due_at.map(|_| kanuki_domain::mandate::later(now, PASSED_OVER_SECS));
    }

    /// Nobody is reached this way: its text is forgotten.
    pub fn give_up(&mut self, now: Timestamp) {
        self.sealed = None;
        self.due_at = None;
        self.given_up_at = Some(now);
    }

    /// How long it has waited.
    #[must_use]
    pub fn waited_secs(&self, now: Timestamp) -> i64 {
        self.since.map_or(0, |since| now.duration_since(since).as_secs())
    }
}
