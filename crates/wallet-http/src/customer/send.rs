//! Sending money: to somebody who asked, or by a link.

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_domain::{
    Yen,
    id::{RemittanceId, RequestId},
};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, AmountField, Direction, Field, Kind, Look, Tone},
};
use kanuki_wallet::remittance::{Remittance, RemittanceState, Sending, Way as Route};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    confirm::{self, Confirm, Confirmed, back_to_form, note_proof},
    form_error, inner,
    outcome::{self, Outcome},
};
use crate::{WalletState, refusal::problem};

const PURPOSE: &str = "send";

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/send", get(show_form).post(send))
        .route("/send/confirm", post(show_confirm))
        .route("/send/{id}", get(show_outcome))
        .route("/send/{id}/cancel", post(cancel))
}

#[derive(Deserialize)]
struct Way {
    code: Option<String>,
    error: Option<String>,
}

/// A word to the payee.
pub(super) fn message_field(visit: &Visit) -> Markup {
    let field = Field::new("message", visit.t("send-message"))
        .optional(visit.t("field-optional"))
        .max_length(60);
    ui::field(&field)
}

/// How much to send of what is there; amounts for one tap are those that it covers.
pub(super) fn amount(visit: &Visit, available: Yen, error: Option<String>) -> Markup {
    let usual = [500, 1_000, 3_000, 5_000].map(Yen::of);
    ui::amount_field(&AmountField {
        name: "amount".to_owned(),
        label: visit.t("send-amount"),
        hint: Some(visit.t_args("send-available", &[("amount", available.into())])),
        error,
        value: String::new(),
        quick: usual.into_iter().filter(|usual| *usual <= available).collect(),
    })
}

/// The id of a request in what somebody typed, pasted or scanned: the code or the whole link.
pub(super) fn request_in(text: &str) -> Option<RequestId> {
    text.trim().rsplit('/').next()?.parse().ok()
}

async fn show_form(
    State(state): State<WalletState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    if let Some(away) = super::if_not_open(&state, &visit).await? {
        return Ok(away);
    }
    let id = visit.require_customer()?;
    if let Some(code) = &way.code {
        return Ok(match request_in(code) {
            Some(id) => Redirect::to(&format!("/r/{id}")).into_response(),
            None => Redirect::to("/send?error=unknown_code").into_response(),
        });
    }
    let available = state.wallet.overview(&visit.ctx(), id).await.map_err(problem)?.available;
    let error = form_error(&visit, way.error.as_deref());
    let is_code = way.error.as_deref() == Some("unknown_code");
    let code = Field::new("code", visit.t("send-code"))
        .hint(visit.t("send-code.hint"))
        .error(error.clone().filter(|_| is_code))
        .kind(Kind::Code)
        .max_length(200);
    let body = html! {
        (ui::heading(&visit.t("send-title"), Some(&visit.t("send-lead"))))
        (ui::card(Some(&visit.t("send-to-request")), html! {
            p { (visit.t("send-to-request.body")) }
            (ui::get_form("/send", html! {
                (ui::field(&code))
                (ui::actions(ui::button(Look::Primary, &visit.t("go-on"))))
            }))
            (ui::actions(ui::link_button(Look::Secondary, "/pay", &visit.t("scan-title"))))
        }))
        (ui::card(Some(&visit.t("send-by-link")), html! {
            p { (visit.t("send-by-link.body")) }
            (ui::form("/send/confirm", visit.csrf_field(), html! {
                (amount(&visit, available, error.filter(|_| !is_code)))
                (message_field(&visit))
                (ui::actions(ui::button(Look::Secondary, &visit.t("to-confirm"))))
            }))
        }))
    };
    Ok(visit.page(&inner(&visit, "send-title", "/send"), body).into_response())
}

#[derive(Deserialize)]
struct Wanted {
    request: Option<String>,
    amount: Option<String>,
    message: Option<String>,
}

