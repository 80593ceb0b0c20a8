//! What a victim is told where the wallet made good what they lost.
//!
//! The payment itself was told as money given back. That it is the compensation is known when the wallet says
//! so, where this bank knows whom it is about; else once two people here have found that out.

use kanuki_desk::{case::Case, claim, late_word, matter, outbox::Content};
use kanuki_domain::{
    Ctx, Yen, case_number,
    id::{CaseId, HolderId},
};
use kanuki_record::{RecordError, Stored, Unit};

use crate::{Bank, BankError, holder::load};

/// The line of a case's history that says that its victim was told.
const TOLD: &str = "=claim_victim_told|";

impl Bank {
    /// Adds to `unit` that the victim is told, if a partner's word that they have their money can be believed:
    /// where that much came back to the case's person. A robbed partner says it of anything. A case that has
    /// its end is open again: somebody books our part, or asks the partner what it means.
    pub(crate) async fn believe_made_good(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (case_id, client_id, amount): (CaseId, &str, Yen),
    ) -> Result<(), BankError> {
        let Some(mut case) = self.book.find::<Case>(case_id).await? else { return Ok(()) };
        let mut is_changed = false;
        if self.has_to_do_with(&case, client_id).await? {
            let word = (&mut case, client_id);
            is_changed = late_word::open_again(&self.book, ctx, unit, word).await?;
        }
        let mut back = Yen::ZERO;
        for (_, left) in self.unborne(&case, client_id).await? {
            back = back.plus(left).map_err(|_| BankError::Amounts)?;
        }
        if !back.is_zero() && amount <= back {
            is_changed |= self.tell_made_good(ctx, unit, &mut case, (client_id, amount)).await?;
        }
        if is_changed {
            unit.update(&case);
        }
        Ok(())
    }

    /// Whether a partner has to do with a case: it told of it, its report names it, or it has a mandate there.
    async fn has_to_do_with(&self, case: &Case, client_id: &str) -> Result<bool, BankError> {
        if claim::named(&self.book, case).await?.contains(client_id) {
            return Ok(true);
        }
        let mandates = self.mandates_of_case(case).await?;
        Ok(mandates.iter().any(|mandate| mandate.client_id == client_id))
    }

    /// Another open case of this one's person, not joined with it, under which a partner says that it paid
    /// and nothing is claimed, with how much.
    pub async fn paid_sister(&self, case: &Case) -> Result<Option<(CaseId, Yen)>, BankError> {
        for sister in late_word::sisters(&self.book, case).await? {
            if matter::claims(&self.book, &sister).await?.is_empty()
                && let Some(word) = self.words(&sister).await?.first()
            {
                return Ok(Some((sister.case_id, word.amount)));
            }
        }
        Ok(None)
    }

    /// The victim of a case in which two people here agreed is told, unless they were. False where it must be
    /// tried again, because the case changed at this moment.
    pub(super) async fn is_told_made_good(
        &self,
        ctx: &Ctx<'_>,
        case_id: CaseId,
        about: (&str, Yen),
    ) -> Result<bool, BankError> {
        let mut case = load::<Case>(&self.book, case_id).await?;
        let mut unit = Unit::new();
        if !self.tell_made_good(ctx, &mut unit, &mut case, about).await? {
            return Ok(true);
        }
        unit.update(&case);
        match self.book.commit(unit).await {
            Ok(()) => Ok(true),
            Err(RecordError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds the notice to `unit`, and to the case that it went out; true if the case is to be written.
    async fn tell_made_good(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        case: &mut Stored<Case>,
        (client_id, amount): (&str, Yen),
    ) -> Result<bool, BankError> {
        let person = case.person_id.as_deref().and_then(|id| id.parse::<HolderId>().ok());
        let Some(holder_id) = person else { return Ok(false) };
        if case.steps.iter().any(|step| step.text == TOLD) {
            return Ok(false);
        }
        let known = match self.known(holder_id).await {
            Ok(known) => known,
            // Nobody's customer any more: there is nobody to tell.
            Err(BankError::NotAvailable) => return Ok(false),
            Err(error) => return Err(error),
        };
        let content = Content::new("made_good_there")
            .with("partner", &self.partner(client_id).await?.name)
            .with("amount", amount)
            .with("case", case_number::said(case.case_id));
        self.tell_without_code(unit, ctx, &known, &content)?;
        case.edit().note(ctx.now, "system", TOLD);
        Ok(true)
    }
}
