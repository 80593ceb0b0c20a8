//! Stopping a mandate: at once, for good or for the time being, and told to both sides.

use kanuki_desk::{gate::Gate, outbox::Content};
use kanuki_domain::{
    Ctx, case_number,
    id::{CaseId, HolderId, MandateId},
    mandate::StoppedBy,
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::set::LinkStatus;

use crate::{
    Bank, BankError,
    event::Event,
    holder::load,
    link::token,
    mandate::{Mandate, wait::call_off},
    stop::order::Ordered,
};

/// How often a stop begins again because something else changed the mandate meanwhile.
const TRIES_MAX: u32 = 5;

fn is_conflict<T>(done: &Result<T, BankError>) -> bool {
    matches!(done, Err(BankError::Record(RecordError::Conflict { .. })))
}

impl Bank {
    /// The holder ends a mandate for good. While the core is silent its gate is closed and the rest is
    /// an order ([`BankError::StoppedInPart`]).
    pub async fn revoke_mandate(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        mandate_id: MandateId,
    ) -> Result<(), BankError> {
        let mandate = self.mandate_of(holder_id, mandate_id).await?;
        let (by, actor) = (StoppedBy::Holder, holder_id.to_string());
        let done = self.end(ctx, mandate, by, actor.clone()).await;
        self.or_order(ctx, done, (holder_id, actor), Ordered::End { mandate_id, by }).await
    }

    /// Ends a mandate for good: the gate first, so that no debit slips through, then the record,
    /// its tokens, the notice and the event to the partner.
    pub(crate) async fn end(
        &self,
        ctx: &Ctx<'_>,
        mandate: Stored<Mandate>,
        by: StoppedBy,
        actor: String,
    ) -> Result<(), BankError> {
        let id = mandate.mandate_id;
        let mut done = self.end_once(ctx, mandate, by, &actor).await;
        for _ in 1..TRIES_MAX {
            if !is_conflict(&done) {
                break;
            }
            let mandate = load::<Mandate>(&self.book, id).await?;
            done = self.end_once(ctx, mandate, by, &actor).await;
        }
        done
    }

    async fn end_once(
        &self,
        ctx: &Ctx<'_>,
        mut mandate: Stored<Mandate>,
        by: StoppedBy,
        actor: &str,
    ) -> Result<(), BankError> {
        Gate::of("mandate", mandate.mandate_id).close(&*self.ledger, ctx.now).await?;
        if !mandate.state.is_alive() {
            return Ok(());
        }
        mandate.edit().state = mandate.state.revoke(by, ctx.now);
        let known = self.known(mandate.holder_id).await?;
        let mut unit = Unit::new();
        call_off(ctx, &mut unit, &mut mandate);
        unit.update(&mandate);
        token::revoke_all(&self.book, &mut unit, mandate.grant_id, ctx.now).await?;
        unit.insert(&Event::link_status(ctx, &mandate, LinkStatus::Revoked, None));
        unit.audit(AuditEntry::new(ctx.now, actor, "mandate.revoked", mandate.mandate_id));
        let content = Content::new("mandate_revoked")
            .with("partner", &mandate.partner_name)
            .with("account", &mandate.account_mask);
        self.tell(&mut unit, ctx, &known, mandate.mandate_id, content)?;
        Ok(self.book.commit(unit).await?)
    }

    /// Suspends a mandate until two people release it. Suspending twice is fine.
    pub(crate) async fn suspend(
        &self,
        ctx: &Ctx<'_>,
        mandate: Stored<Mandate>,
        by: StoppedBy,
        case_id: Option<CaseId>,
    ) -> Result<(), BankError> {
        let id = mandate.mandate_id;
        let mut done = self.suspend_once(ctx, mandate, by, case_id).await;
        for _ in 1..TRIES_MAX {
            if !is_conflict(&done) {
                break;
            }
            let mandate = load::<Mandate>(&self.book, id).await?;
            done = self.suspend_once(ctx, mandate, by, case_id).await;
        }
        done
    }

    async fn suspend_once(
        &self,
        ctx: &Ctx<'_>,
        mut mandate: Stored<Mandate>,
        by: StoppedBy,
        case_id: Option<CaseId>,
    ) -> Result<(), BankError> {
        Gate::of("mandate", mandate.mandate_id).close(&*self.ledger, ctx.now).await?;
        let next = mandate.state.suspend(by, ctx.now);
        if next == mandate.state {
            return Ok(());
        }
        mandate.edit().state = next;
        let known = self.known(mandate.holder_id).await?;
        let mut unit = Unit::new();
        call_off(ctx, &mut unit, &mut mandate);
        unit.update(&mandate);
        if by != StoppedBy::Wallet {
            unit.insert(&Event::link_status(ctx, &mandate, LinkStatus::Suspended, case_id));
        }
        unit.audit(
            AuditEntry::new(ctx.now, format!("{by:?}"), "mandate.suspended", mandate.mandate_id)
                .with("case", case_id.map_or(String::new(), |c| c.to_string())),
        );
        let content = Content::new("mandate_suspended");
        let content = match case_id {
            Some(id) => content.with("numbered", "yes").with("case", case_number::said(id)),
            None => content,
        };
        let content =
            content.with("partner", &mandate.partner_name).with("account", &mandate.account_mask);
        self.tell(&mut unit, ctx, &known, mandate.mandate_id, content)?;
        Ok(self.book.commit(unit).await?)
    }

    /// Lets a suspended mandate debit again as far as its record goes; the desk opens its gate
    /// afterwards, so that a crash in between leaves it stopped, which is the safe side. Two people
    /// have agreed: see the desk.
    pub(crate) async fn release(
        &self,
        ctx: &Ctx<'_>,
        mut mandate: Stored<Mandate>,
        actor: String,
    ) -> Result<(), BankError> {
        mandate.edit().state = mandate.state.release()?;
        let known = self.known(mandate.holder_id).await?;
        let mut unit = Unit::new();
        unit.update(&mandate);
        unit.insert(&Event::link_status(ctx, &mandate, LinkStatus::Released, None));
        unit.audit(AuditEntry::new(ctx.now, actor, "mandate.released", mandate.mandate_id));
        let content = Content::new("mandate_released")
            .with("partner", &mandate.partner_name)
            .with("account", &mandate.account_mask);
        self.tell(&mut unit, ctx, &known, mandate.mandate_id, content)?;
        Ok(self.book.commit(unit).await?)
    }
}
