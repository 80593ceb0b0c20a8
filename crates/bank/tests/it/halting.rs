//! A stop of everything, or of one wallet, reaches the other company by itself; and what it does here when
//! the other company says it of its own.

use kanuki_bank::{BankError, desk::Scope, event::EventError, mandate::Mandate};
use kanuki_desk::{
    DeskError,
    case::{Case, CaseKind},
    drill,
    incident::{By, Service},
    signal::{flood::HALTS_MAX, gravity::Gravity, halt},
};
use kanuki_domain::{
    id::{MandateId, StaffId},
    limits::DAY_SECS,
};
use kanuki_record::Unit;
use kanuki_wire::{
    keys::{Jwks, Signer as _},
    set::{
        self, Event, LinkStatus, SecurityEvent, ServiceReach, ServiceScope, ServiceStatus,
        ServiceWord, StopReason,
    },
};

use crate::{
    reopening::record,
    world::{CLIENT, ISSUER, World, facts},
};

const WALLET: &str = "http://localhost:8080";

fn people() -> (StaffId, StaffId) {
    (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]))
}

fn word(status: ServiceStatus, scope: ServiceScope, world: &World) -> ServiceWord {
    let (reach, since) = (ServiceReach::Everybody, world.now);
    let (reason, call) = (StopReason::SuspectedFraud, Some("03-1234-5678".to_owned()));
    ServiceWord { status, scope, reach, since, reason, call }
}

impl World {
    /// The wallet says this of the stop that it calls so.
    async fn halts(&self, stop: &str, word: ServiceWord) -> Result<(), EventError> {
        let (jti, event) = (self.jti(), Event::ServiceStatusChanged(word));
        let told =
            SecurityEvent { jti, txn: None, subject: stop.into(), issued_at: self.now, event };
        self.hear(&set::make(&self.set_key, WALLET, ISSUER, &told).unwrap()).await
    }

    /// What the wallet is told of stops as a whole, and how grave what waits is, in its order.
    async fn said(&self) -> (Vec<(String, ServiceWord)>, Vec<Gravity>) {
        let keys = Jwks::of([self.bank.set_key.public_jwk()]);
        let pushes = self.due_events().await;
        let gravities = pushes.iter().map(|push| push.gravity).collect();
        let told = pushes.into_iter().filter_map(|push| {
            let told = set::verify(&push.token, ISSUER, WALLET, &keys, self.now).unwrap();
            match told.event {
                Event::ServiceStatusChanged(word) => Some((told.subject, word)),
                _ => None,
            }
        });
        (told.collect(), gravities)
    }

    async fn must_be_signed(&self, id: MandateId, n: u32) -> bool {
        self.is_to_be_signed(id, n, 1_000).await
    }

    async fn halt_cases(&self) -> Vec<Case> {
        let about = format!("halt|{CLIENT}");
        let found = self.bank.book.list::<Case>("about", &about).await.unwrap();
        found.into_iter().map(kanuki_record::Stored::into_inner).collect()
    }

    pub(crate) async fn audited(&self, act: &str) -> usize {
        let log = self.bank.book.records().audit_log(0, 10_000).await.unwrap();
        log.iter().filter(|kept| kept.body.contains(act)).count()
    }
}

/// A link that has cooled.
async fn cooled(world: &mut World) -> MandateId {
    let id = world.linked().await;
    world.wait(2 * DAY_SECS);
    id
}

