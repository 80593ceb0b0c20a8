//! What a stop code about a link stops: that link, whatever else the same company may take from the same
//! account by then, and every new link to it.
//!
//! Whoever says of one link that it was not them cannot know which of two links of one wallet a thief tops up
//! from, and has a code of each. A link too many waits for two people; one too few is money. Who made a link that
//! was not the holder's has what signs another one, so the account is locked too: of that lock and a link that
//! is being signed, one is first, and the other sees it.

use jiff::Timestamp;
use kanuki_desk::gate::Gate;
use kanuki_domain::{
    Ctx,
    id::{CaseId, MandateId},
    mandate::StoppedBy,
};
use kanuki_record::Stored;

use crate::{Bank, BankError, holder::load, lock::LockedBy, mandate::Mandate};

impl Bank {
    /// The mandate, and those of its partner on its account that were signed by `until` and have not ended; it
    /// first.
    pub(super) async fn links_stopped_with(
        &self,
        id: MandateId,
        until: Timestamp,
    ) -> Result<Vec<Stored<Mandate>>, BankError> {
        let named = load::<Mandate>(&self.book, id).await?;
        let account = named.account_id.to_string();
        let mut all = self.book.every::<Mandate>("account_id", &account).await?;
        all.retain(|other| {
            other.mandate_id != id
                && other.client_id == named.client_id
                && other.signed_at <= until
                && other.state.is_alive()
        });
        all.insert(0, named);
        Ok(all)
    }

    /// Locks the account and closes their gates, which needs no core.
    pub(super) async fn close_links(&self, ctx: &Ctx<'_>, id: MandateId) -> Result<(), BankError> {
        // The one that was named first: whatever fails after it, its money stays.
        Gate::of("mandate", id).close(&*self.ledger, ctx.now).await?;
        let named = load::<Mandate>(&self.book, id).await?;
        let whose = (named.account_id, named.holder_id);
        self.close_their_gates(ctx, id).await?;
        self.close_lock(ctx, whose, LockedBy::StopCode).await?;
        // Again: one that was being signed is there now, or never will be.
        self.close_their_gates(ctx, id).await
    }

    async fn close_their_gates(&self, ctx: &Ctx<'_>, id: MandateId) -> Result<(), BankError> {
        for one in self.links_stopped_with(id, ctx.now).await? {
            Gate::of("mandate", one.mandate_id).close(&*self.ledger, ctx.now).await?;
        }
        Ok(())
    }

    /// Suspends them under a case. It can be repeated.
    pub(super) async fn suspend_links(
        &self,
        ctx: &Ctx<'_>,
        id: MandateId,
        (case_id, until): (CaseId, Timestamp),
    ) -> Result<(), BankError> {
        for one in self.links_stopped_with(id, until).await? {
            self.suspend(ctx, one, StoppedBy::Holder, Some(case_id)).await?;
        }
        Ok(())
    }
}
