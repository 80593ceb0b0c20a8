//! Who looks after somebody's accounts: comes in by an invitation, signs in with a passkey of their
//! own, and leaves when they like. What they see and stop are the holder's pages.

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use http::{StatusCode, header::SET_COOKIE};
use kanuki_bank::{
    BankError,
    delegate::{JoinState, Standing, number_of},
};
use kanuki_domain::{
    assurance::SignIn,
    id::{CeremonyId, DelegationId},
};
use kanuki_passkey::DiscoverableState;
use kanuki_site::{
    Answer, PageMeta, Problem, Subject, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Field, Kind, Look, PasskeyForm, PasskeyMode, Tone},
};
use kanuki_wire::transaction::ContactKind;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, home, plain, refusal::problem};

const SIGN_IN: &str = "delegate_sign_in";
const JOIN: &str = "delegate_join";
const SIGN_IN_AT: &str = "/delegate/sign-in";
/// Codes that one network may try in an hour. A code has 60 bits; this is for the log's sake.
const TRIES_MAX: u32 = 20;

pub(crate) fn routes() -> Router<BankState> {
    Router::new()
        .route("/delegate", get(about))
        .route("/delegate/leave", post(leave))
        .route("/delegate/join", get(join_form).post(start_joining))
        .route("/delegate/join/passkey", post(finish_joining))
        .route("/delegate/sign-in", get(sign_in_form).post(sign_in))
}

/// The delegation that this browser is signed in with, while it holds.
async fn require(state: &BankState, visit: &Visit) -> Result<DelegationId, Problem> {
    let id = visit.delegate_id().ok_or_else(|| visit.sign_in_first(SIGN_IN_AT))?;
    match state.bank.delegation(&visit.ctx(), id).await {
        Ok(_) => Ok(id),
        Err(BankError::NotAvailable) => Err(visit.sign_in_first(SIGN_IN_AT)),
        Err(error) => Err(problem(error)),
    }
}

async fn about(State(state): State<BankState>, visit: Visit) -> Answer {
    let id = require(&state, &visit).await?;
    let delegation = state.bank.delegation(&visit.ctx(), id).await.map_err(problem)?;
    let mut facts = vec![(visit.t("delegate-number"), html! { (number_of(id)) })];
    if let Standing::Active { since, ends_at } = delegation.standing {
        facts.push((visit.t("delegate-from"), show::time(visit.lang(), since)));
        facts.push((visit.t("delegate-until"), show::time(visit.lang(), ends_at)));
    }
    let told = if delegation.is_told() { "delegate-told" } else { "delegate-not-told" };
    let title = visit.t("delegate-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("delegate-lead"))))
        (ui::card(None, ui::definitions(facts)))
        (ui::card(Some(&visit.t("delegate-can")), html! {
            ul.points {
                li { (visit.t("delegate-can-see")) }
                li { (visit.t("delegate-can-stop")) }
                li { (visit.t("delegate-cannot")) }
                li { (visit.t("delegate-holder-told")) }
                li { (visit.t(told)) }
            }
        }))
        (ui::actions(ui::link_button(Look::Primary, "/holder", &visit.t("delegate-open"))))
        (ui::card(Some(&visit.t("delegate-leave")), ui::form("/delegate/leave", visit.csrf_field(), html! {
            p { (visit.t("delegate-leave-what")) }
            (ui::actions(ui::button(Look::Secondary, &visit.t("delegate-leave"))))
        })))
    };
    let meta = PageMeta::new(title).nav(home::nav(&visit, "/delegate")).back("/holder");
    Ok(visit.page(&meta, body).into_response())
}

#[derive(Deserialize)]
struct Nothing {}

async fn leave(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let id = require(&state, &visit).await?;
    state.bank.leave_delegation(&visit.ctx(), id).await.map_err(problem)?;
    visit.site.sessions.end_all(&id.to_string()).await?;
    Ok(([(SET_COOKIE, visit.site.sessions.cleared())], Redirect::to("/")).into_response())
}

#[derive(Deserialize)]
struct Way {
    back: Option<String>,
    again: Option<String>,
}

async fn sign_in_form(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    if !visit.allow("ceremony", plain::CEREMONIES_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let (options, asked) = state.bank.start_sign_in(&ctx).map_err(problem)?;
    let ceremony = visit.site.ceremonies.open(&ctx, SIGN_IN, &browser, &asked).await?;
    let back = visit.back(way.back.as_deref(), "/holder");
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: SIGN_IN_AT.to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("sign-in-button"),
        body: ui::hidden("back", &back),
        alternative: Some(("/delegate/join".to_owned(), visit.t("delegate-have-code"))),
    };
    let title = visit.t("delegate-sign-in");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("delegate-sign-in-lead"))))
        (plain::again(&visit, way.again.is_some()))
        (ui::card(None, ui::passkey_form(&visit.words(), &form)))
    };
    Ok(visit.page(&PageMeta::new(title).back("/holder/sign-in"), body).into_response())
}

