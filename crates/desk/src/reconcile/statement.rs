//! What one company says of the money between the two: a file that people can read, too.

use std::{collections::BTreeMap, fmt::Write as _, ops::Range};

use jiff::{SignedDuration, Timestamp, civil::Date, tz};
use kanuki_domain::Yen;
use kanuki_ledger::{PendingState, TransferId, TransferRecord};
use serde::Serialize;

/// The most lines of one statement that is read.
pub const LINES_MAX: usize = 1_000_000;

/// The first word of every statement, and the version of its form.
const HEAD: &str = "kanuki-statement";
const VERSION: &str = "1";
const COLUMNS: &str = "id,kind,amount,state,asked_at";

/// How long before and after its day a statement tells of, so that what was asked around midnight is
/// found on the other side.
const MARGIN: SignedDuration = SignedDuration::from_hours(48);

/// Which way money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// From the bank account to the wallet.
    Debit,
    /// From the wallet to the bank account.
    Payout,
    /// A debit that goes back.
    Refund,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Debit, Self::Payout, Self::Refund];

    /// As it is written, and as part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Payout => "payout",
            Self::Refund => "refund",
        }
    }
}

/// Where a movement stands in a company's ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Reserved, or not there yet.
    Open,
    /// The money moved.
    Booked,
    /// It did not, and will not.
    Refused,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Booked, Self::Refused];

    /// As it is written, and as part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Booked => "booked",
            Self::Refused => "refused",
        }
    }
}

/// One movement, as one company has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The id that both companies know.
    pub id: String,
    /// Which way.
    pub kind: Kind,
    /// How much: what was booked, or else what was asked for.
    pub amount: Yen,
    /// Where it stands.
    pub standing: Standing,
    /// When the bank was asked.
    pub asked_at: Timestamp,
}

/// A row of a company's records, before its ledger was asked.
#[derive(Clone, Debug)]
pub struct Movement {
    /// What the row says.
    pub line: Line,
    /// The reservation of its money in the ledger.
    pub money: TransferId,
}

impl Movement {
    /// The line, as the ledger has it: a row may say more than was done.
    #[must_use]
    pub fn told_by(self, ledger: Option<&TransferRecord>) -> Line {
        let Self { line, .. } = self;
        let (standing, amount) = match ledger.map(|kept| (kept, kept.pending)) {
            // The id was closed for ever, or the row is older than its reservation.
            None | Some((_, None)) => match line.standing {
                Standing::Refused => (Standing::Refused, line.amount),
                Standing::Open | Standing::Booked => (Standing::Open, line.amount),
            },
            Some((kept, Some(PendingState::Pending { .. }))) => {
                (Standing::Open, kept.transfer.amount)
            }
            Some((_, Some(PendingState::Posted { amount, .. }))) => (Standing::Booked, amount),
            Some((kept, Some(PendingState::Voided { .. } | PendingState::Expired { .. }))) => {
                (Standing::Refused, kept.transfer.amount)
            }
        };
        Line { amount, standing, ..line }
    }
}

/// Everything between two companies that was asked of the bank on one day in Japan, or ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Who says it, by the name that the other company knows.
    pub by: String,
    /// About which company, by the name that this one knows.
    pub about: String,
    /// The day, and [`days_around`] it; none: for all time.
    pub day: Option<Date>,
    /// When it was written.
    pub made_at: Timestamp,
    /// By id.
    pub lines: BTreeMap<String, Line>,
}

/// Why a file is no statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Not the first line of a statement of this form.
    #[error("it does not begin with {HEAD},{VERSION}")]
    Head,
    /// A line that is not `id,kind,amount,state,asked_at`.
    #[error("line {0} is not {COLUMNS}")]
    Line(usize),
    /// One id, two lines.
    #[error("line {0} tells of an id that was told of before")]
    Twice(usize),
    /// More than [`LINES_MAX`] lines.
    #[error("more than {LINES_MAX} lines")]
    TooLong,
}

/// The first and the last instant of `day` in Japan, which has no summer time.
fn span(day: Date) -> Option<(Timestamp, Timestamp)> {
    let start = day.to_zoned(tz::offset(9).to_time_zone()).ok()?.timestamp();
    Some((start, start.checked_add(SignedDuration::from_hours(24)).ok()?))
}

