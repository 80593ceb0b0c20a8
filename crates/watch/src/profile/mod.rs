//! Institution profiles: dated, sourced claims about a bank or a wallet in, attack paths out.
//!
//! ```text
//! file ─▶ read (shape, sources, dates) ─▶ standing (what holds on a day) ─▶ path (what an attacker
//!      needs) ─▶ since (what changed) ─▶ page
//! ```
//!
//! People who chose well before 2020 judged banks by transaction authentication, by how incidents
//! were answered and by track record. A profile holds that judgement's facts and not the judgement:
//! there is no score. What holds today must come from the institution, its regulator or a
//! measurement, and expires; the press and others are witnesses of what was.
//!
//! **Invariant:** what no current claim says is 不明, and nothing else is made of it.

pub mod factor;
mod fault;
pub mod field;
mod incident;
mod level;
mod page;
mod page_parts;
pub mod path;
mod read;
pub mod since;
mod standing;
pub mod starter;
mod value;
pub mod words;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use fault::{ClaimFault, ProfileError};
pub use field::Field;
pub use incident::{Answered, Incident};
pub use level::Level;
pub use page::{Changed, Comparison};
pub use path::{Assessment, Need, Outline, PathView};
pub use read::read;
pub use standing::{Problem, Standing};
pub use value::Value;

use crate::finding::Confidence;

/// The only schema there is.
pub const SCHEMA: &str = "institution-profile/v1";

/// The longest time between the day of a source and the day on which its claim expires, in days.
pub const CLAIM_DAYS_MAX: i32 = 366;

/// What the profile is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstitutionKind {
    /// A deposit-taking institution; its id is the 4-digit code.
    Bank,
    /// A wallet or another service that takes money from accounts.
    Wallet,
}

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// The institution itself.
    Institution,
    /// Its regulator or a court.
    Regulator,
    /// Anybody can measure it again: a DNS record, an HTTP header.
    Measurement,
    /// A newspaper or a broadcaster.
    Press,
    /// Anybody else.
    Private,
}

impl SourceKind {
    /// Whether a claim that holds today may rest on it.
    #[must_use]
    pub const fn is_primary(self) -> bool {
        match self {
            Self::Institution | Self::Regulator | Self::Measurement => true,
            Self::Press | Self::Private => false,
        }
    }
}

/// Where something is said, and when it was read there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The page's address.
    pub url: String,
    /// Who says it.
    pub kind: SourceKind,
    /// The day of the page, or on which it was read.
    pub quoted_date: Date,
}

/// Until when a claim is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// It holds now, and must be looked at again by this day.
    Expires(Date),
    /// It held until this day: history.
    Until(Date),
}

/// One thing that is said of the institution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// Of what.
    pub field: &'static Field,
    /// What.
    pub value: Value,
    /// Who says so.
    pub source: Source,
    /// Who compared the claim with the source.
    pub checked_by: String,
    /// How sure that is.
    pub confidence: Confidence,
    /// From when on it holds.
    pub since: Date,
    /// Until when.
    pub holds: Holds,
}

/// The institution's own answer to its profile (right of reply), word for word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// When it was given.
    pub on: Date,
    /// To which field or incident.
    pub about: String,
    /// What they say.
    pub text: String,
    /// Where it is published.
    pub source_url: String,
}

/// One institution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// Bank or wallet.
    pub kind: InstitutionKind,
    /// The 4-digit code of a bank, or a short name.
    pub id: String,
    /// As people know it.
    pub name: String,
    /// The same in Latin letters.
    pub name_en: String,
    /// When the service began: a track record.
    pub launched_on: Option<Date>,
    /// The day on which this file was looked over.
    pub data_date: Date,
    /// Where to say that something in it is wrong.
    pub corrections: String,
    /// What is claimed.
    pub claims: Vec<Claim>,
    /// How it met what happened to it.
    pub incidents: Vec<Incident>,
    /// What it says to all this.
    pub replies: Vec<Reply>,
}
