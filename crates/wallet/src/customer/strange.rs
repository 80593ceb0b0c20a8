//! A contact that is somebody else's by now: a number that was given to another person, a mailbox that was
//! taken over.
//!
//! Staff hear of it on the telephone, or from whoever has the contact now. From then on nothing is written
//! there, no recovery begins there, and every bank of the customer's is told (RISC `identifier-recycled`).
//! One person marks it, because it tightens, and twenty a day at most, because each holds debits; what
//! somebody wrote down by mistake or in bad faith is heard of at every contact, that one too, with the code
//! that stops the wallet, and two people take it back. The last contact is never marked: whoever is told
//! nowhere is robbed unheard.

use jiff::Timestamp;
use kanuki_desk::{
    approval::Approval,
    case::Case,
    notice::{Recipient, tell},
    outbox::{Channel, Contact, Content},
};
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, CaseId, CustomerId, StaffId},
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_record::{AuditEntry, RecordError, Unit};
use kanuki_wire::set::Event;
use serde::{Deserialize, Serialize};

use super::{CONTACTS, Customer, Known};
use crate::{Wallet, WalletError};

/// The act of writing to a contact again.
pub const THEIRS: &str = "customer.contact_theirs";

/// Contacts that one member of staff marks within a day: more take somebody else at the desk. Each holds debits
/// for a week at every bank of its customer's.
const MARKED_BY_ONE: usize = 20;

/// A contact that is somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strange {
    channel: Channel,
    since: Timestamp,
    /// Who wrote it down; it is counted by person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<StaffId>,
}

impl Strange {
    pub(super) const fn by(&self) -> Option<StaffId> {
        self.by
    }
}

/// What may be said of the contacts of a case's customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactMarks {
    /// These may be marked.
    pub theirs: Vec<Channel>,
    /// These are somebody else's.
    pub strange: Vec<Channel>,
}

/// How a contact is named in forms, in the audit log and as part of text keys.
#[must_use]
pub const fn contact_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Mail => "mail",
        Channel::Sms => "phone",
        Channel::Post => "post",
        Channel::Push => "push",
    }
}

/// The contact with this name.
#[must_use]
pub fn contact_named(name: &str) -> Option<Channel> {
    [Channel::Mail, Channel::Sms].into_iter().find(|channel| contact_name(*channel) == name)
}

fn customer_of(case: &Case) -> Option<CustomerId> {
    case.person_id.as_deref()?.parse().ok()
}

fn read_subject(text: &str) -> Option<(CustomerId, Channel)> {
    let (id, name) = text.split_once('|')?;
    Some((id.parse().ok()?, contact_named(name)?))
}

impl Customer {
    /// Whether this contact of theirs is somebody else's.
    pub(crate) fn is_strange(&self, channel: Channel) -> bool {
        self.strange.iter().any(|one| one.channel == channel)
    }
}

impl Wallet {
    /// What staff may say of the contacts of a case's customer; nothing where none is known.
    pub async fn contact_marks(&self, case: &Case) -> Result<ContactMarks, WalletError> {
        let Some(id) = customer_of(case) else { return Ok(ContactMarks::default()) };
        let known = match self.known(id).await {
            Err(WalletError::NotAvailable) => return Ok(ContactMarks::default()),
            known => known?,
        };
        let theirs: Vec<Channel> = known.contacts.iter().map(|contact| contact.channel).collect();
        Ok(ContactMarks {
            theirs: if theirs.len() > 1 { theirs } else { Vec::new() },
            strange: known.customer.strange.iter().map(|one| one.channel).collect(),
        })
    }

    /// How many customers' contacts `by` marked within a day, without those that two people gave back.
    async fn marked_by(&self, ctx: &Ctx<'_>, by: StaffId) -> Result<usize, WalletError> {
        let since = later(ctx.now, DAY_SECS.saturating_neg());
        let marked = self.book.every::<Customer>("strange_by", &by.to_string()).await?;
        let is_recent = |mark: &Strange| mark.by == Some(by) && mark.since > since;
        Ok(marked.iter().filter(|customer| customer.strange.iter().any(is_recent)).count())
    }

