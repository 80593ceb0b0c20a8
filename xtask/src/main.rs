//! The project's own chores: `cargo xtask test`, `cargo xtask tidy`, `cargo xtask bench`.
#![expect(clippy::print_stdout, reason = "a chore's whole purpose is to tell the terminal")]

mod bench;
mod test;
mod tidy;
mod tree;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

/// Chores of the Kanuki repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Runs every test: Rust, browser and API; installs what they need where it may.
    Test {
        /// Only this stage.
        #[arg(long)]
        only: Option<test::Stage>,
    },
    /// Checks the rules that the compiler does not know.
    Tidy,
    /// Measures against other people's software.
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    match run(Arguments::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> anyhow::Result<()> {
    let root = root()?;
    match chore {
        Chore::Test { only } => test::run(&root, only),
        Chore::Tidy => tidy::run(&root),
        Chore::Bench(bench) => bench::run(&root, &bench),
    }
}

fn root() -> anyhow::Result<PathBuf> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(package.parent().context("xtask is not inside the repository")?.to_owned())
}
