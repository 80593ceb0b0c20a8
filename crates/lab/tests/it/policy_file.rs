//! Policies of one's own, beside those that are built in.

use kanuki_domain::Yen;
use kanuki_lab::{Options, PolicyFile, Report, Run, Start, run};

const HEAD: &str = "name = \"ours\"\nabout = \"what we run\"\n";

fn play(id: &str, built_in: &str, own: &str) -> Report {
    let file = PolicyFile::parse("ours.toml", &format!("{HEAD}{own}")).unwrap();
    let options = Options {
        playbooks: vec![id.to_owned()],
        policies: vec![built_in.to_owned(), "ours.toml".to_owned()],
        files: vec![file],
        seed: 1,
        customers: 4,
        days: 3,
        crowd: false,
        ..Options::default()
    };
    run(&options).unwrap()
}

fn from<'a>(report: &'a Report, policy: &str, start: Start) -> &'a Run {
    report.runs.iter().find(|run| run.policy == policy && run.start == start).unwrap()
}

#[test]
fn default_without_a_control_is_robbed_in_its_own_column_and_misses_the_bar() {
    let own = "from = \"default\"\n[controls]\nown-name = false\n";
    let report = play("docomo-2020", "default", own);

    let (ours, shipped) =
        (from(&report, "ours", Start::Inside), from(&report, "default", Start::Inside));
    assert_eq!(shipped.loss.peak_missing, Yen::ZERO);
    assert!(ours.loss.peak_missing > Yen::ZERO, "{:?}", ours.refusals);
    assert!(!ours.is_ok() && shipped.is_ok());
    let json: serde_json::Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    let file = json["runs"].as_array().unwrap().iter().find(|run| run["policy"] == "ours").unwrap();
    assert_eq!(file["policy_file"]["file"], "ours.toml");
    assert_eq!(file["policy_file"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(file["policy_file"]["differs"][0], "without own-name");
    let (text, page) = (report.to_text(), report.to_html());
    for shown in [&text, &page] {
        assert!(shown.contains("without own-name (ours.toml, SHA-256 "), "{shown}");
    }
}

#[test]
fn default_by_another_name_is_the_same_run() {
    let report = play("relink", "default", "from = \"default\"\n[controls]\nstep-up = true\n");

    for start in [Start::Outside, Start::Inside] {
        let (ours, shipped) = (from(&report, "ours", start), from(&report, "default", start));
        assert_eq!(ours.trace_sha256, shipped.trace_sha256);
        assert_eq!(ours.loss, shipped.loss);
    }
}

#[test]
fn higher_caps_lose_more_and_caps_before_the_pages_of_2020_keep_most() {
    let own = "from = \"default\"\n[controls]\naccount-caps = { day = 150000, month = 150000 }\n";
    let report = play("sleeper", "default", own);
    let lost = |policy| from(&report, policy, Start::Inside).loss.per_victim.1;
    assert!(lost("ours") <= Yen::of(150_000) && lost("ours") > Yen::ZERO, "{}", lost("ours"));
    assert_ne!(lost("ours"), lost("default"));

    let report = play("docomo-2020", "2020", "from = \"2020\"\n[controls]\naccount-caps = true\n");
    let lost = |policy| from(&report, policy, Start::Outside).loss.per_victim.1;
    assert!(lost("ours") <= Yen::of(50_000) && lost("2020") >= Yen::of(300_000));
    assert!(!from(&report, "ours", Start::Outside).is_ok(), "a yen is too much");
}
