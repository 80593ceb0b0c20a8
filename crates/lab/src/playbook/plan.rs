//! Whom a crime is after, and the ways in which it begins.

use std::rc::Rc;

use jiff::Timestamp;
use kanuki_domain::mandate::later;

use super::{
    Calendar, Crime,
    hands::{
        old::{DEBITS, Robbery},
        stolen::{self, Victim},
    },
    thief::{Thief, contacts, victims},
};
use crate::{
    people::Person,
    sim::chance::Chance,
    world::{Company, FIRST, World},
};

pub(super) const HOUR: i64 = 3_600;
pub(super) const DAY: i64 = 86_400;
/// How far the numbers of an account's first and second wallet are apart.
pub(super) const OTHER_WALLET: usize = 50;

/// Whom a crime is after, and when.
pub(super) struct Plan<'a> {
    pub(super) world: &'a Rc<World>,
    pub(super) people: Vec<Person>,
    pub(super) chance: Chance,
}

impl<'a> Plan<'a> {
    pub(super) fn of(world: &'a Rc<World>, crime: &str) -> Self {
        let chance = Chance::of(world.seed, &format!("plan of {crime}"));
        Self { world, people: victims(world, crime, 40, 2), chance }
    }

    pub(super) fn crime(&self, variant: String) -> Crime {
        Crime { variant, shape: None, watched: contacts(&self.people) }
    }

    /// Somebody with the list before every door, and again two days later with another wallet.
    pub(super) fn outside(&mut self, from: Timestamp) -> Crime {
        for (number, person) in self.people.clone().into_iter().enumerate() {
            let world = Rc::clone(self.world);
            self.world.bed.spawn(later(from, self.chance.secs(600, 20_000)), async move {
                let who = format!("thief {number:02}");
                let mut thief = Thief::new(&world, &who, person.network);
                thief.change_skin();
                thief.knock(&person, number).await;
                thief.wait(DAY.unsigned_abs(), 2 * DAY.unsigned_abs()).await;
                thief.change_skin();
                let again = thief.open_throwaway(number.saturating_add(50)).await;
                thief.tried("open another throwaway wallet", &again);
                let linked = thief.try_link(&person).await;
                thief.tried("link without proving who one is", &linked);
            });
        }
        self.crime(format!("{} accounts on the list, every door, two wallets", self.people.len()))
    }

    /// The accounts are linked `early` seconds before `at` and drained in these rounds after it.
    pub(super) fn robberies(&mut self, at: Timestamp, early: i64, rounds: &[i64]) -> Crime {
        self.robberies_at(&[&FIRST], at, early, rounds)
    }

    /// The same by a wallet of each of these companies.
    pub(super) fn robberies_at(
        &mut self,
        companies: &[&'static Company],
        at: Timestamp,
        early: i64,
        rounds: &[i64],
    ) -> Crime {
        for (number, person) in self.people.clone().into_iter().enumerate() {
            let shift = self.chance.secs(60, 900);
            let linked_at = later(at, shift.saturating_sub(early));
            for (place, company) in companies.iter().enumerate() {
                let number = number.saturating_add(place.saturating_mul(OTHER_WALLET));
                let robbery = Robbery::at_once(self.world, number, person.clone(), linked_at);
                let round = |secs: &i64| (later(at, secs.saturating_add(shift)), DEBITS.to_vec());
                let robbery = robbery.with_wallet_of(company);
                Robbery { rounds: rounds.iter().map(round).collect(), ..robbery }.stage(self.world);
            }
        }
        let by = if companies.len() > 1 { " by wallets of two companies" } else { "" };
        let (accounts, rounds) = (self.people.len(), rounds.len());
        self.crime(format!("{accounts} accounts, drained in {rounds} rounds{by}"))
    }

    /// Victims who joined at the start, and lose their telephones at `stolen_at`.
    pub(super) fn inside<C, F>(
        &mut self,
        calendar: &Calendar,
        stolen_at: Timestamp,
        crime: C,
    ) -> Crime
    where
        C: Fn(Thief, Person) -> F + Clone + 'static,
        F: Future<Output = ()> + 'static,
    {
        for (number, person) in self.people.clone().into_iter().enumerate() {
            let joins_at = later(calendar.start, self.chance.secs(HOUR.unsigned_abs(), 7_200));
            let victim = Victim { person, joins_at, stolen_at };
            stolen::stage(self.world, victim, number, crime.clone());
        }
        self.crime(format!("{} stolen telephones with a live link", self.people.len()))
    }

    /// The same, by somebody who hears what a bank tells to the victim's telephone.
    pub(super) fn hearing(&mut self, at: Timestamp) -> Crime {
        for (number, person) in self.people.clone().into_iter().enumerate() {
            let at = later(at, self.chance.secs(60, 90_000));
            Robbery::at_once(self.world, number, person, at).hearing().stage(self.world);
        }
        self.crime(format!("{} victims who say what they are asked", self.people.len()))
    }

    /// A thief for each victim, with an accomplice's genuine card, from `at` on.
    pub(super) fn each<C, F>(&mut self, at: Timestamp, crime: C) -> Crime
    where
        C: Fn(Thief, Person, Person) -> F + Clone + 'static,
        F: Future<Output = ()> + 'static,
    {
        let accomplices = self.world.town.accomplices.clone();
        for (number, person) in self.people.clone().into_iter().enumerate() {
            let place = number.checked_rem(accomplices.len()).unwrap_or(0);
            let Some(accomplice) = accomplices.get(place).cloned() else { continue };
            let (world, crime) = (Rc::clone(self.world), crime.clone());
            let at = later(at, self.chance.secs(60, 20_000));
            self.world.bed.spawn(at, async move {
                let mut thief = Thief::new(&world, &format!("thief {number:02}"), person.network);
                thief.change_skin();
                crime(thief, person, accomplice).await;
            });
        }
        self.crime(format!("{} victims, an accomplice for each", self.people.len()))
    }
}
