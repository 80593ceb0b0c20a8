//! When the clock of a claim stood still, and why.

use jiff::Timestamp;
use kanuki_domain::claim::{ClaimState, Pause};
use serde::{Deserialize, Serialize};

use super::Claim;

/// A time in which a claim's clock stood still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoodStill {
    /// Why.
    pub reason: Pause,
    /// Since when.
    pub since: Timestamp,
    /// Until when; none while it does.
    pub until: Option<Timestamp>,
}

impl Claim {
    /// Keeps when the clock stops, why, and when it goes on.
    pub(super) fn note_pause(&mut self, (before, after): (ClaimState, ClaimState), now: Timestamp) {
        if let (ClaimState::Paused { .. }, Some(last)) = (before, self.stood_still.last_mut()) {
            last.until = last.until.or(Some(now));
        }
        if let ClaimState::Paused { reason, since } = after {
            self.stood_still.push(StoodStill { reason, since, until: None });
        }
    }
}
