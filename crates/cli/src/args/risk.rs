//! Rules of risk.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

/// `kanuki risk`.
#[derive(Debug, Subcommand)]
pub(crate) enum Risk {
    /// Read a policy and say everything that is wrong with it. Exit code 1 when something is.
    Check(RiskCheck),
    /// Judge recorded events again, by one policy or two side by side: yen stopped, yen lost,
    /// customers bothered, and how sure that is.
    Backtest(RiskBacktest),
    /// Learn from recorded attempts what their policy sees of frauds, and test on later ones.
    Train(crate::train::RiskTrain),
    /// Learn from labelled payments and test on later ones, by the protocol of the Fraud Detection
    /// Handbook (docs/detection.md); or make such payments.
    Study(crate::study::RiskStudy),
    /// Find accounts that collect what many small senders bring, among anyone's transfers, each with the
    /// path that leads to it (docs/detection.md).
    Mules(crate::mules::RiskMules),
    /// How fast this machine decides.
    Bench(crate::bench::RiskBench),
}

/// `kanuki risk check`.
#[derive(Debug, ClapArgs)]
pub(crate) struct RiskCheck {
    /// The policy; without one, those that ship.
    pub(crate) file: Option<PathBuf>,
    /// A model that the policy names; may repeat.
    #[arg(long = "model", value_name = "FILE")]
    pub(crate) models: Vec<PathBuf>,
    /// Refuse what this company never tells its engine; those named `bank` and `wallet` are held against
    /// what theirs tells in any case.
    #[arg(long, value_enum)]
    pub(crate) company: Option<Whose>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Whose rules they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Whose {
    /// A bank's.
    Bank,
    /// A wallet's.
    Wallet,
}

/// `kanuki risk backtest`.
#[derive(Debug, ClapArgs)]
pub(crate) struct RiskBacktest {
    /// The recording: one signal a line as JSON, with `"is_fraud":true` where it was one; `-` reads the
    /// standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) events: PathBuf,
    /// A policy, or `bank` or `wallet` for one that ships; one column each.
    #[arg(long = "policy", required = true)]
    pub(crate) policies: Vec<String>,
    /// A model that a policy names; may repeat.
    #[arg(long = "model", value_name = "FILE")]
    pub(crate) models: Vec<PathBuf>,
    /// How many keys of each kind are remembered; a million unless said otherwise.
    #[arg(long, value_name = "N", value_parser = keys)]
    pub(crate) keys: Option<usize>,
    /// Say on the standard error how long it took, and the most memory that it needed.
    #[arg(long)]
    pub(crate) cost: bool,
    /// Write a page with pictures to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// So many keys at least, and at most.
fn keys(text: &str) -> Result<usize, String> {
    let many: usize = text.parse().map_err(|_| "a number is wanted".to_owned())?;
    let known = 10_000..=100_000_000;
    if known.contains(&many) { Ok(many) } else { Err("10000 to 100000000".to_owned()) }
}
