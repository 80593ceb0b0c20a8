//! Signal → features → rules → decision with reasons.
//!
//! Every attempt, good or bad, is a [`Signal`]. The [`Engine`] counts signals over windows that
//! slide, keyed by account, person, device, address block and partner, and asks a versioned
//! [`RuleSet`]. The harshest outcome wins; the decision keeps what it was made of.
//!
//! Exact counts in memory, of one node. A company that wants them back after a restart keeps the
//! signals and [observes](Engine::observe) them again. What money hangs on is never only here: caps
//! and gates are ledger accounts.
//!
//! **Invariant:** no I/O, no clock, no floats.
#![deny(clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm)]

mod engine;
mod rule;
mod signal;
mod window;

pub use engine::Engine;
pub use rule::{Decision, Feature, Outcome, Reason, Rule, RuleError, RuleSet};
pub use signal::{Key, Kind, Signal};
