use kanuki_bank::channel::{
    Called, ChannelError, LetterFate, LetterOutcome, Name, Reference, ReportId,
};
use kanuki_desk::outbox::Message;
use kanuki_domain::{
    id::EnrolmentId,
    route::{Route, SecondChannel},
};

use crate::world::{World, account};

fn id(text: &str) -> ReportId {
    ReportId::try_from(text.to_owned()).unwrap()
}

fn typed(text: &str) -> Reference {
    Reference::try_from(text.to_owned()).unwrap()
}

async fn start(world: &World, proof: Route) -> (EnrolmentId, String) {
    let ctx = world.ctx();
    world.bank.start_enrolment(&ctx, &account("9000001"), proof, "mine").await.unwrap()
}

#[tokio::test]
async fn a_call_that_is_reported_again_is_answered_the_same() {
    let world = World::new().await;
    let (_, reference) = start(&world, Route::Call).await;
    let call = async |report: &str, from: Option<&str>| {
        world.bank.report_call(&world.ctx(), &id(report), (from, &typed(&reference), false)).await
    };
    let proves = async |report: &str, from: Option<&str>| {
        call(report, from).await.unwrap() == Called::Proven
    };

    assert!(!proves("1", None).await, "a withheld number");
    assert!(!proves("2", Some("09099999999")).await);
    assert!(proves("3", Some("09011112222")).await);

    assert!(proves("3", Some("09011112222")).await, "the answer was lost");
    assert!(!proves("4", Some("09011112222")).await, "another call proves nothing more");
    let other = call("3", Some("09099999999")).await;
    assert!(matches!(other, Err(ChannelError::Different)), "{other:?}");
}

#[tokio::test]
async fn a_machine_that_lost_the_answer_prints_the_same_code() {
    let world = World::new().await;
    let (enrolment, reference) = start(&world, Route::Atm).await;
    let at = account("9000001");
    let print = async |report: &str| {
        let said = (&at, &typed(&reference));
        world.bank.report_card(&world.ctx(), &id(report), said).await.unwrap()
    };

    let first = print("1").await.unwrap();
    assert_eq!(print("1").await, Some(first));
    // The paper jammed: a new report prints a new code, and the old one is void.
    let second = print("2").await.unwrap();
    let old = print("1").await.unwrap();
    let enter = async |code: &str| {
        world.bank.enter_code(&world.ctx(), enrolment, "mine", code).await.is_ok()
    };
    assert!(!enter(&old.code).await);
    assert!(enter(&second.code).await);
}

#[tokio::test]
async fn a_counter_hands_out_one_code_per_report_and_says_who() {
    let world = World::new().await;
    let (enrolment, reference) = start(&world, Route::Branch).await;
    let at = account("9000001");
    let aoki = Name::try_from("青木".to_owned()).unwrap();
    let visit = async |report: &str, at| {
        let said = (at, &aoki, &typed(&reference));
        world.bank.report_visit(&world.ctx(), &id(report), said).await.unwrap()
    };

    let handed = visit("1", &at).await.unwrap();
    assert_eq!(visit("1", &at).await.unwrap().code, handed.code);
    assert_eq!(visit("2", &account("9999999")).await, None, "no such account");

    world.bank.enter_code(&world.ctx(), enrolment, "mine", &handed.code).await.unwrap();
    let entries = world.bank.book.records().audit_log(0, 1_000).await.unwrap();
    let text = format!("{entries:?}");
    assert!(text.contains("enrolment.handed_out") && text.contains("青木"), "{text}");
    assert!(!text.contains(&handed.code));
}

async fn letter_of(world: &World) -> Message {
    let due = world.bank.book.list::<Message>("state", "due").await.unwrap();
    due.into_iter().find(|m| m.kind == "confirm_letter").unwrap().into_inner()
}

#[tokio::test]
async fn the_code_of_a_letter_that_came_back_is_void() {
    let mut world = World::new().await;
    let (holder, mandate) = world.linked_by_call().await;
    let letter = letter_of(&world).await;
    let key = world.bank.book.load(holder).await.unwrap();
    let (_, content) = letter.open(&world.bank.vault, &key).unwrap();
    let code = content.values["code"].clone();
    let report = async |report: &str, outcome| {
        let said = (letter.message_id, outcome);
        world.bank.report_letter(&world.ctx(), &id(report), said).await.unwrap()
    };
    let fate = async || world.bank.letter_about(mandate).await.unwrap().unwrap().fate;

    assert!(report("1", LetterOutcome::Posted).await);
    assert!(matches!(fate().await, LetterFate::Posted { .. }));
    assert!(report("2", LetterOutcome::Uncollected).await);
    assert!(report("3", LetterOutcome::Posted).await, "told late");
    assert!(matches!(fate().await, LetterFate::Returned { .. }));

    let refused = world.bank.confirm_mandate(&world.ctx(), holder, mandate, &code).await;
    assert!(refused.is_err(), "whoever has the letter confirms nothing");
    let told = world.bank.book.list::<Message>("state", "due").await.unwrap();
    assert!(told.iter().any(|m| m.kind == "letter_returned"));
    let unknown = kanuki_domain::id::MessageId::derive(&["x"]);
    let said = (unknown, LetterOutcome::Undeliverable);
    assert!(!world.bank.report_letter(&world.ctx(), &id("9"), said).await.unwrap());
}

#[tokio::test]
async fn an_address_where_the_holder_is_unknown_gets_no_more_letters_and_one_on_holiday_does() {
    for (outcome, goes_on) in
        [(LetterOutcome::Uncollected, true), (LetterOutcome::Undeliverable, false)]
    {
        let mut world = World::new().await;
        let (holder, mandate) = world.linked_by_call().await;
        let said = (letter_of(&world).await.message_id, outcome);
        world.bank.report_letter(&world.ctx(), &id("1"), said).await.unwrap();
        let mandate = world.bank.mandate_of(holder, mandate).await.unwrap();
        let open = world.bank.second_channels(&world.ctx(), &mandate).await.unwrap();
        assert_eq!(open.contains(&SecondChannel::Letter), goes_on, "{outcome:?}");
    }
}
