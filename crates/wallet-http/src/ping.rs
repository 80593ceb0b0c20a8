//! `/ciba/{bank}`: a bank says that a customer has decided (CIBA Core section 10.2).

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    response::IntoResponse,
    routing::post,
};
use http::{HeaderMap, StatusCode, header};
use kanuki_domain::bank_account::BankCode;
use kanuki_site::{Answer, Problem, Visit};
use kanuki_wallet::WalletError;
use kanuki_wire::ciba::ping::{Ping, bearer};

use crate::{WalletState, api::schema, refusal::problem};

/// A name and nothing else.
const BODY_MAX: usize = 4_096;
/// Wrong pings of one network in an hour, after which it is heard no more.
const WRONG_MAX: u32 = 600;

pub(crate) fn routes() -> Router<WalletState> {
    Router::new().route("/ciba/{bank}", post(hear)).layer(DefaultBodyLimit::max(BODY_MAX))
}

/// Unknown, over, somebody else's, no secret or a wrong one: one answer (RFC 6750 section 3.1).
fn unknown(visit: &Visit) -> Answer {
    visit.site.metrics.count("pings_refused", "Pings that were refused", &[]);
    if !visit.allow("ping", WRONG_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
    Ok((StatusCode::UNAUTHORIZED, challenge).into_response())
}

/// Hears that a request was decided, and polls. Told twice is fine; nothing is believed but the poll.
#[utoipa::path(post, path = "/ciba/{bank}", tag = "approval",
    params(("bank" = String, Path, description = "Institution code"),
        ("authorization" = String, Header, description = "Bearer, with the secret of the request")),
    request_body(content = schema::Ping, content_type = "application/json"),
    responses(
        (status = 204, description = "Heard"),
        (status = 401, description = "No such request, or another secret"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too often", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 503, description = "Tell it again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn hear(
    State(state): State<WalletState>,
    visit: Visit,
    Path(bank): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (Some(token), Some(ping), Ok(bank)) =
        (sent.and_then(bearer), Ping::read(&body), BankCode::parse(&bank))
    else {
        return unknown(&visit);
    };
    match state.wallet.take_ping(&visit.ctx(), bank, (&token, &ping)).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(WalletError::NotAvailable) => unknown(&visit),
        Err(error) => Err(problem(error)),
    }
}
