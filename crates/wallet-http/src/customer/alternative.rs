//! For people who cannot use a passkey: a printed key and a one-time code (FT-32).

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
    routing::get,
};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Field, Kind, Look, Tone},
};
use kanuki_wallet::{Browser, WalletError};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    confirm::{back_to_form, one_time_code},
    open::{ProfileForm, Way, may_open, profile_fields},
    sign_in::start_session,
};
use crate::{WalletState, refusal::problem};

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/alternative", get(show).post(sign_in))
        .route("/alternative/open", get(show_open).post(open))
}

#[derive(Deserialize)]
struct Again {
    again: Option<String>,
}

async fn show(visit: Visit, Query(way): Query<Again>) -> Markup {
    let key = Field::new("key", visit.t("alternative-key"))
        .hint(visit.t("alternative-key.hint"))
        .kind(Kind::Code)
        .max_length(40);
    let body = html! {
        (ui::heading(&visit.t("alternative-title"), Some(&visit.t("alternative-lead"))))
        @if way.again.is_some() {
            (ui::notice(Tone::Error, &visit.t("alternative-again"), html! {
                p { (visit.t("alternative-again.body")) }
            }))
        }
        (ui::card(None, ui::form("/alternative", visit.csrf_field(), html! {
            (ui::field(&key))
            (one_time_code(&visit))
            (ui::actions(ui::button(Look::Primary, &visit.t("sign-in-button"))))
        })))
        p { a href="/alternative/open" { (visit.t("alternative-new")) } }
    };
    visit.page(&PageMeta::new(visit.t("alternative-title")).back("/sign-in"), body)
}

#[derive(Deserialize)]
struct SignIn {
    key: String,
    code: String,
}

async fn sign_in(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<SignIn>,
) -> Answer {
    if !visit.allow("alternative", 20, 3_600) {
        return Err(Problem::too_many());
    }
    let ctx = visit.ctx();
    let device = visit.device_hash();
    let browser = Browser { device_hash: &device, is_new: visit.caller.is_new_device };
    let done = state.wallet.sign_in_without_passkey(&ctx, &form.key, &form.code, browser).await;
    match done {
        Ok(signed_in) => start_session(&state, &visit, signed_in, "/").await,
        // A lock is not told apart from a wrong key: it would say that the key exists.
        Err(WalletError::NotAccepted | WalletError::NotAvailable | WalletError::Locked { .. }) => {
            Ok(Redirect::to("/alternative?again=1").into_response())
        }
        Err(error) => Err(problem(error)),
    }
}

async fn show_open(visit: Visit, Query(way): Query<Way>) -> Markup {
    let title = visit.t("alternative-open-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("alternative-open-lead"))))
        (ui::notice(Tone::Warning, &visit.t("alternative-open-caps"), html! {
            p { (visit.t("alternative-open-caps.body")) }
        }))
        (ui::card(None, ui::form("/alternative/open", visit.csrf_field(), html! {
            (profile_fields(&visit, way.error.as_deref()))
            (ui::actions(ui::button(Look::Primary, &visit.t("alternative-open-button"))))
        })))
    };
    visit.page(&PageMeta::new(title).back("/open"), body)
}

async fn open(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<ProfileForm>,
) -> Answer {
    may_open(&visit)?;
    let profile = match form.parse() {
        Ok(profile) => profile,
        Err(error) => return back_to_form("/alternative/open", error),
    };
    let ctx = visit.ctx();
    let device = visit.device_hash();
    let printed = state.wallet.open_without_passkey(&ctx, &profile, Some(&device)).await;
    let printed = printed.map_err(problem)?;
    let title = visit.t("alternative-printed-title");
    let shown = printed.key.expose().to_uppercase();
    let body = html! {
        (ui::heading(&title, Some(&visit.t("alternative-printed-lead"))))
        (ui::card(None, html! {
            (ui::stop_code(&visit.t("alternative-printed-key"), &shown))
            button.button.secondary type="button" data-print { (visit.t("print")) }
        }))
        (ui::card(Some(&visit.t("alternative-printed-code")), html! {
            p { (visit.t("alternative-printed-code.body")) }
            (ui::qr(printed.totp_uri.expose(), &visit.t("alternative-printed-code")))
            p { code { (printed.totp_secret.expose()) } }
        }))
        (ui::actions(ui::link_button(Look::Primary, "/alternative", &visit.t("alternative-printed-next"))))
    };
    Ok(visit.page(&PageMeta::new(title), body).into_response())
}
