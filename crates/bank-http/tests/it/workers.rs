use http::Method;
use kanuki_domain::limits::ASK_AGAIN_SECS;

use crate::{browser::Browser, world::World};

#[tokio::test]
async fn a_debit_without_an_answer_is_driven_to_its_end() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;

    *world.core.is_silent.lock().unwrap() = true;
    let pending = world.debit(&linked, 1, 5_000).await;
    *world.core.is_silent.lock().unwrap() = false;
    world.wait(10);
    let driven = world.tick().await.driven;
    let id = pending.json()["debit_id"].as_str().unwrap().to_owned();
    let token = linked.tokens.access_token.expose().clone();
    let found = world.call((Method::GET, &format!("/debits/{id}")), &token, None).await;

    assert_eq!(pending.status, 202);
    assert_eq!(driven, 1);
    assert_eq!(found.json()["result"]["outcome"], "booked");
    assert_eq!(world.core.balance("9000001"), 495_000);
}

#[tokio::test]
async fn a_core_that_stays_silent_becomes_a_case() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    *world.core.is_silent.lock().unwrap() = true;
    world.debit(&linked, 1, 5_000).await;

    world.wait(ASK_AGAIN_SECS + 1);
    world.tick().await;

    let mut staff = Browser::new(11);
    staff.enter_desk(&world, "STAFFAOKI").await;
    let cases = staff.get(&world, "/desk").await;
    assert!(cases.body.contains("結果が分からない取引"));
}

#[tokio::test]
async fn a_message_waits_for_its_courier_and_leaves_once() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;

    *world.letters.is_away.lock().unwrap() = true;
    let away = world.tick().await.messages;
    *world.letters.is_away.lock().unwrap() = false;
    world.wait(60);
    let left = world.tick().await.messages;
    world.wait(60);
    let again = world.tick().await.messages;

    assert_eq!(
        (away, left, again),
        (0, 4, 0),
        "mail and SMS, once each: a code handed out, a passkey made"
    );
}

#[tokio::test]
async fn what_is_over_is_forgotten() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;
    browser.get(&world, "/holder/sign-in").await;

    world.wait(3 * 86_400);
    let swept = kanuki_bank_http::workers::sweep(&world.state).await;

    assert!(swept >= 2, "a session and a ceremony, {swept}");
    assert_eq!(kanuki_bank_http::workers::sweep(&world.state).await, 0);
}

/// For whoever has neither telephone nor mail: in words that need no explaining.
#[tokio::test]
async fn the_letter_of_the_month_says_in_words_what_left_and_what_is_linked() {
    let world = World::new().await;
    let linked = world.linked(&mut Browser::new(1)).await;
    world.debit(&linked, 1, 3_000).await;
    *world.core.by_letter.lock().unwrap() = true;
    let signed = world.now();
    while world.now().as_second() < signed.as_second() + 32 * 86_400 {
        world.wait(8 * 86_400);
    }

    let letter = world.letter("月に一度").await;

    assert_eq!(letter.channel, kanuki_site::courier::Channel::Post);
    for part in [
        "1回　合わせて¥3,000",
        "合計　¥3,000",
        "いま、お客さまの口座とつながっている会社",
        "新しい連携をロックしている口座：\nありません",
        "まで）",
    ] {
        assert!(letter.body.contains(part), "{part}: {}", letter.body);
    }
    assert!(
        !letter.body.contains("停止コード") && !letter.body.contains("http"),
        "{}",
        letter.body
    );
}
