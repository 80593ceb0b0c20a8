//! A passkey that was synced: the thief has the wallet's on a device of his own, because he took over
//! the account that carries passkeys from one device to the next. The bank's was never there.

use std::rc::Rc;

use kanuki_domain::{Yen, mandate::later};

use super::{
    Calendar, Crime,
    caps::ALL,
    hands::stolen::{self, Victim},
    plan::{DAY, HOUR, Plan},
    thief::Thief,
};
use crate::{measure::Answer, people::network, report::Start, walk, world::World};

/// What the victim had topped up for the week.
const IN_THE_WALLET: Yen = Yen::of(20_000);
/// How often he comes back, a day apart.
const DAYS: u32 = 5;

/// Tops up from the victim's account as much as it gives, and spends that and what was there.
pub(super) fn synced_passkey(world: &Rc<World>, _: Start, calendar: &Calendar) -> Crime {
    let plan = Plan::of(world, "synced-passkey");
    for (number, person) in plan.people.iter().enumerate() {
        let joins_at = later(calendar.start, HOUR);
        let victim =
            Victim { person: person.clone(), joins_at, stolen_at: later(joins_at, 2 * DAY) };
        stolen::stage(world, victim, number, move |mut owner, person| async move {
            let world = Rc::clone(&owner.world);
            owner.browser.change_hands(&person.key);
            let topped_up = walk::wallet::top_up(&mut owner.browser, IN_THE_WALLET).await;
            if !matches!(topped_up, Ok(walk::wallet::Moved::Done)) {
                let found = format!("{} could not top up: {topped_up:?}", person.key);
                world.tally.borrow_mut().find(found);
            }
            world.bed.secs(DAY).await;
            let who = format!("thief with a synced passkey {number}");
            let mut thief = Thief::new(&world, &who, network(&mut owner.chance));
            // The bank's passkey is among these too; he has none of the bank's, and never asks it to
            // sign there.
            thief.browser.keys = owner.browser.keys.clone();
            let signed_in = walk::wallet::sign_in(&mut thief.browser).await;
            thief.tried("sign in with the synced passkey", &signed_in.map(|_| Answer::Got));
            for _ in 0..DAYS {
                thief.take(ALL).await;
                thief.spend(IN_THE_WALLET).await;
                thief.wait(87_000, 90_000).await;
            }
        });
    }
    plan.crime(format!("{} wallets on a device of the thief's", plan.people.len()))
}
