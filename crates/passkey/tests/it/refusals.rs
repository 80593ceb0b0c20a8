//! What must be refused, each by the check that is there for it.

use std::slice;

use kanuki_passkey::soft::{Flaw, SoftAuthenticator, SoftError};
use kanuki_passkey::{Asserted, Passkey, PasskeyError, RelyingParty};
use url::Url;

use crate::support::{ALICE, BOB, CHALLENGE, ORIGIN, register, wallet};

fn sign(
    device: &mut SoftAuthenticator,
    keys: &mut [Passkey],
    origin: &str,
) -> Result<Asserted, PasskeyError> {
    let (options, state) = wallet().start_assertion(keys, CHALLENGE).unwrap();
    let response = device.get(&options, origin).unwrap();
    wallet().finish_assertion(&response, &state, keys)
}

/// Flaw, the page's origin, and what the refusal says.
fn flaws() -> Vec<(Flaw, &'static str, &'static str)> {
    vec![
        (Flaw::SkipsUserVerification, ORIGIN, "did not verify its user"),
        (Flaw::ClaimsCrossOrigin, ORIGIN, "another site's page"),
        (Flaw::ClaimsTopOrigin("https://evil.example".to_owned()), ORIGIN, "another site's page"),
        (Flaw::ClaimsOtherCeremony, ORIGIN, "another ceremony"),
        (Flaw::ServesAnyOrigin, "https://wa11et.example", "another origin"),
        (Flaw::ServesAnyOrigin, "https://pay.wallet.example", "another origin"),
        (Flaw::ServesAnyOrigin, "https://wallet.example:8443", "another origin"),
        (Flaw::ServesAnyOrigin, "http://wallet.example", "another origin"),
    ]
}

#[test]
fn each_flaw_is_refused_when_signing() {
    for (flaw, origin, reason) in flaws() {
        let mut honest = SoftAuthenticator::from_seed([1; 32]);
        let mut keys = [register(ALICE, &mut honest)];
        assert!(sign(&mut honest, &mut keys, ORIGIN).is_ok());

        let mut flawed = honest.with_flaw(flaw.clone());
        let refusal = sign(&mut flawed, &mut keys, origin).unwrap_err().to_string();
        assert!(refusal.contains(reason), "{flaw:?} from {origin}: {refusal}");
    }
}

#[test]
fn each_flaw_is_refused_when_registering() {
    for (flaw, origin, reason) in flaws() {
        let mut flawed = SoftAuthenticator::from_seed([1; 32]).with_flaw(flaw.clone());
        let (options, state) = wallet().start_registration(ALICE, "alice", "Alice", &[]).unwrap();
        let response = flawed.create(&options, origin).unwrap();
        let refusal = wallet().finish_registration(&response, &state).unwrap_err().to_string();
        assert!(refusal.contains(reason), "{flaw:?} from {origin}: {refusal}");
    }
}

#[test]
fn a_counter_that_stands_still_is_refused() {
    let mut device = SoftAuthenticator::from_seed([1; 32]).device_bound();
    let mut keys = [register(ALICE, &mut device)];
    let mut copy = device.with_flaw(Flaw::RepeatsCounter);
    let refused = sign(&mut copy, &mut keys, ORIGIN);
    assert!(matches!(refused, Err(PasskeyError::PossibleClone)), "{refused:?}");
}

#[test]
fn a_sign_in_without_a_name_refuses_the_same_flaws() {
    for (flaw, origin, reason) in flaws() {
        let mut honest = SoftAuthenticator::from_seed([1; 32]);
        let mut keys = [register(ALICE, &mut honest)];
        let (options, state) = wallet().start_discoverable(CHALLENGE).unwrap();
        let response = honest.with_flaw(flaw.clone()).get(&options, origin).unwrap();

        let refused = wallet().finish_discoverable(&response, &state, &mut keys).unwrap_err();

        assert!(refused.to_string().contains(reason), "{flaw:?} from {origin}: {refused}");
    }
}

#[test]
fn a_key_whose_backup_eligibility_changes_is_refused() {
    let kinds: [fn() -> SoftAuthenticator; 2] = [
        || SoftAuthenticator::from_seed([1; 32]),
        || SoftAuthenticator::from_seed([1; 32]).device_bound(),
    ];
    for kind in kinds {
        let mut honest = kind();
        let mut keys = [register(ALICE, &mut honest)];
        let was = keys[0].backup_eligible();
        let mut other = honest.with_flaw(Flaw::ChangesBackupEligibility);

        let refused = sign(&mut other, &mut keys, ORIGIN);

        assert!(matches!(refused, Err(PasskeyError::Inconsistent)), "{was}: {refused:?}");
        assert_eq!(keys[0].backup_eligible(), was);
    }
}

#[test]
fn our_own_origin_on_top_is_not_a_frame() {
    let mut device =
        SoftAuthenticator::from_seed([1; 32]).with_flaw(Flaw::ClaimsTopOrigin(ORIGIN.to_owned()));
    let mut keys = [register(ALICE, &mut device)];
    assert!(sign(&mut device, &mut keys, ORIGIN).is_ok());
}

