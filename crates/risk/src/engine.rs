//! Counts and decides.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use crate::{
    Bounds, Decision, Feature, Key, Kind, Measure, Moment, Policy, PolicyError, Record, Signal,
    Subject, calendar,
    features::{Features, Located, ids},
    model::Model,
    policy::{Day, Input},
    shared::{Journal, Reading},
    signal::Id,
    snapshot::{self, SnapshotError},
    tally::Tallies,
};

/// The engine. One per node; shared by reference.
#[derive(Debug)]
pub struct Engine {
    inner: Mutex<Inner>,
    /// Models that a policy may name.
    models: Vec<Arc<Model>>,
    /// What it shares with the company's other nodes.
    pub(crate) journal: Option<Arc<dyn Journal>>,
    /// What its model looked at, until somebody keeps it.
    pub(crate) tallies: Tallies,
}

#[derive(Debug)]
pub(crate) struct Inner {
    policy: Arc<Policy>,
    pub(crate) features: Features,
    /// How far the journal was read.
    pub(crate) reading: Reading,
    /// Members of lists that the operator keeps, by the list's name.
    lists: BTreeMap<String, Vec<Id>>,
}

const DAY_SECS: i64 = 86_400;

/// A list that the policy does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// No such list.
    #[error("the policy has no list {0}")]
    Unknown(String),
    /// A member of another kind.
    #[error("the list {list} holds each {}, and nothing else", .holds.name())]
    OtherSubject {
        /// Which list.
        list: String,
        /// What it holds.
        holds: Subject,
    },
}

