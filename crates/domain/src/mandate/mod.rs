//! The standing right of one wallet to debit one bank account, and its life.
//!
//! The bank may narrow what a wallet asks for and never widens it.

pub mod period;
pub mod terms;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Yen;
pub use crate::route::Route;

pub use period::{Alignment, Period, Window, Zone};
pub use terms::{Interaction, PeriodicCap, Terms, TermsError};

/// Who stopped a mandate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoppedBy {
    /// The account holder, with a passkey or a stop code.
    Holder,
    /// The bank's staff.
    Bank,
    /// The wallet, or its customer.
    Wallet,
    /// A delegate of the holder, who may look and stop.
    Delegate,
}

/// Where a mandate is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MandateState {
    /// Made on a code alone: debits ¥0 until confirmed, lapses at `lapses_at`. Silence never
    /// activates.
    Unconfirmed {
        /// When it ends by itself.
        lapses_at: Timestamp,
    },
    /// Debits are possible, within the cooling cap until `cooling_until`.
    Active {
        /// Until when the low cap of a new link holds.
        cooling_until: Timestamp,
    },
    /// Stopped for the time being; two people can release it.
    Suspended {
        /// Who stopped it.
        by: StoppedBy,
        /// When.
        at: Timestamp,
        /// What it goes back to when it is released.
        cooling_until: Timestamp,
        /// Where it was not confirmed when a delegate stopped it: when it ends by itself. Released, it
        /// still has to be confirmed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lapses_at: Option<Timestamp>,
    },
    /// Ended for good.
    Revoked {
        /// Who ended it.
        by: StoppedBy,
        /// When.
        at: Timestamp,
    },
    /// Never confirmed in time.
    Lapsed {
        /// When.
        at: Timestamp,
    },
}

/// The step is not possible from where the mandate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MandateError {
    /// Not in a state that allows it.
    #[error("the mandate is not in a state that allows this")]
    WrongState,
    /// More than one debit may take.
    #[error("the amount is above the cap for one debit")]
    OverLimit,
    /// Not yet, or no longer, valid.
    #[error("the mandate is not valid at this time")]
    NotValidNow,
    /// The holder did not agree to debits with, or without, the customer there.
    #[error("the mandate is not for debits of this kind")]
    NotAgreed,
}

impl MandateState {
    /// The state of a mandate that was just signed, on terms that begin at `valid_from`: its first days
    /// are those in which it may debit.
    pub fn sign(route: Route, (now, valid_from): (Timestamp, Timestamp), cool: &Cooling) -> Self {
        if route.rests_on_a_code() {
            Self::Unconfirmed { lapses_at: later(now, cool.lapse_secs) }
        } else {
            Self::Active { cooling_until: later(now.max(valid_from), cool.passkey_secs) }
        }
    }

    /// A second channel confirmed the link, whose terms begin at `valid_from`.
    pub fn confirm(
        self,
        (now, valid_from): (Timestamp, Timestamp),
        cool: &Cooling,
    ) -> Result<Self, MandateError> {
        match self {
            Self::Unconfirmed { lapses_at } if now < lapses_at => {
                Ok(Self::Active { cooling_until: later(now.max(valid_from), cool.code_secs) })
            }
            Self::Unconfirmed { .. }
            | Self::Active { .. }
            | Self::Suspended { .. }
            | Self::Revoked { .. }
            | Self::Lapsed { .. } => Err(MandateError::WrongState),
        }
    }

    /// Stops it. Stopping twice is fine; what has ended stays ended.
    ///
    /// What nobody confirmed ends by it, except where a delegate stops it: what a helper does by mistake,
    /// or a thief who became one, the holder can have undone. A partner's word does not end it then.
    #[must_use]
    pub fn suspend(self, by: StoppedBy, now: Timestamp) -> Self {
        match self {
            Self::Active { cooling_until } => {
                Self::Suspended { by, at: now, cooling_until, lapses_at: None }
            }
            Self::Unconfirmed { lapses_at } if by == StoppedBy::Delegate => {
                Self::Suspended { by, at: now, cooling_until: now, lapses_at: Some(lapses_at) }
            }
            Self::Suspended { lapses_at: Some(_), .. }
                if matches!(by, StoppedBy::Holder | StoppedBy::Bank) =>
            {
                Self::Revoked { by, at: now }
            }
            Self::Unconfirmed { .. } => Self::Revoked { by, at: now },
            Self::Suspended { .. } | Self::Revoked { .. } | Self::Lapsed { .. } => self,
        }
    }

