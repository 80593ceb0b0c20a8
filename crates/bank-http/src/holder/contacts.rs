//! Telephone and mail: what is on file, and changing it with a passkey.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use kanuki_bank::{
    BankError,
    holder::contact::{ChangeProgress, ChangeState, ContactChange},
};
use kanuki_desk::DeskError;
use kanuki_domain::id::CeremonyId;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Field, Icon, Kind, Look, PasskeyForm, PasskeyMode, Row, Tone},
};
use kanuki_wire::transaction::ContactKind;
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, home, plain, refusal::problem};

const PURPOSE: &str = "contact";
const PATH: &str = "/holder/contacts";
/// Changes that one network may begin in an hour.
const TRIES_MAX: u32 = 20;
/// How many past changes the page shows.
const CHANGES_MAX: usize = 10;

#[derive(Deserialize)]
pub(super) struct Way {
    done: Option<String>,
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    Ok(page(&state, &visit, way.done.is_some(), None).await?.into_response())
}

/// The last digits, or the first letter and the host: enough to know one's own.
fn masked(kind: ContactKind, value: &str) -> String {
    match kind {
        ContactKind::Phone => {
            let start = value.len().saturating_sub(4);
            format!("***{}", value.get(start..).unwrap_or_default())
        }
        ContactKind::Email => {
            let (name, host) = value.split_once('@').unwrap_or((value, ""));
            format!("{}***@{host}", name.chars().next().unwrap_or('*'))
        }
    }
}

async fn page(
    state: &BankState,
    visit: &Visit,
    is_done: bool,
    wrong: Option<ContactKind>,
) -> Result<Markup, Problem> {
    let holder_id = visit.require_holder()?;
    let known = state.bank.known(holder_id).await.map_err(problem)?;
    let changes = state.bank.contact_changes(holder_id).await.map_err(problem)?;
    let core = &known.core;
    let on_file = [
        (ContactKind::Phone, core.phone.as_ref(), core.on_file.phone_since),
        (ContactKind::Email, core.email.as_ref(), core.on_file.email_since),
    ];
    let row = |kind: ContactKind,
               value: Option<&kanuki_domain::Masked<String>>,
               since: Option<jiff::Timestamp>| {
        let none = || visit.t("contacts-none");
        let shown = value.map_or_else(none, |value| masked(kind, value.expose()));
        let since = since.map(|at| show::instant(visit.lang(), at)).unwrap_or_default();
        let detail = visit.t_args("contacts-since", &[("at", since.into())]);
        let icon = match kind {
            ContactKind::Phone => Icon::Phone,
            ContactKind::Email => Icon::Mail,
        };
        Row::new(shown).icon(icon).detail(detail)
    };
    let rows = on_file.into_iter().map(|(kind, value, since)| row(kind, value, since)).collect();
    let now = visit.now();
    let settles_at = known.settles_at();
    let body = html! {
        (ui::heading(&visit.t("contacts-title"), Some(&visit.t("contacts-lead"))))
        @if is_done {
            (ui::notice(Tone::Success, &visit.t("contacts-done"), html! {
                p { (visit.t("contacts-done.what")) }
            }))
        }
        @if now < settles_at {
            (ui::notice(Tone::Warning, &visit.t("contacts-hold"), html! {
                p { (visit.t_args("contacts-hold-body", &[
                    ("at", show::instant(visit.lang(), settles_at).into()),
                ])) }
            }))
        }
        (ui::rows(rows))
        (form(visit, ContactKind::Phone, wrong))
        (form(visit, ContactKind::Email, wrong))
        p.hint { (visit.t("contacts-address")) }
        (past(visit, &changes))
    };
    let meta = PageMeta::new(visit.t("contacts-title")).nav(home::nav(visit, "/holder/security"));
    Ok(visit.page(&meta.back("/holder/security"), body))
}

