//! `kanuki risk`: exit codes and JSON that scripts rely on, words that people do.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use crate::running::KANUKI;

fn risk(args: &[&str]) -> (i32, String, String) {
    let output = Command::new(KANUKI).arg("risk").args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_ships_has_nothing_wrong_and_what_is_wrong_is_shown_in_its_line() {
    let (code, said, _) = risk(&["check"]);
    assert_eq!((code, said.matches("nothing wrong").count()), (0, 2), "{said}");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.rules").display().to_string();
    let text = "policy \"mine\" version \"1\"\nbaseline approve\n\
        rule r on debit\n  when amont > ¥5\n  then decline as r\n";
    fs::write(&file, text).unwrap();
    let (code, said, _) = risk(&["check", &file]);
    assert_eq!(code, 1);
    assert!(said.contains(":4:8") && said.contains("did you mean `amount`?"), "{said}");

    let (code, said, _) = risk(&["check", &file, "--json"]);
    let mistake = &json(&said)["mistakes"][0];
    assert_eq!((code, &mistake["line"], &mistake["column"]), (1, &4.into(), &8.into()));

    // What a company never tells is refused for that company, and for whoever uses the engine alone not.
    let text = "policy \"mine\" version \"1\"\nbaseline approve\n\
        rule r on debit\n  when count of debit per address within 24h > 3\n  then decline as r tell partner\n";
    fs::write(&file, text).unwrap();
    assert_eq!(risk(&["check", &file]).0, 0);
    let (code, said, _) = risk(&["check", &file, "--company", "bank"]);
    assert!(
        code == 1 && said.contains(":3:1") && said.contains("the address of a debit"),
        "{said}"
    );
    assert!(said.contains("nobody tells a partner"), "{said}");
    let (code, said, _) = risk(&["check", &file, "--company", "wallet"]);
    assert!(code == 1 && said.contains("no wallet tells of a debit"), "{said}");

    let (code, _, error) = risk(&["check", "no-such.rules"]);
    assert_eq!(code, 2);
    assert!(error.contains("cannot read no-such.rules"), "{error}");
}

/// The other company's policy is no mistake of this one's.
#[test]
fn of_one_company_only_what_it_ships_is_checked() {
    for company in ["bank", "wallet"] {
        let (code, said, _) = risk(&["check", "--company", company]);
        assert_eq!((code, said.lines().count()), (0, 1), "{said}");
        assert!(said.starts_with(&format!("{company}: ")), "{said}");
    }
}

#[test]
fn two_policies_stand_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (events, mine) = (path("events.jsonl"), path("mine.rules"));
    let debit = |second: u32, is_fraud: bool| {
        let (at, keys) = (format!("2020-09-01T12:00:{second:02}Z"), [("account", "a")]);
        let keys =
            serde_json::json!([keys.into_iter().collect::<std::collections::HashMap<_, _>>()]);
        let event = serde_json::json!({
            "kind": "debit", "at": at, "keys": keys, "amount": "30000", "is_fraud": is_fraud,
        });
        format!("{event}\n")
    };
    let recording: String = (0..4).map(|n| debit(n, n > 0)).collect();
    fs::write(&events, &recording).unwrap();
    let text = "policy \"mine\" version \"1\" baseline approve rule few on debit \
        when count of debit per account within 1m > 2 then decline as few";
    fs::write(&mine, text).unwrap();

    let both = ["backtest", "--events", &events, "--policy", "bank", "--policy", &mine];
    let (code, said, _) = risk(&both);
    assert_eq!(code, 0);
    assert!(said.contains("¥90,000") && said.contains("¥60,000"), "{said}");
    let (_, said, _) = risk(&[&both[..], &["--json"]].concat());
    let policies = &json(&said)["policies"];
    let lost = |n: usize| policies[n]["yen_lost"].as_str().unwrap();
    assert_eq!((lost(0), lost(1)), ("90000", "30000"));
    assert_eq!(policies[1]["rules"]["few"]["frauds"], 2);
    assert!(policies[1]["ranges"]["yen_stopped"]["high"].is_string(), "{said}");
    let more = &json(&said)["beside_the_first"][0]["yen_lost"];
    assert!(more["low"].as_i64() <= Some(-60_000) && more["high"] == 0, "{more}");

    fs::write(&events, format!("{recording}nothing\n")).unwrap();
    let (code, _, error) = risk(&both);
    assert_eq!(code, 2);
    assert!(error.contains("events.jsonl:5"), "{error}");

    // A folder is named, and of a recording without an event it is said that there is none.
    let nothing = folder.path().join("nothing.jsonl").display().to_string();
    fs::write(&nothing, "\n").unwrap();
    let named = folder.path().display().to_string();
    let (code, _, error) = risk(&["backtest", "--events", &named, "--policy", "bank"]);
    assert!(code == 2 && error.contains(&format!("cannot read {named}, line 1")), "{error}");
    let (code, _, error) = risk(&["backtest", "--events", &nothing, "--policy", "bank"]);
    assert!(code == 0 && error.contains("nothing.jsonl: no event is in it"), "{error}");

    // A line of tomorrow, of before the one above it, or with a label that is mistyped, is no event.
    let refused = |line: String| {
        fs::write(&events, format!("{recording}{line}")).unwrap();
        let (code, _, error) = risk(&both);
        assert_eq!(code, 2);
        error
    };
    let tomorrow = refused(debit(5, false).replace("2020", "9999"));
    assert!(tomorrow.contains("events.jsonl:5") && tomorrow.contains("has not happened yet"));
    assert!(refused(debit(0, false).replace("2020", "1970")).contains("sort the recording"));
    assert!(refused(debit(5, true).replace("is_fraud", "is_frod")).contains("is_frod"));
    assert!(refused(debit(5, true).replace("30000", "9000000000000000")).contains("9,000,000"));
}

