//! What is looked at for one signal, and what follows from it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    Decision, Feature, Kind, Measure, Moment, Policy, Signal, Subject, calendar,
    engine::Inner,
    features::{Last, Located, Place, Seeing, When},
    id::Id,
    policy::{Day, Input, UNKNOWN},
    signal::SignalError,
};

const DAY_SECS: i64 = 86_400;

/// What was found of a signal, by the policy that was in force then.
#[derive(Debug)]
pub(crate) struct Looked {
    policy: Arc<Policy>,
    /// Nothing where the signal is none that can be decided about.
    values: Result<Vec<i64>, SignalError>,
}

impl Looked {
    pub(crate) fn conclude(self, signal: &Signal, at: Timestamp) -> Decision {
        match self.values {
            Ok(mut values) => {
                self.policy.rate(signal.kind, &mut values);
                self.policy.conclude(signal, at, values)
            }
            Err(error) => Decision::failed(self.policy.version_text(), at, &error.to_string()),
        }
    }
}

impl Inner {
    pub(crate) fn look(&self, asked: &Asked<'_>, places: &[Place]) -> Looked {
        self.look_by(&self.policy, asked, places)
    }

    /// The same by another policy than the one in force.
    pub(crate) fn look_by(
        &self,
        policy: &Arc<Policy>,
        asked: &Asked<'_>,
        places: &[Place],
    ) -> Looked {
        let is_meant = asked.signal.check(asked.signal.at);
        let values = is_meant.map(|()| self.values(policy, asked, places));
        Looked { policy: Arc::clone(policy), values }
    }

    /// All that a policy looks at. The keys of the signal were just now at `places`.
    pub(crate) fn values(&self, policy: &Policy, asked: &Asked<'_>, places: &[Place]) -> Vec<i64> {
        let mut values = policy.blank();
        self.find(policy, asked, (places, &mut values));
        values
    }

    /// The same; `values` are blank.
    pub(crate) fn find(
        &self,
        policy: &Policy,
        asked: &Asked<'_>,
        (places, values): (&[Place], &mut [i64]),
    ) {
        let kind = asked.signal.kind;
        let known = self.features.locate(kind, asked.keys, places);
        let (when, mut last) = (When::of(asked.moment), Last::default());
        for (slot, feature) in policy.features(kind) {
            let value = known.read_on(feature, when, &mut last);
            if let (Some(place), Some(value)) = (values.get_mut(*slot), value) {
                *place = whole(value.saturating_add(asked.own_part(feature)));
            }
        }
        for (slot, input) in policy.rest(kind) {
            let value = self.value((policy, input), asked, &known);
            if let (Some(place), Some(value)) = (values.get_mut(slot), value) {
                *place = value;
            }
        }
    }

    /// The same from what was [seen](see_part) subject by subject, in the order of the signals.
    pub(crate) fn gather(
        &self,
        asked: &Asked<'_>,
        parts: &mut [(Subject, impl Iterator<Item = i64>)],
        values: &mut [i64],
    ) {
        let (policy, kind) = (&*self.policy, asked.signal.kind);
        for (subject, seen) in parts {
            let is_named = asked.keys.iter().any(|(known, _)| known == subject);
            let is_implied = *subject == Subject::Everyone && self.features.sees_everyone(kind);
            if !(is_named || is_implied) {
                continue;
            }
            let counted = policy.features_of(kind, *subject).iter().map(|(slot, _)| *slot);
            let drained = policy.drains(kind, *subject).map(|(slot, _)| slot);
            for slot in counted.chain(drained) {
                if let (Some(place), Some(value)) = (values.get_mut(slot), seen.next()) {
                    *place = value;
                }
            }
        }
        let nothing = Located::default();
        for (slot, input) in policy.rest(kind) {
            if matches!(input, Input::Drained(..)) {
                continue;
            }
            let value = self.value((policy, input), asked, &nothing);
            if let (Some(place), Some(value)) = (values.get_mut(slot), value) {
                *place = value;
            }
        }
    }

