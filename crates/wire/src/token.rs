//! The token endpoint: a code or a refresh token in, tokens bound to a `DPoP` key out. A client that
//! has to give back what it took gets one in its own name, because the link may have ended since.

use kanuki_domain::{Masked, assurance::Acr, id::GrantId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    approval, ciba,
    error::{ErrorCode, OAuthError},
    form::Form,
    json::{self, JsonError},
    mandate::Granted,
    par::SCOPE,
};

/// The kind of token that is bound to a key: no bearer tokens (FAPI 2.0 section 5.3.4).
pub const TOKEN_TYPE: &str = "DPoP";
/// What a token that is bound to a certificate is called (RFC 8705 section 3): it is no bearer token
/// for all that.
pub const BOUND_TOKEN_TYPE: &str = "Bearer";

/// The scope of a token by which a client gives debits back, in its own name (RFC 6749 section 4.4).
pub const REFUND_SCOPE: &str = "refunds";
const CLIENT_CREDENTIALS: &str = "client_credentials";

/// What a client wants exchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenRequest {
    /// The code that the browser brought, for the first tokens.
    AuthorizationCode {
        /// Good once, for a minute.
        code: Masked<String>,
        /// The same as in the pushed request.
        redirect_uri: String,
        /// What the code challenge was made from.
        code_verifier: Masked<String>,
    },
    /// A refresh token, for a new access token. It stays the same: FAPI forbids rotation.
    RefreshToken {
        /// Bound to the client.
        refresh_token: Masked<String>,
    },
    /// A poll: has the holder approved what was asked for (CIBA Core section 10.1)?
    Decoupled {
        /// Bound to the client.
        auth_req_id: Masked<String>,
    },
    /// The client itself, to give debits back whatever has become of their mandates.
    Refunds,
}

impl TokenRequest {
    /// Reads the form of the token endpoint; unknown parameters are ignored.
    ///
    /// What was granted is asked for at `/par` and stands: a wish for other details (RFC 9396 section 6),
    /// or for a scope when refreshing (RFC 6749 section 6), is refused and not passed over.
    pub fn parse(form: &Form) -> Result<Self, OAuthError> {
        if form.get("authorization_details").is_some() {
            return Err(OAuthError::new(
                ErrorCode::InvalidAuthorizationDetails,
                "details are asked for at /par, and tokens are for what was granted",
            ));
        }
        let secret = |name| form.required(name).map(|v| Masked::new(v.to_owned()));
        match form.required("grant_type")? {
            "authorization_code" => Ok(Self::AuthorizationCode {
                code: secret("code")?,
                redirect_uri: form.required("redirect_uri")?.to_owned(),
                code_verifier: secret("code_verifier")?,
            }),
            "refresh_token" if form.get("scope").is_some_and(|scope| scope != SCOPE) => {
                Err(OAuthError::new(ErrorCode::InvalidScope, "scope must be mandate"))
            }
            "refresh_token" => Ok(Self::RefreshToken { refresh_token: secret("refresh_token")? }),
            ciba::GRANT_TYPE => Ok(Self::Decoupled { auth_req_id: secret("auth_req_id")? }),
            CLIENT_CREDENTIALS if form.get("scope") == Some(REFUND_SCOPE) => Ok(Self::Refunds),
            CLIENT_CREDENTIALS => Err(OAuthError::new(
                ErrorCode::InvalidScope,
                "a client in its own name gives debits back and nothing else: scope refunds",
            )),
            _ => Err(OAuthError::new(
                ErrorCode::UnsupportedGrantType,
                "grant_type must be authorization_code, refresh_token, client_credentials or that \
                 of CIBA",
            )),
        }
    }

