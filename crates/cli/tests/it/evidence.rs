//! `kanuki evidence verify`: whoever is handed a pack proves it alone, and is told when it is none.

use std::{fs, process::Command};

use jiff::Timestamp;
use kanuki_desk::pack::{CaseFacts, Company, Pack, Reader, SCHEMA, Signed};
use kanuki_wire::keys::{Jwks, SetSigningKey, Signer as _};

use crate::running::KANUKI;

fn pack() -> Pack {
    Pack {
        schema: SCHEMA.into(),
        company: Company {
            name: "第一銀行".into(),
            issuer: "https://bank.example".into(),
            keys: "https://bank.example/ssf/jwks".into(),
        },
        case: CaseFacts {
            number: "cas_1".into(),
            said: None,
            kind: "not_me".into(),
            opened_at: Timestamp::UNIX_EPOCH,
            closed_at: None,
        },
        made_for: Reader::Police,
        made_at: Timestamp::UNIX_EPOCH,
        timeline: Vec::new(),
        links: Vec::new(),
        requests: Vec::new(),
        answers: Vec::new(),
        claim: None,
        movements: Vec::new(),
        told: Vec::new(),
        signals: Vec::new(),
    }
}

#[test]
fn a_pack_is_proven_without_a_network_and_a_changed_one_is_not() {
    let key = SetSigningKey::generate().unwrap();
    let signed = Signed::new(&key, pack()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let jwks = serde_json::to_vec(&Jwks::of([key.public_jwk()])).unwrap();
    fs::write(at("jwks.json"), jwks).unwrap();
    let (json, pdf) = (signed.to_json().unwrap(), signed.to_pdf().unwrap());
    let changed = String::from_utf8(json.clone()).unwrap().replace("not_me", "nothing");
    let mut page = pdf.clone();
    page.extend_from_slice(b" ");
    let files: [(&str, &[u8], i32, &str); 5] = [
        ("good.json", &json, 0, "proven: made by 第一銀行"),
        ("good.pdf", &pdf, 0, "case cas_1 for the police"),
        ("changed.json", changed.as_bytes(), 1, "changed after it was signed"),
        ("changed.pdf", &page, 1, "the pages were changed"),
        ("other.json", b"[]", 1, "no evidence pack"),
    ];
    for (name, bytes, code, words) in files {
        fs::write(at(name), bytes).unwrap();
        let args = ["evidence", "verify", &at(name), "--keys", &at("jwks.json")];
        let output = Command::new(KANUKI).args(args).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}: {said}");
        assert!(said.contains(words), "{name}: {said}");
    }
}
