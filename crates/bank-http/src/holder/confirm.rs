//! A link that waits: the holder chooses the second channel, does it, and types its code.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use jiff::Timestamp;
use kanuki_bank::{
    BankError,
    channel::{LetterFate, PostedLetter},
    holder::enrol::Enrolment,
    mandate::{
        Mandate,
        confirm::{ATTEMPTS_MAX, Held, STARTS_MAX},
    },
};
use kanuki_domain::{
    mandate::MandateState,
    route::{Route, SecondChannel},
};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Choice, Field, Kind, Look, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{BankState, refusal::problem};

const fn name(second: SecondChannel) -> &'static str {
    match second {
        SecondChannel::Letter => "letter",
        SecondChannel::Call => "call",
        SecondChannel::Atm => "atm",
        SecondChannel::Branch => "branch",
    }
}

/// What the page of a link that waits shows; nothing for any other.
pub(super) async fn section(
    state: &BankState,
    visit: &Visit,
    mandate: &Mandate,
) -> Result<Markup, Problem> {
    let ctx = visit.ctx();
    let MandateState::Unconfirmed { lapses_at } = mandate.state.aged(ctx.now) else {
        return Ok(html! {});
    };
    // Whoever only looks has a proof that can be talked out of its owner: they neither confirm nor see
    // the reference with which a call or a machine would.
    if visit.is_looking() {
        return Ok(ui::card(
            Some(&visit.t("confirm-looking")),
            html! {
                p { (visit.t("confirm-looking.what")) }
                (ui::actions(ui::link_button(Look::Secondary, "/holder/sign-in", &visit.t("confirm-looking-button"))))
            },
        ));
    }
    let id = mandate.mandate_id;
    if let Some(held) = state.bank.confirmation_held(&ctx, mandate).await.map_err(problem)? {
        return Ok(held_back(visit, lapses_at, held));
    }
    let open = state.bank.second_channels(&ctx, mandate).await.map_err(problem)?;
    let under_way = state.bank.letter_under_way_until(&ctx, mandate).await.map_err(problem)?;
    let waiting = state.bank.confirmations(&ctx, id).await.map_err(problem)?;
    let letter = state.bank.letter_about(id).await.map_err(problem)?;
    let code = Field::new("code", visit.t("confirm-code"))
        .kind(Kind::Code)
        .hint(visit.t("confirm-code-hint"))
        .max_length(40);
    let path = super::path(mandate);
    let choose = ui::card(Some(&visit.t("confirm-choose")), choose(visit, &path, &open));
    // Before anything is on its way there is no code to type.
    let is_chosen = letter.is_some() || !waiting.is_empty();
    Ok(html! {
        @if !is_chosen { (choose) }
        (ui::card(Some(&visit.t("confirm-title")), html! {
            p { (visit.t("confirm-lead")) }
            @if let Some(letter) = &letter { p.hint { (fate(visit, letter)) } }
            @if let Some(until) = under_way { p.hint { (next_letter(visit, until)) } }
            @for enrolment in &waiting { (reference(visit, enrolment)) }
            (ui::form(&format!("{path}/confirm"), visit.csrf_field(), html! {
                (ui::field(&code))
                (ui::actions(ui::button(Look::Primary, &visit.t("confirm-button"))))
            }))
        }))
        @if is_chosen { (choose) }
    })
}

/// Before anybody calls, or goes anywhere: nothing confirms it now, and this is why.
fn held_back(visit: &Visit, lapses_at: Timestamp, held: Held) -> Markup {
    let lapses_at = show::instant(visit.lang(), lapses_at);
    let lapses = visit.t_args("confirm-held-lapses", &[("at", lapses_at.into())]);
    match held {
        Held::Locked => ui::notice(
            Tone::Warning,
            &visit.t("confirm-locked"),
            html! {
                p { (visit.t("confirm-locked.what")) }
                p { (lapses) }
                p { a href="/holder/lock" { (visit.t("lock-title")) } }
            },
        ),
        Held::Waits { until } => {
            let until = show::instant(visit.lang(), until);
            ui::notice(
                Tone::Warning,
                &visit.t("confirm-waits"),
                html! {
                    p { (visit.t_args("confirm-waits-what", &[("at", until.into())])) }
                    p { (lapses) }
                },
            )
        }
    }
}

/// A second letter would make the first one's code void while that is in the post.
fn next_letter(visit: &Visit, until: Timestamp) -> String {
    let until = show::instant(visit.lang(), until);
    visit.t_args("confirm-letter-next", &[("at", until.into())])
}

/// Where the letter is, as far as the letter house told: it may tell late, or nothing.
fn fate(visit: &Visit, letter: &PostedLetter) -> String {
    let at = |at| show::instant(visit.lang(), at);
    match letter.fate {
        LetterFate::Written => {
            visit.t_args("confirm-letter-written", &[("at", at(letter.written_at).into())])
        }
        LetterFate::Posted { at: when } => {
            visit.t_args("confirm-letter-posted", &[("at", at(when).into())])
        }
        LetterFate::Returned { at: when } => {
            visit.t_args("confirm-letter-returned", &[("at", at(when).into())])
        }
    }
}

