//! What the tests need on the machine: installed where we may, named where we may not.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};

use super::{Stage, stage::succeed};

/// Debian packages that show pages the way a customer sees them.
const BROWSER_PACKAGES: [&str; 4] =
    ["chromium", "faketime", "fonts-noto-cjk", "fonts-morisawa-bizud-gothic"];

/// Installs what `stages` need, or says exactly what is missing.
pub(super) fn prepare(root: &Path, stages: &[Stage]) -> anyhow::Result<()> {
    let runs = |stage: Stage| stages.contains(&stage) && stage.absent(root).is_none();
    let mut packages = Vec::new();
    // The API stage signs in with a browser, to be a customer as well as nobody.
    let needs_browser = runs(Stage::Browser) || runs(Stage::Api) || runs(Stage::Interop);
    if needs_browser {
        packages.extend(BROWSER_PACKAGES);
        for (program, arguments) in [("node", "--version"), ("npm", "--version")] {
            if !answers(program, &[arguments]) {
                packages.push(if program == "node" { "nodejs" } else { "npm" });
            }
        }
    }
    // The kill test reads both companies' records with Python.
    if needs_browser && !answers("python3", &["-m", "ensurepip", "--version"]) {
        packages.extend(["python3", "python3-venv"]);
    }
    // The ledger's tests start a database server of their own.
    if runs(Stage::Cargo) && !has_postgresql() {
        packages.push("postgresql");
    }
    // The tests of shared risk counts start servers of their own.
    if runs(Stage::Cargo) && !answers("redis-server", &["--version"]) {
        packages.push("redis-server");
    }
    install_packages(&packages)?;
    if needs_browser {
        install_node_packages(root, "tests/browser")?;
    }
    if runs(Stage::Interop) {
        install_node_packages(root, "tests/interop")?;
    }
    if runs(Stage::Api) {
        install_python_packages(root)?;
    }
    Ok(())
}

fn install_packages(wanted: &[&'static str]) -> anyhow::Result<()> {
    let missing: Vec<_> = wanted.iter().copied().filter(|name| !is_installed(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !answers("apt-get", &["--version"]) {
        bail!("missing: {list} (Debian's names; this machine has no apt-get)");
    }
    if !is_root() {
        bail!("missing: {list}; run `sudo apt-get install {list}` and try again");
    }
    println!("installing {list}");
    succeed(Command::new("apt-get").args(["update", "-qq"]))?;
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "-qq", "--no-install-recommends"]).args(&missing);
    let install = install.env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
    succeed(install).with_context(|| format!("missing: {list}"))
}

/// Whether Debian has it installed, or, on another system, whether the program is there.
fn is_installed(package: &str) -> bool {
    let query = Command::new("dpkg-query")
        .args(["-W", "-f=${db:Status-Status}", package])
        .stderr(Stdio::null())
        .output();
    match query {
        Ok(answer) => answer.status.success() && answer.stdout == b"installed",
        Err(_no_debian) => answers(package, &["--version"]),
    }
}

/// Debian keeps the server's programs, by version, where no search path leads.
fn has_postgresql() -> bool {
    Path::new("/usr/lib/postgresql").exists() || answers("initdb", &["--version"])
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|answer| answer.stdout.trim_ascii() == b"0")
}

/// Whether a program is there and runs.
fn answers(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// `npm ci`, unless the installed packages are those of the lock file.
pub(crate) fn install_node_packages(root: &Path, folder: &str) -> anyhow::Result<()> {
    let name = folder;
    let folder = root.join(folder);
    let lock = folder.join("package-lock.json");
    let copy = folder.join("node_modules/.installed-lock.json");
    if is_same(&lock, &copy) {
        return Ok(());
    }
    println!("installing the packages of {name}");
    let mut npm = Command::new("npm");
    succeed(npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder))?;
    fs::copy(lock, copy).context("cannot note what was installed")?;
    Ok(())
}

/// The Node that is among the packages of `tests/interop`.
pub(crate) fn own_node(root: &Path) -> PathBuf {
    root.join("tests/interop/node_modules/.bin/node")
}

/// Where the Python packages of the API tests live.
pub(super) fn python_folder(root: &Path) -> PathBuf {
    root.join("target/api-tests")
}

/// A virtual environment with `tests/api/requirements.txt`, unless it is there already.
fn install_python_packages(root: &Path) -> anyhow::Result<()> {
    let requirements = root.join("tests/api/requirements.txt");
    let folder = python_folder(root);
    let copy = folder.join("installed-requirements.txt");
    if is_same(&requirements, &copy) {
        return Ok(());
    }
    println!("installing the packages of tests/api");
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    succeed(pip.arg(&requirements))?;
    fs::copy(requirements, copy).context("cannot note what was installed")?;
    Ok(())
}

fn is_same(wanted: &Path, installed: &Path) -> bool {
    match (fs::read(wanted), fs::read(installed)) {
        (Ok(wanted), Ok(installed)) => wanted == installed,
        (Err(_), _) | (_, Err(_)) => false,
    }
}
