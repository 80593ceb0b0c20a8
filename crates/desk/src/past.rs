//! Movements as they were when they were decided about, kept so that a pattern which is learned later can
//! be looked for among them (RQ-04).
//!
//! Whatever counts of an attempt is forgotten after days or a month; this is not. It names people, accounts
//! and devices by ids and keyed hashes, as signals do, and it names the movement.

use jiff::Timestamp;
use kanuki_domain::{Ctx, id::AttemptId, limits::DAY_SECS, mandate::later};
use kanuki_record::{Book, RecordError, Stored, Unit, record};
use kanuki_risk::{Company, Decision, Key, Kind, Outcome, Signal};
use serde::{Deserialize, Serialize};

/// How long it is kept: thirteen months, and what a window of counts needs before them.
const KEPT_DAYS: i64 = 396 + 90;

/// One movement, as the engine saw it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Past {
    /// The attempt that it was: ids of attempts come in the order of time.
    pub attempt_id: AttemptId,
    /// The movement: a debit's key, a request to link, a top-up.
    pub about: String,
    /// What the engine saw.
    pub signal: Signal,
    /// What was decided.
    pub outcome: Outcome,
    /// By which version of the rules.
    pub version: String,
    /// The day on which it can be forgotten.
    pub forget_on: String,
}

record! { Past => "past" by |p| p.attempt_id.to_string(); }

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

fn after_days(at: Timestamp, days: i64) -> Timestamp {
    later(at, days.saturating_mul(DAY_SECS))
}

impl Past {
    /// Of an attempt that is decided about now.
    pub fn of(
        ctx: &Ctx<'_>,
        (attempt_id, about): (AttemptId, &str),
        signal: &Signal,
        decision: &Decision,
    ) -> Self {
        Self {
            attempt_id,
            about: about.to_owned(),
            signal: signal.clone(),
            outcome: decision.outcome,
            version: decision.version.to_string(),
            forget_on: day(after_days(ctx.now, KEPT_DAYS)),
        }
    }
}

/// What the engine saw of the movement `about`, which was written down at `at`; none where that is not kept
/// any more.
pub async fn of_movement(
    book: &Book,
    about: &str,
    at: Timestamp,
) -> Result<Option<Past>, RecordError> {
    // It was decided about in the same request: both have the same instant.
    let mut after = AttemptId::first_at(at).to_string();
    loop {
        let page = book.scan::<Past>(&after).await?;
        let Some(last) = page.last() else { return Ok(None) };
        let is_over = last.attempt_id.made_at() > at;
        after = last.attempt_id.to_string();
        let found = page.into_iter().find(|past| past.about == about);
        if found.is_some() || is_over {
            return Ok(found.map(Stored::into_inner));
        }
    }
}

/// That two people confirmed a fraud, of whom it was seen with: what `company` tells of one. It counts for
/// when it became known, so that whoever judges a recording again knows no more than was known then. It
/// moves no money of its own, and so it has no amount.
#[must_use]
pub fn confirmed(company: Company, now: Timestamp, seen: Vec<Key>) -> Signal {
    let kind = Kind::FraudConfirmed;
    let told = seen.into_iter().filter(|key| company.tells(kind, key.subject())).collect();
    Signal::new(kind, now, told)
}

/// Forgets what nothing looks back at any more; how much. Called by the sweeper, from the oldest on, so
/// that nothing is left of a time in which the company was down.
pub async fn forget(book: &Book, now: Timestamp) -> Result<usize, RecordError> {
    let today = day(now);
    let is_due = |row: &Stored<Past>| row.forget_on < today;
    let mut forgotten: usize = 0;
    loop {
        // The oldest says whether there is anything to do at all: mostly there is not.
        if !book.scan_some::<Past>("", 1).await?.iter().any(is_due) {
            break;
        }
        let page = book.scan::<Past>("").await?;
        let (of_page, due) = (page.len(), page.into_iter().filter(is_due));
        let due: Vec<_> = due.collect();
        let is_last = due.is_empty() || due.len() < of_page;
        for row in due {
            let mut unit = Unit::new();
            unit.delete(&row);
            match book.commit(unit).await {
                Ok(()) => forgotten = forgotten.saturating_add(1),
                // Another node was faster.
                Err(RecordError::Conflict { .. } | RecordError::Absent { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        if is_last {
            break;
        }
    }
    Ok(forgotten)
}
