//! Names and units of one condition are looked up, and what is left is tests of numbers.

use super::{
    ast::{Compare, Condition, Length, Name, Quantity, Value},
    error::{Mistake, Span, guessed, words},
    input::{Day, Input, SCORE, Unit},
};
use crate::{
    Feature, Kind, Measure, Subject,
    features::{DISTINCT_EXACT_MAX, EXACT_MAX},
    signal::WINDOW_SECS_MAX,
};

/// A test of one number: inside of a range, or outside of it. What is not known is neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Test {
    pub(super) slot: usize,
    pub(super) low: i64,
    pub(super) high: i64,
    pub(super) is_outside: bool,
}

/// A condition without names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lowered {
    Test(Test, Span),
    All(Vec<Self>),
    Any(Vec<Self>),
    SomeOf(usize, Vec<Self>),
}

impl Lowered {
    /// The same, where whatever is said of a flag at `from` is said of its opposite at `to`.
    pub(super) fn turned(&self, from: usize, to: usize) -> Self {
        let all = |parts: &[Self]| parts.iter().map(|part| part.turned(from, to)).collect();
        match self {
            Self::Test(test, span) if test.slot == from => {
                let (low, high) = (1_i64.saturating_sub(test.high), 1_i64.saturating_sub(test.low));
                Self::Test(Test { slot: to, low, high, ..*test }, *span)
            }
            Self::Test(test, span) => Self::Test(*test, *span),
            Self::All(parts) => Self::All(all(parts)),
            Self::Any(parts) => Self::Any(all(parts)),
            Self::SomeOf(needed, parts) => Self::SomeOf(*needed, all(parts)),
        }
    }
}

/// What one policy names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) slots: Vec<Input>,
    pub(super) lists: Vec<(String, Subject)>,
    pub(super) givens: Vec<(String, Unit)>,
    pub(super) words: Vec<String>,
    /// The policy names a model, so there is a score.
    pub(super) has_model: bool,
}

/// One rule's condition on its way down.
pub(super) struct Lowering<'a> {
    pub(super) names: &'a mut Names,
    pub(super) kinds: &'a [Kind],
    pub(super) mistakes: &'a mut Vec<Mistake>,
    /// What can be understood and should not have been written.
    pub(super) doubts: &'a mut Vec<Mistake>,
}

pub(super) fn kind(name: &Name) -> Result<Kind, Mistake> {
    Kind::parse(&name.text).ok_or_else(|| {
        let message = words!("there is no signal `{}`", name.text);
        Mistake::new(name.span, message, guessed(&name.text, Kind::ALL.iter().map(|k| k.name())))
    })
}

pub(super) fn subject(name: &Name) -> Result<Subject, Mistake> {
    Subject::parse(&name.text).ok_or_else(|| {
        let message = words!("nothing is counted by `{}`", name.text);
        let known = Subject::ALL.iter().map(|s| s.name());
        Mistake::new(name.span, message, guessed(&name.text, known))
    })
}

fn window(length: Length) -> Result<i64, Mistake> {
    if (60..=WINDOW_SECS_MAX).contains(&length.secs) {
        return Ok(length.secs);
    }
    let help = "write 1m to 90d";
    Err(Mistake::new(length.span, "a window is a minute to ninety days long", help))
}

