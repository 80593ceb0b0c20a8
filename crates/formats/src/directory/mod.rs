//! The list of institutions and branches (金融機関・店舗), pinned at a date.
//!
//! The list is a help for typing and a hint, never an authority: it lags behind mergers by weeks,
//! so an unknown branch must not refuse a payment. Show [`Directory::as_of`] beside it.

mod called;
mod close;
mod correct;
mod data;
mod former;
mod former_branch;
mod institution;
mod query;
pub(crate) mod romaji;
mod search;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use jiff::civil::Date;
use kanuki_domain::bank_account::BankCode;

use search::Rank;

pub use called::Called;
pub use correct::CorrectionError;
pub use former::Former;
pub use former_branch::{Fate, FormerBranch};
pub use institution::{Branch, Institution, Kind};
pub(crate) use query::figure;

/// Every institution by code, ready to search.
#[derive(Debug)]
pub struct Directory {
    entries: BTreeMap<BankCode, Entry>,
    retired: BTreeSet<BankCode>,
    /// Branches that the caller added; they stand in place of the pinned ones.
    added: BTreeMap<BankCode, Vec<Branch>>,
}

/// Who is meant by what a person typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant<'a> {
    /// This one.
    One(&'a Institution),
    /// One of these.
    Several(Vec<&'a Institution>),
    /// None that is listed.
    Nobody,
}

/// An institution with what it can be found by.
#[derive(Debug)]
struct Entry {
    institution: Institution,
    keys: search::Keys,
}

impl Entry {
    fn new(institution: Institution) -> Self {
        let aliases = data::aliases(institution.code);
        let keys = search::Keys::new(&institution, &aliases);
        Self { institution, keys }
    }
}

impl Directory {
    /// The pinned list, read on first use and kept.
    pub fn get() -> &'static Self {
        static PINNED: LazyLock<Directory> = LazyLock::new(|| Directory::with(Vec::new()));
        &PINNED
    }

    /// The pinned list and the caller's own institutions, for a demo or a correction.
    ///
    /// An institution with a code that is already listed replaces the listed one.
    #[must_use]
    pub fn with(extra: Vec<Institution>) -> Self {
        let entries = data::institutions()
            .chain(extra)
            .map(|institution| (institution.code, Entry::new(institution)))
            .collect();
        Self { entries, retired: data::retired(), added: BTreeMap::new() }
    }

    /// Also gives `code` these branches, in place of any that are listed.
    #[must_use]
    pub fn with_branches(mut self, code: BankCode, mut branches: Vec<Branch>) -> Self {
        branches.sort_by(|a, b| a.code.cmp(&b.code));
        self.added.insert(code, branches);
        self
    }

    /// The date of the pinned data (データ日付), to be shown wherever the list is.
    #[must_use]
    pub const fn as_of(&self) -> Date {
        data::AS_OF
    }

    /// How many institutions are listed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True when nothing is listed; the pinned list never is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The institution with this code.
    #[must_use]
    pub fn find(&self, code: BankCode) -> Option<&Institution> {
        self.entries.get(&code).map(|entry| &entry.institution)
    }

    /// All institutions, by code.
    pub fn institutions(&self) -> impl Iterator<Item = &Institution> {
        self.entries.values().map(|entry| &entry.institution)
    }

    /// True when an institution had this code and has since merged or closed.
    #[must_use]
    pub fn is_retired(&self, code: BankCode) -> bool {
        self.retired.contains(&code) && !self.entries.contains_key(&code)
    }

    /// Institutions that fit what a person typed, best first, at most `limit`.
    ///
    /// `query` may be part of the name, its reading in any kana, a mixture of both, the start of its
    /// reading in Latin letters, or of the code (also without the zeros before it). Equal before
    /// beginning before containing before mixed, then by code.
    #[must_use]
    pub fn search(&self, query: &str, limit: usize) -> Vec<&Institution> {
        let entries = self.entries.values().map(|entry| (&entry.keys, &entry.institution));
        search::ranked(query, limit, entries)
    }

    /// The institution that a person means, where what they typed is nobody else's: its code (with or
    /// without the zeros before it), its name, or part of a name that only one has.
    #[must_use]
    pub fn meant(&self, query: &str) -> Meant<'_> {
        let entries = self.entries.values().map(|entry| (&entry.keys, &entry.institution));
        let found = search::judged(query, entries);
        let is_code = query::fold(query).bytes().all(|b| b.is_ascii_digit());
        let equal: Vec<_> = found.iter().filter(|(rank, _)| *rank == Rank::Equal).collect();
        match (equal.as_slice(), found.as_slice()) {
            (_, []) => Meant::Nobody,
            ([(_, one)], _) => Meant::One(one),
            ([], [(_, one)]) if !is_code => Meant::One(one),
            _ => Meant::Several(found.into_iter().map(|(_, institution)| institution).collect()),
        }
    }

    /// Institutions whose names are closest to one that [`search`](Self::search) does not find: a
    /// letter off, or two swapped. Something to ask about, and never an answer.
    #[must_use]
    pub fn close(&self, query: &str, limit: usize) -> Vec<&Institution> {
        let entries = self.entries.values().map(|entry| (&entry.keys, &entry.institution));
        close::closest(query, limit, entries)
    }

    /// The branches of one institution, by code; empty when it is unknown.
    #[must_use]
    pub fn branches(&self, code: BankCode) -> Vec<Branch> {
        self.added.get(&code).cloned().unwrap_or_else(|| data::branches(code))
    }

    /// One branch by its three digits; none may only mean that the list is older than the branch.
    #[must_use]
    pub fn find_branch(&self, code: BankCode, branch: &str) -> Option<Branch> {
        self.branches(code).into_iter().find(|b| b.code == branch)
    }

    /// Branches that fit what a person typed, as [`search`](Self::search) does.
    #[must_use]
    pub fn search_branches(&self, code: BankCode, query: &str, limit: usize) -> Vec<Branch> {
        let branches = self.branches(code);
        let keyed: Vec<_> = branches.iter().map(|b| (search::Keys::of_branch(b), b)).collect();
        let entries = keyed.iter().map(|(keys, branch)| (keys, *branch));
        search::ranked(query, limit, entries).into_iter().cloned().collect()
    }

    /// Branches whose names are closest, as [`close`](Self::close) does.
    #[must_use]
    pub fn close_branches(&self, code: BankCode, query: &str, limit: usize) -> Vec<Branch> {
        let branches = self.branches(code);
        let keyed: Vec<_> = branches.iter().map(|b| (search::Keys::of_branch(b), b)).collect();
        let entries = keyed.iter().map(|(keys, branch)| (keys, *branch));
        close::closest(query, limit, entries).into_iter().cloned().collect()
    }
}
