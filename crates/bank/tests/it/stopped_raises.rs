//! What was set going before a stop, or by a passkey that its holder never registered.

use kanuki_bank::{
    BankError,
    debit::device::KnownDevice,
    desk::Scope,
    mandate::{Mandate, PendingRaise},
};
use kanuki_domain::{
    Yen,
    id::{HolderId, MandateId, StaffId},
    limits::DAY_SECS,
    mandate::{Terms, later},
    route::Route,
};
use kanuki_record::Unit;

use crate::{
    stepup::{approve, details, evidence, push},
    stopping::stop_code_of,
    waits::{daily, mandate, moved, old_link, raise},
    world::{ORIGIN, World},
};

/// The stop code of the newest notice of this kind is typed.
async fn stop(world: &World, kind: &str) {
    let code = stop_code_of(world, kind).await;
    world.bank.stop(&world.ctx(), &code).await.unwrap();
}

/// Two people let the mandate debit again.
async fn released(world: &World, id: MandateId) {
    let staff = [StaffId::derive(&["aoki"]), StaffId::derive(&["baba"])];
    let scope = Scope::Mandate(id.to_string());
    let asked =
        world.bank.ask_open_gate(&world.ctx(), staff[0], &scope, ("spoke", None)).await.unwrap();
    world.bank.decide(&world.ctx(), staff[1], asked, true).await.unwrap();
    assert!(mandate(world, id).await.state.is_active());
}

fn rolling(world: &World, day: u32) -> Terms {
    let validity = (world.now, later(world.now, 300 * DAY_SECS));
    Terms::rolling(Yen::of(day), Yen::of(100_000), validity)
}

#[tokio::test]
async fn a_raise_that_its_holder_stopped_never_comes_into_force() {
    let mut world = World::new().await;
    let (holder, id) = old_link(&mut world).await;
    raise(&mut world, (holder, id)).await;

    stop(&world, "caps_raise_asked").await;
    world.wait(2 * DAY_SECS);
    assert_eq!(daily(&world, id).await, Yen::of(10_000));
    released(&world, id).await;
    world.wait(30 * DAY_SECS);

    assert_eq!(daily(&world, id).await, Yen::of(10_000));
    assert!(mandate(&world, id).await.raise.is_none());
}

#[tokio::test]
async fn a_wider_renewal_that_its_holder_stopped_never_comes_into_force() {
    let mut world = World::new().await;
    let (_, id) = old_link(&mut world).await;
    let grant = mandate(&world, id).await.grant_id;
    let wider = rolling(&world, 30_000);
    world.renewed(wider, grant).await;

    stop(&world, "mandate_renewed_wider").await;
    world.wait(2 * DAY_SECS);
    assert_eq!(daily(&world, id).await, Yen::of(10_000));
    released(&world, id).await;
    world.wait(30 * DAY_SECS);

    assert_eq!(daily(&world, id).await, Yen::of(10_000));
}

/// The narrower part of a renewal that could not be put into force at once hides nothing behind it.
#[tokio::test]
async fn what_waits_behind_a_change_that_is_due_is_called_off_too() {
    let mut world = World::new().await;
    let (_, id) = old_link(&mut world).await;
    let mut kept = world.bank.book.load::<Mandate>(id).await.unwrap();
    let (mut narrow, mut wide) = (kept.terms.clone(), kept.terms.clone());
    narrow.periodic[0].amount = Yen::of(9_000);
    narrow.max_individual = Yen::of(9_000);
    wide.periodic[0].amount = Yen::of(40_000);
    let effective_at = later(world.now, DAY_SECS);
    let then = Some(Box::new(PendingRaise { terms: wide, effective_at, then: None }));
    kept.edit().raise = Some(PendingRaise { terms: narrow, effective_at: world.now, then });
    let mut unit = Unit::new();
    unit.update(&kept);
    world.bank.book.commit(unit).await.unwrap();

    stop(&world, "mandate_signed").await;
    released(&world, id).await;
    world.wait(30 * DAY_SECS);

    assert_eq!(daily(&world, id).await, Yen::of(9_000));
}

#[tokio::test]
async fn a_raise_page_from_before_a_stop_or_another_change_is_not_signed() {
    for between in ["stop", "lower", "renew", "crash"] {
        let mut world = World::new().await;
        let (holder, id) = old_link(&mut world).await;
        let wanted = [Yen::of(20_000), Yen::of(100_000)];
        let started = world.bank.start_raise(&world.ctx(), holder, id, &wanted).await;
        let (options, state) = started.unwrap();
        let lower = [Yen::of(5_000), Yen::of(100_000)];
        match between {
            "stop" => stop(&world, "mandate_signed").await,
            "lower" => world.bank.lower_caps(&world.ctx(), holder, id, &lower).await.unwrap(),
            "renew" => {
                let grant = mandate(&world, id).await.grant_id;
                let narrower = rolling(&world, 5_000);
                world.renewed(narrower, grant).await;
            }
            // The holder's lowering is written down, and the ledger did not answer.
            _ => {
                let mut kept = world.bank.book.load::<Mandate>(id).await.unwrap();
                let mut terms = kept.terms.clone();
                terms.periodic[0].amount = Yen::of(5_000);
                terms.max_individual = Yen::of(5_000);
                let raise = PendingRaise { terms, effective_at: world.now, then: None };
                kept.edit().raise = Some(raise);
                let mut unit = Unit::new();
                unit.update(&kept);
                world.bank.book.commit(unit).await.unwrap();
            }
        }

        let response = world.device.get(&options, ORIGIN).unwrap();
        let answer = (response.as_str(), &state);
        let late = world.bank.finish_raise(&world.ctx(), (holder, "browser"), id, answer).await;

        assert!(matches!(late, Err(BankError::NotAvailable)), "{between}: {late:?}");
        world.wait(2 * DAY_SECS);
        let expected = if between == "stop" { 10_000 } else { 5_000 };
        assert_eq!(daily(&world, id).await, Yen::of(expected), "{between}");
    }
}

