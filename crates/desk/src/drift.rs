//! Whether the attempts of these days still look like those that the model in force was grown from.
//!
//! ```text
//!  counts::decide ─▶ the engine's tally ─ a worker, or whoever looks ─▶ a row per day and model
//!                                                                         └─▶ beside the model's reference
//! ```
//!
//! A number's drift is the population stability index of its bins (docs/detection.md). A row has counts
//! and names nobody. A node that is killed loses what it counted since its last pass.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _, civil::Date};
use kanuki_domain::{Ctx, id::StaffId};
use kanuki_record::{AuditEntry, Book, RecordError, Unit, record};
use kanuki_risk::{
    Batch, Engine, OfDay,
    model::{Bin, Binned, Level, Origin, Reference, Spread},
    tokyo_day,
};
use serde::{Deserialize, Serialize};

use crate::DeskError;

/// Over how many days, today included, attempts are put together.
pub const DAYS: i64 = 7;
/// How many days are told one by one.
pub const DAYS_TOLD: i64 = 14;
/// How long a day's counts are kept.
const KEPT_DAYS: i64 = 400;
/// With fewer attempts chance alone moves the index by what would be alarming.
pub const ROWS_MIN: u64 = 500;
/// Days that are forgotten in one pass.
const STEP_MAX: usize = 100;

/// What one model looked at on one day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DriftDay {
    /// Which day, in Tokyo.
    pub day: Date,
    /// Which model: the version of its file and its digest.
    pub model: String,
    /// How often each bin of its reference came.
    pub counted: Binned,
    /// The last batch of each engine that is in it, in the same unit: one whose answer was lost comes
    /// again, and counts once. One entry for each start of a node on this day.
    #[serde(default)]
    pub last: BTreeMap<String, u64>,
}

record! { DriftDay => "drift_day" by |d| id(d.day, &d.model); }

/// Days are in their order.
fn id(day: Date, model: &str) -> String {
    format!("{day}|{model}")
}

/// Keeps what this node's engine counted; how many days and models. What cannot be kept now, or may have
/// been, comes again with the next pass.
pub async fn keep(book: &Book, engine: &Engine, ctx: &Ctx<'_>) -> Result<usize, RecordError> {
    let name = || format!("{:016x}", u64::from_be_bytes(ctx.random()));
    let Some(batch) = engine.tally_to_keep(name) else { return Ok(0) };
    match add(book, &batch).await {
        Ok(added) => {
            engine.tally_kept(batch.number);
            Ok(added)
        }
        // Another node was faster.
        Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => Ok(0),
        Err(error) => Err(error),
    }
}

async fn add(book: &Book, batch: &Batch) -> Result<usize, RecordError> {
    let (mut unit, mut added) = (Unit::new(), 0_usize);
    for OfDay { day, model, counted } in &batch.days {
        let known = book.find::<DriftDay>(id(*day, model)).await?;
        let last = known.as_ref().and_then(|row| row.last.get(&batch.node));
        if last.is_some_and(|last| *last >= batch.number) {
            // Its answer was lost, and only that.
            continue;
        }
        added = added.saturating_add(1);
        if let Some(mut known) = known {
            let row = known.edit();
            row.counted.add(counted);
            row.last.insert(batch.node.clone(), batch.number);
            unit.update(&known);
        } else {
            let (model, counted) = (model.clone(), counted.clone());
            let last = BTreeMap::from([(batch.node.clone(), batch.number)]);
            unit.insert(&DriftDay { day: *day, model, counted, last });
        }
    }
    if added > 0 {
        book.commit(unit).await?;
    }
    Ok(added)
}

/// The day so many days ago.
fn ago(today: Date, days: i64) -> Date {
    today.checked_sub(days.days()).unwrap_or(today)
}

/// Forgets days that nobody compares any more; how many.
pub async fn forget(book: &Book, now: Timestamp) -> Result<usize, RecordError> {
    let Some(today) = tokyo_day(now) else { return Ok(0) };
    let last = ago(today, KEPT_DAYS);
    let mut unit = Unit::new();
    let mut forgotten: usize = 0;
    for row in book.scan_some::<DriftDay>("", STEP_MAX).await?.iter().filter(|row| row.day < last) {
        unit.delete(row);
        forgotten = forgotten.saturating_add(1);
    }
    if forgotten == 0 {
        return Ok(0);
    }
    match book.commit(unit).await {
        Ok(()) => Ok(forgotten),
        // Another node was faster.
        Err(RecordError::Conflict { .. } | RecordError::Absent { .. }) => Ok(0),
        Err(error) => Err(error),
    }
}

