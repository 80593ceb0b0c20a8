//! What a holder's wallets are told of changes at the bank, in the unit of the change.

use kanuki_domain::id::{HolderId, StaffId};
use kanuki_wire::{
    keys::{Jwks, Signer as _},
    set::{self, CredentialChange, Event, SecurityEvent},
};

use crate::{
    claims::{aoki, bank_pays, debit, robbed, with_policy},
    contacts::change,
    stopping::stop_code,
    world::{ISSUER, World},
};

const WALLET: &str = "http://localhost:8080";

/// What waits for the wallet and is about no link's status.
pub(crate) async fn waits(world: &World) -> Vec<SecurityEvent> {
    let keys = Jwks::of([world.bank.set_key.public_jwk()]);
    let pushes = world.due_events().await.into_iter();
    let read = |token: &str| set::verify(token, ISSUER, WALLET, &keys, world.now).unwrap();
    let mut told: Vec<SecurityEvent> = pushes.map(|push| read(&push.token)).collect();
    told.retain(|one| !matches!(one.event, Event::LinkStatusChanged { .. }));
    told
}

pub(crate) fn events(told: &[SecurityEvent]) -> Vec<Event> {
    told.iter().map(|one| one.event.clone()).collect()
}

fn credential(change_type: CredentialChange) -> Event {
    Event::CredentialChange { credential_type: "fido2-platform".to_owned(), change_type }
}

async fn linked(world: &mut World) -> HolderId {
    let id = world.linked().await;
    world.bank.book.load::<kanuki_bank::mandate::Mandate>(id).await.unwrap().holder_id
}

#[tokio::test]
async fn a_contact_that_changes_is_told_to_the_wallet_without_its_value() {
    let mut world = World::new().await;
    let holder = linked(&mut world).await;
    assert!(waits(&world).await.is_empty(), "before the link there was nobody to tell");
    world.wait(86_400);
    change(&mut world, holder, "080-7777-8888").await.unwrap();

    let told = waits(&world).await;
    assert_eq!(events(&told), [Event::IdentifierChanged {}]);
    assert_eq!(told[0].subject, "ref-1", "the wallet's own name for the person");
    let pushed = world.due_events().await;
    assert!(pushed.iter().all(|push| !push.token.contains("8888")));
}

#[tokio::test]
async fn a_passkey_more_or_less_is_told_and_a_lost_one_ends_sessions_under_one_cause() {
    let mut world = World::new().await;
    let holder = linked(&mut world).await;
    world.new_device();
    world.holder_with_passkey("9000001").await;
    assert_eq!(events(&waits(&world).await), [credential(CredentialChange::Create)]);

    let passkeys = world.bank.passkeys(holder).await.unwrap();
    let (one, other) = (passkeys[0].authenticator_id, passkeys[1].authenticator_id);
    world.bank.end_authenticator(&world.ctx(), holder, one).await.unwrap();
    world.bank.lose_authenticator(&world.ctx(), holder, other).await.unwrap();
    world.bank.lose_authenticator(&world.ctx(), holder, other).await.unwrap();

    let told = waits(&world).await;
    let expected = [
        credential(CredentialChange::Create),
        credential(CredentialChange::Delete),
        credential(CredentialChange::Revoke),
        Event::SessionRevoked {},
    ];
    for event in &expected {
        assert_eq!(told.iter().filter(|one| one.event == *event).count(), 1, "{event:?}");
    }
    assert_eq!(told.len(), expected.len(), "{told:?}");
    let cause = |event: &Event| told.iter().find(|one| one.event == *event).unwrap().txn.clone();
    assert!(cause(&expected[2]).is_some());
    assert_eq!(cause(&expected[2]), cause(&expected[3]));
    assert_ne!(cause(&expected[0]), cause(&expected[1]));
}

#[tokio::test]
async fn a_stop_code_tells_that_everybody_was_signed_out_once() {
    let mut world = World::new().await;
    linked(&mut world).await;
    let code = stop_code(&world).await;
    for _ in 0..2 {
        world.bank.stop(&world.ctx(), &code).await.unwrap();
    }
    assert_eq!(events(&waits(&world).await), [Event::SessionRevoked {}]);
}

/// An account on a list of leaks is told to the wallets that are linked to it, once, and to nobody else.
#[tokio::test]
async fn a_leaked_account_is_told_to_its_wallets_and_no_other_account_is() {
    let mut world = World::new().await;
    linked(&mut world).await;
    let list = |name: &str, number: &str| {
        let head = format!("KANUKI-LEAK,1,{name},made,2026-11-20\nkind,value,seen,note\n");
        format!("{head}account,9901-001-{number},2026-11-12,\n")
    };
    let by = StaffId::derive(&["aoki"]);
    for (name, number) in [("A", "9000002"), ("B", "9000001"), ("C", "9000001")] {
        let file = list(name, number);
        world.bank.load_leaks(&world.ctx(), by, file.as_bytes()).await.unwrap();
        while world.bank.search_leaks(&world.ctx()).await.unwrap() > 0 {}
    }

    let told = waits(&world).await;
    let stolen = Event::CredentialCompromise { credential_type: "pin".to_owned() };
    assert_eq!(events(&told), [stolen]);
    assert_eq!(told[0].subject, "ref-1");
}

/// The holder says of a debit that it was not theirs: its wallet is told which, under the number of the
/// case, in the unit that opens the claim.
#[tokio::test]
async fn a_debit_that_is_claimed_back_is_told_to_its_wallet() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (mandate_id, case) = robbed(&mut world).await;
    let disputed = debit(&world).await;
    world.bank.open_claim(&world.ctx(), aoki(), case, &[disputed.key()]).await.unwrap();

    let told = waits(&world).await;
    let debit_id = disputed.debit_id;
    assert_eq!(events(&told), [Event::DebitDisputed { mandate_id, debit_id }]);
    assert_eq!(told[0].txn, Some(case.to_string()));
    assert_eq!(told[0].subject, "ref-1");
}
