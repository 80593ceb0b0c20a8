//! The cases that one case may belong together with, for its page at both desks.

use kanuki_desk::{case::Case, related, rule};
use kanuki_domain::id::StaffId;
use kanuki_site::{
    Problem, Visit,
    related::{Other, section},
};
use maud::Markup;

use crate::Company;

/// Nothing where there are none. Of a rule's case it is looked at whom the rule held for, and that is written
/// down; whoever opens another case leaves their name there.
pub async fn of_case(
    desk: &dyn Company,
    visit: &Visit,
    (by, case): (StaffId, &Case),
) -> Result<Markup, Problem> {
    let seen = match rule::of_case(case) {
        Some(rule) => related::people_in(&desk.read_decisions_of(&visit.ctx(), by, rule).await?),
        None => Vec::new(),
    };
    let found = related::of(desk.book(), case, &seen).await?;
    let others: Vec<Other> = found
        .into_iter()
        .map(|one| Other {
            case: one.case.case_id.to_string(),
            kind: one.case.kind.name(),
            opened_at: one.case.opened_at,
            closed_at: one.case.closed_at,
            common: one.common.name(),
        })
        .collect();
    Ok(section(visit, &others))
}
