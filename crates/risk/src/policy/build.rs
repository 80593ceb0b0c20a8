//! A policy as it is written into one that runs, or everything that is wrong with it.

use std::{collections::BTreeSet, net::IpAddr, sync::Arc};

use super::{
    Plan, Policy, Rule,
    ast::{File, ListText, Name, RuleText},
    error::{Mistake, PolicyError, Span, Words, guessed, words},
    input::{Day, Input, SCORE, Unit},
    logic::Ways,
    lower::{Lowered, Lowering, Names, kind, subject},
    program::Program,
    score::{Scorer, is_feature},
    short,
};
use crate::{
    Key, Kind, Outcome, Subject, Text, Who,
    model::{FORMAT, Flat, Model, VERSION_DIGITS},
};

/// How long a hold may last, in seconds: whoever waits must see its end.
const HOLD_SECS_MAX: i64 = 30 * 86_400;
/// What is said of a word that is no outcome.
const NO_OUTCOME: &str = "there is no outcome `{}`";

/// Whose text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Somebody wants it to be in force: all that is wrong with it is refused.
    New,
    /// Two people put it in force, when less was looked for: what can be understood goes on.
    InForce,
}

/// What is gathered on the way.
pub(super) struct Building {
    pub(super) names: Names,
    mistakes: Vec<Mistake>,
    /// What can be understood and is refused of a new text.
    pub(super) doubts: Vec<Mistake>,
    reading: Reading,
    /// Of each rule that is whole: where its condition stands, and when it holds.
    pub(super) ways: Vec<(Span, Ways)>,
}

pub(super) fn build(
    file: &File,
    digest: [u8; 32],
    models: &[Arc<Model>],
    reading: Reading,
) -> Result<Policy, PolicyError> {
    if file.is_cut {
        let mut mistakes = file.mistakes.clone();
        mistakes.sort_by_key(|mistake| mistake.span.start);
        return Err(PolicyError(mistakes));
    }
    let mut building = Building::of(reading);
    building.mistakes.clone_from(&file.mistakes);
    if file.version.is_empty() || file.name.is_empty() {
        building.wrong(file.head, "a policy has a name and a version", "");
    }
    let baseline = building.baseline(file);
    let model = building.model(file, models);
    let lists = file.lists.iter().map(|list| building.list(list)).collect();
    for (name, unit) in &file.givens {
        building.given(name, unit);
    }
    let mut rules: Vec<Rule> = Vec::new();
    for text in &file.rules {
        if rules.iter().any(|rule| rule.name == text.name.text) {
            let message = words!("there are two rules `{}`", text.name.text);
            building.wrong(text.name.span, message, "decisions name rules: give it another name");
        }
        rules.extend(building.rule(text, baseline));
    }
    let mut scorer = None;
    if building.is_whole() {
        building.compare(&rules);
        building.together(&rules);
        scorer = model.and_then(|model| building.scorer(model, &rules));
    }
    if rules.is_empty() && building.mistakes.is_empty() {
        building.wrong(file.head, "a policy has rules", "");
    }
    let doubts = building.end()?;
    let texts = building.texts();
    let mut policy = Policy {
        name: file.name.clone(),
        version: format!("{}+{}", file.version, short(digest)).into(),
        digest,
        source: String::new(),
        baseline,
        rules,
        statements: file.statements.clone(),
        names: building.names,
        lists,
        plans: std::collections::BTreeMap::new(),
        texts,
        scorer,
        doubts,
    };
    plan(&mut policy);
    for plan in policy.plans.values_mut() {
        sort_out(plan, &policy.names.slots);
    }
    Ok(policy)
}

/// Which rules and inputs each kind of signal asks for.
fn plan(policy: &mut Policy) {
    for (at, rule) in policy.rules.iter().enumerate() {
        for kind in &rule.on {
            let plan: &mut Plan = policy.plans.entry(*kind).or_default();
            plan.rules.push(at);
            plan.slots.extend(rule.program.slots());
            plan.slots.sort_unstable();
            plan.slots.dedup();
        }
    }
    let Some(scorer) = &policy.scorer else { return };
    for plan in policy.plans.values_mut().filter(|plan| plan.slots.contains(&scorer.at)) {
        plan.slots.extend(&scorer.slots);
        plan.slots.sort_unstable();
        plan.slots.dedup();
    }
}

