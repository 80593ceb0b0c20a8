//! The incident line as a partner arranges it: its stream, a word on the line, fetching.

use axum::body::Body;
use http::{Request, header};
use kanuki_desk::case::Case;
use kanuki_wire::set;
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    wallet::Linked,
    world::{API_HOST, CLIENT, ISSUER, Reply, WALLET_ISSUER, World},
};

const LINK: &str = "https://kanuki.example/secevent/link-status-changed";

impl World {
    /// A request of the wallet's as a receiver of our events, with this assertion.
    async fn signal_as(&self, who: &str, (method, path): (&str, &str), body: &Value) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, API_HOST)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {who}"));
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn signal(&self, method: &str, path: &str, body: Value) -> Reply {
        self.signal_as(&self.assertion().assertion, (method, path), &body).await
    }

    async fn poll(&self, body: Value) -> Value {
        let reply = self.signal("POST", "/ssf/poll", body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()
    }

    /// A stream that is fetched, and was pushed until a moment ago; its name.
    async fn polled(&self) -> String {
        let made = self.signal("POST", "/ssf/stream", json!({})).await;
        assert_eq!(made.status, 201, "{}", made.body);
        self.wait(7 * 86_400);
        made.json()["stream_id"].as_str().unwrap().to_owned()
    }

    /// The holder stops the link: one event for the wallet.
    async fn stopped_link(&self) -> Linked {
        let mut browser = Browser::new(1);
        let linked = self.linked(&mut browser).await;
        let stop = format!("/holder/mandates/{}/stop", linked.mandate_id);
        let page = browser.get(self, &stop).await;
        assert_eq!(browser.submit(self, &page, &stop, &[]).await.status, 303);
        linked
    }

    fn pushed(&self) -> usize {
        let sent = self.wire.sent.lock().unwrap();
        sent.iter().filter(|request| request.uri().path() == "/ssf/events").count()
    }

    fn read(&self, token: &Value) -> set::SecurityEvent {
        let keys = kanuki_wire::keys::Jwks::of([kanuki_wire::keys::Signer::public_jwk(
            &*self.state.bank.set_key,
        )]);
        set::verify(token.as_str().unwrap(), ISSUER, WALLET_ISSUER, &keys, self.now()).unwrap()
    }
}

fn only(answer: &Value) -> (String, Value) {
    let sets = answer["sets"].as_object().unwrap();
    assert_eq!(sets.len(), 1, "{answer}");
    sets.iter().map(|(jti, token)| (jti.clone(), token.clone())).next().unwrap()
}

#[tokio::test]
async fn a_partner_fetches_what_a_stream_does_not_push_until_it_acknowledges() {
    let world = World::new().await;
    world.polled().await;
    let linked = world.stopped_link().await;

    let pushed = world.tick().await.events;
    let first = world.poll(json!({ "returnImmediately": true })).await;
    let again = world.poll(json!({ "maxEvents": 1 })).await;
    let (jti, token) = only(&first);
    let nothing = world.poll(json!({ "maxEvents": 0 })).await;
    let acknowledged = world.poll(json!({ "ack": [jti, "unknown"], "maxEvents": 10 })).await;
    world.wait(3_600);
    world.tick().await;

    assert_eq!((pushed, world.pushed()), (0, 0), "nothing is pushed any more");
    assert_eq!(only(&again).0, jti, "what is not acknowledged comes again");
    assert_eq!(nothing, json!({ "sets": {}, "moreAvailable": true }));
    assert_eq!(acknowledged, json!({ "sets": {}, "moreAvailable": false }));
    let told = world.read(&token);
    assert_eq!((told.jti, told.subject.as_str()), (jti, "ref-1"));
    let set::Event::LinkStatusChanged { mandate_id, .. } = told.event else { panic!() };
    assert_eq!(mandate_id, linked.mandate_id);
}

/// RFC 8936 fills the gap where RFC 8935 did not reach: one outbox for both.
#[tokio::test]
async fn an_event_is_delivered_once_whichever_way_acknowledged_it() {
    let world = World::new().await;
    world.stopped_link().await;
    *world.wire.status.lock().unwrap() = http::StatusCode::BAD_GATEWAY;
    world.tick().await;
    *world.wire.status.lock().unwrap() = http::StatusCode::ACCEPTED;

    let (jti, _) = only(&world.poll(json!({})).await);
    world.poll(json!({ "ack": [jti] })).await;
    world.wait(3_600);
    let fetched_then_pushed = world.tick().await.events;

    assert_eq!((fetched_then_pushed, world.pushed()), (0, 1), "only the push that failed");
    let refused = World::new().await;
    refused.stopped_link().await;
    let (jti, _) = only(&refused.poll(json!({})).await);
    let errs = json!({ "setErrs": { jti: { "err": "invalid_key", "description": "x" } } });
    assert_eq!(refused.poll(errs).await["sets"], json!({}), "refused for good");
    assert_eq!(refused.tick().await.events, 0);
}

