//! `kanuki ledger bench`: what an engine does on this machine, in books that are made for it.
//!
//! Random pairs of accounts that cannot be overdrawn, one caller, one request after the other, each
//! answered only when it is durable. The clock runs around the requests alone.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use kanuki_domain::{Entropy as _, Yen};
use kanuki_ledger::{
    Account, AccountFlags, AccountId, CreateTransferResult, EmbeddedEngine, LEDGER_YEN,
    LedgerEngine, PostgresEngine, TigerBeetleEngine, Transfer, TransferId, engine::BATCH_MAX,
    postgres::PostgresConfig,
};
use kanuki_site::Clock as _;
use serde::Serialize;

use super::args::{Bench, Measured};
use crate::{
    Outcome, config,
    out::out,
    real::{Stopwatch, SystemClock, SystemEntropy, resident_bytes},
};

/// What every account has in the beginning.
const FUNDS: u64 = 1_000_000_000;
/// Where it comes from.
const SOURCE: u32 = u32::MAX;

/// What was measured, in the shape that scripts rely on.
#[derive(Debug, Serialize)]
struct Measurement {
    engine: &'static str,
    accounts: u32,
    transfers: u32,
    batch: u32,
    transfers_per_second: u64,
    p50_us: u64,
    p99_us: u64,
    rss_bytes: u64,
}

/// An engine with new books, and what takes them away again.
struct Books {
    engine: Arc<dyn LedgerEngine>,
    leave: Leave,
}

enum Leave {
    Folder(PathBuf),
    Schema(Box<PostgresConfig>),
    /// A cluster forgets nothing.
    Nothing,
}

/// The work: ids that no other run has, pairs that follow from them.
struct Work {
    run: u64,
    dice: u64,
    accounts: u32,
    next: u32,
}

impl Work {
    fn new(accounts: u32) -> Self {
        let mut bytes = [0; 8];
        SystemEntropy.fill(&mut bytes);
        let run = u64::from_be_bytes(bytes) >> 1;
        Self { run, dice: run | 1, accounts, next: 0 }
    }

    fn account(&self, number: u32) -> AccountId {
        AccountId((u128::from(self.run) << 64) | u128::from(number).saturating_add(1))
    }

    /// Rising, as a caller makes them who wants speed.
    fn transfer_id(&self, number: u64) -> TransferId {
        TransferId((u128::from(self.run) << 64) | u128::from(number).saturating_add(1))
    }

    fn throw(&mut self, below: u32) -> u32 {
        // xorshift64*: speed, not secrecy.
        self.dice ^= self.dice >> 12;
        self.dice ^= self.dice << 25;
        self.dice ^= self.dice >> 27;
        let thrown = self.dice.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        u32::try_from(thrown.checked_rem(below.into()).unwrap_or(0)).unwrap_or(0)
    }

    fn batch(&mut self, len: u32) -> Vec<Transfer> {
        (0..len)
            .map(|_| {
                let debit = self.throw(self.accounts);
                let step = self.throw(self.accounts.saturating_sub(1)).saturating_add(1);
                let credit = debit.saturating_add(step).checked_rem(self.accounts).unwrap_or(0);
                let id = self.transfer_id(self.next.into());
                self.next = self.next.saturating_add(1);
                let (debit, credit) = (self.account(debit), self.account(credit));
                Transfer::posted(id, debit, credit, Yen::of(1), 1)
            })
            .collect()
    }

    /// Makes the accounts and gives each its funds.
    async fn prepare(&self, engine: &dyn LedgerEngine) -> Result<()> {
        let now = SystemClock.now();
        let all: Vec<u32> = (0..self.accounts).collect();
        let source = Account::new(self.account(SOURCE), LEDGER_YEN, 1, AccountFlags::NONE);
        engine.create_accounts(vec![source], now).await?;
        let funds = Yen::new(FUNDS)?;
        for some in all.chunks(BATCH_MAX) {
            let accounts = some.iter().map(|number| {
                Account::new(self.account(*number), LEDGER_YEN, 1, AccountFlags::NO_OVERDRAFT)
            });
            engine.create_accounts(accounts.collect(), now).await?;
            let funding = some.iter().map(|number| {
                let id = self.transfer_id(u64::from(u32::MAX).saturating_add(u64::from(*number)));
                Transfer::posted(id, self.account(SOURCE), self.account(*number), funds, 1)
            });
            require_made(&engine.create_transfers(funding.collect(), now).await?)?;
        }
        Ok(())
    }
}

fn require_made(results: &[CreateTransferResult]) -> Result<()> {
    match results.iter().find(|result| **result != CreateTransferResult::Created) {
        Some(other) => bail!("a transfer of the measurement was not made: {other}"),
        None => Ok(()),
    }
}

