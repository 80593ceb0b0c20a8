//! A bank says that its customer has decided (CIBA ping): we poll at once, and believe only what the
//! poll says. Without a ping we poll as before.

use jiff::Timestamp;
use kanuki_domain::{Ctx, bank_account::BankCode, id::encode_base32};
use kanuki_wire::ciba::ping::{NotificationToken, Ping};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use super::{Topup, TopupState};
use crate::{Wallet, WalletError};

/// What a ping about one top-up must bring, blinded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PingMark {
    /// The bank's name of the request.
    pub(super) request: String,
    token: String,
}

impl Wallet {
    /// A secret for one request; 256 bits.
    pub(super) fn notification_token(ctx: &Ctx<'_>) -> Result<NotificationToken, WalletError> {
        let half = || encode_base32(u128::from_be_bytes(ctx.random()));
        let token = NotificationToken::parse(&format!("{}{}", half(), half()));
        token.map_err(|_| WalletError::Key("notification token"))
    }

    /// What to know a ping again by.
    pub(super) fn ping_mark(
        &self,
        bank: BankCode,
        (auth_req_id, token): (&str, &NotificationToken),
    ) -> PingMark {
        PingMark {
            request: self.ping_request(bank, auth_req_id),
            token: self.vault.blind("ping|token", token.expose().as_bytes()),
        }
    }

    /// Another bank's name of the same spelling is another name.
    fn ping_request(&self, bank: BankCode, auth_req_id: &str) -> String {
        self.vault.blind("ping|request", format!("{bank}|{auth_req_id}").as_bytes())
    }

    /// Takes a ping: polls at once. An unknown request, one that is over and a wrong secret are one
    /// answer, [`WalletError::NotAvailable`].
    pub async fn take_ping(
        &self,
        ctx: &Ctx<'_>,
        bank: BankCode,
        (token, ping): (&NotificationToken, &Ping),
    ) -> Result<(), WalletError> {
        let mark = self.ping_mark(bank, (&ping.auth_req_id, token));
        let found = self.book.find_by::<Topup>("pinged", &mark.request).await?;
        let topup = found.filter(|topup| topup.waits_at(ctx.now));
        let topup = topup.ok_or(WalletError::NotAvailable)?;
        let waiting = topup.waiting.clone().ok_or(WalletError::NotAvailable)?;
        let known = waiting.ping.clone().ok_or(WalletError::NotAvailable)?;
        if !bool::from(known.token.as_bytes().ct_eq(mark.token.as_bytes())) {
            return Err(WalletError::NotAvailable);
        }
        // Whatever comes of the poll, the ping was heard; the worker goes on where this ends.
        let id = topup.topup_id;
        if let Err(error) = Box::pin(self.poll_waiting(ctx, topup, waiting)).await {
            tracing::warn!(%error, topup.id = %id, "a ping was heard; the poll comes again");
        }
        Ok(())
    }
}

impl Topup {
    fn waits_at(&self, now: Timestamp) -> bool {
        matches!(self.state, TopupState::NeedsApproval { until } if now < until)
    }

    /// The name of the request that a ping would be about.
    pub(super) fn pinged(&self) -> Option<String> {
        let is_waiting = matches!(self.state, TopupState::NeedsApproval { .. });
        let mark = self.waiting.as_ref().filter(|_| is_waiting)?.ping.as_ref()?;
        Some(mark.request.clone())
    }
}
