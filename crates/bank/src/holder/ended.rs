//! A holder ends what they sign in with: a telephone that was sold, or one that was lost.
//!
//! Ending only tightens, so that somebody who may only look can do it too, from a telephone that is not
//! the lost one. With "lost", everything stops that its finder could have done: as with the stop code of
//! the notice that came when it was let in.

use kanuki_desk::{
    authenticator::{Authenticator, Kind},
    case::{Case, CaseKind},
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    id::{AuthenticatorId, CaseId, HolderId},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::set::{self, CredentialChange};

use crate::{
    Bank, BankError,
    event::credential,
    holder::load,
    stop::order::{Ordered, StopOrder},
};

/// How often "lost" begins again because something else changed the same records meanwhile.
const TRIES_MAX: u32 = 5;

/// How many that ended are shown.
const ENDED_SHOWN_MAX: usize = 10;

/// What it is, in CAEP's words.
fn credential_type(authenticator: &Authenticator) -> &'static str {
    match authenticator.kind() {
        Kind::Passkey => "fido2-platform",
        Kind::IdentityCard => "x509",
        Kind::BankApp => "app",
    }
}

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
        let gone = credential(CredentialChange::Delete, credential_type(&ended));
        self.tell_wallets(ctx, &mut unit, (holder_id, &format!("ended|{id}")), &[gone]).await?;
        Ok(self.book.commit(unit).await?)
    }

    /// It was lost, or somebody else used it: it ends, with what it did since it is there, also where it
    /// had ended before as not used any more. Answers with the case; while the core is silent, nothing
    /// can move by it any more and the rest waits for the worker ([`BankError::StoppedInPart`]).
    pub async fn lose_authenticator(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        id: AuthenticatorId,
    ) -> Result<CaseId, BankError> {
        let mut ordered = self.order_loss(ctx, holder_id, id).await;
        for _ in 1..TRIES_MAX {
            // Whoever uses it at this moment changes its row.
            if !matches!(
                ordered,
                Err(BankError::Record(
                    RecordError::Conflict { .. } | RecordError::Duplicate { .. }
                ))
            ) {
                break;
            }
            ordered = self.order_loss(ctx, holder_id, id).await;
        }
        Ok(self.carry_out_stop(ctx, &ordered?).await?.case_id)
    }

    /// Ends it in the unit that notes what is still to do.
    async fn order_loss(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        id: AuthenticatorId,
    ) -> Result<StopOrder, BankError> {
        let mut lost = load::<Authenticator>(&self.book, id).await?;
        if lost.owner_id != holder_id.to_string() {
            return Err(BankError::NotAvailable);
        }
        let open = self.book.list::<Case>("about", &id.to_string()).await?;
        let open = open.into_iter().find(|case| case.closed_at.is_none());
        let is_new = open.is_none();
        let person = Some(holder_id.to_string());
        let case =
            open.map_or_else(|| Case::open(ctx, CaseKind::NotMe, id, person), Stored::into_inner);
        let mut unit = Unit::new();
        if is_new {
            unit.insert(&case);
        }
        if lost.revoked_at.is_none() {
            lost.edit().revoked_at = Some(ctx.now);
            unit.update(&lost);
            // Whoever is signed in has to sign in again: the pages end every session.
            let gone = credential(CredentialChange::Revoke, credential_type(&lost));
            let said = [gone, set::Event::SessionRevoked {}];
            self.tell_wallets(ctx, &mut unit, (holder_id, &format!("lost|{id}")), &said).await?;
        }
        let act = if is_new { "case.opened" } else { "case.stopped_again" };
        unit.audit(AuditEntry::new(ctx.now, holder_id, act, case.case_id).with("about", id));
        let order = StopOrder {
            holder_id,
            what: Ordered::Lost { authenticator_id: id },
            case_id: case.case_id,
            asked_at: ctx.now,
            tells: Some("authenticator_lost".to_owned()),
            done_at: None,
        };
        self.order_stop(ctx, &mut unit, (&order, holder_id.to_string())).await?;
        self.book.commit(unit).await?;
        Ok(order)
    }

    /// What the holder signed in with before, the newest first: what was ended as not used any more may
    /// turn out to have been lost.
    pub async fn ended_authenticators(
        &self,
        holder_id: HolderId,
    ) -> Result<Vec<Stored<Authenticator>>, BankError> {
        let mut all = self.book.list::<Authenticator>("owner_id", &holder_id.to_string()).await?;
        all.retain(|one| one.revoked_at.is_some());
        all.sort_by_key(|one| std::cmp::Reverse(one.revoked_at));
        all.truncate(ENDED_SHOWN_MAX);
        Ok(all)
    }
}
