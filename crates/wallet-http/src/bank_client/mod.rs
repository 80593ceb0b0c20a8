//! A bank's back channel over HTTP: linking (FAPI 2.0, or [plain](plain) OAuth where the registry says
//! so), debits, payouts, events.
//!
//! A call ends in one of three ways. An answer that can be read is the bank's word. A refusal in
//! the words of OAuth with a status of 4xx means that the bank did nothing. Everything else (no
//! connection, a timeout, 5xx, a proxy's page, JSON that does not parse) is
//! [`GatewayError::Unknown`]: the bank may have acted, so whoever called keeps the reservation.

mod call;
mod keys;
mod plain;
mod secrets;
#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use http::{Method, StatusCode};
use kanuki_desk::signal::{self, queue::Heard};
use kanuki_domain::{
    Ctx,
    connector::{Assurance, Protocol},
    id::{DebitId, GrantId},
};
use kanuki_site::Transport;
use kanuki_wallet::{BankGateway, GatewayError, PartnerBank, Party};
use kanuki_wire::{
    ErrorCode,
    approval::Granted,
    ciba::{Acknowledged, BackchannelRequest},
    debit::{CreditAnswer, CreditRequest, DebitAnswer, DebitRequest, Outcome},
    json,
    keys::Jwks,
    mandate::Request as MandateRequest,
    par::{AuthorizationRequest, Pushed},
    set::{PollAnswer, PollRequest},
    token::{RefundToken, TokenRequest, TokenResponse},
};
use serde::Serialize;

use call::{Answer, Call, Nonces, signed};
use keys::ServerKeys;
pub use secrets::{ClientSecrets, SecretMethod};

/// A [`BankGateway`] over a [`Transport`]. Where it calls comes from the pinned issuer alone.
pub struct BankClient {
    transport: Arc<dyn Transport>,
    nonces: Nonces,
    keys: ServerKeys,
    secrets: ClientSecrets,
}

impl fmt::Debug for BankClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BankClient")
    }
}

/// The way to every partner bank.
#[must_use]
pub fn bank_client(transport: Arc<dyn Transport>) -> BankClient {
    BankClient {
        transport,
        nonces: Nonces::default(),
        keys: ServerKeys::default(),
        secrets: ClientSecrets::default(),
    }
}

fn is_plain(party: Party<'_>) -> bool {
    match party.bank.protocol {
        Protocol::Fapi => false,
        Protocol::Oauth => true,
    }
}

/// An answer with tokens in it; any other is a refusal, or none.
fn given(answer: Result<Answer, GatewayError>) -> Result<Answer, GatewayError> {
    let answer = answer?;
    if answer.status == StatusCode::OK { Ok(answer) } else { Err(answer.refusal()) }
}

fn unknown<E>(_: E) -> GatewayError {
    GatewayError::Unknown
}

impl BankClient {
    /// Names itself by a secret at these banks, if they speak plain OAuth.
    #[must_use]
    pub fn with_secrets(self, secrets: ClientSecrets) -> Self {
        Self { secrets, ..self }
    }

    fn way(&self) -> (&dyn Transport, &Nonces) {
        (&*self.transport, &self.nonces)
    }

    /// The tokens for a code or a refresh token.
    ///
    /// A code is good once and for a minute, and whoever signed for it would have to sign again. So a bank
    /// that did not say what it did is asked once more, at once: one that was only busy gives the tokens,
    /// and one that gave them says that the code is used up, which tells no more than no answer did.
    async fn ask_tokens(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        request: &TokenRequest,
    ) -> Result<Answer, GatewayError> {
        let call = Call::form("/token", request.to_form());
        let is_code = matches!(request, TokenRequest::AuthorizationCode { .. });
        match given(call.send(self.way(), ctx, party).await) {
            Err(GatewayError::Unknown) if is_code => {
                tracing::warn!(bank = %party.bank.code, "a code is brought once more");
                let again = given(call.send(self.way(), ctx, party).await);
                again.map_err(|error| match error {
                    GatewayError::Refused(why) if why.code == ErrorCode::InvalidGrant => {
                        GatewayError::Unknown
                    }
                    other => other,
                })
            }
            other => other,
        }
    }

