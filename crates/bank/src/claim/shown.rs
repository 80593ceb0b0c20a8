//! What the bank's own records show of the evidence that a claim is to be refused by.
//!
//! A paper is shown to people. Everything else is here: a machine looks before anybody asks, and before
//! anybody agrees. Where the partner paid the victim, and we are to book our part, nothing that moved
//! here refuses it: what was told must have come through here before the claim was opened.

use kanuki_desk::{case::Case, claim::Claim};
use kanuki_domain::{Yen, claim::Evidence, id::DebitApprovalId};

use crate::{
    Bank, BankError,
    approval::{ApprovalState, DebitApproval},
    credit::Credit,
    debit::{Debit, DebitState},
    holder::load,
};

impl Bank {
    /// Whether the records show this of a claim.
    pub(super) async fn shows(
        &self,
        claim: &Claim,
        evidence: Evidence,
        reference: &str,
    ) -> Result<bool, BankError> {
        let reference = reference.trim();
        match evidence {
            Evidence::TakenBack | Evidence::Found => Ok(true),
            Evidence::NotBooked => {
                let debits = self.debits_claimed(claim).await?;
                let is_booked = |debit: &Debit| matches!(debit.state, DebitState::Booked { .. });
                Ok(!debits.is_empty() && !debits.iter().any(|(debit, _)| is_booked(debit)))
            }
            Evidence::PaidBack => self.is_back(claim, reference).await,
            Evidence::Signed => self.is_signed(claim, reference).await,
        }
    }

    /// The debits of a claim, each with what of it is claimed.
    async fn debits_claimed(&self, claim: &Claim) -> Result<Vec<(Debit, Yen)>, BankError> {
        let mut all = Vec::new();
        for item in &claim.items {
            let debit = load::<Debit>(&self.book, &item.movement).await?;
            all.push((debit.into_inner(), item.amount));
        }
        Ok(all)
    }

    /// A payment into the same account, booked and of this name, that gives these debits back: as the
    /// last of their refunds, or as one that is as much as what is left of them.
    async fn is_back(&self, claim: &Claim, reference: &str) -> Result<bool, BankError> {
        let debits = self.debits_claimed(claim).await?;
        let mut left = Yen::ZERO;
        for (debit, claimed) in &debits {
            let of_it = debit.amount.minus_or_zero(debit.refunded).min(*claimed);
            left = left.plus(of_it).map_err(|_| BankError::Amounts)?;
        }
        for (debit, _) in &debits {
            let mandate_id = debit.mandate_id.to_string();
            for credit in self.book.every::<Credit>("mandate_id", &mandate_id).await? {
                let is_named =
                    reference == credit.key() || reference == credit.credit_id.to_string();
                let is_booked = matches!(credit.state, DebitState::Booked { .. });
                let is_later = credit.asked_at >= debit.asked_at && credit.claim.is_none();
                let is_enough = match credit.refund_of {
                    Some(id) => left.is_zero() && id == debit.debit_id,
                    None => !left.is_zero() && credit.amount >= left,
                };
                if is_named && is_booked && is_later && is_enough {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Kept signatures of the account's holder, named by what they approved or by their hash, that
    /// prove again and are for every one of these debits. What is within a mandate and was signed with
    /// it alone was not signed as exactly this movement.
    async fn is_signed(&self, claim: &Claim, reference: &str) -> Result<bool, BankError> {
        let names: Vec<&str> = reference
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | '、' | '，'))
            .filter(|name| !name.is_empty())
            .collect();
        let mut debits: Vec<Debit> =
            self.debits_claimed(claim).await?.into_iter().map(|(debit, _)| debit).collect();
        let is_told = debits.is_empty();
        if is_told {
            let case = load::<Case>(&self.book, claim.case_id).await?;
            let booked = self.booked_debits_of_case(&case).await?;
            let theirs = booked.into_iter().filter(|(debit, _)| debit.client_id == claim.partner);
            debits = theirs.map(|(debit, _)| debit).collect();
        }
        let mut signed = Yen::ZERO;
        for debit in &debits {
            let is_signed = match debit.approval_id {
                Some(id) => self.proves(id, debit, &names).await?,
                None => false,
            };
            if is_signed {
                signed = signed.plus(debit.amount).map_err(|_| BankError::Amounts)?;
            } else if !is_told {
                return Ok(false);
            }
        }
        Ok(!signed.is_zero() && signed >= claim.amount)
    }

    async fn proves(
        &self,
        id: DebitApprovalId,
        debit: &Debit,
        names: &[&str],
    ) -> Result<bool, BankError> {
        let approval = load::<DebitApproval>(&self.book, id).await?;
        let ApprovalState::Signed { answer, .. } = &approval.state else { return Ok(false) };
        let text = id.to_string();
        if !names.iter().any(|name| *name == text || name == answer) {
            return Ok(false);
        }
        if approval.debit_id != debit.debit_id || approval.amount != debit.amount {
            return Ok(false);
        }
        let mandate = load::<crate::mandate::Mandate>(&self.book, debit.mandate_id).await?;
        let answers = self.answers_of(mandate.holder_id, debit.mandate_id).await?;
        let kept = answers.iter().find(|one| one.kept.hash == *answer);
        Ok(kept.is_some_and(|one| matches!(one.verdict, Ok(Some(_)))))
    }
}
