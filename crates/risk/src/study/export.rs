//! Anyone's labelled payments, read from CSV by a map that names the columns.

use std::collections::HashMap;

use csv_core::{ReadRecordResult, Reader};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::StudyError;
use crate::model::number::floor;

/// Which column holds what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// What each payment is called; it is not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When: `2018-04-01 00:00:31`, RFC 3339, or seconds since 1970.
    pub time: String,
    /// How much, with a point before the hundredths.
    pub amount: String,
    /// Whose card or account.
    #[serde(alias = "account")]
    pub card: String,
    /// To whom, or where.
    pub counterparty: String,
    /// Whether it was a fraud: 1 or 0, true or false. Without one, nobody knows of any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// One labelled payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// When, in seconds.
    pub at: i64,
    /// How much, in hundredths.
    pub amount: u64,
    /// Whose card, by its number among those of the export.
    pub card: u32,
    /// Where.
    pub place: u32,
    /// It was a fraud.
    pub is_fraud: bool,
}

/// Labelled payments in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// Which.
    pub payments: Vec<Payment>,
    /// What the cards are called.
    pub cards: Vec<String>,
    /// What the places are called.
    pub places: Vec<String>,
}

/// The most bytes of one line.
const LINE_MAX: usize = 65_536;
const CELLS_MAX: usize = 1_024;

impl Export {
    /// Reads a whole file.
    pub fn read(csv: &[u8], map: &Map) -> Result<Self, StudyError> {
        let mut lines = Lines::new(csv.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(csv));
        let head = lines.next_line()?.ok_or(StudyError::Empty)?;
        let place = |name: &str| {
            let known = head.iter().position(|cell| cell.trim() == name);
            known.ok_or_else(|| StudyError::NoColumn(name.to_owned(), head.join(", ")))
        };
        let at = place(&map.time)?;
        let (amount, card) = (place(&map.amount)?, place(&map.card)?);
        let label = map.label.as_deref().map(place).transpose()?;
        let place = place(&map.counterparty)?;
        let (mut cards, mut places) = (Names::default(), Names::default());
        let mut payments = Vec::new();
        while let Some(line) = lines.next_line()? {
            let cell = |at: usize| line.get(at).map_or("", |cell| cell.trim());
            let number = lines.number;
            let wrong = |what: &str, at: usize| {
                let cell = cell(at).chars().take(40).collect();
                StudyError::Cell { line: number, what: what.to_owned(), cell }
            };
            let named = |what: &str, at: usize| {
                Some(cell(at)).filter(|name| !name.is_empty()).ok_or_else(|| wrong(what, at))
            };
            payments.push(Payment {
                at: time(cell(at)).ok_or_else(|| wrong("time", at))?,
                amount: hundredths(cell(amount)).ok_or_else(|| wrong("amount", amount))?,
                card: cards.number(named("account", card)?),
                place: places.number(named("counterparty", place)?),
                is_fraud: match label {
                    Some(label) => flag(cell(label)).ok_or_else(|| wrong("label", label))?,
                    None => false,
                },
            });
        }
        payments.sort_by_key(|payment| payment.at);
        Ok(Self { payments, cards: cards.all, places: places.all })
    }
}

#[derive(Default)]
struct Names {
    known: HashMap<String, u32>,
    all: Vec<String>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.known.get(name) {
            return *number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.known.insert(name.to_owned(), number);
        self.all.push(name.to_owned());
        number
    }
}

fn time(cell: &str) -> Option<i64> {
    if let Ok(seconds) = cell.parse() {
        return Timestamp::from_second(seconds).ok().map(Timestamp::as_second);
    }
    if let Ok(at) = cell.parse::<Timestamp>() {
        return Some(at.as_second());
    }
    let at: DateTime = cell.parse().ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

/// Others' files have `285.79999999999995` where 285.80 is meant.
fn hundredths(cell: &str) -> Option<u64> {
    let amount: f64 = cell.parse().ok()?;
    let is_amount = (0.0..1e12).contains(&amount);
    is_amount.then(|| floor(amount.mul_add(100.0, 0.5)))
}

fn flag(cell: &str) -> Option<bool> {
    match cell {
        "1" | "1.0" | "true" | "True" | "TRUE" => Some(true),
        "0" | "0.0" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Lines as CSV has them.
struct Lines<'a> {
    reader: Reader,
    rest: &'a [u8],
    text: Vec<u8>,
    ends: Vec<usize>,
    number: u64,
}

impl<'a> Lines<'a> {
    fn new(rest: &'a [u8]) -> Self {
        let (text, ends) = (vec![0; LINE_MAX], vec![0; CELLS_MAX]);
        Self { reader: Reader::new(), rest, text, ends, number: 0 }
    }

    fn next_line(&mut self) -> Result<Option<Vec<String>>, StudyError> {
        let (mut written, mut count) = (0_usize, 0_usize);
        loop {
            let text = self.text.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(count..).unwrap_or_default();
            let (result, read, wrote, ended) = self.reader.read_record(self.rest, text, ends);
            self.rest = self.rest.get(read..).unwrap_or_default();
            written = written.saturating_add(wrote);
            count = count.saturating_add(ended);
            match result {
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::Record => return self.cells(count).map(Some),
                // The last line may have no end: asked with nothing, the reader ends it.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err(StudyError::Long(self.reader.line()));
                }
            }
        }
    }

    fn cells(&mut self, count: usize) -> Result<Vec<String>, StudyError> {
        self.number = self.number.saturating_add(1);
        let mut start = 0;
        let mut cells = Vec::new();
        for end in self.ends.iter().take(count) {
            let bytes = self.text.get(start..*end).unwrap_or_default();
            let cell = std::str::from_utf8(bytes).map_err(|_| StudyError::Text(self.number))?;
            cells.push(cell.to_owned());
            start = *end;
        }
        Ok(cells)
    }
}