    /// A movement of money, keyed by `id`; `outcome` reads the answer and checks that it is about
    /// this movement.
    async fn movement(
        &self,
        ctx: &Ctx<'_>,
        (party, token): (Party<'_>, &str),
        (path, id): (&str, String),
        body: &(impl Serialize + Sync),
        outcome: impl FnOnce(&[u8]) -> Option<Outcome> + Send,
    ) -> Result<Outcome, GatewayError> {
        let body = serde_json::to_vec(body).map_err(unknown)?;
        let answer = if is_plain(party) {
            let sent = (Method::POST, path, token);
            plain::resource(&*self.transport, party, sent, Some((Some(id), body))).await?
        } else {
            let call = Call::resource(Method::POST, path, token).json(id, body);
            call.send(self.way(), ctx, party).await?
        };
        match answer.status {
            StatusCode::OK | StatusCode::CREATED | StatusCode::ACCEPTED => {
                outcome(&answer.body).ok_or(GatewayError::Unknown)
            }
            _ => Err(answer.refusal()),
        }
    }
}

#[async_trait]
impl BankGateway for BankClient {
    fn assurance(&self, bank: &PartnerBank) -> Assurance {
        bank.assurance
    }

    async fn push(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        request: &AuthorizationRequest,
    ) -> Result<Pushed, GatewayError> {
        if is_plain(party) {
            return Err(plain::not_there());
        }
        let form = request.to_form().map_err(GatewayError::Refused)?;
        let form = if party.bank.message_signing { signed(ctx, party, form)? } else { form };
        let answer = Call::form("/par", form).send(self.way(), ctx, party).await?;
        match answer.status {
            StatusCode::CREATED => json::read(&answer.body).map_err(unknown),
            _ => Err(answer.refusal()),
        }
    }

    async fn set_out(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        request: &AuthorizationRequest,
    ) -> Result<String, GatewayError> {
        if is_plain(party) {
            return plain::authorize_url(party, request);
        }
        let pushed = self.push(ctx, party, request).await?;
        kanuki_wallet::after_push(party, pushed)
    }

    async fn exchange_link(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        (request, asked): (&TokenRequest, &MandateRequest),
    ) -> Result<TokenResponse, GatewayError> {
        let tokens = self.exchange(ctx, party, request).await?;
        if is_plain(party) {
            return plain::mandate(&*self.transport, party, tokens, asked).await;
        }
        Ok(tokens)
    }

    async fn exchange(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        request: &TokenRequest,
    ) -> Result<TokenResponse, GatewayError> {
        if is_plain(party) {
            return plain::tokens((&*self.transport, &self.secrets), ctx, party, request).await;
        }
        let answer = self.ask_tokens(ctx, party, request).await?;
        TokenResponse::parse(&answer.body).map_err(unknown)
    }

    async fn exchange_once(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        request: &TokenRequest,
    ) -> Result<TokenResponse<Granted>, GatewayError> {
        if is_plain(party) {
            return Err(plain::not_there());
        }
        let answer = self.ask_tokens(ctx, party, request).await?;
        TokenResponse::parse(&answer.body).map_err(unknown)
    }

    async fn refund_token(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
    ) -> Result<RefundToken, GatewayError> {
        if is_plain(party) {
            return Err(plain::not_there());
        }
        let call = Call::form("/token", TokenRequest::Refunds.to_form());
        let answer = call.send(self.way(), ctx, party).await?;
        match answer.status {
            StatusCode::OK => RefundToken::parse(&answer.body).map_err(unknown),
            _ => Err(answer.refusal()),
        }
    }