/// What to type, and where.
fn reference(visit: &Visit, enrolment: &Enrolment) -> Markup {
    let until = show::instant(visit.lang(), enrolment.expires_at);
    let what = match enrolment.proof {
        Route::Call => "confirm-at-call",
        Route::Atm => "confirm-at-atm",
        Route::Passkey | Route::Jpki | Route::Branch | Route::Post => "confirm-at-branch",
    };
    html! {
        (ui::stop_code(&visit.t("enrol-reference"), enrolment.reference.as_deref().unwrap_or("")))
        p { (visit.t_args(what, &[("at", until.into())])) }
    }
}

fn choose(visit: &Visit, path: &str, open: &[SecondChannel]) -> Markup {
    let choices: Vec<Choice> = open
        .iter()
        .map(|second| Choice {
            value: name(*second).to_owned(),
            label: visit.t(&format!("confirm-by-{}", name(*second))),
            detail: Some(visit.t(&format!("confirm-by-{}.what", name(*second)))),
        })
        .collect();
    let first = choices.first().map(|choice| choice.value.clone()).unwrap_or_default();
    let how = Field::new("second", visit.t("confirm-how")).value(first);
    html! {
        p { (visit.t("confirm-why")) }
        @if choices.is_empty() {
            (ui::notice(Tone::Info, &visit.t("confirm-none"), html! {}))
        } @else {
            (ui::form(&format!("{path}/second"), visit.csrf_field(), html! {
                (ui::choices(&how, &choices))
                (ui::actions(ui::button(Look::Secondary, &visit.t("confirm-start"))))
            }))
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Typed {
    code: String,
}

pub(super) async fn enter(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Typed>,
) -> Answer {
    let (holder_id, mandate) = super::own(&state, &visit, &id).await?;
    if !visit.allow("letter_code", 20, 3_600) {
        return Err(Problem::too_many());
    }
    let path = super::path(&mandate);
    let id = mandate.mandate_id;
    match state.bank.confirm_mandate(&visit.ctx(), holder_id, id, &form.code).await {
        Ok(()) => Ok(Redirect::to(&format!("{path}?done=confirmed")).into_response()),
        Err(BankError::NotAvailable) => {
            Ok(Redirect::to(&format!("{path}?wrong=1")).into_response())
        }
        Err(error) => refused(&path, "tries", error),
    }
}

fn waits(mandate: &Mandate, now: Timestamp) -> bool {
    matches!(mandate.state.aged(now), MandateState::Unconfirmed { .. })
}

/// What the page of the link says best itself: why nothing confirms it now, or that something was tried
/// too often. `many` is what.
fn refused(path: &str, many: &str, error: BankError) -> Answer {
    match error {
        BankError::Locked | BankError::Waits { .. } => Ok(Redirect::to(path).into_response()),
        BankError::TooMany => Ok(Redirect::to(&format!("{path}?wrong={many}")).into_response()),
        error => Err(problem(error)),
    }
}

/// The page was told that something was tried too often.
pub(super) fn too_many(visit: &Visit, wrong: &str) -> Option<Markup> {
    let (title, what) = match wrong {
        "tries" => {
            let count = [("count", ATTEMPTS_MAX.into())];
            (visit.t_args("confirm-many-tries", &count), visit.t("confirm-many-tries-what"))
        }
        "choices" => {
            let count = [("count", STARTS_MAX.into())];
            (visit.t("confirm-many-choices"), visit.t_args("confirm-many-choices-what", &count))
        }
        _ => return None,
    };
    Some(ui::notice(Tone::Error, &title, html! { p { (what) } }))
}

#[derive(Deserialize)]
pub(super) struct Chosen {
    second: String,
}

pub(super) async fn start(
    State(state): State<BankState>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Chosen>,
) -> Answer {
    let (holder_id, mandate) = super::own(&state, &visit, &id).await?;
    let chosen = SecondChannel::ALL.into_iter().find(|second| name(*second) == form.second);
    let second = chosen.ok_or_else(|| Problem::unprocessable("bad_form"))?;
    let id = mandate.mandate_id;
    let started = state.bank.start_confirmation(&visit.ctx(), holder_id, id, second).await;
    let path = super::path(&mandate);
    match started {
        Ok(()) => Ok(Redirect::to(&format!("{path}?done=second")).into_response()),
        // A letter went out since the page was drawn: the page says so.
        Err(BankError::NotAvailable) if waits(&mandate, visit.now()) => {
            Ok(Redirect::to(&path).into_response())
        }
        Err(BankError::NotAvailable) => Err(Problem::conflict("wrong_state")),
        Err(error) => refused(&path, "choices", error),
    }
}
