//! Who may read what nobody else may know of: hits of sanctions lists and drafts of reports of suspicious
//! transactions (FT-57).
//!
//! ```text
//!  invited with the role ─┐
//!  asked by one ─ agreed to by another, one of them an officer ─▶ officer ─ the same way back ─▶ none
//! ```
//!
//! Whoever has the role is an [`Officer`], and the functions of [`screening`](crate::screening) and
//! [`suspicion`](crate::suspicion) take nothing less: it is looked up with every request, so an end is one
//! at once. Everybody else at the desk is told what they would be told of a page that there is not.

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId},
};
use kanuki_record::{AuditEntry, Book, RecordError, Unit};

use crate::{
    DeskError,
    approval::Approval,
    leaving::{Member, Presence, members},
    staff::Staff,
};

/// The act of giving somebody the role.
pub const GIVE: &str = "officer.give";
/// The act of taking it back.
pub const TAKE: &str = "officer.take";

/// So many who can act must stay: one alone could let nobody go.
const LEFT_MIN: usize = 2;

/// Proof that a member of staff has the role and has not left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Officer(StaffId);

impl Officer {
    /// Looks whether they have it; nothing where they do not.
    pub async fn find(book: &Book, staff_id: StaffId) -> Result<Option<Self>, RecordError> {
        let staff = book.find::<Staff>(staff_id).await?;
        Ok(staff.filter(|staff| staff.is_officer()).map(|_| Self(staff_id)))
    }

    /// Who it is.
    #[must_use]
    pub const fn id(self) -> StaffId {
        self.0
    }
}

/// Refuses what rests on the word of somebody who has left, or who has the role no more.
pub(crate) async fn require_officers(
    book: &Book,
    people: impl IntoIterator<Item = StaffId> + Send,
) -> Result<(), DeskError> {
    for id in people.into_iter().collect::<Vec<_>>() {
        if Officer::find(book, id).await?.is_none() {
            return Err(DeskError::HasLeft);
        }
    }
    Ok(())
}

/// What is asked for: that somebody has the role, or has it no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// That they have it.
    Give,
    /// That they do not.
    Take,
}

impl Wish {
    /// The act.
    #[must_use]
    pub const fn act(self) -> &'static str {
        match self {
            Self::Give => GIVE,
            Self::Take => TAKE,
        }
    }

    /// The wish of an act; nothing for other acts.
    #[must_use]
    pub fn of_act(act: &str) -> Option<Self> {
        [Self::Give, Self::Take].into_iter().find(|wish| wish.act() == act)
    }
}

/// Adds to `unit` that `by` asks it for `staff_id`.
pub async fn ask(
    (book, ctx): (&Book, &Ctx<'_>),
    unit: &mut Unit,
    by: StaffId,
    (staff_id, wish): (StaffId, Wish),
    reason: &str,
) -> Result<ApprovalId, DeskError> {
    let staff = book.load::<Staff>(staff_id).await?;
    if staff.left_at.is_some() || staff.is_officer() == (wish == Wish::Give) {
        return Err(DeskError::Decided);
    }
    // Two who have nothing could otherwise give it to each other.
    if wish == Wish::Give && staff_id == by {
        return Err(DeskError::SamePerson);
    }
    let approval = Approval::ask(ctx, by, wish.act(), staff_id, reason);
    let asked = match wish {
        Wish::Give => "officer.give_asked",
        Wish::Take => "officer.take_asked",
    };
    let entry = AuditEntry::new(ctx.now, by, asked, staff_id);
    unit.insert(&approval).audit(entry.with("reason", reason));
    Ok(approval.approval_id)
}

/// The officers who can act now or may begin to: who has a passkey, and who was invited and whose code is
/// still good. One whose code has run out, or who has no passkey left, is nobody who could let somebody in.
async fn officers(book: &Book, now: Timestamp) -> Result<Vec<Member>, RecordError> {
    let mut all = members(book, now).await?;
    let is_there =
        |member: &Member| matches!(member.presence, Presence::Works | Presence::Invited { .. });
    all.retain(|member| member.is_officer && is_there(member));
    Ok(all)
}

fn works(member: &Member) -> bool {
    member.presence == Presence::Works
}

/// Adds to `unit` that each of these `stays` when it is written: of two nodes that send away two people at
/// once, one is refused, and looks again.
pub(crate) async fn hold(
    book: &Book,
    unit: &mut Unit,
    people: Vec<StaffId>,
    stays: fn(&Staff) -> bool,
) -> Result<(), DeskError> {
    for id in people {
        let staff = book.load::<Staff>(id).await?;
        if !stays(&staff) {
            return Err(DeskError::Decided);
        }
        unit.update(&staff);
    }
    Ok(())
}

/// Whether these two may end somebody at the desk: an officer only if one of them is one too. Otherwise two
/// who are none could end them all, and begin anew as if nobody ever had been. The last one who can act can
/// be ended by anybody, because a robbed one must be, at once.
pub(crate) async fn may_end(
    (book, now): (&Book, Timestamp),
    staff_id: StaffId,
    two: [StaffId; 2],
) -> Result<(), DeskError> {
    let officers = officers(book, now).await?;
    let is_one = officers.iter().any(|officer| officer.staff_id == staff_id);
    let others = officers.iter().filter(|one| one.staff_id != staff_id && works(one));
    let mut others = others.peekable();
    let may = !is_one || others.peek().is_none() || others.any(|one| two.contains(&one.staff_id));
    if may { Ok(()) } else { Err(DeskError::NeedsOfficer) }
}

/// Adds to `unit`, which holds `approval` as agreed to by `by`, that its subject has the role or has it no
/// more. While anybody has it, one of the two must: nobody is let in by those who are not in themselves.
pub async fn decide(
    (book, ctx): (&Book, &Ctx<'_>),
    unit: &mut Unit,
    by: StaffId,
    approval: &Approval,
) -> Result<(), DeskError> {
    let wish = Wish::of_act(&approval.act).ok_or(DeskError::NotAccepted)?;
    let staff_id: StaffId = approval.subject.parse().map_err(|_| DeskError::NotAccepted)?;
    if staff_id == by {
        return Err(DeskError::SamePerson);
    }
    let officers = officers(book, ctx.now).await?;
    let is_one = |id: StaffId| officers.iter().any(|one| one.staff_id == id && works(one));
    if !officers.is_empty() && !is_one(by) && !is_one(approval.asked_by) {
        return Err(DeskError::NeedsOfficer);
    }
    let left = officers.iter().filter(|one| one.staff_id != staff_id && works(one));
    let left: Vec<StaffId> = left.map(|one| one.staff_id).collect();
    // Who was invited and never came could let nobody in, nor go.
    if wish == Wish::Take && is_one(staff_id) {
        if left.len() < LEFT_MIN {
            return Err(DeskError::TooFew);
        }
        hold(book, unit, left, Staff::is_officer).await?;
    }
    let mut staff = book.load::<Staff>(staff_id).await?;
    if staff.left_at.is_some() || staff.is_officer() == (wish == Wish::Give) {
        return Err(DeskError::Decided);
    }
    staff.edit().set_officer(wish == Wish::Give);
    unit.update(&staff).audit(
        AuditEntry::new(ctx.now, by, wish.act(), staff_id).with("asked_by", approval.asked_by),
    );
    Ok(())
}
