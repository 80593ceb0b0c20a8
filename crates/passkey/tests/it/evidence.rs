//! What is kept of a signature can be verified again, and shows when a byte of it was changed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kanuki_passkey::soft::{Flaw, SoftAuthenticator};
use kanuki_passkey::{Asserted, Evidence, Passkey, PasskeyError};

use crate::support::{ALICE, CHALLENGE, ORIGIN, register, wallet};

fn sign(device: &mut SoftAuthenticator, keys: &mut [Passkey]) -> Asserted {
    let (options, state) = wallet().start_assertion(keys, CHALLENGE).unwrap();
    let response = device.get(&options, ORIGIN).unwrap();
    wallet().finish_assertion(&response, &state, keys).unwrap()
}

/// As it would be read back from the store.
fn kept(evidence: &Evidence) -> Evidence {
    serde_json::from_str(&serde_json::to_string(evidence).unwrap()).unwrap()
}

#[test]
fn a_signature_is_verified_again_from_what_was_kept() {
    let mut device = SoftAuthenticator::from_seed([1; 32]).device_bound();
    let mut keys = [register(ALICE, &mut device)];
    let first = kept(&sign(&mut device, &mut keys).evidence);
    sign(&mut device, &mut keys);

    // The counter has moved on since; the evidence holds the key as it was then.
    let again = wallet().verify_again(&first, CHALLENGE).unwrap();

    assert!(again.user_verified && !again.backup_eligible);
    assert_eq!(again.user_handle, ALICE);
}

#[test]
fn every_flipped_byte_of_the_evidence_is_found() {
    let mut device = SoftAuthenticator::from_seed([1; 32]);
    let mut keys = [register(ALICE, &mut device)];
    let evidence = kept(&sign(&mut device, &mut keys).evidence);
    assert!(wallet().verify_again(&evidence, CHALLENGE).is_ok());

    let parts: [fn(&mut Evidence) -> &mut String; 3] =
        [|e| &mut e.client_data_json, |e| &mut e.authenticator_data, |e| &mut e.signature];
    for part in parts {
        let bytes = URL_SAFE_NO_PAD.decode(part(&mut evidence.clone())).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let mut forged = evidence.clone();
            *part(&mut forged) = URL_SAFE_NO_PAD.encode(changed);
            assert!(wallet().verify_again(&forged, CHALLENGE).is_err(), "byte {place}");
        }
    }
    let other = wallet().verify_again(&evidence, [8; 32]);
    assert!(matches!(other, Err(PasskeyError::OtherChallenge)), "{other:?}");
    let without = Evidence { key: None, ..evidence };
    let refused = wallet().verify_again(&without, CHALLENGE);
    assert!(matches!(refused, Err(PasskeyError::UnknownCredential)), "{refused:?}");
}

#[test]
fn a_change_of_the_backup_state_is_recorded_and_accepted() {
    let mut device = SoftAuthenticator::from_seed([1; 32]);
    let mut keys = [register(ALICE, &mut device)];
    assert!(!sign(&mut device, &mut keys).backup_changed);

    let mut restored = device.with_flaw(Flaw::NotBackedUp);
    let first = sign(&mut restored, &mut keys);
    let second = sign(&mut restored, &mut keys);

    assert!(first.backup_changed && first.changed && !first.backup_state);
    assert!(!second.backup_changed && second.backup_eligible);
}
