//! How a try to hand a message over ended.

use serde::{Deserialize, Serialize};

/// What whoever carries messages said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// They took it.
    Taken,
    /// Nobody answered, or not safely, or they do not know us: nothing leaves this way now.
    Unreachable,
    /// Not this one, not now.
    NotNow,
    /// Refused for good: nobody is reached there.
    Refused,
}

/// One try. Of what was answered, the number and nothing else: texts of strange servers repeat
/// addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// How it ended.
    pub said: Said,
    /// The number that was answered, of SMTP (RFC 5321, 4.2) or HTTP.
    #[serde(default)]
    pub code: Option<u16>,
}

impl Tried {
    /// It was taken.
    pub const TAKEN: Self = Self { said: Said::Taken, code: None };
}
