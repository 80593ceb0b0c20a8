//! What must work: registration, signing, sign-in without a name, counters.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kanuki_passkey::PasskeyError;
use kanuki_passkey::soft::{SoftAuthenticator, SoftError};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{ALICE, BOB, CHALLENGE, ORIGIN, register, wallet};

#[test]
fn registration_asks_for_a_discoverable_key_and_a_verified_user() {
    let (options, state) = wallet().start_registration(ALICE, "alice", "Alice", &[]).unwrap();
    let options: Value = serde_json::from_str(&options).unwrap();

    assert_eq!(options["rp"], json!({ "id": "wallet.example", "name": "Wallet" }));
    assert_eq!(options["user"]["id"], URL_SAFE_NO_PAD.encode(ALICE));
    assert_eq!(
        options["authenticatorSelection"],
        json!({
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "required",
        })
    );
    assert_eq!(
        options["pubKeyCredParams"],
        json!([{ "type": "public-key", "alg": -7 }, { "type": "public-key", "alg": -257 }])
    );
    let state = serde_json::to_value(&state).unwrap();
    assert_eq!(state["registration"]["rs"]["credential_algorithms"], json!(["ES256", "RS256"]));
}

#[test]
fn the_challenge_is_exactly_the_hash_of_the_transaction() {
    let mut device = SoftAuthenticator::from_seed([1; 32]);
    let mut keys = [register(ALICE, &mut device)];
    let transaction = br#"{"amount":3000,"nonce":"b2N0b3B1cw","payee":"Cafe"}"#;
    let challenge: [u8; 32] = Sha256::digest(transaction).into();

    let (options, state) = wallet().start_assertion(&keys, challenge).unwrap();
    let asked: Value = serde_json::from_str(&options).unwrap();
    assert_eq!(asked["challenge"], URL_SAFE_NO_PAD.encode(challenge));
    assert_eq!(asked["userVerification"], "required");
    assert_eq!(asked["allowCredentials"][0]["id"], keys[0].credential_id().as_str());

    let response = device.get(&options, ORIGIN).unwrap();
    let asserted = wallet().finish_assertion(&response, &state, &mut keys).unwrap();
    assert!(asserted.user_verified && asserted.backup_eligible && asserted.backup_state);
    assert_eq!(asserted.user_handle, ALICE);
    let signed = URL_SAFE_NO_PAD.decode(&asserted.evidence.client_data_json).unwrap();
    let signed: Value = serde_json::from_slice(&signed).unwrap();
    assert_eq!(signed["challenge"], URL_SAFE_NO_PAD.encode(Sha256::digest(transaction)));
}

#[test]
fn a_state_survives_storage_and_serves_only_its_own_ceremony() {
    let mut device = SoftAuthenticator::from_seed([1; 32]);
    let mut keys = [register(ALICE, &mut device)];
    let (options, state) = wallet().start_assertion(&keys, CHALLENGE).unwrap();
    let (_, later) = wallet().start_assertion(&keys, [8; 32]).unwrap();
    let stored = serde_json::to_string(&state).unwrap();
    let response = device.get(&options, ORIGIN).unwrap();

    let replay = wallet().finish_assertion(&response, &later, &mut keys);
    assert!(matches!(replay, Err(PasskeyError::OtherChallenge)), "{replay:?}");
    let state = serde_json::from_str(&stored).unwrap();
    assert!(wallet().finish_assertion(&response, &state, &mut keys).is_ok());
}

#[test]
fn a_sign_in_needs_no_user_name() {
    let mut device = SoftAuthenticator::from_seed([2; 32]);
    let alice = register(ALICE, &mut device);
    let (options, state) = wallet().start_discoverable(CHALLENGE).unwrap();
    let asked: Value = serde_json::from_str(&options).unwrap();
    assert_eq!(asked["allowCredentials"], json!([]));

    let response = device.get(&options, ORIGIN).unwrap();
    let who = wallet().identify(&response).unwrap();
    assert_eq!((who.user_handle, &who.credential_id), (ALICE, &alice.credential_id()));
    let asserted = wallet().finish_discoverable(&response, &state, &mut [alice]).unwrap();
    assert_eq!(asserted.user_handle, ALICE);
}

#[test]
fn a_counting_key_must_count_and_a_synced_one_need_not() {
    let mut synced = SoftAuthenticator::from_seed([3; 32]);
    let mut keys = [register(ALICE, &mut synced)];
    for _ in 0..3 {
        let (options, state) = wallet().start_assertion(&keys, CHALLENGE).unwrap();
        let response = synced.get(&options, ORIGIN).unwrap();
        let asserted = wallet().finish_assertion(&response, &state, &mut keys).unwrap();
        assert_eq!((asserted.counter, asserted.changed), (0, false));
    }

    let mut bound = SoftAuthenticator::from_seed([4; 32]).device_bound();
    let mut keys = [register(BOB, &mut bound)];
    assert!(!keys[0].backup_eligible());
    let mut copy = bound.clone();
    for expected in [2, 3] {
        let (options, state) = wallet().start_assertion(&keys, CHALLENGE).unwrap();
        let response = bound.get(&options, ORIGIN).unwrap();
        let asserted = wallet().finish_assertion(&response, &state, &mut keys).unwrap();
        assert_eq!((asserted.counter, asserted.changed), (expected, true));
        assert_eq!(keys[0].counter(), expected);
    }
    let (options, state) = wallet().start_assertion(&keys, CHALLENGE).unwrap();
    let response = copy.get(&options, ORIGIN).unwrap();
    let cloned = wallet().finish_assertion(&response, &state, &mut keys);
    assert!(matches!(cloned, Err(PasskeyError::PossibleClone)), "{cloned:?}");
}

#[test]
fn a_device_is_not_registered_twice() {
    let mut device = SoftAuthenticator::from_seed([5; 32]);
    let held = register(ALICE, &mut device);
    let (options, _) = wallet().start_registration(ALICE, "alice", "Alice", &[held]).unwrap();
    assert_eq!(device.create(&options, ORIGIN), Err(SoftError::AlreadyRegistered));
}

#[test]
fn the_same_seed_makes_the_same_keys_and_another_seed_others() {
    let id = |seed| register(ALICE, &mut SoftAuthenticator::from_seed(seed)).credential_id();
    assert_eq!(id([6; 32]), id([6; 32]));
    assert_ne!(id([6; 32]), id([7; 32]));
}

#[test]
fn one_device_keeps_credentials_of_several_people() {
    let mut device = SoftAuthenticator::from_seed([8; 32]);
    let mut alice = [register(ALICE, &mut device)];
    register(BOB, &mut device);
    assert_eq!(device.len(), 2);
    let (options, state) = wallet().start_assertion(&alice, CHALLENGE).unwrap();
    let response = device.get(&options, ORIGIN).unwrap();
    assert!(wallet().finish_assertion(&response, &state, &mut alice).is_ok());
}
