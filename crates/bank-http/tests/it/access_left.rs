//! Beside the table of routes: a form from elsewhere, and a session of somebody who has left.

use kanuki_desk::staff::Staff;
use kanuki_record::Unit;

use crate::{
    access::{TABLE, ask, check},
    browser::Browser,
    wallet::Linked,
    world::World,
};

#[tokio::test]
async fn a_form_from_elsewhere_changes_nothing() {
    let world = World::new().await;
    let mut holder = Browser::new(3);
    let linked = world.linked(&mut holder).await;
    let mut thief = Browser::new(4);
    let stolen = thief.csrf(&world, "/stop").await;
    let stop = format!("/holder/mandates/{}/stop", linked.mandate_id);

    let without = holder.post(&world, &stop, &[]).await;
    let foreign = holder.post(&world, &stop, &[("csrf", &stolen)]).await;

    assert_eq!((without.status, foreign.status), (403, 403));
    assert_eq!(world.debit(&linked, 1, 1_000).await.status, 201);
}

/// The session itself may be alive: it was open when they were sent away.
#[tokio::test]
async fn a_session_of_somebody_who_has_left_opens_nothing_at_the_desk() {
    let world = World::new().await;
    let mut left = Browser::new(1);
    let linked = world.linked(&mut left).await;
    left.enter_desk(&world, "STAFFAOKI").await;
    let book = &world.state.bank.book;
    let mut staff = book.find_by::<Staff>("name", "青木").await.unwrap().unwrap();
    staff.edit().left_at = Some(world.now());
    let mut unit = Unit::new();
    unit.update(&staff);
    book.commit(unit).await.unwrap();

    for row in TABLE.iter().filter(|row| row.0.contains("/desk")) {
        let id = subject(&world, &linked, row.0).await;
        let reply = ask(&world, &mut left, row, &id).await;
        // Whether a form carries a file is asked before who sends it.
        if reply.status != 400 {
            check(row, 3, &reply);
        }
    }
}

/// The id that a route is about: the owner's mandate, or a case.
pub(crate) async fn subject(world: &World, linked: &Linked, route: &str) -> String {
    if route.contains("/desk/cases") || route.contains("/desk/items") {
        let moment = world.state.site.world.moment("");
        let case = world.state.bank.report(&moment.ctx(), ("c", "t"), None).await;
        return case.unwrap().case_id.to_string();
    }
    if route.contains("/holder/contracts") {
        return world.contract("9000001").await.to_string();
    }
    linked.mandate_id.to_string()
}
