//! The page itself.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use kanuki_site::{
    Visit,
    ui::{self, Icon, Row, Tone},
};
use maud::{Markup, html};

use super::{Guide, codes, story, who};
use crate::{
    pages::{self, Place},
    people::bank,
};

pub(super) async fn show(visit: Visit, State(guide): State<Arc<Guide>>) -> Response {
    let main = html! {
        (ui::section(&visit.t("guide-try"), story::all(&visit, &guide)))
    };
    let aside = html! {
        (ui::section(&visit.t("guide-places"), places(&visit, &guide)))
        (ui::section(&visit.t("guide-who"), who::all(&visit)))
    };
    let body = html! {
        (ui::heading(&visit.t("guide-title"), Some(&visit.t("guide-lead"))))
        (ui::notice(Tone::Info, &visit.t("guide-passkey"), html! {
            p { (visit.t("guide-passkey-text")) }
        }))
        (ui::columns(main, aside))
        (ui::section(&visit.t("guide-codes"), codes::all(&visit, &guide)))
    };
    pages::page(&visit, Place::Guide, &visit.t("guide-title"), body)
}

/// Every server, and the inbox of each.
fn places(visit: &Visit, guide: &Guide) -> Markup {
    let wallet = guide.wallet_origin.as_str();
    let inbox = |origin: &str| {
        html! { a href=(format!("{origin}/demo/inbox")) { (visit.t("guide-inbox")) } }
    };
    let mut rows = vec![
        Row::new(visit.t("guide-wallet"))
            .detail(wallet)
            .icon(Icon::Home)
            .href(format!("{wallet}/"))
            .extra(inbox(wallet)),
    ];
    rows.extend(guide.banks.iter().filter_map(|place| {
        let bank = bank(place.code)?;
        let name = pages::in_lang(visit, bank.name, bank.roma);
        let row = Row::new(name).detail(place.origin.as_str()).icon(Icon::Bank);
        Some(row.href(format!("{}/holder", place.origin)).extra(inbox(&place.origin)))
    }));
    ui::rows(rows)
}
