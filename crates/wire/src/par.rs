//! Pushed authorization requests (RFC 9126): what a wallet asks for, out of the browser's reach.

use std::fmt;

use kanuki_domain::id::GrantId;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    approval,
    authn::AuthnWish,
    error::{ErrorCode, OAuthError},
    form::Form,
    json, mandate, pkce,
};

/// The one scope there is; what it reaches is said by the mandate.
pub const SCOPE: &str = "mandate";
/// What every `request_uri` begins with (RFC 9126 section 2.2).
pub const REQUEST_URI_PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// How long a pushed request waits for the customer, in seconds; FAPI wants less than 600.
pub const EXPIRES_IN: u32 = 300;

/// What is said of a grant that cannot be replaced, whatever the reason.
pub const NO_SUCH_GRANT: &str = "there is no such grant to be replaced";

/// The longest `state` that is kept and echoed.
const MAX_STATE: usize = 1_024;

/// How the browser brings the answer back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// As parameters.
    #[default]
    Query,
    /// As one signed token ([`crate::jarm`]).
    Jwt,
}

impl ResponseMode {
    /// Every name of a mode, for metadata; `jwt` is short for `query.jwt`.
    pub const NAMES: [&str; 3] = ["query", "jwt", "query.jwt"];

    /// The mode that a request asks for.
    pub fn of(form: &Form) -> Result<Self, OAuthError> {
        match form.get("response_mode") {
            None | Some("query") => Ok(Self::Query),
            Some("jwt" | "query.jwt") => Ok(Self::Jwt),
            Some(_) => Err(OAuthError::invalid_request("response_mode must be query or jwt")),
        }
    }
}

/// What a wallet pushes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// The wallet's name at this bank.
    pub client_id: String,
    /// Where the browser goes with the answer.
    pub redirect_uri: String,
    /// Echoed with the answer.
    pub state: Option<String>,
    /// PKCE, method S256.
    pub code_challenge: String,
    /// Thumbprint of the `DPoP` key that the code will be bound to (RFC 9449 section 10).
    pub dpop_jkt: Option<String>,
    /// What is asked for.
    pub details: Details,
    /// How the holder is to prove themself, and what the wallet knows of its customer's sign-in.
    pub wish: AuthnWish,
    /// The grant whose mandate it replaces: its holder agrees anew (Grant Management for OAuth 2.0,
    /// `grant_management_action=replace`).
    pub replaces: Option<GrantId>,
}

/// What a wallet may ask for, by the type of its details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Details {
    /// A standing right.
    Mandate(mandate::Request),
    /// One debit under a standing right, outside of what that allows.
    Debit(approval::Request),
}

impl Details {
    /// Every type, for metadata.
    pub const TYPES: [&str; 2] = [mandate::TYPE, approval::TYPE];

    /// Reads `authorization_details`: exactly one thing of one type.
    pub fn parse(details: &str) -> Result<Self, OAuthError> {
        let unread = json::check(details.as_bytes()).map_err(mandate::DetailsError::Json)?;
        if approval::is_asked_for(details, unread) {
            return Ok(Self::Debit(approval::Request::of(unread)?));
        }
        Ok(Self::Mandate(mandate::Request::of(unread)?))
    }

    /// The mandate, if it is one that is asked for.
    #[must_use]
    pub const fn mandate(&self) -> Option<&mandate::Request> {
        match self {
            Self::Mandate(request) => Some(request),
            Self::Debit(_) => None,
        }
    }

    fn to_details(&self) -> Result<String, OAuthError> {
        Ok(match self {
            Self::Mandate(request) => request.to_details()?,
            Self::Debit(request) => request.to_details()?,
        })
    }
}

