//! Books on their way elsewhere while their company goes on with them; until the last step the old ones
//! count, and nobody serves the new ones.
//!
//! Into PostgreSQL:
//!
//! 1. Whatever is durable in the old books is made again in the database, each row compared before it is
//!    written.
//! 2. All of it is counted again there, from the transfers, and read back and held against the old books.
//! 3. What the company writes meanwhile follows, and is read back too. Its operator is told to stop it.
//! 4. Once nobody has the old books open, they are ours: the last of it follows, and everything that is
//!    reserved, every id that is never made and every account is compared.
//!
//! Onto a TigerBeetle cluster, which takes what is open and has a deadline only in the end: what there is
//! when the move begins is made and compared, and all the rest once the company has stopped.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result};
use kanuki_ledger::{
    AccountId, Claim, EmbeddedEngine, Moved, PostgresEngine, TigerBeetleEngine,
    embedded::{Following, LogPlace, OpenError, chapters},
    engine::BATCH_MAX,
    postgres::{Comparison, Moving, PostgresConfig},
};

use super::moving::{NOT_MOVED, accounts_of, compare, compare_with_cluster};
use crate::{out::out, real::Stopwatch};

/// How long new batches are waited for before whether the company has stopped is looked at again.
const PAUSE: Duration = Duration::from_millis(50);

/// How often somebody who waits hears how far it is.
const NEWS: Duration = Duration::from_secs(10);

/// The books in `folder` if nobody has them open.
fn released(folder: &Path) -> Result<Option<EmbeddedEngine>> {
    match EmbeddedEngine::open(folder) {
        Ok((old, _)) => Ok(Some(old)),
        Err(OpenError::Locked) => Ok(None),
        Err(error) => {
            Err(error).with_context(|| format!("cannot open the ledger in {}", folder.display()))
        }
    }
}

/// Old books that nobody serves any more: they are locked for as long as this lives.
pub(super) struct Taken {
    /// The lock, and what can be looked up.
    pub(super) old: EmbeddedEngine,
    /// Since when.
    pub(super) since: Stopwatch,
}

