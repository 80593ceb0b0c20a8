//! The books for an accounting program: what was posted on some days, as a file.
//!
//! - the journal (仕訳帳): one line per posting, or per day, pair of accounts and reason;
//! - a partner's account ([`account`]): what moved between the two companies, as a bank tells it.
//!
//! No text of a customer's or a shop's is in it, only codes, ids and our own words: nothing that a
//! spreadsheet could take for a formula. What is only reserved is not in it: it moved nothing.

pub mod account;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date, tz};
use kanuki_domain::id::StaffId;
use kanuki_formats::text::to_shift_jis;
use kanuki_ledger::{Journal, LEDGER_YEN, Posting, Stretch};
use kanuki_record::AuditEntry;

/// The most days of one file: a business year.
pub const DAYS_MAX: i32 = 366;

/// The most postings of a file that the desk hands out; `kanuki ledger export` writes larger ones.
pub const POSTINGS_MAX: usize = 200_000;

const EACH: &str = "day,time,transfer,debit_code,debit,debit_account,credit_code,credit,\
                    credit_account,amount,reason_code,reason,reference";
const SUMS: &str = "day,debit_code,debit,credit_code,credit,reason_code,reason,postings,amount";

/// What a company calls its accounts and movements; `docs/chart-of-accounts.md` explains each.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// The kind of an account, by its code.
    pub account: fn(u16) -> &'static str,
    /// Why money moved, by the code of the transfer.
    pub reason: fn(u16) -> &'static str,
    /// The id of the movement's row, out of the code of the transfer and its reference.
    pub reference: fn(u16, u128) -> String,
}

/// How postings are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Added up by day, pair of accounts and reason.
    Sums,
    /// Each by itself.
    Each,
}

impl Form {
    /// Its name, as in an address and in the audit log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sums => "sums",
            Self::Each => "each",
        }
    }
}

impl std::str::FromStr for Form {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "sums" => Ok(Self::Sums),
            "each" => Ok(Self::Each),
            _ => Err(()),
        }
    }
}

/// How the letters of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with the mark at its beginning by which spreadsheets know it.
    Utf8,
    /// `Shift_JIS`, as many accounting programs in Japan want it.
    ShiftJis,
}

impl Encoding {
    /// Its name, as a browser knows it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::ShiftJis => "shift_jis",
        }
    }
}

impl std::str::FromStr for Encoding {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Utf8, Self::ShiftJis].into_iter().find(|known| known.name() == text).ok_or(())
    }
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// One of our own words cannot be written so.
    #[error("a letter is not in Shift_JIS")]
    Letter,
    /// A balance is beyond what a bank's file can hold.
    #[error("a balance does not fit in the file")]
    Balance,
    /// A bank's file without a line is none.
    #[error("nothing moved on these days: there is no file to write")]
    Nothing,
    /// More postings than were asked for: what is there would add up to too little.
    #[error("there are too many postings for one file: choose fewer days")]
    TooMany,
    /// The account's name is none that a bank's file can hold.
    #[error("the account's name is not in kana")]
    Name,
    /// What else a bank's file cannot hold.
    #[error(transparent)]
    Zengin(#[from] kanuki_formats::zengin::ZenginError),
}

/// Days in Japan, which has no summer time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    first: Date,
    last: Date,
    since: Timestamp,
    until: Timestamp,
}

impl NotWritten {
    /// As part of a text key.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::TooMany => "many",
            Self::Name => "name",
            Self::Letter | Self::Balance | Self::Zengin(_) => "other",
        }
    }
}

impl Days {
    /// From `first` to `last`; none if that is no day, more than [`DAYS_MAX`], or not over at `now`: the
    /// file of a day that goes on would say another thing an hour later under the same name.
    #[must_use]
    pub fn new(first: Date, last: Date, now: Timestamp) -> Option<Self> {
        let days = last.since(first).ok()?.get_days();
        let midnight =
            |day: Date| Some(day.to_zoned(tz::offset(9).to_time_zone()).ok()?.timestamp());
        let since = midnight(first)?;
        let next = midnight(last.tomorrow().ok()?)?;
        let until = next.checked_sub(SignedDuration::from_nanos(1)).ok()?;
        let is_over = until < now;
        ((0..DAYS_MAX).contains(&days) && is_over).then_some(Self { first, last, since, until })
    }