#[tokio::test]
async fn a_stream_is_made_read_changed_and_deleted() {
    let world = World::new().await;
    let wanted = json!({
        "events_requested": [LINK, "https://other.example/event"],
        "delivery": { "method": "urn:ietf:rfc:8935", "endpoint_url": format!("{WALLET_ISSUER}/ssf/events") },
        "description": "wallet", "format": "ignored",
    });
    let made = world.signal("POST", "/ssf/stream", wanted.clone()).await;
    let twice = world.signal("POST", "/ssf/stream", wanted).await;
    let all = world.signal("GET", "/ssf/stream", json!({})).await;
    let stream = made.json();
    let id = stream["stream_id"].as_str().unwrap();
    let one = world.signal("GET", &format!("/ssf/stream?stream_id={id}"), json!({})).await;
    let patched =
        world.signal("PATCH", "/ssf/stream", json!({ "stream_id": id, "description": "x" })).await;
    let put = world.signal("PUT", "/ssf/stream", json!({ "stream_id": id, "iss": ISSUER })).await;
    let gone = world.signal("DELETE", &format!("/ssf/stream?stream_id={id}"), json!({})).await;
    let after = world.signal("GET", &format!("/ssf/stream?stream_id={id}"), json!({})).await;

    assert_eq!((made.status, twice.status), (201, 409));
    assert_eq!(stream["iss"], ISSUER);
    assert_eq!(stream["aud"], WALLET_ISSUER);
    assert_eq!(
        stream["events_delivered"], stream["events_supported"],
        "what it heard before, for a week"
    );
    assert_eq!((all.json(), one.json()), (json!([stream]), stream.clone()));
    assert_eq!(patched.json()["description"], "x");
    assert_eq!(patched.json()["delivery"], stream["delivery"], "the rest stays");
    assert_eq!(put.json()["delivery"]["method"], "urn:ietf:rfc:8936");
    assert_eq!(put.json()["delivery"]["endpoint_url"], format!("{ISSUER}/ssf/poll"));
    assert!(put.json().get("description").is_none(), "what is left out is gone");
    assert_eq!((gone.status, after.status), (204, 404));
}

/// The address is the registry's, whatever a request says (SSRF), and so is everything else that a
/// transmitter supplies.
#[tokio::test]
async fn a_stream_moves_nothing_that_is_pinned() {
    let world = World::new().await;
    let push =
        |url: &str| json!({ "delivery": { "method": "urn:ietf:rfc:8935", "endpoint_url": url } });
    let mut refused = vec![
        push("http://169.254.169.254/latest"),
        push("http://localhost:8080/ssf/events/"),
        json!({ "delivery": { "method": "urn:ietf:rfc:8935" } }),
        json!({ "delivery": { "method": "urn:ietf:rfc:8936", "endpoint_url": "https://thief.example" } }),
        json!({ "delivery": { "method": "urn:x" } }),
        json!({ "iss": "https://thief.example" }),
        json!({ "aud": "https://thief.example" }),
        json!({ "stream_id": "mine" }),
        json!({ "events_requested": "all" }),
        json!({ "min_verification_interval": 1 }),
        json!([]),
    ];
    let with_header = format!("{WALLET_ISSUER}/ssf/events");
    refused.push(json!({ "delivery": { "method": "urn:ietf:rfc:8935", "endpoint_url": with_header,
        "authorization_header": "Bearer x" } }));
    for body in refused {
        let reply = world.signal("POST", "/ssf/stream", body.clone()).await;
        assert_eq!(reply.status, 400, "{body}: {}", reply.body);
    }
    let id = world.polled().await;
    for path in ["/ssf/status", "/ssf/verify", "/ssf/subjects/add", "/ssf/subjects/remove"] {
        let body = json!({ "stream_id": "other", "status": "paused",
            "subject": { "format": "opaque", "id": "x" } });
        assert_eq!(world.signal("POST", path, body).await.status, 404, "{path}");
        assert_eq!(world.signal("POST", path, json!({})).await.status, 400, "{path}");
    }
    let nobody = json!({ "stream_id": id, "subject": { "format": "email", "email": "a@b.jp" } });
    assert_eq!(world.signal("POST", "/ssf/subjects/add", nobody).await.status, 400);
}

