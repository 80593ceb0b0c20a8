//! The listener for the bank's own channels: each behind its own secret, one answer per report.

use axum::{Router, body::Body};
use http::{Request, header};
use http_body_util::BodyExt as _;
use kanuki_bank::channel::Channel;
use kanuki_bank_http::{ChannelSecrets, channel_router};
use kanuki_domain::Masked;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{
    browser::{Browser, between},
    world::World,
};

const CALLS: &str = "/channels/calls";
const CARDS: &str = "/channels/atm/codes";
const VISITS: &str = "/channels/branch/activations";
const LETTERS: &str = "/channels/letters";
const ALL: [(Channel, &str); 4] = [
    (Channel::Telephone, CALLS),
    (Channel::Atm, CARDS),
    (Channel::Branch, VISITS),
    (Channel::Letters, LETTERS),
];

fn secret(channel: Channel) -> String {
    format!("the secret of {}", channel.name())
}

fn inside(world: &World, channels: &[Channel]) -> Router {
    let mut secrets = ChannelSecrets::default();
    for channel in channels {
        secrets = secrets.with(*channel, Masked::new(secret(*channel))).unwrap();
    }
    channel_router(&world.state, &secrets)
}

async fn post(app: &Router, path: &str, secret: &str, body: String) -> (u16, Value) {
    let request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {secret}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body))
        .unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    if !parts.status.is_success() {
        assert_eq!(parts.headers["content-type"], "application/problem+json");
    }
    (parts.status.as_u16(), serde_json::from_slice(&body).unwrap())
}

async fn report(app: &Router, channel: Channel, body: &Value) -> (u16, Value) {
    let (_, path) = ALL.into_iter().find(|(known, _)| *known == channel).unwrap();
    post(app, path, &secret(channel), body.to_string()).await
}

/// Starts an enrolment in a browser; its page, and the reference on it.
async fn start(world: &World, browser: &mut Browser, proof: &str) -> (String, String) {
    let page = browser.get(world, "/enrol").await;
    let fields = [("branch", "001"), ("number", "9000001"), ("proof", proof)];
    let next = browser.submit(world, &page, "/enrol", &fields).await;
    let wait_at = next.header("location").to_owned();
    let page = browser.get(world, &wait_at).await;
    let shown = between(&page.body, "stop-code-groups\">", "</p>").unwrap();
    (wait_at, shown.chars().filter(char::is_ascii_digit).collect())
}

#[tokio::test]
async fn a_channel_says_only_what_is_its_own() {
    let world = World::new().await;
    let app = inside(&world, &Channel::ALL);
    let ours = json!({ "report_id": "1" }).to_string();

    for (channel, path) in ALL {
        for (other, _) in ALL {
            let (status, body) = post(&app, path, &secret(other), ours.clone()).await;
            let expected = if other == channel { 400 } else { 401 };
            assert_eq!(status, expected, "{path} with the secret of {}: {body}", other.name());
        }
        for wrong in ["", "x", "the secret of", &"x".repeat(9_000)] {
            assert_eq!(post(&app, path, wrong, ours.clone()).await.0, 401, "{path}");
        }
        let few = inside(&world, &[Channel::Letters]);
        let expected = if channel == Channel::Letters { 400 } else { 404 };
        assert_eq!(post(&few, path, &secret(channel), ours.clone()).await.0, expected);
    }
    let shared = ChannelSecrets::default().with(Channel::Atm, Masked::new("same".to_owned()));
    let shared = shared.unwrap().with(Channel::Letters, Masked::new("same".to_owned()));
    assert!(shared.is_err(), "one secret for two channels");
}

#[tokio::test]
async fn what_is_not_a_report_is_refused() {
    let world = World::new().await;
    let app = inside(&world, &Channel::ALL);
    let call = |id: &str, from: Value, reference: &str| {
        json!({ "report_id": id, "from": from, "reference": reference }).to_string()
    };
    for bad in [
        String::new(),
        "[]".to_owned(),
        "{\"report_id\":\"1\",\"report_id\":\"2\",\"from\":null,\"reference\":\"1\"}".to_owned(),
        call("", Value::Null, "1"),
        call("a b", Value::Null, "1"),
        call("1", Value::Null, "one"),
        call("1", json!(9_011_112_222_u64), "1"),
        json!({ "report_id": "1", "from": null, "reference": "1", "more": 1 }).to_string(),
    ] {
        let (status, body) = post(&app, CALLS, &secret(Channel::Telephone), bad.clone()).await;
        assert_eq!((status, &body["code"]), (400, &json!("bad_json")), "{bad}");
    }
    let long = call("1", json!("9".repeat(25)), "1");
    assert_eq!(post(&app, CALLS, &secret(Channel::Telephone), long).await.0, 422);
    let large = call("1", json!("9".repeat(9_000)), "1");
    assert_eq!(post(&app, CALLS, &secret(Channel::Telephone), large).await.0, 413);
    let card = json!({ "report_id": "1", "branch": "1", "number": "x", "reference": "1" });
    assert_eq!(report(&app, Channel::Atm, &card).await.0, 422);
}

