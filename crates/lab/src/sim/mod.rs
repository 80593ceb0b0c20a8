//! Time, chance and order: all that could make two runs differ, in one place.
//!
//! ```text
//!   schedule ── owns every wake-up ──▶ one actor runs until it sleeps ──▶ the next
//!      │ sets                             │ draws from its own
//!    clock                              chance
//! ```
//!
//! **Invariant:** nothing in this crate reads a wall clock, the system's randomness or an address
//! in memory to decide anything.

pub(crate) mod chance;
pub(crate) mod clock;
pub(crate) mod schedule;
pub(crate) mod trace;