/// Puts apart what of a plan counts what happened.
fn sort_out(plan: &mut Plan, inputs: &[Input]) {
    for slot in &plan.slots {
        match inputs.get(*slot) {
            Some(Input::Feature(feature)) => plan.features.push((*slot, *feature)),
            Some(Input::Drained(..)) => {
                plan.rest.push(*slot);
                plan.drains.push(*slot);
            }
            _ => plan.rest.push(*slot),
        }
    }
    plan.features.sort_by_key(|(_, feature)| (feature.subject, feature.kind, feature.window_secs));
    for (subject, part) in Subject::ALL.iter().zip(&mut plan.parts) {
        let until = |is_in: fn(Subject, Subject) -> bool| {
            plan.features.partition_point(|(_, feature)| is_in(feature.subject, *subject))
        };
        *part = (until(|one, of| one < of), until(|one, of| one <= of));
    }
}

/// A model that the text names, where it names it.
struct Named {
    model: Arc<Model>,
    name: String,
    span: Span,
}

fn find<T: Copy>(
    name: &Name,
    all: &[T],
    text: fn(T) -> &'static str,
    none: &'static str,
) -> Result<T, Mistake> {
    all.iter().copied().find(|one| text(*one) == name.text).ok_or_else(|| {
        let help = guessed(&name.text, all.iter().map(|one| text(*one)));
        Mistake::new(name.span, Words::new(none, vec![name.text.clone()]), help)
    })
}

impl Building {
    fn of(reading: Reading) -> Self {
        let (mistakes, doubts, ways) = (Vec::new(), Vec::new(), Vec::new());
        Self { names: Names::default(), mistakes, doubts, reading, ways }
    }

    /// Whether its rules can be held against each other.
    fn is_whole(&self) -> bool {
        let is_doubted = self.reading == Reading::New && !self.doubts.is_empty();
        self.mistakes.is_empty() && !is_doubted
    }

    /// What is left in doubt of a text that may be loaded.
    fn end(&mut self) -> Result<Vec<Mistake>, PolicyError> {
        let mut doubts = std::mem::take(&mut self.doubts);
        doubts.sort_by_key(|doubt| doubt.span.start);
        if self.reading == Reading::New {
            self.mistakes.append(&mut doubts);
        }
        if self.mistakes.is_empty() {
            return Ok(doubts);
        }
        let mut mistakes = std::mem::take(&mut self.mistakes);
        mistakes.sort_by_key(|mistake| mistake.span.start);
        Err(PolicyError(mistakes))
    }

    pub(super) fn doubt(&mut self, span: Span, message: impl Into<Words>, help: impl Into<Words>) {
        self.doubts.push(Mistake::new(span, message, help));
    }

    fn wrong(&mut self, span: Span, message: impl Into<Words>, help: impl Into<Words>) {
        self.mistakes.push(Mistake::new(span, message, help));
    }

    fn keep<T>(&mut self, found: Result<T, Mistake>) -> Option<T> {
        found.map_err(|mistake| self.mistakes.push(mistake)).ok()
    }

    fn baseline(&mut self, file: &File) -> Outcome {
        if let Some(second) = file.baselines.get(1) {
            self.wrong(second.span, "the baseline is said twice", "leave one");
        }
        let Some(first) = file.baselines.first() else {
            let help = "write `baseline approve`, or what else holds when no rule does";
            self.wrong(file.head, "the policy does not say what holds when no rule does", help);
            return Outcome::Approve;
        };
        let found = find(first, &Outcome::ALL, Outcome::name, NO_OUTCOME);
        self.keep(found).unwrap_or(Outcome::Approve)
    }

    fn is_taken(&mut self, name: &Name) -> bool {
        let is_list = self.names.lists.iter().any(|(known, _)| *known == name.text);
        let is_given = self.names.givens.iter().any(|(known, _)| *known == name.text);
        let is_fact = Input::FACTS.iter().any(|(known, _)| *known == name.text);
        let is_taken = is_list || is_given || is_fact || name.text == SCORE;
        if is_taken {
            self.wrong(name.span, words!("`{}` has a meaning already", name.text), "");
        }
        is_taken
    }

    fn list(&mut self, list: &ListText) -> BTreeSet<crate::id::Id> {
        self.is_taken(&list.name);
        let found = subject(&list.subject);
        let Some(subject) = self.keep(found) else { return BTreeSet::new() };
        self.names.lists.push((list.name.text.clone(), subject));
        for member in &list.members {
            self.member(subject, member);
        }
        list.members.iter().map(|member| Key::of(subject, member.text.clone()).id()).collect()
    }

