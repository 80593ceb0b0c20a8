//! `kanuki lab`: crimes replayed, and counted in yen.

use std::path::Path;

use anyhow::{Context as _, Result};
use kanuki_lab::{Listed, Options, Report};

use crate::{
    Outcome,
    args::{Lab, LabList, LabRun},
};

/// Lists or runs playbooks.
pub(crate) fn run(command: &Lab) -> Result<Outcome> {
    match command {
        Lab::List(args) => Ok(list(args)),
        Lab::Run(args) => replay(args),
    }
}

fn list(args: &LabList) -> Outcome {
    let listing = kanuki_lab::list();
    if args.json {
        let all = |entries: &[Listed]| -> Vec<serde_json::Value> {
            let one = |e: &Listed| serde_json::json!({ "name": e.name, "about": e.about });
            entries.iter().map(one).collect()
        };
        let json = serde_json::json!({
            "playbooks": all(&listing.playbooks),
            "policies": all(&listing.policies),
        });
        println!("{json}");
        return Outcome::Well;
    }
    for (heading, entries) in [("playbooks", &listing.playbooks), ("policies", &listing.policies)] {
        println!("{heading}");
        for entry in entries {
            println!("  {:<14} {}", entry.name, entry.about);
        }
    }
    Outcome::Well
}

fn replay(args: &LabRun) -> Result<Outcome> {
    let otherwise = Options::default();
    let options = Options {
        playbooks: args.playbooks.clone(),
        policies: args.policies.clone(),
        seed: args.seed,
        customers: args.customers.unwrap_or(otherwise.customers),
        days: args.days.unwrap_or(otherwise.days),
    };
    let report = kanuki_lab::run(&options)?;
    let is_json_on_terminal = args.json.as_deref().is_some_and(|file| file == Path::new("-"));
    if let Some(file) = &args.json {
        write(file, &report.to_json()?)?;
    }
    if let Some(file) = &args.html {
        write(file, &report.to_html())?;
    }
    if !is_json_on_terminal {
        println!("{}", report.to_text());
    }
    Ok(judge(&report))
}

fn judge(report: &Report) -> Outcome {
    if report.is_ok() { Outcome::Well } else { Outcome::Bad }
}

fn write(file: &Path, text: &str) -> Result<()> {
    if file == Path::new("-") {
        println!("{text}");
        return Ok(());
    }
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
