//! Whose books they are, where an engine keeps them outside of the company's own folder.
//!
//! A company that opened another's books would take its balances for its own. So books elsewhere
//! bear the name of who began them, and whoever brings another name is refused.

use std::fmt;

/// The name of a company's books: 128 random bits that are kept beside its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner(pub u128);

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The name under which a company asks for its books. Books that nobody has begun take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who asks.
    pub owner: Owner,
    /// Whether books that were begun before books had names are this company's: it had them open.
    pub adopts: bool,
}

/// Why books are not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOurs {
    /// They bear another name.
    #[error(
        "these are the books of another company, or of another folder of it: their name is \
         {found}, and ours is {ours}"
    )]
    Others {
        /// Theirs.
        found: Owner,
        /// Ours.
        ours: Owner,
    },
    /// Somebody keeps books there, and no name is on them.
    #[error(
        "somebody keeps books here already, without a name, and this company never opened them"
    )]
    Nameless,
}

impl Claim {
    /// Compares it with the name on the books.
    pub fn check(self, found: Owner) -> Result<(), NotOurs> {
        if found == self.owner { Ok(()) } else { Err(NotOurs::Others { found, ours: self.owner }) }
    }
}
