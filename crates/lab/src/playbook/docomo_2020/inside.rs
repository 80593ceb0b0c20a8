//! Breach assumed: verified wallets in true names of accomplices, and the victims' bank
//! credentials, phished until a passkey of the thief is registered for each victim.
//!
//! What he was given is set up by the same pages; only what he tries with it is counted.

use std::rc::Rc;

use super::{DAY, Target};
use crate::{
    measure::Answer,
    people::Person,
    playbook::{Calendar, thief::Thief},
    world::World,
};

/// How long a new device waits before it may do everything, and then a day.
const PATIENCE_SECS: i64 = 8 * DAY;

/// Shares the list among the accomplices, who set up one after the other.
pub(super) fn stage(world: &Rc<World>, targets: Vec<Target>, calendar: &Calendar) {
    let hands = world.town.accomplices.len().max(1);
    for (hand, accomplice) in world.town.accomplices.iter().enumerate() {
        let share = targets.iter().filter(|target| target.number % hands == hand);
        let work = work(Rc::clone(world), accomplice.clone(), share.cloned().collect());
        world.bed.spawn(calendar.start, work);
    }
}

async fn work(world: Rc<World>, accomplice: Person, targets: Vec<Target>) {
    let mut thief = Thief::new(&world, &accomplice.key, accomplice.network);
    let set_up = thief.set_up(&accomplice).await;
    if !matches!(set_up, Ok(Answer::Got)) {
        let found = format!("the thief could not be given a verified wallet: {set_up:?}");
        world.tally.borrow_mut().find(found);
        return;
    }
    let mut last = None;
    for target in &targets {
        let victim = &target.person;
        let phished = thief.enrol_as(victim).await;
        if thief.tried("enrol a passkey with phished codes", &phished) == Answer::Refused {
            continue;
        }
        let linked = thief.link_as(victim).await;
        thief.tried("link the victim's account to a wallet in one's own name", &linked);
        let raised = thief.raise_as(victim).await;
        thief.tried("raise the caps of the victim's links", &raised);
        thief.change_skin();
        last = Some(victim);
    }
    let Some(victim) = last else { return };
    // Patience: a device that is no longer new, another hour, and only then once more.
    world.bed.secs(PATIENCE_SECS).await;
    thief.change_skin();
    let linked = thief.link_as(victim).await;
    thief.tried("the same a week later", &linked);
    let swapped = thief.link_with_account_of_another(victim).await;
    thief.tried("name another account in the victim's consent", &swapped);
}
