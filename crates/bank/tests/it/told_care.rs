//! What a partner tells that stops nothing: care for a week, people who look, and two who take it back.

use std::sync::Arc;

use kanuki_bank::{
    BankConfig, BankError,
    debit::{DebitState, judge::Why},
    event::EventError,
    mandate::Mandate,
};
use kanuki_desk::{
    DeskError,
    approval::Approval,
    case::{Case, CaseKind},
    outbox::Message,
    signal::{
        caution::{self, CAUTION_SECS, Caution},
        flood::STOPS_MAX,
        policy::{Entry, Table},
    },
};
use kanuki_domain::{
    id::{DebitId, MandateId, StaffId},
    limits::DAY_SECS,
    mandate::MandateState,
};
use kanuki_record::Unit;
use kanuki_wire::{
    debit::RefusalReason,
    set::{self, Direction, Event, LinkStatus, RiskLevel, StreamState},
};

use crate::world::{CLIENT, ISSUER, World};

const WALLET: &str = "http://localhost:8080";

impl World {
    /// What the wallet tells about the person whom it calls `subject`.
    fn tells(&self, subject: &str, event: Event) -> String {
        let (jti, subject) = (self.jti(), subject.to_owned());
        let event = set::SecurityEvent { jti, txn: None, subject, issued_at: self.now, event };
        set::make(&self.set_key, WALLET, ISSUER, &event).unwrap()
    }

    async fn hears(&self, event: Event) {
        self.hear(&self.tells("ref-1", event)).await.unwrap();
    }

    async fn cases(&self, about: &str) -> Vec<Case> {
        let found = self.bank.book.list::<Case>("about", about).await.unwrap();
        found.into_iter().map(kanuki_record::Stored::into_inner).collect()
    }

    async fn told_of(&self, kind: &str) -> usize {
        let due = self.bank.book.list::<Message>("state", "due").await.unwrap();
        due.iter().filter(|message| message.kind == kind).count()
    }

    async fn noted(&self, act: &str) -> Vec<String> {
        let log = self.bank.book.records().audit_log(0, 10_000).await.unwrap();
        log.into_iter().map(|kept| kept.body).filter(|body| body.contains(act)).collect()
    }

    async fn state(&self, id: MandateId) -> MandateState {
        self.bank.book.load::<Mandate>(id).await.unwrap().state
    }
}

fn risk(current_level: RiskLevel) -> Event {
    Event::RiskLevelChange { principal: "USER".into(), current_level, risk_reason: None }
}

/// A link that has cooled.
async fn cooled(world: &mut World) -> MandateId {
    let id = world.linked().await;
    world.wait(2 * DAY_SECS);
    id
}

#[tokio::test]
async fn a_recovery_at_the_wallet_halves_what_it_can_take_for_a_week_and_its_holder_is_told_once() {
    let mut world = World::new().await;
    let id = cooled(&mut world).await;

    world.hears(Event::RecoveryActivated {}).await;
    world.hears(Event::RecoveryActivated {}).await;

    assert!(world.state(id).await.is_active(), "the link goes on");
    assert_eq!(world.told_of("mandate_lowered").await, 2, "mail and SMS, once");
    assert!(world.cases(&id.to_string()).await.is_empty(), "anybody can ask for a recovery");
    let whole = world.debit(id, 1, 30_000).await;
    let refused =
        matches!(whole.state, DebitState::Refused { reason: RefusalReason::OverLimit, .. });
    assert!(refused, "{:?}", whole.state);
    assert_eq!(world.noted("event.taken").await.len(), 2);
    let noted = world.noted("link.cautioned").await.remove(0);
    assert!(noted.contains("\"measure\":\"lower_caps\""), "{noted}");

    world.wait(CAUTION_SECS);
    let after = world.debit(id, 2, 30_000).await;
    assert!(!matches!(after.state, DebitState::Refused { .. }), "{:?}", after.state);
}

