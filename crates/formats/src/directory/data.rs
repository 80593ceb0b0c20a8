//! The files under `data/`, read without trust in their order but with trust in their form.
//!
//! A line that does not fit is skipped rather than fatal; the tests count what must be there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::civil::{Date, date};
use kanuki_domain::bank_account::BankCode;

use super::{Branch, Institution};

/// The date on the first line of the file; a test holds the two together.
pub(super) const AS_OF: Date = date(2026, 8, 24);

static FILE: &str = include_str!("../../data/directory.tsv");
static ALIASES: &str = include_str!("../../data/aliases.tsv");

/// The head of the file: everything before the first list of branches.
fn head() -> impl Iterator<Item = &'static str> {
    FILE.lines().take_while(|line| !line.starts_with('='))
}

/// Code, name and kana of one line.
fn columns(line: &'static str) -> Option<(&'static str, &'static str, &'static str)> {
    let (code, rest) = line.split_once('\t')?;
    let (name, kana) = rest.split_once('\t')?;
    Some((code, name, kana))
}

/// Every listed institution.
pub(super) fn institutions() -> impl Iterator<Item = Institution> {
    head().filter_map(columns).filter_map(|(code, name, kana)| {
        Some(Institution::new(BankCode::parse(code).ok()?, name, kana))
    })
}

/// Codes that are no longer given out.
pub(super) fn retired() -> BTreeSet<BankCode> {
    head().filter_map(|line| BankCode::parse(line.strip_prefix('-')?).ok()).collect()
}

/// What else people call an institution.
pub(super) fn aliases(code: BankCode) -> Vec<&'static str> {
    static BY_CODE: LazyLock<BTreeMap<BankCode, Vec<&'static str>>> = LazyLock::new(|| {
        let lines = ALIASES.lines().filter_map(|line| line.split_once('\t'));
        lines
            .filter_map(|(code, names)| {
                Some((BankCode::parse(code).ok()?, names.split('\t').collect()))
            })
            .collect()
    });
    BY_CODE.get(&code).cloned().unwrap_or_default()
}

/// The branches of one institution, read when asked for.
pub(super) fn branches(code: BankCode) -> Vec<Branch> {
    // Finding where each list starts is one pass over the file; the lists stay text until wanted.
    static LISTS: LazyLock<BTreeMap<BankCode, &'static str>> = LazyLock::new(|| {
        let lists = FILE.split("\n=").skip(1);
        lists
            .filter_map(|list| {
                let (code, rows) = list.split_once('\n')?;
                Some((BankCode::parse(code).ok()?, rows))
            })
            .collect()
    });
    let rows = LISTS.get(&code).copied().unwrap_or_default();
    rows.lines()
        .filter_map(columns)
        .map(|(code, name, kana)| Branch {
            code: code.to_owned(),
            name: name.to_owned(),
            kana: kana.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_file_is_read() {
        let codes: Vec<_> = institutions().map(|i| i.code).collect();

        assert_eq!(FILE.lines().next(), Some(format!("@{AS_OF}").as_str()));
        assert_eq!(codes.len(), 1_146);
        assert_eq!(retired().len(), 241);
        assert_eq!(codes.iter().map(|code| branches(*code).len()).sum::<usize>(), 28_944);
    }

    #[test]
    fn every_alias_belongs_to_a_listed_institution() {
        let listed: BTreeSet<_> = institutions().map(|i| i.code.to_string()).collect();

        for line in ALIASES.lines() {
            let (code, names) = line.split_once('\t').expect("code and names");
            assert!(listed.contains(code), "{line}");
            assert!(names.split('\t').all(|name| !name.is_empty()), "{line}");
        }
    }
}
