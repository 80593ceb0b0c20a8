use http::StatusCode;

use crate::support::{Company, SHOP_KEY};

#[tokio::test]
async fn a_shop_opens_its_page_with_its_key_and_with_nothing_else() {
    let company = Company::new().await;
    company.shop().await;
    let mut browser = company.browser();

    let door = browser.get("/merchant").await;
    let entered = browser.post(&door, "/merchant", &[("key", SHOP_KEY)]).await;
    let wrong = browser.post(&door, "/merchant", &[("key", "shopkey")]).await;
    let elsewhere = browser.post(&door, "/merchant", &[("key", "../desk")]).await;

    assert_eq!(entered.location(), format!("/merchant/{SHOP_KEY}"));
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(elsewhere.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(browser.get("/merchant/nothing").await.status, StatusCode::NOT_FOUND);
    let till = browser.get(entered.location()).await;
    assert!(till.body.contains("かもめ珈琲") && till.body.contains("<svg"), "{}", till.body);
}

#[tokio::test]
async fn a_bill_shows_a_code_that_the_wallet_reads_back() {
    let company = Company::new().await;
    company.shop().await;
    let mut browser = company.browser();
    let path = format!("/merchant/{SHOP_KEY}/bill");

    let form = browser.get(&path).await;
    let page = browser.get(&format!("{path}?amount=1%2C200")).await;

    assert_eq!(form.status, StatusCode::OK);
    let (_, rest) = page.body.split_once("<code>000201").unwrap();
    let code = format!("000201{}", rest.split_once("</code>").unwrap().0);
    let bill = company.state.wallet.read_code(&code).await.unwrap();
    assert_eq!(bill.amount.map(kanuki_domain::Yen::amount), Some(1_200));
    assert!(bill.reference.is_some(), "good for one payment");
    for bad in ["0", "-5", "x", "1000001", ""] {
        let reply = browser.get(&format!("{path}?amount={bad}")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
}
