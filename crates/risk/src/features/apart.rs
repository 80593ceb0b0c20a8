//! Many signals, counted by two threads.
//!
//! What is remembered of one subject hangs on no other's: an account's series takes a device's id and
//! asks nothing about the device. So one thread may count accounts while another one counts devices,
//! each of them in the order of the signals, and every number is what it is when one thread does both.
//! What one processor wrote is far from another, so a subject stays with its thread.
//! Only everyone hangs on others: on all signals that rules count for everyone, and on floods, which
//! happen to everyone. So everyone is counted when all others are.

use std::{cmp::Reverse, ops::Range, thread};

use super::{
    Features, Located, Of, When, everyone,
    group::{Group, TOGETHER},
    table::{Bounds, Met, Place, Share},
};
use crate::{Kind, Signal, Subject, id::Id, policy::Needs, signal::AMOUNT_MAX};

/// So many signals are counted for one subject before a thread counts them for its next one.
const TURN: usize = 256;

/// Signals with their keys; the first half's, and the rest's.
pub(crate) struct Many<'a> {
    signals: &'a [Signal],
    half: usize,
    keys: &'a [Group; 2],
}

impl<'a> Many<'a> {
    /// The ids of keys take a hash each, so two threads make them.
    pub(crate) fn new(signals: &'a [Signal], keys: &'a mut [Group; 2]) -> Self {
        let half = signals.len().div_ceil(2);
        let [first, second] = &mut *keys;
        let (begin, rest) = signals.split_at_checked(half).unwrap_or_default();
        thread::scope(|scope| {
            let other = thread::Builder::new().spawn_scoped(scope, || second.take(rest.iter()));
            first.take(begin.iter());
            drop(other);
        });
        if second.len() < rest.len() {
            // There was no other thread.
            second.take(rest.iter());
        }
        Self { signals, half, keys }
    }

    /// The keys of the signal with this number.
    pub(crate) fn keys(&self, number: usize) -> &'a [(Subject, Id)] {
        let [first, second] = self.keys;
        match number.checked_sub(self.half) {
            Some(number) => second.of(number),
            None => first.of(number),
        }
    }

    /// What happened by the signal with this number, and to which keys.
    fn met(&self, number: usize) -> Met<'a> {
        let [first, second] = self.keys;
        match number.checked_sub(self.half) {
            Some(number) => second.met(number),
            None => first.met(number),
        }
    }

    /// How many keys there are of each subject.
    fn counts(&self) -> [usize; Subject::ALL.len()] {
        let mut counts = [0_usize; Subject::ALL.len()];
        for (subject, _) in self.keys.iter().flat_map(Group::keys) {
            if let Some(count) = counts.get_mut(subject.index()) {
                *count = count.saturating_add(1);
            }
        }
        counts
    }
}

/// What is noted down of each signal, once it was counted for one subject.
pub(crate) type See<'a> = dyn Fn(Seeing<'_>, &mut Vec<i64>) + Sync + 'a;

/// A signal that was counted for one subject. What is mostly asked of it stands apart, so that the signal
/// itself need not be read again.
#[derive(Debug)]
pub(crate) struct Seeing<'a> {
    pub(crate) signal: &'a Signal,
    pub(crate) kind: Kind,
    pub(crate) when: When,
    pub(crate) subject: Subject,
    pub(crate) known: Located<'a>,
}

/// The signals as they happened to one subject.
struct Lane<'a> {
    subject: Subject,
    share: &'a mut Share,
    /// What was seen of the signals that have such a key, one after the other.
    seen: Vec<i64>,
    /// At which signals keys had to go that were met within a day.
    floods: Vec<usize>,
    ids: Vec<Id>,
    places: Vec<Place>,
}

