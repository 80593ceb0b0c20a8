//! A member of staff leaves: one colleague asks, another agrees.
//!
//! Whoever was robbed, or turned rogue, must not go on as "the second person". What ends is
//! everything at once: the invitation, every passkey, and what they asked for and nobody has agreed
//! to yet; the company's server ends their sessions. What they did before stays in the record.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId},
};
use kanuki_record::{AuditEntry, Book, RecordError, Unit};

use crate::{
    DeskError,
    approval::Approval,
    authenticator::{Authenticator, list_live},
    claim, compensation, officer, policy,
    registry::every,
    risk_record,
    staff::Staff,
};

/// The act of ending a member of staff.
pub const END: &str = "staff.end";

/// So many must be able to work at the desk: below that nothing that was stopped could be released.
const LEFT_MIN: usize = 2;

/// Where somebody stands at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// They have a passkey here.
    Works,
    /// They have a code and no passkey yet.
    Invited {
        /// Until when the code can be used.
        until: Timestamp,
    },
    /// Neither: their code has run out.
    Lapsed,
    /// They may do nothing more.
    Left {
        /// Since when.
        at: Timestamp,
    },
}

/// A member of staff, as colleagues see them.
#[derive(Clone, Debug)]
pub struct Member {
    /// Their id.
    pub staff_id: StaffId,
    /// Their name.
    pub name: String,
    /// Where they stand.
    pub presence: Presence,
    /// They have the role of an officer.
    pub is_officer: bool,
}

/// Everybody, by name.
pub async fn members(book: &Book, now: Timestamp) -> Result<Vec<Member>, RecordError> {
    let mut members = Vec::new();
    for staff in every::<Staff>(book, |_| true).await? {
        let presence = match (staff.left_at, staff.activation_until) {
            (Some(at), _) => Presence::Left { at },
            (None, Some(until)) if now < until => Presence::Invited { until },
            (None, Some(_)) => Presence::Lapsed,
            (None, None) if list_live(book, staff.staff_id).await?.is_empty() => Presence::Lapsed,
            (None, None) => Presence::Works,
        };
        let (name, is_officer) = (staff.name.clone(), staff.is_officer());
        members.push(Member { staff_id: staff.staff_id, name, presence, is_officer });
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}

/// Adds to `unit` that `by` asks to end `staff_id`, who has not left yet.
pub async fn ask(
    (book, ctx): (&Book, &Ctx<'_>),
    unit: &mut Unit,
    by: StaffId,
    staff_id: StaffId,
    reason: &str,
) -> Result<ApprovalId, DeskError> {
    let staff = book.load::<Staff>(staff_id).await?;
    if staff.left_at.is_some() {
        return Err(DeskError::Decided);
    }
    let approval = Approval::ask(ctx, by, END, staff_id, reason);
    unit.insert(&approval)
        .audit(AuditEntry::new(ctx.now, by, "staff.end_asked", staff_id).with("reason", reason));
    Ok(approval.approval_id)
}

/// Adds to `unit`, which holds `approval` as agreed to by `by`, that its subject may do nothing more.
/// Answers what they had asked for, which fell with it.
pub async fn end(
    (book, ctx): (&Book, &Ctx<'_>),
    unit: &mut Unit,
    by: StaffId,
    approval: &Approval,
) -> Result<Vec<Approval>, DeskError> {
    let staff_id: StaffId = approval.subject.parse().map_err(|_| DeskError::NotAccepted)?;
    let others = members(book, ctx.now).await?;
    let stays =
        |member: &&Member| member.staff_id != staff_id && member.presence == Presence::Works;
    let stay: Vec<StaffId> = others.iter().filter(stays).map(|member| member.staff_id).collect();
    if stay.len() < LEFT_MIN {
        return Err(DeskError::TooFew);
    }
    officer::may_end((book, ctx.now), staff_id, [by, approval.asked_by]).await?;
    officer::hold(book, unit, stay, |staff| staff.left_at.is_none()).await?;
    let mut staff = book.load::<Staff>(staff_id).await?;
    if staff.left_at.is_some() {
        return Err(DeskError::Decided);
    }
    staff.edit().leave(ctx.now);
    unit.update(&staff);
    let keys = list_live(book, staff_id).await?;
    let count = keys.len();
    for mut key in keys {
        let key_row: &mut Authenticator = key.edit();
        key_row.revoked_at = Some(ctx.now);
        unit.update(&key);
    }
    let mut fell = Vec::new();
    for mut asked in every::<Approval>(book, |asked| asked.asked_by == staff_id).await? {
        if asked.approval_id != approval.approval_id && asked.edit().decline(by, ctx.now).is_ok() {
            unit.update(&asked).audit(
                AuditEntry::new(ctx.now, by, "approval.declined", &asked.subject)
                    .with("approval", asked.approval_id)
                    .with("because", "its asker left"),
            );
            // Else its text could never be proposed again, nor its record of risks be written anew, nor
            // its claim ever be paid: each waits for the answer that nobody gives any more.
            let about = (by, &*asked);
            match asked.act.as_str() {
                policy::LIVE => policy::decline(book, ctx, unit, about).await?,
                compensation::LIVE => {
                    compensation::decide((book, ctx), unit, about, &[], false).await?;
                }
                _ if claim::is_about(&asked) => {
                    let claim = claim::decide(book, ctx, unit, about, false).await?;
                    unit.update(&claim);
                }
                _ => risk_record::decline((book, ctx), unit, about).await?,
            }
            fell.push(asked.into_inner());
        }
    }
    unit.audit(
        AuditEntry::new(ctx.now, by, "staff.ended", staff_id)
            .with("asked_by", approval.asked_by)
            .with("passkeys", count),
    );
    Ok(fell)
}
