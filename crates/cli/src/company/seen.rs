//! How far the books in a company's folder had come when it last started, noted beside its records.
//!
//! A log that is gone, because a disk was not there or a copy was brought back without it, would begin
//! anew with empty books beside full records, and an older copy of it would go on from another day. Nothing
//! in the ledger's own folder tells: this does.

use std::{fs, io, path::Path};

use anyhow::{Context as _, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use kanuki_record::Records as _;
use kanuki_store::SqliteRecords;

use super::ledger::{keep, noted};

/// The file that holds it.
const FILE: &str = "ledger-seen";
/// What stands there while nothing was written.
const NOTHING: &str = "nothing";

/// Books that are made again from their log may end this much earlier: what changed nothing moved their clock
/// and is not in it.
const AHEAD: SignedDuration = SignedDuration::from_secs(1);

/// What was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// The company starts for the first time, or was last started by a version that noted nothing.
    Never,
    /// It had books, up to this instant.
    UpTo(Option<Timestamp>),
}

impl Seen {
    /// Reads it.
    pub(super) fn read(data: &Path) -> Result<Self> {
        let file = data.join(FILE);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Never),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", file.display()));
            }
        };
        match text.trim_end() {
            NOTHING => Ok(Self::UpTo(None)),
            at => {
                let at = at.parse().with_context(|| format!("{} is damaged", file.display()))?;
                Ok(Self::UpTo(Some(at)))
            }
        }
    }

    /// Refuses a folder whose log is gone, before another one is made there.
    pub(super) async fn require_log(self, data: &Path) -> Result<()> {
        let log = data.join("ledger").join("ledger.log");
        ensure!(
            log.try_exists()? || (self == Self::Never && !has_lived(data).await?),
            "unsafe: this company has books, and {} is not there. Look whether the disk is, or bring \
             the folder back from a copy; with empty books its records would speak of money that \
             nobody has",
            log.display()
        );
        Ok(())
    }

    /// Refuses books that end before what was noted, and notes how far they go.
    pub(super) fn go_on(self, data: &Path, latest: Option<Timestamp>) -> Result<()> {
        if let Self::UpTo(Some(seen)) = self {
            ensure!(
                latest.is_some_and(|latest| seen.duration_since(latest) <= AHEAD),
                "unsafe: the books in {} end at {}, and when this company last started they went on \
                 to {seen}. What came in between would be lost, and its records speak of it: bring \
                 the newest copy back",
                data.join("ledger").display(),
                latest.map_or_else(|| "the beginning".to_owned(), |at| at.to_string())
            );
        }
        if self == Self::UpTo(latest) {
            return Ok(());
        }
        let text = latest.map_or_else(|| NOTHING.to_owned(), |at| at.to_string());
        keep(data, FILE, &text)
    }
}

/// Whether the records beside speak of a company that did something: its first books are made before.
async fn has_lived(data: &Path) -> Result<bool> {
    let file = data.join("records.sqlite");
    if !file.try_exists()? {
        return Ok(false);
    }
    let records = SqliteRecords::open(&file, &[])
        .with_context(|| format!("cannot open {}", file.display()))?;
    Ok(!records.audit_log(0, 1).await?.is_empty())
}

/// Refuses to call the books of `data` whole, or to copy them, where they are gone.
pub(crate) fn require_books(data: &Path) -> Result<()> {
    let is_noted = data.join(FILE).try_exists()?;
    let is_elsewhere = noted(data)?.is_some_and(|place| !place.is_empty());
    let log = data.join("ledger").join("ledger.log");
    ensure!(
        !is_noted || is_elsewhere || log.try_exists()?,
        "this company has books, and {} is not there",
        log.display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kanuki_ledger::{Account, AccountFlags, AccountId, LEDGER_YEN};
    use kanuki_record::{AuditEntry, Book, Unit};

    use super::*;
    use crate::{company::ledger::LedgerPlan, real::SystemClock};
    use kanuki_site::Clock as _;

    /// Starts a company, which does something.
    async fn start(data: &Path) -> Result<()> {
        start_at(data, SystemClock.now()).await
    }

    async fn start_at(data: &Path, now: Timestamp) -> Result<()> {
        let books = LedgerPlan::Embedded.open(data, None).await?;
        let id = AccountId::derive(&[&SystemClock.now().to_string()]);
        let account = Account::new(id, LEDGER_YEN, 1, AccountFlags::NONE);
        books.engine.create_accounts(vec![account], now).await?;
        Ok(())
    }

    #[tokio::test]
    async fn company_whose_books_are_gone_or_older_does_not_start() {
        let data = tempfile::tempdir().unwrap();
        let (ledger, aside) = (data.path().join("ledger"), data.path().join("aside"));
        let an_hour_ago = SystemClock.now().checked_sub(SignedDuration::from_hours(1)).unwrap();
        start_at(data.path(), an_hour_ago).await.unwrap();
        fs::create_dir(&aside).unwrap();
        let (log, older) = (ledger.join("ledger.log"), aside.join("older"));
        fs::copy(&log, &older).unwrap();

        for _ in 0..2 {
            fs::rename(&ledger, aside.join("ledger")).unwrap();
            let gone = start(data.path()).await.unwrap_err().to_string();
            assert!(gone.starts_with("unsafe: this company has books"), "{gone}");
            assert!(require_books(data.path()).is_err(), "and nothing is copied in its place");
            assert!(!ledger.exists(), "nothing is made in its place");
            fs::rename(aside.join("ledger"), &ledger).unwrap();
            start(data.path()).await.unwrap();
        }
        let newest = aside.join("newest");
        fs::copy(&log, &newest).unwrap();
        fs::copy(&older, &log).unwrap();
        let before = start(data.path()).await.unwrap_err().to_string();
        assert!(before.contains("when this company last started they went on to"), "{before}");
        fs::copy(&newest, &log).unwrap();
        start(data.path()).await.unwrap();
    }

    /// A copy of the records that was brought back without the rest, or one from before the note.
    #[tokio::test]
    async fn records_of_a_company_that_did_something_are_enough_to_know_that_it_had_books() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("records.sqlite");
        let book = Book::new(Arc::new(SqliteRecords::open(&file, &[]).unwrap()));
        // A first start that ended before its books were made.
        start(data.path()).await.unwrap();
        let mut unit = Unit::new();
        unit.audit(AuditEntry::new(SystemClock.now(), "staff", "gate.closed", "wallet"));
        book.commit(unit).await.unwrap();
        start(data.path()).await.unwrap();

        fs::remove_dir_all(data.path().join("ledger")).unwrap();
        fs::remove_file(data.path().join(FILE)).unwrap();

        let gone = start(data.path()).await.unwrap_err().to_string();
        assert!(gone.starts_with("unsafe: this company has books"), "{gone}");
    }
}
