//! The shape that programs read. Its fields keep their names and meaning; more may be added.

use std::collections::BTreeMap;

use kanuki_domain::Yen;
use serde::Serialize;
use serde_json::Number;

use super::{
    KindFriction, Moment, OwnPolicy, Report, RouteFriction, RuleFired, Run, Seen, Start,
    basis_points, rules::NeverHeld, table::JsonRow,
};

#[derive(Serialize)]
struct Runs<'a> {
    runs: Vec<Row<'a>>,
    // Beyond the shape that was promised.
    table: Vec<JsonRow>,
    rules_never_held: Vec<NeverHeld>,
}

#[derive(Serialize)]
struct Row<'a> {
    playbook: &'a str,
    policy: &'a str,
    start: Start,
    seed: u64,
    variant: &'a str,
    yen_lost: Yen,
    compensated: Yen,
    peak_missing: Yen,
    days_to_return: Option<u64>,
    victims: u64,
    links: u64,
    attempts: u64,
    detected_after_s: Option<u64>,
    contained_after_s: Option<u64>,
    bounded_by: &'a str,
    ok: bool,
    honest: Honest<'a>,
    // Beyond the shape that was promised.
    notices: u64,
    debits_after_halt: u64,
    per_victim_min: Yen,
    per_victim_max: Yen,
    bars: Vec<Bar<'a>>,
    findings: &'a [String],
    policy_file: Option<&'a OwnPolicy>,
    met: Vec<Met<'a>>,
    faults: Vec<Struck<'a>>,
    rules: &'a [RuleFired],
    moments: &'a [Moment],
    seen: &'a [Seen],
    trace_sha256: &'a str,
    /// Only where a bank confirmed what it never did.
    #[serde(skip_serializing_if = "Option::is_none")]
    unbacked: Option<Yen>,
}

/// A route at which the thief was answered, with the status, and how often.
#[derive(Serialize)]
struct Met<'a> {
    route: &'a str,
    times: u64,
}

/// A fault of machines, and how often it struck.
#[derive(Serialize)]
struct Struck<'a> {
    what: &'a str,
    times: u64,
}

#[derive(Serialize)]
struct Honest<'a> {
    requests: u64,
    declined: u64,
    challenged: u64,
    held: u64,
    contacts: u64,
    completion: Option<Number>,
    first_topup_s_p50: Option<u64>,
    first_topup_s_p99: Option<u64>,
    // Beyond the shape that was promised.
    people: u64,
    people_hindered: u64,
    waited: u64,
    held_s_p50: Option<u64>,
    by_kind: &'a BTreeMap<String, KindFriction>,
    by_route: &'a BTreeMap<String, RouteFriction>,
}

#[derive(Serialize)]
struct Bar<'a> {
    wanted: &'a str,
    measured: &'a str,
    ok: bool,
}

/// A share of one as a JSON number with four decimals: `0.9750`.
fn share(part: u64, whole: u64) -> Option<Number> {
    if whole == 0 {
        return None;
    }
    let points = basis_points(part, whole).min(10_000);
    let one = points.checked_div(10_000)?;
    format!("{one}.{:04}", points % 10_000).parse().ok()
}

impl<'a> Row<'a> {
    fn of(run: &'a Run) -> Self {
        let (loss, honest) = (&run.loss, &run.honest);
        let bar = |bar: &'a super::Bar| Bar {
            wanted: &bar.wanted,
            measured: &bar.measured,
            ok: bar.is_met,
        };
        Self {
            playbook: &run.playbook,
            policy: &run.policy,
            start: run.start,
            seed: run.seed,
            variant: &run.variant,
            yen_lost: loss.yen_lost,
            compensated: loss.compensated,
            peak_missing: loss.peak_missing,
            days_to_return: loss.days_to_return,
            victims: loss.victims,
            links: loss.links,
            attempts: loss.attempts,
            detected_after_s: loss.detected_after_s,
            contained_after_s: loss.contained_after_s,
            bounded_by: &loss.bounded_by,
            ok: run.is_ok(),
            honest: Honest {
                requests: honest.requests,
                declined: honest.declined,
                challenged: honest.challenged,
                held: honest.held,
                contacts: honest.contacts,
                completion: share(honest.links_made, honest.links_begun),
                first_topup_s_p50: honest.first_topup_s_p50,
                first_topup_s_p99: honest.first_topup_s_p99,
                people: honest.people,
                people_hindered: honest.people_hindered,
                waited: honest.waited,
                held_s_p50: honest.held_s_p50,
                by_kind: &honest.by_kind,
                by_route: &honest.by_route,
            },
            notices: loss.notices,
            debits_after_halt: loss.debits_after_halt,
            per_victim_min: loss.per_victim.0,
            per_victim_max: loss.per_victim.1,
            bars: run.bars.iter().map(bar).collect(),
            findings: &run.findings,
            policy_file: run.policy_file.as_ref(),
            met: run.met.iter().map(|(route, times)| Met { route, times: *times }).collect(),
            faults: run.faults.iter().map(|(what, times)| Struck { what, times: *times }).collect(),
            rules: &run.rules,
            moments: &run.moments,
            seen: &run.seen,
            trace_sha256: &run.trace_sha256,
            unbacked: Some(loss.unbacked).filter(|unbacked| !unbacked.is_zero()),
        }
    }
}

impl Report {
    /// JSON in the shape of the contract: amounts are strings of digits.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let runs = self.runs.iter().map(Row::of).collect();
        let (table, rules_never_held) = (self.table().to_json(), self.never_held());
        serde_json::to_string_pretty(&Runs { runs, table, rules_never_held })
    }
}
