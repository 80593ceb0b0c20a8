use kanuki_risk::Subject;

use crate::{
    browser::{Browser, between},
    wallet::facts,
    world::{CLIENT, World, account},
};

async fn arrive(world: &World, browser: &mut Browser) -> String {
    let request_uri = world.push(facts()).await;
    let query = [("client_id", CLIENT), ("request_uri", &request_uri)];
    let path = format!("/authorize?{}", serde_urlencoded::to_string(query).unwrap());
    let page = browser.get(world, &path).await;
    between(&page.body, "href=\"/enrol?", "\"").expect("a way without a passkey").to_owned()
}

#[tokio::test]
async fn a_holder_with_only_a_card_enrols_by_a_call_and_waits_for_a_letter() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let way = arrive(&world, &mut browser).await;

    let page = browser.get(&world, &format!("/enrol?{way}")).await;
    let fields = [("branch", "001"), ("number", "9000001"), ("proof", "call")];
    let next = browser.submit(&world, &page, "/enrol", &fields).await;
    let waiting = browser.follow(&world, &next).await;
    let wait_at = next.header("location").to_owned();
    let shown = between(&waiting.body, "stop-code-groups\">", "</p>").unwrap();
    let reference: String = shown.chars().filter(char::is_ascii_digit).collect();
    let moment = world.state.site.world.moment("");
    let bank = &world.state.bank;
    assert!(!bank.call_received(&moment.ctx(), "09099999999", &reference).await.unwrap());
    assert!(bank.call_received(&moment.ctx(), "090-1111-2222", &reference).await.unwrap());
    let next = browser.get(&world, &wait_at).await;
    let page = browser.follow(&world, &next).await;
    let next = browser.touch(&world, &page, "/enrol/passkey").await;
    let page = browser.follow(&world, &next).await;
    let next = browser.touch(&world, &page, "/authorize/sign-in").await;
    let page = browser.follow(&world, &next).await;
    let chosen = between(&page.body, "name=\"account\" value=\"", "\"").unwrap().to_owned();
    let next = browser.submit(&world, &page, "/authorize/account", &[("account", &chosen)]).await;
    let page = browser.follow(&world, &next).await;
    assert!(page.body.contains("別の方法での確認"), "the page says that it waits");
    let next = browser.touch(&world, &page, "/authorize/consent").await;
    let tokens = world.exchange(next.header("location")).await;
    let mandate_id = tokens.authorization_details[0].mandate_id;
    let linked = crate::wallet::Linked { tokens, mandate_id };
    let before = world.debit(&linked, 1, 1_000).await;

    let page = browser.get(&world, "/holder/sign-in").await;
    browser.touch(&world, &page, "/holder/sign-in").await;
    let letter = world.letter("確認コード：").await;
    assert_eq!(letter.to, "東京都千代田区千代田1-1");
    let code = between(&letter.body, "確認コード：", "\n").unwrap().to_owned();
    let path = format!("/holder/mandates/{mandate_id}");
    let page = browser.get(&world, &path).await;
    let confirm = format!("{path}/confirm");
    let wrong = browser.submit(&world, &page, &confirm, &[("code", "0000000000")]).await;
    let right = browser.submit(&world, &page, &confirm, &[("code", &code)]).await;
    let after = world.debit(&linked, 2, 1_000).await;

    assert_eq!(before.json()["result"]["reason"], "not_active");
    assert!(wrong.header("location").ends_with("?wrong=1"));
    assert!(right.header("location").ends_with("?done=confirmed"));
    assert_eq!(after.status, 201, "{}", after.body);
}

#[tokio::test]
async fn the_atm_prints_a_code_that_is_typed_once() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let page = browser.get(&world, "/enrol").await;
    let fields = [("branch", "001"), ("number", "9000001"), ("proof", "atm")];
    let next = browser.submit(&world, &page, "/enrol", &fields).await;
    let page = browser.follow(&world, &next).await;
    let moment = world.state.site.world.moment("");
    let shown = between(&page.body, "stop-code-groups\">", "</p>").unwrap();
    let code = world.state.bank.atm_code(&moment.ctx(), &account("9000001"), shown).await.unwrap();

    let wrong = browser.submit(&world, &page, "/enrol/code", &[("code", "0000000000")]).await;
    let right = browser.submit(&world, &page, "/enrol/code", &[("code", &code.unwrap())]).await;
    let page = browser.follow(&world, &right).await;
    let made = browser.touch(&world, &page, "/enrol/passkey").await;

    assert_eq!(wrong.status, 422);
    assert_eq!(made.header("location"), "/holder/sign-in?new=1");
    let (known, _) = world.state.bank.risk.size(Subject::Address);
    assert_eq!(known, 1, "the page says from which address it is asked");
}

