//! A receiver arranges its stream: what it asks for, and what it is told.

use std::collections::BTreeMap;

use kanuki_domain::{Ctx, id::encode_base32};
use kanuki_record::{AuditEntry, Book, Stored, Unit};
use serde_json::{Value, json};

use super::{
    Configuration, Delivery, Line, MUTED_MAX, MutedSubject, SignalError, StatusChange, Stream,
    StreamStatus, SubjectChange, VERIFICATION_INTERVAL_SECS, Verify,
    config::{short, show, show_status},
    narrowed::{Heard, tell_desk},
};

/// What a receiver asks for (SSF 1.0 section 8.1).
#[derive(Clone, Debug)]
pub enum Ask {
    /// A first stream.
    Create(Configuration),
    /// How a stream is arranged; without a name, all of the receiver's.
    Read(Option<String>),
    /// Other values for the members that are there.
    Update(Configuration),
    /// Other values for all that a receiver may choose.
    Replace(Configuration),
    /// No stream any more: events are pushed as was agreed.
    Delete(Option<String>),
    /// Whether it tells anything.
    Status(Option<String>),
    /// That it shall, or not.
    SetStatus(StatusChange),
    /// To hear of a subject again.
    AddSubject(SubjectChange),
    /// To hear of a subject no more.
    RemoveSubject(SubjectChange),
    /// A word on the line.
    Verify(Verify),
}

/// What the receiver is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// There is a stream now: 201.
    Made(Value),
    /// So it is: 200.
    Is(Value),
    /// Done: 200 without a body.
    Done,
    /// Done: 204.
    Nothing,
}

/// What is to be written, and told.
#[derive(Debug)]
pub struct Done {
    /// The answer.
    pub said: Said,
    /// What it takes; empty where nothing changed.
    pub unit: Unit,
    /// The stream that wants a word on the line, and the state that it said.
    pub verification: Option<(String, Option<String>)>,
}

impl Done {
    fn said(said: Said, unit: Unit) -> Self {
        Self { said, unit, verification: None }
    }
}

/// Does what the receiver at the end of `line` asks for. The caller commits the unit, with the
/// verification event in its outbox.
pub async fn arrange(
    book: &Book,
    ctx: &Ctx<'_>,
    line: &Line<'_>,
    ask: Ask,
) -> Result<Done, SignalError> {
    match ask {
        Ask::Create(wanted) => create(book, ctx, line, wanted).await,
        Ask::Read(None) => {
            let all = book.find::<Stream>(line.receiver).await?;
            let shown: Vec<Value> = all.iter().map(|stream| show(stream, line, ctx.now)).collect();
            Ok(Done::said(Said::Is(json!(shown)), Unit::new()))
        }
        Ask::Read(Some(id)) => {
            let stream = own(book, line, &id).await?;
            Ok(Done::said(Said::Is(show(&stream, line, ctx.now)), Unit::new()))
        }
        Ask::Update(wanted) => change(book, ctx, line, wanted, false).await,
        Ask::Replace(wanted) => change(book, ctx, line, wanted, true).await,
        Ask::Delete(id) => {
            let stream = own(book, line, &named(id)?).await?;
            let mut unit = Unit::new();
            unit.delete(&stream).audit(entry(ctx, line, "signal.stream_deleted", &stream));
            Ok(Done::said(Said::Nothing, unit))
        }
        Ask::Status(id) => {
            let stream = own(book, line, &named(id)?).await?;
            Ok(Done::said(Said::Is(show_status(&stream)), Unit::new()))
        }
        Ask::SetStatus(change) => set_status(book, ctx, line, change).await,
        Ask::AddSubject(change) => add_subject(book, ctx, line, &change).await,
        Ask::RemoveSubject(change) => remove_subject(book, ctx, line, &change).await,
        Ask::Verify(asked) => verify(book, ctx, line, asked).await,
    }
}

fn named(id: Option<String>) -> Result<String, SignalError> {
    id.ok_or(SignalError::Malformed("stream_id is missing"))
}

fn entry(ctx: &Ctx<'_>, line: &Line<'_>, act: &'static str, stream: &Stream) -> AuditEntry {
    AuditEntry::new(ctx.now, line.receiver, act, &stream.stream_id)
}

/// The receiver's stream of this name. Somebody else's is not there.
async fn own(book: &Book, line: &Line<'_>, id: &str) -> Result<Stored<Stream>, SignalError> {
    let stream = book.find::<Stream>(line.receiver).await?;
    stream.filter(|stream| stream.stream_id == id).ok_or(SignalError::Unknown)
}