/// A pause and an end answer at once what they say, and are followed after a week; what stops something
/// is kept through both.
#[tokio::test]
async fn a_stream_that_is_paused_or_disabled_tells_for_a_week_and_keeps_what_stops() {
    for status in ["paused", "disabled"] {
        let world = World::new().await;
        let id = world.polled().await;
        let set = async |status: &str| {
            let said = json!({ "stream_id": id, "status": status, "reason": "night" });
            let reply = world.signal("POST", "/ssf/status", said.clone()).await;
            assert_eq!((reply.status, reply.json()), (200, said));
        };
        set(status).await;
        world.stopped_link().await;
        world.tick().await;
        let shown = world.signal("GET", &format!("/ssf/status?stream_id={id}"), json!({})).await;
        let meanwhile = world.poll(json!({})).await;
        world.wait(7 * 86_400);
        set(status).await;
        let a_week_later = world.poll(json!({})).await;
        world.tick().await;
        set("enabled").await;
        world.tick().await;
        let kept = world.poll(json!({})).await;
        // Without a stream, what waits is pushed as was agreed.
        world.signal("DELETE", &format!("/ssf/stream?stream_id={id}"), json!({})).await;
        let pushed = world.tick().await.events;

        assert_eq!(shown.json()["status"], status);
        let (jti, _) = only(&meanwhile);
        assert_eq!(a_week_later["sets"], json!({}), "asked again, it counts from the first time");
        assert_eq!(only(&kept).0, jti, "{status}: no alarm is lost");
        assert_eq!(pushed, 1);
    }
}

/// What the desk sees of a receiver that silences many, and how one person puts it back.
#[tokio::test]
async fn people_at_the_desk_put_a_partners_stream_back_and_it_is_told() {
    let world = World::new().await;
    let id = world.polled().await;
    for name in 0..5 {
        let subject = json!({ "format": "opaque", "id": format!("ref-{name}") });
        let body = json!({ "stream_id": id, "subject": subject });
        assert_eq!(world.signal("POST", "/ssf/subjects/remove", body).await.status, 204);
    }
    let mut staff = Browser::new(9);
    staff.enter_desk(&world, "STAFFAOKI").await;
    let page = staff.get(&world, "/desk/signals/policy").await;
    assert!(page.body.contains("知らせを求めない名前 5件"), "{}", page.body);
    let form = "/desk/signals/restore";
    let typed = [("reason", "相手の担当へ電話")];
    assert_eq!(staff.submit(&world, &page, form, &typed).await.status, 303);

    let page = staff.get(&world, "/desk/signals/policy").await;
    assert!(!page.body.contains(form), "nothing is left to put back");
    let (_, token) = only(&world.poll(json!({})).await);
    let told = world.read(&token);
    assert_eq!(told.subject, id);
    let enabled = set::StreamState::Enabled;
    assert_eq!(told.event, set::Event::StreamUpdated { status: enabled });
    assert_eq!(world.tick().await.events, 1, "pushed as was agreed");
}

/// SSF 1.0 section 9.3, for the whole stream: a stolen key must not silence what its thief does next.
#[tokio::test]
async fn a_narrowed_stream_tells_all_for_a_week_and_people_hear_of_it_at_once() {
    let world = World::new().await;
    let id = world.polled().await;
    let body = json!({ "stream_id": id, "events_requested": [] });
    let patched = world.signal("PATCH", "/ssf/stream", body.clone()).await.json();
    world.signal("PATCH", "/ssf/stream", body).await;
    world.stopped_link().await;
    world.tick().await;
    let (jti, _) = only(&world.poll(json!({})).await);

    assert_eq!(patched["events_requested"], json!([]));
    assert_eq!(patched["events_delivered"], patched["events_supported"], "nobody is misled");
    let book = &world.state.bank.book;
    let about = format!("told|{CLIENT}");
    let cases = book.list::<Case>("about", &about).await.unwrap();
    assert_eq!(cases.len(), 1, "one until people have closed it");
    let mut staff = Browser::new(9);
    staff.enter_desk(&world, "STAFFAOKI").await;
    let desk = staff.get(&world, "/desk").await;
    assert!(desk.body.contains("相手がこちらの警報を減らすよう求めた"), "{}", desk.body);
    let kept = book.records().audit_log(0, 1_000).await.unwrap();
    let entry = kept.iter().find(|kept| kept.body.contains("signal.stream_changed")).unwrap();
    assert!(
        entry.body.contains("\"events_before\":\"all\"") && entry.body.contains("\"events\":\"\"")
    );

    assert!(!jti.is_empty());
    world.wait(7 * 86_400);
    let moment = world.state.site.world.moment("");
    world.state.bank.report(&moment.ctx(), ("a@example.jp", "?"), Some(CLIENT)).await.unwrap();
    world.tick().await;
    let (_, token) = only(&world.poll(json!({})).await);
    let told = world.read(&token).event;
    assert!(
        matches!(told, set::Event::CaseShared { .. }),
        "the case of a victim, always: {told:?}"
    );
}

