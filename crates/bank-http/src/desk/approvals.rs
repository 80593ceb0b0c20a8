//! What one person asked for and another must agree to.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::{
    BankError, contract::hold::RESUME, holder::believed::BELIEVE, open_item::SETTLE,
    partner::REMOVE,
};
use kanuki_desk::{
    approval::Approval,
    incident::SAY,
    leaving::END,
    officer::Wish,
    policy::LIVE,
    risk_record::review::REVIEW,
    signal::{caution::EASE, halt},
    watch::UNWATCH,
};
use kanuki_desk_http::{claims, history, records::asked_with};
use kanuki_domain::{id::ApprovalId, limits::STAFF_PROOF_SECS};
use kanuki_site::{
    Answer, Problem, Visit, claim,
    csrf::CsrfForm,
    incident, registry, show, staff,
    ui::{self, Look},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, desk, refusal::problem};

pub(super) async fn list(State(state): State<BankState>, visit: Visit) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let waiting = state.bank.approvals().await.map_err(problem)?;
    let mut cards = Vec::new();
    for approval in &waiting {
        let asked_by = desk::name(&state, &approval.asked_by.to_string()).await;
        let mut facts = vec![
            (visit.t("approval-act"), html! { (what(&state, &visit, approval).await) }),
            (visit.t("approval-by"), html! { (asked_by) }),
            (visit.t("approval-at"), show::time(visit.lang(), approval.asked_at)),
            (visit.t("desk-reason"), html! { (approval.reason) }),
        ];
        facts.extend(claims::asked_for(&state, &visit, approval).await?);
        facts.extend(asked_with(&state, &visit, approval).await?);
        let is_early = visit.now() < approval.not_before;
        if is_early {
            facts.push((visit.t("approval-from"), show::time(visit.lang(), approval.not_before)));
        }
        let is_own = approval.asked_by == staff_id;
        let action = format!("/desk/approvals/{}", approval.approval_id);
        cards.push(ui::card(
            None,
            html! {
                (ui::definitions(facts))
                @if is_own { p.hint { (visit.t("approval-own")) } }
                (ui::form(&action, visit.csrf_field(), ui::actions(html! {
                    @if !is_own && !is_early {
                        (ui::button_named(Look::Primary, &visit.t("approval-agree"), "answer", "agree"))
                    }
                    (ui::button_named(Look::Secondary, &visit.t("approval-decline"), "answer", "decline"))
                })))
            },
        ));
    }
    let title = visit.t("approval-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("approval-lead"))))
        @if cards.is_empty() { p { (visit.t("approval-none")) } }
        (ui::stack(&cards))
        (staff::link(&visit))
    };
    Ok(visit.desk_page(&desk::meta(&visit, &title, "/desk/approvals"), body).into_response())
}

/// What was asked for, in words.
async fn what(state: &BankState, visit: &Visit, approval: &Approval) -> Markup {
    let about = claim::approval_words(visit, &approval.act, &approval.subject);
    if let Some(words) = about {
        return words;
    }
    if approval.act == REMOVE {
        let subject = &approval.subject;
        let name = state.bank.partner(subject).await.map_or_else(|_| subject.clone(), |p| p.name);
        let path = format!("/desk/partners/{subject}");
        return html! { (visit.t("approval-remove")) a href=(path) { (name) } };
    }
    if approval.act == UNWATCH {
        return html! { (visit.t("approval-unwatch")) code { (approval.subject) } };
    }
    if approval.act == EASE {
        return html! {
            (visit.t("approval-ease")) a href=(registry::SIGNALS) { code { (approval.subject) } }
        };
    }
    if halt::is_about(approval) {
        let who = history::partner(state, halt::teller(approval)).await;
        return html! { (visit.t("approval-halt")) a href=(incident::PAGE) { (who) } };
    }
    if approval.act == LIVE {
        let path = kanuki_site::risk::version_href(&approval.subject);
        return html! {
            (visit.t("approval-policy")) code { (approval.subject) } " "
            a href=(path) { (visit.t("risk-policy-approval")) }
        };
    }
    if approval.act == REVIEW {
        let path = format!("{}/{}", kanuki_site::risk_record::BASE, approval.subject);
        return html! {
            (visit.t("risk-record-approval")) a href=(path) { code { (approval.subject) } }
        };
    }
    if approval.act == SAY {
        return desk::incident::asked(state, visit, approval).await;
    }
    if let Some(wish) = Wish::of_act(&approval.act) {
        let name = desk::name(state, &approval.subject).await;
        return staff::officer_words(visit, wish == Wish::Give, &name);
    }
    if approval.act == END {
        let name = desk::name(state, &approval.subject).await;
        return html! { (visit.t("staff-end-of")) a href=(staff::PATH) { (name) } };
    }
    if approval.act == SETTLE {
        return desk::items::settled(state, visit, approval).await;
    }
    if approval.act == BELIEVE {
        return desk::doubt::asked(visit, approval);
    }
    if approval.act == RESUME {
        return desk::held::asked(state, visit, approval).await;
    }
    let scope = desk::scope(state, visit, &approval.subject).await;
    html! { (visit.t("approval-open")) (scope) }
}

#[derive(Deserialize)]
pub(super) struct Decision {
    answer: String,
}

pub(super) async fn decide(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Decision>,
) -> Answer {
    let staff_id = desk::at_desk(&state, &visit).await?;
    let session = visit.session.as_ref();
    let is_fresh = session.is_some_and(|s| s.is_proven_within(visit.now(), STAFF_PROOF_SECS));
    if form.answer == "agree" && !is_fresh {
        return Err(Problem::see_other("/desk/sign-in?back=/desk/approvals"));
    }
    let id: ApprovalId = id.parse().map_err(|_| problem(BankError::NotAvailable))?;
    let agrees = match form.answer.as_str() {
        "agree" => true,
        "decline" => false,
        _ => return Err(Problem::unprocessable("bad_form")),
    };
    let waiting = state.bank.approvals().await.map_err(problem)?;
    let asked = waiting.into_iter().find(|approval| approval.approval_id == id);
    state.bank.decide(&visit.ctx(), staff_id, id, agrees).await.map_err(problem)?;
    // Whoever's access ended is signed out; if this is lost, `at_desk` turns them away all the same.
    if let Some(ended) = asked.filter(|approval| agrees && approval.act == END) {
        state.site.desk_sessions.end_all(&ended.subject).await?;
    }
    Ok(Redirect::to("/desk/approvals").into_response())
}
