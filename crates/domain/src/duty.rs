//! Which of its own duties a company kept towards a victim, as its records show (SG-05: whoever
//! breached one bears the loss first).
//!
//! It is advice for two people who decide who bears what, and decides nothing: whether a victim is
//! paid never hangs on it. What the records do not show is neither kept nor breached, and what anybody may
//! have said in a report is no knowledge of a company's: a stranger must not make its breach.

use jiff::Timestamp;

use crate::{agreement::Side, compensation::Cause};

/// A duty that records can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// The wallet knew by proof who its customer was before money came (FT-08).
    IdentityProven,
    /// The bank told the holder of the link at a contact that it had on file (FT-21).
    HolderTold,
    /// A new link took no more than it may while it cooled (SG-01).
    Cooled,
    /// Nothing moved any more after somebody had said so (FT-22, SG-03).
    StoppedAtOnce,
    /// Whoever reported was answered by the day that was promised (FT-28).
    AnsweredInTime,
}

impl Duty {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::IdentityProven => "identity-proven",
            Self::HolderTold => "holder-told",
            Self::Cooled => "cooled",
            Self::StoppedAtOnce => "stopped-at-once",
            Self::AnsweredInTime => "answered-in-time",
        }
    }
}

/// What the records say of one duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It was kept.
    Kept,
    /// It was not.
    Breached,
    /// Somebody had reported something by then, and the company did not know yet whom it was about.
    Reported,
    /// They do not show it.
    Unknown,
}

impl From<Option<bool>> for Found {
    fn from(kept: Option<bool>) -> Self {
        match kept {
            Some(true) => Self::Kept,
            Some(false) => Self::Breached,
            None => Self::Unknown,
        }
    }
}

impl Found {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Breached => "breached",
            Self::Reported => "reported",
            Self::Unknown => "unknown",
        }
    }

    /// What two findings about one duty come to: one breach is a breach.
    #[must_use]
    pub const fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Breached, _) | (_, Self::Breached) => Self::Breached,
            (Self::Reported, _) | (_, Self::Reported) => Self::Reported,
            (Self::Kept, _) | (_, Self::Kept) => Self::Kept,
            (Self::Unknown, Self::Unknown) => Self::Unknown,
        }
    }
}

/// When somebody said that something was wrong, and since when the company knew whom it was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The first word of anybody.
    pub said_at: Timestamp,
    /// Since when it was known by proof, or by staff who looked; none while it is not.
    pub known_at: Option<Timestamp>,
}

impl Heard {
    /// Whether nothing moved after it, where these are the times at which something did.
    #[must_use]
    pub fn stopped(&self, mut moved: impl Iterator<Item = Timestamp>) -> Found {
        moved
            .try_fold(Found::Kept, |found, at| {
                if self.known_at.is_some_and(|known| at > known) {
                    return Err(Found::Breached);
                }
                Ok(if at > self.said_at { Found::Reported } else { found })
            })
            .unwrap_or_else(|breached| breached)
    }
}

/// What the records say of one duty: kept, breached, only reported, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Which.
    pub duty: Duty,
    /// What they say.
    pub found: Found,
}

impl Judged {
    /// What the records say.
    pub fn of(duty: Duty, found: impl Into<Found>) -> Self {
        Self { duty, found: found.into() }
    }
}

/// The cause that a company's own breaches speak for; nothing where it finds none in itself. What the
/// other company did is for that one's records to show.
#[must_use]
pub fn advice(side: Side, judged: &[Judged]) -> Option<Cause> {
    let has_breached = judged.iter().any(|one| one.found == Found::Breached);
    match side {
        Side::Wallet if has_breached => Some(Cause::Wallet),
        Side::Bank if has_breached => Some(Cause::Bank),
        Side::Wallet | Side::Bank | Side::Both => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn what_moves_after_a_strangers_word_is_no_breach_before_the_company_knows_whom_it_is_about() {
        let at = |secs| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(secs);
        let heard = |known_at: Option<i64>| Heard { said_at: at(10), known_at: known_at.map(at) };
        let moved = |times: &'static [i64]| times.iter().copied().map(at);

        assert_eq!(heard(None).stopped(moved(&[5, 20])), Found::Reported);
        assert_eq!(heard(Some(30)).stopped(moved(&[20])), Found::Reported);
        assert_eq!(heard(Some(30)).stopped(moved(&[20, 40])), Found::Breached);
        assert_eq!(heard(Some(10)).stopped(moved(&[5, 10])), Found::Kept);
    }

    #[test]
    fn a_company_finds_the_cause_in_itself_and_never_in_the_other() {
        let kept = Judged::of(Duty::Cooled, Some(true));
        let unknown = Judged::of(Duty::HolderTold, None);
        let breached = Judged::of(Duty::StoppedAtOnce, Some(false));

        assert_eq!(advice(Side::Bank, &[kept, unknown]), None);
        assert_eq!(advice(Side::Bank, &[kept, breached]), Some(Cause::Bank));
        assert_eq!(advice(Side::Wallet, &[breached]), Some(Cause::Wallet));
    }
}
