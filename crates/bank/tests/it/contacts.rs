//! Contact changes (FT-12, BK-03): signed, told to the old and the new, and everything new waits.

use kanuki_bank::{
    BankError, OnFile,
    debit::DebitState,
    holder::{
        Holder,
        contact::{ChangeProgress, ContactChange},
    },
};
use kanuki_desk::{
    DeskError,
    outbox::{Channel, Message},
};
use kanuki_domain::{
    Yen,
    delivery::{Said, Tried},
    id::{HolderId, StaffId},
    limits::DAY_SECS,
    mandate::later,
    route::Route,
};
use kanuki_record::{Record, Unit, Write, vault::PersonKey};
use kanuki_risk::{Key, Kind};
use kanuki_wire::transaction::ContactKind;

use crate::world::{ORIGIN, World, account, facts};

const DAY: i64 = 86_400;
const NEW_PHONE: &str = "080-7777-8888";

pub(crate) async fn change(world: &mut World, holder: HolderId, to: &str) -> Result<(), BankError> {
    let asked = (ContactKind::Phone, to);
    let started = {
        let ctx = world.ctx();
        world.bank.start_contact_change(&ctx, holder, asked).await?
    };
    let (_, options, state) = started;
    let response = world.device.get(&options, ORIGIN).unwrap();
    let ctx = world.ctx();
    world
        .bank
        .finish_contact_change(&ctx, (holder, "browser"), (&response, &state))
        .await
        .map(|_| ())
}

async fn told(world: &World, kind: &str) -> Vec<String> {
    let mut told = Vec::new();
    for message in world.bank.book.list::<Message>("state", "due").await.unwrap() {
        let key = world.bank.book.load::<PersonKey>(&message.person_id).await.unwrap();
        let (contact, content) = message.open(&world.bank.vault, &key).unwrap();
        if content.kind == kind {
            told.push(contact.to);
        }
    }
    told.sort();
    told
}

pub(crate) async fn link(world: &mut World) -> Result<String, BankError> {
    let (request_uri, _) = world.push(facts()).await.unwrap();
    world.consent(&request_uri, "9000001").await
}

#[tokio::test]
async fn old_and_new_hear_of_a_change_and_new_links_wait_a_week() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey("9000001").await;
    world.wait(DAY);

    change(&mut world, holder, NEW_PHONE).await.unwrap();

    let told = told(&world, "phone_changed").await;
    assert_eq!(told, ["08077778888", "09011112222", "c1@example.jp"]);
    let changes = world.bank.contact_changes(holder).await.unwrap();
    assert_eq!(changes[0].progress, ChangeProgress::Done);
    assert_eq!(world.core.contact("c1").as_deref(), Some("08077778888"));
    assert!(matches!(link(&mut world).await, Err(BankError::Waits { .. })));
    let number = Key::Phone(world.bank.vault.blind("phone", b"+818077778888"));
    let counted = world.bank.risk.count(&number, Kind::ContactChanged, world.now, DAY_SECS);
    assert_eq!(counted, 1, "ever new holders with this number would be told");
    world.wait(7 * DAY);
    link(&mut world).await.unwrap();
}

/// What a branch or the telephone changed counts alike: the core says since when.
#[tokio::test]
async fn a_change_that_the_core_reports_holds_new_links_back_too() {
    let mut world = World::new().await;
    world.holder_with_passkey("9000001").await;
    let since = |at| OnFile { phone_since: Some(at), ..OnFile::default() };
    let now = world.now;
    world.core.0.lock().unwrap().on_file.insert("c1".to_owned(), since(now));

    assert!(matches!(link(&mut world).await, Err(BankError::Waits { .. })));
    let long_ago = later(now, -8 * DAY);
    world.core.0.lock().unwrap().on_file.insert("c1".to_owned(), since(long_ago));
    link(&mut world).await.unwrap();
}

