//! Medians, ratios and bars.

use std::collections::BTreeMap;

use crate::{SIZES, Size, subject::Sample};

/// Transfers per second, and waits in microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measured {
    pub(crate) per_second: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

impl Measured {
    /// The median round; waits of all rounds together.
    pub(crate) fn of(samples: &[Sample]) -> Self {
        let speed = |sample: &Sample| sample.made as f64 / sample.spent.as_secs_f64();
        let mut speeds: Vec<f64> = samples.iter().map(speed).collect();
        speeds.sort_by(f64::total_cmp);
        let mut waits: Vec<_> = samples.iter().flat_map(|sample| &sample.waits).collect();
        waits.sort_unstable();
        let at = |share: usize| {
            let wait = waits.get(waits.len() * share / 100).or(waits.last());
            wait.map_or(0.0, |wait| wait.as_secs_f64() * 1e6)
        };
        Self { per_second: speeds[speeds.len() / 2], p50: at(50), p99: at(99) }
    }
}

/// Everybody at every size.
pub(crate) struct Figures(BTreeMap<(&'static str, Size), Measured>);

/// A whole number with separators.
pub(crate) fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

pub(crate) fn words((batch, callers): Size) -> String {
    let batch = whole(batch as f64);
    if callers == 1 { batch } else { format!("{batch}, {callers} callers") }
}

impl Figures {
    pub(crate) fn new(all: &BTreeMap<(&'static str, Size), Vec<Sample>>) -> Self {
        Self(all.iter().map(|(key, samples)| (*key, Measured::of(samples))).collect())
    }

    pub(crate) fn get(&self, name: &'static str, size: Size) -> Option<Measured> {
        self.0.get(&(name, size)).copied()
    }

    fn ratio(&self, one: &'static str, other: &'static str, size: Size) -> Option<f64> {
        Some(self.get(one, size)?.per_second / self.get(other, size)?.per_second)
    }

    /// Tables in Markdown.
    pub(crate) fn print(&self, memory: &BTreeMap<&'static str, u64>) {
        println!(
            "\n| batch | embedded | TigerBeetle | times TigerBeetle | plain log | of the log |"
        );
        println!("|---|---|---|---|---|---|");
        let cell = |name, size| {
            self.get(name, size).map_or("–".to_owned(), |m| {
                format!("{}/s (p50 {} p99 {} µs)", whole(m.per_second), whole(m.p50), whole(m.p99))
            })
        };
        let times = |ratio: Option<f64>| ratio.map_or("–".to_owned(), |r| format!("{r:.2}"));
        for size in SIZES {
            println!(
                "| {} | {} | {} | {} | {} | {} |",
                words(size),
                cell("embedded", size),
                cell("TigerBeetle", size),
                times(self.ratio("embedded", "TigerBeetle", size)),
                cell("plain log", size),
                times(self.ratio("embedded", "plain log", size)),
            );
        }
        println!("\n| batch | PostgreSQL engine | PL/pgSQL loop | times the loop |");
        println!("|---|---|---|---|");
        for size in SIZES {
            println!(
                "| {} | {} | {} | {} |",
                words(size),
                cell("PostgreSQL engine", size),
                cell("PL/pgSQL loop", size),
                times(self.ratio("PostgreSQL engine", "PL/pgSQL loop", size)),
            );
        }
        println!("\nsingle transactions, 16 clients: {}", cell("single transactions", SIZES[5]));
        for (whose, kib) in memory {
            println!("memory of {whose}: {} MiB", kib >> 10);
        }
    }

    /// The bars that were missed, each a sentence.
    pub(crate) fn missed(&self) -> Vec<String> {
        let mut missed = Vec::new();
        let mut bar = |what: String, found: Option<f64>, least: f64| {
            let found = found.filter(|found| *found < least);
            missed.extend(found.map(|found| format!("{what}: {found:.2}, bar {least}")));
        };
        for size in SIZES {
            let least = if size.0 <= 100 { 2.0 } else { 1.0 };
            let ratio = self.ratio("embedded", "TigerBeetle", size);
            bar(format!("embedded to TigerBeetle at {}", words(size)), ratio, least);
            if size.0 >= 1_000 {
                let ratio = self.ratio("embedded", "plain log", size);
                bar(format!("embedded to the plain log at {}", words(size)), ratio, 0.35);
            }
        }
        let [single, _, _, thousand, _, crowd] = SIZES;
        let speed = |name, size| self.get(name, size).map(|m| m.per_second);
        let over = |one: Option<f64>, other: Option<f64>| Some(one? / other?);
        let ours = |size| speed("embedded", size);
        bar("64 callers to one".to_owned(), over(ours(crowd), ours(single)), 15.0);
        let p99 = |name| self.get(name, single).map(|m| m.p99);
        // A third at least is three times at most.
        let waits = over(p99("plain log"), p99("embedded"));
        bar("a bare fdatasync's p99 to one durable transfer's".to_owned(), waits, 1.0 / 3.0);
        let batch = speed("PostgreSQL engine", thousand);
        let looped = speed("PL/pgSQL loop", thousand);
        bar("PostgreSQL to the loop at 1,000".to_owned(), over(batch, looped), 3.0);
        let singles = speed("single transactions", crowd);
        bar("PostgreSQL at 1,000 to single transactions".to_owned(), over(batch, singles), 5.0);
        missed
    }
}
