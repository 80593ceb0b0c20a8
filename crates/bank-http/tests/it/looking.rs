//! Somebody without a passkey in the portal: sees, stops, locks, lowers, and nothing else.

use kanuki_bank::mandate::Mandate;
use kanuki_domain::{
    case_number::said,
    mandate::{MandateState, later},
    route::Route,
};
use kanuki_record::Unit;

use crate::{
    browser::{Browser, between},
    wallet::Linked,
    world::World,
};

/// A browser that looks, by a call from the number on file.
async fn looker(world: &World) -> Browser {
    let mut browser = Browser::new(9);
    let page = browser.get(world, "/holder/look").await;
    let fields = [("branch", "001"), ("number", "9000001"), ("proof", "call")];
    let next = browser.submit(world, &page, "/holder/look", &fields).await;
    let waiting = browser.follow(world, &next).await;
    let shown = between(&waiting.body, "stop-code-groups\">", "</p>").unwrap();
    let reference: String = shown.chars().filter(char::is_ascii_digit).collect();
    let moment = world.state.site.world.moment("");
    let called = world.state.bank.call_received(&moment.ctx(), "090-1111-2222", &reference).await;
    assert!(called.unwrap());
    let proven = browser.get(world, next.header("location")).await;
    let entered = browser.submit(world, &proven, "/holder/look/enter", &[]).await;
    assert_eq!((entered.status, entered.header("location")), (303, "/holder"));
    browser
}

async fn sign_in(world: &World, browser: &mut Browser) {
    let page = browser.get(world, "/holder/sign-in").await;
    let next = browser.touch(world, &page, "/holder/sign-in").await;
    assert_eq!(next.header("location"), "/holder");
}

async fn linked(world: &World) -> Linked {
    world.linked(&mut Browser::new(3)).await
}

#[tokio::test]
async fn whoever_looks_sees_every_link_and_stops_one_of_them() {
    let world = World::new().await;
    let linked = linked(&world).await;
    let mut browser = looker(&world).await;

    let portal = browser.get(&world, "/holder").await;
    assert!(portal.body.contains("閂ウォレット") && portal.body.contains("見る・止めるだけ"));
    let path = format!("/holder/mandates/{}", linked.mandate_id);
    let page = browser.get(&world, &format!("{path}/stop")).await;
    let done = browser.submit(&world, &page, &format!("{path}/stop"), &[]).await;
    let debit = world.debit(&linked, 1, 1_000).await;

    assert!(done.header("location").ends_with("?done=stopped"));
    assert_eq!(debit.status, 401, "its tokens are void: {}", debit.body);
    world.letter("口座の連携を見る画面が開かれました").await;
}

#[tokio::test]
async fn one_press_stops_everything_and_says_what_happened_to_the_money() {
    let world = World::new().await;
    let linked = linked(&world).await;
    let mut browser = looker(&world).await;

    let page = browser.get(&world, "/holder/stop-all").await;
    let done = browser.submit(&world, &page, "/holder/stop-all", &[]).await;
    let portal = browser.follow(&world, &done).await;
    let debit = world.debit(&linked, 1, 1_000).await;
    let lock = browser.get(&world, "/holder/lock").await;

    let long = done.header("location").split_once("stopped=").unwrap().1.to_owned();
    let told = format!("受付番号は {} です", said(long.parse().unwrap()));
    assert!(portal.body.contains("お金は口座にあります") && portal.body.contains(&told));
    let reason = debit.json()["result"]["reason"].clone();
    assert!(reason == "stopped" || reason == "not_active", "{reason}");
    assert!(!lock.body.contains("action=\"/holder/lock\""), "nothing is left to lock");
}