#[tokio::test]
async fn for_a_day_after_a_change_debits_are_capped_at_half() {
    let mut world = World::new().await;
    let id = world.linked().await;
    world.wait(30 * DAY);
    let holder = world.bank.book.load::<kanuki_bank::mandate::Mandate>(id).await.unwrap().holder_id;
    change(&mut world, holder, NEW_PHONE).await.unwrap();

    let over = world.debit(id, 1, 25_001).await.state;
    let within = world.debit(id, 2, 25_000).await.state;
    let again = world.debit(id, 3, 1).await.state;
    world.wait(DAY + 60);
    let after = world.debit(id, 4, 25_001).await.state;

    assert!(matches!(over, DebitState::Refused { .. }), "{over:?}");
    assert!(matches!(within, DebitState::Booked { .. }), "{within:?}");
    assert!(matches!(again, DebitState::Refused { .. }), "{again:?}");
    assert!(matches!(after, DebitState::Booked { .. }), "{after:?}");
}

#[tokio::test]
async fn a_raise_waits_for_a_changed_contact() {
    let mut world = World::new().await;
    let id = world.linked().await;
    world.wait(30 * DAY);
    let holder = world.bank.book.load::<kanuki_bank::mandate::Mandate>(id).await.unwrap().holder_id;
    let caps = [Yen::of(10_000), Yen::of(100_000)];
    world.bank.lower_caps(&world.ctx(), holder, id, &caps).await.unwrap();
    change(&mut world, holder, NEW_PHONE).await.unwrap();

    let wanted = [Yen::of(20_000), Yen::of(100_000)];
    let started = {
        let ctx = world.ctx();
        world.bank.start_raise(&ctx, holder, id, &wanted).await
    };
    let (options, state) = started.unwrap();
    let response = world.device.get(&options, ORIGIN).unwrap();
    let ctx = world.ctx();
    let answer = (response.as_str(), &state);
    let at = world.bank.finish_raise(&ctx, (holder, "browser"), id, answer).await.unwrap();

    assert_eq!(at, later(world.now, 7 * DAY));
}

/// contact-swap: a thief who talked a code out of the holder wants every later notice for himself.
#[tokio::test]
async fn a_passkey_that_came_by_a_code_changes_no_contact_for_a_week() {
    let mut world = World::new().await;
    let (holder, _) = world.linked_by(Route::Atm).await;

    let refused = change(&mut world, holder, NEW_PHONE).await;

    assert!(matches!(refused, Err(BankError::Desk(DeskError::TooEarly))), "{refused:?}");
    assert_eq!(world.core.contact("c1"), None);
    assert!(told(&world, "phone_changed").await.is_empty());
    world.wait(7 * DAY);
    change(&mut world, holder, NEW_PHONE).await.unwrap();
    // And the number that he put on file calls for nothing before thirty days.
    let (_, reference) = world
        .bank
        .start_enrolment(&world.ctx(), &account("9000001"), Route::Call, "his")
        .await
        .unwrap();
    assert!(!world.bank.call_received(&world.ctx(), NEW_PHONE, &reference).await.unwrap());
    assert!(!world.bank.call_received(&world.ctx(), "09011112222", &reference).await.unwrap());
}

/// contact-swap, after "it was not me": neither telephone can be believed alone.
#[tokio::test]
async fn a_contact_that_was_not_theirs_is_told_beside_the_one_before_until_a_branch_has_a_newer_one()
 {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey("9000001").await;
    world.wait(DAY);
    change(&mut world, holder, NEW_PHONE).await.unwrap();
    let code = crate::stopping::stop_code_of(&world, "phone_changed").await;
    world.bank.stop(&world.ctx(), &code).await.unwrap();

    let told_now = async |world: &World| {
        let known = world.bank.known(holder).await.unwrap();
        let mut told: Vec<_> = known.contacts().into_iter().map(|one| one.to).collect();
        told.sort();
        (told, known.line(world.now))
    };
    let both = ["08077778888", "09011112222", "c1@example.jp"];
    assert_eq!(told_now(&world).await.0, both);
    world.wait(31 * DAY);
    let (_, reference) = world
        .bank
        .start_enrolment(&world.ctx(), &account("9000001"), Route::Call, "his")
        .await
        .unwrap();
    for number in [NEW_PHONE, "09011112222"] {
        assert!(!world.bank.call_received(&world.ctx(), number, &reference).await.unwrap());
    }
    assert_eq!(told_now(&world).await, (both.map(str::to_owned).to_vec(), None));

    let on_file = OnFile { phone_since: Some(world.now), ..OnFile::default() };
    world.core.0.lock().unwrap().phones.remove("c1");
    world.core.0.lock().unwrap().on_file.insert("c1".to_owned(), on_file);
    world.wait(31 * DAY);
    let (told, line) = told_now(&world).await;
    assert_eq!(told, ["09011112222", "c1@example.jp"]);
    assert_eq!(line.as_deref(), Some("09011112222"));
}

