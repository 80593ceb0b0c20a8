//! What became known of movements since.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kanuki_domain::{claim::ClaimState, id::CaseId, limits::DAY_SECS, mandate::later};
use kanuki_record::{Book, RecordError};
use kanuki_risk::{Kind, Signal, Subject};

use crate::{
    case::{Case, CaseKind},
    claim::Claim,
};

/// How far back somebody who says "it was not me" speaks, where no claim says it: a month, as notices and
/// statements come.
const SPOKEN_OF_SECS: i64 = 30 * DAY_SECS;

/// Which movements were frauds, as far as the desk knows.
///
/// A movement is one where a claim that two people agreed to pay names it. Else it is one where its
/// person said afterwards, in a case, that it was not them, unless that case has a claim: then what
/// the claim names is what it was about, and a claim that was refused was about nothing. One press
/// speaks of what was lately told and not of years of rent: [`SPOKEN_OF_SECS`] back. What a partner
/// tells names no movement, and whoever holds its key could say it of anybody: it is no label.
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
                if let Some(person) =
                    case.person_id.as_ref().filter(|_| case.kind == CaseKind::NotMe)
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
        // It goes to the person's own account: "it was not me" speaks of what left that.
        if signal.kind == Kind::Payout {
            return false;
        }
        let person = signal.key(Subject::Person);
        let reports = person.and_then(|person| self.reported.get(person.value()));
        let spoken_of = |opened_at: &Timestamp| {
            let since = later(*opened_at, SPOKEN_OF_SECS.saturating_neg());
            since <= signal.at && signal.at <= *opened_at
        };
        reports.is_some_and(|reports| reports.iter().any(spoken_of))
    }
}

#[cfg(test)]
mod tests {
    use kanuki_risk::Key;

    use super::*;

    #[test]
    fn money_that_came_back_to_the_persons_own_account_is_no_fraud_unless_a_claim_names_it() {
        let opened_at = Timestamp::new(1_800_000_000, 0).unwrap();
        let reported = BTreeMap::from([("p".to_owned(), vec![opened_at])]);
        let claimed = BTreeSet::from(["b".to_owned()]);
        let labels = Labels { claimed, reported };
        let person = vec![Key::Person("p".to_owned())];
        let payout =
            Signal::new(Kind::Payout, opened_at, person).with_amount(kanuki_domain::Yen::of(5_000));

        assert!(!labels.is_fraud(&payout, Some("a")));
        assert!(labels.is_fraud(&payout, Some("b")));
    }

    #[test]
    fn one_press_speaks_of_a_month_and_not_of_what_came_after() {
        let opened_at = Timestamp::new(1_800_000_000, 0).unwrap();
        let reported = BTreeMap::from([("p".to_owned(), vec![opened_at])]);
        let labels = Labels { reported, ..Labels::default() };
        for (days, is_fraud) in [(-31, false), (-30, true), (0, true), (1, false)] {
            let signal = Signal::new(
                Kind::Debit,
                later(opened_at, days * DAY_SECS),
                vec![Key::Person("p".to_owned())],
            )
            .with_amount(kanuki_domain::Yen::of(500));
            assert_eq!(labels.is_fraud(&signal, None), is_fraud, "{days}");
        }
    }
}
