use kanuki_wire::keys::{Jwks, SetSigningKey, Signer as _};

use super::*;

fn pack() -> Pack {
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    let happened = |n: i64| Happened {
        at: Timestamp::from_second(1_790_000_000 + n).unwrap(),
        what: "debit.booked".into(),
        about: format!("dbt_{n}"),
    };
    Pack {
        schema: SCHEMA.into(),
        company: Company { name: "第一銀行".into(), issuer: "https://bank.example".into() },
        case: CaseFacts {
            number: "cas_1".into(),
            kind: "not_me".into(),
            opened_at: at,
            closed_at: None,
        },
        made_for: Reader::Police,
        made_at: at,
        timeline: (0..120).rev().map(happened).collect(),
        links: Vec::new(),
        requests: Vec::new(),
        answers: vec![AnswerFacts {
            at,
            about: "man_1".into(),
            answer: "signed".into(),
            sha256: "ab".repeat(32),
            holds: true,
            shown: vec![("1回の上限".into(), "¥10,000\nendstream".into())],
            text: Some("{\"a\":1}".into()),
            assertion: None,
        }],
        movements: Vec::new(),
        told: Vec::new(),
        signals: Vec::new(),
    }
    .sorted()
}

fn signed() -> (Signed, Jwks) {
    let key = SetSigningKey::generate().unwrap();
    let keys = Jwks::of([key.public_jwk()]);
    (Signed::new(&key, pack()).unwrap(), keys)
}

#[test]
fn a_pack_proves_itself_by_published_keys_and_any_change_is_found() {
    let (signed, keys) = signed();
    let file = signed.to_json().unwrap();
    assert_eq!(verify(&file, &keys).unwrap(), pack());

    let text = String::from_utf8(file.clone()).unwrap();
    let changed = text.replace("¥10,000", "¥90,000");
    assert_ne!(text, changed);
    assert!(matches!(verify(changed.as_bytes(), &keys), Err(PackError::Changed)));
    let twice = text.replacen("\"pack\":", "\"signature\":\"x\",\"pack\":", 1);
    assert!(matches!(verify(twice.as_bytes(), &keys), Err(PackError::Shape)), "a name twice");
    let more = text.replacen("\"schema\":", "\"more\":1,\"schema\":", 1);
    assert!(verify(more.as_bytes(), &keys).is_err(), "nothing beside what is drawn");
    let other = Jwks::of([SetSigningKey::generate().unwrap().public_jwk()]);
    assert!(matches!(verify(&file, &other), Err(PackError::Signature(_))));
    assert!(matches!(verify(b"{}", &keys), Err(PackError::Shape)));
}

#[test]
fn a_signature_for_another_company_or_of_another_type_is_none() {
    let key = SetSigningKey::generate().unwrap();
    let keys = Jwks::of([key.public_jwk()]);
    let (mut theirs, mine) = (pack(), Signed::new(&key, pack()).unwrap());
    theirs.company.issuer = "https://other.example".into();
    let stolen = Signed { pack: theirs, signature: mine.signature.clone() };
    assert!(verify(&stolen.to_json().unwrap(), &keys).is_err());
    let event = kanuki_wire::jws::sign(&key, "secevent+jwt", &serde_json::json!({})).unwrap();
    let dressed = Signed { pack: pack(), signature: event };
    assert!(matches!(
        verify(&dressed.to_json().unwrap(), &keys),
        Err(PackError::Signature(kanuki_wire::jws::JwsError::Type))
    ));
}

#[test]
fn the_pages_follow_from_the_pack_and_a_changed_page_is_found() {
    let (signed, keys) = signed();
    let pdf = signed.to_pdf().unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    assert_eq!(attached(&pdf).unwrap(), signed.to_json().unwrap(), "the file is inside, whole");
    assert_eq!(verify_pdf(&pdf, &keys).unwrap(), pack());
    assert_eq!(pdf, signed.to_pdf().unwrap(), "the same pages every time");

    // The pages hold letters as hex digits of UTF-16: ￥10,000 becomes ￥90,000.
    let drawn = |text: &str| -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| format!("{unit:04X}").into_bytes()).collect()
    };
    let (mark, other) = (drawn("￥10,000"), drawn("￥90,000"));
    let place = pdf.windows(mark.len()).position(|part| part == mark).unwrap();
    let mut changed = pdf.clone();
    changed[place..place + mark.len()].copy_from_slice(&other);
    assert!(matches!(verify_pdf(&changed, &keys), Err(PackError::Pages)));
    let mut longer = pdf;
    longer.extend_from_slice(b"\n% one more page\n");
    assert!(matches!(verify_pdf(&longer, &keys), Err(PackError::Pages)));
    assert!(matches!(verify_pdf(b"%PDF-1.7", &keys), Err(PackError::Shape)));
}
