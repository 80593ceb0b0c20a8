//! The pieces of the comparison's page.

use jiff::civil::Date;
use kanuki_domain::barrier::Barrier;
use maud::{Markup, html};

use super::{
    Answered, Assessment, Claim, Holds, Incident, PathView,
    words::{self, Both, UNKNOWN},
};
use crate::words::Lang;

/// Where a claim's source stands on the page.
fn anchor(place: usize, claim: usize) -> String {
    format!("s{place}-{claim}")
}

fn reference(place: usize, claim: usize, lang: Lang) -> Markup {
    let number = claim.saturating_add(1);
    html! {
        a.ref href={ "#" (anchor(place, claim)) }
            aria-label=(format!("{} {number}", lang.pick("出典", "source"))) { "[" (number) "]" }
    }
}

const fn class(barrier: Barrier) -> &'static str {
    match barrier {
        Barrier::Unknown => "barrier unknown",
        Barrier::Nothing | Barrier::Knowledge => "barrier low",
        Barrier::Code => "barrier",
        Barrier::Device | Barrier::Bound => "barrier high",
    }
}

/// One institution on one way.
pub(super) fn card(
    assessment: &Assessment<'_>,
    (place, name): (usize, &str),
    view: &PathView,
    lang: Lang,
) -> Markup {
    let claim = |place: &usize| assessment.profile.claims.get(*place);
    html! {
        article.card {
            h3 { (name) }
            p { span class=(class(view.barrier)) { (words::barrier(view.barrier).pick(lang)) } }
            @if !view.needs.is_empty() {
                h4 { (lang.pick("攻撃する人に要るもの(すべて)", "An attacker needs all of")) }
                ul {
                    @for need in &view.needs {
                        li { (need.text(lang)) " " (reference(place, need.claim, lang)) }
                    }
                }
            }
            @if !view.around.is_empty() {
                h4 { (lang.pick("ほかに分かっていること", "Also known")) }
                ul {
                    @for at in &view.around {
                        @if let Some(claim) = claim(at) {
                            li { (value(claim, lang)) " " (reference(place, *at, lang)) }
                        }
                    }
                }
            }
            @if !view.unknown.is_empty() {
                p.small { b { (UNKNOWN.pick(lang)) ": " }
                    (join(view.unknown.iter().map(|field| field.topic()), lang)) }
            }
            @if !view.past.is_empty() {
                div.past {
                    h4 { (lang.pick("過去の記録(今とは限りません)", "History, not today")) }
                    ul {
                        @for at in &view.past {
                            @if let Some(claim) = claim(at) {
                                li { (span(claim, lang)) ": " (value(claim, lang)) " "
                                    (reference(place, *at, lang)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn join(labels: impl Iterator<Item = Both>, lang: Lang) -> String {
    labels.map(|label| label.pick(lang)).collect::<Vec<_>>().join(lang.pick("、", ", "))
}

fn value(claim: &Claim, lang: Lang) -> String {
    let label = claim.field.label.pick(lang);
    format!("{label}: {}", claim.value.show(claim.field, lang))
}

/// The time for which the sources vouch.
fn span(claim: &Claim, lang: Lang) -> String {
    let end = match claim.holds {
        Holds::Expires(day) | Holds::Until(day) => day,
    };
    if claim.since == end {
        lang.date(end)
    } else {
        match lang {
            Lang::Ja => format!("{}から{}", lang.date(claim.since), lang.date(end)),
            Lang::En => format!("{} to {}", lang.date(claim.since), lang.date(end)),
        }
    }
}

/// How one company met one incident.
/// An incident as far as it was answered by `on`: what came later was not known then.
pub(super) fn incident(incident: &Incident, on: Date, lang: Lang) -> Markup {
    let changed: Vec<&Answered> = incident.changed.iter().filter(|a| a.is_done_on(on)).collect();
    html! {
        h4 { (lang.pick(&incident.title, &incident.title_en)) }
        p { (said(&incident.harm, lang)) }
        dl {
            @for ((ja, en), answer) in incident.answers() {
                @let answer = answer.filter(|answer| answer.is_done_on(on));
                dt { (lang.pick(ja, en)) }
                dd { @if let Some(answer) = answer { (said(answer, lang)) } @else { (UNKNOWN.pick(lang)) } }
            }
            dt { (lang.pick("変えたこと", "Changed")) }
            @if changed.is_empty() { dd { (UNKNOWN.pick(lang)) } }
            @for answer in changed { dd { (said(answer, lang)) } }
        }
    }
}

fn said(answer: &Answered, lang: Lang) -> Markup {
    html! {
        @if let Some(on) = answer.on { (lang.date(on)) ": " }
        (lang.pick(&answer.text, &answer.text_en)) " "
        a href=(answer.source_url) rel="noreferrer" {
            "[" (words::source(answer.source_kind).pick(lang)) "]"
        }
    }
}

/// What all of it rests on, and where to correct it.
pub(super) fn evidence(
    assessment: &Assessment<'_>,
    (place, name): (usize, &str),
    lang: Lang,
) -> Markup {
    let profile = assessment.profile;
    html! {
        section {
            h2 { (lang.pick("出典: ", "Sources: ")) (name) }
            @for problem in &assessment.problems {
                p.problem { (problem.say(profile, lang)) }
            }
            @if profile.claims.is_empty() {
                p { (lang.pick("守りについての情報はありません。", "Nothing is claimed about its defences.")) }
            }
            ol.sources {
                @for (at, claim) in profile.claims.iter().enumerate() {
                    li id=(anchor(place, at)) {
                        (value(claim, lang)) " (" (span(claim, lang)) ")" br;
                        (source_line(assessment, claim, lang)) br;
                        a href=(claim.source.url) rel="noreferrer" { (claim.source.url) }
                    }
                }
            }
            @if !profile.replies.is_empty() {
                h3 { (lang.pick("本人の反論", "Their reply")) }
                @for reply in &profile.replies {
                    blockquote {
                        p { (reply.text) }
                        p.small { (lang.date(reply.on)) " · " (reply.about) " · "
                            a href=(reply.source_url) rel="noreferrer" { (reply.source_url) } }
                    }
                }
            }
            p.small {
                (lang.pick("この記録を見直した日: ", "Looked over on ")) (lang.date(profile.data_date)) br;
                (lang.pick("訂正の連絡先: ", "Corrections: ")) (profile.corrections)
            }
        }
    }
}

fn source_line(assessment: &Assessment<'_>, claim: &Claim, lang: Lang) -> String {
    let source = &claim.source;
    let kind = words::source(source.kind).pick(lang);
    let age = words::age(lang, source.quoted_date, assessment.on);
    let sure = lang.confidence(claim.confidence);
    let by = &claim.checked_by;
    let day = lang.date(source.quoted_date);
    match lang {
        Lang::Ja => format!("{kind}、{day}({age})、確かさ: {sure}、確かめた人: {by}"),
        Lang::En => format!("{kind}, {day} ({age}), {sure}, checked by {by}"),
    }
}
