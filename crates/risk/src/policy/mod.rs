//! Rules as text: read, checked, and compiled.
//!
//! A policy is a file that an analyst writes and two people read (docs/rules.md). Nothing of it is
//! loaded before every name, unit and window was looked up, and before it is clear that each rule
//! can hold and matters. What runs is tests of numbers.

mod ast;
mod beside;
mod build;
mod change;
mod error;
mod input;
mod lex;
mod logic;
mod loosen;
mod lower;
mod needs;
#[expect(clippy::wildcard_enum_match_arm, reason = "a parser refuses whatever it did not expect")]
mod parse;
mod program;
mod recover;
mod score;
mod sent;
mod spoken;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::Arc,
};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

pub(crate) use self::needs::Needs;
pub(crate) use self::program::UNKNOWN;
use self::{
    build::Reading,
    error::{Span, words},
    lower::Names,
    program::Program,
    score::Scorer,
};
pub use self::{
    change::Change,
    error::{Mistake, PolicyError, Words, meant},
    input::{Day, Input, Unit},
    sent::Company,
    spoken::Named,
};
use crate::{
    Decision, Feature, Key, Kind, Outcome, Reason, Seen, Signal, Subject, Text, Who, id::Id,
    model::Model,
};

/// One rule, compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, in decisions and the audit log.
    pub name: Text,
    /// At which signals it is asked.
    pub on: Vec<Kind>,
    /// What follows when it holds.
    pub outcome: Outcome,
    /// How long a hold lasts, in seconds.
    pub hold_secs: Option<i64>,
    /// Its reason code.
    pub code: Text,
    /// Who hears of it.
    pub tell: Vec<Who>,
    /// It is written down and not obeyed.
    pub is_shadow: bool,
    /// It is obeyed for this share of each subject only, in hundredths of a percent.
    pub rollout: Option<(i64, Subject)>,
    program: Program,
    /// In which ways it holds.
    ways: logic::Ways,
    /// What its reason tells.
    first_slot: usize,
}

/// A whole set of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    name: String,
    version: Text,
    digest: [u8; 32],
    /// Its text, to the byte.
    source: String,
    baseline: Outcome,
    rules: Vec<Rule>,
    /// What it says, as it was understood.
    statements: Vec<change::Statement>,
    names: Names,
    /// Members of lists that the text itself holds.
    lists: Vec<BTreeSet<Id>>,
    /// Which rules and inputs a signal of each kind asks for.
    plans: BTreeMap<Kind, Plan>,
    /// Each thing that rules look at, as it is written, in the order of the values.
    texts: Vec<Text>,
    /// The model that the text names.
    scorer: Option<Scorer>,
    /// What a new text would be refused for.
    doubts: Vec<Mistake>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Plan {
    rules: Vec<usize>,
    slots: Vec<usize>,
    /// Those of the slots that count what happened, each key's and each window's side by side.
    features: Vec<(usize, Feature)>,
    /// Which of these are of each subject's keys.
    parts: [(usize, usize); Subject::ALL.len()],
    /// The other slots.
    rest: Vec<usize>,
    /// Those of the other slots that hang on what happened, too.
    drains: Vec<usize>,
}

/// How the names of the lists begin that people at a desk keep. One person adds to such a list, and two
/// take somebody off, so that to be on it must never spare anybody.
pub const DESK_LISTS: &str = "watched_";

/// The longest text of a policy, in bytes.
pub const TEXT_MAX: usize = 64 * 1_024;

const DAY_SECS: i64 = 86_400;

/// The rules that ship, for a bank.
const BANK: &str = include_str!("../../policies/bank.rules");
/// The rules that ship, for a wallet.
const WALLET: &str = include_str!("../../policies/wallet.rules");

