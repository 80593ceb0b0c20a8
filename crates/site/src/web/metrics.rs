//! Counters and gauges for whoever runs the server, in Prometheus' text form.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

type Labels = Vec<(&'static str, String)>;

#[derive(Default)]
struct Parts {
    registry: Registry,
    counters: BTreeMap<&'static str, Family<Labels, Counter>>,
    gauges: BTreeMap<&'static str, Family<Labels, Gauge>>,
}

/// All metrics of a company.
///
/// Labels are few and bounded (an outcome, a route): never an id, a name or an address.
#[derive(Default)]
pub struct Metrics {
    parts: Mutex<Parts>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

fn owned(labels: &[(&'static str, &str)]) -> Labels {
    labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

impl Metrics {
    /// Counts one of `name` (without `_total`, which the text form adds).
    pub fn count(&self, name: &'static str, help: &'static str, labels: &[(&'static str, &str)]) {
        self.add(name, help, labels, 1);
    }

    /// Counts `by` of `name`.
    pub fn add(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&'static str, &str)],
        by: u64,
    ) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let Parts { registry, counters, .. } = &mut *parts;
        let family = counters.entry(name).or_insert_with(|| {
            let family = Family::default();
            registry.register(name, help, Family::clone(&family));
            family
        });
        family.get_or_create(&owned(labels)).inc_by(by);
    }

    /// Sets `name` to `value`.
    pub fn gauge(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&'static str, &str)],
        value: i64,
    ) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let Parts { registry, gauges, .. } = &mut *parts;
        let family = gauges.entry(name).or_insert_with(|| {
            let family = Family::default();
            registry.register(name, help, Family::clone(&family));
            family
        });
        family.get_or_create(&owned(labels)).set(value);
    }

    /// Everything as text.
    #[must_use]
    pub fn text(&self) -> String {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        match encode(&mut text, &parts.registry) {
            Ok(()) => text,
            Err(_) => String::new(), // Writing to a string does not fail.
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_by_label() {
        let metrics = Metrics::default();

        metrics.count("topups", "Top-ups", &[("state", "posted")]);
        metrics.count("topups", "Top-ups", &[("state", "posted")]);
        metrics.count("topups", "Top-ups", &[("state", "voided")]);
        metrics.gauge("open_items", "Open items", &[], 7);

        let text = metrics.text();
        assert!(text.contains("topups_total{state=\"posted\"} 2"), "{text}");
        assert!(text.contains("topups_total{state=\"voided\"} 1"), "{text}");
        assert!(text.contains("open_items{} 7"), "{text}");
    }
}
