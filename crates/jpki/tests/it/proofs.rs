//! The whole check, with one thing wrong at a time.

use std::sync::LazyLock;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use kanuki_jpki::demo::{
    CardOrder, CrlOrder, DEMO_CRL_URI, DemoCa, DemoCard, DemoCardKey, DemoPerson, Purpose,
};
use kanuki_jpki::{
    IdentityRequest, JpkiError, Profile, RevocationEvidence, Sex, SignatureResponse, TrustAnchors,
    Unlisted, VerifiedPerson, verify,
};

const TERMS: &[u8] = "本人確認のため、氏名・住所・生年月日・性別を提供します。".as_bytes();
const SERIAL: u64 = 42;

/// RSA keys are slow to make, so the tests share them.
static CA: LazyLock<DemoCa> = LazyLock::new(|| DemoCa::generate(at("2026-01-01")).unwrap());
static OTHER_CA: LazyLock<DemoCa> = LazyLock::new(|| DemoCa::generate(at("2026-01-01")).unwrap());
static KEY: LazyLock<DemoCardKey> = LazyLock::new(|| DemoCardKey::generate().unwrap());

fn at(day: &str) -> Timestamp {
    format!("{day}T03:00:00Z").parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-22")
}

fn request() -> IdentityRequest {
    asked([7; 32], TERMS, "https://wallet.example/identity/callback")
}

fn asked(nonce: [u8; 32], terms: &[u8], by: &str) -> IdentityRequest {
    IdentityRequest::new(nonce, terms, &by.parse().unwrap())
}

fn hanako() -> DemoPerson {
    DemoPerson {
        name: "閂　花子".to_owned(),
        address: "東京都千代田区千代田１－１".to_owned(),
        born_on: date(1980, 2, 17),
        sex: Sex::Female,
    }
}

fn card() -> DemoCard {
    CA.issue(&hanako(), &KEY, SERIAL, at("2026-06-01")).unwrap()
}

fn other_card(purpose: Purpose, from: &str, to: &str) -> DemoCard {
    let person = hanako();
    let (not_before, not_after) = (at(from), at(to));
    let order = CardOrder { person: &person, purpose, serial: SERIAL, not_before, not_after };
    CA.issue_order(&order, &KEY).unwrap()
}

fn list(ca: &DemoCa, from: &str, to: &str, uri: &str) -> RevocationEvidence {
    let (this_update, next_update) = (at(from), at(to));
    ca.crl_order(&CrlOrder { revoked: &[], this_update, next_update, uri }).unwrap()
}

fn check(
    response: &SignatureResponse,
    revocation: &RevocationEvidence,
) -> Result<VerifiedPerson, JpkiError> {
    verify(response, &request(), &CA.trust_anchors().unwrap(), revocation, now())
}

fn sign(card: &DemoCard) -> SignatureResponse {
    card.sign(&request().to_be_signed()).unwrap()
}

fn fresh() -> RevocationEvidence {
    CA.crl(&[1, 41, 43], now()).unwrap()
}

#[test]
fn a_card_over_this_request_proves_the_four_facts() {
    let person = check(&sign(&card()), &fresh()).unwrap();
    assert_eq!(person.name.expose(), "閂　花子");
    assert_eq!(person.address.expose(), "東京都千代田区千代田１－１");
    assert_eq!(*person.born_on.expose(), date(1980, 2, 17));
    assert_eq!(*person.sex.expose(), Sex::Female);
    assert_eq!(person.name_substitutes, Vec::<usize>::new());
    assert!(!format!("{person:?}").contains('花'));
}

#[test]
fn latin_names_of_foreign_residents_are_ordinary() {
    let nguyen = DemoPerson { name: "NGUYEN VAN AN".to_owned(), sex: Sex::NotStated, ..hanako() };
    let card = CA.issue(&nguyen, &KEY, 44, at("2026-06-01")).unwrap();
    let person = check(&sign(&card), &fresh()).unwrap();
    assert_eq!(person.name.expose(), "NGUYEN VAN AN");
    assert_eq!(*person.sex.expose(), Sex::NotStated);
}

