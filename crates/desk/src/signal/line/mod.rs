//! Whether a partner's line to us lives: asked once an hour, because silence looks like peace.
//!
//! A partner whose alarms do not arrive is worse than one that has none: everybody relies on them.
//! So the receiver asks for a word (SSF 1.0 section 8.1.4) with a state that nobody can guess, and
//! it must come back by the way of the alarms, signed like them. And it asks what its stream brings: a
//! word that comes back is worth nothing where somebody with our key asked for no alarms. Nothing stops by silence; people
//! are told, once.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{CaseId, encode_base32},
    mandate::later,
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use kanuki_wire::set::uri;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::PUSH;
use crate::case::{Case, CaseKind};

/// A word that comes back later than this is none: whoever holds it back holds back alarms too.
pub const ANSWER_SECS: i64 = 1_200;
/// So many questions in a row without a word, and the line is silent.
pub const MISSES_MAX: u32 = 3;
/// So many characters of a stream's name are kept: it is the partner who says it.
const STREAM_ID_MAX: usize = 128;
/// The alarms that must reach us.
const ACTED_ON: [&str; 11] = [
    uri::LINK_STATUS_CHANGED,
    uri::ACCOUNT_DISABLED,
    uri::CREDENTIAL_COMPROMISE,
    uri::DEBIT_DISPUTED,
    uri::SERVICE_STATUS_CHANGED,
    uri::CASE_SHARED,
    uri::IDENTIFIER_RECYCLED,
    uri::IDENTIFIER_CHANGED,
    uri::RECOVERY_ACTIVATED,
    uri::ASSURANCE_LEVEL_CHANGE,
    uri::RISK_LEVEL_CHANGE,
];
/// The least time between two questions, and what chance adds: about an hour, and not all at once.
const EVERY_SECS: (i64, u8) = (3_000, 5);
/// The same after a question without a word.
const AGAIN_SECS: (i64, u8) = (1_260, 2);

/// What we know of one partner's line to us.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LineWatch {
    /// Whose: a client id, or a bank's code.
    pub partner: String,
    /// Our stream there, once there is one.
    stream_id: Option<String>,
    /// What we said last, until it comes back.
    state: Option<String>,
    /// When.
    asked_at: Option<Timestamp>,
    /// When we ask again.
    next_at: Timestamp,
    /// Questions in a row without a word.
    misses: u32,
    /// When a word last came back.
    pub heard_at: Option<Timestamp>,
    /// Since when it is known to be silent.
    pub silent_since: Option<Timestamp>,
    /// The case of that.
    pub case_id: Option<CaseId>,
    /// Its word comes back, and what it says of our stream is that alarms do not.
    #[serde(default)]
    pub is_narrowed: bool,
}

record! { LineWatch => "signal_line" by |l| l.partner.clone(); }

/// One request to the partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Which stream is ours?
    Find,
    /// Make one.
    Make,
    /// Does it tell anything now?
    Look,
    /// A word, please.
    Ask,
}

/// A request as it is sent.
#[derive(Clone, Debug)]
pub struct Call {
    /// Below the partner's issuer.
    pub path: String,
    /// What is sent; none is a `GET`.
    pub body: Option<Value>,
}

/// What was answered: the status and the body, or nothing.
pub type Told = Option<(u16, Value)>;

/// A question under way.
#[derive(Clone, Debug)]
pub struct Asking {
    partner: String,
    state: String,
    stream_id: Option<String>,
    step: Step,
    is_asked: bool,
    is_narrowed: bool,
}

impl Asking {
    /// What to send now. `push_url` is our own address for events.
    #[must_use]
    pub fn call(&self, push_url: &str) -> Call {
        match self.step {
            Step::Find => Call { path: "/ssf/stream".to_owned(), body: None },
            Step::Make => {
                let delivery = json!({ "method": PUSH, "endpoint_url": push_url });
                let body = Some(json!({ "delivery": delivery }));
                Call { path: "/ssf/stream".to_owned(), body }
            }
            Step::Look => {
                let id = self.stream_id.as_deref().unwrap_or_default();
                Call { path: format!("/ssf/status?stream_id={id}"), body: None }
            }
            Step::Ask => {
                let body = json!({ "stream_id": self.stream_id, "state": self.state });
                Call { path: "/ssf/verify".to_owned(), body: Some(body) }
            }
        }
    }

