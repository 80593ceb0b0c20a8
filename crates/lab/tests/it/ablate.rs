//! What each control is worth.

use kanuki_lab::{Ablation, Options, Trial, Without, Worth, ablate};

fn small() -> Options {
    Options { seed: 1, customers: 4, days: 3, ..Options::default() }
}

#[test]
fn a_control_that_another_stands_behind_is_not_questioned() {
    let row = |off: &[&str], without: u32| Without {
        off: off.iter().map(|name| (*name).to_owned()).collect(),
        about: Vec::new(),
        thefts: vec![kanuki_lab::Theft {
            playbook: "relink".to_owned(),
            start: kanuki_lab::Start::Inside,
            with: kanuki_domain::Yen::of(100),
            without: kanuki_domain::Yen::of(without),
        }],
    };
    let rows = vec![
        row(&["own-name"], 500),
        row(&["genuine-cards"], 100),
        row(&["raise-wait"], 100),
        row(&["own-name", "genuine-cards"], 900),
    ];
    let table = Ablation { seed: 1, customers: 4, days: 3, answers: 20, rows };

    let worth: Vec<Worth> = table.rows.iter().map(|row| table.worth(row)).collect();

    let behind = Worth::Behind("own-name".to_owned());
    assert_eq!(worth, [Worth::Alone, behind, Worth::Questioned, Worth::Alone]);
    assert!(!table.is_ok());
    assert!(table.to_text().contains("QUESTIONED"));
    let json: serde_json::Value = serde_json::from_str(&table.to_json().unwrap()).unwrap();
    assert_eq!(json["controls"][0]["yen_kept"], "400");
    assert_eq!(json["controls"][2]["questioned"], true);
    assert!(!table.to_html().contains("http"));
}

#[test]
fn unknown_controls_are_told_with_those_that_exist() {
    let trial = Trial { off: vec!["luck".to_owned()], playbooks: vec!["relink".to_owned()] };

    let error = ablate(&small(), &[trial]).unwrap_err().to_string();

    assert!(error.starts_with("no control is called luck; there are: identity-to-link"), "{error}");
}
