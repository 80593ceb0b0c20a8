//! A movement whose end the core did not tell: asked about until it is told, or settled by two people.

use kanuki_bank::{
    BankError, CoreAnswer, CoreError,
    credit::{AskCredit, Credit},
    debit::{Debit, DebitState, Found},
    desk::Scope,
    open_item::{Asked, ItemKind, OpenItem},
};
use kanuki_desk::{DeskError, case::Case};
use kanuki_domain::{
    Yen,
    id::{ApprovalId, DebitId, MandateId, PayoutId, StaffId},
    limits::DAY_SECS,
};
use kanuki_wire::debit::RefusalReason;

use crate::{
    core_system::Fault,
    crash::assert_books_agree,
    world::{CLIENT, World, account},
};

fn aoki() -> StaffId {
    StaffId::derive(&["aoki"])
}

fn baba() -> StaffId {
    StaffId::derive(&["baba"])
}

/// A debit of 5,000 yen of which the core said nothing for a day.
async fn silent(faults: &[Fault]) -> (World, MandateId, OpenItem) {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    world.core.0.lock().unwrap().faults = faults.to_vec();
    world.debit(mandate, 1, 5_000).await;
    world.wait(DAY_SECS + 1);
    world.core.0.lock().unwrap().faults = vec![Fault::BeforeDoing; 100];
    world.bank.recover_debits(&world.ctx()).await.unwrap();
    let items = world.bank.open_items().await.unwrap();
    assert_eq!(items.len(), 1);
    (world, mandate, items[0].clone())
}

async fn debit(world: &World) -> Debit {
    world.bank.find_debit(CLIENT, DebitId::derive(&["1"])).await.unwrap().unwrap()
}

async fn reserved(world: &World) -> Yen {
    let clearing = kanuki_bank::chart::core_clearing();
    let held = world.bank.ledger.find_account(clearing, world.now).await.unwrap().unwrap();
    held.debits_pending
}

async fn ask(world: &World, item: &OpenItem, found: Found) -> ApprovalId {
    let what = (found, "照会票 12");
    match world.bank.ask_settlement(&world.ctx(), aoki(), item.case_id, what).await.unwrap() {
        Asked::Waits(id) => id,
        Asked::Ended => panic!("the core answered"),
    }
}

