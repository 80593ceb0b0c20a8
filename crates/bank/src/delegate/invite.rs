//! A holder asks somebody to look after their accounts, or to go on for another year.
//!
//! The code of the invitation is shown once to the holder, who hands it on, or goes by letter to the
//! address on file. It alone makes nobody a delegate who was not told of: whoever uses it becomes
//! known to the holder at every contact, with a code that ends it.

use jiff::Timestamp;
use kanuki_desk::{
    evidence::{Answer, Content as Answered, Shown},
    outbox::{Content, Message},
    stop_code::StopCode,
};
use kanuki_domain::{
    Ctx, Masked,
    id::{CaseId, DelegationId, HolderId, StaffId, encode_base32},
    limits::INVITATION_SECS,
    mandate::later,
};
use kanuki_passkey::AssertionState;
use kanuki_record::{AuditEntry, Unit};
use kanuki_wire::transaction::Signed;
use serde::{Deserialize, Serialize};

use super::{Delegation, InvitedBy, LABEL, Standing};
use crate::{
    Bank, BankError,
    desk::phone::Believed,
    holder::{Holder, Known, load},
};

/// Longest word that a holder has for somebody.
const LABEL_MAX: usize = 20;

/// What a holder wishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Somebody new.
    New {
        /// What the holder calls them.
        label: String,
        /// The bank's notices are announced to them.
        tells: bool,
    },
    /// Another year for somebody who is there.
    Renew(DelegationId),
}

/// What must come back with the signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InviteState {
    /// What the holder calls them.
    label: Masked<String>,
    tells: bool,
    renews: Option<DelegationId>,
    pre_image: String,
    assertion: AssertionState,
    shown: Option<Shown>,
}

impl InviteState {
    /// Notes what the page shows beside the button.
    pub fn showing(&mut self, shown: Shown) {
        self.shown = Some(shown);
    }
}

/// What came of a signature.
#[derive(Debug)]
pub enum Invited {
    /// A code to hand on, shown once.
    New {
        /// The code, as it is printed.
        code: String,
        /// Until when it can be used.
        until: Timestamp,
    },
    /// It goes on until then.
    Renewed(Timestamp),
}

/// What a holder calls somebody: short, and nothing that a page or a message could trip over.
fn plain(typed: &str) -> Result<String, BankError> {
    let label = typed.trim();
    let is_plain = !label.chars().any(char::is_control);
    let fits = !label.is_empty() && label.chars().count() <= LABEL_MAX;
    if is_plain && fits { Ok(label.to_owned()) } else { Err(BankError::Amounts) }
}

impl Bank {
    /// What the holder signs to let somebody look after their accounts. `Amounts` for a name that is
    /// none, `TooMany` where there is no room.
    pub async fn start_inviting(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        wish: &Wish,
    ) -> Result<(String, String, InviteState), BankError> {
        let (label, tells, renews) = match wish {
            Wish::New { label, tells } => {
                if !self.has_room_for_delegate(ctx, holder_id).await? {
                    return Err(BankError::TooMany);
                }
                (plain(label)?, *tells, None)
            }
            Wish::Renew(id) => {
                let (known, found) =
                    (self.known(holder_id).await?, self.own_delegation(holder_id, *id).await?);
                if !found.standing.is_active(ctx.now) {
                    return Err(BankError::NotAvailable);
                }
                (self.label_of(&known, &found)?, found.tells, Some(*id))
            }
        };
        let nonce = encode_base32(u128::from_be_bytes(ctx.random()));
        let signed = Signed::InviteDelegate { label: label.clone(), tells, renews, nonce };
        let challenge = signed.challenge().map_err(|_| BankError::Amounts)?;
        let canonical = signed.canonical().map_err(|_| BankError::Amounts)?;
        let (options, assertion) = self.start_signature(holder_id, challenge).await?;
        let pre_image = String::from_utf8_lossy(&canonical).into_owned();
        let kept = Masked::new(label.clone());
        Ok((
            label,
            options,
            InviteState { label: kept, tells, renews, pre_image, assertion, shown: None },
        ))
    }