#[tokio::test]
async fn a_stop_of_everything_is_told_with_the_press_before_all_else_and_so_is_its_opening() {
    let mut world = World::new().await;
    let id = cooled(&mut world).await;
    let (aoki, baba) = people();
    let mandate = world.bank.book.load::<Mandate>(id).await.unwrap();
    world.bank.close_gate(&world.ctx(), aoki, &Scope::Mandate(id.to_string()), "x").await.unwrap();
    assert!(world.said().await.0.is_empty(), "a link has a word of its own");
    let person = Scope::Person(mandate.holder_id.to_string());
    world.bank.close_gate(&world.ctx(), aoki, &person, "x").await.unwrap();
    assert!(world.said().await.0.is_empty(), "and one person is nobody else's business");

    world.wait(60);
    let why = ("the key is gone", StopReason::StolenKey);
    for _ in 0..2 {
        let bank = &world.bank;
        bank.close_gate_because(&world.ctx(), aoki, &Scope::Everything, why).await.unwrap();
        bank.tell_stops(&world.ctx()).await.unwrap();
    }
    let (said, gravities) = world.said().await;
    let [(stop, told)] = &said[..] else { panic!("{said:?}") };
    assert_eq!((told.status, told.scope), (ServiceStatus::Stopped, ServiceScope::Everything));
    assert_eq!((told.reach, told.reason), (ServiceReach::Everybody, StopReason::StolenKey));
    assert!(told.call.is_some(), "whom to call");
    assert_eq!(gravities[0], Gravity::Halt, "{gravities:?}");
    assert!(gravities.len() > 1, "the stop of the link waits behind it");

    let one = Scope::Partner(CLIENT.to_owned());
    world.bank.close_gate(&world.ctx(), aoki, &one, "x").await.unwrap();
    let said = world.said().await.0;
    assert_eq!((said.len(), said[1].1.reach), (2, ServiceReach::You));

    let about = ("over", Some(record(&world)));
    let asked = world.bank.ask_open_gate(&world.ctx(), aoki, &Scope::Everything, about).await;
    world.bank.decide(&world.ctx(), baba, asked.unwrap(), true).await.unwrap();
    let said = world.said().await.0;
    let again: Vec<_> = said.iter().filter(|(name, _)| name == stop).collect();
    assert_eq!(again.len(), 2, "under the same name: {said:?}");
    assert!(again.iter().any(|(_, word)| word.status == ServiceStatus::Reopened));
    assert_eq!(said.len(), 3, "the stop of the one wallet stands: {said:?}");

    world.bank.close_gate(&world.ctx(), aoki, &Scope::Everything, "again").await.unwrap();
    let said = world.said().await.0;
    assert_eq!(said.len(), 4, "another stop: {said:?}");
    assert_eq!(said.iter().filter(|(name, _)| name == stop).count(), 2);
}

/// The process died between the gate and the word.
#[tokio::test]
async fn a_gate_that_was_closed_or_opened_without_a_word_is_told_by_the_worker() {
    let world = World::new().await;
    let gate = kanuki_desk::gate::Gate::everything();
    gate.close(&*world.bank.ledger, world.now).await.unwrap();
    assert_eq!(world.bank.tell_stops(&world.ctx()).await.unwrap(), 1);
    gate.open(&*world.bank.ledger, world.now).await.unwrap();
    assert_eq!(world.bank.tell_stops(&world.ctx()).await.unwrap(), 1);
    assert_eq!(world.bank.tell_stops(&world.ctx()).await.unwrap(), 0);
    let said: Vec<_> = world.said().await.0.into_iter().map(|(_, word)| word.status).collect();
    assert!(said.contains(&ServiceStatus::Stopped) && said.contains(&ServiceStatus::Reopened));
}