/// How often one session may try in ten minutes.
const TRIES_MAX: u32 = 40;

fn allow(visit: &Visit) -> Result<(), Problem> {
    let is_allowed = visit.allow(&format!("send|{}", visit.binding()), TRIES_MAX, 600);
    if is_allowed { Ok(()) } else { Err(Problem::too_many()) }
}

async fn show_confirm(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Wanted>,
) -> Answer {
    let id = visit.require_customer()?;
    allow(&visit)?;
    let amount = form.amount.as_deref().and_then(|text| Yen::parse_input(text).ok());
    let message = form.message.as_deref().unwrap_or_default();
    let ctx = visit.ctx();
    let (started, back) = if let Some(text) = &form.request {
        let request_id: RequestId = text.parse().map_err(|_| Problem::not_found())?;
        let started = state.wallet.start_sending(&ctx, id, request_id, (amount, message)).await;
        (started, format!("/r/{request_id}"))
    } else {
        let amount = amount.unwrap_or(Yen::ZERO);
        let started = state.wallet.start_sending_by_link(&ctx, id, amount, message).await;
        (started, "/send".to_owned())
    };
    let (mut sending, options) = match started {
        Ok(started) => started,
        Err(error) => return back_to_form(&back, error),
    };
    let is_link = sending.request_id.is_none();
    let to = if is_link { visit.t("send-whoever") } else { sending.to_name.clone() };
    let mut pairs = vec![
        (visit.t("send-to"), html! { strong { (to) } }),
        (visit.t("send-amount"), ui::money(sending.amount)),
        (visit.t("fee"), html! { (visit.t("fee-none")) }),
    ];
    if !sending.message.is_empty() {
        pairs.push((visit.t("send-message"), html! { (sending.message) }));
    }
    pairs.extend(confirm::hold_pair(&visit, sending.hold_secs));
    let check = match (is_link, sending.hold_secs > 0) {
        (true, _) => "send-check-link",
        // Until its time is over it can be taken back.
        (false, true) => "send-check-held",
        (false, false) => "send-check-person",
    };
    let note = ui::notice(Tone::Warning, &visit.t("send-check"), html! { p { (visit.t(check)) } });
    let note = html! {
        (note)
        @if sending.hold_secs > 0 {
            (ui::notice(Tone::Warning, &visit.t("send-will-hold"), html! {
                p { (visit.t("send-will-hold.body")) }
            }))
        }
    };
    sending.shown = Some(confirm::shown(&visit, &pairs));
    sending.device = Some(visit.device_hash());
    let confirm = Confirm {
        name: "send",
        pairs,
        note: Some(note),
        action: "/send",
        cancel: &back,
        asked: &sending.asked,
        options,
    };
    confirm::page(&visit, PURPOSE, &sending, confirm).await
}

async fn send(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Confirmed>,
) -> Answer {
    let id = visit.require_customer()?;
    allow(&visit)?;
    let remittance_id = RemittanceId::derive(&["ceremony", &form.ceremony.to_string()]);
    if state.wallet.remittance_of(id, remittance_id).await.is_err() {
        let sending: Sending = confirm::confirmed(&visit, form.ceremony, PURPOSE).await?;
        let (ctx, given) = (visit.ctx(), form.given());
        match state.wallet.send(&ctx, id, remittance_id, &sending, &given).await {
            Ok(_) => note_proof(&visit, &given).await?,
            Err(error) => return back_to_form("/send", error),
        }
    }
    Ok(Redirect::to(&format!("/send/{remittance_id}")).into_response())
}

