//! The arguments of `kanuki ledger`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

/// `kanuki ledger`.
#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Recompute everything from the transfers: books balance, every transfer accounted for.
    Verify(VerifyBooks),
    /// Copy every embedded ledger, while it is served or not, and recount the copy. Records and
    /// keys are not in it.
    Backup(Backup),
    /// Put copied ledgers where none are, wholly or up to an instant, and recount them.
    Restore(Restore),
    /// Move a company's books out of its data folder into the PostgreSQL database or onto the empty
    /// TigerBeetle cluster that its configuration names. Interrupted, it is typed again.
    Move(MoveBooks),
    /// The trial balance at the end of a day in Japan, and what a wallet must safeguard; with a partner,
    /// every movement between the two. Exit code 1 when debits and credits differ.
    Report(DailyReport),
    /// What was posted on some days, for accountants: the journal as CSV, or a partner's account as a
    /// 全銀 file of kind 03.
    Export(Export),
    /// Lay two companies' statements (`report --partner --csv`) side by side. Exit code 1 when they
    /// differ.
    Reconcile(Reconcile),
    /// Durable transfers per second and latencies of an engine, in books that are made for it.
    Bench(Bench),
    /// Kill this program again and again while it serves a ledger to many callers, start it again and
    /// count: nothing that was answered is lost, nothing doubled, the books balance. Exit code 1 otherwise.
    CrashTest(CrashTest),
    /// The process that `crash-test` kills.
    #[command(hide = true)]
    CrashLoad(CrashLoad),
}

/// `kanuki ledger verify`.
#[derive(Debug, ClapArgs)]
pub(crate) struct VerifyBooks {
    /// The data folder.
    #[arg(long, default_value = "kanuki-data")]
    pub(crate) data: PathBuf,
    /// A wallet's or a bank's configuration instead, when its books are in PostgreSQL.
    #[arg(long, conflicts_with = "data")]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `kanuki ledger backup`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Backup {
    /// The data folder.
    #[arg(long, default_value = "kanuki-data")]
    pub(crate) data: PathBuf,
    /// The folder to copy to; nothing in it is overwritten.
    #[arg(long)]
    pub(crate) to: PathBuf,
}

/// `kanuki ledger restore`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Restore {
    /// The copy.
    #[arg(long)]
    pub(crate) from: PathBuf,
    /// The data folder to put it in; nothing in it is overwritten.
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// Leave out what happened after this instant, such as 2026-04-01T09:00:00+09:00.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) until: Option<jiff::Timestamp>,
}

/// `kanuki ledger move`.
#[derive(Debug, ClapArgs)]
pub(crate) struct MoveBooks {
    /// The wallet's or the bank's configuration, which names the new engine already.
    #[arg(long)]
    pub(crate) config: PathBuf,
    /// Move the books while the company goes on with them; only the last of it waits until the company
    /// has stopped. Name a copy of its configuration then, which it takes when the move has ended.
    #[arg(long)]
    pub(crate) while_running: bool,
}

