//! A stop of everything, or of one bank, reaches the other company by itself; and what it does here when a
//! bank says it of its own.

use kanuki_desk::{
    case::Case,
    drill,
    incident::{By, Service},
    signal::{flood::HALTS_MAX, gravity::Gravity, halt},
};
use kanuki_domain::{
    Yen,
    connector::Protocol,
    id::{LinkId, StaffId},
};
use kanuki_record::Unit;
use kanuki_wallet::{
    PartnerBank, Refusal, WalletError, desk::Switch, event::Received, topup::TopupState,
};
use kanuki_wire::set::{
    self, Event, LinkStatus, SecurityEvent, ServiceReach, ServiceScope, ServiceStatus, ServiceWord,
    StopReason,
};

use crate::{
    loosening::record,
    world::{BANK_ISSUER, BANK_SET_KEY, Person, WALLET_ISSUER, World, bank_code},
};

fn people() -> (StaffId, StaffId) {
    (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]))
}

fn word(status: ServiceStatus, scope: ServiceScope, world: &World) -> ServiceWord {
    let (reach, since) = (ServiceReach::You, world.ctx().now);
    // Whoever stole a key would like to be called.
    let (reason, call) = (StopReason::StolenKey, Some("https://call.example".to_owned()));
    ServiceWord { status, scope, reach, since, reason, call }
}

/// The bank tells this, under this name.
async fn hear(
    world: &World,
    (jti, subject): (&str, &str),
    event: Event,
) -> Result<Received, WalletError> {
    let (jti, subject, issued_at) = (jti.to_owned(), subject.to_owned(), world.ctx().now);
    let told = SecurityEvent { jti, txn: None, subject, issued_at, event };
    let token = set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &told).unwrap();
    world.wallet.receive_event(&world.ctx(), &token).await
}

async fn halts(world: &World, jti: &str, stop: &str, halt: ServiceWord) {
    let heard = hear(world, (jti, stop), Event::ServiceStatusChanged(halt)).await;
    assert_eq!(heard.unwrap(), Received::Taken);
}

/// What waits for the bank of stops as a whole.
async fn said(world: &World) -> Vec<(String, ServiceWord)> {
    let bank = world.wallet.partner(bank_code()).await.unwrap();
    let (keys, now) = (world.wallet.event_jwks(), world.ctx().now);
    let due = world.wallet.due_events(&world.ctx(), &bank).await.unwrap();
    let told = due.into_iter().filter_map(|event| {
        let told = set::verify(&event.token, WALLET_ISSUER, BANK_ISSUER, &keys, now).unwrap();
        match told.event {
            Event::ServiceStatusChanged(halt) => {
                assert_eq!(Gravity::of(&event.uri), Gravity::Halt);
                Some((told.subject, halt))
            }
            _ => None,
        }
    });
    told.collect()
}

async fn refusal(world: &World, (person, link): (&Person, LinkId), key: &str) -> Option<Refusal> {
    match world.top_up(person, link, key, 1_000).await.state {
        TopupState::Refused { reason, .. } => Some(reason),
        _ => None,
    }
}

async fn payout_is_stopped(world: &World, (person, link): (&Person, LinkId)) -> bool {
    let started =
        world.wallet.start_paying_out(&world.ctx(), person.id, link, Yen::of(1_000)).await;
    matches!(started, Err(WalletError::Stopped))
}

