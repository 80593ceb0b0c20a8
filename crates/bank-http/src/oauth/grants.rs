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
use serde_json::json;

use crate::{
    BankState,
    oauth::request::{Ending, NO_STORE, Partnered},
    openapi::schema,
    refusal::problem,
};

fn id(text: &str) -> Result<GrantId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
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
        (status = 404, description = "Not this token's grant", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many: again after `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "Ask again", body = schema::AnyRefusal)))]
pub(crate) async fn read(
    State(state): State<BankState>,
    visit: Visit,
    Partnered(authorized): Partnered,
    Path(text): Path<String>,
) -> Result<Response, Problem> {
    let granted =
        state.bank.read_grant(&visit.ctx(), &authorized, id(&text)?).await.map_err(problem)?;
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
        (status = 404, description = "Not this token's grant", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many: again after `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "Ask again", body = schema::AnyRefusal)))]
pub(crate) async fn revoke(
    State(state): State<BankState>,
    visit: Visit,
    Ending(authorized): Ending,
    Path(text): Path<String>,
) -> Result<Response, Problem> {
    let ended = state.bank.revoke_grant(&visit.ctx(), &authorized, id(&text)?).await;
    ended.map_err(|error: BankError| problem(error))?;
    Ok((StatusCode::NO_CONTENT, NO_STORE).into_response())
}
