//! Notices on the screen of the device in one's hand: which devices show them, one more, one less.
//!
//! A browser offers this to scripts only. Without one the page says that mail and text message go on, which
//! they do with one too.

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_desk::push::{Device, Screen};
use kanuki_record::Stored;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Icon, Look, Row, Tone, icon},
    web::assets,
};
use kanuki_wallet::{WalletError, push::Offer};
use kanuki_wire::push::Subscription;
use maud::{Markup, html};
use serde::Deserialize;

use super::inner;
use crate::{WalletState, refusal::problem};

/// Where it is.
pub(super) const PAGE: &str = "/security/push";
/// Where the part is that shows notices. At the top, so that it may work for the page below.
const WORKER: &str = "/push-worker.js";
/// So often one network may turn it on in an hour; each time everybody is told.
const TRIES_MAX: u32 = 20;
const HOUR_SECS: i64 = 3_600;

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/security/push", get(show_page).post(turn_on))
        .route("/security/push/{device}/end", post(turn_off))
        .route("/push-worker.js", get(async || assets::push_worker()))
}

#[derive(Deserialize)]
struct Way {
    done: Option<String>,
    error: Option<String>,
}

async fn show_page(
    State(state): State<WalletState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    let id = visit.require_customer()?;
    let offer = state.wallet.config.push.as_ref().ok_or_else(Problem::not_found)?;
    let devices = state.wallet.push_devices(id).await.map_err(problem)?;
    let this = visit.device_hash();
    let is_on = devices.iter().any(|device| device.device_hash == this);
    let body = html! {
        (ui::heading(&visit.t("push-page"), Some(&visit.t("push-lead"))))
        (became(&visit, &way))
        (ui::card(Some(&visit.t("push-shows")), html! {
            ul.points {
                li { (visit.t("push-shows-what")) }
                li { (visit.t("push-shows-who")) }
                li { (visit.t("push-shows-mail")) }
            }
        }))
        @if !devices.is_empty() {
            (ui::section(&visit.t("push-devices"), html! {
                (ui::rows(devices.iter().map(|device| row(&visit, device, &this)).collect()))
            }))
        }
        @if !is_on {
            (ui::card(Some(&visit.t("push-here")), turn_on_form(&visit, offer)))
        }
        script src=(assets::push_js_path()) defer {}
    };
    Ok(visit.page(&inner(&visit, "push-page", "/security"), body).into_response())
}

/// What came of the last press.
fn became(visit: &Visit, way: &Way) -> Markup {
    let says = |key: &str| html! { p { (visit.t(key)) } };
    match (way.done.as_deref(), way.error.as_deref()) {
        (Some("on"), _) => ui::notice(Tone::Success, &visit.t("push-on"), says("push-on.body")),
        (Some(_), _) => ui::notice(Tone::Success, &visit.t("push-off"), says("push-off.body")),
        (None, Some("many")) => {
            ui::notice(Tone::Warning, &visit.t("push-many"), says("push-many.body"))
        }
        (None, Some(_)) => {
            ui::notice(Tone::Warning, &visit.t("push-unusable"), says("push-unusable.body"))
        }
        (None, None) => html! {},
    }
}

fn row(visit: &Visit, device: &Stored<Device>, this: &str) -> Row {
    let is_this = device.device_hash == this;
    let name = visit.t(if is_this { "push-this" } else { "push-other" });
    let since = show::instant(visit.lang(), device.since);
    let end = format!("{PAGE}/{}/end", device.device_id);
    Row::new(name)
        .icon(Icon::Bell)
        .detail(visit.t_args("push-since", &[("at", since.into())]))
        .extra(ui::post_button(visit.csrf_field(), &end, Look::Secondary, &visit.t("push-end")))
}

/// The script fills in what the browser answers; there is no other way to ask it.
fn turn_on_form(visit: &Visit, offer: &Offer) -> Markup {
    html! {
        noscript { p { (visit.t("push-noscript")) } }
        form.form.needs-script method="post" action=(PAGE) data-push=(offer.application_key)
            data-worker=(WORKER)
            data-unsupported=(visit.t("push-unsupported"))
            data-denied=(visit.t("push-denied"))
            data-failed=(visit.t("push-failed")) {
            (visit.csrf_field())
            @for name in ["endpoint", "p256dh", "auth"] { (ui::hidden(name, "")) }
            p { (visit.t("push-here.body")) }
            div.notice.warning role="alert" data-push-message hidden {
                (icon(Icon::Warning)) div { p.notice-body data-message {} }
            }
            (ui::actions(ui::button(Look::Primary, &visit.t("push-turn-on"))))
        }
    }
}

#[derive(Deserialize)]
struct Said {
    endpoint: String,
    p256dh: String,
    auth: String,
}

async fn turn_on(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(said): CsrfForm<Said>,
) -> Answer {
    let id = visit.require_customer()?;
    if !visit.allow("push", TRIES_MAX, HOUR_SECS) {
        return Err(Problem::too_many());
    }
    let unusable = || Ok(Redirect::to("/security/push?error=unusable").into_response());
    let Ok(hears_at) = Subscription::parse(&said.endpoint, &said.p256dh, &said.auth) else {
        return unusable();
    };
    let device_hash = visit.device_hash();
    let lang = visit.lang().tag();
    let screen = Screen { device_hash: &device_hash, lang, hears_at: &hears_at };
    match state.wallet.turn_push_on(&visit.ctx(), id, screen).await {
        Ok(_) => Ok(Redirect::to("/security/push?done=on").into_response()),
        Err(WalletError::Profile(_)) => unusable(),
        Err(WalletError::TooMany) => Ok(Redirect::to("/security/push?error=many").into_response()),
        Err(error) => Err(problem(error)),
    }
}

#[derive(Deserialize)]
struct Nothing {}

async fn turn_off(
    State(state): State<WalletState>,
    visit: Visit,
    Path(device): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let id = visit.require_customer()?;
    let device = device.parse().map_err(|_| Problem::not_found())?;
    state.wallet.turn_push_off(&visit.ctx(), id, device).await.map_err(problem)?;
    Ok(Redirect::to("/security/push?done=off").into_response())
}
