//! What was used once and must not be used again: event tokens of the banks.

use jiff::Timestamp;
use kanuki_domain::limits::DAY_SECS;
use kanuki_record::record;
use serde::{Deserialize, Serialize};

/// One thing that was used. Inserted in the unit that acts on it, so that it acts once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Replay {
    /// Kind, who and what: `set|issuer|jti`.
    pub(crate) replay_id: String,
    /// When.
    pub(crate) at: Timestamp,
}

/// An event older than this is not taken, so that what was used need not be known for ever.
pub(crate) const EVENT_MAX_SECS: i64 = 90 * DAY_SECS;

record! { Replay => "replay" by |r| r.replay_id.clone(); }

impl Replay {
    /// True once its event would be refused for its age.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        // A day more, for clocks that differ.
        now.duration_since(self.at).as_secs() > EVENT_MAX_SECS.saturating_add(DAY_SECS)
    }
}
