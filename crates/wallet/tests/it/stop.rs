//! "It wasn't me", from here and from the bank; and the slow way back.

use kanuki_desk::{DeskError, case::Case};
use kanuki_domain::{
    Yen,
    id::{CaseId, MandateId, RemittanceId, StaffId, TopupId},
};
use kanuki_ledger::TransferId;
use kanuki_record::Stored;
use kanuki_wallet::{
    Refusal, WalletError, desk::Switch, event::Received, proof::Given, remittance::RemittanceState,
    topup::TopupState,
};
use kanuki_wire::{
    keys::Jwks,
    set::{self, Event, LinkStatus, SecurityEvent},
};

use crate::{
    bank::Fault,
    loosening::record,
    world::{BANK_ISSUER, BANK_SET_KEY, ORIGIN, WALLET_ISSUER, World, bank_code},
};

fn events(world: &World) -> Vec<SecurityEvent> {
    let keys: Jwks = world.wallet.event_jwks();
    let told = world.bank.told.lock().unwrap().clone();
    let now = world.ctx().now;
    told.iter().map(|t| set::verify(t, WALLET_ISSUER, BANK_ISSUER, &keys, now).unwrap()).collect()
}

#[tokio::test]
async fn stop_code_freezes_the_wallet_suspends_the_link_and_tells_the_bank() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    world.top_up(&hanako, link, "a", 5_000).await;
    let (_, code) = world.mail(&hanako).await;

    let preview = world.wallet.preview_stop(&world.ctx(), &code).await.unwrap();
    assert_eq!((preview.links, preview.is_frozen), (1, false));
    let case = world.wallet.stop(&world.ctx(), &code).await.unwrap();
    assert_eq!(world.wallet.stop(&world.ctx(), &code).await.unwrap(), case, "pressed twice");

    world.send_events().await;
    let sent = events(&world);
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().any(|e| matches!(
        e.event,
        Event::LinkStatusChanged { status: LinkStatus::Suspended, .. }
    )));
    assert!(sent.iter().any(|e| matches!(e.event, Event::AccountDisabled { .. })));
    assert_eq!(sent[0].txn, Some(case.to_string()), "both companies share the number");
    let id = TopupId::derive(&["b"]);
    let refused = world.wallet.top_up(&world.ctx(), hanako.id, id, link, Yen::of(1)).await;
    assert!(matches!(refused, Err(WalletError::Stopped)));
    assert!(matches!(
        world.wallet.preview_stop(&world.ctx(), "AAAA-BBBB-CCCC").await,
        Err(WalletError::NotAvailable)
    ));
}

#[tokio::test]
async fn debit_in_flight_is_posted_although_its_wallet_was_frozen() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    world.bank.faults.lock().unwrap().push_back(Fault::LostAfter);
    world.top_up(&hanako, link, "a", 5_000).await;

    world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    world.later(60);
    world.wallet.recover(&world.ctx()).await.unwrap();

    assert_eq!(world.balance(&hanako).await, Yen::of(5_000), "held for its owner");
}

/// Whoever presses has an open case, and the number that the bank gives out is found here as well.
#[tokio::test]
async fn a_press_on_a_frozen_wallet_leaves_nobody_without_a_case() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let ctx = world.ctx();
    let first = world.wallet.freeze(&ctx, hanako.id).await.unwrap();
    assert_eq!(world.wallet.freeze(&ctx, hanako.id).await.unwrap(), first, "it is open still");
    let aoki = StaffId::derive(&["aoki"]);
    world.wallet.close_case(&ctx, aoki, first, "a mistake").await.unwrap();

    let second = world.wallet.freeze(&ctx, hanako.id).await.unwrap();

    assert_ne!(second, first);
    let open = |cases: Vec<Stored<Case>>| -> Vec<CaseId> {
        cases.iter().map(|case| case.case_id).collect()
    };
    assert_eq!(open(world.wallet.cases(true).await.unwrap()), [second]);
    let customer = world.wallet.customer(hanako.id).await.unwrap();
    assert_eq!(customer.frozen.as_ref().unwrap().case_id, second);

    let mandate_id = world.wallet.link_of(hanako.id, link).await.unwrap().mandate_id;
    let shared = CaseId::derive(&["shared"]);
    let event = SecurityEvent {
        jti: "j1".into(),
        txn: Some(shared.to_string()),
        subject: "x".into(),
        issued_at: ctx.now,
        event: Event::LinkStatusChanged {
            mandate_id,
            status: LinkStatus::Suspended,
            reason: "report".into(),
        },
    };
    let token = set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &event).unwrap();
    assert_eq!(world.wallet.receive_event(&ctx, &token).await.unwrap(), Received::Taken);
    let cases = open(world.wallet.cases(true).await.unwrap());
    assert!(cases.contains(&shared) && cases.contains(&second), "{cases:?}");
}

