//! What a rule held for, for the page of its case: read once for all parts of the page that are drawn from
//! it, because each reading is written down.

use kanuki_desk::{case::Case, rule};
use kanuki_domain::id::StaffId;
use kanuki_risk::Record;
use kanuki_site::{Problem, Visit};

use crate::Company;

/// The decisions that the rule of a case led to; nothing where it is about no rule. That somebody looked is
/// written down.
pub async fn of_case(
    desk: &dyn Company,
    visit: &Visit,
    (by, case): (StaffId, &Case),
) -> Result<Vec<Record>, Problem> {
    match rule::of_case(case) {
        Some(rule) => desk.read_decisions_of(&visit.ctx(), by, rule).await,
        None => Ok(Vec::new()),
    }
}
