//! A bank's list of contracts that were made elsewhere: its Web口振 register (Web口座振替受付) or its
//! ordinary 口座振替 list, read row by row.
//!
//! Two layouts: a CSV of our own (`docs/registers.md`), and the 120-byte record 91 of 全銀. A file is
//! good as a whole or refused with the first line that is wrong: half a list would show half of who
//! may debit. Nothing is guessed: a digit that a spreadsheet ate is asked for, not filled in.

mod csv;
mod date;
mod decode;
mod fault;
#[cfg(test)]
mod tests;
mod zengin;

use std::io::BufRead;

use jiff::civil::Date;
use kanuki_domain::bank_account::{AccountNumber, BankCode};
use serde::{Deserialize, Serialize};

pub use fault::{Fault, Field, RegisterError};

/// What kind of contract a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A wallet's, made on a web page with an account number and a PIN (Web口座振替受付, 即時口座振替).
    WebKofuri,
    /// Ordinary direct debit (口座振替): utilities, cards, insurance.
    Kofuri,
}

impl Kind {
    /// As typed and as kept: `web-kofuri`, `kofuri`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebKofuri => "web-kofuri",
            Self::Kofuri => "kofuri",
        }
    }

    /// The inverse of [`name`](Self::name).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::WebKofuri, Self::Kofuri].into_iter().find(|kind| kind.name() == text)
    }
}

/// Which layout a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Ours: every contract there is at a date.
    Csv,
    /// 全銀 record 91: what was debited once, so that what is missing may well exist.
    Zengin91,
}

/// What a file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its layout.
    pub layout: Layout,
    /// What it holds.
    pub kind: Kind,
    /// The day it is true of.
    pub as_of: Date,
}

/// What the reader is told beforehand.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Whose list it must be.
    pub bank: BankCode,
    /// What it must hold.
    pub kind: Kind,
    /// The day it is true of, for a layout that does not say.
    pub as_of: Option<Date>,
}

/// What kind of deposit is debited (預金種目).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountType {
    /// 普通.
    Ordinary,
    /// 当座.
    Current,
    /// 納税準備.
    TaxReserve,
    /// その他.
    Other,
}

impl AccountType {
    /// The digit of 全銀, or the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "1" | "普通" => Some(Self::Ordinary),
            "2" | "当座" => Some(Self::Current),
            "3" | "納税準備" => Some(Self::TaxReserve),
            "9" | "その他" => Some(Self::Other),
            _ => None,
        }
    }

    /// The digit of 全銀.
    #[must_use]
    pub const fn digit(self) -> &'static str {
        match self {
            Self::Ordinary => "1",
            Self::Current => "2",
            Self::TaxReserve => "3",
            Self::Other => "9",
        }
    }
}

/// One contract.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it stands in the file, from 1.
    pub line: u32,
    /// The collector's number for its customer (契約番号, 顧客番号).
    pub contract_no: String,
    /// Who debits: ten digits (委託者コード).
    pub collector_code: String,
    /// Their name as the bank holds it (委託者名).
    pub collector_name: String,
    /// From which account.
    pub account: AccountNumber,
    /// Of which kind.
    pub account_type: AccountType,
    /// Since when, if the list knows.
    pub started_on: Option<Date>,
    /// Whether the list says that it is over.
    pub is_ended: bool,
    /// Since when it is over, if the list knows.
    pub ended_on: Option<Date>,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // An account and who debits it belong in no log.
        f.debug_struct("Row").field("line", &self.line).finish_non_exhaustive()
    }
}

/// A file that is being read.
pub struct Register<R> {
    head: Head,
    rows: Rows<R>,
}

enum Rows<R> {
    Csv(Box<csv::CsvRows<R>>),
    Zengin(zengin::ZenginRows<R>),
}

impl<R> std::fmt::Debug for Register<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Register").field("head", &self.head).finish_non_exhaustive()
    }
}

/// What every file of our own layout begins with.
const MARK: &[u8] = b"KANUKI-REGISTER";
const BOM: &[u8] = &[0xEF, 0xBB, 0xBF];

impl<R: BufRead> Register<R> {
    /// Reads the head of a file, and refuses one of another bank, kind or shape.
    pub fn open(mut input: R, expected: &Expected) -> Result<Self, RegisterError> {
        let start = input.fill_buf().map_err(|error| RegisterError::at(1, error.into()))?;
        if start.starts_with(&[0xFF, 0xFE]) || start.starts_with(&[0xFE, 0xFF]) {
            return Err(RegisterError::at(1, Fault::Utf16));
        }
        let has_bom = start.starts_with(BOM);
        let text = start.strip_prefix(BOM).unwrap_or(start);
        // A spreadsheet may put the mark in quotation marks.
        let text = text.strip_prefix(b"\"").unwrap_or(text);
        if text.starts_with(MARK) {
            if has_bom {
                input.consume(BOM.len());
            }
            let (head, rows) = csv::CsvRows::open(input, expected)?;
            return Ok(Self { head, rows: Rows::Csv(Box::new(rows)) });
        }
        if start.starts_with(b"1") && !has_bom {
            let (head, rows) = zengin::ZenginRows::open(input, expected)?;
            return Ok(Self { head, rows: Rows::Zengin(rows) });
        }
        Err(RegisterError::at(1, Fault::NotARegister))
    }

    /// What it says about itself.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The bytes it was read from, as far as they were.
    pub fn into_input(self) -> R {
        match self.rows {
            Rows::Csv(rows) => rows.into_input(),
            Rows::Zengin(rows) => rows.into_input(),
        }
    }

    /// The next contract; none once the file has ended as it must.
    pub fn next_row(&mut self) -> Result<Option<Row>, RegisterError> {
        match &mut self.rows {
            Rows::Csv(rows) => rows.next_row(),
            Rows::Zengin(rows) => rows.next_row(),
        }
    }
}
