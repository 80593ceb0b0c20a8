//! How long each kind of record is kept, and a pass that forgets what is due.
//!
//! ```text
//!  a row is over ─ its years pass ─ nothing needs it ─▶ the row goes, and what goes with it, in one unit
//!                                   └── a case, a claim, money under way … : it waits, and the desk sees why
//! ```
//!
//! Whose data is sealed is forgotten by losing their key: the key's row goes in the same unit as the last
//! row that named them. A schedule has one [`Line`] for each kind of record that a company keeps; a test of
//! each company sees to it. The ledger and the audit log forget nothing: no name is in them.

mod keepers;
mod needs;

use std::collections::BTreeMap;

use jiff::{Span, Timestamp, tz::TimeZone};
use kanuki_domain::{limits::DAY_SECS, mandate::later};
use kanuki_record::{AuditEntry, Book, Record, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

pub use keepers::{
    APPROVAL_YEARS, Approvals, CASE_YEARS, Cases, Confirmations, MESSAGE_YEARS, Messages,
    NOTICE_YEARS, Notices, Own, SIGNAL_YEARS, SUSPICION_YEARS, Signals, Suspicions,
};
pub use needs::{Need, Needs, is_held};

/// Rows that are looked at in one step.
const STEP_MAX: usize = 50;
/// A step ends early once its unit changes this many rows.
const WRITES_MAX: usize = 500;
/// Steps of one kind in one pass: what is left comes with the next.
const STEPS_MAX: usize = 10;
/// Rows of one other kind that go with one row in one step; with more, the row itself goes later.
pub const COMPANIONS_MAX: usize = 200;
/// Months whose figures are kept.
const MONTHS_MAX: usize = 120;

/// Why a kind is kept for as long as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// 犯収法 6, 7: who a customer is and what they did, seven years (FT-53).
    Customers,
    /// 府令 33: books, ten years (FT-54).
    Books,
    /// No rule names it: the company's own choice.
    Own,
}

impl Source {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Books => "books",
            Self::Own => "own",
        }
    }
}

/// How long a kind of record is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// So many years after it was over.
    Years(i16, Source),
    /// As long as the row of this kind that it belongs to; it goes in the same unit.
    With(&'static str),
    /// As long as the person is this company's customer.
    Person,
    /// A sweep of its own forgets it, within weeks or months of its use.
    Soon,
    /// A movement of money: as long as the ledger, which forgets nothing. It names ids and nobody, and a
    /// repeated request is answered by it as before.
    Books,
    /// It is about the company and no customer: what is or was in force, who stood for it, how far a
    /// worker is.
    Stands,
}

/// One kind of record in a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The record's table.
    pub kind: &'static str,
    /// How long it is kept.
    pub kept: Kept,
}

/// A line of a schedule.
#[must_use]
pub const fn line(kind: &'static str, kept: Kept) -> Line {
    Line { kind, kept }
}

/// The lines that both companies have. What belongs to a person is not among them.
pub const SHARED: [Line; 46] = [
    line("casefile", Kept::Years(CASE_YEARS, Source::Own)),
    line("claim", Kept::With("casefile")),
    line("report", Kept::With("casefile")),
    line("rule_finding", Kept::With("casefile")),
    line("case_score", Kept::With("casefile")),
    line("told_paid", Kept::With("casefile")),
    line("notice", Kept::Years(NOTICE_YEARS, Source::Customers)),
    line("message", Kept::Years(MESSAGE_YEARS, Source::Customers)),
    line("signal_taken", Kept::Years(SIGNAL_YEARS, Source::Own)),
    line("approval", Kept::Years(APPROVAL_YEARS, Source::Own)),
    line("exchange_confirmed", Kept::Years(crate::exchange::EXCHANGE_YEARS, Source::Own)),
    line("suspicion", Kept::Years(SUSPICION_YEARS, Source::Customers)),
    line("ceremony", Kept::Soon),
    line("exchange_inquiry", Kept::Soon),
    line("exchange_match", Kept::Soon),
    line("exchange_tally", Kept::Soon),
    line("drift_day", Kept::Soon),
    line("past", Kept::Soon),
    line("session", Kept::Soon),
    line("signal_caution", Kept::Soon),
    line("compensation", Kept::Stands),
    line("drill", Kept::Stands),
    line("incident_words", Kept::Stands),
    line("leak_list", Kept::Stands),
    line("leak_part", Kept::With("leak_list")),
    line("lookback", Kept::Stands),
    line("lookback_hit", Kept::With("lookback")),
    line("partner_version", Kept::Stands),
    line("retention", Kept::Stands),
    line("risk_policy", Kept::Stands),
    line("risk_record", Kept::Stands),
    line("screening_list", Kept::Stands),
    line("screening_part", Kept::With("screening_list")),
    line("settings", Kept::Stands),
    line("settings_coming", Kept::Stands),
    line("signal_halt", Kept::Stands),
    line("signal_line", Kept::Stands),
    line("signal_muted", Kept::Stands),
    line("signal_pause", Kept::Stands),
    line("signal_said_stop", Kept::Stands),
    line("signal_word", Kept::Stands),
    line("signal_surge", Kept::Stands),
    line("signal_stream", Kept::Stands),
    line("staff", Kept::Stands),
    line("tally", Kept::Stands),
    line("watched", Kept::Stands),
];

