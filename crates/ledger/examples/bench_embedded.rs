//! Measures the embedded engine, beside the bare disk.
//!
//! `cargo xtask bench ledger` runs it. Every line of its output is one JSON object.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::float_arithmetic,
    clippy::unwrap_used,
    clippy::integer_division,
    clippy::indexing_slicing,
    reason = "a measurement tells the terminal, and panics rather than go on wrongly"
)]

use std::{
    fs::OpenOptions,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use kanuki_ledger::{
    CreateTransferResult, EmbeddedEngine, Filter, LedgerEngine, workload::Workload,
};
use tokio::runtime::Runtime;

/// Bytes of a transfer in the log, and of what stands before a batch.
const ROW: usize = 128;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let dir = PathBuf::from(arguments.next().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match what.as_str() {
        "batch" => {
            let batch: usize = arguments.next().unwrap().parse().unwrap();
            let seconds: f64 = arguments.next().unwrap().parse().unwrap();
            runtime.block_on(batches(&dir, batch, seconds));
        }
        "callers" => {
            let callers: usize = arguments.next().unwrap().parse().unwrap();
            let seconds: f64 = arguments.next().unwrap().parse().unwrap();
            many(&runtime, &dir, callers, seconds);
        }
        "disk" => {
            let batch: usize = arguments.next().unwrap().parse().unwrap();
            let seconds: f64 = arguments.next().unwrap().parse().unwrap();
            disk(&dir, batch, seconds);
        }
        "compare" => {
            let rounds: usize = arguments.next().unwrap().parse().unwrap();
            compare(&runtime, &dir, rounds);
        }
        "grow" => {
            let millions: u64 = arguments.next().unwrap().parse().unwrap();
            runtime.block_on(grow(&dir, millions));
        }
        "reopen" => runtime.block_on(reopen(&dir)),
        other => println!("what is {other}? compare, batch, callers, disk, grow or reopen"),
    }
}

fn now() -> Timestamp {
    Timestamp::now()
}

async fn prepared(dir: &Path) -> EmbeddedEngine {
    let (engine, _) = EmbeddedEngine::open(dir).unwrap();
    for accounts in Workload::accounts().chunks(8_000) {
        engine.create_accounts(accounts.to_vec(), now()).await.unwrap();
    }
    for funding in Workload::funding().chunks(8_000) {
        let results = engine.create_transfers(funding.to_vec(), now()).await.unwrap();
        assert!(results.iter().all(|r| *r == CreateTransferResult::Created));
    }
    engine
}

/// Transfers per second, and the middle and worst waits in microseconds.
#[derive(Clone, Copy, Debug)]
struct Measured {
    per_second: f64,
    p50: f64,
    p99: f64,
}

fn tell(
    what: &str,
    batch: usize,
    made: u64,
    spent: Duration,
    mut waits: Vec<Duration>,
) -> Measured {
    waits.sort_unstable();
    let at = |share: usize| waits.get(waits.len() * share / 1_000).or(waits.last());
    let micros = |share| at(share).map_or(0.0, |w: &Duration| w.as_secs_f64() * 1e6);
    let per_second = made as f64 / spent.as_secs_f64();
    let (p50, p99) = (micros(500), micros(990));
    println!(
        "{{\"what\":\"{what}\",\"batch\":{batch},\"per_second\":{per_second:.0},\"p50_us\":{p50:.0},\"p99_us\":{p99:.0}}}"
    );
    Measured { per_second, p50, p99 }
}

/// The middle one by transfers per second.
fn median(mut all: Vec<Measured>) -> Measured {
    all.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    all[all.len() / 2]
}

/// Disk and engine in turn, so many rounds; medians, ratios and bars.
fn compare(runtime: &Runtime, dir: &Path, rounds: usize) {
    let sizes = [1, 10, 100, 1_000, 8_189];
    let fresh = |run: &dyn Fn(&Path) -> Measured| {
        let measured = run(dir);
        std::fs::remove_dir_all(dir).unwrap();
        measured
    };
    let mut all = vec![(Vec::new(), Vec::new()); sizes.len()];
    let mut callers = Vec::new();
    for _ in 0..rounds {
        for (size, (bare, ours)) in sizes.iter().zip(&mut all) {
            bare.push(fresh(&|dir| disk(dir, *size, 1.0)));
            ours.push(fresh(&|dir| runtime.block_on(batches(dir, *size, 1.5))));
        }
        callers.push(fresh(&|dir| many(runtime, dir, 64, 1.5)));
    }
    println!("\n| batch | transfers/s | p50 µs | p99 µs | of the bare disk | disk p99 µs |");
    println!("|---|---|---|---|---|---|");
    let mut missed = Vec::new();
    let mut single = 0.0;
    for (size, (bare, ours)) in sizes.iter().zip(all) {
        let (bare, ours) = (median(bare), median(ours));
        let ratio = ours.per_second / bare.per_second;
        println!(
            "| {size} | {:.0} | {:.0} | {:.0} | {ratio:.2} | {:.0} |",
            ours.per_second, ours.p50, ours.p99, bare.p99
        );
        if *size == 1 {
            single = ours.per_second;
            if ours.p99 > 3.0 * bare.p99 {
                missed.push("one durable transfer within 3 times a bare fdatasync's p99");
            }
        }
        if *size >= 1_000 && ratio < 0.35 {
            missed.push("0.35 of the bare disk at 1,000 and above");
        }
    }
    let callers = median(callers);
    let share = callers.per_second / single;
    println!(
        "| 1, 64 callers | {:.0} | {:.0} | {:.0} | {share:.1} times one caller | |",
        callers.per_second, callers.p50, callers.p99
    );
    if share < 15.0 {
        missed.push("64 callers 15 times one");
    }
    println!("\nNOT MEASURED HERE: TigerBeetle's server and PostgreSQL beside it.");
    for bar in &missed {
        println!("MISSED: {bar}");
    }
    std::process::exit(i32::from(!missed.is_empty()));
}

async fn batches(dir: &Path, batch: usize, seconds: f64) -> Measured {
    let engine = prepared(dir).await;
    let mut work = Workload::new(7);
    let (mut spent, mut waits, mut made) = (Duration::ZERO, Vec::new(), 0_u64);
    while spent.as_secs_f64() < seconds {
        let transfers = work.batch(batch);
        let begun = Instant::now();
        let results = engine.create_transfers(transfers, now()).await.unwrap();
        let wait = begun.elapsed();
        assert!(results.iter().all(|r| *r == CreateTransferResult::Created));
        made += batch as u64;
        spent += wait;
        waits.push(wait);
    }
    let page =
        engine.account_transfers(Workload::account(5), Filter::newest(20), now()).await.unwrap();
    assert!(!page.is_empty() || made < 100_000);
    tell("embedded", batch, made, spent, waits)
}

fn many(runtime: &Runtime, dir: &Path, callers: usize, seconds: f64) -> Measured {
    let engine = Arc::new(runtime.block_on(prepared(dir)));
    let begun = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let engine = Arc::clone(&engine);
            runtime.spawn(async move {
                // Ids of two callers never meet: each one's seed is its own.
                let mut work = Workload::new(1_000_003 * (caller as u64 + 1));
                let mut waits = Vec::new();
                while begun.elapsed().as_secs_f64() < seconds {
                    let one = work.batch(1);
                    let asked = Instant::now();
                    let results = engine.create_transfers(one, now()).await.unwrap();
                    waits.push(asked.elapsed());
                    assert_eq!(results, [CreateTransferResult::Created]);
                }
                waits
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(runtime.block_on(task).unwrap());
    }
    let made = waits.len() as u64;
    tell(&format!("embedded_{callers}_callers"), 1, made, begun.elapsed(), waits)
}

/// The same bytes, appended to a file and made durable, with nothing else done.
fn disk(dir: &Path, batch: usize, seconds: f64) -> Measured {
    std::fs::create_dir_all(dir).unwrap();
    let file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .open(dir.join("bare"))
        .unwrap();
    let bytes = vec![7_u8; (batch + 1) * ROW];
    let (mut spent, mut waits, mut made, mut at) = (Duration::ZERO, Vec::new(), 0_u64, 0_u64);
    while spent.as_secs_f64() < seconds {
        let begun = Instant::now();
        file.write_all_at(&bytes, at).unwrap();
        file.sync_data().unwrap();
        let wait = begun.elapsed();
        at += bytes.len() as u64;
        made += batch as u64;
        spent += wait;
        waits.push(wait);
    }
    tell("disk", batch, made, spent, waits)
}

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let of = |name| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    println!("{{\"what\":\"memory\",\"rss_kib\":{},\"peak_kib\":{}}}", of("VmRSS"), of("VmHWM"));
    of("VmRSS")
}

/// So many millions, by batches of 8,189; the speed of each million.
async fn grow(dir: &Path, millions: u64) {
    let engine = prepared(dir).await;
    let mut work = Workload::new(11);
    for million in 1..=millions {
        let (mut spent, mut waits, mut made) = (Duration::ZERO, Vec::new(), 0_u64);
        while made < 1_000_000 {
            let transfers = work.batch(8_189);
            let begun = Instant::now();
            engine.create_transfers(transfers, now()).await.unwrap();
            let wait = begun.elapsed();
            made += 8_189;
            spent += wait;
            waits.push(wait);
        }
        tell(&format!("million_{million}"), 8_189, made, spent, waits);
    }
    resident();
}

async fn reopen(dir: &Path) {
    let begun = Instant::now();
    let (engine, opened) = EmbeddedEngine::open(dir).unwrap();
    let opening = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let mut rows = 0;
    for n in 0..100 {
        let page = engine.account_transfers(Workload::account(n * 97), Filter::newest(50), now());
        rows += page.await.unwrap().len();
    }
    let page = begun.elapsed().as_secs_f64() / 100.0 * 1e6;
    println!(
        "{{\"what\":\"reopen\",\"seconds\":{opening:.2},\"records\":{},\"page_us\":{page:.0},\"rows\":{rows},\"mended\":{}}}",
        opened.records,
        opened.mended.len(),
    );
    resident();
}
