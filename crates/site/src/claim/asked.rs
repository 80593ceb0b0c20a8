//! What a second person is asked to agree to, so that they see it before they do.

use kanuki_domain::{
    claim::{ClaimState, Evidence},
    compensation::Cause,
};
use maud::{Markup, html};

use super::{Seen, form, reason};
use crate::{
    Visit, number, show,
    ui::{self, Field, Look},
};

/// The cause of a payment with what each company then bears, or the evidence of a refusal with its
/// number; nothing where neither was asked for.
pub(super) fn what(visit: &Visit, claim: &Seen) -> Vec<(String, Markup)> {
    match claim.state {
        ClaimState::PayProposed { cause, .. }
        | ClaimState::Paying { cause, .. }
        | ClaimState::Paid { cause, .. } => payment(visit, claim, cause),
        ClaimState::RefusalProposed { evidence, .. } | ClaimState::Refused { evidence, .. } => {
            refusal(visit, claim, evidence)
        }
        ClaimState::Received | ClaimState::Investigating | ClaimState::Paused { .. } => Vec::new(),
    }
}

fn payment(visit: &Visit, claim: &Seen, cause: Cause) -> Vec<(String, Markup)> {
    let name = visit.t(&format!("claim-cause-{}", cause.name()));
    let mut facts = vec![(visit.t("claim-cause"), html! { (name) })];
    if let Some((_, parts)) = claim.parts.iter().find(|(of, _)| *of == cause) {
        facts.push((visit.t("compensation-wallet"), ui::money(parts.wallet)));
        facts.push((visit.t("compensation-bank"), ui::money(parts.bank)));
    }
    facts
}

fn refusal(visit: &Visit, claim: &Seen, evidence: Evidence) -> Vec<(String, Markup)> {
    let name = visit.t(&format!("claim-evidence-{}", evidence.name().replace('_', "-")));
    let reference = claim.reference.as_deref().unwrap_or_default();
    let mut facts = vec![
        (visit.t("claim-evidence"), html! { (name) }),
        (visit.t("claim-reference"), html! { (reference) }),
    ];
    let how = if evidence.is_paper() { "claim-by-people" } else { "claim-by-records" };
    facts.push((visit.t("claim-shown-by"), html! { (visit.t(how)) }));
    if let ClaimState::Refused { at, .. } = claim.state {
        facts.push((visit.t("claim-refused-at"), show::time(visit.lang(), at)));
    }
    facts
}

/// The form that asks that a claim end with what is paid, where the rest cannot be.
pub(super) fn part(visit: &Visit, claim: &Seen) -> Markup {
    let option =
        |cause: Cause| (cause.name().to_owned(), visit.t(&format!("claim-cause-{}", cause.name())));
    let cause = Field::new("cause", visit.t("claim-cause")).place("pay-part");
    ui::details(
        &visit.t("claim-pay-part"),
        html! {
            p { (visit.t("claim-pay-part-what")) }
            (form(visit, claim.case_id, "pay-part", Look::Secondary, &html! {
                (ui::select(&cause, &Cause::ALL.map(option))) (reason(visit, "pay-part"))
            }))
        },
    )
}

/// What an approval about a claim is about: how much, between whom, and why. Whoever agrees to money
/// or to a refusal agrees to these.
#[must_use]
pub fn approval_facts(visit: &Visit, claim: &Seen) -> Vec<(String, Markup)> {
    let mut facts = vec![
        (visit.t("claim-amount"), ui::money(claim.amount)),
        (visit.t("claim-partner"), html! { (claim.partner) }),
    ];
    if claim.only_paid {
        facts.push((visit.t("claim-pay"), html! { (visit.t("claim-pay-part")) }));
    }
    facts.extend(what(visit, claim));
    facts
}

/// What an approval about a claim or a policy is about, in words; nothing where it is about
/// something else.
#[must_use]
pub fn approval_words(visit: &Visit, act: &str, subject: &str) -> Option<Markup> {
    match act {
        "claim.pay" | "claim.refuse" => {
            let word = visit.t(&format!("claim-approve-{}", act.trim_start_matches("claim.")));
            Some(html! { (word) " " a href={ "/desk/cases/" (subject) } { (number::of(subject)) } })
        }
        "compensation.live" => {
            let path = format!("/desk/compensation?version={subject}");
            Some(html! { (visit.t("compensation-approve")) " " a href=(path) { (subject) } })
        }
        "settings.loosen" => Some(crate::settings::approval_words(visit)),
        _ => None,
    }
}
