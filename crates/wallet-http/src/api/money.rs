//! Moving money by script: top-ups, and payments small enough to need no passkey of their own.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use kanuki_domain::id::{PaymentId, TopupId};
use kanuki_site::{Answer, Problem, Visit, csrf::CsrfHeader};
use kanuki_wallet::{
    WalletError,
    payment::Payment,
    proof::{Asked, Given},
    topup::{Topup, TopupState},
};

use super::{
    request::{Customer, MovementKey, StrictJson},
    schema::{self, PaymentAnswer, PaymentRequest, TopupAnswer, TopupRequest},
};
use crate::{WalletState, refusal::problem};

/// For so long after a passkey was used, a small payment needs no new one (FT-45).
const FRESH_SECS: i64 = 300;

/// Settled, refused for ever, or not known yet.
fn status(state: &str) -> StatusCode {
    match state {
        "posted" => StatusCode::CREATED,
        "refused" => StatusCode::OK,
        _ => StatusCode::ACCEPTED,
    }
}

fn topup_answer(topup: &Topup, code: StatusCode) -> Response {
    (code, Json(TopupAnswer::from(topup))).into_response()
}

/// Nothing was taken; the customer can sign it at the bank, from the page that this says.
fn approval_needed(topup: &Topup) -> Problem {
    let page = format!("/topup/{}", topup.topup_id);
    let problem = Problem::forbidden("approval_needed")
        .detail(format!("no money has moved; the customer signs it at the bank, from {page}"));
    match HeaderValue::from_str(&page) {
        Ok(page) => problem.header(header::LOCATION, page),
        Err(_) => problem,
    }
}

fn payment_answer(payment: &Payment, code: StatusCode) -> Response {
    (code, Json(PaymentAnswer::from(payment))).into_response()
}

/// Tops up from a connected account, or answers what became of the top-up with this key.
#[utoipa::path(post, path = "/api/v1/topups", tag = "money", security(("session" = [])),
    request_body = TopupRequest,
    params(
        ("x-csrf-token" = String, Header, description = "From `GET /api/v1/wallet`"),
        ("Idempotency-Key" = String, Header, min_length = 16, max_length = 64)),
    responses(
        (status = 200, description = "Refused for ever", body = TopupAnswer),
        (status = 201, description = "The money is there", body = TopupAnswer),
        (status = 202, description = "The bank has not said: look again",
            body = TopupAnswer),
        (status = 400, description = "Malformed", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "The token is missing; or `approval_needed`: the customer \
            signs it at the bank, from the page in `Location`", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "No such link", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "Frozen, too full, or another request under this key",
            body = schema::Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "Not an amount that is possible", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn top_up(
    Customer(id): Customer,
    _: CsrfHeader,
    key: MovementKey,
    State(state): State<WalletState>,
    visit: Visit,
    StrictJson(asked): StrictJson<TopupRequest>,
) -> Answer {
    let topup_id = TopupId::derive(&key.parts("topup", &id.to_string()));
    let (wanted, seen) = ((asked.link_id, asked.amount), crate::customer::seen(&visit));
    let how = (None, seen.as_ref());
    let topup = state.wallet.top_up_as_shown(&visit.ctx(), id, topup_id, wanted, how).await;
    let topup = topup.map_err(problem)?;
    if let TopupState::NeedsApproval { .. } = topup.state {
        return Err(approval_needed(&topup));
    }
    Ok(topup_answer(&topup, status(topup.state_name())))
}

/// A top-up as it stands.
#[utoipa::path(get, path = "/api/v1/topups/{id}", tag = "money", security(("session" = [])),
    params(("id" = String, Path, description = "As in the answer to the request")),
    responses(
        (status = 200, description = "As it stands", body = TopupAnswer),
        (status = 401, description = "Not signed in", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "None of this customer's", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn find_topup(
    Customer(id): Customer,
    State(state): State<WalletState>,
    Path(text): Path<String>,
) -> Answer {
    let topup_id = text.parse().map_err(|_| Problem::not_found())?;
    let topup = state.wallet.topup_of(id, topup_id).await.map_err(problem)?;
    Ok(topup_answer(&topup, StatusCode::OK))
}

/// Pays a shop's code. Above a certain amount, or when no passkey was used for five minutes, the
/// answer is 403 `proof_needed`: the customer pays on the page.
#[utoipa::path(post, path = "/api/v1/payments", tag = "money", security(("session" = [])),
    request_body = PaymentRequest,
    params(
        ("x-csrf-token" = String, Header, description = "From `GET /api/v1/wallet`"),
        ("Idempotency-Key" = String, Header, min_length = 16, max_length = 64)),
    responses(
        (status = 200, description = "Refused for ever", body = PaymentAnswer),
        (status = 201, description = "Paid", body = PaymentAnswer),
        (status = 202, description = "Not settled yet: look again", body = PaymentAnswer),
        (status = 400, description = "Malformed", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "A passkey or the token is needed", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "No code of a shop of ours, or paid before",
            body = schema::Problem, content_type = "application/problem+json"),
        (status = 409, description = "Frozen, or another request under this key",
            body = schema::Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "Not an amount that is possible", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn pay(
    Customer(id): Customer,
    _: CsrfHeader,
    key: MovementKey,
    State(state): State<WalletState>,
    visit: Visit,
    StrictJson(asked): StrictJson<PaymentRequest>,
) -> Answer {
    let ctx = visit.ctx();
    let session = visit.session.as_ref();
    let is_fresh = session.is_some_and(|s| s.is_proven_within(ctx.now, FRESH_SECS));
    let bill = state.wallet.read_code(&asked.code).await.map_err(problem)?;
    let payment_id = PaymentId::derive(&key.parts("payment", &id.to_string()));
    // What was made under this key is told as it stands, and no proof is asked of it any more.
    if let Ok(known) = state.wallet.payment_of(id, payment_id).await {
        let is_same = known.merchant_id == bill.merchant_id
            && bill.amount.or(asked.amount) == Some(known.amount);
        if !is_same {
            return Err(problem(WalletError::Different));
        }
        let payment = state.wallet.drive_payment(&ctx, payment_id).await.map_err(problem)?;
        return Ok(payment_answer(&payment, status(payment.state_name())));
    }
    let device = visit.device_hash();
    let from = (is_fresh, Some(device.as_str()));
    let started = state.wallet.start_paying(&ctx, id, &bill, asked.amount, from).await;
    let (paying, _) = started.map_err(problem)?;
    if !matches!(paying.asked, Asked::Nothing) {
        return Err(Problem::forbidden("proof_needed"));
    }
    let paid = state.wallet.pay(&ctx, id, payment_id, &paying, &Given::Nothing).await;
    let payment = paid.map_err(problem)?;
    Ok(payment_answer(&payment, status(payment.state_name())))
}

/// A payment as it stands.
#[utoipa::path(get, path = "/api/v1/payments/{id}", tag = "money", security(("session" = [])),
    params(("id" = String, Path, description = "As in the answer to the request")),
    responses(
        (status = 200, description = "As it stands", body = PaymentAnswer),
        (status = 401, description = "Not signed in", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "None of this customer's", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn find_payment(
    Customer(id): Customer,
    State(state): State<WalletState>,
    Path(text): Path<String>,
) -> Answer {
    let payment_id = text.parse().map_err(|_| Problem::not_found())?;
    let payment = state.wallet.payment_of(id, payment_id).await.map_err(problem)?;
    Ok(payment_answer(&payment, StatusCode::OK))
}
