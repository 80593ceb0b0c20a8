//! The newest of what is kept, to be judged by other rules at the desk.

use jiff::Timestamp;
use kanuki_domain::{
    limits::{DAY_SECS, HOUR_SECS},
    mandate::later,
};
use kanuki_record::{Book, RecordError};
use kanuki_risk::Event;

use super::{
    Attempted, Labels, Span,
    rows::{Attempt, Rows},
};

/// With fewer in them than this, hours are read together.
const FEW: usize = 500;

/// The newest that a company kept within `secs`, oldest first: whole hours, until there are `enough`.
///
/// Movements are whole however long ago they were, because they are kept in rows of their own: of those
/// that were not noticed the frauds are told of weeks later, and without the honest ones beside them
/// nobody knows how many a rule would bother.
pub async fn newest<A: Attempted>(
    book: &Book,
    now: Timestamp,
    (secs, enough): (i64, usize),
) -> Result<Vec<Event>, RecordError> {
    let labels = Labels::of(book).await?;
    let first = later(now, secs.saturating_neg());
    let (mut until, mut hours) = (later(now, 1), HOUR_SECS);
    let (mut parts, mut count) = (Vec::new(), 0_usize);
    while until > first && count < enough {
        let from = later(until, hours.saturating_neg()).max(first);
        let part = within::<A>(book, &labels, Span { from, until }).await?;
        let is_quiet = part.len() < FEW;
        hours = if is_quiet { hours.saturating_mul(2).min(DAY_SECS) } else { HOUR_SECS };
        count = count.saturating_add(part.len());
        until = from;
        parts.push(part);
    }
    Ok(parts.into_iter().rev().flatten().collect())
}

async fn within<A: Attempted>(
    book: &Book,
    labels: &Labels,
    span: Span,
) -> Result<Vec<Event>, RecordError> {
    let mut rows = Rows::<A>::from(book, span.from);
    let mut events = Vec::new();
    while let Some(together) = rows.next_instant(span.until).await? {
        let event = |Attempt { signal, about }: Attempt| {
            let is_fraud = labels.is_fraud(&signal, about.as_deref());
            Event { signal, is_fraud }
        };
        let is_in = |one: &Attempt| one.signal.at >= span.from && one.signal.at < span.until;
        events.extend(together.into_iter().filter(is_in).map(event));
    }
    Ok(events)
}
