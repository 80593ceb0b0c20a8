//! The second rich authorization type (RFC 9396): one debit, which its holder signs at the bank.
//!
//! A stepped-up token carries the one transaction and is no privilege of a session (RFC 9470): what
//! comes of it is good for this debit, of this amount, under this mandate, once.

use jiff::{SignedDuration, Timestamp};
use kanuki_domain::{
    Yen,
    id::{DebitId, MandateId},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    clock::AHEAD_SECS,
    error::{ErrorCode, OAuthError},
    json::{self, JsonError, Unread},
    mandate::AccountRef,
};

/// The value of `type`, for `authorization_details_types_supported`.
pub const TYPE: &str = "urn:kanuki:debit:1";
/// How long a holder has at most, in seconds (PSD2 RTS article 4: five minutes of inactivity).
pub const LIFE_SECS: i64 = 300;

/// [`TYPE`] as a type: any other text does not parse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Version 1.
    #[default]
    #[serde(rename = "urn:kanuki:debit:1")]
    V1,
}

/// What a wallet asks its customer's bank to have signed. An unknown type or field is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Always [`TYPE`].
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Under which mandate; the account is the mandate's.
    pub mandate_id: MandateId,
    /// The id under which it will be asked for at `/debits`.
    pub debit_id: DebitId,
    /// Exactly how much.
    pub amount: Yen,
    /// Chosen for this request and used once: 16 to 64 of `A-Z a-z 0-9 - _`.
    pub nonce: String,
    /// Until when the holder may sign; at most [`LIFE_SECS`] from now.
    pub expires_at: Timestamp,
}

/// What the holder signed, and what the token that came with it is good for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granted {
    /// Always [`TYPE`].
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Under which mandate.
    pub mandate_id: MandateId,
    /// Which debit, and no other.
    pub debit_id: DebitId,
    /// Exactly how much.
    pub amount: Yen,
    /// From which account.
    pub account: AccountRef,
    /// When it was signed.
    pub signed_at: Timestamp,
}

/// Why the details of a debit were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetailsError {
    /// Not JSON of this type and its fields.
    #[error("authorization_details must be of type urn:kanuki:debit:1 and its fields")]
    Json(#[source] JsonError),
    /// None, or several: one signature is for one debit.
    #[error("exactly one debit must be asked for")]
    Count,
    /// Nothing to sign.
    #[error("the amount must not be zero")]
    Amount,
    /// Not a name that can be told from every other.
    #[error("nonce must be 16 to 64 letters, digits, - or _")]
    Nonce,
    /// Over already, or further away than a signature may wait.
    #[error("expires_at must be within five minutes from now")]
    Expiry,
    /// The grant is not what was asked for.
    #[error("another debit was granted than was asked for")]
    Changed,
}

impl From<DetailsError> for OAuthError {
    fn from(error: DetailsError) -> Self {
        Self::new(ErrorCode::InvalidAuthorizationDetails, error.to_string())
    }
}

impl Request {
    /// Reads `authorization_details`: a JSON array of exactly one debit that makes sense.
    pub fn parse(details: &str) -> Result<Self, DetailsError> {
        Self::of(json::check(details.as_bytes()).map_err(DetailsError::Json)?)
    }

    /// The same, once it is known to be JSON with one meaning.
    pub(crate) fn of(details: Unread<'_>) -> Result<Self, DetailsError> {
        let all: Vec<Self> = details.read().map_err(DetailsError::Json)?;
        let [request] = <[Self; 1]>::try_from(all).map_err(|_| DetailsError::Count)?;
        request.validate()?;
        Ok(request)
    }

