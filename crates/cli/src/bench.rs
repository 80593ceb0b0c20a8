//! `kanuki risk bench`: how fast this machine decides.
//!
//! One thread, in memory: each debit is noted for its account, person, device, network block and
//! partner, judged by the bank's shipped policy, scored by a model of a hundred trees, and its
//! record is written down as JSON. What a company adds, a row that is durable before the answer, is
//! not in it.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::{
    fs, hint,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use clap::Args;
use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_risk::{
    Engine, Key, Kind, Signal,
    study::{FROZEN, Split, World, generate, rows},
};

use crate::{Outcome, out::out};

/// `kanuki risk bench`.
#[derive(Debug, Args)]
pub(crate) struct RiskBench {
    /// How many decisions are measured; as many again come before.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    decisions: u32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

const WORK: &str = "whole decisions: five keys noted, bank's policy, model of 100 trees, record";
const ACCOUNTS: u32 = 50_000;
/// The size of a page of memory, in bytes.
const PAGE: u64 = 4_096;

/// Measures.
pub(crate) fn run(args: &RiskBench) -> Result<Outcome> {
    // A model of the shipped kind, from a small world, and rows to score.
    let world =
        World { customers: 200, terminals: 800, days: 60, terminals_a_day: 3, cards_a_day: 1 };
    let from = "2018-04-20".parse()?;
    let split = Split { from, train_days: 14, delay_days: 7, test_days: 7 };
    let rows = rows(&generate(&world, 1), &split)?;
    let model = rows.grow(&FROZEN);
    let mut scored = rows.test.iter().map(|(row, _)| row).cycle();

    let engine = Engine::bank()?;
    let signals = (0..args.decisions.saturating_mul(2)).map(debit).collect::<Result<Vec<_>>>()?;
    let (before, measured) = signals.split_at(signals.len() >> 1);
    for signal in before {
        hint::black_box(engine.decide(signal));
    }
    let mut each = Vec::with_capacity(measured.len());
    let start = Instant::now();
    for signal in measured {
        let row = scored.next().context("no payment to score")?;
        let begin = Instant::now();
        let decision = engine.decide(signal);
        hint::black_box(model.score(row));
        hint::black_box(serde_json::to_vec(&engine.record(signal, &decision))?);
        each.push(begin.elapsed());
    }
    let all = start.elapsed();
    let found = serde_json::json!({
        "work": WORK,
        "per_second": per_second(each.len(), all),
        "p50_us": micros(&mut each, 50),
        "p99_us": micros(&mut each, 99),
        "rss_bytes": resident(),
    });
    if args.json {
        out!("{found}");
    } else {
        out!("{WORK}\n{} decisions, one thread", each.len());
        for key in ["per_second", "p50_us", "p99_us", "rss_bytes"] {
            out!("{key:<12}{:>16}", found.get(key).map(ToString::to_string).unwrap_or_default());
        }
    }
    Ok(Outcome::Well)
}

/// The `n`th debit: accounts come again, a few of them often.
fn debit(n: u32) -> Result<Signal> {
    let mixed = n.wrapping_mul(2_654_435_761) >> 7;
    let account =
        if n.is_multiple_of(20) { mixed.rem_euclid(500) } else { mixed.rem_euclid(ACCOUNTS) };
    let keys = vec![
        Key::Account(format!("acc_{account}")),
        Key::Person(format!("per_{account}")),
        Key::Device(format!("dev_{}", account.rem_euclid(40_000))),
        Key::Block(format!("198.51.{}.0/24", account.rem_euclid(256))),
        Key::Partner(format!("wallet-{}", account.rem_euclid(3))),
    ];
    let millis = i64::from(n).saturating_mul(50).saturating_add(1_800_000_000_000);
    let at = Timestamp::from_millisecond(millis)?;
    Ok(Signal::new(Kind::Debit, at, keys).with_amount(Yen::of(mixed.rem_euclid(50_000))))
}

fn per_second(count: usize, all: Duration) -> u64 {
    let count = u128::try_from(count).unwrap_or_default();
    let found = count.saturating_mul(1_000_000_000).checked_div(all.as_nanos());
    found.and_then(|found| u64::try_from(found).ok()).unwrap_or_default()
}

/// A percentile in microseconds, as a number with three places.
fn micros(each: &mut [Duration], percent: usize) -> serde_json::Value {
    each.sort_unstable();
    let place = each.len().saturating_mul(percent).checked_div(100).unwrap_or_default();
    let nanos = each.get(place).map_or(0, Duration::as_nanos);
    let text = format!("{}.{:03}", nanos.div_euclid(1_000), nanos.rem_euclid(1_000));
    serde_json::from_str(&text).unwrap_or_default()
}

/// The memory of this process; nothing where the kernel does not say.
fn resident() -> Option<u64> {
    let told = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = told.split(' ').nth(1)?.parse().ok()?;
    Some(pages.saturating_mul(PAGE))
}