/// `kanuki ledger report`.
#[derive(Debug, ClapArgs)]
pub(crate) struct DailyReport {
    /// The wallet's or the bank's configuration.
    #[arg(long)]
    pub(crate) config: PathBuf,
    /// The day, as 2026-11-25; it ends at midnight in Japan. With a partner it may be left out: all
    /// time.
    #[arg(long, required_unless_present = "partner", value_parser = crate::day::option)]
    pub(crate) day: Option<jiff::civil::Date>,
    /// The statement for a partner: a wallet names the bank's code, a bank the wallet's client id.
    #[arg(long)]
    pub(crate) partner: Option<String>,
    /// Print CSV.
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How the letters of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Letters {
    /// UTF-8, with the mark at its beginning by which spreadsheets know it.
    #[value(name = "utf-8")]
    Utf8,
    /// `Shift_JIS`, as many accounting programs in Japan want it.
    #[value(name = "shift_jis")]
    ShiftJis,
}

/// `kanuki ledger export`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Export {
    /// The wallet's or the bank's configuration.
    #[arg(long)]
    pub(crate) config: PathBuf,
    /// The first day, as 2026-11-25, in Japan.
    #[arg(long, value_parser = crate::day::option)]
    pub(crate) day: jiff::civil::Date,
    /// The last day; without it the same.
    #[arg(long, value_parser = crate::day::option)]
    pub(crate) to: Option<jiff::civil::Date>,
    /// One line per posting, in place of sums per day, pair of accounts and reason.
    #[arg(long, conflicts_with = "partner")]
    pub(crate) each: bool,
    /// How the letters of the CSV are written.
    #[arg(long, value_enum, default_value = "utf-8", conflicts_with = "partner")]
    pub(crate) encoding: Letters,
    /// The account with a partner in place of the journal: a wallet names the bank's code, a bank the
    /// wallet's client id.
    #[arg(long, requires = "zengin")]
    pub(crate) partner: Option<String>,
    /// Write it as 全銀 03, as of this account: 001-1234567.
    #[arg(long, value_name = "BRANCH-NUMBER", requires_all = ["partner", "name"])]
    pub(crate) zengin: Option<kanuki_desk::journal::account::Settled>,
    /// The name of that account, in kana.
    #[arg(long, requires = "zengin")]
    pub(crate) name: Option<String>,
}

/// `kanuki ledger reconcile`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Reconcile {
    /// Our statement.
    pub(crate) ours: PathBuf,
    /// Theirs.
    pub(crate) theirs: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which engine is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Measured {
    /// The one in this process.
    Embedded,
    /// A PostgreSQL database.
    Postgres,
    /// A TigerBeetle cluster.
    #[value(name = "tigerbeetle")]
    TigerBeetle,
}

impl Measured {
    /// As it is called in a configuration.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Postgres => "postgres",
            Self::TigerBeetle => "tigerbeetle",
        }
    }
}

/// `kanuki ledger bench`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Bench {
    /// Which engine.
    #[arg(long, value_enum)]
    pub(crate) engine: Measured,
    /// embedded: the folder whose disk is measured (without it, this one). postgres:
    /// <postgres://user@host/database>. tigerbeetle: its addresses, as 127.0.0.1:3000. A new folder or
    /// schema is made and removed; what is written to a cluster stays there for ever.
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// The password of the database, in a file that only its owner can read.
    #[arg(long)]
    pub(crate) password_file: Option<PathBuf>,
    /// The number of the cluster.
    #[arg(long, default_value_t = 0)]
    pub(crate) cluster: u128,
    /// How many accounts.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub(crate) accounts: u32,
    /// How many transfers.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) transfers: u32,
    /// How many of them are one request.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=8_189))]
    pub(crate) batch: u32,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `kanuki ledger crash-test`.
#[derive(Debug, ClapArgs)]
pub(crate) struct CrashTest {
    /// How often it is killed.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) times: u32,
    /// How many callers there are at once.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) callers: u16,
    /// The most milliseconds between the first answer and the kill.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub(crate) millis: u32,
    /// Where the books are made: the disk that is tested. They are removed unless something is wrong.
    #[arg(long, default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Leave the books there, for `kanuki ledger verify --data`.
    #[arg(long)]
    pub(crate) keep: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `kanuki ledger crash-load`.
#[derive(Debug, ClapArgs)]
pub(crate) struct CrashLoad {
    /// The folder of the ledger.
    #[arg(long)]
    pub(crate) folder: PathBuf,
    /// How many transfers are in memory before the index takes them over.
    #[arg(long)]
    pub(crate) stretch: usize,
    /// How many things each caller was answered before, one number for each.
    #[arg(long, value_delimiter = ',')]
    pub(crate) answered: Vec<u64>,
}
