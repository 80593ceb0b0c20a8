//! Step-up over HTTP (RFC 9470): the challenge, the bank's pages, the token and what it opens.

use http::Method;
use kanuki_domain::{Yen, id::DebitId, mandate::later};
use kanuki_wire::{
    Form, approval,
    authn::AuthnWish,
    par::{AuthorizationRequest, Details},
    pkce,
};

use crate::{
    browser::Browser,
    wallet::{Linked, verifier},
    world::{CALLBACK, CLIENT, Reply, World},
};

fn debit_id(n: u32) -> DebitId {
    DebitId::derive(&[&n.to_string()])
}

impl World {
    fn step_up_form(&self, linked: &Linked, n: u32, amount: u32) -> Form {
        let request = AuthorizationRequest {
            client_id: CLIENT.to_owned(),
            redirect_uri: CALLBACK.to_owned(),
            state: Some("state".to_owned()),
            code_challenge: pkce::challenge(&verifier()).unwrap(),
            dpop_jkt: None,
            details: Details::Debit(approval::Request {
                kind: approval::Kind::V1,
                mandate_id: linked.mandate_id,
                debit_id: debit_id(n),
                amount: Yen::of(amount),
                nonce: DebitId::derive(&[&self.serial()]).to_string(),
                expires_at: later(self.now(), approval::LIFE_SECS),
            }),
            wish: AuthnWish::sign_this(None),
            replaces: None,
        };
        self.assertion().add_to(request.to_form().unwrap())
    }

    /// A link that has cooled, whose holder lowered it to 20,000 yen a day.
    async fn modest(&self, browser: &mut Browser) -> Linked {
        let linked = self.linked(browser).await;
        let path = format!("/holder/mandates/{}/lower", linked.mandate_id);
        let page = browser.get(self, &path).await;
        let caps = [("per_day", "20000"), ("per_month", "90000")];
        let done = browser.submit(self, &page, &path, &caps).await;
        assert_eq!(done.status, 303, "{}", done.body);
        self.wait(86_401);
        linked
    }

    /// The browser goes to the bank with what was pushed, up to the sign-in.
    async fn to_step_up(&self, browser: &mut Browser, form: &Form) -> Reply {
        let proof = self.proof("POST", "/par", None);
        let pushed = self.post_form("/par", form, Some(&proof)).await;
        assert_eq!(pushed.status, 201, "{}", pushed.body);
        let request_uri = pushed.json()["request_uri"].as_str().unwrap().to_owned();
        let query = [("client_id", CLIENT), ("request_uri", &request_uri)];
        let query = serde_urlencoded::to_string(query).unwrap();
        browser.get(self, &format!("/authorize?{query}")).await
    }

    /// A new access token of the link.
    async fn refresh(&self, linked: &Linked) -> String {
        let refresh = linked.tokens.refresh_token.as_ref().unwrap().expose();
        let form = Form::default().with("grant_type", "refresh_token");
        let form = self.assertion().add_to(form.with("refresh_token", refresh));
        let proof = self.proof("POST", "/token", None);
        let reply = self.post_form("/token", &form, Some(&proof)).await;
        reply.json()["access_token"].as_str().unwrap().to_owned()
    }

    async fn pull(&self, token: &str, n: u32, amount: u32) -> Reply {
        let id = debit_id(n).to_string();
        let body = format!(r#"{{"debit_id":"{id}","amount":"{amount}"}}"#);
        self.call((Method::POST, "/debits"), token, Some((&id, body))).await
    }
}

#[tokio::test]
async fn a_holder_approves_one_debit_above_the_cap() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.modest(&mut browser).await;
    // The day has passed: the access token is exchanged for a new one.
    let standing = world.refresh(&linked).await;

