//! Since when a company knew of a fraud (SG-05): not since anybody said something.
//!
//! Anybody can report anything about anybody, and whoever wants to can move money a minute later. By the
//! words of a report a company knows nobody; it does once a partner names a link of its own, or staff join
//! the report with a case whose person was proven.

use jiff::Timestamp;
use kanuki_domain::duty::Heard;
use kanuki_record::{Book, RecordError};

use crate::{case::Case, matter, report};

/// The line of a case whose link its partner named.
const NAMED: &str = "=claim_named|";

/// Lines from which on it is known whom a case is about that began with nobody.
const KNOWN_BY: [&str; 2] = [NAMED, "=claim_joined|"];

/// When it was said first that something was wrong in a case's matter, and since when this company knew whom
/// that was about.
pub async fn heard(book: &Book, case: &Case) -> Result<Heard, RecordError> {
    let all = matter::cases(book, case).await?;
    let said_at = all.iter().map(|one| one.opened_at).min().unwrap_or(case.opened_at);
    let known_at = all.iter().filter_map(known_at).min();
    Ok(Heard { said_at, known_at })
}

/// Since when it was known whom a case is about: since it was opened, where it began with somebody.
fn known_at(case: &Case) -> Option<Timestamp> {
    let is_named = case.steps.iter().any(|step| step.text.starts_with(NAMED));
    if !report::is_of_nobody(case) && !is_named {
        return Some(case.opened_at);
    }
    case.person_id.as_ref()?;
    let is_naming = |text: &str| KNOWN_BY.iter().any(|mark| text.starts_with(mark));
    case.steps.iter().find(|step| is_naming(&step.text)).map(|step| step.at)
}
