//! `kanuki ledger crash-test`: this program is killed while it serves a ledger, and then counted.
//!
//! A process of its own serves the embedded ledger to many callers and writes a line for each answer.
//! It is killed (`SIGKILL`: it hears nothing of it) at a random instant, now and then before it has
//! opened the books. Then they are opened here and held against the lines: whatever was answered is
//! there, whole and once; of what was under way, all or nothing; every sum is that of what is there. The
//! next process asks for what nobody was answered again. A killed process tests this program and its
//! file system's order of writes; what a disk forgets when the power fails, it does not.

mod count;
pub(super) mod load;
mod work;

use std::{
    io::{BufRead as _, BufReader, Read},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use kanuki_domain::Entropy as _;
use kanuki_ledger::EmbeddedEngine;
use kanuki_site::Clock as _;
use serde::Serialize;

use super::{args::CrashTest, wait};
use crate::{
    Outcome,
    out::out,
    real::{Stopwatch, SystemClock, SystemEntropy},
};
use count::Told;

/// How long a process may take until its first answer.
const PATIENCE: Duration = Duration::from_mins(2);
/// One kill in so many comes before the first answer.
const EARLY: u32 = 8;
/// After so many kills the command `verify` counts all of it, and the terminal is told.
const STRETCH: u32 = 100;

/// What was found, in the shape that scripts rely on.
#[derive(Debug, Default, Serialize)]
struct Report {
    ok: bool,
    kills: u32,
    answered: u64,
    /// Kept although nobody was told, because the kill came between.
    untold: u64,
    problems: Vec<String>,
}

/// Kills and counts.
pub(super) fn run(args: &CrashTest) -> Result<Outcome> {
    let data = args.folder.join(format!("kanuki_crash_{:08x}", throw()));
    let test = Test { args, ledger: data.join("company").join("ledger"), data };
    std::fs::create_dir_all(&test.ledger)
        .with_context(|| format!("cannot make {}", test.ledger.display()))?;
    let report = test.run().with_context(|| format!("{} is left behind", test.data.display()))?;
    if report.ok && !args.keep {
        std::fs::remove_dir_all(&test.data)
            .with_context(|| format!("{} is left behind", test.data.display()))?;
    }
    test.print(&report)
}

struct Test<'a> {
    args: &'a CrashTest,
    data: PathBuf,
    ledger: PathBuf,
}

