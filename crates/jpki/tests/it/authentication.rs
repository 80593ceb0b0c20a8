//! The user-authentication certificate: a card that is there, and nothing about whose it is.

use std::sync::LazyLock;

use jiff::{Timestamp, civil::date};
use kanuki_jpki::{
    AuthenticationAnchors, AuthenticationRequest, HeldList, IdentityRequest, JpkiError, Profile,
    RevocationEvidence, Sex, SignatureResponse, VerifiedCard,
    demo::{CardOrder, DemoCa, DemoCard, DemoCardKey, DemoPerson, Purpose},
    verify, verify_card, verify_card_without_list,
};

/// RSA keys are slow to make, so the tests share them.
static CA: LazyLock<DemoCa> = LazyLock::new(|| DemoCa::generate(now()).unwrap());
static KEY: LazyLock<DemoCardKey> = LazyLock::new(|| DemoCardKey::generate().unwrap());

fn now() -> Timestamp {
    "2026-11-22T03:00:00Z".parse().unwrap()
}

fn tome() -> DemoPerson {
    DemoPerson {
        name: "鈴木　トメ".to_owned(),
        address: "東京都千代田区千代田１－１".to_owned(),
        born_on: date(1941, 2, 17),
        sex: Sex::Female,
    }
}

fn card(serial: u64) -> DemoCard {
    CA.issue_authentication(&tome(), &KEY, serial, now()).unwrap()
}

fn request() -> AuthenticationRequest {
    AuthenticationRequest::over([7; 32], &"https://bank.example/card/return".parse().unwrap())
}

fn sign(card: &DemoCard) -> SignatureResponse {
    card.sign(&request().to_be_signed()).unwrap()
}

fn check(
    response: &SignatureResponse,
    list: &RevocationEvidence,
) -> Result<VerifiedCard, JpkiError> {
    verify_card(response, &request(), &CA.authentication_anchors().unwrap(), list, now())
}

fn fresh() -> RevocationEvidence {
    CA.crl(&[1, 41], now()).unwrap()
}

#[test]
fn a_card_over_this_text_is_known_again_by_its_certificate() {
    let (one, other) = (check(&sign(&card(2)), &fresh()), check(&sign(&card(3)), &fresh()));

    assert_eq!(one, check(&sign(&card(2)), &fresh()));
    assert_ne!(one.unwrap(), other.unwrap());
}

#[test]
fn a_signature_over_anything_else_is_refused() {
    let here = "https://bank.example/".parse().unwrap();
    let elsewhere = "https://shop.example/card/return".parse().unwrap();
    let contents = [
        ("another text", AuthenticationRequest::over([8; 32], &here).to_be_signed()),
        ("for another company", AuthenticationRequest::over([7; 32], &elsewhere).to_be_signed()),
        ("an identity proof", IdentityRequest::of_digest([7; 32], [7; 32], &here).to_be_signed()),
        ("the bare digest", vec![7; 32]),
        ("nothing", Vec::new()),
    ];
    for (name, content) in contents {
        let response = card(2).sign(&content).unwrap();
        assert_eq!(check(&response, &fresh()), Err(JpkiError::WrongContent), "{name}");
    }
}

#[test]
fn neither_certificate_is_taken_for_the_other() {
    let person = tome();
    let signing = CA.issue(&person, &KEY, 4, now()).unwrap();
    let order = CardOrder::signing(&person, 5, now()).unwrap();
    let unknown = CardOrder { purpose: Purpose::Unknown, ..order };
    let unknown = CA.issue_order(&unknown, &KEY).unwrap();

    assert_eq!(check(&sign(&signing), &fresh()), Err(JpkiError::WrongKeyUsage));
    assert_eq!(check(&sign(&unknown), &fresh()), Err(JpkiError::WrongKeyUsage));
    let identity =
        IdentityRequest::new([7; 32], b"terms", &"https://bank.example/".parse().unwrap());
    let answer = card(2).sign(&identity.to_be_signed()).unwrap();
    let trust = CA.trust_anchors().unwrap();
    let proven = verify(&answer, &identity, &trust, &fresh(), now());
    assert_eq!(proven, Err(JpkiError::WrongKeyUsage));
}

#[test]
fn another_authority_a_revoked_card_and_an_unknown_list_are_refused() {
    let other = DemoCa::generate(now()).unwrap();
    let foreign = other.issue_authentication(&tome(), &KEY, 2, now()).unwrap();

    assert_eq!(check(&sign(&foreign), &fresh()), Err(JpkiError::UnknownIssuer));
    assert_eq!(check(&sign(&card(41)), &fresh()), Err(JpkiError::Revoked));
    let missing = RevocationEvidence::missing();
    assert_eq!(check(&sign(&card(2)), &missing), Err(JpkiError::RevocationMissing));
}

#[test]
fn a_signing_authoritys_pin_alone_lets_nobody_in() {
    let pem = CA.certificate_pem().unwrap();
    let profile = Profile { authentication_policies: Vec::new(), ..Profile::test_environment() };
    let trust = AuthenticationAnchors::from_pem(&pem, profile).unwrap();

    let refused = verify_card(&sign(&card(2)), &request(), &trust, &fresh(), now());

    assert_eq!(refused, Err(JpkiError::WrongPolicy));
}

#[test]
fn junk_is_refused_before_any_list_is_asked_for_and_a_good_card_is_not() {
    let anchors = CA.authentication_anchors().unwrap();
    let look =
        |answer: &SignatureResponse| verify_card_without_list(answer, &request(), &anchors, now());
    let elsewhere = card(2).sign(b"another text").unwrap();
    let junk = SignatureResponse { certificate: vec![0x30], ..sign(&card(2)) };

    assert_eq!(look(&sign(&card(2))), Ok(()));
    assert_eq!(look(&elsewhere), Err(JpkiError::WrongContent));
    assert_eq!(look(&junk), Err(JpkiError::Malformed));
    // Which of the good ones is revoked, the list alone says.
    assert_eq!(look(&sign(&card(41))), Ok(()));
    assert_eq!(check(&sign(&card(41)), &fresh()), Err(JpkiError::Revoked));
}

#[test]
fn a_list_of_a_day_is_held_for_ten_minutes() {
    let held = HeldList::new(fresh(), now());
    let after = |secs: i64| Timestamp::from_second(now().as_second() + secs).unwrap();

    assert_eq!(held.at(after(599)), Some(&fresh()));
    assert_eq!(held.at(after(600)), None);
}
