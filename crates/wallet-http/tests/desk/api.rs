use axum::body::Body;
use http::{Request, StatusCode, header};
use kanuki_desk::{case::Case, signal::unproven};
use kanuki_domain::id::{LinkId, MandateId};
use kanuki_site::pushed::TOLD_PER_MINUTE;
use kanuki_wire::{
    keys::{Jwks, Signer as _},
    set::{self, Event, LinkStatus, SecurityEvent},
};
use serde_json::Value;

use crate::support::{BANK, BANK_SET_KEY, Company, ISSUER, Reply};

const KEY: (&str, &str) = ("idempotency-key", "0123456789abcdef");

fn json(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("{}", reply.body))
}

#[tokio::test]
async fn nobody_learns_anything_from_the_api() {
    let company = Company::new().await;
    for (method, path) in [
        ("GET", "/api/v1/wallet"),
        ("GET", "/api/v1/links"),
        ("GET", "/api/v1/statement"),
        ("GET", "/api/v1/topups/top_x"),
        ("GET", "/api/v1/payments/pay_x"),
        ("POST", "/api/v1/topups"),
        ("POST", "/api/v1/payments"),
        ("POST", "/api/v1/freeze"),
    ] {
        let reply = company.browser().script(method, path, &[], "").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        assert_eq!(json(&reply)["code"], "sign_in_first");
    }
}

#[tokio::test]
async fn a_customer_sees_and_freezes_their_wallet() {
    let company = Company::new().await;
    let id = company.customer("hanako").await;
    let mut browser = company.browser();
    browser.sign_in(id).await;

    let wallet = browser.script("GET", "/api/v1/wallet", &[], "").await;
    assert_eq!(json(&wallet)["available"], "0");
    assert_eq!(json(&wallet)["is_frozen"], false);
    let token = wallet.headers["x-csrf-token"].to_str().unwrap().to_owned();

    let without = browser.script("POST", "/api/v1/freeze", &[], "").await;
    assert_eq!(without.status, StatusCode::FORBIDDEN);
    let with = [("x-csrf-token", token.as_str())];
    let frozen = browser.script("POST", "/api/v1/freeze", &with, "").await;
    let again = browser.script("POST", "/api/v1/freeze", &with, "").await;

    assert_eq!(frozen.status, StatusCode::CREATED);
    assert_eq!(json(&frozen), json(&again));
    let wallet = browser.script("GET", "/api/v1/wallet", &[], "").await;
    assert_eq!(json(&wallet)["is_frozen"], true);
    let statement = browser.script("GET", "/api/v1/statement?limit=5", &[], "").await;
    assert_eq!(json(&statement)["lines"], Value::Array(Vec::new()));
    let bad = browser.script("GET", "/api/v1/statement?limit=0", &[], "").await;
    assert_eq!(json(&bad)["code"], "bad_query");
}

