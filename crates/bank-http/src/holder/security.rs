//! What the holder can sign in with: which there are, and since when.

use axum::{
    extract::{Query, State},
    response::IntoResponse,
};
use kanuki_desk::authenticator::{Authenticator, Kind};
use kanuki_domain::route::Assurance;
use kanuki_site::{
    Answer, PageMeta, Visit, show,
    ui::{self, Icon, Look, Row, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, home, refusal::problem};

#[derive(Deserialize)]
pub(super) struct Way {
    done: Option<String>,
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    let holder_id = visit.require_looker()?;
    let all = state.bank.authenticators(holder_id).await.map_err(problem)?;
    let ended = state.bank.ended_authenticators(holder_id).await.map_err(problem)?;
    // Anybody can write an address: what it says was done is said again only where it is so.
    let is_so = |done: &str| match done {
        "card" => all.iter().any(|one| one.kind() == Kind::IdentityCard),
        "app" => all.iter().any(|one| one.kind() == Kind::BankApp),
        "ended" => !ended.is_empty(),
        _ => false,
    };
    let done = way.done.as_deref().filter(|done| is_so(done));
    let rows = all.iter().map(|passkey| {
        let since = show::instant(visit.lang(), passkey.created_at);
        let route = visit.t(&format!("security-route-{}", passkey.route.name()));
        let (tone, sureness) = match passkey.route.rule().assurance {
            Assurance::High => (Tone::Success, "security-high"),
            Assurance::Substantial => (Tone::Info, "security-substantial"),
            Assurance::Low => (Tone::Warning, "security-low"),
        };
        let (word, icon) = named(passkey.kind());
        Row::new(visit.t(word))
            .icon(icon)
            .detail(
                visit.t_args("security-since", &[("at", since.into()), ("route", route.into())]),
            )
            .badge(tone, visit.t(sureness))
            .href(format!("/holder/security/{}/end", passkey.authenticator_id))
    });
    let body = html! {
        (ui::heading(&visit.t("security-title"), Some(&visit.t("security-lead"))))
        @if done == Some("card") {
            (ui::notice(Tone::Success, &visit.t("idcard-new"), html! {
                p { (visit.t("idcard-added")) }
            }))
        }
        @if done == Some("app") {
            (ui::notice(Tone::Success, &visit.t("bankapp-new"), html! {
                p { (visit.t("bankapp-added")) }
            }))
        }
        @if done == Some("ended") {
            (ui::notice(Tone::Success, &visit.t("ended-unused-done"), html! {
                p { (visit.t("ended-unused-done.what")) }
            }))
        }
        (ui::rows(rows.collect()))
        p.hint { (visit.t("security-end")) }
        @if !visit.is_looking() { (more(&state, &visit)) }
        @if !ended.is_empty() {
            (ui::section(&visit.t("security-ended"), html! {
                p.hint { (visit.t("security-ended.what")) }
                (ui::rows(ended.iter().map(|one| before(&visit, one)).collect()))
            }))
        }
        (ui::notice(Tone::Info, &visit.t("security-unknown"), html! {
            p { (visit.t("security-unknown-body")) }
        }))
    };
    let nav = home::nav(&visit, "/holder/security");
    let meta = PageMeta::new(visit.t("security-title")).nav(nav);
    Ok(visit.page(&meta, body).into_response())
}

const fn named(kind: Kind) -> (&'static str, Icon) {
    match kind {
        Kind::Passkey => ("security-passkey", Icon::Key),
        Kind::IdentityCard => ("idcard-name", Icon::Card),
        Kind::BankApp => ("bankapp-name", Icon::Phone),
    }
}

/// One that ended: what seemed not to be used any more may turn out to have been lost.
fn before(visit: &Visit, one: &Authenticator) -> Row {
    let (word, icon) = named(one.kind());
    let at = one.revoked_at.map(|at| show::instant(visit.lang(), at)).unwrap_or_default();
    Row::new(visit.t(word))
        .icon(icon)
        .detail(visit.t_args("security-ended-at", &[("at", at.into())]))
        .href(format!("/holder/security/{}/end", one.authenticator_id))
}

/// What can be added or changed; not by somebody who only looks.
fn more(state: &BankState, visit: &Visit) -> Markup {
    ui::actions(html! {
        (ui::link_button(Look::Secondary, "/enrol", &visit.t("security-add")))
        @if state.bank.takes_app() {
            (ui::link_button(Look::Secondary, "/holder/app", &visit.t("bankapp-add")))
        }
        @if state.bank.takes_cards() {
            (ui::link_button(Look::Secondary, "/holder/card", &visit.t("idcard-add")))
        }
        (ui::link_button(Look::Secondary, "/holder/contacts", &visit.t("contacts-title")))
    })
}
