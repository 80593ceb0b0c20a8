//! Signals → features: count, sum, distinct count, first and last seen, and the ratio to one's own
//! history, over windows that slide and know no edge.
//!
//! A window of 24 hours at an instant is everything after the same instant of the day before, up to
//! that instant and as much later as clocks of nodes may differ ([`AHEAD_SECS_MAX`]): of different ones,
//! of which only the last time is known, also what came later. A signal that is heard of late is put
//! where it belongs. What is compared with a limit below [`EXACT_MAX`] (a count) or
//! [`DISTINCT_EXACT_MAX`] (different ones) is exact; more is known by the hour or within 3 %, and
//! never less than it was in counts and sums. What was forgotten, and why, is said in
//! [`Bounds`].

mod apart;
mod distinct;
mod entries;
mod group;
mod others;
mod series;
mod sketch;
mod table;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::table::{Bounds, Forgotten};
pub(crate) use self::{
    apart::{Many, Seeing},
    distinct::DISTINCT_EXACT_MAX,
    group::{Group, TOGETHER},
    series::EXACT_MAX,
    table::{Place, Places},
};
use self::{
    series::{Series, Window},
    table::{KeyState, Met, Table},
};
use crate::{
    Key, Kind, Signal, Subject,
    id::Id,
    policy::Needs,
    shared::Note,
    signal::{AHEAD_SECS_MAX, WINDOW_SECS_MAX},
};

const SECOND_US: i64 = 1_000_000;
const HOUR_US: i64 = 3_600 * SECOND_US;
const DAY_US: i64 = 24 * HOUR_US;
/// What is older counts for nothing.
const KEPT_US: i64 = WINDOW_SECS_MAX.saturating_mul(SECOND_US);

/// What is asked about one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// How many signals.
    Count,
    /// How many yen.
    Sum,
    /// With how many different others.
    Distinct(Subject),
    /// How long ago the first one came, in seconds.
    Age,
    /// How long before this one the last one came, in seconds.
    Idle,
    /// What came in the window as a share of what the same time of the history before it brought,
    /// in hundredths of a percent. Nothing where there is no history.
    RatioOfCount {
        /// How long the history is, in seconds, with the window.
        over_secs: i64,
    },
    /// The same in yen.
    RatioOfSum {
        /// How long the history is, in seconds, with the window.
        over_secs: i64,
    },
}

/// A number that is derived from signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Feature {
    /// What is asked.
    pub measure: Measure,
    /// Of which signals.
    pub kind: Kind,
    /// Per what.
    pub subject: Subject,
    /// Within how many seconds; all that is known for age and idle.
    pub window_secs: i64,
}

/// The moment a feature is asked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub now: Timestamp,
    /// Nothing that came before counts.
    pub since: Option<Timestamp>,
    /// The signal that is judged was noted already: it is no part of what came before it.
    pub is_noted: bool,
}

impl Moment {
    /// Now, with everything that came before.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self { now, since: None, is_noted: false }
    }
}

/// The same in microseconds, as entries have it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    now: i64,
    /// Nothing that came then or before counts.
    since: i64,
    is_noted: bool,
}

impl When {
    pub(crate) fn of(moment: Moment) -> Self {
        // Of what came in the very second, everything counts.
        let since = moment.since.map(|since| since.as_microsecond().saturating_sub(SECOND_US));
        let now = moment.now.as_microsecond();
        Self { now, since: since.unwrap_or(i64::MIN), is_noted: moment.is_noted }
    }

    /// When something was noted, in microseconds.
    const fn noted(at: i64) -> Self {
        Self { now: at, since: i64::MIN, is_noted: true }
    }

    /// Until when everything counts: what another node noted by a clock that is a little ahead.
    fn until(self) -> i64 {
        self.now.saturating_add(AHEAD_SECS_MAX.saturating_mul(SECOND_US))
    }

    /// After which instant a window of `secs` begins.
    fn after(self, secs: i64) -> i64 {
        self.now.saturating_sub(secs.saturating_mul(SECOND_US)).max(self.since)
    }
}

/// Everything that is remembered.
#[derive(Debug)]
pub(crate) struct Features {
    table: Table,
    needs: Needs,
}

/// How much is remembered of one kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Of which.
    pub subject: Subject,
    /// So many keys.
    pub keys: usize,
    /// So many at most.
    pub keys_max: usize,
    /// So many things that happened to them.
    pub things: usize,
    /// What had to go for others since the start.
    pub forgotten: Forgotten,
}

