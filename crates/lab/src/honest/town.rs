//! What happens to everybody: wages on the 25th, and a count of what is missing each night.

use std::rc::Rc;

use jiff::Timestamp;
use kanuki_domain::{Yen, mandate::later};

use crate::{sim::clock::on_day, world::World};

/// The day of the month on which wages are paid.
const PAYDAY: i8 = 25;
/// What arrives.
const WAGES: Yen = Yen::of(220_000);

/// Pays everyone who has a wallet, each month until `until`.
pub(super) async fn payday(world: Rc<World>, until: Timestamp) {
    let mut day = 0;
    let start = world.now();
    loop {
        let at = on_day(start, day, 9, 0);
        if at >= until {
            return;
        }
        day = day.saturating_add(1);
        let date = crate::sim::clock::japan(at).date();
        if date.day() != PAYDAY {
            continue;
        }
        world.bed.until(at).await;
        for person in &world.town.customers {
            let order = format!("wages-{}-{date}", person.key);
            if let Err(error) = world.pay_in(person, &order, WAGES).await {
                world.tally.borrow_mut().find(format!("wages: {error}"));
            }
        }
    }
}

/// Counts what is missing from bystanders, each night until `end`.
pub(super) async fn census(world: Rc<World>, end: Timestamp) {
    let start = world.now();
    for day in 0_i64.. {
        let at = later(on_day(start, day, 23, 59), 30);
        if at >= end {
            return;
        }
        world.bed.until(at).await;
        match world.missing().await {
            Ok(missing) => world.tally.borrow_mut().missing(at, &missing),
            Err(error) => world.tally.borrow_mut().find(format!("census: {error}")),
        }
    }
}
