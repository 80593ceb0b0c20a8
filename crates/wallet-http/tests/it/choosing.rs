//! Which bank to link: found by any name that it has or had, and named when it takes nobody now.

use http::StatusCode;
use jiff::civil::date;
use kanuki_passkey::soft::SoftAuthenticator;
use kanuki_record::Unit;
use kanuki_wallet::PartnerBank;

use crate::{
    company::Company,
    story::{link, open, prove},
    world::bank_code,
};

/// Nobody looked again in time at what was agreed with the bank.
async fn overdue(company: &Company) {
    let book = &company.world.wallet.book;
    let mut bank = book.load::<PartnerBank>(&bank_code().to_string()).await.unwrap();
    bank.edit().agreement.assessment.review_by = Some(date(2000, 1, 1));
    let mut unit = Unit::new();
    unit.update(&bank);
    book.commit(unit).await.unwrap();
}

#[tokio::test]
async fn a_bank_that_takes_nobody_now_is_named_and_offers_no_form() {
    let company = Company::new().await;
    let mut browser = open(&company, &mut SoftAuthenticator::from_seed([1; 32])).await;
    prove(&company, &mut browser).await;
    let offered = company.get(&mut browser, "/link?q=9901").await;
    assert!(offered.body.contains("/link/start?bank=9901"), "{}", offered.body);

    overdue(&company).await;

    let found = company.get(&mut browser, "/link?q=9901").await;
    assert!(found.body.contains("いま新しくつなげません"), "{}", found.body);
    assert!(!found.body.contains("/link/start"), "{}", found.body);
    let start = company.get(&mut browser, "/link/start?bank=9901").await;
    assert!(start.body.contains("お金は動いていません"), "{}", start.body);
    let fields =
        [("bank", "9901"), ("per_day", "50000"), ("per_month", "300000"), ("consent", "yes")];
    let refused = company.post(&mut browser, "/link/start", &fields).await;
    assert!(!refused.status.is_success() && !refused.status.is_redirection(), "{}", refused.body);
    let list = company.get(&mut browser, "/link").await;
    assert!(!list.body.contains("いま新しくつなげません"), "only whoever looks for it is told");
}

/// What was linked stays as it was, and whoever wanted to renew it is told so.
#[tokio::test]
async fn a_renewal_that_the_bank_does_not_take_leaves_the_link_and_the_money_as_they_were() {
    let company = Company::new().await;
    let mut browser = open(&company, &mut SoftAuthenticator::from_seed([1; 32])).await;
    prove(&company, &mut browser).await;
    let link = link(&company, &mut browser).await;
    let here = format!("/links/{link}/renew");
    let form = company.get(&mut browser, &here).await;
    assert!(!form.body.contains("いまは新しくできません"), "{}", form.body);
    let fields = [("per_day", "40000"), ("per_month", "200000"), ("consent", "yes")];
    let stays = "口座は期限の日まで、いまの内容のままつながっており、お金は動いていません";

    *company.world.bank.takes_no_links.lock().unwrap() = true;
    let silent = company.post(&mut browser, &here, &fields).await;
    assert_eq!(silent.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(silent.body.contains(stays), "{}", silent.body);

    overdue(&company).await;
    let told = company.get(&mut browser, &here).await;
    assert!(told.body.contains("いまは新しくできません"), "before a form that leads nowhere");
    let closed = company.post(&mut browser, &here, &fields).await;
    assert_eq!(closed.status, StatusCode::CONFLICT);
    assert!(closed.body.contains(stays), "{}", closed.body);
}

/// The bank alone may know that it takes nobody now.
#[tokio::test]
async fn a_bank_that_does_not_take_the_request_leaves_nobody_wondering_about_their_money() {
    let company = Company::new().await;
    let mut browser = open(&company, &mut SoftAuthenticator::from_seed([1; 32])).await;
    prove(&company, &mut browser).await;
    company.get(&mut browser, "/link/start?bank=9901").await;
    *company.world.bank.takes_no_links.lock().unwrap() = true;

    let fields =
        [("bank", "9901"), ("per_day", "50000"), ("per_month", "300000"), ("consent", "yes")];
    let page = company.post(&mut browser, "/link/start", &fields).await;

    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.body.contains("何もつながっておらず、お金は動いていません"), "{}", page.body);
    assert!(!page.body.contains("結果を確認できませんでした"), "{}", page.body);
}

#[tokio::test]
async fn a_bank_that_merged_is_found_by_the_name_on_the_passbook() {
    let company = Company::new().await;
    let mut browser = open(&company, &mut SoftAuthenticator::from_seed([1; 32])).await;

    // ふくほうぎんこう
    let typed = "/link?q=%E3%81%B5%E3%81%8F%E3%81%BB%E3%81%86%E3%81%8E%E3%82%93%E3%81%93%E3%81%86";
    let page = company.get(&mut browser, typed).await;

    assert!(page.body.contains("福邦銀行") && page.body.contains("福井銀行"), "{}", page.body);
}

/// Whoever slipped in the kana finds the way to declare them anew, from where they are sent as well.
#[tokio::test]
async fn whoever_has_proven_who_they_are_can_correct_what_they_declared() {
    let company = Company::new().await;
    let mut browser = open(&company, &mut SoftAuthenticator::from_seed([1; 32])).await;
    prove(&company, &mut browser).await;

    let start = company.get(&mut browser, "/link/start?bank=9901").await;
    assert!(start.body.contains("href=\"/identity\""), "{}", start.body);
    let page = company.get(&mut browser, "/identity").await;
    assert!(page.body.contains("本人確認が済んでいます"), "{}", page.body);
    assert!(page.body.contains("value=\"ヤマダ"), "what was declared: {}", page.body);
    let wrong = company.post(&mut browser, "/identity", &[("kana", "山田")]).await;
    assert!(wrong.location().starts_with("/identity?error="), "{}", wrong.body);
    let again = company.post(&mut browser, "/identity", &[("kana", "ヤマダ ハナヨ")]).await;
    assert!(again.location().contains("request="), "{}", again.body);
}
