//! Whether a link may go on to its consent page: the account's lock, the breaker, the same person.
//!
//! The wallet never learns which of them said no: all it ever sees is the holder's own "no".

use kanuki_domain::{Ctx, bank_account::AccountNumber, id::ParId};
use kanuki_record::{RecordError, Stored, Unit};

use crate::{
    Bank, BankError,
    asked::Outcome,
    holder::{Known, load},
    link::Pushed,
    mandate::Mandate,
};

impl Bank {
    /// Refuses before anything is shown, and keeps why for the holder's own list.
    pub(super) async fn admit(
        &self,
        ctx: &Ctx<'_>,
        pushed: &Stored<Pushed>,
        known: &Known,
    ) -> Result<(), BankError> {
        let admitted = self.judge_link(ctx, pushed, known).await;
        let outcome = match &admitted {
            Ok(()) => return Ok(()),
            Err(BankError::Locked) => Outcome::Locked,
            Err(BankError::NotTheSamePerson) => Outcome::Mismatch,
            Err(BankError::TooMany | BankError::Paused) => Outcome::Paused,
            Err(_) => return admitted,
        };
        self.keep_outcome(pushed.par_id, outcome).await?;
        // A locked account has a notice of its own.
        if outcome != Outcome::Locked {
            let partner = self.known_partner(&pushed.client_id).await?;
            self.tell_attempt(ctx, known, &partner.name).await;
        }
        admitted
    }

    async fn judge_link(
        &self,
        ctx: &Ctx<'_>,
        pushed: &Stored<Pushed>,
        known: &Known,
    ) -> Result<(), BankError> {
        let (holder_id, route) = pushed.holder.ok_or(BankError::NotAvailable)?;
        let chosen = pushed.chosen.as_ref().ok_or(BankError::NotAvailable)?;
        let account: AccountNumber =
            self.vault.open(&known.key, "mandate|account", &chosen.account)?;
        let partner = self.known_partner(&pushed.client_id).await?;
        let account_id = self.account_id(&account);
        self.require_unlocked(ctx, account_id, known, &partner.name).await?;
        self.require_link_route(ctx, (holder_id, route)).await?;
        self.require_ordinary_link(ctx, pushed, (holder_id, account_id)).await?;
        self.require_unplanted(ctx, pushed, &self.facts_of(pushed).await?).await?;
        self.require_match(ctx, pushed, known).await
    }

    /// Adds to a grant's `unit` that the lock is still open and whose comparison it rests on, and
    /// notes in `pushed` what became of it.
    pub(super) async fn pass(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        pushed: &mut Stored<Pushed>,
        mandate: &Mandate,
    ) -> Result<(), BankError> {
        pushed.edit().outcome = Some(Outcome::Signed);
        self.pass_lock(ctx, unit, (mandate.account_id, mandate.holder_id)).await?;
        self.pass_match(unit, (pushed.par_id, mandate.holder_id), mandate.mandate_id).await
    }

    /// Keeps what became of a request. The first refusal stands: going back to the wallet after it
    /// is not another.
    async fn keep_outcome(&self, par_id: ParId, outcome: Outcome) -> Result<(), BankError> {
        let mut pushed = load::<Pushed>(&self.book, par_id).await?;
        if pushed.outcome.is_some() {
            return Ok(());
        }
        pushed.edit().outcome = Some(outcome);
        let mut unit = Unit::new();
        unit.update(&pushed);
        match self.book.commit(unit).await {
            // The same browser does something else with it at the same moment.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
