//! Every playbook in bad weather.

use std::{collections::BTreeSet, fmt::Write as _};

use kanuki_lab::{Options, Report, run};

fn play(seed: u64, answers: u32, faults: bool) -> Report {
    let options = Options {
        playbooks: vec!["all".to_owned()],
        policies: vec!["default".to_owned()],
        files: Vec::new(),
        seed,
        customers: 4,
        is_fitted: false,
        days: 3,
        answers,
        faults,
        crowd: false,
    };
    run(&options).unwrap()
}

/// What was lost beyond what is promised, and what was found.
fn broken(report: &Report) -> String {
    let mut text = String::new();
    for run in &report.runs {
        let (id, title, seed) = (&run.playbook, run.title(), run.seed);
        let is_about_money = |wanted: &str| wanted.starts_with("no victim loses");
        for bar in run.bars.iter().filter(|bar| !bar.is_met && is_about_money(&bar.wanted)) {
            writeln!(text, "{id}, {title}, seed {seed}: {}, {}", bar.wanted, bar.measured).unwrap();
        }
        for finding in &run.findings {
            writeln!(text, "{id}, {title}, seed {seed}: {finding}").unwrap();
        }
        if !run.loss.compensated.is_zero() {
            writeln!(text, "{id}, seed {seed}: {} paid", run.loss.compensated).unwrap();
        }
    }
    text
}

#[test]
fn money_is_right_although_requests_are_lost_servers_die_and_disks_are_full() {
    let report = play(30, 20, true);

    assert_eq!(broken(&report), "");
    let struck: BTreeSet<&str> =
        report.runs.iter().flat_map(|run| &run.faults).map(|(what, _)| what.as_str()).collect();
    let all = [
        "answers lost",
        "requests doubled",
        "requests late and out of order",
        "requests lost",
        "requests to a bank that hung",
        "servers killed in the middle",
        "writes to a full disk",
    ];
    assert_eq!(struck.into_iter().collect::<Vec<_>>(), all);
}
