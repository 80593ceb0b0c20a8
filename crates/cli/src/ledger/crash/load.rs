//! The process that is killed: it serves a ledger to many callers and says what was answered.

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use anyhow::{Context as _, Result, ensure};
use kanuki_ledger::{EmbeddedEngine, LedgerEngine, chain, embedded::Settings};
use kanuki_site::Clock as _;

use super::work;
use crate::{Outcome, ledger::args::CrashLoad, real::SystemClock};

/// Serves until it is killed, or until something is refused.
pub(crate) fn run(args: &CrashLoad) -> Result<Outcome> {
    // As a server has it.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(args))
}

async fn serve(args: &CrashLoad) -> Result<Outcome> {
    let settings = Settings { stretch: args.stretch };
    let (engine, _) = EmbeddedEngine::open_with(&args.folder, settings)
        .with_context(|| format!("cannot open the ledger in {}", args.folder.display()))?;
    let engine = Arc::new(engine);
    let callers = u16::try_from(args.answered.len()).context("too many callers")?;
    let now = SystemClock.now();
    let made = engine.create_accounts(work::accounts(callers), now).await?;
    ensure!(made.iter().all(|result| result.is_done()), "an account was not made");
    let funded = engine.create_transfers(work::funding(callers), now).await?;
    ensure!(funded.iter().all(|result| result.is_done()), "a caller was not given their money");
    let mut asking = tokio::task::JoinSet::new();
    for (caller, answered) in (1_u16..).zip(args.answered.iter().copied()) {
        asking.spawn(ask(Arc::clone(&engine), caller, answered));
    }
    while let Some(asked) = asking.join_next().await {
        asked??;
    }
    Ok(Outcome::Bad)
}

/// Asks for one thing after the other, the first being one that may have been answered before.
async fn ask(engine: Arc<EmbeddedEngine>, caller: u16, answered: u64) -> Result<()> {
    for n in answered.saturating_add(1).. {
        chain(&*engine, work::asked(caller, n), SystemClock.now())
            .await
            .with_context(|| format!("caller {caller} was refused what they asked for as {n}"))?;
        // One write, so a line is whole or not there.
        io::stdout().write_all(format!("{caller} {n}\n").as_bytes())?;
    }
    Ok(())
}
