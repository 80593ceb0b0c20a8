//! Whole decisions beside ten million live keys: noted for five keys, judged by the bank's shipped
//! policy with one more rule that looks at the score of a hundred trees, and written down as a company
//! writes it into its row. One thread, then the same by two on one engine.
//!
//! `decisions [--json] [MILLIONS [DECISIONS]]`: in memory. What a company adds, a row that is durable
//! before the answer, is not in it. Exit code 1 while a bar is missed. `cargo xtask bench risk` runs it.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a measurement reads the clock and tells the terminal; a model is grown"
)]

#[path = "shared/bars.rs"]
mod bars;
#[path = "shared/threads.rs"]
mod threads;

use std::{
    error::Error,
    fs,
    hint::black_box,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_risk::{
    Bounds, Engine, Facts, Key, Kind, Policy, Signal, Subject,
    model::{Leaning, Model, Samples},
    study::FROZEN,
};
use serde_json::{Value, json};

use self::bars::{Bar, Bars, at, charged};

pub(crate) type Fallible<T> = Result<T, Box<dyn Error>>;

const SUBJECTS: [Subject; 5] =
    [Subject::Account, Subject::Person, Subject::Device, Subject::Address, Subject::Block];

/// The aims: with so many keys, a decision with its record takes at most so many nanoseconds, and the
/// process so many bytes.
const KEYS: u64 = 10_000_000;
const MEDIAN_NS: u64 = 5_000;
const P99_NS: u64 = 20_000;
const BYTES: u64 = 4_000_000_000;

fn main() -> Fallible<ExitCode> {
    let (options, numbers): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument == "--json");
    let numbers: Vec<u32> = numbers.iter().map(|n| n.parse()).collect::<Result<_, _>>()?;
    let millions = numbers.first().copied().unwrap_or(10);
    let decisions = numbers.get(1).copied().unwrap_or(200_000);
    // Five keys each.
    let people = millions.saturating_mul(200_000);
    let (policy, trees) = policy()?;
    let keys = usize::try_from(people)?.saturating_add(1);
    let bounds = Bounds { keys: keys.saturating_mul(2), entries: keys.saturating_mul(8) };
    let engine = Engine::with_bounds(policy, bounds);
    for n in 0..people {
        engine.observe(&debit(n, n)?);
    }
    let of_next = |n: u32| {
        let who = mixed(n).checked_rem(people).unwrap_or(0);
        debit(people.saturating_add(n), who)
    };
    let mut found = one_by_one(&engine, (0..decisions).map(of_next))?;
    let live: usize = SUBJECTS.iter().map(|subject| engine.size(*subject).0).sum();
    let rss = resident()?;
    let add = |found: &mut Value, name: &str, value: Value| {
        found.as_object_mut().map(|found| found.insert(name.to_owned(), value))
    };
    add(&mut found, "live_keys", json!(live));
    add(&mut found, "rss_bytes", json!(rss));
    add(&mut found, "trees", json!(trees));
    let mut next = decisions;
    let both = threads::compare(
        || {
            let begin = next;
            next = next.saturating_add(decisions);
            (begin..next).map(of_next).collect()
        },
        || &engine,
        |engine, signals| {
            let mut record = Vec::new();
            for signal in signals {
                let written = write(engine, signal, &mut record);
                assert!(written.is_ok(), "a record can be written");
            }
        },
    )?;
    let number = |name: &str| found.get(name).and_then(Value::as_u64);
    let mut bars = Bars::default();
    let live = u64::try_from(live)?.checked_mul(1_000);
    bars.add("live keys", (live, ""), Bar::AtLeast(KEYS.saturating_mul(1_000)));
    bars.add(
        "memory of the process",
        (Some(rss.div_euclid(1_000_000)), "GB"),
        Bar::AtMost(BYTES.div_euclid(1_000_000)),
    );
    bars.add("decided, median", (number("decided_p50_ns"), "µs"), Bar::Stated);
    bars.add("decided and written down, median", (number("p50_ns"), "µs"), Bar::AtMost(MEDIAN_NS));
    bars.add("decided and written down, p99", (number("p99_ns"), "µs"), Bar::AtMost(P99_NS));
    bars.add("the same, processor time, mean", (number("processor_ns"), "µs"), Bar::Stated);
    let names = [
        "decided and written down, one thread",
        "decided and written down, two threads on one engine",
        "two threads beside one",
    ];
    threads::rows(&mut bars, names, &both);
    add(&mut found, "threads", both);
    Ok(bars.print(!options.is_empty(), &found))
}

