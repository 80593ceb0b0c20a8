//! The command line: what is common to all commands, and which there are. Each file has those of one trade.

mod holder;
pub(crate) mod japanese;
mod japanese_words;
mod lab;
mod risk;
mod serve;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

pub(crate) use self::{
    holder::{Assess, Check, Watch},
    lab::{Lab, LabAblate, LabCheck, LabHunt, LabList, LabRun, LabSweep},
    risk::{Risk, RiskBacktest, RiskCheck, Whose},
    serve::{BankArgs, BankCommand, BankImport, Recording, Up, WalletArgs, WalletCommand},
};

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
    /// A wallet's server, for real use, and what its operator does beside it.
    Wallet(WalletArgs),
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
    #[command(after_help = holder::WATCH_JA)]
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

/// `kanuki conformance`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Conformance {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Write a page for an auditor to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// A wallet that is running: what strangers can see of it and its banks is looked at there, and the
    /// rest is said to be not run.
    #[arg(long, value_name = "URL", requires = "banks")]
    pub(crate) wallet: Option<String>,
    /// Its banks, in the order in which `kanuki up` names them; may repeat.
    #[arg(long = "bank", value_name = "URL", requires = "wallet")]
    pub(crate) banks: Vec<String>,
    /// A host that is yours although it is not this machine; may repeat.
    #[arg(long = "i-own", value_name = "HOST", requires = "wallet")]
    pub(crate) owned: Vec<String>,
    /// Leave one report of a stranger at each company; staff close it.
    #[arg(long, requires = "wallet")]
    pub(crate) report: bool,
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
