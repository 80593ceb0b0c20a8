//! `kanuki ledger move`: a company's books go from its data folder into the engine that its
//! configuration names.
//!
//! 1. The old books are opened, so that nobody serves them meanwhile.
//! 2. They are made again in the database, each row compared, and counted again there.
//! 3. Every account's sums, and whether it is closed, are compared with the old books.
//! 4. The company's folder notes that its books are elsewhere. Until here the old ones count.
//! 5. The old ones stay, under another name that says so.
//!
//! Each step finds out by itself whether it was done, so whatever interrupts it, it is typed again.

use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use jiff::Timestamp;
use kanuki_ledger::{
    EmbeddedEngine, LedgerEngine as _, PostgresEngine,
    embedded::chapters,
    engine::BATCH_MAX,
    postgres::{Moved, PostgresConfig},
};

use super::{args::MoveBooks, place::Place, wait};
use crate::{
    Outcome,
    company::ledger::{embedded, note, noted},
    out::out,
};

/// Where the old books stay.
const LEFT: &str = "ledger-left";

/// Moves them.
pub(super) fn run(args: &MoveBooks) -> Result<Outcome> {
    let place = Place::of(&args.config)?;
    let config = place.database()?;
    let folder = place.folder();
    match noted(&place.data)? {
        Some(there) if there == config.place() && folder.exists() => {}
        Some(there) => bail!("this company's books are in {there} already; nothing was moved"),
        None => {
            ensure!(folder.exists(), "there are no books in {}", folder.display());
            // Held to the end: the company is stopped, and cannot be started meanwhile.
            let old = embedded(&folder).context("stop the company before its books are moved")?;
            let moved = wait(bring(config, &place, &old))?;
            // From this note on the books are there, whatever happens to us.
            note(&place.data, &config.place())?;
            tell(&moved);
        }
    }
    fs::rename(&folder, place.data.join(LEFT))
        .with_context(|| format!("the books are moved; {} counts no more", folder.display()))?;
    out!("The old ones stay in {}. Start the company.", place.data.join(LEFT).display());
    Ok(Outcome::Well)
}

fn tell(moved: &Moved) {
    out!(
        "moved: {} accounts, {} transfers, {} ids that are never made; compared and counted again, \
         nothing is wrong",
        moved.accounts,
        moved.transfers,
        moved.refused
    );
}

/// Brings them there, unless they were brought already, and compares.
async fn bring(config: &PostgresConfig, place: &Place, old: &EmbeddedEngine) -> Result<Moved> {
    let folder = place.folder();
    let read = || chapters(&folder).with_context(|| format!("cannot read {}", folder.display()));
    let moved = Moved::of(read()?)?;
    if !PostgresEngine::has_taken_over(config, &moved).await? {
        PostgresEngine::take_over(config, read()?).await.context(
            "the books were not moved, and the company goes on with its old ones when its \
             configuration says so; move them again",
        )?;
    }
    let until = moved.until.unwrap_or(Timestamp::UNIX_EPOCH);
    compare(config, old, until, moved.accounts).await?;
    Ok(moved)
}

/// Every account has there what it has here.
async fn compare(
    config: &PostgresConfig,
    old: &EmbeddedEngine,
    until: Timestamp,
    expected: u64,
) -> Result<()> {
    let accounts = PostgresEngine::accounts(config).await?;
    ensure!(
        u64::try_from(accounts.len()) == Ok(expected),
        "{expected} accounts were to be moved, and {} are there; the old books count",
        accounts.len()
    );
    for some in accounts.chunks(BATCH_MAX) {
        let ids: Vec<_> = some.iter().map(|account| account.id).collect();
        let kept = old.lookup_accounts(&ids, until).await?;
        for (moved, kept) in some.iter().zip(kept) {
            ensure!(
                kept == Some(*moved),
                "account {} is another one where it was moved to; the old books count",
                moved.id
            );
        }
    }
    Ok(())
}
