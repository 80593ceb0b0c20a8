//! How fast features and rules are, alone. `cargo xtask bench risk` runs it beside others.
//!
//! `bench [--json] [EVENTS.csv [RULES-EVENTS.json EXPECTED.json]]`: the first with the columns time in
//! milliseconds, account, device, address and amount; without files, events are drawn here. Exit code 1
//! while a bar is missed.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement reads the clock and tells the terminal"
)]

#[path = "../shared/bars.rs"]
mod bars;
mod facts;
mod redis;
#[path = "../shared/threads.rs"]
mod threads;

use std::{
    collections::BTreeMap,
    error::Error,
    fmt::Write as _,
    fs,
    process::ExitCode,
    time::{Duration, Instant, SystemTime},
};

use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_risk::{Bounds, Engine, Key, Kind, Policy, Signal, Subject};
use serde_json::{Value, json};

use self::{
    bars::{Bar, Bars, at, charged, times},
    facts::{Dice, draw_facts, values},
};

pub(crate) type Fallible<T> = Result<T, Box<dyn Error>>;

/// Processor time of this thread; the clock's where the kernel does not say.
pub(crate) fn spent() -> Duration {
    charged().unwrap_or_else(|| SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default())
}

const ROUNDS: usize = 9;
/// How often the rules' events are asked in one round.
const TIMES: usize = 200;
/// The aim: so many thousandths of what Redis does, by the clock.
const REDIS: u64 = 15_000;

fn main() -> Fallible<ExitCode> {
    let (options, files): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument == "--json");
    let signals = match files.first() {
        Some(file) => read(&fs::read_to_string(file)?)?,
        None => draw(100_000)?,
    };
    let redis = redis::Redis::start()?;
    if redis.is_none() {
        eprintln!("THERE IS NO redis-server HERE: NOTHING IS COMPARED WITH IT");
    }
    let features = features(&signals, redis)?;
    let (events, expected) = match (files.get(1), files.get(2)) {
        (Some(events), Some(expected)) => (
            serde_json::from_str(&fs::read_to_string(events)?)?,
            Some(serde_json::from_str(&fs::read_to_string(expected)?)?),
        ),
        _ => (draw_facts(1_000), None),
    };
    let rules = rules(&events, expected.as_ref())?;
    let memory = memory()?;
    let policy = policy()?;
    let both = threads::compare(
        || Ok(signals.clone()),
        || Engine::new(policy.clone()),
        |engine, signals| {
            for signal in signals {
                std::hint::black_box(engine.measure(signal));
            }
        },
    )?;
    let bars = bars(&features, &rules, &memory, &both);
    let found = json!({ "features": features, "rules": rules, "memory": memory, "threads": both });
    let theirs = features.get("redis").and_then(|redis| redis.get("checksum"));
    if theirs.is_some() && theirs != features.get("checksum") {
        return Err("Redis comes to other numbers".into());
    }
    Ok(bars.print(!options.is_empty(), &found))
}

