//! Honest people: they join, link, top up, pay, send, mistype, click twice, and some of them read
//! what their bank writes. Stopping all of them would be no defense.

mod errands;
mod life;
mod plan;
mod town;
mod watch;

use std::rc::Rc;

use kanuki_domain::mandate::later;

use crate::{playbook::Calendar, sim::chance::Chance, sim::clock::on_day, world::World};

pub(crate) use life::letter_code;
pub(crate) use watch::stop_code;

/// Puts those who use a wallet into the world.
pub(crate) fn stage(world: &Rc<World>, calendar: &Calendar) {
    let mut chance = Chance::of(world.seed, "when people join");
    let span = calendar.honest_until.duration_since(calendar.start).as_secs();
    // The last third has time to live with what they joined.
    let days = u64::try_from(span).unwrap_or(0).saturating_mul(2).checked_div(3 * 86_400);
    let days = days.unwrap_or(0).max(1);
    for person in &world.town.customers {
        let day = i64::try_from(chance.below(days)).unwrap_or(0);
        let (hour, minute) = (chance.between(7, 21), chance.below(60));
        let hour = i8::try_from(hour).unwrap_or(12);
        let at = on_day(calendar.start, day, hour, i8::try_from(minute).unwrap_or(0));
        let life = life::Life::new(Rc::clone(world), person.clone(), calendar.honest_until);
        world.bed.spawn(at.max(later(calendar.start, 1)), life.live());
    }
    world.bed.spawn(calendar.start, town::payday(Rc::clone(world), calendar.honest_until));
}

/// Lets those who use none look into their passbooks, and counts what is missing each night.
pub(crate) fn watch(world: &Rc<World>, calendar: &Calendar) {
    for person in &world.town.bystanders {
        world.bed.spawn(calendar.start, watch::watch(Rc::clone(world), person.clone()));
    }
    world.bed.spawn(calendar.start, town::census(Rc::clone(world), calendar.end));
}