    /// Staff write down that a contact of a case's customer is somebody else's; one person not more often than
    /// twenty times a day.
    pub async fn mark_contact_strange(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (case_id, channel): (CaseId, Channel),
        reason: &str,
    ) -> Result<(), WalletError> {
        let mut case = self.load::<Case>(case_id).await?;
        let id = customer_of(&case).ok_or(WalletError::NotAvailable)?;
        let may_be = self.contact_marks(&case).await?.theirs.contains(&channel);
        if case.closed_at.is_some() || !may_be {
            return Err(WalletError::NotAvailable);
        }
        if self.marked_by(ctx, by).await? >= MARKED_BY_ONE {
            return Err(WalletError::TooMany);
        }
        let mut known = self.known(id).await?;
        let mut unit = Unit::new();
        // That one too, for the last time: if it is theirs after all, they can stop the wallet.
        self.tell(&mut unit, ctx, &known, Content::new("contact_strange"))?;
        known.customer.edit().strange.push(Strange { channel, since: ctx.now, by: Some(by) });
        case.edit().note(ctx.now, by, format!("=contact_strange|{reason}"));
        unit.update(&known.customer).update(&case).audit(
            AuditEntry::new(ctx.now, by, "customer.contact_strange", id)
                .with("contact", contact_name(channel))
                .with("reason", reason),
        );
        let why = format!("strange|{id}|{}|{}", contact_name(channel), ctx.now);
        self.queue_change(ctx, &mut unit, (id, &why), &[Event::IdentifierRecycled {}]).await?;
        Ok(self.book.commit(unit).await?)
    }

    /// Asks that a contact be the customer's again; a second person must agree.
    pub async fn ask_contact_theirs(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (case_id, channel): (CaseId, Channel),
        reason: &str,
    ) -> Result<ApprovalId, WalletError> {
        let mut case = self.load::<Case>(case_id).await?;
        let id = customer_of(&case).ok_or(WalletError::NotAvailable)?;
        if !self.customer(id).await?.is_strange(channel) {
            return Err(WalletError::NotAvailable);
        }
        let subject = format!("{id}|{}", contact_name(channel));
        let approval = Approval::ask(ctx, by, THEIRS, subject, reason);
        case.edit().note(ctx.now, by, "=contact_theirs_asked|");
        let mut unit = Unit::new();
        unit.insert(&approval).update(&case).audit(
            AuditEntry::new(ctx.now, by, "customer.contact_theirs_asked", id)
                .with("contact", contact_name(channel))
                .with("reason", reason),
        );
        match self.book.commit(unit).await {
            Ok(()) => Ok(approval.approval_id),
            Err(RecordError::Duplicate { .. }) => Err(WalletError::NotAvailable),
            Err(error) => Err(error.into()),
        }
    }

    /// A second person agreed, in `unit`: it is written to again, and every contact hears of that.
    pub(crate) async fn contact_is_theirs(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        (by, approval): (StaffId, &Approval),
    ) -> Result<(), WalletError> {
        let (id, channel) = read_subject(&approval.subject).ok_or(WalletError::NotAvailable)?;
        let mut known = self.known(id).await?;
        if !known.customer.is_strange(channel) {
            return Err(WalletError::NotAvailable);
        }
        let all: Vec<Contact> = self.vault.open(&known.key, CONTACTS, &known.customer.contacts)?;
        known.customer.edit().strange.retain(|one| one.channel != channel);
        unit.update(&known.customer).audit(
            AuditEntry::new(ctx.now, by, "customer.contact_theirs", id)
                .with("contact", contact_name(channel))
                .with("asked_by", approval.asked_by),
        );
        let Known { customer, key, .. } = &known;
        let recipient = Recipient { key, contacts: &all };
        let content = Content::new("contact_theirs");
        tell(&mut unit, &self.vault, ctx, recipient, customer.wallet_id, content)?;
        Ok(self.book.commit(unit).await?)
    }
}