/// A recording of any length is made and judged without a file between.
#[test]
fn a_recording_streams_through_a_pipe() {
    let made = ["study", "--generate", "bank", "--events", "-", "--count", "3000"];
    let made = [&made[..], &["--customers", "200", "--days", "1"]].concat();
    let (code, recording, _) = risk(&made);
    assert_eq!((code, recording.lines().count()), (0, 3_000));
    assert_eq!(risk(&made).1, recording, "the same dice");

    let judge = ["backtest", "--events", "-", "--policy", "bank", "--policy", "wallet"];
    let mut judging = Command::new(KANUKI)
        .arg("risk")
        .args(judge)
        .args(["--json", "--cost", "--keys", "10000"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    judging.stdin.take().unwrap().write_all(recording.as_bytes()).unwrap();
    let judged = judging.wait_with_output().unwrap();

    assert!(judged.status.success(), "{judged:?}");
    let told = json(&String::from_utf8(judged.stdout).unwrap());
    let (bank, wallet) = (&told["policies"][0], &told["policies"][1]);
    assert_eq!((&bank["events"], &wallet["events"]), (&3_000.into(), &3_000.into()));
    assert!(bank["rules"]["walk-device"]["frauds"].as_u64() > Some(0), "{bank}");
    assert_eq!(bank["customers"], wallet["customers"]);
    let cost = String::from_utf8(judged.stderr).unwrap();
    assert!(cost.contains("3000 events in") && cost.contains("MB at the most"), "{cost}");
}

#[test]
fn a_page_shows_both_policies_in_both_languages_and_loads_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (events, mine, page) = (path("events.jsonl"), path("mine.rules"), path("page.html"));
    fs::write(&events, labelled()).unwrap();
    let text = "policy \"<mine>\" version \"1\" baseline approve rule large on debit \
        when amount > ¥50,000 then challenge as large";
    fs::write(&mine, text).unwrap();
    let both = ["--policy", "bank", "--policy", &mine];
    let (code, _, error) =
        risk(&[&["backtest", "--events", &events, "--html", &page], &both[..]].concat());
    assert_eq!(code, 0, "{error}");

    let drawn = fs::read_to_string(&page).unwrap();
    for wanted in
        ["<section id=\"ja\"", "<section id=\"en\"", "class=\"range\"", "challenged", "止めた不正"]
    {
        assert!(drawn.contains(wanted), "{wanted}");
    }
    for refused in ["http://", "https://", "<script", "<mine>", "url("] {
        assert!(!drawn.contains(refused), "{refused}");
    }
    let (code, _, error) =
        risk(&["backtest", "--events", &events, "--policy", "bank", "--html", "/no/such/page"]);
    assert!(code == 2 && error.contains("cannot write"), "{error}");
}

#[test]
fn a_study_of_a_file_says_how_well_its_frauds_were_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (csv, map, model) = (path("payments.csv"), path("map.toml"), path("mine.model"));
    let world = kanuki_risk::study::World {
        customers: 100,
        terminals: 600,
        days: 60,
        terminals_a_day: 3,
        cards_a_day: 1,
    };
    fs::write(&csv, kanuki_risk::study::generate(&world, 3).to_csv()).unwrap();
    let names = "time = \"TX_DATETIME\"\namount = \"TX_AMOUNT\"\naccount = \"CUSTOMER_ID\"\n\
        counterparty = \"TERMINAL_ID\"\nlabel = \"TX_FRAUD\"\n";
    fs::write(&map, names).unwrap();
    let days = ["--train-from", "2018-04-20", "--train-days", "14", "--delay-days", "7"];
    let args =
        [&["study", "--csv", &csv, "--map", &map], &days[..], &["--test-days", "7"]].concat();

    let (code, said, error) = risk(&[&args[..], &["--json", "--save", &model]].concat());
    assert_eq!(code, 0, "{error}");
    let found = json(&said);
    for key in ["auc", "average_precision"] {
        assert!((0.1..=1.0).contains(&found[key].as_f64().unwrap()), "{said}");
    }
    assert!(found["card_precision_at_k"]["100"].is_f64(), "{said}");
    assert!(found["train_rows"].as_u64().unwrap() > 1_000, "{said}");
    let kept = fs::read_to_string(&model).unwrap();
    assert!(kanuki_risk::model::Model::from_text(&kept).unwrap().trees() == 100);

    fs::write(&map, names.replace("TX_FRAUD", "FRAUD")).unwrap();
    let (code, _, error) = risk(&args);
    assert_eq!(code, 2);
    assert!(error.contains("there is no column `FRAUD`"), "{error}");
}

