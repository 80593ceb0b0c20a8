//! What a wallet and a bank agree on before they work together, as data.
//!
//! One document for both companies: the joint assessment of the whole linked service, who does
//! what, which safeguards each side has, what the contract says, and who pays a victim first. Each
//! company keeps its own copy in its own registry; [`Agreement::gaps`] names, row by row of the
//! guidelines, what is still missing. A version with gaps cannot go live.

mod effect;
mod example;
mod exchange;
mod gap;
mod parts;
mod standard;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz};
use serde::{Deserialize, Serialize};

pub use effect::{Effect, effect};
pub use example::example;
pub use exchange::Exchange;
pub use gap::{Gap, Lack};
pub use parts::{
    Assessment, Compensation, Contract, Duty, Fact, Factor, Finding, Identifier, IdentityProof,
    Safeguards, Shares, Side, SignOff, Task, Threat,
};
pub use standard::{Standard, Standards};

/// The longest time between an assessment and its review (FT-13), in days.
pub const REVIEW_DAYS_MAX: i64 = 366;

/// The day in Japan, where both companies' calendars are.
#[must_use]
pub fn today(now: Timestamp) -> Date {
    now.to_zoned(tz::TimeZone::fixed(tz::offset(9))).date()
}

/// What the two companies agreed on. A field that is not there is a gap, not an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Agreement {
    /// The joint assessment of risks (FT-01, FT-05, FT-13).
    pub assessment: Assessment,
    /// Who does what (FT-06, FT-14).
    pub duties: BTreeMap<Task, Duty>,
    /// How identity and holder are proven on each side (FT-07 … FT-12, FT-15).
    pub safeguards: Safeguards,
    /// What was looked at before the contract, and what that says (FT-16, FT-17).
    pub contract: Contract,
    /// Who pays a victim, and how (FT-26).
    pub compensation: Compensation,
    /// What each requires of the other's institution profile (FT-10, FT-16, ZG-01).
    #[serde(skip_serializing_if = "Standards::are_none")]
    pub standards: Standards,
    /// Whether, and by which right, they ask each other about confirmed frauds (CL-01).
    #[serde(skip_serializing_if = "Exchange::is_none")]
    pub exchange: Exchange,
}

impl Agreement {
    /// Whether the day on which it should have been looked at again has passed (FT-13), or what a
    /// company requires of the other's profile holds no more (FT-16, ZG-01). One that names no day
    /// was never looked at.
    ///
    /// Existing links go on then, and new ones stop: what was assessed keeps being watched, and
    /// cutting off people who rely on it for their daily money would harm those whom the row
    /// protects; but nobody new is led into a service whose risks nobody has looked at in time.
    #[must_use]
    pub fn is_overdue(&self, today: Date) -> bool {
        self.assessment.review_by.is_none_or(|by| by < today) || self.standards.have_lapsed(today)
    }
}
