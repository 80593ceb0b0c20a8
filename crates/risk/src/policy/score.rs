//! The score: what a model says of the numbers that the rules look at anyway.
//!
//! A policy names its model by digest, so two people who sign a text have signed the model with it.
//! The trees see what the rules see and nothing else, so a record of what was seen is enough to
//! score again. By the score alone nobody is told no: see [`is_no`].

use std::sync::Arc;

use super::{Policy, input::Input, program::UNKNOWN};
use crate::{
    Kind, Outcome, Text,
    model::{Flat, Leaning, Model, Said},
};

/// The model of one policy.
#[derive(Clone, Debug)]
pub(super) struct Scorer {
    pub(super) model: Arc<Model>,
    /// The version of its file and the SHA-256 of what is in it.
    pub(super) name: Text,
    /// Where the score stands among the values.
    pub(super) at: usize,
    /// Where each feature stands among the values.
    pub(super) slots: Vec<usize>,
    /// The same trees, to be walked fast; none where they are too many.
    pub(super) flat: Option<Arc<Flat>>,
}

impl PartialEq for Scorer {
    /// Models of one digest are the same.
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.at, &self.slots) == (&other.name, other.at, &other.slots)
    }
}

impl Eq for Scorer {}

impl Scorer {
    fn known<'a>(&'a self, values: &'a [i64]) -> impl Iterator<Item = Option<i64>> + 'a {
        let value = |slot: &usize| values.get(*slot).copied().filter(|value| *value != UNKNOWN);
        self.slots.iter().map(value)
    }

    fn score(&self, values: &[i64]) -> u16 {
        match &self.flat {
            Some(flat) => flat.score(self.known(values)),
            None => self.model.score_of(&self.known(values).collect::<Vec<_>>()),
        }
    }

    /// The score among `values`. Without a basis for a decision there was none either.
    fn was(&self, values: &[i64]) -> Option<u16> {
        values.get(self.at).and_then(|score| u16::try_from(*score).ok())
    }
}

/// Whether `outcome` is a no for an honest customer: who may sign again or wait has not been told no
/// (docs/rules.md says what follows from what).
pub(super) const fn is_no(outcome: Outcome, kind: Kind) -> bool {
    let may_wait = matches!(kind, Kind::Payout | Kind::Remittance);
    let may_sign = may_wait || matches!(kind, Kind::Debit | Kind::Payment);
    match outcome {
        Outcome::Approve => false,
        Outcome::Challenge => !may_sign,
        Outcome::Hold => !may_wait,
        Outcome::Decline | Outcome::Freeze => true,
    }
}

impl Policy {
    /// The model that this policy asks about signals of `kind`, if a rule looks at the score there.
    fn scorer(&self, kind: Kind) -> Option<&Scorer> {
        let (scorer, plan) = (self.scorer.as_ref()?, self.plans.get(&kind)?);
        plan.slots.contains(&scorer.at).then_some(scorer)
    }

    /// Puts the score among `values`, where a rule looks at it.
    pub fn rate(&self, kind: Kind, values: &mut [i64]) {
        let Some(scorer) = self.scorer(kind) else { return };
        let score = scorer.score(values);
        if let Some(place) = values.get_mut(scorer.at) {
            *place = i64::from(score);
        }
    }

    /// What the model said of `values`, with its reasons.
    pub(crate) fn said(&self, kind: Kind, values: &[i64]) -> Option<Said> {
        let scorer = self.scorer(kind)?;
        let score = scorer.was(values)?;
        Some(match &scorer.flat {
            Some(flat) => flat.say(&scorer.name, score, scorer.known(values)),
            None => {
                scorer.model.say(&scorer.name, score, &scorer.known(values).collect::<Vec<_>>())
            }
        })
    }

    /// What the policy's model looked at in `values`: its name, itself, the score and its features.
    /// Nothing where no rule looks at the score of such a signal.
    pub(crate) fn looked_at(
        &self,
        kind: Kind,
        values: &[i64],
    ) -> Option<(&str, &Model, u16, Vec<Option<i64>>)> {
        let scorer = self.scorer(kind)?;
        let score = scorer.was(values)?;
        Some((&scorer.name, &scorer.model, score, scorer.known(values).collect()))
    }

    /// The model that the policy names, with the version of its file and its digest.
    #[must_use]
    pub fn model(&self) -> Option<(&str, &Model)> {
        self.scorer.as_ref().map(|scorer| (scorer.name.as_str(), scorer.model.as_ref()))
    }
}

impl Policy {
    /// What a model of signals of `kind` can be grown from: each number that rules look at there, with
    /// its place among the values and what a reviewer expects of it. Where every rule asks whether it
    /// is large, more of it never speaks for the customer, and the other way round.
    #[must_use]
    pub fn learnable(&self, kind: Kind) -> Vec<(usize, String, Leaning)> {
        let inputs = self.inputs(kind).filter(|(_, input)| is_feature(input));
        let named = |(slot, input): (usize, &Input)| {
            (slot, self.text_of(slot).to_owned(), self.leaning(kind, slot, input.most()))
        };
        inputs.map(named).collect()
    }

    fn leaning(&self, kind: Kind, slot: usize, most: i64) -> Leaning {
        let rules = self.rules.iter().filter(|rule| rule.on.contains(&kind));
        let tests = rules.flat_map(|rule| rule.program.tests()).filter(|test| test.0 == slot);
        let leanings = tests.map(|(_, low, high, is_outside)| match (low > 0, high < most) {
            (true, false) if is_outside => Leaning::Down,
            (true, false) => Leaning::Up,
            (false, true) if is_outside => Leaning::Up,
            (false, true) => Leaning::Down,
            _ => Leaning::Free,
        });
        let mut leanings = leanings;
        let first = leanings.next().unwrap_or_default();
        if leanings.all(|other| other == first) { first } else { Leaning::Free }
    }
}

/// Whether a model may look at it: no score of its own, no word, which is numbered by its place in one
/// text, and nothing that a partner says of somebody: a score that rests on a match would be the second
/// ground beside the very same match.
pub(super) const fn is_feature(input: &Input) -> bool {
    !matches!(input, Input::Score | Input::KnownElsewhere | Input::Given(_, super::Unit::Word))
}
