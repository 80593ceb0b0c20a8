//! What staff may look at, and only with a case as the reason.

use kanuki_desk::case::Case;
use kanuki_domain::id::{HolderId, MandateId};

use crate::{
    Bank, BankError,
    debit::{Debit, DebitState},
    mandate::Mandate,
};

impl Bank {
    /// The mandates that a case is about: every one of its person, or the one it names. Newest
    /// first.
    pub async fn mandates_of_case(&self, case: &Case) -> Result<Vec<Mandate>, BankError> {
        let person = case.person_id.as_deref().and_then(|id| id.parse::<HolderId>().ok());
        if let Some(holder_id) = person {
            return self.mandates_of(holder_id).await;
        }
        let Ok(mandate_id) = case.about.parse::<MandateId>() else { return Ok(Vec::new()) };
        let found = self.book.find::<Mandate>(mandate_id).await?;
        Ok(found.map(kanuki_record::Stored::into_inner).into_iter().collect())
    }

    /// The debits of the links that a case is about that were booked, each with the name of the company
    /// that asked for it.
    pub async fn booked_debits_of_case(
        &self,
        case: &Case,
    ) -> Result<Vec<(Debit, String)>, BankError> {
        let mut booked = Vec::new();
        for mandate in self.mandates_of_case(case).await? {
            let debits = self.debits_of(mandate.mandate_id).await?.into_iter();
            let debits = debits.filter(|debit| matches!(debit.state, DebitState::Booked { .. }));
            booked.extend(debits.map(|debit| (debit, mandate.partner_name.clone())));
        }
        Ok(booked)
    }
}
