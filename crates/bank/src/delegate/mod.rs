//! 見守り役: somebody whom a holder asks to look after their accounts, a daughter for her mother.
//!
//! A delegate sees what whoever looks without a passkey sees (who may debit, what was taken, who
//! asked) and may only tighten: stop, lock, lower. They never consent, raise, unlock or change a
//! contact, and have no part in what a wallet told about its customer. They sign in with a passkey of
//! their own, which is the delegation's and opens nothing else.
//!
//! Letting somebody look is a loosening, so it takes the holder's passkey or card, or staff who
//! called back and a letter to the address on file; every contact of the holder hears of it, of the
//! delegate's first sign-in and of each of their acts, with a code that ends it. It ends at once by
//! anybody who may tighten, and by itself after a year (SG-05: help must not become another way in).

mod act;
mod end;
mod invite;
mod join;
mod late;
mod year;

use jiff::Timestamp;
use kanuki_desk::outbox::{Channel, Contact, Content, Message};
use kanuki_domain::{
    Ctx,
    id::{AuthenticatorId, CaseId, DelegationId, HolderId},
    limits::DELEGATES_MAX,
};
use kanuki_record::{
    Stored, Unit, record,
    vault::{PersonKey, Sealed},
};
use serde::{Deserialize, Serialize};

pub use act::{DelegateAct, may_stop};
pub use invite::{InviteState, Invited, Wish};
pub use join::{JoinState, number_of};

use crate::{
    Bank, BankError,
    holder::{Known, load},
};

const LABEL: &str = "delegation|label";
const CONTACT: &str = "delegation|contact";

/// Who asked somebody to look after the accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum InvitedBy {
    /// The holder, who signed for it.
    Holder {
        /// With what.
        with: AuthenticatorId,
    },
    /// The holder, at a counter or called back, by staff and a letter.
    Staff {
        /// Under which case.
        case_id: CaseId,
    },
}

/// Who ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// The holder, with whatever proof.
    Holder,
    /// Staff, for a holder on the telephone.
    Staff,
    /// Whoever typed the stop code of a notice.
    StopCode,
    /// The delegate, who does not want to any more.
    Delegate,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// The code waits for whom it is for.
    Invited {
        /// Until when.
        until: Timestamp,
    },
    /// The delegate may look and stop.
    Active {
        /// Since when.
        since: Timestamp,
        /// When it ends by itself.
        ends_at: Timestamp,
    },
    /// Over.
    Ended {
        /// Since when.
        at: Timestamp,
        /// By whom.
        by: EndedBy,
    },
}

impl Standing {
    /// Whether the delegate may look and stop at `now`.
    #[must_use]
    pub fn is_active(self, now: Timestamp) -> bool {
        matches!(self, Self::Active { ends_at, .. } if now < ends_at)
    }

    /// Whether it takes a place: a delegate, or an invitation that waits.
    #[must_use]
    pub fn is_open(self, now: Timestamp) -> bool {
        self.is_active(now) || matches!(self, Self::Invited { until } if now < until)
    }
}

/// That somebody may look after a holder's accounts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delegation {
    /// Its id; also the user handle of the delegate's passkey.
    pub delegation_id: DelegationId,
    /// Whose accounts.
    pub holder_id: HolderId,
    /// What the holder calls them, sealed for the holder.
    label: Sealed,
    /// The holder wishes that notices are announced to them.
    pub tells: bool,
    /// Where, sealed for the delegate; the delegate's own wish.
    contact: Option<Sealed>,
    code_hash: Option<String>,
    /// Where it stands.
    pub standing: Standing,
    /// When the holder asked.
    pub invited_at: Timestamp,
    /// Who did.
    pub invited_by: InvitedBy,
    /// The acts of the last day, which are limited.
    acts: Vec<Timestamp>,
    /// Acts of which the holder has not been told yet.
    #[serde(default)]
    untold: Vec<late::Untold>,
    /// When the holder was last told that everything was stopped.
    #[serde(default)]
    stop_all_told_at: Option<Timestamp>,
    /// How many of the reminders before its end were sent.
    #[serde(default)]
    reminded: usize,
}

record! { Delegation => "delegation" by |d| d.delegation_id.to_string();
    unique code_hash = |d| d.code_hash.clone();
    many holder_id = |d| Some(d.holder_id.to_string());
    many untold = |d| (!d.untold.is_empty()).then(|| "yes".to_owned());
}

impl Delegation {
    /// Whether notices are announced to the delegate: both wished it.
    #[must_use]
    pub const fn is_told(&self) -> bool {
        self.tells && self.contact.is_some()
    }
}

