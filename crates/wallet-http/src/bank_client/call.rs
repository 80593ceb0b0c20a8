//! One call to a bank: proven by assertion or token, bound to our `DPoP` key, sent, read.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use kanuki_domain::{Ctx, id::encode_base32};
use kanuki_site::Transport;
use kanuki_wallet::{GatewayError, PartnerBank, Party};
use kanuki_wire::{
    ErrorCode, Form, OAuthError,
    client_assertion::{self, Credentials},
    dpop, jar, json, set,
};
use serde::Deserialize;

/// What is sent, and how the sender proves itself.
enum Content {
    /// To the authorization server, with a client assertion.
    Form(Form),
    /// To what an access token opens.
    Resource {
        token: String,
        /// An idempotency key and a JSON body.
        json: Option<(String, Vec<u8>)>,
    },
}

/// A call in the making.
pub(super) struct Call {
    method: Method,
    path: String,
    content: Content,
}

/// What the bank said, whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
    nonce: Option<String>,
    challenge: Option<String>,
}

/// RFC 8935 section 2.3.
#[derive(Deserialize)]
struct EventRefusal {
    err: String,
}

impl Answer {
    /// A refusal in the words of OAuth with 4xx: the bank did nothing. Anything else says nothing
    /// about what it did.
    pub(super) fn refusal(&self) -> GatewayError {
        if self.wants_signature() {
            let code = ErrorCode::InsufficientUserAuthentication;
            return GatewayError::Refused(OAuthError::new(code, "the holder must sign it"));
        }
        // Nothing was done, which is no verdict either: what was asked for is asked for again.
        let is_for_later =
            matches!(self.status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
        let is_lasting = self.status.is_client_error() && !is_for_later;
        match json::read::<OAuthError>(&self.body) {
            Ok(error) if is_lasting => GatewayError::Refused(error),
            Ok(_) | Err(_) => match json::read::<EventRefusal>(&self.body) {
                Ok(refused) if self.status == StatusCode::BAD_REQUEST => {
                    GatewayError::Refused(OAuthError::invalid_request(refused.err))
                }
                Ok(_) | Err(_) => {
                    tracing::warn!(status = self.status.as_u16(), "a bank gave no clear answer");
                    GatewayError::Unknown
                }
            },
        }
    }

    /// Whether the bank wants its customer to prove themself better: RFC 9470 says so in the
    /// challenge, and the body may say nothing.
    fn wants_signature(&self) -> bool {
        let says =
            |challenge: &String| challenge.contains(r#"error="insufficient_user_authentication""#);
        self.status == StatusCode::UNAUTHORIZED && self.challenge.as_ref().is_some_and(says)
    }

    /// The nonce to come back with (RFC 9449 section 8), if that is all the bank wants.
    fn wanted_nonce(&self) -> Option<&str> {
        let refused: OAuthError = json::read(&self.body).ok()?;
        let wants = self.status.is_client_error() && refused.code == ErrorCode::UseDpopNonce;
        self.nonce.as_deref().filter(|_| wants)
    }
}

/// The last nonce that each bank gave. A restart forgets them, which costs one more request.
#[derive(Default)]
pub(super) struct Nonces(Mutex<BTreeMap<String, String>>);

/// The longest nonce that is brought back; one that is longer is not kept.
const NONCE_BYTES_MAX: usize = 512;

impl Nonces {
    fn of(&self, issuer: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned()
    }

    fn note(&self, issuer: &str, answer: &Answer) {
        if let Some(nonce) = answer.nonce.as_ref().filter(|nonce| nonce.len() <= NONCE_BYTES_MAX) {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(issuer.to_owned(), nonce.clone());
        }
    }
}

/// A name that no other proof or assertion of ours has.
fn jti(ctx: &Ctx<'_>) -> String {
    encode_base32(u128::from_be_bytes(ctx.random()))
}

pub(super) fn unmade<E: std::fmt::Display>(error: E) -> GatewayError {
    // Nothing was sent, but nobody above may take that for a refusal by the bank.
    tracing::error!(%error, "a request to a bank could not be made");
    GatewayError::Unknown
}

impl Call {
    /// A form for PAR or the token endpoint.
    pub(super) fn form(path: &str, form: Form) -> Self {
        Self { method: Method::POST, path: path.to_owned(), content: Content::Form(form) }
    }

    /// A request under an access token.
    pub(super) fn resource(method: Method, path: &str, token: &str) -> Self {
        let content = Content::Resource { token: token.to_owned(), json: None };
        Self { method, path: path.to_owned(), content }
    }

    /// Adds a JSON body, whose idempotency key is `id`.
    pub(super) fn json(mut self, id: String, body: Vec<u8>) -> Self {
        if let Content::Resource { json, .. } = &mut self.content {
            *json = Some((id, body));
        }
        self
    }

    /// Sends it with the bank's last nonce; once more when the bank wants another one in the proof
    /// (RFC 9449 section 8). A bank that is still not content is not asked a third time.
    pub(super) async fn send(
        &self,
        (transport, nonces): (&dyn Transport, &Nonces),
        ctx: &Ctx<'_>,
        party: Party<'_>,
    ) -> Result<Answer, GatewayError> {
        let issuer = &party.bank.issuer;
        let known = nonces.of(issuer);
        let first = exchange(transport, self.request(ctx, party, known.as_deref())?).await?;
        nonces.note(issuer, &first);
        let Some(nonce) = first.wanted_nonce() else { return Ok(first) };
        let second = exchange(transport, self.request(ctx, party, Some(nonce))?).await?;
        nonces.note(issuer, &second);
        Ok(second)
    }

    fn request(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        nonce: Option<&str>,
    ) -> Result<Request<Bytes>, GatewayError> {
        let uri = format!("{}{}", party.bank.issuer, self.path);
        let access_token = match &self.content {
            Content::Form(_) => None,
            Content::Resource { token, .. } => Some(token.as_str()),
        };
        let proven = dpop::Request { method: self.method.as_str(), uri: &uri, access_token, nonce };
        let proof = dpop::make(&party.keys.dpop, &proven, &jti(ctx), ctx.now).map_err(unmade)?;
        let mut request = Request::builder()
            .method(&self.method)
            .uri(&uri)
            .header(header::ACCEPT, "application/json")
            .header(dpop::HEADER, proof);
        let body = match &self.content {
            Content::Form(form) => {
                request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                Bytes::from(credentials(ctx, party)?.add_to(form.clone()).encode())
            }
            Content::Resource { token, json } => {
                request = request.header(header::AUTHORIZATION, format!("DPoP {token}"));
                match json {
                    Some((id, body)) => {
                        request = request
                            .header(header::CONTENT_TYPE, "application/json")
                            .header("idempotency-key", id);
                        Bytes::from(body.clone())
                    }
                    None => Bytes::new(),
                }
            }
        };
        request.body(body).map_err(unmade)
    }
}

/// The request as one token that we cannot deny later, and the wish for an answer of that kind (FAPI
/// 2.0 Message Signing).
pub(super) fn signed(ctx: &Ctx<'_>, party: Party<'_>, form: Form) -> Result<Form, GatewayError> {
    let parties = (party.bank.client_id.as_str(), party.bank.issuer.as_str());
    let form = form.with("response_mode", "jwt");
    let token = jar::make(&party.keys.client, &form, parties, &jti(ctx), ctx.now);
    Ok(Form::default().with("request", token.map_err(unmade)?))
}

/// A fresh assertion each time: a bank refuses one that it has seen.
pub(super) fn credentials(ctx: &Ctx<'_>, party: Party<'_>) -> Result<Credentials, GatewayError> {
    let (client_id, issuer) = (&party.bank.client_id, &party.bank.issuer);
    let made = client_assertion::make(&party.keys.client, client_id, issuer, &jti(ctx), ctx.now);
    let assertion = made.map_err(unmade)?;
    Ok(Credentials { client_id: client_id.clone(), assertion })
}

/// Pushes an event token; it is signed itself, so nothing else proves who sends it.
pub(super) async fn push_event(
    transport: &dyn Transport,
    bank: &PartnerBank,
    event_token: &str,
) -> Result<Answer, GatewayError> {
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{}/ssf/events", bank.issuer))
        .header(header::CONTENT_TYPE, set::MEDIA_TYPE)
        .header(header::ACCEPT, "application/json")
        .body(Bytes::from(event_token.to_owned()))
        .map_err(unmade)?;
    exchange(transport, request).await
}

/// Fetches event tokens: proven by an assertion of its own, as every request about events is.
pub(super) async fn poll_events(
    transport: &dyn Transport,
    ctx: &Ctx<'_>,
    party: Party<'_>,
    asked: &set::PollRequest,
) -> Result<Answer, GatewayError> {
    let assertion = credentials(ctx, party)?.assertion;
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{}/ssf/poll", party.bank.issuer))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {assertion}"))
        .body(Bytes::from(serde_json::to_vec(asked).map_err(unmade)?))
        .map_err(unmade)?;
    exchange(transport, request).await
}

/// Asks about our stream there, proven in the same way.
pub(super) async fn ask_line(
    transport: &dyn Transport,
    ctx: &Ctx<'_>,
    party: Party<'_>,
    asked: &kanuki_desk::signal::line::Call,
) -> Result<Answer, GatewayError> {
    let assertion = credentials(ctx, party)?.assertion;
    let (method, body) = match &asked.body {
        Some(body) => (Method::POST, Bytes::from(body.to_string())),
        None => (Method::GET, Bytes::new()),
    };
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{}", party.bank.issuer, asked.path))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {assertion}"))
        .body(body)
        .map_err(unmade)?;
    exchange(transport, request).await
}

pub(super) async fn exchange(
    transport: &dyn Transport,
    request: Request<Bytes>,
) -> Result<Answer, GatewayError> {
    let answer = transport.call(request).await.map_err(|error| {
        tracing::warn!(%error, "a bank gave no answer");
        GatewayError::Unknown
    })?;
    let read = |name: &str| {
        let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
        value.map(str::to_owned)
    };
    let nonce = read(dpop::NONCE_HEADER);
    let challenge = read(header::WWW_AUTHENTICATE.as_str());
    Ok(Answer { status: answer.status(), nonce, challenge, body: answer.into_body() })
}
