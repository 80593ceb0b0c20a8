use std::collections::BTreeSet;

use super::{probe::Probe, *};

#[test]
fn every_row_names_probes_that_exist_and_every_probe_shows_a_row() {
    let rows = rows::all();
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), rows.len(), "a row is there twice");

    let known: BTreeSet<&str> = probes::all().iter().map(|probe| probe.id).collect();
    let used: BTreeSet<&str> = rows.iter().flat_map(|row| row.shown.probes()).copied().collect();
    assert_eq!(known, used);
}

#[test]
fn rows_that_nobody_could_verify_never_pass() {
    let everything = probes::all().iter().map(|probe| (probe.id, Ok("seen".to_owned()))).collect();
    let report = judge(&everything);

    assert!(report.count(State::Unverified) >= 3);
    for row in report.rows.iter().filter(|row| row.force == Force::Unverified) {
        assert_eq!(row.state, State::Unverified, "{}", row.id);
    }
    assert!(report.count(State::Pass) >= 70, "{}", report.count(State::Pass));
    assert!(report.is_ok());
}

#[test]
fn a_probe_that_lost_its_way_is_no_pass() {
    let lost = |id| (id, Err(Fault::Lost("the page is gone".to_owned())));
    let lost = probes::all().iter().map(|probe| lost(probe.id)).collect();
    let report = judge(&lost);

    assert_eq!(report.count(State::Pass), 0);
    assert!(!report.is_ok());
}

#[test]
fn json_and_page_have_every_row_with_its_state_and_evidence() {
    let everything = probes::all().iter().map(|probe| (probe.id, Ok("seen".to_owned()))).collect();
    let report = judge(&everything);
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    let (page, text) = (report.to_html(), report.to_text());

    let rows = json["rows"].as_array().unwrap();
    assert_eq!(rows.len(), rows::all().len());
    let states = ["pass", "fail", "manual", "na", "unverified"];
    for row in rows {
        let id = row["id"].as_str().unwrap();
        assert!(states.contains(&row["state"].as_str().unwrap()), "{id}");
        assert!(!row["force"].as_str().unwrap().is_empty(), "{id}");
        assert!(!row["evidence"].as_str().unwrap().is_empty(), "{id}");
        let runs = row["state"] == "pass";
        assert_eq!(runs, !row["fails_if"].as_array().unwrap().is_empty(), "{id}");
        assert!(page.contains(&format!("id=\"{id}\"")) && text.contains(id), "{id}");
    }
}

/// For every running row the control that it is about, off: the row must fail, and because it saw the
/// opposite, not because it lost its way.
#[test]
fn every_probe_sees_its_control_and_sees_that_it_is_off() {
    let mint = mint().unwrap();
    let probes = probes::all();
    let jobs: Vec<(Probe, bool)> =
        probes.iter().flat_map(|probe| [(*probe, false), (*probe, true)]).collect();
    let seen = spread(&jobs, |(probe, is_off)| probe.run(*is_off, &mint)).unwrap();

    let mut wrong = Vec::new();
    for ((probe, is_off), seen) in jobs.iter().zip(seen) {
        match (is_off, seen.unwrap()) {
            (false, Ok(_)) | (true, Err(Fault::Broken(_))) => {}
            (_, found) => {
                let state = if *is_off { probe.off.about } else { "as it ships" };
                wrong.push(format!("{} ({state}): {found:?}", probe.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
