//! `/credits`: money that a wallet pays out to the mandate's account, or gives back to it, keyed by
//! the partner's id.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use kanuki_bank::{
    credit::{AskCredit, Credit},
    link::Payer,
};
use kanuki_domain::id::PayoutId;
use kanuki_site::{Problem, Visit};
use kanuki_wire::{
    ErrorCode, OAuthError,
    debit::{CreditAnswer, CreditRequest},
    mandate::Action,
};

use crate::{
    BankState,
    oauth::{
        debits::{outcome, refused, require},
        request::{NO_STORE, Paying, StrictJson, check_key},
    },
    openapi::schema,
    refusal::{Refusal, problem},
};

fn answer(credit: &Credit, status: Option<StatusCode>) -> Response {
    let outcome = outcome(credit.state);
    let said = StatusCode::from_u16(outcome.status()).unwrap_or(StatusCode::OK);
    let body = Json(CreditAnswer { payout_id: credit.credit_id, outcome });
    (status.unwrap_or(said), NO_STORE, body).into_response()
}

const GIVES_BACK: &str = "the token is for giving debits back";

fn beyond(why: &str) -> Refusal {
    Refusal::resource(OAuthError::new(ErrorCode::InsufficientScope, why))
}

/// What the token lets its sender pay. Giving back what was taken needs no more than the right to
/// take it.
fn require_allowed(payer: &Payer, asked: &CreditRequest) -> Result<(), Refusal> {
    match payer {
        Payer::Mandate(authorized) if authorized.once.is_some() => {
            Err(beyond("the token is for one debit"))
        }
        Payer::Mandate(authorized) => {
            let back = asked.refund_of.is_some();
            require(authorized, if back { Action::Debit } else { Action::Credit })
        }
        Payer::Partner { .. } if asked.refund_of.is_none() => Err(beyond(GIVES_BACK)),
        Payer::Partner { .. } => Ok(()),
    }
}

/// Pays in, or answers what became of the payment with this id.
#[utoipa::path(post, path = "/credits", tag = "money", operation_id = "pay_credit",
    request_body = schema::CreditRequest, security(("dpop" = [])),
    params(
        ("Idempotency-Key" = String, Header, description = "The same as `payout_id`"),
        ("DPoP" = String, Header, description = "A proof for this request")),
    responses(
        (status = 200, description = "Refused for ever", body = schema::CreditAnswer),
        (status = 201, description = "Booked", body = schema::CreditAnswer),
        (status = 202, description = "Pending: ask again", body = schema::CreditAnswer),
        (status = 400, description = "Malformed", body = schema::AnyRefusal),
        (status = 401, description = "The token or proof is not good", body = schema::OAuthError),
        (status = 403, description = "Not granted", body = schema::OAuthError),
        (status = 404, description = "In the partner's own name: no such debit of its own",
            body = schema::Problem, content_type = "application/problem+json"),
        (status = 409, description = "The id names another request", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many: again after `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "Ask again", body = schema::AnyRefusal)))]
pub(crate) async fn pay(
    State(state): State<BankState>,
    visit: Visit,
    Paying(payer): Paying,
    headers: HeaderMap,
    StrictJson(asked): StrictJson<CreditRequest>,
) -> Result<Response, Refusal> {
    require_allowed(&payer, &asked)?;
    if let Err(bad) = check_key(&headers, &asked.payout_id.to_string()) {
        return Ok(bad.into_response());
    }
    if asked.amount.is_zero() {
        return Ok(Problem::bad_request("amount").into_response());
    }
    let ask = match payer {
        Payer::Mandate(authorized) => AskCredit {
            client_id: authorized.client_id,
            mandate_id: authorized.mandate_id,
            credit_id: asked.payout_id,
            amount: asked.amount,
            refund_of: asked.refund_of,
        },
        Payer::Partner { client_id } => {
            let debit_id = asked.refund_of.ok_or_else(|| beyond(GIVES_BACK))?;
            let what = (asked.payout_id, asked.amount);
            match state.bank.ask_refund(&client_id, what, debit_id).await {
                Ok(Some(ask)) => ask,
                Ok(None) => return Ok(Problem::not_found().into_response()),
                Err(error) => return Ok(problem(error).into_response()),
            }
        }
    };
    Ok(match state.bank.request_credit(&visit.ctx(), ask).await {
        Ok(credit) => answer(&credit, None),
        Err(error) => refused(error),
    })
}

/// The payment with this id, as it stands.
#[utoipa::path(get, path = "/credits/{id}", tag = "money", operation_id = "find_credit",
    security(("dpop" = [])),
    params(
        ("id" = String, Path, description = "The partner's id of it"),
        ("DPoP" = String, Header, description = "A proof for this request")),
    responses(
        (status = 200, description = "As it stands", body = schema::CreditAnswer),
        (status = 400, description = "Malformed", body = schema::OAuthError),
        (status = 401, description = "The token or proof is not good", body = schema::OAuthError),
        (status = 404, description = "No such payment under this mandate", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many: again after `Retry-After`", body = schema::OAuthError),
        (status = 503, description = "Ask again", body = schema::AnyRefusal)))]
pub(crate) async fn find(
    State(state): State<BankState>,
    Paying(payer): Paying,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: PayoutId = id.parse().map_err(|_| Problem::not_found())?;
    let client_id = match &payer {
        Payer::Mandate(authorized) => &authorized.client_id,
        Payer::Partner { client_id } => client_id,
    };
    let found = state.bank.find_credit(client_id, id).await.map_err(problem)?;
    let credit = found.filter(|credit| match &payer {
        Payer::Mandate(authorized) => credit.mandate_id == authorized.mandate_id,
        Payer::Partner { .. } => credit.refund_of.is_some(),
    });
    Ok(answer(&credit.ok_or_else(Problem::not_found)?, Some(StatusCode::OK)))
}
