//! Ledgers that have grown: speed by the million, memory, opening, a page from disk.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use kanuki_ledger::{EmbeddedEngine, Filter, LedgerEngine, workload::Workload};

use crate::{
    report::Measured,
    subject::{Sample, prepare},
};

/// Resident memory of a process, in KiB.
pub(crate) fn resident(process: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// So many millions, by batches of 8,189; the speed of each million.
pub(crate) async fn grow(dir: &Path, millions: u64) {
    let (engine, _) = EmbeddedEngine::open(dir).unwrap();
    prepare(&engine).await;
    let mut work = Workload::new(11);
    let mut costs = Vec::new();
    for million in 1..=millions {
        let mut sample = Sample::default();
        while sample.made < 1_000_000 {
            let transfers = work.batch(8_189);
            let begun = Instant::now();
            engine.create_transfers(transfers, Timestamp::now()).await.unwrap();
            let wait = begun.elapsed();
            sample.made += 8_189;
            sample.spent += wait;
            sample.waits.push(wait);
        }
        let Measured { per_second, p99, .. } = Measured::of(&[sample]);
        costs.push(1.0 / per_second);
        println!("million {million}: {per_second:.0}/s, p99 {p99:.0} µs");
    }
    let some = costs.len().div_ceil(10);
    let middle = |costs: &[f64]| {
        let mut costs = costs.to_vec();
        costs.sort_by(f64::total_cmp);
        costs[costs.len() / 2]
    };
    let growth = middle(&costs[costs.len() - some..]) / middle(&costs[..some]);
    println!("a transfer of the last tenth costs {growth:.2} times one of the first (bar 1.30)");
    let kib = resident("self");
    println!("memory with {millions} million stored: {kib} KiB (bar 1,048,576 at 10 million)");
    let is_missed = growth > 1.3 || (millions <= 10 && kib > 1 << 20);
    drop(engine);
    std::process::exit(i32::from(is_missed));
}

/// How long opening takes, and a page of fifty.
pub(crate) async fn reopen(dir: &Path) {
    let begun = Instant::now();
    let (engine, opened) = EmbeddedEngine::open(dir).unwrap();
    let opening = begun.elapsed();
    let begun = Instant::now();
    let mut rows = 0;
    for n in 0..100 {
        let filter = Filter::newest(50);
        let page = engine.account_transfers(Workload::account(n * 97), filter, Timestamp::now());
        rows += page.await.unwrap().len();
    }
    let page = begun.elapsed().as_micros() / 100;
    println!(
        "opened again in {opening:.2?} (bar 5 s at 10 million; {} batches replayed) with {} KiB; \
         a page of 50 transfers takes {page} µs ({rows} rows in 100 pages)",
        opened.records,
        resident("self"),
    );
    assert_eq!(opened.mended, Vec::<String>::new());
    std::process::exit(i32::from(opening > Duration::from_secs(5)));
}
