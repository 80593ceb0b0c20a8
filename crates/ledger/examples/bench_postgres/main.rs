//! The engine on PostgreSQL beside PL/pgSQL doing the same work on the same server.
//!
//!     cargo xtask bench ledger-postgres
//!
//! 10,000 accounts that cannot be overdrawn, random pairs, durable, ids checked, readable by account
//! afterwards. Every subject runs once per round; what is told is the median of the rounds.
#![expect(clippy::print_stdout, reason = "it is a program")]
#![expect(clippy::disallowed_methods, reason = "a measurement needs a clock")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a measurement that fails says where")]

mod peer;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_ledger::{
    Account, AccountFlags, AccountId, CreateTransferResult, LEDGER_YEN, LedgerEngine,
    PostgresEngine, Transfer, TransferId, postgres::PostgresConfig,
};
use peer::Peer;

const ACCOUNTS: u64 = 10_000;
const ROUNDS: usize = 5;

/// Random numbers that are the same in each run (`SplitMix64`).
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn id(&mut self) -> u128 {
        (u128::from(self.next()) << 64) | u128::from(self.next())
    }

    /// Between two different accounts.
    pub(crate) fn transfer(&mut self) -> Transfer {
        let debit = self.next() % ACCOUNTS;
        let credit = (debit + 1 + self.next() % (ACCOUNTS - 1)) % ACCOUNTS;
        Transfer::posted(
            TransferId(self.id()),
            account_id(debit),
            account_id(credit),
            Yen::new(1 + self.next() % 100).unwrap(),
            1,
        )
    }
}

/// Ids are as random as those that are derived from names.
pub(crate) fn account_id(number: u64) -> AccountId {
    AccountId(Dice(number.wrapping_mul(0x9E37)).id() | 1)
}

pub(crate) fn account_ids() -> impl Iterator<Item = AccountId> {
    (0..ACCOUNTS).map(account_id)
}

async fn ours(url: &str, schema: &str) -> PostgresEngine {
    let config = PostgresConfig::new(url, None, schema, "bench", None).unwrap();
    let engine = PostgresEngine::open(config, Duration::from_secs(20)).await.unwrap();
    let now = Timestamp::now_of_bench();
    let world = Account::new(AccountId(3), LEDGER_YEN, 1, AccountFlags::NONE);
    engine.create_accounts(vec![world], now).await.unwrap();
    let all: Vec<AccountId> = account_ids().collect();
    for some in all.chunks(5_000) {
        let accounts =
            some.iter().map(|id| Account::new(*id, LEDGER_YEN, 1, AccountFlags::NO_OVERDRAFT));
        engine.create_accounts(accounts.collect(), now).await.unwrap();
        let money = Yen::of(1_000_000_000);
        let funding = some
            .iter()
            .map(|id| Transfer::posted(TransferId(id.bits() ^ 2), AccountId(3), *id, money, 1));
        let made = engine.create_transfers(funding.collect(), now).await.unwrap();
        assert!(made.iter().all(|r| *r == CreateTransferResult::Created));
    }
    engine
}

/// One instant is enough: the engine tells transfers apart by nanoseconds.
trait NowOfBench {
    fn now_of_bench() -> Timestamp;
}

impl NowOfBench for Timestamp {
    fn now_of_bench() -> Timestamp {
        "2026-11-26T00:00:00Z".parse().unwrap()
    }
}

