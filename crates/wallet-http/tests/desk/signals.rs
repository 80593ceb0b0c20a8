//! The incident line as a bank arranges it: it proves itself with the key of its own events.

use axum::body::Body;
use http::{Request, StatusCode, header};
use kanuki_wire::{
    client_assertion,
    keys::{Jwks, SigningKey},
    set::{self, Event, SecurityEvent},
};
use serde_json::{Value, json};

use crate::support::{BANK, BANK_SET_KEY, Company, ISSUER, Reply};

fn assertion(company: &Company, jti: &str) -> String {
    let now = company.state.site.world.now();
    client_assertion::make(&*BANK_SET_KEY, BANK, ISSUER, jti, now).unwrap()
}

async fn ask(company: &Company, who: &str, (method, path): (&str, &str), body: Value) -> Reply {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost:8080")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {who}"))
        .body(Body::from(body.to_string()))
        .unwrap();
    company.send(request).await
}

fn read(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|_| panic!("{} {}", reply.status, reply.body))
}

#[tokio::test]
async fn a_bank_arranges_a_stream_and_fetches_a_word_on_the_line() {
    let company = Company::new().await;
    let push =
        |url: &str| json!({ "delivery": { "method": "urn:ietf:rfc:8935", "endpoint_url": url } });
    let call = async |n: &str, method: &str, path: &str, body: Value| {
        ask(&company, &assertion(&company, n), (method, path), body).await
    };

    let elsewhere = call("1", "POST", "/ssf/stream", push("http://169.254.169.254/")).await;
    let made = call("2", "POST", "/ssf/stream", push(&format!("{BANK}/ssf/events"))).await;
    let stream = read(&made);
    let id = stream["stream_id"].as_str().unwrap();
    let asked = json!({ "stream_id": id, "state": "s" });
    let word = call("3", "POST", "/ssf/verify", asked).await;
    let fetched = read(&call("4", "POST", "/ssf/poll", json!({})).await);
    let (jti, token) = fetched["sets"].as_object().unwrap().iter().next().unwrap();
    let after = read(&call("5", "POST", "/ssf/poll", json!({ "ack": [jti] })).await);

    assert_eq!(elsewhere.status, StatusCode::BAD_REQUEST);
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!((&stream["iss"], &stream["aud"]), (&json!(ISSUER), &json!(BANK)));
    assert_eq!(word.status, StatusCode::NO_CONTENT);
    let keys: Jwks = company.state.wallet.event_jwks();
    let now = company.state.site.world.now();
    let told = set::verify(token.as_str().unwrap(), ISSUER, BANK, &keys, now).unwrap();
    assert_eq!(told.event, Event::Verification { state: Some("s".to_owned()) });
    assert_eq!(told.subject, id);
    assert_eq!(after, json!({ "sets": {}, "moreAvailable": false }));
}

#[tokio::test]
async fn nobody_but_a_bank_with_a_fresh_assertion_fetches_anything() {
    let company = Company::new().await;
    let now = company.state.site.world.now();
    let used = assertion(&company, "1");
    let poll = async |who: &str| ask(&company, who, ("POST", "/ssf/poll"), json!({})).await;
    let first = poll(&used).await;
    let other_key = SigningKey::generate().unwrap();
    let told = SecurityEvent {
        jti: "e".to_owned(),
        txn: None,
        subject: "r".to_owned(),
        issued_at: now,
        event: Event::Verification { state: None },
    };

    let mut answers = std::collections::BTreeSet::new();
    for who in [
        used,
        client_assertion::make(&other_key, BANK, ISSUER, "2", now).unwrap(),
        client_assertion::make(&*BANK_SET_KEY, BANK, "http://other.test", "3", now).unwrap(),
        client_assertion::make(&*BANK_SET_KEY, "http://other.test", ISSUER, "4", now).unwrap(),
        set::make(&BANK_SET_KEY, BANK, ISSUER, &told).unwrap(),
        "a.b.c".to_owned(),
        String::new(),
    ] {
        let reply = poll(&who).await;
        answers.insert((reply.status, reply.body));
    }
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers.first().unwrap().0, StatusCode::UNAUTHORIZED);
}
