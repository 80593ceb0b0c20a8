//! Books that are moved while they are served: for how long nobody can write to them.

use std::{path::Path, time::Instant};

use jiff::Timestamp;
use kanuki_ledger::{
    AccountId, Claim, EmbeddedEngine, LedgerEngine, Owner, PostgresEngine, TigerBeetleEngine,
    Transfer, TransferId, Yen,
    embedded::{Following, LogPlace, OpenError},
    engine::BATCH_MAX,
    postgres::{Comparison, Moving},
    workload::Workload,
};

use crate::{
    subject::{postgresql_server, prepare, tigerbeetle_server},
    tb_server,
};

/// So many are written while the books are on their way.
const MEANWHILE: usize = 200;
const CLAIM: Claim = Claim { owner: Owner(1), adopts: false };

/// Books of so many transfers, and a use of a cap that is open for each fiftieth.
struct Books<'a> {
    folder: &'a Path,
    work: Workload,
    open: u128,
}

impl<'a> Books<'a> {
    async fn make(folder: &'a Path, transfers: usize) -> (Self, EmbeddedEngine) {
        let (engine, _) = EmbeddedEngine::open(folder).unwrap();
        prepare(&engine).await;
        let mut books = Self { folder, work: Workload::new(11), open: 0 };
        let mut left = transfers;
        while left > 0 {
            let some = left.min(1_000);
            books.write(&engine, some).await;
            left -= some;
        }
        (books, engine)
    }

    async fn write(&mut self, engine: &EmbeddedEngine, transfers: usize) {
        let mut batch = self.work.batch(transfers);
        for n in 0..transfers / 50 {
            self.open += 1;
            let id = TransferId((1 << 100) | self.open);
            let [used, cap] = [n, n + 1].map(|n| Workload::account(n as u64));
            batch.push(Transfer::pending(id, cap, used, Yen::of(1), 1).expires_after(86_400));
        }
        for some in batch.chunks(BATCH_MAX) {
            engine.create_transfers(some.to_vec(), Timestamp::now()).await.unwrap();
        }
    }

    /// What callers who wait for each answer ask for.
    async fn go_on(&mut self, engine: EmbeddedEngine) {
        for _ in 0..MEANWHILE {
            self.write(&engine, 1).await;
        }
    }

    fn tell(&self, place: &str, transfers: usize, begun: Instant, stopped: Instant) {
        let (before, stop) = (stopped - begun, stopped.elapsed());
        let open = self.open;
        println!(
            "{place}: {transfers} transfers, {open} open; nobody can write for {stop:.2?}, after \
             {before:.2?} in which everybody could"
        );
    }
}

/// Moves books of so many transfers to a PostgreSQL server of its own, and to a TigerBeetle's if there is
/// one.
pub(crate) async fn measure(folder: &Path, transfers: usize) {
    to_postgres(&folder.join("one"), transfers).await;
    if let Some(binary) = tb_server::binary() {
        let server = tigerbeetle_server(&binary);
        to_cluster(&folder.join("other"), &server.address, transfers).await;
    }
}

async fn add_all(log: &mut Following, moving: &mut Moving<'_>) {
    loop {
        moving.add(&log.batches(BATCH_MAX).unwrap()).await.unwrap();
        if log.is_at_end() {
            return;
        }
    }
}

async fn to_postgres(folder: &Path, transfers: usize) {
    let (mut books, engine) = Books::make(folder, transfers).await;
    let server = postgresql_server();
    let config = server.config("moved", "bench").claimed_by(CLAIM);
    let begun = Instant::now();
    let mut log = Following::open(folder).unwrap();
    let mut moving = PostgresEngine::begin_move(&config).await.unwrap();
    let mut comparison = Comparison::begin(&config).await.unwrap();
    add_all(&mut log, &mut moving).await;
    moving.count().await.unwrap();
    comparison.go_on(log.again(LogPlace::START)).await.unwrap();
    let compared = log.place();
    books.go_on(engine).await;

    let stopped = Instant::now();
    let (old, _) = EmbeddedEngine::open(books.folder).unwrap();
    add_all(&mut log, &mut moving).await;
    comparison.go_on(log.again(compared)).await.unwrap();
    comparison.require_all().await.unwrap();
    let accounts = PostgresEngine::accounts(&config).await.unwrap();
    let until = moving.moved().until.unwrap();
    let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
    let mut kept = Vec::new();
    for some in ids.chunks(BATCH_MAX) {
        kept.extend(old.lookup_accounts(some, until).await.unwrap().into_iter().flatten());
    }
    assert_eq!(kept, accounts);
    moving.arrive().await.unwrap();
    books.tell("PostgreSQL", transfers, begun, stopped);
}

async fn to_cluster(folder: &Path, address: &str, transfers: usize) {
    let (mut books, engine) = Books::make(folder, transfers).await;
    let new = TigerBeetleEngine::connect(0, address, TigerBeetleEngine::DEADLINE).unwrap();
    let begun = Instant::now();
    let mut log = Following::open(folder).unwrap();
    let read_all = |log: &mut Following| {
        while !log.batches(BATCH_MAX).unwrap().is_empty() {}
    };
    read_all(&mut log);
    let all = || Ok::<_, OpenError>(log.again(LogPlace::START));
    let moving = new.begin_move(CLAIM, BATCH_MAX, all).await.unwrap();
    books.go_on(engine).await;

    let stopped = Instant::now();
    let (_old, _) = EmbeddedEngine::open(books.folder).unwrap();
    read_all(&mut log);
    new.finish_move(moving, |batches| Ok::<_, OpenError>(log.after(batches))).await.unwrap();
    books.tell("TigerBeetle", transfers, begun, stopped);
}
