//! Sanctions and watch lists (FT-57): who may be on one is held, looked at, and let go by two people.
//!
//! ```text
//!  list ─ loaded by one ─▶ live ─ everybody is screened again, in steps ─▶ done
//!                           └── its end: asked for by one, agreed to by another
//!
//!  name ─ is like one of a list ─▶ hit: open ─ somebody else: asked by one ─ another ─▶ cleared
//!                                        └── the same person: confirmed, stays held
//! ```
//!
//! A hit holds and never declines: a gate of its own closes, so that nothing moves, and no row that a
//! page, a notice, an event, a report or an evidence pack is made of changes. **Nobody outside of this
//! desk is told why** (no tipping-off): the words are those of any stop. What was alike is sealed under
//! the person's key, and whoever reads it leaves an entry in the audit log.

mod hit;
mod hold;
mod list;
mod rescreen;
mod shelf;

pub use hit::{Found, Hit, HitState, Occasion, Waiting, hits, read, waiting};
pub use hold::{Hold, Person, drive_holds, gate, hold};
pub use list::{Loaded, Part, Refused, Round, Standing, ask_end, end, go_on, keep, live, load};
pub use rescreen::Step;

use kanuki_ledger::LedgerEngine;
use kanuki_record::{Book, vault::Vault};

/// What screening works through.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// The company's records.
    pub book: &'a Book,
    /// Its ledger, where the gates are.
    pub ledger: &'a dyn LedgerEngine,
    /// Its keys.
    pub vault: &'a Vault,
}

impl std::fmt::Debug for Ports<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ports")
    }
}