/// The same, to be kept.
#[derive(Debug, Serialize)]
pub(crate) struct Keeping<'a>(Vec<Vec<&'a KeyState>>);

/// The same, as it was kept.
#[derive(Debug, Deserialize)]
pub(crate) struct Kept(Vec<Vec<KeyState>>);

impl Features {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self { table: Table::new(bounds), needs: Needs::default() }
    }

    /// From now on this is what rules look back at.
    pub(crate) fn need(&mut self, needs: Needs) {
        self.table.need(&needs);
        self.needs = needs;
    }

    /// The same, and no more than that is kept.
    pub(crate) fn need_only(&mut self, needs: Needs) {
        self.table.keep_only(&needs);
        self.need(needs);
    }

    /// Notes a signal for every key that it has; `keys` are those. Says where they are.
    pub(crate) fn note(&mut self, signal: &Signal, keys: &[(Subject, Id)]) -> Places {
        let mut places = self.places(keys);
        self.note_at(signal, keys, &mut places);
        places
    }

    /// The same where it is known where the keys were; leaves there where they are.
    pub(crate) fn note_at(
        &mut self,
        signal: &Signal,
        keys: &[(Subject, Id)],
        places: &mut [Place],
    ) {
        self.meet(Met::of(signal, keys), places);
    }

    /// Notes what any node of the company noted.
    pub(crate) fn note_shared(&mut self, note: &Note) {
        let Note { kind, at, amount, ref keys, .. } = *note;
        let mut places = self.places(keys);
        self.meet(Met { kind, at, amount, with: keys }, &mut places);
    }

    fn meet(&mut self, met: Met<'_>, places: &mut [Place]) {
        let (mut is_flood, mut places) = (false, places.iter_mut());
        for key in met.with {
            is_flood |= self.table.add(*key, &met, places.next().unwrap_or(&mut None));
        }
        if self.needs.counts_for_everyone(met.kind) && !met.with.iter().any(is_everyone) {
            self.table.add(everyone(), &met, &mut None);
        }
        if is_flood {
            self.table.add(everyone(), &Met::flood(met.at), &mut None);
        }
    }

    /// A feature of one key.
    pub(crate) fn read(&self, feature: &Feature, key: &Key, moment: Moment) -> Option<u64> {
        let state = self.table.find(feature.subject, key.id());
        let series = state.and_then(|state| state.series(feature.kind));
        measure(series, &mut None, feature, When::of(moment))
    }

    /// Whether rules may look at everyone for a signal of `kind` that does not say so.
    pub(crate) fn sees_everyone(&self, kind: Kind) -> bool {
        self.needs.sees_everyone(kind)
    }

    /// Where `keys` are.
    pub(crate) fn places(&self, keys: &[(Subject, Id)]) -> Places {
        let mut places = Places::default();
        self.table.fetch(keys, &mut places);
        places
    }

    /// Where the keys of several signals are.
    pub(crate) fn find_together(&self, group: &mut Group) {
        self.table.fetch(&group.keys, &mut group.places);
    }

    /// What is remembered of the first key of each subject; `places` says where they were just now.
    pub(crate) fn locate(
        &self,
        kind: Kind,
        keys: &[(Subject, Id)],
        places: &[Place],
    ) -> Located<'_> {
        let mut found = Located::default();
        let places = places.iter().copied().chain(std::iter::repeat(None));
        for (key, place) in keys.iter().zip(places) {
            if let Some(of @ Of::NoKey) = found.states.get_mut(key.0.index()) {
                let state = self.table.find_at(*key, place);
                *of = state.map_or(Of::Fresh, Of::Known);
            }
        }
        if self.needs.sees_everyone(kind)
            && let Some(of @ Of::NoKey) = found.states.get_mut(Subject::Everyone.index())
        {
            let (subject, id) = everyone();
            *of = self.table.find(subject, id).map_or(Of::Fresh, Of::Known);
        }
        found
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.table.clear();
    }

    /// How much is remembered of each kind of key, and what had to go.
    pub(crate) fn rooms(&self) -> impl Iterator<Item = Room> {
        let keys_max = self.table.bounds().keys;
        Subject::ALL.iter().map(move |subject| {
            let (keys, things) = self.table.size(*subject);
            let forgotten = self.table.forgotten(*subject);
            Room { subject: *subject, keys, keys_max, things, forgotten }
        })
    }

    /// How many keys and things are remembered of `subject`.
    pub(crate) fn size(&self, subject: Subject) -> (usize, usize) {
        self.table.size(subject)
    }

    pub(crate) fn keep(&self) -> Keeping<'_> {
        Keeping(self.table.to_kept())
    }

    pub(crate) fn from_kept(bounds: Bounds, kept: Kept) -> Self {
        Self { table: Table::from_kept(bounds, kept.0), needs: Needs::default() }
    }
}

