//! The wallet's side of the back channel.

use axum::body::Body;
use http::{Method, Request, header};
use jiff::civil::date;
use kanuki_domain::{
    Masked, Yen, id::DebitId, id::GrantId, id::MandateId, mandate::Terms, mandate::later,
    person::Facts,
};
use kanuki_wire::{
    Form,
    authn::AuthnWish,
    callback::{Answer, Callback},
    client_assertion, dpop, holder_facts, mandate as details,
    par::{AuthorizationRequest, Details},
    pkce,
    token::{TokenRequest, TokenResponse},
};

use crate::{
    browser::Browser,
    world::{API_HOST, CALLBACK, CLIENT, ISSUER, Reply, World},
};

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) fn facts() -> Facts {
    Facts {
        name: Masked::new("山田 花子".to_owned()),
        declared_kana: Masked::new("ヤマダ ハナコ".to_owned()),
        born_on: Masked::new(date(1955, 3, 3)),
        address: Masked::new("東京都千代田区千代田1-1".to_owned()),
        phone: Masked::new("09011112222".to_owned()),
    }
}

pub(crate) fn verifier() -> String {
    pkce::verifier([5; 32])
}

/// A link, as the wallet sees it when it is done.
pub(crate) struct Linked {
    pub(crate) tokens: TokenResponse,
    pub(crate) mandate_id: MandateId,
}

impl World {
    pub(crate) fn terms(&self) -> Terms {
        let validity = (self.now(), later(self.now(), 300 * 86_400));
        Terms::rolling(Yen::of(50_000), Yen::of(300_000), validity)
    }

    pub(crate) fn assertion(&self) -> client_assertion::Credentials {
        let (key, serial) = (&self.client_key, self.serial());
        let made = client_assertion::make(key, CLIENT, ISSUER, &serial, self.now()).unwrap();
        client_assertion::Credentials { client_id: CLIENT.to_owned(), assertion: made }
    }

    pub(crate) fn proof(&self, method: &str, path: &str, token: Option<&str>) -> String {
        let uri = format!("{ISSUER}{path}");
        let request = dpop::Request { method, uri: &uri, access_token: token, nonce: None };
        dpop::make(&self.dpop_key, &request, &self.serial(), self.now()).unwrap()
    }

    /// What the wallet would push, with credentials.
    pub(crate) fn par_form(&self, facts: Facts) -> Form {
        self.par_form_on(self.terms(), None, facts)
    }

    /// The same on other terms, perhaps for a grant that is there.
    pub(crate) fn par_form_on(
        &self,
        terms: Terms,
        replaces: Option<GrantId>,
        facts: Facts,
    ) -> Form {
        let told =
            holder_facts::HolderFacts { jti: self.serial(), consented_at: self.now(), facts };
        let token =
            holder_facts::make(&self.client_key, CLIENT, ISSUER, &told, self.now()).unwrap();
        let request = AuthorizationRequest {
            client_id: CLIENT.to_owned(),
            redirect_uri: CALLBACK.to_owned(),
            state: Some("state".to_owned()),
            code_challenge: pkce::challenge(&verifier()).unwrap(),
            dpop_jkt: None,
            details: Details::Mandate(details::Request {
                kind: details::Kind::V1,
                actions: vec![details::Action::Debit, details::Action::Credit],
                wallet: details::WalletRef { account_ref: "ref-1".to_owned() },
                terms,
                holder_binding: details::HolderBinding {
                    method: details::BindingMethod::Jpki,
                    assertion: Masked::new(token),
                },
            }),
            wish: AuthnWish::default(),
            replaces,
        };
        self.assertion().add_to(request.to_form().unwrap())
    }

    pub(crate) async fn post_form(&self, path: &str, form: &Form, proof: Option<&str>) -> Reply {
        let mut request =
            Request::post(path).header(header::HOST, API_HOST).header(header::CONTENT_TYPE, FORM);
        if let Some(proof) = proof {
            request = request.header(dpop::HEADER, proof);
        }
        self.send(request.body(Body::from(form.encode())).unwrap()).await
    }

