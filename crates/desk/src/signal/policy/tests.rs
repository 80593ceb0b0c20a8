use super::*;

/// The lines that no table leaves out, as a file has them from line 1 on.
const FLOORS: [(&str, Option<&str>, &[&str]); 7] = [
    ("account-disabled", Some("hijacking"), &["suspend"]),
    ("account-disabled", Some("bulk-account"), &["suspend"]),
    ("credential-compromise", None, &["suspend"]),
    ("debit-disputed", None, &["suspend"]),
    ("link-status-changed", Some("suspended"), &["suspend", "notify"]),
    ("stream-updated", Some("stopped"), &["notify"]),
    ("service-status-changed", Some("halted"), &["notify"]),
];

fn table<'a>(more: &[(&'a str, Option<&'a str>, &'a [&'a str])]) -> Result<Table, TableError> {
    let all: Vec<Entry<'_>> = FLOORS
        .iter()
        .chain(more)
        .enumerate()
        .map(|(at, (event, level, actions))| Entry { line: at + 1, event, level: *level, actions })
        .collect();
    Table::of(&all)
}

fn risky(current_level: RiskLevel) -> Event {
    Event::RiskLevelChange { principal: "USER".to_owned(), current_level, risk_reason: None }
}

#[test]
fn each_line_stands_once_and_what_is_shipped_is_above_each_floor() {
    for (at, line) in DECIDED.iter().enumerate() {
        let same = |other: &&Decided| other.uri == line.uri && other.level == line.level;
        assert_eq!(DECIDED.iter().filter(same).count(), 1, "line {at}");
        assert!(line.shipped.covers(line.floor) && line.shipped.measure <= line.most, "line {at}");
        assert!(uri::ALL.contains(&line.uri));
    }
    for uri in uri::ALL {
        assert!(FIXED.contains(&uri) || DECIDED.iter().any(|line| line.uri == uri), "{uri}");
    }
}

/// What stopped a link before there was a table stops it under every table.
#[test]
fn an_alarm_stops_its_link_whatever_a_table_says() {
    let least = table(&[]).unwrap();
    for event in [
        Event::AccountDisabled { reason: Some(TakeoverReason::Hijacking) },
        Event::AccountDisabled { reason: Some(TakeoverReason::BulkAccount) },
        Event::AccountDisabled { reason: None },
        Event::CredentialCompromise { credential_type: "pin".to_owned() },
    ] {
        assert_eq!(Table::shipped().on(&event).measure, Measure::Suspend);
        assert_eq!(least.on(&event).measure, Measure::Suspend);
    }
    assert_eq!(least.on(&risky(RiskLevel::High)), LOG, "what a table does not name is on record");
    assert!(!least.is_shipped() && Table::shipped().is_shipped());
    assert_eq!(Table::shipped().on(&Event::Verification { state: None }), LOG);
}

#[test]
fn a_table_says_more_or_less_where_there_is_no_floor() {
    let uri = uri::RISK_LEVEL_CHANGE;
    let own = table(&[
        (uri, Some("high"), &["suspend", "notify"]),
        ("recovery-activated", None, &["hold", "lower_caps"]),
        ("session-revoked", None, &["notify", "log"]),
    ]);
    let own = own.unwrap();

    assert_eq!(own.on(&risky(RiskLevel::High)), STOP_AND_TELL);
    let recovery = own.on(&Event::RecoveryActivated {});
    assert_eq!(recovery, Actions::new(Measure::Hold, false), "the graver of both");
    assert_eq!(own.on(&Event::SessionRevoked {}), NOTIFY);
    assert_eq!(own.rows().len(), DECIDED.len());
}

#[test]
fn what_a_table_must_not_say_is_refused_with_its_line_and_what_to_write() {
    for (line, expected) in [
        (
            ("account-enabled", None, &["log"][..]),
            "line 8: `account-enabled` is no event of a partner; write one of account-disabled",
        ),
        (("case-shared", None, &["log"][..]), "line 8: what `case-shared` does is the same"),
        (
            ("risk-level-change", Some("grave"), &["log"][..]),
            "has no level `grave`; write level = \"high\" or level = \"medium\" or level = \"low\"",
        ),
        (
            ("risk-level-change", None, &["log"][..]),
            "line 8: `risk-level-change` has no level `any`",
        ),
        (("session-revoked", Some("high"), &["log"][..]), "write no level"),
        (
            ("session-revoked", None, &["release"][..]),
            "line 8: `release` is no action, and no word of a partner loosens anything; write log",
        ),
        (("session-revoked", None, &["raise_caps"][..]), "`raise_caps` is no action"),
        (("session-revoked", None, &[][..]), "line 8: no action; write actions = [\"log\"]"),
        (
            ("stream-updated", Some("running"), &["hold"][..]),
            "is about no link that this could be done to; write log or notify",
        ),
        (
            ("service-status-changed", Some("halted"), &["suspend"][..]),
            "is about no link that this could be done to; write log, lower_caps, hold or notify",
        ),
        (
            ("service-status-changed", Some("drill"), &["hold"][..]),
            "is about no link that this could be done to; write log or notify",
        ),
        (
            ("account-disabled", Some("hijacking"), &["hold"][..]),
            "line 8: `account-disabled` at `hijacking` does at least [\"suspend\"]; write actions",
        ),
        (
            ("debit-disputed", None, &["suspend"][..]),
            "line 8: `debit-disputed` at `any` stands in line 4 already",
        ),
    ] {
        let refused = table(&[line]).unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
}

#[test]
fn a_table_without_a_floor_is_refused_with_the_line_that_it_needs() {
    let all: Vec<Entry<'_>> = FLOORS
        .iter()
        .filter(|(event, ..)| *event != "link-status-changed")
        .map(|(event, level, actions)| Entry { line: 1, event, level: *level, actions })
        .collect();
    let refused = Table::of(&all).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "no line for `link-status-changed` at `suspended`; write [[signal]] event = \
         \"link-status-changed\", level = \"suspended\", actions = [\"suspend\"]"
    );
    assert!(Table::of(&[]).is_err());
}

#[test]
fn a_table_that_does_less_is_a_looser_setting() {
    use kanuki_domain::settings::Effect;
    let settings = |table: &Table| table.compared(Settings::default());
    let row = ("identifier-recycled", None, &["hold"][..]);
    let held = table(&[row]).unwrap();
    let stopped = table(&[("identifier-recycled", None, &["suspend", "notify"][..])]).unwrap();

    let weaker = settings(&stopped).changes(&settings(&held));
    let named: Vec<_> = weaker.iter().map(|one| (one.name.as_str(), one.effect)).collect();
    assert_eq!(named, [("signal:identifier-recycled:any", Effect::Loosens)]);
    let effects = |before: &Table, after: &Table| {
        let changes = settings(before).changes(&settings(after));
        changes.into_iter().map(|one| one.effect).collect::<Vec<_>>()
    };
    assert_eq!(effects(&held, &stopped), [Effect::Tightens]);
    assert_eq!(settings(&Table::shipped()).iter().count(), DECIDED.len());
}
