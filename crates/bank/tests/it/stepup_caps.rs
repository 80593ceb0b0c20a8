//! What a signature over one debit lifts: what its text said, compared with the caps that hold.

use kanuki_bank::{BankError, debit::request::Ask, link::Possession, mandate::Mandate};
use kanuki_domain::{
    Ctx, Yen,
    id::{HolderId, MandateId},
    limits::DAY_SECS,
    mandate::{Terms, later},
};
use kanuki_wire::{ErrorCode, Form};

use crate::{
    stepup::{
        BROWSER, approve, approved, arrive, code_of, details, drawn, exchange, is_booked, modest,
        push, with,
    },
    world::{ORIGIN, World},
};

async fn holder_of(world: &World, mandate: MandateId) -> HolderId {
    world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id
}

async fn lower(world: &World, mandate: MandateId, day: u32) {
    let holder = holder_of(world, mandate).await;
    let caps = [Yen::of(day), Yen::of(100_000)];
    world.bank.lower_caps(&world.ctx(), holder, mandate, &caps).await.unwrap();
}

/// First a signature that reads "within what you agreed to", then the standing right: never both.
#[tokio::test]
async fn what_was_signed_as_being_within_the_terms_goes_past_none_of_them() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let token = approved(&mut world, mandate, 1, 15_000).await;
    assert!(is_booked(world.debit(mandate, 2, 15_000).await.state));

    let asked = world.bank.request_debit(&world.ctx(), with(&token, 1, 15_000)).await;

    assert!(matches!(asked, Err(BankError::MustBeSigned(_))), "{asked:?}");
    assert_eq!(world.core.balance("9000001"), 485_000);
}

#[tokio::test]
async fn what_was_signed_as_being_within_the_terms_counts_in_them() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let token = approved(&mut world, mandate, 1, 15_000).await;
    let booked = world.bank.request_debit(&world.ctx(), with(&token, 1, 15_000)).await.unwrap();
    assert!(is_booked(booked.state), "{:?}", booked.state);

    assert!(world.is_to_be_signed(mandate, 2, 5_001).await);
    lower(&world, mandate, 16_000).await;
    assert!(world.is_to_be_signed(mandate, 2, 1_001).await, "after a change of caps, too");
    assert!(is_booked(world.debit(mandate, 2, 1_000).await.state));
}

/// "At once" is at once, also for what was signed a minute ago.
#[tokio::test]
async fn a_lowered_cap_ends_what_was_signed_beside_the_higher_one() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let token = approved(&mut world, mandate, 1, 30_000).await;
    lower(&world, mandate, 5_000).await;

    let asked = world.bank.request_debit(&world.ctx(), with(&token, 1, 30_000)).await;
    assert_eq!(code_of(&asked.unwrap_err()), Some(ErrorCode::InsufficientScope));
    assert_eq!(world.core.balance("9000001"), 500_000);

    // A page that compared with the higher one is not signed any more.
    let request_uri = push(&world, details(&world, mandate, 2, 30_000), None).await.unwrap();
    let par = arrive(&mut world, &request_uri).await;
    let (entropy, bank) = (drawn(&world), world.bank.clone());
    let ctx = Ctx { now: world.now, entropy: &entropy, address_block: "", address: "" };
    let (_, options, signing) = bank.start_debit_page(&ctx, par, BROWSER).await.unwrap();
    lower(&world, mandate, 4_000).await;
    let response = world.device.get(&options, ORIGIN).unwrap();
    let late = bank.finish_debit_page(&ctx, (par, BROWSER), &signing, &response).await;
    assert!(matches!(late, Err(BankError::NotAvailable)), "{late:?}");
}

#[tokio::test]
async fn what_a_signed_debit_came_to_is_told_after_the_caps_changed() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let token = approved(&mut world, mandate, 1, 30_000).await;
    let ask = || with(&token, 1, 30_000);
    assert!(is_booked(world.bank.request_debit(&world.ctx(), ask()).await.unwrap().state));
    lower(&world, mandate, 5_000).await;

    assert!(is_booked(world.bank.request_debit(&world.ctx(), ask()).await.unwrap().state));
    let other = Ask { approval: token.once, ..World::ask(mandate, 1, 30_001) };
    assert!(world.bank.request_debit(&world.ctx(), other).await.is_err());
}

#[tokio::test]
async fn the_page_says_when_the_terms_that_it_shows_were_agreed_to() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    world.wait(10 * DAY_SECS);
    let grant = world.bank.book.load::<Mandate>(mandate).await.unwrap().grant_id;
    let terms = Terms::rolling(
        Yen::of(10_000),
        Yen::of(100_000),
        (world.now, later(world.now, 300 * DAY_SECS)),
    );
    world.renewed(terms, grant).await;
    let renewed_at = world.now;
    world.wait(DAY_SECS);
    let request_uri = push(&world, details(&world, mandate, 1, 15_000), None).await.unwrap();
    let par = arrive(&mut world, &request_uri).await;

    let page = world.bank.start_debit_page(&world.ctx(), par, BROWSER).await.unwrap().0;

    assert_eq!((page.agreed_at, page.terms.max_individual), (renewed_at, Yen::of(10_000)));
}

/// Whoever asks what a token is worth hears what asking for the debit would say.
#[tokio::test]
async fn a_token_that_a_renewal_voided_is_worth_nothing() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let request_uri = push(&world, details(&world, mandate, 1, 30_000), None).await.unwrap();
    let callback = approve(&mut world, &request_uri).await.unwrap();
    let token = exchange(&world, &callback).await.unwrap();
    let is_active = async |world: &World| {
        let form = Form::default().with("token", token.access_token.expose());
        let form = world.assertion().add_to(form);
        let worth = world.bank.introspect(&world.ctx(), &form, Possession::default()).await;
        serde_json::to_value(worth.unwrap()).unwrap()["active"] == true
    };
    assert!(is_active(&world).await);

    world.wait(1);
    let grant = world.bank.book.load::<Mandate>(mandate).await.unwrap().grant_id;
    let terms = world.bank.book.load::<Mandate>(mandate).await.unwrap().terms.clone();
    let terms = Terms { valid_from: world.now, ..terms };
    world.renewed(terms, grant).await;

    assert!(!is_active(&world).await);
}
