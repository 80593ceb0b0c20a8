//! Refusals as `/openapi.json` of both companies describes them, in words that `utoipa` has.
#![expect(dead_code, reason = "described to others, never built here")]

use utoipa::ToSchema;

/// A refusal (RFC 9457).
#[derive(Debug, ToSchema)]
pub struct Problem {
    r#type: String,
    title: String,
    status: u16,
    /// Stable.
    code: String,
    detail: Option<String>,
}

/// A refusal in the words of OAuth (RFC 6749 section 5.2, RFC 6750 section 3.1).
#[derive(Debug, ToSchema)]
pub struct OAuthError {
    error: String,
    error_description: Option<String>,
}

/// Answer to an event that is not taken (RFC 8935 section 2.3).
#[derive(Debug, ToSchema)]
pub struct EventRefusal {
    err: String,
    description: String,
}
