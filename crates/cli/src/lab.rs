//! `kanuki lab`: crimes replayed, and counted in yen.

use std::path::Path;

use anyhow::{Context as _, Result};
use kanuki_lab::{Options, Report, Scenario};

use crate::{
    Outcome,
    args::{Lab, LabCheck, LabList, LabRun},
    out::out,
};

/// Lists or runs playbooks.
pub(crate) fn run(command: &Lab) -> Result<Outcome> {
    match command {
        Lab::List(args) => list(args),
        Lab::Check(args) => check(args),
        Lab::Run(args) => replay(args),
    }
}

fn list(args: &LabList) -> Result<Outcome> {
    let listing = kanuki_lab::list()?;
    if args.json {
        let playbook = |s: &Scenario| {
            let starts: Vec<&str> = s.starts.iter().map(|start| start.name()).collect();
            serde_json::json!({
                "name": s.id, "about": s.about, "ja": s.ja, "source": s.source,
                "knowledge": s.knowledge, "budget": s.budget, "steps": s.steps,
                "controls": s.controls, "policies": s.policies, "open_to": s.open_to,
                "starts": starts,
            })
        };
        let policies = listing.policies.iter();
        let json = serde_json::json!({
            "playbooks": listing.playbooks.iter().map(playbook).collect::<Vec<_>>(),
            "policies": policies
                .map(|p| serde_json::json!({ "name": p.name, "about": p.about }))
                .collect::<Vec<_>>(),
        });
        out!("{json}");
        return Ok(Outcome::Well);
    }
    out!("playbooks");
    for playbook in &listing.playbooks {
        out!("  {:<26} {}", playbook.id, playbook.about);
    }
    out!("policies");
    for policy in &listing.policies {
        out!("  {:<26} {}", policy.name, policy.about);
    }
    Ok(Outcome::Well)
}

/// Reads scenario files and says what is wrong with them.
fn check(args: &LabCheck) -> Result<Outcome> {
    let mut outcome = Outcome::Well;
    for file in &args.files {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        match Scenario::parse(&text) {
            Ok(scenario) => out!("{}: {}", file.display(), scenario.about),
            Err(error) => {
                out!("{}: {error}", file.display());
                outcome = Outcome::Bad;
            }
        }
    }
    Ok(outcome)
}

fn replay(args: &LabRun) -> Result<Outcome> {
    let otherwise = Options::default();
    let options = Options {
        playbooks: args.playbooks.clone(),
        policies: args.policies.clone(),
        seed: args.seed,
        customers: args.customers.unwrap_or(otherwise.customers),
        days: args.days.unwrap_or(otherwise.days),
        answers: args.answers.unwrap_or(otherwise.answers),
    };
    let report = kanuki_lab::run(&options)?;
    let is_json_on_terminal = args.json.as_deref().is_some_and(|file| file == Path::new("-"));
    if let Some(file) = &args.json {
        write(file, &report.to_json()?)?;
    }
    if let Some(file) = &args.html {
        write(file, &report.to_html())?;
    }
    if let Some(file) = &args.trace {
        write(file, &traces(&report))?;
    }
    if !is_json_on_terminal {
        out!("{}", report.to_text());
    }
    Ok(judge(&report))
}

/// Every run's trace under its name.
fn traces(report: &Report) -> String {
    let of = |run: &kanuki_lab::Run| {
        format!("{} {}\n{}\n", run.playbook, run.title(), run.trace.join("\n"))
    };
    report.runs.iter().map(of).collect()
}

fn judge(report: &Report) -> Outcome {
    if report.is_ok() { Outcome::Well } else { Outcome::Bad }
}

fn write(file: &Path, text: &str) -> Result<()> {
    if file == Path::new("-") {
        out!("{text}");
        return Ok(());
    }
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