fn bars(features: &Value, rules: &Value, memory: &Value, both: &Value) -> Bars {
    let number = |of: &Value, name: &str| of.get(name).and_then(Value::as_u64);
    let whole = |of: &Value, name: &str| number(of, name).and_then(|n| n.checked_mul(1_000));
    let mut bars = Bars::default();
    let redis = features.get("redis").unwrap_or(&Value::Null);
    for (what, name) in [
        ("features alone, one attempt in a call", "per_second_one_by_one"),
        ("features alone, a hundred attempts in a call", "per_second_in_hundreds"),
        ("features alone, all attempts in a call, by two threads", "per_second_together"),
    ] {
        bars.add(what, (whole(features, name), "/s"), Bar::Stated);
    }
    bars.add(
        "one attempt in a call, processor time of it",
        (number(features, "event_ns"), "µs"),
        Bar::Stated,
    );
    bars.add(
        "the same numbers from Redis, a hundred attempts in a pipeline",
        (whole(redis, "per_second"), "/s"),
        Bar::Stated,
    );
    for (what, name, bar) in [
        ("one attempt in a call beside Redis, by the clock", "per_second_one_by_one", Bar::Stated),
        ("a hundred beside Redis, by the clock", "per_second_in_hundreds", Bar::Stated),
        (
            "all by two threads beside Redis, by the clock",
            "per_second_together",
            Bar::AtLeast(REDIS),
        ),
    ] {
        let ratio = times(number(features, name), number(redis, "per_second"));
        bars.add(what, (ratio, "times"), bar);
    }
    let theirs = number(redis, "server_cpu_ns").zip(number(redis, "client_cpu_ns"));
    let theirs = theirs.and_then(|(server, client)| server.checked_add(client));
    bars.add(
        "one attempt in a call, by processor time, server and client",
        (times(theirs, number(features, "event_ns")), "times"),
        Bar::Stated,
    );
    bars.add(
        "features and rules, decided, median",
        (number(features, "p50_ns"), "µs"),
        Bar::Stated,
    );
    bars.add("features and rules, decided, p99", (number(features, "p99_ns"), "µs"), Bar::Stated);
    bars.add("twenty rules alone", (whole(rules, "per_second"), "/s"), Bar::Stated);
    bars.add("answers other than expected", (whole(rules, "mismatches"), ""), Bar::AtMost(0));
    bars.add(
        "memory of a key that was met once",
        (whole(memory, "bytes_per_key"), "bytes"),
        Bar::Stated,
    );
    let names = [
        "features alone, one thread of its own",
        "features alone, two threads on one engine",
        "two threads beside one",
    ];
    threads::rows(&mut bars, names, both);
    bars
}

/// Seven numbers for each of three keys: counts and sums of ten minutes, an hour and a day, and
/// different ones within a day.
fn policy() -> Fallible<Policy> {
    let mut text = String::from("policy \"v1\" version \"1\" baseline approve\n");
    for (per, others) in [("account", "device"), ("device", "account"), ("address", "account")] {
        for within in ["10m", "1h", "24h"] {
            write!(
                text,
                "rule c-{per}-{within} on debit when count of debit per {per} within {within} > 4000
                 then decline as c
                 rule s-{per}-{within} on debit when sum of debit per {per} within {within} > ¥1,000,000,000
                 then decline as s\n"
            )?;
        }
        write!(
            text,
            "rule d-{per} on debit when distinct {others} of debit per {per} within 24h > 1000
             then decline as d\n"
        )?;
    }
    Ok(Policy::parse(&text).map_err(|error| error.render("v1", &text))?)
}

