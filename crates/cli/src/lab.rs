//! `kanuki lab`: crimes replayed, and counted in yen.

use std::path::Path;

use anyhow::{Context as _, Result};
use kanuki_lab::{HuntOptions, Options, PolicyFile, Report, Scenario, Starts, Story, Trial};

use crate::{
    Outcome,
    args::{Lab, LabAblate, LabCheck, LabHunt, LabList, LabRun, LabSweep},
    lab_bench,
    lab_progress::Teller,
    out::{out, require_folder, require_writable},
};

/// Lists or runs playbooks.
pub(crate) fn run(command: &Lab) -> Result<Outcome> {
    match command {
        Lab::List(args) => list(args),
        Lab::Check(args) => check(args),
        Lab::Run(args) => replay(args),
        Lab::Ablate(args) => ablate(args),
        Lab::Hunt(args) => hunt(args),
        Lab::Sweep(args) => sweep(args),
        Lab::Bench(args) => lab_bench::run(args),
    }
}

fn list(args: &LabList) -> Result<Outcome> {
    let listing = kanuki_lab::list()?;
    if args.json {
        let playbook = |s: &Scenario| {
            let starts: Vec<&str> = s.starts.iter().map(|start| start.name()).collect();
            serde_json::json!({
                "name": s.id, "about": s.about, "ja": s.told.ja.title, "source": s.source,
                "knowledge": s.knowledge, "budget": s.budget, "steps": s.steps,
                "controls": s.controls, "policies": s.policies, "open_to": s.open_to, "closed": s.closed,
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
        let played = playbook.policies.join(", ");
        out!("  {:<26} {} ({played})", playbook.id, playbook.about);
    }
    out!("policies");
    for policy in &listing.policies {
        out!("  {:<26} {}", policy.name, policy.about);
    }
    out!("  {:<26} one of your own (docs/adding-an-attack.md)", "FILE.toml");
    Ok(Outcome::Well)
}

/// Reads scenario and policy files and says what is wrong with them.
fn check(args: &LabCheck) -> Result<Outcome> {
    let mut outcome = Outcome::Well;
    for file in &args.files {
        let text = read(file)?;
        match Scenario::parse(&text) {
            Ok(scenario) => out!("{}: {}", file.display(), scenario.about),
            Err(error) => {
                out!("{}: {error}", file.display());
                outcome = Outcome::Bad;
            }
        }
    }
    for file in &args.policies {
        let (name, text) = (file.display().to_string(), read(file)?);
        match PolicyFile::parse(&name, &text) {
            Ok(policy) => out!("{name}: {}", policy.about),
            Err(error) => {
                out!("{name}: {error}");
                outcome = Outcome::Bad;
            }
        }
    }
    Ok(outcome)
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// The policies of these that are files.
fn policy_files(asked: &[String]) -> Result<Vec<PolicyFile>> {
    let is_file = |name: &&String| {
        Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("toml"))
    };
    let parse = |name: &String| {
        PolicyFile::parse(name, &read(Path::new(name))?).with_context(|| name.clone())
    };
    asked.iter().filter(is_file).map(parse).collect()
}

fn replay(args: &LabRun) -> Result<Outcome> {
    if let Some(wallet) = &args.target {
        return crate::foray::run(args, wallet);
    }
    let otherwise = Options::default();
    let options = Options {
        playbooks: args.playbooks.clone(),
        policies: args.policies.clone(),
        files: policy_files(&args.policies)?,
        seed: args.seed.unwrap_or(otherwise.seed),
        customers: args.customers.unwrap_or(otherwise.customers),
        is_fitted: args.customers.is_none(),
        days: args.days.unwrap_or(otherwise.days),
        answers: args.answers.unwrap_or(otherwise.answers),
        faults: args.faults,
        crowd: true,
    };
    let files = [&args.json, &args.html, &args.svg, &args.trace];
    require_writable(files.map(Option::as_deref))?;
    require_folder(args.pages.as_deref())?;
    let teller = Teller::start();
    let report = kanuki_lab::run_telling(&options, &|progress| teller.tell(progress))?;
    teller.end();
    let is_json_on_terminal = args.json.as_deref().is_some_and(|file| file == Path::new("-"));
    if let Some(file) = &args.json {
        write(file, &report.to_json()?)?;
    }
    if let Some(file) = &args.html {
        write(file, &report.to_html())?;
    }
    if let Some(file) = &args.svg {
        write(file, &report.to_svg())?;
    }
    if let Some(folder) = &args.pages {
        for (name, page) in report.to_plain_pages(&kanuki_lab::list()?.playbooks) {
            write(&folder.join(name), &page)?;
        }
    }
    if let Some(file) = &args.trace {
        write(file, &traces(&report))?;
    }
    if !is_json_on_terminal {
        out!("{}", report.to_text());
    }
    Ok(judge(&report))
}

/// What each control is worth.
fn ablate(args: &LabAblate) -> Result<Outcome> {
    let otherwise = Options::default();
    let options = Options {
        seed: args.seed,
        customers: args.customers,
        is_fitted: false,
        days: args.days,
        answers: args.answers.unwrap_or(otherwise.answers),
        ..otherwise
    };
    let named = |off: &String| Trial {
        off: off.split(',').map(|name| name.trim().to_owned()).collect(),
        playbooks: args.playbooks.clone(),
    };
    let trials = if args.off.is_empty() {
        Trial::all(&args.playbooks)
    } else {
        args.off.iter().map(named).collect()
    };
    let files = [&args.json, &args.html, &args.markdown].map(Option::as_deref);
    require_writable(files)?;
    let table = kanuki_lab::ablate(&options, &trials)?;
    if let Some(file) = &args.json {
        write(file, &table.to_json()?)?;
    }
    if let Some(file) = &args.html {
        write(file, &table.to_html())?;
    }
    if let Some(file) = &args.markdown {
        write(file, &table.to_markdown())?;
    }
    if files.iter().flatten().all(|file| *file != Path::new("-")) {
        out!("{}", table.to_text());
    }
    Ok(if table.is_ok() { Outcome::Well } else { Outcome::Bad })
}

/// The promises over many seeds.
fn sweep(args: &LabSweep) -> Result<Outcome> {
    let options = Options {
        playbooks: args.playbooks.clone(),
        customers: if args.customers == 0 { 4 } else { args.customers },
        is_fitted: false,
        days: args.days,
        crowd: args.customers > 0,
        ..Options::default()
    };
    let last = args.first.saturating_add(args.seeds.saturating_sub(1));
    let swept = kanuki_lab::sweep(&options, (args.first..=last, Starts::Both), &args.answers)?;
    if args.json {
        out!("{}", swept.to_json());
    } else {
        out!("{}", swept.to_text());
    }
    Ok(if swept.is_ok() { Outcome::Well } else { Outcome::Bad })
}

/// Searches for a loss, or plays kept stories again.
fn hunt(args: &LabHunt) -> Result<Outcome> {
    if !args.replay.is_empty() {
        return replay_stories(args);
    }
    require_folder(args.keep.as_deref())?;
    let options = HuntOptions { runs: args.runs, seed: args.seed, faults: args.faults };
    let mut tell = |line: &str| {
        if !args.json {
            out!("{line}");
        }
    };
    let hunt = kanuki_lab::hunt(&options, &mut tell)?;
    if let Some(folder) = &args.keep {
        for (number, found) in hunt.found.iter().enumerate() {
            let file = folder.join(format!("seed-{}-{number}.toml", args.seed));
            write(&file, &found.story.to_file())?;
        }
    }
    if args.json {
        let found = |found: &kanuki_lab::Found| serde_json::json!({ "story": found.story.line(), "broken": found.broken });
        let found: Vec<_> = hunt.found.iter().map(found).collect();
        let json = serde_json::json!({
            "runs": hunt.runs, "kept": hunt.kept, "answers": hunt.answers, "most": hunt.most,
            "moves": hunt.moves,
            "found": found,
        });
        out!("{json}");
    } else {
        let (runs, most, found) = (hunt.runs, hunt.most, hunt.found.len());
        out!("{runs} stories, {found} found; the most that one victim lost was {most}");
    }
    Ok(if hunt.found.is_empty() { Outcome::Well } else { Outcome::Bad })
}

fn replay_stories(args: &LabHunt) -> Result<Outcome> {
    let mut outcome = Outcome::Well;
    for file in &args.replay {
        let text = read(file)?;
        let story = Story::parse(&text).with_context(|| file.display().to_string())?;
        let broken = kanuki_lab::replay(&story)?;
        if broken.is_empty() {
            out!("{}: every promise kept", file.display());
        } else {
            out!("{}: {}", file.display(), broken.join("; "));
            outcome = Outcome::Bad;
        }
    }
    Ok(outcome)
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

/// Writes a report where it was asked for; `-` is the terminal.
pub(crate) fn write(file: &Path, text: &str) -> Result<()> {
    if file == Path::new("-") {
        out!("{text}");
        return Ok(());
    }
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
