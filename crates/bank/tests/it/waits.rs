//! A wait that began is not walked around: by a contact that changes after the asking, by a stop, by
//! another passkey.

use kanuki_bank::{
    BankError, OnFile,
    mandate::{Mandate, PendingRaise},
};
use kanuki_domain::{
    Ctx, Yen,
    id::{HolderId, MandateId},
    mandate::{MandateState, later},
    route::{Route, SecondChannel},
};
use kanuki_passkey::soft::SoftAuthenticator;

use crate::{
    contacts::{change, link},
    routes::{choose, is_active},
    stopping::stop_code_of,
    world::{CLIENT, Counter, ORIGIN, World, account, facts},
};

const DAY: i64 = 86_400;

pub(crate) async fn mandate(world: &World, id: MandateId) -> Mandate {
    world.bank.book.load::<Mandate>(id).await.unwrap().into_inner()
}

/// The daily amount in force, after the worker came by: often, and once an hour for what is older.
pub(crate) async fn daily(world: &World, id: MandateId) -> Yen {
    world.bank.age_mandates(&world.ctx()).await.unwrap();
    world.bank.age_every_mandate(&world.ctx()).await.unwrap();
    mandate(world, id).await.terms.periodic[0].amount
}

/// An old link of 10,000 yen a day.
pub(crate) async fn old_link(world: &mut World) -> (HolderId, MandateId) {
    let id = world.linked().await;
    world.wait(30 * DAY);
    let holder = mandate(world, id).await.holder_id;
    let caps = [Yen::of(10_000), Yen::of(100_000)];
    world.bank.lower_caps(&world.ctx(), holder, id, &caps).await.unwrap();
    (holder, id)
}

/// Whoever holds the device signs that it shall be 20,000.
pub(crate) async fn raise(world: &mut World, (holder, id): (HolderId, MandateId)) {
    let wanted = [Yen::of(20_000), Yen::of(100_000)];
    let started = world.bank.start_raise(&world.ctx(), holder, id, &wanted).await;
    let (options, state) = started.unwrap();
    let response = world.device.get(&options, ORIGIN).unwrap();
    let answer = (response.as_str(), &state);
    world.bank.finish_raise(&world.ctx(), (holder, "browser"), id, answer).await.unwrap();
}

/// The core says since when the address is on file.
pub(crate) fn moved(world: &World) {
    let on_file = OnFile { address_since: Some(world.now), ..OnFile::default() };
    world.core.0.lock().unwrap().on_file.insert("c1".to_owned(), on_file);
}

/// contact-swap: first the raise, then the notices.
#[tokio::test]
async fn a_raise_waits_for_a_contact_that_changes_after_it_was_asked_for() {
    let mut world = World::new().await;
    let (holder, id) = old_link(&mut world).await;
    raise(&mut world, (holder, id)).await;
    world.wait(60);
    change(&mut world, holder, "080-7777-8888").await.unwrap();
    let settled = later(world.now, 7 * DAY);

    let waits = mandate(&world, id).await.raise;
    assert!(matches!(waits, Some(PendingRaise { effective_at, .. }) if effective_at == settled));
    world.wait(2 * DAY);
    assert_eq!(daily(&world, id).await, Yen::of(10_000));
    world.wait(5 * DAY);
    assert_eq!(daily(&world, id).await, Yen::of(20_000));
}

#[tokio::test]
async fn a_raise_waits_for_a_change_that_only_the_core_knows_of_and_a_lowering_does_not() {
    let mut world = World::new().await;
    let (holder, id) = old_link(&mut world).await;
    raise(&mut world, (holder, id)).await;
    world.wait(3_600);
    moved(&world);
    let settled = later(world.now, 7 * DAY);

    world.wait(2 * DAY);
    assert_eq!(daily(&world, id).await, Yen::of(10_000));
    assert_eq!(mandate(&world, id).await.raise.map(|raise| raise.effective_at), Some(settled));
    world.wait(5 * DAY);
    assert_eq!(daily(&world, id).await, Yen::of(20_000));

    moved(&world);
    let caps = [Yen::of(5_000), Yen::of(100_000)];
    world.bank.lower_caps(&world.ctx(), holder, id, &caps).await.unwrap();
    assert_eq!(mandate(&world, id).await.terms.periodic[0].amount, Yen::of(5_000));
}