    async fn ask_decoupled(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        request: &BackchannelRequest,
    ) -> Result<Acknowledged, GatewayError> {
        if is_plain(party) {
            return Err(plain::not_there());
        }
        let parties = (party.bank.client_id.as_str(), party.bank.issuer.as_str());
        let form = request.to_form(&party.keys.client, parties, ctx.now).map_err(unknown)?;
        let answer = Call::form("/bc-authorize", form).send(self.way(), ctx, party).await?;
        match answer.status {
            StatusCode::OK => json::read(&answer.body).map_err(unknown),
            _ => Err(answer.refusal()),
        }
    }

    async fn debit(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        token: &str,
        request: &DebitRequest,
    ) -> Result<Outcome, GatewayError> {
        let to = ("/debits", request.debit_id.to_string());
        self.movement(ctx, (party, token), to, request, |body| {
            let answer: DebitAnswer = json::read(body).ok()?;
            (answer.debit_id == request.debit_id).then_some(answer.outcome)
        })
        .await
    }

    async fn find_debit(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        token: &str,
        debit_id: DebitId,
    ) -> Result<Option<Outcome>, GatewayError> {
        let call = Call::resource(Method::GET, &format!("/debits/{debit_id}"), token);
        let answer = call.send(self.way(), ctx, party).await?;
        match answer.status {
            StatusCode::OK => {
                let found: DebitAnswer = json::read(&answer.body).map_err(unknown)?;
                if found.debit_id != debit_id {
                    return Err(GatewayError::Unknown);
                }
                Ok(Some(found.outcome))
            }
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(answer.refusal()),
        }
    }

    async fn credit(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        token: &str,
        request: &CreditRequest,
    ) -> Result<Outcome, GatewayError> {
        let to = ("/credits", request.payout_id.to_string());
        self.movement(ctx, (party, token), to, request, |body| {
            let answer: CreditAnswer = json::read(body).ok()?;
            (answer.payout_id == request.payout_id).then_some(answer.outcome)
        })
        .await
    }

    async fn end_grant(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        token: &str,
        grant_id: GrantId,
    ) -> Result<(), GatewayError> {
        let answer = if is_plain(party) {
            // The token is the mandate's: it says which.
            let sent = (Method::DELETE, "/mandate", token);
            plain::resource(&*self.transport, party, sent, None).await?
        } else {
            let path = format!("/grants/{grant_id}");
            Call::resource(Method::DELETE, &path, token).send(self.way(), ctx, party).await?
        };
        match answer.status {
            // What is not there has ended.
            StatusCode::NO_CONTENT | StatusCode::OK | StatusCode::NOT_FOUND => Ok(()),
            _ => Err(answer.refusal()),
        }
    }

    async fn server_keys(
        &self,
        ctx: &Ctx<'_>,
        bank: &PartnerBank,
        anew: bool,
    ) -> Result<Jwks, GatewayError> {
        self.keys.of(&*self.transport, ctx, bank, anew).await
    }

    async fn tell(&self, _ctx: &Ctx<'_>, bank: &PartnerBank, event_token: &str) -> Heard {
        // It takes no events: a stop ends the mandate there, or only stops us from asking.
        if bank.protocol == Protocol::Oauth {
            return Heard::Taken;
        }
        let answer = call::push_event(&*self.transport, bank, event_token).await;
        Heard::of(answer.ok().map(|answer: Answer| answer.status.as_u16()))
    }

    async fn fetch_events(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        asked: &PollRequest,
    ) -> Result<PollAnswer, GatewayError> {
        // It tells nothing.
        if is_plain(party) {
            return Ok(PollAnswer::default());
        }
        let answer = call::poll_events(&*self.transport, ctx, party, asked).await?;
        match answer.status {
            StatusCode::OK => json::read(&answer.body).map_err(unknown),
            _ => Err(answer.refusal()),
        }
    }

    async fn ask_line(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        asked: &signal::line::Call,
    ) -> Result<(u16, serde_json::Value), GatewayError> {
        let answer = call::ask_line(&*self.transport, ctx, party, asked).await?;
        Ok((answer.status.as_u16(), json::read(&answer.body).unwrap_or_default()))
    }
}