#[tokio::test]
async fn a_switch_is_told_to_the_banks_that_it_touches_and_so_is_its_release() {
    let world = World::new().await;
    let (_, link) = world.settled("hanako", 1).await;
    let (aoki, baba) = people();
    let plain: PartnerBank = (*world.wallet.partner(bank_code()).await.unwrap()).clone();
    let plain = PartnerBank {
        code: kanuki_domain::bank_account::BankCode::parse("0310").unwrap(),
        issuer: "http://localhost:8082".to_owned(),
        protocol: Protocol::Oauth,
        ..plain
    };
    let mut unit = Unit::new();
    unit.insert(&plain);
    world.wallet.book.commit(unit).await.unwrap();

    world.wallet.pull_switch(&world.ctx(), aoki, Switch::Link(link), "x").await.unwrap();
    assert!(said(&world).await.is_empty(), "one account is nobody else's business");
    for _ in 0..2 {
        let why = ("money is leaving", StopReason::ConfirmedFraud);
        let wallet = &world.wallet;
        wallet.pull_switch_because(&world.ctx(), aoki, Switch::Everything, why).await.unwrap();
        wallet.recover(&world.ctx()).await.unwrap();
    }
    let told = said(&world).await;
    let [(stop, first)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((first.status, first.reach), (ServiceStatus::Stopped, ServiceReach::Everybody));
    assert_eq!((first.scope, first.reason), (ServiceScope::Everything, StopReason::ConfirmedFraud));
    let silent = world.wallet.due_events(&world.ctx(), &plain).await.unwrap();
    assert!(silent.is_empty(), "a bank of plain OAuth hears nothing: it is called");

    world.later(1);
    world.wallet.pull_switch(&world.ctx(), aoki, Switch::Bank(bank_code()), "x").await.unwrap();
    assert_eq!(said(&world).await.last().unwrap().1.reach, ServiceReach::You);
    let release = world
        .wallet
        .ask_release(&world.ctx(), aoki, Switch::Bank(bank_code()), ("over", Some(record(&world))))
        .await;
    world.later(1);
    world.wallet.approve(&world.ctx(), baba, release.unwrap()).await.unwrap();
    let told = said(&world).await;
    let last = told.last().unwrap();
    assert_eq!((last.1.status, told.len()), (ServiceStatus::Reopened, 3));
    assert_eq!(told[1].0, last.0, "under the name of that stop");
    assert_ne!(*stop, last.0);
}

#[tokio::test]
async fn what_a_bank_says_that_it_stopped_holds_that_and_nothing_else_until_it_opens_again() {
    use ServiceScope::{Everything, NewLinks, OldLinks, Payouts, TopUps};
    for (scope, [new, topups, payouts]) in [
        (NewLinks, [true, false, false]),
        (OldLinks, [false, true, true]),
        (TopUps, [false, true, false]),
        (Payouts, [false, false, true]),
        (Everything, [true, true, true]),
    ] {
        let world = World::new().await;
        let (hanako, link) = world.settled("hanako", 1).await;
        let of = (&hanako, link);
        let asked = world.bank.debited();
        halts(&world, "1", "s", word(ServiceStatus::Stopped, scope, &world)).await;

        let open = world.wallet.linkable_banks(&world.ctx()).await.unwrap();
        assert_eq!(open.is_empty(), new, "{scope:?}");
        let refused = refusal(&world, of, "a").await;
        assert_eq!(refused == Some(Refusal::Stopped), topups, "{scope:?}: {refused:?}");
        assert_eq!(world.bank.debited() == asked, topups, "nothing is asked in vain");
        assert_eq!(payout_is_stopped(&world, of).await, payouts, "{scope:?}");
        assert!(world.wallet.customer(hanako.id).await.unwrap().frozen.is_none());
        assert!(world.wallet.link_of(hanako.id, link).await.unwrap().is_active());
        for switch in [Switch::Everything, Switch::Bank(bank_code())] {
            assert!(!world.wallet.is_stopped(&world.ctx(), switch).await.unwrap());
        }
        let halted = world.wallet.halts(&world.ctx()).await.unwrap();
        assert_eq!(halted.len(), 1);
        assert_eq!(halted[0].by, By::Them);
        assert_eq!(halted[0].services.contains(&Service::TopUps), topups);
        let cases = world.wallet.book.list::<Case>("about", "halt|9901").await.unwrap();
        assert_eq!(cases.len(), 1);
        let (_, told) = world.wallet.partners_halts(&world.ctx()).await.unwrap().remove(0);
        assert_eq!(told[0].word.call, None, "an address is no number");

        halts(&world, "2", "s", word(ServiceStatus::Reopened, scope, &world)).await;
        assert_eq!(refusal(&world, of, "b").await, None);
        assert_eq!(world.wallet.linkable_banks(&world.ctx()).await.unwrap().len(), 1);
        assert!(!payout_is_stopped(&world, of).await);
        assert!(world.wallet.halts(&world.ctx()).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn two_people_here_ask_the_bank_again_and_a_drill_does_nothing() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let ((aoki, baba), of) = (people(), (&hanako, link));
    halts(&world, "0", "d", word(ServiceStatus::Drill, ServiceScope::Everything, &world)).await;
    assert_eq!(refusal(&world, of, "a").await, None);
    assert!(world.wallet.halts(&world.ctx()).await.unwrap().is_empty());
    let (_, shown) = world.wallet.partners_halts(&world.ctx()).await.unwrap().remove(0);
    assert!(shown[0].is_drill());

    halts(&world, "1", "s", word(ServiceStatus::Stopped, ServiceScope::Everything, &world)).await;
    assert_eq!(refusal(&world, of, "b").await, Some(Refusal::Stopped));
    let book = &world.wallet.book;
    let asked = halt::ask_end(book, &world.ctx(), aoki, ("9901|s", "we called")).await.unwrap();
    assert!(world.wallet.approve(&world.ctx(), aoki, asked).await.is_err(), "one is not two");
    world.wallet.approve(&world.ctx(), baba, asked).await.unwrap();
    assert_eq!(refusal(&world, of, "c").await, None);

    let mut unit = Unit::new();
    let (drill_id, scope) = ("d".to_owned(), "bank|9901".to_owned());
    let told = drill::Told { drill_id, scope, since: world.ctx().now, is_over: true };
    world.wallet.tell_drill(&world.ctx(), &mut unit, &told).await.unwrap();
    world.wallet.book.commit(unit).await.unwrap();
    let told = said(&world).await;
    assert_eq!((told.len(), told[0].1.status), (1, ServiceStatus::DrillOver));
}

#[tokio::test]
async fn a_flood_of_stops_waits_and_keeps_no_alarm_waiting() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let stopped = || word(ServiceStatus::Stopped, ServiceScope::Payouts, &world);
    for n in 0..HALTS_MAX {
        halts(&world, &n.to_string(), &format!("s{n}"), stopped()).await;
    }
    let more = hear(&world, ("more", "more"), Event::ServiceStatusChanged(stopped())).await;
    assert!(matches!(more, Err(WalletError::TooMany)), "{more:?}");
    let mandate_id = world.wallet.link_of(hanako.id, link).await.unwrap().mandate_id;
    let (status, reason) = (LinkStatus::Suspended, "report".to_owned());
    let alarm = Event::LinkStatusChanged { mandate_id, status, reason };
    assert_eq!(hear(&world, ("alarm", "x"), alarm).await.unwrap(), Received::Taken);
    assert!(!world.wallet.link_of(hanako.id, link).await.unwrap().is_active());
}

/// A name that was used must not swallow an alarm in silence; nor may the same alarm, told again once it was
/// released, close the link's gate under an open row.
#[tokio::test]
async fn a_used_name_acts_once_and_another_event_under_it_is_refused_and_on_record() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let row = world.wallet.link_of(hanako.id, link).await.unwrap().into_inner();
    let (mandate_id, subject) = (row.mandate_id, row.account_ref.clone());
    let changed = |status| Event::LinkStatusChanged { mandate_id, status, reason: "staff".into() };
    let suspended = changed(LinkStatus::Suspended);
    hear(&world, ("1", &subject), suspended.clone()).await.unwrap();
    hear(&world, ("2", &subject), changed(LinkStatus::Released)).await.unwrap();
    let again = hear(&world, ("1", &subject), suspended).await.unwrap();
    assert_eq!(again, Received::Taken, "the same event, told twice, is fine");
    assert_eq!(refusal(&world, (&hanako, link), "a").await, None, "the gate stays open");

    let other = Event::AccountDisabled { reason: None };
    for _ in 0..2 {
        let refused = hear(&world, ("2", &subject), other.clone()).await.unwrap();
        assert_eq!(refused, Received::Reused);
    }
    assert!(world.wallet.customer(hanako.id).await.unwrap().frozen.is_none());
    let log = world.wallet.book.records().audit_log(0, 10_000).await.unwrap();
    assert_eq!(log.iter().filter(|kept| kept.body.contains("event.reused")).count(), 1);
}
