//! The incident, replayed small.

use kanuki_lab::{Options, Report, run};

fn small(policy: &str) -> Report {
    let options = Options {
        playbooks: vec!["docomo-2020".to_owned()],
        policies: vec![policy.to_owned()],
        seed: 7,
        customers: 6,
        days: 6,
    };
    run(&options).unwrap()
}

#[test]
fn under_2020_the_crime_has_its_shape() {
    let report = small("2020");

    println!("{}", report.to_text());
    assert!(report.is_ok(), "{}\n{}", report.to_text(), report.runs[0].trace.join("\n"));
}

#[test]
fn under_default_nothing_is_lost_from_outside_or_inside() {
    let report = small("default");

    println!("{}", report.to_text());
    assert!(report.is_ok(), "{}\n{}", report.to_text(), report.runs[1].trace.join("\n"));
}

#[test]
#[ignore = "size"]
fn big() {
    let options = Options { customers: 200, days: 40, ..Options::default() };
    let report = run(&options).unwrap();
    println!("{}", report.to_text());
    std::fs::write("/tmp/lab.html", report.to_html()).unwrap();
    std::fs::write("/tmp/lab.json", report.to_json().unwrap()).unwrap();
    for run in &report.runs {
        std::fs::write(format!("/tmp/trace-{}.txt", run.title()), run.trace.join("\n")).unwrap();
        println!("{:#?}", run.refusals);
    }
}
