//! The incident, replayed small.

use std::sync::OnceLock;

use kanuki_lab::{Options, Report, Start, run};

fn small(policies: &[&str], seed: u64) -> Report {
    let options = Options {
        playbooks: vec!["docomo-2020".to_owned()],
        policies: policies.iter().map(|name| (*name).to_owned()).collect(),
        seed,
        customers: 6,
        days: 8,
        ..Options::default()
    };
    run(&options).unwrap()
}

/// Seed 3 under both policies: what several tests look at is played once.
fn seed_three() -> &'static Report {
    static PLAYED: OnceLock<Report> = OnceLock::new();
    PLAYED.get_or_init(|| small(&["2020", "default"], 3))
}

/// The same of seed 7 under `default`.
fn seed_seven() -> &'static Report {
    static PLAYED: OnceLock<Report> = OnceLock::new();
    PLAYED.get_or_init(|| small(&["default"], 7))
}

#[test]
fn under_2020_the_crime_has_the_shape_it_had() {
    let report = small(&["2020"], 7);

    let run = &report.runs[0];
    assert!(report.is_ok(), "{}", report.to_text());
    assert_eq!(run.loss.per_victim.0.to_string(), "¥300,000");
    assert_eq!(run.loss.per_victim.1.to_string(), "¥600,000");
    assert_eq!(run.loss.notices, 0);
    assert!(run.loss.debits_after_halt > 0);
    assert!(run.honest.requests > 20, "{}", run.honest.requests);
}

#[test]
fn under_default_nothing_is_lost_and_the_honest_go_on() {
    let report = seed_seven();

    assert!(report.is_ok(), "{}", report.to_text());
    let starts: Vec<Start> = report.runs.iter().map(|run| run.start).collect();
    assert_eq!(starts, [Start::Outside, Start::Inside]);
    for run in &report.runs {
        assert!(run.loss.yen_lost.is_zero() && run.loss.peak_missing.is_zero());
        assert_eq!(run.honest.links_made, 6);
        assert!(run.loss.attempts > 10, "{}", run.loss.attempts);
    }
    let inside = &report.runs[1];
    assert!(inside.loss.notices > 0, "victims are told of a passkey in their name");
}

#[test]
fn one_seed_is_one_report_and_one_trace() {
    let (one, again) = (seed_three(), small(&["2020", "default"], 3));

    assert_eq!(one.to_json().unwrap(), again.to_json().unwrap());
    for (a, b) in one.runs.iter().zip(&again.runs) {
        let different = a.trace.iter().zip(&b.trace).find(|(a, b)| a != b);
        assert_eq!(different, None);
        assert_eq!(a.trace.len(), b.trace.len());
        assert!(a.trace.len() > 500);
    }
    assert_eq!(one.to_html(), again.to_html());
}

#[test]
fn another_seed_is_another_run() {
    let (one, other) = (seed_three(), small(&["2020"], 4));

    assert_eq!((one.runs[0].policy.as_str(), one.runs[0].seed), ("2020", 3));
    assert_ne!(one.runs[0].trace_sha256, other.runs[0].trace_sha256);
}

#[test]
fn trace_tells_no_secrets() {
    for line in seed_seven().runs.iter().flat_map(|run| &run.trace) {
        for secret in ["code=", "state=", "request_uri", "token", "eyJ", "?"] {
            assert!(!line.contains(secret), "{line}");
        }
    }
}
