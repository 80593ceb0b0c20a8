//! A receiver asks to hear less: perhaps it, perhaps whoever has its key. What it no longer wants is
//! told for a week all the same, and people here are told at once.

use jiff::Timestamp;
use kanuki_domain::Ctx;
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit};

use super::{Delivery, Line, Stream, StreamStatus};
use crate::case::{Case, CaseKind};

/// What a receiver hears, before and after it asked for something else.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    events: Option<Vec<String>>,
    delivery: Delivery,
    status: StreamStatus,
}

impl Heard {
    /// As it is without a stream.
    pub(super) const fn everything() -> Self {
        Self { events: None, delivery: Delivery::Push, status: StreamStatus::Enabled }
    }

    /// As `stream` has it now.
    pub(super) fn of(stream: &Stream) -> Self {
        let events = stream.events_requested.clone();
        Self { events, delivery: stream.delivery, status: stream.status }
    }

    /// Adds to `entry` what changed, as it was and as it is.
    pub(super) fn audit(&self, stream: &Stream, entry: AuditEntry) -> AuditEntry {
        let is = Self::of(stream);
        let mut entry = entry.with("status", status(is.status));
        if self.events != is.events {
            entry = entry.with("events_before", self.events_in_words());
            entry = entry.with("events", is.events_in_words());
        }
        if self.delivery != is.delivery {
            entry = entry.with("delivery_before", delivery(self.delivery));
            entry = entry.with("delivery", delivery(is.delivery));
        }
        if self.status != is.status {
            entry = entry.with("status_before", status(self.status));
        }
        entry
    }

    fn events_in_words(&self) -> String {
        self.events.as_ref().map_or_else(|| "all".to_owned(), |events| events.join(" "))
    }

    /// Opens a case if `stream` brings its receiver less than before: one until people have closed it.
    pub(super) async fn tell_desk(
        &self,
        book: &Book,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (line, stream): (&Line<'_>, &Stream),
    ) -> Result<(), RecordError> {
        if !self.is_more_than(stream, line.supported) {
            return Ok(());
        }
        tell_desk(book, ctx, unit, (line.receiver, "=line_narrowed|")).await
    }

    fn is_more_than(&self, stream: &Stream, supported: &[&'static str]) -> bool {
        let wanted =
            |uri: &&str| self.events.as_ref().is_none_or(|all| all.iter().any(|u| u == uri));
        let is_narrower = supported.iter().any(|uri| wanted(uri) && !stream.wants(uri));
        let is_stopped =
            self.status == StreamStatus::Enabled && stream.status != StreamStatus::Enabled;
        let is_fetched = self.delivery == Delivery::Push && stream.delivery == Delivery::Poll;
        is_narrower || is_stopped || is_fetched
    }
}

/// The open case about what a receiver asked to hear less of.
pub(super) async fn open_case(
    book: &Book,
    receiver: &str,
) -> Result<Option<Stored<Case>>, RecordError> {
    let cases = book.list::<Case>("about", &about(receiver)).await?;
    Ok(cases.into_iter().find(|case| case.closed_at.is_none()))
}

fn about(receiver: &str) -> String {
    format!("told|{receiver}")
}

/// Adds to `unit` that people are to look at what `receiver` asked for: one case until they have closed
/// it, with a line for each thing.
pub(super) async fn tell_desk(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (receiver, what): (&str, &str),
) -> Result<(), RecordError> {
    if let Some(mut case) = open_case(book, receiver).await? {
        if case.steps.iter().all(|step| step.text != what) {
            case.edit().note(ctx.now, "system", what);
            unit.update(&case);
        }
        return Ok(());
    }
    let about = about(receiver);
    let mut case = Case::open(ctx, CaseKind::NarrowedLine, &about, None);
    case.note(ctx.now, "system", what);
    let audit = AuditEntry::new(ctx.now, "system", "case.opened", case.case_id);
    unit.insert(&case).audit(audit.with("about", &about));
    Ok(())
}

impl Stream {
    /// Notes which kinds of events its receiver does not want, each from the first time on.
    pub(super) fn note_unwanted(&mut self, supported: &[&'static str], now: Timestamp) {
        let unwanted = supported.iter().filter(|uri| !self.wants(uri));
        let since = |uri: &&str| self.unwanted.get(*uri).copied().unwrap_or(now);
        self.unwanted = unwanted.map(|uri| ((*uri).to_owned(), since(uri))).collect();
    }
}

const fn status(status: StreamStatus) -> &'static str {
    match status {
        StreamStatus::Enabled => "enabled",
        StreamStatus::Paused => "paused",
        StreamStatus::Disabled => "disabled",
    }
}

const fn delivery(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Push => "push",
        Delivery::Poll => "poll",
    }
}
