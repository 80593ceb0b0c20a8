//! Differences become cases: each has a number, an owner and an age, until two people have seen both
//! books agree.

use std::{collections::BTreeMap, fmt::Write as _};

use jiff::Timestamp;

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
    case::{Case, CaseKind, Step},
};

/// The most new cases of one statement: beyond that somebody sent the wrong file, or everything is
/// wrong and one look shows it. The rest is told, and found again by the next statement.
pub const NEW_MAX: usize = 200;

/// The most open cases with one company: nobody fills the desk with a file of their own.
pub const OPEN_MAX: usize = 1_000;

/// What somebody's word about a case's end begins with.
const END: &str = "=difference_end|";

/// What became of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Cases that were opened.
    pub opened: usize,
    /// Differences that had their case already.
    pub known: usize,
    /// Cases of which this says that both books agree now, and that wait for a second person to say so.
    pub waiting: usize,
    /// Cases that were closed: a second person said it too.
    pub closed: usize,
    /// Differences beyond [`NEW_MAX`] or [`OPEN_MAX`], which have no case yet.
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

/// What somebody says last of a difference: what differs, or that it is at its end.
fn last_word(case: &Case) -> Option<&Step> {
    case.steps.iter().rfind(|step| step.text.starts_with("=difference_"))
}

/// Ends the case of a difference if another member of staff said before that it is at its end, and
/// nothing differed since; otherwise notes that this one says so. A statement is unsigned: whoever
/// brings one could have written it, so that one person's file or word closes nothing.
pub fn end(case: &mut Case, now: Timestamp, by: StaffId, why: &str) -> Ended {
    match last_word(case).filter(|step| step.text.starts_with(END)) {
        None => {
            case.note(now, by, format!("{END}{why}"));
            Ended::Asked
        }
        Some(said) if said.by == by.to_string() => Ended::Waits,
        Some(_) => {
            case.close(now, by, format!("=difference_gone|{why}"));
            Ended::Closed
        }
    }
}

/// What became of a wish to end a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was noted, and waits for a second person.
    Asked,
    /// The same person said it before.
    Waits,
    /// A second person said it: the case is closed.
    Closed,
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
    let mut open: BTreeMap<String, Stored<Case>> = BTreeMap::new();
    for case in differences(book).await? {
        if case.about.starts_with(&prefix) {
            open.entry(case.about.clone()).or_insert(case);
        }
    }
    let new_max = NEW_MAX.min(OPEN_MAX.saturating_sub(open.len()));
    for difference in &compared.differences {
        let subject = about(partner, &difference.id);
        let step = step(difference);
        if let Some(case) = open.get_mut(&subject) {
            kept.known = kept.known.saturating_add(1);
            if last_word(case).is_none_or(|told| told.text != step) {
                case.edit().note(ctx.now, by, step);
                unit.update(case);
            }
        } else if kept.opened < new_max {
            kept.opened = kept.opened.saturating_add(1);
            let mut case = Case::open(ctx, CaseKind::Difference, subject, None);
            case.note(ctx.now, by, step);
            unit.insert(&case);
        } else {
            kept.left = kept.left.saturating_add(1);
        }
    }
    for case in open.values_mut() {
        let id = case.about.strip_prefix(&prefix).unwrap_or_default();
        if !compared.agreed.contains(id) {
            continue;
        }
        match end(case.edit(), ctx.now, by, digest) {
            Ended::Closed => kept.closed = kept.closed.saturating_add(1),
            Ended::Asked | Ended::Waits => kept.waiting = kept.waiting.saturating_add(1),
        }
        unit.update(case);
    }
    unit.audit(
        AuditEntry::new(ctx.now, by, "books.compared", partner)
            .with("statement", digest)
            .with("agreed", compared.agreed.len())
            .with("differences", compared.differences.len())
            .with("opened", kept.opened)
            .with("waiting", kept.waiting)
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
