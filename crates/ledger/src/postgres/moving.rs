//! Taking over books that were kept by another engine.
//!
//! The other engine's batches are applied again, each at its instant, by the same rules; so ids,
//! timestamps, deadlines and what is left of every cap's window are the same, not recreated. Every
//! row that comes of it is compared with the row that was kept, before it is written. Nobody can
//! serve the schema before all of it is there ([`arrival`](super::arrival)); a move that was
//! interrupted, at whichever line, is begun again. The old books may be served meanwhile: whoever
//! follows their log adds what comes, and only the last of it waits until they stand still.

use std::convert::Infallible;

use jiff::Timestamp;

use super::{
    PostgresConfig, PostgresEngine, PostgresError,
    arrival::Move,
    books::Books,
    connect::{be_durable, connect, migrate, within},
    load::{load, take_lease},
    whose,
    writer::{Writer, pause},
};
use crate::{
    chapter::{Chapter, Moved},
    engine::BATCH_MAX,
    model::Account,
};

/// Why books were not taken over. What was written of them is not to be used.
#[derive(Debug, thiserror::Error)]
pub enum MoveError<E: std::error::Error + 'static> {
    /// The books that are moved cannot be read.
    #[error("the books cannot be read")]
    Source(#[source] E),
    /// The database cannot be used.
    #[error("the database cannot be used")]
    Target(#[from] PostgresError),
    /// Something is in the schema already.
    #[error("there are books in the schema already: drop it, or name another one")]
    NotEmpty,
    /// Another process holds the lease.
    #[error("another process has these books open")]
    InUse,
    /// Applied again, a batch has another outcome.
    #[error("the batch of {now} has another outcome when it is applied again")]
    Diverged {
        /// The batch's instant.
        now: Timestamp,
    },
    /// The second count does not agree.
    #[error("counted again, the moved books are wrong: {0}")]
    Wrong(String),
}

impl MoveError<Infallible> {
    /// The same, for whoever reads the old books as well.
    fn widen<E: std::error::Error + 'static>(self) -> MoveError<E> {
        match self {
            Self::Source(never) => match never {},
            Self::Target(error) => MoveError::Target(error),
            Self::NotEmpty => MoveError::NotEmpty,
            Self::InUse => MoveError::InUse,
            Self::Diverged { now } => MoveError::Diverged { now },
            Self::Wrong(problem) => MoveError::Wrong(problem),
        }
    }
}

