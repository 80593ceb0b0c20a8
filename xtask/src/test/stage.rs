//! The kinds of test, in the order in which they run.

use std::{
    ffi::OsString,
    fmt,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail, ensure};
use clap::ValueEnum;

use super::{counts::Counts, failures::Failures, machine};

/// How a stage ended, and what its runner said of what failed.
pub(super) type Ran = (Counts, Failures);

/// One kind of test. What runs it is in [`Stage::run`], what it needs in `machine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// `cargo test`: rules, engines, stores, HTTP in process, the lab.
    Cargo,
    /// Pages in Chromium against a running `kanuki up`.
    Browser,
    /// The published API descriptions against a running `kanuki up`.
    Api,
    /// Other people's clients and servers against ours, in Chromium where a person acts.
    Interop,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Stage {
    pub(super) const ALL: [Self; 4] = [Self::Cargo, Self::Browser, Self::Api, Self::Interop];

    /// As it is typed.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::Browser => "browser",
            Self::Api => "api",
            Self::Interop => "interop",
        }
    }

    /// The file whose absence means that there is nothing to run.
    pub(super) fn absent(self, root: &Path) -> Option<&'static str> {
        let needed = match self {
            Self::Cargo => "Cargo.toml",
            Self::Browser => "tests/browser/package.json",
            Self::Api => "tests/api/run",
            Self::Interop => "tests/interop/package.json",
        };
        (!root.join(needed).exists()).then_some(needed)
    }

    /// Runs its tests, for which all is built and installed.
    pub(super) fn run(self, root: &Path) -> anyhow::Result<Ran> {
        match self {
            Self::Cargo => cargo(root),
            Self::Browser => browser(root),
            Self::Api => api(root),
            Self::Interop => interop(root),
        }
    }
}

fn cargo(root: &Path) -> anyhow::Result<Ran> {
    count(Command::new("cargo").args(["test", "--workspace", "--no-fail-fast"]).current_dir(root))
}

fn browser(root: &Path) -> anyhow::Result<Ran> {
    // Three files at a time: each starts a whole `kanuki up` and a browser, which mostly wait for each other.
    let run = |at_once: u8, files: &[String]| {
        let mut node = Command::new("node");
        node.arg(format!("--test-concurrency={at_once}")).arg("--test-timeout=300000");
        count(node_tests(&mut node, files).env("KANUKI_BIN", binary(root)).current_dir(root))
    };
    let files = test_files(root, "tests/browser")?;
    again_alone(run(3, &files)?, |files| run(1, files))
}

/// With the Node that the folder brings along: the certified server wants a newer one than Debian's.
fn interop(root: &Path) -> anyhow::Result<Ran> {
    let run = |files: &[String]| {
        let mut node = Command::new(machine::own_node(root));
        // A server that a broken test left running keeps nobody waiting.
        node.args(["--test-concurrency=1", "--test-timeout=120000", "--test-force-exit"]);
        count(node_tests(&mut node, files).env("KANUKI_BIN", binary(root)).current_dir(root))
    };
    again_alone(run(&test_files(root, "tests/interop")?)?, run)
}

fn node_tests<'a>(node: &'a mut Command, files: &[String]) -> &'a mut Command {
    node.args(["--test", "--test-reporter=spec"]).args(files)
}

/// Runs each file that failed once more. What servers and browsers do can miss its time because of what
/// runs beside it, and then the file passes. The closing line says so: look at that test.
fn again_alone(
    (first, failures): Ran,
    run: impl Fn(&[String]) -> anyhow::Result<Ran>,
) -> anyhow::Result<Ran> {
    let files = failures.files_of(first.failed);
    if files.is_empty() {
        return Ok((first, failures));
    }
    println!("\n--- again: {}", files.join(" "));
    let (again, _) = run(&files)?;
    Ok((first.after(&again), failures))
}

fn api(root: &Path) -> anyhow::Result<Ran> {
    let mut path = OsString::from(machine::python_folder(root).join("bin"));
    if let Some(inherited) = std::env::var_os("PATH") {
        path.push(":");
        path.push(inherited);
    }
    let mut run = Command::new(root.join("tests/api/run"));
    run.env("KANUKI_BIN", binary(root)).env("PATH", path);
    count(run.current_dir(root))
}

/// `*.test.mjs` in `folder`, in order.
fn test_files(root: &Path, folder: &str) -> anyhow::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in root.join(folder).read_dir()? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") {
            files.push(format!("{folder}/{name}"));
        }
    }
    ensure!(!files.is_empty(), "{folder} has no *.test.mjs");
    files.sort();
    Ok(files)
}

/// Builds `kanuki`, and all tests if `with_tests`; they bring the program along. `cargo build` would
/// build half of everything again, without the features that only tests want.
pub(super) fn build(root: &Path, with_tests: bool) -> anyhow::Result<()> {
    let mut cargo = Command::new("cargo");
    let how: &[&str] =
        if with_tests { &["test", "--no-run"] } else { &["build", "--bin", "kanuki"] };
    cargo.args(how).arg("--workspace").current_dir(root);
    succeed(&mut cargo)
}

fn binary(root: &Path) -> std::path::PathBuf {
    root.join("target/debug/kanuki")
}

/// Runs a command that must succeed.
pub(crate) fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::null()).status();
    let status = status.with_context(|| format!("cannot run {name}"))?;
    if !status.success() {
        bail!("{name} ended with {status}");
    }
    Ok(())
}

/// Runs a test runner, passes on what it prints, counts, and keeps what it says of failures.
fn count(command: &mut Command) -> anyhow::Result<Ran> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {name}"))?;
    let output = child.stdout.take().context("the runner has no output")?;
    let mut counts = Counts::default();
    let mut failures = Failures::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        counts.add_line(&line);
        failures.add_line(&line);
    }
    counts.is_broken = !child.wait()?.success();
    Ok((counts, failures))
}
