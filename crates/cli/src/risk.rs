//! `kanuki risk`: policies checked, and tried on what was recorded.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    sync::Arc,
};

use anyhow::{Context as _, Result, anyhow, bail};
use kanuki_risk::{Backtest, Bounds, Event, Policy, Report, Tally, model::Model};

use crate::{
    Outcome,
    args::{Risk, RiskBacktest, RiskCheck},
    out::out,
    train::{self, models},
};

/// Checks or tries policies.
pub(crate) fn run(command: &Risk) -> Result<Outcome> {
    match command {
        Risk::Check(args) => check(args),
        Risk::Backtest(args) => backtest(args),
        Risk::Train(args) => train::run(args),
        Risk::Study(args) => crate::study::run(args),
        Risk::Bench(args) => crate::bench::run(args),
    }
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn check(args: &RiskCheck) -> Result<Outcome> {
    let texts = match &args.file {
        Some(file) => vec![(file.display().to_string(), read(file)?)],
        None => vec![
            ("bank".to_owned(), Policy::bank_text().to_owned()),
            ("wallet".to_owned(), Policy::wallet_text().to_owned()),
        ],
    };
    let (mut outcome, models) = (Outcome::Well, models(&args.models)?);
    for (name, text) in texts {
        match Policy::parse_with(&text, &models) {
            Ok(policy) if args.json => out!(
                "{}",
                serde_json::json!({
                    "ok": true,
                    "policy": policy.name(),
                    "version": policy.version(),
                    "rules": policy.rules().iter().map(|rule| &rule.name).collect::<Vec<_>>(),
                })
            ),
            Ok(policy) => {
                let (count, version) = (policy.rules().len(), policy.version());
                out!("{name}: {count} rules, version {version}, nothing wrong");
            }
            Err(error) => {
                outcome = Outcome::Bad;
                if args.json {
                    let mistakes = error.0.iter().map(|mistake| {
                        let (line, column) = mistake.place(&text);
                        serde_json::json!({
                            "line": line, "column": column,
                            "message": mistake.message, "help": mistake.help,
                        })
                    });
                    let mistakes: Vec<_> = mistakes.collect();
                    out!("{}", serde_json::json!({ "ok": false, "mistakes": mistakes }));
                } else {
                    out!("{}", error.render(&name, &text).trim_end_matches('\n'));
                }
            }
        }
    }
    Ok(outcome)
}

/// A policy by its file, or one that ships by its name.
pub(crate) fn policy(named: &str, models: &[Arc<Model>]) -> Result<Policy> {
    let text = match named {
        "bank" => Policy::bank_text().to_owned(),
        "wallet" => Policy::wallet_text().to_owned(),
        file => read(Path::new(file))?,
    };
    Policy::parse_with(&text, models).map_err(|error| anyhow!("{}", error.render(named, &text)))
}

/// Hands each event of a recording to `see`.
pub(crate) fn events(recording: &Path, mut see: impl FnMut(&Event)) -> Result<()> {
    let file = fs::File::open(recording)
        .with_context(|| format!("cannot read {}", recording.display()))?;
    for (number, line) in (1_usize..).zip(BufReader::new(file).lines()) {
        let line = line.with_context(|| format!("cannot read line {number}"))?;
        if line.trim().is_empty() {
            continue;
        }
        match Event::parse(&line) {
            Ok(event) => see(&event),
            Err(error) => bail!("{}:{number}: this is no event: {error}", recording.display()),
        }
    }
    Ok(())
}

fn backtest(args: &RiskBacktest) -> Result<Outcome> {
    let models = models(&args.models)?;
    let policies = args.policies.iter().map(|named| policy(named, &models));
    let policies: Vec<Policy> = policies.collect::<Result<_>>()?;
    let one = |policy: Policy| Backtest::new(policy, Bounds::default());
    let mut tests: Vec<Backtest> = policies.into_iter().map(one).collect();
    events(&args.events, |event| {
        for test in &mut tests {
            test.see(event);
        }
    })?;
    let reports: Vec<Report> = tests.into_iter().map(Backtest::report).collect();
    if args.json {
        out!("{}", serde_json::json!({ "policies": reports }));
    } else {
        print(&reports);
    }
    Ok(Outcome::Well)
}

fn print(reports: &[Report]) {
    let row = |what: &str, cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:>28}")).collect();
        out!("{what:<34}{}", cells.concat());
    };
    let each = |cell: &dyn Fn(&Report) -> String| reports.iter().map(cell).collect::<Vec<_>>();
    row("", each(&|r| format!("{} {}", r.policy, r.version)));
    row("events", each(&|r| r.events.to_string()));
    row("yen stopped", each(&|r| r.yen_stopped.to_string()));
    row("  of these by a challenge alone", each(&|r| r.yen_stopped_by_challenge.to_string()));
    row("yen lost", each(&|r| r.yen_lost.to_string()));
    row(
        "honest customers bothered",
        each(&|r| format!("{} of {}", r.customers_bothered, r.customers)),
    );
    out!();
    for outcome in kanuki_risk::Outcome::ALL {
        let cell = |r: &Report| r.outcomes.get(outcome.name()).map(tally).unwrap_or_default();
        row(outcome.name(), each(&cell));
    }
    out!();
    let mut names: Vec<&String> = reports.iter().flat_map(|r| r.rules.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let cell = |r: &Report| r.rules.get(name).map(|rule| tally(&rule.held)).unwrap_or_default();
        row(name, each(&cell));
    }
    out!("\nfrauds (yen) / honest acts, by outcome and by rule");
}

fn tally(tally: &Tally) -> String {
    format!("{} ({}) / {}", tally.frauds, tally.fraud_yen, tally.honest)
}
