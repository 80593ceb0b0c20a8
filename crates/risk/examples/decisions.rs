//! Whole decisions beside ten million live keys: noted for five keys, judged by the bank's shipped
//! policy with one more rule that looks at the score of a hundred trees, and written down as JSON.
//!
//! `decisions [MILLIONS [DECISIONS]]`: one thread, in memory. What a company adds, a row that is
//! durable before the answer, is not in it.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a measurement reads the clock and tells the terminal; a model is grown"
)]

use std::{
    error::Error,
    fs,
    hint::black_box,
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
use serde_json::json;

type Fallible<T> = Result<T, Box<dyn Error>>;

const SUBJECTS: [Subject; 5] =
    [Subject::Account, Subject::Person, Subject::Device, Subject::Address, Subject::Block];

fn main() -> Fallible<()> {
    let arguments: Vec<u32> =
        std::env::args().skip(1).map(|n| n.parse()).collect::<Result<_, _>>()?;
    let millions = arguments.first().copied().unwrap_or(10);
    let decisions = arguments.get(1).copied().unwrap_or(200_000);
    // Five keys each.
    let people = millions.saturating_mul(200_000);
    let (policy, trees) = policy()?;
    let keys = usize::try_from(people)?.saturating_add(1);
    let bounds = Bounds { keys: keys.saturating_mul(2), entries: keys.saturating_mul(8) };
    let engine = Engine::with_bounds(policy, bounds);
    let before = resident()?;
    for n in 0..people {
        engine.observe(&debit(n, n)?);
    }
    // Room for what is measured is there before, so that none of it is asked for meanwhile.
    let many = usize::try_from(decisions)?;
    let (mut each, mut decided) = (vec![Duration::MAX; many], vec![Duration::MAX; many]);
    let start = spent();
    let (mut written, mut record) = (0_usize, Vec::new());
    for (n, (each, decided)) in (0..decisions).zip(each.iter_mut().zip(&mut decided)) {
        let signal = debit(people.saturating_add(n), mixed(n).checked_rem(people).unwrap_or(0))?;
        let begin = Instant::now();
        let decision = engine.decide(&signal);
        *decided = begin.elapsed();
        record.clear();
        serde_json::to_writer(&mut record, &engine.record(&signal, &decision))?;
        *each = begin.elapsed();
        written = written.saturating_add(black_box(&record).len());
    }
    let processor = spent().saturating_sub(start);
    let live: usize = SUBJECTS.iter().map(|subject| engine.size(*subject).0).sum();
    let mean = processor.as_nanos().checked_div(decisions.into()).unwrap_or_default();
    println!(
        "{}",
        json!({
            "live_keys": live,
            "rss_bytes": resident()?,
            "rss_before": before,
            "trees": trees,
            "decisions": each.len(),
            "decided_p50_ns": at(&mut decided, 50),
            "p50_ns": at(&mut each, 50),
            "p99_ns": at(&mut each, 99),
            "processor_ns": mean,
            "record_bytes": written.checked_div(each.len()),
        })
    );
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

fn at(each: &mut [Duration], percent: usize) -> u128 {
    each.sort_unstable();
    let place = each.len().saturating_mul(percent).checked_div(100).unwrap_or_default();
    each.get(place).map_or(0, Duration::as_nanos)
}

/// Processor time of this thread, as the kernel charges it.
fn spent() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split(' ').next()?.parse().ok());
    Duration::from_nanos(nanos.unwrap_or_default())
}

/// The memory of this process.
fn resident() -> Fallible<u64> {
    let told = fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = told.split(' ').nth(1).ok_or("no resident pages")?.parse()?;
    Ok(pages.saturating_mul(4_096))
}
