//! What an account holder runs on their own machine.

use std::path::PathBuf;

use clap::Args as ClapArgs;

/// What a holder types most, in their language.
pub(super) const WATCH_JA: &str = "\
よく使うもの:
  kanuki watch meisai.csv                      結果を画面に出します
  kanuki watch meisai.csv --html report.html   報告と、銀行への手紙を作ります
  kanuki watch --page                          ファイルを選び、通帳を書き写すページを開きます
  kanuki watch --mine paypay meisai.csv        自分で使うPayPayは知らせません
  kanuki watch --stopped 2026-09-10=ドコモコウザ meisai.csv  止めたあとの引き落としを知らせます";

/// `kanuki check`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Check {
    /// The page's port; 0 is any free one.
    #[arg(long, default_value_t = 8091)]
    pub(crate) port: u16,
    /// Say in English how to open it.
    #[arg(long)]
    pub(crate) english: bool,
}

/// `kanuki assess`.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that people type")]
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Assess {
    /// Profiles (docs/institution-profile.md); two or more are shown side by side.
    pub(crate) files: Vec<PathBuf>,
    /// A profile that comes with Kanuki, by the bank's 4-digit code; may repeat.
    #[arg(long, value_name = "CODE")]
    pub(crate) bank: Vec<String>,
    /// A profile that comes with Kanuki, by the wallet's name; may repeat.
    #[arg(long, value_name = "ID")]
    pub(crate) wallet: Vec<String>,
    /// Which profiles come with Kanuki.
    #[arg(long, conflicts_with_all = ["files", "bank", "wallet", "since", "require", "html"])]
    pub(crate) list: bool,
    /// An older file of one of them, to see what changed since; may repeat.
    #[arg(long, value_name = "OLDFILE")]
    pub(crate) since: Vec<PathBuf>,
    /// What a way must ask of an attacker at least, as link=device; may repeat. Exit code 1 when missed.
    #[arg(long, value_name = "PATH=BARRIER")]
    pub(crate) require: Vec<String>,
    /// Print what one file comes to for the agreement of two companies (docs/operators/agreement.example.toml),
    /// with the file and its SHA-256. Exit code 1 when it is less than required.
    #[arg(long, requires = "require", conflicts_with_all = ["bank", "wallet", "since", "html", "json"])]
    pub(crate) agreement: bool,
    /// Look as of another day than today.
    #[arg(long, value_name = "DATE", value_parser = crate::day::option)]
    pub(crate) as_of: Option<jiff::civil::Date>,
    /// Say it in English.
    #[arg(long)]
    pub(crate) english: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Where to write the comparison as a page.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Who publishes that page and takes corrections and replies: a name with an address. Without it the
    /// page says that it is not to be handed on.
    #[arg(long, value_name = "NAME", requires = "html")]
    pub(crate) publisher: Option<String>,
}

/// `kanuki watch`.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that people type")]
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Watch {
    /// Statements as the bank hands them out: CSV, OFX, or passbook lines in a table. NAME=FILE says
    /// whose account it is (母のゆうちょ=meisai.csv); files of one name are one account.
    #[arg(value_name = "[NAME=]FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Each file is an account of its own. Without it, files are one account where they name the same one,
    /// have lines in common, go on with each other's balance, or have names that differ in numbers only.
    #[arg(long)]
    pub(crate) household: bool,
    /// Serve a page on this machine where files are dropped and passbook lines typed.
    #[arg(long, conflicts_with_all = ["files", "json", "html", "household"])]
    pub(crate) page: bool,
    /// The page's port; 0 is any free one.
    #[arg(long, default_value_t = 8090)]
    pub(crate) port: u16,
    /// A service that you use yourself, by its id or its name, so that its debits are no findings; may
    /// repeat.
    #[arg(long, value_name = "ID")]
    pub(crate) mine: Vec<String>,
    /// What you had stopped, and since when: 2026-09-10=ドコモコウザ; may repeat.
    #[arg(long, value_name = "DATE=WORDS")]
    pub(crate) stopped: Vec<String>,
    /// Say which layouts and services are known, how sure that is and where it is known from.
    #[arg(long, conflicts_with_all = ["files", "page", "json", "html"])]
    pub(crate) known: bool,
    /// More descriptors than Kanuki knows, in the shape of its own dictionary.
    #[arg(long, value_name = "FILE")]
    pub(crate) dictionary: Option<PathBuf>,
    /// Say it in English.
    #[arg(long)]
    pub(crate) english: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Where to write the report, with a letter to the bank.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}
