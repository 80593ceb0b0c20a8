//! `/grants/{id}`: the mandate behind a token, read and ended by its partner.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use kanuki_bank::BankError;
use kanuki_domain::id::GrantId;
use kanuki_site::{Problem, Visit};
use kanuki_wire::ErrorCode;
use serde_json::json;

use crate::{
    BankState,
    oauth::request::{Ending, NO_STORE, Partnered},
    openapi::schema,
    refusal::{Refusal, problem},
};

fn id(text: &str) -> Result<GrantId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// A token for one debit is told so in OAuth's words (RFC 6750 section 3.1).
fn refused(error: BankError) -> Response {
    match error {
        BankError::OAuth(ref why) if why.code == ErrorCode::InsufficientScope => {
            Refusal::resource(error).into_response()
        }
        other => problem(other).into_response(),
    }
}

/// The mandate as it was granted, after every narrowing.
#[utoipa::path(get, path = "/grants/{id}", tag = "linking", operation_id = "read_grant",
    security(("dpop" = [])),
    params(
        ("id" = String, Path, description = "As in the token response"),
        ("DPoP" = String, Header, description = "A proof for this request")),
    responses(
        (status = 200, description = "What was granted", body = schema::GrantAnswer),
        (status = 400, description = "Malformed", body = schema::OAuthError),
        (status = 401, description = "The token or proof is not good", body = schema::OAuthError),
        (status = 403, description = "The token is for one debit", body = schema::OAuthError),
        (status = 404, description = "Not this token's grant", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many: again after `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "Ask again", body = schema::AnyRefusal)))]
pub(crate) async fn read(
    State(state): State<BankState>,
    visit: Visit,
    Partnered(authorized): Partnered,
    Path(text): Path<String>,
) -> Result<Response, Response> {
    let grant_id = id(&text).map_err(Problem::into_response)?;
    let granted = state.bank.read_grant(&visit.ctx(), &authorized, grant_id).await;
    let granted = granted.map_err(refused)?;
    Ok((NO_STORE, Json(json!({ "authorization_details": [granted] }))).into_response())
}

/// Ends the mandate and voids its tokens. The token that ended with it may say so again.
#[utoipa::path(delete, path = "/grants/{id}", tag = "linking", operation_id = "end_grant",
    security(("dpop" = [])),
    params(
        ("id" = String, Path, description = "As in the token response"),
        ("DPoP" = String, Header, description = "A proof for this request")),
    responses(
        (status = 204, description = "Ended"),
        (status = 400, description = "Malformed", body = schema::OAuthError),
        (status = 401, description = "The token or proof is not good", body = schema::OAuthError),
        (status = 403, description = "The token is for one debit", body = schema::OAuthError),
        (status = 404, description = "Not this token's grant", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many: again after `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "Ask again", body = schema::AnyRefusal)))]
pub(crate) async fn revoke(
    State(state): State<BankState>,
    visit: Visit,
    Ending(authorized): Ending,
    Path(text): Path<String>,
) -> Result<Response, Response> {
    let grant_id = id(&text).map_err(Problem::into_response)?;
    let ended = state.bank.revoke_grant(&visit.ctx(), &authorized, grant_id).await;
    ended.map_err(refused)?;
    Ok((StatusCode::NO_CONTENT, NO_STORE).into_response())
}
