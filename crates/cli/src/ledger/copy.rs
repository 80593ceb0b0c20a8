//! `kanuki ledger backup`, `kanuki ledger restore`: copies of the books and the way back.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use kanuki_ledger::embedded::{Copied, CopyError, copy};

use super::args::{Backup, Restore};
use crate::{Outcome, out::out, verify::ledgers};

/// The folders of ledgers below `data`, as they are called from there; none: it is one itself.
fn names(data: &Path) -> Result<Vec<PathBuf>> {
    ledgers(data)?.iter().map(|folder| Ok(folder.strip_prefix(data)?.to_owned())).collect()
}

fn tell(name: &Path, copied: &Copied) {
    let until = copied.until.map_or_else(|| "the beginning".to_owned(), |at| at.to_string());
    out!(
        "{}: {} transfers in {} batches, up to {until}, {} bytes",
        name.display(),
        copied.transfers,
        copied.batches,
        copied.bytes
    );
}

/// Copies every ledger below `--data`, in use or not, and recounts the copies.
pub(crate) fn backup(args: &Backup) -> Result<Outcome> {
    move_all(&args.data, &args.to, None)
}

/// Copies every ledger back to where none is, up to an instant if one is given, and recounts them.
pub(crate) fn restore(args: &Restore) -> Result<Outcome> {
    move_all(&args.from, &args.data, args.until)
}

fn move_all(from: &Path, to: &Path, until: Option<jiff::Timestamp>) -> Result<Outcome> {
    let mut outcome = Outcome::Well;
    let mut is_any = false;
    for name in names(from)? {
        let (source, target) = (from.join(&name), to.join(&name));
        let copied = match copy(&source, &target, until) {
            // One company of several may have begun later; the others are wanted as they were.
            Err(CopyError::TooEarly) => {
                out!("{}: nothing had happened by then, so no books are made", source.display());
                continue;
            }
            copied => copied.with_context(|| format!("{} was not copied", source.display()))?,
        };
        is_any = true;
        tell(&target, &copied);
        let report = kanuki_ledger::verify::verify(&target);
        for problem in &report.problems {
            outcome = Outcome::Bad;
            out!("  {problem}");
        }
    }
    ensure!(is_any, "nothing was copied: all books in {} begin later", from.display());
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ledgers_are_copied_with_their_companies_and_come_back() {
        let [data, to, back] = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let folder = data.path().join("wallet/ledger");
        drop(kanuki_ledger::EmbeddedEngine::open(&folder).unwrap());
        let made = Backup { data: data.path().to_owned(), to: to.path().to_owned() };
        let again = Backup { data: data.path().to_owned(), to: to.path().to_owned() };
        let from = to.path().to_owned();

        assert!(matches!(backup(&made), Ok(Outcome::Well)));

        assert!(backup(&again).is_err(), "nothing is overwritten");
        let restored = Restore { from, data: back.path().to_owned(), until: None };
        assert!(matches!(restore(&restored), Ok(Outcome::Well)));
        assert!(back.path().join("wallet/ledger/ledger.log").exists());
    }

    #[test]
    fn of_several_companies_those_are_restored_that_had_begun_by_then() {
        let [data, to, back] = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let account = kanuki_ledger::Account::new(
            kanuki_ledger::AccountId(1),
            kanuki_ledger::LEDGER_YEN,
            1,
            kanuki_ledger::AccountFlags::NONE,
        );
        for (company, secs) in [("bank", 2_000), ("wallet", 1_000)] {
            let folder = data.path().join(company).join("ledger");
            let (engine, _) = kanuki_ledger::EmbeddedEngine::open(&folder).unwrap();
            let at = jiff::Timestamp::from_second(secs).unwrap();
            let made = kanuki_ledger::LedgerEngine::create_accounts(&engine, vec![account], at);
            tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(made).unwrap();
        }
        let made = Backup { data: data.path().to_owned(), to: to.path().to_owned() };
        backup(&made).unwrap();
        let until = |secs| Restore {
            from: to.path().to_owned(),
            data: back.path().to_owned(),
            until: Some(jiff::Timestamp::from_second(secs).unwrap()),
        };

        assert!(restore(&until(500)).is_err(), "nothing at all");
        assert!(matches!(restore(&until(1_500)), Ok(Outcome::Well)));
        assert!(back.path().join("wallet/ledger/ledger.log").exists());
        assert!(!back.path().join("bank/ledger/ledger.log").exists());
    }

    #[test]
    fn books_that_are_no_companys_are_copied_as_well() {
        let [books, to] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        drop(kanuki_ledger::EmbeddedEngine::open(books.path()).unwrap());
        let copy = to.path().join("copy");
        let made = Backup { data: books.path().to_owned(), to: copy.clone() };

        assert!(matches!(backup(&made), Ok(Outcome::Well)));
        assert_eq!(ledgers(&copy).unwrap(), [copy]);
    }
}