    /// Takes an answer; true if there is more to send.
    pub fn take(&mut self, told: &Told) -> bool {
        let Some((status, body)) = told else { return false };
        match (self.step, status) {
            (Step::Find, 200) => {
                // One that waits to be fetched brings no word.
                let mut all = body.as_array().into_iter().flatten();
                let found = all.find(|stream| is_pushed(stream));
                self.is_narrowed = found.is_some_and(is_narrow);
                self.stream_id = found.and_then(id_in);
                self.step = if self.stream_id.is_some() { Step::Look } else { Step::Make };
                true
            }
            (Step::Make, 201) => {
                (self.stream_id, self.step) = (id_in(body), Step::Ask);
                self.stream_id.is_some()
            }
            // One that does not say it is asked for a word all the same.
            (Step::Look, _) => {
                let said = body.get("status").and_then(Value::as_str);
                self.is_narrowed |= *status == 200 && said.is_some_and(|said| said != "enabled");
                self.step = Step::Ask;
                true
            }
            (Step::Ask, 200..=299) => {
                self.is_asked = true;
                false
            }
            _ => false,
        }
    }
}

/// The stream's name. One that is longer, or that has no place in an address, is no name that we keep.
fn id_in(stream: &Value) -> Option<String> {
    let id = stream.get("stream_id")?.as_str()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    (id.len() <= STREAM_ID_MAX && id.chars().all(is_plain)).then(|| id.to_owned())
}

/// Whether a stream brings less than the partner has and we act on: somebody asked for less in our
/// name.
fn is_narrow(stream: &Value) -> bool {
    let has = |member: &str, uri: &str| {
        let said = stream.get(member).and_then(Value::as_array);
        said.map(|said| said.iter().any(|one| one == uri))
    };
    ACTED_ON.iter().any(|uri| {
        has("events_supported", uri) == Some(true)
            && (has("events_requested", uri) == Some(false)
                || has("events_delivered", uri) == Some(false))
    })
}

fn is_pushed(stream: &Value) -> bool {
    stream.pointer("/delivery/method").and_then(Value::as_str) == Some(PUSH)
}

fn chance(ctx: &Ctx<'_>, (least, times): (i64, u8)) -> i64 {
    // A byte, several times: a spread over some minutes.
    let [byte] = ctx.random::<1>();
    least.saturating_add(i64::from(byte).saturating_mul(i64::from(times)))
}

/// Begins a question to `partner` if one is due. It is written before anything is sent: the word may
/// come back before the answer does.
pub async fn begin(
    book: &Book,
    ctx: &Ctx<'_>,
    partner: &str,
) -> Result<Option<Asking>, RecordError> {
    let known = book.find::<LineWatch>(partner).await?;
    if known.as_ref().is_some_and(|line| ctx.now < line.next_at) {
        return Ok(None);
    }
    let state = encode_base32(u128::from_be_bytes(ctx.random()));
    let mut unit = Unit::new();
    if let Some(mut line) = known {
        let edit = line.edit();
        if edit.state.is_some() {
            edit.misses = edit.misses.saturating_add(1);
        }
        edit.ask(ctx, &state);
        if edit.is_silent_now() {
            fall_silent(book, ctx, &mut unit, edit, "=line_silent|").await?;
        }
        unit.update(&line);
    } else {
        let mut line = LineWatch {
            partner: partner.to_owned(),
            stream_id: None,
            state: None,
            asked_at: None,
            next_at: ctx.now,
            misses: 0,
            heard_at: None,
            silent_since: None,
            case_id: None,
            is_narrowed: false,
        };
        line.ask(ctx, &state);
        unit.insert(&line);
    }
    match book.commit(unit).await {
        Ok(()) => {}
        // Another node asks.
        Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => return Ok(None),
        Err(error) => return Err(error),
    }
    let (partner, stream_id, step) = (partner.to_owned(), None, Step::Find);
    let (is_asked, is_narrowed) = (false, false);
    Ok(Some(Asking { partner, state, stream_id, step, is_asked, is_narrowed }))
}

