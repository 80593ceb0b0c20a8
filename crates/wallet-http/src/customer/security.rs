//! One's passkeys: which there are, one more, one less; and stopping somebody who wants to get in.

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_domain::{
    assurance::SignIn,
    id::{AuthenticatorId, CeremonyId},
};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Field, Icon, Look, PasskeyForm, PasskeyMode, Row, Tone},
};
use kanuki_wallet::customer::{AddingPasskey, ProvingPasskey};
use maud::{Markup, html};
use serde::Deserialize;

use super::inner;
use crate::{WalletState, refusal::problem};

const PROVE: &str = "prove_passkey";
const ADD: &str = "add_passkey";

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/security", get(show_page))
        .route("/security/add", get(show_add).post(start_adding))
        .route("/security/add/finish", post(finish_adding))
        .route("/security/passkeys/{id}/end", get(show_end).post(end))
        .route("/security/recovery/cancel", post(cancel_recovery))
}

#[derive(Deserialize)]
struct Way {
    changed: Option<String>,
}

async fn show_page(
    State(state): State<WalletState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    let id = visit.require_customer()?;
    let customer = state.wallet.customer(id).await.map_err(problem)?;
    let passkeys = state.wallet.passkeys(id).await.map_err(problem)?;
    let recoveries = state.wallet.waiting_recoveries(&visit.ctx(), id).await.map_err(problem)?;
    let rows = passkeys.iter().map(|passkey| {
        let label = if passkey.label.is_empty() {
            visit.t("security-passkey")
        } else {
            passkey.label.clone()
        };
        let since = show::instant(visit.lang(), passkey.created_at);
        let end = format!("/security/passkeys/{}/end", passkey.authenticator_id);
        Row::new(label)
            .icon(Icon::Key)
            .detail(visit.t_args("security-since", &[("at", since.into())]))
            .extra(html! { a href=(end) { (visit.t("security-end")) } })
    });
    let rows: Vec<Row> = rows.collect();
    let body = html! {
        (ui::heading(&visit.t("security-title"), Some(&visit.t("security-lead"))))
        @if way.changed.is_some() {
            (ui::notice(Tone::Success, &visit.t("security-changed"), html! {
                p { (visit.t("security-changed.body")) }
            }))
        }
        @if !recoveries.is_empty() {
            (ui::notice(Tone::Warning, &visit.t("home-recovery"), html! {
                p { (visit.t("home-recovery.body")) }
                (ui::post_button(visit.csrf_field(), "/security/recovery/cancel", Look::Danger, &visit.t("security-stop-recovery")))
            }))
        }
        @if customer.sign_in == SignIn::Alternative {
            (ui::notice(Tone::Info, &visit.t("security-alternative"), html! {
                p { (visit.t("security-alternative.body")) }
            }))
        } @else {
            (ui::section(&visit.t("security-passkeys"), html! {
                (ui::rows(rows))
                (ui::actions(ui::link_button(Look::Secondary, "/security/add", &visit.t("security-add"))))
            }))
        }
        (ui::section(&visit.t("safety-title"), html! {
            p { (visit.t("safety-link")) }
            (ui::actions(ui::link_button(Look::Secondary, super::safety::PAGE, &visit.t("safety-open"))))
        }))
        @if state.wallet.config.push.is_some() {
            (ui::section(&visit.t("push-page"), html! {
                p { (visit.t("push-link")) }
                (ui::actions(ui::link_button(Look::Secondary, super::push::PAGE, &visit.t("push-open"))))
            }))
        }
        (ui::section(&visit.t("evidence-title"), html! {
            p { (visit.t("evidence-link")) }
            (ui::actions(ui::link_button(Look::Secondary, super::evidence::PAGE, &visit.t("evidence-open"))))
        }))
        (ui::section(&visit.t("home-stop"), html! {
            p { (visit.t("home-stop.body")) }
            (ui::actions(ui::link_button(Look::Danger, "/freeze", &visit.t("freeze-title"))))
        }))
        (ui::section(&visit.t("close-title"), html! {
            p { (visit.t("close-link")) }
            (ui::actions(ui::link_button(Look::Secondary, super::close::PAGE, &visit.t("close-open"))))
        }))
    };
    Ok(visit.page(&inner(&visit, "security-title", "/security"), body).into_response())
}

/// A form that asks for one of the passkeys that are there already.
async fn prove_form(
    state: &WalletState,
    visit: &Visit,
    action: &str,
    label: String,
) -> Result<Markup, Problem> {
    let id = visit.require_customer()?;
    let ctx = visit.ctx();
    let (options, proving) = state.wallet.start_proving(&ctx, id).await.map_err(problem)?;
    let ceremony = visit.site.ceremonies.open(&ctx, PROVE, &visit.binding(), &proving).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: action.to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label,
        body: html! {},
        alternative: None,
    };
    Ok(ui::passkey_form(&visit.words(), &form))
}

