//! Which compensation policy is in force (FT-24 to FT-28): versions that two people put there.
//!
//! ```text
//!  text ─ read, without gaps ─▶ proposed ─ a second person ─▶ live ─ the next one ─▶ ended
//!                                   └── declined
//! ```
//!
//! While nobody made another one live, what ships is in force. What stands under the name of a version
//! never changes: a claim names the version that it was opened under.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    compensation::{Policy, shipped},
    id::{ApprovalId, StaffId},
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use crate::{DeskError, approval::Approval, policy::Standing};

/// The act of putting a version in force, as an approval names it.
pub const LIVE: &str = "compensation.live";

/// One version of a company's compensation policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Version {
    /// Its name.
    pub version: String,
    /// What it says.
    pub policy: Policy,
    /// The text that it was read from.
    pub text: String,
    /// Who proposed it.
    pub proposed_by: StaffId,
    /// When.
    pub proposed_at: Timestamp,
    /// Why, in their words.
    pub reason: String,
    /// Where it stands.
    pub standing: Standing,
}

record! { Version => "compensation" by |v| v.version.clone();
    many state = |v| Some(match v.standing {
        Standing::Proposed => "proposed",
        Standing::Live { .. } => "live",
        Standing::Ended { .. } | Standing::Declined { .. } => "past",
    }.to_owned());
    unique live = |v| matches!(v.standing, Standing::Live { .. }).then(|| "live".to_owned());
}

/// Why a policy cannot be proposed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Something is missing from it.
    #[error("the policy has gaps")]
    Gaps,
    /// Another text has this name, is in force or waits for a second person.
    #[error("give it a new version")]
    Known,
    /// The record could not be kept.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
}

/// The policy in force, and since when: none where it is the one that ships.
pub async fn in_force(book: &Book) -> Result<(Policy, Option<Timestamp>), RecordError> {
    let Some(live) = book.find_by::<Version>("live", "live").await? else {
        return Ok((shipped(), None));
    };
    let since = match live.standing {
        Standing::Live { at, .. } => Some(at),
        Standing::Proposed | Standing::Ended { .. } | Standing::Declined { .. } => None,
    };
    Ok((live.policy.clone(), since))
}

/// One version.
pub async fn find(book: &Book, version: &str) -> Result<Option<Version>, RecordError> {
    Ok(book.find::<Version>(version).await?.map(Stored::into_inner))
}

/// One person asks that a policy be put in force.
pub async fn propose(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    (policy, text): (Policy, &str),
    reason: &str,
) -> Result<ApprovalId, Refused> {
    if !policy.gaps().is_empty() {
        return Err(Refused::Gaps);
    }
    let version = policy.version.clone();
    let proposed = Version {
        version: version.clone(),
        policy,
        text: text.to_owned(),
        proposed_by: by,
        proposed_at: ctx.now,
        reason: reason.to_owned(),
        standing: Standing::Proposed,
    };
    let approval = Approval::ask(ctx, by, LIVE, &version, reason);
    let mut unit = Unit::new();
    match book.find::<Version>(&version).await? {
        None if version == shipped().version => return Err(Refused::Known),
        None => {
            unit.insert(&proposed);
        }
        // Declined once: the same text may be asked for again, another one never under its name.
        Some(mut known) if matches!(known.standing, Standing::Declined { .. }) => {
            if known.policy != proposed.policy {
                return Err(Refused::Known);
            }
            *known.edit() = proposed;
            unit.update(&known);
        }
        Some(_) => return Err(Refused::Known),
    }
    unit.insert(&approval).audit(
        AuditEntry::new(ctx.now, by, "compensation.proposed", &version).with("reason", reason),
    );
    match book.commit(unit).await {
        Ok(()) => Ok(approval.approval_id),
        Err(RecordError::Duplicate { .. } | RecordError::Conflict { .. }) => Err(Refused::Known),
        Err(error) => Err(error.into()),
    }
}

/// A second person agreed, or anybody declined: adds to `unit` what follows.
pub async fn decide(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (by, approval): (StaffId, &Approval),
    agrees: bool,
) -> Result<(), DeskError> {
    let mut version = book.load::<Version>(&approval.subject).await?;
    if version.standing != Standing::Proposed {
        return Err(DeskError::Decided);
    }
    if agrees {
        for mut old in book.list::<Version>("state", "live").await? {
            old.edit().standing = Standing::Ended { at: ctx.now };
            unit.update(&old);
        }
        version.edit().standing = Standing::Live { by, at: ctx.now };
    } else {
        version.edit().standing = Standing::Declined { by, at: ctx.now };
    }
    let act = if agrees { "compensation.live" } else { "compensation.declined" };
    unit.update(&version).audit(
        AuditEntry::new(ctx.now, by, act, &version.version).with("asked_by", approval.asked_by),
    );
    Ok(())
}
