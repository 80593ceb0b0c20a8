//! RQ-04: a pattern is learned, past debits are looked at, and those who were hit are told once.

use std::sync::Arc;

use kanuki_desk::{
    DeskError,
    lookback::{self, LookbackError, Tell, Typed, Wrong},
    notice::Notice,
    outbox::Message,
    staff::Staff,
};
use kanuki_domain::{
    Yen,
    id::{LookbackId, StaffId},
    limits::DAY_SECS,
};
use kanuki_risk::Subject;

use crate::world::World;

const RULE: &str = "rule learned on debit when amount >= ¥7,000 then decline as looks-like-it";

async fn two(world: &World) -> (StaffId, StaffId) {
    let staff = async |name: &str| {
        world.bank.invite_staff(&world.ctx(), name, name, world.now).await.unwrap();
        let found = world.bank.book.find_by::<Staff>("name", name).await.unwrap();
        found.unwrap().staff_id
    };
    (staff("aoki").await, staff("baba").await)
}

async fn ask(world: &World, by: StaffId, typed: Typed<'_>, days: u16) -> LookbackId {
    let what = (typed, days, "a new way was seen");
    lookback::ask(world.bank.lookbacks(), &world.ctx(), by, what).await.unwrap()
}

async fn step(world: &World) -> usize {
    lookback::step(world.bank.lookbacks(), &world.ctx()).await.unwrap()
}

async fn read(world: &World, by: StaffId, id: LookbackId) -> lookback::Read {
    lookback::read(world.bank.lookbacks(), &world.ctx(), by, id).await.unwrap()
}

async fn acts(world: &World) -> Vec<String> {
    let log = world.bank.book.records().audit_log(0, 1_000).await.unwrap();
    log.into_iter().map(|entry| entry.body).collect()
}

async fn messages(world: &World) -> usize {
    let due = world.bank.book.list::<Message>("state", "due").await.unwrap();
    due.iter().filter(|message| message.kind == "lookback").count()
}

/// Debits of ¥1,000 and, every third one, ¥7,000; each on a day of its own.
async fn debited(world: &mut World, count: u128) -> kanuki_domain::id::MandateId {
    let mandate = world.linked().await;
    for n in 0..count {
        world.wait(DAY_SECS);
        let amount = if n % 3 == 2 { 7_000 } else { 1_000 };
        world.debit(mandate, u8::try_from(n).unwrap().into(), amount).await;
    }
    world.wait(3_600);
    mandate
}

#[tokio::test]
async fn a_rule_finds_past_debits_and_each_holder_is_told_once_by_two() {
    let mut world = World::new().await;
    let (aoki, baba) = two(&world).await;
    debited(&mut world, 6).await;
    let id = ask(&world, aoki, Typed::Rule(RULE), 90).await;
    assert_eq!(read(&world, aoki, id).await.look.state(), "looking");

    step(&world).await;
    let found = read(&world, aoki, id).await;
    assert_eq!(found.look.state(), "looked", "{:?}", found.look);
    assert_eq!(found.hits.len(), 2);
    assert_eq!(found.lost, Yen::of(14_000));

    // One person releases nothing.
    let (ports, ctx) = (world.bank.lookbacks(), world.ctx());
    lookback::ask_tell(ports, &ctx, aoki, (id, "they must know")).await.unwrap();
    let alone = lookback::agree(ports, &ctx, aoki, id).await;
    assert!(matches!(alone, Err(LookbackError::Desk(DeskError::SamePerson))), "{alone:?}");
    step(&world).await;
    assert_eq!(messages(&world).await, 0);

    lookback::agree(ports, &ctx, baba, id).await.unwrap();
    step(&world).await;
    let told = messages(&world).await;
    assert!(told > 0);
    step(&world).await;
    assert_eq!(messages(&world).await, told, "nobody is told twice");
    let found = read(&world, aoki, id).await;
    assert!(matches!(found.look.tell, Tell::Agreed { done_at: Some(_), .. }));
    assert!(found.hits.iter().all(|one| one.hit.told_at.is_some()));
    let again = lookback::ask_tell(ports, &ctx, aoki, (id, "again")).await;
    assert!(matches!(again, Err(LookbackError::Desk(DeskError::Decided))), "{again:?}");
    let acts = acts(&world).await;
    for act in ["lookback.asked", "lookback.read", "lookback.tell", "lookback.told"] {
        assert!(acts.iter().any(|one| one.contains(&format!("\"{act}\""))), "{act}: {acts:?}");
    }
}

