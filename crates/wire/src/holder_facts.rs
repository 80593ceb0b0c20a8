//! What a wallet knows about its own verified customer, signed, for one bank, with consent.
//!
//! It goes through the back channel only. The bank keeps it encrypted and compares it after the
//! holder has signed in; the answer is match or no match (facts: linking, decision 1).

use jiff::Timestamp;
use kanuki_domain::person::Facts;
use serde::{Deserialize, Serialize};

use crate::{
    clock,
    error::{ErrorCode, OAuthError},
    jws::{self, Accept, JwsError, Proven},
    keys::{AllowList, Jwks, Signer},
};

/// How long facts are good for, in seconds.
pub const MAX_LIFE_SECS: i64 = 600;
/// How long before the token was made the customer may have agreed, in seconds.
pub const MAX_CONSENT_AGE_SECS: i64 = 86_400;

const TYPE: &str = "kanuki-facts+jwt";
const ACCEPT: Accept = Accept { types: &[Some(TYPE)], algorithms: AllowList::OAUTH };

/// The facts, and when the customer agreed that this bank may have them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderFacts {
    /// Unique per wallet; a bank refuses one it has seen.
    pub jti: String,
    /// When the customer agreed.
    pub consented_at: Timestamp,
    /// What the wallet verified, and the declared kana.
    pub facts: Facts,
}

impl HolderFacts {
    /// The second after which they are refused, in whatever token they come: the agreement is too old.
    #[must_use]
    pub fn good_until(&self) -> i64 {
        self.consented_at.as_second().saturating_add(MAX_CONSENT_AGE_SECS)
    }

    /// Refuses facts of which the name or the address says nothing: a bank that compares would compare
    /// with nothing what a certificate has.
    pub fn require_comparable(&self) -> Result<(), FactsError> {
        let is_blank = |text: &str| !text.chars().any(char::is_alphanumeric);
        if is_blank(self.facts.name.expose()) || is_blank(self.facts.address.expose()) {
            return Err(FactsError::Blank);
        }
        Ok(())
    }
}

/// Why facts were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactsError {
    /// The token itself is not good.
    #[error("the holder facts are not a good token")]
    Token(#[from] JwsError),
    /// Not from the client that pushed the request.
    #[error("iss is another client")]
    Issuer,
    /// For another bank.
    #[error("aud is another bank")]
    Audience,
    /// Expired, good for too long, or from the future.
    #[error("the holder facts are not from now")]
    Time,
    /// Consent from the future, or long ago.
    #[error("consented_at must lie within the last day")]
    Consent,
    /// Name or address say nothing: what is left away would be compared with nothing.
    #[error("name and address of the facts must not be blank")]
    Blank,
    /// No usable `jti`.
    #[error("jti must be a text of 1 to 256 bytes")]
    Jti,
}

impl From<FactsError> for OAuthError {
    fn from(error: FactsError) -> Self {
        Self::new(ErrorCode::InvalidAuthorizationDetails, error.to_string())
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
    jti: String,
    consented_at: Timestamp,
    facts: Facts,
}

/// The facts as a token of `client_id` for the bank `issuer`, good for ten minutes.
pub fn make(
    key: &dyn Signer,
    client_id: &str,
    issuer: &str,
    facts: &HolderFacts,
    now: Timestamp,
) -> Result<String, JwsError> {
    let claims = Claims {
        iss: client_id.to_owned(),
        aud: issuer.to_owned(),
        iat: now.as_second(),
        exp: clock::later(now, MAX_LIFE_SECS),
        jti: facts.jti.clone(),
        consented_at: facts.consented_at,
        facts: facts.facts.clone(),
    };
    jws::sign(key, TYPE, &claims)
}

/// Checks facts that came inside `client_id`'s request to `issuer`.
///
/// `keys` are the client's published keys. The `jti` has yet to be looked up in the replay store.
pub fn verify(
    token: &str,
    client_id: &str,
    issuer: &str,
    keys: &Jwks,
    now: Timestamp,
) -> Result<HolderFacts, FactsError> {
    judge(&jws::prove(token, keys, &ACCEPT)?, client_id, issuer, now)
}

/// What the facts' claims say, once their signature was found good.
pub fn judge(
    proven: &Proven,
    client_id: &str,
    issuer: &str,
    now: Timestamp,
) -> Result<HolderFacts, FactsError> {
    let claims: Claims = proven.read()?;
    if claims.iss != client_id {
        return Err(FactsError::Issuer);
    }
    if claims.aud != issuer {
        return Err(FactsError::Audience);
    }
    let long = claims.exp.saturating_sub(claims.iat) > MAX_LIFE_SECS;
    let bad = clock::is_bad_expiry(claims.exp, MAX_LIFE_SECS, now);
    if long || bad || clock::is_ahead(claims.iat, now) {
        return Err(FactsError::Time);
    }
    let consented = claims.consented_at.as_second();
    if clock::is_ahead(consented, now) || clock::is_older_than(consented, MAX_CONSENT_AGE_SECS, now)
    {
        return Err(FactsError::Consent);
    }
    if !(1..=256).contains(&claims.jti.len()) {
        return Err(FactsError::Jti);
    }
    Ok(HolderFacts { jti: claims.jti, consented_at: claims.consented_at, facts: claims.facts })
}

#[cfg(test)]
mod tests {
    use kanuki_domain::Masked;
    use serde_json::{Value, json};

