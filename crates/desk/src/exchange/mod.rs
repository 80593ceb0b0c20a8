//! Asking a partner whether somebody is known from a confirmed fraud, by keyed hashes, and answering the
//! same (CL-01, CP-15; ADR 0012).
//!
//! ```text
//!  one: a case's person did it ─▶ waits ─ another agrees ─▶ answered about ─ three years ─▶ forgotten
//!                                                               └─ one asks to remove ─▶ silent ─▶ removed
//!
//!  a person is proven, or staff ask under a case ─▶ inquiry ─ worker, per partner ─▶ match: a fact for rules,
//!                                                     └─ silence: again later,       a line in a case
//!                                                        then given up: nothing follows
//! ```
//!
//! Nothing is computed, asked or answered but under an agreement in force that says by which right
//! (`kanuki_domain::agreement::Exchange`): without it the address is not there. **A match is a reason to
//! look, never to refuse**: a policy in which it alone would say no is not taken (`kanuki_risk`).

mod answer;
mod ask;
mod count;
mod page;
mod set;

use async_trait::async_trait;
use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    agreement::{Exchange, today},
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_record::{Book, RecordError, vault::Vault};
use kanuki_wire::exchange::{Answer, ExchangeKey, Pair, PairError, Question};
pub use kanuki_wire::exchange::{Asker, Kind};

pub use answer::{Refused, answer, is_any_open};
pub use ask::{Found, Inquiry, Known, Why, inquire, inquire_of_case, is_known, step};
pub use count::{KEPT_FOR_STAFF, PER_DAY, Tally};
pub use page::{PartnerLine, Row, View, view};
pub use set::{
    Confirmed, Said, Standing, agree, ask_confirm, ask_remove, confirm_names, decline, remove,
};

use crate::{DeskError, case::Case};

/// Years for which what two people confirmed is answered about; then it is forgotten.
pub const EXCHANGE_YEARS: i16 = 3;
/// For how many days counts are kept: a year and what a month more takes.
const TALLY_DAYS: i64 = 400;
/// The most people in the set: each question goes through all of them.
pub const SET_MAX: usize = 2_000;

/// Why something about the exchange was not done.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The case names nobody who could have done it, or nothing about them is known that can be hashed.
    #[error("the case names nobody who is suspected and of whom an identifier is known")]
    Nobody,
    /// That it was a fraud does not say that our person did it, and no more was said when it was asked for.
    #[error("who did it is not said")]
    Unclear,
    /// There are as many as can be gone through.
    #[error("the set is full")]
    Full,
    /// The desk refused.
    #[error("the desk could not do it")]
    Desk(#[from] DeskError),
    /// The store refused.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
    /// The company could not tell what it knows.
    #[error("the company could not do its part")]
    Company(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A partner, and what was agreed with it.
#[derive(Clone, Debug)]
pub struct Partnered {
    /// Its id in the registry.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether, and by which right, the two may ask each other.
    pub terms: Exchange,
}

/// What of the exchange is the company's own.
#[async_trait]
pub trait Exchanging: Send + Sync {
    /// As which of the two it asks.
    fn asks_as(&self) -> Asker;

    /// Every partner, with what was agreed.
    async fn partners(&self) -> Result<Vec<Partnered>, ExchangeError>;

    /// What is known of one of its people, each in the one form in which it is hashed.
    async fn identifiers(&self, person_id: &str) -> Result<Vec<(Kind, String)>, ExchangeError>;

    /// Whom a case suspects. None where its person is surely the one who was hurt. Whoever is suspected did
    /// it, or it was done to them: both look the same, so that no kind of case says which.
    fn suspect<'a>(&self, case: &'a Case) -> Option<&'a str>;
}

/// The way to a partner.
#[async_trait]
pub trait Line: Send + Sync {
    /// Its answer; none where it gave none, or none that can be read.
    async fn ask(&self, ctx: &Ctx<'_>, partner: &str, question: &Question) -> Option<Answer>;
}

/// What the exchange works through.
#[derive(Clone, Copy)]
pub struct Ports<'a> {
    /// The company's records.
    pub book: &'a Book,
    /// Its keys.
    pub vault: &'a Vault,
    /// The company itself.
    pub company: &'a dyn Exchanging,
}

impl std::fmt::Debug for Ports<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("exchange::Ports").finish_non_exhaustive()
    }
}

impl Ports<'_> {
    /// Our private key for one partner. It follows from the company's master key, so that it lies nowhere.
    fn own_key(&self, partner: &str) -> Result<ExchangeKey, PairError> {
        ExchangeKey::derive(&self.vault.blind("exchange_key", partner.as_bytes()))
    }

    /// The public half, for the agreement.
    pub fn public_key(&self, partner: &str) -> Result<String, PairError> {
        self.own_key(partner)?.public()
    }

    /// The pair's secret, where the agreement is in force and names our key.
    fn pair(&self, ctx: &Ctx<'_>, partner: &Partnered) -> Option<Pair> {
        let terms = &partner.terms;
        if !terms.is_in_force(today(ctx.now)) {
            return None;
        }
        let own = self.own_key(&partner.id).ok()?;
        // The place of our key says who we are: a pair that is the wrong way round is none.
        let ours = own.public().ok()?;
        let place = match self.company.asks_as() {
            Asker::Wallet => &terms.wallet_key,
            Asker::Bank => &terms.bank_key,
        };
        if *place != ours {
            return None;
        }
        Pair::new(&own, &terms.wallet_key, &terms.bank_key).ok()
    }

    async fn partner(&self, id: &str) -> Result<Option<Partnered>, ExchangeError> {
        let all = self.company.partners().await?;
        Ok(all.into_iter().find(|partner| partner.id == id))
    }
}

/// A day as it is kept: those of one form sort as they follow.
fn day(at: Timestamp) -> String {
    today(at).to_string()
}

fn after_days(at: Timestamp, days: i64) -> Timestamp {
    later(at, days.saturating_mul(DAY_SECS))
}

/// Forgets matches and counts whose time is over; how many. Called by the sweeper. Confirmations are forgotten
/// with what has years (`crate::retention`).
pub async fn forget(book: &Book, now: Timestamp) -> Result<usize, RecordError> {
    let matches = ask::forget(book, now).await?;
    Ok(matches.saturating_add(count::forget(book, now).await?))
}

#[cfg(test)]
mod tests;
