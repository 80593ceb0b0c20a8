//! What an identity operator brings: a certificate, a signature, a list of what is revoked.
//!
//! They are binary and signed, so bytes by chance end at the first length or at the signature. The
//! fuzzer's bytes are therefore a script of changes to good ones ([`der`](crate::der)), and what they
//! become is read as under a good signature. What passes then must be refused for its signature, which
//! is asked where the script says so, since it costs more than all the rest: there is only one way to
//! write what an authority signed.

use std::sync::LazyLock;

use crate::{Target, der::Document};
use jiff::{Timestamp, civil::date};
use kanuki_jpki::{
    AuthenticationAnchors, AuthenticationRequest, HeldList, IdentityRequest, RevocationEvidence,
    Sex, SignatureResponse, TrustAnchors, Unlisted,
    demo::{DemoCa, DemoCardKey, DemoPerson},
    verify, verify_card, verify_card_without_list, verify_without_list,
};

/// What the authority signed, and what nobody has to sign.
struct Anchors<T> {
    real: T,
    unsigned: T,
}

/// What a card answered, and its certificate taken apart.
struct Answer {
    response: SignatureResponse,
    certificate: Document,
}

impl Answer {
    fn of(response: SignatureResponse) -> Option<Self> {
        let certificate = Document::of(&response.certificate)?;
        Some(Self { response, certificate })
    }

    /// The same answer with what `script` makes of the certificate, and whether it makes anything.
    fn changed(&self, script: &[u8]) -> (SignatureResponse, bool) {
        let certificate = self.certificate.changed(script);
        let is_changed = certificate != self.response.certificate;
        let signature = self.response.signature.clone();
        (SignatureResponse { certificate, signature }, is_changed)
    }
}

struct Good {
    person: (Anchors<TrustAnchors>, IdentityRequest, Answer),
    card: (Anchors<AuthenticationAnchors>, AuthenticationRequest, Answer),
    list: RevocationEvidence,
    list_document: Document,
}

/// Two certificates of one card, what they signed, and a list that names neither; none only where the
/// machine has no randomness.
static GOOD: LazyLock<Option<Good>> = LazyLock::new(|| {
    let holder = DemoPerson {
        name: "山田 花子".to_owned(),
        address: "東京都千代田区一番町1".to_owned(),
        born_on: date(1980, 4, 1),
        sex: Sex::Female,
    };
    let ca = DemoCa::generate(now()).ok()?;
    let key = DemoCardKey::generate().ok()?;
    let here = "https://wallet.example/".parse().ok()?;

    let request = IdentityRequest::new([7; 32], b"terms", &here);
    let signs = ca.issue(&holder, &key, 7, now()).ok()?;
    let answer = Answer::of(signs.sign(&request.to_be_signed()).ok()?)?;
    let trust = ca.trust_anchors().ok()?;
    let person =
        (Anchors { unsigned: trust.clone().danger_unsigned(), real: trust }, request, answer);

    let request = AuthenticationRequest::over([7; 32], &here);
    let signs_in = ca.issue_authentication(&holder, &key, 9, now()).ok()?;
    let answer = Answer::of(signs_in.sign(&request.to_be_signed()).ok()?)?;
    let trust = ca.authentication_anchors().ok()?;
    let card =
        (Anchors { unsigned: trust.clone().danger_unsigned(), real: trust }, request, answer);

    let list = ca.crl(&[8, 10], now()).ok()?;
    let list_document = Document::of(list.crl()?)?;
    Some(Good { person, card, list, list_document })
});

/// The good certificate, taken apart once: what is asked of a list is the list's, each time.
static UNLISTED: LazyLock<Option<Anchors<Unlisted<'static>>>> = LazyLock::new(|| {
    let (anchors, request, answer) = &GOOD.as_ref()?.person;
    let of = |trust| Unlisted::of(&answer.response, request, trust, now()).ok();
    Some(Anchors { real: of(&anchors.real)?, unsigned: of(&anchors.unsigned)? })
});

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap_or_default()
}

/// The byte before a script after which what was believed is shown to the real authority as well, and
/// looked at as before its list was fetched.
const SIGNED: u8 = b'!';

/// A script, and whether signatures are asked for after it.
fn split(bytes: &[u8]) -> (&[u8], bool) {
    bytes.strip_prefix(&[SIGNED]).map_or((bytes, false), |script| (script, true))
}

