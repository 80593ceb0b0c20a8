//! Cases that belong together: of one person, about one thing, or of whom a rule's case saw.

use kanuki_domain::id::CaseId;
use kanuki_record::{Book, RecordError};
use kanuki_risk::{Record, Subject};

use crate::case::Case;

/// The most that stand on one page.
pub const RELATED_MAX: usize = 20;
/// So many people of one rule's decisions are looked for.
const PEOPLE_MAX: usize = 50;

/// What two cases have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Common {
    /// The person.
    Person,
    /// The mandate, wallet, movement or rule.
    Matter,
    /// The other's person is in what this one's rule held for.
    Seen,
}

impl Common {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Matter => "matter",
            Self::Seen => "seen",
        }
    }
}

/// Another case, and what it has in common.
#[derive(Clone, Debug)]
pub struct Related {
    /// The other case.
    pub case: Case,
    /// Why it is here: the first that holds.
    pub common: Common,
}

/// Whom the decisions of a rule were about, each once, newest first.
#[must_use]
pub fn people_in(records: &[Record]) -> Vec<String> {
    let mut people: Vec<String> = Vec::new();
    for record in records {
        let person = record.signal.key(Subject::Person).map(|key| key.value().to_owned());
        if let Some(person) = person.filter(|person| !person.is_empty())
            && !people.contains(&person)
        {
            people.push(person);
        }
        if people.len() >= PEOPLE_MAX {
            break;
        }
    }
    people
}

/// The newest other cases that `case` may belong together with; `seen` is whom its rule's decisions were
/// about.
pub async fn of(book: &Book, case: &Case, seen: &[String]) -> Result<Vec<Related>, RecordError> {
    let mut found: Vec<Related> = Vec::new();
    let mut known: Vec<CaseId> = vec![case.case_id];
    let asked = case.person_id.iter().map(|person| ("person", person, Common::Person));
    let asked = asked.chain([("about", &case.about, Common::Matter)]);
    let asked = asked.chain(seen.iter().map(|person| ("person", person, Common::Seen)));
    for (key, value, common) in asked {
        for other in book.list::<Case>(key, value).await? {
            if !known.contains(&other.case_id) {
                known.push(other.case_id);
                found.push(Related { case: other.into_inner(), common });
            }
        }
    }
    found.sort_by_key(|one| (one.common, std::cmp::Reverse(one.case.opened_at)));
    found.truncate(RELATED_MAX);
    Ok(found)
}
