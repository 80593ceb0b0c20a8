//! People at the desk put a receiver's stream back: it asked to hear less, and says on the telephone that
//! it never did.
//!
//! One person is enough, because their partner then hears more and nobody else. What the receiver asks
//! for afterwards counts from then on, with the whole wait.

use kanuki_domain::{Ctx, id::StaffId};
use kanuki_record::{AuditEntry, Book, RecordError, Unit};
use kanuki_wire::set::{Event, StreamState};

use super::{
    Delivery, MutedSubject, SignalError, Stream, StreamStatus,
    narrowed::{Heard, open_case},
};

/// So many muted names are looked at in one page.
const FILED_AT_ONCE: usize = 200;

/// What a receiver does not hear, or hears only when it asks.
#[derive(Clone, Debug)]
pub struct HearsLess {
    /// Whose stream it is.
    pub receiver: String,
    /// Whether it tells anything.
    pub status: StreamStatus,
    /// What it says goes before: the receiver's own words.
    pub reason: Option<String>,
    /// How events reach it.
    pub delivery: Delivery,
    /// How many kinds of events it did not ask for.
    pub unwanted: usize,
    /// How many names it muted; a page of them at most.
    pub muted: usize,
}

/// The receivers among `all` that asked to hear less than everything, pushed.
pub async fn hears_less(book: &Book, all: &[String]) -> Result<Vec<HearsLess>, SignalError> {
    let mut less = Vec::new();
    for receiver in all {
        let Some(stream) = book.find::<Stream>(receiver).await? else { continue };
        let muted = book.list::<MutedSubject>("receiver", receiver).await?.len();
        let one = HearsLess {
            receiver: receiver.clone(),
            status: stream.status,
            reason: stream.reason.clone(),
            delivery: stream.delivery,
            unwanted: stream.unwanted.len(),
            muted,
        };
        if one.is_less() {
            less.push(one);
        }
    }
    Ok(less)
}

/// Lets every name that was muted before it could be found by its receiver be found so; how many were not.
/// Called before the first request: a name that nobody sees stays muted.
pub async fn file_muted(book: &Book) -> Result<usize, RecordError> {
    let (mut filed, mut after) = (0_usize, String::new());
    if book.unfiled::<MutedSubject>("receiver", 1).await?.is_empty() {
        return Ok(0);
    }
    loop {
        let page = book.scan_some::<MutedSubject>(&after, FILED_AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(filed) };
        after.clone_from(&last.muted_id);
        for muted in page.iter().filter(|one| one.is_misfiled()) {
            let mut unit = Unit::new();
            unit.update(muted);
            match book.commit(unit).await {
                Ok(()) => filed = filed.saturating_add(1),
                // Another node filed it, or its receiver wants to hear of it again.
                Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl HearsLess {
    fn is_less(&self) -> bool {
        self.status != StreamStatus::Enabled
            || self.delivery == Delivery::Poll
            || self.unwanted > 0
            || self.muted > 0
    }
}

/// The stream of `receiver` tells everything again, pushed. What is to be written, with the stream's name
/// and what its receiver is told of it (SSF 1.0 section 8.1.5).
pub async fn restore(
    book: &Book,
    ctx: &Ctx<'_>,
    (by, receiver): (StaffId, &str),
    reason: &str,
) -> Result<(Unit, String, Event), SignalError> {
    let mut stream = book.find::<Stream>(receiver).await?.ok_or(SignalError::Unknown)?;
    let before = Heard::of(&stream);
    let mut unit = Unit::new();
    // A page of them; with more, the page still says so and is pressed again.
    for muted in book.list::<MutedSubject>("receiver", receiver).await? {
        unit.delete(&muted);
    }
    let edit = stream.edit();
    edit.set_status(StreamStatus::Enabled, ctx.now);
    edit.deliver(Delivery::Push, ctx.now);
    (edit.events_requested, edit.reason) = (None, None);
    edit.unwanted.clear();
    let entry = AuditEntry::new(ctx.now, by, "signal.stream_restored", &stream.stream_id);
    let entry = entry.with("receiver", receiver).with("reason", reason);
    unit.update(&stream).audit(before.audit(&stream, entry));
    if let Some(mut case) = open_case(book, receiver).await? {
        case.edit().note(ctx.now, by, format!("=line_restored|{reason}"));
        unit.update(&case);
    }
    let told = Event::StreamUpdated { status: StreamState::Enabled };
    Ok((unit, stream.stream_id.clone(), told))
}
