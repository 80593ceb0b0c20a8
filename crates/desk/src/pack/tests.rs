use std::collections::BTreeMap;

use kanuki_domain::Yen;
use kanuki_wire::keys::{Jwks, SetSigningKey, Signer as _};

use super::*;
use crate::outbox::Channel;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn told() -> Told {
    Told {
        at: at(5),
        id: "msg_1".into(),
        kind: "linked".into(),
        channel: Some(Channel::Mail),
        to: Some("t•••@example.jp".into()),
        words: Some(Worded {
            lang: "ja".into(),
            subject: "連携のお知らせ".into(),
            body: "停止コード：●●●●".into(),
        }),
        state: "sent".into(),
        handed_over_at: Some(at(9)),
        given_up_at: None,
        tries: 2,
        is_second_way: true,
        letter: None,
    }
}

fn signal() -> SignalFacts {
    SignalFacts {
        at: at(6),
        id: "evt_1".into(),
        direction: Direction::Received,
        partner: "wallet-1".into(),
        kind: "link-status-changed".into(),
        subject: "ref_1".into(),
        about: Some("man_1".into()),
        status: "suspended".into(),
        line: "taken".into(),
        acknowledged_at: Some(at(7)),
        did: vec!["suspend".into(), "notify".into()],
    }
}

fn pack() -> Pack {
    let happened = |n: i64| {
        let booked = Happened::new(at(n), "debit.booked", format!("dbt_{n}"));
        booked.with("amount", "¥1,000").with("account", "***4567")
    };
    Pack {
        schema: SCHEMA.into(),
        company: Company {
            name: "第一銀行".into(),
            issuer: "https://bank.example".into(),
            keys: "https://bank.example/ssf/jwks".into(),
        },
        case: CaseFacts {
            number: "cas_1".into(),
            said: Some("48213-90576".into()),
            kind: "not_me".into(),
            opened_at: at(0),
            closed_at: None,
        },
        made_for: Reader::Police,
        made_at: at(0),
        timeline: (0..120).rev().map(happened).collect(),
        links: vec![LinkFacts {
            id: "man_1".into(),
            partner: "wallet-1".into(),
            partner_name: "閂ウォレット".into(),
            account: "***4567".into(),
            route: "jpki".into(),
            signed_at: at(0),
            state: "suspended".into(),
            terms: serde_json::Value::Null,
        }],
        requests: Vec::new(),
        answers: vec![AnswerFacts {
            at: at(0),
            about: "man_1".into(),
            answer: "signed".into(),
            sha256: "ab".repeat(32),
            holds: true,
            shown: vec![("1回の上限".into(), "¥10,000\nendstream".into())],
            text: Some("{\"a\":1}".into()),
            assertion: None,
        }],
        claim: None,
        movements: Vec::new(),
        told: vec![told()],
        signals: vec![signal()],
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
    let older = text.replace(SCHEMA, "kanuki-evidence-1");
    assert!(matches!(verify(older.as_bytes(), &keys), Err(PackError::OtherForm)));
}

#[test]
fn whoever_has_no_program_of_ours_finds_the_digest_in_the_bytes_of_the_file() {
    use sha2::Digest as _;
    let (signed, _) = signed();
    let file = String::from_utf8(signed.to_json().unwrap()).unwrap();
    let inside = file.strip_prefix("{\"pack\":").unwrap();
    let (inside, _) = inside.rsplit_once(",\"signature\":").unwrap();
    let found = crate::evidence::hex(sha2::Sha256::digest(inside.as_bytes()).into());

    let pages = pages::lines(&signed.pack, (&found, &key_of(&signed.signature)));

    assert!(
        signed.to_pdf().unwrap()
            == render(&signed.pack, (&found, &key_of(&signed.signature)), file.as_bytes())
    );
    assert!(pages.iter().any(|line| line.contains(&found)));
}

#[test]
fn one_flipped_byte_anywhere_is_found() {
    let (signed, keys) = signed();
    for (is_pdf, file) in [(false, signed.to_json().unwrap()), (true, signed.to_pdf().unwrap())] {
        let prove =
            |file: &[u8]| if is_pdf { verify_pdf(file, &keys) } else { verify(file, &keys) };
        assert!(prove(&file).is_ok());
        for place in (0..file.len()).step_by(4_001) {
            let mut changed = file.clone();
            changed[place] ^= 1;
            assert!(prove(&changed).is_err(), "{is_pdf} {place}");
        }
    }
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

#[test]
fn the_pages_say_in_both_languages_what_it_is_how_to_verify_it_and_what_is_left_out() {
    let (signed, _) = signed();
    let key = key_of(&signed.signature);
    let lines = pages::lines(&signed.pack, ("d1", &key));
    let text = lines.join("\n");

    for said in [
        "確かめ方 / How to verify it",
        "kanuki evidence verify FILE --keys jwks.json",
        "https://bank.example/ssf/jwks",
        "入っていないもの / What is left out",
        "2026-09-21 23:13:20  ￥1,000",
        "was debited from account ***4567",
        "メール / mail → t•••@example.jp",
        "after another way had failed",
        "[ja] 連携のお知らせ",
        "受けた / received from 閂ウォレット",
        "連携の状態が変わった / the link's status changed：停止 / suspended",
        "連携を止めた / suspended the link、係員に知らせた / told staff",
        &key,
    ] {
        let said = said.replace('￥', "¥");
        assert!(text.contains(&said), "{said}:\n{text}");
    }
    let place = |mark: &str| lines.iter().position(|line| line.contains(mark)).unwrap();
    assert!(place("What is left out") < 53, "on the first page");
    for raw in ["debit.booked", "wallet-1", "not_me", "link-status-changed", "疑わしい", "{amount}"]
    {
        assert!(!text.contains(raw), "{raw}:\n{text}");
    }
}

#[test]
fn what_happened_at_one_time_is_told_in_the_order_in_which_it_follows() {
    let mut pack = pack();
    let acts = [
        "claim.share_booked",
        "case.opened",
        "claim.share_agreed",
        "debit.booked",
        "case.closed",
        "claim.told_paid",
        "claim.investigating",
        "claim.pay_proposed",
        "debit.asked",
    ];
    pack.timeline = acts.iter().map(|what| Happened::new(at(0), what, "x")).collect();
    let sorted: Vec<String> = pack.sorted().timeline.into_iter().map(|act| act.what).collect();

    assert_eq!(
        sorted,
        [
            "debit.asked",
            "debit.booked",
            "case.opened",
            "claim.investigating",
            "claim.pay_proposed",
            "claim.told_paid",
            "claim.share_agreed",
            "claim.share_booked",
            "case.closed",
        ]
    );
}

#[test]
fn who_paid_and_whose_share_it_is_are_two_sentences() {
    let with: BTreeMap<String, String> = [
        ("company", "bank"),
        ("payer", "wallet"),
        ("share", &Yen::of(2_501).to_string()),
        ("split", "50:50"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let (ja, en) = words::sentence("claim.share_booked", &with);

    assert_eq!(
        ja,
        "銀行が、自社の分担 ¥2,501 を割合 50:50 で記帳した（支払ったのはウォレットの会社）"
    );
    assert_eq!(
        en,
        "The bank booked its share of ¥2,501 by the split 50:50; it was the wallet company that paid"
    );
}