/// It was theirs all the same: two people end the doubt, both contacts hear of it, and the code of that
/// notice brings it back. So too where the doubt is from before it said what was stopped with it.
#[tokio::test]
async fn two_people_believe_a_contact_again_and_its_owner_can_disown_it_again() {
    for unsaid in [&[][..], &["by"], &["by", "signed_with"]] {
        believe_again(unsaid).await;
    }
}

/// Makes rows of this kind say as little as they did before.
async fn unsay<T: Record>(world: &World, members: &[&str]) {
    let records = world.bank.book.records();
    for mut row in records.scan(T::TABLE, "", 100).await.unwrap() {
        for member in members {
            row.body = row.body.replace(&format!("\"{member}\":"), "\"unsaid\":");
        }
        row.version += 1;
        records.commit(vec![Write::Update(T::TABLE, row)], Vec::new()).await.unwrap();
    }
}

async fn believe_again(unsaid: &[&str]) {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey("9000001").await;
    world.wait(DAY);
    change(&mut world, holder, NEW_PHONE).await.unwrap();
    let code = crate::stopping::stop_code_of(&world, "phone_changed").await;
    let case_id = world.bank.stop(&world.ctx(), &code).await.unwrap();
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let told_now = async |world: &World| {
        let known = world.bank.known(holder).await.unwrap();
        let mut told: Vec<_> = known.contacts().into_iter().map(|one| one.to).collect();
        told.sort();
        told
    };
    let asked = |kind| ((case_id, kind), "窓口で書類を");
    unsay::<Holder>(&world, unsaid).await;
    unsay::<ContactChange>(&world, unsaid).await;
    let mail = asked(ContactKind::Email);
    let nothing = world.bank.ask_believe_contact(&world.ctx(), aoki, mail.0, mail.1).await;
    assert!(matches!(nothing, Err(BankError::NotAvailable)), "{nothing:?}");

    let phone = asked(ContactKind::Phone);
    let ask = world.bank.ask_believe_contact(&world.ctx(), aoki, phone.0, phone.1).await.unwrap();
    let alone = world.bank.decide(&world.ctx(), aoki, ask, true).await;
    assert!(matches!(alone, Err(BankError::Desk(DeskError::SamePerson))), "{alone:?}");
    assert_eq!(told_now(&world).await.len(), 3);
    world.bank.decide(&world.ctx(), baba, ask, true).await.unwrap();

    let both = ["08077778888", "09011112222", "c1@example.jp"];
    assert_eq!(told(&world, "phone_believed").await, both);
    assert_eq!(told_now(&world).await, ["08077778888", "c1@example.jp"]);
    let code = crate::stopping::stop_code_of(&world, "phone_believed").await;
    world.bank.stop(&world.ctx(), &code).await.unwrap();
    assert_eq!(told_now(&world).await, both);
    let over = world.bank.decide(&world.ctx(), baba, ask, true).await;
    assert!(over.is_err(), "what was agreed to was the doubt before");
}

/// Whoever is still asked about a doubt ends none that came later.
#[tokio::test]
async fn a_request_to_believe_a_contact_ends_no_later_doubt() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey("9000001").await;
    world.wait(DAY);
    change(&mut world, holder, NEW_PHONE).await.unwrap();
    let code = crate::stopping::stop_code_of(&world, "phone_changed").await;
    let case_id = world.bank.stop(&world.ctx(), &code).await.unwrap();
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let phone = (case_id, ContactKind::Phone);
    let first = world.bank.ask_believe_contact(&world.ctx(), aoki, phone, "x").await.unwrap();
    world.bank.decide(&world.ctx(), baba, first, false).await.unwrap();
    let ask = world.bank.ask_believe_contact(&world.ctx(), aoki, phone, "x").await.unwrap();
    let mut row = world.bank.book.load::<Holder>(holder).await.unwrap();
    let again = row.disowned[0].clone();
    row.edit().disowned.push(again);
    let mut unit = Unit::new();
    unit.update(&row);
    world.bank.book.commit(unit).await.unwrap();

    let late = world.bank.decide(&world.ctx(), baba, ask, true).await;

    assert!(matches!(late, Err(BankError::Desk(DeskError::Decided))), "{late:?}");
    assert!(world.bank.known(holder).await.unwrap().line(world.now).is_none());
}