#[tokio::test]
async fn what_a_wallet_says_that_it_stopped_holds_that_and_nothing_else_until_it_opens_again() {
    use ServiceScope::{Everything, NewLinks, OldLinks, Payouts, TopUps};
    for (n, (scope, holds_links, holds_debits)) in [
        (NewLinks, true, false),
        (OldLinks, false, true),
        (TopUps, false, true),
        (Payouts, false, false),
        (Everything, true, true),
    ]
    .into_iter()
    .enumerate()
    {
        let mut world = World::new().await;
        let id = cooled(&mut world).await;
        world.halts("s1", word(ServiceStatus::Stopped, scope, &world)).await.unwrap();

        assert_eq!(world.push(facts()).await.is_err(), holds_links, "{n} {scope:?}");
        assert_eq!(world.must_be_signed(id, 1).await, holds_debits, "{n} {scope:?}");
        let mandate = world.bank.book.load::<Mandate>(id).await.unwrap();
        assert!(mandate.state.is_active(), "no link ends or stops");
        let gates = [Scope::Everything, Scope::Partner(CLIENT.to_owned())];
        for gate in gates {
            assert!(!world.bank.is_gate_closed(&world.ctx(), &gate).await.unwrap());
        }
        let halts = world.bank.halts(&world.ctx()).await.unwrap();
        let [public] = &halts[..] else { panic!("{halts:?}") };
        assert_eq!((public.by, public.with.as_deref()), (By::Them, Some("閂ウォレット")));
        assert_eq!(public.services.contains(&Service::NewLinks), holds_links);

        world.halts("s1", word(ServiceStatus::Reopened, scope, &world)).await.unwrap();
        world.push(facts()).await.unwrap();
        assert!(!world.must_be_signed(id, 2).await, "{scope:?}");
        assert!(world.bank.halts(&world.ctx()).await.unwrap().is_empty());
        let cases = world.halt_cases().await;
        assert_eq!(
            cases.iter().map(|case| case.kind).collect::<Vec<_>>(),
            [CaseKind::PartnerSignal]
        );
        let steps: Vec<_> = cases[0].steps.iter().map(|step| step.text.as_str()).collect();
        assert_eq!(steps, ["=told_stop|", "=told_reopened|"], "one case for both");
        world.halts("s1", word(ServiceStatus::Stopped, scope, &world)).await.unwrap();
        assert!(world.bank.halts(&world.ctx()).await.unwrap().is_empty(), "late: it does nothing");
    }
}

#[tokio::test]
async fn an_opening_lifts_its_own_stop_alone_and_one_that_came_first_makes_it_late() {
    let mut world = World::new().await;
    let id = cooled(&mut world).await;
    let (stopped, reopened) = (ServiceStatus::Stopped, ServiceStatus::Reopened);
    for stop in ["a", "b"] {
        world.halts(stop, word(stopped, ServiceScope::TopUps, &world)).await.unwrap();
    }
    world.halts("a", word(reopened, ServiceScope::TopUps, &world)).await.unwrap();
    assert!(world.must_be_signed(id, 1).await, "b stands");
    world.halts("b", word(ServiceStatus::DrillOver, ServiceScope::TopUps, &world)).await.unwrap();
    assert!(world.must_be_signed(id, 2).await, "the end of a drill is no opening");
    world.halts("b", word(reopened, ServiceScope::TopUps, &world)).await.unwrap();
    world.halts("c", word(reopened, ServiceScope::TopUps, &world)).await.unwrap();
    world.halts("c", word(stopped, ServiceScope::TopUps, &world)).await.unwrap();
    assert!(!world.must_be_signed(id, 3).await);
}

#[tokio::test]
async fn two_people_here_let_it_go_on_before_the_wallet_does() {
    let mut world = World::new().await;
    let id = cooled(&mut world).await;
    let ((aoki, baba), book) = (people(), &world.bank.book);
    let all = word(ServiceStatus::Stopped, ServiceScope::Everything, &world);
    world.halts("s1", all.clone()).await.unwrap();
    let name = format!("{CLIENT}|s1");
    let nothing = halt::ask_end(book, &world.ctx(), aoki, ("x", "no such stop")).await;
    assert!(matches!(nothing, Err(DeskError::NotAccepted)), "{nothing:?}");
    let asked = halt::ask_end(book, &world.ctx(), aoki, (&name, "we called")).await.unwrap();
    let alone = world.bank.decide(&world.ctx(), aoki, asked, true).await;
    assert!(matches!(alone, Err(BankError::Desk(DeskError::SamePerson))), "{alone:?}");
    assert!(world.must_be_signed(id, 1).await);
    world.bank.decide(&world.ctx(), baba, asked, true).await.unwrap();
    assert!(!world.must_be_signed(id, 2).await);
    world.halts("s1", all.clone()).await.unwrap();
    assert!(!world.must_be_signed(id, 3).await, "the same stop, told again");
    world.halts("s2", all).await.unwrap();
    assert!(world.must_be_signed(id, 4).await, "another one counts");
}

