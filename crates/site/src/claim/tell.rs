//! What whoever claimed is told of a refusal: decided what, by which evidence, what became of the money,
//! and how to object. In both languages, because staff do not know which one somebody reads.

use kanuki_domain::{
    case_number,
    claim::ClaimState,
    compensation::{Contact, Text},
};
use maud::{Markup, html};

use super::{CaseView, SecondLook, Seen};
use crate::{Lang, Visit, Words, ui};

/// The words, to be read out or sent; nothing where nothing was refused.
pub(super) fn part(visit: &Visit, view: &CaseView) -> Markup {
    let Some(claim) = &view.claim else { return html! {} };
    if !matches!(claim.state, ClaimState::Refused { .. }) {
        return html! {};
    }
    ui::card(
        Some(&visit.t("claim-tell")),
        html! {
            p { (visit.t("claim-tell-what")) }
            @for lang in [Lang::Ja, Lang::En] {
                div lang=(lang.tag()) {
                    @for line in lines(&visit.site.texts.words(lang), view, claim) { p { (line) } }
                }
            }
        },
    )
}

fn lines(words: &Words<'_>, view: &CaseView, claim: &Seen) -> Vec<String> {
    let ClaimState::Refused { evidence, .. } = claim.state else { return Vec::new() };
    let number = case_number::said(view.case_id);
    let name = words.t(&format!("claim-evidence-{}", evidence.name().replace('_', "-")));
    let reference = claim.reference.as_deref().unwrap_or_default();
    let object = match view.second_look {
        SecondLook::Possible => "claim-tell-object",
        SecondLook::Asked { .. } | SecondLook::No => "claim-tell-object-done",
    };
    let Contact { desk, phone, hours } = &view.contact;
    let contact = [
        ("desk", said(words.lang, desk).into()),
        ("phone", phone.as_str().into()),
        ("hours", said(words.lang, hours).into()),
    ];
    let by = [("evidence", name.as_str().into()), ("reference", reference.into())];
    vec![
        words.t_args("claim-tell-decided", &[("case", number.as_str().into())]),
        words.t_args("claim-tell-evidence", &by),
        words.t_args("claim-tell-money", &[("amount", claim.amount.into())]),
        words.t_args(object, &contact),
        words.t("claim-tell-outside"),
    ]
}

fn said(lang: Lang, text: &Text) -> &str {
    match lang {
        Lang::Ja => &text.ja,
        Lang::En => &text.en,
    }
}