async fn create(
    book: &Book,
    ctx: &Ctx<'_>,
    line: &Line<'_>,
    wanted: Configuration,
) -> Result<Done, SignalError> {
    let delivery = wanted.check(line, (None, ctx.now))?;
    if wanted.stream_id.is_some() {
        return Err(SignalError::Malformed("stream_id is not for a receiver to choose"));
    }
    if book.find::<Stream>(line.receiver).await?.is_some() {
        return Err(SignalError::Exists);
    }
    let mut stream = Stream {
        receiver: line.receiver.to_owned(),
        stream_id: encode_base32(u128::from_be_bytes(ctx.random())),
        events_requested: wanted.events_requested,
        // Section 8.1.1.1: whoever names no way fetches.
        delivery: delivery.unwrap_or(Delivery::Poll),
        description: wanted.description,
        status: StreamStatus::Enabled,
        reason: None,
        since: ctx.now,
        verified_at: None,
        unwanted: BTreeMap::new(),
        quiet_since: None,
        fetched_since: None,
    };
    if stream.delivery == Delivery::Poll {
        // Until now it was pushed.
        stream.fetched_since = Some(ctx.now);
    }
    // Without a stream it heard of everything.
    let before = Heard::everything();
    stream.note_unwanted(line.supported, ctx.now);
    let mut unit = Unit::new();
    let entry = entry(ctx, line, "signal.stream_created", &stream);
    unit.insert(&stream).audit(before.audit(&stream, entry));
    before.tell_desk(book, ctx, &mut unit, (line, &stream)).await?;
    Ok(Done::said(Said::Made(show(&stream, line, ctx.now)), unit))
}

async fn change(
    book: &Book,
    ctx: &Ctx<'_>,
    line: &Line<'_>,
    wanted: Configuration,
    is_whole: bool,
) -> Result<Done, SignalError> {
    let mut stream = own(book, line, &named(wanted.stream_id.clone())?).await?;
    let delivery = wanted.check(line, (Some(&stream), ctx.now))?;
    let before = Heard::of(&stream);
    let edit = stream.edit();
    if is_whole || wanted.events_requested.is_some() {
        edit.events_requested = wanted.events_requested;
    }
    if is_whole || wanted.description.is_some() {
        edit.description = wanted.description;
    }
    match delivery {
        Some(delivery) => edit.deliver(delivery, ctx.now),
        None if is_whole => edit.deliver(Delivery::Poll, ctx.now),
        None => {}
    }
    edit.note_unwanted(line.supported, ctx.now);
    let mut unit = Unit::new();
    let entry = entry(ctx, line, "signal.stream_changed", &stream);
    unit.update(&stream).audit(before.audit(&stream, entry));
    before.tell_desk(book, ctx, &mut unit, (line, &*stream)).await?;
    Ok(Done::said(Said::Is(show(&stream, line, ctx.now)), unit))
}

async fn set_status(
    book: &Book,
    ctx: &Ctx<'_>,
    line: &Line<'_>,
    change: StatusChange,
) -> Result<Done, SignalError> {
    let mut stream = own(book, line, &change.stream_id).await?;
    let before = Heard::of(&stream);
    let edit = stream.edit();
    edit.reason = short(change.reason)?;
    edit.set_status(change.status, ctx.now);
    let entry = entry(ctx, line, "signal.stream_status", &stream);
    let mut unit = Unit::new();
    unit.update(&stream).audit(before.audit(&stream, entry));
    before.tell_desk(book, ctx, &mut unit, (line, &*stream)).await?;
    Ok(Done::said(Said::Is(show_status(&stream)), unit))
}

async fn add_subject(
    book: &Book,
    ctx: &Ctx<'_>,
    line: &Line<'_>,
    change: &SubjectChange,
) -> Result<Done, SignalError> {
    let name = change.name()?;
    let stream = own(book, line, &change.stream_id).await?;
    let mut unit = Unit::new();
    // Everybody is told of unless muted, so there is nothing to write for most.
    if let Some(muted) = book.find::<MutedSubject>(format!("{}|{name}", line.receiver)).await? {
        let entry = entry(ctx, line, "signal.subject_added", &stream).with("name", name);
        unit.delete(&muted).audit(entry);
    }
    Ok(Done::said(Said::Done, unit))
}

async fn remove_subject(
    book: &Book,
    ctx: &Ctx<'_>,
    line: &Line<'_>,
    change: &SubjectChange,
) -> Result<Done, SignalError> {
    let name = change.name()?;
    let stream = own(book, line, &change.stream_id).await?;
    let muted_id = format!("{}|{name}", line.receiver);
    let mut unit = Unit::new();
    // Asked again, it counts from the first time.
    if book.find::<MutedSubject>(&muted_id).await?.is_none() {
        let entry = entry(ctx, line, "signal.subject_removed", &stream).with("name", name);
        unit.insert(&MutedSubject { muted_id, since: ctx.now }).audit(entry);
        let muted = book.list::<MutedSubject>("receiver", line.receiver).await?.len();
        if muted.saturating_add(1) >= MUTED_MAX {
            tell_desk(book, ctx, &mut unit, (line.receiver, "=line_muted|")).await?;
        }
    }
    Ok(Done::said(Said::Nothing, unit))
}

async fn verify(
    book: &Book,
    ctx: &Ctx<'_>,
    line: &Line<'_>,
    asked: Verify,
) -> Result<Done, SignalError> {
    asked.check()?;
    let mut stream = own(book, line, &asked.stream_id).await?;
    let since = |at| ctx.now.duration_since(at).as_secs();
    if stream.verified_at.is_some_and(|at| since(at) < VERIFICATION_INTERVAL_SECS) {
        return Err(SignalError::TooSoon);
    }
    stream.edit().verified_at = Some(ctx.now);
    let mut unit = Unit::new();
    unit.update(&stream);
    let verification = Some((stream.stream_id.clone(), asked.state));
    Ok(Done { said: Said::Nothing, unit, verification })
}