#[tokio::test]
async fn the_bank_says_it_was_not_the_holder_once_is_enough() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let mandate_id = world.wallet.link_of(hanako.id, link).await.unwrap().mandate_id;
    let shared = CaseId::derive(&["shared"]);
    let event = SecurityEvent {
        jti: "j1".into(),
        txn: Some(shared.to_string()),
        subject: "x".into(),
        issued_at: world.ctx().now,
        event: Event::LinkStatusChanged {
            mandate_id,
            status: LinkStatus::Suspended,
            reason: "report".into(),
        },
    };
    let token = set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &event).unwrap();
    let ctx = world.ctx();

    assert_eq!(world.wallet.receive_event(&ctx, &token).await.unwrap(), Received::Taken);
    assert_eq!(world.wallet.receive_event(&ctx, &token).await.unwrap(), Received::Taken);

    let customer = world.wallet.customer(hanako.id).await.unwrap();
    assert_eq!(customer.frozen.as_ref().unwrap().case_id, shared);
    assert_eq!(world.wallet.cases(true).await.unwrap().len(), 1);
    assert!(world.mail(&hanako).await.0.contains(&"frozen".to_owned()));
    let forged = set::make(&world.wallet.set_key, BANK_ISSUER, WALLET_ISSUER, &event).unwrap();
    let answer = world.wallet.receive_event(&ctx, &forged).await.unwrap();
    assert_eq!(answer, Received::Unproven("invalid_key"));
}

#[tokio::test]
async fn unfreezing_takes_a_passkey_a_day_and_two_people() {
    let world = World::new().await;
    let (mut hanako, link) = world.settled("hanako", 1).await;
    world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let ctx = world.ctx();
    let (options, state) = world.wallet.start_proving(&ctx, hanako.id).await.unwrap();
    let response = hanako.phone.get(&options, ORIGIN).unwrap();
    let case = world.wallet.ask_unfreeze(&ctx, hanako.id, (&response, &state)).await.unwrap();
    let approval = world.wallet.propose_unfreeze(&ctx, aoki, case, "called back").await.unwrap();

    let soon = world.wallet.approve(&ctx, baba, approval).await;
    assert!(matches!(soon, Err(WalletError::Desk(DeskError::TooEarly))));
    world.later(86_400);
    let alone = world.wallet.approve(&world.ctx(), aoki, approval).await;
    assert!(matches!(alone, Err(WalletError::Desk(DeskError::SamePerson))));
    world.wallet.approve(&world.ctx(), baba, approval).await.unwrap();

    assert_eq!(world.top_up(&hanako, link, "a", 1_000).await.state_name(), "posted");
}

#[tokio::test]
async fn kill_switch_of_a_bank_covers_links_that_are_already_there() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let switch = Switch::Bank(bank_code());
    world.wallet.pull_switch(&world.ctx(), aoki, switch, "incident").await.unwrap();

    let stopped = world.top_up(&hanako, link, "a", 1_000).await;
    let TopupState::Refused { reason, .. } = stopped.state else { panic!("{:?}", stopped.state) };
    assert_eq!(reason, Refusal::Stopped);
    // Another driver of the same row, which saw a better moment, can move nothing under its id.
    let taken = TransferId::derive(&["money", &stopped.topup_id.to_string()]);
    let mark = world.wallet.ledger.find_transfer(taken, world.ctx().now).await.unwrap();
    assert_eq!(mark.unwrap().transfer.amount, Yen::ZERO);
    assert_eq!(world.bank.debited(), Yen::ZERO);
    let release = world
        .wallet
        .ask_release(&world.ctx(), aoki, switch, ("over", Some(record(&world))))
        .await
        .unwrap();
    assert!(world.wallet.approve(&world.ctx(), aoki, release).await.is_err());
    world.wallet.approve(&world.ctx(), baba, release).await.unwrap();
    assert_eq!(world.top_up(&hanako, link, "b", 1_000).await.state_name(), "posted");
}

