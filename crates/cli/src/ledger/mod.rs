//! `kanuki ledger`: what an operator does with the books beside the servers.

pub(crate) mod args;
mod bench;
mod copy;
mod crash;
mod export;
mod following;
mod moving;
mod place;
mod reconcile;
mod report;
mod statement;
mod verify;

use anyhow::Result;

use crate::{Outcome, company::owner};

use args::Ledger;

/// Does one of them.
pub(crate) fn run(command: &Ledger) -> Result<Outcome> {
    match command {
        Ledger::Verify(args) => verify::run(args),
        Ledger::Backup(args) => copy::backup(args),
        Ledger::Restore(args) => copy::restore(args),
        Ledger::Move(args) => moving::run(args),
        Ledger::Report(args) => report::run(args),
        Ledger::Export(args) => export::run(args),
        Ledger::Reconcile(args) => reconcile::run(args),
        Ledger::Bench(args) => bench::run(args),
        Ledger::CrashTest(args) => crash::run(args),
        Ledger::CrashLoad(args) => crash::load::run(args),
    }
}

/// Waits for `work`, on this thread.
fn wait<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(work).map_err(owner::as_unsafe)
}
