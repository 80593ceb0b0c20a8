//! What institutions were called, and where those went that are no longer on the list.
//!
//! A passbook outlives its bank: 福邦銀行 is on the cover, and the money is at 福井銀行. Whoever types
//! the old name must learn where it went, and not that there is no such bank.

use std::sync::LazyLock;

use jiff::civil::{Date, date};
use kanuki_domain::bank_account::BankCode;

use super::{
    Directory, Institution,
    called::{names, plain},
    query::is_complete,
    search,
};

static FILE: &str = include_str!("../../data/former.tsv");

/// The date on the first line of the file; a test holds the two together.
const SINCE: Date = date(2016, 4, 17);

/// A name that an institution gave up: it merged, closed, or calls itself otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// As it was.
    pub institution: Institution,
    /// The last of the lists that had it so.
    pub listed_until: Date,
    /// The first that did not. The days between are when it happened, give or take the weeks by which
    /// lists are late.
    pub gone_by: Date,
    /// Where it went, if the lists say: its own code when only the name changed.
    pub into: Option<BankCode>,
}

impl Former {
    /// True when the institution is the same and only its name is another.
    #[must_use]
    pub fn is_renamed(&self) -> bool {
        self.into == Some(self.institution.code)
    }
}

/// Every name that was given up, by code and day, with what it can be found by.
static ALL: LazyLock<Vec<(search::Keys, Former)>> = LazyLock::new(|| {
    let formers = FILE.lines().filter_map(line);
    formers.map(|former| (search::Keys::new(&former.institution, &[]), former)).collect()
});

fn line(text: &str) -> Option<Former> {
    let mut cells = text.split('\t');
    let code = BankCode::parse(cells.next()?).ok()?;
    let institution = Institution::new(code, cells.next()?, cells.next()?);
    Some(Former {
        institution,
        listed_until: cells.next()?.parse().ok()?,
        gone_by: cells.next()?.parse().ok()?,
        into: BankCode::parse(cells.next()?).ok(),
    })
}

/// Every name that the institution with this code gave up, oldest first.
pub(super) fn of_code(code: BankCode) -> impl Iterator<Item = &'static Former> {
    ALL.iter().map(|(_, former)| former).filter(move |former| former.institution.code == code)
}

impl Directory {
    /// The date of the oldest list that [`Former`] names are known from.
    #[must_use]
    pub const fn former_since(&self) -> Date {
        SINCE
    }

