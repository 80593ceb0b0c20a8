//! Telephone and mail are what a bank tells, calls and believes: changing one takes a fresh passkey
//! over exactly the change, is told to the old and the new, and makes everything new wait
//! (FT-12, BK-03).
//!
//! The core keeps the contacts, so it also reports changes that were made at a branch or by
//! telephone: since when each contact has been on file. Both count alike. The postal address is
//! changed at a branch only.

use jiff::Timestamp;
use kanuki_desk::{
    DeskError,
    authenticator::Authenticator,
    evidence::{Answer, Content as Answered, Shown},
    notice,
    outbox::{Channel, Contact, Content},
};
use kanuki_domain::{
    Ctx, Masked,
    id::{AuthenticatorId, ContactChangeId, HolderId, encode_base32},
    limits::{DAY_SECS, RECOVERY_WAIT_SECS},
    mandate::later,
};
use kanuki_passkey::AssertionState;
use kanuki_record::{AuditEntry, Stored, Unit, record, vault::Sealed};
use kanuki_wire::{
    set,
    transaction::{ContactKind, Signed},
};
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError, CoreAnswer,
    holder::{Holder, Known, load},
    waiting::waiting,
};

/// Longest mail address (RFC 5321).
const MAIL_MAX: usize = 254;
pub(super) const VALUE: &str = "contact_change|to";
/// What a contact was before it was changed is sealed as this.
pub(super) const BEFORE: &str = "contact_change|before";

/// A change that a holder signed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ContactChange {
    /// Its id, also at the core.
    pub change_id: ContactChangeId,
    /// Whose.
    pub holder_id: HolderId,
    /// Which contact.
    pub kind: ContactKind,
    /// What it becomes, sealed.
    pub(super) to: Sealed,
    /// When.
    pub signed_at: Timestamp,
    /// Whether the core has it.
    pub progress: ChangeProgress,
    /// What was on file before, sealed.
    #[serde(default)]
    pub(super) before: Option<Sealed>,
    /// What signed it.
    #[serde(default)]
    pub(super) signed_with: Option<AuthenticatorId>,
    /// When whoever was told of it said that they never let that in.
    #[serde(default)]
    pub disowned_at: Option<Timestamp>,
}

/// Where a change stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeProgress {
    /// The core is told until it answers.
    Open,
    /// The core has it.
    Done,
    /// The core does not take it: a branch does.
    Refused,
    /// It was stopped before the core had it.
    CalledOff,
}

record! { ContactChange => "contact_change" by |c| c.change_id.to_string();
    many holder_id = |c| Some(c.holder_id.to_string());
    many progress = |c| Some(match c.progress {
        ChangeProgress::Open => "open",
        ChangeProgress::Done => "done",
        ChangeProgress::Refused => "refused",
        ChangeProgress::CalledOff => "called_off",
    }.to_owned());
}

/// What must come back with the signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeState {
    kind: ContactKind,
    to: Masked<String>,
    pre_image: String,
    assertion: AssertionState,
    shown: Option<Shown>,
}

impl ChangeState {
    /// Notes what the page showed, to be kept with the answer.
    pub fn showing(&mut self, shown: Shown) {
        self.shown = Some(shown);
    }
}

/// The contact as it is kept: digits of a telephone, or a plausible mail address.
pub(crate) fn plain(kind: ContactKind, typed: &str) -> Option<String> {
    match kind {
        ContactKind::Phone => kanuki_formats::phone::fold_phone(typed),
        ContactKind::Email => {
            let mail = typed.trim();
            let (name, host) = mail.split_once('@')?;
            let is_plain =
                mail.bytes().all(|b| b.is_ascii_graphic() && !b"<>()[]\\,;:\"".contains(&b));
            let fits = mail.len() <= MAIL_MAX && !name.is_empty() && host.contains('.');
            (is_plain && fits && !host.contains('@')).then(|| mail.to_owned())
        }
    }
}

/// How a message reaches it.
pub(crate) const fn channel(kind: ContactKind) -> Channel {
    match kind {
        ContactKind::Phone => Channel::Sms,
        ContactKind::Email => Channel::Mail,
    }
}

impl Known {
    /// When a contact last changed, as far as we or the core know.
    #[must_use]
    pub fn contact_changed_at(&self) -> Option<Timestamp> {
        let on_file = self.core.on_file;
        let known = [
            self.holder.contact_changed_at,
            on_file.phone_since,
            on_file.email_since,
            on_file.address_since,
        ];
        known.into_iter().flatten().max()
    }

