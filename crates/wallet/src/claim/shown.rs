//! What the wallet's own records show of the evidence that a claim is to be refused by.
//!
//! A paper is shown to people. Everything else is here: a machine looks before anybody asks, and before
//! anybody agrees. Where the bank paid the victim, and we are to book our part, nothing that moved here
//! refuses it.

use kanuki_desk::claim::Claim;
use kanuki_domain::{Yen, claim::Evidence, id::TopupId};

use crate::{
    Wallet, WalletError,
    payout::{Payout, PayoutState},
    refund::{Refund, RefundState, left_of},
    topup::{Topup, TopupState},
};

impl Wallet {
    /// Whether the records show this of a claim.
    pub(super) async fn shows(
        &self,
        claim: &Claim,
        evidence: Evidence,
        reference: &str,
    ) -> Result<bool, WalletError> {
        let reference = reference.trim();
        match evidence {
            Evidence::TakenBack | Evidence::Found => Ok(true),
            Evidence::NotBooked => {
                let topups = self.claimed(claim).await?;
                let is_booked = |topup: &Topup| matches!(topup.state, TopupState::Posted { .. });
                Ok(!topups.is_empty() && !topups.iter().any(|(topup, _)| is_booked(topup)))
            }
            Evidence::PaidBack => self.is_back(claim, reference).await,
            Evidence::Signed => self.is_signed(claim, reference).await,
        }
    }

    /// The top-ups of a claim, each with what of it is claimed.
    async fn claimed(&self, claim: &Claim) -> Result<Vec<(Topup, Yen)>, WalletError> {
        let mut all = Vec::new();
        for item in &claim.items {
            let id: TopupId = item.movement.parse().map_err(|_| WalletError::NotAvailable)?;
            all.push((self.load::<Topup>(id).await?.into_inner(), item.amount));
        }
        Ok(all)
    }

    /// A refund or a payout to the same account, there and of this name, that gives these top-ups back:
    /// as the last of their refunds, or as a payout that is as much as what is left of them.
    async fn is_back(&self, claim: &Claim, reference: &str) -> Result<bool, WalletError> {
        let topups = self.claimed(claim).await?;
        let mut left = Yen::ZERO;
        for (topup, claimed) in &topups {
            let of_it = left_of(topup).min(*claimed);
            left = left.plus(of_it).map_err(|_| WalletError::Amount)?;
        }
        for (topup, _) in &topups {
            let customer = topup.customer_id.to_string();
            let refunds = self.book.every::<Refund>("customer_id", &customer).await?;
            let is_refund = |refund: &Refund| {
                refund.refund_id.to_string() == reference
                    && refund.topup_id == topup.topup_id
                    && refund.claim.is_none()
                    && matches!(refund.state, RefundState::Posted { .. })
            };
            if left.is_zero() && refunds.iter().any(|refund| is_refund(refund)) {
                return Ok(true);
            }
            let payouts = self.book.every::<Payout>("customer_id", &customer).await?;
            let is_payout = |payout: &Payout| {
                payout.payout_id.to_string() == reference
                    && payout.link_id == topup.link_id
                    && payout.requested_at >= topup.requested_at
                    && payout.amount >= left
                    && matches!(payout.state, PayoutState::Posted { .. })
            };
            if !left.is_zero() && payouts.iter().any(|payout| is_payout(payout)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The holder of the account signed every one of these debits at the bank, and each is named. The bank
    /// said so when it gave the token for that debit alone. What was pressed or signed here is no proof: it
    /// may be by whoever took the money.
    async fn is_signed(&self, claim: &Claim, reference: &str) -> Result<bool, WalletError> {
        let names: Vec<&str> = reference
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | '、' | '，'))
            .collect();
        let topups = self.claimed(claim).await?;
        let is_signed = |topup: &Topup| {
            topup.signed_at.is_some() && names.contains(&topup.topup_id.to_string().as_str())
        };
        Ok(!topups.is_empty() && topups.iter().all(|(topup, _)| is_signed(topup)))
    }
}
