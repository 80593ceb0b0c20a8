//! `kanuki risk backtest`: policies tried on what was recorded, as a table, as JSON and as a page.

mod page;
mod picture;
mod words;

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use kanuki_domain::Yen;
use kanuki_risk::{
    Backtest, Bounds, Difference, OfRule, Outcome as Decided, Policy, Range, Report, Room,
};

use self::page::Page;
use crate::{
    Outcome,
    args::RiskBacktest,
    out::{out, require_writable},
    real::{Stopwatch, peak_bytes},
    risk,
    train::models,
};

/// Judges the recording again by each policy, and says what came of it.
pub(crate) fn run(args: &RiskBacktest) -> Result<Outcome> {
    require_writable([args.html.as_deref()])?;
    let models = models(&args.models)?;
    let policies = args.policies.iter().map(|named| risk::policy(named, &models));
    let mut policies = policies.collect::<Result<Vec<Policy>>>()?.into_iter();
    let Some(first) = policies.next() else { bail!("--policy is missing") };
    let bounds = args.keys.map(Bounds::of_keys).unwrap_or_default();
    let mut test = policies.fold(Backtest::new(first, bounds), Backtest::beside);
    let watch = Stopwatch::start();
    risk::events(&args.events, |events| test.see_all(events))?;
    let took = watch.elapsed();
    let differences = test.differences();
    let rooms = test.rooms();
    let (first, others) = test.reports();
    let reports: Vec<Report> = std::iter::once(first).chain(others).collect();
    if let Some(file) = &args.html {
        let page = Page { reports: &reports, differences: &differences }.draw();
        std::fs::write(file, page).with_context(|| format!("cannot write {}", file.display()))?;
    }
    if args.json {
        out!("{}", serde_json::json!({ "policies": reports, "beside_the_first": differences }));
    } else {
        print(&reports, &differences);
    }
    if reports.first().is_some_and(|report| report.events == 0) {
        eprintln!("{}: no event is in it, so nothing was judged", args.events.display());
    }
    tell_room(&rooms);
    if args.cost {
        tell_cost(&reports, took)?;
    }
    Ok(Outcome::Well)
}

/// Says when what a rule looks back at had to go for others: then it counted too little.
fn tell_room(rooms: &[Room]) {
    for room in rooms.iter().filter(|room| room.forgotten.needed > 0) {
        let (whose, keys, many) = (room.subject.name(), room.keys_max, room.forgotten.needed);
        eprintln!(
            "{many} times a key of {whose} that a rule still looked back at had to go for others: \
             {keys} are remembered; rules on it held too rarely (--keys)"
        );
    }
}

/// What it took: never in the report, which is the same for the same recording.
fn tell_cost(reports: &[Report], took: Duration) -> Result<()> {
    let events = reports.first().map_or(0, |report| report.events);
    let millis = u64::try_from(took.as_millis()).unwrap_or_default().max(1);
    let rate = events.saturating_mul(1_000).div_euclid(millis);
    let peak = peak_bytes()?.div_euclid(1_000_000);
    let (secs, rest) = (millis.div_euclid(1_000), millis.rem_euclid(1_000));
    eprintln!("{events} events in {secs}.{rest:03} s, {rate} a second, {peak} MB at the most");
    Ok(())
}

/// Rows of a table whose columns are as wide as what stands in them.
struct Rows(Vec<(String, Vec<String>)>);

impl Rows {
    fn add(&mut self, what: &str, cells: Vec<String>) {
        self.0.push((what.to_owned(), cells));
    }

