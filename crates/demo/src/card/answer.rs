//! Back to the wallet: a form that the person sends, since no script here may.

use axum::response::Response;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kanuki_jpki::SignatureResponse;
use kanuki_site::{
    Visit,
    ui::{self, Look, Tone},
};
use maud::{Markup, html};

use super::CardRequest;
use crate::{pages, people::Person};

/// The last page: `state`, `certificate` and `signature` (both base64) go to the return address.
///
/// The form carries none of our tokens: it belongs to another company, which knows its request
/// again by `state`.
pub(super) fn page(
    visit: &Visit,
    (holder, steps): (&Person, &[String]),
    request: &CardRequest,
    signed: &SignatureResponse,
) -> Response {
    let name = pages::name(visit, holder);
    let back = visit.t_args("card-return-lead", &[("name", request.wallet_name.as_str().into())]);
    let body = html! {
        (ui::steps(&visit.t("card-steps"), steps, 2))
        (ui::heading(&visit.t("card-return-title"), None))
        (ui::notice(Tone::Success, &visit.t_args("card-signed", &[("name", name.into())]), html! {
            p { (back) }
        }))
        form method="post" action=(request.return_url) {
            (ui::hidden("state", &request.state))
            (ui::hidden("certificate", &STANDARD.encode(&signed.certificate)))
            (ui::hidden("signature", &STANDARD.encode(&signed.signature)))
            (ui::actions(ui::button(Look::Primary, &visit.t("card-return"))))
        }
    };
    pages::step(visit, &visit.t("card-return-title"), "/demo", body)
}

/// The way back without a signature: `state` and `error=access_denied`.
pub(super) fn give_up(visit: &Visit, request: &CardRequest) -> Markup {
    html! {
        form method="post" action=(request.return_url) {
            (ui::hidden("state", &request.state))
            (ui::hidden("error", "access_denied"))
            (ui::actions(ui::button(Look::Quiet, &visit.t("card-give-up"))))
        }
    }
}
