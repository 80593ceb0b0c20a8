//! A wallet's notices and closed cases go after their years; customers, their money and a freeze stay.

use kanuki_desk::{
    case::Case,
    notice::Notice,
    retention::{Kept, Need},
};
use kanuki_domain::limits::DAY_SECS;
use kanuki_record::{Record, Unit, vault::PersonKey};
use kanuki_wallet::{Customer, event::OutEvent, retention, topup::Topup};

use crate::world::World;

async fn rows<T: Record>(world: &World) -> usize {
    world.wallet.book.scan::<T>("").await.unwrap().len()
}

/// So many years later, one pass after another until nothing is due.
async fn pass(world: &World, years: i64) {
    world.later((years * 366 + 1) * DAY_SECS);
    while world.wallet.forget_due(&world.ctx()).await.unwrap() > 0 {
        world.later(2 * DAY_SECS);
    }
}

#[tokio::test]
async fn a_case_of_a_frozen_wallet_stays_and_notices_go_with_nobodys_money() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    world.top_up(&hanako, link, "a", 5_000).await;
    let (_, code) = world.mail(&hanako).await;
    let case_id = world.wallet.stop(&world.ctx(), &code).await.unwrap();
    let key = world.wallet.vault.create_person(&world.ctx(), case_id).unwrap();
    let mut case = world.wallet.book.load::<Case>(case_id).await.unwrap();
    case.edit().close(world.ctx().now, "staff", "done");
    let mut unit = Unit::new();
    unit.insert(&key).update(&case);
    world.wallet.book.commit(unit).await.unwrap();
    world.send_events().await;
    assert!(rows::<Notice>(&world).await > 0 && rows::<OutEvent>(&world).await > 0);
    let balance = world.balance(&hanako).await;

    pass(&world, 11).await;

    assert_eq!(rows::<Notice>(&world).await + rows::<OutEvent>(&world).await, 0);
    assert_eq!(rows::<Customer>(&world).await + rows::<Topup>(&world).await, 2);
    assert!(world.wallet.book.find::<PersonKey>(hanako.id).await.unwrap().is_some());
    assert_eq!(world.balance(&hanako).await, balance);
    assert!(world.wallet.book.find::<Case>(case_id).await.unwrap().is_some());
    let known = kanuki_desk::retention::progress(&world.wallet.book).await.unwrap();
    assert!(known["casefile"].last.needed.contains_key(&Need::Live), "the freeze names its case");
    for line in retention::schedule() {
        let has_years = matches!(line.kept, Kept::Years(..));
        assert_eq!(known.contains_key(line.kind), has_years, "{}", line.kind);
    }

    // The wallet goes on: nothing needs the case any more, and the key of who reported goes with it.
    let mut customer = world.wallet.customer(hanako.id).await.unwrap();
    customer.edit().frozen = None;
    let mut unit = Unit::new();
    unit.update(&customer);
    world.wallet.book.commit(unit).await.unwrap();
    pass(&world, 0).await;
    assert!(world.wallet.book.find::<Case>(case_id).await.unwrap().is_none());
    assert!(world.wallet.book.find::<PersonKey>(case_id).await.unwrap().is_none());
}