#[test]
fn a_signature_over_anything_else_is_refused() {
    let contents = [
        ("wrong nonce", asked([8; 32], TERMS, "https://wallet.example/").to_be_signed()),
        ("wrong terms", asked([7; 32], b"other terms", "https://wallet.example/").to_be_signed()),
        ("for another", asked([7; 32], TERMS, "https://evil.example/").to_be_signed()),
        ("no context", [[7; 32].as_slice(), TERMS].concat()),
        ("nothing", Vec::new()),
    ];
    for (name, content) in contents {
        let response = card().sign(&content).unwrap();
        assert_eq!(check(&response, &fresh()), Err(JpkiError::WrongContent), "{name}");
    }
    let mut response = sign(&card());
    response.signature.clear();
    assert_eq!(check(&response, &fresh()), Err(JpkiError::WrongContent));
}

#[test]
fn a_signature_by_another_persons_key_is_refused() {
    let thief = DemoCard { key: DemoCardKey::generate().unwrap(), ..card() };
    assert_eq!(check(&sign(&thief), &fresh()), Err(JpkiError::WrongContent));
}

#[test]
fn a_certificate_that_is_not_for_this_is_refused() {
    let day = ("2026-06-01", "2031-06-01");
    let other_ca = OTHER_CA.issue(&hanako(), &KEY, SERIAL, at("2026-06-01")).unwrap();
    let table = [
        ("another authority", other_ca, JpkiError::UnknownIssuer),
        ("expired", other_card(Purpose::Signing, "2026-06-01", "2026-11-21"), JpkiError::Expired),
        (
            "not valid yet",
            other_card(Purpose::Signing, "2026-11-23", "2031-06-01"),
            JpkiError::NotYetValid,
        ),
        (
            "user authentication",
            other_card(Purpose::Authentication, day.0, day.1),
            JpkiError::WrongKeyUsage,
        ),
        ("unknown policy", other_card(Purpose::Unknown, day.0, day.1), JpkiError::WrongPolicy),
    ];
    for (name, card, expected) in table {
        assert_eq!(check(&sign(&card), &fresh()), Err(expected), "{name}");
    }
}

#[test]
fn revocation_that_is_not_known_to_be_fine_refuses() {
    let (today, tomorrow) = ("2026-11-22", "2026-11-23");
    let table = [
        ("revoked", CA.crl(&[SERIAL], now()).unwrap(), JpkiError::Revoked),
        ("missing", RevocationEvidence::missing(), JpkiError::RevocationMissing),
        (
            "garbage",
            RevocationEvidence::from_crl(b"garbage".to_vec()),
            JpkiError::RevocationMalformed,
        ),
        (
            "out of date",
            list(&CA, "2026-11-20", "2026-11-21", DEMO_CRL_URI),
            JpkiError::RevocationNotCurrent,
        ),
        (
            "from the future",
            list(&CA, "2026-11-23", "2026-11-24", DEMO_CRL_URI),
            JpkiError::RevocationNotCurrent,
        ),
        (
            "another authority's",
            list(&OTHER_CA, today, tomorrow, DEMO_CRL_URI),
            JpkiError::RevocationIssuer,
        ),
        (
            "another part's",
            list(&CA, today, tomorrow, "http://demo-jpki.invalid/other"),
            JpkiError::RevocationScope,
        ),
    ];
    // What is asked of many lists about one certificate is what is asked of each.
    let (response, request, anchors) = (sign(&card()), request(), CA.trust_anchors().unwrap());
    let unlisted = Unlisted::of(&response, &request, &anchors, now()).unwrap();
    for (name, revocation, expected) in table {
        assert_eq!(unlisted.by_list(&revocation, now()).err(), Some(expected), "{name}");
        assert_eq!(check(&sign(&card()), &revocation), Err(expected), "{name}");
    }
}

#[test]
fn a_list_is_current_up_to_and_including_its_last_second() {
    let revocation = list(&CA, "2026-11-21", "2026-11-22", DEMO_CRL_URI);
    let trust = CA.trust_anchors().unwrap();
    let response = sign(&card());
    assert!(verify(&response, &request(), &trust, &revocation, now()).is_ok());
    let after = now() + SignedDuration::from_secs(1);
    assert_eq!(
        verify(&response, &request(), &trust, &revocation, after),
        Err(JpkiError::RevocationNotCurrent)
    );
}

/// Overwrites the first occurrence of `from`, which must be as long as `to`.
fn tampered(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let (from, to) = (from.as_bytes(), to.as_bytes());
    assert_eq!(from.len(), to.len());
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    let mut bytes = bytes.to_vec();
    bytes[at..at + to.len()].copy_from_slice(to);
    bytes
}

