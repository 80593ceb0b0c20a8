//! The answer on the terminal: for people, and for scripts.

use anyhow::Result;
use kanuki_watch::{
    Lang,
    profile::{
        Assessment, Changed, Outline, PathView, Problem, Profile, since::Change, starter, words,
    },
};
use serde::Serialize;

use super::Look;
use crate::{Outcome, out::out};

#[derive(Serialize)]
struct Answer<'a> {
    institutions: Vec<Institution<'a>>,
    missed: Vec<MissedLine<'a>>,
}

#[derive(Serialize)]
struct Institution<'a> {
    as_of: String,
    paths: Vec<Outline>,
    problems: &'a [Problem],
    changes: Vec<&'a Change>,
    profile: &'a Profile,
}

#[derive(Serialize)]
struct MissedLine<'a> {
    id: &'a str,
    path: &'static str,
    required: &'static str,
    found: &'static str,
}

#[derive(Serialize)]
struct Listed {
    id: String,
    name: String,
    claims: usize,
    incidents: usize,
    data_date: String,
}

/// Which profiles there are.
pub(super) fn list(is_json: bool, lang: Lang) -> Result<Outcome> {
    let profiles = starter::all()?;
    if is_json {
        let listed = |profile: &'_ Profile| Listed {
            id: profile.id.clone(),
            name: lang.pick(&profile.name, &profile.name_en).to_owned(),
            claims: profile.claims.len(),
            incidents: profile.incidents.len(),
            data_date: profile.data_date.to_string(),
        };
        let lines: Vec<Listed> = profiles.iter().map(listed).collect();
        out!("{}", serde_json::to_string(&lines)?);
        return Ok(Outcome::Well);
    }
    for profile in &profiles {
        let name = lang.pick(&profile.name, &profile.name_en);
        let (claims, incidents) = (profile.claims.len(), profile.incidents.len());
        match lang {
            Lang::Ja => out!("{}  {name}(情報{claims}件、事件{incidents}件)", profile.id),
            Lang::En => out!("{}  {name} ({claims} claims, {incidents} incidents)", profile.id),
        }
    }
    Ok(Outcome::Well)
}

pub(super) fn json(look: &Look<'_>) -> Result<()> {
    let institutions = look.assessments.iter().enumerate().map(|(place, assessment)| {
        let of = look.changed.iter().filter(|changed| changed.place == place);
        Institution {
            as_of: assessment.on.to_string(),
            paths: assessment.outline(look.lang),
            problems: &assessment.problems,
            changes: of.flat_map(|changed| &changed.changes).collect(),
            profile: assessment.profile,
        }
    });
    let missed = look.missed.iter().map(|missed| MissedLine {
        id: look.assessments.get(missed.place).map_or("", |each| &each.profile.id),
        path: missed.path.name(),
        required: missed.required.name(),
        found: missed.found.name(),
    });
    let answer = Answer { institutions: institutions.collect(), missed: missed.collect() };
    out!("{}", serde_json::to_string(&answer)?);
    Ok(())
}

pub(super) fn table(look: &Look<'_>) {
    let lang = look.lang;
    for (place, assessment) in look.assessments.iter().enumerate() {
        let profile = assessment.profile;
        let name = lang.pick(&profile.name, &profile.name_en);
        out!("■ {name} ({}) {}", profile.id, lang.date(assessment.on));
        for view in &assessment.paths {
            way(assessment, view, lang);
        }
        for problem in &assessment.problems {
            out!("  ! {}", problem.say(profile, lang));
        }
        let incidents = assessment.incidents().count();
        if incidents > 0 {
            out!(
                "  {}: {incidents}",
                lang.pick("事件の記録(--htmlで見られます)", "incidents (see --html)")
            );
        }
        for changed in look.changed.iter().filter(|changed| changed.place == place) {
            changes(changed, profile, lang);
        }
        for missed in look.missed.iter().filter(|missed| missed.place == place) {
            out!(
                "  ! {} {}: {}, {}: {}",
                lang.pick("求めた水準に届きません:", "Less than was required:"),
                words::path(missed.path).pick(lang),
                words::barrier(missed.found).pick(lang),
                lang.pick("求めた水準", "required"),
                words::barrier(missed.required).pick(lang)
            );
        }
        out!();
    }
    out!(
        "{}",
        lang.pick(
            "「不明」は悪いという意味ではなく、確かな最近の情報がないという意味です。点数は付けません。",
            "“Unknown” does not mean bad; it means that no current source says. There is no score."
        )
    );
}

fn changes(changed: &Changed, profile: &Profile, lang: Lang) {
    let since = lang.date(changed.since);
    if changed.changes.is_empty() {
        match lang {
            Lang::Ja => out!("  {since}から変わったことはありません"),
            Lang::En => out!("  Nothing changed since {since}"),
        }
        return;
    }
    match lang {
        Lang::Ja => out!("  {since}から変わったこと"),
        Lang::En => out!("  Changed since {since}"),
    }
    for change in &changed.changes {
        let mark = if change.is_worse() { "!" } else { "-" };
        out!("    {mark} {}", change.say(profile, lang));
    }
}

fn way(assessment: &Assessment<'_>, view: &PathView, lang: Lang) {
    let (path, barrier) = (words::path(view.path).pick(lang), words::barrier(view.barrier));
    out!("  {path}: {}", barrier.pick(lang));
    for need in &view.needs {
        out!("    - {}", need.text(lang));
    }
    let claim = |place: &usize| assessment.profile.claims.get(*place);
    for claim in view.around.iter().filter_map(claim) {
        let (label, value) = (claim.field.label.pick(lang), claim.value.show(claim.field, lang));
        out!("    · {label}: {value}");
    }
    let unknown: Vec<&str> = view.unknown.iter().map(|field| field.topic().pick(lang)).collect();
    if !unknown.is_empty() {
        out!("    {}: {}", lang.pick("不明", "unknown"), unknown.join(lang.pick("、", ", ")));
    }
    for claim in view.past.iter().filter_map(claim) {
        let (label, value) = (claim.field.label.pick(lang), claim.value.show(claim.field, lang));
        let day = lang.date(claim.source.quoted_date);
        out!("    ({} {day}) {label}: {value}", lang.pick("過去", "past"));
    }
}
