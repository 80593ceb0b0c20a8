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

    let raised =
        "from = \"default\"\n[controls]\naccount-caps = { day = 100000, month = 500000 }\n";
    let report = play("sleeper", "default", raised);
    let lost = |policy| from(&report, policy, Start::Inside).loss.per_victim.1;
    // Whom nobody asked to sign more than is offered signs the most that is.
    assert!(lost("ours") > lost("default"), "{} and {}", lost("ours"), lost("default"));
    assert!(!from(&report, "ours", Start::Inside).is_ok(), "more than the bound");

    let report = play("docomo-2020", "2020", "from = \"2020\"\n[controls]\naccount-caps = true\n");
    let lost = |policy| from(&report, policy, Start::Outside).loss.per_victim.1;
    assert!(lost("ours") <= Yen::of(50_000) && lost("2020") >= Yen::of(300_000));
    assert!(!from(&report, "ours", Start::Outside).is_ok(), "a yen is too much");
}

#[test]
fn what_walls_cost_the_honest_moves_with_the_walls() {
    let year = "from = \"default\"\n[controls]\nrecovery-wait = { hours = 8760 }\n\
                raise-wait = { hours = 8760 }\npayout-waits = { hours = 8760 }\n";
    let file = PolicyFile::parse("ours.toml", &format!("{HEAD}{year}")).unwrap();
    let options = Options {
        playbooks: vec!["name-harvest".to_owned()],
        policies: vec!["default".to_owned(), "ours.toml".to_owned()],
        files: vec![file],
        seed: 1,
        customers: 30,
        is_fitted: false,
        days: 24,
        ..Options::default()
    };

    let report = run(&options).unwrap();

    let of = |policy| &from(&report, policy, Start::Outside).honest;
    let (shipped, ours) = (of("default"), of("ours"));
    let told = format!("{shipped:#?}\n{ours:#?}\n{}", report.to_text());
    assert!(from(&report, "default", Start::Outside).is_ok(), "{told}");
    assert!(!from(&report, "ours", Start::Outside).is_ok(), "{told}");
    // Who raised a cap had it after a day, and never has it where that takes a year.
    let wait = |honest: &kanuki_lab::Friction, kind: &str| honest.by_kind[kind].wait_s_p50.unwrap();
    for kind in ["raise", "recovery"] {
        assert!(shipped.by_kind[kind].requests > 0, "{kind}: {told}");
        assert!(wait(ours, kind) > wait(shipped, kind), "{kind}: {told}");
    }
    assert!(wait(shipped, "raise") < 2 * 86_400, "{told}");
    // A payout that is refused is a refusal of that kind and of that person, and life goes on.
    let declined = |honest: &kanuki_lab::Friction| honest.by_kind["payout"].declined;
    assert_eq!(declined(shipped), 0, "{told}");
    assert!(declined(ours) > 0 && ours.people_hindered > shipped.people_hindered, "{told}");
    assert!(from(&report, "ours", Start::Outside).findings.is_empty(), "{told}");
    assert!(ours.by_route["branch"].links_made > 0, "{told}");
}