/// Both in turn, so that both have the same machine.
fn features(signals: &[Signal], mut redis: Option<redis::Redis>) -> Fallible<Value> {
    let policy = policy()?;
    let (mut rounds, mut alone) = (Vec::new(), Vec::new());
    let (mut one_by_one, mut hundreds, mut together) = (Vec::new(), Vec::new(), Vec::new());
    let (mut checksum, mut checksum_alone) = (0_u64, 0_u64);
    let sum = |all, values: &[i64]| {
        let whole = values.iter().map(|value| u64::try_from(*value).unwrap_or_default());
        whole.fold(all, u64::wrapping_add)
    };
    let in_calls_of = |many: usize| {
        let (engine, begin, mut all) = (Engine::new(policy.clone()), Instant::now(), 0);
        for asked in signals.chunks(many) {
            engine.measure_all(asked, |_, seen| all = sum(all, seen));
        }
        (begin.elapsed(), all)
    };
    for round in 0..ROUNDS {
        let engine = Engine::new(policy.clone());
        let start = spent();
        checksum = signals.iter().fold(0, |all, signal| sum(all, engine.decide(signal).values()));
        rounds.push(spent().saturating_sub(start));
        let engine = Engine::new(policy.clone());
        let (start, begin) = (spent(), Instant::now());
        checksum_alone = signals.iter().fold(0, |all, signal| sum(all, &engine.measure(signal)));
        alone.push(spent().saturating_sub(start));
        one_by_one.push(begin.elapsed());
        drop(engine);
        for (many, clock) in [(redis::PIPELINE, &mut hundreds), (signals.len(), &mut together)] {
            let (took, all) = in_calls_of(many);
            clock.push(took);
            if all != checksum {
                return Err("many at once come to other numbers than one by one".into());
            }
        }
        if let Some(redis) = redis.as_mut().filter(|_| round < redis::ROUNDS) {
            redis.round(signals)?;
        }
    }
    if checksum != checksum_alone {
        return Err("the same features come to other numbers without rules".into());
    }
    let mut each: Vec<Duration> = Vec::new();
    let engine = Engine::new(policy.clone());
    for signal in signals {
        let start = Instant::now();
        let decision = engine.decide(signal);
        each.push(start.elapsed());
        std::hint::black_box(decision);
    }
    let subjects = [Subject::Account, Subject::Device, Subject::Address];
    let keys: usize = subjects.iter().map(|subject| engine.size(*subject).0).sum();
    Ok(json!({
        "events": signals.len(),
        "per_second": per_second(signals.len(), &mut rounds),
        "per_second_without_rules": per_second(signals.len(), &mut alone),
        "per_second_one_by_one": per_second(signals.len(), &mut one_by_one),
        "per_second_in_hundreds": per_second(signals.len(), &mut hundreds),
        "per_second_together": per_second(signals.len(), &mut together),
        "event_ns": each_ns(signals.len(), &mut alone),
        "p50_ns": at(&mut each, 50),
        "p99_ns": at(&mut each, 99),
        "keys": keys,
        "sum_of_all": checksum,
        "checksum": exact(signals, &policy),
        "redis": redis.map(|redis| redis.found(signals.len())),
    }))
}

/// The median of an event.
fn each_ns(events: usize, rounds: &mut [Duration]) -> Option<u64> {
    at(rounds, 50)?.checked_div(u64::try_from(events).ok()?)
}

/// What a key costs that was met once, with one other thing: pages of the process before and after.
fn memory() -> Fallible<Value> {
    const KEYS: u64 = 1_000_000;
    let pages = || -> Fallible<u64> {
        let told = fs::read_to_string("/proc/self/statm")?;
        Ok(told.split(' ').nth(1).ok_or("no resident pages")?.parse()?)
    };
    let bounds = Bounds { keys: 2_000_000, entries: 20_000_000 };
    let engine = Engine::with_bounds(policy()?, bounds);
    let at = Timestamp::from_millisecond(1_600_000_000_000)?;
    let before = pages()?;
    for n in 0..KEYS >> 1 {
        let keys = vec![Key::Account(n.to_string()), Key::Device(n.to_string())];
        engine.observe(&Signal::new(Kind::Debit, at, keys));
    }
    let bytes = pages()?.saturating_sub(before).saturating_mul(4_096);
    Ok(json!({ "keys": KEYS, "bytes_per_key": bytes.checked_div(KEYS) }))
}

/// The numbers of every event times their places, for comparing with another engine.
fn exact(signals: &[Signal], policy: &Policy) -> u64 {
    let engine = Engine::new(policy.clone());
    let mut sum = 0_u64;
    for signal in signals {
        let decision = engine.decide(signal);
        let record = engine.record(signal, &decision);
        let number = |what: &str| {
            let found = record.seen.iter().find(|seen| seen.what == what);
            found
                .and_then(|seen| seen.value)
                .and_then(|v| u64::try_from(v).ok())
                .unwrap_or_default()
        };
        let mut place = 0_u64;
        let mut add = |value: u64| {
            place = place.wrapping_add(1);
            sum = sum.wrapping_add(value.wrapping_mul(place));
        };
        for (per, others) in [("account", "device"), ("device", "account"), ("address", "account")]
        {
            for within in ["10m", "1h", "24h"] {
                add(number(&format!("count of debit per {per} within {within}")));
                add(number(&format!("sum of debit per {per} within {within}")));
            }
            add(number(&format!("distinct {others} of debit per {per} within 24h")));
        }
    }
    sum
}

