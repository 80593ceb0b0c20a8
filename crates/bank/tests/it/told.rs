//! What a partner tells of its links: in which order, how much, and under which number.

use kanuki_bank::{BankError, event::EventError, mandate::Mandate};
use kanuki_desk::{
    case::{Case, CaseKind},
    matter, shared,
    signal::flood::STOPS_MAX,
};
use kanuki_domain::{
    id::{CaseId, MandateId},
    mandate::{MandateState, later},
};
use kanuki_record::{Record as _, Unit, Write};
use kanuki_wire::set::{self, CaseStage, LinkStatus};

use crate::{
    stopping::stop_code,
    world::{CLIENT, ISSUER, World},
};

const WALLET: &str = "http://localhost:8080";

impl World {
    /// What the wallet says of a link, `secs` after this world began.
    pub(crate) fn word(
        &self,
        (id, status): (MandateId, LinkStatus),
        secs: i64,
        case: Option<CaseId>,
    ) -> String {
        let event = set::SecurityEvent {
            jti: self.jti(),
            txn: case.map(|case| case.to_string()),
            subject: "ref-1".to_owned(),
            issued_at: later(self.now, secs),
            event: set::Event::LinkStatusChanged {
                mandate_id: id,
                status,
                reason: "wallet".to_owned(),
            },
        };
        set::make(&self.set_key, WALLET, ISSUER, &event).unwrap()
    }

    pub(crate) async fn hear(&self, token: &str) -> Result<(), EventError> {
        self.bank.receive_event(&self.ctx(), token).await
    }

    async fn is_suspended(&self, id: MandateId) -> bool {
        let mandate = self.bank.book.load::<Mandate>(id).await.unwrap();
        matches!(mandate.state, MandateState::Suspended { .. })
    }

    async fn audit_of(&self, act: &str) -> usize {
        let log = self.bank.book.records().audit_log(0, 10_000).await.unwrap();
        log.iter().filter(|entry| entry.body.contains(act)).count()
    }
}

#[tokio::test]
async fn a_stop_counts_however_late_it_comes_because_a_partner_releases_nothing_here() {
    let mut world = World::new().await;
    let id = world.linked().await;
    let older = world.word((id, LinkStatus::Suspended), -20, None);
    let newer = world.word((id, LinkStatus::Released), -10, None);
    let newest = world.word((id, LinkStatus::Suspended), -5, None);

    world.hear(&newer).await.unwrap();
    assert!(!world.is_suspended(id).await);
    world.hear(&older).await.unwrap();
    assert_eq!(world.audit_of("event.late").await, 1);
    assert!(world.is_suspended(id).await);

    world.hear(&newest).await.unwrap();
    assert!(world.is_suspended(id).await);
}

/// What a wallet tells of a customer stops that customer's links, found by the wallet's name for them; a
/// row from before it could be found so is filed by the start.
#[tokio::test]
async fn a_customer_whose_wallet_was_taken_over_is_found_by_the_wallets_name_for_them() {
    let mut world = World::new().await;
    let id = world.linked().await;
    let disabled = |world: &World, subject: &str| {
        let event = set::SecurityEvent {
            jti: world.jti(),
            txn: None,
            subject: subject.to_owned(),
            issued_at: world.now,
            event: set::Event::AccountDisabled { reason: None },
        };
        set::make(&world.set_key, WALLET, ISSUER, &event).unwrap()
    };
    let records = world.bank.book.records();
    let mut row = records.fetch(Mandate::TABLE, &id.to_string()).await.unwrap().unwrap();
    let place = Mandate::TABLE.keys.iter().position(|key| key.name == "wallet").unwrap();
    row.keys[place] = None;
    row.version += 1;
    records.commit(vec![Write::Update(Mandate::TABLE, row)], Vec::new()).await.unwrap();

    assert_eq!(world.bank.file_mandates().await.unwrap(), 1);
    assert_eq!(world.bank.file_mandates().await.unwrap(), 0, "once");
    world.hear(&disabled(&world, "ref-2")).await.unwrap();
    assert!(!world.is_suspended(id).await, "somebody else");
    world.hear(&disabled(&world, "ref-1")).await.unwrap();
    assert!(world.is_suspended(id).await);
}