fn identity(good: &Good, bytes: &[u8]) {
    let (script, is_shown) = split(bytes);
    let (anchors, request, answer) = &good.person;
    let (response, is_changed) = answer.changed(script);
    let Ok(person) = verify(&response, request, &anchors.unsigned, &good.list, now()) else {
        assert!(is_changed, "a good certificate was refused");
        return;
    };
    assert!(!person.name.expose().trim().is_empty(), "nobody was believed");
    let length = person.name.expose().chars().count();
    assert!(person.name_substitutes.iter().all(|at| *at < length), "a place beyond the name");
    if is_shown {
        let earlier = verify_without_list(&response, request, &anchors.unsigned, now());
        assert_eq!(earlier, Ok(()), "what is believed is refused before its list is fetched");
    }
    let real = || verify(&response, request, &anchors.real, &good.list, now());
    assert!(!is_shown || real().is_ok() != is_changed, "a changed certificate was believed");
}

fn card(good: &Good, bytes: &[u8]) {
    let (script, is_shown) = split(bytes);
    let (anchors, request, answer) = &good.card;
    let (response, is_changed) = answer.changed(script);
    if verify_card(&response, request, &anchors.unsigned, &good.list, now()).is_err() {
        assert!(is_changed, "a good card was refused");
        return;
    }
    if is_shown {
        let earlier = verify_card_without_list(&response, request, &anchors.unsigned, now());
        assert_eq!(earlier, Ok(()), "what is believed is refused before its list is fetched");
    }
    let real = || verify_card(&response, request, &anchors.real, &good.list, now());
    assert!(!is_shown || real().is_ok() != is_changed, "a changed card was believed");
}

/// A certificate, by what its first byte says for a proof of identity or for signing in; and the same
/// bytes as they come.
pub(crate) const IDENTITY: Target = Target {
    name: "identity",
    longest: 512,
    run: |bytes| {
        let Some(good) = GOOD.as_ref() else { return };
        match bytes {
            [b'c', script @ ..] => card(good, script),
            [_, script @ ..] => identity(good, script),
            [] => identity(good, &[]),
        }
        let (anchors, request, _) = &good.person;
        let raw = SignatureResponse { certificate: bytes.to_vec(), signature: bytes.to_vec() };
        let _ = verify(&raw, request, &anchors.unsigned, &good.list, now());
        let _ = serde_json::from_slice::<SignatureResponse>(bytes);
    },
    seeds: &[
        "",
        "c!",
        "i!",
        "i!\0\u{4}\0\u{1}7",
        "i\0\u{20}\u{1}\u{2}ab\0\u{25}\u{3}\0",
        "c\0\u{12}\u{4}\0\0\u{30}\u{6}\u{1}\u{7}",
        r#"{"certificate":"MAA","signature":"AA"}"#,
    ],
};

/// A list of what is revoked: a script of changes to a good one, and the same bytes as they come.
pub(crate) const REVOCATION: Target = Target {
    name: "revocation",
    longest: 512,
    run: |bytes| {
        let (Some(good), Some(holder)) = (GOOD.as_ref(), UNLISTED.as_ref()) else { return };
        let (script, is_shown) = split(bytes);
        let list = RevocationEvidence::from_crl(good.list_document.changed(script));
        let is_changed = list != good.list;
        let is_believed = holder.unsigned.by_list(&list, now()).is_ok();
        assert!(is_believed || is_changed, "a good list was refused");
        if is_believed && is_shown {
            let is_good = holder.real.by_list(&list, now()).is_ok();
            assert_eq!(is_good, !is_changed, "a changed list counted");
        }
        let held = HeldList::new(list, now());
        assert!(held.at(now()).is_some(), "a list is held for a while");

        // As they come, by what reads a list first.
        let _ = HeldList::new(RevocationEvidence::from_crl(bytes.to_vec()), now());
    },
    seeds: &[
        "!",
        "!\0\u{9}\u{4}\0",
        "\0\u{4}\0\u{1}7",
        "\0\u{10}\u{1}\u{2}ab\0\u{15}\u{3}\0",
        "\0\u{12}\u{4}\0\0\u{30}\u{6}\u{1}\u{7}",
    ],
};
