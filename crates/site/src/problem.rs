//! Refusals: for programs as problem+json, for people as a page that says what to do next.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use kanuki_record::RecordError;
use serde::Serialize;

use crate::ceremony::CeremonyError;

/// What a page handler returns.
pub type Answer = Result<Response, Problem>;

/// Why a request was refused (RFC 9457).
///
/// The `code` is stable and chooses the words that people read (`error-{code}` in the catalog).
/// Refusals that must not be told apart share a code. Internal reasons stay in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A refusal with a stable code.
    #[must_use]
    pub const fn new(status: StatusCode, code: &'static str) -> Self {
        Self { status, code, detail: None, headers: Vec::new() }
    }

    /// 400: the request makes no sense.
    #[must_use]
    pub const fn bad_request(code: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code)
    }

    /// 403: understood and refused.
    #[must_use]
    pub const fn forbidden(code: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code)
    }

    /// 404: nothing here, or nothing for this caller; the two are not told apart.
    #[must_use]
    pub const fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found")
    }

    /// 409: the state of things does not allow it.
    #[must_use]
    pub const fn conflict(code: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, code)
    }

    /// 422: well formed, but a value is not acceptable.
    #[must_use]
    pub const fn unprocessable(code: &'static str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code)
    }

    /// 429: too often.
    #[must_use]
    pub const fn too_many() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many")
    }

    /// 500: our mistake.
    #[must_use]
    pub const fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal")
    }

    /// 503: not now.
    #[must_use]
    pub const fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    }

    /// 303: not a refusal but a detour, such as signing in first. `location` is ours.
    #[must_use]
    pub fn see_other(location: &str) -> Self {
        let there = HeaderValue::from_str(location);
        let there = there.unwrap_or_else(|_| HeaderValue::from_static("/"));
        Self::new(StatusCode::SEE_OTHER, "see_other").header(header::LOCATION, there)
    }

    /// Adds a sentence for programmers; never anything internal or personal.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a header, such as `Retry-After`.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = if self.status.is_redirection() {
            self.status.into_response()
        } else {
            let body = Body {
                r#type: format!("urn:kanuki:problem:{}", self.code),
                title: self.status.canonical_reason().unwrap_or("Error"),
                status: self.status.as_u16(),
                code: self.code,
                detail: self.detail.as_deref(),
            };
            let json = serde_json::to_string(&body).unwrap_or_default();
            let kind = [(header::CONTENT_TYPE, "application/problem+json")];
            (self.status, kind, json).into_response()
        };
        for (name, value) in &self.headers {
            response.headers_mut().append(name.clone(), value.clone());
        }
        // Found by `web::flow`, which turns it into a page for people.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        match &error {
            RecordError::Conflict { .. } | RecordError::Duplicate { .. } => {
                Self::conflict("changed_meanwhile")
            }
            RecordError::Absent { .. } => Self::not_found(),
            RecordError::Unavailable(_) => {
                log(&error, "records do not answer");
                Self::unavailable()
            }
            RecordError::Corrupt { .. } | RecordError::Sealed => {
                log(&error, "a record is not readable");
                Self::internal()
            }
        }
    }
}

impl From<CeremonyError> for Problem {
    fn from(error: CeremonyError) -> Self {
        match error {
            CeremonyError::Spent => Self::conflict("ceremony_over"),
            CeremonyError::Record(error) => error.into(),
        }
    }
}

/// Once, at the edge, with every cause.
fn log(error: &(dyn std::error::Error + 'static), message: &'static str) {
    tracing::error!(error, "{message}");
}
