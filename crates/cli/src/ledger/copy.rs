//! `kanuki ledger backup`, `kanuki ledger restore`: copies of the books and the way back.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use kanuki_ledger::embedded::{Copied, copy};

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
    for name in names(from)? {
        let target = to.join(&name);
        let copied = copy(&from.join(&name), &target, until)
            .with_context(|| format!("{} was not copied", from.join(&name).display()))?;
        tell(&target, &copied);
        let report = kanuki_ledger::verify::verify(&target);
        for problem in &report.problems {
            outcome = Outcome::Bad;
            out!("  {problem}");
        }
    }
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
    fn books_that_are_no_companys_are_copied_as_well() {
        let [books, to] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        drop(kanuki_ledger::EmbeddedEngine::open(books.path()).unwrap());
        let copy = to.path().join("copy");
        let made = Backup { data: books.path().to_owned(), to: copy.clone() };

        assert!(matches!(backup(&made), Ok(Outcome::Well)));
        assert_eq!(ledgers(&copy).unwrap(), [copy]);
    }
}