#[tokio::test]
async fn a_case_of_somebody_who_was_told_is_joined_and_who_had_reported_is_not_told() {
    let mut world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let mandate = debited(&mut world, 3).await;
    let told = async |world: &World| {
        let id = ask(world, aoki, Typed::Rule(RULE), 90).await;
        step(world).await;
        let (ports, ctx) = (world.bank.lookbacks(), world.ctx());
        lookback::ask_tell(ports, &ctx, aoki, (id, "they must know")).await.unwrap();
        lookback::agree(ports, &ctx, baba, id).await.unwrap();
        step(world).await;
        id
    };
    let first = told(&world).await;
    let before = messages(&world).await;
    let notices = world.bank.book.scan::<Notice>("").await.unwrap();
    let notice = notices.iter().find(|notice| notice.kind == "lookback").unwrap();
    assert_eq!(notice.stops, mandate.to_string());
    world.wait(3_600);
    // The holder answers as after any notice: here by stopping what it was about.
    let case = kanuki_desk::case::Case::open(
        &world.ctx(),
        kanuki_desk::case::CaseKind::NotMe,
        mandate,
        Some(notice.person_id.clone()),
    );
    let mut unit = kanuki_record::Unit::new();
    unit.insert(&case);
    world.bank.book.commit(unit).await.unwrap();
    assert_eq!(lookback::join_cases(&world.bank.book, &world.ctx()).await.unwrap(), 1);
    assert_eq!(lookback::join_cases(&world.bank.book, &world.ctx()).await.unwrap(), 0);
    let found = read(&world, aoki, first).await;
    assert_eq!(found.hits.first().unwrap().case_id, Some(case.case_id));
    let steps = world.bank.read_case(&world.ctx(), aoki, case.case_id).await.unwrap().steps;
    assert_eq!(steps.last().unwrap().text, format!("=lookback|{first}"));

    told(&world).await;
    assert_eq!(messages(&world).await, before, "who reported is not told again");
}

/// The counts of a rule are those that there were then, also after a restart in the middle.
#[tokio::test]
async fn a_restart_in_the_middle_changes_nothing() {
    let mut world = World::new().await;
    let (aoki, _) = two(&world).await;
    debited(&mut world, 4).await;
    let rule = "rule again on debit when count of debit per account within 30d > 2 then hold for 24h as again";
    let id = ask(&world, aoki, Typed::Rule(rule), 90).await;
    // More rows than one step looks at, all of another person.
    let rows = world.bank.book.scan::<kanuki_desk::past::Past>("").await.unwrap();
    let example = rows.last().unwrap().clone().into_inner();
    for n in 0..4_100_u32 {
        let ctx = world.ctx();
        let mut row = example.clone();
        let at = kanuki_domain::mandate::later(example.signal.at, 1);
        let earlier = kanuki_domain::Ctx { now: at, ..ctx };
        row.attempt_id = kanuki_domain::id::AttemptId::generate(&earlier);
        row.about = format!("other|{n}");
        row.signal.at = at;
        row.signal.keys = vec![kanuki_risk::Key::Account(format!("bac_{n}"))];
        let mut unit = kanuki_record::Unit::new();
        unit.insert(&row);
        world.bank.book.commit(unit).await.unwrap();
    }
    step(&world).await;
    assert_eq!(read(&world, aoki, id).await.look.state(), "looking");
    world.bank.looking = Arc::default();
    for _ in 0..3 {
        step(&world).await;
    }
    let found = read(&world, aoki, id).await;
    assert_eq!(found.look.state(), "looked", "{:?}", found.look);
    assert_eq!(found.hits.len(), 2, "the third debit and the fourth");
    assert!(found.look.round.seen >= 4_104, "{:?}", found.look.round);
}