#[tokio::test]
async fn a_number_that_belongs_to_somebody_else_holds_debits_until_the_holder_signs_or_two_people_agree()
 {
    let mut world = World::new().await;
    let id = cooled(&mut world).await;
    world.hears(Event::IdentifierRecycled {}).await;

    let asked = world.bank.request_debit(&world.ctx(), World::ask(id, 1, 1_000)).await;
    assert!(matches!(asked, Err(BankError::MustBeSigned(Why::Held))), "{asked:?}");
    assert_eq!(world.told_of("mandate_held").await, 2);
    let cases = world.cases(&id.to_string()).await;
    assert_eq!(cases.iter().map(|case| case.kind).collect::<Vec<_>>(), [CaseKind::PartnerSignal]);
    assert_eq!(cases[0].steps[0].text, "=told_identifier_recycled|");

    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let (book, link) = (&world.bank.book, id.to_string());
    let nothing = caution::ask_end(book, &world.ctx(), aoki, ("man_x", "no such link")).await;
    assert!(matches!(nothing, Err(DeskError::NotAccepted)), "{nothing:?}");
    let asked = caution::ask_end(book, &world.ctx(), aoki, (&link, "called the wallet")).await;
    let asked = asked.unwrap();
    let twice = caution::ask_end(book, &world.ctx(), baba, (&link, "again")).await;
    assert!(matches!(twice, Err(DeskError::Decided)), "{twice:?}");
    let alone = world.bank.decide(&world.ctx(), aoki, asked, true).await;
    assert!(matches!(alone, Err(BankError::Desk(DeskError::SamePerson))), "{alone:?}");

    world.bank.decide(&world.ctx(), baba, asked, true).await.unwrap();
    assert!(caution::page(book, world.now, "").await.unwrap().0.is_empty());
    assert!(!world.is_to_be_signed(id, 2, 1_000).await, "it goes on as before");
    assert_eq!(world.noted("link.eased").await.len(), 1);
}

/// Whoever agreed had looked at less than what was told since. The same said again changes nothing: a
/// stranger who asks for recoveries, or a robbed key, could keep two people from ending anything.
#[tokio::test]
async fn two_people_end_what_they_looked_at_and_what_was_told_since_stays() {
    let mut world = World::new().await;
    let id = cooled(&mut world).await;
    let link = id.to_string();
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let care = async |world: &World| caution::of(&world.bank.book, world.now, &link).await.unwrap();
    // What was known, what was told while they were asked, and what stays: lowered, held.
    let (recovery, high) = (|| Event::RecoveryActivated {}, || risk(RiskLevel::High));
    let told = [
        (vec![recovery()], vec![recovery()], (false, false)),
        (vec![recovery()], vec![high()], (true, true)),
        (vec![recovery(), high()], vec![high(), recovery()], (false, false)),
        (vec![high()], vec![recovery()], (true, false)),
    ];
    for (known, later, stays) in told {
        for event in &known {
            world.hears(event.clone()).await;
        }
        let about = (&*link, "looked");
        let asked = caution::ask_end(&world.bank.book, &world.ctx(), aoki, about).await.unwrap();
        world.wait(1);
        for event in &later {
            world.hears(event.clone()).await;
        }
        world.bank.decide(&world.ctx(), baba, asked, true).await.unwrap();

        let left = care(&world).await;
        assert_eq!((left.is_lowered, left.is_held), stays, "{known:?}, then {later:?}");
        let waiting = world.bank.book.list::<Approval>("state", "waiting").await.unwrap();
        assert!(waiting.is_empty());
        world.wait(CAUTION_SECS);
    }
}

/// However many links one partner speaks of, the desk sees each; what is over is forgotten.
#[tokio::test]
async fn every_link_with_care_is_on_some_page_until_it_is_over() {
    let mut world = World::new().await;
    let id = cooled(&mut world).await;
    world.hears(Event::RecoveryActivated {}).await;
    let book = world.bank.book.clone();
    let first = book.load::<Caution>(id).await.unwrap().into_inner();
    let mut unit = Unit::new();
    for n in 0..150 {
        let mut one = first.clone();
        one.link = format!("man_{n:03}");
        unit.insert(&one);
    }
    book.commit(unit).await.unwrap();
    let (mut seen, mut after) = (0, Some(String::new()));
    while let Some(place) = after {
        let (shown, more) = caution::page(&book, world.now, &place).await.unwrap();
        (seen, after) = (seen + shown.len(), more);
    }
    assert_eq!(seen, 151);

    world.wait(CAUTION_SECS - 1);
    assert_eq!(caution::forget(&book, world.now).await.unwrap(), 0);
    world.wait(1);
    assert_eq!(caution::forget(&book, world.now).await.unwrap(), 151);
}

#[tokio::test]
async fn a_word_is_about_the_partners_own_people_and_nobody_else() {
    let mut world = World::new().await;
    let id = cooled(&mut world).await;
    for event in [
        Event::IdentifierRecycled {},
        risk(RiskLevel::High),
        Event::AccountDisabled { reason: None },
    ] {
        world.hear(&world.tells("somebody-else", event)).await.unwrap();
    }
    assert!(world.state(id).await.is_active());
    assert!(caution::page(&world.bank.book, world.now, "").await.unwrap().0.is_empty());
    assert!(world.cases(&id.to_string()).await.is_empty());
}