async fn show_add(State(state): State<WalletState>, visit: Visit) -> Answer {
    let label = visit.t("security-prove-button");
    let form = prove_form(&state, &visit, "/security/add", label).await?;
    let title = visit.t("security-add");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("security-prove-lead"))))
        (ui::card(None, form))
    };
    Ok(visit.page(&PageMeta::new(title).back("/security"), body).into_response())
}

#[derive(Deserialize)]
struct Answered {
    ceremony: CeremonyId,
    credential: String,
    label: Option<String>,
}

async fn proven(visit: &Visit, ceremony: CeremonyId) -> Result<ProvingPasskey, Problem> {
    let (ctx, binding) = (visit.ctx(), visit.binding());
    let taken = visit.site.ceremonies.take(&ctx, ceremony, PROVE, &binding).await?;
    Ok(taken.state()?)
}

async fn start_adding(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Answered>,
) -> Answer {
    let id = visit.require_customer()?;
    let proving = proven(&visit, form.ceremony).await?;
    let started =
        state.wallet.start_adding_passkey(&visit.ctx(), id, &form.credential, &proving).await;
    let (options, adding) = started.map_err(problem)?;
    let ctx = visit.ctx();
    let ceremony = visit.site.ceremonies.open(&ctx, ADD, &visit.binding(), &adding).await?;
    let name = Field::new("label", visit.t("security-label"))
        .hint(visit.t("security-label.hint"))
        .optional(visit.t("field-optional"))
        .max_length(30);
    let form = PasskeyForm {
        mode: PasskeyMode::Create,
        action: "/security/add/finish".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("open-passkey-button"),
        body: ui::field(&name),
        alternative: None,
    };
    let title = visit.t("security-add");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("security-add-lead"))))
        (ui::card(None, ui::passkey_form(&visit.words(), &form)))
    };
    Ok(visit.page(&PageMeta::new(title).back("/security"), body).into_response())
}

async fn finish_adding(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Answered>,
) -> Answer {
    visit.require_customer()?;
    let (ctx, binding) = (visit.ctx(), visit.binding());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, ADD, &binding).await?;
    let adding: AddingPasskey = taken.state()?;
    let label = form.label.as_deref().unwrap_or_default();
    let done = state.wallet.finish_adding_passkey(&ctx, &adding, &form.credential, label).await;
    done.map_err(problem)?;
    Ok(Redirect::to("/security?changed=1").into_response())
}

fn parse(text: &str) -> Result<AuthenticatorId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn show_end(
    State(state): State<WalletState>,
    visit: Visit,
    Path(passkey): Path<String>,
) -> Answer {
    let id = visit.require_customer()?;
    let passkey = parse(&passkey)?;
    let passkeys = state.wallet.passkeys(id).await.map_err(problem)?;
    if !passkeys.iter().any(|known| known.authenticator_id == passkey) {
        return Err(Problem::not_found());
    }
    let title = visit.t("security-end");
    let body = if passkeys.len() < 2 {
        html! {
            (ui::heading(&title, None))
            (ui::notice(Tone::Warning, &visit.t("security-last"), html! {
                p { (visit.t("security-last.body")) }
            }))
            (ui::actions(ui::link_button(Look::Primary, "/security/add", &visit.t("security-add"))))
        }
    } else {
        let action = format!("/security/passkeys/{passkey}/end");
        let label = visit.t("security-end-button");
        let form = prove_form(&state, &visit, &action, label).await?;
        html! {
            (ui::heading(&title, Some(&visit.t("security-end-lead"))))
            (ui::card(None, form))
        }
    };
    Ok(visit.page(&PageMeta::new(title).back("/security"), body).into_response())
}

async fn end(
    State(state): State<WalletState>,
    visit: Visit,
    Path(passkey): Path<String>,
    CsrfForm(form): CsrfForm<Answered>,
) -> Answer {
    let id = visit.require_customer()?;
    let passkey = parse(&passkey)?;
    let proving = proven(&visit, form.ceremony).await?;
    let answer = (form.credential.as_str(), &proving);
    state.wallet.revoke_passkey(&visit.ctx(), id, passkey, answer).await.map_err(problem)?;
    super::end_other_sessions(&state, &visit).await?;
    Ok(Redirect::to("/security?changed=1").into_response())
}

#[derive(Deserialize)]
struct Nothing {}

async fn cancel_recovery(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let id = visit.require_customer()?;
    let ctx = visit.ctx();
    state.wallet.cancel_recoveries(&ctx, id, &id.to_string()).await.map_err(problem)?;
    Ok(Redirect::to("/security?changed=1").into_response())
}