#[test]
fn whoever_collects_small_sums_is_found_with_the_path_that_leads_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (csv, map) = (path("transfers.csv"), path("map.toml"));
    let usual = (0..60).map(|n| format!("2020-08-{:02} 10:00:00,s{n},t{n},20000", n % 9 + 1));
    let odd = (0..3).map(|n| format!("2020-08-2{n} 10:00:00,feeder-{n},collector,300"));
    let lines: Vec<String> =
        std::iter::once("when,from,to,yen".to_owned()).chain(usual).chain(odd).collect();
    fs::write(&csv, lines.join("\n")).unwrap();
    fs::write(
        &map,
        "time = \"when\"\namount = \"yen\"\naccount = \"from\"\ncounterparty = \"to\"\n",
    )
    .unwrap();
    let args = ["mules", "--transfers", &csv, "--map", &map];

    let (code, said, error) = risk(&[&args[..], &["--top", "4", "--json"]].concat());
    assert_eq!(code, 0, "{error}");
    let found = json(&said);
    assert_eq!((&found["transfers"], &found["odd"]), (&63.into(), &3.into()), "{said}");
    let accounts = found["accounts"].as_array().unwrap();
    let of = |name: &str| accounts.iter().find(|one| one["account"] == name).unwrap().clone();
    assert_eq!((accounts.len(), &accounts[0]["account"]), (4, &"collector".into()), "{said}");
    assert_eq!(of("collector")["why"][0]["feeders"].as_array().unwrap().len(), 3);
    assert_eq!(of("feeder-1")["why"][0]["collector"], "collector");

    let (_, said, _) = risk(&args);
    assert!(said.contains("collects from feeder-0, feeder-1, feeder-2"), "{said}");
    for (line, what) in [
        ("99999999999999,a,b,1", "line 3: `99999999999999` is no time"),
        ("2020-08-02 10:00:00,,b,1", "line 3: `` is no account"),
        ("2020-08-02 10:00:00,a, ,1", "line 3: `` is no counterparty"),
    ] {
        fs::write(&csv, format!("when,from,to,yen\n2020-08-01 10:00:00,a,b,1\n{line}\n")).unwrap();
        let (code, _, error) = risk(&args);
        assert!(code == 2 && error.contains(what) && error.contains("transfers.csv"), "{error}");
    }
    fs::write(&csv, lines.join("\n")).unwrap();
    fs::write(
        &map,
        "time = \"when\"\namount = \"yen\"\naccount = \"from\"\ncounterparty = \"whom\"\n",
    )
    .unwrap();
    let (code, _, error) = risk(&args);
    assert!(code == 2 && error.contains("there is no column `whom`"), "{error}");
}

