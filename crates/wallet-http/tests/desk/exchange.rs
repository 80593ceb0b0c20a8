//! Asking each other by hashes about confirmed frauds (CL-01), at the wallet: what a bank may ask, and what two
//! people at the desk let be answered.

use axum::body::Body;
use http::{Request, StatusCode, header};
use jiff::Span;
use kanuki_desk::{
    case::{Case, CaseKind},
    exchange::Kind,
};
use kanuki_domain::agreement::{Exchange, today};
use kanuki_record::Unit;
use kanuki_wallet::PartnerBank;
use kanuki_wire::{
    client_assertion,
    exchange::{Asker, ExchangeKey, Hashed, Month, Pair},
};
use serde_json::{Value, json};

use crate::support::{BANK, BANK_SET_KEY, Company, ISSUER, Reply};

const PAGE: &str = "/desk/exchange";
const CODE: &str = "9901";

fn terms(company: &Company, bank: &ExchangeKey) -> Exchange {
    let today = today(company.state.site.world.now());
    Exchange {
        basis: "個人情報保護法27条1項2号".to_owned(),
        decided_by: "法務部長".to_owned(),
        decided_on: Some(today),
        review_by: Some(today + Span::new().days(30)),
        kinds: [Kind::Phone].into(),
        wallet_key: company.state.wallet.exchanges().public_key(CODE).unwrap(),
        bank_key: bank.public().unwrap(),
    }
}

async fn agree(company: &Company, terms: Exchange) {
    let book = &company.state.wallet.book;
    let mut bank = book.load::<PartnerBank>(CODE).await.unwrap();
    bank.edit().agreement.exchange = terms;
    let mut unit = Unit::new();
    unit.update(&bank);
    book.commit(unit).await.unwrap();
}

async fn ask(company: &Company, jti: &str, body: &Value) -> Reply {
    let now = company.state.site.world.now();
    let who = client_assertion::make(&*BANK_SET_KEY, BANK, ISSUER, jti, now).unwrap();
    let request = Request::post("/exchange")
        .header(header::HOST, "localhost:8080")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {who}"))
        .body(Body::from(body.to_string()))
        .unwrap();
    company.send(request).await
}

#[tokio::test]
async fn a_bank_is_told_of_a_customer_whom_two_people_confirmed_and_of_nobody_else() {
    let company = Company::new().await;
    let bank = ExchangeKey::derive("the bank's").unwrap();
    let agreed = terms(&company, &bank);
    let pair = Pair::new(&bank, &agreed.wallet_key, &agreed.bank_key).unwrap();
    let month = Month::of(company.state.site.world.now());
    let key = pair.of_month(Asker::Bank, month).unwrap();
    let hashes: Vec<Hashed> =
        ["+819012345678", "+819099990000"].map(|phone| key.hash(Kind::Phone, phone)).into();
    let question = json!({ "month": month, "identifiers": hashes });
    let mail = json!({ "month": month, "identifiers": [key.hash(Kind::Mail, "a@example.jp")] });

    let id = company.customer("hanako").await;
    let moment = company.state.site.world.moment("");
    let told = Case::open(&moment.ctx(), CaseKind::ToldByPartner, "link", Some(id.to_string()));
    let mut unit = Unit::new();
    unit.insert(&told);
    company.state.wallet.book.commit(unit).await.unwrap();
    let case = told.case_id.to_string();
    company.staff("青木", "AOKI-1").await;
    company.staff("馬場", "BABA-1").await;
    let (mut aoki, mut baba) = (company.browser(), company.browser());
    aoki.activate("AOKI-1").await;
    baba.activate("BABA-1").await;

    let page = aoki.get(PAGE).await;
    assert!(page.body.contains("取り決めなし"), "{}", page.body);
    assert_eq!(ask(&company, "0", &question).await.status, StatusCode::NOT_FOUND);
    agree(&company, agreed).await;
    let page = aoki.get(PAGE).await;
    assert!(page.body.contains("照会できます"), "{}", page.body);

    // That a bank's holder says that it was not they does not say that our customer did it.
    let asked = [("case", case.as_str()), ("reason", "本人が認めた")];
    let gone = aoki.post(&page, "/desk/exchange/confirm", &asked).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "{}", gone.body);
    let done = aoki.post(&page, "/desk/exchange/did_it", &asked).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, PAGE), "{}", done.body);
    let before = ask(&company, "1", &question).await;
    assert!(before.body.contains("[\"no_match\",\"no_match\"]"), "{}", before.body);
    let page = aoki.get(PAGE).await;
    let agree_at = format!("{PAGE}/{case}/agree");
    let alone = aoki.post(&page, &agree_at, &[]).await;
    assert_eq!(alone.status, StatusCode::CONFLICT, "{}", alone.body);
    let page = baba.get(PAGE).await;
    assert_eq!(baba.post(&page, &agree_at, &[]).await.status, StatusCode::SEE_OTHER);

    let after = ask(&company, "2", &question).await;
    assert_eq!(after.status, StatusCode::OK, "{}", after.body);
    assert!(after.body.contains("[\"match\",\"no_match\"]"), "{}", after.body);
    assert_eq!(ask(&company, "2", &question).await.status, StatusCode::UNAUTHORIZED, "a replay");
    let not_agreed = ask(&company, "3", &mail).await;
    assert_eq!(not_agreed.status, StatusCode::BAD_REQUEST, "{}", not_agreed.body);
    let seen = baba.get(&format!("/desk/cases/{case}")).await;
    assert!(seen.body.contains("二人が本人の不正と確定し"), "{}", seen.body);
}
