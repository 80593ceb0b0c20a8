//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

/// 閂 Kanuki: e-money wallets and the bank's side of account linking.
#[derive(Debug, Parser)]
#[command(name = "kanuki", version, about, max_term_width = 100)]
pub(crate) struct Args {
    /// What to log on stderr: error, warn, info, debug, or a filter such as `kanuki=debug`.
    #[arg(long, global = true, env = "KANUKI_LOG")]
    pub(crate) log: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Everything `kanuki` does.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// One wallet and three demo banks in one process, on embedded storage, with demo people.
    Up(Up),
    /// A wallet's server, for real use.
    Wallet(Serve),
    /// A bank's server, for real use.
    Bank(Serve),
    /// Replay crimes against the running system and count the yen.
    #[command(subcommand)]
    Lab(Lab),
    /// Look after ledgers.
    #[command(subcommand)]
    Ledger(Ledger),
    /// Look after audit logs.
    #[command(subcommand)]
    Audit(Audit),
}

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
}

/// `kanuki wallet`, `kanuki bank`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Serve {
    /// The settings; unknown or unsafe ones are refused by name.
    #[arg(long)]
    pub(crate) config: PathBuf,
}

/// `kanuki lab`.
#[derive(Debug, Subcommand)]
pub(crate) enum Lab {
    /// Which playbooks and policies there are.
    List(LabList),
    /// Replay playbooks under policies; exit code 1 when a bar of a policy is missed.
    Run(LabRun),
}

/// `kanuki lab list`.
#[derive(Debug, ClapArgs)]
pub(crate) struct LabList {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `kanuki lab run`.
#[derive(Debug, ClapArgs)]
pub(crate) struct LabRun {
    /// Playbooks by id, or `all`.
    #[arg(required = true)]
    pub(crate) playbooks: Vec<String>,
    /// Policies by name; one column each.
    #[arg(long = "policy", default_value = "default")]
    pub(crate) policies: Vec<String>,
    /// The same seed gives the same report.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Honest customers around the attack.
    #[arg(long)]
    pub(crate) customers: Option<u32>,
    /// Simulated days.
    #[arg(long)]
    pub(crate) days: Option<u32>,
    /// Where to write the report as JSON (`-`: on the terminal).
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    /// Where to write the report as a page.
    #[arg(long)]
    pub(crate) html: Option<PathBuf>,
}

/// `kanuki ledger`.
#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Recompute everything from the transfers: books balance, every transfer accounted for.
    Verify(Verify),
}

/// `kanuki audit`.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Walk the hash chain of every audit log.
    Verify(Verify),
}

/// `kanuki ledger verify`, `kanuki audit verify`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Verify {
    /// The data folder.
    #[arg(long, default_value = "kanuki-data")]
    pub(crate) data: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