    /// Checks what holds for every request.
    pub fn validate(&self) -> Result<(), DetailsError> {
        if self.amount.is_zero() {
            return Err(DetailsError::Amount);
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if (16..=64).contains(&self.nonce.len()) && self.nonce.bytes().all(plain) {
            Ok(())
        } else {
            Err(DetailsError::Nonce)
        }
    }

    /// Checks that there is time left, and not too much: with a clock that may differ a little.
    pub fn check_time(&self, now: Timestamp) -> Result<(), DetailsError> {
        let left = self.expires_at.duration_since(now);
        let most = SignedDuration::from_secs(LIFE_SECS.saturating_add(AHEAD_SECS));
        if left > SignedDuration::ZERO && left <= most { Ok(()) } else { Err(DetailsError::Expiry) }
    }

    /// `authorization_details` as a form parameter.
    pub fn to_details(&self) -> Result<String, DetailsError> {
        serde_json::to_string(&[self]).map_err(|_| DetailsError::Json(JsonError::Shape))
    }
}

impl Granted {
    /// The wallet's check that exactly what it asked for was signed.
    pub fn check_against(&self, request: &Request) -> Result<(), DetailsError> {
        let is_it = self.mandate_id == request.mandate_id
            && self.debit_id == request.debit_id
            && self.amount == request.amount;
        if is_it { Ok(()) } else { Err(DetailsError::Changed) }
    }
}

/// Whether `details` are of this type, so far as anybody can tell before they are read.
pub(crate) fn is_asked_for(details: &str, unread: Unread<'_>) -> bool {
    // Where neither its letters nor an escape are, it cannot be there.
    if !details.contains(TYPE) && !details.contains('\\') {
        return false;
    }
    let all: Vec<Value> = unread.read().unwrap_or_default();
    all.iter().any(|one| one.get("type").and_then(Value::as_str) == Some(TYPE))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good() -> Value {
        json!({
            "type": TYPE,
            "mandate_id": MandateId::derive(&["m"]),
            "debit_id": DebitId::derive(&["d"]),
            "amount": "30000",
            "nonce": "0123456789abcdef",
            "expires_at": "2026-12-01T00:05:00Z",
        })
    }

    fn parse(details: &Value) -> Result<Request, DetailsError> {
        Request::parse(&details.to_string())
    }

    #[test]
    fn a_request_reads_back_as_it_was_written() {
        let request = parse(&json!([good()])).unwrap();

        assert_eq!(Request::parse(&request.to_details().unwrap()), Ok(request.clone()));
        assert_eq!(request.amount, Yen::of(30_000));
        let is_debit =
            |details: &str| is_asked_for(details, json::check(details.as_bytes()).unwrap());
        assert!(is_debit(&request.to_details().unwrap()));
        assert!(is_debit(r#"[1, {"type": "urn\u003akanuki:debit:1"}]"#));
        assert!(!is_debit(r#"[{"type": "urn:kanuki:mandate:1", "nonce": "urn:kanuki:debit:1"}]"#));
        assert!(!is_debit(r#"[{"type": "urn:kanuki:mandate:1"}]"#));
    }

    #[test]
    fn anything_unknown_missing_or_impossible_is_refused() {
        let shape = DetailsError::Json(JsonError::Shape);
        for (name, value, why) in [
            ("type", json!("urn:kanuki:debit:2"), shape),
            ("type", json!("urn:kanuki:mandate:1"), shape),
            ("amount", json!(30_000), shape),
            ("amount", json!("-1"), shape),
            ("amount", json!("0"), DetailsError::Amount),
            ("debit_id", json!("pot_00000000000000000000000000"), shape),
            ("mandate_id", Value::Null, shape),
            ("nonce", json!("short"), DetailsError::Nonce),
            ("nonce", json!("0123456789 abcdef"), DetailsError::Nonce),
            ("nonce", json!("n".repeat(65)), DetailsError::Nonce),
            ("expires_at", json!("soon"), shape),
            ("recurring", json!(true), shape),
            ("max_amount", json!("90000"), shape),
        ] {
            let mut details = good();
            details[name] = value.clone();
            assert_eq!(parse(&json!([details])), Err(why), "{name}: {value}");
        }
        assert_eq!(parse(&json!([])), Err(DetailsError::Count));
        assert_eq!(parse(&json!([good(), good()])), Err(DetailsError::Count));
        assert!(Request::parse("{").is_err());
    }

    #[test]
    fn there_are_five_minutes_and_no_more() {
        let request = parse(&json!([good()])).unwrap();
        for (now, is_good) in [
            ("2026-12-01T00:00:00Z", true),
            ("2026-12-01T00:04:59Z", true),
            ("2026-12-01T00:05:00Z", false),
            ("2026-11-30T23:58:00Z", false),
        ] {
            assert_eq!(request.check_time(now.parse().unwrap()).is_ok(), is_good, "{now}");
        }
    }

    #[test]
    fn a_wallet_takes_exactly_what_it_asked_for() {
        let request = parse(&json!([good()])).unwrap();
        let granted = Granted {
            kind: Kind::V1,
            mandate_id: request.mandate_id,
            debit_id: request.debit_id,
            amount: request.amount,
            account: AccountRef { handle: "h".into(), mask: "***4567".into() },
            signed_at: request.expires_at,
        };
        assert_eq!(granted.check_against(&request), Ok(()));
        for other in [
            Granted { amount: Yen::of(30_001), ..granted.clone() },
            Granted { debit_id: DebitId::derive(&["e"]), ..granted.clone() },
            Granted { mandate_id: MandateId::derive(&["n"]), ..granted.clone() },
        ] {
            assert_eq!(other.check_against(&request), Err(DetailsError::Changed), "{other:?}");
        }
    }
}