/// What is wrong with a schedule: a table without a line or with two, a line without a table or that goes
/// with what has no years. For the test of each company that every kind of record has its line.
#[must_use]
pub fn problems(schedule: &[Line], tables: &[&str]) -> Vec<String> {
    let lines = |kind: &str| schedule.iter().filter(|line| line.kind == kind).count();
    let mut found: Vec<String> = tables
        .iter()
        .filter(|table| lines(table) != 1)
        .map(|table| format!("{table} has {} lines", lines(table)))
        .collect();
    for line in schedule {
        if !tables.contains(&line.kind) {
            found.push(format!("{} is no table", line.kind));
        }
        if let Kept::With(other) = line.kept
            && !schedule.iter().any(|line| {
                line.kind == other && matches!(line.kept, Kept::Years(..) | Kept::Stands)
            })
        {
            found.push(format!("{} goes with {other}, which has no end of its own", line.kind));
        }
    }
    found
}

/// What comes of looking at a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was made within its years, and so was every row after it: the round is over. Only for kinds
    /// whose ids sort by the time they were made.
    TooNew,
    /// It is not over, or not for long enough.
    Young,
    /// Its years are over, and something needs it.
    Needed(Need),
    /// So much goes with it that it takes another step: what is in the unit goes now.
    Partly,
    /// It goes, with what is in the unit.
    Due,
}

/// Judges the rows of one kind.
pub trait Keeper<T: Record>: Sync {
    /// What comes of `row`; what goes with it is added to `unit`.
    fn judge(
        &self,
        row: &Stored<T>,
        unit: &mut Unit,
    ) -> impl Future<Output = Result<Verdict, RecordError>> + Send;
}

/// What one round through a kind came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Rows that went.
    pub forgotten: u64,
    /// Rows whose years are over and that something needs.
    pub needed: BTreeMap<Need, u64>,
}

/// How far the pass is in one kind, and what it did.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// The kind.
    pub kind: String,
    after: String,
    round: Round,
    /// The last round that came to its end.
    pub last: Round,
    /// When it did.
    pub rested_at: Option<Timestamp>,
    /// Rows that went in all.
    pub forgotten: u64,
    /// When the last one went.
    pub forgotten_at: Option<Timestamp>,
    /// How many went in which month of Greenwich, `2036-11`.
    pub months: BTreeMap<String, u64>,
}

record! { Progress => "retention" by |p| p.kind.clone(); }

impl Progress {
    /// A round a day is enough.
    fn rests(&self, now: Timestamp) -> bool {
        self.after.is_empty() && self.rested_at.is_some_and(|at| now < later(at, DAY_SECS))
    }

    fn count(&mut self, verdict: Verdict, now: Timestamp) {
        match verdict {
            Verdict::Needed(need) => {
                let count = self.round.needed.entry(need).or_default();
                *count = count.saturating_add(1);
            }
            Verdict::Due => {
                let month = now.strftime("%Y-%m").to_string();
                let of_month = self.months.entry(month).or_default();
                *of_month = of_month.saturating_add(1);
                while self.months.len() > MONTHS_MAX {
                    self.months.pop_first();
                }
                self.round.forgotten = self.round.forgotten.saturating_add(1);
                self.forgotten = self.forgotten.saturating_add(1);
                self.forgotten_at = Some(now);
            }
            Verdict::TooNew | Verdict::Young | Verdict::Partly => {}
        }
    }

    fn end_round(&mut self, now: Timestamp) {
        self.after.clear();
        self.last = std::mem::take(&mut self.round);
        self.rested_at = Some(now);
    }
}

/// What was over before this instant is due after so many years. Years are those of the calendar.
#[must_use]
pub fn cutoff(now: Timestamp, years: i16) -> Timestamp {
    let zoned = now.to_zoned(TimeZone::UTC);
    let before = Span::new().try_years(years).and_then(|span| zoned.checked_sub(span));
    before.map_or(Timestamp::MIN, |zoned| zoned.timestamp())
}

/// Every kind's progress, by kind.
pub async fn progress(book: &Book) -> Result<BTreeMap<String, Progress>, RecordError> {
    let all = book.scan::<Progress>("").await?;
    Ok(all.into_iter().map(|one| (one.kind.clone(), one.into_inner())).collect())
}

