//! After their years records go, and with the last of a holder their key; not while anything needs them.

use jiff::{Timestamp, tz::TimeZone};
use kanuki_bank::{event::Event, holder::Holder, mandate::Mandate, replay, retention};
use kanuki_desk::{
    authenticator::Authenticator,
    case::{Case, CaseKind},
    evidence::Kept as Answered,
    notice::Notice,
    outbox::Message,
    retention::{Kept, Need},
};
use kanuki_domain::id::{HolderId, MandateId};
use kanuki_record::{Record, Unit, vault::PersonKey};

use crate::{
    stepup::{approved, modest, with},
    world::{CLIENT, World},
};

async fn rows<T: Record>(world: &World) -> usize {
    world.bank.book.scan::<T>("").await.unwrap().len()
}

async fn need(world: &World, kind: &str) -> Vec<Need> {
    let known = kanuki_desk::retention::progress(&world.bank.book).await.unwrap();
    known[kind].last.needed.keys().copied().collect()
}

fn years(now: Timestamp, years: i16, days: i64) -> Timestamp {
    let span = jiff::Span::new().years(years).days(days);
    now.to_zoned(TimeZone::UTC).checked_add(span).unwrap().timestamp()
}

/// So many years and a day later, one pass after another until nothing is due.
async fn pass(world: &mut World, wait: i16) {
    world.now = years(world.now, wait, 1);
    while world.bank.forget_due(&world.ctx()).await.unwrap() > 0 {
        world.now = years(world.now, 0, 2);
    }
}

/// Messages and events leave, and what was used once is swept: what waits is never forgotten.
async fn send_all(world: &World) {
    for mut event in world.bank.book.scan::<Event>("").await.unwrap() {
        event.edit().due_at = None;
        let mut unit = Unit::new();
        unit.update(&event);
        world.bank.book.commit(unit).await.unwrap();
    }
    let soon = years(world.now, 0, 3);
    replay::sweep(&world.bank.book, soon).await.unwrap();
    world.bank.forget_over(soon).await.unwrap();
    for mut message in world.bank.book.scan::<Message>("").await.unwrap() {
        message.edit().due_at = None;
        let mut unit = Unit::new();
        unit.update(&message);
        world.bank.book.commit(unit).await.unwrap();
    }
}

/// What the holder signs in with is ended: the last that ties them to the gateway.
async fn leave(world: &World, holder: HolderId) {
    let key = holder.to_string();
    for mut means in world.bank.book.list::<Authenticator>("owner_id", &key).await.unwrap() {
        means.edit().revoked_at = Some(world.now);
        let mut unit = Unit::new();
        unit.update(&means);
        world.bank.book.commit(unit).await.unwrap();
    }
}

/// One debit that its holder signed, then the end of everything.
async fn over(world: &mut World) -> (HolderId, MandateId) {
    let mandate = modest(world).await;
    let token = approved(world, mandate, 1, 30_000).await;
    world.bank.request_debit(&world.ctx(), with(&token, 1, 30_000)).await.unwrap();
    let holder = world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id;
    world.bank.revoke_mandate(&world.ctx(), holder, mandate).await.unwrap();
    leave(world, holder).await;
    send_all(world).await;
    (holder, mandate)
}

/// Tables in which something still bears this name.
async fn named(world: &World, name: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for table in kanuki_bank::tables() {
        let rows = world.bank.book.records().scan(table, "", 1_000).await.unwrap();
        if rows.iter().any(|row| row.id.contains(name) || row.body.contains(name)) {
            found.push(table.name);
        }
    }
    found
}