#[tokio::test]
async fn a_call_and_a_card_prove_what_a_page_waits_for() {
    let world = World::new().await;
    let app = inside(&world, &Channel::ALL);
    let mut browser = Browser::new(1);

    let (wait_at, reference) = start(&world, &mut browser, "call").await;
    let call = json!({ "report_id": "c1", "from": "09011112222", "reference": reference });
    for _ in 0..2 {
        let accepted = report(&app, Channel::Telephone, &call).await;
        assert_eq!(accepted, (200, json!({ "accepted": true })));
    }
    let withheld = json!({ "report_id": "c2", "from": null, "reference": reference });
    let nothing = report(&app, Channel::Telephone, &withheld).await;
    assert_eq!(nothing, (200, json!({ "accepted": false })));
    let next = browser.get(&world, &wait_at).await;
    assert!(next.header("location").starts_with("/enrol/passkey"), "{}", next.body);

    let (wait_at, reference) = start(&world, &mut browser, "atm").await;
    let card = |id: &str, number: &str| {
        let (branch, reference) = ("001", &reference);
        json!({ "report_id": id, "branch": branch, "number": number, "reference": reference })
    };
    assert_eq!(report(&app, Channel::Atm, &card("a1", "9000002")).await, (200, json!({})));
    let (status, printed) = report(&app, Channel::Atm, &card("a2", "9000001")).await;
    assert_eq!(status, 200);
    let differs = report(&app, Channel::Atm, &card("a2", "9000002")).await;
    assert_eq!((differs.0, &differs.1["code"]), (409, &json!("different_request")));
    let page = browser.get(&world, &wait_at).await;
    let code = printed["code"].as_str().unwrap();
    let right = browser.submit(&world, &page, "/enrol/code", &[("code", code)]).await;
    assert!(right.header("location").starts_with("/enrol/passkey"), "{}", right.body);
}

#[tokio::test]
async fn a_counter_hands_out_what_a_browser_can_use() {
    let world = World::new().await;
    let app = inside(&world, &Channel::ALL);
    let mut browser = Browser::new(1);
    let (page, reference) = browser.start(&world, "9000001", "branch").await;
    let visit = |id: &str, number: &str| {
        let (branch, reference) = ("001", &reference);
        json!({ "report_id": id, "branch": branch, "number": number, "staff": "青木", "reference": reference })
    };

    let unbound =
        json!({ "report_id": "0", "branch": "001", "number": "9000001", "staff": "青木" });
    assert_eq!(report(&app, Channel::Branch, &unbound).await.0, 400, "for no page at all");
    assert_eq!(report(&app, Channel::Branch, &visit("1", "9999999")).await, (200, json!({})));
    let (_, handed) = report(&app, Channel::Branch, &visit("2", "9000001")).await;
    assert!(handed["valid_until"].is_string(), "{handed}");

    let code = handed["code"].as_str().unwrap();
    let next = browser.submit(&world, &page, "/enrol/code", &[("code", code)]).await;
    assert!(next.header("location").starts_with("/enrol/passkey"), "{}", next.body);
}

#[tokio::test]
async fn a_letter_that_nobody_wrote_is_not_noted() {
    let world = World::new().await;
    let app = inside(&world, &Channel::ALL);
    let said = json!({
        "report_id": "1",
        "letter_id": "msg_00000000000000000000000000",
        "outcome": "undeliverable",
    });

    assert_eq!(report(&app, Channel::Letters, &said).await, (200, json!({ "noted": false })));
    let lost = json!({ "report_id": "2", "letter_id": said["letter_id"], "outcome": "lost" });
    assert_eq!(report(&app, Channel::Letters, &lost).await.0, 400);
}
