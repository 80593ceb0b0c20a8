//! Accounts and people whose credentials are known to somebody else (EU-04, FT-22): a list of them takes
//! no money and stops none, but what it names can be linked to nothing new until it was let go.
//!
//! ```text
//!  list ─ loaded by one ─▶ live ─ each entry is looked for, in steps ─▶ done: the file is forgotten
//!                           │  └─ more hits than one person may cause: waits for another's agreement
//!                           └── withdrawn: asked for by one, agreed to by another ─ lets go, in steps
//!
//!  hit: standing ─ the holder proves with what no list can hold ─▶ proving ─ the wait is over ─▶ over
//!          └── let go: asked for by one, agreed to by another ──────────────────────────────▶ over
//! ```
//!
//! What a hit stops is each company's own: the bank's lock, the wallet's links. The file is sealed under
//! a key of its own and both are gone once everybody on it was looked for. **Nobody outside learns who is
//! on a list**: the words of a refusal are those that there are without one, and the notice goes to the
//! contacts on file.

mod file;
mod hit;
mod list;
mod look;
mod round;

pub use file::Part;
pub use hit::{Hit, HitState, Over, Taken, agree, ask, find, keep_locked, standing, take};
pub use list::{Loaded, Refused, Round, Standing, ask_withdraw, go_on, keep, live, load, withdraw};
pub use look::{end_proven, look};
pub use round::{LetGo, Looked, Step};

use kanuki_record::{Book, vault::Vault};

/// What lists of leaks work through.
#[derive(Clone, Copy, Debug)]
pub struct Ports<'a> {
    /// The company's records.
    pub book: &'a Book,
    /// Its keys.
    pub vault: &'a Vault,
}
