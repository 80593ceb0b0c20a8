//! The relying party's two ceremonies, and the sign-in that needs no user name.

use std::slice;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use webauthn_rs::prelude::{
    COSEAlgorithm, Credential, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Uuid, Webauthn, WebauthnBuilder,
};

use crate::client_data::{self, Ceremony};
use crate::credential::CREDENTIAL_ID_MAX;
use crate::{Asserted, CredentialId, Evidence, Passkey, PasskeyError, encoding};

/// How long a browser waits for its user, in milliseconds.
const TIMEOUT_MS: u32 = 300_000;

/// Signature algorithms that we ask for: COSE identifiers (RFC 9053) and the library's names.
///
/// `EdDSA` is left out because the library cannot verify it; every platform authenticator offers
/// one of these two.
const ALGORITHMS: [(i32, COSEAlgorithm); 2] =
    [(-7, COSEAlgorithm::ES256), (-257, COSEAlgorithm::RS256)];

/// One company's side of every ceremony: its id, its origin and its policy.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    webauthn: Webauthn,
    id: String,
    origin: String,
}

/// A registration under way. Kept on the server, used once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegistrationState {
    user_handle: [u8; 16],
    registration: PasskeyRegistration,
}

/// An assertion under way by a known user. Kept on the server, used once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssertionState {
    challenge: String,
    allowed: Vec<CredentialId>,
}

impl AssertionState {
    /// A challenge that no passkey can answer, for a user who has none and answers in another way.
    #[must_use]
    pub fn of_no_passkey(challenge: [u8; 32]) -> Self {
        Self { challenge: encoding::encode(&challenge), allowed: Vec::new() }
    }

    /// Whether exactly `challenge` was asked.
    #[must_use]
    pub fn is_over(&self, challenge: [u8; 32]) -> bool {
        self.challenge == encoding::encode(&challenge)
    }
}

/// A sign-in under way by a user not yet known. Kept on the server, used once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoverableState {
    challenge: String,
}

/// Who a response *claims* to come from; nothing is proven until the ceremony is finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// The user handle that was given at registration.
    pub user_handle: [u8; 16],
    /// The credential that signed.
    pub credential_id: CredentialId,
}

impl RelyingParty {
    /// A relying party `id` (a domain) whose pages live at `origin` and that users know as `name`.
    ///
    /// # Errors
    ///
    /// [`PasskeyError::Configuration`] if `origin` is not `id` or below it.
    pub fn new(id: &str, origin: &Url, name: &str) -> Result<Self, PasskeyError> {
        let webauthn = WebauthnBuilder::new(id, origin)?.rp_name(name).build()?;
        Ok(Self { webauthn, id: id.to_owned(), origin: origin.origin().ascii_serialization() })
    }

    /// Starts a registration and answers the options for the page and the state to keep.
    ///
    /// The options are what `PublicKeyCredential.parseCreationOptionsFromJSON` takes. Keys in
    /// `exclude` are those the user already holds, so that a device is not registered twice.
    pub fn start_registration(
        &self,
        user_handle: [u8; 16],
        user_name: &str,
        display_name: &str,
        exclude: &[Passkey],
    ) -> Result<(String, RegistrationState), PasskeyError> {
        let excluded = exclude.iter().map(|passkey| passkey.key.cred_id().clone()).collect();
        let (options, registration) = self.webauthn.start_passkey_registration(
            Uuid::from_bytes(user_handle),
            user_name,
            display_name,
            Some(excluded),
        )?;

        // The library asks for a key that need not be discoverable, and for more algorithms.
        let mut options = to_value(&options.public_key)?;
        let wanted = ALGORITHMS.map(|(id, _)| json!({ "type": "public-key", "alg": id }));
        replace(&mut options, "/pubKeyCredParams", json!(wanted))?;
        replace(
            &mut options,
            "/authenticatorSelection",
            json!({
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": "required",
            }),
        )?;
        let mut state = to_value(&registration)?;
        let accepted = ALGORITHMS.map(|(_, algorithm)| algorithm);
        replace(&mut state, "/rs/credential_algorithms", to_value(&accepted)?)?;
        replace(&mut state, "/rs/require_resident_key", json!(true))?;

        let registration = from_value(state)?;
        Ok((options.to_string(), RegistrationState { user_handle, registration }))
    }