#[tokio::test]
async fn what_stopped_a_link_before_there_was_a_table_stops_it_and_people_look() {
    for event in [
        Event::AccountDisabled { reason: Some(set::TakeoverReason::BulkAccount) },
        Event::AccountDisabled { reason: None },
        Event::CredentialCompromise { credential_type: "fido2-platform".into() },
    ] {
        let mut world = World::new().await;
        let id = world.linked().await;
        world.hears(event).await;
        assert!(matches!(world.state(id).await, MandateState::Suspended { .. }));
        let kinds: Vec<CaseKind> =
            world.cases(&id.to_string()).await.iter().map(|case| case.kind).collect();
        assert_eq!(kinds, [CaseKind::PartnerSignal]);
    }
}

#[tokio::test]
async fn a_company_s_own_table_is_what_is_done() {
    let mut world = World::new().await;
    let entry = |event, level, actions| Entry { line: 1, event, level, actions };
    let table = Table::of(&[
        entry("account-disabled", Some("hijacking"), &["suspend"]),
        entry("account-disabled", Some("bulk-account"), &["suspend"]),
        entry("credential-compromise", None, &["suspend"]),
        entry("debit-disputed", None, &["suspend"]),
        entry("link-status-changed", Some("suspended"), &["suspend"]),
        entry("stream-updated", Some("stopped"), &["notify"]),
        entry("service-status-changed", Some("halted"), &["notify"]),
        entry("assurance-level-change", Some("decrease"), &["suspend"]),
    ]);
    let config = BankConfig { signals: table.unwrap(), ..(*world.bank.config).clone() };
    world.bank.config = Arc::new(config);
    let id = cooled(&mut world).await;
    let less = |change_direction| Event::AssuranceLevelChange {
        namespace: "NIST-AAL".into(),
        current_level: "nist-aal1".into(),
        change_direction,
    };

    world.hears(Event::IdentifierRecycled {}).await;
    world.hears(less(Some(Direction::Increase))).await;
    world.hears(Event::StreamUpdated { status: StreamState::Paused }).await;
    assert!(!world.is_to_be_signed(id, 1, 1_000).await, "not named: on record only");
    let stream = world.cases(&format!("stream|{CLIENT}")).await;
    assert_eq!(stream.len(), 1, "people hear that alarms may not come");
    world.hears(less(None)).await;
    assert!(
        matches!(world.state(id).await, MandateState::Suspended { .. }),
        "not said: not better"
    );
}

/// Anybody can ask for recoveries at a wallet: what they call for must not use up what alarms need.
#[tokio::test]
async fn a_flood_of_care_waits_and_keeps_no_alarm_waiting() {
    let mut world = World::new().await;
    let id = cooled(&mut world).await;
    for _ in 0..STOPS_MAX {
        world.hears(Event::RecoveryActivated {}).await;
    }
    let more = world.hear(&world.tells("ref-1", Event::RecoveryActivated {})).await;
    assert!(matches!(more, Err(EventError::Bank(BankError::TooMany))), "{more:?}");
    world.hears(risk(RiskLevel::High)).await;
    assert!(world.is_to_be_signed(id, 1, 1_000).await, "what holds money is counted apart");
    assert_eq!(world.cases(&format!("flood|{CLIENT}|care")).await.len(), 1);

    let alarm = world.word((id, LinkStatus::Suspended), 0, None);
    world.hear(&alarm).await.unwrap();
    assert!(matches!(world.state(id).await, MandateState::Suspended { .. }));
    world.hears(Event::SessionRevoked {}).await;
}

/// A list of leaks at a wallet has thousands: whoever presses stop there must not wait behind it.
#[tokio::test]
async fn a_list_of_leaks_waits_and_keeps_no_press_waiting() {
    let mut world = World::new().await;
    let id = cooled(&mut world).await;
    let stolen = || Event::CredentialCompromise { credential_type: "password".into() };
    for _ in 0..STOPS_MAX {
        world.hears(stolen()).await;
    }
    let more = world.hear(&world.tells("ref-1", stolen())).await;
    assert!(matches!(more, Err(EventError::Bank(BankError::TooMany))), "{more:?}");
    assert_eq!(world.cases(&format!("flood|{CLIENT}|leak")).await.len(), 1);

    let alarm = world.word((id, LinkStatus::Suspended), 0, None);
    world.hear(&alarm).await.unwrap();
    world.hears(Event::DebitDisputed { mandate_id: id, debit_id: DebitId::derive(&["d"]) }).await;
    world.hears(Event::AccountDisabled { reason: None }).await;
    assert!(world.cases(&format!("flood|{CLIENT}")).await.is_empty());
}
