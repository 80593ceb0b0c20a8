//! The incident: a leaked list, a throwaway wallet each, four debits in a minute.
//!
//! Sources: 77 Bank, 2020-09-01 14:05, four debits of 100k, 90k, 90k and 20k in about a minute;
//! ¥600,000 from those who were hit on both sides of 31 August; goods bought within 24 hours; one
//! more debit after new links were halted (facts: requirements 1.1 to 1.3).

mod inside;
mod outside;

use std::{net::IpAddr, rc::Rc};

use jiff::Timestamp;
use kanuki_domain::{Yen, mandate::later};

use super::{
    Calendar, Crime,
    hands::old::{DEBITS, Robbery},
    thief::contacts,
};
use crate::{
    people::{Person, network},
    policy::Policy,
    report::Start,
    sim::chance::Chance,
    world::{FIRST, World},
};

const DAY: i64 = 86_400;

/// The month's cap of 2020, which was what a victim lost.
const ONE_MONTH: Yen = Yen::of(300_000);
/// What those lost who were hit on both sides of midnight.
const TWO_MONTHS: Yen = Yen::of(600_000);

/// The fewest accounts on a list: so that each form of the crime happens.
const LIST_MIN: usize = 4;

/// When one account on the list is gone for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Once, on some evening.
    Once,
    /// An hour before midnight of the month, and again after it.
    AcrossTheEdge,
    /// Linked before the halt of new links, drained after it.
    AfterTheHalt,
}

/// One account on the leaked list, with a plan.
#[derive(Clone, Debug)]
struct Target {
    number: usize,
    person: Person,
    form: Form,
    /// When the wallet is opened and the account linked.
    at: Timestamp,
    /// When it is drained again, or at last.
    again_at: Option<Timestamp>,
    /// From where.
    address: IpAddr,
}

/// The crime as the seed draws it.
#[derive(Clone, Debug)]
struct Variant {
    /// Seconds between two debits.
    debit_secs: (u64, u64),
    one_address: bool,
    targets: Vec<Target>,
}

impl Variant {
    fn draw(world: &World, calendar: &Calendar) -> Self {
        let mut chance = Chance::of(world.seed, "docomo-2020");
        let mut list = world.town.bystanders.clone();
        chance.shuffle(&mut list);
        let tenth = list.len().checked_div(10).unwrap_or(0);
        list.truncate(tenth.max(LIST_MIN));
        let across = list.len().div_ceil(4);
        let late = list.len().div_ceil(10);
        let one_address = chance.happens(500);
        let home = network(&mut chance);
        let debit_secs = if chance.happens(700) { (1, 5) } else { (40, 240) };
        let targets = list.into_iter().enumerate().map(|(number, person)| {
            let form = match number {
                n if n < across => Form::AcrossTheEdge,
                n if n < across.saturating_add(late) => Form::AfterTheHalt,
                _ => Form::Once,
            };
            let address = if one_address { home } else { network(&mut chance) };
            let (at, again_at) = form.times(calendar, &mut chance);
            Target { number, person, form, at, again_at, address }
        });
        let targets = targets.collect();
        Self { debit_secs, one_address, targets }
    }

    fn words(&self) -> String {
        let count = |form| self.targets.iter().filter(|target| target.form == form).count();
        let (low, high) = self.debit_secs;
        format!(
            "{} accounts on the list, {} across the month's edge, {} after the halt; \
             {low} to {high} s between debits; {}",
            self.targets.len(),
            count(Form::AcrossTheEdge),
            count(Form::AfterTheHalt),
            if self.one_address { "all from one address" } else { "each from its own address" },
        )
    }
}

impl Form {
    fn times(self, calendar: &Calendar, chance: &mut Chance) -> (Timestamp, Option<Timestamp>) {
        let from = |at, low, high, chance: &mut Chance| later(at, chance.secs(low, high));
        match self {
            // Never within the last hours before midnight of the month: that is another form.
            Self::Once if chance.happens(300) => {
                (from(calendar.start, 3_600, 86_400, chance), None)
            }
            Self::Once => (from(calendar.edge, 40_000, 6 * 86_400, chance), None),
            Self::AcrossTheEdge => {
                let again = from(calendar.edge, 300, 7_200, chance);
                (later(calendar.edge, chance.secs(3_600, 10_800).saturating_neg()), Some(again))
            }
            Self::AfterTheHalt => {
                let again = from(calendar.halt.at, 21_600, 144_000, chance);
                (
                    later(calendar.halt.at, chance.secs(90_000, 170_000).saturating_neg()),
                    Some(again),
                )
            }
        }
    }
}

impl Target {
    /// As it was done in 2020.
    fn robbery(self, debit_secs: (u64, u64)) -> Robbery {
        let first = (self.form != Form::AfterTheHalt).then_some(self.at);
        let rounds = first.into_iter().chain(self.again_at);
        Robbery {
            number: self.number,
            address: self.address,
            company: &FIRST,
            at: self.at,
            rounds: rounds.map(|at| (at, DEBITS.to_vec())).collect(),
            debit_secs,
            hears: false,
            person: self.person,
        }
    }
}

/// Puts the thief into the world.
pub(super) fn stage(world: &Rc<World>, start: Start, calendar: &Calendar) -> Crime {
    let variant = Variant::draw(world, calendar);
    let people: Vec<Person> = variant.targets.iter().map(|t| t.person.clone()).collect();
    let crime = Crime {
        variant: variant.words(),
        shape: (world.policy == Policy::Y2020).then_some((ONE_MONTH, TWO_MONTHS)),
        watched: contacts(&people),
    };
    match (world.policy, start) {
        (policy, _) if policy.is_old() => {
            for target in variant.targets {
                target.robbery(variant.debit_secs).stage(world);
            }
        }
        (_, Start::Outside) => {
            for target in variant.targets {
                let at = target.at;
                world.bed.spawn(at, outside::attack(Rc::clone(world), target));
            }
        }
        (_, Start::Inside) => inside::stage(world, variant.targets, calendar),
    }
    crime
}
