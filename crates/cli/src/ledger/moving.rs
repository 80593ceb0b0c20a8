//! `kanuki ledger move`: a company's books go from its data folder into the engine that its
//! configuration names.
//!
//! 1. The old books are opened, so that nobody serves them meanwhile.
//! 2. They are made again where they go, and counted again there.
//! 3. They are read back and compared with the old books: transfers, reservations, refused ids, accounts.
//! 4. The company's folder notes that its books are elsewhere. Until here the old ones count.
//! 5. The old ones stay, under another name that says so.
//!
//! With `--while-running` the first step comes last of the first three ([`following`](super::following)):
//! the company stops only when hardly anything is missing.
//!
//! Each step finds out by itself whether it was done, so whatever interrupts it, it is typed again.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail, ensure};
use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_ledger::{
    Account, AccountId, Chapter, Claim, EmbeddedEngine, LedgerEngine as _, Moved, PostgresEngine,
    TigerBeetleEngine, embedded::chapters, engine::BATCH_MAX, postgres::PostgresConfig,
};

use super::{
    args::MoveBooks,
    following::{Taken, carry, compare_all, follow, follow_to_cluster, is_in_use},
    place::Place,
    wait,
};
use crate::{
    Outcome,
    company::{
        ledger::{LedgerPlan, embedded, note, noted},
        owner,
    },
    out::out,
    real::Stopwatch,
};

/// Where the old books stay.
const LEFT: &str = "ledger-left";

/// What is locked while books are moved.
const LOCK: &str = "ledger-move.lock";

/// What to do when it did not come about.
pub(super) const NOT_MOVED: &str = "the books were not moved, and the company goes on with its old \
                                    ones when its configuration says so; move them again";

/// Moves them.
pub(super) fn run(args: &MoveBooks) -> Result<Outcome> {
    let place = Place::of(&args.config)?;
    let target = place.plan.place().context(
        "the configuration says under [ledger] that the books stay where they are: name the \
         engine to which they go",
    )?;
    let folder = place.folder();
    let _alone = alone(&place.data)?;
    // Held until the old books have their other name: nobody serves them meanwhile.
    let _old = match noted(&place.data)? {
        Some(there) if there == target && folder.exists() => None,
        Some(there) => bail!("this company's books are in {there} already; nothing was moved"),
        None => {
            ensure!(folder.exists(), "there are no books in {}", folder.display());
            let (taken, moved) = move_books(&place, args.while_running)?;
            // From this note on the books are there, whatever happens to us.
            note(&place.data, &target)?;
            tell(&moved, taken.since);
            Some(taken)
        }
    };
    fs::rename(&folder, place.data.join(LEFT))
        .with_context(|| format!("the books are moved; {} counts no more", folder.display()))?;
    out!("The old ones stay in {}. Start the company.", place.data.join(LEFT).display());
    Ok(Outcome::Well)
}

/// Keeps other moves of this company out, which a second one would undo, for as long as the file lives.
fn alone(data: &Path) -> Result<fs::File> {
    let place = data.join(LOCK);
    let file = fs::File::options().create(true).truncate(false).write(true).open(&place);
    let file = file.with_context(|| format!("cannot use {}", place.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            bail!("this company's books are being moved already; nothing was moved")
        }
        Err(fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", place.display()))
        }
    }
}

/// Moves what the company stops for, or what it still writes to; the old books, and how much was moved.
fn move_books(place: &Place, while_running: bool) -> Result<(Taken, Moved)> {
    let folder = place.folder();
    if while_running && is_in_use(&folder)? {
        let claim = owner::claim(&place.data)?;
        return match &place.plan {
            LedgerPlan::Postgres { config } => {
                let config = (**config).clone().claimed_by(claim);
                wait(Box::pin(follow(&config, &folder)))
            }
            LedgerPlan::TigerBeetle { cluster, addresses } => {
                let deadline = TigerBeetleEngine::DEADLINE;
                let engine = TigerBeetleEngine::connect(*cluster, addresses, deadline)?;
                wait(Box::pin(follow_to_cluster(&engine, claim, &folder)))
            }
            LedgerPlan::Embedded => bail!("the books are there already"),
        };
    }
    let since = Stopwatch::start();
    let old = embedded(&folder).context(
        "stop the company before its books are moved, or move them with --while-running",
    )?;
    let claim = owner::claim(&place.data)?;
    let moved = wait(Box::pin(bring(place, claim, &old)))?;
    Ok((Taken { old, since }, moved))
}

