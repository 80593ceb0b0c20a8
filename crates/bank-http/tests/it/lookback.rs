//! RQ-04 through the pages: a rule is looked for among past debits, and two people tell whom it hit.

use kanuki_bank_http::workers::compare;
use kanuki_desk::lookback::Lookback;

use crate::{browser::Browser, world::World};

const RULE: &str = "rule learned on debit when amount >= ¥7,000 then decline as looks-like-it";
const PAGE: &str = "/desk/lookback";

async fn two_at_the_desk(world: &World) -> (Browser, Browser) {
    let (mut aoki, mut baba) = (Browser::new(11), Browser::new(12));
    aoki.enter_desk(world, "STAFFAOKI").await;
    baba.enter_desk(world, "STAFFBABA").await;
    (aoki, baba)
}

fn form<'a>(csrf: &'a str, rule: &'a str, days: &'a str) -> [(&'a str, &'a str); 5] {
    [("csrf", csrf), ("pattern", "rule"), ("rule", rule), ("days", days), ("reason", "手口")]
}

#[tokio::test]
async fn a_rule_finds_a_past_debit_and_two_people_tell_its_holder() {
    let world = World::new().await;
    let linked = world.linked(&mut Browser::new(3)).await;
    for (n, amount) in [(1, 1_000), (2, 7_000)] {
        let debit = world.debit(&linked, n, amount).await;
        assert!(debit.status < 300, "{}", debit.body);
    }
    world.wait(60);
    let (mut aoki, mut baba) = two_at_the_desk(&world).await;
    let risk = aoki.get(&world, "/desk/risk").await;
    assert!(risk.body.contains("href=\"/desk/lookback\""), "{}", risk.body);

    let csrf = aoki.csrf(&world, PAGE).await;
    let begun = aoki.post(&world, PAGE, &form(&csrf, RULE, "90")).await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    let one = begun.header("location").to_owned();
    let page = aoki.get(&world, &one).await;
    assert!(page.body.contains("調べているところです"), "{}", page.body);
    compare(&world.state).await;
    let page = aoki.get(&world, &one).await;
    for shown in
        ["調査済み", "¥7,000", "閂ウォレット", "影のルールにする", "as looks-like-it shadow"]
    {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    assert!(!page.body.contains("¥1,000<"), "{}", page.body);

    // Nobody is told by one person, nor by one whose passkey was long ago.
    let path = |act: &str| format!("{one}/{act}");
    let why = [("csrf", csrf.as_str()), ("reason", "知らせるべき")];
    assert_eq!(aoki.post(&world, &path("tell"), &why).await.status, 303);
    let own = [("csrf", csrf.as_str())];
    let alone = aoki.post(&world, &path("agree"), &own).await;
    assert_eq!(alone.status, 409, "{}", alone.body);
    let forged = baba.post(&world, &path("agree"), &own).await;
    assert_eq!(forged.status, 403, "the token of another's page: {}", forged.body);
    let csrf = baba.csrf(&world, &one).await;
    let page = baba.get(&world, &one).await;
    assert!(page.body.contains("知らせるべき") && page.body.contains("同意してお知らせする"));
    let agreed = baba.post(&world, &path("agree"), &[("csrf", csrf.as_str())]).await;
    assert_eq!((agreed.status, agreed.header("location")), (303, one.as_str()), "{}", agreed.body);
    compare(&world.state).await;
    let page = baba.get(&world, &one).await;
    assert!(page.body.contains("全員へのお知らせが済みました"), "{}", page.body);
    let list = baba.get(&world, PAGE).await;
    assert!(list.body.contains(&one) && list.body.contains("お知らせ済み"), "{}", list.body);
    let letter = world.letter("7,000").await;
    assert!(letter.subject.contains("口座からの引き落としを、お確かめください"));

    // The text that is proposed from it passes the checks of the page of rules.
    let checked = baba.submit(&world, &page, "/desk/risk/policy", &[("act", "check")]).await;
    assert_eq!(checked.status, 200, "{}", checked.body);
    assert!(checked.body.contains("looks-like-it"), "{}", checked.body);
}

#[tokio::test]
async fn telling_needs_a_passkey_of_a_moment_ago() {
    let world = World::new().await;
    let linked = world.linked(&mut Browser::new(3)).await;
    world.debit(&linked, 1, 7_000).await;
    world.wait(60);
    let (mut aoki, mut baba) = two_at_the_desk(&world).await;
    let csrf = aoki.csrf(&world, PAGE).await;
    let begun = aoki.post(&world, PAGE, &form(&csrf, RULE, "90")).await;
    let one = begun.header("location").to_owned();
    compare(&world.state).await;
    let why = [("csrf", csrf.as_str()), ("reason", "r")];
    assert_eq!(aoki.post(&world, &format!("{one}/tell"), &why).await.status, 303);
    world.wait(kanuki_domain::limits::STAFF_PROOF_SECS + 60);
    let csrf = baba.csrf(&world, &one).await;
    let stale = baba.post(&world, &format!("{one}/agree"), &[("csrf", csrf.as_str())]).await;
    let back = format!("/desk/sign-in?back={one}");
    assert_eq!((stale.status, stale.header("location")), (303, back.as_str()));
    let all = world.state.bank.book.scan::<Lookback>("").await.unwrap();
    assert_eq!(all[0].state(), "asked");
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_said_and_begins_nothing() {
    let world = World::new().await;
    let (mut aoki, _) = two_at_the_desk(&world).await;
    let csrf = aoki.csrf(&world, PAGE).await;
    let two = format!("{RULE}\nrule other on debit when amount < ¥5,000 then decline as other");
    for (rule, days, words) in [
        (" ", "90", "何も入力されていません"),
        ("rule x on debit", "90", "ルールに誤りがあります"),
        ("policy \"x\" version \"1\"", "90", "ルールは一つだけ"),
        (two.as_str(), "90", "ルールは一つだけ"),
        (RULE, "397", "日数は1〜396日"),
        (RULE, "many", "日数は1〜396日"),
    ] {
        let refused = aoki.post(&world, PAGE, &form(&csrf, rule, days)).await;
        assert_eq!(refused.status, 422, "{rule}: {}", refused.body);
        assert!(refused.body.contains(words), "{rule}: {}", refused.body);
        assert!(refused.body.contains("調査は始まっていません"), "{rule}: {}", refused.body);
    }
    let fields = [("csrf", csrf.as_str()), ("pattern", "rule"), ("rule", RULE), ("days", "90")];
    assert_eq!(aoki.post(&world, PAGE, &fields).await.status, 422, "a reason is needed");
    assert!(world.state.bank.book.scan::<Lookback>("").await.unwrap().is_empty());
}