#[tokio::test]
async fn what_cannot_be_a_pattern_is_refused_in_words() {
    let mut world = World::new().await;
    let (aoki, _) = two(&world).await;
    debited(&mut world, 1).await;
    let refused = async |typed: Typed<'_>, days: u16| {
        let what = (typed, days, "why");
        match lookback::ask(world.bank.lookbacks(), &world.ctx(), aoki, what).await {
            Err(LookbackError::Wrong(wrong)) => wrong,
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(refused(Typed::Rule("  "), 90).await, Wrong::Empty));
    assert!(matches!(refused(Typed::Rule(RULE), 397).await, Wrong::Days));
    let failures = "rule f on code_refused when count of code_refused per block within 1h > 3 then decline as f";
    assert!(matches!(refused(Typed::Rule(failures), 90).await, Wrong::NotKept(_)));
    assert!(matches!(refused(Typed::Rule("rule x on debit"), 90).await, Wrong::Mistakes { .. }));
    let two_rules =
        format!("{RULE}\n{}", RULE.replace("learned", "second").replace("7,000", "8,000"));
    let two = refused(Typed::Rule(&two_rules), 90).await;
    assert!(matches!(two, Wrong::NotOneRule | Wrong::Mistakes { .. }), "{two:?}");
    assert!(matches!(refused(Typed::Keys(Subject::Partner, "x"), 90).await, Wrong::Subject));
    assert!(matches!(refused(Typed::Keys(Subject::Block, "192.0.*"), 90).await, Wrong::Entry(1)));
    assert!(matches!(refused(Typed::Leaked("none"), 90).await, Wrong::NoList));
    let (ctx, none) = (world.ctx(), LookbackId::derive(&["none"]));
    let none = lookback::ask_tell(world.bank.lookbacks(), &ctx, aoki, (none, "x")).await;
    assert!(matches!(none, Err(LookbackError::Desk(DeskError::NotAccepted))), "{none:?}");
}

/// What hits everything is no pattern: it ends, and nobody can be told.
#[tokio::test]
async fn what_hits_everything_ends_and_tells_nobody() {
    let mut world = World::new().await;
    let (aoki, _) = two(&world).await;
    debited(&mut world, 1).await;
    let rows = world.bank.book.scan::<kanuki_desk::past::Past>("").await.unwrap();
    let example = rows.last().unwrap().clone().into_inner();
    for n in 0..250_u32 {
        let mut row = example.clone();
        row.attempt_id = kanuki_domain::id::AttemptId::generate(&world.ctx());
        row.about = format!("other|{n}");
        let mut unit = kanuki_record::Unit::new();
        unit.insert(&row);
        world.bank.book.commit(unit).await.unwrap();
    }
    let all = "rule all on debit when amount >= ¥1 then decline as all";
    let id = ask(&world, aoki, Typed::Rule(all), 90).await;
    step(&world).await;
    let found = read(&world, aoki, id).await;
    assert_eq!(found.look.state(), "too_wide");
    assert!(found.hits.is_empty());
    let asked = lookback::ask_tell(world.bank.lookbacks(), &world.ctx(), aoki, (id, "x")).await;
    assert!(matches!(asked, Err(LookbackError::Desk(DeskError::Decided))), "{asked:?}");
}

#[tokio::test]
async fn a_rule_becomes_a_shadow_rule_of_the_text_in_force() {
    let mut world = World::new().await;
    let (aoki, _) = two(&world).await;
    debited(&mut world, 1).await;
    let id = ask(&world, aoki, Typed::Rule(RULE), 30).await;
    let look = read(&world, aoki, id).await.look;
    let text = lookback::shadow_text(&world.bank.risk, &look.pattern).unwrap();
    assert!(text.trim_end().ends_with("then decline as looks-like-it shadow"));
    let list = ask(&world, aoki, Typed::Keys(Subject::Block, "192.0.2.0/24"), 30).await;
    let look = read(&world, aoki, list).await.look;
    assert!(lookback::shadow_text(&world.bank.risk, &look.pattern).is_none());
    step(&world).await;
    assert_eq!(
        read(&world, aoki, list).await.hits.iter().filter(|one| one.movement.is_some()).count(),
        1
    );
}
