//! The cases that one case may belong together with, for its page at both desks.

use kanuki_desk::{case::Case, related};
use kanuki_risk::Record;
use kanuki_site::{
    Problem, Visit,
    related::{Other, section},
};
use maud::Markup;

use crate::Company;

/// Nothing where there are none. Of a rule's case it is looked at whom the rule held for, as
/// [`seen::of_case`](crate::seen) read it; whoever opens another case leaves their name there.
pub async fn of_case(
    desk: &dyn Company,
    visit: &Visit,
    case: &Case,
    seen: &[Record],
) -> Result<Markup, Problem> {
    let found = related::of(desk.book(), case, &related::people_in(seen)).await?;
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
