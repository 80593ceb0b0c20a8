//! Signal → features → rules → decision with reasons.
//!
//! Every attempt, good or bad, is a [`Signal`]. The [`Engine`] counts signals over windows that
//! slide, keyed by account, person, device, address block, partner and more, and asks a [`Policy`]:
//! rules as text, checked and compiled before they are loaded (docs/rules.md). The harshest outcome
//! wins; the decision keeps what it was made of, and a [`Record`] of it can be decided again.
//!
//! Counts are in the memory of one node, or, where several share a [journal](shared), in that of
//! each. A company that wants them back after a restart keeps the signals and
//! [observes](Engine::observe) them again, or keeps a [snapshot](Engine::snapshot) and the signals
//! since. What money hangs on is never only here: caps and gates are ledger accounts.
//!
//! A [`Model`](model::Model) scores attempts, and a [`study`] says how well one would have done on
//! labelled payments (docs/detection.md).
//!
//! **Invariant:** no I/O, no clock; no floats but in `model` and `study`, where no yen is counted.
#![deny(clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm)]

mod backtest;
mod calendar;
mod catalogue;
mod decision;
mod draw;
mod engine;
mod features;
pub mod flow;
mod id;
mod look;
mod many;
pub mod model;
mod people;
mod policy;
mod recording;
pub mod shared;
mod signal;
mod snapshot;
pub mod study;
mod tally;
mod text;

pub use backtest::{
    Backtest, Difference, Event, OfRule, PEOPLE_MAX, PEOPLE_OF_RULE_MAX, Ranges, Report, Tally,
};
pub use calendar::tokyo_day;
pub use catalogue::{Kind, Subject};
pub use decision::{CANNOT_DECIDE, Decision, Outcome, Reason, Record, ReplayError, Seen, Who};
pub use draw::Range;
pub use engine::{Engine, ListError};
pub use features::{Bounds, Feature, Forgotten, Measure, Moment, Room};
pub use policy::{
    Change, Company, DESK_LISTS, Day, Input, Mistake, Named, Policy, PolicyError, Rule, TEXT_MAX,
    Unit, Words, meant,
};
pub use recording::{LineError, Recording};
pub use signal::{Facts, Key, Signal, SignalError, WINDOW_SECS_MAX};
pub use snapshot::{SnapshotError, from_lines, to_line};
pub use tally::{Batch, OfDay};
pub use text::Text;