/// The key of everyone.
fn everyone() -> (Subject, Id) {
    (Subject::Everyone, Key::Everyone.id())
}

fn is_everyone((subject, _): &(Subject, Id)) -> bool {
    *subject == Subject::Everyone
}

/// What is remembered of the signal's key of one subject.
#[derive(Clone, Copy, Debug, Default)]
enum Of<'a> {
    /// The signal has no such key.
    #[default]
    NoKey,
    /// Nothing happened to it yet.
    Fresh,
    Known(&'a KeyState),
}

/// What is remembered of the keys of one signal.
#[derive(Debug, Default)]
pub(crate) struct Located<'a> {
    /// By subject.
    states: [Of<'a>; Subject::ALL.len()],
}

/// What was looked at last: features that stand side by side are mostly of one key and one window.
#[derive(Debug, Default)]
pub(crate) struct Last<'a> {
    of: Option<(Subject, Kind)>,
    series: Option<&'a Series>,
    window: Option<Window>,
}

impl<'a> Located<'a> {
    /// Of one subject alone.
    fn only(subject: Subject, of: Of<'a>) -> Self {
        let mut found = Self::default();
        if let Some(place) = found.states.get_mut(subject.index()) {
            *place = of;
        }
        found
    }

    /// A feature of the signal's key of its subject; nothing if it has none.
    pub(crate) fn read(&self, feature: &Feature, moment: Moment) -> Option<u64> {
        self.read_on(feature, When::of(moment), &mut Last::default())
    }

    /// The same after another one, which was looked at `last`.
    pub(crate) fn read_on(
        &self,
        feature: &Feature,
        when: When,
        last: &mut Last<'a>,
    ) -> Option<u64> {
        let of = (feature.subject, feature.kind);
        if last.of != Some(of) {
            let series = match self.states.get(feature.subject.index())? {
                Of::NoKey => return None,
                Of::Fresh => None,
                Of::Known(state) => state.series(feature.kind),
            };
            *last = Last { of: Some(of), series, window: None };
        }
        measure(last.series, &mut last.window, feature, when)
    }
}

/// `window` is the one of that series which was looked at last.
fn measure(
    series: Option<&Series>,
    window: &mut Option<Window>,
    feature: &Feature,
    when: When,
) -> Option<u64> {
    let Some(series) = series else {
        let counts =
            matches!(feature.measure, Measure::Count | Measure::Sum | Measure::Distinct(_));
        return counts.then_some(0);
    };
    let after = when.after(feature.window_secs);
    let ago = |at: i64| {
        u64::try_from(when.now.saturating_sub(at).max(0).div_euclid(SECOND_US)).unwrap_or_default()
    };
    let mut within = || match *window {
        Some(known) if known.after == after => known,
        _ => *window.insert(series.window(after, when.until())),
    };
    match feature.measure {
        Measure::Count => Some(series.count(within())),
        Measure::Sum => Some(series.sum(within())),
        Measure::Distinct(subject) => Some(series.distinct(subject, after)),
        Measure::Age => Some(ago(series.first_at)),
        Measure::Idle => series.nth_back(usize::from(when.is_noted)).map(ago),
        Measure::RatioOfCount { over_secs } => {
            let history = series.window(when.after(over_secs), when.until());
            let counts = (series.count(within()), series.count(history));
            ratio(counts, feature.window_secs, over_secs)
        }
        Measure::RatioOfSum { over_secs } => {
            let history = series.window(when.after(over_secs), when.until());
            let sums = (series.sum(within()), series.sum(history));
            ratio(sums, feature.window_secs, over_secs)
        }
    }
}

/// `recent` beside what the same time brought of the rest of `whole`, in hundredths of a percent.
fn ratio((recent, whole): (u64, u64), window_secs: i64, over_secs: i64) -> Option<u64> {
    let past = u128::from(whole.saturating_sub(recent));
    let window = u128::try_from(window_secs).ok()?;
    let rest = u128::try_from(over_secs.saturating_sub(window_secs)).ok()?;
    let scaled = u128::from(recent).saturating_mul(rest).saturating_mul(10_000);
    let ratio = scaled.checked_div(past.saturating_mul(window))?;
    Some(u64::try_from(ratio).unwrap_or(u64::MAX))
}