#[tokio::test]
async fn an_old_release_never_opens_what_was_closed_again() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let wallet_id = world.wallet.customer(hanako.id).await.unwrap().wallet_id;
    for switch in [Switch::Bank(bank_code()), Switch::Wallet(wallet_id), Switch::Link(link)] {
        world.wallet.pull_switch(&world.ctx(), aoki, switch, "a").await.unwrap();
        let release = world
            .wallet
            .ask_release(&world.ctx(), aoki, switch, ("over", Some(record(&world))))
            .await
            .unwrap();
        world.wallet.approve(&world.ctx(), baba, release).await.unwrap();
        assert!(!world.wallet.is_stopped(&world.ctx(), switch).await.unwrap());
        world.wallet.pull_switch(&world.ctx(), aoki, switch, "again").await.unwrap();

        world.wallet.recover(&world.ctx()).await.unwrap();
        assert!(world.wallet.is_stopped(&world.ctx(), switch).await.unwrap(), "{switch:?}");
    }
}

#[tokio::test]
async fn an_unfreezing_by_two_does_not_open_what_staff_had_switched_off() {
    let world = World::new().await;
    let (mut hanako, link) = world.settled("hanako", 1).await;
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let wallet_id = world.wallet.customer(hanako.id).await.unwrap().wallet_id;
    let switch = Switch::Wallet(wallet_id);
    world.wallet.pull_switch(&world.ctx(), aoki, switch, "suspicion").await.unwrap();
    world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let ctx = world.ctx();
    let (options, state) = world.wallet.start_proving(&ctx, hanako.id).await.unwrap();
    let response = hanako.phone.get(&options, ORIGIN).unwrap();
    let case = world.wallet.ask_unfreeze(&ctx, hanako.id, (&response, &state)).await.unwrap();
    let approval = world.wallet.propose_unfreeze(&ctx, aoki, case, "called back").await.unwrap();
    world.later(86_400);
    world.wallet.approve(&world.ctx(), baba, approval).await.unwrap();

    assert!(world.wallet.customer(hanako.id).await.unwrap().frozen.is_none());
    assert!(world.wallet.is_stopped(&world.ctx(), switch).await.unwrap());
    let stopped = world.top_up(&hanako, link, "a", 1_000).await;
    let TopupState::Refused { reason, .. } = stopped.state else { panic!("{:?}", stopped.state) };
    assert_eq!(reason, Refusal::Stopped);
}

#[tokio::test]
async fn a_press_on_a_frozen_wallet_ends_a_waiting_unfreeze() {
    let world = World::new().await;
    let (mut hanako, _) = world.settled("hanako", 1).await;
    let first = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let (options, state) = world.wallet.start_proving(&world.ctx(), hanako.id).await.unwrap();
    let response = hanako.phone.get(&options, ORIGIN).unwrap();
    let asked = (response.as_str(), &state);
    let case = world.wallet.ask_unfreeze(&world.ctx(), hanako.id, asked).await.unwrap();
    let approval = world.wallet.propose_unfreeze(&world.ctx(), aoki, case, "x").await.unwrap();
    let (_, code) = world.mail(&hanako).await;

    assert_eq!(world.wallet.stop(&world.ctx(), &code).await.unwrap(), first);

    world.later(86_400);
    assert!(world.wallet.approve(&world.ctx(), baba, approval).await.is_err());
    assert!(world.wallet.unfreeze_case(hanako.id).await.unwrap().is_none());
    assert!(world.wallet.customer(hanako.id).await.unwrap().frozen.is_some());
}

fn status(world: &World, mandate_id: MandateId, status: LinkStatus, jti: &str) -> String {
    let event = SecurityEvent {
        jti: jti.into(),
        txn: None,
        subject: "x".into(),
        issued_at: world.ctx().now,
        event: Event::LinkStatusChanged { mandate_id, status, reason: "bank".into() },
    };
    set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &event).unwrap()
}

/// RFC 8936 fills the gap where pushing did not reach; what is no good changes nothing and is told so.
#[tokio::test]
async fn what_a_bank_could_not_push_is_fetched_and_acts_once() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let mandate_id = world.wallet.link_of(hanako.id, link).await.unwrap().mandate_id;
    let good = status(&world, mandate_id, LinkStatus::Suspended, "good");
    let told = SecurityEvent {
        jti: "elsewhere".into(),
        txn: None,
        subject: "x".into(),
        issued_at: world.ctx().now,
        event: Event::LinkStatusChanged {
            mandate_id,
            status: LinkStatus::Revoked,
            reason: "bank".into(),
        },
    };
    let elsewhere = set::make(&BANK_SET_KEY, BANK_ISSUER, "https://other.test", &told).unwrap();
    let forged = set::make(&world.wallet.set_key, BANK_ISSUER, WALLET_ISSUER, &told).unwrap();
    for (jti, token) in [("good", good), ("elsewhere", elsewhere), ("forged", forged)] {
        world.bank.waiting.lock().unwrap().insert(jti.to_owned(), token);
    }

    let taken = world.wallet.listen(&world.ctx()).await.unwrap();
    let again = world.wallet.listen(&world.ctx()).await.unwrap();

    assert_eq!((taken, again), (1, 0));
    assert!(world.bank.waiting.lock().unwrap().is_empty());
    let mut refused = world.bank.refused.lock().unwrap().clone();
    refused.sort();
    assert_eq!(refused, ["invalid_audience", "invalid_key"]);
    let after = world.wallet.link_of(hanako.id, link).await.unwrap();
    assert!(after.is_alive() && !after.is_active(), "suspended, and not ended");
}

