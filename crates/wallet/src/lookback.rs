//! Looking back over top-ups, remittances, payments and payouts, and telling the customers who were hit (RQ-04).

use async_trait::async_trait;
use kanuki_desk::{
    lookback::{LookHit, LookbackError, Movement, Movements, Ports},
    outbox::Content,
};
use kanuki_domain::{Ctx, Yen, id::CustomerId};
use kanuki_record::Unit;
use kanuki_risk::Kind;

use crate::{
    Wallet, WalletError,
    payment::{Payment, PaymentState},
    payout::{Payout, PayoutState},
    remittance::{Remittance, RemittanceState},
    topup::{Topup, TopupState},
};

impl From<WalletError> for LookbackError {
    fn from(error: WalletError) -> Self {
        match error {
            WalletError::Record(error) => Self::Record(error),
            WalletError::Desk(error) => Self::Desk(error),
            other => Self::Company(Box::new(other)),
        }
    }
}

/// What moved, of what was asked for.
const fn moved(has_moved: bool, amount: Yen) -> Yen {
    if has_moved { amount } else { Yen::ZERO }
}

impl Wallet {
    /// What the desk's look-backs work through.
    #[must_use]
    pub fn lookbacks(&self) -> Ports<'_> {
        Ports { book: &self.book, engine: &self.risk, looking: &self.looking, company: self }
    }

    async fn topped_up(&self, id: &str) -> Result<Option<Movement>, WalletError> {
        let Some(topup) = self.book.find::<Topup>(id).await? else { return Ok(None) };
        let has_moved = matches!(topup.state, TopupState::Posted { .. });
        Ok(Some(Movement {
            at: topup.requested_at,
            amount: topup.amount,
            lost: moved(has_moved, topup.amount).minus_or_zero(topup.refunded),
            refunded: topup.refunded,
            company: self.partner(topup.bank).await?.name,
            stops: topup.wallet_id.to_string(),
        }))
    }

    async fn paid_out(&self, id: &str) -> Result<Option<Movement>, WalletError> {
        let Some(payout) = self.book.find::<Payout>(id).await? else { return Ok(None) };
        let has_moved = matches!(payout.state, PayoutState::Posted { .. });
        Ok(Some(Movement {
            at: payout.requested_at,
            amount: payout.amount,
            lost: moved(has_moved, payout.amount),
            refunded: Yen::ZERO,
            company: self.partner(payout.bank).await?.name,
            stops: payout.wallet_id.to_string(),
        }))
    }

    /// What a shop was paid is the shop's: nothing of it comes back by itself.
    async fn paid(&self, id: &str) -> Result<Option<Movement>, WalletError> {
        let Some(payment) = self.book.find::<Payment>(id).await? else { return Ok(None) };
        let has_moved = matches!(payment.state, PaymentState::Posted { .. });
        Ok(Some(Movement {
            at: payment.requested_at,
            amount: payment.amount,
            lost: moved(has_moved, payment.amount),
            refunded: Yen::ZERO,
            company: payment.merchant_name.clone(),
            stops: payment.from.to_string(),
        }))
    }

    async fn sent(&self, hit: &LookHit) -> Result<Option<Movement>, WalletError> {
        let Some(sent) = self.book.find::<Remittance>(&hit.about).await? else { return Ok(None) };
        let has_moved = matches!(sent.state, RemittanceState::Posted { .. });
        Ok(Some(Movement {
            at: hit.at,
            amount: sent.amount,
            lost: moved(has_moved, sent.amount),
            refunded: Yen::ZERO,
            company: self.config.name.clone(),
            stops: sent.from.to_string(),
        }))
    }
}

#[async_trait]
impl Movements for Wallet {
    fn keeps(&self) -> &'static [Kind] {
        &[Kind::Topup, Kind::Remittance, Kind::Payment, Kind::Payout]
    }

    async fn movement(&self, hit: &LookHit) -> Result<Option<Movement>, LookbackError> {
        match hit.kind {
            Kind::Topup => Ok(self.topped_up(&hit.about).await?),
            Kind::Payment => Ok(self.paid(&hit.about).await?),
            Kind::Payout => Ok(self.paid_out(&hit.about).await?),
            Kind::Remittance => Ok(self.sent(hit).await?),
            _ => Ok(None),
        }
    }

    async fn tell(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        person_id: &str,
        moved: &[(LookHit, Movement)],
    ) -> Result<(), LookbackError> {
        let customer_id: CustomerId = person_id.parse().map_err(|_| WalletError::NotAvailable)?;
        let Some((_, first)) = moved.first() else { return Ok(()) };
        let known = self.known(customer_id).await?;
        let sum = |sum: Yen, (_, one): &(LookHit, Movement)| sum.plus(one.lost).unwrap_or(Yen::MAX);
        let content = Content::new("lookback")
            .with("bank", &first.company)
            .with("amount", first.amount)
            .with("at", first.at)
            .with("count", moved.len())
            .with("sum", moved.iter().fold(Yen::ZERO, sum));
        Ok(self.tell(unit, ctx, &known, content)?)
    }
}