#[tokio::test]
async fn a_mandate_goes_after_ten_years_and_its_holder_with_the_key_when_nothing_is_left() {
    let mut world = World::new().await;
    let (holder, mandate) = over(&mut world).await;
    let debit = world.bank.book.scan::<kanuki_bank::debit::Debit>("").await.unwrap();
    assert!(rows::<Answered>(&world).await > 1 && rows::<Notice>(&world).await > 0);

    pass(&mut world, 7).await;
    assert_eq!(rows::<Notice>(&world).await + rows::<Message>(&world).await, 0, "seven years");
    assert_eq!(rows::<Mandate>(&world).await, 1, "not after seven");
    assert_eq!(rows::<Holder>(&world).await, 1);
    assert_eq!(need(&world, "holder").await, [Need::Named]);

    pass(&mut world, 3).await;
    world.bank.forget_attempts(world.now).await.unwrap();
    kanuki_desk::past::forget(&world.bank.book, world.now).await.unwrap();
    // The movement names its legs in the ledger by ids that lead to nobody now.
    assert_eq!(named(&world, &mandate.to_string()).await, ["debit"]);
    assert_eq!(named(&world, &holder.to_string()).await, ["debit"]);
    assert!(world.bank.book.find::<PersonKey>(holder).await.unwrap().is_none());
    // A request of that day, made again, is answered as it was.
    let again = world.bank.find_debit(CLIENT, debit[0].debit_id).await.unwrap().unwrap();
    assert_eq!(again.state, debit[0].state);
    // Who comes back is met anew.
    let back = world.holder_with_passkey("9000001").await;
    assert_ne!(back, holder);
}

#[tokio::test]
async fn an_open_case_keeps_what_it_is_about_until_it_is_closed() {
    let mut world = World::new().await;
    let (holder, mandate) = over(&mut world).await;
    let person = Some(holder.to_string());
    let mut case = Case::open(&world.ctx(), CaseKind::NotMe, mandate, person);
    let mut unit = Unit::new();
    let key = world.bank.vault.create_person(&world.ctx(), case.case_id).unwrap();
    unit.insert(&case).insert(&key);
    world.bank.book.commit(unit).await.unwrap();

    pass(&mut world, 11).await;
    assert_eq!(rows::<Mandate>(&world).await + rows::<Holder>(&world).await, 2);
    assert_eq!(need(&world, "mandate").await, [Need::OpenCase]);
    assert_eq!(need(&world, "notice").await, [Need::OpenCase]);

    case.close(world.now, "staff", "done");
    let mut stored = world.bank.book.load::<Case>(case.case_id).await.unwrap();
    *stored.edit() = case.clone();
    let mut unit = Unit::new();
    unit.update(&stored);
    world.bank.book.commit(unit).await.unwrap();
    pass(&mut world, 0).await;
    assert_eq!(rows::<Mandate>(&world).await, 0);
    assert_eq!(rows::<Case>(&world).await, 1, "the case has ten years of its own");
    assert!(world.bank.book.find::<PersonKey>(case.case_id).await.unwrap().is_some());

    pass(&mut world, 10).await;
    assert_eq!(rows::<Case>(&world).await, 0);
    assert!(world.bank.book.find::<PersonKey>(case.case_id).await.unwrap().is_none());
}

#[tokio::test]
async fn who_can_sign_in_or_is_still_linked_is_kept_however_old_it_is() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    send_all(&world).await;
    let (notices, answers) = (rows::<Notice>(&world).await, rows::<Answered>(&world).await);
    assert!(notices > 0 && answers > 0);

    // Nobody ended the link, and no worker aged it: its codes must go on to stop it.
    pass(&mut world, 30).await;

    assert!(world.bank.book.find::<Mandate>(mandate).await.unwrap().is_some());
    assert_eq!(rows::<Answered>(&world).await, answers);
    assert!(need(&world, "notice").await.contains(&Need::Live));
    assert_eq!(rows::<Holder>(&world).await, 1);
    assert_eq!(rows::<Authenticator>(&world).await, 1);
}

#[tokio::test]
async fn a_locked_account_or_a_closed_switch_is_not_forgotten_with_its_holder() {
    let mut world = World::new().await;
    let (holder, _) = over(&mut world).await;
    let gate = kanuki_desk::gate::Gate::of("person", holder);
    gate.close(&*world.bank.ledger, world.now).await.unwrap();

    pass(&mut world, 12).await;
    assert_eq!(rows::<Mandate>(&world).await, 0);
    assert_eq!(need(&world, "holder").await, [Need::Held]);

    gate.open(&*world.bank.ledger, world.now).await.unwrap();
    pass(&mut world, 0).await;
    assert_eq!(rows::<Holder>(&world).await, 0);
}

#[tokio::test]
async fn every_kind_with_years_is_gone_through() {
    let mut world = World::new().await;
    pass(&mut world, 1).await;
    let known = kanuki_desk::retention::progress(&world.bank.book).await.unwrap();
    for line in retention::schedule() {
        let has_years = matches!(line.kept, Kept::Years(..));
        assert_eq!(known.contains_key(line.kind), has_years, "{}", line.kind);
    }
}
