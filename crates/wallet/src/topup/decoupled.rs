//! A top-up that the customer approves at their bank's own page, in the browser they linked with,
//! while this one waits (CIBA, poll, hastened by a [ping](super::ping)).
//!
//! Approval across devices can be phished (RFC 10027), so it is never the first thing offered, and
//! the customer must type a number at the bank that only this screen shows.

use kanuki_domain::{
    Ctx, Masked,
    id::{CustomerId, TopupId},
    mandate::later,
};
use kanuki_record::{
    AuditEntry, RecordError, Stored, Unit,
    vault::{PersonKey, Sealed},
};
use kanuki_wire::{
    ErrorCode,
    approval::{Kind, LIFE_SECS, Request},
    ciba::{Acknowledged, BackchannelRequest, Number},
    token::TokenRequest,
};
use serde::{Deserialize, Serialize};

use super::{Topup, TopupState, approve::WAY_BACK_SECS, ping::PingMark};
use crate::{
    GatewayError, Party, Refusal, Wallet, WalletError, bank::debit_id, link::Link, proof::nonce,
};

const AUTH_REQ_ID: &str = "topup|auth_req_id";
/// The shortest and the longest pause between two polls, in seconds.
const POLL_SECS: std::ops::RangeInclusive<u32> = 2..=60;

/// What is waited for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Waiting {
    /// What the customer types at the bank.
    pub number: Number,
    auth_req_id: Sealed,
    request: Request,
    interval: u32,
    /// What a ping must bring, from a bank that pings.
    #[serde(default)]
    pub(super) ping: Option<PingMark>,
}

impl Wallet {
    /// Whether customers may approve at `bank` in another browser while we wait.
    pub async fn can_wait_for(&self, topup: &Topup) -> bool {
        self.partner(topup.bank).await.is_ok_and(|bank| bank.decoupled)
    }

    /// Asks the bank to let its customer approve this top-up where they are; the number to show is
    /// in [`Topup::waiting`]. Asked again while it waits, it changes nothing.
    ///
    /// A bank that will not hear of it is [`WalletError::Bank`], and the way by the browser is still
    /// open.
    pub async fn start_waiting(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        topup_id: TopupId,
    ) -> Result<(), WalletError> {
        let topup = self.load::<Topup>(topup_id).await?;
        let TopupState::NeedsApproval { until } = topup.state else {
            return Err(WalletError::NotAvailable);
        };
        if topup.customer_id != id || ctx.now >= until {
            return Err(WalletError::NotAvailable);
        }
        let topup = self.require_going_on(ctx, topup).await?;
        if topup.waiting.is_some() {
            return Ok(());
        }
        let link = self.load::<Link>(topup.link_id).await?;
        let partner = self.partner(link.bank).await?;
        let grant_id = link.grant_id.filter(|_| partner.decoupled);
        let grant_id = grant_id.ok_or(WalletError::NotAvailable)?;
        let request = Request {
            kind: Kind::V1,
            mandate_id: link.mandate_id,
            debit_id: debit_id(topup_id),
            amount: topup.amount,
            nonce: nonce(ctx),
            expires_at: later(ctx.now, LIFE_SECS),
        };
        let unmade = || WalletError::Key("backchannel request");
        let evidence = topup.evidence.as_ref().map(serde_json::to_string);
        let asked = BackchannelRequest {
            grant_id,
            number: Number::from_random(ctx.random()),
            requested_expiry: u32::try_from(LIFE_SECS).ok(),
            details: request.to_details().map_err(|_| unmade())?,
            evidence: evidence.transpose().map_err(|_| unmade())?,
            jti: nonce(ctx),
            notification_token: partner.pings.then(|| Self::notification_token(ctx)).transpose()?,
        };
        let keys = self.bank_keys(ctx, link.bank).await?;
        let party = Party { bank: &partner, keys: &keys };
        let taken = self.banks.ask_decoupled(ctx, party, &asked).await?;
        let secret = asked.notification_token.as_ref();
        let ping = secret.map(|secret| self.ping_mark(link.bank, (&taken.auth_req_id, secret)));
        self.keep_waiting(ctx, topup, (asked.number, request, ping), taken).await
    }