    /// Accounts are counted by an id, which says nothing of their number, and addresses by a keyed hash: a
    /// number would meet nobody.
    fn member(&mut self, subject: Subject, member: &Name) {
        let is_number = !member.text.is_empty()
            && member.text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ' '));
        if subject == Subject::Account && is_number {
            let help = "write the id that decisions show, or leave the list empty and let the desk keep it";
            self.doubt(member.span, "an account is named by its id, not by its number", help);
        }
        let host = member.text.split_once('/').map_or(member.text.as_str(), |(host, _)| host);
        if subject == Subject::Address && host.parse::<IpAddr>().is_ok() {
            let help = "write the hash that decisions show, or leave the list empty and let the desk keep it";
            self.doubt(member.span, "an address is named by its hash, not by its number", help);
        }
    }

    fn given(&mut self, name: &Name, unit: &Name) {
        if self.is_taken(name) {
            return;
        }
        let found = find(unit, &Unit::ALL, Unit::name, "there is no unit `{}`");
        if let Some(unit) = self.keep(found) {
            self.names.givens.push((name.text.clone(), unit));
        }
    }

    fn rule(&mut self, text: &RuleText, baseline: Outcome) -> Option<Rule> {
        let on: Vec<Option<Kind>> = text.on.iter().map(|name| self.keep(kind(name))).collect();
        let outcome = self.keep(find(&text.then, &Outcome::ALL, Outcome::name, NO_OUTCOME));
        let tell: Vec<Option<Who>> = text
            .tell
            .iter()
            .map(|who| {
                self.keep(find(who, &Who::ALL, Who::name, "there is no one who is told `{}`"))
            })
            .collect();
        let rollout = text.rollout.as_ref().map(|rollout| self.rollout(rollout));
        let on: Vec<Kind> = on.into_iter().collect::<Option<_>>()?;
        for (at, twice) in text.on.iter().enumerate() {
            if text.on.iter().take(at).any(|before| before.text == twice.text) {
                self.doubt(twice.span, words!("`{}` is named twice", twice.text), "leave one");
            }
        }
        let doubted = self.doubts.len();
        let (names, mistakes, doubts) = (&mut self.names, &mut self.mistakes, &mut self.doubts);
        let lowered = Lowering { names, kinds: &on, mistakes, doubts }.lower(&text.when, false);
        let outcome = outcome?;
        self.outcome(text, outcome, baseline);
        let (program, ways) = self.compile(text, &lowered?)?;
        if self.doubts.len() == doubted {
            self.can_be(text.when_span, &ways, &on);
        }
        self.grounds(text, outcome, &on);
        let first_slot = program.slots().next().unwrap_or_default();
        Some(Rule {
            name: text.name.text.as_str().into(),
            on,
            outcome,
            hold_secs: text.hold.map(|hold| hold.secs),
            code: text.code.text.as_str().into(),
            tell: tell.into_iter().collect::<Option<_>>()?,
            is_shadow: text.is_shadow,
            rollout: rollout.flatten(),
            program,
            ways,
            first_slot,
        })
    }

    fn rollout(&mut self, (share, of, span): &(i64, Name, Span)) -> Option<(i64, Subject)> {
        if !(1..10_000).contains(share) {
            let help = "leave it out for everybody; write `shadow` for nobody";
            self.wrong(*span, "a share is more than 0% and less than 100%", help);
        }
        Some((*share, self.keep(subject(of))?))
    }

    fn outcome(&mut self, text: &RuleText, outcome: Outcome, baseline: Outcome) {
        // What changes nothing may still be told.
        if outcome < baseline || (outcome == baseline && text.tell.is_empty()) {
            let message = words!("this never matters: the baseline is `{}`", baseline.name());
            self.wrong(text.then.span, message, "write a harsher outcome");
        }
        match (outcome, text.hold) {
            (Outcome::Hold, None) => {
                self.wrong(text.then.span, "this hold has no end", "write `then hold for 24h`");
            }
            (Outcome::Hold, Some(hold)) if !(60..=HOLD_SECS_MAX).contains(&hold.secs) => {
                self.wrong(hold.span, "a hold lasts a minute to thirty days", "");
            }
            (Outcome::Hold, Some(_)) | (_, None) => {}
            (_, Some(hold)) => self.wrong(hold.span, "only a hold has an end", ""),
        }
    }

    fn compile(&mut self, text: &RuleText, lowered: &Lowered) -> Option<(Program, Ways)> {
        let slots = &self.names.slots;
        let most = |slot: usize| slots.get(slot).map_or(i64::MAX, Input::most);
        let Ok(ways) = Ways::of(&self.by_one_day(lowered), most) else {
            let help = "write several rules";
            self.wrong(text.when_span, "this can hold in too many ways to be looked through", help);
            return None;
        };
        if ways.is_contradictory() {
            let help = "two of its numbers exclude each other";
            self.doubt(text.when_span, "this contradicts itself", help);
        }
        self.ways.push((text.when_span, ways.clone()));
        let program = Program::compile(lowered);
        if program.is_err() {
            self.wrong(text.when_span, "this is too long", "write several rules");
        }
        Some((program.ok()?, ways))
    }

    /// A holiday is a day that is no business day: two words for one thing, of which no two rules may make
    /// two grounds.
    fn by_one_day(&self, lowered: &Lowered) -> Lowered {
        let place = |day| self.names.slots.iter().position(|input| *input == Input::Day(day));
        match (place(Day::Holiday), place(Day::Business)) {
            (Some(holiday), Some(business)) => lowered.turned(holiday, business),
            _ => lowered.clone(),
        }
    }

    /// The model that the text names, out of those at hand.
    fn model(&mut self, file: &File, models: &[Arc<Model>]) -> Option<Named> {
        if let Some(second) = file.models.get(1) {
            self.wrong(second.span, "a policy asks one model", "leave one");
        }
        let Name { text, span } = file.models.first()?;
        self.names.has_model = true;
        let is_digits = text.len() >= VERSION_DIGITS && text.chars().all(|c| c.is_ascii_hexdigit());
        if !is_digits {
            let help = "write the first twelve or more digits of the SHA-256 in its first line";
            self.wrong(*span, "a model is named by its digits", help);
            return None;
        }
        let digest = |model: &Arc<Model>| model.digest().ok();
        let all: Vec<(String, &Arc<Model>)> =
            models.iter().filter_map(|model| Some((digest(model)?, model))).collect();
        let Some((digest, model)) = all.iter().find(|(digest, _)| digest.starts_with(text)) else {
            let known = all.iter().filter_map(|(digest, _)| digest.get(..VERSION_DIGITS));
            let known: Vec<&str> = known.collect();
            let help = if known.is_empty() {
                Words::from("no model was given")
            } else {
                words!("given: {}", known.join(", "))
            };
            self.wrong(*span, words!("the model {} is not at hand", text), help);
            return None;
        };
        Some(Named { model: Arc::clone(model), name: format!("{FORMAT}+{digest}"), span: *span })
    }

    /// Each thing that rules look at, as it is written.
    fn texts(&self) -> Vec<Text> {
        let lists: Vec<String> = self.names.lists.iter().map(|(name, _)| name.clone()).collect();
        let givens: Vec<String> = self.names.givens.iter().map(|(name, _)| name.clone()).collect();
        self.names.slots.iter().map(|input| input.text(&lists, &givens).into()).collect()
    }

    /// Where the model finds the numbers that it looks at.
    fn scorer(&mut self, named: Named, rules: &[Rule]) -> Option<Scorer> {
        let Named { model, name, span } = named;
        let slots = &self.names.slots;
        let Some(at) = slots.iter().position(|input| *input == Input::Score) else {
            let help = "write a rule that looks at `score`, or leave the model out";
            self.wrong(span, "no rule looks at what the model says", help);
            return None;
        };
        let asks = |rule: &&Rule| rule.program.slots().any(|slot| slot == at);
        let grown_on = &model.origin().on;
        let mut on = rules.iter().filter(asks).flat_map(|rule| &rule.on);
        let other = on.find(|kind| !grown_on.is_empty() && kind.name() != grown_on);
        if let Some(kind) = other {
            let message = words!("the model was grown from each {}, not {}", grown_on, kind.name());
            self.wrong(span, message, words!("look at `score` on {} only", grown_on));
            return None;
        }
        let (texts, inputs) = (self.texts(), slots.clone());
        let place = |feature: &String| {
            let mut all = slots.iter().zip(&texts);
            let is_old =
                |input: &Input| self.reading == Reading::InForce && *input == Input::KnownElsewhere;
            let is_it = |(input, text): (&Input, &Text)| {
                (is_feature(input) || is_old(input)) && text == feature
            };
            all.position(is_it).ok_or_else(|| feature.clone())
        };
        match model.features().iter().map(place).collect::<Result<Vec<_>, _>>() {
            Ok(slots) => {
                let features = slots.iter().filter_map(|slot| texts.get(*slot).cloned()).collect();
                let flat = Flat::of(&model, features).map(Arc::new);
                let is_seen = |slot: &usize| inputs.get(*slot) == Some(&Input::KnownElsewhere);
                if slots.iter().any(is_seen) {
                    let message = "the model looks at `known_elsewhere`, and none may";
                    self.doubt(span, message, "grow another without it");
                }
                Some(Scorer { model, name: name.into(), at, slots, flat })
            }
            Err(missing) => {
                let message = words!("the model looks at `{}`, and no rule does", missing);
                let help = "a model sees what rules look at: add one, in `shadow` if need be";
                self.wrong(span, message, help);
                None
            }
        }
    }
}