impl Lowering<'_> {
    fn slot(&mut self, input: Input) -> usize {
        if let Some(known) = self.names.slots.iter().position(|slot| *slot == input) {
            return known;
        }
        self.names.slots.push(input);
        self.names.slots.len().saturating_sub(1)
    }

    /// Lowers it; `is_not` when it stands under an odd number of `not`.
    pub(super) fn lower(&mut self, condition: &Condition, is_not: bool) -> Option<Lowered> {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                let parts: Vec<Option<Lowered>> =
                    parts.iter().map(|part| self.lower(part, is_not)).collect();
                let parts: Vec<Lowered> = parts.into_iter().collect::<Option<_>>()?;
                let is_all = matches!(condition, Condition::All(_)) != is_not;
                Some(if is_all { Lowered::All(parts) } else { Lowered::Any(parts) })
            }
            Condition::Not(inner, _) => self.lower(inner, !is_not),
            Condition::SomeOf { needed, stated, of, span } => {
                self.some_of((*needed, *stated), of, *span, is_not)
            }
            leaf @ (Condition::Test { .. }
            | Condition::Flag(_)
            | Condition::InList { .. }
            | Condition::TimeBetween { .. }
            | Condition::DayIs { .. }) => match self.leaf(leaf) {
                Ok((mut test, span)) => {
                    test.is_outside = test.is_outside != is_not;
                    self.look_at(&test, span);
                    Some(Lowered::Test(test, span))
                }
                Err(mistake) => {
                    self.mistakes.push(mistake);
                    None
                }
            },
        }
    }

    fn some_of(
        &mut self,
        (needed, stated): (i64, i64),
        of: &[Condition],
        span: Span,
        is_not: bool,
    ) -> Option<Lowered> {
        let parts: Vec<Option<Lowered>> = of.iter().map(|part| self.lower(part, is_not)).collect();
        let parts: Vec<Lowered> = parts.into_iter().collect::<Option<_>>()?;
        let found = parts.len();
        if i64::try_from(found) != Ok(stated) {
            let message = words!("of {} is said, {} are listed", stated, found);
            self.mistakes.push(Mistake::new(span, message, "count them again"));
            return None;
        }
        let needed = usize::try_from(needed).ok().filter(|n| (1..=found).contains(n));
        let Some(needed) = needed else {
            let message = words!("between 1 and {} of {} can hold", found, found);
            self.mistakes.push(Mistake::new(span, message, ""));
            return None;
        };
        // Not three of five hold, when three of five do not.
        let needed = if is_not { found.saturating_sub(needed).saturating_add(1) } else { needed };
        Some(Lowered::SomeOf(needed, parts))
    }

    /// A test that always or never holds is a slip.
    fn look_at(&mut self, test: &Test, span: Span) {
        let Some(input) = self.names.slots.get(test.slot) else { return };
        let (least, most) = (input.least(self.kinds), input.most());
        let holds = |least: i64| {
            let (low, high) = (test.low.max(least), test.high.min(most));
            let (is_whole, is_empty) = (low == least && high == most, low > high);
            if test.is_outside { (is_empty, is_whole) } else { (is_whole, is_empty) }
        };
        let says = |(always, never): (bool, bool)| match (always, never) {
            (true, _) => Some("this always holds"),
            (_, true) => Some("this never holds"),
            (false, false) => None,
        };
        if let Some(message) = says(holds(0)) {
            self.doubts.push(Mistake::new(span, message, "look at the number again"));
        } else if let (Some(message), Input::Feature(feature)) = (says(holds(least)), input) {
            let name = feature.kind.name();
            let help = words!("a {} counts itself, so there is one at least", name);
            self.doubts.push(Mistake::new(span, message, help));
        }
    }

    fn leaf(&mut self, condition: &Condition) -> Result<(Test, Span), Mistake> {
        let flag = |slot| Test { slot, low: 1, high: 1, is_outside: false };
        match condition {
            Condition::Flag(name) => {
                let input = self.fact(name)?;
                if input.unit() != Unit::Flag {
                    let message = words!("`{}` is a number, no condition", name.text);
                    let help = words!("compare it with {}", input.unit().example());
                    return Err(Mistake::new(name.span, message, help));
                }
                Ok((flag(self.slot(input)), name.span))
            }
            Condition::InList { subject: of, list, span } => {
                let input = self.member(of, list)?;
                Ok((flag(self.slot(input)), *span))
            }
            Condition::DayIs { day, span } => {
                let day = match day.text.as_str() {
                    "business" => Day::Business,
                    "holiday" => Day::Holiday,
                    "month_edge" => Day::MonthEdge,
                    other => {
                        let help = guessed(other, ["business", "holiday", "month_edge"]);
                        let message = words!("there is no kind of day `{}`", other);
                        return Err(Mistake::new(day.span, message, help));
                    }
                };
                if day == Day::Holiday {
                    // Rules are looked through as if it were written by its opposite.
                    self.slot(Input::Day(Day::Business));
                }
                Ok((flag(self.slot(Input::Day(day))), *span))
            }
            Condition::TimeBetween { from, until, span } => {
                if from == until {
                    let help = "leave it out, or write two different times";
                    return Err(Mistake::new(*span, "this is no time at all", help));
                }
                let slot = self.slot(Input::TimeOfDay);
                let is_outside = from > until;
                let (low, high) = if is_outside { (until, from) } else { (from, until) };
                let high = high.saturating_sub(1);
                Ok((Test { slot, low: *low, high, is_outside }, *span))
            }
            Condition::Test { quantity, compare, value, value_span, span } => {
                let input = self.quantity(quantity, *span)?;
                let number = self.value(&input, value, *value_span)?;
                exact(&input, number, *value_span)?;
                if input.unit() == Unit::Word
                    && !matches!(compare, Compare::Equal | Compare::Unequal)
                {
                    let help = "write = or !=";
                    return Err(Mistake::new(*span, "a word is not larger than another", help));
                }
                let slot = self.slot(input);
                Ok((range(slot, *compare, number), *span))
            }
            Condition::All(_)
            | Condition::Any(_)
            | Condition::Not(..)
            | Condition::SomeOf { .. } => Err(Mistake::new(Span::default(), "this is no test", "")),
        }
    }

    fn fact(&self, name: &Name) -> Result<Input, Mistake> {
        if let Some((_, known)) = Input::FACTS.iter().find(|(known, _)| *known == name.text) {
            return Ok(known.clone());
        }
        if name.text == SCORE {
            let help = "write `model \"…\"` above, with the digits of the model";
            let none = || Mistake::new(name.span, "no model is named, so there is no score", help);
            return self.names.has_model.then_some(Input::Score).ok_or_else(none);
        }
        let givens = self.names.givens.iter().position(|(given, _)| *given == name.text);
        if let Some((at, (_, unit))) = givens.and_then(|at| Some((at, self.names.givens.get(at)?)))
        {
            return Ok(Input::Given(at, *unit));
        }
        let known = Input::FACTS.iter().map(|(known, _)| *known);
        let known: Vec<&str> =
            known.chain(self.names.givens.iter().map(|(given, _)| given.as_str())).collect();
        let message = words!("there is no fact `{}`", name.text);
        Err(Mistake::new(name.span, message, guessed(&name.text, known)))
    }

    fn member(&self, of: &Name, list: &Name) -> Result<Input, Mistake> {
        let subject = self.carried(of)?;
        let known = self.names.lists.iter().position(|(known, _)| *known == list.text);
        let Some((at, (_, holds))) = known.and_then(|at| Some((at, self.names.lists.get(at)?)))
        else {
            let message = words!("there is no list `{}`", list.text);
            let names = self.names.lists.iter().map(|(name, _)| name.as_str());
            let help = if self.names.lists.is_empty() {
                words!("write `list {}: {}` above", list.text, of.text)
            } else {
                guessed(&list.text, names)
            };
            return Err(Mistake::new(list.span, message, help));
        };
        if *holds != subject {
            let message = words!("`{}` holds each {}, no {}", list.text, holds.name(), of.text);
            return Err(Mistake::new(list.span, message, ""));
        }
        Ok(Input::InList(subject, at))
    }

    /// A subject that every signal of the rule may carry: a rule that asks for one that none has
    /// could never hold.
    fn carried(&self, name: &Name) -> Result<Subject, Mistake> {
        let subject = subject(name)?;
        let without = self.kinds.iter().find(|kind| !kind.subjects().contains(&subject));
        let is_known = subject != Subject::Everyone;
        match without.filter(|_| is_known) {
            Some(kind) => {
                let message = words!("a {} has no {}, so this never holds", kind.name(), name.text);
                let help = guessed(&name.text, kind.subjects().iter().map(|s| s.name()));
                Err(Mistake::new(name.span, message, help))
            }
            None => Ok(subject),
        }
    }

    fn of_per(&self, of: &Name, per: &Name) -> Result<(Kind, Subject), Mistake> {
        let (kind, subject) = (kind(of)?, self.carried(per)?);
        if !kind.subjects().contains(&subject) && subject != Subject::Everyone {
            let message = words!("a {} has no {}, so this is always 0", of.text, per.text);
            let help = guessed(&per.text, kind.subjects().iter().map(|s| s.name()));
            return Err(Mistake::new(per.span, message, help));
        }
        Ok((kind, subject))
    }

    fn quantity(&mut self, quantity: &Quantity, span: Span) -> Result<Input, Mistake> {
        let (measure, of, per, window_secs) = match quantity {
            Quantity::Fact(name) => {
                let input = self.fact(name)?;
                if input.unit() == Unit::Flag {
                    let message = words!("`{}` is yes or no", name.text);
                    let help = "write its name alone, or `not` before it";
                    return Err(Mistake::new(span, message, help));
                }
                return Ok(input);
            }
            Quantity::Drained { per, within } => {
                if self.carried(per)? != Subject::Wallet {
                    let help = "write `drained per wallet`";
                    return Err(Mistake::new(per.span, "only a wallet is drained", help));
                }
                return Ok(Input::Drained(Subject::Wallet, window(*within)?));
            }
            Quantity::Count { of, per, within } => (Measure::Count, of, per, window(*within)?),
            Quantity::Sum { of, per, within } => (Measure::Sum, of, per, window(*within)?),
            Quantity::Distinct { what, of, per, within } => {
                (distinct(what, of, per)?, of, per, window(*within)?)
            }
            Quantity::Age { of, per } => (Measure::Age, of, per, WINDOW_SECS_MAX),
            Quantity::Idle { of, per } => (Measure::Idle, of, per, WINDOW_SECS_MAX),
            Quantity::Ratio { is_sum, of, per, within, over } => {
                let (window_secs, over_secs) = (window(*within)?, window(*over)?);
                if over_secs <= window_secs {
                    let help = "write a history that is longer than the window";
                    return Err(Mistake::new(over.span, "there is no history left", help));
                }
                let measure = if *is_sum {
                    Measure::RatioOfSum { over_secs }
                } else {
                    Measure::RatioOfCount { over_secs }
                };
                (measure, of, per, window_secs)
            }
        };
        let (kind, subject) = self.of_per(of, per)?;
        Ok(Input::Feature(Feature { measure, kind, subject, window_secs }))
    }

    fn value(&mut self, input: &Input, value: &Value, span: Span) -> Result<i64, Mistake> {
        let unit = input.unit();
        match (unit, value) {
            (Unit::Count, Value::Number(n))
            | (Unit::Yen, Value::Yen(n))
            | (Unit::Time, Value::Secs(n))
            | (Unit::Percent, Value::Percent(n)) => Ok(*n),
            (Unit::Word, Value::Text(word)) => {
                let known = self.names.words.iter().position(|known| known == word);
                let at = known.unwrap_or(self.names.words.len());
                if known.is_none() {
                    self.names.words.push(word.clone());
                }
                // 0 is any word that the policy does not name.
                Ok(i64::try_from(at).unwrap_or(i64::MAX).saturating_add(1))
            }
            _ => {
                let message = words!("this is no value of unit `{}`", unit.name());
                Err(Mistake::new(span, message, words!("write {}", unit.example())))
            }
        }
    }
}

