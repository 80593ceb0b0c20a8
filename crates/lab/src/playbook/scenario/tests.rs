//! What a scenario file says, and what is said of a wrong one.

use super::*;

const GOOD: &str = r#"id = "relink"
about = "one drained account, linked again"
ja = "同じ口座をもう一度つなぐ"
ja_how = ["つなぎ直す"]
ja_notice = ["お知らせが続く"]
ja_act = ["停止コードを入れる"]
en = "the same account, linked again"
en_how = ["they link it again"]
en_notice = ["notices go on"]
en_act = ["type the stop code"]
sign = "debit"
source = "INC-07"
knowledge = "a list"
budget = "two wallets"
steps = ["link", "drain"]
controls = ["caps by account"]
policies = ["2020", "default"]
open_to = ["2020"]
starts = ["outside", "inside"]

[bound]
from = ["inside"]
yen = 50000
why = "the day's cap"

[meets]
inside = ["POST /topup/confirm 303"]
"#;

fn fault(from: &str, to: &str) -> String {
    Scenario::parse(&GOOD.replace(from, to)).unwrap_err().to_string()
}

#[test]
fn good_file_is_read_whole() {
    let scenario = Scenario::parse(GOOD).unwrap();

    assert_eq!(scenario.bound_from(Start::Inside).unwrap().most, Yen::of(50_000));
    assert_eq!(scenario.bound_from(Start::Outside), None);
    assert_eq!(scenario.meets(Start::Inside)[0].to_string(), "POST /topup/confirm 303");
    assert_eq!(scenario.crowd, CROWD);
}

#[test]
fn crime_that_needs_more_people_says_how_many_and_why() {
    let with = |crowd: &str| Scenario::parse(&format!("{GOOD}\n[crowd]\n{crowd}"));

    let scenario = with("customers = 200\nwhy = \"one in so many has the PIN\"").unwrap();
    assert_eq!(scenario.crowd, 200);
    let error = with("customers = 2\nwhy = \"few\"").unwrap_err().to_string();
    assert!(error.starts_with("line 30: `customers` is from 4 to"), "{error}");
    assert!(with("customers = 200\nwhy = \" \"").is_err());
    assert!(with("customers = 200").is_err());
}

#[test]
fn faults_are_told_with_their_line_and_what_to_write_instead() {
    assert!(fault("\"inside\"]\n\n", "\"within\"]\n\n").starts_with("line 19: within is no start"));
    assert!(
        fault("[\"2020\", \"default\"]", "[\"2019\"]")
            .contains("line 17: no policy is called 2019; write one of: 2020")
    );
    assert!(fault("\"INC-07\"", "\"\"").starts_with("line 12: `source` is empty; write"));
    assert!(fault("POST /topup/confirm 303", "topup").starts_with("line 27: a meeting is"));
    assert!(fault("budget", "bugdet").contains("called bugdet; did you mean `budget`?"));
    assert!(fault("\"debit\"", "\"debt\"").starts_with("line 11: debt is no sign; write"));
    assert!(fault("policies = [\"2020\", ", "policies = [").contains("write it in both"));
    assert!(fault("open_to = [\"2020\"]", "").contains("write in `closed` why none can"));
    let both = "open_to = [\"2020\"]\nclosed = \"why\"";
    assert!(fault("open_to = [\"2020\"]", both).starts_with("line 19: `closed` says why"));
    assert!(fault("open_to = [\"2020\"]", "open_to = [\"default\"]").contains("`default`, which"));
    assert!(fault("[\"outside\", \"inside\"]", "[]").starts_with("line 19: `starts` is empty"));
    assert!(fault("confirm 303", "confirm 9999").contains("a meeting is"));
    assert!(fault("\"relink\"", "\"Re link\"").starts_with("line 1: `id` is lower-case"));
}