    /// The form to send; credentials are added by [`crate::client_assertion::Credentials`].
    #[must_use]
    pub fn to_form(&self) -> Form {
        match self {
            Self::AuthorizationCode { code, redirect_uri, code_verifier } => Form::default()
                .with("grant_type", "authorization_code")
                .with("code", code.expose())
                .with("redirect_uri", redirect_uri)
                .with("code_verifier", code_verifier.expose()),
            Self::RefreshToken { refresh_token } => Form::default()
                .with("grant_type", "refresh_token")
                .with("refresh_token", refresh_token.expose()),
            Self::Decoupled { auth_req_id } => Form::default()
                .with("grant_type", ciba::GRANT_TYPE)
                .with("auth_req_id", auth_req_id.expose()),
            Self::Refunds => {
                Form::default().with("grant_type", CLIENT_CREDENTIALS).with("scope", REFUND_SCOPE)
            }
        }
    }
}

/// Tokens, and what they stand for: a mandate, or `D`. Not to be cached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenResponse<D = Granted> {
    /// For `/debits` and `/credits`, with a proof each time.
    pub access_token: Masked<String>,
    /// Always [`TOKEN_TYPE`], in any case (RFC 6749 section 5.1).
    pub token_type: String,
    /// Seconds.
    pub expires_in: u32,
    /// With the first tokens only, and never for one debit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Masked<String>>,
    /// What was granted: one thing.
    pub authorization_details: Vec<D>,
    /// The record at the bank that these tokens hang on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
    /// How the holder proved themself when it was granted (RFC 9470 section 6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<Acr>,
    /// When they did, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
}

/// A token for a client in its own name. Not to be cached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundToken {
    /// For `/credits` with `refund_of`, with a proof each time.
    pub access_token: Masked<String>,
    /// Always [`TOKEN_TYPE`], in any case.
    pub token_type: String,
    /// Seconds.
    pub expires_in: u32,
    /// Always [`REFUND_SCOPE`].
    pub scope: String,
}

impl RefundToken {
    /// Reads the body of a good answer, for the client's end.
    pub fn parse(body: &[u8]) -> Result<Self, TokenResponseError> {
        let token: Self = json::read(body)?;
        if !token.token_type.eq_ignore_ascii_case(TOKEN_TYPE) {
            return Err(TokenResponseError::NotBound);
        }
        if token.scope == REFUND_SCOPE { Ok(token) } else { Err(TokenResponseError::Count) }
    }
}

/// What the token endpoint gives: for a mandate, for one debit, or for giving debits back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Issued {
    /// For as long as the mandate stands.
    Standing(TokenResponse),
    /// For one debit, once.
    Once(TokenResponse<approval::Granted>),
    /// For giving debits back.
    Refunds(RefundToken),
}

impl Issued {
    /// The tokens of a mandate, if it is these.
    #[must_use]
    pub fn standing(self) -> Option<TokenResponse> {
        match self {
            Self::Standing(tokens) => Some(tokens),
            Self::Once(_) | Self::Refunds(_) => None,
        }
    }

    /// The token for one debit, if it is that.
    #[must_use]
    pub fn once(self) -> Option<TokenResponse<approval::Granted>> {
        match self {
            Self::Once(token) => Some(token),
            Self::Standing(_) | Self::Refunds(_) => None,
        }
    }
}

/// Why a token response was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenResponseError {
    /// Not the expected JSON.
    #[error("not a token response")]
    Json(#[from] JsonError),
    /// A token that anyone who finds it can use.
    #[error("the token is not bound to a key")]
    NotBound,
    /// None, or several things.
    #[error("exactly one thing must be granted")]
    Count,
}

