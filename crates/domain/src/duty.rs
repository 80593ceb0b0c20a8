//! Which of its own duties a company kept towards a victim, as its records show (SG-05: whoever
//! breached one bears the loss first).
//!
//! It is advice for two people who decide who bears what, and decides nothing: whether a victim is
//! paid never hangs on it. What the records do not show is neither kept nor breached.

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

/// What the records say of one duty: kept, breached, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Which.
    pub duty: Duty,
    /// Whether it was kept; none where the records do not show it.
    pub kept: Option<bool>,
}

impl Judged {
    /// What the records say.
    #[must_use]
    pub const fn of(duty: Duty, kept: Option<bool>) -> Self {
        Self { duty, kept }
    }
}

/// The cause that a company's own breaches speak for; nothing where it finds none in itself. What the
/// other company did is for that one's records to show.
#[must_use]
pub fn advice(side: Side, judged: &[Judged]) -> Option<Cause> {
    let has_breached = judged.iter().any(|one| one.kept == Some(false));
    match side {
        Side::Wallet if has_breached => Some(Cause::Wallet),
        Side::Bank if has_breached => Some(Cause::Bank),
        Side::Wallet | Side::Bank | Side::Both => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
