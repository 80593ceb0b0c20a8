//! Small parts: names of fields, what is missing, the list.

use jiff::civil::Date;
use kanuki_domain::agreement::{Agreement, Gap, Lack};
use maud::{Markup, html};

use super::{AGREEMENT, Listed, standard::is_first_to_end};
use crate::{
    Visit, Words, show,
    ui::{self, Column, Icon, Look, Table, Tone},
};

/// How many days before it a review is announced.
const SOON_DAYS: i32 = 30;

/// The name of a field, by its path; a leaf of a list has its list's name.
#[must_use]
pub fn label(words: Words<'_>, path: &str) -> String {
    let path = path.strip_prefix("agreement.").unwrap_or(path);
    let two = |first: String, second: String| format!("{}: {}", words.t(&first), words.t(&second));
    let parts: Vec<&str> = path.split('.').collect();
    match parts.as_slice() {
        ["assessment", "threats", threat, part] => {
            two(format!("agr-threat-{threat}"), format!("agr-{part}"))
        }
        ["duties", task, part] => two(format!("agr-task-{task}"), format!("agr-duty-{part}")),
        ["safeguards", "matched", fact] => {
            two("agr-matched".to_owned(), format!("agr-fact-{fact}"))
        }
        ["safeguards", "factors", factor] => {
            two("agr-factors".to_owned(), format!("agr-factor-{factor}"))
        }
        ["exchange", "kinds", kind] => {
            two("agr-exchange-kinds".to_owned(), format!("agr-fact-{kind}"))
        }
        ["exchange", part] => words.t(&format!("agr-exchange-{part}")),
        ["standards", of, part] => {
            two(format!("agr-standards-{of}"), format!("agr-standards-{part}"))
        }
        ["standards", of, part, way] => {
            let standard = two(format!("agr-standards-{of}"), format!("agr-standards-{part}"));
            format!("{standard}: {}", words.t(&format!("agr-path-{way}")))
        }
        _ => named(words, path),
    }
}

fn named(words: Words<'_>, path: &str) -> String {
    let mut at = path;
    loop {
        let key = format!("agr-{}", at.replace(['.', '_'], "-"));
        if let Some(found) = words.texts.find(words.lang, &key, &[]) {
            return found;
        }
        match at.rsplit_once('.') {
            Some((before, _)) => at = before,
            None => return path.to_owned(),
        }
    }
}

/// What keeps a version from counting, row by row.
#[must_use]
pub fn gap_list(visit: &Visit, gaps: &[Gap]) -> Markup {
    html! {
        ul.points {
            @for gap in gaps {
                li {
                    strong { (gap.requirement) } " "
                    (label(visit.words(), &gap.path)) " – "
                    (visit.t(&lack(gap)))
                }
            }
        }
    }
}

/// What is wrong there. What was found of a profile is nobody's mistake: it is less than is required.
fn lack(gap: &Gap) -> String {
    if gap.lack == Lack::Same && gap.path == "agreement.assessment.assessed_on" {
        return "reg-lack-unassessed".to_owned();
    }
    let is_below = gap.lack == Lack::Unsafe && gap.path.contains(".found.");
    format!("reg-lack-{}", if is_below { "below" } else { gap.lack.name() })
}

/// Until when new links open: until the review, or until what is required of a profile expires before
/// it. None is as good as long ago.
#[must_use]
pub fn open_until(agreement: &Agreement) -> Option<Date> {
    let standards = [&agreement.standards.of_bank, &agreement.standards.of_wallet];
    let found = standards.into_iter().filter(|standard| standard.is_asked());
    let days = found.map(|standard| standard.expires).chain([agreement.assessment.review_by]);
    days.min().flatten()
}

/// That the assessment, or the profile of which something is required, is to be looked at again:
/// soon, or days ago. The day and the reason are said before new links stop.
#[must_use]
pub fn review_notice(visit: &Visit, name: &str, agreement: &Agreement, today: Date) -> Markup {
    let review_by = open_until(agreement);
    let what = if is_first_to_end(agreement) { "profile" } else { "review" };
    let soon = today.checked_add(jiff::Span::new().days(SOON_DAYS)).unwrap_or(today);
    let day = review_by.map(|day| show::civil_date(visit.lang(), day)).unwrap_or_default();
    let args = [("name", name.into()), ("day", day.into())];
    if agreement.is_overdue(today) && review_by.is_some_and(|day| day >= today) {
        // Below what is required, or nothing was computed: no day is to blame.
        return ui::notice(
            Tone::Error,
            &visit.t_args("reg-profile-unmet", &args),
            html! {
                p { (visit.t("reg-profile-passed-what")) }
            },
        );
    }
    match review_by {
        Some(day) if day >= soon => html! {},
        Some(day) if day >= today => ui::notice(
            Tone::Warning,
            &visit.t_args(&format!("reg-{what}-soon"), &args),
            html! {
                p { (visit.t(&format!("reg-{what}-soon-what"))) }
            },
        ),
        _ => ui::notice(
            Tone::Error,
            &visit.t_args(&format!("reg-{what}-passed"), &args),
            html! {
                p { (visit.t(&format!("reg-{what}-passed-what"))) }
            },
        ),
    }
}