#[tokio::test]
async fn a_movement_needs_a_key_a_shape_and_a_link_of_ones_own() {
    let company = Company::new().await;
    let id = company.customer("hanako").await;
    let mut browser = company.browser();
    browser.sign_in(id).await;
    let wallet = browser.script("GET", "/api/v1/wallet", &[], "").await;
    let token = ("x-csrf-token", wallet.headers["x-csrf-token"].to_str().unwrap());
    let good = format!(r#"{{"link_id":"{}","amount":"500"}}"#, LinkId::derive(&["x"]));

    for (headers, body, code) in [
        (vec![token], good.clone(), "idempotency_key"),
        (vec![token, ("idempotency-key", "short")], good.clone(), "idempotency_key"),
        (vec![token, KEY], good.replace("\"500\"", "500"), "bad_json"),
        (vec![token, KEY], good.replace('}', ",\"to\":\"me\"}"), "bad_json"),
        (vec![token, KEY], good, "not_found"),
    ] {
        let reply = browser.script("POST", "/api/v1/topups", &headers, &body).await;
        assert_eq!(json(&reply)["code"], code, "{body}");
    }
}

#[tokio::test]
async fn a_payment_that_needs_a_passkey_is_not_made_by_script() {
    let company = Company::new().await;
    company.shop().await;
    let id = company.customer("hanako").await;
    let mut browser = company.browser();
    browser.sign_in(id).await;
    let shop = company.state.wallet.merchant_by_key(crate::support::SHOP_KEY).await.unwrap();
    let wallet = browser.script("GET", "/api/v1/wallet", &[], "").await;
    let token = wallet.headers["x-csrf-token"].to_str().unwrap().to_owned();
    let with = [("x-csrf-token", token.as_str()), KEY];
    let body =
        |yen: &str| serde_json::json!({ "code": shop.static_code, "amount": yen }).to_string();

    let large = browser.script("POST", "/api/v1/payments", &with, &body("10001")).await;
    assert_eq!(json(&large)["code"], "proof_needed");
    let small = browser.script("POST", "/api/v1/payments", &with, &body("500")).await;
    assert_eq!(small.status, StatusCode::OK);
    assert_eq!(json(&small)["state"], "refused");
    assert_eq!(json(&small)["reason"], "not_enough_money");
    let id = json(&small)["payment_id"].as_str().unwrap().to_owned();
    let found = browser.script("GET", &format!("/api/v1/payments/{id}"), &[], "").await;
    assert_eq!(json(&found), json(&small));

    // The sixth in a row wants a passkey; what was made under a key is told as it stands all the same.
    for n in 2..=6 {
        let key = format!("another-key-of-this-test-{n}");
        let with = [("x-csrf-token", token.as_str()), ("idempotency-key", key.as_str())];
        let paid = browser.script("POST", "/api/v1/payments", &with, &body("500")).await;
        let is_asked = json(&paid)["code"] == "proof_needed";
        assert_eq!(is_asked, n == 6, "{n}: {}", paid.body);
    }
    let again = browser.script("POST", "/api/v1/payments", &with, &body("500")).await;
    assert_eq!((again.status, json(&again)), (StatusCode::OK, json(&small)));
    let other = browser.script("POST", "/api/v1/payments", &with, &body("501")).await;
    assert_eq!(other.status, StatusCode::CONFLICT, "{}", other.body);
}

async fn push(company: &Company, kind: &str, token: &str) -> Reply {
    let request = Request::post("/ssf/events")
        .header(header::HOST, "localhost:8080")
        .header(header::CONTENT_TYPE, kind)
        .body(Body::from(token.to_owned()))
        .unwrap();
    company.send(request).await
}

#[tokio::test]
async fn events_of_a_partner_are_taken_and_others_refused() {
    let company = Company::new().await;
    let now = company.state.site.world.now();
    let event = SecurityEvent {
        jti: "1".to_owned(),
        txn: None,
        subject: "r".to_owned(),
        issued_at: now,
        event: Event::LinkStatusChanged {
            mandate_id: MandateId::derive(&["m"]),
            status: LinkStatus::Suspended,
            reason: "report".to_owned(),
        },
    };
    let good = set::make(&BANK_SET_KEY, BANK, ISSUER, &event).unwrap();
    let elsewhere = set::make(&BANK_SET_KEY, BANK, "http://other.test", &event).unwrap();

    assert_eq!(push(&company, set::MEDIA_TYPE, &good).await.status, StatusCode::ACCEPTED);
    assert_eq!(push(&company, set::MEDIA_TYPE, &good).await.status, StatusCode::ACCEPTED);
    for (kind, token, err) in [
        ("application/json", good.as_str(), "invalid_request"),
        (set::MEDIA_TYPE, "x.y.z", "invalid_request"),
        (set::MEDIA_TYPE, elsewhere.as_str(), "invalid_audience"),
    ] {
        let reply = push(&company, kind, token).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{kind} {token}");
        assert_eq!(json(&reply)["err"], err, "{kind} {token}");
    }
}

#[tokio::test]
async fn events_that_nobody_signed_are_refused_unheard_in_numbers_and_a_banks_are_taken() {
    let company = Company::new().await;
    let now = company.state.site.world.now();
    let word = |jti: &str| SecurityEvent {
        jti: jti.to_owned(),
        txn: None,
        subject: "s".to_owned(),
        issued_at: now,
        event: Event::Verification { state: None },
    };
    for _ in 0..TOLD_PER_MINUTE {
        let reply = push(&company, set::MEDIA_TYPE, "a.b.c").await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    }

    let closed = push(&company, set::MEDIA_TYPE, "a.b.c").await;
    let other = push(&company, "application/json", "{}").await;
    let good = set::make(&BANK_SET_KEY, BANK, ISSUER, &word("1")).unwrap();
    let good = push(&company, set::MEDIA_TYPE, &good).await;

    assert_eq!(closed.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!((closed.headers["retry-after"].as_bytes(), &closed.body), (&b"60"[..], &other.body));
    assert_eq!(json(&closed)["err"], "authentication_failed");
    assert_eq!(good.status, StatusCode::ACCEPTED);
    let book = &company.state.wallet.book;
    assert_eq!(book.list::<Case>("about", unproven::ABOUT).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_keys_and_the_api_are_published() {
    let company = Company::new().await;
    let keys = company.browser().script("GET", "/.well-known/jwks.json", &[], "").await;
    let jwks: Jwks = serde_json::from_str(&keys.body).unwrap();
    assert_eq!(jwks.keys.len(), 2, "one for events, one for the bank");
    let event_key = company.state.wallet.set_key.public_jwk().thumbprint();
    assert!(jwks.keys.iter().any(|key| key.thumbprint() == event_key));
    let document = company.browser().script("GET", "/openapi.json", &[], "").await;
    assert!(json(&document)["paths"]["/api/v1/topups"]["post"].is_object());
}
