use std::{collections::BTreeSet, sync::Mutex};

use bytes::Bytes;
use http::{Request, Response, header};
use jiff::Timestamp;
use kanuki_domain::{
    Entropy, Masked, Yen,
    bank_account::BankCode,
    id::{DebitId, GrantId, MandateId},
    mandate::Interaction,
};
use kanuki_site::TransportError;
use kanuki_wallet::BankKeys;
use kanuki_wire::{
    ErrorCode, Form, OAuthError, approval,
    client_assertion::{self, Credentials},
    debit::RefusalReason,
    dpop,
    keys::{Jwks, Signer as _, SigningKey},
    mandate::AccountRef,
};

use super::*;

type Said = Result<Response<Bytes>, TransportError>;

/// A bank that says what it was told to say, and remembers what it was asked.
#[derive(Default)]
struct Script {
    says: Mutex<Vec<Said>>,
    heard: Mutex<Vec<Request<Bytes>>>,
}

#[async_trait]
impl Transport for Script {
    async fn call(&self, request: Request<Bytes>) -> Said {
        self.heard.lock().unwrap().push(request);
        self.says.lock().unwrap().remove(0)
    }
}

struct Counting(Mutex<u8>);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let mut count = self.0.lock().unwrap();
        *count += 1;
        bytes.fill(*count);
    }
}

fn said(status: u16, body: &str) -> Said {
    let body = Bytes::from(body.to_owned());
    Response::builder().status(status).body(body).map_err(|_| TransportError::Unreachable)
}

fn bank() -> PartnerBank {
    PartnerBank {
        code: BankCode::parse("9901").unwrap(),
        name: "One".to_owned(),
        issuer: "http://bank.test".to_owned(),
        authorize_url: "http://bank.test/authorize".to_owned(),
        client_id: "wallet".to_owned(),
        event_keys: Jwks::default(),
        message_signing: false,
        decoupled: false,
        pings: false,
        protocol: Protocol::Fapi,
        rotate_keys_after_days: None,
        topups_per_week: None,
        assurance: Assurance::fapi(),
        agreement: kanuki_domain::agreement::Agreement::default(),
        since: Timestamp::UNIX_EPOCH,
    }
}

struct World {
    script: Arc<Script>,
    client: BankClient,
    bank: PartnerBank,
    keys: BankKeys,
    entropy: Counting,
}

fn world(says: Vec<Said>) -> World {
    let script = Arc::new(Script { says: Mutex::new(says), heard: Mutex::default() });
    let client = bank_client(Arc::<Script>::clone(&script));
    let keys =
        BankKeys { client: SigningKey::generate().unwrap(), dpop: SigningKey::generate().unwrap() };
    World { script, client, bank: bank(), keys, entropy: Counting(Mutex::new(0)) }
}

impl World {
    fn ctx(&self) -> Ctx<'_> {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        Ctx { now, entropy: &self.entropy, address_block: "", address: "" }
    }

    fn party(&self) -> Party<'_> {
        Party { bank: &self.bank, keys: &self.keys }
    }

    async fn debit(&self) -> Result<Outcome, GatewayError> {
        let request = DebitRequest {
            debit_id: DebitId::derive(&["d"]),
            amount: Yen::of(5_000),
            interaction: Interaction::InSession,
            authn_evidence: None,
        };
        self.client.debit(&self.ctx(), self.party(), "token-1", &request).await
    }
}