/// Every company, with what counts and what waits.
#[must_use]
pub fn list_table(visit: &Visit, base: &str, all: &[Listed], today: Date) -> Markup {
    let rows = all.iter().map(|one| {
        let version = |number: u32| {
            html! { a href={ (base) "/" (one.subject) "/" (number) } { (number) } }
        };
        let is_overdue = one.review_by.is_none_or(|by| by < today);
        let (tone, word) = match (one.live, one.is_stopped) {
            (None, _) => (Tone::Neutral, "reg-state-none"),
            (Some(_), true) => (Tone::Error, "reg-state-stopped"),
            (Some(_), false) if is_overdue => (Tone::Warning, "reg-state-overdue"),
            (Some(_), false) => (Tone::Success, "reg-state-live"),
        };
        vec![
            html! { a href={ (base) "/" (one.subject) } { (one.name) } " " small { code { (one.subject) } } },
            ui::badge(tone, &visit.t(word)),
            html! { @if let Some(number) = one.live { (version(number)) } @else { "–" } },
            html! { @if let Some(number) = one.waiting { (version(number)) } @else { "–" } },
            html! {
                @match one.review_by {
                    Some(day) => (show::civil_date(visit.lang(), day)),
                    None => "–",
                }
            },
        ]
    });
    let head = ["reg-company", "reg-state", "reg-live", "reg-waiting", "agr-assessment-review-by"];
    let table = Table {
        caption: visit.t("reg-title"),
        head: head.map(|key| Column::text(visit.t(key))).into(),
        rows: rows.collect(),
    };
    ui::table(&table)
}

/// Nobody is known yet.
#[must_use]
pub fn empty_list(visit: &Visit, propose: &str) -> Markup {
    let begin = ui::link_button(Look::Primary, propose, &visit.t("reg-propose"));
    ui::empty(Icon::Shield, &visit.t("reg-none"), &visit.t("reg-none-what"), Some(begin))
}

/// The part of the form or page that a field belongs to.
pub(super) fn group(path: &str) -> &'static str {
    let Some(path) = path.strip_prefix(AGREEMENT).and_then(|path| path.strip_prefix('.')) else {
        return "technical";
    };
    if path.starts_with("assessment.threats.") {
        return "threats";
    }
    match path.split('.').next() {
        Some("assessment") => "assessment",
        Some("duties") => "duties",
        Some("safeguards") => "safeguards",
        Some("contract") => "contract",
        Some("compensation") => "compensation",
        Some("standards") => "standards",
        Some("exchange") => "exchange",
        Some(_) | None => "technical",
    }
}

/// The parts, in order.
pub(super) const GROUPS: [&str; 9] = [
    "technical",
    "assessment",
    "threats",
    "duties",
    "safeguards",
    "contract",
    "compensation",
    "standards",
    "exchange",
];

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use kanuki_domain::{
        agreement::example,
        barrier::{AttackPath, Barrier},
    };

    use super::*;

    #[test]
    fn links_open_until_the_first_of_review_and_profile() {
        let mut agreement = example(date(2026, 11, 26));
        let review = agreement.assessment.review_by;
        assert!(review.is_some_and(|day| day > date(2027, 5, 1)));
        assert_eq!(open_until(&agreement), review);

        agreement.standards.of_wallet.expires = Some(date(2027, 5, 1));
        assert_eq!(open_until(&agreement), review, "nothing is required of it");
        agreement.standards.of_wallet.required.insert(AttackPath::Link, Barrier::Device);
        assert_eq!(open_until(&agreement), Some(date(2027, 5, 1)));
        agreement.standards.of_bank.required.insert(AttackPath::Link, Barrier::Device);
        assert_eq!(open_until(&agreement), None, "nobody said until when");
    }
}
