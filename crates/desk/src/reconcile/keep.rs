//! Differences become cases: each has a number, an owner and an age, until both books agree.

use std::fmt::Write as _;

use kanuki_domain::{
    Ctx,
    id::{CaseId, StaffId},
};
use kanuki_record::{AuditEntry, Book, Stored, Unit};

use sha2::{Digest as _, Sha256};

use super::{
    compare::{Compared, Difference},
    statement::Line,
};
use crate::{
    DeskError,
    case::{Case, CaseKind},
};

/// The most new cases of one statement: beyond that somebody sent the wrong file, or everything is
/// wrong and one look shows it. The rest is told, and found again by the next statement.
pub const NEW_MAX: usize = 200;

/// What became of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Cases that were opened.
    pub opened: usize,
    /// Differences that had their case already.
    pub known: usize,
    /// Cases that were closed: both books agree now.
    pub closed: usize,
    /// Differences beyond [`NEW_MAX`], which have no case yet.
    pub left: usize,
}

/// What the case of a difference is about.
#[must_use]
pub fn about(partner: &str, id: &str) -> String {
    format!("{partner}|{id}")
}

/// How the audit log names the file that was compared.
#[must_use]
pub fn digest(file: &[u8]) -> String {
    let bytes = Sha256::digest(file);
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _never = write!(text, "{byte:02x}");
        text
    })
}

/// A line in few words, for a case's history.
fn words(line: Option<&Line>) -> String {
    line.map_or_else(
        || "-".to_owned(),
        |line| {
            let (kind, standing) = (line.kind.name(), line.standing.name());
            format!("{kind} {} {standing} {}", line.amount, line.asked_at)
        },
    )
}

fn step(difference: &Difference) -> String {
    let (ours, theirs) = (words(difference.ours.as_ref()), words(difference.theirs.as_ref()));
    format!("=difference_{}|{ours} / {theirs}", difference.what.name())
}

/// The open cases of differences with anybody, the oldest first.
pub async fn differences(book: &Book) -> Result<Vec<Stored<Case>>, DeskError> {
    let mut open = book.every::<Case>("state", "open").await?;
    open.retain(|case| case.kind == CaseKind::Difference);
    open.sort_by_key(|case| case.opened_at);
    Ok(open)
}

/// Opens and closes cases by what was compared with `partner`, in one unit. Doing it twice is fine.
pub async fn keep(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    (partner, digest): (&str, &str),
    compared: &Compared,
) -> Result<Kept, DeskError> {
    let mut kept = Kept::default();
    let mut unit = Unit::new();
    let prefix = about(partner, "");
    let mut open: Vec<_> = differences(book).await?;
    open.retain(|case| case.about.starts_with(&prefix));
    for difference in &compared.differences {
        let subject = about(partner, &difference.id);
        let step = step(difference);
        if let Some(case) = open.iter_mut().find(|case| case.about == subject) {
            kept.known = kept.known.saturating_add(1);
            if case
                .steps
                .iter()
                .rfind(|told| told.text.starts_with("=difference_"))
                .is_none_or(|told| told.text != step)
            {
                case.edit().note(ctx.now, by, step);
                unit.update(case);
            }
        } else if kept.opened < NEW_MAX {
            kept.opened = kept.opened.saturating_add(1);
            let mut case = Case::open(ctx, CaseKind::Difference, subject, None);
            case.note(ctx.now, by, step);
            unit.insert(&case);
        } else {
            kept.left = kept.left.saturating_add(1);
        }
    }
    for case in &mut open {
        let id = case.about.strip_prefix(&prefix).unwrap_or_default();
        if compared.agreed.contains(id) {
            kept.closed = kept.closed.saturating_add(1);
            case.edit().close(ctx.now, by, "=difference_gone|");
            unit.update(case);
        }
    }
    unit.audit(
        AuditEntry::new(ctx.now, by, "books.compared", partner)
            .with("statement", digest)
            .with("agreed", compared.agreed.len())
            .with("differences", compared.differences.len())
            .with("opened", kept.opened)
            .with("closed", kept.closed),
    );
    book.commit(unit).await?;
    Ok(kept)
}

/// A member of staff sees to a difference from now on; false if it is none, or no longer open.
pub async fn take(
    book: &Book,
    ctx: &Ctx<'_>,
    by: StaffId,
    case_id: CaseId,
) -> Result<bool, DeskError> {
    let found = book.find::<Case>(case_id.to_string()).await?;
    let is_open =
        |case: &Stored<Case>| case.kind == CaseKind::Difference && case.closed_at.is_none();
    let Some(mut case) = found.filter(is_open) else { return Ok(false) };
    case.edit().owner = Some(by);
    case.edit().note(ctx.now, by, "=item_mine|");
    let mut unit = Unit::new();
    unit.update(&case).audit(AuditEntry::new(ctx.now, by, "difference.owned", case_id));
    book.commit(unit).await?;
    Ok(true)
}