#[tokio::test]
async fn an_item_ends_by_itself_when_the_core_answers_and_gives_back_what_nobody_expects_any_more()
{
    let (mut world, _, item) = silent(&[Fault::AfterDoing]).await;
    world.wait(3_600);
    assert_eq!(world.bank.end_open_items(&world.ctx()).await.unwrap(), 0, "still silent");
    world.core.0.lock().unwrap().faults.clear();
    assert_eq!(world.bank.end_open_items(&world.ctx()).await.unwrap(), 0, "asked once an hour");
    world.wait(3_600);

    assert_eq!(world.bank.end_open_items(&world.ctx()).await.unwrap(), 1);

    let state = debit(&world).await.state;
    let is_refused = matches!(state, DebitState::Refused { reason: RefusalReason::TryLater, .. });
    assert!(is_refused, "{state:?}");
    assert_books_agree(&world, 0).await;
    assert!(reserved(&world).await.is_zero());
    let case = world.bank.book.load::<Case>(item.case_id).await.unwrap();
    assert!(case.closed_at.is_some());
    assert!(world.bank.open_items().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_the_core_took_before_it_fell_silent_is_booked() {
    let (mut world, _, _) = silent(&[Fault::AfterDoing, Fault::None]).await;
    world.core.0.lock().unwrap().faults.clear();
    world.wait(3_600);

    assert_eq!(world.bank.end_open_items(&world.ctx()).await.unwrap(), 1);

    let state = debit(&world).await.state;
    assert!(matches!(state, DebitState::Booked { .. }), "{state:?}");
    assert_books_agree(&world, 5_000).await;
}

#[tokio::test]
async fn a_stopped_item_that_ends_says_that_it_was_stopped() {
    let (mut world, mandate, _) = silent(&[Fault::AfterDoing]).await;
    let scope = Scope::Mandate(mandate.to_string());
    world.bank.close_gate(&world.ctx(), aoki(), &scope, "止める").await.unwrap();
    world.core.0.lock().unwrap().faults.clear();
    world.wait(3_600);

    world.bank.end_open_items(&world.ctx()).await.unwrap();

    let state = debit(&world).await.state;
    assert!(matches!(state, DebitState::Refused { reason: RefusalReason::Stopped, .. }));
    assert_books_agree(&world, 0).await;
}

#[tokio::test]
async fn two_people_settle_what_the_core_never_tells_and_its_partner_can_go_then() {
    let (world, _, item) = silent(&[Fault::BeforeDoing]).await;
    let ctx = world.ctx();
    world.bank.take_open_item(&ctx, aoki(), item.case_id).await.unwrap();
    assert_eq!(world.bank.open_items().await.unwrap()[0].owner, Some(aoki()));
    let asked = ask(&world, &item, Found::Moved).await;
    let again =
        world.bank.ask_settlement(&ctx, baba(), item.case_id, (Found::Moved, "もう一度")).await;
    assert!(matches!(again, Err(BankError::Desk(DeskError::Decided))), "{again:?}");
    let alone = world.bank.decide(&ctx, aoki(), asked, true).await;
    assert!(matches!(alone, Err(BankError::Desk(DeskError::SamePerson))), "{alone:?}");
    assert!(!reserved(&world).await.is_zero(), "nothing is decided yet");

    world.bank.decide(&ctx, baba(), asked, true).await.unwrap();

    let state = debit(&world).await.state;
    assert!(matches!(state, DebitState::Booked { .. }), "{state:?}");
    assert!(reserved(&world).await.is_zero());
    assert!(world.bank.open_items().await.unwrap().is_empty());
    let case = world.bank.book.load::<Case>(item.case_id).await.unwrap();
    assert!(case.closed_at.is_some());
    assert!(case.steps.iter().any(|step| step.text.contains("照会票 12")));
    let log = world.bank.book.records().audit_log(0, 10_000).await.unwrap();
    assert!(log.iter().any(|entry| entry.body.contains("item.settled")));
}

/// Two people see the core's books of one moment; the confirmation can still be under way.
#[tokio::test]
async fn people_cannot_say_that_a_debit_did_not_move_until_the_core_promises() {
    let (world, _, item) = silent(&[Fault::BeforeDoing]).await;
    let ctx = world.ctx();
    let said = (Found::NotMoved, "照会票 12");

    let asked = world.bank.ask_settlement(&ctx, aoki(), item.case_id, said).await;
    assert!(matches!(asked, Err(BankError::Core(CoreError::Unknown))), "{asked:?}");
    assert!(world.bank.approvals().await.unwrap().is_empty());
    assert!(!reserved(&world).await.is_zero(), "the money stays reserved");

    world.core.0.lock().unwrap().faults.clear();
    let asked = world.bank.ask_settlement(&ctx, aoki(), item.case_id, said).await.unwrap();
    assert_eq!(asked, Asked::Ended, "the core promised");
    let id = debit(&world).await.core_id();
    let at = account("9000001");
    let late =
        world.bank.core.reserve(id, &at, Yen::of(5_000), kanuki_bank::Booking::default()).await;
    assert_eq!(late, Ok(CoreAnswer::Refused), "an order that is still under way takes nothing");
    assert_books_agree(&world, 0).await;
}

/// What was agreed on before the core's promise was asked for waits for it too.
#[tokio::test]
async fn what_two_people_once_found_of_a_debit_gives_nothing_back_without_the_cores_word() {
    let (mut world, _, item) = silent(&[Fault::BeforeDoing]).await;
    let key = kanuki_bank::debit::key(CLIENT, DebitId::derive(&["1"]));
    let mut row = world.bank.book.load::<Debit>(key).await.unwrap();
    let found = Some(Found::NotMoved);
    row.edit().state = DebitState::OpenItem { case_id: item.case_id, found };
    let mut unit = kanuki_record::Unit::new();
    unit.update(&row);
    world.bank.book.commit(unit).await.unwrap();
    assert_eq!(world.bank.end_open_items(&world.ctx()).await.unwrap(), 0);
    assert!(!reserved(&world).await.is_zero());
    world.core.0.lock().unwrap().faults.clear();
    world.wait(3_600);

    assert_eq!(world.bank.end_open_items(&world.ctx()).await.unwrap(), 1);

    assert!(reserved(&world).await.is_zero());
    assert_books_agree(&world, 0).await;
}

/// A crash comes after two people agreed, and then the core says the contrary.
#[tokio::test]
async fn what_two_people_agreed_on_is_carried_out_however_late() {
    let (mut world, _, item) = silent(&[Fault::BeforeDoing]).await;
    let mut row = world
        .bank
        .book
        .load::<Debit>(kanuki_bank::debit::key(CLIENT, DebitId::derive(&["1"])))
        .await
        .unwrap();
    row.edit().state = DebitState::OpenItem { case_id: item.case_id, found: Some(Found::Moved) };
    let mut unit = kanuki_record::Unit::new();
    unit.update(&row);
    world.bank.book.commit(unit).await.unwrap();
    world.core.0.lock().unwrap().faults.clear();
    world.wait(10);

    assert_eq!(world.bank.end_open_items(&world.ctx()).await.unwrap(), 1);

    assert!(matches!(debit(&world).await.state, DebitState::Booked { .. }));
}

#[tokio::test]
async fn the_core_answers_while_a_second_person_is_waited_for_and_its_word_counts() {
    let (world, _, item) = silent(&[Fault::BeforeDoing]).await;
    let asked = ask(&world, &item, Found::Moved).await;
    world.core.0.lock().unwrap().faults.clear();

    let agreed = world.bank.decide(&world.ctx(), baba(), asked, true).await;

    assert!(matches!(agreed, Err(BankError::Desk(DeskError::Decided))), "{agreed:?}");
    assert!(matches!(debit(&world).await.state, DebitState::Refused { .. }));
    assert_books_agree(&world, 0).await;
    assert!(world.bank.approvals().await.unwrap().is_empty(), "nobody needs to agree any more");
    let late =
        world.bank.ask_settlement(&world.ctx(), aoki(), item.case_id, (Found::Moved, "遅い")).await;
    assert!(matches!(late, Err(BankError::NotAvailable)), "{late:?}");
}

/// A payment in of 3,000 yen of which the core said nothing for a day; `faults` are of its first asking.
async fn silent_payout(faults: &[Fault]) -> (World, OpenItem) {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let ask_credit = AskCredit {
        client_id: CLIENT.to_owned(),
        mandate_id: mandate,
        credit_id: PayoutId::derive(&["1"]),
        amount: Yen::of(3_000),
        refund_of: None,
    };
    world.core.0.lock().unwrap().faults = faults.to_vec();
    world.bank.request_credit(&world.ctx(), ask_credit).await.unwrap();
    world.wait(DAY_SECS + 1);
    world.core.0.lock().unwrap().faults = vec![Fault::BeforeDoing; 100];
    world.bank.recover_credits(&world.ctx()).await.unwrap();
    let item = world.bank.open_items().await.unwrap().remove(0);
    assert_eq!(item.kind, ItemKind::Payout);
    (world, item)
}

async fn payout(world: &World) -> Credit {
    world.bank.find_credit(CLIENT, PayoutId::derive(&["1"])).await.unwrap().unwrap()
}

/// The order that is still under way arrives at the core.
async fn arrives_late(world: &World) -> CoreAnswer {
    let at = account("9000001");
    world.bank.core.credit(payout(world).await.core_id(), &at, Yen::of(3_000), None).await.unwrap()
}

async fn open_credits(world: &World) -> Yen {
    let clearing = kanuki_bank::chart::core_clearing();
    let held = world.bank.ledger.find_account(clearing, world.now).await.unwrap().unwrap();
    held.credits_pending
}

#[tokio::test]
async fn a_payout_nobody_heard_of_for_a_day_is_withdrawn_at_the_core_before_its_partner_has_it_back()
 {
    let (mut world, item) = silent_payout(&[Fault::BeforeDoing]).await;
    assert_eq!(world.bank.end_open_items(&world.ctx()).await.unwrap(), 0, "still silent");
    world.core.0.lock().unwrap().faults.clear();
    assert_eq!(world.bank.end_open_items(&world.ctx()).await.unwrap(), 0, "asked once an hour");
    assert_eq!(world.core.balance("9000001"), 500_000, "it is not sent again");
    world.wait(3_600);

    assert_eq!(world.bank.end_open_items(&world.ctx()).await.unwrap(), 1);

    let state = payout(&world).await.state;
    let is_refused = matches!(state, DebitState::Refused { reason: RefusalReason::TryLater, .. });
    assert!(is_refused, "{state:?}");
    assert!(open_credits(&world).await.is_zero());
    assert_eq!(arrives_late(&world).await, CoreAnswer::Refused);
    assert_eq!(world.core.balance("9000001"), 500_000, "nobody is paid twice");
    let case = world.bank.book.load::<Case>(item.case_id).await.unwrap();
    assert!(case.closed_at.is_some());
}

#[tokio::test]
async fn a_payout_that_the_core_paid_before_it_fell_silent_is_booked() {
    let (mut world, _) = silent_payout(&[Fault::AfterDoing]).await;
    world.core.0.lock().unwrap().faults.clear();
    world.wait(3_600);

    assert_eq!(world.bank.end_open_items(&world.ctx()).await.unwrap(), 1);

    let state = payout(&world).await.state;
    assert!(matches!(state, DebitState::Booked { .. }), "{state:?}");
    assert_eq!(world.core.balance("9000001"), 503_000);
}

#[tokio::test]
async fn a_stopped_payout_is_withdrawn_and_not_paid() {
    let (mut world, _) = silent_payout(&[Fault::BeforeDoing]).await;
    let scope = Scope::Partner(CLIENT.to_owned());
    world.bank.close_gate(&world.ctx(), aoki(), &scope, "盗まれた").await.unwrap();
    world.core.0.lock().unwrap().faults.clear();
    world.wait(3_600);

    assert_eq!(world.bank.end_open_items(&world.ctx()).await.unwrap(), 1);

    assert!(matches!(payout(&world).await.state, DebitState::Refused { .. }));
    assert_eq!(world.core.balance("9000001"), 500_000);
}

/// Two people see the core's books of one moment; the order can still be under way.
#[tokio::test]
async fn people_cannot_say_that_a_payout_did_not_move_until_the_core_promises() {
    let (world, item) = silent_payout(&[Fault::BeforeDoing]).await;
    let ctx = world.ctx();
    let said = (Found::NotMoved, "照会票 12");

    let asked = world.bank.ask_settlement(&ctx, aoki(), item.case_id, said).await;
    assert!(matches!(asked, Err(BankError::Core(CoreError::Unknown))), "{asked:?}");
    assert!(world.bank.approvals().await.unwrap().is_empty());
    assert!(!open_credits(&world).await.is_zero(), "the money stays reserved");

    world.core.0.lock().unwrap().faults.clear();
    let asked = world.bank.ask_settlement(&ctx, aoki(), item.case_id, said).await.unwrap();
    assert_eq!(asked, Asked::Ended, "the core promised");
    assert_eq!(arrives_late(&world).await, CoreAnswer::Refused);
    assert_eq!(world.core.balance("9000001"), 500_000);
}

/// What was agreed on before the core's promise was asked for waits for it too.
#[tokio::test]
async fn what_two_people_once_found_of_a_payout_gives_nothing_back_without_the_cores_word() {
    for (faults, is_paid) in [([Fault::BeforeDoing], false), ([Fault::AfterDoing], true)] {
        let (mut world, item) = silent_payout(&faults).await;
        let mut row = world.bank.book.load::<Credit>(payout(&world).await.key()).await.unwrap();
        let found = Some(Found::NotMoved);
        row.edit().state = DebitState::OpenItem { case_id: item.case_id, found };
        let mut unit = kanuki_record::Unit::new();
        unit.update(&row);
        world.bank.book.commit(unit).await.unwrap();
        assert_eq!(world.bank.end_open_items(&world.ctx()).await.unwrap(), 0);
        assert!(!open_credits(&world).await.is_zero());
        world.core.0.lock().unwrap().faults.clear();
        world.wait(3_600);

        assert_eq!(world.bank.end_open_items(&world.ctx()).await.unwrap(), 1);

        let is_booked = matches!(payout(&world).await.state, DebitState::Booked { .. });
        assert_eq!(is_booked, is_paid, "the core's word counts");
    }
}

#[tokio::test]
async fn two_people_book_a_payout_that_they_found_in_the_cores_books() {
    let (world, item) = silent_payout(&[Fault::AfterDoing]).await;
    let asked = ask(&world, &item, Found::Moved).await;

    world.bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();

    assert!(matches!(payout(&world).await.state, DebitState::Booked { .. }));
    assert_eq!(world.core.balance("9000001"), 503_000);
}
