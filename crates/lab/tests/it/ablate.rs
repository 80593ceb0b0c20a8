//! What each control is worth, and that the page in the docs says so.

use kanuki_lab::{Ablation, Options, Trial, Without, Worth, ablate};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/controls.md");
const RULE: &str = "|---|---|---|---|---|\n";

/// The crimes of the table: those that get somewhere when a wall is gone.
const CRIMES: [&str; 17] = [
    "docomo-2020",
    "relink",
    "sleeper",
    "burst",
    "overdraft-drain",
    "limit-cut",
    "contact-swap",
    "vishing-enrol",
    "reset-takeover",
    "coached-victim",
    "mule-fan-in",
    "caregiver",
    "legacy-link",
    "forged-id",
    "synced-passkey",
    "rogue-bank",
    "insider",
];
/// How many holders in a hundred act on a notice: where nobody does, no notice is worth anything.
const ANSWERS: u32 = 80;

fn small() -> Options {
    Options { seed: 1, customers: 4, days: 3, answers: ANSWERS, ..Options::default() }
}

/// One row of the page: which controls, and the crime in which their absence shows most.
struct Row {
    off: Vec<String>,
    shows: Option<(String, String)>,
    text: String,
}

fn row(line: &str) -> Row {
    let quoted = |cell: &str| {
        let parts = cell.split('`').skip(1).step_by(2);
        parts.map(str::to_owned).collect::<Vec<_>>()
    };
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let shows = quoted(cells[4]).first().cloned();
    Row {
        off: quoted(cells[1]),
        shows: shows.map(|playbook| (playbook, cells[4].to_owned())),
        text: line.to_owned(),
    }
}

/// `` `sleeper` inside: ¥300,000 → ¥1,000,000 `` for each crime of a row.
fn cells(row: &Without) -> Vec<String> {
    let cell = |t: &kanuki_lab::Theft| {
        format!("`{}` {}: {} → {}", t.playbook, t.start.name(), t.with, t.without)
    };
    row.thefts.iter().map(cell).collect()
}

#[test]
fn the_page_in_the_docs_says_what_each_control_is_worth() {
    let text = std::fs::read_to_string(FILE).unwrap();
    let (head, rest) = text.split_once(RULE).unwrap();
    let (_, tail) = rest.split_once("\n\n").unwrap();
    // The command beside the table is the one that makes it: these crimes, and what it does unasked.
    let crimes = CRIMES.join(" ");
    let command = format!("    kanuki lab ablate {crimes} --answers {ANSWERS} --markdown -\n");
    assert!(head.contains(&command), "{command}");
    if std::env::var_os("KANUKI_WRITE_DOCS").is_some() {
        let table = ablate(&small(), &Trial::all(&CRIMES.map(str::to_owned))).unwrap();
        std::fs::write(FILE, format!("{head}{RULE}{}\n{tail}", table.to_markdown())).unwrap();
    }

    let text = std::fs::read_to_string(FILE).unwrap();
    let (_, rest) = text.split_once(RULE).unwrap();
    let rows: Vec<Row> = rest.lines().take_while(|line| line.starts_with('|')).map(row).collect();
    let every: Vec<Vec<String>> = Trial::all(&[]).into_iter().map(|trial| trial.off).collect();
    let told: Vec<Vec<String>> = rows.iter().map(|row| row.off.clone()).collect();
    assert_eq!(told, every, "KANUKI_WRITE_DOCS=1 cargo test -p kanuki-lab docs");

    // Replayed is only where a row says that it shows most: the whole table takes long.
    let shown: Vec<&Row> = rows.iter().filter(|row| row.shows.is_some()).collect();
    let trial = |row: &&Row| Trial {
        off: row.off.clone(),
        playbooks: row.shows.iter().map(|(playbook, _)| playbook.clone()).collect(),
    };
    let trials: Vec<Trial> = shown.iter().map(trial).collect();
    let table = ablate(&small(), &trials).unwrap();
    for (row, measured) in shown.iter().zip(&table.rows) {
        let (_, wanted) = row.shows.clone().unwrap();
        let cells = cells(measured);
        assert!(cells.contains(&wanted), "{}\nmeasured: {cells:?}", row.text);
    }
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
fn what_stands_behind_a_control_is_said_only_where_it_was_tried_alone() {
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
    let rows = vec![row(&["new-wallet"], 100), row(&["new-wallet", "wallet-risk"], 900)];
    let table = Ablation { seed: 1, customers: 4, days: 3, answers: 20, rows };

    assert_eq!(table.worth(&table.rows[0]), Worth::Questioned);
}

#[test]
fn unknown_controls_are_told_with_those_that_exist() {
    let trial = Trial { off: vec!["luck".to_owned()], playbooks: vec!["relink".to_owned()] };

    let error = ablate(&small(), &[trial]).unwrap_err().to_string();

    assert!(error.starts_with("no control is called luck; known: identity-to-link"), "{error}");
}