    /// From when on a contact that changed no longer holds back new links and raised caps.
    #[must_use]
    pub fn settles_at(&self) -> Timestamp {
        self.contact_changed_at().map_or(Timestamp::MIN, |at| later(at, RECOVERY_WAIT_SECS))
    }
}

impl Bank {
    /// From when on `authenticator` may sign a new link: a passkey beside older ones is a new
    /// device, and waits unless the person themself or their identity card was seen for it. So does
    /// what a passkey let in: whoever holds the telephone for a minute must not stay. An older one that
    /// has ended counts: a stop loosens nothing.
    pub(crate) async fn device_settles_at(
        &self,
        authenticator: &Authenticator,
    ) -> Result<Timestamp, BankError> {
        let all = self.book.list::<Authenticator>("owner_id", &authenticator.owner_id).await?;
        let is_first = all.iter().all(|other| other.created_at >= authenticator.created_at);
        let was_let_in = authenticator.let_in_by.is_some();
        if !was_let_in && (is_first || !authenticator.route.rests_on_a_code()) {
            return Ok(Timestamp::MIN);
        }
        Ok(later(authenticator.created_at, RECOVERY_WAIT_SECS))
    }

    /// Refuses a new link while a changed contact or a new device holds it back.
    pub(crate) async fn require_settled(
        &self,
        ctx: &Ctx<'_>,
        known: &Known,
        authenticator: Option<&Authenticator>,
    ) -> Result<(), BankError> {
        if !self.rules.waits_for_contacts() {
            return Ok(());
        }
        let mut until = known.settles_at();
        if let Some(authenticator) = authenticator {
            until = until.max(self.device_settles_at(authenticator).await?);
        }
        if ctx.now < until { Err(BankError::Waits { until }) } else { Ok(()) }
    }

    /// Whether a contact changed within a day: caps are halved. What cannot be known now counts as
    /// changed.
    pub(crate) async fn halves(&self, ctx: &Ctx<'_>, holder_id: HolderId) -> bool {
        if !self.rules.waits_for_contacts() {
            return false;
        }
        match self.known(holder_id).await {
            Ok(known) => {
                let changed = known.contact_changed_at();
                changed.is_some_and(|at| ctx.now < later(at, DAY_SECS))
            }
            Err(error) => {
                tracing::warn!(%error, "contacts are not known: caps are halved");
                true
            }
        }
    }

    /// What the holder signs to change a contact.
    pub async fn start_contact_change(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        (kind, typed): (ContactKind, &str),
    ) -> Result<(String, String, ChangeState), BankError> {
        let to = plain(kind, typed).ok_or(BankError::Amounts)?;
        let nonce = encode_base32(u128::from_be_bytes(ctx.random()));
        let signed = Signed::ChangeContact { contact: kind, to: to.clone(), nonce };
        let challenge = signed.challenge().map_err(|_| BankError::Amounts)?;
        let canonical = signed.canonical().map_err(|_| BankError::Amounts)?;
        let (options, assertion) = self.start_signature(holder_id, challenge).await?;
        let pre_image = String::from_utf8_lossy(&canonical).into_owned();
        let kept = Masked::new(to.clone());
        let state = ChangeState { kind, to: kept, pre_image, assertion, shown: None };
        Ok((to, options, state))
    }

