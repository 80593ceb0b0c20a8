//! Branches of institutions that merged or closed, and what became of each.
//!
//! An old passbook has a bank, a branch and their numbers on it. The lists say under which number the
//! branch went on where its bank went, as far as they do; a number that is only like it is never one to
//! which money can be sent.

use std::{collections::BTreeMap, sync::LazyLock};

use jiff::civil::Date;
use kanuki_domain::bank_account::BankCode;

use super::{Branch, Directory, close, search};

static FILE: &str = include_str!("../../data/former-branches.tsv");

/// A branch as its institution had it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerBranch {
    /// As it was.
    pub branch: Branch,
    /// What became of it.
    pub fate: Fate,
}

/// What the lists say of a branch whose institution is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It came to the institution into which its own went, where it is today under this number.
    Now(
        /// Three digits.
        String,
    ),
    /// That institution had a branch of the name already, or had it twice on the way: it may be this one.
    Perhaps(
        /// Three digits.
        String,
    ),
    /// It came there, and is no longer on today's list.
    Gone {
        /// Under this number.
        code: String,
        /// The last list that had it.
        listed_until: Date,
    },
    /// Its own institution called it otherwise later, under this number.
    Renamed {
        /// Of another of the [`former branches`](Directory::former_branches).
        code: String,
        /// The last list that had it so.
        listed_until: Date,
    },
    /// It was no longer on the list when its institution went.
    Closed {
        /// The last list that had it.
        listed_until: Date,
    },
    /// The lists do not say.
    Unknown,
}

impl FormerBranch {
    fn parse(line: &str) -> Option<Self> {
        let mut cells = line.split('\t');
        let mut next = || cells.next().map(str::to_owned);
        let branch = Branch { code: next()?, name: next()?, kana: next()? };
        let (sure, code, until) = (next(), next(), next());
        let fate = match (sure.as_deref(), code, until.and_then(|day| day.parse().ok())) {
            (Some("=" | "?"), Some(code), Some(listed_until)) => Fate::Gone { code, listed_until },
            (Some(">"), Some(code), Some(listed_until)) => Fate::Renamed { code, listed_until },
            (Some("x"), _, Some(listed_until)) => Fate::Closed { listed_until },
            (Some("="), Some(code), None) => Fate::Now(code),
            (Some("?"), Some(code), None) => Fate::Perhaps(code),
            _ => Fate::Unknown,
        };
        Some(Self { branch, fate })
    }
}

/// The lists of branches, by the institution that had them; they stay text until wanted.
static LISTS: LazyLock<BTreeMap<BankCode, &'static str>> = LazyLock::new(|| {
    let lists = FILE.split("\n=").skip(1);
    let parts = lists.filter_map(|list| list.split_once('\n'));
    parts.filter_map(|(code, rows)| Some((BankCode::parse(code).ok()?, rows))).collect()
});

impl Directory {
    /// The branches that an institution had when it went, by code, and then those under earlier names; none of one that is on today's list, or
    /// was gone before the oldest.
    #[must_use]
    pub fn former_branches(&self, code: BankCode) -> Vec<FormerBranch> {
        let rows = LISTS.get(&code).copied().filter(|_| self.is_retired(code));
        rows.unwrap_or_default().lines().filter_map(FormerBranch::parse).collect()
    }

    /// What a branch was called by its own institution last, where it was called otherwise before.
    #[must_use]
    pub fn renamed(&self, code: BankCode, former: &FormerBranch) -> Option<FormerBranch> {
        let Fate::Renamed { code: number, .. } = &former.fate else { return None };
        let mut branches = self.former_branches(code).into_iter();
        let is_earlier = |fate: &Fate| matches!(fate, Fate::Renamed { .. } | Fate::Closed { .. });
        branches.find(|other| other.branch.code == *number && !is_earlier(&other.fate))
    }