fn answer(debit: &str, result: &str) -> String {
    format!(r#"{{"debit_id":"{}","result":{result}}}"#, DebitId::derive(&[debit]))
}

#[tokio::test]
async fn a_debit_is_proven_keyed_and_understood() {
    let booked = answer("d", r#"{"outcome":"booked","booked_at":"2027-01-15T08:00:00Z"}"#);
    let world = world(vec![said(201, &booked)]);

    assert!(matches!(world.debit().await, Ok(Outcome::Booked { .. })));

    let heard = world.script.heard.lock().unwrap();
    let headers = heard[0].headers();
    let proof = headers[dpop::HEADER].to_str().unwrap();
    let jkt = world.keys.dpop.public_jwk().thumbprint();
    let expected = dpop::Expected {
        method: "POST",
        uri: "http://bank.test/debits",
        access_token: Some("token-1"),
        jkt: Some(&jkt),
        nonces: &[],
    };
    assert!(dpop::verify(proof, &expected, world.ctx().now).is_ok());
    assert_eq!(headers[header::AUTHORIZATION], "DPoP token-1");
    assert_eq!(headers["idempotency-key"], DebitId::derive(&["d"]).to_string().as_str());
}

#[tokio::test]
async fn an_answer_that_is_none_is_unknown() {
    let other = answer("other", r#"{"outcome":"pending"}"#);
    let oauth = r#"{"error":"temporarily_unavailable","error_description":"x"}"#;
    for lost in [
        Err(TransportError::TimedOut),
        Err(TransportError::Unreachable),
        said(502, "<html>"),
        said(503, oauth),
        said(500, r#"{"error":"server_error","error_description":"x"}"#),
        said(201, "{}"),
        said(200, &answer("d", r#"{"outcome":"done"}"#)),
        said(201, &other),
        said(404, "not here"),
        said(408, r#"{"error":"invalid_request","error_description":"slow"}"#),
        said(409, r#"{"code":"different_request","status":409}"#),
        said(429, oauth),
    ] {
        let shown = format!("{lost:?}");
        assert_eq!(world(vec![lost]).debit().await, Err(GatewayError::Unknown), "{shown}");
    }
}

#[tokio::test]
async fn a_refusal_before_anything_was_done_is_refused() {
    for (status, code) in [
        (400, ErrorCode::InvalidRequest),
        (401, ErrorCode::InvalidToken),
        (403, ErrorCode::InsufficientScope),
    ] {
        let error = OAuthError::new(code, "no");
        let body = serde_json::to_string(&error).unwrap();
        let refused = world(vec![said(status, &body)]).debit().await;
        assert_eq!(refused, Err(GatewayError::Refused(error)));
    }
    let refused = answer("d", r#"{"outcome":"refused","reason":"over_limit"}"#);
    let outcome = world(vec![said(200, &refused)]).debit().await;
    assert_eq!(outcome, Ok(Outcome::Refused { reason: RefusalReason::OverLimit }));
}

#[tokio::test]
async fn the_banks_nonce_is_brought_along_once() {
    let wants = OAuthError::new(ErrorCode::UseDpopNonce, "nonce");
    let mut first = said(401, &serde_json::to_string(&wants).unwrap()).unwrap();
    first.headers_mut().insert(dpop::NONCE_HEADER, "n-1".parse().unwrap());
    let world = world(vec![Ok(first), said(202, &answer("d", r#"{"outcome":"pending"}"#))]);

    assert_eq!(world.debit().await, Ok(Outcome::Pending));

    let heard = world.script.heard.lock().unwrap();
    let expected = dpop::Expected {
        method: "POST",
        uri: "http://bank.test/debits",
        access_token: Some("token-1"),
        jkt: None,
        nonces: &["n-1"],
    };
    let proof = heard[1].headers()[dpop::HEADER].to_str().unwrap();
    assert!(dpop::verify(proof, &expected, world.ctx().now).is_ok());
    assert_ne!(heard[0].headers()[dpop::HEADER], heard[1].headers()[dpop::HEADER]);
}

fn wants_nonce(nonce: &str) -> Response<Bytes> {
    let wants = OAuthError::new(ErrorCode::UseDpopNonce, "nonce");
    let mut said = said(401, &serde_json::to_string(&wants).unwrap()).unwrap();
    said.headers_mut().insert(dpop::NONCE_HEADER, nonce.parse().unwrap());
    said
}

#[tokio::test]
async fn a_bank_that_never_has_enough_nonces_is_asked_twice() {
    let world = world(vec![Ok(wants_nonce("n-1")), Ok(wants_nonce("n-2"))]);

    let refused = world.debit().await;

    assert!(matches!(refused, Err(GatewayError::Refused(e)) if e.code == ErrorCode::UseDpopNonce));
    assert_eq!(world.script.heard.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn the_last_nonce_of_a_bank_is_remembered() {
    let pending = || said(202, &answer("d", r#"{"outcome":"pending"}"#));
    let mut rotated = pending().unwrap();
    rotated.headers_mut().insert(dpop::NONCE_HEADER, "n-2".parse().unwrap());
    let world = world(vec![Ok(wants_nonce("n-1")), Ok(rotated), pending()]);
    world.debit().await.unwrap();
    world.debit().await.unwrap();

    let heard = world.script.heard.lock().unwrap();
    assert_eq!(heard.len(), 3, "the second debit needs one request");
    let expected = dpop::Expected {
        method: "POST",
        uri: "http://bank.test/debits",
        access_token: Some("token-1"),
        jkt: None,
        nonces: &["n-2"],
    };
    let proof = heard[2].headers()[dpop::HEADER].to_str().unwrap();
    assert!(dpop::verify(proof, &expected, world.ctx().now).is_ok());
}

#[tokio::test]
async fn a_bank_that_wants_signatures_gets_the_request_as_one_token() {
    let details = r#"[{"type":"urn:kanuki:mandate:1","actions":["debit"],
        "wallet":{"account_ref":"r"},"holder_binding":{"method":"jpki","assertion":"a.b.c"},
        "terms":{"max_individual":"1","interaction":["in_session"],
        "periodic":[{"period":"day","alignment":"rolling","amount":"1"}],
        "valid_from":"2026-12-01T00:00:00Z","valid_to":"2027-01-01T00:00:00Z"}}]"#;
    let request = AuthorizationRequest {
        client_id: "wallet".into(),
        redirect_uri: "https://wallet.example/callback".into(),
        state: Some("s".into()),
        code_challenge: kanuki_wire::pkce::challenge(&"v".repeat(43)).unwrap(),
        dpop_jkt: None,
        details: kanuki_wire::par::Details::parse(details).unwrap(),
        wish: kanuki_wire::authn::AuthnWish::default(),
        replaces: None,
    };
    let mut world = world(vec![said(201, r#"{"request_uri":"urn:x","expires_in":300}"#)]);
    world.bank.message_signing = true;

    world.client.push(&world.ctx(), world.party(), &request).await.unwrap();

    let heard = world.script.heard.lock().unwrap();
    let form = Form::decode(heard[0].body()).unwrap();
    let names: Vec<&str> = form.pairs().map(|(name, _)| name).collect();
    let credentials = ["client_assertion", "client_assertion_type", "client_id"];
    assert_eq!(names, [credentials.as_slice(), &["request"]].concat());
    let keys = Jwks::of([world.keys.client.public_jwk()]);
    let token = form.get("request").unwrap();
    let parties = ("wallet", "http://bank.test");
    let signed = kanuki_wire::jar::verify(token, parties, &keys, world.ctx().now).unwrap();
    assert_eq!(signed.get("response_mode"), Some("jwt"));
    assert_eq!(AuthorizationRequest::parse(&signed, "wallet"), Ok(request));
}

#[tokio::test]
async fn a_banks_keys_are_asked_for_once_and_kept_when_it_goes_silent() {
    let key = SigningKey::generate().unwrap();
    let set = serde_json::to_string(&Jwks::of([key.public_jwk()])).unwrap();
    let world = world(vec![said(200, &set)]);
    let (ctx, bank) = (world.ctx(), &world.bank);

    for anew in [false, false, true] {
        let keys = world.client.server_keys(&ctx, bank, anew).await.unwrap();
        assert_eq!(keys.keys[0].thumbprint(), key.kid());
    }
    assert_eq!(world.script.heard.lock().unwrap().len(), 1, "never twice within a minute");
    assert_eq!(world.script.heard.lock().unwrap()[0].uri(), "http://bank.test/jwks");

    let later = Ctx { now: kanuki_domain::mandate::later(ctx.now, 61), ..ctx };
    world.script.says.lock().unwrap().push(said(500, "<html>"));
    let kept = world.client.server_keys(&later, bank, true).await.unwrap();
    assert_eq!(kept.keys[0].thumbprint(), key.kid());
}

#[tokio::test]
async fn the_token_endpoint_hears_an_assertion_for_this_bank_alone() {
    let world = world(vec![said(400, r#"{"error":"invalid_grant","error_description":"x"}"#)]);
    let refresh_token = Masked::new("r".to_owned());
    let request = TokenRequest::RefreshToken { refresh_token };

    let refused = world.client.exchange(&world.ctx(), world.party(), &request).await;

    assert!(matches!(refused, Err(GatewayError::Refused(e)) if e.code == ErrorCode::InvalidGrant));
    let heard = world.script.heard.lock().unwrap();
    let form = Form::decode(heard[0].body()).unwrap();
    let credentials = Credentials::from_form(&form).unwrap();
    let keys = Jwks::of([world.keys.client.public_jwk()]);
    let now = world.ctx().now;
    let good = |issuer| {
        client_assertion::verify(&credentials.assertion, "wallet", issuer, &keys, now).is_ok()
    };
    assert!(good("http://bank.test"));
    assert!(!good("http://other.test"));
}

#[tokio::test]
async fn ending_what_has_ended_is_fine_and_events_are_taken_or_not() {
    let world = world(vec![
        said(204, ""),
        said(404, r#"{"code":"not_found"}"#),
        Err(TransportError::TimedOut),
        said(202, ""),
        said(400, r#"{"err":"invalid_key","description":"x"}"#),
        said(429, ""),
    ]);
    let (ctx, grant_id) = (world.ctx(), GrantId::derive(&["g"]));
    let end = || world.client.end_grant(&ctx, world.party(), "token-1", grant_id);

    assert_eq!(end().await, Ok(()));
    assert_eq!(end().await, Ok(()));
    assert_eq!(end().await, Err(GatewayError::Unknown));
    for heard in [Heard::Taken, Heard::Refused, Heard::Later] {
        assert_eq!(world.client.tell(&ctx, &world.bank, "set").await, heard);
    }
    let heard = world.script.heard.lock().unwrap();
    assert_eq!(heard[4].uri(), "http://bank.test/ssf/events");
}

fn plain_world(says: Vec<Said>) -> World {
    let mut world = world(says);
    world.bank.protocol = Protocol::Oauth;
    world
}

#[tokio::test]
async fn a_bank_of_plain_oauth_is_asked_with_a_bearer_token_and_no_proof() {
    let booked = answer("d", r#"{"outcome":"booked","booked_at":"2027-01-15T08:00:00Z"}"#);
    let world = plain_world(vec![said(201, &booked), said(204, "")]);

    assert!(matches!(world.debit().await, Ok(Outcome::Booked { .. })));
    let (ctx, grant_id) = (world.ctx(), GrantId::derive(&["g"]));
    let ended = world.client.end_grant(&ctx, world.party(), "token-1", grant_id).await;

    assert_eq!(ended, Ok(()));
    let heard = world.script.heard.lock().unwrap();
    for request in heard.iter() {
        assert_eq!(request.headers()[header::AUTHORIZATION], "Bearer token-1");
        assert!(!request.headers().contains_key(dpop::HEADER));
    }
    assert_eq!(heard[0].headers()["idempotency-key"], DebitId::derive(&["d"]).to_string());
    let places: Vec<String> =
        heard.iter().map(|r| format!("{} {}", r.method(), r.uri().path())).collect();
    assert_eq!(places, ["POST /debits", "DELETE /mandate"]);
}

#[tokio::test]
async fn what_a_bank_of_plain_oauth_cannot_do_is_not_asked_of_it() {
    let world = plain_world(Vec::new());
    let code = TokenRequest::Decoupled { auth_req_id: Masked::new("a".to_owned()) };

    let once = world.client.exchange_once(&world.ctx(), world.party(), &code).await;

    assert!(matches!(once, Err(GatewayError::Refused(_))), "{once:?}");
    assert_eq!(world.client.tell(&world.ctx(), &world.bank, "set").await, Heard::Taken);
    assert!(world.script.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_token_of_another_kind_is_no_answer() {
    for kind in ["DPoP", "mac", ""] {
        let tokens = format!(r#"{{"access_token":"t","token_type":"{kind}"}}"#);
        let world = plain_world(vec![said(200, &tokens)]);
        let refresh_token = Masked::new("r".to_owned());
        let request = TokenRequest::RefreshToken { refresh_token };
        let answer = world.client.exchange(&world.ctx(), world.party(), &request).await;
        assert_eq!(answer.err(), Some(GatewayError::Unknown), "{kind}");
    }
}

/// RFC 6749 section 2.3.1, appendix B: each half is form-encoded before they are joined.
#[tokio::test]
async fn a_bank_that_knows_no_assertions_is_shown_a_secret_and_other_banks_are_not() {
    let tokens = r#"{"access_token":"t","token_type":"bearer"}"#;
    let secret = || Masked::new("a:b c+never-shown".to_owned());
    for (method, header_is, form_has) in [
        (
            SecretMethod::ClientSecretBasic,
            Some("Basic d2FsbGV0OmElM0FiK2MlMkJuZXZlci1zaG93bg=="),
            "",
        ),
        (SecretMethod::ClientSecretPost, None, "client_secret=a%3Ab+c%2Bnever-shown"),
    ] {
        let mut world = plain_world(vec![said(200, tokens), said(200, tokens)]);
        let secrets = ClientSecrets::default().with(world.bank.code, method, secret());
        assert!(!format!("{secrets:?}").contains("never-shown"));
        world.client = world.client.with_secrets(secrets);
        let refresh_token = Masked::new("r".to_owned());
        let request = TokenRequest::RefreshToken { refresh_token };
        world.client.exchange(&world.ctx(), world.party(), &request).await.unwrap();
        world.bank.code = BankCode::parse("9902").unwrap();
        world.client.exchange(&world.ctx(), world.party(), &request).await.unwrap();

        let heard = world.script.heard.lock().unwrap();
        let body = |n: usize| String::from_utf8_lossy(heard[n].body()).into_owned();
        let shown = heard[0].headers().get(header::AUTHORIZATION).map(|v| v.to_str().unwrap());
        assert_eq!(shown, header_is);
        assert!(body(0).contains(form_has) && !body(0).contains("client_assertion"), "{}", body(0));
        assert!(body(1).contains("client_assertion=") && !body(1).contains("never-shown"));
        assert!(!heard[1].headers().contains_key(header::AUTHORIZATION));
    }
}

/// Somebody signed at the bank; a bank that was busy for a moment must not cost them that.
#[tokio::test]
async fn a_code_is_brought_once_more_to_a_bank_that_did_not_say_what_it_did() {
    let busy = || said(503, r#"{"error":"temporarily_unavailable"}"#);
    let limited = || said(429, r#"{"error":"temporarily_unavailable"}"#);
    let used = || said(400, r#"{"error":"invalid_grant"}"#);
    let lost = || Err(TransportError::TimedOut);
    let secret = |text: &str| Masked::new(text.to_owned());
    let granted = TokenResponse {
        access_token: secret("a"),
        token_type: "DPoP".to_owned(),
        expires_in: 300,
        refresh_token: None,
        acr: None,
        auth_time: None,
        authorization_details: vec![Granted {
            kind: approval::Kind::V1,
            mandate_id: MandateId::derive(&["m"]),
            debit_id: DebitId::derive(&["d"]),
            amount: Yen::of(5_000),
            account: AccountRef { handle: "h".to_owned(), mask: "***4567".to_owned() },
            signed_at: Timestamp::UNIX_EPOCH,
        }],
        grant_id: None,
    };
    let granted = serde_json::to_string(&granted).unwrap();
    let tokens = || said(200, &granted);
    let code = || TokenRequest::AuthorizationCode {
        code: secret("c"),
        redirect_uri: "http://wallet.test/callback/9901".to_owned(),
        code_verifier: secret("v"),
    };
    let refresh = || TokenRequest::RefreshToken { refresh_token: secret("r") };
    for (request, says, asked, expected) in [
        (code(), vec![busy(), tokens()], 2, "tokens"),
        (code(), vec![limited(), tokens()], 2, "tokens"),
        (code(), vec![lost(), tokens()], 2, "tokens"),
        // Perhaps it was used up by what we asked first: nobody knows.
        (code(), vec![lost(), used()], 2, "unknown"),
        (code(), vec![busy(), busy()], 2, "unknown"),
        (code(), vec![used()], 1, "refused"),
        // Asked again by whoever needs it, as always.
        (refresh(), vec![busy()], 1, "unknown"),
    ] {
        let world = world(says);
        let answer = world.client.exchange_once(&world.ctx(), world.party(), &request).await;
        let answer = match answer {
            Ok(_) => "tokens",
            Err(GatewayError::Unknown) => "unknown",
            Err(GatewayError::Refused(_)) => "refused",
        };
        let heard = world.script.heard.lock().unwrap();
        assert_eq!((answer, heard.len()), (expected, asked), "{request:?}");
        let forms: BTreeSet<&Bytes> = heard.iter().map(Request::body).collect();
        assert_eq!(forms.len(), asked, "each with an assertion of its own");
    }
}