/// The instants, from and until, that a statement of `day` tells of.
#[must_use]
pub fn days_around(day: Date) -> (Timestamp, Timestamp) {
    let (from, until) = span(day).unwrap_or((Timestamp::MIN, Timestamp::MAX));
    (
        from.checked_sub(MARGIN).unwrap_or(Timestamp::MIN),
        until.checked_add(MARGIN).unwrap_or(Timestamp::MAX),
    )
}

impl Statement {
    /// One without lines.
    #[must_use]
    pub fn new(by: &str, about: &str, day: Option<Date>, made_at: Timestamp) -> Self {
        Self { by: by.to_owned(), about: about.to_owned(), day, made_at, lines: BTreeMap::new() }
    }

    /// Adds a line, unless it was asked for on another day.
    pub fn add(&mut self, line: Line) {
        let (from, until) = self.day.map_or((Timestamp::MIN, Timestamp::MAX), days_around);
        if (from..until).contains(&line.asked_at) {
            self.lines.insert(line.id.clone(), line);
        }
    }

    /// The instants, from and until, of the day itself; of no day that can be written there are none.
    pub(super) fn span(&self) -> Range<Timestamp> {
        let day = self.day.map_or(Some((Timestamp::MIN, Timestamp::MAX)), span);
        day.map_or(Timestamp::MIN..Timestamp::MIN, |(from, until)| from..until)
    }

    /// As a file: CSV in UTF-8, without a name and without a bank account's number.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let day = self.day.map_or_else(|| "all".to_owned(), |day| day.to_string());
        let mut text = String::new();
        let head = [HEAD, VERSION, &self.by, &self.about, &day, &self.made_at.to_string()];
        text.push_str(&head.join(","));
        text.push('\n');
        text.push_str(COLUMNS);
        text.push('\n');
        for line in self.lines.values() {
            let Line { id, kind, amount, standing, asked_at } = line;
            let (kind, standing) = (kind.name(), standing.name());
            // Writing to a string cannot fail.
            let _never = writeln!(text, "{id},{kind},{},{standing},{asked_at}", amount.amount());
        }
        text
    }

    /// Reads what [`to_csv`](Self::to_csv) wrote, of this company or the other. Nothing is guessed.
    pub fn read(bytes: &[u8]) -> Result<Self, StatementError> {
        let text = std::str::from_utf8(bytes).map_err(|_| StatementError::Head)?;
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        let mut statement = head(lines.next()).ok_or(StatementError::Head)?;
        if lines.next().map(str::trim_end) != Some(COLUMNS) {
            return Err(StatementError::Line(2));
        }
        for (index, text) in lines.enumerate() {
            let number = index.saturating_add(3);
            if statement.lines.len() >= LINES_MAX {
                return Err(StatementError::TooLong);
            }
            let line = line(text.trim_end()).ok_or(StatementError::Line(number))?;
            if statement.lines.insert(line.id.clone(), line).is_some() {
                return Err(StatementError::Twice(number));
            }
        }
        Ok(statement)
    }
}

fn head(text: Option<&str>) -> Option<Statement> {
    let cells: Vec<&str> = text?.trim_end().split(',').collect();
    let [HEAD, VERSION, by, about, day, made_at] = cells.as_slice() else { return None };
    let day = if *day == "all" { None } else { Some(day.parse().ok()?) };
    if !is_name(by) || !is_name(about) {
        return None;
    }
    Some(Statement::new(by, about, day, made_at.parse().ok()?))
}

fn line(text: &str) -> Option<Line> {
    let cells: Vec<&str> = text.split(',').collect();
    let [id, kind, amount, standing, asked_at] = cells.as_slice() else { return None };
    if !is_name(id) {
        return None;
    }
    Some(Line {
        id: (*id).to_owned(),
        kind: Kind::ALL.into_iter().find(|known| known.name() == *kind)?,
        amount: Yen::new(digits(amount)?).ok()?,
        standing: Standing::ALL.into_iter().find(|known| known.name() == *standing)?,
        asked_at: asked_at.parse().ok()?,
    })
}

fn digits(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// A name or an id: nothing that a spreadsheet or a page could take for more.
fn is_name(text: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/');
    let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    starts && text.len() <= 128 && text.bytes().all(plain)
}
