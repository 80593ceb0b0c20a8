//! Refusals in the words of OAuth, as JSON, as a status and as a challenge header.

use kanuki_domain::assurance::Acr;
use serde::{Deserialize, Serialize};

use crate::keys::AllowList;

/// The registered error codes that either end may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Malformed (RFC 6749 section 5.2).
    InvalidRequest,
    /// The client did not prove itself (RFC 6749 section 5.2).
    InvalidClient,
    /// The code or refresh token is not good (RFC 6749 section 5.2).
    InvalidGrant,
    /// The scope is not the one there is (RFC 6749 section 4.1.2.1).
    InvalidScope,
    /// This client may not ask for this (RFC 6749 section 4.1.2.1).
    UnauthorizedClient,
    /// The holder or the bank said no (RFC 6749 section 4.1.2.1).
    AccessDenied,
    /// Only `code` is answered (RFC 6749 section 4.1.2.1).
    UnsupportedResponseType,
    /// Only codes and refresh tokens are exchanged (RFC 6749 section 5.2).
    UnsupportedGrantType,
    /// The mandate that was asked for is not understood or not allowed (RFC 9396 section 5).
    InvalidAuthorizationDetails,
    /// The grant that is to be replaced is not there for this client (Grant Management section 6).
    InvalidGrantId,
    /// Request objects are not taken (RFC 9101 section 6.3).
    RequestNotSupported,
    /// The request object is not good (RFC 9101 section 6.3).
    InvalidRequestObject,
    /// The `DPoP` proof is not good (RFC 9449 section 5).
    InvalidDpopProof,
    /// The `DPoP` proof must carry the server's nonce (RFC 9449 section 8).
    UseDpopNonce,
    /// The access token is not good (RFC 6750 section 3.1).
    InvalidToken,
    /// The access token does not reach this far (RFC 6750 section 3.1).
    InsufficientScope,
    /// The holder must prove themself again, or better (RFC 9470 section 3).
    InsufficientUserAuthentication,
    /// No page of the bank's reaches what was asked for (RFC 9470 section 5).
    UnmetAuthenticationRequirements,
    /// Nobody can be asked by this hint (CIBA Core section 13).
    UnknownUserId,
    /// The binding message cannot be used (CIBA Core section 13).
    InvalidBindingMessage,
    /// The holder has not decided yet (CIBA Core section 11).
    AuthorizationPending,
    /// The same, and the client asks too often (CIBA Core section 11).
    SlowDown,
    /// Nobody decided in time (CIBA Core section 11).
    ExpiredToken,
    /// Come back later (RFC 6749 section 4.1.2.1).
    TemporarilyUnavailable,
    /// Our mistake (RFC 6749 section 4.1.2.1).
    ServerError,
    /// A code of the other end's that we have no word for.
    #[serde(other)]
    Unrecognized,
}

/// Who answers: the two kinds of endpoint map some codes to different statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// PAR, token, revocation: client authentication comes first.
    Authorization,
    /// `/debits`, `/credits`: an access token comes first.
    Resource,
}

impl ErrorCode {
    /// As it is written on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidAuthorizationDetails => "invalid_authorization_details",
            Self::InvalidGrantId => "invalid_grant_id",
            Self::RequestNotSupported => "request_not_supported",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InsufficientUserAuthentication => "insufficient_user_authentication",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::UnknownUserId => "unknown_user_id",
            Self::InvalidBindingMessage => "invalid_binding_message",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
            Self::Unrecognized => "unrecognized",
        }
    }

    /// The code with this text; one we have no word for is [`ErrorCode::Unrecognized`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        serde_json::from_value(text.into()).unwrap_or(Self::Unrecognized)
    }

    /// The HTTP status that goes with it.
    #[must_use]
    pub const fn status(self, at: Endpoint) -> u16 {
        match (self, at) {
            (
                Self::InvalidClient | Self::InvalidToken | Self::InsufficientUserAuthentication,
                _,
            )
            | (Self::InvalidDpopProof | Self::UseDpopNonce, Endpoint::Resource) => 401,
            (Self::InsufficientScope | Self::AccessDenied, Endpoint::Resource) => 403,
            (Self::TemporarilyUnavailable, _) => 503,
            (Self::ServerError, _) => 500,
            _ => 400,
        }
    }
}