#[tokio::test]
async fn a_bank_does_not_release_what_staff_closed() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let mandate_id = world.wallet.link_of(hanako.id, link).await.unwrap().mandate_id;
    let staff = StaffId::derive(&["aoki"]);
    world.wallet.pull_switch(&world.ctx(), staff, Switch::Link(link), "x").await.unwrap();
    for (told, jti) in [(LinkStatus::Suspended, "a"), (LinkStatus::Released, "b")] {
        let token = status(&world, mandate_id, told, jti);
        world.wallet.receive_event(&world.ctx(), &token).await.unwrap();
    }

    let stopped = world.top_up(&hanako, link, "a", 1_000).await;
    assert!(
        matches!(stopped.state, TopupState::Refused { reason: Refusal::Stopped, .. }),
        "{:?}",
        stopped.state
    );
}

#[tokio::test]
async fn a_release_that_came_while_frozen_is_done_when_the_wallet_goes_on() {
    let world = World::new().await;
    let (mut hanako, link) = world.settled("hanako", 1).await;
    let mandate_id = world.wallet.link_of(hanako.id, link).await.unwrap().mandate_id;
    let suspended = status(&world, mandate_id, LinkStatus::Suspended, "a");
    world.wallet.receive_event(&world.ctx(), &suspended).await.unwrap();
    world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let released = status(&world, mandate_id, LinkStatus::Released, "b");
    world.wallet.receive_event(&world.ctx(), &released).await.unwrap();
    assert!(!world.wallet.link_of(hanako.id, link).await.unwrap().is_active());

    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let (options, state) = world.wallet.start_proving(&world.ctx(), hanako.id).await.unwrap();
    let response = hanako.phone.get(&options, ORIGIN).unwrap();
    let asked = (response.as_str(), &state);
    let case = world.wallet.ask_unfreeze(&world.ctx(), hanako.id, asked).await.unwrap();
    let approval = world.wallet.propose_unfreeze(&world.ctx(), aoki, case, "x").await.unwrap();
    world.later(86_400);
    world.wallet.approve(&world.ctx(), baba, approval).await.unwrap();

    assert!(world.wallet.link_of(hanako.id, link).await.unwrap().is_active());
}

#[tokio::test]
async fn sending_tells_nothing_about_a_payee_who_is_stopped() {
    let world = World::new().await;
    let (mut hanako, link) = world.settled("hanako", 1).await;
    let ichiro = world.open("ichiro").await;
    world.top_up(&hanako, link, "a", 5_000).await;
    let made = world.wallet.make_request(&world.ctx(), ichiro.id, None, "x").await;
    let request_id = made.unwrap().request_id;
    world.wallet.freeze(&world.ctx(), ichiro.id).await.unwrap();
    let mut reasons = Vec::new();
    for yen in [9_000, 1_000] {
        let asked = (Some(Yen::of(yen)), "");
        let started = world.wallet.start_sending(&world.ctx(), hanako.id, request_id, asked).await;
        let (sending, options) = started.unwrap();
        let id = RemittanceId::derive(&[&yen.to_string()]);
        let ctx = world.ctx();
        let unproven = world.wallet.send(&ctx, hanako.id, id, &sending, &Given::Nothing).await;
        assert!(matches!(unproven, Err(WalletError::NotAccepted)), "the proof comes first");
        let response = hanako.phone.get(&options.unwrap(), ORIGIN).unwrap();
        let given = Given::Passkey(&response);
        let sent = world.wallet.send(&ctx, hanako.id, id, &sending, &given).await.unwrap();
        let RemittanceState::Refused { reason, .. } = sent.state else { panic!("{sent:?}") };
        reasons.push(reason);
    }
    assert_eq!(reasons, [Refusal::NotEnoughMoney, Refusal::TryLater]);
    assert_eq!(world.balance(&hanako).await, Yen::of(5_000));
}