/// The lost telephone may be the one thing that its owner signs in with.
#[tokio::test]
async fn whoever_looks_ends_what_was_lost_and_everybody_is_signed_out() {
    let world = World::new().await;
    let linked = linked(&world).await;
    let mut browser = looker(&world).await;

    let page = browser.get(&world, "/holder/security").await;
    let end = between(&page.body, "href=\"/holder/security/", "\"").unwrap().to_owned();
    let path = format!("/holder/security/{end}");
    let asked = browser.get(&world, &path).await;
    let fields = [("why", "lost")];
    let done = browser.submit(&world, &asked, &path, &fields).await;
    let debit = world.debit(&linked, 1, 1_000).await;
    let again = browser.get(&world, "/holder").await;

    assert!(!page.body.contains("href=\"/holder/contacts\""), "nothing is offered that loosens");
    assert!(done.body.contains("cas_"), "{}", done.body);
    assert!(debit.body.contains("not_active"), "a link that was made since stops: {}", debit.body);
    assert!(again.header("location").starts_with("/holder/sign-in"));
    world.letter("ログインの方法が1つ止められました").await;
}

/// Whoever had the telephone may still be signed in with it.
#[tokio::test]
async fn what_is_removed_signs_every_other_browser_out_and_can_be_called_lost_later() {
    let world = World::new().await;
    let mut hers = Browser::new(3);
    let linked = world.linked(&mut hers).await;
    sign_in(&world, &mut hers).await;
    let mut other = looker(&world).await;

    let page = hers.get(&world, "/holder/security?done=ended").await;
    assert!(!page.body.contains("外しました"), "an address says nothing that is not so");
    let end = between(&page.body, "href=\"/holder/security/", "\"").unwrap().to_owned();
    let path = format!("/holder/security/{end}");
    let asked = hers.get(&world, &path).await;
    let removed = hers.submit(&world, &asked, &path, &[("why", "unused")]).await;
    let page = hers.follow(&world, &removed).await;
    let out = other.get(&world, "/holder").await;
    let debit = world.debit(&linked, 1, 1_000).await;

    assert!(page.body.contains("連携は続いています"), "{}", page.body);
    assert!(out.header("location").starts_with("/holder/sign-in"), "{}", out.body);
    assert!(debit.body.contains("booked"), "{}", debit.body);
    let late = hers.get(&world, &path).await;
    assert!(page.body.contains(&path) && late.body.contains("前に外したもの"), "{}", late.body);
    assert!(!late.body.contains("もう使わない"));
    let lost = hers.submit(&world, &late, &path, &[("why", "lost")]).await;
    assert!(lost.body.contains("cas_"), "{}", lost.body);
    let after = world.debit(&linked, 2, 1_000).await;
    assert!(after.body.contains("not_active"), "{}", after.body);
}

/// A borrowed telephone stops what was lost, and takes nobody's strongest proof away quietly.
#[tokio::test]
async fn whoever_looks_takes_no_passkey_away_without_a_word() {
    let world = World::new().await;
    let mut hers = Browser::new(3);
    let linked = world.linked(&mut hers).await;
    let mut browser = looker(&world).await;
    let page = browser.get(&world, "/holder/security").await;
    let end = between(&page.body, "href=\"/holder/security/", "\"").unwrap().to_owned();
    let path = format!("/holder/security/{end}");

    let asked = browser.get(&world, &path).await;
    let refused = browser.submit(&world, &asked, &path, &[("why", "unused")]).await;

    assert!(!asked.body.contains("value=\"unused\"") && asked.body.contains("value=\"lost\""));
    assert!(refused.header("location").starts_with("/holder/sign-in"), "{}", refused.body);
    sign_in(&world, &mut hers).await;
    let debit = world.debit(&linked, 1, 1_000).await;
    assert!(debit.body.contains("booked"), "{}", debit.body);
}

/// The bank's core is down for the night, and the links stop all the same.
#[tokio::test]
async fn everything_stops_without_the_core_and_the_page_says_what_follows() {
    let world = World::new().await;
    let linked = linked(&world).await;
    let mut browser = looker(&world).await;
    let page = browser.get(&world, "/holder/stop-all").await;
    *world.core.is_gone.lock().unwrap() = true;

    let done = browser.submit(&world, &page, "/holder/stop-all", &[]).await;

    assert_eq!(done.status, 503);
    assert!(done.body.contains("残りは自動で続けます"), "{}", done.body);
    *world.core.is_gone.lock().unwrap() = false;
    let debit = world.debit(&linked, 1, 1_000).await;
    assert_eq!(debit.json()["result"]["reason"], "stopped", "{}", debit.body);
}