    /// The first and the last.
    #[must_use]
    pub const fn span(self) -> (Date, Date) {
        (self.first, self.last)
    }

    /// Their instants, and at most so many postings.
    #[must_use]
    pub const fn stretch(self, most: usize) -> Stretch {
        Stretch { since: self.since, until: self.until, ledger: LEDGER_YEN, of: None, most }
    }
}

/// The audit entry of a file that `by` takes out of the house: it reads everybody's movements.
#[must_use]
pub fn exported((at, by): (Timestamp, StaffId), file: &str, days: Days) -> AuditEntry {
    let (first, last) = days.span();
    AuditEntry::new(at, by, "books.exported", file).with("first", first).with("last", last)
}

/// Day and time of day in Japan.
fn in_japan(at: Timestamp) -> (Date, String) {
    let there = at.to_zoned(tz::offset(9).to_time_zone());
    (there.date(), there.time().strftime("%H:%M:%S").to_string())
}

/// The journal as CSV.
pub fn csv(
    journal: &Journal,
    words: &Words,
    form: Form,
    encoding: Encoding,
) -> Result<Vec<u8>, NotWritten> {
    if journal.is_cut {
        return Err(NotWritten::TooMany);
    }
    let text = match form {
        Form::Sums => sums(&journal.postings, words),
        Form::Each => each(&journal.postings, words),
    };
    match encoding {
        Encoding::Utf8 => Ok(["\u{feff}", &text].concat().into_bytes()),
        Encoding::ShiftJis => to_shift_jis(&text).ok_or(NotWritten::Letter),
    }
}

