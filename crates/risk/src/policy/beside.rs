//! What no rule should be, by itself or beside the others: always or never true, idle, contradicted, or a
//! no that rests on one ground alone.

use std::collections::BTreeSet;

use super::{
    Rule,
    ast::RuleText,
    build::Building,
    error::{Mistake, Span, words},
    input::Input,
    logic::{Ways, rests_on},
    score::is_no,
};
use crate::{Kind, Measure, Outcome};

/// What alone says no to nobody, as mistakes name it.
const GROUNDS: [(Input, &str); 2] =
    [(Input::Score, "the score"), (Input::KnownElsewhere, "a match")];
/// What to do about it.
const ANOTHER: &str = "add another ground with `and`; alone it may challenge a debit, payment, \
                       payout or remittance, and hold the last two";

/// Whether `one` leaves nothing for `other` to add.
pub(super) fn is_as_harsh(one: &Rule, other: &Rule) -> bool {
    (one.outcome, one.hold_secs) >= (other.outcome, other.hold_secs)
}

/// Pairs of places of which the first is never more than the second: the same within a shorter window, or
/// the amount of what is summed up, where the rule is asked of nothing else.
fn in_order(slots: &[Input], on: &[Kind]) -> Vec<(usize, usize)> {
    let is_less = |less: &Input, more: &Input| match (less, more) {
        (Input::Feature(less), Input::Feature(more)) => {
            let adds_up =
                matches!(less.measure, Measure::Count | Measure::Sum | Measure::Distinct(_));
            let is_same =
                (less.measure, less.kind, less.subject) == (more.measure, more.kind, more.subject);
            adds_up && is_same && less.window_secs < more.window_secs
        }
        (Input::Amount, Input::Feature(more)) => {
            more.measure == Measure::Sum && on.iter().all(|kind| *kind == more.kind)
        }
        _ => false,
    };
    let of = |(at, less): (usize, &Input)| {
        let more = slots.iter().enumerate().filter(|(_, more)| is_less(less, more));
        more.map(|(more, _)| (at, more)).collect::<Vec<_>>()
    };
    slots.iter().enumerate().flat_map(of).collect()
}

impl Building {
    /// A condition that holds whatever is seen, or asks of numbers what they never are beside each other.
    pub(super) fn can_be(&mut self, span: Span, ways: &Ways, on: &[Kind]) {
        let slots = &self.names.slots;
        let most = |slot: usize| slots.get(slot).map_or(i64::MAX, Input::most);
        if ways.is_always(most) {
            let help = "one of its parts holds whenever the others do not";
            self.doubt(span, "this always holds", help);
        } else if ways.is_out_of_order(&in_order(slots, on)) {
            let help = "a longer window holds what a shorter one does, and a sum its own amount";
            self.doubt(span, "this contradicts itself", help);
        }
    }

    /// By a score, or by what a partner says of somebody, nobody is told no alone.
    pub(super) fn grounds(&mut self, text: &RuleText, outcome: Outcome, on: &[Kind]) {
        let Some(kind) = on.iter().find(|kind| is_no(outcome, **kind)) else { return };
        for (ground, named) in GROUNDS {
            let own: Vec<&Ways> = self.ways.last().map(|(_, ways)| ways).into_iter().collect();
            // What cannot be seen of one rule is refused when all are looked at together.
            if self.is_alone(&own, &ground) == Some(true) {
                let (what, kind) = (outcome.name(), kind.name());
                let message =
                    words!("{} alone would decide, and `{}` of a {} is a no", named, what, kind);
                self.doubt(text.when_span, message, ANOTHER);
            }
        }
    }

    /// The same of all rules that say no to one kind of signal: what one leaves open another may close, so
    /// that each has another ground and nobody is let through.
    pub(super) fn together(&mut self, rules: &[Rule]) {
        let kinds: BTreeSet<Kind> = rules.iter().flat_map(|rule| rule.on.iter().copied()).collect();
        let mut found = Vec::new();
        for (kind, (ground, named)) in
            kinds.into_iter().flat_map(|kind| GROUNDS.map(|ground| (kind, ground)))
        {
            let refuses = |rule: &&Rule| {
                rule.on.contains(&kind) && is_no(rule.outcome, kind) && !rule.is_shadow
            };
            let all: Vec<&Ways> = rules.iter().filter(refuses).map(|rule| &rule.ways).collect();
            let last = self.ways.iter().zip(rules).rfind(|(_, rule)| refuses(rule));
            let Some(((span, _), _)) = last else { continue };
            let message = match self.is_alone(&all, &ground) {
                Some(false) => continue,
                Some(true) => words!(
                    "{} alone would decide: the rules that say no to a {} leave nothing out",
                    named,
                    kind.name()
                ),
                None => words!(
                    "the rules that say no to a {} cannot be looked through together",
                    kind.name()
                ),
            };
            found.push(Mistake::new(*span, message, ANOTHER));
        }
        self.doubts.extend(found);
    }

    /// Whether these rest on one ground alone. None where that cannot be seen.
    fn is_alone(&self, all: &[&Ways], ground: &Input) -> Option<bool> {
        let slots = &self.names.slots;
        let most = |slot: usize| slots.get(slot).map_or(i64::MAX, Input::most);
        let Some(at) = slots.iter().position(|input| input == ground) else { return Some(false) };
        rests_on(all, at, most).ok()
    }

    /// Rules that another one makes idle, or that say two things about the same.
    pub(super) fn compare(&mut self, rules: &[Rule]) {
        let mut found = Vec::new();
        for (rule, (span, ways)) in rules.iter().zip(&self.ways) {
            // Of several rules that each make it idle, the first is told.
            let mut is_idle = false;
            for (other, (_, others)) in rules.iter().zip(&self.ways) {
                let covers = |inner: &Rule, outer: &Rule| {
                    inner.on.iter().all(|kind| outer.on.contains(kind))
                        && outer.rollout.is_none()
                        && outer.is_shadow == inner.is_shadow
                };
                if rule.name == other.name || !covers(rule, other) || !ways.is_within(others) {
                    continue;
                }
                let is_same = covers(other, rule) && others.is_within(ways);
                if is_same && (rule.outcome, rule.hold_secs) != (other.outcome, other.hold_secs) {
                    let message = words!("`{}` says another outcome for the same", other.name);
                    found.push(Mistake::new(*span, message, "leave one of them"));
                } else if !is_idle && (is_same || is_as_harsh(other, rule)) {
                    is_idle = true;
                    let name = &other.name;
                    let message =
                        words!("this never matters: whenever it holds, `{}` is as harsh", name);
                    found.push(Mistake::new(*span, message, "leave it out, or change its number"));
                }
            }
        }
        self.doubts.extend(found);
    }
}
