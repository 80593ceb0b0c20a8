//! What a partner gave back of a person's debits and no claim was told of yet (FT-28).
//!
//! Where the wallet pays a victim first, this bank books its part of what came back. A yen that came
//! back is shared once: how much was, is kept in the debit's own row, in the unit in which a second
//! person agrees. Two claims for one refund meet there.

use kanuki_desk::{
    case::Case,
    claim::Claim,
    matter::{self, Claimed},
};
use kanuki_domain::Yen;
use kanuki_record::{Stored, Unit};

use crate::{
    Bank, BankError,
    credit::Credit,
    debit::{Debit, DebitState},
    holder::load,
};

impl Bank {
    /// The debits of a case's person under one partner, each with what of it is back on the account,
    /// booked, and shared by no claim. What this bank gave back itself for a claim is none of it: its
    /// parts were booked there.
    pub(crate) async fn unborne(
        &self,
        case: &Case,
        partner: &str,
    ) -> Result<Vec<(Stored<Debit>, Yen)>, BankError> {
        let mut all = Vec::new();
        for mandate in self.mandates_of_case(case).await? {
            if mandate.client_id != partner {
                continue;
            }
            let id = mandate.mandate_id.to_string();
            let credits = self.book.every::<Credit>("mandate_id", &id).await?;
            for debit in self.debits_of(mandate.mandate_id).await? {
                let mut back = Yen::ZERO;
                for credit in credits.iter().filter(|credit| is_of(credit, &debit)) {
                    back = back.plus(credit.amount).map_err(|_| BankError::Amounts)?;
                }
                if back.is_zero() {
                    continue;
                }
                let debit = load::<Debit>(&self.book, debit.key()).await?;
                let left = back.minus_or_zero(debit.borne);
                all.push((debit, left));
            }
        }
        Ok(all)
    }

    /// The debits that came back by what this claim was told of, with how much of each it would share;
    /// and what of its amount did not come back, or was shared before.
    async fn back_for(&self, claim: &Claim) -> Result<(Vec<(Stored<Debit>, Yen)>, Yen), BankError> {
        let case = load::<Case>(&self.book, claim.case_id).await?;
        let (mut due, mut parts) = (claim.amount, Vec::new());
        for (debit, left) in self.unborne(&case, &claim.partner).await? {
            let part = left.min(due);
            if !part.is_zero() {
                parts.push((debit, part));
                due = due.minus_or_zero(part);
            }
        }
        Ok((parts, due))
    }

    /// Adds to `unit` that what this claim was told of is borne from now on; refuses a claim for more
    /// than what came back and was shared by none. Returns of which debits, and how much of each.
    pub(crate) async fn bear(
        &self,
        unit: &mut Unit,
        claim: &Claim,
    ) -> Result<Vec<(String, Yen)>, BankError> {
        let (parts, due) = self.back_for(claim).await?;
        if !due.is_zero() {
            return Err(BankError::Amounts);
        }
        let mut of = Vec::new();
        for (mut debit, part) in parts {
            let borne = debit.borne.plus(part).map_err(|_| BankError::Amounts)?;
            debit.edit().borne = borne;
            unit.update(&debit);
            of.push((debit.key(), part));
        }
        Ok(of)
    }

    /// What of which debits the claims of a case, and of those that it was joined with, are about. Where
    /// the wallet pays, nobody named any: they are those that came back.
    pub async fn claimed_of_case(&self, case: &Case) -> Result<Claimed, BankError> {
        let mut all = Claimed::default();
        for claim in matter::claims(&self.book, case).await? {
            let parts = if claim.is_payer || claim.is_agreed() {
                claim.movements()
            } else {
                let (parts, _) = self.back_for(&claim).await?;
                parts.into_iter().map(|(debit, part)| (debit.key(), part)).collect()
            };
            all.add(&claim, parts).map_err(|_| BankError::Amounts)?;
        }
        Ok(all)
    }
}

/// Whether the partner gave back something of `debit` with it, and the account has it.
fn is_of(credit: &Credit, debit: &Debit) -> bool {
    credit.client_id == debit.client_id
        && credit.refund_of == Some(debit.debit_id)
        && credit.claim.is_none()
        && matches!(credit.state, DebitState::Booked { .. })
}
