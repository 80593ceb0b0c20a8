//! The shapes of `kanuki-wire`, once more, in words that `utoipa` has.
//!
//! `wire` is pure and knows no HTTP, so it does not describe itself; a test holds both against
//! each other.
#![expect(dead_code, reason = "described to others, never built here")]

use utoipa::ToSchema;

pub(crate) use kanuki_desk_http::schema::{EventRefusal, OAuthError, Problem};

/// Form of `/par`.
#[derive(ToSchema)]
#[schema(as = ParForm)]
pub(crate) struct ParForm {
    client_id: String,
    #[schema(pattern = "^urn:ietf:params:oauth:client-assertion-type:jwt-bearer$")]
    client_assertion_type: String,
    client_assertion: String,
    #[schema(pattern = "^code$")]
    response_type: String,
    redirect_uri: String,
    #[schema(pattern = "^[A-Za-z0-9_-]{43}$")]
    code_challenge: String,
    #[schema(pattern = "^S256$")]
    code_challenge_method: String,
    /// A JSON array of one mandate or one debit.
    authorization_details: String,
    #[schema(pattern = "^(create|replace)$")]
    grant_management_action: Option<String>,
    /// The grant to be replaced.
    grant_id: Option<String>,
    scope: Option<String>,
    state: Option<String>,
    dpop_jkt: Option<String>,
    /// `query`, or `jwt` where it was agreed on.
    #[schema(pattern = "^(query|jwt|query\\.jwt)$")]
    response_mode: Option<String>,
    /// Authentication context classes, any of which will do (RFC 9470).
    acr_values: Option<String>,
    /// How many seconds ago the holder may have proven themself.
    #[schema(pattern = "^[0-9]{1,9}$")]
    max_age: Option<String>,
    /// An `AuthnEvidence` as JSON.
    authn_evidence: Option<String>,
    /// All of this but the credentials as a signed request object (RFC 9101), where it was agreed on.
    request: Option<String>,
}

/// Answer of `/par`.
#[derive(ToSchema)]
pub(crate) struct Pushed {
    request_uri: String,
    expires_in: u32,
}

/// Form of `/token`.
#[derive(ToSchema)]
pub(crate) struct TokenForm {
    client_id: Option<String>,
    client_assertion_type: String,
    client_assertion: String,
    #[schema(pattern = "^(authorization_code|refresh_token|client_credentials|urn:openid:.+)$")]
    grant_type: String,
    /// `refunds`, with `client_credentials`.
    scope: Option<String>,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    refresh_token: Option<String>,
}

/// Answer of `/token`.
#[derive(ToSchema)]
pub(crate) struct TokenResponse {
    access_token: String,
    token_type: String,
    expires_in: u32,
    refresh_token: Option<String>,
    /// None for a client in its own name.
    authorization_details: Option<Vec<Granted>>,
    /// `refunds`, for a client in its own name.
    scope: Option<String>,
    grant_id: Option<String>,
    /// How the holder proved themself (RFC 9470), and when, in seconds since 1970.
    acr: Option<String>,
    auth_time: Option<i64>,
}

/// Form of `/bc-authorize`: nothing counts but the signed request object.
#[derive(ToSchema)]
pub(crate) struct BackchannelForm {
    client_id: Option<String>,
    client_assertion_type: String,
    client_assertion: String,
    request: String,
}

/// Answer of `/bc-authorize`.
#[derive(ToSchema)]
pub(crate) struct Acknowledged {
    auth_req_id: String,
    expires_in: u32,
    interval: u32,
}

/// Form of `/revoke` and `/introspect`.
#[derive(ToSchema)]
pub(crate) struct RevokeForm {
    client_id: Option<String>,
    client_assertion_type: String,
    client_assertion: String,
    token: String,
    token_type_hint: Option<String>,
}

/// A mandate as it was granted (RFC 9396).
#[derive(ToSchema)]
pub(crate) struct Granted {
    r#type: String,
    mandate_id: String,
    grant_id: Option<String>,
    actions: Vec<String>,
    wallet: WalletRef,
    terms: Terms,
    account: AccountRef,
    standing: Option<Standing>,
}

