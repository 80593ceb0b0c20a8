//! A partner gives back what it took, in its own name, when the link is long over.

use http::Method;
use kanuki_domain::id::{DebitId, PayoutId};
use kanuki_wire::{Form, token::TokenRequest};

use crate::{
    browser::Browser,
    wallet::Linked,
    world::{Reply, World},
};

pub(crate) fn debit_id(n: u32) -> DebitId {
    DebitId::derive(&[&n.to_string()])
}

impl World {
    pub(crate) async fn refund_token(&self) -> String {
        let form = self.assertion().add_to(TokenRequest::Refunds.to_form());
        let proof = self.proof("POST", "/token", None);
        let reply = self.post_form("/token", &form, Some(&proof)).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.header("cache-control"), "no-store");
        let token = reply.json();
        assert_eq!((&token["token_type"], &token["scope"]), (&"DPoP".into(), &"refunds".into()));
        assert!(token.get("refresh_token").is_none());
        token["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn give_back(
        &self,
        token: &str,
        n: u32,
        amount: u32,
        of: Option<DebitId>,
    ) -> Reply {
        let id = PayoutId::derive(&[&n.to_string()]).to_string();
        let of = of.map(|of| format!(r#","refund_of":"{of}""#)).unwrap_or_default();
        let body = format!(r#"{{"payout_id":"{id}","amount":"{amount}"{of}}}"#);
        self.call((Method::POST, "/credits"), token, Some((&id, body))).await
    }

    async fn end_grant(&self, linked: &Linked) {
        let grant = linked.tokens.grant_id.unwrap();
        let path = format!("/grants/{grant}");
        let token = linked.tokens.access_token.expose();
        assert_eq!(self.call((Method::DELETE, &path), token, None).await.status, 204);
    }

    async fn is_worth(&self, token: &str) -> serde_json::Value {
        let form = self.assertion().add_to(Form::default().with("token", token));
        self.post_form("/introspect", &form, None).await.json()
    }
}

#[tokio::test]
async fn a_debit_comes_home_after_its_link_has_ended() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    assert_eq!(world.debit(&linked, 1, 8_000).await.status, 201);
    world.end_grant(&linked).await;
    let dead = linked.tokens.access_token.expose();
    assert_eq!(world.give_back(dead, 1, 8_000, Some(debit_id(1))).await.status, 401);

    let token = world.refund_token().await;
    let done = world.give_back(&token, 1, 5_000, Some(debit_id(1))).await;
    assert_eq!(done.status, 201, "{}", done.body);
    let again = world.give_back(&token, 1, 5_000, Some(debit_id(1))).await;
    assert_eq!((again.status, again.body), (201, done.body), "the same refund");
    let more = world.give_back(&token, 2, 3_001, Some(debit_id(1))).await;
    assert_eq!(more.json()["result"]["reason"], "over_limit", "{}", more.body);

    let path = format!("/credits/{}", PayoutId::derive(&["1"]));
    let found = world.call((Method::GET, &path), &token, None).await;
    assert_eq!(found.json()["result"]["outcome"], "booked", "{}", found.body);
}

#[tokio::test]
async fn what_became_of_a_debit_is_told_after_its_link_has_ended_and_to_its_partner_only() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    assert_eq!(world.debit(&linked, 1, 8_000).await.status, 201);
    world.end_grant(&linked).await;
    let path = format!("/debits/{}", debit_id(1));
    let dead = linked.tokens.access_token.expose();
    assert_eq!(world.call((Method::GET, &path), dead, None).await.status, 401);

    let token = world.refund_token().await;

    let found = world.call((Method::GET, &path), &token, None).await;
    assert_eq!(found.status, 200, "{}", found.body);
    assert_eq!(found.json()["result"]["outcome"], "booked", "{}", found.body);
    let unknown = format!("/debits/{}", debit_id(2));
    assert_eq!(world.call((Method::GET, &unknown), &token, None).await.status, 404);
}

#[tokio::test]
async fn a_token_for_refunds_opens_nothing_else() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    assert_eq!(world.debit(&linked, 1, 8_000).await.status, 201);
    let token = world.refund_token().await;

    assert_eq!(world.give_back(&token, 1, 1_000, None).await.status, 403, "a payout");
    assert_eq!(world.give_back(&token, 1, 1_000, Some(debit_id(9))).await.status, 404);
    let (id, amount) = (debit_id(2).to_string(), 1_000);
    let body = format!(r#"{{"debit_id":"{id}","amount":"{amount}"}}"#);
    let debit = world.call((Method::POST, "/debits"), &token, Some((&id, body))).await;
    assert_eq!(debit.status, 401, "{}", debit.body);
    for (method, path) in [
        (Method::GET, format!("/grants/{}", linked.tokens.grant_id.unwrap())),
        (Method::DELETE, format!("/grants/{}", linked.tokens.grant_id.unwrap())),
    ] {
        let refused = world.call((method, &path), &token, None).await;
        assert_eq!(refused.status, 401, "{path}: {}", refused.body);
    }
    let refresh = TokenRequest::RefreshToken { refresh_token: kanuki_domain::Masked::new(token) };
    let form = world.assertion().add_to(refresh.to_form());
    let proof = world.proof("POST", "/token", None);
    assert_eq!(world.post_form("/token", &form, Some(&proof)).await.status, 400);
}

#[tokio::test]
async fn a_token_for_refunds_is_bound_known_and_given_back_like_any_other() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    assert_eq!(world.debit(&linked, 1, 8_000).await.status, 201);
    let unproven = world.assertion().add_to(TokenRequest::Refunds.to_form());
    assert_eq!(world.post_form("/token", &unproven, None).await.status, 400, "no proof");
    let wide = Form::default().with("grant_type", "client_credentials").with("scope", "debits");
    let proof = world.proof("POST", "/token", None);
    let wide = world.post_form("/token", &world.assertion().add_to(wide), Some(&proof)).await;
    assert_eq!(wide.json()["error"], "invalid_scope");

    let token = world.refund_token().await;
    let worth = world.is_worth(&token).await;
    assert_eq!((&worth["active"], &worth["scope"]), (&true.into(), &"refunds".into()));
    assert!(worth["cnf"]["jkt"].is_string() && worth.get("authorization_details").is_none());
    let form = world.assertion().add_to(Form::default().with("token", &token));
    assert_eq!(world.post_form("/revoke", &form, None).await.status, 200);
    assert_eq!(world.is_worth(&token).await["active"], false);
    assert_eq!(world.give_back(&token, 1, 1_000, Some(debit_id(1))).await.status, 401);

    let late = world.refund_token().await;
    world.wait(301);
    assert_eq!(world.is_worth(&late).await["active"], false);
    assert_eq!(world.give_back(&late, 1, 1_000, Some(debit_id(1))).await.status, 401);
}
