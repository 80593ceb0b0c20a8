//! What a bank says about itself (RFC 8414), and what a wallet insists on before it believes it.

use kanuki_domain::assurance::Acr;
use serde::{Deserialize, Serialize};

use crate::{
    ciba,
    json::{self, JsonError},
    keys::AllowList,
    mandate, par, pkce, token,
};

/// Where it is served, under the issuer.
pub const PATH: &str = "/.well-known/oauth-authorization-server";

/// Authorization server metadata. Members that are not here are ignored.
#[expect(clippy::struct_excessive_bools, reason = "the standards made them members of one object")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The bank's name in every token and response; an origin without a slash at the end.
    pub issuer: String,
    /// Where the browser goes.
    pub authorization_endpoint: String,
    /// Where codes are exchanged.
    pub token_endpoint: String,
    /// Where requests are pushed (RFC 9126 section 5).
    pub pushed_authorization_request_endpoint: String,
    /// Where tokens are given back (RFC 7009).
    pub revocation_endpoint: String,
    /// The bank's public keys.
    pub jwks_uri: String,
    /// Requests that were not pushed are refused.
    #[serde(default)]
    pub require_pushed_authorization_requests: bool,
    /// Responses carry `iss` (RFC 9207 section 3).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    /// Request objects by reference are refused.
    #[serde(default)]
    pub request_uri_parameter_supported: bool,
    /// Request objects are taken, from clients that agreed to sign theirs.
    #[serde(default)]
    pub request_parameter_supported: bool,
    /// `code`.
    pub response_types_supported: Vec<String>,
    /// `query`, `jwt`.
    #[serde(default)]
    pub response_modes_supported: Vec<String>,
    /// `authorization_code`, `refresh_token`.
    pub grant_types_supported: Vec<String>,
    /// `S256`.
    pub code_challenge_methods_supported: Vec<String>,
    /// `private_key_jwt`.
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// `ES256`, `PS256`, `EdDSA`.
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// `private_key_jwt`.
    #[serde(default)]
    pub revocation_endpoint_auth_methods_supported: Vec<String>,
    /// `ES256`, `PS256`, `EdDSA`.
    #[serde(default)]
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// `ES256`, `PS256`, `EdDSA` (RFC 9449 section 5.1).
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// The types of details (RFC 9396 section 10).
    pub authorization_details_types_supported: Vec<String>,
    /// How holders can prove themselves here (RFC 9470 section 7).
    #[serde(default)]
    pub acr_values_supported: Vec<String>,
    /// The one scope.
    #[serde(default)]
    pub scopes_supported: Vec<String>,
    /// Where decoupled approval is asked for (CIBA Core section 4).
    #[serde(default)]
    pub backchannel_authentication_endpoint: Option<String>,
    /// `poll`.
    #[serde(default)]
    pub backchannel_token_delivery_modes_supported: Vec<String>,
    /// `ES256`, `PS256`, `EdDSA`.
    #[serde(default)]
    pub backchannel_authentication_request_signing_alg_values_supported: Vec<String>,
    /// Nobody types a code of their own into the wallet.
    #[serde(default)]
    pub backchannel_user_code_parameter_supported: bool,
}

/// Why a bank's metadata was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// Not the expected JSON.
    #[error("not authorization server metadata")]
    Json(#[from] JsonError),
    /// It names another issuer than the one it was fetched from (RFC 8414 section 3.3).
    #[error("the issuer is another one")]
    Issuer,
    /// An endpoint lies outside the issuer, so keys or codes would go to someone else.
    #[error("an endpoint is outside the issuer")]
    Endpoint,
    /// It does not offer what a link needs.
    #[error("the server lacks what a link needs")]
    Profile,
}