fn each(postings: &[Posting], words: &Words) -> String {
    let mut text = format!("{EACH}\r\n");
    for Posting { transfer, debit_code, credit_code } in postings {
        let (day, time) = in_japan(transfer.timestamp);
        let cells = [
            day.to_string(),
            time,
            transfer.id.to_string(),
            debit_code.to_string(),
            (words.account)(*debit_code).to_owned(),
            transfer.debit_account.to_string(),
            credit_code.to_string(),
            (words.account)(*credit_code).to_owned(),
            transfer.credit_account.to_string(),
            transfer.amount.amount().to_string(),
            transfer.code.to_string(),
            (words.reason)(transfer.code).to_owned(),
            (words.reference)(transfer.code, transfer.user_data),
        ];
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

fn sums(postings: &[Posting], words: &Words) -> String {
    let mut sums: BTreeMap<(Date, u16, u16, u16), (u64, u128)> = BTreeMap::new();
    for Posting { transfer, debit_code, credit_code } in postings {
        let (day, _) = in_japan(transfer.timestamp);
        let kind = (day, *debit_code, *credit_code, transfer.code);
        let (count, sum) = sums.entry(kind).or_default();
        *count = count.saturating_add(1);
        *sum = sum.saturating_add(transfer.amount.amount().into());
    }
    let mut text = format!("{SUMS}\r\n");
    for ((day, debit, credit, code), (count, sum)) in sums {
        let cells = [
            day.to_string(),
            debit.to_string(),
            (words.account)(debit).to_owned(),
            credit.to_string(),
            (words.account)(credit).to_owned(),
            code.to_string(),
            (words.reason)(code).to_owned(),
            count.to_string(),
            sum.to_string(),
        ];
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use kanuki_domain::Yen;
    use kanuki_ledger::{AccountId, Transfer, TransferId};

    use super::*;

    const WORDS: Words = Words {
        account: |code| if code == 1_101 { "bank clearing 銀行清算" } else { "other" },
        reason: |_| "top-up チャージ",
        reference: |_, bits| format!("top_{bits}"),
    };

    fn posting(id: u128, at: &str, amount: u32) -> Posting {
        let moved =
            Transfer::posted(TransferId(id), AccountId(1), AccountId(2), Yen::of(amount), 101);
        let transfer = Transfer { timestamp: at.parse().unwrap(), ..moved.with_user_data(7) };
        Posting { transfer, debit_code: 1_101, credit_code: 2_201 }
    }

    #[test]
    fn postings_are_added_up_by_day_in_japan_pair_and_reason() {
        let postings = [
            posting(1, "2026-11-25T14:59:59Z", 500),
            posting(2, "2026-11-25T15:00:00Z", 20),
            posting(3, "2026-11-26T03:00:00Z", 3),
        ];

        let text = sums(&postings, &WORDS);

        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], SUMS);
        let pair = "1101,bank clearing 銀行清算,2201,other,101,top-up チャージ";
        assert_eq!(lines[1], format!("2026-11-25,{pair},1,500"));
        assert_eq!(lines[2..], [format!("2026-11-26,{pair},2,23")]);
    }

    #[test]
    fn every_line_has_its_columns_and_no_cell_is_a_formula() {
        let text = each(&[posting(1, "2026-11-25T14:59:59Z", 500)], &WORDS);

        for line in text.lines() {
            assert_eq!(line.split(',').count(), EACH.split(',').count(), "{line}");
            assert!(line.split(',').all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t'])));
        }
        assert!(text.contains("23:59:59,00000000000000000000000000000001,1101,"), "{text}");
        assert!(text.contains(",top_7\r\n"), "{text}");
    }

    #[test]
    fn both_encodings_hold_the_same_text() {
        let postings = vec![posting(1, "2026-11-25T14:59:59Z", 500)];
        let text = sums(&postings, &WORDS);
        let journal = Journal { postings, ..Journal::default() };

        let [utf8, shift_jis] = [Encoding::Utf8, Encoding::ShiftJis]
            .map(|encoding| csv(&journal, &WORDS, Form::Sums, encoding).unwrap());

        assert_eq!(String::from_utf8(utf8).unwrap().trim_start_matches('\u{feff}'), text);
        // 銀行 in Shift_JIS.
        assert!(shift_jis.windows(4).any(|four| four == [0x8b, 0xe2, 0x8d, 0x73]));
        let foreign = Words { reason: |_| "\u{1f422}", ..WORDS };
        let refused = csv(&journal, &foreign, Form::Sums, Encoding::ShiftJis);
        assert!(matches!(refused, Err(NotWritten::Letter)), "{refused:?}");
    }

    #[test]
    fn what_was_cut_is_never_added_up() {
        let journal = Journal { is_cut: true, ..Journal::default() };

        let refused = csv(&journal, &WORDS, Form::Sums, Encoding::Utf8);

        assert!(matches!(refused, Err(NotWritten::TooMany)), "{refused:?}");
    }

    #[test]
    fn days_are_those_of_japan_and_a_year_at_most() {
        let day = |text: &str| text.parse::<Date>().unwrap();

        let later: Timestamp = "2027-02-01T00:00:00Z".parse().unwrap();
        let days = Days::new(day("2026-11-25"), day("2026-11-26"), later).unwrap();

        let Stretch { since, until, .. } = days.stretch(1);
        assert_eq!(since.to_string(), "2026-11-24T15:00:00Z");
        assert_eq!(until.to_string(), "2026-11-26T14:59:59.999999999Z");
        let is_some = |first, last, now: Timestamp| Days::new(day(first), day(last), now).is_some();
        assert!(!is_some("2026-11-25", "2026-11-24", later));
        assert!(is_some("2026-01-01", "2027-01-01", later));
        assert!(!is_some("2026-01-01", "2027-01-02", later));
        assert!(!is_some("9999-12-31", "9999-12-31", Timestamp::MAX));
        // The last instant of the day in Japan, and the first of the next.
        assert!(!is_some("2026-11-26", "2026-11-26", until));
        assert!(is_some("2026-11-26", "2026-11-26", "2026-11-26T15:00:00Z".parse().unwrap()));
    }
}
