//! A holder without a passkey looks and stops: by a weak proof, which never loosens anything.

use kanuki_bank::{
    BankError,
    holder::enrol::Purpose,
    lock::{LockState, LockedBy},
};
use kanuki_desk::outbox::Message;
use kanuki_domain::{
    id::{EnrolmentId, HolderId},
    route::Route,
};
use kanuki_record::vault::PersonKey;

use crate::world::{World, account};

const PHONE: &str = "09011112222";

async fn start(world: &World, route: Route, browser: &str) -> (EnrolmentId, String) {
    let ctx = world.ctx();
    world.bank.start_looking(&ctx, &account("9000001"), route, browser).await.unwrap()
}

/// Messages that wait to leave, by kind, with their code if they have one.
async fn sent(world: &World, kind: &str) -> Vec<Option<String>> {
    let mut found = Vec::new();
    for message in world.bank.book.list::<Message>("state", "due").await.unwrap() {
        if message.kind == kind {
            let key = world.bank.book.load::<PersonKey>(&message.person_id).await.unwrap();
            let (_, content) = message.open(&world.bank.vault, &key).unwrap();
            found.push(content.values.get("code").cloned());
        }
    }
    found
}

async fn look_by_call(world: &World, browser: &str) -> HolderId {
    let (id, reference) = start(world, Route::Call, browser).await;
    assert!(world.bank.call_received(&world.ctx(), PHONE, &reference).await.unwrap());
    world.bank.finish_looking(&world.ctx(), id, browser).await.unwrap()
}

#[tokio::test]
async fn a_call_from_the_number_on_file_opens_one_look_and_everybody_on_file_hears_of_it() {
    let world = World::new().await;
    let (id, reference) = start(&world, Route::Call, "hers").await;
    let finish = async |browser: &str| world.bank.finish_looking(&world.ctx(), id, browser).await;
    assert!(matches!(finish("hers").await, Err(BankError::NotAvailable)), "nothing is proven yet");
    assert!(!world.bank.call_received(&world.ctx(), "09099999999", &reference).await.unwrap());
    assert!(world.bank.call_received(&world.ctx(), PHONE, &reference).await.unwrap());
    assert!(matches!(finish("his").await, Err(BankError::NotAvailable)), "it belongs to a browser");

    finish("hers").await.unwrap();
    assert!(matches!(finish("hers").await, Err(BankError::NotAvailable)), "it works once");
    assert!(!sent(&world, "looked_in").await.is_empty());
}

/// vishing-enrol: whoever talks a code out of somebody must not make a passkey of it.
#[tokio::test]
async fn no_passkey_is_made_of_a_proof_to_look_and_no_look_of_a_proof_for_a_passkey() {
    let world = World::new().await;
    let (look, reference) = start(&world, Route::Call, "hers").await;
    assert!(world.bank.call_received(&world.ctx(), PHONE, &reference).await.unwrap());
    let made = world.bank.start_registration(&world.ctx(), look, "hers").await;
    assert!(matches!(made, Err(BankError::NotAvailable)));

    let ctx = world.ctx();
    let enrol = world.bank.start_enrolment(&ctx, &account("9000001"), Route::Call, "hers").await;
    let (enrol, reference) = enrol.unwrap();
    assert!(world.bank.call_received(&world.ctx(), PHONE, &reference).await.unwrap());
    let looked = world.bank.finish_looking(&world.ctx(), enrol, "hers").await;
    assert!(matches!(looked, Err(BankError::NotAvailable)));
}

#[tokio::test]
async fn a_letter_says_that_it_is_for_looking_and_its_code_opens_nothing_else() {
    let world = World::new().await;
    let (id, _) = start(&world, Route::Post, "hers").await;
    let waiting = world.bank.enrolment(&world.ctx(), id, "hers").await.unwrap();
    assert_eq!(waiting.purpose, Purpose::Look);
    world.bank.write_enrolment_letters(&world.ctx()).await.unwrap();
    assert!(sent(&world, "enrol_letter").await.is_empty());
    let code = sent(&world, "look_letter").await.remove(0).unwrap();

    let enter = async |code: &str| world.bank.enter_code(&world.ctx(), id, "hers", code).await;
    assert!(enter("0000000000").await.is_err());
    enter(&code).await.unwrap();
    world.bank.finish_looking(&world.ctx(), id, "hers").await.unwrap();
}

#[tokio::test]
async fn one_press_stops_every_link_and_locks_every_account_and_a_second_finds_nothing_left() {
    let mut world = World::new().await;
    let mandate_id = world.linked().await;
    let holder_id = look_by_call(&world, "hers").await;
    world.debit(mandate_id, 1, 1_000).await;

    let done = world.bank.stop_everything(&world.ctx(), holder_id).await.unwrap();
    assert_eq!(done.mandates, 1);
    assert!(done.accounts >= 1);
    let again = world.bank.stop_everything(&world.ctx(), holder_id).await.unwrap();
    assert_eq!(again.case_id, done.case_id, "the same case");

    let mandate = world.bank.mandate_of(holder_id, mandate_id).await.unwrap();
    assert!(!mandate.state.is_active());
    let account_id = world.bank.account_id(&account("9000001"));
    let lock = world.bank.lock_of(&world.ctx(), holder_id, account_id).await.unwrap();
    assert!(matches!(lock.state, LockState::Locked { by: LockedBy::Holder, .. }), "{lock:?}");
    let after = world.debit(mandate_id, 2, 1_000).await;
    assert!(
        matches!(after.state, kanuki_bank::debit::DebitState::Refused { .. }),
        "{:?}",
        after.state
    );
}
