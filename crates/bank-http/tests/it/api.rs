//! The JSON endpoints: bad input, other people's ids, events, and what `/openapi.json` says.

use axum::body::Body;
use http::{Method, Request, header};
use kanuki_desk::{case::Case, signal::unproven};
use kanuki_domain::id::{DebitId, PayoutId};
use kanuki_site::{
    caller::Peer,
    pushed::{LOOKED_AT_PER_MINUTE, TOLD_PER_MINUTE},
};
use kanuki_wire::{dpop, set};

use crate::{
    browser::Browser,
    wallet::Linked,
    world::{API_HOST, ISSUER, Reply, WALLET_ISSUER, WALLET_SET_KEY, World},
};

pub(crate) async fn post_event(world: &World, kind: &str, body: String) -> Reply {
    let request = Request::post("/ssf/events")
        .header(header::HOST, API_HOST)
        .header(header::CONTENT_TYPE, kind);
    world.send(request.body(Body::from(body)).unwrap()).await
}

/// The same from an address.
async fn post_from(world: &World, address: &str, (kind, body): (&str, &str)) -> Reply {
    let mut request = Request::post("/ssf/events")
        .header(header::HOST, API_HOST)
        .header(header::CONTENT_TYPE, kind)
        .body(Body::from(body.to_owned()))
        .unwrap();
    request.extensions_mut().insert(Peer(address.parse().unwrap()));
    world.send(request).await
}

fn suspended(world: &World, linked: &Linked, audience: &str) -> String {
    let told = set::SecurityEvent {
        jti: world.serial(),
        txn: None,
        subject: "ref-1".to_owned(),
        issued_at: world.now(),
        event: set::Event::LinkStatusChanged {
            mandate_id: linked.mandate_id,
            status: set::LinkStatus::Suspended,
            reason: "report".to_owned(),
        },
    };
    set::make(&WALLET_SET_KEY, WALLET_ISSUER, audience, &told).unwrap()
}

#[tokio::test]
async fn a_partners_event_stops_its_mandate() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;

    let wrong_kind =
        post_event(&world, "application/json", suspended(&world, &linked, ISSUER)).await;
    let wrong_audience = suspended(&world, &linked, "http://localhost:8082");
    let wrong_audience = post_event(&world, set::MEDIA_TYPE, wrong_audience).await;
    let garbage = post_event(&world, set::MEDIA_TYPE, "a.b.c".to_owned()).await;
    let before = world.debit(&linked, 1, 1_000).await;
    let token = suspended(&world, &linked, ISSUER);
    let first = post_event(&world, set::MEDIA_TYPE, token.clone()).await;
    let twice = post_event(&world, set::MEDIA_TYPE, token).await;
    let after = world.debit(&linked, 2, 1_000).await;

    assert_eq!((wrong_kind.status, garbage.status), (400, 400));
    assert_eq!(wrong_audience.json()["err"], "invalid_audience");
    assert_eq!(before.status, 201);
    assert_eq!((first.status, twice.status), (202, 202));
    assert_ne!(after.json()["result"]["outcome"], "booked");
}

