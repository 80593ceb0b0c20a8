//! The name that a company's books bear where they are kept outside of its folder.
//!
//! Made once, at random, and kept beside the records, so that records and books that do not belong
//! together are never opened together: another company's, those of a test, or those of a folder
//! that was lost.

use std::{fs, io, path::Path};

use anyhow::{Context as _, Result, anyhow};
use kanuki_domain::Entropy as _;
use kanuki_ledger::{Claim, NotOurs, Owner, postgres::PostgresError, tigerbeetle::ClaimError};

use super::ledger::{keep, noted};
use crate::real::SystemEntropy;

/// The file that holds it.
const FILE: &str = "ledger-owner";
/// What follows the name while books that have none yet may be given it.
const ADOPTS: &str = " adopts";

/// The name under which the company in `data` asks for its books.
///
/// Where the folder says already that its books are elsewhere, they were begun before books had
/// names: those are given one.
pub(crate) fn claim(data: &Path) -> Result<Claim> {
    if let Some(known) = known(data)? {
        return Ok(known);
    }
    let mut bits = [0; 16];
    SystemEntropy.fill(&mut bits);
    let claim = Claim { owner: Owner(u128::from_be_bytes(bits)), adopts: noted(data)?.is_some() };
    fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
    keep(data, FILE, &text(claim))?;
    Ok(claim)
}

/// The same, if the folder has one.
pub(crate) fn known(data: &Path) -> Result<Option<Claim>> {
    let file = data.join(FILE);
    match fs::read_to_string(&file) {
        Ok(text) => {
            let read = parse(text.trim_end());
            Ok(Some(read.with_context(|| format!("{} is damaged", file.display()))?))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

/// The books were opened, so they bear the name: none are given it any more.
pub(crate) fn opened(data: &Path, claim: Claim) -> Result<()> {
    if claim.adopts { keep(data, FILE, &text(Claim { adopts: false, ..claim })) } else { Ok(()) }
}

/// A refusal for the name's sake says that going on would not be safe.
pub(crate) fn as_unsafe(error: anyhow::Error) -> anyhow::Error {
    match error.chain().find_map(not_ours) {
        Some(why) => anyhow!(
            "unsafe: {why}. The setting ledger must name this company's own books; if the folder \
             was restored, restore {FILE} with it"
        ),
        None => error,
    }
}

fn not_ours(cause: &(dyn std::error::Error + 'static)) -> Option<NotOurs> {
    let postgres = match cause.downcast_ref() {
        Some(PostgresError::NotOurs(why)) => Some(*why),
        _ => None,
    };
    let cluster = match cause.downcast_ref() {
        Some(ClaimError::NotOurs(why)) => Some(*why),
        _ => None,
    };
    postgres.or(cluster)
}

fn text(Claim { owner, adopts }: Claim) -> String {
    format!("{owner}{}", if adopts { ADOPTS } else { "" })
}

fn parse(text: &str) -> Option<Claim> {
    let (name, adopts) = text.strip_suffix(ADOPTS).map_or((text, false), |name| (name, true));
    let is_plain = name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit());
    let owner = is_plain.then(|| u128::from_str_radix(name, 16).ok()).flatten().map(Owner)?;
    Some(Claim { owner, adopts })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::company::ledger::note;

    #[test]
    fn a_company_keeps_its_name_and_adopts_only_books_that_it_had() {
        let [new, old] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        note(old.path(), "tigerbeetle cluster 7").unwrap();

        let [named, adopting] = [&new, &old].map(|folder| claim(folder.path()).unwrap());

        assert_eq!([named.adopts, adopting.adopts], [false, true]);
        assert_ne!(named.owner, adopting.owner);
        assert_eq!([&new, &old].map(|f| claim(f.path()).unwrap()), [named, adopting]);
        opened(old.path(), adopting).unwrap();
        let known = known(old.path()).unwrap();
        assert_eq!(known, Some(Claim { adopts: false, ..adopting }));
        fs::write(old.path().join(FILE), "").unwrap();
        assert!(claim(old.path()).is_err(), "a damaged name is no reason to make another");
    }
}
