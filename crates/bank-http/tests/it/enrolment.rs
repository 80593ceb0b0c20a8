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
    assert!(page.body.contains("郵便での確認"), "the page says that it waits");
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
}

/// Knowing a number must not tell whether it exists.
#[tokio::test]
async fn an_account_that_does_not_exist_looks_the_same() {
    let world = World::new().await;
    let mut pages = Vec::new();
    for number in ["9000001", "9999999"] {
        let mut browser = Browser::new(1);
        let page = browser.get(&world, "/enrol").await;
        let fields = [("branch", "001"), ("number", number), ("proof", "atm")];
        let next = browser.submit(&world, &page, "/enrol", &fields).await;
        let page = browser.follow(&world, &next).await;
        let wrong = browser.submit(&world, &page, "/enrol/code", &[("code", "1111111111")]).await;
        let shown = between(&wrong.body, "stop-code-groups\">", "</p>").unwrap();
        let text: String = wrong
            .body
            .replace(shown, "")
            .split("value=\"")
            .map(|part| part.split_once('"').map_or(part, |(_, rest)| rest))
            .collect();
        pages.push((page.status, wrong.status, text.split("/lang").next().unwrap().to_owned()));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn an_enrolment_stays_in_its_browser() {
    let world = World::new().await;
    let (mut holder, mut thief) = (Browser::new(1), Browser::new(2));
    let page = holder.get(&world, "/enrol/branch").await;
    let next = holder.submit(&world, &page, "/enrol/branch", &[("code", "BRANCH9000001")]).await;

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