    fn print(&self) {
        let count = |text: &str| text.chars().count();
        let name = self.0.iter().map(|(what, _)| count(what)).max().unwrap_or_default();
        let columns = self.0.iter().map(|(_, cells)| cells.len()).max().unwrap_or_default();
        let widest = |column: usize| {
            let cells = self.0.iter().filter_map(|(_, cells)| cells.get(column));
            cells.map(|cell| count(cell)).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(widest).collect();
        for (what, cells) in &self.0 {
            let cells = cells.iter().zip(&widths).map(|(cell, &width)| format!("  {cell:>width$}"));
            out!("{}", format!("{what:<name$}{}", cells.collect::<String>()).trim_end());
        }
    }
}

fn print(reports: &[Report], differences: &[Difference]) {
    let each = |cell: &dyn Fn(&Report) -> String| reports.iter().map(cell).collect::<Vec<_>>();
    let mut rows = Rows(Vec::new());
    rows.add("", each(&|r| format!("{} {}", r.policy, r.version)));
    rows.add("events", each(&|r| r.events.to_string()));
    rows.add("yen stopped", each(&|r| r.yen_stopped.to_string()));
    rows.add("  in 95 of 100", each(&|r| between(r.ranges.yen_stopped)));
    rows.add("  of these by a challenge alone", each(&|r| r.yen_stopped_by_challenge.to_string()));
    rows.add("yen lost", each(&|r| r.yen_lost.to_string()));
    rows.add("  in 95 of 100", each(&|r| between(r.ranges.yen_lost)));
    let bothered = |r: &Report| format!("{} of {}", r.customers_bothered, r.customers);
    rows.add("honest customers bothered", each(&bothered));
    rows.add("  in 95 of 100", each(&|r| between(r.ranges.customers_bothered)));
    rows.add("", Vec::new());
    for outcome in Decided::ALL {
        rows.add(outcome.name(), each(&|r| by_outcome(r, outcome)));
    }
    rows.add("", Vec::new());
    let (held, never): (Vec<&String>, Vec<&String>) =
        rules(reports).into_iter().partition(|name| {
            let mut of = reports.iter().filter_map(|report| report.rules.get(*name));
            of.any(|rule| rule.held.frauds > 0 || rule.held.honest > 0)
        });
    for name in held {
        rows.add(name, each(&|r| r.rules.get(name).map(of_rule).unwrap_or_default()));
    }
    rows.print();
    if !never.is_empty() {
        let never: Vec<&str> = never.into_iter().map(String::as_str).collect();
        out!("never held: {}", never.join(", "));
    }
    for (report, difference) in reports.iter().skip(1).zip(differences) {
        let (yen, people) = (difference.yen_lost, difference.customers_bothered);
        out!(
            "\n{} {} beside the first, in 95 of 100: yen lost {} to {}, honest customers bothered \
             {:+} to {:+}",
            report.policy,
            report.version,
            signed(yen.low),
            signed(yen.high),
            people.low,
            people.high,
        );
    }
    out!(
        "\nby outcome and by rule: frauds (yen) / honest acts (customers); of a rule also its yen in \
         95 of 100, and \"alone\", what no other rule would have stopped\n\
         in 95 of 100: drawn from the recording's customers, with a fixed seed"
    );
}

/// Every rule of any of them.
fn rules(reports: &[Report]) -> Vec<&String> {
    let mut names: Vec<&String> = reports.iter().flat_map(|report| report.rules.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn between<T: std::fmt::Display>(range: Range<T>) -> String {
    format!("{} to {}", range.low, range.high)
}

/// Yen with a sign.
fn signed(yen: i64) -> String {
    let sign = if yen < 0 { "−" } else { "+" };
    format!("{sign}{}", Yen::new(yen.unsigned_abs()).unwrap_or(Yen::MAX))
}

fn by_outcome(report: &Report, outcome: Decided) -> String {
    let Some(did) = report.outcomes.get(outcome.name()) else { return String::new() };
    let people = report.customers_by_outcome.get(outcome.name());
    let people = people.map(|people| format!(" ({people})")).unwrap_or_default();
    format!("{} ({}) / {}{people}", did.frauds, did.fraud_yen, did.honest)
}

fn of_rule(rule: &OfRule) -> String {
    let held = &rule.held;
    let mut fraud = held.fraud_yen.to_string();
    if held.frauds > 0 {
        fraud = format!("{fraud}, {}, alone {}", between(rule.fraud_yen_range), rule.only_yen);
    }
    let mark = if rule.is_shadow { "shadow: " } else { "" };
    format!("{mark}{} ({fraud}) / {} ({})", held.frauds, held.honest, rule.customers)
}
