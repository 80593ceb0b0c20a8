//! How far a report is, for whoever has its number and its code.

use jiff::Timestamp;
use kanuki_domain::{
    case_number::{self, Typed},
    claim::{Clock, Shared},
    id::CaseId,
};
use kanuki_record::{Book, Order, RecordError, vault::Vault};

use crate::{
    case::Case,
    report::{Report, blind},
    second_look,
    stop_code::StopCode,
};

/// How far a report is, as whoever has its number and its code may see.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Which it is.
    pub case_id: CaseId,
    /// When it came in.
    pub reported_at: Timestamp,
    /// By when it is answered.
    pub clock: Clock,
    /// When it was answered first.
    pub answered_at: Option<Timestamp>,
    /// What the other company knows of it.
    pub shared: Shared,
    /// When it had its end.
    pub ended_at: Option<Timestamp>,
    /// It is at its end, and a second look was not asked for yet: whatever came of it.
    pub may_ask_again: bool,
    /// When a second look was asked for.
    pub again_at: Option<Timestamp>,
    /// When what it was about was made good and booked, where whoever has the code was proven to be the one
    /// whose it was. A company fills it in where that is so.
    pub made_good_at: Option<Timestamp>,
}

/// How far the report under this number is, the long one or the short one; nothing where number or code is
/// wrong. Both look the same and take the same work. Nothing of a claim is in it: that there is one would
/// say that an account was found, and why it waits, who was asked.
pub async fn progress(
    book: &Book,
    vault: &Vault,
    (number, code): (&str, &str),
) -> Result<Option<Progress>, RecordError> {
    let typed = StopCode::parse(code).unwrap_or_else(StopCode::none);
    for asked in meant(book, number).await? {
        let found = progress_of(book, vault, (asked, &typed)).await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The reports that a number may mean: of more with one short number, the code says which. Only reports are
/// looked among, whose ids are this company's own. Always at least one: what takes longer would say what is
/// there.
async fn meant(book: &Book, number: &str) -> Result<Vec<CaseId>, RecordError> {
    let typed = case_number::read(number);
    let key = if let Typed::Short(short) = typed { short.key() } else { String::new() };
    let found = book.page::<Report>("number", &key, Order::OldestFirst, MEANT_MAX).await?;
    let mut ids: Vec<CaseId> = found.iter().map(|report| report.case_id).collect();
    if let Typed::Long(id) = typed {
        ids.push(id);
    }
    if ids.is_empty() {
        ids.push(CaseId::derive(&["no case"]));
    }
    Ok(ids)
}

/// The most reports that are tried with a code. So many with one number never are.
const MEANT_MAX: usize = 8;

async fn progress_of(
    book: &Book,
    vault: &Vault,
    (asked, code): (CaseId, &StopCode),
) -> Result<Option<Progress>, RecordError> {
    // Looked for and blinded in any case.
    let given = blind(vault, asked, code);
    let report = book.find::<Report>(asked).await?;
    let case = book.find::<Case>(asked).await?;
    let (Some(report), Some(case)) = (report, case) else { return Ok(None) };
    let (Some(kept), Some(clock)) = (report.code_hash(), report.clock) else { return Ok(None) };
    if kept != given {
        return Ok(None);
    }
    Ok(Some(Progress {
        case_id: asked,
        reported_at: report.reported_at(&case),
        clock,
        answered_at: report.answered_at,
        shared: report.shared(),
        ended_at: case.closed_at,
        may_ask_again: case.closed_at.is_some()
            && second_look::may_be_asked(&case, None, Some(&*report)),
        again_at: case.again.as_ref().map(|again| again.at),
        made_good_at: None,
    }))
}
