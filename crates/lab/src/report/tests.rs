use super::*;

fn run(policy: &str, start: Start, lost: u32) -> Run {
    Run {
        playbook: "docomo-2020".to_owned(),
        about: "the incident".to_owned(),
        policy: policy.to_owned(),
        policy_file: None,
        start,
        seed: 1,
        variant: "fast".to_owned(),
        customers: 10,
        days: 5,
        loss: Loss { yen_lost: Yen::of(lost), victims: u64::from(lost > 0), ..Loss::default() },
        honest: Friction { requests: 400, links_begun: 40, links_made: 39, ..Friction::default() },
        bars: vec![Bar {
            wanted: "nothing is lost".to_owned(),
            measured: Yen::of(lost).to_string(),
            is_met: lost == 0,
        }],
        findings: Vec::new(),
        timeline: vec![Day::default(), Day { missing: Yen::of(lost), ..Day::default() }],
        first_day: "2026-08-16".to_owned(),
        marks: vec![Mark { day: 1, text: "month's edge".to_owned() }],
        moments: Vec::new(),
        seen: Vec::new(),
        trace_sha256: "00".to_owned(),
        refusals: Vec::new(),
        met: Vec::new(),
        faults: Vec::new(),
        rules: Vec::new(),
        trace: Vec::new(),
    }
}

fn report() -> Report {
    let runs = vec![run("2020", Start::Outside, 300_000), run("default", Start::Inside, 0)];
    Report { runs }
}

#[test]
fn json_has_the_shape_that_scripts_rely_on() {
    let json: serde_json::Value = serde_json::from_str(&report().to_json().unwrap()).unwrap();
    let row = &json["runs"][0];

    let fields = "playbook policy start seed variant yen_lost compensated peak_missing \
                  days_to_return victims links attempts detected_after_s contained_after_s \
                  bounded_by ok honest";
    for field in fields.split_whitespace() {
        assert!(row.get(field).is_some(), "{field}");
    }
    assert_eq!(row["yen_lost"], "300000");
    assert_eq!(row["ok"], false);
    assert_eq!(json["runs"][1]["start"], "inside");
    assert_eq!(row["honest"]["completion"].to_string(), "0.975");
    assert_eq!(row["honest"]["requests"], 400);
}

#[test]
fn terminal_shows_one_column_for_each_run_and_what_was_missed() {
    let text = report().to_text();

    assert!(text.starts_with("docomo-2020"), "{text}");
    let lost = text.lines().find(|line| line.starts_with("yen lost")).unwrap();
    assert!(lost.contains("¥300,000") && lost.ends_with("¥0"), "{lost}");
    assert!(text.contains("MISSED: nothing is lost (measured: ¥300,000)"));
}

#[test]
fn loss_table_has_a_row_for_each_crime_and_says_what_was_not_played() {
    let mut report = report();
    report.runs.push(Run { playbook: "relink".to_owned(), ..run("2020", Start::Outside, 600_000) });

    let text = report.to_text();
    let row = text.lines().find(|line| line.starts_with("relink")).unwrap();
    assert!(row.contains("¥600,000") && row.ends_with('-'), "{row}");
    let json: serde_json::Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    assert_eq!(json["table"][1]["cells"][0]["yen_lost"], "600000");
    assert!(json["table"][1]["cells"][1]["yen_lost"].is_null());
    assert!(report.to_html().contains("not played"));
}

