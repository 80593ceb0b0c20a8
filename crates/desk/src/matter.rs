//! One matter: a case and those that staff joined it with, at once or by way of another one (FT-23, FT-28).
//!
//! They are one person's. The victim of a stop may report by telephone too, and the claim has the number
//! of one of the two: what was paid under any number of a matter was paid for all of them, and while
//! money is under way for one, none of them has come to nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kanuki_domain::{
    Yen, YenError,
    claim::{ClaimState, Outcome},
    id::CaseId,
};
use kanuki_record::{Book, RecordError};

use crate::{DeskError, case::Case, claim::Claim, report::joined};

/// The numbers of a case's matter, its own first.
pub async fn numbers(book: &Book, case: &Case) -> Result<Vec<CaseId>, RecordError> {
    let mut found = vec![case.case_id];
    let mut waiting: Vec<CaseId> = joined(case).collect();
    while let Some(id) = waiting.pop() {
        if found.contains(&id) {
            continue;
        }
        found.push(id);
        if let Some(other) = book.find::<Case>(id).await? {
            waiting.extend(joined(&other));
        }
    }
    Ok(found)
}

/// The cases of a case's matter, the one that came in first first: that is when the company knew of it.
pub async fn cases(book: &Book, case: &Case) -> Result<Vec<Case>, RecordError> {
    let mut found = Vec::new();
    for id in numbers(book, case).await? {
        found.extend(book.find::<Case>(id).await?.map(kanuki_record::Stored::into_inner));
    }
    found.sort_by_key(|case| case.opened_at);
    Ok(found)
}

/// The claims of a case's matter, its own first.
pub async fn claims(book: &Book, case: &Case) -> Result<Vec<Claim>, RecordError> {
    let mut found = Vec::new();
    for id in numbers(book, case).await? {
        found.extend(book.find::<Claim>(id).await?.map(kanuki_record::Stored::into_inner));
    }
    Ok(found)
}

/// What a report may have come to, by all claims of its matter; nothing while one has no end. Where
/// `is_paid_there`, the other company says that it paid: then something was lost.
#[must_use]
pub fn outcomes(claims: &[Claim], is_paid_there: bool) -> Vec<Outcome> {
    if claims.iter().any(|claim| !claim.state.is_ended()) {
        return Vec::new();
    }
    if claims.iter().any(|claim| matches!(claim.state, ClaimState::Paid { .. })) {
        return vec![Outcome::MadeGood];
    }
    match claims {
        [] if is_paid_there => vec![Outcome::MadeGood, Outcome::TakenBack],
        [] => vec![Outcome::NothingLost, Outcome::TakenBack],
        _ => vec![Outcome::NotOwed],
    }
}

/// Refuses what a report cannot have come to.
pub(crate) fn require_possible(
    claims: &[Claim],
    is_paid_there: bool,
    outcome: Outcome,
) -> Result<(), DeskError> {
    let possible = outcomes(claims, is_paid_there);
    if possible.contains(&outcome) {
        return Ok(());
    }
    Err(match possible.as_slice() {
        [] => DeskError::ClaimOpen,
        _ if is_paid_there && outcome == Outcome::NothingLost => DeskError::PaidThere,
        _ => DeskError::NeedsOutcome,
    })
}

/// What of which movements the claims of a matter are about, and where they stand: as the first of them,
/// which is the case's own where it has one.
#[derive(Clone, Debug, Default)]
pub struct Claimed {
    /// Where it stands; nothing where there is no claim.
    pub state: Option<ClaimState>,
    /// The movements, with how much of each.
    pub movements: BTreeMap<String, Yen>,
}

impl Claimed {
    /// Adds a claim with its movements.
    pub fn add(&mut self, claim: &Claim, parts: Vec<(String, Yen)>) -> Result<(), YenError> {
        self.state = self.state.or(Some(claim.state));
        for (movement, part) in parts {
            let sum = self.movements.entry(movement).or_insert(Yen::ZERO);
            *sum = sum.plus(part)?;
        }
        Ok(())
    }
}

/// When the last of what a case's matter was owed was back, and booked here; nothing where no claim was, or
/// one has no such end.
pub async fn made_good_at(book: &Book, case: &Case) -> Result<Option<Timestamp>, RecordError> {
    let mut last = None;
    for claim in claims(book, case).await? {
        match claim.state {
            ClaimState::Paid { at, .. } => last = last.max(Some(at)),
            _ => return Ok(None),
        }
    }
    Ok(last)
}
