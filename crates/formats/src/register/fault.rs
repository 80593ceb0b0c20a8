//! What is wrong with a file, and where. No value of a row is repeated: it may be an account number.

use std::io;

/// The first thing that is wrong with a file. Nothing of it may be used.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct RegisterError {
    /// Where, from 1; records of 120 bytes are counted like lines.
    pub line: u32,
    /// What.
    pub fault: Fault,
}

impl RegisterError {
    /// `fault` at `line`.
    #[must_use]
    pub const fn at(line: u32, fault: Fault) -> Self {
        Self { line, fault }
    }
}

/// A column, by its name in the English heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// 契約番号.
    ContractNo,
    /// 委託者コード.
    CollectorCode,
    /// 委託者名.
    CollectorName,
    /// 店番.
    Branch,
    /// 預金種目.
    AccountType,
    /// 口座番号.
    AccountNumber,
    /// 契約日.
    StartedOn,
    /// 状態.
    Status,
    /// 終了日.
    EndedOn,
}

impl Field {
    /// Every column, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::ContractNo,
        Self::CollectorCode,
        Self::CollectorName,
        Self::Branch,
        Self::AccountType,
        Self::AccountNumber,
        Self::StartedOn,
        Self::Status,
        Self::EndedOn,
    ];

    /// Its heading in English and in Japanese.
    #[must_use]
    pub const fn headings(self) -> (&'static str, &'static str) {
        match self {
            Self::ContractNo => ("contract_no", "契約番号"),
            Self::CollectorCode => ("collector_code", "委託者コード"),
            Self::CollectorName => ("collector_name", "委託者名"),
            Self::Branch => ("branch", "店番"),
            Self::AccountType => ("account_type", "預金種目"),
            Self::AccountNumber => ("account_number", "口座番号"),
            Self::StartedOn => ("started_on", "契約日"),
            Self::Status => ("status", "状態"),
            Self::EndedOn => ("ended_on", "終了日"),
        }
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (english, japanese) = self.headings();
        write!(f, "{english} ({japanese})")
    }
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It could not be read.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// Neither layout.
    #[error(
        "not a register: the first line must begin with KANUKI-REGISTER, or be a header record 91"
    )]
    NotARegister,
    /// Saved as "Unicode text".
    #[error("the file is UTF-16; export it as UTF-8 or Shift_JIS")]
    Utf16,
    /// The control line is not as documented.
    #[error("the first line is not KANUKI-REGISTER,1,<kind>,<bank>,<date>,<number of rows>")]
    Control,
    /// Of the other kind.
    #[error("the file says that it is of another kind")]
    OtherKind,
    /// Of another bank.
    #[error("this is another bank's")]
    OtherBank,
    /// The layout does not say when it is from, and nobody else did.
    #[error("this layout has no year: say the day it is true of")]
    NoDate,
    /// A heading is missing, doubled or unknown.
    #[error("the second line must name each column once: {0} is missing, doubled or unknown")]
    Headings(String),
    /// Characters of more than one encoding, or of none that we know.
    #[error(
        "the characters are not those of the lines before; was the file saved again by another program?"
    )]
    Encoding,
    /// The line is longer than any contract, or a quotation mark is missing.
    #[error("the line does not end; is a quotation mark missing?")]
    TooLong,
    /// Not as many cells as there are headings.
    #[error("the line has {found} cells and must have {expected}")]
    Cells {
        /// As many as there are.
        found: usize,
        /// As many as there must be.
        expected: usize,
    },
    /// A cell that cannot be.
    #[error("{0} cannot be that")]
    Cell(Field),
    /// Digits are missing or were written anew: what a spreadsheet does to codes.
    #[error(
        "{0} is not written in full; a spreadsheet takes zeros away: export the file again and do \
         not open it before importing"
    )]
    Spreadsheet(Field),
    /// A date that is none.
    #[error("{0} is not a date")]
    Date(Field),
    /// A date after the day of the list, or an end before its beginning.
    #[error("{0} does not fit the other dates")]
    DateOrder(Field),
    /// The bank has no such branch.
    #[error(
        "the bank has no such branch in the list of {0}; name a branch that is newer than the list"
    )]
    UnknownBranch(jiff::civil::Date),
    /// The same contract twice.
    #[error("the same contract is on line {0} already")]
    Duplicate(u32),
    /// Fewer or more rows than promised.
    #[error("the file promises {said} rows and has {found}; is its end missing?")]
    Count {
        /// What the control line or record says.
        said: u64,
        /// What there is.
        found: u64,
    },
    /// A record of 120 bytes that is none.
    #[error("not a record 91: {0}")]
    Record(&'static str),
    /// More rows than we take.
    #[error("more rows than one list may have")]
    TooMany,
}

impl Fault {
    /// Its name, for a catalog of messages.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Io(_) => "io",
            Self::NotARegister => "not_a_register",
            Self::Utf16 => "utf16",
            Self::Control => "control",
            Self::OtherKind => "other_kind",
            Self::OtherBank => "other_bank",
            Self::NoDate => "no_date",
            Self::Headings(_) => "headings",
            Self::Encoding => "encoding",
            Self::TooLong => "too_long",
            Self::Cells { .. } => "cells",
            Self::Cell(_) => "cell",
            Self::Spreadsheet(_) => "spreadsheet",
            Self::Date(_) => "date",
            Self::DateOrder(_) => "date_order",
            Self::UnknownBranch(_) => "unknown_branch",
            Self::Duplicate(_) => "duplicate",
            Self::Count { .. } => "count",
            Self::Record(_) => "record",
            Self::TooMany => "too_many",
        }
    }

    /// The column it is about, where it is about one.
    #[must_use]
    pub const fn field(&self) -> Option<Field> {
        match self {
            Self::Cell(field)
            | Self::Spreadsheet(field)
            | Self::Date(field)
            | Self::DateOrder(field) => Some(*field),
            Self::UnknownBranch(_) => Some(Field::Branch),
            _ => None,
        }
    }
}
