//! Measurements on this machine, against other people's software where it is at hand.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};

use crate::test::{install_node_packages, own_node, succeed};

/// What is measured.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Subject {
    /// Account linking: server CPU per request beside oidc-provider's, and memory.
    Linking,
    /// The embedded ledger beside the bare disk; `--rounds` counts, `--requests` does not.
    Ledger,
    /// Attempts and rules: events per second with twenty-one numbers each, rules per second alone.
    Risk,
}

/// What to measure, and how long.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// What to measure.
    subject: Subject,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    /// Rounds that count; one more warms both servers up.
    #[arg(long, default_value_t = 7)]
    rounds: u16,
    /// Requests of each kind in a round.
    #[arg(long, default_value_t = 600)]
    requests: u32,
    /// For `risk`: events as CSV, then facts and expected hits as JSON; drawn without them.
    #[arg(long, num_args = 1..=3)]
    files: Vec<PathBuf>,
}

/// Builds the program for use, runs the measurement; an error if a bar was missed.
pub(crate) fn run(root: &Path, bench: &Bench) -> anyhow::Result<()> {
    match bench.subject {
        Subject::Linking => linking(root, bench),
        Subject::Ledger => ledger(root, bench),
        Subject::Risk => risk(root, bench),
    }
}

/// The embedded ledger, in a folder of its own below `target`, so on this disk.
fn ledger(root: &Path, bench: &Bench) -> anyhow::Result<()> {
    let folder = root.join("target/bench-ledger");
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--release", "-q", "-p", "kanuki-ledger", "--example", "bench_embedded"]);
    cargo.args(["--", "compare"]).arg(&folder).arg(bench.rounds.to_string());
    let status = cargo.current_dir(root).stdin(Stdio::null()).status();
    if !status.context("cannot run the measurement")?.success() {
        bail!("a bar was missed, or the measurement did not finish");
    }
    Ok(())
}

/// The engine alone, in one process and on one thread.
fn risk(root: &Path, bench: &Bench) -> anyhow::Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--release", "-q", "-p", "kanuki-risk", "--example", "bench", "--"]);
    succeed(cargo.args(&bench.files).current_dir(root))
}

fn linking(root: &Path, bench: &Bench) -> anyhow::Result<()> {
    let mut cargo = Command::new("cargo");
    succeed(cargo.args(["build", "--release", "-p", "kanuki-cli", "-q"]).current_dir(root))?;
    for folder in ["tests/browser", "tests/interop"] {
        install_node_packages(root, folder)?;
    }
    let mut node = Command::new(own_node(root));
    node.arg(root.join("tests/interop/bench/linking.mjs"));
    node.args(["--rounds", &bench.rounds.to_string()]);
    node.args(["--requests", &bench.requests.to_string()]);
    if bench.json {
        node.arg("--json");
    }
    let bin = root.join("target/release/kanuki");
    let status = node.env("KANUKI_BIN", bin).current_dir(root).stdin(Stdio::null()).status();
    if !status.context("cannot run the packages' own Node")?.success() {
        bail!("a bar was missed, or the measurement did not finish");
    }
    Ok(())
}
