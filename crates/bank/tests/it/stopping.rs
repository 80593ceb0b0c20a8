use kanuki_bank::{
    BankError, debit::DebitState, desk::Scope, event::Event, mandate::Mandate, stop::Stoppable,
};
use kanuki_desk::outbox::Message;
use kanuki_domain::{
    id::{MandateId, StaffId},
    mandate::MandateState,
};
use kanuki_record::vault::PersonKey;
use kanuki_wire::{
    debit::RefusalReason,
    set::{self, LinkStatus},
};

use crate::world::{CLIENT, ISSUER, World, facts};

/// The stop code that the holder was sent when the mandate was signed.
pub(crate) async fn stop_code(world: &World) -> String {
    stop_code_of(world, "mandate_signed").await
}

/// The stop code of the newest notice of this kind.
pub(crate) async fn stop_code_of(world: &World, kind: &str) -> String {
    for message in world.bank.book.list::<Message>("state", "due").await.unwrap() {
        let key = world.bank.book.load::<PersonKey>(&message.person_id).await.unwrap();
        let (_, content) = message.open(&world.bank.vault, &key).unwrap();
        if content.kind == kind {
            return content.values["stop_code"].clone();
        }
    }
    panic!("the holder was told nothing");
}

fn is_stopped(state: DebitState) -> bool {
    matches!(
        state,
        DebitState::Refused { reason: RefusalReason::Stopped | RefusalReason::NotActive, .. }
    )
}

async fn state_of(world: &World, mandate: MandateId) -> MandateState {
    world.bank.book.load::<Mandate>(mandate).await.unwrap().state
}

#[tokio::test]
async fn a_stop_code_stops_the_mandate_and_tells_the_wallet() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let code = stop_code(&world).await;

    world.bank.preview_stop(&world.ctx(), &code).await.unwrap();
    assert!(state_of(&world, mandate).await.is_active(), "looking changes nothing");
    let case = world.bank.stop(&world.ctx(), &code.to_lowercase()).await.unwrap();
    let again = world.bank.stop(&world.ctx(), &code).await.unwrap();

    assert_eq!(case, again, "pressing twice is one case");
    assert!(matches!(state_of(&world, mandate).await, MandateState::Suspended { .. }));
    assert!(is_stopped(world.debit(mandate, 1, 1_000).await.state));
    let events = world.bank.book.list::<Event>("state", &format!("due|{CLIENT}")).await.unwrap();
    let told = events.iter().find(|e| e.status == Some(LinkStatus::Suspended)).unwrap();
    assert_eq!(told.case_id, Some(case), "both companies share the case number");
    assert_eq!(world.due_events().await.len(), events.len());
}

#[tokio::test]
async fn a_stop_code_stops_every_link_of_that_company_to_that_account() {
    let mut world = World::new().await;
    let first = world.linked().await;
    let code = stop_code(&world).await;
    let (request_uri, verifier) = world.push(facts()).await.unwrap();
    let callback = world.consent(&request_uri, "9000001").await.unwrap();
    let tokens = world.exchange(&callback, &verifier).await.unwrap();
    let second = tokens.authorization_details[0].mandate_id;
    assert_ne!(first, second);

    let shown = world.bank.preview_stop(&world.ctx(), &code).await.unwrap();
    assert!(matches!(shown, Stoppable::Mandate { links: 2, is_stopped: false, .. }), "{shown:?}");
    let case = world.bank.stop(&world.ctx(), &code).await.unwrap();

    for (n, mandate) in [(1, first), (2, second)] {
        assert!(matches!(state_of(&world, mandate).await, MandateState::Suspended { .. }));
        assert!(is_stopped(world.debit(mandate, n, 1_000).await.state));
    }
    let events = world.bank.book.list::<Event>("state", &format!("due|{CLIENT}")).await.unwrap();
    let told = events.iter().filter(|e| e.status == Some(LinkStatus::Suspended));
    assert!(told.clone().all(|event| event.case_id == Some(case)), "one case");
    assert_eq!(told.count(), 2);
}

#[tokio::test]
async fn a_stop_code_of_a_link_lets_no_new_one_through_not_even_one_that_is_being_signed() {
    let mut world = World::new().await;
    world.linked().await;
    let code = stop_code(&world).await;
    let (request_uri, _) = world.push(facts()).await.unwrap();

    world.bank.stop(&world.ctx(), &code).await.unwrap();

    let signed = world.consent(&request_uri, "9000001").await;
    assert!(matches!(signed, Err(BankError::Locked)), "{signed:?}");
}

#[tokio::test]
async fn guessed_stop_codes_are_all_the_same() {
    let world = World::new().await;

    for typed in ["", "AAAA-AAAA-AAAA", "いいい", "0000000000000000000000"] {
        let refused = world.bank.stop(&world.ctx(), typed).await;
        assert!(matches!(refused, Err(BankError::NotAvailable)), "{typed}");
    }
}