/// Strangers who type wrong codes for an account must not keep its holder from typing the right one,
/// nor leave a page without a field for it.
#[tokio::test]
async fn a_holder_who_mistypes_after_strangers_did_still_has_a_field_for_the_right_code() {
    let world = World::new().await;
    let begin = async |browser: &mut Browser| {
        let page = browser.get(&world, "/enrol").await;
        let fields = [("branch", "001"), ("number", "9000001"), ("proof", "atm")];
        let next = browser.submit(&world, &page, "/enrol", &fields).await;
        browser.follow(&world, &next).await
    };
    let mut hers = Browser::new(1);
    let page = begin(&mut hers).await;
    let moment = world.state.site.world.moment("");
    let shown = between(&page.body, "stop-code-groups\">", "</p>").unwrap();
    let code = world.state.bank.atm_code(&moment.ctx(), &account("9000001"), shown).await.unwrap();
    let wrong = [("code", "0000000000")];
    let mut is_used_up = false;
    for n in 20..32 {
        let mut stranger = Browser::new(n);
        let page = begin(&mut stranger).await;
        for _ in 0..4 {
            let refused = stranger.submit(&world, &page, "/enrol/code", &wrong).await;
            is_used_up |= refused.status == 429;
        }
        if is_used_up {
            break;
        }
    }
    assert!(is_used_up, "the account's wrong codes come to an end");

    let mistyped = hers.submit(&world, &page, "/enrol/code", &wrong).await;
    let right = [("code", code.as_deref().unwrap())];
    let taken = hers.submit(&world, &mistyped, "/enrol/code", &right).await;

    assert_eq!(mistyped.status, 429);
    assert!(mistyped.body.contains("name=\"code\"") && mistyped.body.contains("正しいコード"));
    assert!(taken.header("location").starts_with("/enrol/passkey"), "{}", taken.body);
}

/// A page without what differs by chance: tokens, ids and the reference.
fn words(body: &str) -> String {
    let shown = between(body, "stop-code-groups\">", "</p>").unwrap_or_default();
    let text: String = body
        .replace(shown, "")
        .split("value=\"")
        .map(|part| part.split_once('"').map_or(part, |(_, rest)| rest))
        .collect();
    let text = text.split("/lang").next().unwrap().to_owned();
    text.split("enrolment=enr_").map(|part| part.get(26..).unwrap_or(part)).collect()
}

/// Five wrong codes: no field that takes nothing, no wait that does not help, and a way on.
#[tokio::test]
async fn a_registration_that_wrong_codes_ended_says_so_and_a_letters_code_is_good_in_a_new_one() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let begin = async |browser: &mut Browser| {
        let page = browser.get(&world, "/enrol").await;
        let fields = [("branch", "001"), ("number", "9000001"), ("proof", "post")];
        browser.submit(&world, &page, "/enrol", &fields).await
    };
    let next = begin(&mut browser).await;
    let page = browser.follow(&world, &next).await;
    let letter = world.letter("登録コード：").await;
    let code = between(&letter.body, "登録コード：", "\n").unwrap().to_owned();
    let wrong = [("code", "0000000000")];
    for _ in 0..4 {
        let refused = browser.submit(&world, &page, "/enrol/code", &wrong).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
    }

    let last = browser.submit(&world, &page, "/enrol/code", &wrong).await;
    let right = browser.submit(&world, &page, "/enrol/code", &[("code", &code)]).await;
    let again = browser.get(&world, next.header("location")).await;
    for over in [&last, &right, &again] {
        assert_eq!(over.status, 410, "{}", over.body);
        assert!(over.body.contains("やり直せます") && !over.body.contains("name=\"code\""));
    }
    let start = browser.get(&world, "/enrol").await;
    assert!(!start.body.contains(next.header("location")), "nothing leads back there");

    let next = begin(&mut browser).await;
    let page = browser.follow(&world, &next).await;
    let taken = browser.submit(&world, &page, "/enrol/code", &[("code", &code)]).await;
    assert!(taken.header("location").starts_with("/enrol/passkey"), "{}", taken.body);
}

