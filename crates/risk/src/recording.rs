//! A recording: signals in the order in which they happened, one to a line, each with what became known
//! of it.
//!
//! Counts are as they stood only in that order, so a line that is out of it is refused and not judged
//! with what came later. So is a line that has not happened yet by the clock at hand, or that says
//! something which nobody reads: a label that is mistyped would make a fraud an honest act.

use jiff::Timestamp;

use crate::{Event, SignalError};

/// Reads the lines of one recording.
#[derive(Clone, Copy, Debug)]
pub struct Recording {
    now: Timestamp,
    last: Option<Timestamp>,
}

/// A line that cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It is no event.
    #[error("this is no event: {0}")]
    NoEvent(#[from] serde_json::Error),
    /// Nobody can have meant it.
    #[error("{0}")]
    Signal(#[from] SignalError),
    /// It happened before the line before it.
    #[error("this happened at {at}, before the line above it ({last}): sort the recording by `at`")]
    OutOfOrder {
        /// When it happened.
        at: Timestamp,
        /// When the one before it did.
        last: Timestamp,
    },
}

impl Recording {
    /// Of what had happened by `now`.
    #[must_use]
    pub const fn until(now: Timestamp) -> Self {
        Self { now, last: None }
    }

    /// The next line.
    pub fn read(&mut self, line: &str) -> Result<Event, LineError> {
        let event = Event::parse(line)?;
        let at = event.signal.at;
        // However old a recording is, beside itself it is not.
        event.signal.check(at.min(self.now))?;
        if let Some(last) = self.last.filter(|last| at < *last) {
            return Err(LineError::OutOfOrder { at, last });
        }
        self.last = Some(at);
        Ok(event)
    }
}
