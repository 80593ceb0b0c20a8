//! Somebody looks after the holder's accounts (見守り役): who does, asking one more, ending it.
//!
//! Inviting is signed; ending takes no more than whoever may stop has.

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use kanuki_bank::{
    BankError,
    delegate::{Delegate, InviteState, Invited, Standing, Wish, number_of},
};
use kanuki_domain::{
    id::{CeremonyId, DelegationId},
    limits::DELEGATES_MAX,
};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Field, Icon, Look, PasskeyForm, PasskeyMode, Row, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    BankState,
    card::{self, SignedPage},
    home, plain,
    refusal::problem,
};

pub(crate) const PURPOSE: &str = "delegate";
const PATH: &str = "/holder/delegates";
/// Invitations that one network may begin in an hour.
const TRIES_MAX: u32 = 20;
/// How many that are over the page shows.
const PAST_MAX: usize = 10;

/// The portal's way here.
pub(super) fn card(visit: &Visit) -> Markup {
    ui::card(
        Some(&visit.t("delegates-title")),
        html! {
            p { (visit.t("delegates-body")) }
            (ui::actions(ui::link_button(Look::Secondary, PATH, &visit.t("delegates-open"))))
        },
    )
}

#[derive(Deserialize)]
pub(super) struct Way {
    done: Option<String>,
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    let done = way.done.filter(|done| matches!(done.as_str(), "ended" | "renewed"));
    Ok(page(&state, &visit, done, None).await?.into_response())
}

async fn page(
    state: &BankState,
    visit: &Visit,
    done: Option<String>,
    error: Option<String>,
) -> Result<Markup, Problem> {
    let holder_id = visit.require_looker()?;
    let all = state.bank.delegates_of(holder_id).await.map_err(problem)?;
    let now = visit.now();
    let is_open = |one: &&Delegate| one.delegation.standing.is_open(now);
    let (open, past): (Vec<&Delegate>, Vec<&Delegate>) = all.iter().partition(is_open);
    let may_invite = visit.holder_id().is_some();
    let cards: Vec<Markup> = open.iter().map(|one| one_card(visit, one)).collect();
    let title = visit.t("delegates-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("delegates-lead"))))
        (super::seer::banner(visit))
        @if let Some(done) = done {
            (ui::notice(Tone::Success, &visit.t(&format!("delegates-done-{done}")), html! {
                p { (visit.t(&format!("delegates-done-{done}.what"))) }
            }))
        }
        @if !cards.is_empty() { (ui::stack(&cards)) }
        (ui::card(Some(&visit.t("delegates-can")), html! {
            ul.points {
                li { (visit.t("delegates-can-see")) }
                li { (visit.t("delegates-can-stop")) }
                li { (visit.t("delegates-cannot")) }
                li { (visit.t("delegates-year")) }
            }
        }))
        @if open.len() >= DELEGATES_MAX {
            p.hint { (visit.t("delegates-full")) }
        } @else if may_invite {
            (invite_form(visit, error))
        } @else {
            p.hint { (visit.t("delegates-passkey")) }
        }
        @if !past.is_empty() {
            (ui::section(&visit.t("delegates-past"), ui::rows(
                past.iter().take(PAST_MAX).map(|one| row(visit, one)).collect(),
            )))
        }
    };
    let meta = PageMeta::new(title).nav(home::nav(visit, "/holder")).back("/holder");
    Ok(visit.page(&meta, body))
}

fn row(visit: &Visit, one: &Delegate) -> Row {
    let at = |at| show::instant(visit.lang(), at);
    let delegation = &one.delegation;
    let (tone, word, detail) = match delegation.standing {
        Standing::Invited { until } if visit.now() < until => {
            (Tone::Info, "invited", visit.t_args("delegates-until", &[("at", at(until).into())]))
        }
        Standing::Active { since, ends_at } if visit.now() < ends_at => {
            let args = [("since", at(since).into()), ("at", at(ends_at).into())];
            (Tone::Success, "active", visit.t_args("delegates-since", &args))
        }
        Standing::Invited { until: ended } | Standing::Active { ends_at: ended, .. } => (
            Tone::Neutral,
            "lapsed",
            visit.t_args("delegates-ended-at", &[("at", at(ended).into())]),
        ),
        Standing::Ended { at: ended, .. } => (
            Tone::Neutral,
            "ended",
            visit.t_args("delegates-ended-at", &[("at", at(ended).into())]),
        ),
    };
    let number = number_of(delegation.delegation_id);
    let title = visit
        .t_args("delegates-name", &[("label", (&one.label).into()), ("number", number.into())]);
    Row::new(title)
        .icon(Icon::People)
        .badge(tone, visit.t(&format!("delegates-{word}")))
        .detail(detail)
}

fn one_card(visit: &Visit, one: &Delegate) -> Markup {
    let at = |verb: &str| format!("{PATH}/{}/{verb}", one.delegation.delegation_id);
    let is_active = one.delegation.standing.is_active(visit.now());
    let told = if one.delegation.is_told() { "delegates-told" } else { "delegates-not-told" };
    let button = |verb, look, key: &str| {
        ui::form(&at(verb), visit.csrf_field(), ui::actions(ui::button(look, &visit.t(key))))
    };
    ui::card(
        None,
        html! {
            (ui::rows(vec![row(visit, one)]))
            @if is_active { p.hint { (visit.t(told)) } }
            (button("end", Look::Danger, "delegates-end"))
            @if is_active && visit.holder_id().is_some() {
                (button("renew", Look::Quiet, "delegates-renew"))
            }
        },
    )
}

