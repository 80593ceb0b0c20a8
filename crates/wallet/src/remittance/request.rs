//! Asking somebody for money: a code or QR that says to whom, and perhaps how much.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx, Yen,
    id::{CustomerId, RequestId, WalletId},
};
use kanuki_formats::text::safe_line;
use kanuki_record::{Stored, Unit, record};
use serde::{Deserialize, Serialize};

use super::MESSAGE_MAX;
use crate::{Wallet, WalletError};

/// A request for money. Its id is the code in the link: unguessable, and it says nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Its name and code.
    pub request_id: RequestId,
    /// Who asks.
    pub customer_id: CustomerId,
    /// Their wallet.
    pub wallet_id: WalletId,
    /// Their nickname, which is all that a payer sees.
    pub nickname: String,
    /// How much, if it was said.
    pub amount: Option<Yen>,
    /// What for.
    pub message: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it was withdrawn.
    pub ended_at: Option<Timestamp>,
}

record! { Request => "money_request" by |r| r.request_id.to_string();
    many customer_id = |r| Some(r.customer_id.to_string());
}

impl Wallet {
    /// Makes a request for money.
    pub async fn make_request(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        amount: Option<Yen>,
        message: &str,
    ) -> Result<Request, WalletError> {
        let customer = self.customer(id).await?;
        Self::require_open(&customer)?;
        if amount.is_some_and(|a| a.is_zero() || a > kanuki_domain::limits::WALLET_BALANCE_MAX) {
            return Err(WalletError::Amount);
        }
        let request = Request {
            request_id: RequestId::generate(ctx),
            customer_id: id,
            wallet_id: customer.wallet_id,
            nickname: customer.nickname.clone(),
            amount,
            message: safe_line(message, MESSAGE_MAX),
            made_at: ctx.now,
            ended_at: None,
        };
        let mut unit = Unit::new();
        unit.insert(&request);
        self.book.commit(unit).await?;
        Ok(request)
    }

    /// A request that can be paid.
    pub async fn request(&self, request_id: RequestId) -> Result<Request, WalletError> {
        let request = self.load::<Request>(request_id).await?;
        // Who closes their wallet takes nothing in any more; why is not told.
        if request.ended_at.is_some()
            || !self.customer(request.customer_id).await?.closure.is_open()
        {
            return Err(WalletError::NotAvailable);
        }
        Ok(request.into_inner())
    }

    /// The customer's own requests that can be paid, newest first.
    pub async fn requests(&self, id: CustomerId) -> Result<Vec<Stored<Request>>, WalletError> {
        let all = self.book.list::<Request>("customer_id", &id.to_string()).await?;
        Ok(all.into_iter().filter(|r| r.ended_at.is_none()).collect())
    }

    /// Withdraws a request.
    pub async fn end_request(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        request_id: RequestId,
    ) -> Result<(), WalletError> {
        let mut request = self.load::<Request>(request_id).await?;
        if request.customer_id != id {
            return Err(WalletError::NotAvailable);
        }
        request.edit().ended_at = Some(ctx.now);
        let mut unit = Unit::new();
        unit.update(&request);
        Ok(self.book.commit(unit).await?)
    }
}
