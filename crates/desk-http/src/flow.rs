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

/// Of a case about a rule: the flow of those whom the rule held for, as [`seen::of_case`](crate::seen) read
/// it. That somebody looked at whose money is written down; nothing where it is not about money.
pub async fn of_case(
    desk: &dyn Company,
    visit: &Visit,
    (by, case): (StaffId, &Case),
    seen: &[Record],
) -> Result<Markup, Problem> {
    match rule::of_case(case) {
        Some(rule) => of_rule(desk, visit, by, (rule, seen)).await,
        None => Ok(html! {}),
    }
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
