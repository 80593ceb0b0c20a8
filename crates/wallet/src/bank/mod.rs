//! The way to the banks: what a wallet asks of one, and the keys it has for each.

mod answer;
mod dpop_key;
mod keys;

use async_trait::async_trait;
use jiff::Timestamp;
use kanuki_desk::signal::{line::Call, queue::Heard};
use kanuki_domain::{
    Ctx,
    connector::Assurance,
    id::{DebitId, GrantId},
};
use kanuki_wire::{
    OAuthError,
    approval::Granted,
    ciba::{Acknowledged, BackchannelRequest},
    debit::{CreditRequest, DebitRequest, Outcome},
    keys::Jwks,
    mandate::Request,
    par::{AuthorizationRequest, AuthorizeQuery, Pushed},
    set::{PollAnswer, PollRequest},
    token::{RefundToken, TokenRequest, TokenResponse},
};

pub use keys::{BankKey, BankKeys, OVERLAP_SECS};

use crate::{PartnerBank, WalletError};

/// Why a bank's answer is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// No answer, or one that cannot be read: what the bank did is not known.
    #[error("the bank gave no answer")]
    Unknown,
    /// The bank said no before it did anything.
    #[error("the bank refused")]
    Refused(#[source] OAuthError),
}

impl From<GatewayError> for WalletError {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::Unknown => Self::BankSilent,
            GatewayError::Refused(refusal) => Self::Bank(refusal),
        }
    }
}

/// One bank, and the keys that this wallet has for it and for no other: a key shown to one bank is
/// worth nothing at another (cuckoo's token).
#[derive(Clone, Copy, Debug)]
pub struct Party<'a> {
    /// The bank.
    pub bank: &'a PartnerBank,
    /// Our keys for it.
    pub keys: &'a BankKeys,
}

/// Where the browser goes once a request was pushed (RFC 9126 section 4).
pub fn after_push(party: Party<'_>, pushed: Pushed) -> Result<String, GatewayError> {
    let client_id = party.bank.client_id.clone();
    let query = AuthorizeQuery { client_id, request_uri: pushed.request_uri };
    query.to_url(&party.bank.authorize_url).map_err(GatewayError::Refused)
}

/// A bank's back channel. Every call may be repeated; a call without an answer is repeated until
/// there is one.
#[async_trait]
pub trait BankGateway: Send + Sync + std::fmt::Debug {
    /// What this connector declares about `bank`: the wallet's caps follow from it, and a bank that
    /// declares too little is not linked.
    fn assurance(&self, bank: &PartnerBank) -> Assurance;

    /// `POST /par` (RFC 9126).
    async fn push(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        request: &AuthorizationRequest,
    ) -> Result<Pushed, GatewayError>;

    /// Where the browser goes with this request: it is pushed first, but to a bank that takes none.
    async fn set_out(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        request: &AuthorizationRequest,
    ) -> Result<String, GatewayError> {
        after_push(party, self.push(ctx, party, request).await?)
    }

    /// The code for a new link: for its tokens, and for what was granted. A bank that was told neither
    /// terms nor facts before is told `asked` now, and makes the mandate or refuses it.
    async fn exchange_link(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        (request, _asked): (&TokenRequest, &Request),
    ) -> Result<TokenResponse, GatewayError> {
        self.exchange(ctx, party, request).await
    }

    /// `POST /token`: a code or a refresh token for an access token.
    async fn exchange(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        request: &TokenRequest,
    ) -> Result<TokenResponse, GatewayError>;

    /// `POST /token` with the code for one debit: a token for that and nothing else.
    async fn exchange_once(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        request: &TokenRequest,
    ) -> Result<TokenResponse<Granted>, GatewayError>;

    /// `POST /token` in our own name: a token to give debits back, whatever became of their links.
    async fn refund_token(
        &self,
        _ctx: &Ctx<'_>,
        _party: Party<'_>,
    ) -> Result<RefundToken, GatewayError> {
        Err(GatewayError::Unknown)
    }

    /// `POST /bc-authorize`: to let the holder of a grant approve one debit elsewhere (CIBA).
    async fn ask_decoupled(
        &self,
        _ctx: &Ctx<'_>,
        _party: Party<'_>,
        _request: &BackchannelRequest,
    ) -> Result<Acknowledged, GatewayError> {
        Err(GatewayError::Unknown)
    }

    /// `POST /debits`: the same id answers the same for ever.
    async fn debit(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        token: &str,
        request: &DebitRequest,
    ) -> Result<Outcome, GatewayError>;

    /// `GET /debits/{id}` in our own name, by a [`refund_token`](Self::refund_token): what became of a debit whose
    /// link has ended; none where the bank knows no such debit of ours.
    async fn find_debit(
        &self,
        _ctx: &Ctx<'_>,
        _party: Party<'_>,
        _token: &str,
        _debit_id: DebitId,
    ) -> Result<Option<Outcome>, GatewayError> {
        Err(GatewayError::Unknown)
    }

    /// `POST /credits`: the same id answers the same for ever.
    async fn credit(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        token: &str,
        request: &CreditRequest,
    ) -> Result<Outcome, GatewayError>;

    /// `DELETE /grants/{id}`. Ending what has ended is fine.
    async fn end_grant(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        token: &str,
        grant_id: GrantId,
    ) -> Result<(), GatewayError>;

    /// The keys that a bank signs its answers with, from `/jwks` below its issuer. `anew` says that
    /// somebody named a key which is not among the last ones.
    async fn server_keys(
        &self,
        _ctx: &Ctx<'_>,
        _bank: &PartnerBank,
        _anew: bool,
    ) -> Result<Jwks, GatewayError> {
        Err(GatewayError::Unknown)
    }

    /// Pushes an event token (RFC 8935), and says what came of it.
    async fn tell(&self, ctx: &Ctx<'_>, bank: &PartnerBank, event_token: &str) -> Heard;

    /// Fetches event tokens, and says what became of those fetched before (RFC 8936). A bank that
    /// tells nothing has none.
    async fn fetch_events(
        &self,
        _ctx: &Ctx<'_>,
        _party: Party<'_>,
        _asked: &PollRequest,
    ) -> Result<PollAnswer, GatewayError> {
        Ok(PollAnswer::default())
    }

    /// One request about our stream there (SSF 1.0 section 8.1): status and body of the answer.
    async fn ask_line(
        &self,
        _ctx: &Ctx<'_>,
        _party: Party<'_>,
        _call: &Call,
    ) -> Result<(u16, serde_json::Value), GatewayError> {
        Err(GatewayError::Unknown)
    }
}

/// Whether a bank may have been asked before about a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// This request wrote the movement down and asks now: if the bank turns it away, nothing moved.
    First,
    /// Somebody may have asked before and not lived to note the answer: being turned away now says
    /// nothing about then.
    Again,
}

/// How long the first question may take before a worker asks again.
pub(crate) const FIRST_ANSWER_SECS: i64 = 30;

/// When to ask again after `asked` questions without an answer: after twice as long each time, at
/// most a quarter of an hour.
#[must_use]
pub(crate) fn ask_again_at(now: Timestamp, asked: u32) -> Timestamp {
    let wait = 1_i64.checked_shl(asked.min(20)).unwrap_or(900).min(900);
    kanuki_domain::mandate::later(now, wait)
}

/// The bank's name of one debit follows from the top-up's.
#[must_use]
pub(crate) fn debit_id(topup_id: kanuki_domain::id::TopupId) -> DebitId {
    DebitId::derive(&["topup", &topup_id.to_string()])
}