#[tokio::test]
async fn a_link_is_not_confirmed_while_a_changed_contact_has_not_settled() {
    let mut world = World::new().await;
    let link = world.linked_by_call().await;
    moved(&world);
    let confirm = async |world: &World| {
        let reference = choose(world, link, SecondChannel::Atm).await?;
        let slip = world.bank.atm_code(&world.ctx(), &account("9000001"), &reference).await;
        let code = slip.unwrap().unwrap();
        world.bank.confirm_mandate(&world.ctx(), link.0, link.1, &code).await
    };

    let refused = confirm(&world).await;

    assert!(matches!(refused, Err(BankError::Waits { .. })), "{refused:?}");
    assert!(!is_active(&world, link).await);
    world.wait(7 * DAY);
    confirm(&world).await.unwrap();
    assert!(is_active(&world, link).await);

    // By a call, nobody is told why.
    let mut world = World::new().await;
    let link = world.linked_by(Route::Post).await;
    let reference = choose(&world, link, SecondChannel::Call).await.unwrap();
    let on_file = OnFile {
        phone_since: Some(jiff::Timestamp::UNIX_EPOCH),
        email_since: Some(world.now),
        address_since: None,
    };
    world.core.0.lock().unwrap().on_file.insert("c1".to_owned(), on_file);
    assert!(!world.bank.call_received(&world.ctx(), "09011112222", &reference).await.unwrap());
    assert!(!is_active(&world, link).await);
}

#[tokio::test]
async fn what_a_strange_passkey_set_going_is_called_off_with_it() {
    let mut world = World::new().await;
    let (holder, id) = old_link(&mut world).await;
    world.bank.lock_account(&world.ctx(), holder, world.account_id()).await.unwrap();
    world.new_device();
    world.enrol_by(Route::Call).await;
    world.wait(7 * DAY);
    raise(&mut world, (holder, id)).await;
    world.open_lock(holder).await;

    let code = stop_code_of(&world, "passkey_added").await;
    world.bank.stop(&world.ctx(), &code).await.unwrap();

    assert!(mandate(&world, id).await.raise.is_none());
    world.wait(30 * DAY);
    assert_eq!(daily(&world, id).await, Yen::of(10_000));
    assert!(world.is_locked(holder).await);
    assert!(mandate(&world, id).await.state.is_active(), "what is older goes on");
}

/// What opened while nobody looked is closed too.
#[tokio::test]
async fn a_lock_that_a_strange_passkey_opened_is_closed_with_it() {
    let mut world = World::new().await;
    let (holder, _) = old_link(&mut world).await;
    world.bank.lock_account(&world.ctx(), holder, world.account_id()).await.unwrap();
    world.new_device();
    world.enrol_by(Route::Call).await;
    world.open_lock(holder).await;
    world.wait(8 * DAY);
    assert!(!world.is_locked(holder).await);

    let code = stop_code_of(&world, "passkey_added").await;
    world.bank.stop(&world.ctx(), &code).await.unwrap();

    assert!(world.is_locked(holder).await);
}

#[tokio::test]
async fn ending_the_older_passkey_makes_no_newer_one_the_first() {
    let mut world = World::new().await;
    world.holder_with_passkey("9000001").await;
    let hers = stop_code_of(&world, "passkey_added").await;
    world.wait(DAY);
    world.new_device();
    world.enrol_by(Route::Atm).await;
    world.bank.stop(&world.ctx(), &hers).await.unwrap();

    let refused = link(&mut world).await;

    assert!(matches!(refused, Err(BankError::Waits { .. })), "{refused:?}");
}

/// Signed in with one passkey, signed with another: the link is worth the weaker.
#[tokio::test]
async fn a_link_is_worth_no_more_than_the_passkey_that_signs_it() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey("9000001").await;
    let mut hers = std::mem::replace(&mut world.device, SoftAuthenticator::from_seed([8; 32]));
    world.enrol_by(Route::Call).await;
    world.wait(8 * DAY);
    let (request_uri, _) = world.push(facts()).await.unwrap();
    let entropy = Counter::default();
    entropy.start_at(90_000);
    let ctx = Ctx { now: world.now, entropy: &entropy, address_block: "", address: "" };
    let bank = world.bank.clone();
    let par_id = bank.visit(&ctx, CLIENT, &request_uri, "browser").await.unwrap();
    let (options, state) = bank.start_sign_in(&ctx).unwrap();
    let response = hers.get(&options, ORIGIN).unwrap();
    let signed_in = bank.finish_sign_in(&ctx, &response, &state).await.unwrap();
    bank.arrive(&ctx, par_id, "browser", &signed_in).await.unwrap();
    bank.choose(&ctx, par_id, "browser", &account("9000001")).await.unwrap();
    let (_, options, state) = bank.start_consent(&ctx, par_id, "browser").await.unwrap();
    let response = world.device.get(&options, ORIGIN).unwrap();

    bank.finish_consent(&ctx, "browser", &state, &response).await.unwrap();

    let made = bank.mandates_of(holder).await.unwrap().remove(0);
    assert_eq!(made.route, Route::Call);
    assert!(matches!(made.state, MandateState::Unconfirmed { .. }), "{:?}", made.state);
}
