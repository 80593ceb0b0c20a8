//! What an identity operator brings: a certificate, a signature, a list of what is revoked.
//!
//! They are binary, and a changed byte near the front ends the reading. So the fuzzer's bytes say
//! what to change in good ones: two bytes say where, one how many follow, and those are put there.

use std::sync::LazyLock;

use crate::Target;
use jiff::{Timestamp, civil::date};
use kanuki_jpki::{
    IdentityRequest, RevocationEvidence, Sex, SignatureResponse, TrustAnchors,
    demo::{DemoCa, DemoCardKey, DemoPerson},
    verify,
};

struct Good {
    trust: TrustAnchors,
    request: IdentityRequest,
    response: SignatureResponse,
    list: Vec<u8>,
}

/// A card, what it signed, and a list that does not name it; none only where the machine has no
/// randomness.
static GOOD: LazyLock<Option<Good>> = LazyLock::new(|| {
    let person = DemoPerson {
        name: "山田 花子".to_owned(),
        address: "東京都千代田区一番町1".to_owned(),
        born_on: date(1980, 4, 1),
        sex: Sex::Female,
    };
    let ca = DemoCa::generate(now()).ok()?;
    let card = ca.issue(&person, &DemoCardKey::generate().ok()?, 7, now()).ok()?;
    let here = "https://wallet.example/".parse().ok()?;
    let request = IdentityRequest::new([7; 32], b"terms", &here);
    let response = card.sign(&request.to_be_signed()).ok()?;
    let list = ca.crl(&[8], now()).ok()?.crl()?.to_vec();
    Some(Good { trust: ca.trust_anchors().ok()?, request, response, list })
});

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap_or_default()
}

/// `good` with what `script` says put into it.
fn patched(good: &[u8], mut script: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    while let [high, low, count, rest @ ..] = script {
        let at = usize::from(u16::from_be_bytes([*high, *low]));
        let taken = rest.len().min(usize::from(*count).saturating_add(1).min(16));
        let (piece, after) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
        for (place, byte) in piece.iter().enumerate() {
            if let Some(old) = bytes.get_mut(at.saturating_add(place)) {
                *old = *byte;
            }
        }
        script = after;
    }
    bytes
}

pub(crate) const IDENTITY: Target = Target {
    name: "identity",
    run: |bytes| {
        let Some(good) = GOOD.as_ref() else { return };
        let whole = RevocationEvidence::from_crl(good.list.clone());
        let certificate = patched(&good.response.certificate, bytes);
        let is_changed = certificate != good.response.certificate;
        let response = SignatureResponse { certificate, ..good.response.clone() };
        let verdict = verify(&response, &good.request, &good.trust, &whole, now());
        assert!(is_changed || verdict.is_ok(), "a good certificate was refused");

        let list = patched(&good.list, bytes);
        let is_changed = list != good.list;
        let list = RevocationEvidence::from_crl(list);
        let verdict = verify(&good.response, &good.request, &good.trust, &list, now());
        assert!(is_changed || verdict.is_ok(), "a good list was refused");

        for bytes in [RevocationEvidence::from_crl(bytes.to_vec()), RevocationEvidence::missing()] {
            let _ = verify(&good.response, &good.request, &good.trust, &bytes, now());
        }
        let raw = SignatureResponse { certificate: bytes.to_vec(), signature: bytes.to_vec() };
        let _ = verify(&raw, &good.request, &good.trust, &whole, now());
        let _ = serde_json::from_slice::<SignatureResponse>(bytes);
    },
    seeds: &[
        "",
        "\0\u{4}\0\u{1}",
        "\0 \u{1}ab",
        "\u{1}\0\u{3}abcd\u{2}\0\0x",
        r#"{"certificate":"MAA","signature":"AA"}"#,
    ],
};
