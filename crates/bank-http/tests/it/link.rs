use http::Method;

use crate::{
    browser::Browser,
    wallet::facts,
    world::{CLIENT, World},
};

#[tokio::test]
async fn a_holder_links_an_account_and_the_wallet_debits_it() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;

    let page = world.to_consent(&mut browser, facts()).await;
    for shown in ["閂ウォレット", "***0001", "¥50,000", "¥300,000", "24時間", "30日"] {
        assert!(page.body.contains(shown), "{shown} is not on the consent page");
    }
    assert!(!page.body.contains("500,000"), "the balance is nobody's business");
    let linked = world.link(&mut browser).await;
    let booked = world.debit(&linked, 1, 8_000).await;
    let again = world.debit(&linked, 1, 8_000).await;
    let over = world.debit(&linked, 2, 2_001).await;

    assert_eq!((booked.status, booked.json()["result"]["outcome"].as_str()), (201, Some("booked")));
    assert_eq!(booked.body, again.body, "the same id is the same debit");
    assert_eq!(over.json()["result"]["reason"], "over_limit", "a new link cools off");
    assert_eq!(world.core.balance("9000001"), 492_000);
}

#[tokio::test]
async fn english_is_one_tap_away() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.lang = "en";
    let linked = world.linked(&mut browser).await;

    let portal = browser.get(&world, "/holder").await;
    let mandate = browser.get(&world, &format!("/holder/mandates/{}", linked.mandate_id)).await;

    assert!(portal.body.contains("Links in force"));
    assert!(mandate.body.contains("Small amounts only"));
}

#[tokio::test]
async fn the_notice_has_a_stop_code_and_no_link() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    world.linked(&mut browser).await;

    let letter = world.letter("引き落とせるようになりました").await;

    assert!(letter.body.contains("停止コード："));
    assert!(letter.subject.contains("はなみずき銀行"));
    for link in ["http", "www", "://", ".jp/", "localhost"] {
        assert!(!letter.body.contains(link), "FT-41: {}", letter.body);
    }
}

#[tokio::test]
async fn a_refusal_goes_back_as_access_denied() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;
    let page = world.to_consent(&mut browser, facts()).await;

    let back = browser.submit(&world, &page, "/authorize/refuse", &[]).await;

    assert_eq!(back.status, 303);
    assert!(back.header("location").contains("error=access_denied"));
    assert!(back.header("location").contains("iss=http%3A%2F%2Flocalhost%3A8081"));
    let again = browser.touch(&world, &page, "/authorize/consent").await;
    assert_eq!(again.status, 409, "it was answered");

    let portal = browser.get(&world, "/holder").await;
    assert!(portal.body.contains("断った連携") && portal.body.contains("***0001"));
}

#[tokio::test]
async fn another_persons_wallet_is_refused_and_nothing_is_revealed() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000002").await;

    let page = world.to_consent(&mut browser, facts()).await;

    assert_eq!(page.status, 403);
    for told in ["山田", "鈴木", "1955", "千代田"] {
        assert!(!page.body.contains(told), "{told} is on the page");
    }
    let back = browser.submit(&world, &page, "/authorize/refuse", &[]).await;
    assert!(back.header("location").contains("error=access_denied"));
}

#[tokio::test]
async fn a_request_belongs_to_the_browser_that_came_with_it_first() {
    let world = World::new().await;
    let (mut victim, mut thief) = (Browser::new(1), Browser::new(2));
    let request_uri = world.push(facts()).await;
    let query = [("client_id", CLIENT), ("request_uri", &request_uri)];
    let path = format!("/authorize?{}", serde_urlencoded::to_string(query).unwrap());

    let first = victim.get(&world, &path).await;
    let reload = victim.get(&world, &path).await;
    let elsewhere = thief.get(&world, &path).await;

    assert_eq!((first.status, reload.status, elsewhere.status), (200, 200, 404));
    assert!(!elsewhere.body.contains("閂ウォレット"));
}

#[tokio::test]
async fn somebody_elses_account_cannot_be_chosen() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;
    let request_uri = world.push(facts()).await;
    let query = [("client_id", CLIENT), ("request_uri", &request_uri)];
    let path = format!("/authorize?{}", serde_urlencoded::to_string(query).unwrap());
    let page = browser.get(&world, &path).await;
    let next = browser.touch(&world, &page, "/authorize/sign-in").await;
    let page = browser.follow(&world, &next).await;
    let foreign = world.state.bank.account_id(&crate::world::account("9000002")).to_string();

    let refused =
        browser.submit(&world, &page, "/authorize/account", &[("account", &foreign)]).await;

    assert_eq!(refused.status, 404);
}

#[tokio::test]
async fn a_wallet_reads_and_ends_its_grant_and_gives_tokens_back() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let token = linked.tokens.access_token.expose().clone();
    let path = format!("/grants/{}", linked.tokens.grant_id.unwrap());

    let read = world.call((Method::GET, &path), &token, None).await;
    let other = world.call((Method::GET, "/grants/grt_00000000000000000000000000"), &token, None);
    let other = other.await;
    let worth = world.assertion().add_to(kanuki_wire::Form::default().with("token", &token));
    let worth = world.post_form("/introspect", &worth, None).await;
    let ended = world.call((Method::DELETE, &path), &token, None).await;
    let twice = world.call((Method::DELETE, &path), &token, None).await;
    let read_after = world.call((Method::GET, &path), &token, None).await;
    let after = world.debit(&linked, 1, 1_000).await;
    let nothing = world.assertion().add_to(kanuki_wire::Form::default().with("token", &token));
    let nothing = world.post_form("/introspect", &nothing, None).await;

    assert_eq!(read.json()["authorization_details"][0]["account"]["mask"], "***0001");
    assert_eq!(other.status, 404);
    assert_eq!(worth.json()["active"], true);
    assert_eq!(ended.status, 204, "{}", ended.body);
    assert_eq!(twice.status, 204, "ending is said again after a lost answer");
    assert_eq!(read_after.status, 401);
    assert_eq!(after.status, 401);
    assert_eq!(nothing.json(), serde_json::json!({ "active": false }));
}

#[tokio::test]
async fn giving_the_refresh_token_back_ends_the_mandate() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let refresh = linked.tokens.refresh_token.as_ref().unwrap().expose().clone();
    let form =
        |token: &str| world.assertion().add_to(kanuki_wire::Form::default().with("token", token));

    let unknown = world.post_form("/revoke", &form("nothing"), None).await;
    let given_back = world.post_form("/revoke", &form(&refresh), None).await;
    let after = world.debit(&linked, 1, 1_000).await;
    let portal = browser.get(&world, "/holder").await;

    assert_eq!((unknown.status, given_back.status, after.status), (200, 200, 401));
    assert!(portal.body.contains("終わった連携"), "the holder sees it");
}