/// Each decision by itself: how long it takes until it is known, and until it is written down.
fn one_by_one(
    engine: &Engine,
    signals: impl ExactSizeIterator<Item = Fallible<Signal>>,
) -> Fallible<Value> {
    // Room for what is measured is there before, so that none of it is asked for meanwhile.
    let many = signals.len();
    let (mut each, mut decided) = (vec![Duration::MAX; many], vec![Duration::MAX; many]);
    let start = charged().unwrap_or_default();
    let (mut written, mut record) = (0_usize, Vec::new());
    for (signal, (each, decided)) in signals.zip(each.iter_mut().zip(&mut decided)) {
        let signal = signal?;
        let begin = Instant::now();
        let decision = engine.decide(&signal);
        *decided = begin.elapsed();
        record.clear();
        serde_json::to_writer(&mut record, &engine.record(&signal, &decision))?;
        *each = begin.elapsed();
        written = written.saturating_add(black_box(&record).len());
    }
    let processor = charged().unwrap_or_default().saturating_sub(start);
    let mean = processor.as_nanos().checked_div(u128::try_from(many)?).unwrap_or_default();
    Ok(json!({
        "decisions": many,
        "decided_p50_ns": at(&mut decided, 50),
        "p50_ns": at(&mut each, 50),
        "p99_ns": at(&mut each, 99),
        "processor_ns": mean,
        "record_bytes": written.checked_div(many),
    }))
}

/// A whole decision, written over what `record` held.
fn write(engine: &Engine, signal: &Signal, record: &mut Vec<u8>) -> Fallible<()> {
    let decision = engine.decide(signal);
    record.clear();
    serde_json::to_writer(&mut *record, &engine.record(signal, &decision))?;
    black_box(record);
    Ok(())
}

/// The bank's policy with a model of a hundred trees over all that its rules see of a debit.
fn policy() -> Fallible<(Policy, usize)> {
    let learnable = Policy::bank()?.learnable(Kind::Debit);
    let mut samples = Samples::new(learnable.iter().map(|(_, name, _)| name.clone()).collect());
    for n in 0..20_000_u32 {
        let cell = |column: u32| {
            let drawn = mixed(n.wrapping_mul(31).wrapping_add(column)).rem_euclid(1_000);
            f32::from(u16::try_from(drawn).unwrap_or_default())
        };
        let row: Vec<f32> = (0_u32..).zip(&learnable).map(|(column, _)| cell(column)).collect();
        let high = row.iter().filter(|value| **value > 800.0).count();
        samples.add(&row, high.saturating_mul(4) > row.len());
    }
    let leanings: Vec<Leaning> = learnable.iter().map(|(.., leaning)| *leaning).collect();
    let model: Model = samples.grow(&FROZEN, &leanings);
    let (trees, version) = (model.trees(), model.version()?);
    let text = format!(
        "{}\nmodel \"{version}\"\nrule scored on debit when score > 900 then challenge as scored\n",
        Policy::bank_text()
    );
    let policy = Policy::parse_with(&text, &[Arc::new(model)]);
    Ok((policy.map_err(|error| error.render("bank", &text))?, trees))
}

const fn mixed(n: u32) -> u32 {
    let n = (n ^ (n >> 16)).wrapping_mul(0x045d_9f3b);
    let n = (n ^ (n >> 16)).wrapping_mul(0x045d_9f3b);
    n ^ (n >> 16)
}

/// The `n`th debit, of `who`.
fn debit(n: u32, who: u32) -> Fallible<Signal> {
    let keys = SUBJECTS.iter().map(|subject| Key::of(*subject, format!("{who:08}"))).collect();
    let millis = i64::from(n).saturating_add(1_800_000_000_000);
    let at = Timestamp::from_millisecond(millis)?;
    let facts = Facts {
        linked_at: Some(Timestamp::from_millisecond(millis.saturating_sub(864_000_000))?),
        new_device: Some(mixed(n).rem_euclid(50) == 0),
        signed: Some(true),
        ..Facts::default()
    };
    let amount = Yen::of(mixed(n).rem_euclid(30_000));
    Ok(Signal::new(Kind::Debit, at, keys).with_amount(amount).with_facts(facts))
}

/// The memory of this process.
fn resident() -> Fallible<u64> {
    let told = fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = told.split(' ').nth(1).ok_or("no resident pages")?.parse()?;
    Ok(pages.saturating_mul(4_096))
}