impl AuthorizationRequest {
    /// Reads a pushed request of a client that has proved to be `client_id`.
    ///
    /// Everything that can be refused is refused now, so that no customer ever sees a page for a
    /// bad request. Unknown parameters are ignored (RFC 6749 section 3.1).
    pub fn parse(form: &Form, client_id: &str) -> Result<Self, OAuthError> {
        if form.get("request_uri").is_some() {
            return Err(OAuthError::invalid_request("request_uri must not be pushed"));
        }
        if form.get("request").is_some() {
            let why = "request objects are not taken";
            return Err(OAuthError::new(ErrorCode::RequestNotSupported, why));
        }
        if form.required("client_id")? != client_id {
            return Err(OAuthError::invalid_request("client_id is another client"));
        }
        if form.required("response_type")? != "code" {
            let why = "response_type must be code";
            return Err(OAuthError::new(ErrorCode::UnsupportedResponseType, why));
        }
        ResponseMode::of(form)?;
        if form.get("scope").is_some_and(|scope| scope != SCOPE) {
            return Err(OAuthError::new(ErrorCode::InvalidScope, "scope must be mandate"));
        }
        if form.required("code_challenge_method")? != pkce::METHOD {
            return Err(OAuthError::invalid_request("code_challenge_method must be S256"));
        }
        let code_challenge = form.required("code_challenge")?.to_owned();
        pkce::check_challenge(&code_challenge)?;
        let state = form.get("state").map(str::to_owned);
        if state.as_ref().is_some_and(|s| s.len() > MAX_STATE) {
            return Err(OAuthError::invalid_request("state is too long"));
        }
        let dpop_jkt = form.get("dpop_jkt").map(str::to_owned);
        if dpop_jkt.as_deref().is_some_and(|jkt| pkce::check_challenge(jkt).is_err()) {
            return Err(OAuthError::invalid_request("dpop_jkt must be a SHA-256 thumbprint"));
        }
        let redirect_uri = form.required("redirect_uri")?.to_owned();
        let details = form.get("authorization_details").ok_or_else(|| {
            OAuthError::new(
                ErrorCode::InvalidAuthorizationDetails,
                "authorization_details is missing",
            )
        })?;
        let details = Details::parse(details)?;
        let wish = AuthnWish::parse(form)?;
        let client_id = client_id.to_owned();
        let replaces = replaced(form)?;
        if replaces.is_some() && details.mandate().is_none() {
            return Err(OAuthError::invalid_request("only a mandate can replace another"));
        }
        Ok(Self {
            client_id,
            redirect_uri,
            state,
            code_challenge,
            dpop_jkt,
            details,
            wish,
            replaces,
        })
    }

    /// The form to push; credentials are added by [`crate::client_assertion::Credentials`].
    pub fn to_form(&self) -> Result<Form, OAuthError> {
        let mut form = Form::default()
            .with("client_id", &self.client_id)
            .with("response_type", "code")
            .with("scope", SCOPE)
            .with("redirect_uri", &self.redirect_uri)
            .with("code_challenge", &self.code_challenge)
            .with("code_challenge_method", pkce::METHOD)
            .with("authorization_details", self.details.to_details()?);
        form = self.wish.add_to(form)?;
        for (name, value) in [("state", &self.state), ("dpop_jkt", &self.dpop_jkt)] {
            if let Some(value) = value {
                form = form.with(name, value);
            }
        }
        if let Some(grant_id) = self.replaces {
            form = form.with("grant_management_action", "replace");
            form = form.with("grant_id", grant_id.to_string());
        }
        Ok(form)
    }

    /// Checks that the answer goes to an address the client registered, letter by letter.
    pub fn check_redirect<S: AsRef<str>>(&self, registered: &[S]) -> Result<(), OAuthError> {
        if registered.iter().any(|uri| uri.as_ref() == self.redirect_uri) {
            Ok(())
        } else {
            Err(OAuthError::invalid_request("redirect_uri is not registered"))
        }
    }

    /// Binds the request to the key of the proof it came with; a `dpop_jkt` must agree
    /// (RFC 9449 section 10.1). A request bound to no key at all is refused.
    pub fn bind(&mut self, proof_jkt: Option<&str>) -> Result<(), OAuthError> {
        match (self.dpop_jkt.as_deref(), proof_jkt) {
            (None, None) => {
                let why = "a DPoP proof or dpop_jkt is needed";
                Err(OAuthError::new(ErrorCode::InvalidDpopProof, why))
            }
            (Some(asked), Some(proved)) if asked != proved => {
                let why = "dpop_jkt and the proof are of different keys";
                Err(OAuthError::new(ErrorCode::InvalidDpopProof, why))
            }
            (None, Some(proved)) => {
                self.dpop_jkt = Some(proved.to_owned());
                Ok(())
            }
            (Some(_), Some(_) | None) => Ok(()),
        }
    }
}

