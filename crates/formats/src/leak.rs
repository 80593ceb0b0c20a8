//! A list of what leaked, as a file: plain CSV in UTF-8, one account or person a line.
//!
//! ```text
//! KANUKI-LEAK,1,フィッシングで漏れた口座,https://www.example.jp/notice,2026-11-20
//! kind,value,seen,note
//! account,9901-001-9000001,2026-11-12,偽サイト
//! mail,taro@example.jp,2026-11-12,
//! phone,090-1234-5678,2026-11-12,
//! customer,cus_00000000000000000000000000,2026-11-12,
//! ```
//!
//! The first line says whose list it is, where it was taken from and of which day it is; `seen` is the
//! day on which the credentials were found to be known to somebody else. An account is bank, branch and
//! number as in 全銀 files.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kanuki_domain::bank_account::{AccountNumber, BankCode};
use serde::{Deserialize, Serialize};

use crate::{
    cells::{CellsFault, LINE_MAX, cells},
    phone::fold_phone,
};

/// What the first cell says.
const MARK: &str = "KANUKI-LEAK";
const VERSION: &str = "1";
const HEADINGS: [&str; 4] = ["kind", "value", "seen", "note"];

/// The most entries of one list.
const ENTRIES_MAX: usize = 50_000;
const TEXT_MAX: usize = 200;
/// Longest e-mail address, in bytes (RFC 5321 section 4.5.3.1.3); nothing else is longer.
const VALUE_MAX: usize = 254;

/// Whose credentials they are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Leaked {
    /// A bank account.
    Account(BankCode, AccountNumber),
    /// Whoever has this mail address.
    Mail(String),
    /// Whoever has this telephone number.
    Phone(String),
    /// A customer, by the number that the company itself gave them.
    Customer(String),
}

impl std::fmt::Debug for Leaked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Leaked(***)")
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whose.
    pub who: Leaked,
    /// On which day it was seen that somebody else knows them.
    pub seen: Date,
}

/// What is wrong with a file; nothing of it may be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct LeakError {
    /// Where, from 1.
    pub line: u32,
    /// What.
    pub fault: LeakFault,
}

/// One thing that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeakFault {
    /// Not UTF-8.
    #[error("the file is not UTF-8: save it as CSV UTF-8")]
    Encoding,
    /// The first line is another.
    #[error("the first line must be KANUKI-LEAK,1,name,source,date")]
    Mark,
    /// The second line is another.
    #[error("the second line must be kind,value,seen,note")]
    Headings,
    /// Too few or too many cells.
    #[error("this line must have four cells")]
    Cells,
    /// A line or a value that is too long, or quotation marks that do not close.
    #[error("this line, or a cell of it, is too long")]
    TooLong,
    /// No kind that there is.
    #[error("the kind must be account, mail, phone or customer")]
    Kind,
    /// No account, address or number.
    #[error(
        "the value must be BANK-BRANCH-NUMBER, a mail address, a telephone number or a customer number"
    )]
    Value,
    /// No day, or one after the list's own.
    #[error("seen must be a day (2026-11-12), and not after the list's")]
    Seen,
    /// More than a list may hold.
    #[error("there are too many entries")]
    TooMany,
    /// Nothing is on it.
    #[error("nothing is on this list")]
    Nobody,
}

impl LeakFault {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Encoding => "encoding",
            Self::Mark => "mark",
            Self::Headings => "headings",
            Self::Cells => "cells",
            Self::TooLong => "too-long",
            Self::Kind => "kind",
            Self::Value => "value",
            Self::Seen => "seen",
            Self::TooMany => "too-many",
            Self::Nobody => "nobody",
        }
    }
}

impl From<CellsFault> for LeakFault {
    fn from(fault: CellsFault) -> Self {
        match fault {
            CellsFault::TooLong => Self::TooLong,
            CellsFault::Encoding => Self::Encoding,
        }
    }
}

/// A whole list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeakList {
    /// Whose list it is.
    pub name: String,
    /// Where the file was taken from.
    pub source: String,
    /// Of which day it is.
    pub dated: Date,
    /// What is on it, each once, with the last day on which it was seen.
    pub entries: Vec<Entry>,
}

impl LeakList {
    /// Reads a whole file.
    ///
    /// # Errors
    /// The first thing that is wrong: a list of which a line was left out would lock too little.
    pub fn read(bytes: &[u8]) -> Result<Self, LeakError> {
        let at = |line: u32, fault| LeakError { line, fault };
        let text = std::str::from_utf8(bytes).map_err(|_| at(1, LeakFault::Encoding))?;
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let mut lines = text.lines().zip(1_u32..).filter(|(line, _)| !line.trim().is_empty());
        let (first, line) = lines.next().ok_or_else(|| at(1, LeakFault::Mark))?;
        let mut list = head(&cells(first).map_err(|fault| at(line, fault.into()))?)
            .ok_or_else(|| at(line, LeakFault::Mark))?;
        let second = lines.next();
        let headings = second.and_then(|(text, _)| cells(text).ok()).unwrap_or_default();
        if headings != HEADINGS {
            return Err(at(second.map_or(2, |(_, line)| line), LeakFault::Headings));
        }
        let mut known: BTreeMap<Leaked, Date> = BTreeMap::new();
        for (text, line) in lines {
            let row = cells(text).map_err(LeakFault::from).and_then(|cells| row(&cells));
            let (who, seen) = row.map_err(|fault| at(line, fault))?;
            if seen > list.dated {
                return Err(at(line, LeakFault::Seen));
            }
            let newest = known.entry(who).or_insert(seen);
            *newest = seen.max(*newest);
            if known.len() > ENTRIES_MAX {
                return Err(at(line, LeakFault::TooMany));
            }
        }
        list.entries = known.into_iter().map(|(who, seen)| Entry { who, seen }).collect();
        if list.entries.is_empty() { Err(at(line, LeakFault::Nobody)) } else { Ok(list) }
    }
}

