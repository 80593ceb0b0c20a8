//! The attack lab.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

/// `kanuki lab`.
#[derive(Debug, Subcommand)]
pub(crate) enum Lab {
    /// Which playbooks and policies there are.
    List(LabList),
    /// Read scenario files and policy files: the line of the first fault and what to write instead.
    Check(LabCheck),
    /// Replay playbooks under policies; exit code 1 when a bar of a policy is missed.
    Run(LabRun),
    /// What each control of `default` is worth: the same crimes without it, one at a time and in the
    /// pairs that stand behind one another. Exit code 1 when a control is worth nothing anywhere.
    Ablate(LabAblate),
    /// Search for a loss under `default`: stories of thieves are changed and combined, and what breaks
    /// a promise is made as short as it can be. Exit code 1 when something was found.
    Hunt(LabHunt),
    /// The promises of `default` over many seeds and rates of answered notices; exit code 1 when one
    /// was broken.
    Sweep(LabSweep),
    /// What the lab itself costs on this machine; exit code 1 when a bar is missed.
    Bench(crate::lab_bench::LabBench),
}

/// `kanuki lab list`.
#[derive(Debug, ClapArgs)]
pub(crate) struct LabList {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `kanuki lab check`.
#[derive(Debug, ClapArgs)]
pub(crate) struct LabCheck {
    /// Scenario files, such as `attacks/relink/scenario.toml`.
    #[arg(required_unless_present = "policies")]
    pub(crate) files: Vec<PathBuf>,
    /// Policy files, such as `our-bank.toml`.
    #[arg(long = "policy", value_name = "FILE")]
    pub(crate) policies: Vec<PathBuf>,
}

/// `kanuki lab run`.
#[derive(Debug, ClapArgs)]
pub(crate) struct LabRun {
    /// Playbooks by id, or `all`.
    #[arg(required = true)]
    pub(crate) playbooks: Vec<String>,
    /// Policies by name, or files that end in .toml (docs/adding-an-attack.md); one column each.
    #[arg(long = "policy", value_name = "NAME|FILE", default_value = "default")]
    pub(crate) policies: Vec<String>,
    /// The same seed gives the same report; 1 without it, and any with --target.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// A wallet that is running: what needs no simulated clock is played against it and its banks over
    /// the network. Only on this machine, unless --i-own names another.
    #[arg(long, value_name = "wallet=URL", requires = "banks",
        conflicts_with_all = ["policies", "customers", "days", "answers", "faults", "svg", "pages", "trace"])]
    pub(crate) target: Option<String>,
    /// Its banks, in the order in which `kanuki up` names them; may repeat.
    #[arg(long = "bank", value_name = "URL", requires = "target")]
    pub(crate) banks: Vec<String>,
    /// A host that is not this machine and is yours to attack; may repeat.
    #[arg(long = "i-own", value_name = "HOST", requires = "target")]
    pub(crate) owned: Vec<String>,
    /// The data folder of the pair: its books say what was taken while the thieves were there.
    #[arg(long, value_name = "DIR", requires = "target")]
    pub(crate) data: Option<PathBuf>,
    /// Honest customers around the attack, and as many who have an account and no wallet; without it as
    /// many as each playbook's file asks for, and 200.
    #[arg(long)]
    pub(crate) customers: Option<u32>,
    /// Simulated days.
    #[arg(long)]
    pub(crate) days: Option<u32>,
    /// How many holders in a hundred act on a notice.
    #[arg(long, value_parser = clap::value_parser!(u32).range(..=100))]
    pub(crate) answers: Option<u32>,
    /// While the attack lasts, lose, double, delay and reorder what goes between the companies, kill
    /// servers in the middle, fill disks and set clocks wrong; only money is judged then.
    #[arg(long)]
    pub(crate) faults: bool,
    /// Where to write the report as JSON (`-`: on the terminal).
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    /// Where to write the report as a page.
    #[arg(long)]
    pub(crate) html: Option<PathBuf>,
    /// Where to write the loss table as a picture (SVG).
    #[arg(long)]
    pub(crate) svg: Option<PathBuf>,
    /// Where to write a page in plain Japanese for each crime: how it goes, how one notices, what to do.
    #[arg(long, value_name = "DIR")]
    pub(crate) pages: Option<PathBuf>,
    /// Where to write what happened, line by line: when, who, what, with what status.
    #[arg(long)]
    pub(crate) trace: Option<PathBuf>,
}

/// `kanuki lab ablate`.
#[derive(Debug, ClapArgs)]
pub(crate) struct LabAblate {
    /// Playbooks by id, or `all`.
    #[arg(default_value = "all")]
    pub(crate) playbooks: Vec<String>,
    /// Controls to take away, several together with commas; without one, every control and pair.
    #[arg(long = "off", value_name = "CONTROL,…")]
    pub(crate) off: Vec<String>,
    /// The same seed gives the same report.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Honest customers around the attack.
    #[arg(long, default_value_t = 4)]
    pub(crate) customers: u32,
    /// Simulated days on which they are about.
    #[arg(long, default_value_t = 3)]
    pub(crate) days: u32,
    /// How many holders in a hundred act on a notice.
    #[arg(long, value_parser = clap::value_parser!(u32).range(..=100))]
    pub(crate) answers: Option<u32>,
    /// Where to write the table as JSON (`-`: on the terminal).
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    /// Where to write the table as a page.
    #[arg(long)]
    pub(crate) html: Option<PathBuf>,
    /// Where to write the rows of docs/controls.md (`-`: on the terminal, and nothing else).
    #[arg(long)]
    pub(crate) markdown: Option<PathBuf>,
}

/// `kanuki lab sweep`.
#[derive(Debug, ClapArgs)]
pub(crate) struct LabSweep {
    /// Playbooks by id, or `all`.
    #[arg(default_value = "all")]
    pub(crate) playbooks: Vec<String>,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    pub(crate) first: u64,
    /// How many seeds, one after the other.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) seeds: u64,
    /// How many holders in a hundred act on a notice.
    #[arg(long, value_delimiter = ',', default_values_t = [0, 20, 80],
        value_parser = clap::value_parser!(u32).range(..=100))]
    pub(crate) answers: Vec<u32>,
    /// Honest customers around the attack; 0: only those whom it needs, and nobody about.
    #[arg(long, default_value_t = 12)]
    pub(crate) customers: u32,
    /// Simulated days on which they are about.
    #[arg(long, default_value_t = 8)]
    pub(crate) days: u32,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `kanuki lab hunt`.
#[derive(Debug, ClapArgs)]
pub(crate) struct LabHunt {
    /// How many stories are played.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: u32,
    /// The same seed thinks of the same stories.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// While the stories last, let machines fail: see `lab run --faults`.
    #[arg(long)]
    pub(crate) faults: bool,
    /// Where to keep what is found, each as a story file.
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// Play these story files again, and nothing else.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["runs", "seed", "faults", "keep"])]
    pub(crate) replay: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
