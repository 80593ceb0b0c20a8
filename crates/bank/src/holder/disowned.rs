//! A contact that was changed with a passkey, card or app key whose owner says that it was never theirs.
//!
//! Neither the contact before nor the one after can be believed alone: whoever types a stop code may hold
//! the old telephone, and whoever changed it may hold the new one. So what the core does not have yet is
//! called off, both are told of everything, and neither proves anything by a call, until the bank's own
//! people have put another one on file, or two of them believe the one that is there (`believed`).

use jiff::Timestamp;
use kanuki_desk::{authenticator::Authenticator, outbox::Contact};
use kanuki_domain::{
    Ctx,
    id::{AuthenticatorId, CaseId},
    limits::ON_FILE_SECS,
    mandate::later,
};
use kanuki_record::{
    AuditEntry, Stored, Unit,
    vault::{PersonKey, Sealed},
};
use kanuki_wire::transaction::ContactKind;
use serde::{Deserialize, Serialize};

use super::{
    Holder,
    contact::{BEFORE, ChangeProgress, ContactChange, VALUE, channel, plain},
    load,
};
use crate::{Bank, BankError, CoreCustomer};

/// One contact that nobody can be sure of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Disowned {
    /// Which.
    pub kind: ContactKind,
    /// What was on file before it was changed, sealed; none where there was nothing.
    before: Option<Sealed>,
    /// What it was changed to, sealed.
    after: Sealed,
    /// When its owner said so.
    pub at: Timestamp,
    /// What was stopped with it: the code of whose notice says so again.
    #[serde(default)]
    pub(super) by: Option<AuthenticatorId>,
}

/// What is in doubt of one holder.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubts {
    /// Contacts before a change, which are told too.
    pub(super) besides: Vec<Contact>,
    /// Which contacts prove nothing.
    pub(super) kinds: Vec<ContactKind>,
}

impl Disowned {
    /// Until the core has a newer one that is another.
    fn stands(&self, core: &CoreCustomer, after: &str) -> bool {
        let (since, now) = match self.kind {
            ContactKind::Phone => (core.on_file.phone_since, &core.phone),
            ContactKind::Email => (core.on_file.email_since, &core.email),
        };
        let is_there = now.as_ref().and_then(|now| plain(self.kind, now.expose()));
        is_there.as_deref() == Some(after) || since.is_none_or(|since| since <= self.at)
    }
}

impl Bank {
    /// What nobody can be sure of, now that the core has this.
    pub(super) fn doubts(
        &self,
        (holder, key): (&Holder, &PersonKey),
        core: &CoreCustomer,
    ) -> Result<Doubts, BankError> {
        let mut doubts = Doubts::default();
        for one in &holder.disowned {
            let after: String = self.vault.open(key, VALUE, &one.after)?;
            if !one.stands(core, &after) {
                continue;
            }
            doubts.kinds.push(one.kind);
            if let Some(before) = &one.before {
                let to: String = self.vault.open(key, BEFORE, before)?;
                doubts.besides.push(Contact { channel: channel(one.kind), to });
            }
        }
        Ok(doubts)
    }

    /// What this authenticator changed, or one that it let in, is disowned: within the time after which a
    /// contact counts as on file. A change of long ago is its owner's own. It can be repeated.
    pub(crate) async fn disown_contacts(
        &self,
        ctx: &Ctx<'_>,
        id: AuthenticatorId,
        case_id: CaseId,
    ) -> Result<(), BankError> {
        let stopped = load::<Authenticator>(&self.book, id).await?;
        let owner = stopped.owner_id.clone();
        let strange = self.book.list::<Authenticator>("owner_id", &owner).await?;
        let is_strange = |change: &ContactChange| {
            let is_named =
                |one: &Stored<Authenticator>| Some(one.authenticator_id) == change.signed_with;
            let signed = strange.iter().find(|one| is_named(one));
            signed.is_none_or(|one| one.authenticator_id == id || one.let_in_by == Some(id))
        };
        let mut changes = self.book.every::<ContactChange>("holder_id", &owner).await?;
        changes.retain(|change| {
            stopped.created_at <= change.signed_at
                && ctx.now < later(change.signed_at, ON_FILE_SECS)
                && change.disowned_at.is_none()
                && is_strange(change)
        });
        let Some(holder_id) = changes.first().map(|change| change.holder_id) else {
            return Ok(());
        };
        // The oldest first: what was there before it is what the holder had.
        changes.sort_by_key(|change| change.signed_at);
        let mut holder = load::<Holder>(&self.book, holder_id).await?;
        let mut unit = Unit::new();
        for mut change in changes {
            change.edit().disowned_at = Some(ctx.now);
            if change.progress == ChangeProgress::Open {
                change.edit().progress = ChangeProgress::CalledOff;
            }
            let (kind, after, at) = (change.kind, change.to.clone(), ctx.now);
            // Of several in a row, what was there before the first is what the holder had.
            let is_first = !holder.disowned.iter().any(|one| one.kind == kind && one.at == at);
            let before = change.before.clone().filter(|_| is_first);
            holder.edit().disowned.push(Disowned { kind, before, after, at, by: Some(id) });
            unit.update(&change).audit(
                AuditEntry::new(ctx.now, "stop_code", "holder.contact_disowned", change.change_id)
                    .with("contact", change.kind.name())
                    .with("case", case_id),
            );
        }
        unit.update(&holder);
        Ok(self.book.commit(unit).await?)
    }
}
