//! How much one partner may ask, and how little a stranger can do about it.

use std::sync::Arc;

use axum::body::Body;
use http::{Method, Request, header};
use kanuki_bank::{
    pace::{Limits, Pace},
    replay::Replay,
};
use kanuki_bank_http::router;
use kanuki_domain::id::{DebitId, PayoutId};
use kanuki_site::caller::Peer;
use kanuki_wire::{Form, client_assertion, dpop, keys::SigningKey};

use crate::{
    browser::Browser,
    wallet::{FORM, Linked, facts},
    world::{API_HOST, CLIENT, ISSUER, Reply, World},
};

impl World {
    /// The same bank, whose partners may ask so much from now on.
    fn paced(mut self, pushes: u32, requests: u32, unfinished: usize) -> Self {
        let limits =
            Limits { pushes_per_minute: pushes, requests_per_minute: requests, unfinished };
        Arc::make_mut(&mut self.state.bank).pace = Arc::new(Pace::new(limits));
        Self { app: router(self.state.clone()), ..self }
    }

    fn form(&self, path: &str, form: &Form) -> Request<Body> {
        Request::post(path)
            .header(header::HOST, API_HOST)
            .header(header::CONTENT_TYPE, FORM)
            .header(dpop::HEADER, self.proof("POST", path, None))
            .body(Body::from(form.encode()))
            .unwrap()
    }

    fn par(&self) -> Request<Body> {
        self.form("/par", &self.par_form(facts()))
    }

    /// A form that this partner has proven to be its own.
    fn proven(&self, path: &str, fields: &[(&str, &str)]) -> Request<Body> {
        let fields =
            fields.iter().fold(Form::default(), |form, (name, value)| form.with(name, *value));
        self.form(path, &self.assertion().add_to(fields))
    }

    fn resource(
        &self,
        (method, path): (Method, &str),
        linked: &Linked,
        body: &str,
    ) -> Request<Body> {
        let token = linked.tokens.access_token.expose();
        let proof = self.proof(method.as_str(), path, Some(token));
        let id = body.split('"').nth(3).unwrap_or_default();
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, API_HOST)
            .header(header::AUTHORIZATION, format!("DPoP {token}"))
            .header(dpop::HEADER, proof)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", id)
            .body(Body::from(body.to_owned()))
            .unwrap()
    }

    /// What may be asked about a link, at one door each.
    fn at_door(&self, door: &str, linked: &Linked) -> Request<Body> {
        let refresh = linked.tokens.refresh_token.as_ref().unwrap().expose();
        let access = linked.tokens.access_token.expose();
        let serial = self.serial();
        let debit = DebitId::derive(&[&serial]);
        let payout = PayoutId::derive(&[&serial]);
        match door {
            "/par" => self.par(),
            "/token" => {
                self.proven(door, &[("grant_type", "refresh_token"), ("refresh_token", refresh)])
            }
            "/introspect" => self.proven(door, &[("token", access)]),
            "/revoke" => self.proven(door, &[("token", "nothing")]),
            "/debits" => {
                let body = format!(r#"{{"debit_id":"{debit}","amount":"100"}}"#);
                self.resource((Method::POST, door), linked, &body)
            }
            "/credits" => {
                let body = format!(r#"{{"payout_id":"{payout}","amount":"100"}}"#);
                self.resource((Method::POST, door), linked, &body)
            }
            _ => {
                let grant = linked.tokens.grant_id.unwrap();
                self.resource((Method::GET, &format!("/grants/{grant}")), linked, "")
            }
        }
    }

    async fn replays(&self) -> usize {
        self.state.bank.book.scan::<Replay>("").await.unwrap().len()
    }

    async fn from(&self, address: &str, mut request: Request<Body>) -> Reply {
        request.extensions_mut().insert(Peer(address.parse().unwrap()));
        self.send(request).await
    }
}

const DOORS: [&str; 7] =
    ["/par", "/token", "/introspect", "/revoke", "/debits", "/credits", "/grants"];

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_again_and_leaves_nothing_behind() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let world = world.paced(2, 2, 100);
    for door in DOORS {
        for _ in 0..2 {
            let reply = world.send(world.at_door(door, &linked)).await;
            assert!(reply.status < 300, "{door}: {} {}", reply.status, reply.body);
        }
    }
    world.wait(20);

    for door in DOORS {
        let noted = world.replays().await;
        let busy = (429, "temporarily_unavailable");
        let reply = world.refused(door, world.at_door(door, &linked), busy).await;
        assert_eq!(reply.header("retry-after"), "40", "{door}");
        assert_eq!(world.replays().await, noted, "{door}");
    }
    let metrics = browser.get(&world, "/metrics").await.body;
    let counted = r#"oauth_refusals_total{endpoint="par",error="too_many_requests"} 1"#;
    assert!(metrics.contains(counted), "{metrics}");

    world.wait(40);
    for door in DOORS {
        let reply = world.send(world.at_door(door, &linked)).await;
        assert!(reply.status < 300, "{door}: {} {}", reply.status, reply.body);
    }
}

