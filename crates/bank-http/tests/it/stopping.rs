use kanuki_desk::compensation::in_force;
use kanuki_domain::case_number::{Typed, read, said};

use crate::{
    browser::{Browser, between},
    world::{CLIENT, World},
};

async fn stop_code(world: &World, part: &str) -> String {
    let letter = world.letter(part).await;
    between(&letter.body, "停止コード：", "\n").unwrap().to_owned()
}

#[tokio::test]
async fn a_stop_code_stops_everything_without_login() {
    let world = World::new().await;
    let mut thief = Browser::new(1);
    let linked = world.linked(&mut thief).await;
    let code = stop_code(&world, "引き落とせるようになりました").await;
    let mut victim = Browser::new(7);

    let page = victim.get(&world, "/stop").await;
    let typed = code.to_lowercase().replace('-', " ");
    let preview = victim.submit(&world, &page, "/stop", &[("code", &typed)]).await;
    let before = world.debit(&linked, 1, 1_000).await;
    let done = victim.submit(&world, &preview, "/stop/confirm", &[]).await;
    let again = victim.submit(&world, &preview, "/stop/confirm", &[]).await;
    let after = world.debit(&linked, 2, 1_000).await;
    let thief_sees = thief.get(&world, "/holder").await;

    assert!(preview.body.contains("閂ウォレット") && preview.body.contains("***0001"));
    assert!(!preview.body.contains("山田"), "a stranger learns no name");
    assert_eq!(before.status, 201, "looking stops nothing");
    let copied = between(&done.body, "data-copy=\"", "\"").unwrap();
    let (case, check) = copied.split_once(' ').unwrap();
    let long = between(&done.body, "<code>cas_", "<").unwrap();
    assert_eq!(case, said(format!("cas_{long}").parse().unwrap()));
    assert_eq!(between(&again.body, "data-copy=\"", "\""), Some(case), "the same case");
    let (policy, _) = in_force(&world.state.bank.book).await.unwrap();
    assert!(again.body.contains("一度だけ") && again.body.contains(&policy.contact.phone));
    let page = victim.get(&world, "/report/look").await;
    let typed = [("number", case), ("code", check)];
    let seen = victim.submit(&world, &page, "/report/look", &typed).await;
    assert_eq!(seen.status, 200, "and how far it is, as of a report: {}", seen.body);
    let reason = after.json()["result"]["reason"].clone();
    assert!(reason == "stopped" || reason == "not_active", "{reason}");
    assert_eq!(thief_sees.status, 303, "whoever was signed in is signed out");
}

/// The night's maintenance is when a thief comes.
#[tokio::test]
async fn a_stop_code_gets_its_case_number_and_signs_everybody_out_while_the_core_is_silent() {
    let world = World::new().await;
    let mut thief = Browser::new(1);
    let linked = world.linked(&mut thief).await;
    let code = stop_code(&world, "引き落とせるようになりました").await;
    let mut victim = Browser::new(7);
    let page = victim.get(&world, "/stop").await;
    let preview = victim.submit(&world, &page, "/stop", &[("code", &code)]).await;
    *world.core.is_gone.lock().unwrap() = true;

    let done = victim.submit(&world, &preview, "/stop/confirm", &[]).await;

    *world.core.is_gone.lock().unwrap() = false;
    assert_eq!(done.status, 200, "{}", done.body);
    assert!(done.body.contains("残りは自動で続けます"));
    let copied = between(&done.body, "data-copy=\"", "\"").unwrap();
    let number = copied.split(' ').next().unwrap();
    assert!(matches!(read(number), Typed::Short(_)));
    assert_eq!(thief.get(&world, "/holder").await.status, 303, "signed out");
    world.tick().await;
    let after = world.debit(&linked, 1, 1_000).await;
    assert_ne!(after.json()["result"]["outcome"], "booked");
}