/// Six debits an hour for forty days; those of more than ¥45,000 from a new device are frauds.
fn labelled() -> String {
    let line = |n: i64| {
        let at = jiff::Timestamp::from_second(1_768_464_000 + n * 600).unwrap();
        let (amount, is_new) = ((n * 7_919).rem_euclid(60_000), n.rem_euclid(3) == 0);
        let event = serde_json::json!({
            "kind": "debit", "at": at, "keys": [{ "account": format!("a{}", n * 31 % 997) }],
            "amount": amount.to_string(), "facts": { "new_device": is_new },
            "is_fraud": is_new && amount > 45_000,
        });
        format!("{event}\n")
    };
    (0..5_760).map(line).collect()
}

#[test]
fn a_model_is_grown_from_recorded_attempts_and_named_by_the_policy_that_sees_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (events, mine, model) = (path("events.jsonl"), path("mine.rules"), path("mine.model"));
    fs::write(&events, labelled()).unwrap();
    let rules = "rule large on debit when amount > ¥58,000 and new_device then decline as large";
    let head = "policy \"mine\" version \"1\"\nbaseline approve\n";
    fs::write(&mine, format!("{head}{rules}\n")).unwrap();
    let days = ["--train-from", "2026-01-16", "--train-days", "20", "--json", "--save", &model];
    let train = ["train", "--events", &events, "--policy", &mine, "--on", "debit"];

    let (code, said, error) = risk(&[&train[..], &days[..]].concat());
    assert_eq!(code, 0, "{error}");
    let found = json(&said);
    assert!(found["average_precision"].as_f64().unwrap() > 0.95, "{said}");
    assert!(found["drift"]["index"].as_f64().unwrap() < 0.1, "{said}");
    let version = found["model"].as_str().unwrap();

    let scored = "rule likely on debit when score > 500 and new_device then decline as likely";
    fs::write(&mine, format!("{head}model \"{version}\"\n{rules}\n{scored}\n")).unwrap();
    let (code, said, _) = risk(&["check", &mine]);
    assert!(code == 1 && said.contains("no model was given"), "{said}");
    let (code, said, _) = risk(&["check", &mine, "--model", &model]);
    assert_eq!(code, 0, "{said}");
    let test = ["backtest", "--events", &events, "--policy", &mine, "--model", &model, "--json"];
    let (code, said, error) = risk(&test);
    assert_eq!(code, 0, "{error}");
    let likely = &json(&said)["policies"][0]["rules"]["likely"];
    assert!(likely["frauds"].as_u64().unwrap() > 400, "{likely}");

    let cut = fs::read_to_string(&model).unwrap();
    fs::write(&model, cut.get(..cut.len() >> 1).unwrap()).unwrap();
    let (code, _, error) = risk(&["check", &mine, "--model", &model]);
    assert!(code == 2 && error.contains("cut off or was changed"), "{error}");
}

#[test]
fn a_measurement_says_how_fast_and_how_large() {
    let (code, said, error) = risk(&["bench", "--decisions", "500", "--json"]);
    assert_eq!(code, 0, "{error}");
    let found = json(&said);
    assert!(found["work"].is_string());
    for key in ["per_second", "p50_us", "p99_us", "rss_bytes"] {
        assert!(found[key].as_f64().unwrap() > 0.0, "{key}: {said}");
    }
}
