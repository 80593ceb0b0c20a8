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
    /// A bank's server, for real use, and what its operator does beside it.
    Bank(BankArgs),
    /// Send one mail as a company's settings say, and say what its mail server answered. Exit code 1
    /// when it was not taken.
    Mail(crate::mail::MailTry),
    /// Replay crimes against the running system and count the yen.
    #[command(subcommand)]
    Lab(Lab),
    /// What the rules ask of a wallet and a bank, row by row: seen, not seen, or what a person has to
    /// show. Starts its own pair. Exit code 1 when a row fails.
    Conformance(Conformance),
    /// Look after ledgers.
    #[command(subcommand)]
    Ledger(crate::ledger::args::Ledger),
    /// Look after audit logs.
    #[command(subcommand)]
    Audit(Audit),
    /// Prove the evidence of a case that a company handed over.
    #[command(subcommand)]
    Evidence(crate::evidence::Evidence),
    /// 明細を調べる: bank statements in, findings out; nothing leaves the machine. Exit code 1 on findings.
    ///
    /// 銀行の明細(CSV、OFX)や書き写した通帳から、覚えのない引き落としを探します。何も外に送りません。
    /// むずかしければ `kanuki watch --page` で、自分のパソコンの中だけのページが開きます。
    #[command(after_help = WATCH_JA)]
    Watch(Watch),
    /// 口座の点検: how exposed your bank accounts are, on a page of this machine; nothing is kept or sent.
    ///
    /// 銀行の口座がどれだけ狙われやすいか、何からすればよいかを、自分のパソコンの中だけのページで答えます。
    /// 出てきたアドレスをブラウザーで開き、終わったらCtrl-Cを押してください。
    Check(Check),
    /// 番号と名義を確かめる: what Japanese banks exchange, converted and checked (全銀 files, names, account
    /// numbers, JPQR).
    ///
    /// ゆうちょの記号・番号、銀行と支店の名前、口座名義の書き方、全銀ファイル、JPQRを確かめて書き換えます。
    #[command(subcommand)]
    Formats(crate::formats::args::Formats),
    /// 銀行や決済サービスを比べる: an institution's profile, what an attacker would need, what is unknown, how old the evidence
    /// is. Exit code 1 when evidence expired or disagrees, or something got worse.
    Assess(Assess),
    /// Look after the rules by which attempts are judged (docs/rules.md).
    #[command(subcommand)]
    Risk(Risk),
}

/// What a holder types most, in their language.
const WATCH_JA: &str = "\
よく使うもの:
  kanuki watch meisai.csv                      結果を画面に出します
  kanuki watch meisai.csv --html report.html   報告と、銀行への手紙を作ります
  kanuki watch --page                          ファイルを選び、通帳を書き写すページを開きます
  kanuki watch --mine paypay meisai.csv        自分で使うPayPayは知らせません
  kanuki watch --stopped 2026-09-10=ドコモコウザ meisai.csv  止めたあとの引き落としを知らせます";

/// `kanuki conformance`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Conformance {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write a page for an auditor to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

/// `kanuki risk`.
#[derive(Debug, Subcommand)]
pub(crate) enum Risk {
    /// Read a policy and say everything that is wrong with it. Exit code 1 when something is.
    Check(RiskCheck),
    /// Judge recorded events again, by one policy or two side by side: yen stopped, yen lost,
    /// customers bothered.
    Backtest(RiskBacktest),
    /// Learn from recorded attempts what their policy sees of frauds, and test on later ones.
    Train(crate::train::RiskTrain),
    /// Learn from labelled payments and test on later ones, by the protocol of the Fraud Detection
    /// Handbook (docs/detection.md); or make such payments.
    Study(crate::study::RiskStudy),
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
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `kanuki risk backtest`.
#[derive(Debug, ClapArgs)]
pub(crate) struct RiskBacktest {
    /// The recording: one signal a line as JSON, with `"is_fraud":true` where it was one.
    #[arg(long)]
    pub(crate) events: PathBuf,
    /// A policy, or `bank` or `wallet` for one that ships; one column each.
    #[arg(long = "policy", required = true)]
    pub(crate) policies: Vec<String>,
    /// A model that a policy names; may repeat.
    #[arg(long = "model", value_name = "FILE")]
    pub(crate) models: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `kanuki check`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Check {
    /// The page's port; 0 is any free one.
    #[arg(long, default_value_t = 8091)]
    pub(crate) port: u16,
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
    /// Print what one file comes to for the agreement of two companies (docs/agreement.example.toml),
    /// with the file and its SHA-256. Exit code 1 when it is less than required.
    #[arg(long, requires = "require", conflicts_with_all = ["bank", "wallet", "since", "html", "json"])]
    pub(crate) agreement: bool,
    /// Look as of another day than today.
    #[arg(long, value_name = "DATE")]
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
}

/// `kanuki watch`.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch that people type")]
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Watch {
    /// Statements as the bank hands them out: CSV, OFX, or passbook lines in a table. NAME=FILE says
    /// whose account it is (母のゆうちょ=meisai.csv); files of one name are one account.
    #[arg(value_name = "[NAME=]FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Each file is an account of its own; without it all files are one account and must meet.
    #[arg(long)]
    pub(crate) household: bool,
    /// Serve a page on this machine where files are dropped and passbook lines typed.
    #[arg(long, conflicts_with_all = ["files", "json", "html", "household"])]
    pub(crate) page: bool,
    /// The page's port; 0 is any free one.
    #[arg(long, default_value_t = 8090)]
    pub(crate) port: u16,
    /// A service that you use yourself, so that its debits are no findings; may repeat.
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
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Serve {
    /// The settings; unknown or unsafe ones are refused by name.
    #[arg(long)]
    pub(crate) config: PathBuf,
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
    #[arg(long, value_name = "DATE")]
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
    /// Honest customers around the attack.
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

/// `kanuki audit`.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Walk the hash chain of every audit log.
    Verify(Verify),
}

/// `kanuki audit verify`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Verify {
    /// The data folder.
    #[arg(long, default_value = "kanuki-data")]
    pub(crate) data: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
