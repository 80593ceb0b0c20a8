//! How money came together and went on, for the pages of cases and of attempts at both desks.

use kanuki_desk::{case::Case, rule};
use kanuki_domain::id::StaffId;
use kanuki_risk::{Record, flow::subjects};
use kanuki_site::{
    Problem, Visit,
    risk::{Which, flow_section},
};
use maud::{Markup, html};

use crate::Company;

/// Of a case about a rule: the flow of those whom the rule held for. That somebody looked, and at whom, is
/// written down; nothing where it is not about money.
pub async fn of_case(
    desk: &dyn Company,
    visit: &Visit,
    (by, case): (StaffId, &Case),
) -> Result<Markup, Problem> {
    let Some(rule) = rule::of_case(case) else { return Ok(html! {}) };
    let seen = desk.read_decisions_of(&visit.ctx(), by, rule).await?;
    of_rule(desk, visit, by, (rule, &seen)).await
}

/// Of what is looked at among attempts: the flow of the one, or of those whom the rule held for.
pub(crate) async fn of_seen(
    desk: &dyn Company,
    visit: &Visit,
    by: StaffId,
    (which, seen): (&Which, &[Record]),
) -> Result<Markup, Problem> {
    match (&which.key, &which.rule) {
        (Some(key), _) => {
            let flow = desk.read_flow(&visit.ctx(), by, key).await?;
            Ok(flow_section(visit, flow.as_slice(), seen))
        }
        (None, Some(rule)) => of_rule(desk, visit, by, (rule, seen)).await,
        (None, None) => Ok(html! {}),
    }
}

async fn of_rule(
    desk: &dyn Company,
    visit: &Visit,
    by: StaffId,
    (rule, seen): (&str, &[Record]),
) -> Result<Markup, Problem> {
    let policy = desk.engine().policy();
    let mut flows = Vec::new();
    for key in subjects(&policy, rule, (desk.flows_of(), seen)) {
        flows.extend(desk.read_flow(&visit.ctx(), by, &key).await?);
    }
    Ok(flow_section(visit, &flows, seen))
}