/// Transfers per second.
async fn run_ours(
    engine: &Arc<PostgresEngine>,
    dice: &mut Dice,
    batch: usize,
    callers: usize,
    batches: usize,
) -> u128 {
    let work: Vec<Vec<Vec<Transfer>>> = (0..callers)
        .map(|_| (0..batches).map(|_| (0..batch).map(|_| dice.transfer()).collect()).collect())
        .collect();
    let begun = Instant::now();
    let tasks: Vec<_> = work
        .into_iter()
        .map(|work| {
            let engine = Arc::clone(engine);
            tokio::spawn(async move {
                for batch in work {
                    let made =
                        engine.create_transfers(batch, Timestamp::now_of_bench()).await.unwrap();
                    assert!(made.iter().all(|r| *r == CreateTransferResult::Created), "{made:?}");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    per_second(batch * callers * batches, begun.elapsed())
}

pub(crate) fn per_second(transfers: usize, took: Duration) -> u128 {
    let transfers = u128::try_from(transfers).unwrap();
    (transfers * 1_000_000).div_euclid(took.as_micros().max(1))
}

/// What each subject did, round by round.
#[derive(Default)]
struct Figures(Vec<(String, Vec<u128>)>);

impl Figures {
    fn add(&mut self, subject: String, figure: u128) {
        match self.0.iter_mut().find(|(known, _)| *known == subject) {
            Some((_, figures)) => figures.push(figure),
            None => self.0.push((subject, vec![figure])),
        }
    }

    fn median(&self, subject: &str) -> u128 {
        let found = self.0.iter().find(|(known, _)| known == subject);
        let mut figures = found.map(|(_, figures)| figures.clone()).unwrap_or_default();
        figures.sort_unstable();
        figures.get(figures.len().div_euclid(2)).copied().unwrap_or_default()
    }
}

/// `one` to `other`, as `3.14`.
fn ratio(one: u128, other: u128) -> String {
    let hundredths = (one * 100).div_euclid(other.max(1));
    format!("{}.{:02}", hundredths.div_euclid(100), hundredths.rem_euclid(100))
}

/// Ours: batch, callers, batches per caller and round.
const OURS: [(usize, usize, usize); 6] =
    [(1, 1, 1_000), (10, 1, 500), (100, 1, 200), (1_000, 1, 60), (8_189, 1, 8), (1, 64, 200)];
/// One call of PL/pgSQL: batch, batches per round.
const LOOPS: [(usize, usize); 2] = [(1_000, 30), (8_189, 4)];
/// One transaction per transfer, by so many clients.
const CLIENTS: [usize; 5] = [1, 4, 8, 16, 32];

async fn round(engine: &Arc<PostgresEngine>, peer: &Peer, url: &str, dice: &mut Dice) -> Figures {
    let mut figures = Figures::default();
    for (batch, callers, batches) in OURS {
        let figure = run_ours(engine, dice, batch, callers, batches).await;
        figures.add(format!("ours, {callers} × {batch}"), figure);
    }
    for (batch, batches) in LOOPS {
        figures.add(format!("loop, 1 × {batch}"), peer.many(dice, batch, batches).await);
    }
    for clients in CLIENTS {
        figures.add(format!("singles, {clients} × 1"), peer.singles(url, dice, clients).await);
    }
    figures
}

#[tokio::main]
async fn main() {
    let Some(url) = std::env::args().nth(1) else {
        panic!("which server? postgres:///postgres?host=…&user=…");
    };
    let engine = Arc::new(ours(&url, "bench_ours").await);
    let peer = Peer::open(&url, "bench_peer").await;
    let mut dice = Dice(7);
    round(&engine, &peer, &url, &mut dice).await;
    let mut all = Figures::default();
    for _ in 0..ROUNDS {
        for (subject, figures) in round(&engine, &peer, &url, &mut dice).await.0 {
            for figure in figures {
                all.add(subject.clone(), figure);
            }
        }
    }
    let report = engine.verify().await.unwrap();
    assert!(report.ok, "{:?}", report.problems);
    for (subject, figures) in &all.0 {
        println!("{subject}: {}/s {figures:?}", all.median(subject));
    }
    let best = CLIENTS.map(|clients| all.median(&format!("singles, {clients} × 1")));
    let best = best.into_iter().max().unwrap_or_default();
    let batch = all.median("ours, 1 × 1000");
    println!("to the loop, at 1000: {} (bar 3)", ratio(batch, all.median("loop, 1 × 1000")));
    println!("to single transactions at their best: {} (bar 5)", ratio(batch, best));
    println!("the same, 64 single callers: {}", ratio(all.median("ours, 64 × 1"), best));
    println!("{} accounts and transfers counted again, nothing is wrong", report.checked);
}
