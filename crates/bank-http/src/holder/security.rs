//! The holder's passkeys: which there are, and since when.

use axum::{extract::State, response::IntoResponse};
use kanuki_domain::route::Assurance;
use kanuki_site::{
    Answer, PageMeta, Visit, show,
    ui::{self, Icon, Look, Row, Tone},
};
use maud::html;

use crate::{BankState, home, refusal::problem};

pub(super) async fn show(State(state): State<BankState>, visit: Visit) -> Answer {
    let holder_id = visit.require_holder()?;
    let passkeys = state.bank.passkeys(holder_id).await.map_err(problem)?;
    let rows = passkeys.iter().map(|passkey| {
        let since = show::instant(visit.lang(), passkey.created_at);
        let route = visit.t(&format!("security-route-{}", passkey.route.name()));
        let (tone, sureness) = match passkey.route.rule().assurance {
            Assurance::High => (Tone::Success, "security-high"),
            Assurance::Substantial => (Tone::Info, "security-substantial"),
            Assurance::Low => (Tone::Warning, "security-low"),
        };
        Row::new(visit.t("security-passkey"))
            .icon(Icon::Key)
            .detail(
                visit.t_args("security-since", &[("at", since.into()), ("route", route.into())]),
            )
            .badge(tone, visit.t(sureness))
    });
    let body = html! {
        (ui::heading(&visit.t("security-title"), Some(&visit.t("security-lead"))))
        (ui::rows(rows.collect()))
        (ui::actions(html! {
            (ui::link_button(Look::Secondary, "/enrol", &visit.t("security-add")))
            (ui::link_button(Look::Secondary, "/holder/contacts", &visit.t("contacts-title")))
        }))
        (ui::notice(Tone::Info, &visit.t("security-unknown"), html! {
            p { (visit.t("security-unknown-body")) }
        }))
    };
    let nav = home::nav(&visit, "/holder/security");
    let meta = PageMeta::new(visit.t("security-title")).nav(nav);
    Ok(visit.page(&meta, body).into_response())
}
