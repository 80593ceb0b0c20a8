//! Taking over books that were kept by another engine.
//!
//! The other engine's batches are applied again, each at its instant, by the same rules; so ids,
//! timestamps, deadlines and what is left of every cap's window are the same, not recreated. Every
//! row that comes of it is compared with the row that was kept, before it is written. Nobody can
//! serve the schema before all of it is there ([`arrival`](super::arrival)); a move that was
//! interrupted, at whichever line, is begun again.

use jiff::Timestamp;

use super::{
    PostgresConfig, PostgresEngine, PostgresError,
    arrival::Move,
    books::Books,
    connect::{be_durable, connect, migrate, within},
    load::{load, take_lease},
    whose,
    writer::Writer,
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

impl PostgresEngine {
    /// Makes the books of `chapters` in the empty schema of `config`, and counts them again. The
    /// half of a move that was interrupted counts as empty.
    pub async fn take_over<E: std::error::Error + 'static>(
        config: &PostgresConfig,
        chapters: impl Iterator<Item = Result<Chapter, E>>,
    ) -> Result<Moved, MoveError<E>> {
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
        let mut writer = Writer::new(client, config, epoch, books).await?;
        let mut moved = Moved::default();
        let mut some = Vec::new();
        let mut len = 0_usize;
        for chapter in chapters {
            let chapter = chapter.map_err(MoveError::Source)?;
            moved.count(&chapter);
            len = len.saturating_add(chapter.len());
            some.push(chapter);
            if len >= BATCH_MAX {
                append(&mut writer, &some).await?;
                some.clear();
                len = 0;
            }
        }
        append(&mut writer, &some).await?;
        writer.leave().await?;
        let report = super::verify::verify(config).await?;
        if let Some(problem) = report.problems.into_iter().next() {
            return Err(MoveError::Wrong(problem));
        }
        the_move.arrive(epoch, &moved).await?;
        Ok(moved)
    }
}

/// Applies, compares, writes.
async fn append<E: std::error::Error + 'static>(
    writer: &mut Writer,
    chapters: &[Chapter],
) -> Result<(), MoveError<E>> {
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