/// Every page that loosens, or reaches the contacts, asks for a passkey.
#[tokio::test]
async fn whoever_looks_loosens_nothing() {
    let world = World::new().await;
    let linked = linked(&world).await;
    let mut browser = looker(&world).await;
    let path = format!("/holder/mandates/{}", linked.mandate_id);
    let csrf = browser.csrf(&world, "/stop").await;

    for page in ["/holder/contacts", "/holder/approvals", "/holder/card", "/holder/app"] {
        let reply = browser.get(&world, page).await;
        assert!(reply.header("location").starts_with("/holder/sign-in"), "{page}");
    }
    let raise = browser.get(&world, &format!("{path}/raise")).await;
    assert!(raise.header("location").starts_with("/holder/sign-in"), "raise");
    for form in [
        "/holder/contacts".to_owned(),
        "/holder/contacts/sign".to_owned(),
        "/holder/approvals/sign".to_owned(),
        "/holder/lock/open".to_owned(),
        "/holder/lock/open/sign".to_owned(),
        format!("{path}/raise"),
        format!("{path}/raise/sign"),
        format!("{path}/confirm"),
        format!("{path}/second"),
    ] {
        let fields = [
            ("csrf", csrf.as_str()),
            ("account", "bac_x"),
            ("kind", "phone"),
            ("to", "090-1234-5678"),
            ("ceremony", "cer_00000000000000000000000000"),
            ("credential", "{}"),
            ("number", "00"),
            ("per_day", "20000"),
            ("per_month", "90000"),
            ("code", "0"),
            ("second", "letter"),
        ];
        let reply = browser.post(&world, &form, &fields).await;
        assert!(
            reply.status == 303 && reply.header("location").starts_with("/holder/sign-in"),
            "{form}: {} {}",
            reply.status,
            reply.header("location")
        );
    }
}

/// A call from a taken-over number must not show the reference that another call would confirm with.
#[tokio::test]
async fn a_link_that_waits_shows_whoever_looks_neither_its_code_field_nor_its_reference() {
    let world = World::new().await;
    let mut hers = Browser::new(3);
    let linked = world.linked(&mut hers).await;
    let book = &world.state.bank.book;
    let mut mandate = book.load::<Mandate>(linked.mandate_id).await.unwrap();
    let lapses_at = later(world.now(), 7 * 86_400);
    mandate.edit().state = MandateState::Unconfirmed { lapses_at };
    mandate.edit().route = Route::Call;
    let mut unit = Unit::new();
    unit.update(&mandate);
    book.commit(unit).await.unwrap();
    let path = format!("/holder/mandates/{}", linked.mandate_id);
    let page = hers.get(&world, "/holder/sign-in").await;
    hers.touch(&world, &page, "/holder/sign-in").await;
    let page = hers.get(&world, &path).await;
    assert!(page.body.contains(&format!("action=\"{path}/second\"")), "{}", page.body);
    let fields = [("second", "branch")];
    let chosen = hers.submit(&world, &page, &format!("{path}/second"), &fields).await;
    let page = hers.follow(&world, &chosen).await;
    assert!(page.body.contains("stop-code-groups"), "its holder sees it: {}", page.body);

    let seen = looker(&world).await.get(&world, &path).await;

    assert!(seen.body.contains("この画面では確認できません"), "{}", seen.body);
    assert!(seen.body.contains(&format!("href=\"{path}/stop\"")), "{}", seen.body);
    assert!(!seen.body.contains("stop-code-groups") && !seen.body.contains("name=\"code\""));
    assert!(!seen.body.contains(&format!("{path}/second")));
}