impl Test<'_> {
    fn run(&self) -> Result<Report> {
        let mut told = Told::nothing(self.args.callers);
        let mut report = Report::default();
        while report.kills < self.args.times && report.problems.is_empty() {
            let before = told.answered.clone();
            self.kill_once(&mut told, report.kills)?;
            report.kills = report.kills.saturating_add(1);
            let is_last = report.kills == self.args.times;
            // In the end everything is looked at, not only what is new.
            let before = if is_last { vec![0; before.len()] } else { before };
            self.look(&before, &told, &mut report)?;
            if is_last || report.kills % STRETCH == 0 {
                self.verify(&mut report)?;
                if !self.args.json {
                    out!("{} kills, {} answers", report.kills, told.total());
                }
            }
        }
        report.answered = told.total();
        report.ok = report.problems.is_empty();
        Ok(report)
    }

    /// One process: begun, listened to, killed.
    fn kill_once(&self, told: &mut Told, kills: u32) -> Result<()> {
        let mut child = self.start(&told.answered)?;
        let lines = listen(child.stdout.take().context("the process cannot be heard")?)?;
        // The first one is let come to its answers, or there would be nothing to test.
        let is_early = kills > 0 && throw_below(EARLY) == 0;
        let heard = hear(&lines, is_early, self.args.millis, told);
        // Killed whatever happened, so that nothing of ours goes on.
        child.kill().context("the process cannot be killed")?;
        child.wait().context("the process cannot be waited for")?;
        heard?;
        while let Ok(line) = lines.recv() {
            note(&line, told)?;
        }
        Ok(())
    }

    fn start(&self, answered: &[u64]) -> Result<Child> {
        // Sometimes index and snapshots are written all the time, sometimes hardly ever.
        let stretch = match throw_below(3) {
            0 => "300",
            1 => "5000",
            _ => "262144",
        };
        let answered: Vec<String> = answered.iter().map(u64::to_string).collect();
        let mut process = Command::new(own()?);
        process.args(["ledger", "crash-load", "--stretch", stretch]);
        process.args(["--answered", &answered.join(",")]).arg("--folder").arg(&self.ledger);
        let child = process.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        child.context("this program cannot be started a second time")
    }

    /// Opens what is left, and looks.
    fn look(&self, before: &[u64], told: &Told, report: &mut Report) -> Result<()> {
        let (engine, opened) = match EmbeddedEngine::open(&self.ledger) {
            Ok(opened) => opened,
            Err(error) => {
                report.problems.push(format!("the books cannot be opened: {error}"));
                return Ok(());
            }
        };
        report.problems.extend(opened.mended);
        let now = SystemClock.now();
        let found = wait(count::count(&engine, before, told, now))?;
        report.untold = report.untold.saturating_add(found.untold);
        report.problems.extend(found.problems);
        Ok(())
    }

    /// As an operator would.
    fn verify(&self, report: &mut Report) -> Result<()> {
        let mut process = Command::new(own()?);
        process.args(["ledger", "verify", "--data"]).arg(&self.data);
        let said = process.stdin(Stdio::null()).output().context("cannot run ledger verify")?;
        if !said.status.success() {
            let words = [said.stdout, said.stderr].concat();
            report.problems.push(String::from_utf8_lossy(&words).trim().to_owned());
        }
        Ok(())
    }

    fn print(&self, report: &Report) -> Result<Outcome> {
        if self.args.json {
            out!("{}", serde_json::to_string(report)?);
        } else if report.ok {
            out!(
                "ok: killed {} times; of {} answers none is lost and nothing is doubled; {} more \
                 were kept that nobody was told of",
                report.kills,
                report.answered,
                report.untold
            );
        } else {
            out!("after {} kills; {} is left to be looked at:", report.kills, self.data.display());
            for problem in &report.problems {
                out!("  {problem}");
            }
        }
        Ok(if report.ok { Outcome::Well } else { Outcome::Bad })
    }
}

fn own() -> Result<PathBuf> {
    std::env::current_exe().context("this program does not know where it is")
}

/// What a process says, line by line, until it ends.
fn listen(says: impl Read + Send + 'static) -> Result<Receiver<String>> {
    let (heard, lines) = mpsc::channel();
    std::thread::Builder::new().name("listens".to_owned()).spawn(move || {
        for line in BufReader::new(says).lines().map_while(Result::ok) {
            if heard.send(line).is_err() {
                return;
            }
        }
    })?;
    Ok(lines)
}

/// Listens until the instant of the kill has come.
fn hear(lines: &Receiver<String>, is_early: bool, millis: u32, told: &mut Told) -> Result<()> {
    let mut end = Duration::from_millis(throw_below(millis).into());
    if !is_early {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => note(&line, told)?,
            Err(_) => bail!("the process gave no answer"),
        }
    }
    // Not on whole milliseconds: a commit takes less.
    end = end.saturating_add(Duration::from_micros(throw_below(1_000).into()));
    let begun = Stopwatch::start();
    loop {
        match lines.recv_timeout(end.saturating_sub(begun.elapsed())) {
            Ok(line) => note(&line, told)?,
            Err(RecvTimeoutError::Timeout) => return Ok(()),
            Err(RecvTimeoutError::Disconnected) => bail!("the process ended by itself"),
        }
    }
}

/// Takes an answer down.
fn note(line: &str, told: &mut Told) -> Result<()> {
    let said = line.split_once(' ').map(|(caller, n)| (caller.parse(), n.parse()));
    let Some((Ok(caller), Ok(n))) = said else { bail!("the process said: {line}") };
    ensure!(told.hear(caller, n), "caller {caller} was answered {n} out of turn");
    Ok(())
}

fn throw() -> u32 {
    let mut bytes = [0; 4];
    SystemEntropy.fill(&mut bytes);
    u32::from_be_bytes(bytes)
}

fn throw_below(below: u32) -> u32 {
    throw().checked_rem(below).unwrap_or(0)
}