    /// Those among them that fit what a person typed, as
    /// [`search_branches`](Self::search_branches) does.
    #[must_use]
    pub fn search_former_branches(
        &self,
        code: BankCode,
        query: &str,
        limit: usize,
    ) -> Vec<FormerBranch> {
        let branches = self.former_branches(code);
        let keyed: Vec<_> = branches.iter().map(keyed).collect();
        let entries = keyed.iter().map(|(keys, branch)| (keys, *branch));
        search::ranked(query, limit, entries).into_iter().cloned().collect()
    }

    /// Those whose names are closest, as [`close`](Self::close) does.
    #[must_use]
    pub fn close_former_branches(
        &self,
        code: BankCode,
        query: &str,
        limit: usize,
    ) -> Vec<FormerBranch> {
        let branches = self.former_branches(code);
        let keyed: Vec<_> = branches.iter().map(keyed).collect();
        let entries = keyed.iter().map(|(keys, branch)| (keys, *branch));
        close::closest(query, limit, entries).into_iter().cloned().collect()
    }
}

fn keyed(former: &FormerBranch) -> (search::Keys, &FormerBranch) {
    (search::Keys::of_branch(&former.branch), former)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> BankCode {
        BankCode::parse(text).unwrap()
    }

    fn fate(bank: &str, query: &str) -> Option<Fate> {
        let found = Directory::get().search_former_branches(code(bank), query, 1);
        found.first().map(|former| former.fate.clone())
    }

    #[test]
    fn whole_file_is_read_and_says_of_nobody_who_is_there_what_became_of_them() {
        let directory = Directory::get();
        let first = format!("@{}", directory.as_of());
        assert_eq!(FILE.lines().next(), Some(first.as_str()));
        let lines = FILE.lines().filter(|line| !line.starts_with(['@', '='])).count();
        let read = LISTS.keys().map(|code| directory.former_branches(*code).len()).sum::<usize>();
        assert_eq!((read, lines), (2_581, 2_581));
        for gone in LISTS.keys() {
            let into = directory.former(*gone).and_then(|former| directory.successor(former));
            for former in directory.former_branches(*gone) {
                let number = match &former.fate {
                    Fate::Now(number) | Fate::Perhaps(number) => number,
                    Fate::Gone { listed_until, .. } => {
                        assert!(*listed_until < directory.as_of(), "{gone}");
                        continue;
                    }
                    Fate::Renamed { .. } => {
                        assert!(directory.renamed(*gone, &former).is_some(), "{gone}");
                        continue;
                    }
                    Fate::Closed { .. } | Fate::Unknown => continue,
                };
                let now = into.and_then(|into| directory.find_branch(into.code, number));
                let reading = now.map(|branch| branch.kana);
                assert_eq!(reading.as_ref(), Some(&former.branch.kana), "{gone} {number}");
            }
        }
    }

    #[test]
    fn a_branch_on_an_old_passbook_says_what_became_of_it() {
        for query in ["大野中央", "おおの中央支店", "ｵｵﾉﾁﾕｳｵｳ", "170"] {
            assert_eq!(fate("0537", query), Some(Fate::Now("170".into())), "福邦 {query}");
        }
        assert_eq!(fate("0180", "県庁"), Some(Fate::Perhaps("133".into())), "十八");
        let gone = Fate::Gone { code: "157".into(), listed_until: "2021-05-09".parse().unwrap() };
        assert_eq!(fate("0555", "守口"), Some(gone), "大正");
        assert_eq!(fate("0533", "佐久"), Some(Fate::Unknown), "長野");
        assert_eq!(fate("0322", "新宿ＳＧ"), Some(Fate::Now("101".into())), "新銀行東京");
        let earlier = Directory::get().search_former_branches(code("0322"), "新宿出張所", 1);
        let later = Directory::get().renamed(code("0322"), &earlier[0]).unwrap();
        assert_eq!(
            (later.branch.name.as_str(), later.fate),
            ("新宿ＳＧ出張所", Fate::Now("101".into()))
        );
        assert_eq!(fate("0001", "本店"), None, "there");
        assert_eq!(fate("2266", "本店"), None, "gone before the oldest list");
    }
}
