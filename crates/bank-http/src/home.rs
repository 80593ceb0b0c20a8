//! The bank's first page.

use axum::{Router, extract::State, routing::get};
use kanuki_desk_http::incident;
use kanuki_site::{
    NavItem, PageMeta, Visit, incident as drawn,
    ui::{self, Action, Icon},
};
use maud::{Markup, html};

use crate::BankState;

pub(crate) fn routes() -> Router<BankState> {
    Router::new().route("/", get(home))
}

/// The places of the portal.
pub(crate) fn nav(visit: &Visit, current: &str) -> Vec<NavItem> {
    let item = |icon, key: &str, href: &str| {
        NavItem::new(icon, visit.t(key), href).current(href == current)
    };
    if visit.delegate_id().is_some() {
        return vec![
            item(Icon::Link, "nav-mandates", "/holder"),
            item(Icon::People, "nav-delegate", "/delegate"),
            item(Icon::Stop, "nav-stop", "/stop"),
            item(Icon::Help, "nav-help", "/report"),
        ];
    }
    vec![
        item(Icon::Link, "nav-mandates", "/holder"),
        item(Icon::Shield, "nav-approvals", "/holder/approvals"),
        item(Icon::Key, "nav-security", "/holder/security"),
        item(Icon::Stop, "nav-stop", "/stop"),
        item(Icon::Help, "nav-help", "/report"),
    ]
}

async fn home(State(state): State<BankState>, visit: Visit) -> Markup {
    let action =
        |icon, key: &str, href: &str| Action { icon, label: visit.t(key), href: href.to_owned() };
    let company = &visit.site.config.company;
    let title = visit.t_args("home-title", &[("bank", company.into())]);
    let halts = incident::halts(&state, &visit).await;
    let body = html! {
        (ui::heading(&title, Some(&visit.t("home-lead"))))
        (drawn::banner(&visit, &halts))
        (ui::card(None, html! {
            (ui::quick_actions(&[
                action(Icon::Link, "home-mandates", "/holder"),
                action(Icon::Stop, "home-stop", "/stop"),
                action(Icon::Key, "home-enrol", "/enrol"),
                action(Icon::Help, "home-help", "/report"),
            ]))
        }))
        (ui::section(&visit.t("home-safe"), html! {
            ul.points {
                li { (visit.t("home-safe-choose")) }
                li { (visit.t("home-safe-caps")) }
                li { (visit.t("home-safe-tell")) }
                li { (visit.t("home-safe-ask")) }
            }
        }))
        p { a href="/check" { (visit.t("check-title")) } }
        p { a href="/desk" { (visit.t("home-desk")) } }
    };
    visit.page(&PageMeta::new(visit.t("home-page")), body)
}
