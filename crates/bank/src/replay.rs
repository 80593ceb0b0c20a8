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
    many forget_on = |r| Some(r.forget_on.clone());
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// Notes that `what` was used now; false if it was used before.
pub async fn first_use(
    book: &Book,
    ctx: &Ctx<'_>,
    kind: &str,
    who: &str,
    what: &str,
) -> Result<bool, RecordError> {
    let mut unit = Unit::new();
    unit.insert(&Replay {
        replay_id: format!("{kind}|{who}|{what}"),
        forget_on: day(later(ctx.now, 2 * 86_400)),
    });
    match book.commit(unit).await {
        Ok(()) => Ok(true),
        Err(RecordError::Duplicate { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Forgets what could be forgotten yesterday.
pub async fn sweep(book: &Book, now: Timestamp) -> Result<usize, RecordError> {
    let yesterday = day(later(now, -86_400));
    let rows = book.list::<Replay>("forget_on", &yesterday).await?;
    for row in &rows {
        let mut unit = Unit::new();
        unit.delete(row);
        book.commit(unit).await?;
    }
    Ok(rows.len())
}
