//! What a bank's payment to a victim is shared for: of a customer's top-ups from there (FT-28).
//!
//! A yen is shared once: how much was, is kept in the top-up's own row, in the unit in which a second
//! person agrees. Two claims for one payment of the bank meet there.

use kanuki_desk::{
    case::Case,
    claim::Claim,
    matter::{self, Claimed},
};
use kanuki_domain::Yen;
use kanuki_record::{Stored, Unit};

use super::customer_of;
use crate::{Wallet, WalletError, refund::left_of, topup::Topup};

impl Wallet {
    /// The top-ups of a case's customer from one bank, each with what of it is neither back nor shared
    /// by a claim.
    pub(super) async fn unborne(
        &self,
        case: &Case,
        partner: &str,
    ) -> Result<Vec<(Stored<Topup>, Yen)>, WalletError> {
        let customer = customer_of(case).ok_or(WalletError::NotAvailable)?;
        let all = self.book.every::<Topup>("customer_id", &customer.to_string()).await?;
        let theirs = all.into_iter().filter(|topup| topup.bank.to_string() == partner);
        let left = theirs.map(|topup| {
            let left = left_of(&topup).minus_or_zero(topup.borne);
            (topup, left)
        });
        Ok(left.filter(|(_, left)| !left.is_zero()).collect())
    }

    /// The top-ups that this claim would share, with how much of each, and what of its amount none is
    /// left for.
    async fn left_for(
        &self,
        claim: &Claim,
    ) -> Result<(Vec<(Stored<Topup>, Yen)>, Yen), WalletError> {
        let case = self.load::<Case>(claim.case_id).await?;
        let (mut due, mut parts) = (claim.amount, Vec::new());
        for (topup, left) in self.unborne(&case, &claim.partner).await? {
            let part = left.min(due);
            if !part.is_zero() {
                parts.push((topup, part));
                due = due.minus_or_zero(part);
            }
        }
        Ok((parts, due))
    }

    /// Adds to `unit` that what this claim was told of is borne from now on; refuses a claim for more
    /// than what is left. Returns of which top-ups, and how much of each.
    pub(super) async fn bear(
        &self,
        unit: &mut Unit,
        claim: &Claim,
    ) -> Result<Vec<(String, Yen)>, WalletError> {
        let (parts, due) = self.left_for(claim).await?;
        if !due.is_zero() {
            return Err(WalletError::Amount);
        }
        let mut of = Vec::new();
        for (mut topup, part) in parts {
            let borne = topup.borne.plus(part).map_err(|_| WalletError::Amount)?;
            topup.edit().borne = borne;
            unit.update(&topup);
            of.push((topup.topup_id.to_string(), part));
        }
        Ok(of)
    }

    /// What of which top-ups the claims of a case, and of those that it was joined with, are about. Where
    /// the bank pays, nobody named any: they are those that came from there.
    pub async fn claimed_of_case(&self, case: &Case) -> Result<Claimed, WalletError> {
        let mut all = Claimed::default();
        for claim in matter::claims(&self.book, case).await? {
            let parts = if claim.is_payer || claim.is_agreed() {
                claim.movements()
            } else {
                let (parts, _) = self.left_for(&claim).await?;
                parts.into_iter().map(|(topup, part)| (topup.topup_id.to_string(), part)).collect()
            };
            all.add(&claim, parts).map_err(|_| WalletError::Amount)?;
        }
        Ok(all)
    }
}