    async fn keep_waiting(
        &self,
        ctx: &Ctx<'_>,
        mut topup: Stored<Topup>,
        (number, request, ping): (Number, Request, Option<PingMark>),
        taken: Acknowledged,
    ) -> Result<(), WalletError> {
        let key = self.load::<PersonKey>(topup.customer_id).await?;
        let interval = taken.interval.clamp(*POLL_SECS.start(), *POLL_SECS.end());
        let until = later(request.expires_at, WAY_BACK_SECS);
        let auth_req_id = self.vault.seal(ctx, &key, AUTH_REQ_ID, &taken.auth_req_id)?;
        let entry = AuditEntry::new(ctx.now, topup.customer_id, "topup.waits", topup.topup_id);
        topup.edit().waiting = Some(Waiting { number, auth_req_id, request, interval, ping });
        topup.edit().state = TopupState::NeedsApproval { until };
        topup.edit().next_at = later(ctx.now, i64::from(interval));
        let mut unit = Unit::new();
        unit.update(&topup).audit(entry.with("amount", topup.amount.amount()));
        match self.book.commit(unit).await {
            // Another click was faster: its number counts, and this request ends by itself.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Asks whether the customer has decided; driven by the worker.
    pub(super) async fn poll_waiting(
        &self,
        ctx: &Ctx<'_>,
        topup: Stored<Topup>,
        waiting: Waiting,
    ) -> Result<Topup, WalletError> {
        if let Some(reason) = self.stopped_since(ctx, &topup).await? {
            return self.withdraw_topup(ctx, topup, reason).await;
        }
        let key = self.load::<PersonKey>(topup.customer_id).await?;
        let auth_req_id: String = self.vault.open(&key, AUTH_REQ_ID, &waiting.auth_req_id)?;
        let poll = TokenRequest::Decoupled { auth_req_id: Masked::new(auth_req_id) };
        let keys = self.bank_keys(ctx, topup.bank).await?;
        let partner = self.partner(topup.bank).await?;
        let party = Party { bank: &partner, keys: &keys };
        let refusal = match self.banks.exchange_once(ctx, party, &poll).await {
            Ok(token) => {
                let signed = (&waiting.request, token, keys.dpop_name());
                self.keep_signed(ctx, topup.topup_id, signed).await?;
                let topup = self.load::<Topup>(topup.topup_id).await?;
                return match topup.state {
                    TopupState::Approved { until } => {
                        Box::pin(self.use_approval(ctx, topup, until)).await
                    }
                    _ => Ok(topup.into_inner()),
                };
            }
            Err(GatewayError::Refused(refusal)) => refusal.code,
            Err(GatewayError::Unknown) => ErrorCode::AuthorizationPending,
        };
        let slower = waiting.interval.saturating_add(5).min(*POLL_SECS.end());
        match refusal {
            ErrorCode::AccessDenied => self.withdraw_topup(ctx, topup, Refusal::NotApproved).await,
            ErrorCode::AuthorizationPending => self.wait_on(ctx, topup, Some(waiting)).await,
            ErrorCode::SlowDown => {
                self.wait_on(ctx, topup, Some(Waiting { interval: slower, ..waiting })).await
            }
            // Over there it is over; here there may be time to go by the browser.
            _ => self.wait_on(ctx, topup, None).await,
        }
    }

    async fn wait_on(
        &self,
        ctx: &Ctx<'_>,
        mut topup: Stored<Topup>,
        waiting: Option<Waiting>,
    ) -> Result<Topup, WalletError> {
        let TopupState::NeedsApproval { until } = topup.state else {
            return Ok(topup.into_inner());
        };
        let pause = waiting.as_ref().map(|waiting| i64::from(waiting.interval));
        topup.edit().next_at = pause.map_or(until, |pause| later(ctx.now, pause).min(until));
        topup.edit().waiting = waiting;
        let mut unit = Unit::new();
        unit.update(&topup);
        self.book.commit(unit).await?;
        Ok(topup.into_inner())
    }
}
