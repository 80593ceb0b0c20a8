//! The twenty rules of `crates/risk/examples/r20.rules` in zen-engine and cedar-policy beside ours, in one
//! process, on one thread, round by round: the same answers, and how many decisions a second.
//!
//! `kanuki-peers [FACTS.json EXPECTED.json]`; without files, facts are drawn. Exit code 1 where somebody
//! answers otherwise, or where ours are not forty times as many.

mod cedar;
#[path = "../../../crates/risk/examples/bench/facts.rs"]
mod facts;
mod work;
mod zen;

use std::{collections::BTreeMap, error::Error, fs, hint::black_box, time::Duration};

use kanuki_risk::{Kind, Policy};
use serde_json::{Value, json};

use crate::{
    facts::{draw_facts, values},
    work::RULES,
};

pub(crate) type Fallible<T> = Result<T, Box<dyn Error>>;

const ROUNDS: usize = 9;
/// How often each engine goes through the events in one round, so that all take about as long.
const PASSES_OURS: usize = 500;
const PASSES_THEIRS: usize = 5;
/// So many times as many decisions as each of the others.
const BAR: u128 = 40;

fn main() -> Fallible<()> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let read = |file: &String| -> Fallible<Value> {
        Ok(serde_json::from_str(&fs::read_to_string(file)?)?)
    };
    let (events, expected) = match files.as_slice() {
        [events, expected] => (read(events)?, Some(read(expected)?)),
        _ => (draw_facts(1_000), None),
    };
    let events = events.as_array().ok_or("the facts are a list")?;

    let ours = Ours::of(events)?;
    let zen = zen::Zen::of(events)?;
    let cedar = cedar::Cedar::of(events)?;
    let mut others = BTreeMap::from([("zen", 0_u32), ("cedar", 0)]);
    let mut hits = 0_usize;
    for at in 0..events.len() {
        let wanted: Vec<String> = ours.hits(at).iter().map(|id| (*id).clone()).collect();
        hits += wanted.len();
        if let Some(expected) = &expected
            && expected.get(at) != Some(&json!(wanted))
        {
            return Err(format!("event {at}: ours hold {wanted:?}, expected otherwise").into());
        }
        for (name, theirs) in [("zen", zen.hits(at)?), ("cedar", cedar.hits(at)?)] {
            if theirs != wanted {
                eprintln!("event {at}: ours hold {wanted:?}, {name} says {theirs:?}");
                *others.entry(name).or_default() += 1;
            }
        }
    }

    let mut took: [Vec<Duration>; 3] = Default::default();
    for _ in 0..ROUNDS {
        let [of_ours, of_zen, of_cedar] = &mut took;
        of_ours.push(timed(PASSES_OURS, events.len(), |at| {
            black_box(ours.hits(black_box(at)));
        }));
        of_zen.push(timed(PASSES_THEIRS, events.len(), |at| zen.decide(black_box(at))));
        of_cedar.push(timed(PASSES_THEIRS, events.len(), |at| cedar.decide(black_box(at))));
    }
    let [of_ours, of_zen, of_cedar] = &mut took;
    let ours = per_second(events.len() * PASSES_OURS, of_ours);
    let zen = per_second(events.len() * PASSES_THEIRS, of_zen);
    let cedar = per_second(events.len() * PASSES_THEIRS, of_cedar);
    let times = |theirs: u128| ours.checked_div(theirs).unwrap_or_default();
    println!(
        "{}",
        json!({
            "rules": RULES.len(), "events": events.len(), "hits": hits,
            "compared": expected.is_some(), "mismatches": others, "bar": BAR,
            "per_second": { "ours": ours, "zen-engine": zen, "cedar-policy": cedar },
            "times": { "zen-engine": times(zen), "cedar-policy": times(cedar) },
        })
    );
    if others.values().any(|mismatches| *mismatches > 0) {
        return Err("somebody answers otherwise".into());
    }
    if times(zen) < BAR || times(cedar) < BAR {
        return Err(format!("a bar was missed: {BAR} times each of the others").into());
    }
    Ok(())
}

/// Ours, with the facts of each event.
struct Ours {
    policy: Policy,
    names: Vec<String>,
    events: Vec<Vec<i64>>,
}

impl Ours {
    fn of(events: &[Value]) -> Fallible<Self> {
        let text = include_str!("../../../crates/risk/examples/r20.rules");
        let policy = Policy::parse(text).map_err(|error| error.render("r20.rules", text))?;
        let names = policy.rules().iter().map(|rule| rule.name.to_uppercase()).collect();
        let events = events.iter().map(|event| values(&policy, event)).collect();
        Ok(Self { policy, names, events })
    }

    /// The rules that hold for an event.
    fn hits(&self, at: usize) -> Vec<&String> {
        let Some(values) = self.events.get(at) else { return Vec::new() };
        let fired = self.policy.fired(Kind::Topup, values);
        fired.filter_map(|rule| self.names.get(rule)).collect()
    }
}

/// How long this thread worked for so many passes over the events.
fn timed(passes: usize, events: usize, mut decide: impl FnMut(usize)) -> Duration {
    let start = spent();
    for _ in 0..passes {
        (0..events).for_each(&mut decide);
    }
    spent().saturating_sub(start)
}

/// Processor time of this thread as the kernel charges it, so that other work on the machine does not
/// count.
fn spent() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = told.split(' ').next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.unwrap_or_default())
}

fn per_second(decisions: usize, rounds: &mut [Duration]) -> u128 {
    rounds.sort_unstable();
    let median = rounds.get(rounds.len() / 2).map_or(0, Duration::as_nanos);
    (decisions as u128 * 1_000_000_000).checked_div(median).unwrap_or_default()
}