impl Engine {
    /// With `policy`, and nothing remembered.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self::with_bounds(policy, Bounds::default())
    }

    /// The same, remembering no more than `bounds`.
    #[must_use]
    pub fn with_bounds(policy: Policy, bounds: Bounds) -> Self {
        let (policy, features) = (Arc::new(policy), Features::new(bounds));
        let reading = Reading::default();
        let inner = Inner { policy, features, reading, lists: BTreeMap::new() };
        Self::of(inner)
    }

    fn of(inner: Inner) -> Self {
        let (inner, tallies) = (Mutex::new(inner), Tallies::default());
        Self { inner, models: Vec::new(), journal: None, tallies }
    }

    /// The same, where a policy that is put in force later may name one of `models`.
    #[must_use]
    pub fn with_models(self, models: Vec<Arc<Model>>) -> Self {
        Self { models, ..self }
    }

    /// Reads, checks and compiles a policy that could be put in force here.
    pub fn parse(&self, text: &str) -> Result<Policy, PolicyError> {
        Policy::parse_with(text, &self.models)
    }

    /// Reads and compiles a policy that was put in force before, at this node or another.
    pub fn load(&self, text: &str) -> Result<Policy, PolicyError> {
        Policy::load_with(text, &self.models)
    }

    /// With the policy that ships for banks.
    pub fn bank() -> Result<Self, PolicyError> {
        Policy::bank().map(Self::new)
    }

    /// With the policy that ships for wallets.
    pub fn wallet() -> Result<Self, PolicyError> {
        Policy::wallet().map(Self::new)
    }

    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        // Counts are whole after every call, so a caller that panicked left them whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        self.inner().policy.clone()
    }

    /// Puts another policy in force, between two decisions. What was counted stays, and rules that
    /// are new find what happened before they were written. Members of lists stay where a list of
    /// the same name and subject is left.
    pub fn reload(&self, policy: Policy) {
        let mut inner = self.inner();
        let old = inner.policy.clone();
        inner.lists.retain(|name, _| {
            let subject = |policy: &Policy| policy.list(name).map(|(_, subject)| subject);
            subject(&policy).is_some() && subject(&policy) == subject(&old)
        });
        inner.policy = Arc::new(policy);
    }

    /// Says who is in a list that the operator keeps; whoever was before is not any more.
    pub fn set_list(&self, name: &str, members: &[Key]) -> Result<(), ListError> {
        let mut inner = self.inner();
        let (_, subject) =
            inner.policy.list(name).ok_or_else(|| ListError::Unknown(name.to_owned()))?;
        if members.iter().any(|key| key.subject() != subject) {
            return Err(ListError::OtherSubject { list: name.to_owned(), holds: subject });
        }
        let mut ids: Vec<Id> = members.iter().map(Key::id).collect();
        ids.sort_unstable();
        inner.lists.insert(name.to_owned(), ids);
        Ok(())
    }

    /// Notes `signal` without asking anything: a failure, say.
    pub fn observe(&self, signal: &Signal) {
        let keys = ids(signal);
        self.inner().features.note(signal, &keys);
    }

    /// Notes `signal` and decides about it, itself included.
    pub fn decide(&self, signal: &Signal) -> Decision {
        let keys = ids(signal);
        let mut inner = self.inner();
        inner.features.note(signal, &keys);
        inner.judge(signal, &keys, Moment { is_noted: true, ..Moment::at(signal.at) })
    }

    /// Notes `signal` and says what the policy looks at for such a signal, itself included, without asking
    /// a rule or a model: the numbers of a [decision](Decision::values), in their order.
    #[must_use]
    pub fn measure(&self, signal: &Signal) -> Vec<i64> {
        let keys = ids(signal);
        let mut inner = self.inner();
        inner.features.note(signal, &keys);
        let moment = Moment { is_noted: true, ..Moment::at(signal.at) };
        inner.values(&Asked {
            signal,
            keys: &keys,
            known: inner.features.locate(&keys),
            moment,
            is_ahead: false,
        })
    }

    /// Decides about `signal` as it would be at `now`, noting nothing: before a form is shown.
    #[must_use]
    pub fn judge(&self, signal: &Signal, now: Timestamp) -> Decision {
        self.judge_since(signal, now, None)
    }

    /// The same, where nothing that came before `since` counts: what a breaker was opened for must
    /// not open it again.
    #[must_use]
    pub fn judge_since(
        &self,
        signal: &Signal,
        now: Timestamp,
        since: Option<Timestamp>,
    ) -> Decision {
        self.inner().judge(signal, &ids(signal), Moment { since, ..Moment::at(now) })
    }

    /// Decides about `signal` as if it were noted now, noting nothing: before a page is shown, so that
    /// the page says what will follow. Its own count and sum are in; a different one that it would be
    /// the first to bring is not.
    #[must_use]
    pub fn foresee(&self, signal: &Signal) -> Decision {
        let inner = self.inner();
        inner.judge_as(signal, &ids(signal), Moment::at(signal.at), true)
    }

    /// Whether anybody in `signal` is on a list that the operator keeps and that a rule for such
    /// signals looks at. Asked once more before what was held goes on (FT-22).
    #[must_use]
    pub fn is_watched(&self, signal: &Signal) -> bool {
        let (keys, inner) = (ids(signal), self.inner());
        let is_on = |input: &Input| {
            let Input::InList(subject, list) = input else { return false };
            keys.iter().any(|(known, id)| known == subject && inner.is_kept(*list, *id))
        };
        inner.policy.inputs(signal.kind).any(|(_, input)| is_on(input))
    }

    /// How many signals of `kind` came for `key` within `secs`.
    #[must_use]
    pub fn count(&self, key: &Key, kind: Kind, now: Timestamp, secs: i64) -> u64 {
        let (measure, subject) = (Measure::Count, key.subject());
        let feature = Feature { measure, kind, subject, window_secs: secs };
        self.read(&feature, key, Moment::at(now)).unwrap_or_default()
    }

    /// Any feature of any key.
    #[must_use]
    pub fn read(&self, feature: &Feature, key: &Key, moment: Moment) -> Option<u64> {
        self.inner().features.read(feature, key, moment)
    }

    /// How many keys of `subject` are remembered, and how many things that happened to them.
    #[must_use]
    pub fn size(&self, subject: Subject) -> (usize, usize) {
        self.inner().features.size(subject)
    }

    /// A decision with everything that it was made of, to be kept.
    #[must_use]
    pub fn record(&self, signal: &Signal, decision: &Decision) -> Record {
        Record::new(&self.policy(), signal, decision)
    }

    /// Everything that is remembered, to be kept. Whoever restores it and notes what came since
    /// decides as if there had been no restart.
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        snapshot::write(&self.inner().features)
    }

    /// An engine that remembers what was kept.
    pub fn restore(policy: Policy, bounds: Bounds, kept: &[u8]) -> Result<Self, SnapshotError> {
        let features = snapshot::read(bounds, kept)?;
        let policy = Arc::new(policy);
        let reading = Reading::default();
        let inner = Inner { policy, features, reading, lists: BTreeMap::new() };
        Ok(Self::of(inner))
    }
}

