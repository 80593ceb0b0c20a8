//! The letter of the month: to whom it goes, what it says, and that a crash doubles none.

use kanuki_bank::{
    channel::{LetterOutcome, ReportId},
    contract::Kind,
    monthly::{Linked, MonthlyLetter, Taken},
};
use kanuki_desk::outbox::{Channel, Content, Message};
use kanuki_domain::{Yen, limits::DAY_SECS};
use kanuki_record::vault::PersonKey;

use crate::{
    contracts::{OTHER, OURS, list, take},
    world::{World, account},
};

/// Somebody with a link and an address, and nothing else on file.
async fn by_letter() -> World {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    world.core.0.lock().unwrap().by_letter = true;
    world.debit(mandate, 1, 1_000).await;
    world.debit(mandate, 2, 2_000).await;
    world
}

async fn write(world: &World) -> usize {
    let mut written = 0;
    // Holders and contracts, each to the end.
    for _ in 0..5 {
        written += world.bank.write_monthly_letters(&world.ctx()).await.unwrap();
    }
    written
}

async fn letters(world: &World) -> Vec<(Channel, Content)> {
    let mut found = Vec::new();
    for message in world.bank.book.list::<Message>("state", "due").await.unwrap() {
        let key = world.bank.book.load::<PersonKey>(&message.person_id).await.unwrap();
        let (contact, content) = message.open(&world.bank.vault, &key).unwrap();
        if content.kind == "monthly_letter" {
            found.push((contact.channel, content));
        }
    }
    found
}

#[tokio::test]
async fn whoever_has_neither_telephone_nor_mail_hears_by_letter_what_left_and_what_is_linked() {
    let mut world = by_letter().await;
    assert_eq!(write(&world).await, 1, "one about October, in which nothing left");
    world.wait(10 * DAY_SECS);
    assert_eq!(write(&world).await, 1);
    assert_eq!(write(&world).await, 0, "once a month");

    let all = letters(&world).await;
    assert!(all.iter().all(|(channel, _)| *channel == Channel::Post));
    let content = &all.iter().find(|(_, c)| c.values["month"] == "2026-11-01").unwrap().1;
    let taken: Vec<Taken> = serde_json::from_str(&content.values["taken"]).unwrap();
    let partner = "閂ウォレット".to_owned();
    assert_eq!(taken, [Taken { partner: partner.clone(), count: 2, sum: Yen::of(3_000) }]);
    let linked: Vec<Linked> = serde_json::from_str(&content.values["linked"]).unwrap();
    assert_eq!((linked.len(), &linked[0].partner, linked[0].is_stopped), (1, &partner, false));
    assert!(!content.values.contains_key("stop_code"));
}

#[tokio::test]
async fn whoever_is_reached_otherwise_and_whoever_moved_lately_gets_none() {
    let mut world = World::new().await;
    world.linked().await;
    assert_eq!(write(&world).await, 0, "a telephone is on file");
    world.core.0.lock().unwrap().by_letter = true;
    world.core.0.lock().unwrap().homeless = true;
    world.wait(10 * DAY_SECS);
    assert_eq!(write(&world).await, 0, "no address is on file");
}

#[tokio::test]
async fn while_the_core_is_silent_the_letters_wait() {
    let world = by_letter().await;
    world.core.0.lock().unwrap().is_gone = true;
    assert!(world.bank.write_monthly_letters(&world.ctx()).await.is_err());
    world.core.0.lock().unwrap().is_gone = false;
    assert_eq!(write(&world).await, 1);
}

#[tokio::test]
async fn an_address_where_nobody_of_that_name_lives_gets_no_more() {
    let mut world = by_letter().await;
    write(&world).await;
    let letter = world.bank.book.scan::<MonthlyLetter>("").await.unwrap().remove(0);
    let report = ReportId::try_from("1".to_owned()).unwrap();
    let said = (letter.message_id, LetterOutcome::Undeliverable);
    assert!(world.bank.report_letter(&world.ctx(), &report, said).await.unwrap());
    world.wait(10 * DAY_SECS);
    assert_eq!(write(&world).await, 0);
}

/// Most of those of 2020 had no wallet, and a contract that they did not know of.
#[tokio::test]
async fn whoever_has_only_an_older_contract_hears_of_it_too_and_once() {
    let mut world = World::new().await;
    world.core.0.lock().unwrap().by_letter = true;
    take(&world, &list(Kind::WebKofuri, "2026-11-01", &[OURS, OTHER])).await.unwrap();

    assert_eq!(write(&world).await, 1, "one person, two contracts");
    assert_eq!(write(&world).await, 0);

    let all = letters(&world).await;
    let linked: Vec<Linked> = serde_json::from_str(&all[0].1.values["linked"]).unwrap();
    assert_eq!(linked.len(), 2);
    assert!(linked.iter().all(|one| one.is_elsewhere && one.until.is_none()), "{linked:?}");
    world.wait(31 * DAY_SECS);
    assert_eq!(write(&world).await, 1, "as long as it may debit");
}

#[tokio::test]
async fn whoever_locked_an_account_is_reminded_of_it_and_whoever_has_nothing_gets_no_letter() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey("9000001").await;
    world.core.0.lock().unwrap().by_letter = true;
    assert_eq!(write(&world).await, 0, "there is nothing to say");
    world.wait(31 * DAY_SECS);
    let own = world.bank.account_id(&account("9000001"));
    world.bank.lock_account(&world.ctx(), holder, own).await.unwrap();

    assert_eq!(write(&world).await, 1);

    let all = letters(&world).await;
    let locked: Vec<String> = serde_json::from_str(&all[0].1.values["locked"]).unwrap();
    assert_eq!(locked, [account("9000001").mask()]);
}