/// Which grant a request is to replace, if any. `merge` is not offered: what a holder agreed to is
/// always one text that they read as a whole.
fn replaced(form: &Form) -> Result<Option<GrantId>, OAuthError> {
    match (form.get("grant_management_action"), form.get("grant_id")) {
        (None | Some("create"), None) => Ok(None),
        (Some("replace"), Some(id)) => match id.parse() {
            Ok(grant_id) => Ok(Some(grant_id)),
            Err(_) => Err(OAuthError::new(ErrorCode::InvalidGrantId, NO_SUCH_GRANT)),
        },
        _ => {
            let why = "grant_management_action must be create, or replace with a grant_id";
            Err(OAuthError::invalid_request(why))
        }
    }
}

/// The answer to a pushed request: status 201, not to be cached.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pushed {
    /// What the browser carries instead of the request; a secret until it is used.
    pub request_uri: String,
    /// Seconds.
    pub expires_in: u32,
}

/// What the browser brings: who asks, and the name of what was pushed.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizeQuery {
    /// The wallet's name at this bank.
    pub client_id: String,
    /// As [`Pushed::request_uri`].
    pub request_uri: String,
}

impl fmt::Debug for Pushed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pushed").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

impl fmt::Debug for AuthorizeQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizeQuery").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl AuthorizeQuery {
    /// Reads the query of the authorization endpoint. Any other parameter is ignored: only what was
    /// pushed counts (RFC 9126 section 4), and a request that was not pushed is refused.
    pub fn parse(query: &str) -> Result<Self, OAuthError> {
        let form = Form::decode(query.as_bytes())?;
        let client_id = form.required("client_id")?.to_owned();
        let request_uri = form.required("request_uri")?.to_owned();
        if !request_uri.starts_with(REQUEST_URI_PREFIX) {
            return Err(OAuthError::invalid_request("the request must be pushed"));
        }
        Ok(Self { client_id, request_uri })
    }

    /// Where the wallet sends the browser.
    pub fn to_url(&self, authorization_endpoint: &str) -> Result<String, OAuthError> {
        let mut url = Url::parse(authorization_endpoint)
            .map_err(|_| OAuthError::invalid_request("the authorization endpoint is no URL"))?;
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("request_uri", &self.request_uri);
        Ok(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JKT: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

    fn request() -> AuthorizationRequest {
        let details = r#"[{"type":"urn:kanuki:mandate:1","actions":["debit"],
            "wallet":{"account_ref":"r"},"holder_binding":{"method":"jpki","assertion":"a.b.c"},
            "terms":{"max_individual":"1","interaction":["in_session"],
            "periodic":[{"period":"day","alignment":"rolling","amount":"1"}],
            "valid_from":"2026-12-01T00:00:00Z","valid_to":"2027-01-01T00:00:00Z"}}]"#;
        AuthorizationRequest {
            client_id: "wallet".into(),
            redirect_uri: "https://wallet.example/callback".into(),
            state: Some("s".into()),
            code_challenge: pkce::challenge(&pkce::verifier([1; 32])).unwrap(),
            dpop_jkt: Some(JKT.into()),
            details: Details::parse(details).unwrap(),
            wish: AuthnWish::default(),
            replaces: None,
        }
    }

    fn form() -> Form {
        request().to_form().unwrap()
    }

    #[test]
    fn what_a_wallet_pushes_is_what_the_bank_reads() {
        let body = form().with("something_new", "x").encode();
        let read = AuthorizationRequest::parse(&Form::decode(body.as_bytes()).unwrap(), "wallet");

        assert_eq!(read, Ok(request()));
        assert_eq!(request().check_redirect(&["https://wallet.example/callback"]), Ok(()));
    }

    /// The PAR modules of the FAPI 2.0 conformance plan, and a few more.
    #[test]
    fn requests_that_fapi_refuses_are_refused() {
        for (name, value, why) in [
            ("request_uri", "urn:ietf:params:oauth:request_uri:1", ErrorCode::InvalidRequest),
            ("request", "a.b.c", ErrorCode::RequestNotSupported),
            ("client_id", "other", ErrorCode::InvalidRequest),
            ("client_id", "", ErrorCode::InvalidRequest),
            ("response_type", "", ErrorCode::InvalidRequest),
            ("response_type", "token", ErrorCode::UnsupportedResponseType),
            ("response_type", "code id_token", ErrorCode::UnsupportedResponseType),
            ("response_mode", "fragment", ErrorCode::InvalidRequest),
            ("scope", "openid", ErrorCode::InvalidScope),
            ("redirect_uri", "", ErrorCode::InvalidRequest),
            ("code_challenge", "", ErrorCode::InvalidRequest),
            ("code_challenge", "short", ErrorCode::InvalidRequest),
            ("code_challenge_method", "plain", ErrorCode::InvalidRequest),
            ("code_challenge_method", "", ErrorCode::InvalidRequest),
            ("dpop_jkt", "short", ErrorCode::InvalidRequest),
            ("authorization_details", "", ErrorCode::InvalidAuthorizationDetails),
            ("authorization_details", "[]", ErrorCode::InvalidAuthorizationDetails),
            ("authorization_details", "{", ErrorCode::InvalidAuthorizationDetails),
            (
                "authorization_details",
                r#"[{"type":"urn:kanuki:debit:1","amount":"1"}]"#,
                ErrorCode::InvalidAuthorizationDetails,
            ),
            ("max_age", "soon", ErrorCode::InvalidRequest),
            ("authn_evidence", "{}", ErrorCode::InvalidRequest),
            ("state", &"s".repeat(1_025), ErrorCode::InvalidRequest),
        ] {
            let body = form().with(name, value).encode();
            let form = Form::decode(body.as_bytes()).unwrap();
            let refusal = AuthorizationRequest::parse(&form, "wallet").unwrap_err();
            assert_eq!(refusal.code, why, "{name}={value}");
        }
    }

    #[test]
    fn a_request_without_state_or_scope_is_fine() {
        let body = form().with("state", "").with("scope", "").encode();
        let form = Form::decode(body.as_bytes()).unwrap();

        assert_eq!(AuthorizationRequest::parse(&form, "wallet").unwrap().state, None);
    }

    #[test]
    fn a_grant_is_replaced_by_its_name_and_in_no_other_way() {
        let replaces = Some(GrantId::derive(&["g"]));
        let request = AuthorizationRequest { replaces, ..request() };
        let body = request.to_form().unwrap().encode();
        let read = AuthorizationRequest::parse(&Form::decode(body.as_bytes()).unwrap(), "wallet");
        assert_eq!(read, Ok(request));

        let id = GrantId::derive(&["g"]).to_string();
        for (action, id, why) in [
            ("merge", id.as_str(), ErrorCode::InvalidRequest),
            ("create", &id, ErrorCode::InvalidRequest),
            ("", &id, ErrorCode::InvalidRequest),
            ("replace", "", ErrorCode::InvalidRequest),
            ("replace", "man_1", ErrorCode::InvalidGrantId),
        ] {
            let body = form().with("grant_management_action", action).with("grant_id", id).encode();
            let form = Form::decode(body.as_bytes()).unwrap();
            let refusal = AuthorizationRequest::parse(&form, "wallet").unwrap_err();
            assert_eq!(refusal.code, why, "{action} {id}");
        }
    }

    #[test]
    fn only_a_registered_address_gets_the_answer() {
        for near in [
            "https://wallet.example/callback/",
            "https://wallet.example/callback?x=1",
            "https://wallet.example/Callback",
            "http://wallet.example/callback",
        ] {
            assert!(request().check_redirect(&[near]).is_err(), "{near}");
        }
        assert!(request().check_redirect::<&str>(&[]).is_err());
    }

    #[test]
    fn a_request_is_bound_to_one_key() {
        let mut unbound = AuthorizationRequest { dpop_jkt: None, ..request() };

        assert!(unbound.bind(None).is_err());
        assert_eq!(unbound.bind(Some(JKT)), Ok(()));
        assert_eq!(unbound.dpop_jkt.as_deref(), Some(JKT));
        assert_eq!(unbound.bind(None), Ok(()));
        assert_eq!(unbound.bind(Some("other")).unwrap_err().code, ErrorCode::InvalidDpopProof);
    }

    #[test]
    fn only_what_was_pushed_counts_in_the_browser() {
        let query = AuthorizeQuery {
            client_id: "wallet".into(),
            request_uri: format!("{REQUEST_URI_PREFIX}abc"),
        };
        let url = query.to_url("https://bank.example/authorize").unwrap();
        let (_, sent) = url.split_once('?').unwrap();

        assert_eq!(AuthorizeQuery::parse(&format!("{sent}&state=x&scope=y")), Ok(query));
        for bad in [
            "client_id=wallet",
            "client_id=wallet&response_type=code&redirect_uri=https%3A%2F%2Fwallet.example",
            "client_id=wallet&request_uri=https%3A%2F%2Fevil.example%2Fr",
            &format!("{sent}&client_id=wallet"),
        ] {
            assert!(AuthorizeQuery::parse(bad).is_err(), "{bad}");
        }
    }
}