fn read(csv: &str) -> Fallible<Vec<Signal>> {
    csv.lines()
        .skip(1)
        .map(|line| {
            let mut cells = line.split(',');
            let mut cell = || cells.next().ok_or("a line is too short");
            let at = Timestamp::from_millisecond(cell()?.parse()?)?;
            let keys = vec![
                Key::Account(cell()?.to_owned()),
                Key::Device(cell()?.to_owned()),
                Key::Address(cell()?.to_owned()),
            ];
            let amount = Yen::of(cell()?.parse()?);
            Ok(Signal::new(Kind::Debit, at, keys).with_amount(amount))
        })
        .collect()
}

/// Of `all`, but of `hot` ones once in twenty.
fn pick(dice: &mut Dice, all: u64, hot: u64) -> String {
    let below = if dice.roll(20) == 0 { hot } else { all };
    dice.roll(below).to_string()
}

fn draw(n: i64) -> Fallible<Vec<Signal>> {
    let mut dice = Dice(20_200_907);
    (0..n)
        .map(|n| {
            let at = Timestamp::from_millisecond(1_600_000_000_000_i64.saturating_add(n * 50))?;
            let keys = vec![
                Key::Account(pick(&mut dice, 20_000, 200)),
                Key::Device(pick(&mut dice, 15_000, 100)),
                Key::Address(pick(&mut dice, 8_000, 50)),
            ];
            let amount = Yen::of(u32::try_from(dice.roll(50_000))?);
            Ok(Signal::new(Kind::Debit, at, keys).with_amount(amount))
        })
        .collect()
}

fn rules(events: &Value, expected: Option<&Value>) -> Fallible<Value> {
    let text = include_str!("../r20.rules");
    let policy = Policy::parse(text).map_err(|error| error.render("r20.rules", text))?;
    let events: Vec<Vec<i64>> =
        events.as_array().into_iter().flatten().map(|event| values(&policy, event)).collect();
    let names: Vec<String> = policy.rules().iter().map(|rule| rule.name.to_uppercase()).collect();
    let hits = |values: &[i64]| -> Vec<&String> {
        policy.fired(Kind::Topup, values).filter_map(|at| names.get(at)).collect()
    };
    let mut mismatches = 0_u32;
    let by_place: BTreeMap<usize, &Value> =
        expected.and_then(Value::as_array).into_iter().flatten().enumerate().collect();
    for (place, wanted) in by_place {
        let ours = json!(events.get(place).map(|values| hits(values)));
        mismatches = mismatches.saturating_add(u32::from(ours != *wanted));
    }
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let start = spent();
        for _ in 0..TIMES {
            for values in &events {
                std::hint::black_box(hits(std::hint::black_box(values)));
            }
        }
        rounds.push(spent().saturating_sub(start));
    }
    Ok(json!({
        "events": events.len(),
        "hits": events.iter().map(|values| hits(values).len()).sum::<usize>(),
        "compared": expected.is_some(),
        "mismatches": mismatches,
        "per_second": per_second(events.len().saturating_mul(TIMES), &mut rounds),
    }))
}

fn per_second(n: usize, rounds: &mut [Duration]) -> u128 {
    rounds.sort_unstable();
    let median = rounds.get(rounds.len() >> 1).map_or(0, Duration::as_nanos);
    let n = u128::try_from(n).unwrap_or_default();
    n.saturating_mul(1_000_000_000).checked_div(median).unwrap_or_default()
}