    /// Lets it go on from where it was stopped, after two people said so.
    pub fn release(self) -> Result<Self, MandateError> {
        match self {
            Self::Suspended { lapses_at: Some(lapses_at), .. } => {
                Ok(Self::Unconfirmed { lapses_at })
            }
            Self::Suspended { cooling_until, .. } => Ok(Self::Active { cooling_until }),
            Self::Unconfirmed { .. }
            | Self::Active { .. }
            | Self::Revoked { .. }
            | Self::Lapsed { .. } => Err(MandateError::WrongState),
        }
    }

    /// Ends it for good. Ending twice is fine.
    #[must_use]
    pub fn revoke(self, by: StoppedBy, now: Timestamp) -> Self {
        match self {
            Self::Unconfirmed { .. } | Self::Active { .. } | Self::Suspended { .. } => {
                Self::Revoked { by, at: now }
            }
            Self::Revoked { .. } | Self::Lapsed { .. } => self,
        }
    }

    /// What time alone does to it.
    #[must_use]
    pub fn aged(self, now: Timestamp) -> Self {
        match self {
            Self::Unconfirmed { lapses_at }
            | Self::Suspended { lapses_at: Some(lapses_at), .. }
                if now >= lapses_at =>
            {
                Self::Lapsed { at: lapses_at }
            }
            Self::Unconfirmed { .. }
            | Self::Active { .. }
            | Self::Suspended { .. }
            | Self::Revoked { .. }
            | Self::Lapsed { .. } => self,
        }
    }

    /// True when a debit may be asked for at all.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Active { .. })
    }

    /// True while it has not ended for good.
    #[must_use]
    pub const fn is_alive(self) -> bool {
        matches!(self, Self::Unconfirmed { .. } | Self::Active { .. } | Self::Suspended { .. })
    }

    /// Until when the low cap holds, if it does now.
    #[must_use]
    pub fn cooling_until(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Active { cooling_until } if now < cooling_until => Some(cooling_until),
            Self::Active { .. }
            | Self::Unconfirmed { .. }
            | Self::Suspended { .. }
            | Self::Revoked { .. }
            | Self::Lapsed { .. } => None,
        }
    }
}

/// Checks that one debit of `amount` is covered by the state and the terms.
///
/// Caps over time are not looked at here: they are ledger accounts, so that no race can pass them.
pub fn authorize_debit(
    state: MandateState,
    terms: &Terms,
    (amount, interaction): (Yen, Interaction),
    now: Timestamp,
) -> Result<(), MandateError> {
    if !state.is_active() {
        return Err(MandateError::WrongState);
    }
    if now < terms.valid_from || now > terms.valid_to {
        return Err(MandateError::NotValidNow);
    }
    if !terms.interaction.contains(&interaction) {
        return Err(MandateError::NotAgreed);
    }
    if amount.is_zero() || amount > terms.max_individual {
        return Err(MandateError::OverLimit);
    }
    Ok(())
}

/// How long a new link cools, by route. The numbers are in [`crate::limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cooling {
    /// By passkey or JPKI.
    pub passkey_secs: i64,
    /// By a code, counted from the second channel's confirmation.
    pub code_secs: i64,
    /// After which an unconfirmed link ends by itself.
    pub lapse_secs: i64,
}

/// `now` plus `secs`, at the latest the end of time.
#[must_use]
pub fn later(now: Timestamp, secs: i64) -> Timestamp {
    now.checked_add(jiff::SignedDuration::from_secs(secs)).unwrap_or(Timestamp::MAX)
}