#[tokio::test]
async fn a_drill_is_told_as_a_drill_and_does_nothing() {
    let mut world = World::new().await;
    let id = cooled(&mut world).await;
    world.halts("d1", word(ServiceStatus::Drill, ServiceScope::Everything, &world)).await.unwrap();
    assert!(!world.must_be_signed(id, 1).await);
    world.push(facts()).await.unwrap();
    assert!(world.bank.halts(&world.ctx()).await.unwrap().is_empty(), "nothing public");
    assert!(world.halt_cases().await.is_empty());
    let shown = world.bank.partners_halts(&world.ctx()).await.unwrap();
    assert!(shown[0].1[0].is_drill(), "the desk sees it, as a drill");

    let mut unit = Unit::new();
    let told = drill::Told {
        drill_id: "d".to_owned(),
        scope: "everything".to_owned(),
        since: world.now,
        is_over: false,
    };
    world.bank.tell_drill(&world.ctx(), &mut unit, &told).await.unwrap();
    world.bank.book.commit(unit).await.unwrap();
    let said = world.said().await.0;
    assert_eq!(
        said.iter().map(|(_, word)| word.status).collect::<Vec<_>>(),
        [ServiceStatus::Drill]
    );
    assert_ne!(said[0].0, "d", "each partner has another name for it");
}

#[tokio::test]
async fn a_flood_of_stops_waits_and_keeps_no_alarm_waiting() {
    let mut world = World::new().await;
    let id = cooled(&mut world).await;
    for n in 0..HALTS_MAX {
        let all = word(ServiceStatus::Stopped, ServiceScope::Payouts, &world);
        world.halts(&format!("s{n}"), all).await.unwrap();
    }
    let more = word(ServiceStatus::Stopped, ServiceScope::Payouts, &world);
    let more = world.halts("more", more).await;
    assert!(matches!(more, Err(EventError::Bank(BankError::TooMany))), "{more:?}");
    let lifted = word(ServiceStatus::Reopened, ServiceScope::Payouts, &world);
    world.halts("s0", lifted).await.unwrap();
    let status = LinkStatus::Suspended;
    let event = Event::LinkStatusChanged { mandate_id: id, status, reason: "report".into() };
    let alarm = SecurityEvent {
        jti: "alarm".into(),
        txn: None,
        subject: "ref-1".into(),
        issued_at: world.now,
        event,
    };
    world.hear(&set::make(&world.set_key, WALLET, ISSUER, &alarm).unwrap()).await.unwrap();
    assert!(!world.bank.book.load::<Mandate>(id).await.unwrap().state.is_active());
}

/// A name that was used must not swallow an alarm in silence.
#[tokio::test]
async fn another_event_under_a_used_name_is_refused_and_on_record_once() {
    let mut world = World::new().await;
    let id = cooled(&mut world).await;
    let tells = |event: Event| {
        let (subject, issued_at) = ("ref-1".to_owned(), world.now);
        let told = SecurityEvent { jti: "one".into(), txn: None, subject, issued_at, event };
        set::make(&world.set_key, WALLET, ISSUER, &told).unwrap()
    };
    let first = tells(Event::SessionRevoked {});
    world.hear(&first).await.unwrap();
    world.hear(&first).await.unwrap();
    assert_eq!(world.audited("event.reused").await, 0, "the same event, told twice, is fine");
    let other = tells(Event::AccountDisabled { reason: None });
    for _ in 0..2 {
        let refused = world.hear(&other).await;
        assert!(matches!(refused, Err(EventError::Reused)), "{refused:?}");
    }
    assert_eq!(world.audited("event.reused").await, 1);
    assert!(world.bank.book.load::<Mandate>(id).await.unwrap().state.is_active());
}
