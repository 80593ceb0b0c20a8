//! What was used once and must not be used again: `jti`s of assertions, proofs and events.
//!
//! A row with a unique id, in the shared store: a set in one process would let another node accept
//! the same proof.

use jiff::Timestamp;
use kanuki_domain::{Ctx, mandate::later};
use kanuki_record::{Book, RecordError, Unit, record};
use serde::{Deserialize, Serialize};

/// One thing that was used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Replay {
    /// Kind, who and what: `dpop|client|jti`.
    pub replay_id: String,
    /// The day it can be forgotten, for sweeping.
    pub forget_on: String,
}

record! { Replay => "replay" by |r| r.replay_id.clone();
    loose forget_on = |r| Some(r.forget_on.clone());
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// Proofs and assertions are refused by their age after minutes. Event tokens have no end of their
/// own: they are remembered for longer than any mandate's dispute is.
fn keep_secs(kind: &str) -> i64 {
    if kind == "set" { 400 * 86_400 } else { 2 * 86_400 }
}

impl Replay {
    /// The use of `what` now.
    pub(crate) fn of(ctx: &Ctx<'_>, kind: &str, who: &str, what: &str) -> Self {
        Self {
            replay_id: format!("{kind}|{who}|{what}"),
            forget_on: day(later(ctx.now, keep_secs(kind))),
        }
    }

    /// Notes it; false if it was noted before.
    pub(crate) async fn note(&self, book: &Book) -> Result<bool, RecordError> {
        let mut unit = Unit::new();
        unit.insert(self);
        match book.commit(unit).await {
            Ok(()) => Ok(true),
            Err(RecordError::Duplicate { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Notes that `what` was used now; false if it was used before.
pub async fn first_use(
    book: &Book,
    ctx: &Ctx<'_>,
    kind: &str,
    who: &str,
    what: &str,
) -> Result<bool, RecordError> {
    Replay::of(ctx, kind, who, what).note(book).await
}

/// Whether `what` was used before.
pub async fn was_used(book: &Book, kind: &str, who: &str, what: &str) -> Result<bool, RecordError> {
    Ok(book.find::<Replay>(format!("{kind}|{who}|{what}")).await?.is_some())
}

/// How many days back a sweep looks: a bank may have been down, or its sweeper.
const SWEEP_DAYS: i64 = 30;

/// Forgets what could be forgotten by yesterday.
pub async fn sweep(book: &Book, now: Timestamp) -> Result<usize, RecordError> {
    let mut forgotten: usize = 0;
    for days in 1..=SWEEP_DAYS {
        let forget_on = day(later(now, days.saturating_mul(-86_400)));
        loop {
            let swept = sweep_page(book, &forget_on).await?;
            if swept == 0 {
                break;
            }
            forgotten = forgotten.saturating_add(swept);
        }
    }
    Ok(forgotten)
}

async fn sweep_page(book: &Book, forget_on: &str) -> Result<usize, RecordError> {
    let mut swept: usize = 0;
    for row in &book.list::<Replay>("forget_on", forget_on).await? {
        let mut unit = Unit::new();
        unit.delete(row);
        match book.commit(unit).await {
            Ok(()) => swept = swept.saturating_add(1),
            // Another node swept it at the same moment.
            Err(RecordError::Conflict { .. } | RecordError::Absent { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(swept)
}
