//! What the bank's app asks and answers, as JSON. Who it is, for which errand and what it says is in its
//! token ([`kanuki_wire::bank_app`]); whatever is wrong with one is one answer.

use axum::{Json, extract::State};
use kanuki_bank::holder::app::{Asked, Purpose, Received};
use kanuki_site::{Problem, Visit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::over;
use crate::{BankState, oauth::request::StrictJson, openapi::schema};

/// Calls that one network may make in an hour.
const CALLS_MAX: u32 = 240;

/// What the app sends, both times.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AppCall)]
pub(crate) struct Call {
    /// The reference that the app was opened with.
    #[schema(pattern = "^[0-9a-hjkmnp-tv-z]{26}$")]
    errand: String,
    /// A JWS by the telephone's key (ES256), `typ` `kanuki-app+jwt`.
    token: String,
}

/// One line of the page.
#[derive(Serialize, ToSchema)]
struct Line {
    name: String,
    value: String,
}

/// What is to be signed.
#[derive(Serialize, ToSchema)]
#[schema(as = AppErrand)]
pub(crate) struct Errand {
    /// `sign_in`, `sign` or `enrol`.
    #[schema(pattern = "^(sign_in|sign|enrol)$")]
    purpose: &'static str,
    /// The bank's name.
    bank: String,
    /// The canonical text (RFC 8785); its SHA-256 is signed.
    text: String,
    /// What the page shows, in the page's language.
    lines: Vec<Line>,
    /// When the errand ends by itself.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Where the app goes on.
#[derive(Serialize, ToSchema)]
#[schema(as = AppReturn)]
pub(crate) struct Return {
    /// To be opened in the telephone's browser.
    return_url: String,
}

fn require_calm(visit: &Visit) -> Result<(), Problem> {
    if visit.allow("app-call", CALLS_MAX, 3_600) { Ok(()) } else { Err(Problem::too_many()) }
}

/// The bank's app asks what it was opened for.
#[utoipa::path(post, path = "/app/errand", tag = "app",
    request_body = Call,
    responses(
        (status = 200, description = "What is to be shown and signed", body = Errand),
        (status = 400, description = "Not such a body", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "Over, unknown, or not by a key that was let in", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn ask(
    State(state): State<BankState>,
    visit: Visit,
    StrictJson(call): StrictJson<Call>,
) -> Result<Json<Errand>, Problem> {
    require_calm(&visit)?;
    let told = state.bank.ask_app_errand(&visit.ctx(), (&call.errand, &call.token)).await;
    let (purpose, Asked { text, shown }, until) = told.map_err(over)?;
    let purpose = match purpose {
        Purpose::SignIn => "sign_in",
        Purpose::Sign => "sign",
        Purpose::Enrol => "enrol",
    };
    let lines = shown.map(|shown| shown.lines).unwrap_or_default();
    let lines = lines.into_iter().map(|(name, value)| Line { name, value }).collect();
    let bank = state.bank.config.name.clone();
    Ok(Json(Errand { purpose, bank, text, lines, expires_at: until.to_string() }))
}

/// The bank's app signs, or says no.
#[utoipa::path(post, path = "/app/answer", tag = "app",
    request_body = Call,
    responses(
        (status = 200, description = "Where the app goes on", body = Return),
        (status = 400, description = "Not such a body", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 404, description = "Over, unknown, another text or number, or not by a key that was let in",
            body = schema::Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 415, description = "Not JSON", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn answer(
    State(state): State<BankState>,
    visit: Visit,
    StrictJson(call): StrictJson<Call>,
) -> Result<Json<Return>, Problem> {
    require_calm(&visit)?;
    let taken = state.bank.receive_app_answer(&visit.ctx(), (&call.errand, &call.token)).await;
    let Received { return_url } = taken.map_err(over)?;
    Ok(Json(Return { return_url }))
}