/// A hostile wallet that tells of many under one number hides none of them.
#[tokio::test]
async fn a_number_that_is_somebody_elses_case_opens_a_case_of_its_own() {
    let mut world = World::new().await;
    let id = world.linked().await;
    let shared = CaseId::derive(&["shared"]);
    let other = Some("somebody else".to_owned());
    let case = Case::open_as(shared, &world.ctx(), CaseKind::ToldByPartner, "other", other);
    let mut unit = Unit::new();
    world
        .bank
        .book
        .commit({
            unit.insert(&case);
            unit
        })
        .await
        .unwrap();

    for _ in 0..2 {
        let token = world.word((id, LinkStatus::Suspended), 0, Some(shared));
        world.hear(&token).await.unwrap();
    }

    assert!(world.is_suspended(id).await);
    let own = world.bank.book.list::<Case>("about", &id.to_string()).await.unwrap();
    assert_eq!(own.len(), 1, "one, told twice");
    assert_ne!(own[0].case_id, shared);
}

#[tokio::test]
async fn beyond_what_an_hour_has_alarms_wait_until_people_say_that_they_are_true() {
    let mut world = World::new().await;
    let id = world.linked().await;
    for _ in 0..STOPS_MAX {
        let token = world.word((id, LinkStatus::Suspended), 0, None);
        world.hear(&token).await.unwrap();
    }
    let waiting = world.word((id, LinkStatus::Suspended), 0, None);
    for _ in 0..2 {
        let told = world.hear(&waiting).await;
        assert!(matches!(told, Err(EventError::Bank(BankError::TooMany))), "{told:?}");
    }
    assert!(world.is_suspended(id).await, "what is stopped stays stopped");
    let about = format!("flood|{CLIENT}");
    let mut cases = world.bank.book.list::<Case>("about", &about).await.unwrap();
    assert_eq!(cases.len(), 1);

    cases[0].edit().close(world.now, "STAFFAOKI", "called: it is true");
    let mut unit = Unit::new();
    unit.update(&cases[0]);
    world.bank.book.commit(unit).await.unwrap();
    world.hear(&waiting).await.unwrap();
}

/// A press at a wallet that is closed comes after its links ended: nothing is left to stop, and the bank
/// looks into it under the same number.
#[tokio::test]
async fn a_stop_that_is_told_of_a_link_which_ended_opens_a_case_under_its_number() {
    let mut world = World::new().await;
    let id = world.linked().await;
    let holder = world.bank.book.load::<Mandate>(id).await.unwrap().holder_id;
    world.hear(&world.word((id, LinkStatus::Revoked), 0, None)).await.unwrap();
    let number = CaseId::generate(&world.ctx());

    for _ in 0..2 {
        world.hear(&world.word((id, LinkStatus::Suspended), 0, Some(number))).await.unwrap();
    }

    let case = world.bank.book.load::<Case>(number).await.unwrap();
    assert_eq!(case.kind, CaseKind::ToldByPartner);
    assert_eq!(case.person_id, Some(holder.to_string()));
    let mandate = world.bank.book.load::<Mandate>(id).await.unwrap();
    assert!(matches!(mandate.state, MandateState::Revoked { .. }), "an end is for good");
    assert_eq!(world.bank.book.list::<Case>("state", "open").await.unwrap().len(), 1);
}

/// The plain story: a report at the wallet, which tells its number, and later which link it is about. One
/// number stays one, or the other company's search finds nothing under it.
#[tokio::test]
async fn what_a_told_report_is_about_is_said_under_its_own_number() {
    let mut world = World::new().await;
    let id = world.linked().await;
    let holder = world.bank.book.load::<Mandate>(id).await.unwrap().holder_id;
    let typed = stop_code(&world).await;
    let own = world.bank.stop(&world.ctx(), &typed).await.unwrap();
    let number = CaseId::generate(&world.ctx());
    let mut unit = Unit::new();
    let said = (number, CLIENT, CaseStage::Reported);
    shared::take(&world.bank.book, &world.ctx(), &mut unit, said).await.unwrap();
    world.bank.book.commit(unit).await.unwrap();

    for _ in 0..2 {
        world.hear(&world.word((id, LinkStatus::Suspended), 0, Some(number))).await.unwrap();
    }

    let open = world.bank.book.list::<Case>("state", "open").await.unwrap();
    let case = open.iter().find(|case| case.case_id == number).unwrap();
    assert_eq!(open.len(), 2, "it, and what its holder stopped here");
    let matter = matter::numbers(&world.bank.book, case).await.unwrap();
    assert_eq!(matter, [number, own], "which are one matter");
    assert_eq!((&case.about, &case.person_id), (&id.to_string(), &Some(holder.to_string())));
    let found = world.bank.book.list::<Case>("about", &id.to_string()).await.unwrap();
    assert_eq!(found.len(), 2, "by its link, too");
}