/// Knowing a number must not tell whether it exists, nor whether it was planted.
#[tokio::test]
async fn an_account_that_does_not_exist_looks_the_same() {
    for proof in ["call", "atm", "post", "branch"] {
        let world = World::new().await;
        world.state.bank.set_canaries(&[account("9999998")]).unwrap();
        let mut pages = Vec::new();
        for number in ["9000001", "9999999", "9999998"] {
            let mut browser = Browser::new(1);
            let page = browser.get(&world, "/enrol").await;
            let fields = [("branch", "001"), ("number", number), ("proof", proof)];
            let next = browser.submit(&world, &page, "/enrol", &fields).await;
            let page = browser.follow(&world, &next).await;
            world.tick().await;
            let again = browser.get(&world, next.header("location")).await;
            let mut seen =
                vec![(page.status, words(&page.body)), (again.status, words(&again.body))];
            if proof != "call" {
                let fields = [("code", "1111111111")];
                let wrong = browser.submit(&world, &page, "/enrol/code", &fields).await;
                seen.push((wrong.status, words(&wrong.body)));
            }
            pages.push(seen);
        }
        assert_eq!(pages[0], pages[1], "{proof}");
        assert_eq!(pages[0], pages[2], "{proof}, planted");
    }
}

/// Whoever chooses is told which ways are slower, and why.
#[tokio::test]
async fn the_page_says_which_ways_are_slower() {
    let world = World::new().await;
    let page = Browser::new(1).get(&world, "/enrol").await;

    let parts: Vec<&str> = page.body.split("だまされて使わされる").collect();
    assert_eq!(parts.len(), 2, "once: {}", page.body);
    assert!(!parts[0].contains("type=\"radio\""), "above the ways that it speaks of");
    assert!(parts[1].contains("10,000"), "and how much a link by them may take at first");
    assert!(!page.body.contains("マイナンバーカード"), "this bank reads no cards");
}

#[tokio::test]
async fn a_link_that_waits_is_confirmed_at_the_machine() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let page = browser.get(&world, "/enrol").await;
    let fields = [("branch", "001"), ("number", "9000001"), ("proof", "post")];
    let next = browser.submit(&world, &page, "/enrol", &fields).await;
    let page = browser.follow(&world, &next).await;
    let letter = world.letter("登録コード：").await;
    let code = between(&letter.body, "登録コード：", "\n").unwrap().to_owned();
    let next = browser.submit(&world, &page, "/enrol/code", &[("code", &code)]).await;
    let page = browser.follow(&world, &next).await;
    browser.touch(&world, &page, "/enrol/passkey").await;
    let linked = world.link(&mut browser).await;
    let page = browser.get(&world, "/holder/sign-in").await;
    browser.touch(&world, &page, "/holder/sign-in").await;
    let path = format!("/holder/mandates/{}", linked.mandate_id);

    let page = browser.get(&world, &path).await;
    assert!(!page.body.contains("value=\"letter\""), "never the channel it came by");
    let second = format!("{path}/second");
    let next = browser.submit(&world, &page, &second, &[("second", "atm")]).await;
    let page = browser.follow(&world, &next).await;
    let shown = between(&page.body, "stop-code-groups\">", "</p>").unwrap().to_owned();
    let moment = world.state.site.world.moment("");
    let slip = world.state.bank.atm_code(&moment.ctx(), &account("9000001"), &shown).await;
    let code = slip.unwrap().unwrap();
    let confirm = format!("{path}/confirm");
    let right = browser.submit(&world, &page, &confirm, &[("code", &code)]).await;

    assert!(right.header("location").ends_with("?done=confirmed"), "{}", right.body);
    assert_eq!(world.debit(&linked, 1, 1_000).await.status, 201);
}

#[tokio::test]
async fn an_enrolment_stays_in_its_browser() {
    let world = World::new().await;
    let (mut holder, mut thief) = (Browser::new(1), Browser::new(2));
    let next = holder.prove_at_branch(&world, "9000001").await;

    let stolen = thief.get(&world, next.header("location")).await;

    assert_eq!(stolen.status, 404);
}

#[tokio::test]
async fn opening_ceremonies_has_an_end_for_one_network() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    assert_eq!(browser.get(&world, "/holder/sign-in").await.status, 200);
    for _ in 0..1_000 {
        browser.get(&world, "/holder/sign-in").await;
    }

    assert_eq!(browser.get(&world, "/desk/sign-in").await.status, 429);
    assert_eq!(browser.get(&world, "/stop").await.status, 200, "stopping is not affected");
}
