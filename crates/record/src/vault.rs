//! Personal data at rest: sealed per person, forgotten by losing one key.

use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use hmac::{Hmac, Mac as _};
use kanuki_domain::Ctx;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::Sha256;

use crate::{RecordError, record};

/// Bytes that only the person's key opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

/// One person's key, itself sealed by the company's master key. Deleting it forgets the person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PersonKey {
    /// Whose: a customer or holder id.
    pub person_id: String,
    sealed: Sealed,
}

record! { PersonKey => "person_key" by |key| key.person_id.clone(); }

/// The company's master key and what is derived from it.
#[derive(Clone)]
pub struct Vault {
    master: zeroize::Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(***)")
    }
}

impl Vault {
    /// Opens the vault with the company's master key.
    #[must_use]
    pub fn new(master: [u8; 32]) -> Self {
        Self { master: zeroize::Zeroizing::new(master) }
    }

    /// A key for a new person.
    pub fn create_person(
        &self,
        ctx: &Ctx<'_>,
        person_id: impl ToString,
    ) -> Result<PersonKey, RecordError> {
        let person_id = person_id.to_string();
        let key = zeroize::Zeroizing::new(ctx.random::<32>());
        let sealed = seal_bytes(&self.master, &person_id, &*key, ctx.random())?;
        Ok(PersonKey { person_id, sealed })
    }

    /// Seals `value` so that only `person`'s key opens it, and only in `place` (`table|column`).
    pub fn seal<T: Serialize>(
        &self,
        ctx: &Ctx<'_>,
        person: &PersonKey,
        place: &str,
        value: &T,
    ) -> Result<Sealed, RecordError> {
        let key = self.key_of(person)?;
        let plain = serde_json::to_vec(value).map_err(|_| RecordError::Sealed)?;
        seal_bytes(&key, place, &plain, ctx.random())
    }

    /// Opens what [`seal`](Self::seal) made in the same `place`.
    pub fn open<T: DeserializeOwned>(
        &self,
        person: &PersonKey,
        place: &str,
        sealed: &Sealed,
    ) -> Result<T, RecordError> {
        let key = self.key_of(person)?;
        let plain = open_bytes(&key, place, sealed)?;
        serde_json::from_slice(&plain).map_err(|_| RecordError::Sealed)
    }

    /// A keyed hash for looking something up without keeping it: sessions, stop codes, persons.
    ///
    /// `purpose` keeps the same value from being recognized in two places.
    #[must_use]
    pub fn blind(&self, purpose: &str, value: &[u8]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&*self.master) else {
            return String::new(); // HMAC takes keys of any length.
        };
        mac.update(b"blind|");
        mac.update(purpose.as_bytes());
        mac.update(b"|");
        mac.update(value);
        BASE64.encode(mac.finalize().into_bytes())
    }

    fn key_of(&self, person: &PersonKey) -> Result<zeroize::Zeroizing<[u8; 32]>, RecordError> {
        let bytes = open_bytes(&self.master, &person.person_id, &person.sealed)?;
        let key: [u8; 32] = bytes.try_into().map_err(|_| RecordError::Sealed)?;
        Ok(zeroize::Zeroizing::new(key))
    }
}

fn seal_bytes(
    key: &[u8; 32],
    place: &str,
    plain: &[u8],
    nonce: [u8; 12],
) -> Result<Sealed, RecordError> {
    let cipher = Aes256GcmSiv::new_from_slice(key).map_err(|_| RecordError::Sealed)?;
    let payload = Payload { msg: plain, aad: place.as_bytes() };
    let body = cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| RecordError::Sealed)?;
    Ok(Sealed(BASE64.encode([nonce.as_slice(), &body].concat())))
}

fn open_bytes(key: &[u8; 32], place: &str, sealed: &Sealed) -> Result<Vec<u8>, RecordError> {
    let bytes = BASE64.decode(&sealed.0).map_err(|_| RecordError::Sealed)?;
    let (nonce, body) = bytes.split_first_chunk::<12>().ok_or(RecordError::Sealed)?;
    let cipher = Aes256GcmSiv::new_from_slice(key).map_err(|_| RecordError::Sealed)?;
    let payload = Payload { msg: body, aad: place.as_bytes() };
    cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| RecordError::Sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(std::sync::atomic::AtomicU8);

    impl kanuki_domain::Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            let n = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            bytes.fill(n);
        }
    }

    #[test]
    fn sealed_values_open_only_for_their_person_and_place() {
        let entropy = Counting(0.into());
        let ctx = Ctx {
            now: jiff::Timestamp::UNIX_EPOCH,
            entropy: &entropy,
            address_block: "",
            address: "",
        };
        let vault = Vault::new([7; 32]);
        let hanako = vault.create_person(&ctx, "cus_a").unwrap();
        let taro = vault.create_person(&ctx, "cus_b").unwrap();

        let sealed = vault.seal(&ctx, &hanako, "customer|facts", &"山田花子").unwrap();

        let open = |key, place| vault.open::<String>(key, place, &sealed);
        assert_eq!(open(&hanako, "customer|facts").unwrap(), "山田花子");
        assert!(open(&taro, "customer|facts").is_err());
        assert!(open(&hanako, "customer|phone").is_err());
        assert!(Vault::new([8; 32]).open::<String>(&hanako, "customer|facts", &sealed).is_err());
        assert!(!serde_json::to_string(&sealed).unwrap().contains("山田"));
    }
}
