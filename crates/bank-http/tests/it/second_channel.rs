//! A link that rests on a code, in its holder's browser: the second channel, what keeps it from being
//! confirmed, and pages that are opened again when something is over.

use kanuki_domain::id::HolderId;

use crate::{
    browser::{Browser, between},
    wallet::{Linked, facts},
    world::{CLIENT, Reply, World, account},
};

const DAY: i64 = 86_400;

/// A passkey by a call from the number on file, and what a page's link goes back to.
async fn passkey_by_call(world: &World, browser: &mut Browser) {
    let page = browser.get(world, "/enrol").await;
    let fields = [("branch", "001"), ("number", "9000001"), ("proof", "call")];
    let next = browser.submit(world, &page, "/enrol", &fields).await;
    let waiting = browser.follow(world, &next).await;
    let shown = between(&waiting.body, "stop-code-groups\">", "</p>").unwrap();
    let reference: String = shown.chars().filter(char::is_ascii_digit).collect();
    let moment = world.state.site.world.moment("");
    let bank = &world.state.bank;
    assert!(bank.call_received(&moment.ctx(), "090-1111-2222", &reference).await.unwrap());
    let page = browser.get(world, next.header("location")).await;
    let page = browser.follow(world, &page).await;
    browser.touch(world, &page, "/enrol/passkey").await;
}

/// A link that rests on that, and its page's address, in a browser that is signed in.
async fn waiting_link(world: &World, browser: &mut Browser) -> (Linked, String) {
    passkey_by_call(world, browser).await;
    let linked = world.link(browser).await;
    let page = browser.get(world, "/holder/sign-in").await;
    browser.touch(world, &page, "/holder/sign-in").await;
    let path = format!("/holder/mandates/{}", linked.mandate_id);
    (linked, path)
}

async fn choose(world: &World, browser: &mut Browser, path: &str, second: &str) -> Reply {
    let page = browser.get(world, path).await;
    let to = format!("{path}/second");
    let next = browser.submit(world, &page, &to, &[("second", second)]).await;
    browser.follow(world, &next).await
}

async fn holder_of(world: &World, linked: &Linked) -> HolderId {
    let mandate = world.state.bank.book.load::<kanuki_bank::mandate::Mandate>(linked.mandate_id);
    mandate.await.unwrap().holder_id
}

/// The letter goes out as the link is signed. A second would void its code while it is in the post,
/// and two that look alike would lie in the letterbox.
#[tokio::test]
async fn no_second_letter_is_offered_while_one_is_under_way() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let (_, path) = waiting_link(&world, &mut browser).await;
    let letter = world.letter("確認コード：").await;
    let code = between(&letter.body, "確認コード：", "\n").unwrap().to_owned();

    let page = browser.get(&world, &path).await;
    assert!(!page.body.contains("value=\"letter\""), "{}", page.body);
    assert!(page.body.contains("次の手紙をお願いできるのは"), "and says from when");
    let forced = choose_unoffered(&world, &mut browser, &page, &path).await;
    assert_eq!(forced.status, 303, "{}", forced.body);
    world.wait(8 * DAY);
    let page = browser.get(&world, "/holder/sign-in").await;
    browser.touch(&world, &page, "/holder/sign-in").await;
    let page = browser.get(&world, &path).await;
    assert!(page.body.contains("value=\"letter\""), "a week later, if it was lost");
    assert!(page.body.contains("発送の記録は、まだありません"), "and what is known of it");
    assert!(!page.body.contains("用意しています"), "{}", page.body);
    let confirm = format!("{path}/confirm");
    let right = browser.submit(&world, &page, &confirm, &[("code", &code)]).await;

    assert!(right.header("location").ends_with("?done=confirmed"), "{}", right.body);
}

/// A page from before may still offer it.
async fn choose_unoffered(world: &World, browser: &mut Browser, page: &Reply, path: &str) -> Reply {
    browser.submit(world, page, &format!("{path}/second"), &[("second", "letter")]).await
}

/// Whoever looks at every way, and presses one again, has used up nothing.
#[tokio::test]
async fn looking_at_the_ways_to_confirm_uses_up_none_of_them() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let (_, path) = waiting_link(&world, &mut browser).await;

    for _ in 0..5 {
        for second in ["atm", "branch"] {
            let page = choose(&world, &mut browser, &path, second).await;
            assert_eq!(page.status, 200, "{}", page.body);
        }
    }
    let page = browser.get(&world, &path).await;

    assert_eq!(page.body.matches("stop-code-groups").count(), 2, "one number for each way");
}

