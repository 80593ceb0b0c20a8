//! The numbers that rules and models look at, in words.

use kanuki_domain::Yen;
use kanuki_risk::{Day, Feature, Kind, Measure, Named, Seen, Unit};
use maud::{Markup, html};

use super::seen::subject_name;
use crate::{Visit, show};

/// A number's name in words; nothing where only its policy knows what it is.
pub(super) fn words(visit: &Visit, what: &str) -> Option<String> {
    Some(match Named::read(what) {
        Named::Fact(name, _) => visit.t(&format!("risk-number-fact-{}", name.replace('_', "-"))),
        Named::Day(Day::Business) => visit.t("risk-number-day-business"),
        Named::Day(Day::Holiday) => visit.t("risk-number-day-holiday"),
        Named::Day(Day::MonthEdge) => visit.t("risk-number-day-month-edge"),
        Named::InList(subject, list) => visit.t_args(
            "risk-number-in-list",
            &[("per", subject_name(visit, subject).into()), ("list", list.into())],
        ),
        Named::Drained(subject, secs) => visit.t_args(
            "risk-number-drained",
            &[("per", subject_name(visit, subject).into()), ("within", span(visit, secs).into())],
        ),
        Named::Feature(of) => feature(visit, &of),
        Named::Given(_) => return None,
    })
}

fn feature(visit: &Visit, of: &Feature) -> String {
    let (key, other) = match of.measure {
        Measure::Count => ("count", None),
        Measure::Sum => ("sum", None),
        Measure::Distinct(what) => ("distinct", Some(subject_name(visit, what))),
        Measure::Age => ("age", None),
        Measure::Idle => ("idle", None),
        Measure::RatioOfCount { over_secs } => ("ratio-count", Some(span(visit, over_secs))),
        Measure::RatioOfSum { over_secs } => ("ratio-sum", Some(span(visit, over_secs))),
    };
    visit.t_args(
        &format!("risk-number-{key}"),
        &[
            ("kind", kind_name(visit, of.kind).into()),
            ("per", subject_name(visit, of.subject).into()),
            ("within", span(visit, of.window_secs).into()),
            ("other", other.unwrap_or_default().into()),
        ],
    )
}

/// What happened, in words.
pub(super) fn kind_name(visit: &Visit, kind: Kind) -> String {
    visit.t(&format!("risk-kind-{}", kind.name().replace('_', "-")))
}

fn span(visit: &Visit, secs: i64) -> String {
    show::span(visit.lang(), u64::try_from(secs).unwrap_or_default())
}

/// A length of time as a person says it: whole days, hours or minutes, never more than passed.
fn about(visit: &Visit, secs: i64) -> String {
    let unit = [172_800_i64, 3_600, 60].into_iter().find(|unit| secs >= *unit).unwrap_or(1);
    let unit = if unit == 172_800 { 86_400 } else { unit };
    span(visit, secs.saturating_sub(secs.rem_euclid(unit)))
}

/// A number as it was seen, in its unit.
pub(super) fn value(visit: &Visit, seen: &Seen) -> String {
    let Some(value) = seen.value else { return visit.t("risk-number-unknown") };
    let whole = Yen::new(value.unsigned_abs()).unwrap_or(Yen::MAX).to_string();
    let named = Named::read(&seen.what);
    match named.unit() {
        Some(Unit::Yen) => whole,
        Some(Unit::Time) if named == Named::Fact("time", Unit::Time) => {
            let minutes = value.div_euclid(60);
            format!("{:02}:{:02}", minutes.div_euclid(60), minutes.rem_euclid(60))
        }
        Some(Unit::Time) => about(visit, value),
        Some(Unit::Percent) => {
            format!("{}.{}%", value.div_euclid(100), value.rem_euclid(100).div_euclid(10))
        }
        Some(Unit::Flag) if value == 0 => visit.t("risk-number-no"),
        Some(Unit::Flag) => visit.t("risk-number-yes"),
        Some(Unit::Count) => whole.replacen('¥', "", 1),
        Some(Unit::Word) | None => value.to_string(),
    }
}

/// A number's name for a reader of both kinds: in words, with its name as the policy has it.
pub(super) fn name(visit: &Visit, what: &str) -> Markup {
    let words = words(visit, what);
    html! {
        @if let Some(words) = &words { (words) small.rule-name { code { (what) } } }
        @else { code { (what) } }
    }
}