fn invite_form(visit: &Visit, error: Option<String>) -> Markup {
    let label = Field::new("label", visit.t("delegates-label"))
        .hint(visit.t("delegates-label-hint"))
        .max_length(20)
        .autocomplete("off")
        .error(error);
    ui::card(
        Some(&visit.t("delegates-invite")),
        ui::form(
            PATH,
            visit.csrf_field(),
            html! {
                (ui::field(&label))
                (ui::checkbox("tells", "yes", &visit.t("delegates-tell"), false))
                p.hint { (visit.t("delegates-nobody-asks")) }
                (ui::actions(ui::button(Look::Primary, &visit.t("enrol-next"))))
            },
        ),
    )
}

#[derive(Deserialize)]
pub(super) struct Asked {
    label: String,
    tells: Option<String>,
}

/// Shows what will be signed.
pub(super) async fn start(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Asked>,
) -> Answer {
    let tells = form.tells.as_deref() == Some("yes");
    sign_page(&state, &visit, &Wish::New { label: form.label, tells }).await
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn renew(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    visit.require_holder()?;
    sign_page(&state, &visit, &Wish::Renew(parse(&id)?)).await
}

fn parse(id: &str) -> Result<DelegationId, Problem> {
    id.parse().map_err(|_| problem(BankError::NotAvailable))
}

async fn sign_page(state: &BankState, visit: &Visit, wish: &Wish) -> Answer {
    let holder_id = visit.require_holder()?;
    if !visit.allow("delegate", TRIES_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let ctx = visit.ctx();
    let (label, options, mut asked) = match state.bank.start_inviting(&ctx, holder_id, wish).await {
        Ok(started) => started,
        Err(BankError::Amounts) => {
            let error = Some(visit.t("delegates-label-wrong"));
            let page = page(state, visit, None, error).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
        // No room: the page says so.
        Err(BankError::TooMany) => return Ok(Redirect::to(PATH).into_response()),
        Err(error) => return Err(problem(error)),
    };
    let pairs = vec![
        (visit.t("delegates-label"), html! { strong { (label) } }),
        (visit.t("delegates-can"), html! { (visit.t("delegates-sign-can")) }),
        (visit.t("delegates-how-long"), html! { (visit.t("delegates-sign-year")) }),
    ];
    asked.showing(plain::shown(visit, &pairs));
    let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &visit.binding(), &asked).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: format!("{PATH}/sign"),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("delegates-sign"),
        body: ui::definitions(pairs),
        alternative: Some((PATH.to_owned(), visit.t("delegates-leave"))),
    };
    let form = card::sign_form(state, visit, holder_id, (form, SignedPage::Delegate, None)).await?;
    let title = visit.t("delegates-check");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("delegates-check-lead"))))
        (ui::card(None, form))
        (ui::notice(Tone::Warning, &visit.t("delegates-coached"), html! {
            p { (visit.t("delegates-coached-what")) }
        }))
    };
    let meta = PageMeta::new(title).nav(home::nav(visit, "/holder")).back(PATH);
    Ok(visit.page(&meta, body).into_response())
}

#[derive(Deserialize)]
pub(super) struct Signed {
    credential: String,
    ceremony: CeremonyId,
}

pub(super) async fn finish(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    let holder_id = visit.require_holder()?;
    let ctx = visit.ctx();
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &visit.binding()).await?;
    let asked: InviteState = taken.state()?;
    let who = (holder_id, taken.binding.as_str());
    let answer = (form.credential.as_str(), &asked);
    match state.bank.finish_inviting(&ctx, who, answer).await {
        Ok(Invited::New { code, until }) => Ok(code_page(&visit, &code, until).into_response()),
        Ok(Invited::Renewed(_)) => {
            Ok(Redirect::to(&format!("{PATH}?done=renewed")).into_response())
        }
        Err(BankError::TooMany) => Ok(Redirect::to(PATH).into_response()),
        Err(error) => Err(problem(error)),
    }
}

/// The code, once: for the holder to hand on.
fn code_page(visit: &Visit, code: &str, until: jiff::Timestamp) -> Markup {
    let title = visit.t("delegates-code-title");
    let until = show::instant(visit.lang(), until);
    let body = html! {
        (ui::heading(&title, Some(&visit.t("delegates-code-lead"))))
        (ui::card(None, html! {
            (ui::stop_code(&visit.t("delegates-code"), code))
            ol.points {
                li { (visit.t("delegates-code-one")) }
                li { (visit.t("delegates-code-two")) }
                li { (visit.t_args("delegates-code-until", &[("at", until.into())])) }
            }
        }))
        (ui::actions(ui::link_button(Look::Primary, PATH, &visit.t("delegates-code-done"))))
    };
    visit.page(&PageMeta::new(title).nav(home::nav(visit, "/holder")).back(PATH), body)
}

/// At once, by whoever may stop.
pub(super) async fn end(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let holder_id = visit.require_looker()?;
    let id = parse(&id)?;
    state.bank.end_delegation(&visit.ctx(), holder_id, id).await.map_err(problem)?;
    visit.site.sessions.end_all(&id.to_string()).await?;
    Ok(Redirect::to(&format!("{PATH}?done=ended")).into_response())
}