#[tokio::test]
async fn a_look_ends_after_an_hour_however_busy_it_is() {
    let world = World::new().await;
    linked(&world).await;
    let mut browser = looker(&world).await;
    for _ in 0..5 {
        world.wait(11 * 60);
        assert_eq!(browser.get(&world, "/holder").await.status, 200);
    }
    world.wait(6 * 60);
    assert_eq!(browser.get(&world, "/holder").await.status, 303);
}

/// Knowing a number must not tell whether it exists.
#[tokio::test]
async fn an_account_that_does_not_exist_looks_the_same_to_whoever_asks_to_look() {
    let world = World::new().await;
    let mut seen = Vec::new();
    for number in ["9000001", "9999999"] {
        let mut browser = Browser::new(1);
        let page = browser.get(&world, "/holder/look").await;
        let fields = [("branch", "001"), ("number", number), ("proof", "atm")];
        let next = browser.submit(&world, &page, "/holder/look", &fields).await;
        let page = browser.follow(&world, &next).await;
        let wrong =
            browser.submit(&world, &page, "/holder/look/code", &[("code", "1111111111")]).await;
        seen.push((next.status, page.status, page.body.len(), wrong.status, wrong.body.len()));
    }
    assert_eq!(seen[0], seen[1]);
}

/// For those without a browser: staff do the same acts, read back and recorded, and nothing more.
#[tokio::test]
async fn staff_stop_for_a_caller_what_they_read_back_and_the_case_says_so() {
    let world = World::new().await;
    let linked = linked(&world).await;
    let mut staff = Browser::new(11);
    staff.enter_desk(&world, "STAFFAOKI").await;

    let page = staff.get(&world, "/desk/phone").await;
    let call = |number| [("branch", "001"), ("number", number), ("believed", "called_back")];
    let wrong = staff.submit(&world, &page, "/desk/phone", &call("9999999")).await;
    let taken = staff.submit(&world, &page, "/desk/phone", &call("9000001")).await;
    let case = staff.follow(&world, &taken).await;
    let act = format!("{}/phone", taken.header("location"));
    let id = linked.mandate_id.to_string();
    let csrf = staff.csrf(&world, "/desk/phone").await;
    let (cap0, cap1) = (format!("cap0-{id}"), format!("cap1-{id}"));
    let fields = |act, read_back, amount| {
        [
            ("csrf", csrf.as_str()),
            ("act", act),
            ("mandate", id.as_str()),
            ("read_back", read_back),
            (cap0.as_str(), amount),
            (cap1.as_str(), amount),
        ]
    };
    let unread = staff.post(&world, &act, &fields("stop", "no", "5000")).await;
    let before = world.debit(&linked, 1, 1_000).await;
    let higher = staff.post(&world, &act, &fields("lower", "yes", "9000000")).await;
    let lowered = staff.post(&world, &act, &fields("lower", "yes", "5000")).await;
    // Within what a fresh link may take, and above what was lowered.
    let over = world.debit(&linked, 2, 6_000).await;
    let stopped = staff.post(&world, &act, &fields("stop", "yes", "5000")).await;
    let after = world.debit(&linked, 3, 1_000).await;
    let recorded = staff.get(&world, taken.header("location")).await;

    assert_eq!(wrong.status, 422);
    assert!(case.body.contains("閂ウォレット") && case.body.contains("届け出の番号へかけ直して"));
    assert_eq!(unread.status, 422, "nothing is done that was not read back");
    assert_eq!(before.status, 201, "{}", before.body);
    assert_eq!(higher.status, 422, "nothing is raised by telephone: {}", higher.body);
    assert_eq!(lowered.status, 303, "{}", lowered.body);
    assert_ne!(over.status, 201, "{}", over.body);
    assert_eq!(stopped.status, 303, "{}", stopped.body);
    let reason = after.json()["result"]["reason"].clone();
    assert!(reason == "stopped" || reason == "not_active", "{reason}");
    assert!(recorded.body.contains(&format!("電話：連携を止めました {id}")));
    let offers = |page: &str| page.contains("name=\"act\" value=\"stop\"");
    assert!(offers(&case.body) && !offers(&recorded.body), "what is stopped is not offered again");
}

