//! Our own layout: a control line, a line of headings, one contract a line.
//!
//! ```text
//! KANUKI-REGISTER,1,web-kofuri,0001,2026-11-20,1
//! contract_no,collector_code,collector_name,branch,account_type,account_number,started_on,status,ended_on
//! 0012345678,0000012345,ドコモコウザ,101,1,0123456,2019-10-02,active,
//! ```

use std::{
    borrow::Cow,
    io::{BufRead, Read as _},
};

use csv_core::ReadRecordResult;
use jiff::civil::Date;
use kanuki_domain::bank_account::AccountNumber;

use super::{
    AccountType, Expected, Fault, Field, Head, Kind, Layout, RegisterError, Row, date,
    decode::Decoder,
};
use crate::{cell_reader::CellReader, text::safe_line};

/// No contract takes a longer line; a missing quotation mark would swallow the file.
const LINE_MAX: usize = 2_048;
const CELLS_MAX: usize = 64;
const NAME_MAX: usize = 48;
const CONTRACT_NO_MAX: usize = 20;

/// The contracts of a file in our own layout.
pub(super) struct CsvRows<R> {
    lines: Lines<R>,
    as_of: Date,
    /// Which column each cell is.
    columns: Vec<Field>,
    said: u64,
    found: u64,
}

struct Lines<R> {
    input: R,
    csv: CellReader,
    decoder: Decoder,
    /// The line that was read last, from 1.
    line: u32,
    bytes: Vec<u8>,
    output: Vec<u8>,
    ends: Vec<usize>,
}

impl<R: BufRead> Lines<R> {
    fn new(input: R) -> Self {
        Self {
            input,
            csv: CellReader::default(),
            decoder: Decoder::default(),
            line: 0,
            bytes: Vec::new(),
            output: vec![0; LINE_MAX],
            ends: vec![0; CELLS_MAX],
        }
    }

    /// The cells of the next line that has any.
    fn next(&mut self) -> Result<Option<Vec<String>>, RegisterError> {
        loop {
            self.line = self.line.checked_add(1).ok_or_else(|| self.fault(Fault::TooMany))?;
            self.bytes.clear();
            let limit = u64::try_from(LINE_MAX).unwrap_or(u64::MAX);
            let mut line = (&mut self.input).take(limit);
            let read = line.read_until(b'\n', &mut self.bytes);
            let read = read.map_err(|error| RegisterError::at(self.line, error.into()))?;
            if read == 0 {
                return Ok(None);
            }
            if read == LINE_MAX && !self.bytes.ends_with(b"\n") {
                return Err(self.fault(Fault::TooLong));
            }
            // The file may end in the ^Z of old systems.
            if !matches!(self.bytes.trim_ascii(), [] | [0x1A]) {
                return self.cells().map(Some);
            }
        }
    }

    fn cells(&mut self) -> Result<Vec<String>, RegisterError> {
        if !self.bytes.ends_with(b"\n") {
            self.bytes.push(b'\n');
        }
        let (done, _, _, count) =
            self.csv.read_record(&self.bytes, &mut self.output, &mut self.ends);
        if !matches!(done, ReadRecordResult::Record) {
            return Err(self.fault(Fault::TooLong));
        }
        let mut cells = Vec::with_capacity(count);
        let mut from = 0;
        for end in self.ends.iter().take(count) {
            let bytes = self.output.get(from..*end).unwrap_or_default();
            let Some(text) = self.decoder.cell(bytes).map(Cow::into_owned) else {
                return Err(RegisterError::at(self.line, Fault::Encoding));
            };
            cells.push(text.trim().to_owned());
            from = *end;
        }
        Ok(cells)
    }

    const fn fault(&self, fault: Fault) -> RegisterError {
        RegisterError::at(self.line, fault)
    }
}

/// A spreadsheet gives every line as many cells as the longest has.
fn without_empty_end(mut cells: Vec<String>) -> Vec<String> {
    while cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    cells
}

impl<R: BufRead> CsvRows<R> {
    pub(super) fn open(input: R, expected: &Expected) -> Result<(Head, Self), RegisterError> {
        let mut lines = Lines::new(input);
        let control = lines.next()?.map(without_empty_end).unwrap_or_default();
        let [_, version, kind, bank, as_of, count] = control.as_slice() else {
            return Err(lines.fault(Fault::Control));
        };
        let (true, Some(kind), Some(as_of), Ok(said)) =
            (version == "1", Kind::parse(kind), date::parse(as_of), count.parse())
        else {
            return Err(lines.fault(Fault::Control));
        };
        if kind != expected.kind {
            return Err(lines.fault(Fault::OtherKind));
        }
        // The zeros that a spreadsheet takes away are missing here too.
        if *bank != expected.bank.to_string() {
            return Err(lines.fault(Fault::OtherBank));
        }
        let headings = lines.next()?.map(without_empty_end).unwrap_or_default();
        let columns = columns(&headings).map_err(|fault| lines.fault(fault))?;
        let head = Head { layout: Layout::Csv, kind, as_of };
        Ok((head, Self { lines, as_of, columns, said, found: 0 }))
    }