#[test]
fn a_changed_transaction_is_refused() {
    let mut device = SoftAuthenticator::from_seed([1; 32]);
    let mut keys = [register(ALICE, &mut device)];
    let (shown, _) = wallet().start_assertion(&keys, [1; 32]).unwrap();
    let (_, booked) = wallet().start_assertion(&keys, [2; 32]).unwrap();
    let response = device.get(&shown, ORIGIN).unwrap();
    let refused = wallet().finish_assertion(&response, &booked, &mut keys);
    assert!(matches!(refused, Err(PasskeyError::OtherChallenge)), "{refused:?}");
}

#[test]
fn another_users_credential_is_refused() {
    let mut bobs = SoftAuthenticator::from_seed([9; 32]).with_flaw(Flaw::IgnoresAllowList);
    let bob = register(BOB, &mut bobs);
    let alice = register(ALICE, &mut SoftAuthenticator::from_seed([1; 32]));
    let (options, state) = wallet().start_assertion(slice::from_ref(&alice), CHALLENGE).unwrap();
    let response = bobs.get(&options, ORIGIN).unwrap();

    // Even if the caller loads too many keys, only those the ceremony began with are allowed.
    for mut keys in [vec![alice.clone()], vec![alice.clone(), bob.clone()]] {
        let refused = wallet().finish_assertion(&response, &state, &mut keys);
        assert!(matches!(refused, Err(PasskeyError::UnknownCredential)), "{refused:?}");
    }
    let (_, state) = wallet().start_discoverable(CHALLENGE).unwrap();
    let refused = wallet().finish_discoverable(&response, &state, &mut [alice]);
    assert!(matches!(refused, Err(PasskeyError::UnknownCredential)), "{refused:?}");
}

/// Changes one string of a response's JSON.
fn with(response: &str, pointer: &str, value: Option<&str>) -> String {
    let mut json: serde_json::Value = serde_json::from_str(response).unwrap();
    *json.pointer_mut(pointer).unwrap() = value.map_or(serde_json::Value::Null, Into::into);
    json.to_string()
}

#[test]
fn a_user_handle_must_be_the_owners() {
    let mut device = SoftAuthenticator::from_seed([1; 32]);
    let mut keys = [register(ALICE, &mut device)];
    let (options, state) = wallet().start_assertion(&keys, CHALLENGE).unwrap();
    let response = device.get(&options, ORIGIN).unwrap();

    let bobs = with(&response, "/response/userHandle", Some("sLCwsLCwsLCwsLCwsLCwsA"));
    let refused = wallet().finish_assertion(&bobs, &state, &mut keys);
    assert!(matches!(refused, Err(PasskeyError::OtherUser)), "{refused:?}");

    // An authenticator may leave it out, except where it is the only thing that says who signs in.
    let absent = with(&response, "/response/userHandle", None);
    assert!(matches!(wallet().identify(&absent), Err(PasskeyError::OtherUser)));
    let (_, sign_in) = wallet().start_discoverable(CHALLENGE).unwrap();
    let refused = wallet().finish_discoverable(&absent, &sign_in, &mut keys);
    assert!(matches!(refused, Err(PasskeyError::OtherUser)), "{refused:?}");
    assert!(wallet().finish_assertion(&absent, &state, &mut keys).is_ok());
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let mut device = SoftAuthenticator::from_seed([1; 32]);
    let mut other = SoftAuthenticator::from_seed([2; 32]);
    let mut keys = [register(ALICE, &mut device)];
    register(ALICE, &mut other);
    let (options, state) = wallet().start_assertion(&keys, CHALLENGE).unwrap();
    let response = device.get(&options, ORIGIN).unwrap();
    let (any, _) = wallet().start_discoverable(CHALLENGE).unwrap();
    let forged: serde_json::Value =
        serde_json::from_str(&other.get(&any, ORIGIN).unwrap()).unwrap();
    let forged = forged["response"]["signature"].as_str();

    let refused = wallet().finish_assertion(
        &with(&response, "/response/signature", forged),
        &state,
        &mut keys,
    );
    assert!(matches!(refused, Err(PasskeyError::BadSignature)), "{refused:?}");
    for garbage in ["", "{}", "null", "[1]"] {
        let refused = wallet().finish_assertion(garbage, &state, &mut keys);
        assert!(matches!(refused, Err(PasskeyError::Malformed)), "{garbage}: {refused:?}");
    }
}

#[test]
fn another_companys_key_does_not_open_this_one() {
    let origin = "https://bank.example";
    let bank = RelyingParty::new("bank.example", &Url::parse(origin).unwrap(), "Bank").unwrap();
    let mut device = SoftAuthenticator::from_seed([1; 32]);
    let keys = [register(ALICE, &mut device)];
    let (options, _) = bank.start_assertion(&keys, CHALLENGE).unwrap();
    assert_eq!(device.get(&options, origin), Err(SoftError::NoCredential));
    assert_eq!(device.get(&options, ORIGIN), Err(SoftError::Security));
}

#[test]
fn nobody_signs_without_a_passkey() {
    let refused = wallet().start_assertion(&[], CHALLENGE);
    assert!(matches!(refused, Err(PasskeyError::NoPasskey)));
    let elsewhere = Url::parse("https://evil.example").unwrap();
    let refused = RelyingParty::new("wallet.example", &elsewhere, "Wallet");
    assert!(matches!(refused, Err(PasskeyError::Configuration)));
}