#[test]
fn page_needs_nothing_from_elsewhere() {
    let page = report().to_html();

    assert!(page.contains("¥300,000") && page.contains("<svg"));
    for outside in ["http://", "https://", "src=", "<script", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn first_lines_answer_the_title_in_both_languages() {
    let page = report().to_html();
    for said in [
        "耐えられませんでした。1件のうち1件でお金が奪われ、合計は¥300,000",
        "はい、試した範囲では耐えられました。1件すべてで約束が守られました。だれも1円も失っていません。",
        "No. 1 of 1 took money: ¥300,000 in all",
        "Yes, as far as it was played: all 1 kept every promise. Nobody lost a yen.",
        "すでに入り込まれた状態",
        "“(inside)” means",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }

    let mut report = report();
    report.runs.push(run("default", Start::Outside, 5_000));
    let page = report.to_html();
    assert!(
        page.contains("No: 1 of 2 broke a promise. Money was lost in 1 from outside and 0 where")
    );
    assert!(page.contains("いいえ。2件のうち1件で約束が守られませんでした。"));
}

#[test]
fn picture_of_a_japanese_page_speaks_japanese_and_its_key_is_no_part_of_the_picture() {
    let scenarios = crate::list().unwrap().playbooks;
    let mut report = report();
    report.runs[0].marks[0].text = MONTH_EDGE.to_owned();

    let (_, page) = report.to_plain_pages(&scenarios).remove(0);

    assert!(page.contains("1日目") && page.contains("月が変わる"), "{page}");
    for english in ["Yen missing", "day 1", "the month's edge", "default"] {
        assert!(!page.contains(english), "{english}");
    }
    let (_, key) = page.split_once("class=\"key\"").unwrap();
    assert!(key.contains("2020年のしくみ") && key.contains("Kanuki のしくみ"), "{key}");
    // Where nobody lost anything there is nothing to draw.
    report.runs.remove(0);
    let (_, page) = report.to_plain_pages(&scenarios).remove(0);
    assert!(page.contains("だれからも1円も出ていません") && !page.contains("<figure"), "{page}");
}

#[test]
fn shares_are_exact() {
    assert_eq!(percent(basis_points(1, 3)), "33.33 %");
    assert_eq!(percent(basis_points(0, 0)), "0.00 %");
    assert_eq!(text::span(Some(90_061)), "1 d 1 h");
}

#[test]
fn pages_for_everybody_are_in_plain_japanese_and_need_nothing_from_elsewhere() {
    let scenarios = crate::list().unwrap().playbooks;
    let pages = report().to_plain_pages(&scenarios);

    assert_eq!(pages.len(), 1);
    let (name, page) = &pages[0];
    assert_eq!(name, "docomo-2020.html");
    for part in ["どう進むか", "どう気づくか", "いますること", "2020年のしくみ", "¥300,000", "<svg"]
    {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("http"));
}

#[test]
fn one_run_is_told_with_its_moments_and_what_the_victims_saw() {
    let at: Timestamp = "2026-08-31T14:05:00Z".parse().unwrap();
    let told = |text: &str| Moment { at, text: text.to_owned() };
    let seen = Seen {
        channel: "sms".to_owned(),
        subject: "出金のお知らせ".to_owned(),
        first_at: at,
        last_at: at,
        times: 4,
    };
    let run = Run {
        moments: vec![told("the first yen leaves a victim's account")],
        seen: vec![seen],
        ..run("2020", Start::Outside, 300_000)
    };
    let report = Report { runs: vec![run] };

    let page = report.to_html();
    assert!(page.contains("2026-08-31 23:05") && page.contains("the first yen leaves"), "{page}");
    assert!(page.contains("出金のお知らせ"));
    let json: serde_json::Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    assert_eq!(json["runs"][0]["seen"][0]["times"], 4);
    assert_eq!(json["runs"][0]["moments"][0]["at"], "2026-08-31T14:05:00Z");
}

#[test]
fn picture_is_to_scale_small_and_needs_nothing_from_elsewhere() {
    let mut report = report();
    report.runs.push(Run { playbook: "relink".to_owned(), ..run("2020", Start::Outside, 600_000) });

    let svg = report.to_svg();

    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""), "{svg}");
    assert!(svg.contains("width=\"104\"") && svg.contains("width=\"52\""), "{svg}");
    assert!(svg.contains("¥600,000") && svg.contains("the longest bar is ¥600,000"));
    for outside in ["<script", "href", "url(", "@import", "https://"] {
        assert!(!svg.contains(outside), "{outside}");
    }
}

/// Each policy says which rule held, or what the thief met in place of any.
#[test]
fn a_run_in_which_no_rule_held_says_what_answered_before_them() {
    let mut report = report();
    let met = |what: &str, times| (what.to_owned(), times);
    report.runs[1].refusals = vec![met("link: 403", 3), met("enrol: 422", 40)];

    let text = report.to_text();

    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert!(lines.contains(&"no rule of a risk engine held, and the thief was refused nothing"));
    let before = "no rule of a risk engine held: what the thief met stands before them";
    let at = lines.iter().position(|line| *line == before).unwrap();
    assert_eq!(lines[at + 1..at + 3], ["enrol: 422, 40 times", "link: 403, 3 times"], "{text}");
    assert!(report.to_html().contains(before));
}

#[test]
fn rules_that_held_in_no_run_are_named() {
    let mut report = report();
    report.runs[0].rules.push(RuleFired {
        company: "9901".to_owned(),
        rule: "walk-device".to_owned(),
        code: "walks-over-accounts".to_owned(),
        on: "enrolment_started".to_owned(),
        outcome: "not obeyed".to_owned(),
        times: 1,
        first_at: Timestamp::UNIX_EPOCH,
        last_at: Timestamp::UNIX_EPOCH,
        yen: Yen::ZERO,
    });
    let json: serde_json::Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    let never = |at: usize| json["rules_never_held"][at]["rules"].as_array().unwrap().clone();
    assert!(!never(0).contains(&"walk-device".into()) && never(0).contains(&"walk-block".into()));
    assert!(never(1).contains(&"watched-device".into()), "the wallet's of that name");
    assert!(!report.to_text().contains("held in no run"), "one crime says nothing about the rest");
    for crime in ["burst", "relink", "month-edge"] {
        let run = Run { playbook: crime.to_owned(), ..run("default", Start::Outside, 0) };
        report.runs.push(run);
    }
    let text = report.to_text();
    assert!(text.contains("held in no run") && text.contains("walk-block"), "{text}");
    assert!(report.to_html().contains("rules-never-held"));
}