    /// The holder signed. A passkey that is new, came by a code lately, or stands beside a contact
    /// that just changed invites nobody: whoever talked a code out of a holder must not stay as their
    /// helper.
    pub async fn finish_inviting(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, browser): (HolderId, &str),
        (response, state): (&str, &InviteState),
    ) -> Result<Invited, BankError> {
        let signed = self.finish_signature(ctx, holder_id, response, &state.assertion).await?;
        let known = self.known(holder_id).await?;
        let until = self.settled_from(&known, &signed.authenticator).await?;
        if ctx.now < until {
            return Err(BankError::Waits { until });
        }
        let key_id = signed.authenticator.authenticator_id;
        let answered = Answered {
            shown: state.shown.clone(),
            pre_image: state.pre_image.clone(),
            assertion: Some(signed.signature),
        };
        let mut unit = Unit::new();
        let (about, invited) = if let Some(id) = state.renews {
            (id, self.renew(ctx, &mut unit, &known, id).await?)
        } else {
            let wish = (state.label.expose().as_str(), state.tells);
            let by = InvitedBy::Holder { with: key_id };
            let (id, code) = self.invite(ctx, &mut unit, &known, (wish, by)).await?;
            let until = later(ctx.now, INVITATION_SECS);
            (id, Invited::New { code: code.grouped(), until })
        };
        let from = (about.to_string(), browser, Answer::Signed);
        self.keep_answer(ctx, &mut unit, &known.key, from, &answered)?;
        self.book.commit(unit).await?;
        Ok(invited)
    }

    /// Staff, who called back or have the holder before them, invite for a holder without a browser:
    /// the code goes by letter to the address on file, and to nobody at the desk.
    pub(crate) async fn invite_for_caller(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, case_id): (HolderId, CaseId),
        (by, believed): (StaffId, Believed),
        label: &str,
    ) -> Result<(), BankError> {
        let label = plain(label)?;
        let known = self.known(holder_id).await?;
        if !self.has_room_for_delegate(ctx, holder_id).await? {
            return Err(BankError::TooMany);
        }
        // A number or an address that is new proves nothing (FT-12, BK-03).
        let is_reached = believed != Believed::CalledBack || known.line(ctx.now).is_some();
        let Some(letterbox) = known.letterbox(ctx.now).filter(|_| is_reached) else {
            return Err(BankError::Waits { until: known.settles_at() });
        };
        let mut unit = Unit::new();
        let wish = ((label.as_str(), false), InvitedBy::Staff { case_id });
        let (id, code) = self.invite(ctx, &mut unit, &known, wish).await?;
        let content = Content::new("delegate_letter")
            .with("bank", &self.config.name)
            .with("label", &label)
            .with("code", code.grouped());
        unit.insert(&Message::compose(&self.vault, ctx, &known.key, &letterbox, &content)?);
        unit.audit(AuditEntry::new(ctx.now, by, "delegate.invited_by_staff", id));
        Ok(self.book.commit(unit).await?)
    }

    async fn invite(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        known: &Known,
        ((label, tells), invited_by): ((&str, bool), InvitedBy),
    ) -> Result<(DelegationId, StopCode), BankError> {
        let holder_id = known.holder.holder_id;
        // The same letters as a stop code's: they survive being read out and typed by anybody.
        let code = StopCode::generate(ctx);
        let delegation = Delegation {
            delegation_id: DelegationId::generate(ctx),
            holder_id,
            label: self.vault.seal(ctx, &known.key, LABEL, &label)?,
            tells,
            contact: None,
            code_hash: Some(code.blinded(&self.vault)),
            standing: Standing::Invited { until: later(ctx.now, INVITATION_SECS) },
            invited_at: ctx.now,
            invited_by,
            acts: Vec::new(),
            untold: Vec::new(),
            stop_all_told_at: None,
            reminded: 0,
        };
        let id = delegation.delegation_id;
        // Two at the same moment must not both find the last room: the row of the holder decides.
        let holder = load::<Holder>(&self.book, holder_id).await?;
        if !self.has_room_for_delegate(ctx, holder_id).await? {
            return Err(BankError::TooMany);
        }
        unit.update(&holder).insert(&delegation).audit(AuditEntry::new(
            ctx.now,
            holder_id,
            "delegate.invited",
            id,
        ));
        let content = Content::new("delegate_invited").with("label", label);
        self.tell(unit, ctx, known, id, content)?;
        Ok((id, code))
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_a_holder_calls_somebody_is_short_and_plain() {
        assert_eq!(plain(" 長女 花子 ").unwrap(), "長女 花子");
        for bad in ["", "  ", "a\nb", &"あ".repeat(21)] {
            assert!(plain(bad).is_err(), "{bad}");
        }
    }
}
