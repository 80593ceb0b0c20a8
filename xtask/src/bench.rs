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
    /// The ledger's engines beside TigerBeetle's server, PL/pgSQL and the bare disk; memory, opening.
    Ledger,
    /// Attempts, rules and whole decisions: twenty-one numbers an event beside Redis, rules alone, two
    /// threads on one engine, decisions with their records beside ten million keys.
    Risk,
    /// Frauds found on ten made worlds, beside logistic regression and `XGBoost` (docs/detection.md).
    Detection,
    /// The attack lab: customer actions per second and core, a million accounts, all playbooks.
    Lab,
}

/// What to measure, and how long.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// What to measure.
    subject: Subject,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    /// Rounds that count (7; for `ledger` 5, so that it takes minutes); one more warms up.
    #[arg(long)]
    rounds: Option<u16>,
    /// Requests of each kind in a round.
    #[arg(long, default_value_t = 600)]
    requests: u32,
    /// For `ledger`: how many million transfers are stored for memory, opening and growth. For `risk`: how
    /// many million keys live beside a decision.
    #[arg(long, default_value_t = 10)]
    millions: u32,
    /// For `risk`: events as CSV, then facts and expected hits as JSON; drawn without them. For
    /// `detection`: a folder with `AMLSim`'s nodes.csv and transactions.csv, to look for mules in.
    #[arg(long, num_args = 1..=3)]
    files: Vec<PathBuf>,
    /// For `risk`: zen-engine and cedar-policy on the same rules beside ours. They are built for it (some
    /// twenty processor minutes once), outside of the workspace.
    #[arg(long)]
    peers: bool,
    /// For `detection` and `risk`: measures nothing, and draws the tables of docs/detection.md as
    /// docs/detection.svg, or of docs/performance.md as docs/risk-speed.svg.
    #[arg(long)]
    draw: bool,
}

/// Builds the program for use, runs the measurement; an error if a bar was missed.
pub(crate) fn run(root: &Path, bench: &Bench) -> anyhow::Result<()> {
    match bench.subject {
        Subject::Linking => linking(root, bench),
        Subject::Ledger => ledger(root, bench),
        Subject::Risk => risk(root, bench),
        Subject::Detection => detection(root, bench),
        Subject::Lab => lab(root, bench),
    }
}

/// The ledger's engines, in a folder of its own below `target`, so all on this disk. The peers are
/// started by the measurement: PostgreSQL's programs must be installed, TigerBeetle's need not.
fn ledger(root: &Path, bench: &Bench) -> anyhow::Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "-q", "-p", "kanuki-ledger", "--example", "bench_ledger"]);
    succeed(cargo.current_dir(root))?;
    let folder = root.join("target/bench-ledger");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).context("cannot clear what was measured before")?;
    }
    std::fs::create_dir_all(&folder).context("cannot make a folder for the measurement")?;
    // Like the browser tests: only with this are files of the repository written.
    let is_for_docs = std::env::var_os("KANUKI_WRITE_DOCS").is_some();
    let picture = if is_for_docs { "docs/ledger-speed.svg" } else { "" };
    let run = |arguments: &[&str]| -> anyhow::Result<bool> {
        let mut measure = Command::new(root.join("target/release/examples/bench_ledger"));
        // The peers' files go where `TMPDIR` says; all write to the same disk.
        measure.args(arguments).env("TMPDIR", &folder).current_dir(root).stdin(Stdio::null());
        Ok(measure.status().context("cannot run the measurement")?.success())
    };
    let ours = folder.join("compare");
    let grown = folder.join("grown");
    let (ours, grown) = (ours.display().to_string(), grown.display().to_string());
    let mut is_met = run(&["compare", &ours, &bench.rounds.unwrap_or(5).to_string(), picture])?;
    if bench.millions > 0 {
        is_met &= run(&["grow", &grown, &bench.millions.to_string()])?;
        is_met &= run(&["reopen", &grown])?;
    }
    std::fs::remove_dir_all(&folder).context("cannot clear what was measured")?;
    if !is_met {
        bail!("a bar was missed, or the measurement did not finish");
    }
    Ok(())
}

