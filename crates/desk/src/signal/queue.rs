//! How events wait for their partners: one queue for each, so that a silent partner keeps nobody
//! else waiting, and is itself asked by one try at a time.

use std::{
    future::{Future, poll_fn},
    task::Poll,
};

use jiff::Timestamp;
use kanuki_domain::mandate::later;
use kanuki_record::{Book, RecordError, Unit, record};
use serde::{Deserialize, Serialize};

/// The longest pause of a partner that does not answer. Short, because alarms wait for it: whoever
/// was restarted must hear them within a minute.
pub const PAUSE_SECS_MAX: i64 = 16;
/// The longest time between two tries of an event that its receiver refuses.
pub const RETRY_SECS_MAX: i64 = 900;
/// The same of an event that its receiver has no room for now: people there may make room at any time.
pub const LATER_SECS_MAX: i64 = 60;
/// After so long a partner's turn is over, whatever still waits for it: a pass ends when the slowest
/// partner's turn does.
pub const TURN_SECS: i64 = 5;

/// What came of one push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It was acknowledged.
    Taken,
    /// The receiver answers, and does not want this one: the next may be better.
    Refused,
    /// The receiver answers, and has no room for more of this kind now: another kind may go.
    Later,
    /// Nobody answers, or only to say that nobody is there: the next would fare no better.
    Silent,
}

impl Heard {
    /// What an HTTP status means, if there was an answer at all.
    #[must_use]
    pub const fn of(status: Option<u16>) -> Self {
        match status {
            Some(200..=299) => Self::Taken,
            Some(429) => Self::Later,
            // But for 408: that is no answer.
            Some(400..=407 | 409..=499) => Self::Refused,
            Some(_) | None => Self::Silent,
        }
    }

    /// When an event is tried again of which this was heard after `tries`. None where it is not put off:
    /// it was taken, or its receiver is what is waited for.
    #[must_use]
    pub fn again_at(self, now: Timestamp, tries: u32) -> Option<Timestamp> {
        match self {
            Self::Refused => Some(again_at(now, tries, RETRY_SECS_MAX)),
            Self::Later => Some(again_at(now, tries, LATER_SECS_MAX)),
            Self::Taken | Self::Silent => None,
        }
    }
}

/// A receiver that did not answer, and when it is asked next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pause {
    /// Who: a client id, or a bank's code, after what is sent where that is no event.
    pub receiver: String,
    /// Tries in a row that nobody answered.
    pub tries: u32,
    /// When the next is made.
    pub next_at: Timestamp,
}

record! { Pause => "signal_pause" by |p| p.receiver.clone(); }

/// When something is tried again that was tried `tries` times.
#[must_use]
pub fn again_at(now: Timestamp, tries: u32, secs_max: i64) -> Timestamp {
    let wait = 1_i64.checked_shl(tries.min(20)).unwrap_or(secs_max);
    later(now, wait.min(secs_max))
}

/// Whether `receiver` is left in peace now.
pub async fn is_paused(book: &Book, now: Timestamp, receiver: &str) -> Result<bool, RecordError> {
    let pause = book.find_shared::<Pause>(receiver).await?;
    Ok(pause.is_some_and(|pause| now < pause.next_at))
}

/// Notes what came of a try: silence pauses, any answer ends the pause.
pub async fn note(
    book: &Book,
    now: Timestamp,
    receiver: &str,
    heard: Heard,
) -> Result<(), RecordError> {
    let is_silent = heard == Heard::Silent;
    let mut unit = Unit::new();
    match (book.find::<Pause>(receiver).await?, is_silent) {
        (None, false) => return Ok(()),
        (None, true) => {
            let next_at = again_at(now, 1, PAUSE_SECS_MAX);
            unit.insert(&Pause { receiver: receiver.to_owned(), tries: 1, next_at });
        }
        (Some(pause), false) => {
            unit.delete(&pause);
        }
        (Some(mut pause), true) => {
            let edit = pause.edit();
            edit.tries = edit.tries.saturating_add(1);
            edit.next_at = again_at(now, edit.tries, PAUSE_SECS_MAX);
            unit.update(&pause);
        }
    }
    match book.commit(unit).await {
        // Another node noted the same.
        Ok(()) | Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Runs `all` at the same time, in one task; what each gave, in their order. Which is polled when
/// follows from their order alone, so that a simulated world stays the same each time.
pub async fn side_by_side<F: Future>(all: Vec<F>) -> Vec<F::Output> {
    let mut going: Vec<_> = all.into_iter().map(|one| (Box::pin(one), None)).collect();
    poll_fn(|cx| {
        let mut is_over = true;
        for (one, done) in &mut going {
            if done.is_some() {
                continue;
            }
            match one.as_mut().poll(cx) {
                Poll::Ready(output) => *done = Some(output),
                Poll::Pending => is_over = false,
            }
        }
        if is_over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    going.into_iter().filter_map(|(_, done)| done).collect()
}
