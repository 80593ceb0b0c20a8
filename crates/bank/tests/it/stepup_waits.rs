//! A signature over one debit waits as whatever widens waits: for a passkey that came by a code, and
//! for a contact that changed.

use kanuki_bank::{
    BankError, OnFile,
    debit::{DebitState, device::KnownDevice},
};
use kanuki_domain::{Ctx, limits::DAY_SECS, mandate::later, route::Route};
use kanuki_wire::{ErrorCode, debit::RefusalReason};

use crate::{
    stepup::{BROWSER, approve, arrive, code_of, details, drawn, evidence, modest, push},
    world::{ORIGIN, World},
};

/// Old link, one code talked out of its holder: nothing above its terms for a week.
#[tokio::test]
async fn a_passkey_that_came_by_a_code_signs_no_debit_for_a_week() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let hers = std::mem::replace(
        &mut world.device,
        kanuki_passkey::soft::SoftAuthenticator::from_seed([8; 32]),
    );
    world.enrol_by(Route::Call).await;
    let device = "device-of-a-thief";
    let ask = |world: &World, n, amount| {
        (details(world, mandate, n, amount), Some(evidence(world, device)))
    };

    for (n, amount) in [(1, 30_000), (2, 1_000)] {
        let (debit, from) = ask(&world, n, amount);
        let request_uri = push(&world, debit, from).await.unwrap();
        let refused = approve(&mut world, &request_uri).await;
        assert!(matches!(refused, Err(BankError::Waits { .. })), "{amount}: {refused:?}");
    }

    // Signed in with hers, signed with his.
    let his = std::mem::replace(&mut world.device, hers);
    let (debit, from) = ask(&world, 3, 30_000);
    let request_uri = push(&world, debit, from).await.unwrap();
    let par = arrive(&mut world, &request_uri).await;
    world.device = his;
    let entropy = drawn(&world);
    let ctx = Ctx { now: world.now, entropy: &entropy, address_block: "", address: "" };
    let bank = world.bank.clone();
    let (_, options, signing) = bank.start_debit_page(&ctx, par, BROWSER).await.unwrap();
    let response = world.device.get(&options, ORIGIN).unwrap();
    let refused = bank.finish_debit_page(&ctx, (par, BROWSER), &signing, &response).await;
    assert!(matches!(refused, Err(BankError::Waits { .. })), "{refused:?}");
    let id = mandate.to_string();
    assert!(world.bank.book.list::<KnownDevice>("mandate_id", &id).await.unwrap().is_empty());

    world.wait(7 * DAY_SECS);
    let (debit, from) = ask(&world, 4, 30_000);
    let request_uri = push(&world, debit, from).await.unwrap();
    approve(&mut world, &request_uri).await.unwrap();
}

/// contact-swap: the notices may go to somebody else, so nothing is widened by a signature.
#[tokio::test]
async fn after_a_changed_contact_no_debit_above_the_terms_is_signed_for_a_week() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let since = later(world.now, -2 * DAY_SECS);
    let on_file = OnFile { phone_since: Some(since), ..OnFile::default() };
    world.core.0.lock().unwrap().on_file.insert("c1".to_owned(), on_file);

    let request_uri = push(&world, details(&world, mandate, 1, 30_000), None).await.unwrap();
    let refused = approve(&mut world, &request_uri).await;

    assert!(matches!(refused, Err(BankError::Waits { .. })), "{refused:?}");
    world.wait(5 * DAY_SECS);
    let request_uri = push(&world, details(&world, mandate, 2, 30_000), None).await.unwrap();
    approve(&mut world, &request_uri).await.unwrap();
}

/// Half caps hold for what is signed too: nobody signs what is then refused.
#[tokio::test]
async fn what_half_caps_refuse_is_not_asked_to_be_signed() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let on_file = OnFile { phone_since: Some(world.now), ..OnFile::default() };
    world.core.0.lock().unwrap().on_file.insert("c1".to_owned(), on_file);

    let over = world.debit(mandate, 1, 30_000).await.state;

    assert!(matches!(over, DebitState::Refused { reason: RefusalReason::OverLimit, .. }));
    let pushed = push(&world, details(&world, mandate, 2, 30_000), None).await.unwrap_err();
    assert_eq!(code_of(&pushed), Some(ErrorCode::InvalidAuthorizationDetails));
}
