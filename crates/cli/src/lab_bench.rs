//! `kanuki lab bench`: what the lab itself costs on this machine.

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use kanuki_lab::{Lap, Options, Work};

use crate::{Outcome, out::out, real};

/// What is measured.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Subject {
    /// What honest customers ask for, in a second of one core.
    Actions,
    /// The memory of a bank with a million accounts.
    Accounts,
    /// The time of every playbook under the three policies.
    Playbooks,
}

/// `kanuki lab bench`.
#[derive(Debug, Args)]
pub(crate) struct LabBench {
    /// What to measure.
    subject: Subject,
    /// For `actions`: honest customers.
    #[arg(long, default_value_t = 1_000)]
    customers: u32,
    /// For `actions`: days on which they are about.
    #[arg(long, default_value_t = 20)]
    days: u32,
    /// For `accounts`: how many the bank has.
    #[arg(long, default_value_t = 1_000_000)]
    accounts: u32,
    /// The same seed is the same work.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The least actions in a second of one core.
const ACTIONS_MIN: u64 = 3_000;
/// The most memory of a bank with a million accounts, in bytes.
const BYTES_MAX: u64 = 4_000_000_000;
/// The most time of all playbooks under three policies, in seconds of two cores.
const PLAYBOOKS_SECS_MAX: u64 = 600;

/// Measures; [`Outcome::Bad`] if a bar was missed.
pub(crate) fn run(args: &LabBench) -> Result<Outcome> {
    let (told, is_met) = match args.subject {
        Subject::Actions => actions(args)?,
        Subject::Accounts => accounts(args)?,
        Subject::Playbooks => playbooks(args)?,
    };
    if args.json {
        out!("{}", serde_json::Value::Object(told));
    } else {
        for (what, value) in &told {
            out!("{what:<28}{:>16}", value.to_string());
        }
        out!("{}", if is_met { "the bar is met" } else { "THE BAR IS MISSED" });
    }
    Ok(if is_met { Outcome::Well } else { Outcome::Bad })
}

type Told = serde_json::Map<String, serde_json::Value>;

/// Processor time of this thread when each part was over, in nanoseconds.
fn timed(work: impl FnOnce(&mut dyn FnMut(Lap)) -> Result<Work>) -> Result<(Work, u64)> {
    let (mut built, mut lived) = (None, None);
    let work = work(&mut |lap| match lap {
        Lap::Built => built = real::thread_nanos(),
        Lap::Lived => lived = real::thread_nanos(),
    })?;
    let spent = built.zip(lived).map(|(from, until)| until.saturating_sub(from));
    Ok((work, spent.context("this system does not say what a thread cost")?))
}

fn actions(args: &LabBench) -> Result<(Told, bool)> {
    let who = (args.customers, args.days);
    let (work, nanos) = timed(|lap| Ok(kanuki_lab::live(who, args.seed, lap)?))?;
    let per_second = |count: u64| {
        let count = u128::from(count).saturating_mul(1_000_000_000);
        let found = count.checked_div(u128::from(nanos)).unwrap_or_default();
        u64::try_from(found).unwrap_or(u64::MAX)
    };
    let mut told = Told::new();
    for (kind, count) in &work.actions {
        told.insert((*kind).to_owned(), (*count).into());
    }
    told.insert("actions".to_owned(), work.total().into());
    told.insert("requests".to_owned(), work.requests.into());
    told.insert("requests_per_second".to_owned(), per_second(work.requests).into());
    told.insert("actions_per_second".to_owned(), per_second(work.total()).into());
    told.insert("findings".to_owned(), work.findings.clone().into());
    Ok((told, per_second(work.total()) >= ACTIONS_MIN && work.findings.is_empty()))
}

fn accounts(args: &LabBench) -> Result<(Told, bool)> {
    let (work, nanos) = timed(|lap| Ok(kanuki_lab::crowd(args.accounts, args.seed, lap)?))?;
    let peak = real::peak_bytes()?;
    let mut told = Told::new();
    told.insert("accounts".to_owned(), work.accounts.into());
    told.insert("peak_bytes".to_owned(), peak.into());
    told.insert("join_and_top_up_us".to_owned(), nanos.div_euclid(1_000).into());
    told.insert("findings".to_owned(), work.findings.clone().into());
    Ok((told, peak < BYTES_MAX && work.findings.is_empty()))
}

fn playbooks(args: &LabBench) -> Result<(Told, bool)> {
    let options = Options { seed: args.seed, ..Options::default() };
    let watch = real::Stopwatch::start();
    let report = kanuki_lab::run(&options)?;
    let secs = watch.elapsed().as_secs();
    let spent = real::process_millis()?.div_ceil(1_000);
    let missed = report.runs.iter().filter(|run| !run.is_ok());
    let missed: Vec<String> =
        missed.map(|run| format!("{}, {}", run.playbook, run.title())).collect();
    let mut told = Told::new();
    told.insert("worlds".to_owned(), report.runs.len().into());
    told.insert("seconds".to_owned(), secs.into());
    told.insert("processor_seconds".to_owned(), spent.into());
    told.insert("missed".to_owned(), missed.into());
    // Where others use the machine too, half of the processor's time is what two free cores take.
    Ok((told, secs.min(spent.div_ceil(2)) <= PLAYBOOKS_SECS_MAX && report.is_ok()))
}