/// An old link, and a passkey beside the holder's that is older than a week.
async fn with_strange_passkey(world: &mut World) -> (HolderId, MandateId) {
    let link = old_link(world).await;
    world.new_device();
    world.enrol_by(Route::Call).await;
    world.wait(8 * DAY_SECS);
    link
}

#[tokio::test]
async fn a_link_that_a_strange_passkey_renewed_is_stopped_with_it() {
    let mut world = World::new().await;
    let (_, id) = with_strange_passkey(&mut world).await;
    let grant = mandate(&world, id).await.grant_id;
    let wider = rolling(&world, 30_000);
    world.renewed(wider, grant).await;
    world.wait(2 * DAY_SECS);
    assert_eq!(daily(&world, id).await, Yen::of(30_000));

    stop(&world, "passkey_added").await;

    assert!(!mandate(&world, id).await.state.is_active());
}

#[tokio::test]
async fn a_link_that_a_strange_passkey_raised_is_stopped_once_the_raise_is_in_force() {
    let mut world = World::new().await;
    let (holder, id) = with_strange_passkey(&mut world).await;
    raise(&mut world, (holder, id)).await;
    world.wait(2 * DAY_SECS);
    assert_eq!(daily(&world, id).await, Yen::of(20_000));

    stop(&world, "passkey_added").await;

    assert!(!mandate(&world, id).await.state.is_active());
}

#[tokio::test]
async fn a_debit_that_a_strange_passkey_signed_stops_its_link_and_the_device_it_let_in() {
    let mut world = World::new().await;
    let (_, id) = with_strange_passkey(&mut world).await;
    let from = Some(evidence(&world, "device-of-a-thief"));
    let request_uri = push(&world, details(&world, id, 1, 15_000), from).await.unwrap();
    approve(&mut world, &request_uri).await.unwrap();
    let devices = async |world: &World| {
        world.bank.book.list::<KnownDevice>("mandate_id", &id.to_string()).await.unwrap().len()
    };
    assert_eq!(devices(&world).await, 1);

    stop(&world, "passkey_added").await;

    assert!(!mandate(&world, id).await.state.is_active());
    assert_eq!(devices(&world).await, 0);
}

/// What the holder's own passkey signed goes on, however long the strange one was there.
#[tokio::test]
async fn what_the_holders_own_passkey_signed_meanwhile_goes_on() {
    let mut world = World::new().await;
    let (holder, id) = old_link(&mut world).await;
    let hers = std::mem::replace(
        &mut world.device,
        kanuki_passkey::soft::SoftAuthenticator::from_seed([8; 32]),
    );
    world.enrol_by(Route::Call).await;
    world.wait(8 * DAY_SECS);
    world.device = hers;
    raise(&mut world, (holder, id)).await;
    world.wait(2 * DAY_SECS);
    assert_eq!(daily(&world, id).await, Yen::of(20_000));

    stop(&world, "passkey_added").await;

    assert!(mandate(&world, id).await.state.is_active());
    assert_eq!(daily(&world, id).await, Yen::of(20_000));
}

/// A renewal that narrows and lasts longer: a contact that changed meanwhile holds back how long,
/// and not how little.
#[tokio::test]
async fn what_narrows_does_not_wait_for_what_lasts_longer() {
    let mut world = World::new().await;
    let (_, id) = old_link(&mut world).await;
    let mut kept = world.bank.book.load::<Mandate>(id).await.unwrap();
    let (before, mut terms) = (kept.terms.valid_to, kept.terms.clone());
    terms.periodic[0].amount = Yen::of(5_000);
    terms.max_individual = Yen::of(5_000);
    terms.valid_to = later(before, 30 * DAY_SECS);
    let longer = terms.valid_to;
    kept.edit().raise = Some(PendingRaise { terms, effective_at: world.now, then: None });
    let mut unit = Unit::new();
    unit.update(&kept);
    world.bank.book.commit(unit).await.unwrap();
    moved(&world);

    assert_eq!(daily(&world, id).await, Yen::of(5_000));
    assert_eq!(mandate(&world, id).await.terms.valid_to, before);
    world.wait(8 * DAY_SECS);
    assert_eq!(daily(&world, id).await, Yen::of(5_000));
    assert_eq!(mandate(&world, id).await.terms.valid_to, longer);
}
