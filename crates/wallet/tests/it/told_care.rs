//! What a bank tells that stops nothing: care for a week, people who look, and two who take it back.

use kanuki_desk::{
    case::{Case, CaseKind},
    signal::caution::{self, CAUTION_SECS},
};
use kanuki_domain::{
    bank_account::BankCode,
    id::{DebitId, LinkId, MandateId, StaffId},
};
use kanuki_record::Unit;
use kanuki_wallet::{PartnerBank, Refusal, event::Received, link::Link, topup::TopupState};
use kanuki_wire::set::{self, Event, RiskLevel, SecurityEvent, StreamState};

use crate::world::{BANK_ISSUER, BANK_SET_KEY, ORIGIN, Person, WALLET_ISSUER, World, bank_code};

/// The bank tells something about whom it knows by this link.
async fn hear(world: &World, (person, link): (&Person, LinkId), jti: &str, event: Event) {
    let subject = world.wallet.link_of(person.id, link).await.unwrap().account_ref.clone();
    let issued_at = world.ctx().now;
    let event = SecurityEvent { jti: jti.into(), txn: None, subject, issued_at, event };
    let token = set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &event).unwrap();
    let received = world.wallet.receive_event(&world.ctx(), &token).await.unwrap();
    assert_eq!(received, Received::Taken);
}

fn risk(current_level: RiskLevel) -> Event {
    Event::RiskLevelChange { principal: "USER".into(), current_level, risk_reason: None }
}

async fn cases(world: &World, about: &str) -> Vec<CaseKind> {
    let found = world.wallet.book.list::<Case>("about", about).await.unwrap();
    found.iter().map(|case| case.kind).collect()
}

#[tokio::test]
async fn a_high_risk_at_the_bank_takes_nothing_from_it_until_a_week_is_over_or_two_people_agree() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let mandate = world.wallet.link_of(hanako.id, link).await.unwrap().mandate_id.to_string();
    hear(&world, (&hanako, link), "1", risk(RiskLevel::High)).await;
    hear(&world, (&hanako, link), "2", risk(RiskLevel::High)).await;

    let held = world.top_up(&hanako, link, "a", 1_000).await;
    let is_later = matches!(held.state, TopupState::Refused { reason: Refusal::TryLater, .. });
    assert!(is_later, "{:?}", held.state);
    assert!(world.wallet.customer(hanako.id).await.unwrap().frozen.is_none());
    assert!(world.wallet.link_of(hanako.id, link).await.unwrap().is_active());
    assert_eq!(cases(&world, &mandate).await, [CaseKind::PartnerSignal]);
    let (told, _) = world.mail(&hanako).await;
    assert_eq!(told.iter().filter(|kind| *kind == "link_held").count(), 2, "mail and SMS, once");

    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let book = &world.wallet.book;
    let asked = caution::ask_end(book, &world.ctx(), aoki, (&mandate, "called")).await.unwrap();
    assert!(world.wallet.approve(&world.ctx(), aoki, asked).await.is_err(), "one is not two");
    world.wallet.approve(&world.ctx(), baba, asked).await.unwrap();
    let after = world.top_up(&hanako, link, "b", 1_000).await;
    assert!(!matches!(after.state, TopupState::Refused { .. }), "{:?}", after.state);

    hear(&world, (&hanako, link), "3", risk(RiskLevel::High)).await;
    world.later(CAUTION_SECS);
    let later = world.top_up(&hanako, link, "c", 1_000).await;
    assert!(!matches!(later.state, TopupState::Refused { .. }), "{:?}", later.state);
}

#[tokio::test]
async fn a_contact_that_changed_at_the_bank_halves_what_a_day_may_bring() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let terms = world.wallet.link_of(hanako.id, link).await.unwrap().terms.clone();
    let day = terms.periodic.iter().map(|cap| cap.amount).min().unwrap();
    let more_than_half = u32::try_from(day.half_down().amount()).unwrap() + 1;
    hear(&world, (&hanako, link), "1", Event::IdentifierChanged {}).await;

    let whole = world.top_up(&hanako, link, "a", more_than_half).await;
    let is_over = matches!(whole.state, TopupState::Refused { reason: Refusal::OverLimit, .. });
    assert!(is_over, "{:?}", whole.state);
    let small = world.top_up(&hanako, link, "b", 1_000).await;
    assert!(!matches!(small.state, TopupState::Refused { .. }), "{:?}", small.state);
}

#[tokio::test]
async fn what_is_only_on_record_changes_nothing_and_a_stolen_credential_freezes_as_before() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    hear(&world, (&hanako, link), "1", Event::SessionRevoked {}).await;
    hear(&world, (&hanako, link), "2", risk(RiskLevel::Low)).await;
    hear(&world, (&hanako, link), "3", Event::StreamUpdated { status: StreamState::Disabled })
        .await;
    assert!(caution::page(&world.wallet.book, world.ctx().now, "").await.unwrap().0.is_empty());
    assert_eq!(cases(&world, "stream|9901").await, [CaseKind::PartnerSignal]);
    let log = world.wallet.book.records().audit_log(0, 10_000).await.unwrap();
    assert_eq!(log.iter().filter(|kept| kept.body.contains("event.taken")).count(), 3);

    let stolen = Event::CredentialCompromise { credential_type: "password".into() };
    hear(&world, (&hanako, link), "4", stolen).await;
    assert!(world.wallet.customer(hanako.id).await.unwrap().frozen.is_some());
}