fn form(visit: &Visit, kind: ContactKind, wrong: Option<ContactKind>) -> Markup {
    let name = kind.name();
    let error = (wrong == Some(kind)).then(|| visit.t(&format!("contacts-wrong-{name}")));
    let field = Field::new("to", visit.t(&format!("contacts-new-{name}"))).place(name).error(error);
    let field = match kind {
        ContactKind::Phone => field.kind(Kind::Tel).max_length(20).autocomplete("tel"),
        ContactKind::Email => field.kind(Kind::Email).max_length(254).autocomplete("email"),
    };
    ui::card(
        Some(&visit.t(&format!("contacts-change-{name}"))),
        ui::form(
            PATH,
            visit.csrf_field(),
            html! {
                (ui::hidden("kind", name))
                (ui::field(&field))
                (ui::actions(ui::button(Look::Secondary, &visit.t("contacts-next"))))
            },
        ),
    )
}

fn past(visit: &Visit, changes: &[ContactChange]) -> Markup {
    let row = |change: &ContactChange| {
        let (tone, key) = match change.progress {
            ChangeProgress::Open => (Tone::Info, "contacts-open"),
            ChangeProgress::Done => (Tone::Success, "contacts-kept"),
            ChangeProgress::Refused => (Tone::Warning, "contacts-refused"),
            ChangeProgress::CalledOff => (Tone::Neutral, "contacts-called-off"),
        };
        Row::new(visit.t(&format!("contacts-change-{}", change.kind.name())))
            .icon(Icon::Clock)
            .detail(show::instant(visit.lang(), change.signed_at))
            .badge(tone, visit.t(key))
    };
    let rows: Vec<Row> = changes.iter().take(CHANGES_MAX).map(row).collect();
    html! {
        @if !rows.is_empty() { (ui::section(&visit.t("contacts-past"), ui::rows(rows))) }
    }
}

#[derive(Deserialize)]
pub(super) struct Asked {
    kind: ContactKind,
    to: String,
}

/// Shows what will be signed.
pub(super) async fn start(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Asked>,
) -> Answer {
    let holder_id = visit.require_holder()?;
    if !visit.allow("contact", TRIES_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let ctx = visit.ctx();
    let asked = (form.kind, form.to.as_str());
    let (to, options, mut kept) =
        match state.bank.start_contact_change(&ctx, holder_id, asked).await {
            Ok(started) => started,
            Err(BankError::Amounts) => {
                let page = page(&state, &visit, false, Some(form.kind)).await?;
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
            }
            Err(error) => return Err(problem(error)),
        };
    let name = form.kind.name();
    let pairs = vec![(visit.t(&format!("contacts-new-{name}")), html! { strong { (to) } })];
    kept.showing(plain::shown(&visit, &pairs));
    let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &visit.binding(), &kept).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: format!("{PATH}/sign"),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("contacts-sign"),
        body: ui::definitions(pairs),
        alternative: Some((PATH.to_owned(), visit.t("contacts-keep"))),
    };
    let title = visit.t(&format!("contacts-change-{name}"));
    let body = html! {
        (ui::heading(&title, Some(&visit.t("contacts-check"))))
        (ui::card(None, ui::passkey_form(&visit.words(), &form)))
        (ui::notice(Tone::Info, &visit.t("contacts-then"), html! {
            p { (visit.t("contacts-then-body")) }
        }))
    };
    let meta = PageMeta::new(title).nav(home::nav(&visit, "/holder/security")).back(PATH);
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
    let asked: ChangeState = taken.state()?;
    let who = (holder_id, taken.binding.as_str());
    let answer = (form.credential.as_str(), &asked);
    match state.bank.finish_contact_change(&ctx, who, answer).await {
        Ok(_) => Ok(Redirect::to(&format!("{PATH}?done=1")).into_response()),
        Err(BankError::Desk(DeskError::TooEarly)) => Ok(too_early(&visit)),
        Err(error) => Err(problem(error)),
    }
}

/// This passkey came by a code: weak proofs only tighten.
fn too_early(visit: &Visit) -> Response {
    let title = visit.t("contacts-early");
    let body = html! {
        (ui::heading(&title, None))
        (ui::notice(Tone::Warning, &visit.t("contacts-early.what"), html! {
            p { (visit.t("contacts-early.next")) }
        }))
        (ui::actions(ui::link_button(Look::Primary, PATH, &visit.t("contacts-keep"))))
    };
    let page = visit.page(&PageMeta::new(title).back(PATH), body);
    (StatusCode::CONFLICT, page).into_response()
}
