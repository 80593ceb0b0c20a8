//! Record 91 of 全銀 (口座振替): 120 bytes each, header, data, trailer, end.
//!
//! ```text
//! 1 91 0 委託者コード(10) 委託者名(40) MMDD 銀行(4) 銀行名(15) 支店(3) 支店名(15) 種目 口座(7) dummy(17)
//! 2 銀行(4) 銀行名(15) 支店(3) 支店名(15) dummy(4) 種目 口座(7) 預金者名(30) 金額(10) 新規 顧客番号(20) 結果 dummy(8)
//! 8 件数(6) 金額(12) 済 件数(6) 金額(12) 不能 件数(6) 金額(12) dummy(65)
//! 9 dummy(119)
//! ```
//!
//! It is what one collector debits on one day, not all its contracts: what is missing from it may
//! well exist. It has no year, and knows no contract's beginning.

use std::io::BufRead;

use encoding_rs::SHIFT_JIS;
use kanuki_domain::bank_account::AccountNumber;
use unicode_normalization::UnicodeNormalization as _;

use super::{AccountType, Expected, Fault, Field, Head, Layout, RegisterError, Row};
use crate::text::safe_line;

const RECORD: usize = 120;

/// The contracts of a file of records 91.
pub(super) struct ZenginRows<R> {
    input: R,
    bank: String,
    /// The record that was read last, from 1.
    line: u32,
    /// Whose block is being read.
    collector: Option<(String, String)>,
    count: u64,
    amount: u64,
    is_over: bool,
}

type Record = [u8; RECORD];

fn cut(record: &Record, from: usize, length: usize) -> &[u8] {
    record.get(from..from.saturating_add(length)).unwrap_or_default()
}

fn digits(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text)
}

/// Half-width letters and kana (JIS X 0201), full width as people read them.
fn text(bytes: &[u8]) -> Option<String> {
    let is_single = |byte: &u8| matches!(byte, 0x20..=0x7E | 0xA1..=0xDF);
    if !bytes.iter().all(is_single) {
        return None;
    }
    let text = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some(text.trim().nfkc().collect())
}

impl<R: BufRead> ZenginRows<R> {
    pub(super) fn open(input: R, expected: &Expected) -> Result<(Head, Self), RegisterError> {
        let mut rows = Self {
            input,
            bank: expected.bank.to_string(),
            line: 0,
            collector: None,
            count: 0,
            amount: 0,
            is_over: false,
        };
        let Some(as_of) = expected.as_of else {
            return Err(RegisterError::at(1, Fault::NoDate));
        };
        let first = rows.record()?.ok_or_else(|| rows.fault(Fault::NotARegister))?;
        rows.begin(&first).map_err(|fault| rows.fault(fault))?;
        Ok((Head { layout: Layout::Zengin91, kind: expected.kind, as_of }, rows))
    }

    pub(super) fn into_input(self) -> R {
        self.input
    }

