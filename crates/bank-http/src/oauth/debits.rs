//! `/debits`: one pull of money, keyed by the partner's id.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use kanuki_bank::{
    BankError,
    debit::{Debit, DebitState, request::Ask},
    link::{Payer, token::Authorized},
};
use kanuki_domain::id::DebitId;
use kanuki_site::{Problem, Visit};
use kanuki_wire::{
    ErrorCode, OAuthError,
    debit::{DebitAnswer, DebitRequest, Outcome},
    mandate::Action,
};

use crate::{
    BankState,
    oauth::request::{NO_STORE, Partnered, Paying, StrictJson, check_key},
    openapi::schema,
    refusal::{Refusal, problem},
};

/// The token must have been granted for `action`.
pub(super) fn require(authorized: &Authorized, action: Action) -> Result<(), Refusal> {
    if authorized.actions.contains(&action) {
        return Ok(());
    }
    let why = "the mandate does not allow this action";
    Err(Refusal::resource(OAuthError::new(ErrorCode::InsufficientScope, why)))
}

/// A refused id is 404 or 409 for the partner; what is ours to repair is 503.
pub(super) fn refused(error: BankError) -> Response {
    match error {
        // The id was used for something else: never the same words as "not there".
        BankError::NotAvailable => Problem::conflict("different_request").into_response(),
        other => problem(other).into_response(),
    }
}

pub(super) fn outcome(state: DebitState) -> Outcome {
    match state {
        DebitState::Booked { at } => Outcome::Booked { booked_at: at },
        DebitState::Refused { reason, .. } => Outcome::Refused { reason },
        DebitState::Open | DebitState::OpenItem { .. } => Outcome::Pending,
    }
}

fn answer(debit: &Debit, status: Option<StatusCode>) -> Response {
    let outcome = outcome(debit.state);
    let said = StatusCode::from_u16(outcome.status()).unwrap_or(StatusCode::OK);
    let body = Json(DebitAnswer { debit_id: debit.debit_id, outcome });
    (status.unwrap_or(said), NO_STORE, body).into_response()
}

/// Debits, or answers what became of the debit with this id.
#[utoipa::path(post, path = "/debits", tag = "money", operation_id = "pull_debit",
    request_body = schema::DebitRequest, security(("dpop" = [])),
    params(
        ("Idempotency-Key" = String, Header, description = "The same as `debit_id`"),
        ("DPoP" = String, Header, description = "A proof for this request")),
    responses(
        (status = 200, description = "Refused for ever", body = schema::DebitAnswer),
        (status = 201, description = "Booked", body = schema::DebitAnswer),
        (status = 202, description = "Pending: ask again", body = schema::DebitAnswer),
        (status = 400, description = "Malformed", body = schema::AnyRefusal),
        (status = 401, description = "The token or proof is not good; or, with \
            `insufficient_user_authentication`, the holder must sign this debit first (RFC 9470)",
            body = schema::OAuthError),
        (status = 403, description = "Not granted", body = schema::OAuthError),
        (status = 409, description = "The id names another request", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many: again after `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "Ask again", body = schema::AnyRefusal)))]
pub(crate) async fn pull(
    State(state): State<BankState>,
    visit: Visit,
    Partnered(authorized): Partnered,
    headers: HeaderMap,
    StrictJson(asked): StrictJson<DebitRequest>,
) -> Result<Response, Refusal> {
    require(&authorized, Action::Debit)?;
    if let Err(bad) = check_key(&headers, &asked.debit_id.to_string()) {
        return Ok(bad.into_response());
    }
    if asked.amount.is_zero() {
        return Ok(Problem::bad_request("amount").into_response());
    }
    let now = visit.ctx().now;
    if asked.authn_evidence.as_ref().is_some_and(|evidence| !evidence.is_plausible(now)) {
        return Ok(Problem::bad_request("authn_evidence").into_response());
    }
    let ask = Ask {
        client_id: authorized.client_id,
        mandate_id: authorized.mandate_id,
        debit_id: asked.debit_id,
        amount: asked.amount,
        interaction: asked.interaction,
        evidence: asked.authn_evidence,
        approval: authorized.once,
    };
    Ok(match state.bank.request_debit(&visit.ctx(), ask).await {
        Ok(debit) => answer(&debit, None),
        Err(BankError::MustBeSigned(why)) => {
            let labels = [("why", why.as_str())];
            visit.site.metrics.count(
                "debits_to_be_signed",
                "Debits that a holder must sign",
                &labels,
            );
            Refusal::step_up(authorized.scheme).into_response()
        }
        Err(error @ BankError::OAuth(_)) => Refusal::resource(error).into_response(),
        Err(error) => refused(error),
    })
}

/// The debit with this id, as it stands. When its link has ended, and the link's tokens with it, the
/// partner asks in its own name: what became of a debit is told for ever.
#[utoipa::path(get, path = "/debits/{id}", tag = "money", operation_id = "find_debit",
    security(("dpop" = [])),
    params(
        ("id" = String, Path, description = "The partner's id of it"),
        ("DPoP" = String, Header, description = "A proof for this request")),
    responses(
        (status = 200, description = "As it stands", body = schema::DebitAnswer),
        (status = 400, description = "Malformed", body = schema::OAuthError),
        (status = 401, description = "The token or proof is not good", body = schema::OAuthError),
        (status = 404, description = "No such debit under this mandate, or of this partner", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many: again after `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "Ask again", body = schema::AnyRefusal)))]
pub(crate) async fn find(
    State(state): State<BankState>,
    Paying(asker): Paying,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: DebitId = id.parse().map_err(|_| Problem::not_found())?;
    let client_id = match &asker {
        Payer::Mandate(authorized) => &authorized.client_id,
        Payer::Partner { client_id } => client_id,
    };
    let found = state.bank.find_debit(client_id, id).await.map_err(problem)?;
    let debit = found.filter(|debit| match &asker {
        Payer::Mandate(authorized) => {
            debit.mandate_id == authorized.mandate_id
                && (authorized.once.is_none() || debit.approval_id == authorized.once)
        }
        Payer::Partner { .. } => true,
    });
    Ok(answer(&debit.ok_or_else(Problem::not_found)?, Some(StatusCode::OK)))
}
