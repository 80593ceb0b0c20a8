//! What was used once and must not be used again: event tokens of the banks.

use jiff::Timestamp;
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

record! { Replay => "replay" by |r| r.replay_id.clone(); }
