//! A contact that was disowned and is its holder's all the same: two people of the bank end the doubt.
//!
//! While the core has the contact that somebody disowned it stays in doubt, and neither it nor the one
//! before proves anything. Where the holder comes to a counter and it was theirs after all, one member of
//! staff writes that down and another agrees. Both contacts hear of it, with a code that brings the doubt
//! back: whoever stood at the counter may have been the thief.

use kanuki_desk::{
    DeskError, approval::Approval, authenticator::Authenticator, case::Case, outbox::Content,
};
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, AuthenticatorId, CaseId, HolderId, StaffId},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_wire::transaction::ContactKind;

use super::{Holder, contact::ContactChange, load};
use crate::{Bank, BankError};

/// The act of believing a contact that was disowned.
pub const BELIEVE: &str = "holder.believe_contact";

/// The kind with this name.
#[must_use]
pub fn kind_named(name: &str) -> Option<ContactKind> {
    [ContactKind::Phone, ContactKind::Email].into_iter().find(|kind| kind.name() == name)
}

/// What an approval is asked for: whose contact, and which.
#[must_use]
pub fn subject(holder_id: HolderId, kind: ContactKind) -> String {
    format!("{holder_id}|{}", kind.name())
}

/// The same read back.
#[must_use]
pub fn read_subject(text: &str) -> Option<(HolderId, ContactKind)> {
    let (holder_id, kind) = text.split_once('|')?;
    Some((holder_id.parse().ok()?, kind_named(kind)?))
}

/// The holder that a case is about.
fn holder_of(case: &Case) -> Option<HolderId> {
    let person = case.person_id.as_deref().and_then(|id| id.parse().ok());
    person.or_else(|| case.about.parse().ok())
}

/// How often a contact of this kind was disowned: a request ends the doubts that there were, and none
/// that comes later.
fn doubted(holder: &Holder, kind: ContactKind) -> u32 {
    let all = holder.disowned.iter().filter(|one| one.kind == kind);
    u32::try_from(all.count()).unwrap_or(u32::MAX)
}

impl Bank {
    /// Which contacts of the holder of this case are in doubt.
    pub async fn contacts_in_doubt(
        &self,
        case: &Case,
    ) -> Result<Vec<(HolderId, ContactKind)>, BankError> {
        let Some(holder_id) = holder_of(case) else { return Ok(Vec::new()) };
        if self.book.find::<Holder>(holder_id).await?.is_none_or(|one| one.disowned.is_empty()) {
            return Ok(Vec::new());
        }
        let mut kinds = self.known(holder_id).await?.doubts.kinds;
        kinds.sort_by_key(|kind| kind.name());
        kinds.dedup();
        Ok(kinds.into_iter().map(|kind| (holder_id, kind)).collect())
    }

    /// Asks that a contact of the holder of this case be believed again; a second person must agree.
    pub async fn ask_believe_contact(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (case_id, kind): (CaseId, ContactKind),
        reason: &str,
    ) -> Result<ApprovalId, BankError> {
        let mut case = load::<Case>(&self.book, case_id).await?;
        let in_doubt = self.contacts_in_doubt(&case).await?;
        let found = in_doubt.into_iter().find(|(_, one)| *one == kind);
        let (holder_id, _) = found.ok_or(BankError::NotAvailable)?;
        let holder = load::<Holder>(&self.book, holder_id).await?;
        let approval = Approval::ask(ctx, by, BELIEVE, subject(holder_id, kind), reason);
        let approval = approval.ending(Some(doubted(&holder, kind)));
        case.edit().note(ctx.now, by, "=contact_believe_asked");
        let mut unit = Unit::new();
        unit.insert(&approval).update(&case).audit(
            AuditEntry::new(ctx.now, by, "holder.contact_believe_asked", holder_id)
                .with("contact", kind.name())
                .with("reason", reason),
        );
        match self.book.commit(unit).await {
            Ok(()) => Ok(approval.approval_id),
            Err(RecordError::Duplicate { .. }) => Err(BankError::NotAvailable),
            Err(error) => Err(error.into()),
        }
    }

    /// The second person agrees, or anybody declines. The doubt ends in the unit that says so.
    pub(crate) async fn decide_believed(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
        agrees: bool,
    ) -> Result<(), BankError> {
        let (holder_id, kind) = read_subject(&approval.subject).ok_or(BankError::NotAvailable)?;
        let mut unit = Unit::new();
        let act = if agrees {
            approval.edit().approve(by, ctx.now)?;
            self.believe(ctx, &mut unit, (holder_id, kind), approval.generation).await?;
            "holder.contact_believed"
        } else {
            approval.edit().decline(by, ctx.now)?;
            "holder.contact_believe_declined"
        };
        unit.update(&approval).audit(
            AuditEntry::new(ctx.now, by, act, holder_id)
                .with("contact", kind.name())
                .with("asked_by", approval.asked_by),
        );
        Ok(self.book.commit(unit).await?)
    }

    async fn believe(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (holder_id, kind): (HolderId, ContactKind),
        asked: Option<u32>,
    ) -> Result<(), BankError> {
        // As it is known now: both contacts hear of it.
        let known = self.known(holder_id).await?;
        let mut holder = load::<Holder>(&self.book, holder_id).await?;
        let is_in_doubt = known.doubts.kinds.contains(&kind);
        if !is_in_doubt || asked != Some(doubted(&holder, kind)) {
            return Err(DeskError::Decided.into());
        }
        let stops = self.doubted_with(&holder, kind).await?;
        holder.edit().disowned.retain(|one| one.kind != kind);
        unit.update(&holder);
        // So that the code of the notice can disown them again.
        for mut change in
            self.book.every::<ContactChange>("holder_id", &holder_id.to_string()).await?
        {
            if change.kind == kind && change.disowned_at.is_some() {
                change.edit().disowned_at = None;
                unit.update(&change);
            }
        }
        let name = match kind {
            ContactKind::Phone => "phone_believed",
            ContactKind::Email => "email_believed",
        };
        match stops {
            Some(stops) => self.tell(unit, ctx, &known, stops, Content::new(name)),
            None => self.tell_without_code(unit, ctx, &known, &Content::new(name)),
        }
    }

    /// What was stopped when this contact was disowned: the code of the notice stops it again. Doubts from
    /// before do not say, and are ended all the same: then it is what signed the change, or the newest that
    /// the holder had when it was signed. None where they have nothing that a code could stop.
    async fn doubted_with(
        &self,
        holder: &Holder,
        kind: ContactKind,
    ) -> Result<Option<AuthenticatorId>, BankError> {
        let mut doubts = holder.disowned.iter().rev().filter(|one| one.kind == kind);
        if let Some(by) = doubts.find_map(|one| one.by) {
            return Ok(Some(by));
        }
        let owner = holder.holder_id.to_string();
        let mut changes = self.book.every::<ContactChange>("holder_id", &owner).await?;
        changes.retain(|change| change.kind == kind && change.disowned_at.is_some());
        let last = changes.iter().max_by_key(|change| change.signed_at);
        if let Some(signed_with) = last.and_then(|change| change.signed_with) {
            return Ok(Some(signed_with));
        }
        let all = self.book.every::<Authenticator>("owner_id", &owner).await?;
        let was_there =
            |one: &Authenticator| last.is_none_or(|change| one.created_at <= change.signed_at);
        let newest = all.iter().max_by_key(|one| (was_there(one), one.created_at));
        Ok(newest.map(|one| one.authenticator_id))
    }
}
