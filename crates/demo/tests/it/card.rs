//! The card app: from the wallet's request to what the wallet verifies.

use std::sync::Arc;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::StatusCode;
use kanuki_demo::{
    card::{
        self, CardError, CardOffice, CardPurpose, CardRequest, PASSWORD_TRIES_MAX, PIN_TRIES_MAX,
        StoredOffice,
    },
    people::person,
};
use kanuki_jpki::{AuthenticationRequest, IdentityRequest, SignatureResponse};
use kanuki_site::Brand;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::support::Browser;

const ORIGIN: &str = "http://wallet.localhost:8080";
const TERMS: &str = "the terms of the wallet";

fn founded() -> StoredOffice {
    CardOffice::found("2026-11-22T00:00:00Z".parse().unwrap()).unwrap()
}

fn office(stored: &StoredOffice) -> Arc<CardOffice> {
    Arc::new(CardOffice::open(stored, vec![ORIGIN.to_owned()]).unwrap())
}

fn request() -> CardRequest {
    CardRequest {
        purpose: CardPurpose::Identity,
        nonce: URL_SAFE_NO_PAD.encode([7; 32]),
        terms_digest: URL_SAFE_NO_PAD.encode(Sha256::digest(TERMS)),
        return_url: Url::parse(&format!("{ORIGIN}/identity/return")).unwrap(),
        state: "state-1".to_owned(),
        wallet_name: "Wallet".to_owned(),
        terms: None,
    }
}

#[tokio::test]
async fn a_person_signs_and_the_wallet_believes_it() {
    let office = office(&founded());
    let mut browser = Browser::at(Brand::Wallet, "ja", card::router(Arc::clone(&office)));
    let text = request().encode();

    let choose = browser.get(&format!("/demo/card?request={text}")).await;
    assert_eq!(choose.status, StatusCode::OK);
    let read = browser.get(&format!("/demo/card/read?request={text}&card=hanako")).await;
    assert!(read.body.contains("北見崎県桜台市花園町2丁目5番10号"));
    let fields = [("request", text.as_str()), ("card", "hanako"), ("password", "hanako88")];
    let done = browser.submit(&read, "/demo/card/sign", &fields).await;

    assert_eq!(done.status, StatusCode::OK);
    assert!(done.body.contains(&format!("action=\"{ORIGIN}/identity/return\"")));
    assert_eq!(done.hidden("state"), "state-1");
    let response = SignatureResponse {
        certificate: STANDARD.decode(done.hidden("certificate")).unwrap(),
        signature: STANDARD.decode(done.hidden("signature")).unwrap(),
    };
    let now = "2026-11-23T00:00:00Z".parse().unwrap();
    let verified = kanuki_jpki::verify(
        &response,
        &IdentityRequest::new([7; 32], TERMS.as_bytes(), &Url::parse(ORIGIN).unwrap()),
        &office.trust_anchors().unwrap(),
        &office.revocation(now).unwrap(),
        now,
    )
    .unwrap();
    assert_eq!(verified.name.expose(), "山田 花子");
    assert_eq!(*verified.born_on.expose(), person("hanako").unwrap().born_on);
}

#[tokio::test]
async fn a_wrong_password_signs_nothing_and_says_how_many_tries_are_left() {
    let mut browser = Browser::at(Brand::Wallet, "en", card::router(office(&founded())));
    let text = request().encode();
    let read = browser.get(&format!("/demo/card/read?request={text}&card=hanako")).await;

    let fields = [("request", text.as_str()), ("card", "hanako"), ("password", "HANAKO89")];
    let refused = browser.submit(&read, "/demo/card/sign", &fields).await;

    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("After 4 more wrong tries"), "{}", refused.body);
    assert_eq!(refused.hidden("signature"), "");
}

#[test]
fn the_fifth_wrong_password_locks_that_card_until_it_is_reset() {
    let office = office(&founded());
    let sign = |key: &str, password: &str| office.sign(key, password, &request());

    for left in (1..PASSWORD_TRIES_MAX).rev() {
        let refused = sign("ken", "WRONG123").unwrap_err();
        assert!(matches!(refused, CardError::WrongPassword { left: l } if l == left));
    }
    assert!(matches!(sign("ken", "WRONG123"), Err(CardError::Locked)));
    assert!(matches!(sign("ken", "KENSATO75"), Err(CardError::Locked)));
    assert!(sign("maria", "MARIA1994").is_ok(), "other cards are not touched");

    office.reset("ken");
    assert!(sign("ken", "KENSATO75").is_ok());
}

#[test]
fn the_other_key_of_the_card_has_a_pin_and_a_count_of_its_own() {
    let now = "2026-11-23T00:00:00Z".parse().unwrap();
    let (stored, other) = (founded(), CardOffice::found_authentication(now).unwrap());
    let office = CardOffice::open(&stored, vec![ORIGIN.to_owned()]).unwrap();
    let office = office.signing_in(&stored, &other).unwrap();
    let asked = CardRequest {
        purpose: CardPurpose::Authentication,
        nonce: String::new(),
        terms: Some(TERMS.to_owned()),
        ..request()
    };
    let pin = person("tome").unwrap().card_pin;

    let answer = office.sign("tome", pin, &asked).unwrap();
    for _ in 1..PIN_TRIES_MAX {
        assert!(office.sign("tome", "0000", &asked).is_err());
    }
    assert!(matches!(office.sign("tome", "0000", &asked), Err(CardError::Locked)));
    assert!(matches!(office.sign("tome", pin, &asked), Err(CardError::Locked)));
    assert!(office.sign("tome", "TOME1941", &request()).is_ok(), "the other key is not locked");

    let verified = kanuki_jpki::verify_card(
        &answer,
        &AuthenticationRequest::over(Sha256::digest(TERMS).into(), &Url::parse(ORIGIN).unwrap()),
        &office.authentication_anchors().unwrap().unwrap(),
        &office.authentication_revocation(now).unwrap().unwrap(),
        now,
    );
    assert!(verified.is_ok(), "{verified:?}");
}

#[test]
fn cards_are_the_same_after_a_restart() {
    let stored = founded();
    let again: StoredOffice =
        serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();

    let [one, two] = [&stored, &again]
        .map(|stored| office(stored).sign("tome", "TOME1941", &request()).unwrap());

    assert_eq!(one, two);
}

#[tokio::test]
async fn requests_for_elsewhere_get_no_page() {
    let mut browser = Browser::at(Brand::Wallet, "ja", card::router(office(&founded())));
    let elsewhere =
        CardRequest { return_url: Url::parse("https://evil.test/").unwrap(), ..request() };

    for text in [elsewhere.encode(), "e30".to_owned()] {
        let page = browser.get(&format!("/demo/card?request={text}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(!page.body.contains("evil.test"));
    }
}

#[tokio::test]
async fn the_revocation_list_is_served_as_der() {
    let mut browser = Browser::at(Brand::Wallet, "ja", card::router(office(&founded())));

    let list = browser.get("/demo/card/crl").await;

    assert_eq!(list.status, StatusCode::OK);
    assert!(list.body.starts_with('0'), "a DER sequence");
}