fn tell(moved: &Moved, since: Stopwatch) {
    out!(
        "moved: {} accounts, {} transfers, {} ids that are never made; compared and counted again, \
         nothing is wrong",
        moved.accounts,
        moved.transfers,
        moved.refused
    );
    out!("Nobody could write to them for {} ms.", since.elapsed().as_millis());
}

/// Brings them there and compares.
async fn bring(place: &Place, claim: Claim, old: &EmbeddedEngine) -> Result<Moved> {
    let folder = place.folder();
    match &place.plan {
        LedgerPlan::Postgres { config } => {
            let config = (**config).clone().claimed_by(claim);
            bring_to_postgres(&config, &folder, old).await
        }
        LedgerPlan::TigerBeetle { cluster, addresses } => {
            let deadline = TigerBeetleEngine::DEADLINE;
            let engine = TigerBeetleEngine::connect(*cluster, addresses, deadline)?;
            bring_to_tigerbeetle(&engine, claim, &folder, old).await
        }
        LedgerPlan::Embedded => bail!("the books are there already"),
    }
}

async fn bring_to_postgres(
    config: &PostgresConfig,
    folder: &Path,
    old: &EmbeddedEngine,
) -> Result<Moved> {
    let read = chapters(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let moved = Moved::of(read)?;
    if PostgresEngine::has_taken_over(config, &moved).await? {
        compare_all(config, folder, old, &moved).await?;
        return Ok(moved);
    }
    carry(config, folder, old).await
}

async fn bring_to_tigerbeetle(
    engine: &TigerBeetleEngine,
    claim: Claim,
    folder: &Path,
    old: &EmbeddedEngine,
) -> Result<Moved> {
    let moved = engine.take_over(claim, BATCH_MAX, || chapters(folder)).await.context(NOT_MOVED)?;
    let mut accounts: Vec<AccountId> = Vec::new();
    for chapter in chapters(folder)? {
        accounts.extend(accounts_of(&chapter?));
    }
    compare_with_cluster(engine, &accounts, old, &moved).await?;
    Ok(moved)
}

/// The accounts that a batch made.
pub(super) fn accounts_of(chapter: &Chapter) -> impl Iterator<Item = AccountId> {
    chapter.accounts.iter().map(|account| account.id)
}

/// Every account has on the cluster what was posted on it here.
pub(super) async fn compare_with_cluster(
    engine: &TigerBeetleEngine,
    ids: &[AccountId],
    old: &EmbeddedEngine,
    moved: &Moved,
) -> Result<()> {
    let mut accounts = Vec::new();
    for some in ids.chunks(BATCH_MAX) {
        let found = engine.lookup_accounts(some, Timestamp::UNIX_EPOCH).await?;
        accounts.extend(found.into_iter().flatten());
    }
    // What is reserved was counted there, where time goes on: it may have timed out by now.
    let settled = |account: Account| Account {
        debits_pending: Yen::ZERO,
        credits_pending: Yen::ZERO,
        closed: false,
        ..account
    };
    compare(&accounts, old, moved, settled).await
}

/// Every account has there what it has here, as far as `seen` looks at it.
pub(super) async fn compare(
    accounts: &[Account],
    old: &EmbeddedEngine,
    moved: &Moved,
    seen: impl Fn(Account) -> Account,
) -> Result<()> {
    let until = moved.until.unwrap_or(Timestamp::UNIX_EPOCH);
    ensure!(
        u64::try_from(accounts.len()) == Ok(moved.accounts),
        "{} accounts were to be moved, and {} are there; the old books count",
        moved.accounts,
        accounts.len()
    );
    for some in accounts.chunks(BATCH_MAX) {
        let ids: Vec<_> = some.iter().map(|account| account.id).collect();
        let kept = old.lookup_accounts(&ids, until).await?;
        for (moved, kept) in some.iter().zip(kept) {
            ensure!(
                kept.map(&seen) == Some(seen(*moved)),
                "account {} is another one where it was moved to; the old books count",
                moved.id
            );
        }
    }
    Ok(())
}
