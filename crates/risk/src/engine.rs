//! Counts and decides.
//!
//! Whatever reads or changes counts does so one after the other, so that of two attempts at once the
//! second has seen the first. What needs no counts (the ids of keys, the score, the rules) is outside of
//! that lock: on two processors two attempts wait for each other only while they are counted.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use jiff::Timestamp;

use crate::{
    Bounds, Decision, Feature, Key, Kind, Measure, Moment, Policy, PolicyError, Record, Signal,
    Subject,
    features::{Features, Room},
    id::{Id, ids},
    look::Asked,
    model::Model,
    policy::{Input, Needs},
    shared::{Journal, Reading},
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
    pub(crate) policy: Arc<Policy>,
    pub(crate) features: Features,
    /// How far the journal was read.
    pub(crate) reading: Reading,
    /// Members of lists that the operator keeps, by the list's name.
    lists: BTreeMap<String, Vec<Id>>,
}

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
        Self::sharing(Arc::new(policy), bounds)
    }

    fn sharing(policy: Arc<Policy>, bounds: Bounds) -> Self {
        let features = Features::new(bounds);
        let reading = Reading::default();
        let inner = Inner { policy, features, reading, lists: BTreeMap::new() };
        Self::of(inner)
    }

    fn of(mut inner: Inner) -> Self {
        inner.features.need(inner.policy.needs());
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

    /// With the policy that ships for banks, which is read once in a process.
    pub fn bank() -> Result<Self, PolicyError> {
        static SHIPPED: OnceLock<Result<Arc<Policy>, PolicyError>> = OnceLock::new();
        let shipped = SHIPPED.get_or_init(|| Policy::bank().map(Arc::new)).clone()?;
        Ok(Self::sharing(shipped, Bounds::default()))
    }

    /// With the policy that ships for wallets, which is read once in a process.
    pub fn wallet() -> Result<Self, PolicyError> {
        static SHIPPED: OnceLock<Result<Arc<Policy>, PolicyError>> = OnceLock::new();
        let shipped = SHIPPED.get_or_init(|| Policy::wallet().map(Arc::new)).clone()?;
        Ok(Self::sharing(shipped, Bounds::default()))
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
        inner.features.need(policy.needs());
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
        if members.is_empty() && inner.lists.get(name).is_some_and(Vec::is_empty) {
            return Ok(());
        }
        let mut ids: Vec<Id> = members.iter().map(Key::id).collect();
        ids.sort_unstable();
        inner.lists.insert(name.to_owned(), ids);
        Ok(())
    }

    /// Notes `signal` without asking anything: a failure, say. What [nobody can have
    /// meant](Signal::check) counts for nothing.
    pub fn observe(&self, signal: &Signal) {
        if signal.check(signal.at).is_err() {
            return;
        }
        let keys = ids(signal);
        self.inner().features.note(signal, &keys);
    }

    /// What is decided about a signal that [nobody can have meant](Signal::check), by the clock at hand:
    /// no, and it counts for nothing. None where it can be meant.
    #[must_use]
    pub fn refuse(&self, signal: &Signal, now: Timestamp) -> Option<Decision> {
        let error = signal.check(now).err()?;
        Some(Decision::failed(self.policy().version_text(), now, &error.to_string()))
    }

    /// Notes `signal` and decides about it, itself included.
    pub fn decide(&self, signal: &Signal) -> Decision {
        if let Some(refused) = self.refuse(signal, signal.at) {
            return refused;
        }
        let keys = ids(signal);
        let mut inner = self.inner();
        let places = inner.features.note(signal, &keys);
        let looked = inner.look(&Asked::noted(signal, &keys), &places);
        drop(inner);
        looked.conclude(signal, signal.at)
    }

    /// From now on what one of `policies` looks back at is kept, and nothing else: for whoever will never
    /// ask by another one.
    pub(crate) fn need_only<'a>(&self, policies: impl Iterator<Item = &'a Policy>) {
        let needs = policies.map(Policy::needs).fold(Needs::default(), Needs::and);
        self.inner().features.need_only(needs);
    }

    /// Notes `signal` and says what the policy looks at for such a signal, itself included, without asking
    /// a rule or a model: the numbers of a [decision](Decision::values), in their order.
    #[must_use]
    pub fn measure(&self, signal: &Signal) -> Vec<i64> {
        let keys = ids(signal);
        let mut inner = self.inner();
        let places = inner.features.note(signal, &keys);
        inner.values(&inner.policy, &Asked::noted(signal, &keys), &places)
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
        self.judge_as(signal, Moment { since, ..Moment::at(now) }, false)
    }

    /// Decides about `signal` as if it were noted now, noting nothing: before a page is shown, so that
    /// the page says what will follow. Its own count and sum are in; a different one that it would be
    /// the first to bring is not.
    #[must_use]
    pub fn foresee(&self, signal: &Signal) -> Decision {
        self.judge_as(signal, Moment::at(signal.at), true)
    }

    /// Notes nothing. What follows from the numbers is found without holding up whoever else asks.
    pub(crate) fn judge_as(&self, signal: &Signal, moment: Moment, is_ahead: bool) -> Decision {
        let keys = ids(signal);
        let inner = self.inner();
        let places = inner.features.places(&keys);
        let looked = inner.look(&Asked { signal, keys: &keys, moment, is_ahead }, &places);
        drop(inner);
        looked.conclude(signal, moment.now)
    }

    /// Whether anybody in `signal` is on a list that the operator keeps and that a rule for such
    /// signals looks at. Asked once more before what was held goes on (FT-22).
    #[must_use]
    pub fn is_watched(&self, signal: &Signal) -> bool {
        !self.watched_on(signal).is_empty()
    }

    /// Which lists these are, by name.
    #[must_use]
    pub fn watched_on(&self, signal: &Signal) -> Vec<String> {
        let (keys, inner) = (ids(signal), self.inner());
        let named = |input: &Input| {
            let Input::InList(subject, list) = input else { return None };
            let is_on = keys
                .iter()
                .any(|(known, id)| known == subject && inner.is_kept(&inner.policy, *list, *id));
            inner.policy.list_name(*list).filter(|_| is_on).map(str::to_owned)
        };
        let mut lists: Vec<String> =
            inner.policy.inputs(signal.kind).filter_map(|(_, input)| named(input)).collect();
        lists.sort_unstable();
        lists.dedup();
        lists
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

    /// How much is remembered of each kind of key, and what had to go for others since the start.
    #[must_use]
    pub fn rooms(&self) -> Vec<Room> {
        self.inner().features.rooms().collect()
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

impl Inner {
    pub(crate) fn is_listed(&self, policy: &Policy, list: usize, id: Id) -> bool {
        policy.holds(list, id) || self.is_kept(policy, list, id)
    }

    /// Whether the operator put them there, and not the text.
    fn is_kept(&self, policy: &Policy, list: usize, id: Id) -> bool {
        let name = policy.list_name(list);
        let kept = name.and_then(|name| self.lists.get(name));
        kept.is_some_and(|ids| ids.binary_search(&id).is_ok())
    }
}
