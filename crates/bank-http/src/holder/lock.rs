//! Locking an account against every new link, and who asked for one.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::{
    BankError, CoreAccount,
    delegate::DelegateAct,
    lock::{LockState, LockedBy, OpeningState},
};
use kanuki_domain::id::{BankAccountId, CeremonyId, HolderId};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Icon, Look, PasskeyForm, PasskeyMode, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    BankState,
    card::{self, SignedPage},
    home, plain,
    refusal::problem,
};

pub(crate) const PURPOSE: &str = "lock_open";

#[derive(Deserialize)]
pub(super) struct Way {
    done: Option<String>,
}

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<Way>,
) -> Answer {
    let holder_id = super::seer::require(&state, &visit).await?.holder_id;
    let known = state.bank.known(holder_id).await.map_err(problem)?;
    let mut cards = Vec::new();
    for account in &known.core.accounts {
        cards.push(one(&state, &visit, (holder_id, account)).await?);
    }
    let asked = state.bank.asked_about(holder_id).await.map_err(problem)?;
    let title = visit.t("lock-title");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("lock-lead"))))
        (super::seer::banner(&visit))
        @if let Some(done) = way.done.as_deref().filter(|d| matches!(*d, "locked" | "opening")) {
            (ui::notice(Tone::Success, &visit.t(&format!("lock-done-{done}")), html! {
                p { (visit.t(&format!("lock-done-{done}.what"))) }
            }))
        }
        (ui::stack(&cards))
        (ui::section(&visit.t("asked-title"), super::asked::list(&visit, &asked)))
        (ui::notice(Tone::Info, &visit.t("lock-limits"), html! {
            p { (visit.t("lock-limits-body")) }
        }))
    };
    let meta = PageMeta::new(title).nav(home::nav(&visit, "/holder")).back("/holder");
    Ok(visit.page(&meta, body).into_response())
}

async fn one(
    state: &BankState,
    visit: &Visit,
    (holder_id, account): (HolderId, &CoreAccount),
) -> Result<Markup, Problem> {
    let account_id = state.bank.account_id(&account.account);
    let lock = state.bank.lock_of(&visit.ctx(), holder_id, account_id).await.map_err(problem)?;
    let at = |at| show::instant(visit.lang(), at);
    let is_locked = lock.state.is_locked(visit.now());
    let (word, tone, what) = match lock.state {
        LockState::Opening { opens_at, .. } if is_locked => (
            "opening",
            Tone::Warning,
            visit.t_args("lock-opening.what", &[("at", at(opens_at).into())]),
        ),
        LockState::Locked { by: LockedBy::Bank, .. } => {
            ("locked", Tone::Success, visit.t("lock-by-bank"))
        }
        LockState::Locked { since, by: LockedBy::Delegate } => {
            ("locked", Tone::Success, visit.t_args("lock-by-delegate", &[("at", at(since).into())]))
        }
        // Also one of a list: whoever is signed in reads here of no leak.
        LockState::Locked { since, .. } => {
            ("locked", Tone::Success, visit.t_args("lock-locked.what", &[("at", at(since).into())]))
        }
        LockState::Open | LockState::Opening { .. } => {
            ("open", Tone::Neutral, visit.t("lock-open.what"))
        }
    };
    let is_opening = word == "opening";
    let mask = account.account.mask();
    let title = visit.t_args("account-label", &[("mask", mask.into())]);
    let form = |action: &str, look, key: &str| {
        ui::form(
            action,
            visit.csrf_field(),
            html! {
                (ui::hidden("account", &account_id.to_string()))
                (ui::actions(ui::button(look, &visit.t(key))))
            },
        )
    };
    Ok(ui::card(
        Some(&title),
        html! {
            p { (ui::icon(Icon::Shield)) " " (ui::badge(tone, &visit.t(&format!("lock-{word}")))) }
            p { (what) }
            @if !is_locked { (form("/holder/lock", Look::Primary, "lock-button")) }
            @if is_opening { (form("/holder/lock", Look::Danger, "lock-call-off")) }
            // With it a lock of a list's does not open with the list; so it is offered beside a holder's
            // own lock too, which reads the same.
            @if is_locked && lock.state.may_be_a_lists() {
                (form("/holder/lock?own=1", Look::Secondary, "lock-own-button"))
            }
            @if is_locked && !is_opening && visit.delegate_id().is_none() {
                (form("/holder/lock/open", Look::Secondary, "lock-open-button"))
            }
        },
    ))
}

#[derive(Deserialize)]
pub(super) struct Which {
    account: String,
}

impl Which {
    fn id(&self) -> Result<BankAccountId, Problem> {
        self.account.parse().map_err(|_| problem(BankError::NotAvailable))
    }
}

/// Closes it, at once: tightening needs no more than being signed in.
pub(super) async fn close(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Which>,
) -> Answer {
    let seer = super::seer::require(&state, &visit).await?;
    if let Some(delegate) = seer.delegate {
        let act = DelegateAct::Lock(form.id()?);
        super::seer::act(&state, &visit, (delegate, &act)).await?;
    } else {
        let closed = state.bank.lock_account(&visit.ctx(), seer.holder_id, form.id()?).await;
        closed.map_err(problem)?;
    }
    Ok(Redirect::to("/holder/lock?done=locked").into_response())
}

/// Shows what will be signed, and how long it waits.
pub(super) async fn start_opening(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Which>,
) -> Answer {
    let holder_id = visit.require_holder()?;
    let ctx = visit.ctx();
    let started = state.bank.start_opening(&ctx, holder_id, form.id()?).await;
    let (terms, options, mut asked) = started.map_err(problem)?;
    let span = show::span(visit.lang(), u64::try_from(terms.wait_secs).unwrap_or(0));
    let title = visit.t_args("lock-open-title", &[("account", terms.account_mask.into())]);
    let wait = visit.t_args("lock-open-wait", &[("span", span.into())]);
    let pairs = [(title.clone(), html! { (wait) })];
    asked.showing(plain::shown(&visit, &pairs));
    let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &visit.binding(), &asked).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Get,
        action: "/holder/lock/open/sign".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("lock-open-sign"),
        body: html! {
            p { (wait) }
            p { (visit.t("lock-open-coached")) }
        },
        alternative: Some(("/holder/lock".to_owned(), visit.t("lock-keep"))),
    };
    let form = card::sign_form(&state, &visit, holder_id, (form, SignedPage::Lock, None)).await?;
    let body = html! {
        (ui::heading(&title, None))
        (ui::card(None, form))
    };
    let meta = PageMeta::new(title).nav(home::nav(&visit, "/holder")).back("/holder/lock");
    Ok(visit.page(&meta, body).into_response())
}

#[derive(Deserialize)]
pub(super) struct Signed {
    credential: String,
    ceremony: CeremonyId,
}

pub(super) async fn finish_opening(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Signed>,
) -> Answer {
    let holder_id = visit.require_holder()?;
    let ctx = visit.ctx();
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &visit.binding()).await?;
    let asked: OpeningState = taken.state()?;
    let who = (holder_id, taken.binding.as_str());
    let done = state.bank.finish_opening_account(&ctx, who, asked, &form.credential).await;
    done.map_err(problem)?;
    if let Some(session) = &visit.session {
        visit.site.sessions.prove(&ctx, session.session_id).await?;
    }
    Ok(Redirect::to("/holder/lock?done=opening").into_response())
}