/// The engine alone: features, rules and two threads in one process, whole decisions beside ten million
/// keys in another.
fn risk(root: &Path, bench: &Bench) -> anyhow::Result<()> {
    if bench.draw {
        let mut cargo = Command::new("cargo");
        cargo.args(["run", "-q", "-p", "kanuki-risk", "--example", "risk_speed", "--"]);
        return succeed(
            cargo.args(["docs/performance.md", "docs/risk-speed.svg"]).current_dir(root),
        );
    }
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "-q", "-p", "kanuki-risk", "--examples"]);
    succeed(cargo.current_dir(root))?;
    let run = |measure: &mut Command| -> anyhow::Result<bool> {
        let status = measure.current_dir(root).stdin(Stdio::null()).status();
        Ok(status.context("cannot run the measurement")?.success())
    };
    let own = |name: &str| {
        let mut measure = Command::new(root.join("target/release/examples").join(name));
        measure.args(bench.json.then_some("--json"));
        measure
    };
    let mut is_met = run(own("bench").args(&bench.files))?;
    is_met &= run(own("decisions").args([bench.millions.to_string()]))?;
    if bench.peers {
        let mut cargo = Command::new("cargo");
        cargo.args(["run", "--release", "-q", "--locked", "--target-dir", "target/peers"]);
        cargo.args(["--manifest-path", "xtask/peers/Cargo.toml", "--"]);
        // The first file is for the features alone.
        is_met &= run(cargo.args(bench.files.iter().skip(1)))?;
    } else {
        println!(
            "zen-engine and cedar-policy were not measured beside it: --peers builds and runs them"
        );
    }
    if !is_met {
        bail!("a bar was missed, or the measurement did not finish");
    }
    Ok(())
}

/// The lab itself, each part in a process of its own.
fn lab(root: &Path, bench: &Bench) -> anyhow::Result<()> {
    let mut cargo = Command::new("cargo");
    succeed(cargo.args(["build", "--release", "-p", "kanuki-cli", "-q"]).current_dir(root))?;
    let mut is_met = true;
    for subject in ["actions", "accounts", "playbooks"] {
        let mut measure = Command::new(root.join("target/release/kanuki"));
        // Thieves are refused all the time; that is no news here.
        measure.args(["--log", "error", "lab", "bench", subject]);
        if bench.json {
            measure.arg("--json");
        }
        let status = measure.current_dir(root).stdin(Stdio::null()).status();
        is_met &= status.context("cannot run the measurement")?.success();
    }
    if !is_met {
        bail!("a bar was missed");
    }
    Ok(())
}

/// What `XGBoost` is compared as; its defaults change between versions, so settings are all given.
const XGBOOST: &str = "xgboost==3.2.0";

/// With a folder of `AMLSim`'s, mules; without, ten made worlds, and `XGBoost` in a Python environment of
/// its own below `target`.
fn detection(root: &Path, bench: &Bench) -> anyhow::Result<()> {
    if bench.draw {
        let mut cargo = Command::new("cargo");
        cargo.args(["run", "-q", "-p", "kanuki-risk", "--example", "detection", "--", "--draw"]);
        return succeed(cargo.args(["docs/detection.md", "docs/detection.svg"]).current_dir(root));
    }
    if let Some(data) = bench.files.first() {
        let mut cargo = Command::new("cargo");
        cargo.args(["run", "--release", "-q", "-p", "kanuki-risk", "--example", "mules", "--"]);
        return succeed(cargo.arg(data).current_dir(root));
    }
    let folder = root.join("target/bench-detection");
    std::fs::create_dir_all(&folder).context("cannot make a folder for the measurement")?;
    let environment = folder.join("python");
    let python = environment.join("bin/python");
    let is_there = || {
        let mut make = Command::new("python3");
        succeed(make.args(["-m", "venv"]).arg(&environment))?;
        let mut install = Command::new(&python);
        succeed(install.args(["-m", "pip", "install", "-q", XGBOOST, "numpy"]))
    };
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--release", "-q", "-p", "kanuki-risk", "--example", "detection", "--"]);
    cargo.arg(folder.join("rows")).arg("10");
    // Like the browser tests: only with this are files of the repository written.
    let is_for_docs = std::env::var_os("KANUKI_WRITE_DOCS").is_some();
    let pictures = if is_for_docs { root.join("docs") } else { folder.clone() };
    cargo.arg(folder.join("detection.json")).arg(pictures.join("detection.svg"));
    match is_there() {
        Ok(()) => {
            cargo.arg(&python);
        }
        Err(error) => println!("there is no Python with {XGBOOST} here: {error:#}"),
    }
    succeed(cargo.current_dir(root))
}

fn linking(root: &Path, bench: &Bench) -> anyhow::Result<()> {
    let mut cargo = Command::new("cargo");
    succeed(cargo.args(["build", "--release", "-p", "kanuki-cli", "-q"]).current_dir(root))?;
    for folder in ["tests/browser", "tests/interop"] {
        install_node_packages(root, folder)?;
    }
    let mut node = Command::new(own_node(root));
    node.arg(root.join("tests/interop/bench/linking.mjs"));
    node.args(["--rounds", &bench.rounds.unwrap_or(7).to_string()]);
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