    /// The holder signed: old and new contacts are told, everything new waits, and the core is told
    /// until it has it.
    pub async fn finish_contact_change(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, browser): (HolderId, &str),
        (response, state): (&str, &ChangeState),
    ) -> Result<ContactChangeId, BankError> {
        let signed = self.finish_signature(ctx, holder_id, response, &state.assertion).await?;
        let authenticator = signed.authenticator;
        // A code can be talked out of anyone, and a contact is where everything else is told.
        let settled = later(authenticator.created_at, RECOVERY_WAIT_SECS);
        if authenticator.route.rests_on_a_code() && ctx.now < settled {
            return Err(BankError::Desk(DeskError::TooEarly));
        }
        let known = self.known(holder_id).await?;
        let to = state.to.expose();
        let before = known.contacts().into_iter().find(|one| one.channel == channel(state.kind));
        let before = before.map(|one| self.vault.seal(ctx, &known.key, BEFORE, &one.to));
        let change = ContactChange {
            change_id: ContactChangeId::generate(ctx),
            holder_id,
            kind: state.kind,
            to: self.vault.seal(ctx, &known.key, VALUE, to)?,
            signed_at: ctx.now,
            progress: ChangeProgress::Open,
            before: before.transpose()?,
            signed_with: Some(authenticator.authenticator_id),
            disowned_at: None,
        };
        let mut holder = load::<Holder>(&self.book, holder_id).await?;
        holder.edit().contact_changed_at = Some(ctx.now);
        let mut unit = Unit::new();
        let answered = Answered {
            shown: state.shown.clone(),
            pre_image: state.pre_image.clone(),
            assertion: Some(signed.signature),
        };
        let from = (change.change_id.to_string(), browser, Answer::Signed);
        self.keep_answer(ctx, &mut unit, &known.key, from, &answered)?;
        unit.insert(&change).update(&holder).audit(
            AuditEntry::new(ctx.now, holder_id, "holder.contact_changed", change.change_id)
                .with("contact", state.kind.name()),
        );
        self.hold_raises(ctx, &mut unit, holder_id).await?;
        self.note_changed_contact(ctx, &mut unit, holder_id, (state.kind, to)).await?;
        let stops = authenticator.authenticator_id;
        self.tell_change(&mut unit, ctx, (&known, stops), &change, to)?;
        let cause = change.change_id.to_string();
        let changed = [set::Event::IdentifierChanged {}];
        self.tell_wallets(ctx, &mut unit, (holder_id, &cause), &changed).await?;
        self.book.commit(unit).await?;
        let change = load::<ContactChange>(&self.book, change.change_id).await?;
        let id = change.change_id;
        self.drive_change(ctx, change).await?;
        Ok(id)
    }

    /// Old and new: whoever had the contact before must hear of it there.
    fn tell_change(
        &self,
        unit: &mut Unit,
        ctx: &Ctx<'_>,
        (known, stops): (&Known, impl ToString),
        change: &ContactChange,
        to: &str,
    ) -> Result<(), BankError> {
        let contacts = known.contacts();
        let new = Contact { channel: channel(change.kind), to: to.to_owned() };
        let recipient = notice::Recipient { key: &known.key, contacts: &contacts };
        let content = Content::new(match change.kind {
            ContactKind::Phone => "phone_changed",
            ContactKind::Email => "email_changed",
        });
        self.tell_watchers(unit, ctx, known, &content.kind)?;
        let content = content.with("bank", &self.config.name);
        let both = (recipient, std::slice::from_ref(&new));
        Ok(notice::tell_also(unit, &self.vault, ctx, both, stops, content)?)
    }

    /// Tells the core what it does not have yet. Called by the worker; calling it twice is fine.
    pub async fn recover_contact_changes(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let mut done: usize = 0;
        for change in waiting::<ContactChange>(&self.book, "progress", "open").await? {
            let id = change.change_id;
            match self.drive_change(ctx, change).await {
                Ok(()) => done = done.saturating_add(1),
                Err(error) => tracing::warn!(%error, change.id = %id, "a contact waits"),
            }
        }
        Ok(done)
    }

    async fn drive_change(
        &self,
        ctx: &Ctx<'_>,
        mut change: Stored<ContactChange>,
    ) -> Result<(), BankError> {
        let known = self.known(change.holder_id).await?;
        let to: String = self.vault.open(&known.key, VALUE, &change.to)?;
        let customer = known.holder.customer_no.as_str();
        let kind = change.kind;
        let id = change.change_id;
        // No answer is a state: it is told again.
        let Ok(answer) = self.core.change_contact(id, customer, (kind, &to)).await else {
            return Ok(());
        };
        change.edit().progress = match answer {
            CoreAnswer::Done => ChangeProgress::Done,
            CoreAnswer::Refused | CoreAnswer::NotEnoughMoney => ChangeProgress::Refused,
        };
        let said = if answer == CoreAnswer::Done {
            "holder.contact_kept"
        } else {
            "holder.contact_refused"
        };
        let mut unit = Unit::new();
        unit.update(&change).audit(AuditEntry::new(ctx.now, "core", said, id));
        match self.book.commit(unit).await {
            Ok(()) | Err(kanuki_record::RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// A holder's changes, newest first.
    pub async fn contact_changes(
        &self,
        holder_id: HolderId,
    ) -> Result<Vec<ContactChange>, BankError> {
        let all = self.book.list::<ContactChange>("holder_id", &holder_id.to_string()).await?;
        Ok(all.into_iter().map(Stored::into_inner).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_kept_in_one_form_or_not_at_all() {
        let phone = |typed| plain(ContactKind::Phone, typed);
        let email = |typed| plain(ContactKind::Email, typed);

        assert_eq!(phone("090-1111-2222"), phone("０９０１１１１２２２２"));
        assert_eq!(phone("call me"), None);
        assert_eq!(email(" a@example.jp "), Some("a@example.jp".to_owned()));
        for bad in ["", "a", "@b.jp", "a@b", "a@b.jp\nBcc: c@d.jp", "a@b@c.jp", "<a@b.jp>"] {
            assert_eq!(email(bad), None, "{bad}");
        }
    }
}
