//! A switch for tests of unknown outcomes: answers that are lost, hours when nobody answers.

use std::sync::{Mutex, PoisonError};

/// What shall go wrong next. The owner of a core holds one; a demo leaves it alone.
#[derive(Debug, Default)]
pub struct CoreFaults(Mutex<Plan>);

#[derive(Clone, Copy, Debug, Default)]
struct Plan {
    lose_before: u32,
    lose_after: u32,
    is_closed: bool,
}

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    LoseBefore,
    LoseAfter,
    Closed,
}

impl CoreFaults {
    /// Nothing goes wrong.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next `count` orders never arrive: nothing is done and no answer comes.
    pub fn lose_before(&self, count: u32) {
        self.change(|plan| plan.lose_before = count);
    }

    /// The next `count` answers are lost: the order is done and no answer comes.
    pub fn lose_after(&self, count: u32) {
        self.change(|plan| plan.lose_after = count);
    }

    /// Out of hours: every order is turned away, and the caller is told so.
    pub fn close(&self) {
        self.change(|plan| plan.is_closed = true);
    }

    /// Back in hours.
    pub fn open(&self) {
        self.change(|plan| plan.is_closed = false);
    }

    /// What goes wrong with the order that just arrived.
    pub(super) fn next(&self) -> Fault {
        let mut fault = Fault::None;
        self.change(|plan| {
            if plan.is_closed {
                fault = Fault::Closed;
            } else if plan.lose_before > 0 {
                plan.lose_before = plan.lose_before.saturating_sub(1);
                fault = Fault::LoseBefore;
            } else if plan.lose_after > 0 {
                plan.lose_after = plan.lose_after.saturating_sub(1);
                fault = Fault::LoseAfter;
            }
        });
        fault
    }

    fn change(&self, how: impl FnOnce(&mut Plan)) {
        how(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
