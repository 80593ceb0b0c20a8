//! What a person started and must finish in the same browser, once, within minutes.

use jiff::Timestamp;
use kanuki_domain::{Ctx, id::CeremonyId};
use kanuki_record::{Book, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::session::later;

const LIFE_SECS: i64 = 5 * 60;
const ELSEWHERE_SECS: i64 = 15 * 60;

/// The state between the two halves of a ceremony, kept by us and named by an opaque id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ceremony {
    /// Its name, which the form carries.
    pub ceremony_id: CeremonyId,
    /// Which ceremony: `sign_in`, `consent`; one kind never finishes another.
    pub purpose: String,
    /// The session or device that started it.
    pub binding: String,
    /// What was started, as JSON.
    state: String,
    /// When it can no longer be finished.
    pub expires_at: Timestamp,
}

record! { Ceremony => "ceremony" by |ceremony| ceremony.ceremony_id.to_string(); }

impl Ceremony {
    /// What was started.
    pub fn state<T: DeserializeOwned>(&self) -> Result<T, CeremonyError> {
        serde_json::from_str(&self.state).map_err(|_| CeremonyError::Spent)
    }
}

/// Why a ceremony cannot be finished.
#[derive(Debug, thiserror::Error)]
pub enum CeremonyError {
    /// It does not exist, was finished, took too long, or belongs to somebody or something else.
    /// These are told apart nowhere.
    #[error("the ceremony is over")]
    Spent,
    /// The store refused.
    #[error("the ceremony could not be read or written")]
    Record(#[from] RecordError),
}

/// All ceremonies of a company.
#[derive(Clone, Debug)]
pub struct Ceremonies {
    book: Book,
}

impl Ceremonies {
    /// Keeps ceremonies in `book`.
    #[must_use]
    pub fn new(book: Book) -> Self {
        Self { book }
    }

    /// Starts a ceremony that only `binding` can finish, as `purpose`, within five minutes.
    pub async fn open(
        &self,
        ctx: &Ctx<'_>,
        purpose: &'static str,
        binding: &str,
        state: &(impl Serialize + Sync),
    ) -> Result<CeremonyId, CeremonyError> {
        let ceremony = Ceremony {
            ceremony_id: CeremonyId::generate(ctx),
            purpose: purpose.to_owned(),
            binding: binding.to_owned(),
            state: serde_json::to_string(state).map_err(|_| CeremonyError::Spent)?,
            expires_at: later(ctx.now, LIFE_SECS),
        };
        let mut unit = Unit::new();
        unit.insert(&ceremony);
        self.book.commit(unit).await?;
        Ok(ceremony.ceremony_id)
    }

    /// The open ceremony, for a caller who deletes it in the unit that finishes it: of two
    /// requests that finish one ceremony, the store then refuses the second.
    pub async fn find(
        &self,
        ctx: &Ctx<'_>,
        ceremony_id: CeremonyId,
        purpose: &'static str,
        binding: &str,
    ) -> Result<Stored<Ceremony>, CeremonyError> {
        let stored = self.book.find::<Ceremony>(ceremony_id).await?;
        stored
            .filter(|c| c.purpose == purpose && c.binding == binding && ctx.now < c.expires_at)
            .ok_or(CeremonyError::Spent)
    }

    /// Gives an open ceremony a quarter of an hour from now: its answer is made elsewhere.
    pub async fn prolong(
        &self,
        ctx: &Ctx<'_>,
        mut open: Stored<Ceremony>,
    ) -> Result<(), CeremonyError> {
        open.edit().expires_at = later(ctx.now, ELSEWHERE_SECS);
        let mut unit = Unit::new();
        unit.update(&open);
        match self.book.commit(unit).await {
            Err(RecordError::Conflict { .. }) => Err(CeremonyError::Spent),
            other => Ok(other?),
        }
    }

    /// Takes the ceremony out: whoever calls first has it, everybody else gets
    /// [`CeremonyError::Spent`].
    pub async fn take(
        &self,
        ctx: &Ctx<'_>,
        ceremony_id: CeremonyId,
        purpose: &'static str,
        binding: &str,
    ) -> Result<Ceremony, CeremonyError> {
        let stored = self.find(ctx, ceremony_id, purpose, binding).await?;
        let mut unit = Unit::new();
        unit.delete(&stored);
        match self.book.commit(unit).await {
            Ok(()) => Ok(stored.into_inner()),
            Err(RecordError::Conflict { .. }) => Err(CeremonyError::Spent),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes what nobody finished; for a worker. Says how many.
    pub async fn sweep(&self, now: Timestamp) -> Result<usize, RecordError> {
        let mut removed = 0_usize;
        let mut after = String::new();
        loop {
            let page = self.book.scan::<Ceremony>(&after).await?;
            let Some(last) = page.last() else { return Ok(removed) };
            after = last.ceremony_id.to_string();
            for stored in page.iter().filter(|ceremony| now >= ceremony.expires_at) {
                let mut unit = Unit::new();
                unit.delete(stored);
                match self.book.commit(unit).await {
                    Ok(()) => removed = removed.saturating_add(1),
                    Err(RecordError::Conflict { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
}
