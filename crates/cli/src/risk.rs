//! `kanuki risk`: policies checked, and tried on what was recorded.

use std::{
    fs,
    io::{self, BufRead as _, BufReader},
    path::Path,
    sync::{
        Arc,
        mpsc::{self, SyncSender},
    },
    thread,
};

use anyhow::{Context as _, Result, anyhow, bail};
use kanuki_risk::{Company, Event, Policy, PolicyError, Recording, model::Model};
use kanuki_site::Clock as _;

use crate::{
    Outcome,
    args::{Risk, RiskCheck, Whose},
    backtest,
    out::out,
    real::SystemClock,
    train::{self, models},
};

/// Checks or tries policies.
pub(crate) fn run(command: &Risk) -> Result<Outcome> {
    match command {
        Risk::Check(args) => check(args),
        Risk::Backtest(args) => backtest::run(args),
        Risk::Train(args) => train::run(args),
        Risk::Study(args) => crate::study::run(args),
        Risk::Mules(args) => crate::mules::run(args),
        Risk::Bench(args) => crate::bench::run(args),
    }
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// A policy that can be obeyed: by `whose` company, or by the one that it is named after.
fn checked(
    text: &str,
    models: &[Arc<Model>],
    whose: Option<Whose>,
) -> std::result::Result<Policy, PolicyError> {
    let policy = Policy::parse_with(text, models)?;
    let company = match whose {
        Some(Whose::Bank) => Some(Company::Bank),
        Some(Whose::Wallet) => Some(Company::Wallet),
        None => Company::named(policy.name()),
    };
    let unsent = company.map(|company| policy.unsent(company)).unwrap_or_default();
    if unsent.is_empty() { Ok(policy) } else { Err(PolicyError(unsent)) }
}

/// What ships, of one company or of both.
fn shipped(whose: Option<Whose>) -> Vec<(String, String)> {
    let bank = ("bank".to_owned(), Policy::bank_text().to_owned());
    let wallet = ("wallet".to_owned(), Policy::wallet_text().to_owned());
    match whose {
        Some(Whose::Bank) => vec![bank],
        Some(Whose::Wallet) => vec![wallet],
        None => vec![bank, wallet],
    }
}

fn check(args: &RiskCheck) -> Result<Outcome> {
    let texts = match &args.file {
        Some(file) => vec![(file.display().to_string(), read(file)?)],
        None => shipped(args.company),
    };
    let (mut outcome, models) = (Outcome::Well, models(&args.models)?);
    for (name, text) in texts {
        match checked(&text, &models, args.company) {
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
                            "message": mistake.message.to_string(), "help": mistake.help.to_string(),
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

/// So much of a recording is read at once.
const READ_BYTES: usize = 1 << 20;
/// So many events are handed on together.
const TOGETHER: usize = 512;
/// So many times as many may wait to be judged.
const AHEAD: usize = 8;

/// Hands the events of a recording to `see`, some at a time; `-` is the standard input.
pub(crate) fn events(recording: &Path, see: impl FnMut(&[Event])) -> Result<()> {
    let named = recording.display();
    if recording == Path::new("-") {
        return judged_while_read(io::stdin(), "standard input", see);
    }
    let file = fs::File::open(recording).with_context(|| format!("cannot read {named}"))?;
    judged_while_read(file, &named.to_string(), see)
}

/// To read a line takes about as long as to judge it, so another thread does.
fn judged_while_read(
    from: impl io::Read + Send,
    named: &str,
    mut see: impl FnMut(&[Event]),
) -> Result<()> {
    let (to, read) = mpsc::sync_channel::<Vec<Event>>(AHEAD);
    thread::scope(|scope| {
        let reading = thread::Builder::new()
            .spawn_scoped(scope, move || read_events(from, named, &to))
            .context("cannot start a thread")?;
        for events in read {
            see(&events);
        }
        reading.join().unwrap_or_else(|_| bail!("{named} could not be read on"))
    })
}

fn read_events(from: impl io::Read, named: &str, to: &SyncSender<Vec<Event>>) -> Result<()> {
    let mut from = BufReader::with_capacity(READ_BYTES, from);
    let (mut lines, mut line) = (Recording::until(SystemClock.now()), String::new());
    let mut events = Vec::with_capacity(TOGETHER);
    for number in 1_u64.. {
        line.clear();
        let read = from.read_line(&mut line);
        if read.with_context(|| format!("cannot read {named}, line {number}"))? == 0 {
            break;
        }
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        match lines.read(line) {
            Ok(event) => events.push(event),
            Err(error) => bail!("{named}:{number}: {error}"),
        }
        if events.len() >= TOGETHER {
            let whole = std::mem::replace(&mut events, Vec::with_capacity(TOGETHER));
            if to.send(whole).is_err() {
                return Ok(());
            }
        }
    }
    // Whoever judges listens until this thread is done.
    let _heard = to.send(events);
    Ok(())
}
