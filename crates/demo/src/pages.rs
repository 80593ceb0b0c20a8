//! What the demo's pages share.

use axum::response::{Html, IntoResponse as _, Response};
use kanuki_site::{
    Brand, Lang, NavItem, PageMeta, Visit,
    ui::{self, Icon, Tone},
};
use maud::{Markup, html};

use crate::people::Person;

/// Which of the demo's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Guide,
    Inbox,
    Card,
    App,
    Phone,
    Atm,
    Counter,
}

/// One of the demo's pages, with the way to the others of the same server. The title is the
/// page's own heading.
pub(crate) fn page(visit: &Visit, place: Place, title: &str, body: Markup) -> Response {
    let item = |at: Place, icon, key: &str, href| {
        NavItem::new(icon, visit.t(key), href).current(at == place)
    };
    let mut nav = vec![
        item(Place::Guide, Icon::Help, "nav-guide", "/demo"),
        item(Place::Inbox, Icon::Mail, "nav-inbox", "/demo/inbox"),
    ];
    // Cards belong to the wallet's world, the telephone and the machine to a bank's.
    if visit.site.config.brand == Brand::Wallet {
        nav.push(item(Place::Card, Icon::Card, "nav-card", "/demo/card"));
    } else {
        nav.push(item(Place::App, Icon::Lock, "nav-app", "/demo/app"));
        nav.push(item(Place::Phone, Icon::Phone, "nav-phone", "/demo/phone"));
        nav.push(item(Place::Atm, Icon::Bank, "nav-atm", "/demo/atm"));
        nav.push(item(Place::Counter, Icon::Person, "nav-counter", "/demo/counter"));
    }
    let meta = PageMeta::new(title).nav(nav).wide();
    let body = html! { (banner(visit)) (body) };
    Html(visit.page(&meta, body).into_string()).into_response()
}

/// A step of a ceremony: no navigation, nothing beside it.
pub(crate) fn step(visit: &Visit, title: &str, back: &str, body: Markup) -> Response {
    let meta = PageMeta::new(title).back(back);
    let body = html! { (banner(visit)) (body) };
    Html(visit.page(&meta, body).into_string()).into_response()
}

/// Says on every page that this is not real.
fn banner(visit: &Visit) -> Markup {
    html! { p { (ui::badge(Tone::Warning, &visit.t("demo-only"))) } }
}

/// The name to call a person by in the page's language.
pub(crate) fn name(visit: &Visit, person: &Person) -> String {
    in_lang(visit, person.name, person.roma)
}

/// The Japanese or the Latin form.
pub(crate) fn in_lang(visit: &Visit, ja: &str, en: &str) -> String {
    match visit.lang() {
        Lang::Ja => ja.to_owned(),
        Lang::En => en.to_owned(),
    }
}
