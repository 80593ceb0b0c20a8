//! Looking at a wallet, and stopping it.

use axum::{
    Json,
    extract::{Query, State},
    response::IntoResponse,
};
use http::StatusCode;
use jiff::Timestamp;
use kanuki_domain::case_number::said;
use kanuki_site::{Answer, Problem, Visit, csrf, csrf::CsrfHeader};
use serde::Deserialize;

use super::{
    request::Customer,
    schema::{self, FreezeAnswer, LinkAnswer, LinksAnswer, StatementAnswer, WalletAnswer},
};
use crate::{WalletState, refusal::problem};

/// Lines of a statement when the caller does not say.
const LINES: u32 = 50;
/// The most lines of one answer.
const LINES_MAX: u32 = 500;

/// The wallet of whoever is signed in, and in `x-csrf-token` the token that changes need.
#[utoipa::path(get, path = "/api/v1/wallet", tag = "wallet", security(("session" = [])),
    responses(
        (status = 200, description = "The wallet", body = WalletAnswer,
            headers(("x-csrf-token" = String, description = "For POST requests"))),
        (status = 401, description = "Not signed in", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn show(
    Customer(id): Customer,
    State(state): State<WalletState>,
    visit: Visit,
) -> Answer {
    let overview = state.wallet.overview(&visit.ctx(), id).await.map_err(problem)?;
    let token = [(csrf::HEADER, visit.csrf_token())];
    Ok((token, Json(WalletAnswer::from(&overview))).into_response())
}

/// Every bank account that was ever connected.
#[utoipa::path(get, path = "/api/v1/links", tag = "wallet", security(("session" = [])),
    responses(
        (status = 200, description = "Newest first", body = LinksAnswer),
        (status = 401, description = "Not signed in", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn links(Customer(id): Customer, State(state): State<WalletState>) -> Answer {
    let found = state.wallet.links(id).await.map_err(problem)?;
    let names = state.wallet.bank_names().await.map_err(problem)?;
    let links = found.iter().map(|link| LinkAnswer::new(link, names.of(link.bank))).collect();
    Ok(Json(LinksAnswer { links }).into_response())
}

#[derive(Deserialize)]
pub(crate) struct Part {
    until: Option<Timestamp>,
    limit: Option<u32>,
}

/// What happened in the wallet, newest first.
#[utoipa::path(get, path = "/api/v1/statement", tag = "wallet", security(("session" = [])),
    params(
        ("until" = Option<String>, Query, format = DateTime, description = "Nothing later"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500)),
    responses(
        (status = 200, description = "Lines", body = StatementAnswer),
        (status = 400, description = "Malformed", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn statement(
    Customer(id): Customer,
    State(state): State<WalletState>,
    visit: Visit,
    part: Result<Query<Part>, axum::extract::rejection::QueryRejection>,
) -> Answer {
    let Query(part) = part.map_err(|_| Problem::bad_request("bad_query"))?;
    let limit = part.limit.unwrap_or(LINES);
    if limit == 0 || limit > LINES_MAX {
        return Err(Problem::bad_request("bad_query"));
    }
    let lines = state.wallet.statement(&visit.ctx(), id, part.until, limit).await;
    let lines = lines.map_err(problem)?.into_iter().map(Into::into).collect();
    Ok(Json(StatementAnswer { lines }).into_response())
}

/// Freezes the wallet at once; doing it twice answers the first case.
#[utoipa::path(post, path = "/api/v1/freeze", tag = "wallet", security(("session" = [])),
    params(("x-csrf-token" = String, Header, description = "From `GET /api/v1/wallet`")),
    responses(
        (status = 201, description = "Frozen", body = FreezeAnswer),
        (status = 401, description = "Not signed in", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "The token is missing", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn freeze(
    Customer(id): Customer,
    _: CsrfHeader,
    State(state): State<WalletState>,
    visit: Visit,
) -> Answer {
    let device = visit.device_hash();
    let frozen = state.wallet.freeze_from(&visit.ctx(), id, Some(&device)).await;
    let case_id = frozen.map_err(problem)?;
    Ok((StatusCode::CREATED, Json(FreezeAnswer { case_id, case_number: said(case_id) }))
        .into_response())
}
