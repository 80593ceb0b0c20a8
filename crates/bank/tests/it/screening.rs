//! A holder who may be on a list is held where the bank decides: nothing of theirs leaves, and neither
//! they nor a partner can tell why.

use kanuki_bank::{BankError, debit::DebitState, mandate::Mandate};
use kanuki_desk::{
    officer::Officer,
    outbox::Message,
    screening::{gate, read},
    staff::Staff,
};
use kanuki_domain::id::HolderId;
use kanuki_wire::debit::RefusalReason;

use crate::world::{World, facts};

/// Nobody: the demo's holder under a made list.
const LIST: &str = "KANUKI-SCREENING,1,Made list,made for a test,2026-11-20
id,kind,name,born,note
A-1,person,YAMADA Hanako,1955,made
";

async fn two(world: &World) -> (Officer, Officer) {
    let staff = async |name: &str| {
        world.bank.invite_officer(&world.ctx(), name, name, world.now).await.unwrap();
        let found = world.bank.book.find_by::<Staff>("name", name).await.unwrap();
        Officer::find(&world.bank.book, found.unwrap().staff_id).await.unwrap().unwrap()
    };
    (staff("aoki").await, staff("baba").await)
}

async fn is_held(world: &World, holder_id: HolderId) -> bool {
    gate(holder_id).is_closed(&*world.bank.ledger, world.now).await.unwrap()
}

#[tokio::test]
async fn a_listed_holder_enrols_as_anybody_and_links_and_pays_only_once_two_let_go() {
    let mut world = World::new().await;
    let (aoki, baba) = two(&world).await;
    world.bank.load_screening_list(&world.ctx(), aoki, LIST.as_bytes()).await.unwrap();

    let holder_id = world.holder_with_passkey("9000001").await;
    let (request_uri, verifier) = world.push(facts()).await.unwrap();
    let refused = world.consent(&request_uri, "9000001").await;
    // What a stop of the person by staff says, at the same moment.
    assert!(matches!(refused, Err(BankError::Stopped)), "{refused:?}");
    assert!(is_held(&world, holder_id).await);
    let hits = world.bank.screening_hits(&world.ctx(), aoki).await.unwrap();
    assert_eq!(hits.len(), 1);

    // What the holder was told is what everybody is told, and no case came of it.
    let told = world.bank.book.list::<Message>("person_id", &holder_id.to_string()).await.unwrap();
    assert!(told.iter().all(|message| !message.kind.contains("screen")), "{told:?}");
    assert!(world.bank.cases(true).await.unwrap().is_empty());

    let (ctx, ports, id) = (world.ctx(), world.bank.screening(), hits[0].hit_id);
    let found = read(ports, &ctx, aoki, id).await.unwrap();
    assert_eq!(found.what.entry.id, "A-1");
    ports.ask_clear(&ctx, aoki, (id, "papers")).await.unwrap();
    ports.clear(&ctx, baba, id).await.unwrap();
    assert!(!is_held(&world, holder_id).await);
    let callback = world.consent(&request_uri, "9000001").await.unwrap();
    let tokens = world.exchange(&callback, &verifier).await.unwrap();
    let mandate_id = tokens.authorization_details[0].mandate_id;
    assert!(matches!(world.debit(mandate_id, 1, 1_000).await.state, DebitState::Booked { .. }));
}

#[tokio::test]
async fn a_list_that_comes_later_finds_holders_and_waits_for_a_silent_core() {
    let mut world = World::new().await;
    let (aoki, _) = two(&world).await;
    let mandate_id = world.linked().await;
    let holder_id = world.bank.book.load::<Mandate>(mandate_id).await.unwrap().holder_id;
    world.bank.load_screening_list(&world.ctx(), aoki, LIST.as_bytes()).await.unwrap();

    world.core.0.lock().unwrap().is_gone = true;
    assert_eq!(world.bank.screen_again(&world.ctx()).await.unwrap(), 0);
    assert!(world.bank.screening_lists().await.unwrap()[0].round.done_at.is_none());
    assert!(!is_held(&world, holder_id).await);
    world.core.0.lock().unwrap().is_gone = false;
    world.wait(5 * 60);
    assert_eq!(world.bank.screen_again(&world.ctx()).await.unwrap(), 1);

    assert!(world.bank.screening_lists().await.unwrap()[0].round.done_at.is_some());
    assert!(is_held(&world, holder_id).await);
    let refused = world.debit(mandate_id, 1, 1_000).await;
    let DebitState::Refused { reason, .. } = refused.state else { panic!("{refused:?}") };
    assert_eq!(reason, RefusalReason::Stopped, "the partner reads what any stop says");
}
