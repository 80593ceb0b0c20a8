//! Who is measured, and how each is asked.

use std::{
    fs::{File, OpenOptions},
    future::Future,
    os::unix::fs::FileExt as _,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use kanuki_ledger::{
    CreateTransferResult, EmbeddedEngine, LedgerEngine, PostgresEngine, Transfer,
    postgres::PostgresConfig, workload::Workload,
};
use tigerbeetle as tb;

use crate::{Size, peer::Peer, pg_server, tb_server};

/// Bytes of a transfer in the log, and of what stands before a batch.
const ROW: usize = 128;

/// Waits of one subject in one round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    pub(crate) made: u64,
    pub(crate) spent: Duration,
    pub(crate) waits: Vec<Duration>,
}

/// Somebody who keeps transfers.
pub(crate) enum Subject {
    /// The same bytes, appended to a file and made durable, with nothing else done.
    Disk {
        file: File,
        at: u64,
    },
    Embedded(Arc<EmbeddedEngine>),
    TigerBeetle(Arc<tb::Client>),
    Postgres(Arc<PostgresEngine>),
    /// PL/pgSQL, one call per batch.
    Loop(Arc<Peer>),
    /// PL/pgSQL, one transaction per transfer.
    Singles(Vec<Arc<Peer>>),
}

/// What a single client reaches depends on how many there are; this is where it was best.
const CLIENTS: usize = 16;

pub(crate) fn tigerbeetle_server(binary: &Path) -> tb_server::Server {
    tb_server::Server::start_as(binary, &[], &["--cache-grid=1GiB"])
}

pub(crate) fn postgresql_server() -> pg_server::Server {
    pg_server::Server::start_with("-c shared_buffers=1GB -c max_wal_size=8GB")
}

fn now() -> Timestamp {
    Timestamp::now()
}

/// The accounts of the work, and their money.
pub(crate) async fn prepare(engine: &impl LedgerEngine) {
    for accounts in Workload::accounts().chunks(8_000) {
        engine.create_accounts(accounts.to_vec(), now()).await.unwrap();
    }
    for funding in Workload::funding().chunks(8_000) {
        let results = engine.create_transfers(funding.to_vec(), now()).await.unwrap();
        assert!(results.iter().all(|r| *r == CreateTransferResult::Created));
    }
}

impl Subject {
    pub(crate) fn disk(folder: &Path) -> Self {
        let file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(folder.join("bare"))
            .unwrap();
        Self::Disk { file, at: 0 }
    }

    pub(crate) async fn embedded(folder: &Path) -> Self {
        let (engine, _) = EmbeddedEngine::open(folder).unwrap();
        prepare(&engine).await;
        Self::Embedded(Arc::new(engine))
    }

    pub(crate) async fn tigerbeetle(address: &str) -> Self {
        let client = tb::Client::new(0, address).unwrap();
        let accounts: Vec<tb::Account> = Workload::accounts().iter().map(their_account).collect();
        for some in accounts.chunks(8_000) {
            client.create_accounts(some).await.unwrap();
        }
        for some in Workload::funding().chunks(8_000) {
            make(&client, &theirs(some)).await;
        }
        Self::TigerBeetle(Arc::new(client))
    }

    pub(crate) async fn postgres(url: &str) -> Self {
        let config = PostgresConfig::new(url, None, "bench_ours", "bench", None).unwrap();
        let engine = PostgresEngine::open(config, Duration::from_secs(20)).await.unwrap();
        prepare(&engine).await;
        Self::Postgres(Arc::new(engine))
    }

    pub(crate) async fn plpgsql(url: &str) -> Self {
        Self::Loop(Arc::new(Peer::open(url, "bench_peer").await))
    }