/// A refusal: a registered code, and one sentence for the other end's developers.
///
/// The sentence never says which secret was wrong, nor anything about a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {description}", code.as_str())]
pub struct OAuthError {
    /// What kind of refusal.
    #[serde(rename = "error")]
    pub code: ErrorCode,
    /// For a developer; never shown to customers. Printable ASCII without `"` and `\`.
    #[serde(rename = "error_description", default)]
    pub description: String,
}

/// What a holder has to do before a request is let through (RFC 9470).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepUp {
    /// The authentication contexts, any of which will do.
    pub acr: &'static [Acr],
    /// How many seconds ago the proof may have been at most.
    pub max_age: u32,
}

impl StepUp {
    /// What money that leaves an account outside of what was agreed needs: a signature over exactly
    /// that, made for it.
    pub const SIGN_THIS: Self = Self { acr: &Acr::SIGNED, max_age: 0 };
}

impl OAuthError {
    /// A refusal with `code`; characters outside RFC 6749's set become spaces.
    pub fn new(code: ErrorCode, description: impl Into<String>) -> Self {
        let plain = |c: char| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { ' ' };
        Self { code, description: description.into().chars().map(plain).collect() }
    }

    /// The commonest refusal.
    pub fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }

    /// The `WWW-Authenticate` value of a resource's refusal (RFC 9449 section 7.1).
    #[must_use]
    pub fn challenge(&self) -> String {
        let Self { code, description } = self;
        format!(
            r#"DPoP error="{}", error_description="{description}", algs="{}""#,
            code.as_str(),
            AllowList::OAUTH.names().join(" ")
        )
    }

    /// The same for a holder who must prove themself better first (RFC 9470 section 3), in the
    /// scheme that the token came in.
    #[must_use]
    pub fn step_up_challenge(&self, scheme: &str, StepUp { acr, max_age }: StepUp) -> String {
        let Self { code, description } = self;
        let acr: Vec<&str> = acr.iter().map(|one| one.as_str()).collect();
        format!(
            r#"{scheme} error="{}", error_description="{description}", acr_values="{}", max_age="{max_age}""#,
            code.as_str(),
            acr.join(" ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_reads_the_same_on_both_ends() {
        let refusal = OAuthError::new(ErrorCode::UseDpopNonce, "a \"nonce\"\nplease 閂");
        let json = serde_json::to_string(&refusal).unwrap();

        assert_eq!(json, r#"{"error":"use_dpop_nonce","error_description":"a  nonce  please  "}"#);
        assert_eq!(serde_json::from_str::<OAuthError>(&json).unwrap(), refusal);
        assert_eq!(ErrorCode::parse("login_required"), ErrorCode::Unrecognized);
        assert_eq!(ErrorCode::parse("access_denied"), ErrorCode::AccessDenied);
    }

    #[test]
    fn the_status_depends_on_who_answers() {
        for (code, authorization, resource) in [
            (ErrorCode::InvalidRequest, 400, 400),
            (ErrorCode::InvalidClient, 401, 401),
            (ErrorCode::InvalidDpopProof, 400, 401),
            (ErrorCode::UseDpopNonce, 400, 401),
            (ErrorCode::InvalidToken, 401, 401),
            (ErrorCode::InsufficientScope, 400, 403),
            (ErrorCode::InsufficientUserAuthentication, 401, 401),
            (ErrorCode::ServerError, 500, 500),
        ] {
            assert_eq!(code.status(Endpoint::Authorization), authorization, "{code:?}");
            assert_eq!(code.status(Endpoint::Resource), resource, "{code:?}");
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }

    #[test]
    fn step_up_names_the_proof_it_wants() {
        let refusal = OAuthError::new(ErrorCode::InsufficientUserAuthentication, "sign this one");
        let header = refusal.step_up_challenge("Bearer", StepUp::SIGN_THIS);

        assert_eq!(
            header,
            concat!(
                r#"Bearer error="insufficient_user_authentication", "#,
                r#"error_description="sign this one", "#,
                r#"acr_values="urn:kanuki:acr:passkey-uv-dynamic urn:kanuki:acr:bank-app", max_age="0""#
            )
        );
    }
}
