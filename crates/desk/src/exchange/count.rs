//! How many were asked about, by whom, on which day: the limits, and what a desk sees of a month.

use jiff::Timestamp;
use kanuki_domain::Ctx;
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use super::{TALLY_DAYS, after_days, day};

/// How many identifiers one partner may ask about in a day, and how many we ask one about. A number that
/// goes through its own customers needs few; one that goes through telephone numbers needs all of them.
pub const PER_DAY: u32 = 300;
/// How many of them are kept for what staff ask under a case: customers who are proven one after another
/// leave them so many on any day.
pub const KEPT_FOR_STAFF: u32 = 60;
/// How often a count is tried again that another question changed at the same moment.
const TRIES_MAX: usize = 8;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Way {
    /// We ask the partner.
    Asked,
    /// The partner asks us.
    Answered,
}

impl Way {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Answered => "answered",
        }
    }
}

/// One partner, one way, one day in Japan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tally {
    pub(super) partner: String,
    pub(super) way: Way,
    pub(super) day: String,
    /// Identifiers that were asked about.
    pub(super) hashes: u32,
    /// How many of them matched.
    pub(super) matched: u32,
    /// Identifiers that were over the limit, and not looked at.
    pub(super) refused: u32,
    forget_on: String,
}

record! { Tally => "exchange_tally" by |t| t.id();
    many partner = |t| Some(t.partner.clone());
}

impl Tally {
    fn id(&self) -> String {
        name(&self.partner, self.way, &self.day)
    }
}

fn name(partner: &str, way: Way, day: &str) -> String {
    format!("{partner}|{}|{day}", way.name())
}

fn fresh(ctx: &Ctx<'_>, partner: &str, way: Way) -> Tally {
    Tally {
        partner: partner.to_owned(),
        way,
        day: day(ctx.now),
        hashes: 0,
        matched: 0,
        refused: 0,
        forget_on: day(after_days(ctx.now, TALLY_DAYS)),
    }
}

/// What a change of today's count says: whether it goes on, and what is written down beside it.
struct Changed {
    is_allowed: bool,
    entry: Option<AuditEntry>,
}

async fn change(
    book: &Book,
    ctx: &Ctx<'_>,
    (partner, way): (&str, Way),
    edit: impl Fn(&mut Tally) -> Changed + Send,
) -> Result<bool, RecordError> {
    let mut tries = 0_usize;
    loop {
        let mut unit = Unit::new();
        let found = book.find::<Tally>(name(partner, way, &day(ctx.now))).await?;
        let changed = if let Some(mut tally) = found {
            let changed = edit(tally.edit());
            unit.update(&tally);
            changed
        } else {
            let mut tally = fresh(ctx, partner, way);
            let changed = edit(&mut tally);
            unit.insert(&tally);
            changed
        };
        if let Some(entry) = changed.entry {
            unit.audit(entry);
        }
        tries = tries.saturating_add(1);
        match book.commit(unit).await {
            Ok(()) => return Ok(changed.is_allowed),
            Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. })
                if tries < TRIES_MAX => {}
            Err(error) => return Err(error),
        }
    }
}

/// Takes `n` of today's, of which there are `most`; false where so many are not left. Durable before
/// anything is computed.
pub(super) async fn take(
    book: &Book,
    ctx: &Ctx<'_>,
    (partner, way): (&str, Way),
    (n, most): (u32, u32),
) -> Result<bool, RecordError> {
    change(book, ctx, (partner, way), |tally| {
        let sum = tally.hashes.saturating_add(n);
        if sum <= most {
            tally.hashes = sum;
            return Changed { is_allowed: true, entry: None };
        }
        // The first of a day is told to staff by the log, all of them by the count.
        let is_first = tally.refused == 0;
        tally.refused = tally.refused.saturating_add(n);
        let entry = is_first.then(|| {
            AuditEntry::new(ctx.now, partner, "exchange.limit", partner).with("way", way.name())
        });
        Changed { is_allowed: false, entry }
    })
    .await
}

/// Writes down that `n` were looked at and how many matched.
pub(super) async fn note(
    book: &Book,
    ctx: &Ctx<'_>,
    (partner, way): (&str, Way),
    (n, matched): (u32, u32),
) -> Result<(), RecordError> {
    let (actor, act) = match way {
        Way::Asked => ("system", "exchange.asked"),
        Way::Answered => (partner, "exchange.answered"),
    };
    let noted = change(book, ctx, (partner, way), |tally| {
        tally.matched = tally.matched.saturating_add(matched);
        let entry = AuditEntry::new(ctx.now, actor, act, partner);
        let entry = Some(entry.with("hashes", n).with("matched", matched));
        Changed { is_allowed: true, entry }
    });
    noted.await.map(|_| ())
}

/// Everything counted of one partner.
pub(super) async fn of(book: &Book, partner: &str) -> Result<Vec<Tally>, RecordError> {
    let all = book.every::<Tally>("partner", partner).await?;
    Ok(all.into_iter().map(Stored::into_inner).collect())
}

pub(super) async fn forget(book: &Book, now: Timestamp) -> Result<usize, RecordError> {
    let today = day(now);
    super::set::forget_rows::<Tally>(book, |tally| tally.forget_on < today).await
}
