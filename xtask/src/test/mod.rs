//! Every test there is, and what its runners say at the end.

mod counts;
mod failures;
mod machine;
mod stage;

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{anyhow, bail};

pub(crate) use machine::{install_node_packages, own_node};
use stage::Ran;
pub(crate) use stage::{Stage, succeed};

/// Runs all stages, or `only` one, to the end; an error if any test failed or none ran.
pub(crate) fn run(root: &Path, only: Option<Stage>) -> anyhow::Result<()> {
    let stages: Vec<_> =
        Stage::ALL.into_iter().filter(|stage| only.is_none_or(|only| only == *stage)).collect();
    let (prepared, time) = timed(|| prepare(root, &stages));
    prepared?;
    let mut times = vec![("build", time)];
    let mut results = Vec::new();
    for stage in stages {
        if let Some(absent) = stage.absent(root) {
            println!("\n{stage}: skipped, there is no {absent}");
            continue;
        }
        println!("\n--- {stage}");
        let (result, time) = timed(|| stage.run(root));
        times.push((stage.name(), time));
        if let Err(error) = &result {
            println!("{stage}: {error:#}");
        }
        results.push((stage, result));
    }
    summarize(&results, &times)
}

/// Builds while it installs: one waits for processors, the other for the network and the disk.
fn prepare(root: &Path, stages: &[Stage]) -> anyhow::Result<()> {
    thread::scope(|scope| {
        let installing = scope.spawn(|| machine::prepare(root, stages));
        let built = stage::build(root, stages.contains(&Stage::Cargo));
        let installed = installing.join().map_err(|_panicked| anyhow!("installing broke off"))?;
        installed.and(built)
    })
}

fn summarize(
    results: &[(Stage, anyhow::Result<Ran>)],
    times: &[(&str, Duration)],
) -> anyhow::Result<()> {
    for (stage, result) in results {
        let Ok((_, failures)) = result else { continue };
        if !failures.is_empty() {
            println!("\n--- what failed: {stage}\n{failures}");
        }
    }
    println!("\n--- summary");
    let mut broken = Vec::new();
    for (stage, result) in results {
        match result {
            Ok((counts, _)) => println!("{stage}: {counts}"),
            Err(error) => println!("{stage}: not finished: {error}"),
        }
        if !result.as_ref().is_ok_and(|(counts, _)| counts.is_success()) {
            broken.push(stage.to_string());
        }
    }
    println!("{}", spent(times));
    if results.is_empty() {
        bail!("nothing was tested");
    }
    if !broken.is_empty() {
        bail!("failed: {}", broken.join(", "));
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long the tests take is not part of what they test"
)]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let done = work();
    (done, began.elapsed())
}

/// Where the time went: `spent: build 714 s, cargo 803 s`.
fn spent(times: &[(&str, Duration)]) -> String {
    let all: Vec<_> =
        times.iter().map(|(what, time)| format!("{what} {} s", time.as_secs())).collect();
    format!("spent: {}", all.join(", "))
}
