//! What keeps a row from being forgotten although its years are over.

use std::collections::{BTreeMap, BTreeSet};

use kanuki_domain::id::CaseId;
use kanuki_record::{Book, RecordError};
use serde::{Deserialize, Serialize};

use crate::{
    approval::Approval,
    case::Case,
    claim::Claim,
    screening::{Hit, HitState},
};

/// What a row waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// A case about it, or about its person, is open.
    OpenCase,
    /// A claim is not at its end.
    OpenClaim,
    /// Money is under way, or nobody knows yet whether it moved.
    Unsettled,
    /// A movement of money is not old enough.
    YoungMoney,
    /// What it is about is still there: a mandate that can be used, a wallet that is frozen under it.
    Live,
    /// Screening or a list of leaks holds its person, or a stop of theirs is not done.
    Held,
    /// Other records that are kept still name it.
    Named,
}

impl Need {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenCase => "open_case",
            Self::OpenClaim => "open_claim",
            Self::Unsettled => "unsettled",
            Self::YoungMoney => "young_money",
            Self::Live => "live",
            Self::Held => "held",
            Self::Named => "named",
        }
    }
}

/// What is under way at a company, read once for a pass.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// What open cases are about, and whom: ids.
    about: BTreeSet<String>,
    /// Cases that something other than themselves needs, and for what.
    cases: BTreeMap<CaseId, Need>,
    /// What claims that are not at their end are about: movements.
    claimed: BTreeSet<String>,
    /// What money is under way for: mandates, customers.
    pub moving: BTreeSet<String>,
    /// Whom a stop that is not done is for.
    pub stopping: BTreeSet<String>,
}

impl Needs {
    /// What both companies have: open cases, claims, acts that wait for a second person.
    pub async fn read(book: &Book) -> Result<Self, RecordError> {
        let mut needs = Self::default();
        for case in book.every::<Case>("state", "open").await? {
            needs.about.insert(case.about.clone());
            needs.about.extend(case.person_id.clone());
        }
        for state in ["open", "paying"] {
            for claim in book.every::<Claim>("progress", state).await? {
                needs.cases.insert(claim.case_id, Need::OpenClaim);
                needs.claimed.extend(claim.items.iter().map(|item| item.movement.clone()));
            }
        }
        for approval in book.every::<Approval>("state", "waiting").await? {
            needs.about.insert(approval.subject.clone());
        }
        Ok(needs)
    }

    /// Something other than a case itself needs it.
    pub fn need_case(&mut self, case_id: CaseId, need: Need) {
        self.cases.insert(case_id, need);
    }

    /// What needs a case.
    #[must_use]
    pub fn of_case(&self, case_id: CaseId) -> Option<Need> {
        self.cases.get(&case_id).copied()
    }

    /// What needs any of these ids.
    #[must_use]
    pub fn of(&self, ids: &[&str]) -> Option<Need> {
        let any = |set: &BTreeSet<String>| ids.iter().any(|id| set.contains(*id));
        if any(&self.about) {
            Some(Need::OpenCase)
        } else if any(&self.claimed) {
            Some(Need::OpenClaim)
        } else if any(&self.moving) {
            Some(Need::Unsettled)
        } else if any(&self.stopping) {
            Some(Need::Held)
        } else {
            None
        }
    }
}

/// Whether screening still has a hit for a person that nobody cleared.
pub async fn is_held(book: &Book, person_id: &str) -> Result<bool, RecordError> {
    let hits = book.every::<Hit>("person_id", person_id).await?;
    Ok(hits.iter().any(|hit| !matches!(hit.state, HitState::Cleared { .. })))
}