/// Whoever hears of nothing notices nothing; and a thief on the telephone silences nothing.
#[tokio::test]
async fn staff_set_for_a_caller_that_they_hear_of_more_and_never_of_less() {
    let world = World::new().await;
    let mut holder = Browser::new(3);
    world.linked(&mut holder).await;
    let page = holder.get(&world, "/holder/alerts").await;
    let less = [("debits_from", "3000"), ("only_to", "email")];
    let page = holder.submit(&world, &page, "/holder/alerts", &less).await;
    holder.touch(&world, &page, "/holder/alerts/sign").await;
    let mut staff = Browser::new(11);
    staff.enter_desk(&world, "STAFFAOKI").await;
    let page = staff.get(&world, "/desk/phone").await;
    let call = [("branch", "001"), ("number", "9000001"), ("believed", "called_back")];
    let taken = staff.submit(&world, &page, "/desk/phone", &call).await;
    let act = format!("{}/phone", taken.header("location"));
    let case = staff.follow(&world, &taken).await;
    let csrf = staff.csrf(&world, "/desk/phone").await;
    let fields = |from, everywhere, read_back| {
        [
            ("csrf", csrf.as_str()),
            ("act", "alerts"),
            ("debits_from", from),
            ("everywhere", everywhere),
            ("attempts", "yes"),
            ("read_back", read_back),
        ]
    };
    let unread = staff.post(&world, &act, &fields("0", "yes", "no")).await;
    let lower = staff.post(&world, &act, &fields("10000", "", "yes")).await;
    let more = staff.post(&world, &act, &fields("1000", "yes", "yes")).await;
    let again = staff.post(&world, &act, &fields("3000", "", "yes")).await;
    let set = holder.get(&world, "/holder/alerts").await;
    let recorded = staff.get(&world, taken.header("location")).await;

    assert!(case.body.contains("¥3,000から") && !case.body.contains("value=\"10000\""));
    assert_eq!((unread.status, lower.status, again.status), (422, 422, 422), "nothing is less");
    assert_eq!(more.status, 303, "{}", more.body);
    assert!(set.body.contains("value=\"1000\" checked"), "{}", set.body);
    assert!(
        recorded.body.contains(
            "電話：お知らせを増やしました ¥1,000から、断った申し込みのお知らせ お知らせする、お届けの連絡先すべて"
        )
    );
    world.letter("お客さまへのお知らせを増やしました").await;
}

async fn begin(world: &World, browser: &mut Browser, number: &str, proof: &str) -> u16 {
    let page = browser.get(world, "/holder/look").await;
    let fields = [("branch", "001"), ("number", number), ("proof", proof)];
    browser.submit(world, &page, "/holder/look", &fields).await.status
}

/// A café, an office, a carrier's address that thousands share.
#[tokio::test]
async fn strangers_in_a_network_do_not_use_up_a_holders_way_to_look() {
    let world = World::new().await;
    for n in 0..40 {
        let number = format!("80{n:05}");
        let mut stranger = Browser::new(1);
        begin(&world, &mut stranger, &number, "call").await;
    }
    let mut stranger = Browser::new(1);
    assert_eq!(begin(&world, &mut stranger, "8100000", "post").await, 429, "letters cost");

    let mut holder = looker(&world).await;

    assert!(holder.get(&world, "/holder").await.body.contains("見る・止めるだけ"));
    for _ in 0..10 {
        begin(&world, &mut Browser::new(2), "8000001", "call").await;
    }
    let again = begin(&world, &mut Browser::new(2), "8000001", "call").await;
    assert_eq!(again, 429, "an account's tries in a network have an end too");
    let mut walker = Browser::new(3);
    let mut answers = Vec::new();
    for n in 0..5 {
        answers.push(begin(&world, &mut walker, &format!("820000{n}"), "atm").await);
    }
    assert_eq!(answers, [303, 303, 303, 429, 429], "one browser walks over three accounts a day");
}

