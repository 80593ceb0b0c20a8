use std::collections::BTreeSet;

use jiff::Timestamp;
use kanuki_bank::{Rules, StandardRules, mandate::Mandate};
use kanuki_desk::cap::Cap;
use kanuki_domain::{
    Yen,
    limits::{BANK_PER_DAY, COOLING_LINK},
    mandate::Cooling,
};

use super::*;

#[test]
fn unknown_names_are_told_with_those_that_exist() {
    let options = Options { policies: vec!["2019".to_owned()], ..Options::default() };
    let error = run(&options).unwrap_err();
    assert_eq!(error.to_string(), "no policy is called 2019; there are: 2020, 2020-after, default");

    let options = Options { playbooks: vec!["theft".to_owned()], ..Options::default() };
    assert!(run(&options).unwrap_err().to_string().contains("docomo-2020"));
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

/// A bank as it ships, but that does not compare names.
#[derive(Debug, Default)]
struct Unmatched(StandardRules);

impl Rules for Unmatched {
    fn caps(&self, mandate: &Mandate, now: Timestamp) -> Vec<Cap> {
        self.0.caps(mandate, now)
    }

    fn terms_max(&self) -> (Yen, Yen) {
        self.0.terms_max()
    }

    fn cooling(&self) -> Cooling {
        self.0.cooling()
    }

    fn raise_wait_secs(&self) -> i64 {
        self.0.raise_wait_secs()
    }

    fn must_match(&self) -> bool {
        false
    }

    fn tells_holders(&self) -> bool {
        true
    }

    fn steps_up(&self) -> bool {
        true
    }

    fn allows_overdraft(&self) -> bool {
        false
    }

    fn listens_to_risk(&self) -> bool {
        true
    }
}

/// A thief inside who can steal nothing anywhere would prove nothing about the wall he meets.
#[test]
fn inside_thief_steals_as_soon_as_names_are_not_compared() {
    let options = Options { seed: 7, customers: 4, days: 5, ..Options::default() };
    let playbook = &ALL[0];
    let scenario = Arc::new(playbook.scenario().unwrap());
    let job = Job { playbook, scenario, policy: Policy::Default, start: Start::Inside };
    let calendar = playbook::Calendar::of(options.days);
    let mint = Arc::new(Mint::strike(calendar.start, 4).unwrap());

    let run = run_one(&options, &job, Arc::new(Unmatched::default()), mint).unwrap();

    assert!(run.loss.links > 0, "{:?}", run.refusals);
    assert!(run.loss.yen_lost >= COOLING_LINK, "{:?}", run.refusals);
    assert!(!run.is_ok());
    // The next walls hold: what new links may take, however they came to be.
    assert!(run.loss.per_victim.1 <= BANK_PER_DAY, "{:?}", run.loss);
    assert!(run.findings.is_empty(), "{:?}", run.findings);
}
