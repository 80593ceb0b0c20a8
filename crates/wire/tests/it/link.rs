//! A link and a debit cross from one end to the other.

use jiff::Timestamp;
use kanuki_domain::{
    Masked, Yen,
    id::{DebitId, MandateId},
    mandate::{Interaction, Terms},
    person::Facts,
};
use kanuki_wire::{
    Form,
    authn::AuthnWish,
    callback::{Answer, Callback},
    client_assertion::{self, Credentials},
    debit::DebitRequest,
    dpop,
    holder_facts::{self, HolderFacts},
    json,
    keys::{Jwks, Signer as _, SigningKey},
    mandate::{
        AccountRef, Action, BindingMethod, Granted, HolderBinding, Kind, Request, WalletRef,
    },
    metadata::Metadata,
    par::{AuthorizationRequest, AuthorizeQuery, Details, Pushed, REQUEST_URI_PREFIX},
    pkce,
    token::{TokenRequest, TokenResponse},
};

const ISSUER: &str = "https://bank.example";
const CLIENT: &str = "wallet";
const CALLBACK: &str = "https://wallet.example/callback";

fn now() -> Timestamp {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

struct Wallet {
    client_key: SigningKey,
    dpop_key: SigningKey,
    bank: Metadata,
}

impl Wallet {
    fn new() -> Self {
        let body = serde_json::to_vec(&Metadata::of(ISSUER)).unwrap();
        Self {
            client_key: SigningKey::generate().unwrap(),
            dpop_key: SigningKey::generate().unwrap(),
            bank: Metadata::parse(&body, ISSUER).unwrap(),
        }
    }

    fn jwks(&self) -> Jwks {
        let served = serde_json::to_vec(&Jwks::of([self.client_key.public_jwk()])).unwrap();
        json::read(&served).unwrap()
    }

    fn authenticated(&self, form: Form, jti: &str) -> String {
        let assertion =
            client_assertion::make(&self.client_key, CLIENT, ISSUER, jti, now()).unwrap();
        Credentials { client_id: CLIENT.into(), assertion }.add_to(form).encode()
    }

    fn proof(&self, uri: &str, access_token: Option<&str>) -> String {
        let request = dpop::Request { method: "POST", uri, access_token, nonce: None };
        dpop::make(&self.dpop_key, &request, "p", now()).unwrap()
    }

    fn request(&self, verifier: &str) -> AuthorizationRequest {
        let text = |s: &str| Masked::new(s.to_owned());
        let facts = Facts {
            name: text("山田 花子"),
            declared_kana: text("ヤマダ ハナコ"),
            born_on: Masked::new(jiff::civil::date(1990, 4, 1)),
            address: text("東京都千代田区1-1"),
            phone: text("09000000000"),
        };
        let facts = HolderFacts { jti: "f".into(), consented_at: now(), facts };
        let facts = holder_facts::make(&self.client_key, CLIENT, ISSUER, &facts, now()).unwrap();
        AuthorizationRequest {
            client_id: CLIENT.into(),
            redirect_uri: CALLBACK.into(),
            state: Some("state".into()),
            code_challenge: pkce::challenge(verifier).unwrap(),
            dpop_jkt: None,
            details: Details::Mandate(Request {
                kind: Kind::V1,
                actions: vec![Action::Debit],
                wallet: WalletRef { account_ref: "ref".into() },
                terms: Terms::rolling(
                    Yen::of(10_000),
                    Yen::of(50_000),
                    (now(), "2027-12-01T00:00:00Z".parse().unwrap()),
                ),
                holder_binding: HolderBinding {
                    method: BindingMethod::Jpki,
                    assertion: Masked::new(facts),
                },
            }),
            wish: AuthnWish::default(),
            replaces: None,
        }
    }
}

/// The bank's end of every authenticated form: the credentials, then the proof.
fn admit(body: &str, proof: &str, uri: &str, keys: &Jwks) -> (Form, dpop::Proof) {
    let form = Form::decode(body.as_bytes()).unwrap();
    let Credentials { client_id, assertion } = Credentials::from_form(&form).unwrap();
    client_assertion::verify(&assertion, &client_id, ISSUER, keys, now()).unwrap();
    let expected =
        dpop::Expected { method: "POST", uri, access_token: None, jkt: None, nonces: &[] };
    (form, dpop::verify(proof, &expected, now()).unwrap())
}

fn grant(request: &Request) -> TokenResponse {
    let granted = Granted {
        kind: Kind::V1,
        mandate_id: MandateId::derive(&["m"]),
        grant_id: None,
        actions: request.actions.clone(),
        wallet: request.wallet.clone(),
        terms: request.terms.clone(),
        account: AccountRef { handle: "h".into(), mask: "***4567".into() },
        standing: None,
    };
    TokenResponse {
        access_token: Masked::new("access".into()),
        token_type: "DPoP".into(),
        expires_in: 300,
        refresh_token: Some(Masked::new("refresh".into())),
        authorization_details: vec![granted],
        grant_id: None,
        acr: None,
        auth_time: None,
    }
}

#[test]
fn a_link_and_a_debit_cross_the_wire() {
    let wallet = Wallet::new();
    let (keys, verifier) = (wallet.jwks(), pkce::verifier([9; 32]));

    // The wallet pushes; the bank reads, binds and answers.
    let asked = wallet.request(&verifier);
    let par = &wallet.bank.pushed_authorization_request_endpoint;
    let body = wallet.authenticated(asked.to_form().unwrap(), "a1");
    let (form, proof) = admit(&body, &wallet.proof(par, None), par, &keys);
    let mut pushed = AuthorizationRequest::parse(&form, CLIENT).unwrap();
    pushed.bind(Some(&proof.jkt)).unwrap();
    pushed.check_redirect(&[CALLBACK]).unwrap();
    let facts = pushed.details.mandate().unwrap().holder_binding.assertion.expose();
    let facts = holder_facts::verify(facts, CLIENT, ISSUER, &keys, now()).unwrap();
    assert_eq!(facts.facts.name.expose(), "山田 花子");

    // The browser goes and comes back.
    let request_uri = format!("{REQUEST_URI_PREFIX}r");
    let answer = serde_json::to_vec(&Pushed { request_uri, expires_in: 300 }).unwrap();
    let Pushed { request_uri, .. } = json::read(&answer).unwrap();
    let there = AuthorizeQuery { client_id: CLIENT.into(), request_uri };
    let url = there.to_url(&wallet.bank.authorization_endpoint).unwrap();
    assert_eq!(AuthorizeQuery::parse(url.split_once('?').unwrap().1), Ok(there));
    let code = Answer::Code(Masked::new("code".into()));
    let back = Callback::new(ISSUER, pushed.state.as_deref(), code).to_url(CALLBACK).unwrap();
    let answer = Callback::parse(back.split_once('?').unwrap().1).unwrap();
    let Answer::Code(code) = answer.accept(ISSUER, "state").unwrap() else { panic!("refused") };

    // The code becomes tokens for the same key.
    let exchange = TokenRequest::AuthorizationCode {
        code,
        redirect_uri: CALLBACK.into(),
        code_verifier: Masked::new(verifier),
    };
    let token = &wallet.bank.token_endpoint;
    let body = wallet.authenticated(exchange.to_form(), "a2");
    let (form, proof) = admit(&body, &wallet.proof(token, None), token, &keys);
    let TokenRequest::AuthorizationCode { code_verifier, .. } = TokenRequest::parse(&form).unwrap()
    else {
        panic!("another grant type")
    };
    pkce::verify(code_verifier.expose(), &pushed.code_challenge).unwrap();
    assert_eq!(pushed.dpop_jkt.as_deref(), Some(proof.jkt.as_str()));
    let body = serde_json::to_vec(&grant(pushed.details.mandate().unwrap())).unwrap();
    let tokens: TokenResponse = TokenResponse::parse(&body).unwrap();
    tokens.authorization_details[0].check_against(asked.details.mandate().unwrap()).unwrap();

    // A debit needs the token and the key.
    let uri = "https://bank.example/debits";
    let access = tokens.access_token.expose().as_str();
    let proof_header = wallet.proof(uri, Some(access));
    let expected = dpop::Expected {
        method: "POST",
        uri,
        access_token: Some(access),
        jkt: pushed.dpop_jkt.as_deref(),
        nonces: &[],
    };
    assert!(dpop::verify(&proof_header, &expected, now()).is_ok());
    let thief = Wallet::new().proof(uri, Some(access));
    assert_eq!(dpop::verify(&thief, &expected, now()), Err(dpop::DpopError::Key));
    let debit = DebitRequest {
        debit_id: DebitId::derive(&["d"]),
        amount: Yen::of(5_000),
        interaction: Interaction::InSession,
        authn_evidence: None,
    };
    let body = serde_json::to_vec(&debit).unwrap();
    assert_eq!(json::read::<DebitRequest>(&body), Ok(debit));
}