    /// Every name that was given up, by code and day.
    pub fn formers(&self) -> impl Iterator<Item = &'static Former> {
        ALL.iter().map(|(_, former)| former)
    }

    /// What the institution with this code was called last, if it is no longer on the list.
    #[must_use]
    pub fn former(&self, code: BankCode) -> Option<&'static Former> {
        let is_its = |(_, former): &&(_, Former)| former.institution.code == code;
        ALL.iter().rfind(is_its).map(|(_, former)| former).filter(|_| self.is_retired(code))
    }

    /// Names that were given up and fit what a person typed, as [`search`](Self::search) finds those
    /// of today.
    #[must_use]
    pub fn search_former(&self, query: &str, limit: usize) -> Vec<&'static Former> {
        let entries = ALL.iter().map(|(keys, former)| (keys, former));
        search::ranked(query, limit, entries)
    }

    /// The name that was given up which a person means: the one that is called exactly so, or else the only
    /// one that fits.
    #[must_use]
    pub fn meant_former(&self, query: &str) -> Option<&'static Former> {
        let entries = ALL.iter().map(|(keys, former)| (keys, former));
        let found = search::judged(query, entries);
        let equal = || found.iter().filter(|(rank, _)| *rank == search::Rank::Equal);
        let of_equal = |code| equal().all(|(_, former)| former.institution.code == code);
        let of_all = |code| found.iter().all(|(_, former)| former.institution.code == code);
        match (equal().next_back(), found.last()) {
            (Some((_, former)), _) => of_equal(former.institution.code).then_some(*former),
            (None, Some((_, former))) => of_all(former.institution.code).then_some(*former),
            (None, None) => None,
        }
    }

    /// The institution that is gone and was called exactly so, to the end of its name, where none of today is:
    /// 十八銀行 is no other name of 十八親和銀行 to whoever asks for its branches.
    #[must_use]
    pub fn former_called(&self, name: &str) -> Option<&'static Former> {
        let name = plain(name);
        let is_so = |institution: &Institution| names(institution).contains(&name);
        if !is_complete(&name) || self.institutions().any(is_so) {
            return None;
        }
        let of = |former: &&Former| {
            self.is_retired(former.institution.code) && is_so(&former.institution)
        };
        let found: Vec<_> = ALL.iter().map(|(_, former)| former).filter(of).collect();
        let last = *found.last()?;
        let is_one = found.iter().all(|f| f.institution.code == last.institution.code);
        is_one.then_some(last)
    }

    /// Where it went, if that is on this list.
    #[must_use]
    pub fn successor(&self, former: &Former) -> Option<&Institution> {
        former.into.and_then(|code| self.find(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> BankCode {
        BankCode::parse(text).unwrap()
    }

    /// Who is found first by an old name, and where it went.
    fn went(query: &str) -> (String, String) {
        let directory = Directory::get();
        let found = directory.search_former(query, 1);
        let former = found.first().unwrap_or_else(|| panic!("{query} is not found"));
        let into = directory.successor(former).map(Institution::display_name);
        (former.institution.display_name(), into.unwrap_or_default())
    }

    #[test]
    fn whole_file_is_read_and_speaks_of_nobody_unknown() {
        let directory = Directory::get();
        let lines = FILE.lines().count();

        assert_eq!(FILE.lines().next(), Some(format!("@{SINCE}").as_str()));
        assert_eq!(ALL.len(), lines - 1);
        for (_, former) in ALL.iter() {
            let code = former.institution.code;
            assert!(directory.find(code).is_some() || directory.is_retired(code), "{code}");
            assert!(former.into.is_none_or(|into| directory.find(into).is_some()), "{code}");
            assert!(former.listed_until < former.gone_by, "{code}");
        }
    }

    #[test]
    fn a_bank_that_is_gone_is_found_however_it_is_typed() {
        for query in [
            "福邦銀行",
            "福邦",
            "ふくほう",
            "フクホウ",
            "ﾌｸﾎｳ",
            "ふくほう銀行",
            "ふくほうぎんこう",
            "fukuho",
            "fukuhou",
            "Fukuho Bank",
            "FUKUHO BANK",
            "0537",
            "０５３７",
        ] {
            assert_eq!(went(query), ("福邦銀行".into(), "福井銀行".into()), "{query}");
        }
    }

    #[test]
    fn merged_banks_say_where_they_went() {
        let table = [
            ("みちのく銀行", "青森みちのく銀行"),
            ("北越銀行", "第四北越銀行"),
            ("十八銀行", "十八親和銀行"),
            ("長野銀行", "八十二長野銀行"),
            ("第三銀行", "三十三銀行"),
            ("関西アーバン銀行", "関西みらい銀行"),
            ("八千代銀行", "きらぼし銀行"),
            ("新銀行東京", "きらぼし銀行"),
            ("中京銀行", "あいち銀行"),
            ("大正銀行", "徳島大正銀行"),
            ("小樽信用金庫", "北海道信用金庫"),
            ("日生信用金庫", "備前日生信用金庫"),
            ("さくらの街信用組合", "はばたき信用組合"),
            ("福岡県中央信用組合", "福岡県信用組合"),
        ];
        for (old, new) in table {
            assert_eq!(went(old).1, new, "{old}");
        }
    }

    #[test]
    fn a_bank_of_another_name_today_is_found_by_its_old_one() {
        let found = Directory::get().search_former("東京都民", 1);

        assert_eq!(went("東京都民銀行").1, "きらぼし銀行");
        assert_eq!(went("住信SBIネット銀行").1, "ドコモSMTBネット銀行");
        assert!(found.first().is_some_and(|former| former.is_renamed()));
    }

    #[test]
    fn whole_names_of_banks_that_are_gone_are_theirs_though_another_is_found_by_them() {
        let directory = Directory::get();
        let of = |name| directory.former_called(name).map(|f| f.institution.code.to_string());
        for (name, code) in [
            ("十八銀行", Some("0180")),
            ("株式会社みちのく銀行", Some("0118")),
            ("福邦銀行", Some("0537")),
            ("十八", None),
            ("第四銀行", None),
            ("みずほ銀行", None),
            ("", None),
        ] {
            assert_eq!(of(name).as_deref(), code, "{name}");
        }
    }

    #[test]
    fn a_code_says_its_last_name_only_when_it_is_gone() {
        let directory = Directory::get();

        let former = directory.former(code("0554")).unwrap();
        assert_eq!(former.institution.display_name(), "関西アーバン銀行");
        assert_eq!(directory.former(code("0038")), None, "renamed, and there");
        assert_eq!(directory.former(code("9999")), None, "never given out");
        assert_eq!(directory.former(code("2266")), None, "gone before the oldest list");
        assert!(directory.is_retired(code("2266")));
    }

    #[test]
    fn whoever_was_gone_before_the_oldest_list_is_retired_and_not_named() {
        let directory = Directory::get();
        let retired = super::super::data::retired();
        let unnamed = retired.iter().filter(|code| directory.former(**code).is_none()).count();

        assert_eq!((retired.len(), unnamed), (241, 22), "as the data's README says");
    }

    #[test]
    fn the_one_that_is_meant_is_told_from_those_that_only_fit() {
        let directory = Directory::get();
        let meant = |query| directory.meant_former(query).map(|f| f.institution.display_name());

        assert_eq!(meant("福邦銀行").as_deref(), Some("福邦銀行"));
        assert_eq!(meant("ふくほう").as_deref(), Some("福邦銀行"));
        assert_eq!(meant("新銀行東京").as_deref(), Some("新銀行東京"));
        assert_eq!(meant("信用金庫"), None, "many were called so");
        assert_eq!(meant("閂"), None);
    }

    #[test]
    fn what_no_list_says_is_not_claimed() {
        let directory = Directory::get();
        let former = directory.former(code("3056")).unwrap();

        assert_eq!(directory.successor(former), None);
        assert!(directory.search_former("", 5).is_empty());
        assert!(directory.search_former("閂閂閂", 5).is_empty());
    }
}
