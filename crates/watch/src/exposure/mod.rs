//! How exposed accounts are to crimes that need little or nothing of their holder: how much somebody
//! else could take, by which way, what they would need, what to do first.
//!
//! In 2020 most victims used no wallet ("I'm not with ドコモ, so I'm fine"), and accounts without an
//! ordinary balance went to −¥170,000, because a time deposit stood behind them. So what counts is
//! the balance *and* what the bank lends by itself (総合口座の当座貸越), and an unanswered question
//! counts as the worse answer.
//!
//! **Invariant:** pure functions over answers. No account number, name or PIN is ever asked for.

mod answer;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use kanuki_domain::Yen;

pub use answer::{Answer, Question};
pub use rules::{BELOW_ZERO, Needs, Rule, Rules, SAFER, Step, Way, When, rules};

/// One account, as far as somebody knows it.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// What is in it, if known.
    pub balance: Option<Yen>,
    /// How far it can go below zero, if known.
    pub room: Option<Yen>,
    answers: BTreeMap<Question, Answer>,
}

/// How much somebody could take, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// This, and no more.
    Exactly(Yen),
    /// This, which is more than nothing, and what nobody knows on top of it.
    AtLeast(Yen),
    /// Nobody knows: nothing that is known counts. Not the same as no money.
    Unknown,
}

/// What the answers about one account come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// Balance and overdraft.
    pub reach: Reach,
    /// Of it, what is there.
    pub balance: Reach,
    /// Of it, below zero.
    pub below_zero: Reach,
    /// Ways that are open.
    pub ways: Vec<Way>,
    /// What to do.
    pub steps: Vec<Step>,
    /// True for a place where what must be safe is better kept.
    pub is_safer: bool,
}

/// What the answers about all accounts come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Each account, in the order of the answers.
    pub accounts: Vec<Exposed>,
    /// Of all together but those in a safer place.
    pub reach: Reach,
    /// Of those, below zero.
    pub below_zero: Reach,
    /// What lies in a safer place, if any does.
    pub safer: Option<Reach>,
    /// What to do, the most urgent first, each with the places of the accounts it is about.
    pub steps: Vec<(Step, Vec<usize>)>,
}

impl Account {
    /// An account of which only amounts are known.
    #[must_use]
    pub fn of(balance: Option<Yen>, room: Option<Yen>) -> Self {
        Self { balance, room, answers: BTreeMap::new() }
    }

    /// With an answer in place of any that was given to the same question.
    #[must_use]
    pub fn with(mut self, answer: Answer) -> Self {
        self.answers.insert(answer.question(), answer);
        self
    }

    /// What was answered, or what counts when nothing was.
    #[must_use]
    pub fn answer(&self, question: Question) -> Option<Answer> {
        let given = self.answers.get(&question).copied();
        given.or_else(|| question.answers().first().copied())
    }

    /// Whether the answers fulfil a condition.
    #[must_use]
    pub fn holds(&self, when: When) -> bool {
        let is_given = |answer: &Answer| self.answer(answer.question()) == Some(*answer);
        when.iter().all(|group| group.iter().any(is_given))
    }

    /// What the answers come to.
    #[must_use]
    pub fn exposed(&self) -> Exposed {
        let balance = Reach::of(self.balance);
        let below_zero =
            if self.holds(BELOW_ZERO) { Reach::of(self.room) } else { Reach::default() };
        Exposed {
            reach: balance.plus(below_zero),
            balance,
            below_zero,
            ways: Way::ALL.into_iter().filter(|way| self.holds(way.when())).collect(),
            steps: Step::ALL.into_iter().filter(|step| self.holds(step.when())).collect(),
            is_safer: self.holds(SAFER),
        }
    }
}

impl Default for Reach {
    fn default() -> Self {
        Self::Exactly(Yen::ZERO)
    }
}

impl Reach {
    fn of(known: Option<Yen>) -> Self {
        known.map_or(Self::Unknown, Self::Exactly)
    }

    /// What is known of it.
    #[must_use]
    pub const fn known(self) -> Yen {
        match self {
            Self::Exactly(yen) | Self::AtLeast(yen) => yen,
            Self::Unknown => Yen::ZERO,
        }
    }

    /// True when it is known that nothing can be taken.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }

    /// Both together. No household has more than an amount can hold.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let known = self.known().plus(other.known()).unwrap_or(Yen::MAX);
        match (self, other) {
            (Self::Exactly(_), Self::Exactly(_)) => Self::Exactly(known),
            // An empty account beside one of which nothing is known makes no amount.
            _ if known.is_zero() => Self::Unknown,
            _ => Self::AtLeast(known),
        }
    }
}

impl Exposure {
    /// What the answers about `accounts` come to.
    #[must_use]
    pub fn of(accounts: &[Account]) -> Self {
        let accounts: Vec<Exposed> = accounts.iter().map(Account::exposed).collect();
        let sum = |is_safer: bool, part: fn(&Exposed) -> Reach| {
            let these = accounts.iter().filter(|account| account.is_safer == is_safer);
            these.map(part).reduce(Reach::plus)
        };
        // Whoever puts the large sum apart must see that it counts.
        let exposed = |part| sum(false, part).unwrap_or_default();
        let about = |step: Step| -> Vec<usize> {
            let advised = accounts.iter().enumerate().filter(|(_, a)| a.steps.contains(&step));
            advised.map(|(place, _)| place).collect()
        };
        let steps = Step::ALL.into_iter().map(|step| (step, about(step)));
        Self {
            reach: exposed(|account| account.reach),
            below_zero: exposed(|account| account.below_zero),
            safer: sum(true, |account| account.reach),
            steps: steps.filter(|(_, places)| !places.is_empty()).collect(),
            accounts,
        }
    }
}
