//! What became known of movements since.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kanuki_domain::{claim::ClaimState, id::CaseId};
use kanuki_record::{Book, RecordError};
use kanuki_risk::{Signal, Subject};

use crate::{
    case::{Case, CaseKind},
    claim::Claim,
};

/// Which movements were frauds, as far as the desk knows.
///
/// A movement is one where a claim that two people agreed to pay names it. Else it is one where its
/// person said afterwards, in a case, that it was not them, unless that case has a claim: then what
/// the claim names is what it was about, and a claim that was refused was about nothing.
#[derive(Debug, Default)]
pub struct Labels {
    /// Movements of claims that are paid.
    claimed: BTreeSet<String>,
    /// When each person reported something that no claim says more about.
    reported: BTreeMap<String, Vec<Timestamp>>,
}

impl Labels {
    /// Of every case and claim of a company.
    pub async fn of(book: &Book) -> Result<Self, RecordError> {
        let mut labels = Self::default();
        let mut claims: BTreeSet<CaseId> = BTreeSet::new();
        for progress in ["open", "paying", "done"] {
            for claim in book.every::<Claim>("progress", progress).await? {
                let is_over = labels.take(&claim);
                if is_over {
                    claims.insert(claim.case_id);
                }
            }
        }
        for state in ["open", "closed"] {
            for case in book.every::<Case>("state", state).await? {
                let says_so = matches!(case.kind, CaseKind::NotMe | CaseKind::ToldByPartner);
                if let Some(person) = case.person_id.as_ref().filter(|_| says_so)
                    && !claims.contains(&case.case_id)
                {
                    labels.reported.entry(person.clone()).or_default().push(case.opened_at);
                }
            }
        }
        Ok(labels)
    }

    /// Notes what a claim names; whether it says which movements its case was about.
    fn take(&mut self, claim: &Claim) -> bool {
        match claim.state {
            ClaimState::Paying { .. } | ClaimState::Paid { .. } => {
                let movements = claim.items.iter().map(|item| item.movement.clone());
                self.claimed.extend(movements);
                // The company that does not pay knows no movements.
                !claim.items.is_empty()
            }
            ClaimState::Refused { .. } => true,
            ClaimState::Received
            | ClaimState::Investigating
            | ClaimState::Paused { .. }
            | ClaimState::PayProposed { .. }
            | ClaimState::RefusalProposed { .. } => false,
        }
    }

    /// Whether `signal` was one; `about` is the movement that it was.
    #[must_use]
    pub fn is_fraud(&self, signal: &Signal, about: Option<&str>) -> bool {
        if signal.amount.is_zero() {
            return false;
        }
        if about.is_some_and(|about| self.claimed.contains(about)) {
            return true;
        }
        let person = signal.key(Subject::Person);
        let reports = person.and_then(|person| self.reported.get(person.value()));
        reports.is_some_and(|reports| reports.iter().any(|opened_at| signal.at <= *opened_at))
    }
}
