//! What the bank tells its risk engine, by the company's own ways: a rule on it can hold.

use std::sync::Arc;

use kanuki_bank::{
    debit::{DebitState, request::Ask},
    link::Possession,
    mandate::Mandate,
};
use kanuki_domain::{
    Ctx,
    id::{CaseId, HolderId},
    limits::DAY_SECS,
    route::Route,
};
use kanuki_risk::{Engine, Key, Kind, Policy};
use kanuki_wire::{
    authn::AuthnEvidence,
    set::{self, CaseStage},
};

use crate::{
    stepup::evidence,
    stopping::stop_code,
    world::{CLIENT, ISSUER, World, account, facts},
};

/// How often this happened to a holder within a day.
pub(crate) fn counted(world: &World, holder: HolderId, kind: Kind) -> u64 {
    world.bank.risk.count(&Key::Person(holder.to_string()), kind, world.now, DAY_SECS)
}

#[tokio::test]
async fn a_consent_an_answer_to_a_notice_and_a_partners_word_are_counted_once_each() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let holder = world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id;
    assert_eq!(counted(&world, holder, Kind::Consented), 1);

    let code = stop_code(&world).await;
    for _ in 0..2 {
        world.bank.stop(&world.ctx(), &code).await.unwrap();
    }
    assert_eq!(counted(&world, holder, Kind::NoticeAnswered), 1, "pressed twice");

    let case_id = CaseId::derive(&["told"]);
    let event = set::SecurityEvent {
        jti: "told".to_owned(),
        txn: Some(case_id.to_string()),
        subject: case_id.to_string(),
        issued_at: world.now,
        event: set::Event::CaseShared { case_id, stage: CaseStage::Reported },
    };
    let token = set::make(&world.set_key, "http://localhost:8080", ISSUER, &event).unwrap();
    for _ in 0..2 {
        world.bank.receive_event(&world.ctx(), &token).await.unwrap();
    }
    let partner = Key::Partner(CLIENT.to_owned());
    let told = world.bank.risk.count(&partner, Kind::PartnerEvent, world.now, DAY_SECS);
    assert_eq!(told, 1, "told twice");

    world.bank.risk = Arc::new(Engine::bank().unwrap());
    world.bank.recall_attempts(world.now).await.unwrap();
    assert_eq!(counted(&world, holder, Kind::NoticeAnswered), 1, "after a restart");
}

#[tokio::test]
async fn what_everybody_does_together_is_seen_and_outlives_a_restart() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let rules = "policy \"bank\" version \"t\"\nbaseline approve\n\
        rule all on debit\n  when count of debit per everyone within 24h > 2\n\
        then challenge as all\n";
    let engine = || Arc::new(Engine::new(Policy::parse(rules).unwrap()));
    world.bank.risk = engine();
    for n in 0..2 {
        assert!(matches!(world.debit(mandate, n, 10).await.state, DebitState::Booked { .. }));
    }
    world.bank.risk = engine();
    world.bank.recall_attempts(world.now).await.unwrap();

    assert!(world.is_to_be_signed(mandate, 2, 10).await);
}

/// PJ-04: where a link was asked for from is known when a debit is asked for under it.
#[tokio::test]
async fn a_debit_from_another_network_than_the_link_was_asked_for_from_is_told_so() {
    let mut world = World::new().await;
    let from = |world: &World, place: &str| AuthnEvidence {
        place: Some(place.to_owned()),
        ..evidence(world, "hers-0123456789abcdef")
    };
    world.holder_with_passkey("9000001").await;
    let (mut request, verifier) = world.request(world.facts_token(facts()));
    request.wish.evidence = Some(from(&world, "home-0123456789abcdef"));
    let form = world.assertion().add_to(request.to_form().unwrap());
    let proof = world.proof("POST", "/par", None);
    let pushed = world.bank.push(&world.ctx(), &form, Possession::of_proof(&proof)).await.unwrap();
    let callback = world.consent(&pushed.request_uri, "9000001").await.unwrap();
    let tokens = world.exchange(&callback, &verifier).await.unwrap();
    let mandate = tokens.authorization_details[0].mandate_id;
    let rules = "policy \"bank\" version \"t\"\nbaseline approve\n\
        rule elsewhere on debit\n  when new_place\n  then decline as elsewhere\n";
    world.bank.risk.reload(Policy::parse(rules).unwrap());
    let debit = async |n, evidence| {
        let ask = Ask { evidence, ..World::ask(mandate, n, 10) };
        world.bank.request_debit(&world.ctx(), ask).await.unwrap().state
    };

    let home = debit(0, Some(from(&world, "home-0123456789abcdef"))).await;
    let elsewhere = debit(1, Some(from(&world, "away-0123456789abcdef"))).await;
    let nowhere = debit(2, Some(evidence(&world, "hers-0123456789abcdef"))).await;

    assert!(matches!(home, DebitState::Booked { .. }), "{home:?}");
    assert!(matches!(elsewhere, DebitState::Refused { .. }), "{elsewhere:?}");
    assert!(matches!(nowhere, DebitState::Booked { .. }), "what is not known makes no rule hold");
}

/// Of two addresses in one network each is counted by itself, over a restart too, and its name stays nowhere.
#[tokio::test]
async fn an_address_is_counted_apart_from_its_neighbours_and_blinded() {
    let mut world = World::new().await;
    let rules = "policy \"bank\" version \"t\"\nbaseline approve\n\
        rule here on enrolment_started\n\
          when distinct account of enrolment_started per address within 24h > 2\n\
        then decline as here tell desk\n";
    let engine = || Arc::new(Engine::new(Policy::parse(rules).unwrap()));
    world.bank.risk = engine();
    let start = async |world: &World, address: &str, n: u32| {
        let ctx = Ctx { address, ..world.ctx() };
        let (at, device) = (account(&format!("900000{n}")), format!("device-{n}"));
        world.bank.start_enrolment(&ctx, &at, Route::Atm, &device).await.is_ok()
    };
    for n in 1..=2 {
        assert!(start(&world, "192.0.2.77", n).await);
        assert!(start(&world, "192.0.2.78", n).await);
    }

    assert!(!start(&world, "192.0.2.77", 3).await);
    world.bank.risk = engine();
    world.bank.recall_attempts(world.now).await.unwrap();
    assert!(!start(&world, "192.0.2.77", 4).await, "after a restart");
    assert!(start(&world, "192.0.2.79", 4).await, "whoever else is in that network");
    let kept = serde_json::to_string(&world.bank.every_decision().await.unwrap()).unwrap();
    assert!(kept.contains("\"address\"") && !kept.contains("192.0.2.7"), "{kept}");
}