#[tokio::test]
async fn a_word_on_the_line_says_what_was_asked_and_not_too_often() {
    let world = World::new().await;
    let id = world.polled().await;
    let ask = async |state: &str| {
        world.signal("POST", "/ssf/verify", json!({ "stream_id": id, "state": state })).await.status
    };

    let (asked, too_soon) = (ask("s-1").await, ask("s-2").await);
    let (jti, token) = only(&world.poll(json!({})).await);
    world.wait(60);
    let later = ask("s-3").await;
    let (_, next) = only(&world.poll(json!({ "ack": [jti] })).await);

    assert_eq!((asked, too_soon, later), (204, 429, 204));
    let (told, next) = (world.read(&token), world.read(&next));
    assert_eq!(told.subject, id);
    assert_eq!(told.event, set::Event::Verification { state: Some("s-1".to_owned()) });
    assert_eq!(next.event, set::Event::Verification { state: Some("s-3".to_owned()) });
}

/// SSF 1.0 sections 9.1 and 9.3: the answer does not say who exists, and whoever steals a key cannot
/// silence the alarm about what they do next.
#[tokio::test]
async fn a_subject_is_muted_a_week_later_and_nobody_learns_which_exist() {
    let world = World::new().await;
    let id = world.polled().await;
    let change = async |path: &str, name: &str| {
        let subject = json!({ "format": "opaque", "id": name });
        let body = json!({ "stream_id": id, "subject": subject });
        let reply = world.signal("POST", path, body).await;
        (reply.status, reply.body)
    };
    for name in ["ref-1", "nobody"] {
        for _ in 0..2 {
            assert_eq!(change("/ssf/subjects/remove", name).await, (204, String::new()));
            assert_eq!(change("/ssf/subjects/add", name).await, (200, String::new()));
        }
    }
    change("/ssf/subjects/remove", "ref-1").await;
    world.wait(7 * 86_400 - 60);
    world.stopped_link().await;
    world.tick().await;
    let at_once = world.poll(json!({ "maxEvents": 1 })).await;
    world.wait(120);
    let a_week_later = world.poll(json!({})).await;
    change("/ssf/subjects/add", "ref-1").await;
    let wanted_again = world.poll(json!({})).await;

    only(&at_once);
    assert_eq!(a_week_later["sets"], json!({}));
    only(&wanted_again);
}

#[tokio::test]
async fn nobody_but_a_partner_with_a_fresh_assertion_is_heard() {
    let world = World::new().await;
    let used = world.assertion().assertion;
    let first = world.signal_as(&used, ("POST", "/ssf/poll"), &json!({})).await;
    let token = set::make(
        &crate::world::WALLET_SET_KEY,
        WALLET_ISSUER,
        ISSUER,
        &set::SecurityEvent {
            jti: world.serial(),
            txn: None,
            subject: "ref-1".to_owned(),
            issued_at: world.now(),
            event: set::Event::Verification { state: None },
        },
    );
    let mut answers = std::collections::BTreeSet::new();
    for who in [used, "a.b.c".to_owned(), String::new(), token.unwrap()] {
        let reply = world.signal_as(&who, ("POST", "/ssf/poll"), &json!({})).await;
        assert!(reply.header("www-authenticate").starts_with("Bearer"));
        answers.insert((reply.status, reply.body));
    }
    let mut last = 0;
    for _ in 0..300 {
        last = world.signal("POST", "/ssf/poll", json!({})).await.status;
    }

    assert_eq!(first.status, 200);
    assert_eq!(answers.len(), 1, "one answer for all: {answers:?}");
    assert_eq!(answers.first().unwrap().0, 401);
    assert_eq!(last, 429);
}

#[tokio::test]
async fn the_configuration_document_names_what_is_there() {
    let world = World::new().await;
    let path = "/.well-known/ssf-configuration";
    let document = world.signal("GET", path, json!({})).await.json();

    assert_eq!(document["issuer"], ISSUER);
    for (name, value) in document.as_object().unwrap() {
        let Some(place) = value.as_str().and_then(|url| url.strip_prefix(ISSUER)) else { continue };
        if place.is_empty() {
            continue;
        }
        let method = if name == "jwks_uri" { "GET" } else { "POST" };
        let reply = world.signal(method, place, json!({})).await;
        assert!(!matches!(reply.status, 404 | 405), "{name}: {} {}", reply.status, reply.body);
    }
}