/// How far one number is from its training.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The population stability index, in thousandths; nothing where there is too little to compare.
    pub index: Option<u32>,
    /// What that says.
    pub level: Level,
    /// Each bin, that of the unknown last.
    pub bins: Vec<Bin>,
}

impl Moved {
    fn of(spread: &Spread, counts: &[u64], rows: u64) -> Self {
        let index = spread.moved(counts).filter(|_| rows >= ROWS_MIN);
        Self { index, level: Level::of(index), bins: spread.beside(counts) }
    }
}

/// One day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub day: Date,
    /// Attempts.
    pub rows: u64,
    /// The score's index, in thousandths; nothing where there is too little to compare.
    pub score: Option<u32>,
    /// The same of the number that moved most.
    pub most: Option<u32>,
}

/// The attempts of these days beside the model's training.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Which model.
    pub model: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Attempts of the last [`DAYS`].
    pub rows: u64,
    /// Its score.
    pub score: Moved,
    /// Each feature, the one that moved most first.
    pub features: Vec<(String, Moved)>,
    /// The last [`DAYS_TOLD`] days with attempts, the oldest first.
    pub days: Vec<Day>,
}

impl Compared {
    /// The worst of all.
    #[must_use]
    pub fn level(&self) -> Level {
        let features = self.features.iter().map(|(_, moved)| moved.level);
        features.fold(self.score.level, Ord::max)
    }
}

/// What can be said of drift.
#[derive(Clone, Debug)]
pub enum Standing {
    /// The policy in force names no model.
    NoModel,
    /// It names one that does not say how its numbers were spread in training.
    NoReference {
        /// Which.
        model: String,
    },
    /// It is compared.
    Compared(Box<Compared>),
}

/// The same, for somebody who looks; that they did is written down.
pub async fn read(
    (book, engine): (&Book, &Engine),
    ctx: &Ctx<'_>,
    by: StaffId,
) -> Result<Standing, DeskError> {
    // What this node counted a moment ago is part of it.
    keep(book, engine, ctx).await?;
    let mut unit = Unit::new();
    unit.audit(AuditEntry::new(ctx.now, by, "risk.read", "drift"));
    book.commit(unit).await?;
    Ok(standing((book, engine), ctx.now).await?)
}

/// How the model in force stands.
pub async fn standing(
    (book, engine): (&Book, &Engine),
    now: Timestamp,
) -> Result<Standing, RecordError> {
    let policy = engine.policy();
    let (Some((name, model)), Some(today)) = (policy.model(), tokyo_day(now)) else {
        return Ok(Standing::NoModel);
    };
    let Some(reference) = model.reference() else {
        return Ok(Standing::NoReference { model: name.to_owned() });
    };
    // Ids begin with their day, so the day alone is before all of it.
    let from = ago(today, DAYS_TOLD.saturating_sub(1)).to_string();
    let rows = book.scan::<DriftDay>(&from).await?;
    let (mut all, mut days) = (Binned::default(), Vec::new());
    let first = ago(today, DAYS.saturating_sub(1));
    for row in rows.iter().filter(|row| row.model == name && row.day <= today) {
        days.push(day(reference, row));
        if row.day >= first {
            all.add(&row.counted);
        }
    }
    let none = Vec::new();
    let counts = all.features.iter().chain(std::iter::repeat(&none));
    let of = |((what, spread), counts): ((&String, &Spread), &Vec<u64>)| {
        (what.clone(), Moved::of(spread, counts, all.rows))
    };
    let spreads = model.features().iter().zip(&reference.features);
    let mut features: Vec<(String, Moved)> = spreads.zip(counts).map(of).collect();
    features.sort_by_key(|(_, moved)| std::cmp::Reverse(moved.index));
    Ok(Standing::Compared(Box::new(Compared {
        model: name.to_owned(),
        origin: model.origin().clone(),
        rows: all.rows,
        score: Moved::of(&reference.score, &all.score, all.rows),
        features,
        days,
    })))
}

fn day(reference: &Reference, row: &DriftDay) -> Day {
    let Binned { rows, score, features } = &row.counted;
    let is_enough = *rows >= ROWS_MIN;
    let indices = reference.features.iter().zip(features);
    let most = indices.filter_map(|(spread, counts)| spread.moved(counts)).max();
    let score = reference.score.moved(score).filter(|_| is_enough);
    Day { day: row.day, rows: *rows, score, most: most.filter(|_| is_enough) }
}
