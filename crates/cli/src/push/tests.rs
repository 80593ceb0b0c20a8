//! A push service on this machine, and a browser behind it that reads what arrives with another library than
//! the one that sealed it.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use aes_gcm::{
    Aes128Gcm, Nonce,
    aead::{Aead as _, KeyInit as _},
};
use axum::{Router, extract::State, http::HeaderMap, routing::post};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use kanuki_site::{Lang, courier::Channel};
use p256::{
    PublicKey, SecretKey,
    ecdsa::{Signature, VerifyingKey, signature::Verifier as _},
    elliptic_curve::sec1::ToSec1Point as _,
};
use sha2::Sha256;
use tokio::net::TcpListener;

use super::*;
use crate::real::{Network, SystemClock, SystemEntropy};

const AUTH: [u8; 16] = [7; 16];

/// What arrives, and what is answered.
#[derive(Clone)]
struct Service {
    answers: StatusCode,
    took: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

async fn take(State(service): State<Service>, headers: HeaderMap, body: Bytes) -> StatusCode {
    service.took.lock().unwrap().push((headers, body));
    service.answers
}

/// A push service that answers so, and where.
async fn serve(answers: StatusCode) -> (Service, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let service = Service { answers, took: Arc::default() };
    let router = Router::new().route("/to/{one}", post(take)).with_state(service.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (service, origin)
}

/// The browser's key, and what its script tells.
fn browser(endpoint: &str) -> (SecretKey, Subscription) {
    let key = SecretKey::from_slice(&[9; 32]).unwrap();
    let point = BASE64_URL_SAFE_NO_PAD.encode(key.public_key().to_sec1_point(false));
    let auth = BASE64_URL_SAFE_NO_PAD.encode(AUTH);
    (key, Subscription::parse(endpoint, &point, &auth).unwrap())
}

fn web_push() -> WebPush {
    let plan = PushPlan {
        key: SigningKey::generate().unwrap(),
        contact: "mailto:desk@wallet.example".to_owned(),
        services: Vec::new(),
    };
    let network = Network::to_others("http://localhost:8080").unwrap();
    let world = World::new(Arc::new(SystemClock), Arc::new(SystemEntropy), Arc::new(network));
    WebPush::new(plan, &world)
}

fn letter(to: &Subscription) -> Letter {
    Letter {
        id: "msg_x".to_owned(),
        channel: Channel::Push,
        to: to.to_text().unwrap(),
        person: String::new(),
        lang: Lang::Ja,
        subject: "閂ウォレット：¥5,000をチャージしました".to_owned(),
        body: "みなと銀行".to_owned(),
    }
}

/// As a browser reads it: RFC 8291 from the other end.
fn read(key: &SecretKey, body: &[u8]) -> Vec<u8> {
    let (salt, rest) = body.split_at(16);
    let (size, rest) = rest.split_at(4);
    assert_eq!(size, 4_096_u32.to_be_bytes());
    let (ours, sealed) = rest[1..].split_at(usize::from(rest[0]));
    let sender = PublicKey::from_sec1_bytes(ours).unwrap();
    let shared = p256::ecdh::diffie_hellman(key.to_nonzero_scalar(), sender.as_affine());
    let mine = key.public_key().to_sec1_point(false);
    let info = [b"WebPush: info\0", mine.as_bytes(), ours].concat();
    let mut agreed = [0; 32];
    Hkdf::<Sha256>::new(Some(&AUTH), shared.raw_secret_bytes()).expand(&info, &mut agreed).unwrap();
    let both = Hkdf::<Sha256>::new(Some(salt), &agreed);
    let (mut content, mut nonce) = ([0; 16], [0; 12]);
    both.expand(b"Content-Encoding: aes128gcm\0", &mut content).unwrap();
    both.expand(b"Content-Encoding: nonce\0", &mut nonce).unwrap();
    let cipher = Aes128Gcm::new(&content.into());
    let mut plain = cipher.decrypt(&Nonce::from(nonce), sealed).unwrap();
    while plain.pop_if(|byte| *byte == 0).is_some() {}
    assert_eq!(plain.pop(), Some(2), "the mark of the last record");
    plain
}

#[tokio::test]
async fn a_browser_reads_what_its_push_service_cannot() {
    let (service, origin) = serve(StatusCode::CREATED).await;
    let (key, hears_at) = browser(&format!("{origin}/to/me"));
    let push = web_push();

    push.deliver(&letter(&hears_at)).await.unwrap();

    let took = service.took.lock().unwrap();
    let (headers, body) = &took[0];
    let said = |name: &str| headers[name].to_str().unwrap();
    assert_eq!(
        (said("content-encoding"), said("ttl"), said("urgency")),
        ("aes128gcm", "86400", "high")
    );
    let told: serde_json::Value = serde_json::from_slice(&read(&key, body)).unwrap();
    assert_eq!(told["title"], "閂ウォレット：¥5,000をチャージしました");
    assert_eq!((&told["body"], &told["lang"]), (&"みなと銀行".into(), &"ja".into()));

    // Who sent it, as the push service asks before it takes anything.
    let (token, name) =
        said("authorization").strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let point = BASE64_URL_SAFE_NO_PAD.decode(name).unwrap();
    assert_eq!(name, push.plan.offer("http://localhost:8080").unwrap().application_key);
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    let verifier = VerifyingKey::from_sec1_bytes(&point).unwrap();
    verifier.verify(signed.as_bytes(), &Signature::from_slice(&signature).unwrap()).unwrap();
    let claims = BASE64_URL_SAFE_NO_PAD.decode(signed.rsplit_once('.').unwrap().1).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["aud"], origin);
}

#[tokio::test]
async fn what_a_push_service_answers_is_about_the_device_the_message_or_us() {
    for (answers, end) in [
        (410, CourierError::Refused { code: Some(410) }),
        (404, CourierError::Refused { code: Some(404) }),
        (413, CourierError::Refused { code: Some(413) }),
        (429, CourierError::NotNow { code: Some(429) }),
        (400, CourierError::Refused { code: Some(400) }),
        (401, CourierError::Refused { code: Some(401) }),
        (403, CourierError::Refused { code: Some(403) }),
        (503, CourierError::Unreachable { code: Some(503) }),
    ] {
        let (_, origin) = serve(StatusCode::from_u16(answers).unwrap()).await;
        let (_, hears_at) = browser(&format!("{origin}/to/me"));
        assert_eq!(web_push().deliver(&letter(&hears_at)).await, Err(end), "{answers}");
    }
    let (_, inside) = browser("https://169.254.169.254/latest");
    let end = web_push().deliver(&letter(&inside)).await;
    assert_eq!(end, Err(CourierError::Unreachable { code: None }), "never called");
    let no_place = Letter { to: "{}".to_owned(), ..letter(&inside) };
    assert_eq!(web_push().deliver(&no_place).await, Err(CourierError::Refused { code: None }));
}
