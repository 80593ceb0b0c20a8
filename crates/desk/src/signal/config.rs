//! What receivers send about their stream, as JSON. Members that we have no word for are ignored
//! (SSF 1.0 section 8.1.1); those that are ours to say must be what we say.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Delivery, Line, POLL, PUSH, SignalError, Stream, StreamStatus, VERIFICATION_INTERVAL_SECS,
};

const EVENTS_MAX: usize = 64;
const TEXT_BYTES_MAX: usize = 1_000;

/// A stream's configuration, as a receiver sends it (SSF 1.0 section 8.1.1).
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Configuration {
    pub(super) stream_id: Option<String>,
    iss: Option<String>,
    aud: Option<Value>,
    events_supported: Option<Vec<String>>,
    pub(super) events_requested: Option<Vec<String>>,
    events_delivered: Option<Vec<String>>,
    delivery: Option<AskedDelivery>,
    min_verification_interval: Option<i64>,
    pub(super) description: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct AskedDelivery {
    method: String,
    endpoint_url: Option<String>,
    authorization_header: Option<String>,
}

/// Whether a stream should tell anything (SSF 1.0 section 8.1.2.2).
#[derive(Clone, Debug, Deserialize)]
pub struct StatusChange {
    pub(super) stream_id: String,
    pub(super) status: StreamStatus,
    pub(super) reason: Option<String>,
}

/// A subject to tell of, or not (SSF 1.0 section 8.1.3).
#[derive(Clone, Debug, Deserialize)]
pub struct SubjectChange {
    pub(super) stream_id: String,
    subject: Subject,
}

#[derive(Clone, Debug, Deserialize)]
struct Subject {
    format: String,
    id: Option<String>,
}

/// The question whether the line works (SSF 1.0 section 8.1.4.2).
#[derive(Clone, Debug, Deserialize)]
pub struct Verify {
    pub(super) stream_id: String,
    pub(super) state: Option<String>,
}

fn malformed<T>(why: &'static str) -> Result<T, SignalError> {
    Err(SignalError::Malformed(why))
}

impl SubjectChange {
    /// The opaque name. Who it is, or whether it is anybody, is not looked at.
    pub(super) fn name(&self) -> Result<&str, SignalError> {
        let name = self.subject.id.as_deref().filter(|id| (1..=256).contains(&id.len()));
        match name {
            Some(name) if self.subject.format == "opaque" => Ok(name),
            _ => malformed("subjects are opaque names of 1 to 256 bytes"),
        }
    }
}

impl Verify {
    pub(super) fn check(&self) -> Result<(), SignalError> {
        match &self.state {
            Some(state) if state.len() > TEXT_BYTES_MAX => malformed("the state is too long"),
            _ => Ok(()),
        }
    }
}

impl Configuration {
    /// Checks everything but what the receiver may choose, and gives the delivery that it chose.
    pub(super) fn check(
        &self,
        line: &Line<'_>,
        (known, now): (Option<&Stream>, Timestamp),
    ) -> Result<Option<Delivery>, SignalError> {
        let is_ours = |said: &Option<String>, is: &str| said.as_deref().is_none_or(|s| s == is);
        if !is_ours(&self.iss, line.issuer) || self.aud.as_ref().is_some_and(|a| !is_for(a, line)) {
            return malformed("iss and aud are not for a receiver to choose");
        }
        if self.min_verification_interval.is_some_and(|secs| secs != VERIFICATION_INTERVAL_SECS) {
            return malformed("min_verification_interval is not for a receiver to choose");
        }
        let is_supported = |said: &Vec<String>| said.iter().eq(line.supported.iter());
        let delivered = |said: &Vec<String>| match known {
            Some(stream) => *said == delivered(stream, line, now),
            None => false,
        };
        if !self.events_supported.as_ref().is_none_or(is_supported)
            || !self.events_delivered.as_ref().is_none_or(delivered)
        {
            return malformed(
                "events_supported and events_delivered are not for a receiver to choose",
            );
        }
        let wanted = self.events_requested.as_deref().unwrap_or_default();
        if wanted.len() > EVENTS_MAX || wanted.iter().any(|uri| uri.len() > TEXT_BYTES_MAX) {
            return malformed("too many events");
        }
        if self.description.as_ref().is_some_and(|text| text.len() > TEXT_BYTES_MAX) {
            return malformed("the description is too long");
        }
        self.delivery.as_ref().map(|asked| asked.check(line)).transpose()
    }
}

impl AskedDelivery {
    fn check(&self, line: &Line<'_>) -> Result<Delivery, SignalError> {
        if self.authorization_header.is_some() {
            return malformed("events are signed, and pushed without an authorization header");
        }
        let there = self.endpoint_url.as_deref();
        match self.method.as_str() {
            PUSH if there == Some(line.push_url) => Ok(Delivery::Push),
            PUSH => malformed("events are pushed to the address in the registry and nowhere else"),
            POLL if there.is_none_or(|url| url == poll_url(line)) => Ok(Delivery::Poll),
            POLL => malformed("where events are fetched is not for a receiver to choose"),
            _ => malformed("the delivery method is not supported"),
        }
    }
}

fn is_for(said: &Value, line: &Line<'_>) -> bool {
    *said == json!(line.audience) || *said == json!([line.audience])
}

fn poll_url(line: &Line<'_>) -> String {
    format!("{}/ssf/poll", line.issuer)
}

/// What is told, also where it is not asked for any more: the receiver is not told otherwise.
fn delivered(stream: &Stream, line: &Line<'_>, now: Timestamp) -> Vec<String> {
    let all = line.supported.iter().filter(|uri| stream.is_delivered(uri, now));
    all.map(|uri| (*uri).to_owned()).collect()
}

fn supported(line: &Line<'_>) -> Vec<String> {
    line.supported.iter().map(|uri| (*uri).to_owned()).collect()
}

/// A stream as its receiver is told of it.
pub(super) fn show(stream: &Stream, line: &Line<'_>, now: Timestamp) -> Value {
    let (method, there) = match stream.delivery {
        Delivery::Push => (PUSH, line.push_url.to_owned()),
        Delivery::Poll => (POLL, poll_url(line)),
    };
    let requested = stream.events_requested.as_deref();
    let mut shown = json!({
        "stream_id": stream.stream_id,
        "iss": line.issuer,
        "aud": line.audience,
        "events_supported": line.supported,
        "events_requested": requested.map_or_else(|| supported(line), <[String]>::to_vec),
        "events_delivered": delivered(stream, line, now),
        "delivery": { "method": method, "endpoint_url": there },
        "min_verification_interval": VERIFICATION_INTERVAL_SECS,
    });
    if let (Value::Object(members), Some(text)) = (&mut shown, &stream.description) {
        members.insert("description".to_owned(), json!(text));
    }
    shown
}

/// Whether it tells anything, as its receiver is told.
pub(super) fn show_status(stream: &Stream) -> Value {
    let mut shown = json!({ "stream_id": stream.stream_id, "status": stream.status });
    if let (Value::Object(members), Some(reason)) = (&mut shown, &stream.reason) {
        members.insert("reason".to_owned(), json!(reason));
    }
    shown
}

/// A reason is kept as long as it is short.
pub(super) fn short(reason: Option<String>) -> Result<Option<String>, SignalError> {
    match reason {
        Some(reason) if reason.len() > TEXT_BYTES_MAX => malformed("the reason is too long"),
        other => Ok(other),
    }
}