impl Metadata {
    /// The metadata of a bank that runs this software at `issuer`.
    #[must_use]
    pub fn of(issuer: &str) -> Self {
        let at = |path: &str| format!("{issuer}{path}");
        let one = |value: &str| vec![value.to_owned()];
        let algorithms = AllowList::OAUTH.names();
        Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: at("/authorize"),
            token_endpoint: at("/token"),
            pushed_authorization_request_endpoint: at("/par"),
            revocation_endpoint: at("/revoke"),
            jwks_uri: at("/jwks"),
            require_pushed_authorization_requests: true,
            authorization_response_iss_parameter_supported: true,
            request_uri_parameter_supported: false,
            request_parameter_supported: true,
            response_types_supported: one("code"),
            response_modes_supported: par::ResponseMode::NAMES.map(str::to_owned).into(),
            grant_types_supported: vec![
                "authorization_code".into(),
                "refresh_token".into(),
                ciba::GRANT_TYPE.into(),
                "client_credentials".into(),
            ],
            code_challenge_methods_supported: one(pkce::METHOD),
            token_endpoint_auth_methods_supported: one("private_key_jwt"),
            token_endpoint_auth_signing_alg_values_supported: algorithms.clone(),
            revocation_endpoint_auth_methods_supported: one("private_key_jwt"),
            revocation_endpoint_auth_signing_alg_values_supported: algorithms.clone(),
            dpop_signing_alg_values_supported: algorithms,
            authorization_details_types_supported: par::Details::TYPES.map(str::to_owned).into(),
            acr_values_supported: Acr::OFFERED.map(|acr| acr.as_str().to_owned()).into(),
            scopes_supported: vec![par::SCOPE.into(), token::REFUND_SCOPE.into()],
            backchannel_authentication_endpoint: Some(at("/bc-authorize")),
            backchannel_token_delivery_modes_supported: vec!["poll".into(), "ping".into()],
            backchannel_authentication_request_signing_alg_values_supported: AllowList::OAUTH
                .names(),
            backchannel_user_code_parameter_supported: false,
        }
    }

    /// Reads what was fetched from `issuer`'s [`PATH`], and refuses a server that is not the
    /// registered one or cannot link safely.
    pub fn parse(body: &[u8], issuer: &str) -> Result<Self, MetadataError> {
        let metadata: Self = json::read(body)?;
        if metadata.issuer != issuer {
            return Err(MetadataError::Issuer);
        }
        let base = format!("{issuer}/");
        let endpoints = [
            &metadata.authorization_endpoint,
            &metadata.token_endpoint,
            &metadata.pushed_authorization_request_endpoint,
            &metadata.revocation_endpoint,
            &metadata.jwks_uri,
        ];
        if !endpoints.iter().all(|endpoint| endpoint.starts_with(&base)) {
            return Err(MetadataError::Endpoint);
        }
        let has = |list: &[String], value: &str| list.iter().any(|v| v == value);
        let complete = metadata.authorization_response_iss_parameter_supported
            && has(&metadata.code_challenge_methods_supported, pkce::METHOD)
            && has(&metadata.token_endpoint_auth_methods_supported, "private_key_jwt")
            && has(&metadata.token_endpoint_auth_signing_alg_values_supported, "ES256")
            && has(&metadata.dpop_signing_alg_values_supported, "ES256")
            && has(&metadata.authorization_details_types_supported, mandate::TYPE);
        if complete { Ok(metadata) } else { Err(MetadataError::Profile) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://bank.example";

    #[test]
    fn a_bank_is_believed_when_it_is_the_registered_one_and_can_link() {
        let good = serde_json::to_value(Metadata::of(ISSUER)).unwrap();
        let parse = |value: &Value| Metadata::parse(value.to_string().as_bytes(), ISSUER);
        assert_eq!(parse(&good), Ok(Metadata::of(ISSUER)));

        for (name, value, why) in [
            ("issuer", json!("https://evil.example"), MetadataError::Issuer),
            ("issuer", json!("https://bank.example/"), MetadataError::Issuer),
            ("token_endpoint", json!("https://evil.example/token"), MetadataError::Endpoint),
            ("token_endpoint", json!("https://bank.example.evil/token"), MetadataError::Endpoint),
            ("jwks_uri", json!("http://bank.example/jwks"), MetadataError::Endpoint),
            ("jwks_uri", Value::Null, MetadataError::Json(JsonError::Shape)),
            (
                "authorization_response_iss_parameter_supported",
                json!(false),
                MetadataError::Profile,
            ),
            ("code_challenge_methods_supported", json!(["plain"]), MetadataError::Profile),
            ("dpop_signing_alg_values_supported", json!(["PS256"]), MetadataError::Profile),
            ("authorization_details_types_supported", json!([]), MetadataError::Profile),
        ] {
            let mut metadata = good.clone();
            metadata[name] = value.clone();
            assert_eq!(parse(&metadata), Err(why), "{name}: {value}");
        }
    }

    /// FAPI 2.0 section 5.4.1: RS256, none and symmetric algorithms are advertised nowhere.
    #[test]
    fn only_strong_choices_are_advertised() {
        let metadata = serde_json::to_value(Metadata::of(ISSUER)).unwrap();
        let algorithms: Vec<_> = metadata
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| name.ends_with("_signing_alg_values_supported"))
            .collect();

        assert_eq!(algorithms.len(), 4);
        let taken = json!(["ES256", "PS256", "EdDSA"]);
        assert!(algorithms.iter().all(|(_, value)| **value == taken));
        assert_eq!(metadata["require_pushed_authorization_requests"], true);
        assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    }
}