/// A delegation, with what the holder calls the delegate.
#[derive(Clone, Debug)]
pub struct Delegate {
    /// The delegation.
    pub delegation: Delegation,
    /// What the holder calls them.
    pub label: String,
}

/// A delegate to whom notices are announced, as it is carried beside what is known of a holder.
#[derive(Clone, Debug)]
pub(crate) struct Watcher {
    key: PersonKey,
    contact: Sealed,
    ends_at: Timestamp,
}

/// What a notice is about, as far as a delegate is told. The words are the catalog's.
const fn topic(kind: &str) -> &'static str {
    match kind.as_bytes() {
        b"debited" | b"debits_added_up" | b"debit_approved" | b"credited" | b"given_back"
        | b"made_good" | b"made_good_there" => "money",
        b"approval_asked" | b"approval_asked_last" => "approval",
        b"lock_tried" | b"lock_opening" | b"leaked" | b"leak_over" | b"attempt_refused"
        | b"phone_locked" => "lock",
        b"passkey_added"
        | b"card_added"
        | b"app_added"
        | b"authenticator_ended"
        | b"authenticator_lost"
        | b"code_handed_out"
        | b"phone_changed"
        | b"email_changed"
        | b"phone_believed"
        | b"email_believed"
        | b"looked_in"
        | b"alerts_lowered"
        | b"phone_alerts" => "access",
        _ => "link",
    }
}

impl Bank {
    /// A holder's delegates and invitations, newest first; those that are over too.
    pub async fn delegates_of(&self, holder_id: HolderId) -> Result<Vec<Delegate>, BankError> {
        let key = load::<PersonKey>(&self.book, holder_id).await?;
        let all = self.book.list::<Delegation>("holder_id", &holder_id.to_string()).await?;
        let named = |stored: Stored<Delegation>| -> Result<Delegate, BankError> {
            let label = self.vault.open(&key, LABEL, &stored.label)?;
            Ok(Delegate { delegation: stored.into_inner(), label })
        };
        all.into_iter().map(named).collect()
    }

    /// The delegation that somebody is signed in with, while it holds. Asked for with every page and
    /// every act, so that an end is one at once.
    pub async fn delegation(
        &self,
        ctx: &Ctx<'_>,
        id: DelegationId,
    ) -> Result<Stored<Delegation>, BankError> {
        let found = load::<Delegation>(&self.book, id).await?;
        if found.standing.is_active(ctx.now) { Ok(found) } else { Err(BankError::NotAvailable) }
    }

    /// What the holder calls this delegate.
    pub(crate) fn label_of(
        &self,
        known: &Known,
        delegation: &Delegation,
    ) -> Result<String, BankError> {
        Ok(self.vault.open(&known.key, LABEL, &delegation.label)?)
    }

    /// Whether one more may be asked.
    pub async fn has_room_for_delegate(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
    ) -> Result<bool, BankError> {
        let all = self.book.list::<Delegation>("holder_id", &holder_id.to_string()).await?;
        Ok(all.iter().filter(|d| d.standing.is_open(ctx.now)).count() < DELEGATES_MAX)
    }

    /// The delegates of a holder to whom notices are announced.
    pub(crate) async fn watchers(&self, holder_id: HolderId) -> Result<Vec<Watcher>, BankError> {
        let mut watchers = Vec::new();
        for one in self.book.list::<Delegation>("holder_id", &holder_id.to_string()).await? {
            let Standing::Active { ends_at, .. } = one.standing else { continue };
            let Some(contact) = one.contact.clone().filter(|_| one.tells) else { continue };
            if let Some(key) = self.book.find::<PersonKey>(one.delegation_id).await? {
                watchers.push(Watcher { key: key.into_inner(), contact, ends_at });
            }
        }
        Ok(watchers)
    }

    /// Adds to `unit` that whoever looks after the accounts hears that the holder was told something:
    /// what about, and no more. Amount, company and stop code are the holder's, or are seen on the page.
    pub(crate) fn tell_watchers(
        &self,
        unit: &mut Unit,
        ctx: &Ctx<'_>,
        known: &Known,
        kind: &str,
    ) -> Result<(), BankError> {
        let content =
            Content::new("watched").with("bank", &self.config.name).with("topic", topic(kind));
        for watcher in known.watchers.iter().filter(|watcher| ctx.now < watcher.ends_at) {
            let (channel, to): (Channel, String) =
                self.vault.open(&watcher.key, CONTACT, &watcher.contact)?;
            let contact = Contact { channel, to };
            unit.insert(&Message::compose(&self.vault, ctx, &watcher.key, &contact, &content)?);
        }
        Ok(())
    }
}