/// Whoever forges events learns nothing and costs nothing more; whoever signs them is heard from there too.
#[tokio::test]
async fn what_proves_nothing_in_numbers_is_answered_alike_and_keeps_no_partner_out() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let (near, neighbor, far) = ("203.0.113.9", "203.0.113.10", "198.51.100.7");
    let garbage = (set::MEDIA_TYPE, "a.b.c");
    for _ in 0..TOLD_PER_MINUTE {
        assert_eq!(post_from(&world, near, garbage).await.status, 400);
    }

    let good = suspended(&world, &linked, ISSUER);
    let (signed, _) = good.rsplit_once('.').unwrap();
    let other = suspended(&world, &linked, ISSUER);
    let (_, signature) = other.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{signature}");
    let mut answers = std::collections::BTreeSet::new();
    for what in [garbage, (set::MEDIA_TYPE, &forged), ("application/json", &good)] {
        let reply = post_from(&world, near, what).await;
        let header = |name: &str| reply.header(name).to_owned();
        answers.insert((
            reply.status,
            header("retry-after"),
            header("content-type"),
            reply.body.clone(),
        ));
    }
    let (status, again, _, body) = answers.first().unwrap();
    assert!(answers.len() == 1 && *status == 429 && again == "60", "{answers:?}");
    let refusal: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(refusal["err"], "authentication_failed", "in the form of RFC 8935");
    assert_eq!(post_from(&world, neighbor, garbage).await.status, 400, "somebody else");

    let genuine = async |address: &str| {
        let token = suspended(&world, &linked, ISSUER);
        post_from(&world, address, (set::MEDIA_TYPE, &token)).await.status
    };
    assert_eq!(genuine(near).await, 202);
    for address in [near, far] {
        for _ in 0..LOOKED_AT_PER_MINUTE {
            post_from(&world, address, garbage).await;
        }
    }
    assert_eq!(genuine(near).await, 202, "a partner proved itself there today: all is looked at");
    assert_eq!(genuine(far).await, 429, "nobody did: nothing is, for the rest of the minute");
    world.wait(60);
    assert_eq!(genuine(far).await, 202);

    let cases = world.state.bank.book.list::<Case>("about", unproven::ABOUT).await.unwrap();
    assert_eq!(cases.len(), 1, "people hear of it once");
    let metrics = browser.get(&world, "/metrics").await.body;
    assert!(metrics.contains(r#"events_refused_total{code="too_many"}"#), "{metrics}");
}

/// RFC 8936 fills the gap where pushing did not reach; what is no good changes nothing and is told so.
#[tokio::test]
async fn what_a_partner_could_not_push_is_fetched() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let elsewhere = suspended(&world, &linked, "http://localhost:8082");
    let says = async |sets: serde_json::Value| {
        let answer = serde_json::json!({ "sets": sets, "moreAvailable": false });
        *world.wire.says.lock().unwrap() = answer.to_string().into();
        *world.wire.status.lock().unwrap() = http::StatusCode::OK;
        world.wire.sent.lock().unwrap().clear();
        kanuki_bank_http::workers::listen(&world.state).await;
        let sent = world.wire.sent.lock().unwrap();
        let bodies = sent.iter().map(|request| serde_json::from_slice(request.body()).unwrap());
        (sent[0].uri().to_string(), bodies.collect::<Vec<serde_json::Value>>())
    };

    let (_, refused) = says(serde_json::json!({ "e1": elsewhere, "e2": "a.b.c" })).await;
    let before = world.debit(&linked, 1, 1_000).await;
    let good = suspended(&world, &linked, ISSUER);
    let (url, taken) = says(serde_json::json!({ "e3": good })).await;
    let after = world.debit(&linked, 2, 1_000).await;

    assert_eq!(refused[1]["setErrs"]["e1"]["err"], "invalid_audience");
    assert_eq!(refused[1]["setErrs"]["e2"]["err"], "invalid_request");
    assert_eq!(before.status, 201);
    assert_eq!(url, "http://localhost:8080/ssf/poll");
    assert_eq!(taken[0], serde_json::json!({ "returnImmediately": true }));
    assert_eq!(taken[1]["ack"], serde_json::json!(["e3"]));
    assert_ne!(after.json()["result"]["outcome"], "booked");
}