impl Policy {
    /// Reads, checks and compiles a policy.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        Self::parse_with(text, &[])
    }

    /// The same, where the text may name one of `models`. One that names another is refused: rules
    /// that wait for a score in vain would hold nobody.
    pub fn parse_with(text: &str, models: &[Arc<Model>]) -> Result<Self, PolicyError> {
        Self::read(text, models, Reading::New)
    }

    /// A policy that was put in force before. What of it would be refused today and can be understood is
    /// in [`Self::doubts`]: a company whose rules were agreed to when less was looked for starts with them.
    pub fn load_with(text: &str, models: &[Arc<Model>]) -> Result<Self, PolicyError> {
        Self::read(text, models, Reading::InForce)
    }

    fn read(text: &str, models: &[Arc<Model>], reading: Reading) -> Result<Self, PolicyError> {
        if reading == Reading::New && text.len() > TEXT_MAX {
            let message = words!("the text is longer than {} bytes", TEXT_MAX);
            let end = Span { start: TEXT_MAX, end: TEXT_MAX };
            let help = "rules that nobody can read are no rules: leave some out";
            return Err(PolicyError(vec![Mistake::new(end, message, help)]));
        }
        let file = parse::parse(text).map_err(PolicyError)?;
        let policy = build::build(&file, Self::digest_of(text), models, reading)?;
        Ok(Self { source: text.to_owned(), ..policy })
    }

    /// For what this text would be refused if it were new; nothing, where it was read as a new one.
    #[must_use]
    pub fn doubts(&self) -> &[Mistake] {
        &self.doubts
    }

    /// The policy that ships for banks.
    pub fn bank() -> Result<Self, PolicyError> {
        Self::parse(BANK)
    }

    /// The policy that ships for wallets.
    pub fn wallet() -> Result<Self, PolicyError> {
        Self::parse(WALLET)
    }

    /// The text of the policy that ships for banks.
    #[must_use]
    pub const fn bank_text() -> &'static str {
        BANK
    }

    /// The text of the policy that ships for wallets.
    #[must_use]
    pub const fn wallet_text() -> &'static str {
        WALLET
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The digest of a text, whether it is a policy or not.
    #[must_use]
    pub fn digest_of(text: &str) -> [u8; 32] {
        Sha256::digest(text.as_bytes()).into()
    }

    /// The SHA-256 of its text: two texts never share one.
    #[must_use]
    pub const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Its text, to the byte.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.source
    }

    /// Its version, with the first digits of the SHA-256 of its text: a name for people. Somebody who
    /// tries long enough finds two texts with one such name, so trust hangs on [`Self::digest`].
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    pub(crate) const fn version_text(&self) -> &Text {
        &self.version
    }

    /// What holds when no rule does.
    #[must_use]
    pub const fn baseline(&self) -> Outcome {
        self.baseline
    }

    /// Its rules, in order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whose keys the first thing is about that a rule looks at; nothing where it is about nobody's.
    #[must_use]
    pub fn looks_first_at(&self, rule: &str) -> Option<Subject> {
        let rule = self.rules.iter().find(|one| one.name == *rule)?;
        match self.names.slots.get(rule.first_slot)? {
            Input::Feature(feature) => Some(feature.subject),
            Input::Drained(subject, _) | Input::InList(subject, _) => Some(*subject),
            Input::Amount
            | Input::Balance
            | Input::LinkAge
            | Input::WalletAge
            | Input::NewDevice
            | Input::NewPlace
            | Input::NewPayee
            | Input::DayBalance
            | Input::Signed
            | Input::Leaked
            | Input::KnownElsewhere
            | Input::TimeOfDay
            | Input::Day(_)
            | Input::Score
            | Input::Given(..) => None,
        }
    }

    /// What it looks at for a signal of `kind`, each with its place among the values.
    pub(crate) fn inputs(&self, kind: Kind) -> impl Iterator<Item = (usize, &Input)> {
        let slots = self.plans.get(&kind).map(|plan| plan.slots.as_slice()).unwrap_or_default();
        slots.iter().filter_map(|slot| Some((*slot, self.names.slots.get(*slot)?)))
    }

    /// The same, those that count what happened: each key's and each window's side by side.
    pub(crate) fn features(&self, kind: Kind) -> &[(usize, Feature)] {
        self.plans.get(&kind).map(|plan| plan.features.as_slice()).unwrap_or_default()
    }

    /// The same, those of one subject's keys.
    pub(crate) fn features_of(&self, kind: Kind, subject: Subject) -> &[(usize, Feature)] {
        let Some(plan) = self.plans.get(&kind) else { return &[] };
        let (from, to) = plan.parts.get(subject.index()).copied().unwrap_or_default();
        plan.features.get(from..to).unwrap_or_default()
    }

    /// What is drained of one subject's key: the places among the values, and within how many seconds.
    pub(crate) fn drains(
        &self,
        kind: Kind,
        subject: Subject,
    ) -> impl Iterator<Item = (usize, i64)> + '_ {
        let slots = self.plans.get(&kind).map(|plan| plan.drains.as_slice()).unwrap_or_default();
        slots.iter().filter_map(move |slot| {
            let Input::Drained(of, secs) = self.names.slots.get(*slot)? else { return None };
            (*of == subject).then_some((*slot, *secs))
        })
    }

    /// The same, all others.
    pub(crate) fn rest(&self, kind: Kind) -> impl Iterator<Item = (usize, &Input)> {
        let slots = self.plans.get(&kind).map(|plan| plan.rest.as_slice()).unwrap_or_default();
        slots.iter().filter_map(|slot| Some((*slot, self.names.slots.get(*slot)?)))
    }

    /// Room for the values of one decision, none of them known.
    #[must_use]
    pub fn blank(&self) -> Vec<i64> {
        vec![UNKNOWN; self.width()]
    }

    /// How many values a decision has.
    pub(crate) fn width(&self) -> usize {
        self.names.slots.len()
    }

    /// The place of a declared fact among the values, if a rule looks at it.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<usize> {
        let at = self.names.givens.iter().position(|(given, _)| given == name)?;
        let is_it = |input: &Input| matches!(input, Input::Given(given, _) if *given == at);
        self.names.slots.iter().position(is_it)
    }

    /// The number of a word that the policy names; 0 for any other.
    #[must_use]
    pub fn word(&self, word: &str) -> i64 {
        let at = self.names.words.iter().position(|known| known == word);
        at.and_then(|at| i64::try_from(at).ok()).map_or(0, |at| at.saturating_add(1))
    }

    /// Its lists, by name, with what they hold.
    pub fn lists(&self) -> impl Iterator<Item = (&str, Subject)> {
        self.names.lists.iter().map(|(name, subject)| (name.as_str(), *subject))
    }

    /// The number and subject of a list.
    pub(crate) fn list(&self, name: &str) -> Option<(usize, Subject)> {
        let at = self.names.lists.iter().position(|(known, _)| known == name)?;
        self.names.lists.get(at).map(|(_, subject)| (at, *subject))
    }

    /// The name of a list.
    pub(crate) fn list_name(&self, list: usize) -> Option<&str> {
        self.names.lists.get(list).map(|(name, _)| name.as_str())
    }

    /// Whether the text itself holds `id` in this list.
    pub(crate) fn holds(&self, list: usize, id: Id) -> bool {
        self.lists.get(list).is_some_and(|members| members.contains(&id))
    }

    /// The rules of `kind` that hold for `values`, by their places.
    pub fn fired<'a>(&'a self, kind: Kind, values: &'a [i64]) -> impl Iterator<Item = usize> + 'a {
        let rules = self.plans.get(&kind).map(|plan| plan.rules.as_slice()).unwrap_or_default();
        let holds = |at: &usize| self.rules.get(*at).is_some_and(|rule| rule.program.holds(values));
        rules.iter().copied().filter(holds)
    }

    /// What follows from `values` for `signal`.
    pub(crate) fn conclude(&self, signal: &Signal, at: Timestamp, values: Vec<i64>) -> Decision {
        let mut decision = Decision {
            outcome: self.baseline,
            reasons: Vec::new(),
            shadow: Vec::new(),
            hold_secs: None,
            tell: Vec::new(),
            version: self.version.clone(),
            at,
            values: Vec::new(),
        };
        for rule in self.fired(signal.kind, &values).filter_map(|at| self.rules.get(at)) {
            let value = values.get(rule.first_slot).copied().unwrap_or_default();
            let value = u64::try_from(value).unwrap_or_default();
            let reason = Reason { rule: rule.name.clone(), code: rule.code.clone(), value };
            if rule.is_shadow || !rule.is_rolled_out(signal) {
                decision.shadow.push(reason);
                continue;
            }
            decision.reasons.push(reason);
            decision.outcome = decision.outcome.max(rule.outcome);
            decision.hold_secs = decision.hold_secs.max(rule.hold_secs);
            for who in &rule.tell {
                if !decision.tell.contains(who) {
                    decision.tell.push(*who);
                }
            }
        }
        decision.values = values;
        decision
    }

    /// The values that rules of `kind` look at, by name.
    pub(crate) fn seen(&self, kind: Kind, values: &[i64]) -> Vec<Seen> {
        let value = |slot| values.get(slot).copied().filter(|value| *value != UNKNOWN);
        let slots = self.plans.get(&kind).map(|plan| plan.slots.as_slice()).unwrap_or_default();
        let mut seen = Vec::with_capacity(slots.len());
        for slot in slots {
            if let Some(what) = self.texts.get(*slot) {
                seen.push(Seen { what: what.clone(), value: value(*slot) });
            }
        }
        seen
    }

    /// The values from their names; the name of one that is missing.
    pub(crate) fn values_of(&self, kind: Kind, seen: &[Seen]) -> Result<Vec<i64>, String> {
        let mut values = self.blank();
        for (slot, _) in self.inputs(kind) {
            let what = self.text_of(slot);
            let known = seen.iter().find(|seen| seen.what == what).ok_or(what)?;
            if let Some(value) = values.get_mut(slot) {
                *value = known.value.unwrap_or(UNKNOWN);
            }
        }
        Ok(values)
    }

    fn text_of(&self, slot: usize) -> &str {
        self.texts.get(slot).map_or("", Text::as_str)
    }
}

impl Rule {
    /// Whether the rule is obeyed for whom `signal` is about: always the same ones, and for every
    /// rule others. Whoever is not known is not left out.
    fn is_rolled_out(&self, signal: &Signal) -> bool {
        let Some((share, subject)) = self.rollout else { return true };
        let Some(key) = signal.key(subject) else { return true };
        let drawn = Key::Secret(format!("{}|{}", self.name, key.value())).id();
        let [drawn, _] = drawn;
        i64::try_from(drawn.rem_euclid(10_000)).is_ok_and(|drawn| drawn < share)
    }
}

/// The first digits of a digest.
fn short(digest: [u8; 32]) -> String {
    digest.iter().take(6).fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