    /// Finishes a registration with what the page posted (`credential.toJSON()`).
    pub fn finish_registration(
        &self,
        response_json: &str,
        state: &RegistrationState,
    ) -> Result<Passkey, PasskeyError> {
        let response: RegisterPublicKeyCredential = parse(response_json)?;
        client_data::check(&response.response.client_data_json, Ceremony::Create, &self.origin)?;
        let key = self.webauthn.finish_passkey_registration(&response, &state.registration)?;
        let is_consistent = response.type_ == "public-key"
            && response.raw_id.as_slice() == key.cred_id().as_slice()
            && response.id == encoding::encode(key.cred_id());
        if !is_consistent || key.cred_id().len() > CREDENTIAL_ID_MAX {
            return Err(PasskeyError::Malformed);
        }
        Ok(Passkey { user_handle: state.user_handle, key })
    }

    /// Starts an assertion by the holder of `keys` over exactly `challenge`.
    ///
    /// `challenge` is the SHA-256 of the canonical text that was shown (with a random nonce in it,
    /// so that it cannot be guessed), or 32 random bytes for a plain sign-in. The options are what
    /// `PublicKeyCredential.parseRequestOptionsFromJSON` takes.
    ///
    /// # Errors
    ///
    /// [`PasskeyError::NoPasskey`] if `keys` is empty: an empty list would allow any credential.
    pub fn start_assertion(
        &self,
        keys: &[Passkey],
        challenge: [u8; 32],
    ) -> Result<(String, AssertionState), PasskeyError> {
        if keys.is_empty() {
            return Err(PasskeyError::NoPasskey);
        }
        let challenge = encoding::encode(&challenge);
        let options = self.request_options(&challenge, keys)?;
        let allowed = keys.iter().map(Passkey::credential_id).collect();
        Ok((options, AssertionState { challenge, allowed }))
    }

    /// Finishes an assertion and updates the passkey that signed.
    ///
    /// `keys` are the user's passkeys as stored *now*, so that a counter that moved since the start
    /// counts. If [`Asserted::changed`], store the passkey again in the same transaction as
    /// whatever the assertion permits.
    pub fn finish_assertion(
        &self,
        response_json: &str,
        state: &AssertionState,
        keys: &mut [Passkey],
    ) -> Result<Asserted, PasskeyError> {
        let response: PublicKeyCredential = parse(response_json)?;
        let credential_id = CredentialId::from_bytes(&response.raw_id);
        if !state.allowed.contains(&credential_id) {
            return Err(PasskeyError::UnknownCredential);
        }
        self.verify(&response, &state.challenge, keys)
    }

    /// Starts a sign-in that asks for no user name: the authenticator offers its own accounts.
    pub fn start_discoverable(
        &self,
        challenge: [u8; 32],
    ) -> Result<(String, DiscoverableState), PasskeyError> {
        let challenge = encoding::encode(&challenge);
        Ok((self.request_options(&challenge, &[])?, DiscoverableState { challenge }))
    }

    /// Reads who a response claims to come from, to look up that user's passkeys.
    ///
    /// Proves nothing; call [`finish_discoverable`](Self::finish_discoverable) next.
    pub fn identify(&self, response_json: &str) -> Result<Identified, PasskeyError> {
        let response: PublicKeyCredential = parse(response_json)?;
        let user_handle = response
            .get_user_unique_id()
            .and_then(|handle| handle.try_into().ok())
            .ok_or(PasskeyError::OtherUser)?;
        Ok(Identified { user_handle, credential_id: CredentialId::from_bytes(&response.raw_id) })
    }

    /// Finishes a sign-in without a user name, with the passkeys of the user that
    /// [`identify`](Self::identify) named.
    pub fn finish_discoverable(
        &self,
        response_json: &str,
        state: &DiscoverableState,
        keys: &mut [Passkey],
    ) -> Result<Asserted, PasskeyError> {
        let response: PublicKeyCredential = parse(response_json)?;
        if response.get_user_unique_id().is_none() {
            return Err(PasskeyError::OtherUser);
        }
        self.verify(&response, &state.challenge, keys)
    }