#[tokio::test]
async fn releasing_takes_two_people() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let code = stop_code(&world).await;
    world.bank.stop(&world.ctx(), &code).await.unwrap();
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let scope = Scope::Mandate(mandate.to_string());

    let asked = world
        .bank
        .ask_open_gate(&world.ctx(), aoki, &scope, ("spoke with holder", None))
        .await
        .unwrap();
    let alone = world.bank.decide(&world.ctx(), aoki, asked, true).await;
    assert!(alone.is_err());
    assert!(is_stopped(world.debit(mandate, 1, 1_000).await.state));

    world.bank.decide(&world.ctx(), baba, asked, true).await.unwrap();
    assert!(matches!(world.debit(mandate, 2, 1_000).await.state, DebitState::Booked { .. }));
}

#[tokio::test]
async fn every_kill_switch_covers_old_links() {
    for kind in ["everything", "partner", "person", "account", "mandate"] {
        let mut world = World::new().await;
        let id = world.linked().await;
        let mandate = world.bank.book.load::<Mandate>(id).await.unwrap();
        let scope = match kind {
            "everything" => Scope::Everything,
            "partner" => Scope::Partner(CLIENT.to_owned()),
            "person" => Scope::Person(mandate.holder_id.to_string()),
            "account" => Scope::Account(mandate.account_id.to_string()),
            _ => Scope::Mandate(id.to_string()),
        };
        assert!(matches!(world.debit(id, 1, 1_000).await.state, DebitState::Booked { .. }));

        let staff = StaffId::derive(&["aoki"]);
        world.bank.close_gate(&world.ctx(), staff, &scope, "drill").await.unwrap();

        assert!(is_stopped(world.debit(id, 2, 1_000).await.state), "{kind}");
        if matches!(scope, Scope::Everything | Scope::Partner(_)) {
            assert!(world.push(facts()).await.is_err(), "{kind}: no new links either");
        }
    }
}

#[tokio::test]
async fn what_the_holder_ended_stays_ended() {
    let mut world = World::new().await;
    let id = world.linked().await;
    let holder = world.bank.book.load::<Mandate>(id).await.unwrap().holder_id;

    world.bank.revoke_mandate(&world.ctx(), holder, id).await.unwrap();
    world.bank.revoke_mandate(&world.ctx(), holder, id).await.unwrap();

    assert!(matches!(state_of(&world, id).await, MandateState::Revoked { .. }));
    assert!(is_stopped(world.debit(id, 1, 1_000).await.state));
    let stranger = kanuki_domain::id::HolderId::derive(&["stranger"]);
    let refused = world.bank.revoke_mandate(&world.ctx(), stranger, id).await;
    assert!(matches!(refused, Err(BankError::NotAvailable)));
}

#[tokio::test]
async fn a_stopped_person_or_account_gets_no_new_link() {
    for kind in ["person", "account"] {
        let mut world = World::new().await;
        let id = world.linked().await;
        let mandate = world.bank.book.load::<Mandate>(id).await.unwrap();
        let scope = if kind == "person" {
            Scope::Person(mandate.holder_id.to_string())
        } else {
            Scope::Account(mandate.account_id.to_string())
        };
        let staff = StaffId::derive(&["aoki"]);
        world.bank.close_gate(&world.ctx(), staff, &scope, "drill").await.unwrap();

        let (request_uri, _) = world.push(facts()).await.unwrap();
        let refused = world.consent(&request_uri, "9000001").await;

        assert!(matches!(refused, Err(BankError::Stopped)), "{kind}: {refused:?}");
    }
}

/// "Suspended", signed with the keys of a partner that staff stopped because they were lost.
#[tokio::test]
async fn a_stopped_partners_word_ends_no_link_that_waits() {
    for is_stopped in [true, false] {
        let mut world = World::new().await;
        let (_, id) = world.linked_by_call().await;
        if is_stopped {
            let staff = StaffId::derive(&["aoki"]);
            let scope = Scope::Partner(CLIENT.to_owned());
            world.bank.close_gate(&world.ctx(), staff, &scope, "keys lost").await.unwrap();
        }
        let event = set::SecurityEvent {
            jti: "e1".to_owned(),
            txn: None,
            subject: "ref-1".to_owned(),
            issued_at: world.now,
            event: set::Event::LinkStatusChanged {
                mandate_id: id,
                status: LinkStatus::Suspended,
                reason: "wallet".to_owned(),
            },
        };
        let token = set::make(&world.set_key, "http://localhost:8080", ISSUER, &event).unwrap();

        world.bank.receive_event(&world.ctx(), &token).await.unwrap();

        let waits = matches!(state_of(&world, id).await, MandateState::Unconfirmed { .. });
        assert_eq!(waits, is_stopped);
        let mandate = Scope::Mandate(id.to_string());
        assert!(world.bank.is_gate_closed(&world.ctx(), &mandate).await.unwrap());
    }
}