/// Whether the mandate can be used now.
#[derive(ToSchema)]
struct Standing {
    /// `unconfirmed`, `active` or `suspended`.
    state: String,
    /// When an unconfirmed one ends by itself.
    #[schema(format = DateTime)]
    lapses_at: Option<String>,
    /// Until when the low cap of a new link holds.
    #[schema(format = DateTime)]
    cooling_until: Option<String>,
}

#[derive(ToSchema)]
struct WalletRef {
    account_ref: String,
}

#[derive(ToSchema)]
struct Terms {
    max_individual: String,
    periodic: Vec<PeriodicCap>,
    max_debits: Option<u32>,
    #[schema(format = DateTime)]
    valid_from: String,
    #[schema(format = DateTime)]
    valid_to: String,
    /// `in_session`, `off_session` or both.
    interaction: Vec<String>,
}

/// The most within one period (UK VRP `PeriodicLimits`).
#[derive(ToSchema)]
struct PeriodicCap {
    #[schema(pattern = "^(day|week|fortnight|month|half_year|year)$")]
    period: String,
    #[schema(pattern = "^(rolling|consent|calendar)$")]
    alignment: String,
    /// IANA name; absent where the period rolls.
    tz: Option<String>,
    amount: String,
    max_debits: Option<u32>,
}

#[derive(ToSchema)]
struct AccountRef {
    handle: String,
    mask: String,
}

/// Answer of `GET /grants/{id}`.
#[derive(ToSchema)]
pub(crate) struct GrantAnswer {
    authorization_details: Vec<Granted>,
}

/// Body of `POST /debits`.
#[derive(ToSchema)]
pub(crate) struct DebitRequest {
    #[schema(pattern = "^dbt_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    debit_id: String,
    #[schema(pattern = "^[1-9][0-9]{0,15}$")]
    amount: String,
    /// Whether the customer is there; they are, unless it is said that they are not.
    #[schema(pattern = "^(in_session|off_session)$")]
    interaction: Option<String>,
    authn_evidence: Option<AuthnEvidence>,
}

/// What a wallet knows of the device and the sign-in behind a request.
#[derive(ToSchema)]
struct AuthnEvidence {
    /// The device by a name made for this bank.
    #[schema(pattern = "^[A-Za-z0-9_-]{16,64}$")]
    device: String,
    #[schema(pattern = "^(passkey|alternative)$")]
    signed_in_by: String,
    #[schema(format = DateTime)]
    signed_in_at: String,
    /// When the customer signed this very request, if they did.
    #[schema(format = DateTime)]
    signed_at: Option<String>,
    /// The network that the customer asks from, by a name made for this bank.
    #[schema(pattern = "^[A-Za-z0-9_-]{16,64}$")]
    place: Option<String>,
}

/// Body of `POST /credits`.
#[derive(ToSchema)]
pub(crate) struct CreditRequest {
    #[schema(pattern = "^pot_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    payout_id: String,
    #[schema(pattern = "^[1-9][0-9]{0,15}$")]
    amount: String,
    /// The debit that this gives back, for a refund.
    #[schema(pattern = "^dbt_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    refund_of: Option<String>,
}

/// What became of it.
#[derive(ToSchema)]
struct Outcome {
    #[schema(pattern = "^(booked|refused|pending)$")]
    outcome: String,
    /// With `booked`.
    #[schema(format = DateTime)]
    booked_at: Option<String>,
    /// With `refused`.
    #[schema(pattern = "^(over_limit|not_enough_money|stopped|not_active|try_later|declined)$")]
    reason: Option<String>,
}

/// Answer about a debit.
#[derive(ToSchema)]
pub(crate) struct DebitAnswer {
    debit_id: String,
    result: Outcome,
}

/// Answer about a payment in.
#[derive(ToSchema)]
pub(crate) struct CreditAnswer {
    payout_id: String,
    result: Outcome,
}

/// [`OAuthError`] where the token is at fault, [`Problem`] where the request is.
#[derive(ToSchema)]
pub(crate) struct AnyRefusal {
    error: Option<String>,
    error_description: Option<String>,
    code: Option<String>,
}

/// That the server is up.
#[utoipa::path(get, path = "/healthz", tag = "operation",
    responses((status = 200, description = "It is", body = String, content_type = "text/plain")))]
pub(crate) fn healthz() {}
