//! The incident line as its receivers arrange it: one stream per partner (SSF 1.0 section 8.1).
//!
//! Without a stream, events are pushed to the address that both companies agreed on, because a
//! partner that never heard of streams must still be told. A stream says otherwise: fetch instead of
//! push, fewer kinds of events, a pause. It names no address of its own: pushing goes where the
//! registry says, whatever a request asks for (SSRF).

mod arrange;
pub mod caution;
mod config;
pub mod flood;
pub mod gravity;
pub mod halt;
pub mod line;
mod narrowed;
pub mod noted;
pub mod order;
pub mod policy;
pub mod queue;
mod restored;
pub mod unproven;

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::limits::DAY_SECS;
use kanuki_record::{Book, RecordError, record};
use kanuki_wire::set::uri as set_uri;
use serde::{Deserialize, Serialize};

pub use arrange::{Ask, Done, Said, arrange};
pub use config::{Configuration, StatusChange, SubjectChange, Verify};
pub use restored::{HearsLess, file_muted, hears_less, restore};

/// How a company's own events leave it: what its partner may arrange, and what it may not.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Who receives: a partner's client id, or a bank's code.
    pub receiver: &'a str,
    /// Who tells: the `iss` of every event.
    pub issuer: &'a str,
    /// The `aud` of every event.
    pub audience: &'a str,
    /// The one address that events are pushed to.
    pub push_url: &'a str,
    /// The kinds of events that are told at all.
    pub supported: &'a [&'static str],
}

/// Push (RFC 8935).
pub const PUSH: &str = "urn:ietf:rfc:8935";
/// Poll (RFC 8936).
pub const POLL: &str = "urn:ietf:rfc:8936";

/// How events reach the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// We push them.
    Push,
    /// The receiver fetches them.
    Poll,
}

/// Whether a stream tells anything (SSF 1.0 section 8.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamStatus {
    /// It does.
    Enabled,
    /// Not now: what happens from a week later on is told once it goes on.
    Paused,
    /// No: what happens from a week later on is never told, but for what stops something.
    Disabled,
}

/// One partner's stream.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stream {
    /// Whose it is. There is one for each.
    pub receiver: String,
    /// Its name.
    pub stream_id: String,
    /// The kinds of events that the receiver asked for; none: all of them.
    pub events_requested: Option<Vec<String>>,
    /// How they reach it.
    pub delivery: Delivery,
    /// The receiver's own words about it.
    pub description: Option<String>,
    /// Whether it tells anything.
    pub status: StreamStatus,
    /// Why it does not.
    pub reason: Option<String>,
    /// Since when there is such a stream.
    pub since: Timestamp,
    /// When its receiver last asked whether the line works.
    pub verified_at: Option<Timestamp>,
    /// Kinds of events that its receiver no longer wants, and since when.
    #[serde(default)]
    pub unwanted: BTreeMap<String, Timestamp>,
    /// Since when it is paused or disabled.
    #[serde(default, alias = "disabled_at")]
    pub quiet_since: Option<Timestamp>,
    /// Since when what is told waits to be fetched.
    #[serde(default)]
    pub fetched_since: Option<Timestamp>,
}

record! { Stream => "signal_stream" by |s| s.receiver.clone(); }

/// A subject that a receiver wants to hear no more of. Written for names that nobody has as well:
/// the answer must not tell which exist (SSF 1.0 section 9.1).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MutedSubject {
    /// `receiver|subject`.
    pub muted_id: String,
    /// Since when.
    pub since: Timestamp,
}

record! { MutedSubject => "signal_muted" by |m| m.muted_id.clone();
    many receiver = |m| m.muted_id.split_once('|').map(|(receiver, _)| receiver.to_owned());
}

/// So many names that one receiver mutes are too many to be people who left: people here are told.
pub const MUTED_MAX: usize = 5;

/// How long whatever makes a receiver hear less is not followed: a muted subject, an event that is not
/// asked for any more, a stream that is paused, disabled or to be fetched. Whoever steals a receiver's
/// key must not be able to silence the alarm about what they do next (SSF 1.0 section 9.3).
pub const MUTE_AFTER_SECS: i64 = 7 * DAY_SECS;

/// The least time between two questions whether the line works.
pub const VERIFICATION_INTERVAL_SECS: i64 = 60;

/// What a receiver asked for could not be done.
#[derive(Debug, thiserror::Error)]
pub enum SignalError {
    /// It makes no sense, or it would move what is pinned.
    #[error("{0}")]
    Malformed(&'static str),
    /// No such stream of this receiver's.
    #[error("no such stream")]
    Unknown,
    /// It has a stream.
    #[error("there is a stream, and one is all there can be")]
    Exists,
    /// Asked again within the interval.
    #[error("asked too soon")]
    TooSoon,
    /// The store does not answer, or somebody was faster.
    #[error("the record could not be kept")]
    Record(RecordError),
}

impl From<RecordError> for SignalError {
    fn from(error: RecordError) -> Self {
        match error {
            // Two requests for a first stream: one of them was first.
            RecordError::Duplicate { table: "signal_stream", .. } => Self::Exists,
            other => Self::Record(other),
        }
    }
}

/// What becomes of one event on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// It is pushed, and may be fetched as well.
    Push,
    /// It waits until it is fetched.
    Fetch,
    /// It waits until the stream goes on.
    Hold,
    /// The receiver does not want it: it is never told.
    Drop,
}

