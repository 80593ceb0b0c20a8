//! The pages of both desks' registries: who the other company is, and what was agreed with it.
//!
//! Drawn here once, because both companies look at the same document. What may count is decided in
//! each company's use cases; where the links lead is each company's own.

mod draw;
mod fields;
mod form;
mod line;
mod signals;
mod standard;
mod view;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use kanuki_domain::agreement::{Effect, Gap};

pub use draw::{empty_list, gap_list, label, list_table, open_until, review_notice};
pub use fields::{AGREEMENT, Def, Entered, defs, document, from_file, values, within};
pub use form::{Proposing, SO_FAR, form_body};
pub use line::{LineShown, line_list, line_notice};
pub use signals::{ActionShown, CareShown, LessShown, SIGNALS, signals_body};
pub use standard::{required, so_far, with_profile};
pub use view::{page_body, version_body};

/// What stands in the fields of a form, by path.
pub type Values = BTreeMap<String, String>;

/// One company in the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id in the registry.
    pub subject: String,
    /// Its name.
    pub name: String,
    /// The version that counts.
    pub live: Option<u32>,
    /// The version that waits.
    pub waiting: Option<u32>,
    /// Whether its kill switch is closed.
    pub is_stopped: bool,
    /// By when the assessment is to be looked at again.
    pub review_by: Option<Date>,
}

/// One leaf that a version changes.
#[derive(Clone, Debug)]
pub struct Changed {
    /// Which.
    pub path: String,
    /// What it was.
    pub before: Option<String>,
    /// What it becomes.
    pub after: Option<String>,
    /// What that does.
    pub effect: Effect,
}

/// One version.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Which company.
    pub subject: String,
    /// Its name.
    pub name: String,
    /// Counts from 1.
    pub number: u32,
    /// `waiting`, `live`, `past`, `declined`, `removed`.
    pub step: &'static str,
    /// The version it was compared with.
    pub base: Option<u32>,
    /// Why.
    pub reason: String,
    /// Who proposed it; none for a configuration file.
    pub proposed_by: Option<String>,
    /// Who stands for the file.
    pub signers: Vec<String>,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// Who signed it, and when.
    pub signed: Option<(String, Timestamp)>,
    /// Since when it counts, or did.
    pub live_since: Option<Timestamp>,
    /// Who ended it, and when.
    pub ended: Option<(String, Timestamp)>,
    /// What it changes.
    pub changes: Vec<Changed>,
    /// What keeps it from counting.
    pub gaps: Vec<Gap>,
    /// What it says.
    pub values: Values,
    /// The agreement's short name, to be compared with the other company's.
    pub fingerprint: String,
}
