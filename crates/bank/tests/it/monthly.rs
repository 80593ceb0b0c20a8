//! The letter of the month: to whom it goes, what it says, and that a crash doubles none.

use kanuki_bank::{
    channel::{LetterOutcome, ReportId},
    monthly::{Linked, MonthlyLetter, Taken},
};
use kanuki_desk::outbox::{Channel, Content, Message};
use kanuki_domain::{Yen, limits::DAY_SECS};
use kanuki_record::vault::PersonKey;

use crate::world::World;

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
    for _ in 0..3 {
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
