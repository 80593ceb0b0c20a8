//! The score that a case was opened with, for the pages of cases.

use kanuki_desk::{case::Case, score};
use kanuki_site::{Problem, Visit, risk::case_score};
use maud::{Markup, html};

use crate::Company;

/// What the model said of the attempt that opened this case; nothing where no rule looked at a score.
/// Whoever reads the case has left their name for it.
pub async fn of_case(desk: &dyn Company, visit: &Visit, case: &Case) -> Result<Markup, Problem> {
    let scored = score::of_case(desk.book(), case.case_id).await?;
    Ok(scored.map_or_else(|| html! {}, |one| case_score(visit, &one.said, &one.seen)))
}