/// Waits until a company has stopped.
async fn taken(folder: &Path) -> Result<Taken> {
    loop {
        if let Some(taken) = take(folder)? {
            return Ok(taken);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn take(folder: &Path) -> Result<Option<Taken>> {
    let since = Stopwatch::start();
    Ok(released(folder)?.map(|old| Taken { old, since }))
}

/// Whether a company has the books in `folder` open.
pub(super) fn is_in_use(folder: &Path) -> Result<bool> {
    Ok(released(folder)?.is_none())
}

const ON_THEIR_WAY: &str =
    "The books are on their way. The company goes on with its old ones meanwhile.";

/// Moves books that their company goes on with to a cluster; the old ones, and how much was moved.
pub(super) async fn follow_to_cluster(
    engine: &TigerBeetleEngine,
    claim: Claim,
    folder: &Path,
) -> Result<(Taken, Moved)> {
    let mut log = open(folder)?;
    let mut accounts = read_all(&mut log)?;
    out!("{ON_THEIR_WAY}");
    let so_far = || Ok::<_, OpenError>(log.again(LogPlace::START));
    let moving = engine.begin_move(claim, BATCH_MAX, so_far).await.context(NOT_MOVED)?;
    out!(
        "What there was is there and compared. Stop the company now: what it has written since follows, \
         the move then ends by itself, and says so."
    );
    let taken = taken(folder).await?;
    // Nobody writes any more.
    accounts.extend(read_all(&mut log)?);
    let rest = |batches| Ok::<_, OpenError>(log.after(batches));
    let moved = engine.finish_move(moving, rest).await.context(NOT_MOVED)?;
    compare_with_cluster(engine, &accounts, &taken.old, &moved).await?;
    Ok((taken, moved))
}

fn open(folder: &Path) -> Result<Following> {
    Following::open(folder).with_context(|| format!("cannot read {}", folder.display()))
}

/// Reads up to where the log ends at some moment, which comes also while a company writes to it all the
/// time: what was read is durable. Answers which accounts were made.
fn read_all(log: &mut Following) -> Result<Vec<AccountId>> {
    let mut accounts = Vec::new();
    loop {
        let some = log.batches(BATCH_MAX).context(NOT_MOVED)?;
        accounts.extend(some.iter().flat_map(accounts_of));
        if log.is_at_end() {
            return Ok(accounts);
        }
    }
}

/// Moves books that their company goes on with into PostgreSQL; the old ones, and how much was moved.
pub(super) async fn follow(config: &PostgresConfig, folder: &Path) -> Result<(Taken, Moved)> {
    let mut carrier = Carrier::begin(config, folder).await?;
    out!("{ON_THEIR_WAY}");
    carrier.add_all().await?;
    carrier.moving.count().await.context(NOT_MOVED)?;
    carrier.compare().await?;
    // What came while all of it was counted, so that hardly anything is missing when we say so.
    carrier.add_all().await?;
    carrier.compare().await?;
    out!(
        "The books are there, counted again and compared, and what the company writes follows. Stop \
         the company now: the move then ends by itself, and says so."
    );
    let taken = loop {
        carrier.add_all().await?;
        carrier.compare().await?;
        if let Some(taken) = take(folder)? {
            break taken;
        }
        carrier.moving.rest().await.context(NOT_MOVED)?;
        tokio::time::sleep(PAUSE).await;
    };
    // Nobody writes any more.
    let moved = carrier.arrive(&taken.old).await?;
    Ok((taken, moved))
}

/// Moves books that nobody has open but us.
pub(super) async fn carry(
    config: &PostgresConfig,
    folder: &Path,
    old: &EmbeddedEngine,
) -> Result<Moved> {
    let mut carrier = Carrier::begin(config, folder).await?;
    carrier.add_all().await?;
    carrier.moving.count().await.context(NOT_MOVED)?;
    carrier.arrive(old).await
}

/// Old books, new books, and how far the new ones have come.
struct Carrier<'a> {
    config: &'a PostgresConfig,
    log: Following,
    moving: Moving<'a>,
    comparison: Comparison,
    /// Up to where they were compared.
    compared: LogPlace,
}

impl<'a> Carrier<'a> {
    async fn begin(config: &'a PostgresConfig, folder: &Path) -> Result<Self> {
        let log = open(folder)?;
        // A move that ended between its last two steps has left books that the old ones went on from.
        PostgresEngine::disown(config, chapters(folder)?).await.context(NOT_MOVED)?;
        let moving = PostgresEngine::begin_move(config).await.context(NOT_MOVED)?;
        let comparison = Comparison::begin(config).await.context(NOT_MOVED)?;
        Ok(Self { config, log, moving, comparison, compared: LogPlace::START })
    }

    /// Adds until nothing is missing at some moment, which comes also while the company writes, unless it
    /// writes more than can be added.
    async fn add_all(&mut self) -> Result<()> {
        let mut watch = Stopwatch::start();
        loop {
            let some = self.log.batches(BATCH_MAX).context(NOT_MOVED)?;
            if !some.is_empty() {
                self.moving.add(&some).await.context(NOT_MOVED)?;
            }
            if self.log.is_at_end() {
                return Ok(());
            }
            if watch.elapsed() >= NEWS {
                out!("{} transfers are there so far.", self.moving.moved().transfers);
                watch = Stopwatch::start();
            }
        }
    }

    /// Reads back what was added since the last time.
    async fn compare(&mut self) -> Result<()> {
        let comparing = Box::pin(self.comparison.go_on(self.log.again(self.compared)));
        self.moving.during(comparing).await.context(NOT_MOVED)?.context(NOT_MOVED)?;
        self.compared = self.log.place();
        Ok(())
    }

    /// Adds and compares the last of it, and everything once more with `old`; from then on the new books
    /// can be served.
    async fn arrive(mut self, old: &EmbeddedEngine) -> Result<Moved> {
        self.add_all().await?;
        self.compare().await?;
        let comparing = Box::pin(self.comparison.require_all());
        self.moving.during(comparing).await.context(NOT_MOVED)?.context(NOT_MOVED)?;
        let moved = self.moving.moved();
        compare_accounts(self.config, old, &moved).await?;
        self.moving.arrive().await.context(NOT_MOVED)?;
        Ok(moved)
    }
}

/// Holds books that have arrived against the old ones, all of them.
pub(super) async fn compare_all(
    config: &PostgresConfig,
    folder: &Path,
    old: &EmbeddedEngine,
    moved: &Moved,
) -> Result<()> {
    let mut comparison = Comparison::begin(config).await.context(NOT_MOVED)?;
    comparison.go_on(chapters(folder)?).await.context(NOT_MOVED)?;
    comparison.require_all().await.context(NOT_MOVED)?;
    compare_accounts(config, old, moved).await
}

/// Every account has in PostgreSQL the sums that it has here.
async fn compare_accounts(
    config: &PostgresConfig,
    old: &EmbeddedEngine,
    moved: &Moved,
) -> Result<()> {
    let accounts = PostgresEngine::accounts(config).await?;
    compare(&accounts, old, moved, |account| account).await
}
