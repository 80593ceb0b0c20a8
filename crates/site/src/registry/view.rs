//! One company, and one version of what was agreed with it.

use kanuki_domain::agreement::Effect;
use maud::{Markup, html};

use super::{
    Changed, Def, Entered, Shown, Values,
    draw::{GROUPS, gap_list, group, label},
    standard::{is_computed, profile_text, standards},
};
use crate::{
    Visit, show,
    ui::{self, Column, Table, Tone},
};

fn step_badge(visit: &Visit, step: &str) -> Markup {
    let tone = match step {
        "live" => Tone::Success,
        "waiting" => Tone::Warning,
        "removed" => Tone::Error,
        _ => Tone::Neutral,
    };
    ui::badge(tone, &visit.t(&format!("reg-step-{step}")))
}

/// Who put it there: a person, or a file and who stands for it.
fn proposer(visit: &Visit, shown: &Shown) -> String {
    match &shown.proposed_by {
        Some(name) => name.clone(),
        None if shown.signers.is_empty() => visit.t("reg-configuration"),
        None => format!("{}（{}）", visit.t("reg-configuration"), shown.signers.join("、")),
    }
}

/// What a person wrote; a file gives no reasons.
fn reason(visit: &Visit, shown: &Shown) -> String {
    match &shown.proposed_by {
        Some(_) => shown.reason.clone(),
        None => visit.t("reg-configuration"),
    }
}

/// A company's page: what counts, what is missing, what came before. `acts` is what can be done.
#[must_use]
pub fn page_body(
    visit: &Visit,
    base: &str,
    (name, subject): (&str, &str),
    versions: &[Shown],
    (notices, acts): (Markup, Markup),
) -> Markup {
    let rows = versions.iter().map(|shown| {
        let signed = shown.signed.as_ref().map(|(by, _)| by.clone());
        vec![
            html! { a href={ (base) "/" (subject) "/" (shown.number) } { (shown.number) } },
            step_badge(visit, shown.step),
            html! { (proposer(visit, shown)) },
            html! { (signed.unwrap_or_else(|| "–".to_owned())) },
            show::time(visit.lang(), shown.proposed_at),
            html! { (reason(visit, shown)) },
        ]
    });
    let head =
        ["reg-version", "reg-state", "reg-proposer", "reg-signer", "reg-proposed", "reg-reason"];
    let table = Table {
        caption: visit.t("reg-history"),
        head: head.map(|key| Column::text(visit.t(key))).into(),
        rows: rows.collect(),
    };
    let live = versions.iter().find(|shown| shown.step == "live");
    html! {
        (ui::heading(name, Some(&visit.t_args("reg-page-lead", &[("subject", subject.into())]))))
        (notices)
        @if let Some(waiting) = versions.iter().find(|shown| shown.step == "waiting") {
            (ui::notice(Tone::Info, &visit.t("reg-waits"), html! {
                p { a href={ (base) "/" (subject) "/" (waiting.number) } { (visit.t("reg-look")) } }
            }))
        }
        @match live {
            Some(live) => {
                @if !live.gaps.is_empty() {
                    (ui::notice(Tone::Warning, &visit.t("reg-gaps-live"), gap_list(visit, &live.gaps)))
                }
                (ui::card(Some(&visit.t("reg-live")), html! {
                    p { a href={ (base) "/" (subject) "/" (live.number) } {
                        (visit.t_args("reg-version-number", &[("number", live.number.into())]))
                    } }
                    (ui::definitions(vec![
                        (visit.t("reg-fingerprint"), html! { code { (live.fingerprint) } }),
                    ]))
                    p.hint { (visit.t("reg-fingerprint-what")) }
                }))
            }
            None => { (ui::notice(Tone::Info, &visit.t("reg-none-live"), html! {})) }
        }
        (acts)
        (ui::section(&visit.t("reg-history"), ui::table(&table)))
    }
}

/// A version's page: what it changes, what is missing, everything it says. `acts` is what can be
/// done.
#[must_use]
pub fn version_body(visit: &Visit, shown: &Shown, defs: &[Def], acts: Markup) -> Markup {
    let title = visit.t_args(
        "reg-version-title",
        &[("name", (&shown.name).into()), ("number", shown.number.into())],
    );
    let mut facts = vec![
        (visit.t("reg-state"), step_badge(visit, shown.step)),
        (visit.t("reg-proposer"), html! { (proposer(visit, shown)) }),
        (visit.t("reg-proposed"), show::time(visit.lang(), shown.proposed_at)),
        (visit.t("reg-reason"), html! { (reason(visit, shown)) }),
    ];
    if let Some((by, at)) = &shown.signed {
        facts.push((visit.t("reg-signer"), html! { (by) " " (show::time(visit.lang(), *at)) }));
    }
    if let Some(at) = shown.live_since {
        facts.push((visit.t("reg-live-since"), show::time(visit.lang(), at)));
    }
    if let Some((by, at)) = &shown.ended {
        facts.push((visit.t("reg-ended"), html! { (by) " " (show::time(visit.lang(), *at)) }));
    }
    facts.push((visit.t("reg-fingerprint"), html! { code { (shown.fingerprint) } }));
    html! {
        (ui::heading(&title, None))
        (ui::card(None, ui::definitions(facts)))
        @if !shown.gaps.is_empty() && shown.step == "waiting" {
            (ui::notice(Tone::Error, &visit.t("reg-gaps"), gap_list(visit, &shown.gaps)))
        }
        (changes(visit, shown, defs))
        // Whoever signs has all of it before their eyes; of a change, at least what it changes.
        @let is_new = shown.base.is_none() && shown.step == "waiting";
        @for name in GROUPS {
            @let is_met = name == "standards" && touches_standards(shown);
            details.details open[is_new || is_met] {
                summary { (visit.t(&format!("reg-group-{name}"))) }
                div {
                    @if name == "standards" { (standards(visit, &shown.values)) }
                    (said(visit, defs, name, &shown.values))
                }
            }
        }
        (acts)
    }
}

