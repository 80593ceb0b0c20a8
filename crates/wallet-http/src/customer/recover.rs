//! Getting back in: ask, wait a week, show the card, make a new passkey.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_domain::id::CeremonyId;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Field, Kind, Look, PasskeyForm, PasskeyMode, Tone},
};
use kanuki_wallet::{WalletError, customer::recovery::Recovering};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{WalletState, refusal::problem};

const PURPOSE: &str = "recover";

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/recover", get(show_page).post(request))
        .route("/recover/identity", post(identity))
        .route("/recover/passkey", get(show_passkey).post(passkey))
        .route("/recover/finish", post(finish))
}

fn code_field(visit: &Visit) -> Markup {
    let field = Field::new("code", visit.t("recover-code"))
        .hint(visit.t("recover-code.hint"))
        .kind(Kind::Code)
        .max_length(40);
    ui::field(&field)
}

async fn show_page(visit: Visit) -> Markup {
    let contact = Field::new("contact", visit.t("recover-contact"))
        .hint(visit.t("recover-contact.hint"))
        .max_length(254);
    let body = html! {
        (ui::heading(&visit.t("recover-title"), Some(&visit.t("recover-lead"))))
        (ui::card(Some(&visit.t("recover-start")), ui::form("/recover", visit.csrf_field(), html! {
            (ui::field(&contact))
            (ui::actions(ui::button(Look::Primary, &visit.t("recover-start.button"))))
        })))
        (ui::card(Some(&visit.t("recover-go-on")), ui::form("/recover/identity", visit.csrf_field(), html! {
            p { (visit.t("recover-go-on.body")) }
            (code_field(&visit))
            (ui::actions(ui::button(Look::Secondary, &visit.t("recover-go-on.button"))))
        })))
        (ui::notice(Tone::Info, &visit.t("recover-why"), html! {
            p { (visit.t("recover-why.body")) }
        }))
    };
    visit.page(&PageMeta::new(visit.t("recover-title")).back("/sign-in"), body)
}

#[derive(Deserialize)]
struct Contact {
    contact: String,
}

async fn request(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Contact>,
) -> Answer {
    if !visit.allow("recover", 5, 3_600) {
        return Err(Problem::too_many());
    }
    let ctx = visit.ctx();
    let code = state.wallet.request_recovery(&ctx, &form.contact).await.map_err(problem)?;
    let title = visit.t("recover-asked");
    let shown = code.expose().to_uppercase();
    let body = html! {
        (ui::heading(&title, Some(&visit.t("recover-asked.lead"))))
        (ui::card(None, html! {
            (ui::stop_code(&visit.t("recover-code"), &shown))
            button.button.secondary type="button" data-print { (visit.t("print")) }
            p { (visit.t("recover-asked.keep")) }
        }))
        (ui::actions(ui::link_button(Look::Primary, "/", &visit.t("to-home"))))
    };
    Ok(visit.page(&PageMeta::new(title), body).into_response())
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

async fn identity(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Code>,
) -> Answer {
    if !visit.allow("recover-code", 20, 3_600) {
        return Err(Problem::too_many());
    }
    let ctx = visit.ctx();
    match state.wallet.start_recovery_identity(&ctx, &form.code, &visit.binding()).await {
        Ok(url) => Ok(Redirect::to(&url).into_response()),
        // A code that is none gets the same answer: whoever may ask for anybody's recovery must
        // not learn who has a wallet.
        Err(WalletError::TooEarly { .. } | WalletError::NotAvailable) => {
            let title = visit.t("recover-early");
            let body = html! {
                (ui::heading(&title, None))
                (ui::notice(Tone::Info, &visit.t("recover-early-when"), html! {
                    p { (visit.t("recover-early.body")) }
                }))
                (ui::actions(ui::link_button(Look::Primary, "/", &visit.t("to-home"))))
            };
            Ok(visit.page(&PageMeta::new(title), body).into_response())
        }
        Err(error) => Err(problem(error)),
    }
}

async fn show_passkey(visit: Visit) -> Markup {
    let title = visit.t("recover-passkey-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("recover-passkey-lead"))))
        (ui::card(None, ui::form("/recover/passkey", visit.csrf_field(), html! {
            (code_field(&visit))
            (ui::actions(ui::button(Look::Primary, &visit.t("go-on"))))
        })))
    };
    visit.page(&PageMeta::new(title).back("/recover"), body)
}

async fn passkey(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Code>,
) -> Answer {
    if !visit.allow("recover-code", 20, 3_600) {
        return Err(Problem::too_many());
    }
    let ctx = visit.ctx();
    let (options, recovering) =
        state.wallet.start_recovering(&ctx, &form.code).await.map_err(problem)?;
    let device = visit.device_hash();
    let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &device, &recovering).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Create,
        action: "/recover/finish".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("open-passkey-button"),
        body: html! {},
        alternative: None,
    };
    let title = visit.t("recover-passkey-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("open-passkey-lead"))))
        (ui::card(None, ui::passkey_form(&visit.words(), &form)))
    };
    Ok(visit.page(&PageMeta::new(title), body).into_response())
}

#[derive(Deserialize)]
struct Finish {
    ceremony: CeremonyId,
    credential: String,
}

async fn finish(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Finish>,
) -> Answer {
    let (ctx, device) = (visit.ctx(), visit.device_hash());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &device).await?;
    let recovering: Recovering = taken.state()?;
    // Before too: a stop half way must not leave a thief signed in.
    visit.site.sessions.end_all(&recovering.customer_id().to_string()).await?;
    let done = state.wallet.finish_recovering(&ctx, &recovering, &form.credential).await;
    let id = done.map_err(problem)?;
    // Whoever was signed in before is out.
    visit.site.sessions.end_all(&id.to_string()).await?;
    Ok(Redirect::to("/sign-in").into_response())
}
