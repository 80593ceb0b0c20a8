use std::collections::BTreeSet;

use kanuki_domain::limits::{BANK_PER_DAY, COOLING_LINK};

use super::*;
use crate::policy::Control;

#[test]
fn unknown_names_are_told_with_those_that_exist() {
    let options = Options { policies: vec!["2019".to_owned()], ..Options::default() };
    let error = run(&options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no policy is called 2019, and it is no file that ends in .toml; did you mean `2020`?"
    );

    let options = Options { playbooks: vec!["theft".to_owned()], ..Options::default() };
    assert!(run(&options).unwrap_err().to_string().contains("docomo-2020"));
}

#[test]
fn more_people_than_account_numbers_are_refused() {
    let options = Options { customers: 40_000, ..Options::default() };
    let error = run(&options).unwrap_err().to_string();

    assert_eq!(error, "there are account numbers for 35000 customers at most; ask for fewer");
    let error = crate::crowd(2_000_000, 1, &mut |_| ()).unwrap_err().to_string();
    assert_eq!(error, "there are account numbers for 1200000 accounts at most; ask for fewer");
}

#[test]
fn what_is_named_twice_is_played_once_and_too_many_days_are_refused() {
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let options = Options {
        playbooks: named(&["relink", "relink", "all"]),
        policies: named(&["2020", "default", "2020"]),
        ..Options::default()
    };
    let twice = jobs(&options).unwrap();
    let once =
        Options { playbooks: named(&["all"]), policies: named(&["2020", "default"]), ..options };
    assert_eq!(twice.len(), jobs(&once).unwrap().len());

    let error = run(&Options { days: 4_000, ..Options::default() }).unwrap_err().to_string();
    assert_eq!(error, "a run is of 365 days at most");
}

#[test]
fn only_what_is_built_is_listed() {
    let listing = list().unwrap();

    let ids: BTreeSet<&str> = listing.playbooks.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(ids.len(), listing.playbooks.len());
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../attacks");
    for folder in std::fs::read_dir(root).unwrap() {
        let name = folder.unwrap().file_name().into_string().unwrap();
        assert!(ids.contains(name.as_str()), "{name} is described but not built");
    }
    let policies: Vec<&str> = listing.policies.iter().map(|p| p.name).collect();
    assert_eq!(policies, ["2020", "2020-after", "default"]);
}

/// A thief inside who can steal nothing anywhere would prove nothing about the wall he meets.
#[test]
fn inside_thief_steals_as_soon_as_names_are_not_compared() {
    let options = Options { seed: 7, customers: 4, days: 5, ..Options::default() };
    let playbook = &ALL[0];
    let scenario = Arc::new(playbook.scenario().unwrap());
    let changes = Changes::without([Control::OwnName]);
    let job = Job {
        playbook,
        scenario,
        policy: Policy::Default,
        start: Start::Inside,
        changes,
        file: None,
    };
    let calendar = playbook::Calendar::of(options.days);
    let mint = Mint::of(calendar.start, 4).unwrap();

    let run = run_one(&options, &job, mint).unwrap();

    assert!(run.loss.links > 0, "{:?}", run.refusals);
    assert!(run.loss.yen_lost >= COOLING_LINK, "{:?}", run.refusals);
    assert!(!run.is_ok());
    // The next walls hold: what new links may take, however they came to be.
    assert!(run.loss.per_victim.1 <= BANK_PER_DAY, "{:?}", run.loss);
    assert!(run.findings.is_empty(), "{:?}", run.findings);
}