/// Keeps what came of a question: the stream's name, or that it could not even be asked.
pub async fn finish(book: &Book, ctx: &Ctx<'_>, asked: &Asking) -> Result<(), RecordError> {
    // The word may come back at this very moment, in another request.
    for _ in 0..3 {
        let Some(mut line) = book.find::<LineWatch>(&asked.partner).await? else { return Ok(()) };
        let mut unit = Unit::new();
        let edit = line.edit();
        edit.stream_id.clone_from(&asked.stream_id);
        if asked.is_asked {
            edit.is_narrowed = asked.is_narrowed;
        }
        if !asked.is_asked && edit.state.as_ref() == Some(&asked.state) {
            edit.state = None;
            edit.misses = edit.misses.saturating_add(1);
            edit.next_at = later(ctx.now, chance(ctx, AGAIN_SECS));
            if edit.is_silent_now() {
                fall_silent(book, ctx, &mut unit, edit, "=line_silent|").await?;
            }
        }
        // Said by the partner itself: no need to wait for more.
        if edit.is_narrowed && edit.silent_since.is_none() {
            fall_silent(book, ctx, &mut unit, edit, "=line_cut|").await?;
        }
        unit.update(&line);
        match book.commit(unit).await {
            Err(RecordError::Conflict { .. }) => {}
            other => return other,
        }
    }
    Ok(())
}

/// Adds to `unit` that `partner` said this word. True if it is the one that we wait for, in time.
pub async fn heard(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (partner, state): (&str, Option<&str>),
) -> Result<bool, RecordError> {
    let Some(mut line) = book.find::<LineWatch>(partner).await? else { return Ok(false) };
    let is_in_time =
        line.asked_at.is_some_and(|at| ctx.now.duration_since(at).as_secs() <= ANSWER_SECS);
    if state.is_none() || line.state.as_deref() != state || !is_in_time {
        return Ok(false);
    }
    let edit = line.edit();
    (edit.state, edit.misses, edit.heard_at) = (None, 0, Some(ctx.now));
    edit.next_at = later(ctx.now, chance(ctx, EVERY_SECS));
    // A word alone is none of the alarms: they were asked for less.
    if !edit.is_narrowed
        && edit.silent_since.take().is_some()
        && let Some(case_id) = edit.case_id.take()
        && let Some(mut case) = book.find::<Case>(case_id).await?
    {
        case.edit().close(ctx.now, "system", "=line_back|");
        unit.update(&case).audit(AuditEntry::new(ctx.now, "system", "case.closed", case_id));
    }
    unit.update(&line);
    Ok(true)
}

/// Every line that was ever asked, by its partner.
pub async fn all(book: &Book, partners: &[String]) -> Result<Vec<LineWatch>, RecordError> {
    let mut lines = Vec::new();
    for partner in partners {
        lines.extend(book.find::<LineWatch>(partner).await?.map(Stored::into_inner));
    }
    Ok(lines)
}

impl LineWatch {
    /// Whether it lives; none while no word was waited for long enough to know.
    #[must_use]
    pub fn lives(&self) -> Option<bool> {
        match (self.silent_since, self.heard_at) {
            (Some(_), _) => Some(false),
            (None, Some(_)) => Some(true),
            (None, None) => None,
        }
    }

    fn ask(&mut self, ctx: &Ctx<'_>, state: &str) {
        let pause = if self.misses == 0 { EVERY_SECS } else { AGAIN_SECS };
        self.state = Some(state.to_owned());
        self.asked_at = Some(ctx.now);
        self.next_at = later(ctx.now, chance(ctx, pause));
    }

    const fn is_silent_now(&self) -> bool {
        self.misses >= MISSES_MAX && self.silent_since.is_none()
    }
}

/// Once for each silence, however long it lasts.
async fn fall_silent(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    line: &mut LineWatch,
    why: &str,
) -> Result<(), RecordError> {
    line.silent_since = Some(ctx.now);
    let about = format!("line|{}", line.partner);
    let cases = book.list::<Case>("about", &about).await?;
    if let Some(open) = cases.iter().find(|case| case.closed_at.is_none()) {
        line.case_id = Some(open.case_id);
        return Ok(());
    }
    let mut case = Case::open(ctx, CaseKind::SilentLine, &about, None);
    case.note(ctx.now, "system", why);
    let audit = AuditEntry::new(ctx.now, "system", "case.opened", case.case_id);
    unit.insert(&case).audit(audit.with("about", &about));
    line.case_id = Some(case.case_id);
    Ok(())
}

#[cfg(test)]
mod tests;
