//! A partner that has agreed to name the device and the sign-in behind whatever a customer asks for.

use kanuki_bank::{BankError, debit::request::Ask, link::Possession, partner::Profile};
use kanuki_domain::mandate::Interaction;
use kanuki_record::Unit;
use kanuki_wire::{ErrorCode, authn::AuthnEvidence};

use crate::{
    decoupled::{code, linked, request, send},
    stepup::{details, evidence, is_booked, push},
    world::{CLIENT, World, facts},
};

const DEVICE: &str = "device-of-the-link";

async fn agree(world: &World) {
    let mut partner = world.bank.book.load::<kanuki_bank::partner::Partner>(CLIENT).await.unwrap();
    let profile = Profile { authn_evidence: true, decoupled: true, ..Profile::default() };
    partner.edit().profile = profile;
    let mut unit = Unit::new();
    unit.update(&partner);
    world.bank.book.commit(unit).await.unwrap();
}

/// The wallet pushes a request for a link.
async fn push_link(world: &World, named: Option<AuthnEvidence>) -> Result<(), BankError> {
    let (mut request, _) = world.request(world.facts_token(facts()));
    request.wish.evidence = named;
    let form = world.assertion().add_to(request.to_form().unwrap());
    let proof = world.proof("POST", "/par", None);
    world.bank.push(&world.ctx(), &form, Possession::of_proof(&proof)).await.map(drop)
}

#[tokio::test]
async fn what_names_no_device_is_refused_and_leaves_the_id_free() {
    let mut world = World::new().await;
    let linked = linked(&mut world).await;
    let mandate = linked.mandate_id;
    let before = World::ask(mandate, 1, 1_000);
    let debit = world.bank.request_debit(&world.ctx(), before.clone()).await.unwrap();
    assert!(is_booked(debit.state), "nothing was agreed yet");
    agree(&world).await;
    let named = || Some(evidence(&world, DEVICE));

    let bare = world.bank.request_debit(&world.ctx(), World::ask(mandate, 2, 1_000)).await;
    assert_eq!(code(bare), ErrorCode::InvalidRequest);
    assert_eq!(world.core.balance("9000001"), 499_000);
    let whole = Ask { evidence: named(), ..World::ask(mandate, 2, 1_000) };
    // The mandate knows no device and no longer learns one by itself: its holder lets it in.
    let strange = world.bank.request_debit(&world.ctx(), whole).await;
    assert!(matches!(strange, Err(BankError::MustBeSigned(_))), "{strange:?}");

    let bare = push(&world, details(&world, mandate, 3, 30_000), None).await;
    assert_eq!(code(bare), ErrorCode::InvalidRequest);
    assert!(push(&world, details(&world, mandate, 3, 30_000), named()).await.is_ok());
    assert_eq!(code(push_link(&world, None).await), ErrorCode::InvalidRequest);
    assert!(push_link(&world, named()).await.is_ok());
    let bare = send(&world, &request(&world, &linked, 4, "07")).await;
    assert_eq!(code(bare), ErrorCode::InvalidRequest);

    // What became of a debit is told for ever, and nobody is at a device when a standing one is taken.
    let again = world.bank.request_debit(&world.ctx(), before).await.unwrap();
    assert!(is_booked(again.state));
    let standing = Ask { interaction: Interaction::OffSession, ..World::ask(mandate, 5, 1_000) };
    let standing = world.bank.request_debit(&world.ctx(), standing).await;
    assert!(!matches!(standing, Err(BankError::OAuth(_))), "{standing:?}");
}

/// The agreement comes while a customer is between the wallet and the consent. What was pushed was whole
/// then, and its holder is asked for it; what it makes trusts no device, so that nothing moves by less than
/// was agreed.
#[tokio::test]
async fn what_was_pushed_before_the_agreement_makes_a_link_that_trusts_no_device() {
    let mut world = World::new().await;
    world.holder_with_passkey("9000001").await;
    let (request_uri, verifier) = world.push(facts()).await.unwrap();
    agree(&world).await;

    let callback = world.consent(&request_uri, "9000001").await.unwrap();
    let tokens = world.exchange(&callback, &verifier).await.unwrap();

    let mandate = tokens.authorization_details[0].mandate_id;
    let bare = world.bank.request_debit(&world.ctx(), World::ask(mandate, 1, 1_000)).await;
    assert_eq!(code(bare), ErrorCode::InvalidRequest);
    let named = Some(evidence(&world, DEVICE));
    let whole = Ask { evidence: named, ..World::ask(mandate, 2, 1_000) };
    let strange = world.bank.request_debit(&world.ctx(), whole).await;
    assert!(matches!(strange, Err(BankError::MustBeSigned(_))), "{strange:?}");
    assert_eq!(world.core.balance("9000001"), 500_000);
}