    fn value(
        &self,
        (policy, input): (&Policy, &Input),
        asked: &Asked<'_>,
        known: &Located<'_>,
    ) -> Option<i64> {
        let (signal, moment) = (asked.signal, asked.moment);
        let facts = &signal.facts;
        let flag = |is: bool| i64::from(is);
        let ago = |at: Timestamp| moment.now.duration_since(at).as_secs().max(0);
        match input {
            Input::Amount => Some(whole(signal.amount.amount())),
            Input::Balance => Some(whole(facts.balance?.amount())),
            Input::LinkAge => facts.linked_at.map(ago),
            Input::WalletAge => facts.opened_at.map(ago),
            Input::NewDevice => facts.new_device.map(flag),
            Input::NewPlace => facts.new_place.map(flag),
            Input::NewPayee => facts.new_payee.map(flag),
            Input::DayBalance => {
                Some(whole(facts.balance?.plus(facts.left_in_a_day?).ok()?.amount()))
            }
            Input::Signed => facts.signed.map(flag),
            Input::Leaked => facts.leaked.map(flag),
            Input::KnownElsewhere => facts.known_elsewhere.map(flag),
            Input::TimeOfDay => Some(calendar::time_of_day(moment.now)),
            Input::Day(Day::Business) => calendar::is_business_day(moment.now).map(flag),
            Input::Day(Day::Holiday) => calendar::is_business_day(moment.now).map(|is| flag(!is)),
            Input::Day(Day::MonthEdge) => calendar::is_month_edge(moment.now).map(flag),
            Input::InList(subject, list) => {
                let (_, id) = asked.keys.iter().find(|(known, _)| known == subject)?;
                Some(flag(self.is_listed(policy, *list, *id)))
            }
            Input::Drained(subject, secs) => drained(*subject, *secs, asked, known),
            // Only whoever declared it can know it; the score comes when all else is known, and what counts
            // what happened is asked for apart.
            Input::Given(..) | Input::Score | Input::Feature(_) => None,
        }
    }
}

/// What `policy` looks at that hangs on what happened to one subject's key, one after the other.
pub(crate) fn see_part(
    policy: &Policy,
    Seeing { signal, kind, when, subject, known }: Seeing<'_>,
    seen: &mut Vec<i64>,
) {
    let mut last = Last::default();
    for (_, feature) in policy.features_of(kind, subject) {
        let value = known.read_on(feature, when, &mut last);
        seen.push(value.map_or(UNKNOWN, whole));
    }
    for (_, secs) in policy.drains(kind, subject) {
        let asked = Asked::noted(signal, &[]);
        seen.push(drained(subject, secs, &asked, &known).unwrap_or(UNKNOWN));
    }
}

/// One question.
pub(crate) struct Asked<'a> {
    pub(crate) signal: &'a Signal,
    pub(crate) keys: &'a [(Subject, Id)],
    pub(crate) moment: Moment,
    /// It counts itself, though it was not noted.
    pub(crate) is_ahead: bool,
}

impl<'a> Asked<'a> {
    /// About a signal that was noted just now.
    pub(crate) fn noted(signal: &'a Signal, keys: &'a [(Subject, Id)]) -> Self {
        let moment = Moment { is_noted: true, ..Moment::at(signal.at) };
        Self { signal, keys, moment, is_ahead: false }
    }

    /// What the signal itself adds to a count or sum of its kind.
    fn own_part(&self, feature: &Feature) -> u64 {
        if !self.is_ahead || feature.kind != self.signal.kind {
            return 0;
        }
        match feature.measure {
            Measure::Count => 1,
            Measure::Sum => self.signal.amount.amount(),
            Measure::Distinct(_)
            | Measure::Age
            | Measure::Idle
            | Measure::RatioOfCount { .. }
            | Measure::RatioOfSum { .. } => 0,
        }
    }
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What has gone out within `secs`, this signal included, as a share of what would be there
/// without: SG-04 asks for more than half.
fn drained(subject: Subject, secs: i64, asked: &Asked<'_>, known: &Located<'_>) -> Option<i64> {
    let (signal, moment) = (asked.signal, asked.moment);
    let balance = signal.facts.balance?;
    let gone = [Kind::Remittance, Kind::Payment, Kind::Payout].into_iter().map(|kind| {
        let feature = Feature { measure: Measure::Sum, kind, subject, window_secs: secs };
        known.read(&feature, moment)
    });
    let mut gone = gone;
    let gone = gone.try_fold(0_u64, |all, one| Some(all.saturating_add(one?)))?;
    let by_ledger = signal.facts.left_in_a_day.filter(|_| secs == DAY_SECS);
    // The ledger knows better: what was only tried has not gone.
    let (before, gone) = if let Some(left) = by_ledger {
        (left.amount(), left.amount().saturating_add(signal.amount.amount()))
    } else if moment.is_noted {
        (gone.saturating_sub(signal.amount.amount()), gone)
    } else {
        (gone, gone.saturating_add(signal.amount.amount()))
    };
    let whole = u128::from(balance.amount().saturating_add(before));
    if whole == 0 {
        return None;
    }
    // Upwards: a yen more than half is more than half.
    let share = u128::from(gone).saturating_mul(10_000).div_ceil(whole);
    Some(i64::try_from(share).unwrap_or(i64::MAX))
}