#[test]
fn changed_facts_break_the_authoritys_signature() {
    let honest = sign(&card());
    for (from, to) in [("花子", "太郎"), ("319800217", "319800218"), ("千代田１", "千代田９")]
    {
        let certificate = tampered(&honest.certificate, from, to);
        let response = SignatureResponse { certificate, ..honest.clone() };
        assert_eq!(check(&response, &fresh()), Err(JpkiError::UnknownIssuer), "{from}");
    }
    for cut in [0, 1, honest.certificate.len() - 1] {
        let certificate = honest.certificate[..cut].to_vec();
        let response = SignatureResponse { certificate, ..honest.clone() };
        assert_eq!(check(&response, &fresh()), Err(JpkiError::Malformed), "{cut} bytes");
    }
}

#[test]
fn what_an_authority_signed_can_be_written_in_one_way_only() {
    // The bits that a signature does not use: it uses all of them, whatever the byte before it says.
    let mut response = sign(&card());
    let at = response.certificate.len() - 257;
    let mut list = fresh().crl().unwrap().to_vec();
    let in_list = list.len() - 257;
    assert_eq!((response.certificate[at], list[in_list]), (0, 0));
    for unused in 1..8 {
        response.certificate[at] = unused;
        assert_eq!(check(&response, &fresh()), Err(JpkiError::Malformed), "{unused}");
        list[in_list] = unused;
        let refused = check(&sign(&card()), &RevocationEvidence::from_crl(list.clone()));
        assert_eq!(refused, Err(JpkiError::RevocationMalformed), "{unused}");
    }
}

#[test]
fn what_stands_behind_signatures_can_be_reached_without_one_and_is_still_looked_at() {
    let anchors = CA.trust_anchors().unwrap().danger_unsigned();
    let honest = sign(&card());
    let ask = |certificate: Vec<u8>, list: &RevocationEvidence, now: Timestamp| {
        let response = SignatureResponse { certificate, signature: Vec::new() };
        verify(&response, &request(), &anchors, list, now)
    };

    let changed = tampered(&honest.certificate, "花子", "太郎");
    assert_eq!(ask(changed, &fresh(), now()).unwrap().name.expose(), "閂　太郎");
    let bad = tampered(&honest.certificate, "319800217", "319800230");
    assert_eq!(ask(bad, &fresh(), now()), Err(JpkiError::Fact("birth date")));
    let honest = honest.certificate;
    let cut = honest[..honest.len() - 1].to_vec();
    assert_eq!(ask(cut, &fresh(), now()), Err(JpkiError::Malformed));
    assert_eq!(ask(honest.clone(), &fresh(), at("2099-01-01")), Err(JpkiError::IssuerNotValid));
    let revoked = CA.crl(&[SERIAL], now()).unwrap();
    assert_eq!(ask(honest.clone(), &revoked, now()), Err(JpkiError::Revoked));
    let missing = RevocationEvidence::missing();
    assert_eq!(ask(honest, &missing, now()), Err(JpkiError::RevocationMissing));
}

#[test]
fn a_demo_card_does_not_pass_a_production_profile() {
    let pem = CA.certificate_pem().unwrap();
    let trust = TrustAnchors::from_pem(&pem, Profile::production()).unwrap();
    let refused = verify(&sign(&card()), &request(), &trust, &fresh(), now());
    assert_eq!(refused, Err(JpkiError::WrongPolicy));
}

#[test]
fn an_authority_must_be_valid_and_be_one() {
    let trust = CA.trust_anchors().unwrap();
    let refused = verify(&sign(&card()), &request(), &trust, &fresh(), at("2025-12-31"));
    assert_eq!(refused, Err(JpkiError::IssuerNotValid));

    let profile = Profile::test_environment;
    for anchors in [vec![], vec![card().certificate_der], vec![b"garbage".to_vec()]] {
        let refused = TrustAnchors::from_der(&anchors, profile()).err();
        assert_eq!(refused, Some(JpkiError::BadAnchor));
    }
}

#[test]
fn a_stored_authority_and_key_go_on_issuing() {
    let (certificate, key) = (CA.certificate_pem().unwrap(), CA.key_pem());
    let stored = DemoCa::from_pem(&certificate, &key).unwrap();
    let key = DemoCardKey::from_pem(&KEY.to_pem()).unwrap();
    let card = stored.issue(&hanako(), &key, 50, at("2026-06-01")).unwrap();
    let revocation = stored.crl(&[], now()).unwrap();
    assert!(check(&sign(&card), &revocation).is_ok());
    assert!(check(&sign(&card), &fresh()).is_ok());
}
