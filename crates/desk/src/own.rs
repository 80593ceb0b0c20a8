//! What two people agree to that is about the desk itself, and the same at both companies: who works there,
//! who has the role of an officer, and what is said to everybody.

use kanuki_domain::{Ctx, id::StaffId};
use kanuki_record::{Book, Unit};

use crate::{
    DeskError,
    approval::Approval,
    incident::{self, SAY},
    leaving::{self, END},
    officer::{self, Wish},
};

/// Whether an approval is about the desk itself.
#[must_use]
pub fn is_about(approval: &Approval) -> bool {
    approval.act == SAY || approval.act == END || Wish::of_act(&approval.act).is_some()
}

/// Adds to `unit`, which holds `approval` as agreed to by `by`, what was agreed to. Answers what fell with
/// it: whatever somebody had asked for whose access ends.
pub async fn agree(
    (book, ctx): (&Book, &Ctx<'_>),
    unit: &mut Unit,
    by: StaffId,
    approval: &Approval,
) -> Result<Vec<Approval>, DeskError> {
    match approval.act.as_str() {
        END => return leaving::end((book, ctx), unit, by, approval).await,
        SAY => incident::publish((book, ctx), unit, by, approval).await?,
        _ => officer::decide((book, ctx), unit, by, approval).await?,
    }
    Ok(Vec::new())
}