fn distinct(what: &Name, of: &Name, per: &Name) -> Result<Measure, Mistake> {
    let (what_is, kind, per_is) = (subject(what)?, kind(of)?, subject(per)?);
    if !per_is.counterparts().contains(&what_is) {
        let message = words!("no {} is kept per {}", what.text, per.text);
        let help = guessed(&what.text, per_is.counterparts().iter().map(|s| s.name()));
        return Err(Mistake::new(what.span, message, help));
    }
    if !kind.subjects().contains(&what_is) {
        let message = words!("a {} has no {}, so this is always 0", of.text, what.text);
        let help = guessed(&what.text, kind.subjects().iter().map(|s| s.name()));
        return Err(Mistake::new(what.span, message, help));
    }
    Ok(Measure::Distinct(what_is))
}

/// What blocks somebody must be counted exactly.
fn exact(input: &Input, number: i64, span: Span) -> Result<(), Mistake> {
    let Input::Feature(feature) = input else { return Ok(()) };
    let most = match feature.measure {
        Measure::Count => EXACT_MAX,
        Measure::Distinct(_) => DISTINCT_EXACT_MAX,
        Measure::Sum
        | Measure::Age
        | Measure::Idle
        | Measure::RatioOfCount { .. }
        | Measure::RatioOfSum { .. } => return Ok(()),
    };
    if usize::try_from(number).is_ok_and(|number| number < most) {
        return Ok(());
    }
    let message = words!("this is counted exactly up to {} only", most);
    let help = "take a shorter window and a smaller number";
    Err(Mistake::new(span, message, help))
}

const fn range(slot: usize, compare: Compare, number: i64) -> Test {
    let (low, high, is_outside) = match compare {
        Compare::Above => (number.saturating_add(1), i64::MAX, false),
        Compare::AtLeast => (number, i64::MAX, false),
        Compare::Below => (0, number.saturating_sub(1), false),
        Compare::AtMost => (0, number, false),
        Compare::Equal => (number, number, false),
        Compare::Unequal => (number, number, true),
    };
    Test { slot, low, high, is_outside }
}