/// Whether what waits for `receiver` may be pushed to it now.
pub async fn is_pushed(book: &Book, now: Timestamp, receiver: &str) -> Result<bool, RecordError> {
    let stream = book.find_shared::<Stream>(receiver).await?;
    Ok(stream.is_none_or(|stream| {
        stream.followed(now) == StreamStatus::Enabled && stream.is_pushed(now)
    }))
}

/// What becomes of an event of kind `uri` about `subject`.
pub async fn passage(
    book: &Book,
    now: Timestamp,
    receiver: &str,
    (uri, subject): (&str, &str),
) -> Result<Passage, RecordError> {
    let Some(stream) = book.find_shared::<Stream>(receiver).await? else {
        return Ok(Passage::Push);
    };
    match stream.followed(now) {
        StreamStatus::Enabled => {}
        StreamStatus::Paused => return Ok(Passage::Hold),
        StreamStatus::Disabled => {
            return Ok(if WAITS.contains(&uri) { Passage::Hold } else { Passage::Drop });
        }
    }
    let delivered = if stream.is_pushed(now) { Passage::Push } else { Passage::Fetch };
    if uri == set_uri::CASE_SHARED || subject == stream.stream_id {
        return Ok(delivered);
    }
    if !stream.is_delivered(uri, now) || is_muted(book, now, receiver, subject).await? {
        return Ok(Passage::Drop);
    }
    Ok(delivered)
}

/// What a disabled stream keeps until it is enabled again: what stops something, and the number of a case
/// that both companies have for somebody who was robbed.
const WAITS: [&str; 6] = [
    set_uri::CASE_SHARED,
    set_uri::LINK_STATUS_CHANGED,
    set_uri::ACCOUNT_DISABLED,
    set_uri::CREDENTIAL_COMPROMISE,
    set_uri::DEBIT_DISPUTED,
    set_uri::SERVICE_STATUS_CHANGED,
];

/// Whether what was said at `since` is to be followed by now.
fn is_grace_over(now: Timestamp, since: Timestamp) -> bool {
    now.duration_since(since).as_secs() >= MUTE_AFTER_SECS
}

impl Stream {
    /// Whether its receiver asks for events of this kind.
    fn wants(&self, uri: &str) -> bool {
        self.events_requested.as_ref().is_none_or(|wanted| wanted.iter().any(|one| one == uri))
    }

    /// Whether events of this kind are told, because they are asked for or were until lately.
    fn is_delivered(&self, uri: &str, now: Timestamp) -> bool {
        let since = self.unwanted.get(uri).copied().unwrap_or(self.since);
        self.wants(uri) || uri == set_uri::CASE_SHARED || !is_grace_over(now, since)
    }

    /// Its status as it is followed: a pause and an end only after a while.
    fn followed(&self, now: Timestamp) -> StreamStatus {
        let is_over = is_grace_over(now, self.quiet_since.unwrap_or(self.since));
        if is_over { self.status } else { StreamStatus::Enabled }
    }

    /// Whether it is pushed, because it is to be or was until lately.
    fn is_pushed(&self, now: Timestamp) -> bool {
        self.delivery == Delivery::Push
            || !is_grace_over(now, self.fetched_since.unwrap_or(self.since))
    }

    /// Takes this way from `now` on; fetched again, it counts from the first time.
    fn deliver(&mut self, delivery: Delivery, now: Timestamp) {
        let since = if self.delivery == Delivery::Poll { self.since } else { now };
        self.fetched_since = match delivery {
            Delivery::Push => None,
            Delivery::Poll => self.fetched_since.or(Some(since)),
        };
        self.delivery = delivery;
    }

    /// Takes this status from `now` on; paused or disabled again, it counts from the first time.
    fn set_status(&mut self, status: StreamStatus, now: Timestamp) {
        self.quiet_since = match status {
            StreamStatus::Enabled => None,
            StreamStatus::Paused | StreamStatus::Disabled => self.quiet_since.or(Some(now)),
        };
        self.status = status;
    }
}

async fn is_muted(
    book: &Book,
    now: Timestamp,
    receiver: &str,
    subject: &str,
) -> Result<bool, RecordError> {
    let muted = book.find::<MutedSubject>(format!("{receiver}|{subject}")).await?;
    Ok(muted.is_some_and(|muted| is_grace_over(now, muted.since)))
}

/// The transmitter's configuration document (SSF 1.0 section 7.1).
#[must_use]
pub fn metadata(issuer: &str, jwks_uri: &str) -> serde_json::Value {
    serde_json::json!({
        "spec_version": "1_0",
        "issuer": issuer,
        "jwks_uri": jwks_uri,
        "delivery_methods_supported": [PUSH, POLL],
        "configuration_endpoint": format!("{issuer}/ssf/stream"),
        "status_endpoint": format!("{issuer}/ssf/status"),
        "add_subject_endpoint": format!("{issuer}/ssf/subjects/add"),
        "remove_subject_endpoint": format!("{issuer}/ssf/subjects/remove"),
        "verification_endpoint": format!("{issuer}/ssf/verify"),
        // A fresh assertion for each request (RFC 7523), as `Authorization: Bearer`.
        "authorization_schemes": [{ "spec_urn": "urn:ietf:rfc:7523" }],
        "default_subjects": "ALL",
    })
}

#[cfg(test)]
mod tests;