impl PostgresEngine {
    /// Makes the books of `chapters` in the empty schema of `config`, and counts them again. The
    /// half of a move that was interrupted counts as empty.
    pub async fn take_over<E: std::error::Error + 'static>(
        config: &PostgresConfig,
        chapters: impl Iterator<Item = Result<Chapter, E>>,
    ) -> Result<Moved, MoveError<E>> {
        let mut moving = Self::begin_move(config).await.map_err(MoveError::widen)?;
        let mut some = Vec::new();
        let mut len = 0_usize;
        for chapter in chapters {
            let chapter = chapter.map_err(MoveError::Source)?;
            len = len.saturating_add(chapter.len());
            some.push(chapter);
            if len >= BATCH_MAX {
                moving.add(&some).await.map_err(MoveError::widen)?;
                some.clear();
                len = 0;
            }
        }
        moving.add(&some).await.map_err(MoveError::widen)?;
        moving.count().await.map_err(MoveError::widen)?;
        Ok(moving.arrive().await?)
    }

    /// Begins to make other books in the empty schema of `config`, for whoever brings them piece by
    /// piece. Until they have arrived nobody serves the schema.
    pub async fn begin_move(config: &PostgresConfig) -> Result<Moving<'_>, MoveError<Infallible>> {
        let the_move = Move::begin(config).await?.ok_or(MoveError::InUse)?;
        let mut client = connect(config).await?;
        migrate(&mut client, config).await?;
        be_durable(&client).await?;
        let is_used = "select exists (select from account) or exists (select from transfer_id)";
        let is_used = within(client.query_one(is_used, &[])).await?;
        if is_used.try_get::<_, bool>(0).map_err(PostgresError::from)? {
            return Err(MoveError::NotEmpty);
        }
        whose::claim(&client, config).await?;
        let epoch = take_lease(&client, config).await?.ok_or(MoveError::InUse)?;
        the_move.depart().await?;
        let books = load(&client).await?;
        let writer = Writer::new(client, config, epoch, books).await?;
        Ok(Moving { config, the_move, writer, epoch, moved: Moved::default() })
    }

    /// What a move has left in `config` that ended after the books had arrived and before the old ones
    /// were given up: where it is the beginning of `chapters` and nobody has served it, the next move
    /// may throw it away. Answers whether there was such a thing.
    pub async fn disown<E: std::error::Error + 'static>(
        config: &PostgresConfig,
        chapters: impl Iterator<Item = Result<Chapter, E>>,
    ) -> Result<bool, MoveError<E>> {
        let the_move = Move::alone(config).await?.ok_or(MoveError::InUse)?;
        let Some(arrived) = the_move.arrived().await? else { return Ok(false) };
        let mut sum = Moved::default();
        for chapter in chapters {
            sum.count(&chapter.map_err(MoveError::Source)?);
            if sum == arrived {
                the_move.depart().await?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Books on their way into a schema. Dropped before they have arrived, they are served by nobody, and
/// the next move begins again.
#[derive(Debug)]
pub struct Moving<'a> {
    config: &'a PostgresConfig,
    the_move: Move<'a>,
    writer: Writer,
    epoch: i64,
    moved: Moved,
}

impl Moving<'_> {
    /// Makes the next batches, and compares each row with the one that was kept.
    pub async fn add(&mut self, chapters: &[Chapter]) -> Result<(), MoveError<Infallible>> {
        append(&mut self.writer, chapters).await?;
        for chapter in chapters {
            self.moved.count(chapter);
        }
        Ok(())
    }

    /// Says that the move goes on, while there is nothing to add: several times in each lease.
    pub async fn rest(&mut self) -> Result<(), PostgresError> {
        self.writer.rest().await
    }

    /// How much was added.
    #[must_use]
    pub const fn moved(&self) -> Moved {
        self.moved
    }

    /// Does something else with the database, however long it takes, and says meanwhile that the move
    /// goes on.
    pub async fn during<T>(
        &mut self,
        something: impl Future<Output = T>,
    ) -> Result<T, PostgresError> {
        tokio::pin!(something);
        loop {
            match tokio::time::timeout(pause(self.config), &mut something).await {
                Ok(done) => return Ok(done),
                Err(_not_yet) => self.writer.rest().await?,
            }
        }
    }

    /// Counts all that was added again, from the transfers, by SQL.
    pub async fn count(&mut self) -> Result<(), MoveError<Infallible>> {
        let counting = Box::pin(super::verify::verify(self.config));
        let counted = self.during(counting).await??;
        counted.problems.into_iter().next().map_or(Ok(()), |problem| Err(MoveError::Wrong(problem)))
    }

    /// All of them are there. From now on they can be served.
    pub async fn arrive(self) -> Result<Moved, PostgresError> {
        self.writer.leave().await?;
        self.the_move.arrive(self.epoch, &self.moved).await?;
        Ok(self.moved)
    }
}

/// Applies, compares, writes.
async fn append(writer: &mut Writer, chapters: &[Chapter]) -> Result<(), MoveError<Infallible>> {
    let batches: Vec<_> = chapters.iter().flat_map(Chapter::batches).collect();
    let (_, mut changes) = writer.books.apply(&batches);
    let mut made = changes.written.iter().map(|written| written.transfer);
    for chapter in chapters {
        let is_same = chapter.transfers.iter().all(|kept| made.next() == Some(*kept));
        if !is_same {
            return Err(MoveError::Diverged { now: chapter.now });
        }
        changes.failed.extend(&chapter.refused);
    }
    // More than was kept was made.
    if let (Some(_), Some(last)) = (made.next(), chapters.last()) {
        return Err(MoveError::Diverged { now: last.now });
    }
    writer.append(changes).await?;
    let unlike =
        |chapter: &&Chapter| chapter.accounts.iter().any(|kept| !writer.books.stands_as(kept));
    match chapters.iter().find(unlike) {
        Some(chapter) => Err(MoveError::Diverged { now: chapter.now }),
        None => Ok(()),
    }
}

impl Books {
    /// Whether an account was made as it was kept elsewhere.
    pub(super) fn stands_as(&self, kept: &Account) -> bool {
        self.account(kept.id).is_some_and(|account| {
            (account.timestamp, account.flags, account.code, account.ledger, account.user_data)
                == (kept.timestamp, kept.flags, kept.code, kept.ledger, kept.user_data)
        })
    }
}
