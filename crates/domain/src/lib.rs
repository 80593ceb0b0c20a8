//! The words of the trade, and the rules that hold whatever happens.
//!
//! Everything here is a plain value or a state machine over plain values. Time and randomness
//! arrive as arguments, so a test, a simulation and production take the same path through the
//! code.
//!
//! **Invariant:** this crate performs no I/O and is not `async`.
#![deny(clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm)]

pub mod agreement;
pub mod assurance;
pub mod bank_account;
pub mod barrier;
pub mod business;
pub mod case_number;
pub mod claim;
pub mod compensation;
pub mod connector;
pub mod ctx;
pub mod delivery;
pub mod descriptor;
pub mod duty;
pub mod id;
pub mod limits;
pub mod mandate;
pub mod masked;
pub mod person;
pub mod risk_record;
pub mod route;
pub mod settings;
pub mod typed;
pub mod yen;

pub use ctx::{Ctx, Entropy};
pub use masked::Masked;
pub use yen::{Yen, YenError};