    /// Verifies once more what was signed over `challenge`, from nothing but what was kept.
    ///
    /// # Errors
    ///
    /// [`PasskeyError::UnknownCredential`] where the key was not kept with it; otherwise what an
    /// assertion is refused for.
    pub fn verify_again(
        &self,
        evidence: &Evidence,
        challenge: [u8; 32],
    ) -> Result<Asserted, PasskeyError> {
        let key = evidence.key.as_deref().ok_or(PasskeyError::UnknownCredential)?;
        let id = key.credential_id();
        let response = json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": evidence.client_data_json,
                "authenticatorData": evidence.authenticator_data,
                "signature": evidence.signature,
                "userHandle": null,
            },
        });
        let response: PublicKeyCredential = from_value(response)?;
        self.verify(&response, &encoding::encode(&challenge), &mut [key.clone()])
    }

    /// The rest of an assertion, once the credential is known to be allowed.
    fn verify(
        &self,
        response: &PublicKeyCredential,
        challenge: &str,
        keys: &mut [Passkey],
    ) -> Result<Asserted, PasskeyError> {
        let passkey = keys
            .iter_mut()
            .find(|passkey| passkey.key.cred_id().as_slice() == response.raw_id.as_slice())
            .ok_or(PasskeyError::UnknownCredential)?;
        if response.type_ != "public-key" || response.id != encoding::encode(&response.raw_id) {
            return Err(PasskeyError::Malformed);
        }
        // WebAuthn Level 3, 7.2 step 6: a user handle, where given, must be the owner's.
        if response.get_user_unique_id().is_some_and(|handle| handle != passkey.user_handle) {
            return Err(PasskeyError::OtherUser);
        }
        client_data::check(&response.response.client_data_json, Ceremony::Get, &self.origin)?;

        let state = self.authentication(challenge, passkey)?;
        let result = self.webauthn.finish_passkey_authentication(response, &state)?;
        if !result.user_verified() {
            return Err(PasskeyError::UserNotVerified);
        }
        let before = passkey.clone();
        let backup_changed =
            Credential::from(before.key.clone()).backup_state != result.backup_state();
        let changed = passkey.key.update_credential(&result).unwrap_or(false);
        Ok(Asserted {
            credential_id: passkey.credential_id(),
            user_handle: passkey.user_handle,
            user_verified: true,
            backup_eligible: result.backup_eligible(),
            backup_state: result.backup_state(),
            backup_changed,
            counter: result.counter(),
            changed,
            evidence: Evidence {
                client_data_json: encoding::encode(&response.response.client_data_json),
                authenticator_data: encoding::encode(&response.response.authenticator_data),
                signature: encoding::encode(&response.response.signature),
                key: Some(Box::new(before)),
            },
        })
    }

    /// The library's own state for one key, with our challenge in place of its random one.
    ///
    /// Its challenge is private and always random, so the state is rewritten in serialized form.
    fn authentication(
        &self,
        challenge: &str,
        passkey: &Passkey,
    ) -> Result<PasskeyAuthentication, PasskeyError> {
        let keys = slice::from_ref(&passkey.key);
        let (_, authentication) = self.webauthn.start_passkey_authentication(keys)?;
        let mut state = to_value(&authentication)?;
        replace(&mut state, "/ast/challenge", json!(challenge))?;
        // WebAuthn Level 3, 6.1.3: backup eligibility is fixed when the key is made.
        replace(&mut state, "/ast/allow_backup_eligible_upgrade", json!(false))?;
        from_value(state)
    }

    fn request_options(&self, challenge: &str, keys: &[Passkey]) -> Result<String, PasskeyError> {
        let allowed = keys.iter().map(descriptor).collect::<Result<Vec<_>, _>>()?;
        let options = json!({
            "challenge": challenge,
            "timeout": TIMEOUT_MS,
            "rpId": self.id,
            "allowCredentials": allowed,
            "userVerification": "required",
        });
        Ok(options.to_string())
    }
}

/// One entry of `allowCredentials`; `transports` is left out where unknown, never null, because
/// browsers reject null there.
fn descriptor(passkey: &Passkey) -> Result<Value, PasskeyError> {
    let id = passkey.credential_id();
    Ok(match Credential::from(passkey.key.clone()).transports {
        Some(transports) => {
            json!({ "type": "public-key", "id": id, "transports": to_value(&transports)? })
        }
        None => json!({ "type": "public-key", "id": id }),
    })
}

fn parse<T: DeserializeOwned>(response_json: &str) -> Result<T, PasskeyError> {
    serde_json::from_str(response_json).map_err(|_| PasskeyError::Malformed)
}

fn to_value(value: &impl Serialize) -> Result<Value, PasskeyError> {
    serde_json::to_value(value).map_err(|_| PasskeyError::Damaged)
}

fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, PasskeyError> {
    serde_json::from_value(value).map_err(|_| PasskeyError::Damaged)
}

/// Replaces a member that must already exist, so that a renamed field in a new version of the
/// library is an error and not a silently ignored setting.
fn replace(value: &mut Value, pointer: &str, with: Value) -> Result<(), PasskeyError> {
    *value.pointer_mut(pointer).ok_or(PasskeyError::Damaged)? = with;
    Ok(())
}
