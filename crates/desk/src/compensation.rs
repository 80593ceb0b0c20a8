//! Which compensation policy is in force (FT-24 to FT-28): versions that two people put there.
//!
//! ```text
//!  text ─ read, without gaps ─▶ proposed ─ a second person ─▶ live ─ the next one ─▶ ended
//!                                   └── declined
//! ```
//!
//! While nobody made another one live, what ships is in force. What stands under the name of a version
//! never changes: a claim names the version that it was opened under. One that pays less, later or fewer
//! people than what is in force goes with a record of its risks ([`risk_record`]).

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    compensation::{Policy, shipped},
    id::{ApprovalId, StaffId},
};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use crate::{
    DeskError,
    approval::Approval,
    policy::Standing,
    risk_record::{self, Live, Unsigned, Weighed},
};

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
    /// It makes good less, later or for fewer people, and no whole record of the risks is with it.
    #[error("it makes good less: a record of the risks is needed")]
    Unsigned(#[from] Unsigned),
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

/// What of the policy in force this one would not do as well for whoever lost money.
pub async fn loosened(book: &Book, policy: &Policy) -> Result<Vec<String>, RecordError> {
    Ok(in_force(book).await?.0.loosened_by(policy))
}

/// One person asks that a policy be put in force. Where it makes good less, the record of the risks in
/// `weighed` goes with it.
pub async fn propose(
    (book, ctx): (&Book, &Ctx<'_>),
    by: StaffId,
    (policy, text): (Policy, &str),
    reason: &str,
    weighed: &Weighed,
) -> Result<ApprovalId, Refused> {
    if !policy.gaps().is_empty() {
        return Err(Refused::Gaps);
    }
    let version = policy.version.clone();
    let (live, _) = in_force(book).await?;
    let loosened = live.loosened_by(&policy);
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
    let (about, live) = ((LIVE, version.as_str(), reason), Live::Compensation(&live));
    risk_record::write(&mut unit, ctx, by, about, (live, &loosened, weighed))?;
    unit.insert(&approval).audit(
        AuditEntry::new(ctx.now, by, "compensation.proposed", &version).with("reason", reason),
    );
    match book.commit(unit).await {
        Ok(()) => Ok(approval.approval_id),
        Err(RecordError::Duplicate { .. } | RecordError::Conflict { .. }) => Err(Refused::Known),
        Err(error) => Err(error.into()),
    }
}

/// A second person agreed, or anybody declined: adds to `unit` what follows. What is agreed to is weighed
/// against what is in force now, and `partners` have had a say in what it takes away.
pub async fn decide(
    (book, ctx): (&Book, &Ctx<'_>),
    unit: &mut Unit,
    (by, approval): (StaffId, &Approval),
    partners: &[String],
    agrees: bool,
) -> Result<(), DeskError> {
    let mut version = book.load::<Version>(&approval.subject).await?;
    if version.standing != Standing::Proposed {
        return Err(DeskError::Decided);
    }
    if agrees {
        let (live, _) = in_force(book).await?;
        let loosened = live.loosened_by(&version.policy);
        let what = (Live::Compensation(&live), &*loosened, partners);
        risk_record::sign((book, ctx), unit, (by, approval), what).await?;
        for mut old in book.list::<Version>("state", "live").await? {
            old.edit().standing = Standing::Ended { at: ctx.now };
            unit.update(&old);
        }
        version.edit().standing = Standing::Live { by, at: ctx.now };
    } else {
        risk_record::decline((book, ctx), unit, (by, approval)).await?;
        version.edit().standing = Standing::Declined { by, at: ctx.now };
    }
    let act = if agrees { "compensation.live" } else { "compensation.declined" };
    unit.update(&version).audit(
        AuditEntry::new(ctx.now, by, act, &version.version).with("asked_by", approval.asked_by),
    );
    Ok(())
}
