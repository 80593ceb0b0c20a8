//! People who work at the desk. They sign in with passkeys, and only so.

use jiff::Timestamp;
use kanuki_domain::{Ctx, id::StaffId, typed};
use kanuki_record::{Book, record, vault::Vault};
use serde::{Deserialize, Serialize};

use crate::DeskError;

/// A member of staff.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Staff {
    /// Their id; also the user handle of their passkeys.
    pub staff_id: StaffId,
    /// Name shown at the desk.
    pub name: String,
    activation_hash: Option<String>,
    /// Until when the activation code can register the first passkey.
    pub activation_until: Option<Timestamp>,
    /// They left; they may do nothing more.
    pub left_at: Option<Timestamp>,
    /// They may read what nobody else may know of ([`officer`](crate::officer)).
    #[serde(default)]
    is_officer: bool,
}

record! { Staff => "staff" by |s| s.staff_id.to_string();
    unique activation_hash = |s| s.activation_hash.clone();
    many name = |s| Some(s.name.clone());
}

impl Staff {
    /// A new member, who registers their first passkey with `activation_code` before `until`.
    pub fn invite(
        ctx: &Ctx<'_>,
        vault: &Vault,
        name: &str,
        activation_code: &str,
        until: Timestamp,
    ) -> Self {
        Self {
            staff_id: StaffId::generate(ctx),
            name: name.to_owned(),
            activation_hash: Some(activation_hash(vault, activation_code)),
            activation_until: Some(until),
            left_at: None,
            is_officer: false,
        }
    }

    /// The same with the role of an officer from the first day on.
    #[must_use]
    pub fn as_officer(self) -> Self {
        Self { is_officer: true, ..self }
    }

    /// Whether they have the role and have not left.
    #[must_use]
    pub const fn is_officer(&self) -> bool {
        self.is_officer && self.left_at.is_none()
    }

    pub(crate) const fn set_officer(&mut self, is: bool) {
        self.is_officer = is;
    }

    /// The activation code was used: it works once.
    pub fn mark_activated(&mut self) {
        self.activation_hash = None;
        self.activation_until = None;
    }

    /// They may do nothing more; an invitation ends too.
    pub(crate) fn leave(&mut self, now: Timestamp) {
        self.mark_activated();
        self.left_at = Some(now);
    }

    /// True while the code may still be used.
    #[must_use]
    pub fn can_activate(&self, now: Timestamp) -> bool {
        self.left_at.is_none() && self.activation_until.is_some_and(|until| now < until)
    }
}

/// What the page of an invitation may say to whoever has its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Whom it is for.
    pub name: String,
    /// Until when the code is good.
    pub until: Timestamp,
}

impl Staff {
    /// The invitation, while its code may still be used.
    #[must_use]
    pub fn invitation(&self, now: Timestamp) -> Option<Invitation> {
        let until = self.activation_until.filter(|_| self.can_activate(now))?;
        Some(Invitation { name: self.name.clone(), until })
    }
}

/// Refuses what rests on somebody who has left. What they asked for, brought or proposed is worth
/// nothing any more, whoever agrees to it: they may have been robbed, or turned rogue.
///
/// A row of staff is never deleted, so whoever has none has not left.
pub async fn require_not_left(
    book: &Book,
    people: impl IntoIterator<Item = StaffId> + Send,
) -> Result<(), DeskError> {
    for id in people.into_iter().collect::<Vec<_>>() {
        if book.find::<Staff>(id).await?.is_some_and(|staff| staff.left_at.is_some()) {
            return Err(DeskError::HasLeft);
        }
    }
    Ok(())
}

/// What is kept of an activation code, or of another one that somebody types ([`typed::code`]).
#[must_use]
pub fn activation_hash(vault: &Vault, code: &str) -> String {
    vault.blind("activation", typed::code(code).as_bytes())
}