/// New books on the engine that is asked for.
async fn open(args: &Bench, work: &Work) -> Result<Books> {
    let name = format!("kanuki_bench_{:016x}", work.run);
    match args.engine {
        Measured::Embedded => {
            let beside = Path::new(args.url.as_deref().unwrap_or("."));
            ensure!(beside.is_dir(), "{} is not a folder: --url FOLDER", beside.display());
            let folder = beside.join(name);
            let (engine, _) = EmbeddedEngine::open(&folder)
                .with_context(|| format!("cannot keep books in {}", folder.display()))?;
            Ok(Books { engine: Arc::new(engine), leave: Leave::Folder(folder) })
        }
        Measured::Postgres => {
            let url =
                args.url.as_deref().context("which database? --url postgres://user@host/db")?;
            let password = args.password_file.as_deref().map(config::secret).transpose()?;
            let database = PostgresConfig::new(url, password.as_ref(), &name, &name, None)?;
            let engine = PostgresEngine::open(database.clone(), Duration::from_secs(10)).await?;
            ensure!(engine.is_writer(), "the database does not let us write");
            Ok(Books { engine: Arc::new(engine), leave: Leave::Schema(Box::new(database)) })
        }
        Measured::TigerBeetle => {
            let addresses = args.url.as_deref().context("which cluster? --url 127.0.0.1:3000")?;
            let knocking = TigerBeetleEngine::connect(args.cluster, addresses, KNOCK)?;
            require_nobodys(&knocking).await.with_context(|| {
                format!("cluster {} at {addresses} was not measured", args.cluster)
            })?;
            let deadline = TigerBeetleEngine::DEADLINE;
            let engine = TigerBeetleEngine::connect(args.cluster, addresses, deadline)?;
            Ok(Books { engine: Arc::new(engine), leave: Leave::Nothing })
        }
    }
}

/// How long a cluster is waited for that may not be there.
const KNOCK: Duration = Duration::from_secs(3);

/// A cluster that keeps a company's books is measured by nobody: what is written stays.
async fn require_nobodys(engine: &TigerBeetleEngine) -> Result<()> {
    const KEPT: &str = "unsafe: this cluster keeps a company's books, and what a measurement writes \
                        stays for ever";
    ensure!(engine.owner().await?.is_none(), KEPT);
    // One of a company that has not started since clusters bear names.
    let of_companies = [AccountId::derive(&["safeguarded"]), kanuki_bank::chart::core_clearing()];
    let found = engine.lookup_accounts(&of_companies, SystemClock.now()).await?;
    ensure!(found.iter().all(Option::is_none), KEPT);
    Ok(())
}

async fn close(books: Books) -> Result<()> {
    drop(books.engine);
    match books.leave {
        Leave::Folder(folder) => std::fs::remove_dir_all(&folder)
            .with_context(|| format!("{} is left behind", folder.display())),
        Leave::Schema(config) => {
            PostgresEngine::drop_schema(&config).await.context("a schema is left behind")
        }
        Leave::Nothing => Ok(()),
    }
}

async fn measure(args: &Bench, engine: &dyn LedgerEngine, mut work: Work) -> Result<Measurement> {
    work.prepare(engine).await?;
    let mut latencies = Vec::new();
    let mut left = args.transfers;
    let mut spent = Duration::ZERO;
    while left > 0 {
        let len = left.min(args.batch);
        let batch = work.batch(len);
        let now = SystemClock.now();
        let begun = Stopwatch::start();
        let results = engine.create_transfers(batch, now).await?;
        let took = begun.elapsed();
        require_made(&results)?;
        spent = spent.saturating_add(took);
        latencies.push(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        left = left.saturating_sub(len);
    }
    latencies.sort_unstable();
    let micros = spent.as_micros().max(1);
    let per_second = u128::from(args.transfers).saturating_mul(1_000_000).checked_div(micros);
    Ok(Measurement {
        engine: args.engine.name(),
        accounts: args.accounts,
        transfers: args.transfers,
        batch: args.batch,
        transfers_per_second: u64::try_from(per_second.unwrap_or(0)).unwrap_or(u64::MAX),
        p50_us: percentile(&latencies, 50),
        p99_us: percentile(&latencies, 99),
        rss_bytes: resident_bytes()?,
    })
}

/// The smallest of sorted `values` that so many in a hundred do not exceed.
fn percentile(values: &[u64], of_hundred: usize) -> u64 {
    let rank = values.len().saturating_mul(of_hundred).div_ceil(100);
    values.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

/// Measures, and takes its books away again.
pub(super) fn run(args: &Bench) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let measured = runtime.block_on(async {
        let work = Work::new(args.accounts);
        let books = open(args, &work).await?;
        let measured = measure(args, &*books.engine, work).await;
        let closed = close(books).await;
        let measured = measured?;
        closed.map(|()| measured)
    })?;
    if args.json {
        out!("{}", serde_json::to_string(&measured)?);
        return Ok(Outcome::Well);
    }
    let Measurement { engine, transfers, accounts, batch, .. } = measured;
    out!("{engine}: {transfers} transfers between {accounts} accounts, {batch} a request");
    out!("  {} durable transfers per second", measured.transfers_per_second);
    out!("  a request took {} µs (p50), {} µs (p99)", measured.p50_us, measured.p99_us);
    out!("  this process held {} bytes", measured.rss_bytes);
    Ok(Outcome::Well)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<u64> = (1..=200).collect();

        assert_eq!([50, 99, 100].map(|of| percentile(&values, of)), [100, 198, 200]);
        assert_eq!(percentile(&[7], 50), 7);
    }
}
