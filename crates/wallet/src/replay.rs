//! What was used once and must not be used again: event tokens and assertions of the banks, and a day's
//! word on a recovery.

use jiff::Timestamp;
use kanuki_domain::{id::CustomerId, limits::DAY_SECS};
use kanuki_record::record;
use serde::{Deserialize, Serialize};

/// One thing that was used. Inserted in the unit that acts on it, so that it acts once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Replay {
    /// Kind, who and what: `set|issuer|jti`, `assertion|issuer|jti`, `recovery|customer|day`.
    pub(crate) replay_id: String,
    /// When.
    pub(crate) at: Timestamp,
    /// What an event said, so that another one under its name is no repetition of it; rows from before do not
    /// say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) said: Option<String>,
}

/// An event older than this is not taken, so that what was used need not be known for ever.
pub(crate) const EVENT_MAX_SECS: i64 = 90 * DAY_SECS;

const ASSERTION: &str = "assertion|";
const RECOVERY: &str = "recovery|";

record! { Replay => "replay" by |r| r.replay_id.clone(); }

/// Under which name the use of an event is kept.
pub(crate) fn event_name(issuer: &str, jti: &str) -> String {
    format!("set|{issuer}|{jti}")
}

impl Replay {
    /// The use of an assertion now.
    pub(crate) fn of_assertion(now: Timestamp, who: &str, jti: &str) -> Self {
        Self { replay_id: format!("{ASSERTION}{who}|{jti}"), at: now, said: None }
    }

    /// That banks were told today of a recovery of this customer's.
    pub(crate) fn of_recovery(now: Timestamp, id: CustomerId) -> Self {
        let day = now.strftime("%Y-%m-%d");
        Self { replay_id: format!("{RECOVERY}{id}|{day}"), at: now, said: None }
    }

    /// The use of an event's name, with what it says.
    pub(crate) fn of_event(now: Timestamp, (issuer, jti): (&str, &str), said: String) -> Self {
        Self { replay_id: event_name(issuer, jti), at: now, said: Some(said) }
    }

    /// That another event came under a name that was used.
    pub(crate) fn of_reuse(now: Timestamp, issuer: &str, jti: &str) -> Self {
        Self { replay_id: format!("set_reused|{issuer}|{jti}"), at: now, said: None }
    }

    /// True once its event or assertion would be refused for its age, or its day is over.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        // An assertion is refused for its age after minutes.
        let is_short = [ASSERTION, RECOVERY].iter().any(|kind| self.replay_id.starts_with(kind));
        let refused_after = if is_short { DAY_SECS } else { EVENT_MAX_SECS };
        // A day more, for clocks that differ.
        now.duration_since(self.at).as_secs() > refused_after.saturating_add(DAY_SECS)
    }
}