fn head(cells: &[String]) -> Option<LeakList> {
    let [mark, version, name, source, dated] = cells else { return None };
    let is_ours = mark == MARK && version == VERSION && !name.is_empty() && !source.is_empty();
    let fits = [name, source].iter().all(|text| text.chars().count() <= TEXT_MAX);
    let dated = dated.parse().ok()?;
    let (name, source) = (name.clone(), source.clone());
    (is_ours && fits).then_some(LeakList { name, source, dated, entries: Vec::new() })
}

fn row(cells: &[String]) -> Result<(Leaked, Date), LeakFault> {
    let [kind, value, seen, note] = cells else { return Err(LeakFault::Cells) };
    if value.len() > VALUE_MAX || note.len() > LINE_MAX {
        return Err(LeakFault::TooLong);
    }
    let who = match kind.as_str() {
        "account" => account(value),
        "mail" => mail(value),
        "phone" => fold_phone(value).map(Leaked::Phone),
        "customer" => (!value.is_empty()).then(|| Leaked::Customer(value.clone())),
        _ => return Err(LeakFault::Kind),
    };
    let seen = seen.parse().map_err(|_| LeakFault::Seen)?;
    Ok((who.ok_or(LeakFault::Value)?, seen))
}

fn account(text: &str) -> Option<Leaked> {
    let (bank, rest) = text.split_once('-')?;
    let (branch, number) = rest.split_once('-')?;
    let account = AccountNumber::parse(branch, number).ok()?;
    Some(Leaked::Account(BankCode::parse(bank).ok()?, account))
}

/// A mail address as it is compared: lower case. Whoever keeps it folds it in their own way again.
fn mail(text: &str) -> Option<Leaked> {
    let mail = text.trim().to_lowercase();
    let (name, host) = mail.split_once('@')?;
    let is_one = !name.is_empty() && host.contains('.') && !mail.contains(char::is_whitespace);
    is_one.then_some(Leaked::Mail(mail))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const LIST: &str = "\u{FEFF}KANUKI-LEAK,1,Made list,made for a test,2026-11-20\r
kind,value,seen,note\r
account,9901-001-9000001,2026-11-12,\"fake site, made\"\r
account,9901-001-9000001,2026-11-18,\r
mail,Taro@Example.jp,2026-11-12,\r
phone,090-1234-5678,2026-11-12,\r
customer,c1,2026-11-12,\r
";

    #[test]
    fn a_list_says_each_once_with_the_last_day_on_which_it_was_seen() {
        let list = LeakList::read(LIST.as_bytes()).unwrap();

        assert_eq!((list.name.as_str(), list.dated), ("Made list", date(2026, 11, 20)));
        let bank = BankCode::parse("9901").unwrap();
        let account = AccountNumber::parse("001", "9000001").unwrap();
        let (who, seen) = (Leaked::Account(bank, account), date(2026, 11, 18));
        assert_eq!(list.entries.len(), 4);
        assert!(list.entries.contains(&Entry { who, seen }));
        let mail = Leaked::Mail("taro@example.jp".to_owned());
        assert!(list.entries.iter().any(|entry| entry.who == mail));
        let phone = Leaked::Phone("09012345678".to_owned());
        assert!(list.entries.iter().any(|entry| entry.who == phone));
    }

    #[test]
    fn a_file_with_one_bad_line_is_refused_whole_and_says_where() {
        let table: [(&str, &str, u32, LeakFault); 9] = [
            ("KANUKI-LEAK,1", "KANUKI-LEAK,2", 1, LeakFault::Mark),
            ("2026-11-20", "yesterday", 1, LeakFault::Mark),
            ("kind,value", "value,kind", 2, LeakFault::Headings),
            ("account,9901-001", "account,9901001", 3, LeakFault::Value),
            ("2026-11-18", "2026-11-21", 4, LeakFault::Seen),
            ("mail,Taro@Example.jp", "mail,Taro", 5, LeakFault::Value),
            ("phone,090-1234-5678", "phone,twelve", 6, LeakFault::Value),
            ("phone,", "telex,", 6, LeakFault::Kind),
            ("c1,2026-11-12,", "c1,2026-11-12", 7, LeakFault::Cells),
        ];
        for (from, to, line, fault) in table {
            let text = LIST.replacen(from, to, 1);
            assert_eq!(LeakList::read(text.as_bytes()), Err(LeakError { line, fault }), "{to}");
        }
        let nothing = LIST.split_inclusive('\n').take(2).collect::<String>();
        assert_eq!(LeakList::read(nothing.as_bytes()).unwrap_err().fault, LeakFault::Nobody);
        assert_eq!(LeakList::read(&[0xFF]).unwrap_err().fault, LeakFault::Encoding);
    }

    #[test]
    fn a_list_that_is_printed_tells_nobody_on_it() {
        let list = LeakList::read(LIST.as_bytes()).unwrap();
        let shown = format!("{:?}", list.entries);
        assert!(!shown.contains("9000001") && !shown.contains("taro"), "{shown}");
    }
}
