//! A bank's word that it paid, under a number that has its end here, or under another number of the same
//! person (FT-23, FT-26).

use kanuki_desk::{case::Case, claim, late_word, matter};
use kanuki_domain::{Ctx, Yen, id::CaseId};
use kanuki_record::Unit;

use super::customer_of;
use crate::{Wallet, WalletError, link::Link};

impl Wallet {
    /// Adds to `unit` that a case which has its end is open again because a bank that has to do with it says
    /// that it paid: somebody books our part, or asks the bank what it means.
    pub(crate) async fn open_for_word(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (case_id, bank): (CaseId, &str),
    ) -> Result<(), WalletError> {
        let Some(mut case) = self.book.find::<Case>(case_id).await? else { return Ok(()) };
        if self.has_to_do_with(&case, bank).await?
            && late_word::open_again(&self.book, ctx, unit, (&mut case, bank)).await?
        {
            unit.update(&case);
        }
        Ok(())
    }

    /// Whether a bank has to do with a case: it told of it, its report names it, or its customer has a link
    /// there.
    async fn has_to_do_with(&self, case: &Case, bank: &str) -> Result<bool, WalletError> {
        if claim::named(&self.book, case).await?.contains(bank) {
            return Ok(true);
        }
        let Some(customer) = customer_of(case) else { return Ok(false) };
        let links = self.book.every::<Link>("customer_id", &customer.to_string()).await?;
        Ok(links.iter().any(|link| link.bank.to_string() == bank))
    }

    /// Another open case of this one's person, not joined with it, under which a bank says that it paid and
    /// nothing is claimed, with how much.
    pub async fn paid_sister(&self, case: &Case) -> Result<Option<(CaseId, Yen)>, WalletError> {
        for sister in late_word::sisters(&self.book, case).await? {
            if matter::claims(&self.book, &sister).await?.is_empty()
                && let Some(word) = self.words(&sister).await?.first()
            {
                return Ok(Some((sister.case_id, word.amount)));
            }
        }
        Ok(None)
    }
}
