//! Every playbook, replayed small: what was open in 2020 loses money, what Kanuki promises holds, and
//! the thief gets as far as the walls that his scenario names.

use std::fmt::Write as _;

use kanuki_domain::Yen;
use kanuki_lab::{Options, Report, Run, Scenario, Start, list, run};

fn play(ids: &[&str], policies: &[&str], seed: u64) -> Report {
    play_among(true, ids, policies, seed)
}

/// The same with honest customers who go about their days around the thief, or without.
fn play_among(crowd: bool, ids: &[&str], policies: &[&str], seed: u64) -> Report {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let options = Options {
        playbooks: owned(ids),
        policies: owned(policies),
        seed,
        customers: 4,
        days: 3,
        crowd,
        ..Options::default()
    };
    run(&options).unwrap()
}

/// What a policy promises about the thief; the bars for honest people need more of them than this.
fn assert_kept(report: &Report) {
    let mut missed = String::new();
    for run in &report.runs {
        for bar in run.bars.iter().filter(|bar| !bar.is_met && !is_about_the_honest(&bar.wanted)) {
            let (id, title, seed) = (&run.playbook, run.title(), run.seed);
            let (wanted, measured) = (&bar.wanted, &bar.measured);
            writeln!(missed, "{id}, {title}, seed {seed}: {wanted}, but {measured}").unwrap();
        }
        for finding in &run.findings {
            writeln!(missed, "{}, {}: {finding}", run.playbook, run.title()).unwrap();
        }
    }
    assert!(missed.is_empty(), "{missed}");
}

fn is_about_the_honest(wanted: &str) -> bool {
    let bars = [
        "honest requests",
        "links completed",
        "first top-up",
        "something held",
        "a higher cap",
        "a lost telephone",
    ];
    bars.iter().any(|bar| wanted.starts_with(bar))
}

#[test]
fn what_was_open_in_2020_loses_money() {
    // That money is lost is about the thief and those whom he robs; among honest customers he is below.
    let report = play_among(false, &["all"], &["2020", "2020-after"], 1);

    assert_kept(&report);
    // Limits were counted by wallet: a second company was a second limit (INC-07).
    for (id, most) in [("relink", 600_000), ("burst", 600_000), ("limit-cut", 480_000)] {
        let run = report.runs.iter().find(|run| run.playbook == id).unwrap();
        assert_eq!(run.loss.per_victim.1, Yen::of(most), "{id}: {:?}", run.refusals);
    }
}

#[test]
fn nobody_loses_more_than_is_promised_under_default_and_thieves_reach_the_walls() {
    let report = play(&["all"], &["default"], 1);

    assert_kept(&report);
    let scenarios = list().unwrap().playbooks;
    let starts: usize = scenarios.iter().map(|scenario| scenario.starts.len()).sum();
    assert_eq!(report.runs.len(), starts);
    assert!(report.runs.iter().all(|run| run.loss.attempts > 0));
    // What one bank lets one account give is counted over both companies: each was linked.
    for id in ["relink", "burst", "limit-cut"] {
        let is_meant = |run: &&Run| run.playbook == id && run.start == Start::Inside;
        let run = report.runs.iter().find(is_meant).unwrap();
        let linked = |(what, _): &&(String, u64)| what.ends_with("of another company: got it");
        assert!(run.refusals.iter().any(|told| linked(&told)), "{id}: {:?}", run.refusals);
    }
}

#[test]
fn races_floods_and_the_wire_are_the_same_twice() {
    let ids = ["burst", "weaponised-safety", "wire-tamper"];
    let (one, again) = (play(&ids, &["default"], 5), play(&ids, &["default"], 5));

    assert_eq!(one.to_json().unwrap(), again.to_json().unwrap());
    for (a, b) in one.runs.iter().zip(&again.runs) {
        assert_eq!(a.trace.iter().zip(&b.trace).find(|(a, b)| a != b), None);
    }
}

fn row(scenario: &Scenario) -> String {
    let Scenario { id, about, knowledge, controls, open_to, .. } = scenario;
    let from = |start: &Start| {
        scenario.bound_from(*start).map_or_else(
            || format!("{}: ¥0", start.name()),
            |bound| format!("{}: {} at most", start.name(), bound.most),
        )
    };
    let most: Vec<String> = scenario.starts.iter().map(from).collect();
    let open = if open_to.is_empty() { "–".to_owned() } else { open_to.join(", ") };
    let (controls, most) = (controls.join("; "), most.join(", "));
    format!("| `{id}` | {about} | {knowledge} | {controls} | {open} | {most} |")
}

#[test]
fn the_table_in_the_docs_is_what_is_built() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/attacks.md");
    let rows: Vec<String> = list().unwrap().playbooks.iter().map(row).collect();
    let text = std::fs::read_to_string(file).unwrap();
    let (head, _) = text.split_once("|---|---|---|---|---|---|\n").unwrap();
    let wanted = format!("{head}|---|---|---|---|---|---|\n{}\n", rows.join("\n"));
    if std::env::var_os("KANUKI_WRITE_DOCS").is_some() {
        std::fs::write(file, &wanted).unwrap();
    }

    let same = std::fs::read_to_string(file).unwrap() == wanted;
    assert!(same, "write docs/attacks.md anew: KANUKI_WRITE_DOCS=1 cargo test -p kanuki-lab docs");
}
