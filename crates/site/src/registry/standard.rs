//! What one company requires of the other's profile, way by way: what was found, what is unknown,
//! and until when that holds (FT-10, FT-16, ZG-01).

use std::collections::BTreeSet;

use kanuki_domain::{
    agreement::{Agreement, Standard},
    barrier::{AttackPath, Barrier},
};
use maud::{Markup, html};

use super::{AGREEMENT, Values, defs, fields::file_text, values, within};
use crate::{
    Visit, show,
    ui::{self, Column, Table, Tone},
};

const SIDES: [&str; 2] = ["of_bank", "of_wallet"];

/// Whether nobody types this field: it is computed from a profile's file.
pub(super) fn is_computed(path: &str) -> bool {
    path.strip_prefix("agreement.standards.").is_some_and(|rest| !rest.contains(".required."))
}

/// What stands in the form with what a profile came to, in place of an older one; the words are kept
/// that say what is required.
#[must_use]
pub fn with_profile(mut all: Values, is_bank: bool, looked: &Standard) -> Values {
    let of = if is_bank { "of_bank" } else { "of_wallet" };
    let at = format!("{AGREEMENT}.standards.{of}.");
    all.retain(|path, _| !path.starts_with(&at) || !is_computed(path));
    let mut agreement = Agreement::default();
    let standards = &mut agreement.standards;
    *(if is_bank { &mut standards.of_bank } else { &mut standards.of_wallet }) = looked.clone();
    let whole = serde_json::json!({ AGREEMENT: agreement });
    let found = values(&whole, &within(defs())).into_iter();
    all.extend(found.filter(|(path, _)| path.starts_with(&at) && is_computed(path)));
    all
}

/// What the form requires of one side.
#[must_use]
pub fn required(values: &Values, is_bank: bool) -> Standard {
    let of = if is_bank { "of_bank" } else { "of_wallet" };
    let least = AttackPath::ALL.into_iter().filter_map(|path| {
        let path_of = format!("{AGREEMENT}.standards.{of}.required.{}", path.name());
        Some((path, barrier_of(values, &path_of))).filter(|(_, least)| *least != Barrier::Unknown)
    });
    Standard { required: least.collect(), ..Standard::default() }
}

/// What an earlier file has filled in, as the form carried it.
#[must_use]
pub fn so_far(carried: Option<&String>) -> Option<Values> {
    serde_json::from_str(carried?).ok().filter(|values: &Values| !values.is_empty())
}

fn barrier_of(values: &Values, path: &str) -> Barrier {
    values.get(path).and_then(|name| Barrier::parse(name)).unwrap_or(Barrier::Unknown)
}

/// Each side's table, where anything is required or was found.
pub(super) fn standards(visit: &Visit, values: &Values) -> Markup {
    html! {
        p.hint { (visit.t("reg-profile-how")) }
        @for of in SIDES { (side(visit, values, of)) }
    }
}

/// Which profiles stand in the form, said where a file was read in a moment ago.
pub(super) fn read_in(visit: &Visit, values: &Values) -> Markup {
    let named = SIDES.iter().filter_map(|of| {
        let path = format!("{AGREEMENT}.standards.{of}.profile");
        values.get(&path).filter(|name| !name.is_empty())
    });
    html! {
        @for name in named {
            p { strong { (visit.t_args("reg-profile-read", &[("profile", name.as_str().into())])) } }
        }
    }
}

fn side(visit: &Visit, values: &Values, of: &str) -> Markup {
    let at = |part: &str| format!("{AGREEMENT}.standards.{of}.{part}");
    let said = |part: &str| values.get(&at(part)).map_or("", String::as_str);
    let required = |path: AttackPath| barrier_of(values, &at(&format!("required.{}", path.name())));
    let is_asked = AttackPath::ALL.iter().any(|path| required(*path) != Barrier::Unknown);
    if !is_asked && said("file").is_empty() {
        return html! {};
    }
    let word = |barrier: Barrier| visit.t(&format!("agr-barrier-{}", barrier.name()));
    let rows = AttackPath::ALL.into_iter().map(|path| {
        let least = required(path);
        let found = barrier_of(values, &at(&format!("found.{}", path.name())));
        vec![
            html! { (visit.t(&format!("agr-path-{}", path.name()))) },
            html! { @if least == Barrier::Unknown { "–" } @else { (word(least)) } },
            html! { (word(found)) },
            met(visit, least, found),
        ]
    });
    let caption = visit.t(&format!("agr-standards-{of}"));
    let head = ["reg-profile-way", "agr-standards-required", "agr-standards-found", "reg-state"];
    let table = Table {
        caption: caption.clone(),
        head: head.map(|key| Column::text(visit.t(key))).into(),
        rows: rows.collect(),
    };
    let day = |part: &str| {
        let day = said(part).parse().ok();
        html! { (day.map_or_else(|| "–".to_owned(), |day| show::civil_date(visit.lang(), day))) }
    };
    html! {
        (ui::section(&caption, ui::table(&table)))
        @if said("file").is_empty() {
            (ui::notice(Tone::Warning, &visit.t("reg-profile-none"), html! {}))
        } @else {
            (ui::definitions(vec![
                (visit.t("agr-standards-profile"), html! { (said("profile")) }),
                (visit.t("agr-standards-looked_on"), day("looked_on")),
                // Until something is required, no claim is behind it.
                (visit.t("agr-standards-expires"), html! {
                    @if is_asked { (day("expires")) } @else { "–" }
                }),
                (visit.t("agr-standards-sha256"), html! { code.wrap { (said("sha256")) } }),
            ]))
            (profile_text(visit, &file_text(said("file")).unwrap_or_default()))
        }
    }
}

fn met(visit: &Visit, least: Barrier, found: Barrier) -> Markup {
    match (least, found) {
        (Barrier::Unknown, _) => html! { "–" },
        (_, Barrier::Unknown) => ui::badge(Tone::Error, &visit.t("reg-profile-unknown")),
        (least, found) if found.meets(least) => {
            ui::badge(Tone::Success, &visit.t("reg-profile-met"))
        }
        _ => ui::badge(Tone::Error, &visit.t("reg-profile-below")),
    }
}

/// The profile itself: whoever signs has it before their eyes.
pub(super) fn profile_text(visit: &Visit, text: &str) -> Markup {
    ui::details(&visit.t("reg-profile-text"), html! { pre { (text) } })
}

/// Whether what was found of a profile ends before the review is due.
pub(super) fn is_first_to_end(agreement: &Agreement) -> bool {
    let standards = [&agreement.standards.of_bank, &agreement.standards.of_wallet];
    let asked: BTreeSet<_> =
        standards.into_iter().filter(|s| s.is_asked()).map(|s| s.expires).collect();
    asked.first().is_some_and(|first| *first < agreement.assessment.review_by)
}