    use super::*;
    use crate::keys::SigningKey;

    const ISSUER: &str = "https://bank.example";
    const NOW: i64 = 1_800_000_000;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }

    fn facts() -> Facts {
        Facts {
            name: Masked::new("山田 花子".into()),
            declared_kana: Masked::new("ヤマダ ハナコ".into()),
            born_on: Masked::new(jiff::civil::date(1990, 4, 1)),
            address: Masked::new("東京都千代田区1-1".into()),
            phone: Masked::new("09000000000".into()),
        }
    }

    #[test]
    fn facts_cross_unchanged_and_do_not_show_in_debug() {
        let key = SigningKey::generate().unwrap();
        let sent = HolderFacts { jti: "1".into(), consented_at: now(), facts: facts() };
        let token = make(&key, "wallet", ISSUER, &sent, now()).unwrap();

        let read = verify(&token, "wallet", ISSUER, &Jwks::of([key.public_jwk()]), now());
        assert_eq!(read, Ok(sent.clone()));
        assert!(!format!("{sent:?}").contains("山田"));
    }

    #[test]
    fn facts_for_another_purpose_are_refused() {
        let key = SigningKey::generate().unwrap();
        let keys = Jwks::of([key.public_jwk()]);
        let shape = FactsError::Token(JwsError::Claims);
        for (name, value, why) in [
            ("iss", json!("other"), FactsError::Issuer),
            ("aud", json!("https://other.example"), FactsError::Audience),
            ("aud", json!([ISSUER]), shape),
            ("exp", json!(NOW), FactsError::Time),
            ("exp", json!(NOW + 601), FactsError::Time),
            ("iat", json!(NOW + 61), FactsError::Time),
            ("iat", json!(NOW - 601), FactsError::Time),
            ("iat", json!(i64::MIN), FactsError::Time),
            ("jti", json!(""), FactsError::Jti),
            ("consented_at", json!("2027-01-15T09:00:00Z"), FactsError::Consent),
            ("consented_at", json!("2026-01-15T08:00:00Z"), FactsError::Consent),
            ("consented_at", Value::Null, shape),
            ("facts", json!({"name": "x"}), shape),
        ] {
            let mut claims = json!({
                "iss": "wallet", "aud": ISSUER, "iat": NOW, "exp": NOW + 60, "jti": "1",
                "consented_at": now(), "facts": facts(),
            });
            claims[name] = value.clone();
            let token = jws::sign(&key, TYPE, &claims).unwrap();
            let answer = verify(&token, "wallet", ISSUER, &keys, now());
            assert_eq!(answer, Err(why), "{name}: {value}");
        }
    }

    /// A certificate has both, so who sends none leaves a comparison out.
    #[test]
    fn a_name_or_an_address_that_says_nothing_is_refused() {
        for blank in ["", " ", "　", "・・", "\u{200b}"] {
            let text = || Masked::new(blank.to_owned());
            for facts in [Facts { name: text(), ..facts() }, Facts { address: text(), ..facts() }] {
                let sent = HolderFacts { jti: "1".into(), consented_at: now(), facts };
                assert_eq!(sent.require_comparable(), Err(FactsError::Blank), "{blank:?}");
            }
        }
    }

    #[test]
    fn a_client_assertion_is_not_facts() {
        let key = SigningKey::generate().unwrap();
        let token = jws::sign(&key, "client-authentication+jwt", &json!({})).unwrap();

        let answer = verify(&token, "wallet", ISSUER, &Jwks::of([key.public_jwk()]), now());
        assert_eq!(answer, Err(FactsError::Token(JwsError::Type)));
    }
}
