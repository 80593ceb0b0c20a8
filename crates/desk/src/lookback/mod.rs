//! Looking back over past movements when a new pattern is learned, and telling those who were hit (RQ-04).
//!
//! ```text
//!  asked for by one ─▶ looking ─ some rows a step, after a restart too ─▶ looked ─ hits, by loss
//!                         └─ it hits more than people can look at ─▶ too wide: nothing follows
//!
//!  looked ─ one asks ─▶ to be told ─ another agrees ─▶ telling ─ each person once ─▶ told
//!                          └── anybody says no ─▶ looked
//! ```
//!
//! A pattern is one rule of the risk language, or a list of devices, address blocks, addresses, payees, accounts or
//! wallets, or a list of leaks. A rule is asked as it would have been then, with the counts as they stood.
//! Nothing is stopped and nothing moves; whoever is told answers as after any notice, by its stop code
//! or by a report, and the case that opens is joined to the look-back. **Nothing of screening or of
//! suspicions is read or shown here.**

mod hits;
mod pattern;
mod row;
mod step;
mod tell;
mod warm;

use async_trait::async_trait;
use jiff::Timestamp;
use kanuki_domain::{Ctx, Yen};
use kanuki_record::{Book, RecordError, Unit};
use kanuki_risk::{Engine, Kind, Subject};

pub use hits::{Listed, Read, join_cases, list, read, restate};
pub use pattern::{DAYS_DEFAULT, DAYS_MAX, KEYS_MAX, Pattern, Typed, Wrong, shadow_text};
pub use row::{LookHit, Lookback, Round, Tell, WAITING_MAX, ask};
pub use step::step;
pub use tell::{agree, ask_tell, keep_quiet};
pub use warm::Looking;

use crate::DeskError;

/// What became of a movement, as its company knows it now.
#[derive(Clone, Debug)]
pub struct Movement {
    /// When it was asked for.
    pub at: Timestamp,
    /// How much it was about.
    pub amount: Yen,
    /// How much of it moved and has not come back.
    pub lost: Yen,
    /// How much came back, or is on its way.
    pub refunded: Yen,
    /// The other company, by name; nothing where there is none.
    pub company: String,
    /// What the stop code of a notice about it stops.
    pub stops: String,
}

/// Why a look-back was not asked for, or could not go on.
#[derive(Debug, thiserror::Error)]
pub enum LookbackError {
    /// The pattern is none, or would be useless.
    #[error("this cannot be looked for: {0}")]
    Wrong(#[from] Wrong),
    /// So many wait already.
    #[error("too many look-backs wait")]
    Busy,
    /// The desk refused.
    #[error("the desk could not do it")]
    Desk(#[from] DeskError),
    /// The store refused.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
    /// The company could not tell, or could not be asked.
    #[error("the company could not do its part")]
    Company(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What of a look-back is the company's own.
#[async_trait]
pub trait Movements: Send + Sync {
    /// Which signals are kept for looking back.
    fn keeps(&self) -> &'static [Kind];

    /// What became of a movement; none where there is no such row, as of a request that was turned away.
    async fn movement(&self, hit: &LookHit) -> Result<Option<Movement>, LookbackError>;

    /// Adds to `unit` one message to each contact of a person about these movements, the largest loss
    /// first.
    async fn tell(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        person_id: &str,
        moved: &[(LookHit, Movement)],
    ) -> Result<(), LookbackError>;
}

/// What a look-back works through.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// The company's records.
    pub book: &'a Book,
    /// Its engine, for the language and the lists of the rules in force.
    pub engine: &'a Engine,
    /// How far this node is.
    pub looking: &'a Looking,
    /// The company itself.
    pub company: &'a dyn Movements,
}

impl std::fmt::Debug for Ports<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ports").finish_non_exhaustive()
    }
}

/// By what a list can look: never by a partner, a person or everything, which say nothing about a pattern.
pub const SUBJECTS: [Subject; 7] = [
    Subject::Device,
    Subject::Block,
    Subject::Address,
    Subject::Payee,
    Subject::Account,
    Subject::Wallet,
    Subject::Merchant,
];