#[tokio::test]
async fn only_so_many_requests_of_one_partner_wait_for_a_browser() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;
    let world = world.paced(100, 100, 2);
    assert_eq!(world.send(world.par()).await.status, 201);
    let page = world.to_consent(&mut browser, facts()).await;

    let noted = world.replays().await;
    let busy = (429, "temporarily_unavailable");
    let reply = world.refused("a third", world.par(), busy).await;
    assert_eq!(reply.header("retry-after"), "60", "no longer than a minute at a time");
    assert_eq!(world.replays().await, noted);

    // One that is no good has no place for longer than it is looked at.
    let signed = browser.touch(&world, &page, "/authorize/consent").await;
    assert_eq!(signed.status, 303, "{}", signed.body);
    let no_good = world.proven("/par", &[("response_type", "token")]);
    assert_eq!(world.send(no_good).await.status, 400);
    assert_eq!(world.send(world.par()).await.status, 201);
    assert_eq!(world.send(world.par()).await.status, 429);

    world.wait(300);
    assert_eq!(world.send(world.par()).await.status, 201);
}

/// Neither a bad signature nor a request that was overheard uses up what a partner may ask.
#[tokio::test]
async fn a_stranger_shuts_no_partner_out() {
    let world = World::new().await.paced(2, 2, 100);
    let stranger = SigningKey::generate().unwrap();
    for n in 0..5 {
        let made =
            client_assertion::make(&stranger, CLIENT, ISSUER, &format!("s-{n}"), world.now());
        let forged = client_assertion::Credentials {
            client_id: CLIENT.to_owned(),
            assertion: made.unwrap(),
        };
        let form = forged.add_to(Form::default().with("response_type", "code"));
        assert_eq!(world.send(world.form("/par", &form)).await.status, 401);
    }
    let (form, proof) = (world.par_form(facts()), world.proof("POST", "/par", None));

    let first = world.post_form("/par", &form, Some(&proof)).await;
    for _ in 0..5 {
        let again = world.post_form("/par", &form, Some(&proof)).await;
        assert_eq!(again.json()["error"], "invalid_client", "{}", again.body);
    }
    let second = world.send(world.par()).await;
    let third = world.send(world.par()).await;

    assert_eq!((first.status, second.status, third.status), (201, 201, 429));
}

/// By address and not by network, and by key once that is proven: a partner may be the neighbor of whoever
/// tries, or leave by the same address.
#[tokio::test]
async fn an_address_that_fails_in_series_is_looked_at_no_more_and_no_partner_is_shut_out_by_it() {
    let world = World::new().await;
    let stranger = SigningKey::generate().unwrap();
    let bad = || {
        let form = Form::default().with("client_id", CLIENT).with("client_assertion", "a.b.c");
        let kind = client_assertion::ASSERTION_TYPE;
        let mut request = world.form("/par", &form.with("client_assertion_type", kind));
        let uri = format!("{ISSUER}/par");
        let shown = dpop::Request { method: "POST", uri: &uri, access_token: None, nonce: None };
        let proof = dpop::make(&stranger, &shown, &world.serial(), world.now()).unwrap();
        request.headers_mut().insert(dpop::HEADER, proof.parse().unwrap());
        request
    };
    let (cloud, neighbor, elsewhere) = ("2001:db8:1:2::bad", "2001:db8:1:2::600d", "192.0.2.2");
    for n in 0..600 {
        let reply = world.from(cloud, bad()).await;
        assert_eq!(reply.json()["error"], "invalid_client", "{n}: {}", reply.body);
    }

    let closed = world.from(cloud, bad()).await;
    assert_eq!((closed.status, closed.header("retry-after")), (429, "60"));
    // Not known yet, behind that very address.
    assert_eq!(world.from(cloud, world.par()).await.status, 429);
    assert_eq!(world.from(neighbor, world.par()).await.status, 201);
    assert_eq!(world.from(cloud, world.par()).await.status, 201, "it has proven its key by now");
    assert_eq!(world.from(cloud, bad()).await.status, 429, "and nobody else's");
    assert_eq!(world.from(elsewhere, bad()).await.status, 401);
    world.wait(60);
    assert_eq!(world.from(cloud, bad()).await.status, 401);
}