    pub(super) fn into_input(self) -> R {
        self.lines.input
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>, RegisterError> {
        let Some(cells) = self.lines.next()? else {
            let (said, found) = (self.said, self.found);
            let is_whole = said == found;
            return if is_whole {
                Ok(None)
            } else {
                Err(self.lines.fault(Fault::Count { said, found }))
            };
        };
        self.found = self.found.saturating_add(1);
        self.row(&cells).map(Some).map_err(|fault| self.lines.fault(fault))
    }

    fn row(&self, cells: &[String]) -> Result<Row, Fault> {
        let (found, expected) = (cells.len(), self.columns.len());
        if found != expected {
            return Err(Fault::Cells { found, expected });
        }
        let cell = |field: Field| {
            let place = self.columns.iter().position(|column| *column == field);
            place.and_then(|place| cells.get(place)).map_or("", String::as_str)
        };
        let collector_code = full_digits(cell(Field::CollectorCode), 10, Field::CollectorCode)?;
        let branch = full_digits(cell(Field::Branch), 3, Field::Branch)?;
        let number = full_digits(cell(Field::AccountNumber), 7, Field::AccountNumber)?;
        let account = AccountNumber::parse(&branch, &number)
            .map_err(|_| Fault::Cell(Field::AccountNumber))?;
        let name = cell(Field::CollectorName);
        if name.is_empty() || safe_line(name, NAME_MAX) != name {
            return Err(Fault::Cell(Field::CollectorName));
        }
        let account_type =
            AccountType::parse(cell(Field::AccountType)).ok_or(Fault::Cell(Field::AccountType))?;
        let is_ended = match cell(Field::Status) {
            "active" | "有効" => false,
            "ended" | "終了" => true,
            _ => return Err(Fault::Cell(Field::Status)),
        };
        let started_on = self.day(cell(Field::StartedOn), Field::StartedOn)?;
        let ended_on = self.day(cell(Field::EndedOn), Field::EndedOn)?;
        if ended_on.is_some_and(|end| !is_ended || started_on.is_some_and(|start| end < start)) {
            return Err(Fault::DateOrder(Field::EndedOn));
        }
        Ok(Row {
            line: self.lines.line,
            contract_no: contract_no(cell(Field::ContractNo))?,
            collector_code,
            collector_name: name.to_owned(),
            account,
            account_type,
            started_on,
            is_ended,
            ended_on,
        })
    }

    /// A date of the past, or none where the list does not know.
    fn day(&self, text: &str, field: Field) -> Result<Option<Date>, Fault> {
        if text.is_empty() {
            return Ok(None);
        }
        let day = date::parse(text).ok_or(Fault::Date(field))?;
        if day <= self.as_of { Ok(Some(day)) } else { Err(Fault::DateOrder(field)) }
    }
}

fn columns(headings: &[String]) -> Result<Vec<Field>, Fault> {
    let field = |heading: &String| {
        let known = Field::ALL.into_iter().find(|field| {
            let (english, japanese) = field.headings();
            heading == english || heading == japanese
        });
        known.ok_or_else(|| Fault::Headings(safe_line(heading, 24)))
    };
    let columns: Vec<Field> = headings.iter().map(field).collect::<Result<_, _>>()?;
    for field in Field::ALL {
        if columns.iter().filter(|column| **column == field).count() != 1 {
            return Err(Fault::Headings(field.to_string()));
        }
    }
    Ok(columns)
}

/// Exactly so many digits: what is shorter lost its zeros, and which ones is not ours to guess.
fn full_digits(text: &str, count: usize, field: Field) -> Result<String, Fault> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && text.len() == count {
        return Ok(text.to_owned());
    }
    let was_rewritten = is_number && text.len() < count || is_scientific(text);
    Err(if was_rewritten { Fault::Spreadsheet(field) } else { Fault::Cell(field) })
}

/// `1.23E+09`: what becomes of a long number.
fn is_scientific(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['E', 'e']) else { return false };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_digits(&digits.replacen('.', "", 1)) && is_digits(exponent.trim_start_matches(['+', '-']))
}

fn contract_no(text: &str) -> Result<String, Fault> {
    if is_scientific(text) && text.contains('.') {
        return Err(Fault::Spreadsheet(Field::ContractNo));
    }
    let is_plain =
        text.chars().count() <= CONTRACT_NO_MAX && safe_line(text, CONTRACT_NO_MAX) == text;
    if text.is_empty() || !is_plain {
        return Err(Fault::Cell(Field::ContractNo));
    }
    Ok(text.to_owned())
}