/// One question, with what is known of those whom it involves.
struct Asked<'a> {
    signal: &'a Signal,
    keys: &'a [(Subject, Id)],
    known: Located<'a>,
    moment: Moment,
    /// It counts itself, though it was not noted.
    is_ahead: bool,
}

impl Asked<'_> {
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

impl Inner {
    pub(crate) fn judge(
        &self,
        signal: &Signal,
        keys: &[(Subject, Id)],
        moment: Moment,
    ) -> Decision {
        self.judge_as(signal, keys, moment, false)
    }

    fn judge_as(
        &self,
        signal: &Signal,
        keys: &[(Subject, Id)],
        moment: Moment,
        is_ahead: bool,
    ) -> Decision {
        if let Err(error) = signal.check_keys() {
            let code = error.to_string();
            return Decision::failed(self.policy.version_text(), moment.now, &code);
        }
        let asked = Asked { signal, keys, known: self.features.locate(keys), moment, is_ahead };
        let mut values = self.values(&asked);
        self.policy.rate(signal.kind, &mut values);
        self.policy.conclude(signal, moment.now, values)
    }

    /// All that the policy looks at.
    fn values(&self, asked: &Asked<'_>) -> Vec<i64> {
        let mut values = self.policy.blank();
        for (slot, input) in self.policy.inputs(asked.signal.kind) {
            if let (Some(place), Some(value)) = (values.get_mut(slot), self.value(input, asked)) {
                *place = value;
            }
        }
        values
    }

    fn value(&self, input: &Input, asked: &Asked<'_>) -> Option<i64> {
        let (signal, moment) = (asked.signal, asked.moment);
        let facts = &signal.facts;
        let whole = |n: u64| Some(i64::try_from(n).unwrap_or(i64::MAX));
        let flag = |is: bool| i64::from(is);
        let ago = |at: Timestamp| moment.now.duration_since(at).as_secs().max(0);
        match input {
            Input::Amount => whole(signal.amount.amount()),
            Input::Balance => whole(facts.balance?.amount()),
            Input::LinkAge => facts.linked_at.map(ago),
            Input::WalletAge => facts.opened_at.map(ago),
            Input::NewDevice => facts.new_device.map(flag),
            Input::NewPlace => facts.new_place.map(flag),
            Input::NewPayee => facts.new_payee.map(flag),
            Input::DayBalance => whole(facts.balance?.plus(facts.left_in_a_day?).ok()?.amount()),
            Input::Signed => facts.signed.map(flag),
            Input::Leaked => facts.leaked.map(flag),
            Input::KnownElsewhere => facts.known_elsewhere.map(flag),
            Input::TimeOfDay => Some(calendar::time_of_day(moment.now)),
            Input::Day(Day::Business) => calendar::is_business_day(moment.now).map(flag),
            Input::Day(Day::Holiday) => calendar::is_business_day(moment.now).map(|is| flag(!is)),
            Input::Day(Day::MonthEdge) => calendar::is_month_edge(moment.now).map(flag),
            Input::InList(subject, list) => {
                let (_, id) = asked.keys.iter().find(|(known, _)| known == subject)?;
                Some(flag(self.is_listed(*list, *id)))
            }
            Input::Feature(feature) => {
                let known = asked.known.read(feature, moment)?;
                whole(known.saturating_add(asked.own_part(feature)))
            }
            Input::Drained(subject, secs) => drained(*subject, *secs, asked),
            // Only whoever declared it can know it; the score comes when all else is known.
            Input::Given(..) | Input::Score => None,
        }
    }

    fn is_listed(&self, list: usize, id: Id) -> bool {
        self.policy.holds(list, id) || self.is_kept(list, id)
    }

    /// Whether the operator put them there, and not the text.
    fn is_kept(&self, list: usize, id: Id) -> bool {
        let name = self.policy.list_name(list);
        let kept = name.and_then(|name| self.lists.get(name));
        kept.is_some_and(|ids| ids.binary_search(&id).is_ok())
    }
}

/// What has gone out within `secs`, this signal included, as a share of what would be there
/// without: SG-04 asks for more than half.
fn drained(subject: Subject, secs: i64, asked: &Asked<'_>) -> Option<i64> {
    let (signal, moment) = (asked.signal, asked.moment);
    let balance = signal.facts.balance?;
    let gone = [Kind::Remittance, Kind::Payment, Kind::Payout].into_iter().map(|kind| {
        let feature = Feature { measure: Measure::Sum, kind, subject, window_secs: secs };
        asked.known.read(&feature, moment)
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