impl<D: DeserializeOwned> TokenResponse<D> {
    /// Reads the body of a good answer, for the client's end.
    pub fn parse(body: &[u8]) -> Result<Self, TokenResponseError> {
        let response: Self = json::read(body)?;
        if !response.token_type.eq_ignore_ascii_case(TOKEN_TYPE) {
            return Err(TokenResponseError::NotBound);
        }
        if response.authorization_details.len() != 1 {
            return Err(TokenResponseError::Count);
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use kanuki_domain::id::MandateId;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_request_reads_back_as_it_was_written() {
        let secret = |s: &str| Masked::new(s.to_owned());
        for request in [
            TokenRequest::AuthorizationCode {
                code: secret("c"),
                redirect_uri: "https://wallet.example/callback".into(),
                code_verifier: secret("v"),
            },
            TokenRequest::RefreshToken { refresh_token: secret("secret-token") },
            TokenRequest::Decoupled { auth_req_id: secret("a") },
            TokenRequest::Refunds,
        ] {
            assert_eq!(TokenRequest::parse(&request.to_form()), Ok(request.clone()));
            assert!(!format!("{request:?}").contains("secret-token"));
        }
    }

    #[test]
    fn what_is_missing_or_not_offered_is_refused() {
        let whole = "grant_type=authorization_code&code=c&redirect_uri=r&code_verifier=v";
        for (body, why) in [
            ("", ErrorCode::InvalidRequest),
            ("grant_type=password&username=a&password=b", ErrorCode::UnsupportedGrantType),
            ("grant_type=implicit", ErrorCode::UnsupportedGrantType),
            ("grant_type=client_credentials", ErrorCode::InvalidScope),
            ("grant_type=client_credentials&scope=debits", ErrorCode::InvalidScope),
            ("grant_type=client_credentials&scope=refunds+debits", ErrorCode::InvalidScope),
            ("grant_type=refresh_token", ErrorCode::InvalidRequest),
            ("grant_type=refresh_token&refresh_token=r&scope=openid", ErrorCode::InvalidScope),
            (
                &format!("{whole}&authorization_details=%5B%5D"),
                ErrorCode::InvalidAuthorizationDetails,
            ),
            (&whole.replace("&code_verifier=v", ""), ErrorCode::InvalidRequest),
            (&whole.replace("&code=c", ""), ErrorCode::InvalidRequest),
            (&whole.replace("redirect_uri=r", "redirect_uri="), ErrorCode::InvalidRequest),
        ] {
            let form = Form::decode(body.as_bytes()).unwrap();
            assert_eq!(TokenRequest::parse(&form).unwrap_err().code, why, "{body}");
        }
    }

    fn body() -> Value {
        json!({
            "access_token": "t", "token_type": "dpop", "expires_in": 300,
            "something_new": true,
            "authorization_details": [{
                "type": "urn:kanuki:mandate:1", "mandate_id": MandateId::derive(&["m"]),
                "actions": ["debit"], "wallet": {"account_ref": "r"},
                "terms": {"max_individual": "1", "interaction": ["in_session"],
                    "periodic": [{"period": "day", "alignment": "rolling", "amount": "1"}],
                    "valid_from": "2026-12-01T00:00:00Z", "valid_to": "2027-01-01T00:00:00Z"},
                "account": {"handle": "h", "mask": "***4567"},
            }],
        })
    }

    #[test]
    fn a_token_for_refunds_is_bound_to_a_key_and_good_for_nothing_else() {
        let body = r#"{"access_token":"t","token_type":"DPoP","expires_in":300,"scope":"refunds"}"#;
        assert!(RefundToken::parse(body.as_bytes()).is_ok());
        for (bad, why) in [
            (body.replace("DPoP", "Bearer"), TokenResponseError::NotBound),
            (body.replace("refunds", "refunds debits"), TokenResponseError::Count),
            (body.replace(r#","scope":"refunds""#, ""), JsonError::Shape.into()),
        ] {
            assert_eq!(RefundToken::parse(bad.as_bytes()), Err(why), "{bad}");
        }
    }

    #[test]
    fn a_response_is_bound_to_a_key_and_to_one_mandate() {
        let read: TokenResponse = TokenResponse::parse(body().to_string().as_bytes()).unwrap();
        let again = serde_json::to_vec(&read).unwrap();
        assert_eq!(TokenResponse::parse(&again), Ok(read));

        for (name, value, why) in [
            ("token_type", json!("Bearer"), TokenResponseError::NotBound),
            ("authorization_details", json!([]), TokenResponseError::Count),
            ("authorization_details", json!([{"type": "x"}]), JsonError::Shape.into()),
            ("access_token", Value::Null, JsonError::Shape.into()),
            ("expires_in", json!(-1), JsonError::Shape.into()),
        ] {
            let mut body = body();
            body[name] = value.clone();
            let answer: Result<TokenResponse, _> =
                TokenResponse::parse(body.to_string().as_bytes());
            assert_eq!(answer, Err(why), "{name}: {value}");
        }
    }
}
