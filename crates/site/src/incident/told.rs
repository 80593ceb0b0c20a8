//! What other companies say that they stopped, at the desk; and the one word that we tell them of ours.

use jiff::Timestamp;
use maud::{Markup, html};

use super::PAGE;
use crate::{
    Visit, show,
    ui::{self, Field, Look, Tone},
};

/// One stop of another company's.
#[derive(Clone, Debug)]
pub struct Told {
    /// As forms name it.
    pub id: String,
    /// The company.
    pub name: String,
    /// The last part of the key of what it stopped.
    pub scope: &'static str,
    /// For everybody there, and not for us alone.
    pub is_everybody: bool,
    /// The last part of the key of why.
    pub reason: &'static str,
    /// Since when, as it says.
    pub since: Timestamp,
    /// When we heard.
    pub heard_at: Timestamp,
    /// The number that it says to call.
    pub call: Option<String>,
    /// People there practise.
    pub is_drill: bool,
    /// We do not ask it for that while it stands.
    pub is_held: bool,
}

/// The field of why, one of `words`, for what is told to the other companies. The first costs no time.
#[must_use]
pub fn why(visit: &Visit, place: &str, words: &[&'static str]) -> Markup {
    let option = |word: &&str| ((*word).to_owned(), visit.t(&format!("stop-reason-{word}")));
    let options: Vec<(String, String)> = words.iter().map(option).collect();
    let field = Field::new("word", visit.t("stop-reason")).hint(visit.t("stop-reason.hint"));
    ui::select(&field.place(place), &options)
}

pub(super) fn cards(visit: &Visit, told: &[Told]) -> Markup {
    html! {
        p { (visit.t("told-stops-lead")) }
        @if told.is_empty() { p { (visit.t("told-stops-none")) } }
        @for one in told { (card(visit, one)) }
    }
}

fn card(visit: &Visit, told: &Told) -> Markup {
    let reach = if told.is_everybody { "told-stops-everybody" } else { "told-stops-us" };
    let mut facts = vec![
        (visit.t("told-stops-what"), html! { (visit.t(&format!("told-scope-{}", told.scope))) }),
        (visit.t("told-stops-whom"), html! { (visit.t(reach)) }),
        (visit.t("stop-reason"), html! { (visit.t(&format!("stop-reason-{}", told.reason))) }),
        (visit.t("told-stops-since"), show::time(visit.lang(), told.since)),
        (visit.t("told-stops-heard"), show::time(visit.lang(), told.heard_at)),
    ];
    if let Some(call) = &told.call {
        let said = html! { (call) " " (visit.t("told-stops-call.check")) };
        facts.push((visit.t("told-stops-call"), said));
    }
    let does = if told.is_held { "told-stops-held" } else { "told-stops-noted" };
    let reason = Field::new("reason", visit.t("signals-ease-why")).place(&told.id).max_length(500);
    let end = ui::form(
        &format!("{PAGE}/told"),
        visit.csrf_field(),
        html! {
            (ui::hidden("halt", &told.id))
            (ui::field(&reason))
            (ui::actions(ui::button(Look::Secondary, &visit.t("signals-ease-ask"))))
        },
    );
    ui::card(
        Some(&told.name),
        html! {
            @if told.is_drill {
                p { (ui::badge(Tone::Warning, &visit.t("drill-mark"))) " " (visit.t("told-stops-drill")) }
            } @else {
                p { (visit.t(does)) }
            }
            (ui::definitions(facts))
            @if !told.is_drill { (ui::details(&visit.t("told-stops-end"), end)) }
        },
    )
}