#[tokio::test]
async fn the_wallet_is_told_of_a_stop_until_it_acknowledges() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    world.linked(&mut browser).await;
    let code = stop_code(&world, "引き落とせるようになりました").await;
    let page = browser.get(&world, "/stop").await;
    let preview = browser.submit(&world, &page, "/stop", &[("code", &code)]).await;
    browser.submit(&world, &preview, "/stop/confirm", &[]).await;

    *world.wire.status.lock().unwrap() = http::StatusCode::BAD_GATEWAY;
    let refused = world.tick().await.events;
    *world.wire.status.lock().unwrap() = http::StatusCode::ACCEPTED;
    let too_early = world.tick().await.events;
    world.wait(60);
    let taken = world.tick().await.events;
    world.wait(60);
    let never_again = world.tick().await.events;

    // That it stopped, and that everybody was signed out.
    assert_eq!((refused, too_early, taken, never_again), (0, 0, 2, 0));
    let sent = world.wire.sent.lock().unwrap();
    assert_eq!(sent[0].uri().to_string(), "http://localhost:8080/ssf/events");
    assert_eq!(sent[0].headers()["content-type"], "application/secevent+jwt");
}

#[tokio::test]
async fn unknown_codes_are_answered_alike_and_slowed_down() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    world.linked(&mut browser).await;
    let right = stop_code(&world, "引き落とせるようになりました").await;
    let page = browser.get(&world, "/stop").await;
    let mut statuses = Vec::new();
    for n in 0..40 {
        let code = format!("ZZZZZZZZZZ{n:02}");
        statuses.push(browser.submit(&world, &page, "/stop", &[("code", &code)]).await.status);
    }

    let preview = browser.submit(&world, &page, "/stop", &[("code", &right)]).await;
    let done = browser.submit(&world, &preview, "/stop/confirm", &[]).await;

    assert!(done.body.contains("cas_"), "a right code is never limited");
    assert_eq!(statuses[0], 422);
    assert_eq!(statuses[39], 429);
    assert!(statuses.iter().all(|status| matches!(status, 422 | 429)));
}

#[tokio::test]
async fn a_passkey_that_was_not_mine_ends_with_every_link_since() {
    let world = World::new().await;
    let mut thief = Browser::new(1);
    thief.enter_portal(&world, "9000001").await;
    let code = stop_code(&world, "パスキーが登録されました").await;
    let linked = world.link(&mut thief).await;
    let mut victim = Browser::new(7);

    let page = victim.get(&world, "/stop").await;
    let preview = victim.submit(&world, &page, "/stop", &[("code", &code)]).await;
    victim.submit(&world, &preview, "/stop/confirm", &[]).await;

    let after = world.debit(&linked, 1, 1_000).await;
    assert_ne!(after.json()["result"]["outcome"], "booked");
    let page = thief.get(&world, "/holder/sign-in").await;
    let refused = thief.touch(&world, &page, "/holder/sign-in").await;
    assert_eq!(refused.header("location"), "/holder/sign-in?again=1");
}

#[tokio::test]
async fn a_holder_stops_lowers_and_raises_in_the_portal() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let path = format!("/holder/mandates/{}", linked.mandate_id);
    let caps = |day: &'static str, month: &'static str| [("per_day", day), ("per_month", month)];

    let lower = format!("{path}/lower");
    let page = browser.get(&world, &lower).await;
    let wider = browser.submit(&world, &page, &lower, &caps("60000", "300000")).await;
    let lowered = browser.submit(&world, &page, &lower, &caps("５,０００円", "100000")).await;
    let over = world.debit(&linked, 1, 5_001).await;
    let raise = format!("{path}/raise");
    let page = browser.get(&world, &raise).await;
    let signing = browser.submit(&world, &page, &raise, &caps("50000", "300000")).await;
    let raised = browser.touch(&world, &signing, &format!("{raise}/sign")).await;
    let still = world.debit(&linked, 2, 5_001).await;
    let shown = browser.follow(&world, &raised).await;
    let stop = format!("{path}/stop");
    let page = browser.get(&world, &stop).await;
    let stopped = browser.submit(&world, &page, &stop, &[]).await;

    assert_eq!(wider.status, 422, "lowering cannot raise");
    assert_eq!(lowered.status, 303, "{}", lowered.body);
    assert_eq!(over.json()["error"], "insufficient_user_authentication");
    assert_eq!(still.json()["error"], "insufficient_user_authentication", "raising waits");
    assert!(shown.body.contains("上限が上がる予定です"));
    assert!(stopped.header("location").ends_with("?done=stopped"));
    assert_eq!(world.debit(&linked, 3, 1_000).await.status, 401);
}