#[tokio::test]
async fn a_change_that_the_core_does_not_have_is_called_off_by_its_stop_code() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey("9000001").await;
    world.wait(DAY);
    world.core.0.lock().unwrap().deaf = true;
    change(&mut world, holder, NEW_PHONE).await.unwrap();
    let code = crate::stopping::stop_code_of(&world, "phone_changed").await;
    world.bank.stop(&world.ctx(), &code).await.unwrap();

    world.core.0.lock().unwrap().deaf = false;
    world.bank.recover_contact_changes(&world.ctx()).await.unwrap();

    let progress = world.bank.contact_changes(holder).await.unwrap()[0].progress;
    assert_eq!(progress, ChangeProgress::CalledOff);
    assert_eq!(world.core.contact("c1"), None);
}

/// A passkey beside an older one is a new device.
#[tokio::test]
async fn a_second_passkey_by_a_code_links_nothing_for_a_week() {
    let mut world = World::new().await;
    world.holder_with_passkey("9000001").await;
    world.wait(DAY);
    world.new_device();
    world.enrol_by(Route::Atm).await;

    assert!(matches!(link(&mut world).await, Err(BankError::Waits { .. })));
    world.wait(7 * DAY);
    link(&mut world).await.unwrap();
}

#[tokio::test]
async fn a_core_without_an_answer_is_told_again() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey("9000001").await;
    world.core.0.lock().unwrap().deaf = true;
    change(&mut world, holder, NEW_PHONE).await.unwrap();
    let progress =
        async |world: &World| world.bank.contact_changes(holder).await.unwrap()[0].progress;
    assert_eq!(progress(&world).await, ChangeProgress::Open);

    world.core.0.lock().unwrap().deaf = false;
    world.bank.recover_contact_changes(&world.ctx()).await.unwrap();

    assert_eq!(progress(&world).await, ChangeProgress::Done);
    assert_eq!(world.core.contact("c1").as_deref(), Some("08077778888"));
}

/// Two links on one account, half caps that were opened before the bank tightened its own.
#[tokio::test]
async fn half_of_a_tightened_cap_is_half_of_the_tightened_one() {
    let mut world = World::new().await;
    let first = world.linked().await;
    let (request_uri, verifier) = world.push(facts()).await.unwrap();
    let callback = world.consent(&request_uri, "9000001").await.unwrap();
    let tokens = world.exchange(&callback, &verifier).await.unwrap();
    let second = tokens.authorization_details[0].mandate_id;
    world.wait(10 * DAY);
    let on_file = OnFile { phone_since: Some(world.now), ..OnFile::default() };
    world.core.0.lock().unwrap().on_file.insert("c1".to_owned(), on_file);
    let is_booked = |state| matches!(state, DebitState::Booked { .. });
    assert!(is_booked(world.debit(first, 1, 1).await.state));

    let rules = kanuki_bank::StandardRules::default();
    world.bank.rules = std::sync::Arc::new(rules.tightened(Yen::of(20_000), Yen::of(300_000)));

    assert!(is_booked(world.debit(first, 2, 9_000).await.state));
    assert!(!is_booked(world.debit(second, 3, 1_001).await.state));
    assert!(is_booked(world.debit(second, 4, 1_000).await.state));
}

/// A thief who changed the number takes every message there.
#[tokio::test]
async fn that_the_new_contact_takes_its_message_does_not_end_the_search_for_the_old_ones() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey("9000001").await;
    world.wait(DAY);
    change(&mut world, holder, NEW_PHONE).await.unwrap();
    let gone = Tried { said: Said::Refused, code: Some(550) };

    for due in world.bank.due_messages(&world.ctx()).await.unwrap() {
        let is_new = due.contact.to == "08077778888";
        let tried = if is_new { Tried::TAKEN } else { gone };
        world.bank.note_message(&world.ctx(), due.message_id, tried).await.unwrap();
    }

    let due = world.bank.due_messages(&world.ctx()).await.unwrap();
    let letters = due.iter().filter(|one| one.content.kind == "phone_changed");
    let by: Vec<Channel> = letters.map(|one| one.contact.channel).collect();
    assert_eq!(by, [Channel::Post]);
}