/// Whether there is nothing to do for any kind of `schedule` yet: what is needed is read only then.
pub async fn rests(book: &Book, now: Timestamp, schedule: &[Line]) -> Result<bool, RecordError> {
    let known = progress(book).await?;
    let has_years = |line: &&Line| matches!(line.kept, Kept::Years(..));
    Ok(schedule
        .iter()
        .filter(has_years)
        .all(|line| known.get(line.kind).is_some_and(|one| one.rests(now))))
}

/// Forgets what is due of one kind, as far as one pass goes; how many rows of it went. Can be repeated, and
/// several nodes may do it at once.
pub async fn forget<T: Record, K: Keeper<T>>(
    book: &Book,
    now: Timestamp,
    keeper: &K,
) -> Result<usize, RecordError> {
    let mut gone: usize = 0;
    for _ in 0..STEPS_MAX {
        match step(book, now, keeper).await {
            Ok(Some(stepped)) => {
                gone = gone.saturating_add(stepped.gone);
                if stepped.is_end {
                    break;
                }
            }
            // At rest; or somebody wrote one of the rows, or another node was faster: the next pass looks again.
            Ok(None)
            | Err(
                RecordError::Conflict { .. }
                | RecordError::Duplicate { .. }
                | RecordError::Absent { .. },
            ) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(gone)
}

/// What one step did.
struct Stepped {
    gone: usize,
    /// The round came to its end.
    is_end: bool,
}

/// One step; nothing where the kind rests.
async fn step<T: Record, K: Keeper<T>>(
    book: &Book,
    now: Timestamp,
    keeper: &K,
) -> Result<Option<Stepped>, RecordError> {
    let kind = T::TABLE.name;
    let known = book.find::<Progress>(kind).await?;
    let fresh = || Progress { kind: kind.to_owned(), ..Progress::default() };
    let mut progress = known.as_deref().map_or_else(fresh, Clone::clone);
    if progress.rests(now) {
        return Ok(None);
    }
    let (mut unit, mut gone, mut is_end) = (Unit::new(), 0_usize, false);
    // Mostly the first row is too new already, and with it all others: it is read alone.
    'pages: for some in [1, STEP_MAX.saturating_sub(1)] {
        let page = book.scan_unread::<T>(&progress.after, some).await?;
        let is_last = page.len() < some;
        for row in page {
            let row = row?;
            let verdict = keeper.judge(&row, &mut unit).await?;
            if verdict == Verdict::TooNew {
                is_end = true;
                break 'pages;
            }
            progress.count(verdict, now);
            progress.after = row.id();
            if verdict == Verdict::Due {
                unit.delete(&row);
                gone = gone.saturating_add(1);
            }
            if unit.writes() > WRITES_MAX {
                break 'pages;
            }
        }
        if is_last {
            is_end = true;
            break;
        }
    }
    if is_end {
        progress.end_round(now);
    }
    if gone > 0 {
        unit.audit(
            AuditEntry::new(now, "system", "retention.forgot", kind)
                .with("rows", gone)
                .with("writes", unit.writes()),
        );
    }
    match known {
        Some(mut known) => {
            *known.edit() = progress;
            unit.update(&known);
        }
        None => {
            unit.insert(&progress);
        }
    }
    book.commit(unit).await?;
    Ok(Some(Stepped { gone, is_end }))
}

/// Adds to `unit` that rows go whose `key` has `value`; true when more of them are left.
pub async fn with<T: Record>(
    book: &Book,
    unit: &mut Unit,
    (key, value): (&'static str, &str),
) -> Result<bool, RecordError> {
    let order = kanuki_record::Order::OldestFirst;
    let rows = book.page::<T>(key, value, order, COMPANIONS_MAX).await?;
    for row in &rows {
        unit.delete(row);
    }
    Ok(rows.len() == COMPANIONS_MAX)
}

/// The same of the row with this id, if there is one.
pub async fn with_one<T: Record>(
    book: &Book,
    unit: &mut Unit,
    id: &str,
) -> Result<(), RecordError> {
    if let Some(row) = book.find::<T>(id).await? {
        unit.delete(&row);
    }
    Ok(())
}

/// The same of rows whose ids begin with `prefix`; true when more of them may be left.
pub async fn with_prefix<T: Record>(
    book: &Book,
    unit: &mut Unit,
    prefix: &str,
) -> Result<bool, RecordError> {
    let rows = book.scan_some::<T>(prefix, COMPANIONS_MAX).await?;
    let is_full = rows.len() == COMPANIONS_MAX;
    let mut are_all_its = true;
    for row in &rows {
        if row.id().starts_with(prefix) {
            unit.delete(row);
        } else {
            are_all_its = false;
            break;
        }
    }
    Ok(is_full && are_all_its)
}

#[cfg(test)]
mod tests;
