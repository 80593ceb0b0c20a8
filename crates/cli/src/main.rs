//! The binary `kanuki`: the only place with a real clock, real randomness, configuration and the
//! network.

#![expect(clippy::print_stderr, reason = "a command says on the terminal what went wrong")]

mod args;
mod assess;
mod backtest;
mod bench;
mod bounded;
mod check;
mod company;
mod config;
mod conformance;
mod day;
mod evidence;
mod foray;
mod formats;
mod import;
mod lab;
mod lab_bench;
mod lab_progress;
mod ledger;
mod mail;
mod mules;
mod out;
mod push;
mod real;
mod recording;
mod risk;
mod secrets;
mod serve;
mod steady;
mod study;
mod train;
mod up;
mod verify;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, error::ErrorKind};
use kanuki_watch::Lang;

use crate::args::{Args, Audit, BankCommand, Command, WalletCommand, japanese};

/// What a command came to; the exit codes that scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Done, and all is well.
    Well,
    /// It ran, and the answer is bad.
    Bad,
}

/// What was typed; or the exit code, when that was an answer or no command.
fn parse(lang: Option<Lang>) -> Result<Args, ExitCode> {
    let mut command = Args::command();
    if lang == Some(Lang::Ja) {
        command = japanese::localized(command);
    }
    let typed = command.try_get_matches().and_then(|typed| Args::from_arg_matches(&typed));
    typed.map_err(|error| {
        let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
        if lang == Some(Lang::Ja) && error.use_stderr() && !is_help {
            let why = japanese::refusal(&error);
            eprintln!("kanuki: {}", out::harmless(format_args!("{why}")));
            return ExitCode::from(2);
        }
        let _nobody_reads = error.print();
        if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
    })
}

fn main() -> ExitCode {
    let lang = japanese::language(&std::env::args_os().collect::<Vec<_>>());
    let args = match parse(lang) {
        Ok(args) => args,
        Err(code) => return code,
    };
    let serves = matches!(args.command, Command::Up(_) | Command::Wallet(_) | Command::Bank(_));
    real::install_logging(args.log.as_deref(), serves);
    let outcome = match args.command {
        Command::Up(up) => up::run(&up),
        Command::Wallet(wallet) => match (&wallet.command, &wallet.config) {
            (Some(WalletCommand::Recording(recording)), _) => config::wallet::recording(recording),
            (None, Some(config)) => config::wallet::run(config),
            (None, None) => Err(anyhow::anyhow!("--config is missing")),
        },
        Command::Bank(bank) => match (&bank.command, &bank.config) {
            (Some(BankCommand::Import(import)), _) => config::bank::import(import),
            (Some(BankCommand::Recording(recording)), _) => config::bank::recording(recording),
            (None, Some(config)) => config::bank::run(config),
            (None, None) => Err(anyhow::anyhow!("--config is missing")),
        },
        Command::Mail(mail) => mail::run(&mail),
        Command::Lab(command) => lab::run(&command),
        Command::Conformance(args) => conformance::run(&args),
        Command::Ledger(command) => ledger::run(&command),
        Command::Audit(Audit::Verify(verify)) => verify::audit(&verify),
        Command::Evidence(command) => evidence::run(&command),
        Command::Watch(watch) => watch::run(&watch),
        Command::Check(check) => check::run(&check),
        Command::Formats(formats) => formats::run(&formats),
        Command::Assess(assess) => assess::run(&assess),
        Command::Risk(command) => risk::run(&command),
    };
    match outcome {
        Ok(_) if out::is_lost() => {
            let (ja, en) = (
                "結果をすべては書けませんでした。ディスクがいっぱいではありませんか",
                "the answer could not be written whole; is the disk full?",
            );
            eprintln!("kanuki: {}", lang.unwrap_or(Lang::En).pick(ja, en));
            ExitCode::from(2)
        }
        Ok(Outcome::Well) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::from(1),
        Err(error) => {
            // It quotes the files of strangers.
            eprintln!("kanuki: {}", out::harmless(format_args!("{error:#}")));
            ExitCode::from(2)
        }
    }
}
