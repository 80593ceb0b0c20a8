//! What codes and tokens hang on: a grant, and how often its holder agreed to it.

use jiff::Timestamp;
use kanuki_domain::{
    assurance::Acr,
    id::{DebitApprovalId, GrantId, MandateId},
    mandate::MandateState,
};
use kanuki_record::{Book, RecordError, Unit, record};
use kanuki_wire::mandate as details;
use serde::{Deserialize, Serialize};

use crate::{approval::DebitApproval, link::Pushed, mandate::Mandate, sweep::forget_on};

/// What tokens hang on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub grant_id: GrantId,
    /// The mandate.
    pub mandate_id: MandateId,
    /// The client.
    pub client_id: String,
    /// What it may be used for.
    pub actions: Vec<details::Action>,
    /// It is for the one debit of this approval, beside the mandate's own grant.
    #[serde(default)]
    pub once: Option<DebitApprovalId>,
    /// How the holder proved themself when it was granted; rows from before it was kept, and
    /// grants that nobody proved, have none.
    #[serde(default)]
    pub acr: Option<Acr>,
    /// Every token issued so far is void.
    pub revoked_at: Option<Timestamp>,
    /// How often its holder agreed anew: codes and tokens of an earlier time are void.
    #[serde(default)]
    pub generation: u32,
    /// When nothing hangs on it any more, for one debit's.
    #[serde(default)]
    ends_at: Option<Timestamp>,
}

record! { Grant => "oauth_grant" by |g| g.grant_id.to_string();
    loose forget_on = |g| g.ends_at.map(forget_on);
}

impl Grant {
    /// The grant of a new mandate.
    pub(crate) fn of(mandate: &Mandate, pushed: &Pushed, acr: Option<Acr>) -> Self {
        Self {
            grant_id: mandate.grant_id,
            mandate_id: mandate.mandate_id,
            client_id: mandate.client_id.clone(),
            actions: pushed.actions.clone(),
            once: None,
            acr,
            revoked_at: None,
            generation: 0,
            ends_at: None,
        }
    }

    /// The grant of one debit that was signed: beside the mandate's, which stays as it is.
    pub(crate) fn once(approval: &DebitApproval, acr: Acr) -> Self {
        Self {
            grant_id: approval.grant_id(),
            mandate_id: approval.mandate_id,
            client_id: approval.client_id.clone(),
            actions: vec![details::Action::Debit],
            once: Some(approval.approval_id),
            acr: Some(acr),
            revoked_at: None,
            generation: 0,
            ends_at: Some(approval.expires_at),
        }
    }

    /// When the holder proved themself, in seconds since 1970, if they did.
    pub(super) fn auth_time(&self, signed_at: Timestamp) -> Option<i64> {
        self.acr.map(|_| signed_at.as_second())
    }

    /// What a code or token for it says: its name, and how often its holder had agreed.
    pub(crate) const fn names_now(&self) -> (GrantId, u32) {
        (self.grant_id, self.generation)
    }

    /// Whether a code or token of this generation is still worth anything.
    pub(super) fn honours(&self, generation: u32) -> bool {
        self.revoked_at.is_none() && self.generation == generation
    }

    /// Its holder agreed anew: every code and token issued so far is void (Grant Management leaves
    /// that open; a link has exactly one living consent).
    pub(super) fn replace(&mut self, actions: &[details::Action], acr: Acr) {
        self.generation = self.generation.saturating_add(1);
        self.revoked_at = None;
        self.acr = Some(acr);
        self.actions = actions.to_vec();
    }
}

/// Adds to `unit` that every token of a grant is void.
pub(crate) async fn revoke_all(
    book: &Book,
    unit: &mut Unit,
    grant_id: GrantId,
    now: Timestamp,
) -> Result<(), RecordError> {
    if let Some(mut grant) = book.find::<Grant>(grant_id).await?
        && grant.revoked_at.is_none()
    {
        grant.edit().revoked_at = Some(now);
        unit.update(&grant);
    }
    Ok(())
}

/// What a partner is told of a mandate's state; nothing once it has ended.
pub(super) fn standing(state: MandateState, now: Timestamp) -> Option<details::Standing> {
    let state = state.aged(now);
    match state {
        MandateState::Unconfirmed { lapses_at } => {
            Some(details::Standing::Unconfirmed { lapses_at })
        }
        MandateState::Active { .. } => {
            Some(details::Standing::Active { cooling_until: state.cooling_until(now) })
        }
        MandateState::Suspended { .. } => Some(details::Standing::Suspended),
        MandateState::Revoked { .. } | MandateState::Lapsed { .. } => None,
    }
}
