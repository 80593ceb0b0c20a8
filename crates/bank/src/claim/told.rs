//! What a victim is told where the wallet made good what they lost.
//!
//! The payment itself was told as money given back. That it is the compensation is known when the wallet says
//! so, where this bank knows whom it is about; else once two people here have found that out.

use kanuki_desk::{case::Case, outbox::Content};
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
    /// where that much came back to the case's person. A robbed partner says it of anything.
    pub(crate) async fn believe_made_good(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (case_id, client_id, amount): (CaseId, &str, Yen),
    ) -> Result<(), BankError> {
        let Some(case) = self.book.find::<Case>(case_id).await? else { return Ok(()) };
        let mut back = Yen::ZERO;
        for (_, left) in self.unborne(&case, client_id).await? {
            back = back.plus(left).map_err(|_| BankError::Amounts)?;
        }
        if back.is_zero() || amount > back {
            return Ok(());
        }
        self.tell_made_good(ctx, unit, case, (client_id, amount)).await?;
        Ok(())
    }

    /// The victim of a case in which two people here agreed is told, unless they were. False where it must be
    /// tried again, because the case changed at this moment.
    pub(super) async fn is_told_made_good(
        &self,
        ctx: &Ctx<'_>,
        case_id: CaseId,
        about: (&str, Yen),
    ) -> Result<bool, BankError> {
        let case = load::<Case>(&self.book, case_id).await?;
        let mut unit = Unit::new();
        if !self.tell_made_good(ctx, &mut unit, case, about).await? {
            return Ok(true);
        }
        match self.book.commit(unit).await {
            Ok(()) => Ok(true),
            Err(RecordError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds the notice to `unit`, and to the case that it went out; true if there is anything to write.
    async fn tell_made_good(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        mut case: Stored<Case>,
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
        unit.update(&case);
        Ok(true)
    }
}