#[derive(Deserialize)]
struct Signed {
    credential: String,
    ceremony: CeremonyId,
    back: Option<String>,
}

async fn sign_in(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, SIGN_IN, &browser).await?;
    let asked: DiscoverableState = taken.state()?;
    match state.bank.finish_delegate_sign_in(&ctx, &form.credential, &asked).await {
        Ok(id) => {
            let back = visit.back(form.back.as_deref(), "/holder");
            enter(&visit, id, &back).await
        }
        Err(BankError::Passkey(_) | BankError::NotAvailable) => {
            Ok(Redirect::to("/delegate/sign-in?again=1").into_response())
        }
        Err(error) => Err(problem(error)),
    }
}

async fn enter(visit: &Visit, id: DelegationId, back: &str) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    if let Some(earlier) = &visit.session {
        visit.site.sessions.end(earlier).await?;
    }
    let subject = Subject::delegate(id);
    let started = visit.site.sessions.start(&ctx, subject, SignIn::Passkey, &browser).await?;
    Ok(([(SET_COOKIE, started.1)], Redirect::to(back)).into_response())
}

async fn join_form(visit: Visit) -> Markup {
    join_page(&visit, None, "")
}

/// `wrong` names the field.
fn join_page(visit: &Visit, wrong: Option<&str>, code: &str) -> Markup {
    let error =
        |of: &str| (wrong == Some(of)).then(|| visit.t(&format!("delegate-join-{of}-wrong")));
    let field = Field::new("code", visit.t("delegate-join-code"))
        .kind(Kind::Code)
        .autocomplete("off")
        .max_length(40)
        .value(code)
        .error(error("code"));
    let to = Field::new("to", visit.t("delegate-join-to"))
        .hint(visit.t("delegate-join-to-hint"))
        .optional(visit.t("delegate-join-optional"))
        .max_length(254)
        .autocomplete("off")
        .error(error("to"));
    let title = visit.t("delegate-join");
    visit.page(
        &PageMeta::new(title.clone()).back(SIGN_IN_AT),
        html! {
            (ui::heading(&title, Some(&visit.t("delegate-join-lead"))))
            (ui::card(Some(&visit.t("delegate-can")), html! {
                ul.points {
                    li { (visit.t("delegate-can-see")) }
                    li { (visit.t("delegate-can-stop")) }
                    li { (visit.t("delegate-cannot")) }
                    li { (visit.t("delegate-holder-told")) }
                }
            }))
            (ui::form("/delegate/join", visit.csrf_field(), html! {
                (ui::field(&field))
                (ui::field(&to))
                (ui::actions(ui::button(Look::Primary, &visit.t("enrol-next"))))
            }))
            (ui::notice(Tone::Warning, &visit.t("delegate-join-careful"), html! {
                p { (visit.t("delegate-join-careful-what")) }
            }))
        },
    )
}

#[derive(Deserialize)]
struct Typed {
    code: String,
    to: Option<String>,
}

/// A telephone number or a mail address, if they wish to be told.
fn contact(typed: &str) -> Option<(ContactKind, &str)> {
    let typed = typed.trim();
    let kind = if typed.contains('@') { ContactKind::Email } else { ContactKind::Phone };
    (!typed.is_empty()).then_some((kind, typed))
}

async fn start_joining(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Typed>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let to = form.to.as_deref().and_then(contact);
    let wrong = |field| {
        let page = join_page(&visit, Some(field), &form.code);
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let (options, asked) = match state.bank.start_joining(&ctx, &form.code, to).await {
        Ok(started) => started,
        // Only codes that are none are counted.
        Err(BankError::NotAvailable) if !visit.allow("delegate_join", TRIES_MAX, 3_600) => {
            return Err(Problem::too_many());
        }
        Err(BankError::NotAvailable) => return wrong("code"),
        Err(BankError::Amounts) => return wrong("to"),
        Err(error) => return Err(problem(error)),
    };
    let ceremony = visit.site.ceremonies.open(&ctx, JOIN, &browser, &asked).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Create,
        action: "/delegate/join/passkey".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("enrol-passkey-make"),
        body: html! { p { (visit.t("delegate-join-passkey-what")) } },
        alternative: None,
    };
    let title = visit.t("delegate-join-passkey");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("delegate-join-passkey-lead"))))
        (ui::card(None, ui::passkey_form(&visit.words(), &form)))
    };
    Ok(visit.page(&PageMeta::new(title).back("/delegate/join"), body).into_response())
}

#[derive(Deserialize)]
struct Made {
    credential: String,
    ceremony: CeremonyId,
}

async fn finish_joining(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Made>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, JOIN, &browser).await?;
    let asked: JoinState = taken.state()?;
    match state.bank.finish_joining(&ctx, &form.credential, &asked).await {
        Ok(id) => enter(&visit, id, "/delegate").await,
        Err(BankError::Passkey(_)) => Ok(Redirect::to("/delegate/join").into_response()),
        Err(error) => Err(problem(error)),
    }
}
