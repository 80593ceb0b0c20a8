//! What one member of staff asked for and another must agree to.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kanuki_desk::{
    approval::Approval, incident::SAY, leaving::END, officer::Wish, policy::LIVE,
    risk_record::review::REVIEW, signal::halt,
};
use kanuki_desk_http::{claims, history, records::asked_with};
use kanuki_domain::{
    id::{ApprovalId, StaffId},
    limits::STAFF_PROOF_SECS,
};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    number, show, staff,
    ui::{self, Icon, Look, Tone},
};
use kanuki_wallet::{
    customer::strange::THEIRS, desk::HELD_RELEASE, partner::REMOVE, refund::Refund,
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{at_desk, by_hand, incident, name_of, page, recoup, subject as held};
use crate::{WalletState, refusal::problem};

pub(super) async fn list(State(state): State<WalletState>, visit: Visit) -> Answer {
    let by = at_desk(&state, &visit).await?;
    let waiting = state.wallet.waiting_approvals().await.map_err(problem)?;
    let title = visit.t("desk-approvals-title");
    let mut cards = Vec::new();
    for approval in &waiting {
        let asker = name_of(&state, &approval.asked_by.to_string()).await;
        let subject = subject(&state, &visit, approval).await;
        let refund = state.wallet.refund_for(approval).await.map_err(problem)?;
        let mut claim = claims::asked_for(&state, &visit, approval).await?;
        claim.extend(recoup::asked_for(&state, &visit, approval).await?);
        claim.extend(by_hand::asked_for(&state, &visit, approval).await?);
        claim.extend(held::asked_for(&state, &visit, approval).await?);
        claim.extend(asked_with(&state, &visit, approval).await?);
        let card = one(&visit, by, approval, (&asker, subject, refund.as_ref(), claim));
        cards.push(if approval.act == SAY {
            incident::asked(&state, &visit, approval, &card).await
        } else {
            card
        });
    }
    let body = html! {
        (ui::heading(&title, Some(&visit.t("desk-approvals-lead"))))
        @if cards.is_empty() {
            (ui::empty(Icon::People, &visit.t("desk-approvals-none"),
                &visit.t("desk-approvals-none-body"), None))
        }
        (ui::stack(&cards))
        (staff::link(&visit))
    };
    Ok(page(&visit, &title, "/desk/approvals", body).into_response())
}

/// What it is to be done to: a bank or a member of staff by name, anything else by its number.
async fn subject(state: &WalletState, visit: &Visit, approval: &Approval) -> Markup {
    let (act, about) = (approval.act.as_str(), approval.subject.as_str());
    if let Some(words) = kanuki_site::claim::approval_words(visit, act, about) {
        return words;
    }
    match act {
        "everything.release" => html! { (visit.t("desk-switch-everything")) },
        "bank.release" | REMOVE => html! { (history::partner(state, about).await) },
        THEIRS => {
            let (id, contact) = about.split_once('|').unwrap_or((about, ""));
            let known = format!("desk-contact-theirs-{contact}");
            html! { (visit.t(&known)) " " code { (id) } }
        }
        halt::END => html! { (history::partner(state, halt::teller(approval)).await) },
        HELD_RELEASE => {
            let (id, _) = about.split_once('|').unwrap_or((about, ""));
            html! { code { (id) } }
        }
        SAY => html! { (visit.t("incident-act")) },
        END => html! { (name_of(state, about).await) },
        _ if Wish::of_act(act).is_some() => html! { (name_of(state, about).await) },
        _ => number::of(about),
    }
}

fn one(
    visit: &Visit,
    staff: StaffId,
    approval: &Approval,
    (asker, subject, refund, claim): (&str, Markup, Option<&Refund>, Vec<(String, Markup)>),
) -> Markup {
    let at = |act: &str| format!("/desk/approvals/{}/{act}", approval.approval_id);
    let act = visit.t(&format!("desk-act-{}", approval.act.replace('.', "-")));
    let (is_own, is_early) = (approval.asked_by == staff, visit.now() < approval.not_before);
    let mut facts = vec![
        (visit.t("desk-approval-subject"), subject),
        (visit.t("desk-reason"), html! { (approval.reason) }),
        (visit.t("desk-approval-by"), html! { (asker) }),
        (visit.t("desk-approval-at"), show::time(visit.lang(), approval.asked_at)),
        (visit.t("desk-approval-from"), show::time(visit.lang(), approval.not_before)),
    ];
    if approval.act == LIVE {
        let path = kanuki_site::risk::version_href(&approval.subject);
        let read = html! { a href=(path) { (visit.t("risk-policy-approval")) } };
        facts.push((visit.t("risk-policy-proposed"), read));
    }
    if approval.act == REVIEW {
        let path = format!("{}/{}", kanuki_site::risk_record::BASE, approval.subject);
        let read = html! { a href=(path) { (visit.t("risk-record-look")) } };
        facts.push((visit.t("risk-record"), read));
    }
    facts.extend(claim);
    if let Some(refund) = refund {
        facts.push((visit.t("desk-line-amount"), ui::money(refund.amount)));
        facts.push((visit.t("desk-refund-topup"), html! { code { (refund.topup_id) } }));
        facts.push((visit.t("desk-case-number"), number::link(refund.case_id)));
    }
    ui::card(
        Some(&act),
        html! {
            (ui::definitions(facts))
            @if is_own {
                (ui::notice(Tone::Info, &visit.t("desk-approval-own"), html! {}))
            } @else if is_early {
                (ui::notice(Tone::Info, &visit.t("desk-approval-early"), html! {}))
            }
            (ui::actions(html! {
                @if !is_own && !is_early {
                    (ui::post_button(visit.csrf_field(), &at("approve"), Look::Primary,
                        &visit.t("desk-approve")))
                }
                (ui::post_button(visit.csrf_field(), &at("decline"), Look::Secondary,
                    &visit.t("desk-decline")))
            }))
        },
    )
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

fn id_of(text: &str) -> Result<ApprovalId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

pub(super) async fn approve(
    State(state): State<WalletState>,
    visit: Visit,
    Path(text): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let (by, id) = (at_desk(&state, &visit).await?, id_of(&text)?);
    let session = visit.session.as_ref();
    if !session.is_some_and(|s| s.is_proven_within(visit.now(), STAFF_PROOF_SECS)) {
        return Err(Problem::see_other("/desk/sign-in?back=/desk/approvals"));
    }
    let waiting = state.wallet.waiting_approvals().await.map_err(problem)?;
    let asked = waiting.into_iter().find(|approval| approval.approval_id == id);
    state.wallet.approve(&visit.ctx(), by, id).await.map_err(problem)?;
    // Whoever's access ended is signed out; if this is lost, `at_desk` turns them away all the same.
    if let Some(ended) = asked.filter(|approval| approval.act == END) {
        state.site.desk_sessions.end_all(&ended.subject).await?;
    }
    Ok(Redirect::to("/desk/approvals").into_response())
}

pub(super) async fn decline(
    State(state): State<WalletState>,
    visit: Visit,
    Path(text): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let (by, id) = (at_desk(&state, &visit).await?, id_of(&text)?);
    state.wallet.decline(&visit.ctx(), by, id).await.map_err(problem)?;
    Ok(Redirect::to("/desk/approvals").into_response())
}