    /// The next contract.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>, RegisterError> {
        loop {
            let Some(record) = self.record()? else {
                let end = if self.is_over { Ok(None) } else { Err(Fault::Record("no end record")) };
                return end.map_err(|fault| self.fault(fault));
            };
            if self.is_over {
                return Err(self.fault(Fault::Record("something after the end record")));
            }
            let done = match record.first() {
                Some(b'1') => self.begin(&record).map(|()| None),
                Some(b'2') => self.row(&record).map(Some),
                Some(b'8') => self.finish(&record).map(|()| None),
                Some(b'9') if self.collector.is_none() => {
                    self.is_over = true;
                    Ok(None)
                }
                _ => Err(Fault::Record("an unknown kind of record, or one out of order")),
            };
            if let Some(row) = done.map_err(|fault| self.fault(fault))? {
                return Ok(Some(row));
            }
        }
    }

    const fn fault(&self, fault: Fault) -> RegisterError {
        RegisterError::at(self.line, fault)
    }

    /// The next 120 bytes, without the line ends that some systems put between.
    fn record(&mut self) -> Result<Option<Record>, RegisterError> {
        self.line = self.line.checked_add(1).ok_or_else(|| self.fault(Fault::TooMany))?;
        let mut record = [0; RECORD];
        let mut filled: usize = 0;
        while filled < RECORD {
            let mut byte = [0];
            let read = self.input.read(&mut byte);
            let read = read.map_err(|error| RegisterError::at(self.line, error.into()))?;
            let [byte] = byte;
            match (read, filled, byte) {
                (0, 0, _) => return Ok(None),
                (0, ..) => return Err(self.fault(Fault::Record("it is shorter than 120 bytes"))),
                (_, 0, b'\r' | b'\n' | 0x1A) => {}
                (_, place, byte) => {
                    if let Some(to) = record.get_mut(place) {
                        *to = byte;
                    }
                    filled = place.saturating_add(1);
                }
            }
        }
        Ok(Some(record))
    }

    fn begin(&mut self, record: &Record) -> Result<(), Fault> {
        if self.collector.is_some() {
            return Err(Fault::Record("a header before the trailer of the block before"));
        }
        if cut(record, 1, 2) != b"91" {
            return Err(Fault::Record("the header is not of kind 91"));
        }
        if cut(record, 3, 1) != b"0" {
            return Err(Fault::Record("only JIS characters are read (code 0), not EBCDIC"));
        }
        let code = digits(cut(record, 4, 10)).ok_or(Fault::Cell(Field::CollectorCode))?;
        let name = text(cut(record, 14, 40)).ok_or(Fault::Encoding)?;
        if name.is_empty() || safe_line(&name, 40) != name {
            return Err(Fault::Cell(Field::CollectorName));
        }
        self.collector = Some((code.to_owned(), name));
        (self.count, self.amount) = (0, 0);
        Ok(())
    }

    fn row(&mut self, record: &Record) -> Result<Row, Fault> {
        let Some((collector_code, collector_name)) = self.collector.clone() else {
            return Err(Fault::Record("data before a header"));
        };
        if cut(record, 1, 4) != self.bank.as_bytes() {
            return Err(Fault::OtherBank);
        }
        let branch = digits(cut(record, 20, 3)).ok_or(Fault::Cell(Field::Branch))?;
        let number = digits(cut(record, 43, 7)).ok_or(Fault::Cell(Field::AccountNumber))?;
        let account =
            AccountNumber::parse(branch, number).map_err(|_| Fault::Cell(Field::AccountNumber))?;
        let account_type = digits(cut(record, 42, 1)).and_then(AccountType::parse);
        let account_type = account_type.ok_or(Fault::Cell(Field::AccountType))?;
        let amount = digits(cut(record, 80, 10)).and_then(|text| text.parse::<u64>().ok());
        let amount = amount.ok_or(Fault::Record("an amount is not ten digits"))?;
        let contract_no = text(cut(record, 91, 20)).ok_or(Fault::Encoding)?;
        if contract_no.is_empty() || safe_line(&contract_no, 20) != contract_no {
            return Err(Fault::Cell(Field::ContractNo));
        }
        self.count = self.count.saturating_add(1);
        self.amount = self.amount.saturating_add(amount);
        Ok(Row {
            line: self.line,
            contract_no,
            collector_code,
            collector_name,
            account,
            account_type,
            started_on: None,
            is_ended: false,
            ended_on: None,
        })
    }

    fn finish(&mut self, record: &Record) -> Result<(), Fault> {
        if self.collector.take().is_none() {
            return Err(Fault::Record("a trailer before its header"));
        }
        let number = |from, length| digits(cut(record, from, length))?.parse::<u64>().ok();
        let said = number(1, 6).ok_or(Fault::Record("the trailer has no number"))?;
        if said != self.count {
            return Err(Fault::Count { said, found: self.count });
        }
        if number(7, 12) != Some(self.amount) {
            return Err(Fault::Record("the amounts do not add up to the trailer's"));
        }
        Ok(())
    }
}
