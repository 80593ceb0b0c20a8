//! RQ-04 through the pages: a rule that was learned today is looked for among past movements of wallets, and
//! two people tell whom it hit.

use std::sync::Arc;

use http::StatusCode;
use kanuki_desk::lookback::Lookback;
use kanuki_wallet_http::{WalletState, workers::compare};

use crate::{
    company::{Browser, Company, Reply},
    world::Person,
};

const RULE: &str = "rule learned on topup when amount >= ¥7,000 then decline as looks-like-it";
const PAGE: &str = "/desk/lookback";

async fn look(company: &Company) {
    let (wallet, site) = (company.world.wallet.clone(), Arc::clone(&company.site));
    compare(&WalletState { wallet, site }).await;
}

async fn submit(
    company: &Company,
    browser: &mut Browser,
    (from, to): (&str, &str),
    fields: &[(&str, &str)],
) -> Reply {
    let token = company.token_of(browser, from).await;
    company.post_with(browser, to, (&token, fields)).await
}

/// How many messages about it were written to somebody.
async fn told(company: &Company, person: &Person) -> usize {
    let (kinds, _) = company.world.mail(person).await;
    kinds.iter().filter(|kind| *kind == "lookback").count()
}

fn form(rule: &str) -> [(&str, &str); 4] {
    [("pattern", "rule"), ("rule", rule), ("days", "90"), ("reason", "手口")]
}

#[tokio::test]
async fn a_rule_finds_a_past_top_up_and_two_people_tell_its_customer_and_nobody_else() {
    let company = Company::new().await;
    let world = &company.world;
    let (hanako, of_hanako) = world.settled("hanako", 1).await;
    let (taro, of_taro) = world.settled("taro", 2).await;
    world.top_up(&hanako, of_hanako, "a", 7_000).await;
    world.top_up(&hanako, of_hanako, "b", 8_000).await;
    world.top_up(&taro, of_taro, "c", 1_000).await;
    world.later(60);
    let (mut aoki, mut baba) = (company.at_desk("aoki").await, company.at_desk("baba").await);

    let begun = submit(&company, &mut aoki, (PAGE, PAGE), &form(RULE)).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    let one = begun.location().to_owned();
    let page = company.get(&mut aoki, &one).await;
    assert!(page.body.contains("調べているところです"), "{}", page.body);
    look(&company).await;
    let page = company.get(&mut aoki, &one).await;
    for shown in ["調査済み", "¥7,000", "¥8,000", "はなみずき銀行", "影のルールにする"]
    {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    assert!(!page.body.contains("¥1,000<"), "{}", page.body);
    assert_eq!(page.body.matches("scope=\"col\"").count(), 7, "more leaves ids no room at 1280 px");

    // Nobody is told by one person, by a stranger or by the customer.
    let (tell, agree) = (format!("{one}/tell"), format!("{one}/agree"));
    let asked = submit(&company, &mut aoki, (&one, &tell), &[("reason", "知らせるべき")]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
    let alone = submit(&company, &mut aoki, (&one, &agree), &[]).await;
    assert_eq!(alone.status, StatusCode::CONFLICT, "{}", alone.body);
    let mut customer = company.signed_in(hanako.id).await;
    let outside = company.post(&mut customer, &agree, &[]).await;
    assert_eq!(outside.status, StatusCode::FORBIDDEN, "{}", outside.body);
    look(&company).await;
    assert_eq!(told(&company, &hanako).await, 0, "one person is not enough");

    let agreed = submit(&company, &mut baba, (&one, &agree), &[]).await;
    assert_eq!((agreed.status, agreed.location()), (StatusCode::SEE_OTHER, one.as_str()));
    look(&company).await;
    look(&company).await;
    let page = company.get(&mut baba, &one).await;
    assert!(page.body.contains("全員へのお知らせが済みました"), "{}", page.body);
    let list = company.get(&mut baba, PAGE).await;
    assert!(list.body.contains(&one) && list.body.contains("お知らせ済み"), "{}", list.body);
    assert_eq!(told(&company, &hanako).await, 2, "once by mail and once by telephone");
    assert_eq!(told(&company, &taro).await, 0, "nobody else");
}

#[tokio::test]
async fn a_rule_over_what_a_wallet_does_not_keep_begins_nothing_and_says_so() {
    let company = Company::new().await;
    let mut aoki = company.at_desk("aoki").await;
    for (rule, words) in [
        (" ", "何も入力されていません"),
        ("rule x on topup", "ルールに誤りがあります"),
        ("policy \"x\" version \"1\"", "ルールは一つだけ"),
    ] {
        let refused = submit(&company, &mut aoki, (PAGE, PAGE), &form(rule)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{rule}: {}", refused.body);
        assert!(refused.body.contains(words), "{rule}: {}", refused.body);
        assert!(refused.body.contains("調査は始まっていません"), "{rule}: {}", refused.body);
    }
    let debit = RULE.replace("on topup", "on debit");
    let refused = submit(&company, &mut aoki, (PAGE, PAGE), &form(&debit)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    let all = company.world.wallet.book.scan::<Lookback>("").await.unwrap();
    assert!(all.is_empty());
}