    /// On the same tables.
    pub(crate) async fn singles(url: &str) -> Self {
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(Arc::new(Peer::join(url, "bench_peer").await));
        }
        Self::Singles(clients)
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Disk { .. } => "plain log",
            Self::Embedded(_) => "embedded",
            Self::TigerBeetle(_) => "TigerBeetle",
            Self::Postgres(_) => "PostgreSQL engine",
            Self::Loop(_) => "PL/pgSQL loop",
            Self::Singles(_) => "single transactions",
        }
    }

    /// Whether it does such work at all.
    pub(crate) const fn is_asked(&self, (_, callers): Size) -> bool {
        match self {
            Self::Disk { .. } | Self::Loop(_) => callers == 1,
            Self::Embedded(_) | Self::TigerBeetle(_) | Self::Postgres(_) => true,
            Self::Singles(_) => callers > 1,
        }
    }

    /// So much work for so long; ids from `next` on, which is left behind the last.
    pub(crate) async fn run(&mut self, size: Size, time: Duration, next: &mut u64) -> Sample {
        let first = *next;
        *next = first + (1 << 32);
        match self {
            Self::Disk { file, at } => disk(file, at, size.0, time),
            Self::Embedded(engine) => {
                let engine = Arc::clone(engine);
                drive(size, time, first, move |_, batch| ours(Arc::clone(&engine), batch)).await
            }
            Self::Postgres(engine) => {
                let engine = Arc::clone(engine);
                drive(size, time, first, move |_, batch| ours(Arc::clone(&engine), batch)).await
            }
            Self::TigerBeetle(client) => {
                let client = Arc::clone(client);
                let each = move |_, batch: Vec<Transfer>| {
                    let (client, batch) = (Arc::clone(&client), theirs(&batch));
                    async move { make(&client, &batch).await }
                };
                drive(size, time, first, each).await
            }
            Self::Loop(peer) => {
                let peer = Arc::clone(peer);
                let each = move |_, batch: Vec<Transfer>| {
                    let peer = Arc::clone(&peer);
                    async move { peer.many(&batch).await }
                };
                drive(size, time, first, each).await
            }
            Self::Singles(clients) => {
                let clients = clients.clone();
                let callers = clients.len();
                let each = move |caller: usize, batch: Vec<Transfer>| {
                    let client = Arc::clone(&clients[caller]);
                    async move { client.one(&batch[0]).await }
                };
                drive((1, callers), time, first, each).await
            }
        }
    }
}

async fn ours<E: LedgerEngine>(engine: Arc<E>, batch: Vec<Transfer>) {
    let results = engine.create_transfers(batch, now()).await.unwrap();
    assert!(results.iter().all(|r| *r == CreateTransferResult::Created));
}

fn their_account(account: &kanuki_ledger::Account) -> tb::Account {
    let flags = if account.flags.debits_must_not_exceed_credits {
        tb::AccountFlags::DebitsMustNotExceedCredits
    } else {
        tb::AccountFlags(0)
    };
    tb::Account {
        id: account.id.bits(),
        ledger: account.ledger,
        code: account.code,
        flags,
        ..Default::default()
    }
}

fn theirs(batch: &[Transfer]) -> Vec<tb::Transfer> {
    let each = |t: &Transfer| tb::Transfer {
        id: t.id.bits(),
        debit_account_id: t.debit_account.bits(),
        credit_account_id: t.credit_account.bits(),
        amount: t.amount.amount().into(),
        ledger: t.ledger,
        code: t.code,
        ..Default::default()
    };
    batch.iter().map(each).collect()
}

async fn make(client: &tb::Client, batch: &[tb::Transfer]) {
    let results = client.create_transfers(batch).await.unwrap();
    assert!(results.iter().all(|r| r.status == tb::CreateTransferStatus::Created));
}

/// Callers who each send their next batch once the last one is answered.
async fn drive<F, A>((batch, callers): Size, time: Duration, first: u64, each: F) -> Sample
where
    F: Fn(usize, Vec<Transfer>) -> A + Clone + Send + 'static,
    A: Future<Output = ()> + Send,
{
    let begun = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let each = each.clone();
            tokio::spawn(async move {
                let seed = (first ^ 0x5eed) + 1_000_003 * (caller as u64 + 1);
                let mut work = Workload::starting(seed, first);
                let mut waits = Vec::new();
                while begun.elapsed() < time {
                    let transfers = work.batch(batch);
                    let asked = Instant::now();
                    each(caller, transfers).await;
                    waits.push(asked.elapsed());
                }
                waits
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.unwrap());
    }
    let made = (waits.len() * batch) as u64;
    // One caller makes its work between two requests; that is no time of the engine's.
    let spent = if callers == 1 { waits.iter().sum() } else { begun.elapsed() };
    Sample { made, spent, waits }
}

fn disk(file: &File, at: &mut u64, batch: usize, time: Duration) -> Sample {
    let bytes = vec![7_u8; (batch + 1) * ROW];
    let mut sample = Sample::default();
    while sample.spent < time {
        let begun = Instant::now();
        file.write_all_at(&bytes, *at).unwrap();
        file.sync_data().unwrap();
        let wait = begun.elapsed();
        *at += bytes.len() as u64;
        sample.made += batch as u64;
        sample.spent += wait;
        sample.waits.push(wait);
    }
    sample
}
