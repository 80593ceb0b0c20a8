//! Two members of staff return a top-up over the desk's pages.

use http::StatusCode;
use kanuki_domain::Yen;

use crate::company::{Browser, Company, Reply};

async fn submit(
    company: &Company,
    browser: &mut Browser,
    path: &str,
    fields: &[(&str, &str)],
) -> Reply {
    let token = company.token_of(browser, "/desk/switches").await;
    company.post_with(browser, path, (&token, fields)).await
}

#[tokio::test]
async fn one_proposes_on_the_cases_page_and_another_agrees() {
    let company = Company::new().await;
    let world = &company.world;
    let (hanako, link) = world.settled("hanako", 1).await;
    let topup = world.top_up(&hanako, link, "a", 30_000).await.topup_id.to_string();
    let case = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let (mut aoki, mut baba) = (company.at_desk("aoki").await, company.at_desk("baba").await);
    let path = format!("/desk/cases/{case}");

    let page = company.get(&mut aoki, &path).await;
    assert!(page.body.contains("チャージを銀行口座に返す"), "{}", page.body);
    assert!(page.body.contains("残り ¥30,000"), "{}", page.body);
    let act = format!("{path}/refund");
    let fields = |amount| [("topup", topup.as_str()), ("amount", amount), ("reason", "本人の申告")];
    let more = submit(&company, &mut aoki, &act, &fields("30001")).await;
    assert_eq!(more.status, StatusCode::UNPROCESSABLE_ENTITY);
    let proposed = submit(&company, &mut aoki, &act, &fields("20,000")).await;
    assert_eq!(proposed.location(), "/desk/approvals", "{}", proposed.body);

    let waiting = company.get(&mut baba, "/desk/approvals").await;
    assert!(waiting.body.contains("¥20,000") && waiting.body.contains("本人の申告"));
    let said = kanuki_domain::case_number::said(case);
    assert!(waiting.body.contains(&said) && waiting.body.contains(&case.to_string()), "{said}");
    let (_, rest) = waiting.body.split_once("/desk/approvals/apr_").unwrap();
    let id = rest.split('/').next().unwrap();
    let agree = format!("/desk/approvals/apr_{id}/approve");
    let done = submit(&company, &mut baba, &agree, &[]).await;
    assert_eq!(done.location(), "/desk/approvals", "{}", done.body);

    assert_eq!(world.bank.credited(), Yen::of(20_000));
    let page = company.get(&mut baba, &path).await;
    assert!(page.body.contains("返金しました") && page.body.contains("残り ¥10,000"));
    assert!(page.body.contains("返金（銀行口座へ）"), "the statement says so");
}