/// Whether a version changes what is required of a profile, or what was found: way by way that reads
/// better than field by field.
fn touches_standards(shown: &Shown) -> bool {
    shown.changes.iter().any(is_of_standards)
}

fn is_of_standards(change: &Changed) -> bool {
    change.path.starts_with("agreement.standards.")
}

fn changes(visit: &Visit, shown: &Shown, defs: &[Def]) -> Markup {
    let Some(base) = shown.base else {
        return ui::notice(Tone::Info, &visit.t("reg-first"), html! {});
    };
    let cell = |path: &str, value: &Option<String>| changed(visit, defs, path, value.as_deref());
    let effect = |change: &Changed| {
        let tone = match change.effect {
            Effect::Tightens => Tone::Success,
            Effect::Neutral => Tone::Neutral,
            Effect::Loosens => Tone::Error,
        };
        ui::badge(tone, &visit.t(&format!("reg-effect-{}", change.effect.name())))
    };
    // That nothing is required of the one side, where something is of the other, is no change.
    let says = |side: &Option<String>| side.as_deref().is_some_and(|text| text != "{}");
    let is_shown =
        |change: &&Changed| !is_of_standards(change) || says(&change.before) || says(&change.after);
    let rows = shown.changes.iter().filter(is_shown).map(|change| {
        vec![
            html! { (label(visit.words(), &change.path)) },
            cell(&change.path, &change.before),
            cell(&change.path, &change.after),
            effect(change),
        ]
    });
    let caption = visit.t_args("reg-changes", &[("number", base.into())]);
    let head = ["reg-field", "reg-before", "reg-after", "reg-effect"];
    let table = Table {
        caption: caption.clone(),
        head: head.map(|key| Column::text(visit.t(key))).into(),
        rows: rows.collect(),
    };
    let loosens = shown.changes.iter().any(|change| change.effect == Effect::Loosens);
    html! {
        (ui::section(&caption, ui::table(&table)))
        @if loosens { (ui::notice(Tone::Warning, &visit.t("reg-loosens"), html! {})) }
    }
}

/// A value as the form says it: two people decide on words, and not on the names of the file.
fn changed(visit: &Visit, defs: &[Def], path: &str, value: Option<&str>) -> Markup {
    let Some(value) = value.filter(|value| *value != "{}") else { return html! { "–" } };
    let entered = defs.iter().find(|def| def.path == path).map(|def| def.entered);
    if entered == Some(Entered::File) {
        return profile_text(visit, value);
    }
    if let Some(Entered::Choice(choices, key)) = entered
        && choices.contains(&value)
    {
        return html! { (visit.t(&format!("{key}-{value}"))) };
    }
    html! { (value) }
}

fn said(visit: &Visit, defs: &[Def], name: &str, values: &Values) -> Markup {
    let of_group = defs.iter().filter(|def| group(&def.path) == name && !is_computed(&def.path));
    let pairs = of_group.map(|def| {
        let value = values.get(&def.path).map_or("", String::as_str);
        let said = match def.entered {
            Entered::Flag | Entered::Member => {
                let word = if value == "yes" { "reg-yes" } else { "reg-no" };
                html! { (visit.t(word)) }
            }
            Entered::Choice(_, key) if !value.is_empty() => {
                html! { (visit.t(&format!("{key}-{value}"))) }
            }
            Entered::Keys | Entered::Json if !value.is_empty() => html! { pre { (value) } },
            Entered::Lines => html! {
                @for line in value.lines() { (line) br; }
            },
            Entered::Line
            | Entered::Optional
            | Entered::Text
            | Entered::Keys
            | Entered::Json
            | Entered::Date
            | Entered::Number
            | Entered::File
            | Entered::Choice(..) => html! { @if value.is_empty() { "–" } @else { (value) } },
        };
        (label(visit.words(), &def.path), said)
    });
    ui::definitions(pairs.collect())
}
