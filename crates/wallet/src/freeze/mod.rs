//! Stopping everything that a wallet can do, at once, and letting it go on, slowly.
//!
//! A freeze is a ledger fact: the wallet's gate is closed first, so that no movement in flight can
//! race a flag in a record. What is left stays where it is, held for its owner.

mod stop;
mod unfreeze;

use kanuki_desk::{
    case::{Case, CaseKind},
    gate::Gate,
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    id::{CaseId, CustomerId, LinkId},
    mandate::StoppedBy,
};
use kanuki_record::{AuditEntry, Unit};

pub use stop::Preview;
pub use unfreeze::UNFREEZE;

use crate::{Wallet, WalletError, customer::Frozen};

/// A freeze in the making.
#[derive(Debug)]
pub(crate) struct Stopping<'a> {
    /// Who: the customer's id, a staff id, `bank`, `stop_code`.
    pub(crate) by: &'a str,
    /// The case that is opened with it.
    pub(crate) case: Case,
    /// A link that was dealt with already.
    pub(crate) except: Option<LinkId>,
}

impl Wallet {
    /// The customer freezes their own wallet: one tap, no proof, because it can only stop.
    pub async fn freeze(&self, ctx: &Ctx<'_>, id: CustomerId) -> Result<CaseId, WalletError> {
        let case = Case::open(ctx, CaseKind::NotMe, id, Some(id.to_string()));
        let by = id.to_string();
        self.freeze_in(ctx, Unit::new(), id, Stopping { by: &by, case, except: None }).await
    }

    /// Freezes the wallet of `id`, commits `unit` with it, and answers the number of the case.
    ///
    /// Gate first, then the record, the links and the case, the events to the banks and the notice
    /// in one unit. Freezing twice is fine; the first case stays.
    pub(crate) async fn freeze_in(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        id: CustomerId,
        stopping: Stopping<'_>,
    ) -> Result<CaseId, WalletError> {
        let mut known = self.known(id).await?;
        let wallet_id = known.customer.wallet_id;
        Gate::of("wallet", wallet_id).close(&*self.ledger, ctx.now).await?;
        if let Some(frozen) = &known.customer.frozen {
            let case_id = frozen.case_id;
            self.book.commit(unit).await?;
            return Ok(case_id);
        }
        let case_id = stopping.case.case_id;
        for mut link in self.live_links(id).await? {
            if stopping.except != Some(link.link_id) && link.is_active() {
                self.suspend_link(ctx, &mut unit, &mut link, StoppedBy::Wallet).await?;
                self.queue_takeover(ctx, &mut unit, &link, &stopping.case)?;
            }
        }
        known.customer.edit().frozen =
            Some(Frozen { at: ctx.now, by: stopping.by.to_owned(), case_id });
        unit.update(&known.customer).insert(&stopping.case).audit(
            AuditEntry::new(ctx.now, stopping.by, "wallet.frozen", wallet_id).with("case", case_id),
        );
        let content = Content::new("frozen").with("case", case_id);
        self.tell(&mut unit, ctx, &known, content)?;
        self.book.commit(unit).await?;
        Ok(case_id)
    }

    /// Refuses whatever a frozen wallet may not start.
    pub(crate) fn require_unfrozen(customer: &crate::Customer) -> Result<(), WalletError> {
        if customer.frozen.is_some() { Err(WalletError::Stopped) } else { Ok(()) }
    }
}
