//! The binary `kanuki`: the only place with a real clock, real randomness, configuration and the
//! network.

#![expect(clippy::print_stderr, reason = "a command says on the terminal what went wrong")]

mod args;
mod assess;
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
mod ledger;
mod mail;
mod out;
mod real;
mod risk;
mod secrets;
mod serve;
mod study;
mod train;
mod up;
mod verify;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Audit, BankCommand, Command};

/// What a command came to; the exit codes that scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Done, and all is well.
    Well,
    /// It ran, and the answer is bad.
    Bad,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let serves = matches!(args.command, Command::Up(_) | Command::Wallet(_) | Command::Bank(_));
    real::install_logging(args.log.as_deref(), serves);
    let outcome = match args.command {
        Command::Up(up) => up::run(&up),
        Command::Wallet(serve) => config::wallet::run(&serve.config),
        Command::Bank(bank) => match (&bank.command, &bank.config) {
            (Some(BankCommand::Import(import)), _) => config::bank::import(import),
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
            eprintln!("kanuki: the answer could not be written whole; is the disk full?");
            ExitCode::from(2)
        }
        Ok(Outcome::Well) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::from(1),
        Err(error) => {
            eprintln!("kanuki: {error:#}");
            ExitCode::from(2)
        }
    }
}