/// A bank beside the first, with its own link of this customer's; and a second link at the first bank.
async fn link_twice_more(world: &World, link: &Link) -> (PartnerBank, [LinkId; 2]) {
    let code = BankCode::parse("0310").unwrap();
    let first: PartnerBank = (*world.wallet.partner(bank_code()).await.unwrap()).clone();
    let issuer = "http://localhost:8082".to_owned();
    let authorize_url = format!("{issuer}/authorize");
    let bank = PartnerBank { code, issuer, authorize_url, ..first };
    world.wallet.import_bank(&world.ctx(), bank.clone(), &[]).await.unwrap();
    let mut unit = Unit::new();
    let ids = ["there", "here"].map(|name| {
        let mut one = link.clone();
        (one.link_id, one.mandate_id) = (LinkId::derive(&[name]), MandateId::derive(&[name]));
        if name == "there" {
            (one.bank, one.account_ref) = (code, "ref-there".to_owned());
        }
        unit.insert(&one);
        one.link_id
    });
    world.wallet.book.commit(unit).await.unwrap();
    (bank, ids)
}

/// A passkey, a day and two people.
async fn let_go_on(world: &World, person: &mut Person) {
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let wallet = &world.wallet;
    let (options, state) = wallet.start_proving(&world.ctx(), person.id).await.unwrap();
    let response = person.phone.get(&options, ORIGIN).unwrap();
    let asked = (response.as_str(), &state);
    let case = wallet.ask_unfreeze(&world.ctx(), person.id, asked).await.unwrap();
    let approval = wallet.propose_unfreeze(&world.ctx(), aoki, case, "called").await.unwrap();
    world.later(86_400);
    assert!(wallet.approve(&world.ctx(), aoki, approval).await.is_err(), "one is not two");
    wallet.approve(&world.ctx(), baba, approval).await.unwrap();
}

/// A bank whose own mandate goes on never says that it is released. So two people here let go what its
/// told stopped; and no other bank hears that the wallet was taken over until somebody says so.
#[tokio::test]
async fn what_a_bank_tells_of_its_own_links_stops_these_until_two_people_here_release_them() {
    for is_disputed in [false, true] {
        let world = World::new().await;
        let (mut hanako, link) = world.settled("hanako", 1).await;
        let first = world.wallet.link_of(hanako.id, link).await.unwrap().into_inner();
        let (other, [there, here]) = link_twice_more(&world, &first).await;
        let are_active = async || {
            let mut active = Vec::new();
            for id in [link, here, there] {
                active.push(world.wallet.link_of(hanako.id, id).await.unwrap().is_active());
            }
            active
        };
        let told = if is_disputed {
            let debit_id = DebitId::derive(&["d"]);
            Event::DebitDisputed { mandate_id: first.mandate_id, debit_id }
        } else {
            Event::CredentialCompromise { credential_type: "pin".into() }
        };
        hear(&world, (&hanako, link), "1", told).await;

        assert_eq!(are_active().await, [false, is_disputed, true], "disputed: {is_disputed}");
        let frozen = world.wallet.customer(hanako.id).await.unwrap().frozen.clone().unwrap();
        assert!(frozen.is_alone);
        assert!(world.wallet.due_events(&world.ctx(), &other).await.unwrap().is_empty());

        // Now somebody does: the first press on everything counts as it would have on its own.
        let case_id = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
        assert_eq!(case_id, frozen.case_id, "it is open still");
        assert_eq!(are_active().await, [false; 3]);
        world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
        let told = world.wallet.due_events(&world.ctx(), &other).await.unwrap();
        assert_eq!(told.len(), 2, "the link and the customer, once");

        let_go_on(&world, &mut hanako).await;
        for id in [link, here, there] {
            assert!(world.wallet.link_of(hanako.id, id).await.unwrap().is_active());
        }
        assert_eq!(world.top_up(&hanako, link, "a", 1_000).await.state_name(), "posted");
    }
}

/// A bank of another maker that knows RISC alone: it says that a login is not its owner's, stops nothing of its
/// own, and never says that anything goes on.
#[tokio::test]
async fn what_a_bank_says_of_a_login_stops_every_link_and_two_people_here_release_them() {
    let world = World::new().await;
    let (mut hanako, link) = world.settled("hanako", 1).await;
    let first = world.wallet.link_of(hanako.id, link).await.unwrap().into_inner();
    let (other, [there, here]) = link_twice_more(&world, &first).await;
    hear(&world, (&hanako, link), "1", Event::AccountDisabled { reason: None }).await;

    for id in [link, here, there] {
        assert!(!world.wallet.link_of(hanako.id, id).await.unwrap().is_active());
    }
    let frozen = world.wallet.customer(hanako.id).await.unwrap().frozen.clone().unwrap();
    assert!(!frozen.is_alone, "it was taken over: other banks hear of it");
    assert_eq!(world.wallet.due_events(&world.ctx(), &other).await.unwrap().len(), 2);

    let_go_on(&world, &mut hanako).await;
    for id in [link, here, there] {
        assert!(world.wallet.link_of(hanako.id, id).await.unwrap().is_active(), "a way back");
    }
    assert_eq!(world.top_up(&hanako, link, "a", 1_000).await.state_name(), "posted");
}