impl<'a> Lane<'a> {
    const fn new(subject: Subject, share: &'a mut Share) -> Self {
        Self {
            subject,
            share,
            seen: Vec::new(),
            floods: Vec::new(),
            ids: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Counts some signals, and sees what there is to see. `floods` happened elsewhere.
    fn count(&mut self, work: &Work<'_>, numbers: Range<usize>, floods: &[usize]) {
        let Self { subject, share, seen, floods: own_floods, ids, places } = self;
        let own = |(of, _): &&(Subject, Id)| *of == *subject;
        let mut floods = floods.iter().copied().peekable();
        let mut from = numbers.start;
        while from < numbers.end {
            let some = from..from.saturating_add(TOGETHER).min(numbers.end);
            from = some.end;
            ids.clear();
            for number in some.clone() {
                ids.extend(work.many.keys(number).iter().filter(own).map(|(_, id)| *id));
            }
            places.clear();
            places.resize(ids.len(), None);
            share.fetch(ids, places);
            let mut places = places.iter_mut();
            for number in some {
                let Some(signal) = work.many.signals.get(number) else { continue };
                let met = work.many.met(number);
                let (mut first, mut is_flood) = (None, false);
                for key in met.with.iter().filter(own) {
                    let mut nowhere = None;
                    let place = places.next().unwrap_or(&mut nowhere);
                    is_flood |= share.add(work.bounds, *key, &met, place);
                    first.get_or_insert((key.1, *place));
                }
                if is_flood && *subject != Subject::Everyone {
                    own_floods.push(number);
                }
                if *subject == Subject::Everyone {
                    let is_flood = is_flood | floods.next_if_eq(&number).is_some();
                    work.count_everyone(share, &met, (&mut first, is_flood));
                }
                if let Some((id, place)) = first {
                    let known = share.find_at(id, place).and_then(|place| share.key(place));
                    let known = Located::only(*subject, known.map_or(Of::Fresh, Of::Known));
                    let (kind, when) = (met.kind, When::noted(met.at));
                    (work.see)(Seeing { signal, kind, when, subject: *subject, known }, seen);
                }
            }
        }
    }
}

struct Work<'a> {
    many: &'a Many<'a>,
    bounds: Bounds,
    needs: &'a Needs,
    see: &'a See<'a>,
}

impl Work<'_> {
    /// What counts for everyone without saying so, and what happens to everyone. `first` is the key of
    /// everyone that the signal has, or that rules look at all the same.
    fn count_everyone(
        &self,
        share: &mut Share,
        met: &Met<'_>,
        (first, is_flood): (&mut Option<(Id, Place)>, bool),
    ) {
        if first.is_none() && self.needs.counts_for_everyone(met.kind) {
            share.add(self.bounds, everyone(), met, &mut None);
        }
        if is_flood {
            share.add(self.bounds, everyone(), &Met::flood(met.at), &mut None);
        }
        if self.needs.sees_everyone(met.kind) {
            first.get_or_insert((everyone().1, None));
        }
    }
}

/// Counts all signals in each of `lanes`, so that what is read of them is read while it is near.
fn count_all(work: &Work<'_>, lanes: &mut [Lane<'_>]) {
    let all = work.many.signals.len();
    for from in (0..all).step_by(TURN) {
        for lane in &mut *lanes {
            lane.count(work, from..from.saturating_add(TURN).min(all), &[]);
        }
    }
}

/// About the same work for two threads: a series costs about as much as it has lists.
fn shared_out(mut lanes: Vec<(usize, Lane<'_>)>) -> [Vec<Lane<'_>>; 2] {
    lanes.sort_by_key(|(cost, lane)| (Reverse(*cost), lane.subject));
    let (mut ours, mut theirs) = ((0_usize, Vec::new()), (0_usize, Vec::new()));
    for (cost, lane) in lanes {
        let (all, lanes) = if ours.0 <= theirs.0 { &mut ours } else { &mut theirs };
        *all = all.saturating_add(cost);
        lanes.push(lane);
    }
    [ours.1, theirs.1]
}

impl Features {
    /// Notes all signals, for each subject in their order; says what `see` saw, by subject.
    pub(crate) fn note_apart(
        &mut self,
        many: &Many<'_>,
        see: &See<'_>,
    ) -> Vec<(Subject, Vec<i64>)> {
        let bounds = self.table.bounds();
        let work = Work { many, bounds, needs: &self.needs, see };
        let counts = many.counts();
        let (mut lanes, mut of_everyone) = (Vec::new(), None);
        for (subject, share) in self.table.shares() {
            let count = |subject: Subject| counts.get(subject.index()).copied().unwrap_or_default();
            let lane = Lane::new(subject, share);
            if subject == Subject::Everyone {
                of_everyone = Some(lane);
            } else if count(subject) > 0 {
                let lists = subject.counterparts().iter().filter(|one| count(**one) > 0).count();
                lanes.push((count(subject).saturating_mul(lists.saturating_add(2)), lane));
            }
        }
        let [mut ours, mut theirs] = shared_out(lanes);
        let is_alone = thread::scope(|scope| {
            let other =
                thread::Builder::new().spawn_scoped(scope, || count_all(&work, &mut theirs));
            count_all(&work, &mut ours);
            other.is_err()
        });
        if is_alone {
            count_all(&work, &mut theirs);
        }
        let lanes = || ours.iter().chain(&theirs);
        let mut floods: Vec<usize> = lanes().flat_map(|lane| lane.floods.iter().copied()).collect();
        floods.sort_unstable();
        floods.dedup();
        let lanes = ours.into_iter().chain(theirs);
        let mut seen: Vec<_> = lanes.map(|lane| (lane.subject, lane.seen)).collect();
        let is_named = counts.get(Subject::Everyone.index()).is_some_and(|count| *count > 0);
        let is_asked = is_named || !floods.is_empty() || self.needs.looks_at_everyone();
        if let Some(mut lane) = of_everyone.filter(|_| is_asked) {
            lane.count(&work, 0..many.signals.len(), &floods);
            seen.push((lane.subject, lane.seen));
        }
        seen
    }
}

impl<'a> Met<'a> {
    /// A signal whose keys are `with`.
    pub(super) fn of(signal: &Signal, with: &'a [(Subject, Id)]) -> Self {
        let amount = signal.amount.amount().min(AMOUNT_MAX);
        Self { kind: signal.kind, at: signal.at.as_microsecond(), amount, with }
    }

    /// Keys had to go that were met within a day.
    pub(super) const fn flood(at: i64) -> Self {
        Self { kind: Kind::KeyFlood, at, amount: 0, with: &[] }
    }
}