/// Five wrong codes: the page says what helps, and it does.
#[tokio::test]
async fn five_wrong_codes_are_answered_with_what_helps() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let (_, path) = waiting_link(&world, &mut browser).await;
    let confirm = format!("{path}/confirm");
    let mut page = choose(&world, &mut browser, &path, "atm").await;
    for _ in 0..5 {
        browser.submit(&world, &page, &confirm, &[("code", "0000000000")]).await;
    }

    let sixth = browser.submit(&world, &page, &confirm, &[("code", "0000000000")]).await;
    page = browser.follow(&world, &sixth).await;
    assert!(page.body.contains("コードを5回間違えました"), "{}", page.body);
    page = choose(&world, &mut browser, &path, "atm").await;
    let again = browser.submit(&world, &page, &confirm, &[("code", "0000000000")]).await;

    assert!(again.header("location").ends_with("?wrong=1"), "it can be typed again");
}

/// Whoever locked the account is told before they call in vain.
#[tokio::test]
async fn the_page_of_a_link_says_that_a_lock_keeps_it_from_being_confirmed() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let (linked, path) = waiting_link(&world, &mut browser).await;
    let before = browser.get(&world, &path).await;
    assert!(before.body.contains("value=\"atm\""));
    let moment = world.state.site.world.moment("");
    let (bank, account_id) = (&world.state.bank, world.state.bank.account_id(&account("9000001")));
    let holder_id = holder_of(&world, &linked).await;
    bank.lock_account(&moment.ctx(), holder_id, account_id).await.unwrap();

    let page = browser.get(&world, &path).await;
    assert!(page.body.contains("口座をロックしている間は、確認できません"), "{}", page.body);
    assert!(!page.body.contains("value=\"atm\""), "no way is offered that leads nowhere");
    // Pages from before the lock lead to the one that says so.
    let confirm = format!("{path}/confirm");
    let typed = browser.submit(&world, &before, &confirm, &[("code", "0000000000")]).await;
    let second = format!("{path}/second");
    let chosen = browser.submit(&world, &before, &second, &[("second", "atm")]).await;

    assert_eq!(chosen.header("location"), path);
    assert_eq!(typed.status, 303, "{}", typed.body);
}

/// The back button shows the page that was signed: that nothing was linked would be untrue.
#[tokio::test]
async fn whoever_goes_back_to_what_they_signed_is_not_told_that_nothing_was_linked() {
    let world = World::new().await;
    let (mut browser, mut stranger) = (Browser::new(1), Browser::new(2));
    browser.enter_portal(&world, "9000001").await;
    let page = world.to_consent(&mut browser, facts()).await;
    let request = between(&page.body, "name=\"request\" value=\"", "\"").unwrap().to_owned();
    let next = browser.touch(&world, &page, "/authorize/consent").await;
    assert_eq!(next.status, 303, "{}", next.body);

    for step in ["consent", "account", "sign-in"] {
        let path = format!("/authorize/{step}?request={request}");
        let again = browser.get(&world, &path).await;
        assert_eq!(again.status, 409, "{path}: {}", again.body);
        assert!(again.body.contains("署名が済んでいます"), "{}", again.body);
        assert!(!again.body.contains("連携もされていません"), "{}", again.body);
        let others = stranger.get(&world, &path).await;
        assert_eq!(others.status, 404, "another browser is told nothing");
    }
}

/// A counter and a letter take longer than any request lives.
#[tokio::test]
async fn whoever_registered_after_the_request_was_over_is_told_that_they_did() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let request_uri = world.push(facts()).await;
    let query = [("client_id", CLIENT), ("request_uri", &request_uri)];
    let path = format!("/authorize?{}", serde_urlencoded::to_string(query).unwrap());
    let page = browser.get(&world, &path).await;
    let way = between(&page.body, "href=\"/enrol?", "\"").unwrap().to_owned();
    let page = browser.get(&world, &format!("/enrol?{way}")).await;
    let fields = [("branch", "001"), ("number", "9000001"), ("proof", "branch")];
    let next = browser.submit(&world, &page, "/enrol", &fields).await;
    let page = browser.follow(&world, &next).await;
    let shown = between(&page.body, "stop-code-groups\">", "</p>").unwrap();
    let reference: String = shown.chars().filter(char::is_ascii_digit).collect();
    world.wait(3 * 3_600);
    let moment = world.state.site.world.moment("");
    let bank = &world.state.bank;
    let handed = bank.activate_at_branch(&moment.ctx(), &account("9000001"), &reference).await;
    let code = handed.unwrap().unwrap();
    let next = browser.submit(&world, &page, "/enrol/code", &[("code", &code)]).await;
    let page = browser.follow(&world, &next).await;

    let made = browser.touch(&world, &page, "/enrol/passkey").await;
    let page = browser.follow(&world, &made).await;

    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("パスキーを登録しました"), "{}", page.body);
    assert!(page.body.contains("ウォレットの画面からもう一度"), "and how to go on");
    let next = browser.touch(&world, &page, "/holder/sign-in").await;
    assert_eq!(next.header("location"), "/holder");
}