    pub(crate) async fn push(&self, facts: Facts) -> String {
        self.push_form(&self.par_form(facts)).await
    }

    async fn push_form(&self, form: &Form) -> String {
        let proof = self.proof("POST", "/par", None);
        let reply = self.post_form("/par", form, Some(&proof)).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.json()["request_uri"].as_str().unwrap().to_owned()
    }

    pub(crate) fn code_form(&self, callback: &str) -> Form {
        let (there, query) = callback.split_once('?').unwrap();
        assert_eq!(there, CALLBACK);
        let answer = Callback::parse(query).unwrap().accept(ISSUER, "state").unwrap();
        let Answer::Code(code) = answer else { panic!("{answer:?}") };
        let code_verifier = Masked::new(verifier());
        let redirect_uri = CALLBACK.to_owned();
        let request = TokenRequest::AuthorizationCode { code, redirect_uri, code_verifier };
        self.assertion().add_to(request.to_form())
    }

    pub(crate) async fn exchange(&self, callback: &str) -> TokenResponse {
        let proof = self.proof("POST", "/token", None);
        let reply = self.post_form("/token", &self.code_form(callback), Some(&proof)).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.header("cache-control"), "no-store");
        TokenResponse::parse(reply.body.as_bytes()).unwrap()
    }

    /// A request with an access token and a proof for it.
    pub(crate) async fn call(
        &self,
        (method, path): (Method, &str),
        token: &str,
        json: Option<(&str, String)>,
    ) -> Reply {
        let proof = self.proof(method.as_str(), path, Some(token));
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, API_HOST)
            .header(header::AUTHORIZATION, format!("DPoP {token}"))
            .header(dpop::HEADER, proof);
        let mut body = Body::empty();
        if let Some((key, json)) = json {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .header("idempotency-key", key);
            body = Body::from(json);
        }
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn debit(&self, linked: &Linked, n: u32, amount: u32) -> Reply {
        let id = DebitId::derive(&[&n.to_string()]).to_string();
        let body = format!(r#"{{"debit_id":"{id}","amount":"{amount}"}}"#);
        let token = linked.tokens.access_token.expose();
        self.call((Method::POST, "/debits"), token, Some((&id, body))).await
    }

    /// From the wallet's request to the consent page, signed in with a passkey on file.
    pub(crate) async fn to_consent(&self, browser: &mut Browser, facts: Facts) -> Reply {
        self.to_consent_on(browser, &self.par_form(facts)).await
    }

    /// The same for any request.
    pub(crate) async fn to_consent_on(&self, browser: &mut Browser, form: &Form) -> Reply {
        let page = self.to_account(browser, form).await;
        let chosen = crate::browser::between(&page.body, "name=\"account\" value=\"", "\"");
        let chosen = chosen.expect("an account").to_owned();
        let next = browser.submit(self, &page, "/authorize/account", &[("account", &chosen)]).await;
        browser.follow(self, &next).await
    }

    /// From the wallet's request to what comes after the sign-in.
    pub(crate) async fn to_account(&self, browser: &mut Browser, form: &Form) -> Reply {
        let request_uri = self.push_form(form).await;
        let query = [("client_id", CLIENT), ("request_uri", &request_uri)];
        let query = serde_urlencoded::to_string(query).unwrap();
        let page = browser.get(self, &format!("/authorize?{query}")).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let next = browser.touch(self, &page, "/authorize/sign-in").await;
        browser.follow(self, &next).await
    }

    /// The whole ceremony of a holder who has a passkey.
    pub(crate) async fn link(&self, browser: &mut Browser) -> Linked {
        let page = self.to_consent(browser, facts()).await;
        let next = browser.touch(self, &page, "/authorize/consent").await;
        assert_eq!(next.status, 303, "{}", next.body);
        let tokens = self.exchange(next.header("location")).await;
        let mandate_id = tokens.authorization_details[0].mandate_id;
        Linked { tokens, mandate_id }
    }

    /// A holder with a passkey and a link.
    pub(crate) async fn linked(&self, browser: &mut Browser) -> Linked {
        browser.enter_portal(self, "9000001").await;
        self.link(browser).await
    }
}
