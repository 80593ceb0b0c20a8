//! A report from anyone, also from people who are nobody's customer: a case number at once.

use kanuki_domain::{Ctx, id::CaseId};
use kanuki_record::{
    AuditEntry, Book, RecordError, Unit, record,
    vault::{PersonKey, Sealed, Vault},
};
use serde::{Deserialize, Serialize};

use crate::case::{Case, CaseKind};

/// What a reporter wrote, sealed with the case: it may be about anybody.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The case it opened.
    pub case_id: CaseId,
    sealed: Sealed,
}

record! { Report => "report" by |r| r.case_id.to_string(); }

/// What a reporter wrote, opened.
#[derive(Clone, Debug)]
pub struct Written {
    /// How they can be reached.
    pub contact: String,
    /// In their own words.
    pub text: String,
}

const PLACE: &str = "report|sealed";

/// Opens a case for what a reporter wrote.
pub async fn take(
    book: &Book,
    vault: &Vault,
    ctx: &Ctx<'_>,
    contact: &str,
    text: &str,
) -> Result<CaseId, RecordError> {
    let case = Case::open(ctx, CaseKind::NotMe, "report", None);
    let case = Case { about: case.case_id.to_string(), ..case };
    let key = vault.create_person(ctx, case.case_id)?;
    let sealed = vault.seal(ctx, &key, PLACE, &(contact, text))?;
    let mut unit = Unit::new();
    unit.insert(&key)
        .insert(&case)
        .insert(&Report { case_id: case.case_id, sealed })
        .audit(AuditEntry::new(ctx.now, "anyone", "case.reported", case.case_id));
    book.commit(unit).await?;
    Ok(case.case_id)
}

/// What the reporter of a case wrote, for staff who read the case; none where nobody reported.
pub async fn read(
    book: &Book,
    vault: &Vault,
    case_id: CaseId,
) -> Result<Option<Written>, RecordError> {
    let Some(report) = book.find::<Report>(case_id).await? else { return Ok(None) };
    let key = book.load::<PersonKey>(case_id).await?;
    let (contact, text) = vault.open(&key, PLACE, &report.sealed)?;
    Ok(Some(Written { contact, text }))
}