#[tokio::test]
async fn bad_bodies_are_refused_and_change_nothing() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let id = DebitId::derive(&["x"]).to_string();
    let good = format!(r#"{{"debit_id":"{id}","amount":"1000"}}"#);
    for (kind, key, body, status) in [
        ("text/plain", id.as_str(), good.clone(), 415),
        ("application/json", "other", good.clone(), 400),
        ("application/json", &id, good.replace("\"1000\"", "1000"), 400),
        ("application/json", &id, good.replace("1000", "-1"), 400),
        ("application/json", &id, good.replace('}', r#","x":1}"#), 400),
        ("application/json", &id, good.replace("1000", "0"), 400),
        ("application/json", &id, String::new(), 400),
        ("application/json", &id, "[".repeat(3_000), 400),
        ("application/json", &id, " ".repeat(5_000), 413),
    ] {
        let token = linked.tokens.access_token.expose();
        let request = Request::post("/debits")
            .header(header::HOST, API_HOST)
            .header(header::AUTHORIZATION, format!("DPoP {token}"))
            .header(dpop::HEADER, world.proof("POST", "/debits", Some(token)))
            .header(header::CONTENT_TYPE, kind)
            .header("idempotency-key", key);
        let reply = world.send(request.body(Body::from(body.clone())).unwrap()).await;
        assert_eq!(reply.status, status, "{kind} {key} {body}: {}", reply.body);
    }
    assert_eq!(world.core.balance("9000001"), 500_000);
}

#[tokio::test]
async fn an_id_means_one_request_for_ever() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let token = linked.tokens.access_token.expose().clone();

    let first = world.debit(&linked, 1, 1_000).await;
    let other_amount = world.debit(&linked, 1, 2_000).await;
    let unknown = format!("/debits/{}", DebitId::derive(&["unknown"]));
    let unknown = world.call((Method::GET, &unknown), &token, None).await;
    let nonsense = world.call((Method::GET, "/debits/nonsense"), &token, None).await;

    assert_eq!(first.status, 201);
    assert_eq!(other_amount.status, 409);
    assert_eq!(other_amount.header("content-type"), "application/problem+json");
    assert_eq!((unknown.status, nonsense.status), (404, 404));
    assert_eq!(world.core.balance("9000001"), 499_000);
}

#[tokio::test]
async fn a_payout_reaches_the_account_once() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    world.debit(&linked, 1, 8_000).await;
    let id = PayoutId::derive(&["p"]).to_string();
    let body = format!(r#"{{"payout_id":"{id}","amount":"3000"}}"#);
    let token = linked.tokens.access_token.expose().clone();
    let pay =
        async || world.call((Method::POST, "/credits"), &token, Some((&id, body.clone()))).await;

    let (first, again) = (pay().await, pay().await);
    let found = world.call((Method::GET, &format!("/credits/{id}")), &token, None).await;

    assert_eq!((first.status, again.status, found.status), (201, 201, 200), "{}", first.body);
    assert_eq!(first.body, found.body);
    assert_eq!(world.core.balance("9000001"), 495_000);
}

#[tokio::test]
async fn an_access_token_expires() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;

    world.wait(601);
    let reply = world.debit(&linked, 1, 1_000).await;

    assert_eq!(reply.status, 401);
    assert!(reply.header("www-authenticate").starts_with("DPoP error=\"invalid_token\""));
    assert_eq!(reply.header("cache-control"), "no-store");
}

#[tokio::test]
async fn the_description_names_real_endpoints_and_real_members() {
    let world = World::new().await;
    let request = Request::get("/openapi.json").header(header::HOST, API_HOST);
    let document = world.send(request.body(Body::empty()).unwrap()).await.json();
    let paths = document["paths"].as_object().unwrap();
    for path in ["/par", "/token", "/revoke", "/introspect", "/debits", "/credits", "/ssf/events"] {
        assert!(paths[path]["post"].is_object(), "{path}");
    }
    for (path, item) in paths {
        for method in item.as_object().unwrap().keys() {
            let uri = path.replace("{id}", "x");
            let request = Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(&uri)
                .header(header::HOST, API_HOST);
            let reply = world.send(request.body(Body::empty()).unwrap()).await;
            // Without an agreement there is no such address.
            let is_hidden = path == "/exchange" && reply.status == 404;
            let is_there = is_hidden || !matches!(reply.status, 404 | 405 | 500);
            assert!(is_there, "{method} {path}: {}", reply.status);
            let documented = &item[method]["responses"][reply.status.to_string()];
            assert!(documented.is_object(), "{method} {path} answers {}", reply.status);
        }
    }

    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let answer = world.debit(&linked, 1, 1_000).await.json();
    let tokens = serde_json::to_value(&linked.tokens).unwrap();
    for (schema, value) in [("DebitAnswer", answer), ("TokenResponse", tokens)] {
        let known = document["components"]["schemas"][schema]["properties"].as_object().unwrap();
        for member in value.as_object().unwrap().keys() {
            assert!(known.contains_key(member), "{schema} lacks {member}");
        }
    }
}