fn parse(text: &str) -> Result<RemittanceId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn show_outcome(
    State(state): State<WalletState>,
    visit: Visit,
    Path(remittance_id): Path<String>,
) -> Answer {
    let id = visit.require_customer()?;
    let remittance = state.wallet.remittance_of(id, parse(&remittance_id)?).await;
    let remittance = remittance.map_err(problem)?;
    let is_mine = remittance.customer_id == id;
    let extra = claim_part(&state, &visit, &remittance).await?;
    let refusal = match remittance.state {
        RemittanceState::Refused { reason, .. } => Some(reason),
        _ => None,
    };
    let (with, name) = if is_mine {
        ("send-to", remittance.to_name.clone())
    } else {
        ("send-from", remittance.from_name.clone())
    };
    let mut pairs = Vec::new();
    if !name.is_empty() {
        pairs.push((visit.t(with), html! { (name) }));
    }
    if !remittance.message.is_empty() {
        pairs.push((visit.t("send-message"), html! { (remittance.message) }));
    }
    pairs.push((visit.t("when"), show::time(visit.lang(), remittance.requested_at)));
    pairs.push((visit.t("number"), html! { code { (remittance.remittance_id) } }));
    let page = outcome::page(
        &visit,
        Outcome {
            name: if is_mine { "send" } else { "receive" },
            is_watched: false,
            state: state_on_page(&remittance),
            refusal,
            direction: if is_mine { Direction::Out } else { Direction::In },
            amount: remittance.amount,
            pairs,
            extra,
        },
    );
    Ok(page.into_response())
}

/// How it stands, as part of text keys: of what never had a link, none is spoken of.
const fn state_on_page(remittance: &Remittance) -> &'static str {
    match (&remittance.way, remittance.state) {
        (Route::Direct { .. }, RemittanceState::Cancelled { .. }) => "cancelled-direct",
        _ => remittance.state_name(),
    }
}

/// The link to pass on, while nobody has claimed the money.
async fn claim_part(
    state: &WalletState,
    visit: &Visit,
    remittance: &Remittance,
) -> Result<Markup, Problem> {
    if let RemittanceState::Held { until } = remittance.state {
        let when = show::instant(visit.lang(), until);
        let cancel = format!("/send/{}/cancel", remittance.remittance_id);
        return Ok(html! {
            // Something keeps it longer, which is not said here.
            @if until < visit.now() { p { (visit.t("send-held-longer")) } }
            @else { p { (visit.t_args("send-held-until", &[("when", when.into())])) } }
            (ui::post_button(visit.csrf_field(), &cancel, Look::Danger, &visit.t("send-take-back")))
        });
    }
    let (Route::Link { until, .. }, RemittanceState::Waiting) = (&remittance.way, remittance.state)
    else {
        return Ok(html! {});
    };
    let id = remittance.remittance_id;
    let code = state.wallet.claim_code(remittance.customer_id, id).await.map_err(problem)?;
    let url = format!("{}/claim/{}", visit.site.config.page_origin, code.expose());
    let when = show::instant(visit.lang(), *until);
    Ok(html! {
        p { (visit.t_args("send-link-until", &[("when", when.into())])) }
        (ui::qr(&url, &visit.t("send-link")))
        (ui::copy_text(&visit.words(), &url))
        (ui::post_button(visit.csrf_field(), &format!("/send/{id}/cancel"), Look::Danger, &visit.t("send-take-back")))
    })
}

#[derive(Deserialize)]
struct Nothing {}

async fn cancel(
    State(state): State<WalletState>,
    visit: Visit,
    Path(remittance_id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let id = visit.require_customer()?;
    let remittance_id = parse(&remittance_id)?;
    let ctx = visit.ctx();
    state.wallet.cancel_remittance(&ctx, id, remittance_id).await.map_err(problem)?;
    Ok(Redirect::to(&format!("/send/{remittance_id}")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_found_in_a_code_or_in_a_whole_link() {
        let id = RequestId::derive(&["r"]);
        assert_eq!(request_in(&format!(" {id} ")), Some(id));
        assert_eq!(request_in(&format!("http://wallet.localhost:8080/r/{id}")), Some(id));
        assert_eq!(request_in("http://wallet.localhost:8080/r/"), None);
    }
}
