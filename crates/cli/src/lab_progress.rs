//! How far the worlds of a run are, on stderr: a line that changes where somebody looks, else a line now
//! and then.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use kanuki_lab::Progress;

use crate::real::Stopwatch;

/// How often a log hears of it.
const EVERY: Duration = Duration::from_secs(30);

/// Tells it.
#[derive(Debug)]
pub(crate) struct Teller {
    is_watched: bool,
    started: Stopwatch,
    /// When a line was written last, by the time since the start.
    told: Mutex<Duration>,
}

impl Teller {
    /// Begins now.
    pub(crate) fn start() -> Self {
        let is_watched = io::stderr().is_terminal();
        Self { is_watched, started: Stopwatch::start(), told: Mutex::new(Duration::ZERO) }
    }

    /// One more world is over.
    pub(crate) fn tell(&self, progress: &Progress) {
        let since = self.started.elapsed();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_watched && since.saturating_sub(*told) < EVERY {
            return;
        }
        *told = since;
        let Progress { done, of, lost, last } = progress;
        let secs = since.as_secs();
        let line = format!("{done} of {of} worlds after {secs} s, {lost} lost so far ({last})");
        let mut stderr = io::stderr().lock();
        // Whoever closed it wants to hear nothing.
        let _unheard = if self.is_watched {
            write!(stderr, "\r\x1b[K{line}").and_then(|()| stderr.flush())
        } else {
            writeln!(stderr, "{line}")
        };
    }

    /// Leaves the terminal as it was.
    pub(crate) fn end(&self) {
        if self.is_watched {
            let _unheard = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
