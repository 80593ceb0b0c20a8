//! The one place that turns a bank's refusal into HTTP, for people and for partners.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use kanuki_bank::BankError;
use kanuki_desk::registry::RegistryError;
use kanuki_site::Problem;
use kanuki_wire::{
    ErrorCode, OAuthError,
    error::{Endpoint, StepUp},
};

/// A refusal as a person's browser gets it.
pub(crate) fn problem(error: BankError) -> Problem {
    match error {
        BankError::NotAvailable => Problem::not_found(),
        BankError::Passkey(_) => Problem::forbidden("passkey_refused"),
        BankError::Card => Problem::forbidden("card_refused"),
        BankError::App => Problem::forbidden("app_refused"),
        BankError::TooMany => Problem::too_many(),
        BankError::Busy { secs } => {
            Problem::too_many().header(header::RETRY_AFTER, HeaderValue::from(secs))
        }
        BankError::NotTheSamePerson => Problem::forbidden("not_possible"),
        BankError::Locked => Problem::forbidden("locked"),
        BankError::Paused => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "paused"),
        BankError::Stopped => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stopped"),
        BankError::StoppedInPart(_) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stopped_in_part")
        }
        BankError::Waits { .. } => Problem::conflict("waits"),
        BankError::Amounts => Problem::unprocessable("amounts"),
        BankError::Mandate(_) | BankError::MustBeSigned(_) => Problem::conflict("wrong_state"),
        BankError::OAuth(refused) if refused.code == ErrorCode::TemporarilyUnavailable => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stopped")
        }
        BankError::OAuth(_) => Problem::bad_request("bad_request"),
        BankError::Desk(error) => kanuki_desk_http::refused::problem(error),
        BankError::Registry(error) => registry(error),
        BankError::Record(error) => error.into(),
        BankError::Core(_) => Problem::unavailable(),
    }
}

fn registry(error: RegistryError) -> Problem {
    match error {
        RegistryError::Absent => Problem::not_found(),
        RegistryError::Subject => Problem::unprocessable("bad_form"),
        RegistryError::Unchanged => Problem::unprocessable("version_unchanged"),
        RegistryError::Waiting => Problem::conflict("version_waiting"),
        RegistryError::Decided => Problem::conflict("decided"),
        RegistryError::Stale => Problem::conflict("version_stale"),
        RegistryError::Gaps(_) | RegistryError::Loosens(_) => Problem::conflict("version_gaps"),
        RegistryError::ProposerLeft => Problem::conflict("asker_left"),
        RegistryError::SamePerson | RegistryError::NobodyProposes => {
            Problem::conflict("second_person")
        }
        RegistryError::NoReason => Problem::unprocessable("reason"),
        RegistryError::TooMany => Problem::too_many(),
        RegistryError::InUse(why) => Problem::conflict(why.code()),
        RegistryError::Passkey(_) => Problem::forbidden("passkey_refused"),
        RegistryError::Record(error) => error.into(),
    }
}

/// A refusal as a partner gets it: RFC 6749 section 5.2, with a challenge where a token was asked
/// for.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    error: OAuthError,
    at: Endpoint,
    /// The scheme of the token that a better proof would help.
    steps_up: Option<&'static str>,
    /// After how many seconds whoever asks too much may ask again: the status is then 429.
    again_in: Option<u32>,
}

impl Refusal {
    /// At `/par`, `/token`, `/revoke` and `/introspect`.
    pub(crate) fn authorization(error: impl Into<BankError>) -> Self {
        Self::at(error.into(), Endpoint::Authorization)
    }

    /// At what an access token opens.
    pub(crate) fn resource(error: impl Into<BankError>) -> Self {
        Self::at(error.into(), Endpoint::Resource)
    }

    fn at(error: BankError, at: Endpoint) -> Self {
        let again_in = match error {
            BankError::Busy { secs } => Some(secs),
            _ => None,
        };
        Self { error: oauth(error), at, steps_up: None, again_in }
    }

    /// At what an access token opens, when its holder must sign this one thing first (RFC 9470
    /// section 3).
    pub(crate) fn step_up(scheme: &'static str) -> Self {
        let why = "the holder must sign this debit at the bank";
        let error = OAuthError::new(ErrorCode::InsufficientUserAuthentication, why);
        Self { error, at: Endpoint::Resource, steps_up: Some(scheme), again_in: None }
    }
}

/// Left in an answer for whoever counts: the code of its refusal, or that it is about how many came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused(pub(crate) &'static str);

fn oauth(error: BankError) -> OAuthError {
    match error {
        BankError::OAuth(error) => error,
        BankError::NotAvailable
        | BankError::Passkey(_)
        | BankError::Card
        | BankError::App
        | BankError::NotTheSamePerson
        | BankError::Waits { .. }
        | BankError::Locked
        | BankError::Amounts
        | BankError::MustBeSigned(_)
        | BankError::Mandate(_) => OAuthError::invalid_request("not possible"),
        BankError::Busy { .. } => OAuthError::new(
            ErrorCode::TemporarilyUnavailable,
            "too many requests; nothing was done",
        ),
        BankError::TooMany | BankError::Paused | BankError::Stopped => {
            OAuthError::new(ErrorCode::TemporarilyUnavailable, "not possible now")
        }
        BankError::Desk(_)
        | BankError::Registry(_)
        | BankError::Record(_)
        | BankError::StoppedInPart(_)
        | BankError::Core(_) => {
            tracing::error!(%error, "a partner's request could not be answered");
            OAuthError::new(ErrorCode::TemporarilyUnavailable, "try again later")
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.error.code.status(self.at));
        let status = status.unwrap_or(StatusCode::BAD_REQUEST);
        let (status, counted_as) = match self.again_in {
            Some(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"),
            None => (status, self.error.code.as_str()),
        };
        let challenge = match self.steps_up {
            Some(scheme) => self.error.step_up_challenge(scheme, StepUp::SIGN_THIS),
            None => self.error.challenge(),
        };
        let challenge = HeaderValue::from_str(&challenge);
        let mut response = (status, Json(&self.error)).into_response();
        response.extensions_mut().insert(Refused(counted_as));
        let headers = response.headers_mut();
        if let Some(secs) = self.again_in {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
            && matches!(self.at, Endpoint::Resource)
            && let Ok(challenge) = challenge
        {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
