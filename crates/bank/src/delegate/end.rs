//! A delegation ends: at once, by anybody who may tighten.

use jiff::Timestamp;
use kanuki_desk::{authenticator, outbox::Content};
use kanuki_domain::{
    Ctx,
    id::{DelegationId, HolderId},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, vault::PersonKey};

use super::{Delegation, EndedBy, InvitedBy, Standing};
use crate::{Bank, BankError, holder::load};

/// How often an end begins again because something else changed the row meanwhile.
const TRIES_MAX: u32 = 5;

impl Bank {
    /// A delegation of this holder; another person's looks like none.
    pub async fn own_delegation(
        &self,
        holder_id: HolderId,
        id: DelegationId,
    ) -> Result<Stored<Delegation>, BankError> {
        let found = load::<Delegation>(&self.book, id).await?;
        if found.holder_id == holder_id { Ok(found) } else { Err(BankError::NotAvailable) }
    }

    /// The holder ends it, with whatever proof.
    pub async fn end_delegation(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        id: DelegationId,
    ) -> Result<(), BankError> {
        self.own_delegation(holder_id, id).await?;
        self.end_as(ctx, id, EndedBy::Holder, holder_id.to_string()).await
    }

    /// The delegate does not want to any more.
    pub async fn leave_delegation(&self, ctx: &Ctx<'_>, id: DelegationId) -> Result<(), BankError> {
        self.delegation(ctx, id).await?;
        self.end_as(ctx, id, EndedBy::Delegate, id.to_string()).await
    }

    /// Ends it: the passkey, where the delegate is reached, and an invitation that waits. Ending twice
    /// is fine.
    pub(crate) async fn end_as(
        &self,
        ctx: &Ctx<'_>,
        id: DelegationId,
        by: EndedBy,
        actor: String,
    ) -> Result<(), BankError> {
        let mut done = self.end_delegation_once(ctx, id, by, &actor).await;
        for _ in 1..TRIES_MAX {
            if !matches!(done, Err(BankError::Record(RecordError::Conflict { .. }))) {
                break;
            }
            done = self.end_delegation_once(ctx, id, by, &actor).await;
        }
        done
    }

    async fn end_delegation_once(
        &self,
        ctx: &Ctx<'_>,
        id: DelegationId,
        by: EndedBy,
        actor: &str,
    ) -> Result<(), BankError> {
        let mut delegation = load::<Delegation>(&self.book, id).await?;
        if matches!(delegation.standing, Standing::Ended { .. }) {
            return Ok(());
        }
        let known = self.known(delegation.holder_id).await?;
        let row = delegation.edit();
        row.standing = Standing::Ended { at: ctx.now, by };
        row.code_hash = None;
        row.contact = None;
        let mut unit = Unit::new();
        unit.update(&delegation);
        for mut key in authenticator::list_live(&self.book, id).await? {
            key.edit().revoked_at = Some(ctx.now);
            unit.update(&key);
        }
        if let Some(key) = self.book.find::<PersonKey>(id).await? {
            unit.delete(&key);
        }
        unit.audit(
            AuditEntry::new(ctx.now, actor, "delegate.ended", id).with("by", format!("{by:?}")),
        );
        let label = self.label_of(&known, &delegation)?;
        let content = Content::new("delegate_ended").with("label", label);
        self.tell_without_code(&mut unit, ctx, &known, &content)?;
        Ok(self.book.commit(unit).await?)
    }

    /// A stop code of a notice about a passkey that was registered at `since`: whoever was let in to
    /// look since then may have been let in with it.
    pub(crate) async fn end_delegations_since(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        since: Timestamp,
    ) -> Result<(), BankError> {
        for one in self.book.list::<Delegation>("holder_id", &holder_id.to_string()).await? {
            let is_by_holder = matches!(one.invited_by, InvitedBy::Holder { .. });
            if is_by_holder && one.invited_at >= since && one.standing.is_open(ctx.now) {
                let actor = "stop_code".to_owned();
                self.end_as(ctx, one.delegation_id, EndedBy::StopCode, actor).await?;
            }
        }
        Ok(())
    }
}
