//! The same work by one thread and by two on one engine, in turn.

use std::{
    thread,
    time::{Duration, Instant},
};

use kanuki_risk::Signal;
use serde_json::{Value, json};

use crate::{
    Fallible,
    bars::{Bar, Bars, charged, per_second, times},
};

const ROUNDS: usize = 7;

/// By the clock, and the processor time of all threads.
struct Took {
    clock: Duration,
    charged: Duration,
}

/// `work` on every other one of a round's signals by each of two threads at once, beside all of them by
/// one; `fresh` makes what they work on. A round's signals are those of `draw`, anew for each time: what
/// comes again would be late.
pub(crate) fn compare<T: Sync>(
    mut draw: impl FnMut() -> Fallible<Vec<Signal>>,
    fresh: impl Fn() -> T,
    work: impl Fn(&T, &[&Signal]) + Sync,
) -> Fallible<Value> {
    let (mut one, mut two, mut count) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let (on, signals) = (fresh(), draw()?);
        one.push(timed(&on, &[signals.iter().collect()], &work)?);
        let (on, signals) = (fresh(), draw()?);
        let part = |first| signals.iter().skip(first).step_by(2).collect();
        two.push(timed(&on, &[part(0), part(1)], &work)?);
        count = signals.len();
    }
    let told = |took: &mut Vec<Took>| {
        took.sort_by_key(|took| took.clock);
        let clock = took.get(took.len() >> 1).and_then(|took| per_second(count, took.clock));
        took.sort_by_key(|took| took.charged);
        let charged = took.get(took.len() >> 1).map_or(0, |took| took.charged.as_nanos());
        json!({
            "per_second": clock.map(|n| n.div_euclid(1_000)),
            "processor_ns": u128::try_from(count).ok().and_then(|count| charged.checked_div(count)),
        })
    };
    Ok(json!({ "one_thread": told(&mut one), "two_threads": told(&mut two) }))
}

fn timed<T: Sync>(
    on: &T,
    parts: &[Vec<&Signal>],
    work: &(impl Fn(&T, &[&Signal]) + Sync),
) -> Fallible<Took> {
    let start = Instant::now();
    let charged = thread::scope(|scope| {
        let workers: Vec<_> = parts
            .iter()
            .map(|part| {
                scope.spawn(move || {
                    let before = charged().unwrap_or_default();
                    work(on, part);
                    charged().unwrap_or_default().saturating_sub(before)
                })
            })
            .collect();
        let each = workers.into_iter().map(|worker| worker.join().map_err(|_| "a thread ended"));
        each.sum::<Result<Duration, _>>()
    })?;
    Ok(Took { clock: start.elapsed(), charged })
}

/// Adds what two threads give to `bars`.
pub(crate) fn rows(bars: &mut Bars, names: [&'static str; 3], found: &Value) {
    let number = |of: &str, name: &str| found.get(of)?.get(name)?.as_u64();
    let (one, two) = (number("one_thread", "per_second"), number("two_threads", "per_second"));
    let [of_one, of_two, ratio] = names;
    let thousandths = |n: Option<u64>| n.and_then(|n| n.checked_mul(1_000));
    bars.add(of_one, (thousandths(one), "/s"), Bar::Stated);
    bars.add(of_two, (thousandths(two), "/s"), Bar::Stated);
    bars.add(ratio, (times(two, one), "times"), Bar::Stated);
}
