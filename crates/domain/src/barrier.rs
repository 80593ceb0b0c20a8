//! What stands between an attacker and an account, on each way to its money.
//!
//! Never one number for a company: each way has a barrier of its own, and what nobody has said is
//! unknown and not bad. The steps are those of NIST SP 800-63B-4 in the words of 2020: what can be
//! learned, what can be talked out of somebody, what must be in hand, what cannot be given away.

use serde::{Deserialize, Serialize};

/// A way to somebody's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttackPath {
    /// Connecting the account to a wallet (口座連携).
    Link,
    /// Signing in as the holder.
    SignIn,
    /// Changing where notices and codes go (FT-12).
    ContactChange,
    /// Sending money on from inside.
    Transfer,
    /// Coming back in by the way for lost devices and passwords.
    Recovery,
}

impl AttackPath {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::Link, Self::SignIn, Self::ContactChange, Self::Transfer, Self::Recovery];

    /// As it is kept and typed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::SignIn => "sign_in",
            Self::ContactChange => "contact_change",
            Self::Transfer => "transfer",
            Self::Recovery => "recovery",
        }
    }

    /// The inverse of [`name`](Self::name).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|path| path.name() == text)
    }
}

/// What an attacker must get past, lowest first. Somebody who must pass several meets the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Barrier {
    /// No current claim says (不明). It meets no requirement and is no reproach.
    Unknown,
    /// Nothing of the victim's: an e-mail address of the attacker's own is enough.
    Nothing,
    /// Only what others can learn: account number, PIN, birth date, balance, a password.
    Knowledge,
    /// A code that arrives or is shown: it can be talked out of its holder, relayed or intercepted.
    Code,
    /// A thing in hand: the card, the telephone with the app, the person at a branch.
    Device,
    /// A proof that answers to nobody else or says what it is for: a passkey, JPKI, payee and
    /// amount on the device.
    Bound,
}

impl Barrier {
    /// All of them, lowest first.
    pub const ALL: [Self; 6] =
        [Self::Unknown, Self::Nothing, Self::Knowledge, Self::Code, Self::Device, Self::Bound];

    /// As it is kept and typed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Nothing => "nothing",
            Self::Knowledge => "knowledge",
            Self::Code => "code",
            Self::Device => "device",
            Self::Bound => "bound",
        }
    }

    /// The inverse of [`name`](Self::name).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|barrier| barrier.name() == text)
    }

    /// Whether it is at least `required`. What is unknown meets nothing.
    #[must_use]
    pub fn meets(self, required: Self) -> bool {
        self != Self::Unknown && self >= required
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for path in AttackPath::ALL {
            assert_eq!(AttackPath::parse(path.name()), Some(path));
            assert_eq!(serde_json::to_value(path).unwrap(), path.name());
        }
        for barrier in Barrier::ALL {
            assert_eq!(Barrier::parse(barrier.name()), Some(barrier));
            assert_eq!(serde_json::to_value(barrier).unwrap(), barrier.name());
        }
    }

    #[test]
    fn the_unknown_meets_nothing_and_a_higher_barrier_meets_all_below() {
        assert!(Barrier::ALL.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(!Barrier::Unknown.meets(Barrier::Unknown));
        assert!(Barrier::Device.meets(Barrier::Code) && !Barrier::Code.meets(Barrier::Device));
    }
}
