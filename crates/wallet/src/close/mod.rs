//! The end of a wallet that its owner wants (退会).
//!
//! ```text
//!  open ─ signed for ─▶ closing ─ a week, empty, nothing under way ─▶ ending ─ every bank heard ─▶ closed
//!    ▲                     │  ▲                                        │ │
//!    ├── taken back ───────┘  └────────── money came in meanwhile ─────┘ │
//!    └── somebody stopped it (and it is frozen) ◀────────────────────────┘
//! ```
//!
//! It is no way around anything: the money leaves by payouts, with their waits, caps and holds, and what is
//! stopped, held or looked into is not closed before that is over. A thief with the unlocked telephone can
//! ask for it; hence the wait, the notice with its stop code, and that what is kept stays kept. Each step is
//! written down before the next and can be repeated, so that a crash leaves something to go on with.

mod ask;
mod closure;
mod drive;
mod ends;

use kanuki_record::Stored;

pub use ask::Asking;
pub use closure::{Closed, Closing, Closure, Ending};
pub use drive::Step;
pub(crate) use drive::WANTED;
pub use ends::OpenEnd;

use crate::{Customer, Wallet, WalletError};

impl Wallet {
    /// Refuses what only a wallet in use may start.
    pub(crate) fn require_open(customer: &Customer) -> Result<(), WalletError> {
        Self::require_unfrozen(customer)?;
        match customer.closure {
            Closure::Open => Ok(()),
            Closure::Closing(_) | Closure::Ending(_) => Err(WalletError::Closing),
            Closure::Closed(_) => Err(WalletError::NotAvailable),
        }
    }

    /// Refuses what may also leave a wallet that is being closed.
    pub(crate) fn require_leaving(customer: &Customer) -> Result<(), WalletError> {
        match customer.closure {
            Closure::Closing(_) => Self::require_unfrozen(customer),
            Closure::Open | Closure::Ending(_) | Closure::Closed(_) => Self::require_open(customer),
        }
    }

    /// Wallets that this person had before and closed, by the card that proved them; for staff.
    pub async fn earlier_wallets(
        &self,
        customer: &Customer,
    ) -> Result<Vec<Stored<Customer>>, WalletError> {
        let person = customer.person_hash.as_ref().or(customer.former_person.as_ref());
        let Some(person) = person else { return Ok(Vec::new()) };
        let mut all = self.book.every::<Customer>("former_person", person).await?;
        all.retain(|other| other.customer_id != customer.customer_id);
        Ok(all)
    }
}
