//! Servers, and what their operators do beside them.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

/// `kanuki up`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Up {
    /// Where everything is kept; made on first start.
    #[arg(long, default_value = "kanuki-data")]
    pub(crate) data: PathBuf,
    /// The wallet's port.
    #[arg(long, default_value_t = 8080)]
    pub(crate) wallet_port: u16,
    /// The first bank's port; the others follow.
    #[arg(long, default_value_t = 8081)]
    pub(crate) bank_port: u16,
    /// Keep every company's books in this PostgreSQL database instead, each in a schema of its own:
    /// <postgres://user@127.0.0.1/database>
    #[arg(long, value_name = "URL")]
    pub(crate) postgres: Option<String>,
}

/// `kanuki wallet`.
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct WalletArgs {
    /// The settings; unknown or unsafe ones are refused by name.
    #[arg(long, required = true)]
    pub(crate) config: Option<PathBuf>,
    /// What to do instead of serving.
    #[command(subcommand)]
    pub(crate) command: Option<WalletCommand>,
}

/// What a wallet's operator does beside the server.
#[derive(Debug, Subcommand)]
pub(crate) enum WalletCommand {
    /// Write down what was kept of attempts, with the frauds that became known, for `kanuki risk`.
    Recording(Recording),
}

/// `kanuki bank`.
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct BankArgs {
    /// The settings; unknown or unsafe ones are refused by name.
    #[arg(long, required = true)]
    pub(crate) config: Option<PathBuf>,
    /// What to do instead of serving.
    #[command(subcommand)]
    pub(crate) command: Option<BankCommand>,
}

/// What a bank's operator does beside the server.
#[derive(Debug, Subcommand)]
pub(crate) enum BankCommand {
    /// Take over a list of contracts made elsewhere (docs/registers.md). Exit code 1 when it is refused.
    Import(BankImport),
    /// Write down what was kept of attempts, with the frauds that became known, for `kanuki risk`.
    Recording(Recording),
}

/// `kanuki bank recording` and `kanuki wallet recording`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Recording {
    /// The company's settings.
    #[arg(long)]
    pub(crate) config: PathBuf,
    /// The first day, in Tokyo.
    #[arg(long, value_name = "DATE", value_parser = crate::day::option)]
    pub(crate) from: jiff::civil::Date,
    /// The last day.
    #[arg(long, value_name = "DATE", value_parser = crate::day::option)]
    pub(crate) to: jiff::civil::Date,
    /// Where to write it; only its owner can read it.
    #[arg(long, value_name = "FILE")]
    pub(crate) save: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `kanuki bank import`.
#[derive(Debug, ClapArgs)]
pub(crate) struct BankImport {
    /// The bank's settings.
    #[arg(long)]
    pub(crate) config: PathBuf,
    /// The list: CSV in UTF-8 or `Shift_JIS`, or records 91 of 全銀.
    #[arg(long)]
    pub(crate) register: PathBuf,
    /// What it holds: web-kofuri or kofuri.
    #[arg(long)]
    pub(crate) kind: String,
    /// The day it is true of, for records 91, which have no year.
    #[arg(long, value_name = "DATE", value_parser = crate::day::option)]
    pub(crate) as_of: Option<jiff::civil::Date>,
    /// A branch that is newer than the list of branches; may repeat.
    #[arg(long, value_name = "BRANCH")]
    pub(crate) new_branch: Vec<String>,
    /// Check and compare; change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
