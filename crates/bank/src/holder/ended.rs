//! A holder ends what they sign in with: a telephone that was sold, or one that was lost.
//!
//! Ending only tightens, so that somebody who may only look can do it too, from a telephone that is not
//! the lost one. With "lost", everything stops that its finder could have done: as with the stop code of
//! the notice that came when it was let in.

use kanuki_desk::{
    authenticator::Authenticator,
    case::{Case, CaseKind},
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    id::{AuthenticatorId, CaseId, HolderId},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use crate::{Bank, BankError, holder::load};

impl Bank {
    /// An authenticator of this holder that has not ended; another person's looks like none.
    async fn own_authenticator(
        &self,
        holder_id: HolderId,
        id: AuthenticatorId,
    ) -> Result<Stored<Authenticator>, BankError> {
        let found = load::<Authenticator>(&self.book, id).await?;
        let is_own = found.owner_id == holder_id.to_string() && found.revoked_at.is_none();
        if is_own { Ok(found) } else { Err(BankError::NotAvailable) }
    }

    /// It is not used any more: it ends, and so does what it let in. Links go on.
    pub async fn end_authenticator(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        id: AuthenticatorId,
    ) -> Result<(), BankError> {
        let mut ended = self.own_authenticator(holder_id, id).await?;
        let known = self.known(holder_id).await?;
        ended.edit().revoked_at = Some(ctx.now);
        let mut unit = Unit::new();
        let entry = AuditEntry::new(ctx.now, holder_id, "holder.authenticator_ended", id);
        unit.update(&ended).audit(entry.with("kind", ended.kind().name()));
        for mut other in self.authenticators(holder_id).await? {
            if other.let_in_by == Some(id) {
                other.edit().revoked_at = Some(ctx.now);
                let other_id = other.authenticator_id;
                let entry =
                    AuditEntry::new(ctx.now, holder_id, "holder.authenticator_ended", other_id);
                unit.update(&other).audit(entry.with("with", id));
            }
        }
        self.tell(&mut unit, ctx, &known, id, Content::new("authenticator_ended"))?;
        Ok(self.book.commit(unit).await?)
    }

    /// It was lost, or somebody else used it: it ends, with what it did since it is there. Answers with
    /// the case.
    pub async fn lose_authenticator(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        id: AuthenticatorId,
    ) -> Result<CaseId, BankError> {
        self.own_authenticator(holder_id, id).await?;
        let known = self.known(holder_id).await?;
        let open = self.book.find_by::<Case>("about", &id.to_string()).await?;
        let open = open.filter(|case| case.closed_at.is_none()).map(Stored::into_inner);
        let is_new = open.is_none();
        let person = Some(holder_id.to_string());
        let case = open.unwrap_or_else(|| Case::open(ctx, CaseKind::NotMe, id, person));
        self.stop_authenticator(ctx, id, case.case_id).await?;
        let mut unit = Unit::new();
        if is_new {
            unit.insert(&case);
        }
        let act = if is_new { "case.opened" } else { "case.stopped_again" };
        unit.audit(AuditEntry::new(ctx.now, holder_id, act, case.case_id).with("about", id));
        self.tell(&mut unit, ctx, &known, id, Content::new("authenticator_lost"))?;
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Duplicate { .. }) => Ok(case.case_id),
            Err(error) => Err(error.into()),
        }
    }
}