#[tokio::test]
async fn anyone_can_report_and_gets_a_case_number() {
    let world = World::new().await;
    let mut stranger = Browser::new(3);
    let page = stranger.get(&world, "/report").await;
    let fields = [("contact", "090-5555-6666"), ("text", "<b>心当たりがない</b>")];

    let empty = stranger.submit(&world, &page, "/report", &[("contact", ""), ("text", "")]).await;
    let taken = stranger.submit(&world, &page, "/report", &fields).await;

    assert_eq!(empty.status, 422);
    // Number and code are copied together.
    let copied = between(&taken.body, "data-copy=\"", "\"").unwrap();
    let case = copied.split(' ').next().unwrap();
    let mut staff = Browser::new(9);
    staff.enter_desk(&world, "STAFFAOKI").await;
    let found = staff.get(&world, &format!("/desk/find?number={case}")).await;
    let shown = staff.follow(&world, &found).await;
    assert!(shown.body.contains("090-5555-6666"));
    assert!(shown.body.contains("&lt;b&gt;"), "what strangers write is text");
}

/// What a partner takes in a day has an end: a network that reports and reports must not use it up.
#[tokio::test]
async fn one_network_has_a_wallet_told_of_five_reports_and_the_rest_when_somebody_looked() {
    let world = World::new().await;
    for _ in 0..7 {
        let mut anyone = Browser::new(3);
        let page = anyone.get(&world, "/report").await;
        let fields = [("contact", "a@example.jp"), ("text", "?"), ("about", CLIENT)];
        let taken = anyone.submit(&world, &page, "/report", &fields).await;
        assert_eq!(taken.status, 201, "each gets its number and its code");
    }

    let moment = world.state.site.world.moment("");
    let partner = world.state.bank.partner(CLIENT).await.unwrap();
    let due = world.state.bank.due_events(&moment.ctx(), &partner).await.unwrap();
    assert_eq!(due.len(), 5);
}

/// Whoever waits looks as often as they like; only what is wrong is counted, and a neighbor's wrong codes turn
/// nobody away.
#[tokio::test]
async fn looking_with_the_right_code_is_not_counted_as_wrong() {
    let world = World::new().await;
    let mut caller = Browser::new(3);
    let form = caller.get(&world, "/report").await;
    let said = [("contact", "03-1234-5678"), ("text", "知らない引き落とし")];
    let done = caller.submit(&world, &form, "/report", &said).await;
    let copied = between(&done.body, "data-copy=\"", "\"").unwrap();
    let (number, code) = copied.split_once(' ').unwrap();
    let page = caller.get(&world, "/report/look").await;
    let mut look = async |code: &str| {
        let typed = [("number", number), ("code", code)];
        caller.submit(&world, &page, "/report/look", &typed).await.status
    };
    for _ in 0..30 {
        assert_eq!(look(code).await, 200);
    }

    let mut wrong = Vec::new();
    for _ in 0..21 {
        wrong.push(look("AAAA-BBBB-CCCC").await);
    }

    assert_eq!((wrong[0], wrong[19], wrong[20]), (422, 422, 429));
    assert_eq!(look(code).await, 200);
}