/// Keeping silences a warning.
#[tokio::test]
async fn whoever_looks_cannot_say_that_a_contract_is_theirs() {
    let world = World::new().await;
    linked(&world).await;
    let id = world.contract("9000001").await;
    let mut browser = looker(&world).await;
    let path = format!("/holder/contracts/{id}");
    let page = browser.get(&world, &path).await;
    let csrf = browser.csrf(&world, "/stop").await;
    let kept = browser.post(&world, &format!("{path}/keep"), &[("csrf", &csrf)]).await;

    assert_eq!(page.status, 200);
    assert!(!page.body.contains("/keep"), "it is not offered");
    assert!(kept.status == 303 && kept.header("location").starts_with("/holder/sign-in"));
}

/// Staff may have been talked into it.
#[tokio::test]
async fn a_holder_hears_that_staff_took_a_call_for_them() {
    let world = World::new().await;
    let mut staff = Browser::new(11);
    staff.enter_desk(&world, "STAFFAOKI").await;
    let before = world.letters.kept.lock().unwrap().len();
    let page = staff.get(&world, "/desk/phone").await;
    let call = [("branch", "001"), ("number", "9000002"), ("believed", "at_counter")];
    let taken = staff.submit(&world, &page, "/desk/phone", &call).await;

    assert_eq!(taken.status, 303, "{}", taken.body);
    let letter = world.letter("口座の連携を見る画面が開かれました").await;
    assert!(letter.to.contains("c2") || letter.to.contains("09033334444"), "{}", letter.to);
    assert!(world.letters.kept.lock().unwrap().len() > before);
}

/// Hearing more tightens; hearing less is the holder's passkey's.
#[tokio::test]
async fn whoever_looks_may_ask_to_hear_more_and_never_less() {
    let world = World::new().await;
    linked(&world).await;
    let mut browser = looker(&world).await;
    let page = browser.get(&world, "/holder/alerts").await;
    let more = [("debits_from", "0"), ("attempts", "yes")];
    let raised = browser.submit(&world, &page, "/holder/alerts", &more).await;
    let less = browser.submit(&world, &page, "/holder/alerts", &[("debits_from", "3000")]).await;

    assert_eq!(raised.header("location"), "/holder/alerts?done=1");
    assert!(less.status == 303 && less.header("location").starts_with("/holder/sign-in"));
}

#[tokio::test]
async fn a_holder_signs_to_hear_less_and_every_contact_hears_that() {
    let world = World::new().await;
    let mut holder = Browser::new(3);
    world.linked(&mut holder).await;
    let page = holder.get(&world, "/holder/alerts").await;
    let page = holder.submit(&world, &page, "/holder/alerts", &[("debits_from", "3000")]).await;
    assert!(page.body.contains("¥3,000から"), "{}", page.body);
    let done = holder.touch(&world, &page, "/holder/alerts/sign").await;

    assert_eq!(done.header("location"), "/holder/alerts?done=1");
    world.letter("お知らせを減らしました").await;
}

#[tokio::test]
async fn a_holder_chooses_the_one_contact_that_hears_of_debits_and_no_other() {
    let world = World::new().await;
    let mut holder = Browser::new(3);
    world.linked(&mut holder).await;
    let page = holder.get(&world, "/holder/alerts").await;
    assert!(page.body.contains("お届けの連絡先すべて"), "{}", page.body);
    let by_mail = [("debits_from", "0"), ("only_to", "email")];
    let page = holder.submit(&world, &page, "/holder/alerts", &by_mail).await;
    assert!(page.body.contains("メールだけ"), "what is signed: {}", page.body);
    let done = holder.touch(&world, &page, "/holder/alerts/sign").await;
    assert_eq!(done.header("location"), "/holder/alerts?done=1");

    let page = holder.get(&world, "/holder/alerts").await;
    let guessed = [("debits_from", "0"), ("only_to", "pigeon")];
    let refused = holder.submit(&world, &page, "/holder/alerts", &guessed).await;
    assert_eq!(refused.status, 422);
}
