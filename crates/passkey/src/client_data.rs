//! Our own reading of `clientDataJSON`, at registration and at assertion alike.
//!
//! The library looks at `crossOrigin` only at registration and compares origins after parsing
//! them as URLs; what a browser sends is an exact string, so we compare that.

use serde::Deserialize;

use crate::PasskeyError;

/// Which ceremony a response must come from (`WebAuthn` Level 3, 5.8.1, `type`).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ceremony {
    /// `navigator.credentials.create`.
    Create,
    /// `navigator.credentials.get`.
    Get,
}

impl Ceremony {
    const fn client_data_type(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

/// The members that we judge; browsers add others on purpose, so unknown ones are fine.
///
/// A member that occurs twice is an error, because two readers could then disagree about it.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: Option<bool>,
    #[serde(default, rename = "topOrigin")]
    top_origin: Option<String>,
}

/// Refuses a response that was not made by `ceremony` on a page of exactly `origin`, unframed.
pub(crate) fn check(json: &[u8], ceremony: Ceremony, origin: &str) -> Result<(), PasskeyError> {
    let data: ClientData = serde_json::from_slice(json).map_err(|_| PasskeyError::Malformed)?;
    if data.kind != ceremony.client_data_type() {
        return Err(PasskeyError::WrongCeremony);
    }
    if data.origin != origin {
        return Err(PasskeyError::OtherOrigin);
    }
    if data.cross_origin == Some(true) || data.top_origin.is_some_and(|top| top != origin) {
        return Err(PasskeyError::CrossOrigin);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://wallet.example";

    fn verdict(json: &str) -> Result<(), PasskeyError> {
        check(json.as_bytes(), Ceremony::Get, ORIGIN)
    }

    #[test]
    fn only_an_unframed_page_of_exactly_our_origin_passes() {
        let fine = [
            r#"{"type":"webauthn.get","origin":"https://wallet.example"}"#,
            r#"{"type":"webauthn.get","origin":"https://wallet.example","crossOrigin":false,
                "topOrigin":"https://wallet.example"}"#,
            r#"{"type":"webauthn.get","origin":"https://wallet.example","other_keys":1}"#,
        ];
        for json in fine {
            assert!(verdict(json).is_ok(), "{json}");
        }
    }

    #[test]
    fn every_other_page_is_refused() {
        let table = [
            (r#"{"type":"webauthn.create","origin":"https://wallet.example"}"#, "another ceremony"),
            (r#"{"type":"payment.get","origin":"https://wallet.example"}"#, "another ceremony"),
            (r#"{"type":"webauthn.get","origin":"https://wallet.example/"}"#, "another origin"),
            (r#"{"type":"webauthn.get","origin":"https://wallet.example:443"}"#, "another origin"),
            (r#"{"type":"webauthn.get","origin":"http://wallet.example"}"#, "another origin"),
            (
                r#"{"type":"webauthn.get","origin":"https://wallet.example","crossOrigin":true}"#,
                "another site's page",
            ),
            (
                r#"{"type":"webauthn.get","origin":"https://wallet.example",
                    "topOrigin":"https://evil.example"}"#,
                "another site's page",
            ),
            (
                r#"{"type":"webauthn.get","origin":"https://wallet.example",
                    "origin":"https://wallet.example"}"#,
                "malformed",
            ),
            ("[]", "malformed"),
        ];
        for (json, reason) in table {
            let refusal = verdict(json).unwrap_err().to_string();
            assert!(refusal.contains(reason), "{json}: {refusal}");
        }
    }
}