    let asked = world.pull(&standing, 1, 30_000).await;
    assert_eq!(asked.status, 401, "{}", asked.body);
    assert_eq!(asked.json()["error"], "insufficient_user_authentication");
    let challenge = asked.header("www-authenticate");
    assert!(challenge.starts_with(r#"DPoP error="insufficient_user_authentication""#));
    let wanted =
        r#"acr_values="urn:kanuki:acr:passkey-uv-dynamic urn:kanuki:acr:bank-app", max_age="0""#;
    assert!(challenge.ends_with(wanted), "{challenge}");
    let metrics = browser.get(&world, "/metrics").await.body;
    assert!(metrics.contains(r#"debits_to_be_signed_total{why="beyond_terms"} 1"#), "{metrics}");

    let page = world.to_step_up(&mut browser, &world.step_up_form(&linked, 1, 30_000)).await;
    assert!(!page.body.contains("30,000"), "nothing is told before sign-in");
    let next = browser.touch(&world, &page, "/authorize/debit/sign-in").await;
    let page = browser.follow(&world, &next).await;
    for shown in ["閂ウォレット", "***0001", "¥30,000", "¥20,000", "範囲を超えています"]
    {
        assert!(page.body.contains(shown), "{shown} is not on the page");
    }
    let next = browser.touch(&world, &page, "/authorize/debit").await;
    assert_eq!(next.status, 303, "{}", next.body);
    let form = world.code_form(next.header("location"));
    let proof = world.proof("POST", "/token", None);
    let issued = world.post_form("/token", &form, Some(&proof)).await.json();
    assert!(issued.get("refresh_token").is_none());
    assert_eq!(issued["acr"], "urn:kanuki:acr:passkey-uv-dynamic");
    assert_eq!(issued["authorization_details"][0]["type"], "urn:kanuki:debit:1");
    let token = issued["access_token"].as_str().unwrap();

    let worth = world.assertion().add_to(Form::default().with("token", token));
    let worth = world.post_form("/introspect", &worth, None).await.json();
    assert_eq!(worth["acr"], "urn:kanuki:acr:passkey-uv-dynamic");
    assert_eq!(worth["authorization_details"][0]["amount"], "30000");
    assert_eq!(world.pull(token, 1, 30_001).await.status, 403);
    let credit = r#"{"payout_id":"pot_00000000000000000000000001","amount":"1"}"#.to_owned();
    let key = "pot_00000000000000000000000001";
    let credit = world.call((Method::POST, "/credits"), token, Some((key, credit))).await;
    assert_eq!(credit.status, 403, "{}", credit.body);
    assert!(issued.get("grant_id").is_none(), "it names no record that it could read or end");
    for method in [Method::GET, Method::DELETE] {
        let grant = "/grants/grt_00000000000000000000000001";
        assert_eq!(world.call((method, grant), token, None).await.status, 403);
    }

    let booked = world.pull(token, 1, 30_000).await;
    assert_eq!(booked.status, 201, "{}", booked.body);
    assert_eq!(world.pull(token, 1, 30_000).await.body, booked.body);
    assert_eq!(world.core.balance("9000001"), 470_000);
    let letter = world.letter("お客さまのパスキーで1回だけ承認されました").await;
    assert!(letter.body.contains("停止コード："));
}

#[tokio::test]
async fn a_holder_who_declines_moves_nothing_and_the_wallet_hears_it() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.modest(&mut browser).await;
    let page = world.to_step_up(&mut browser, &world.step_up_form(&linked, 1, 30_000)).await;
    let next = browser.touch(&world, &page, "/authorize/debit/sign-in").await;
    let page = browser.follow(&world, &next).await;

    let next = browser.submit(&world, &page, "/authorize/debit/decline", &[]).await;

    assert!(next.header("location").starts_with(CALLBACK));
    assert!(next.header("location").contains("error=access_denied"));
    let again = browser.submit(&world, &page, "/authorize/debit/decline", &[]).await;
    assert_eq!(again.status, 404);
    assert!(again.body.contains("お金は動いていません"), "{}", again.body);
    assert_eq!(world.core.balance("9000001"), 500_000);
}

#[tokio::test]
async fn somebody_else_sees_nothing_of_it() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.modest(&mut browser).await;
    let mut other = Browser::new(2);
    other.enter_portal(&world, "9000002").await;

    let page = world.to_step_up(&mut other, &world.step_up_form(&linked, 1, 30_000)).await;
    let refused = other.touch(&world, &page, "/authorize/debit/sign-in").await;

    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(!refused.body.contains("30,000") && !refused.body.contains("***0001"));
}

#[tokio::test]
async fn the_bank_says_what_it_can_ask_of_a_holder() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let metadata = browser.get(&world, "/.well-known/oauth-authorization-server").await.json();

    let offered = &metadata["acr_values_supported"];
    assert_eq!(offered[0], "urn:kanuki:acr:passkey-uv");
    assert_eq!(offered[1], "urn:kanuki:acr:passkey-uv-dynamic");
    assert_eq!(offered.as_array().unwrap().len(), 2, "something known is not among them");
    assert_eq!(metadata["authorization_details_types_supported"][1], approval::TYPE);
}
