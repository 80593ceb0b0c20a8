//! What the other company says of a claim: that the victim has the money.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kanuki_domain::{Ctx, Yen, id::CaseId};
use kanuki_record::{AuditEntry, Book, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use crate::{case::Case, report, shared};

/// What the other company told: that the victim has the money.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ToldPaid {
    /// The case.
    pub case_id: CaseId,
    /// Who told it.
    pub partner: String,
    /// How much.
    pub amount: Yen,
    /// When it was told.
    pub at: Timestamp,
}

record! { ToldPaid => "told_paid" by |t| told_key(t.case_id, &t.partner); }

/// Each company has a word of its own about a case: the first of one keeps nobody else from theirs.
fn told_key(case_id: CaseId, partner: &str) -> String {
    format!("{case_id}|{partner}")
}

/// What this company told of a case.
pub async fn told(
    book: &Book,
    case_id: CaseId,
    partner: &str,
) -> Result<Option<ToldPaid>, RecordError> {
    if let Some(told) = book.find::<ToldPaid>(told_key(case_id, partner)).await? {
        return Ok(Some(told.into_inner()));
    }
    // An older row, from when a case had one word.
    let older = book.find::<ToldPaid>(case_id).await?.map(Stored::into_inner);
    Ok(older.filter(|told| told.partner == partner))
}

/// The companies that a case says it has to do with: who told of it, and whom its report named. Those
/// whose mandates or links its person has are each company's to add.
pub async fn named(book: &Book, case: &Case) -> Result<BTreeSet<String>, RecordError> {
    let teller = case.about.strip_prefix(shared::ABOUT).map(str::to_owned);
    let report = report::of_case(book, case.case_id).await?;
    let reported = report.and_then(|report| report.told.or(report.about));
    Ok(teller.into_iter().chain(reported).collect())
}

/// Adds to `unit` that the other company says that the victim has the money. Told twice is fine; what
/// was told first stays.
pub async fn told_paid(
    book: &Book,
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    (case_id, partner, amount): (CaseId, &str, Yen),
) -> Result<(), RecordError> {
    if told(book, case_id, partner).await?.is_none() {
        unit.insert(&ToldPaid { case_id, partner: partner.to_owned(), amount, at: ctx.now }).audit(
            AuditEntry::new(ctx.now, partner, "claim.told_paid", case_id)
                .with("amount", amount.amount()),
        );
    }
    Ok(())
}
