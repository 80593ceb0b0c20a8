//! Topping up.

use std::collections::BTreeSet;

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_desk::{evidence::Shown, incident::Service};
use kanuki_domain::{
    Yen,
    assurance::Identity,
    bank_account::BankCode,
    id::{LinkId, TopupId},
    mandate::Terms,
};
use kanuki_record::Stored;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, AmountField, Choice, Direction, Field, Icon, Look, Tone},
};
use kanuki_wallet::{
    WalletError,
    link::{Link, LinkState},
    proof::Asked,
    topup::{Topup, TopupState, Waiting, most_at_once},
};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{
    confirm::{self, Confirm, Confirmed, back_to_form},
    form_error, inner,
    links::to_bank,
    outcome::{self, Outcome},
    room,
};
use crate::{WalletState, refusal::problem};

const PURPOSE: &str = "topup";

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/topup", get(show_form).post(top_up))
        .route("/topup/confirm", post(show_confirm))
        .route("/topup/{id}", get(show_outcome))
        .route("/topup/{id}/approve", post(approve))
        .route("/topup/{id}/wait", post(wait))
        .route("/topup/{id}/abandon", post(abandon))
}

#[derive(Deserialize)]
struct Way {
    link: Option<String>,
    error: Option<String>,
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
    let links = state.wallet.live_links(id).await.map_err(problem)?;
    let names = state.wallet.bank_names().await.map_err(problem)?;
    let usable: Vec<_> = links.iter().filter(|link| link.is_usable()).collect();
    let meta = inner(&visit, "topup-title", "");
    let wanted = |link: &&&Stored<Link>| way.link.as_deref() == Some(&*link.link_id.to_string());
    let Some(chosen) = usable.iter().find(wanted).or_else(|| usable.first()) else {
        let body = html! {
            (ui::heading(&visit.t("topup-title"), None))
            (no_account(&state, &visit, &links).await?)
        };
        return Ok(visit.page(&meta, body).into_response());
    };
    let room = state.wallet.topup_room(&visit.ctx(), id, chosen).await.map_err(problem)?;
    let choice = |link: &&Stored<Link>| Choice {
        value: link.link_id.to_string(),
        label: names.of(link.bank),
        detail: Some(link.account_mask.clone()),
    };
    let choices: Vec<Choice> = usable.iter().map(choice).collect();
    let account = Field::new("link", visit.t("topup-from")).value(chosen.link_id.to_string());
    let amount = AmountField {
        name: "amount".to_owned(),
        label: visit.t("topup-amount"),
        hint: Some(
            room.map_or_else(|| visit.t("topup-amount.hint"), |room| room::text(&visit, &room)),
        ),
        error: form_error(&visit, way.error.as_deref()),
        value: String::new(),
        quick: room::amounts(room.as_ref()),
    };
    let mut stopped = Vec::new();
    for bank in links.iter().map(|link| link.bank).collect::<BTreeSet<_>>() {
        if let Some(notice) = stopped_there(&state, &visit, bank).await? {
            stopped.push(notice);
        }
    }
    let body = html! {
        (ui::heading(&visit.t("topup-title"), Some(&visit.t("topup-lead"))))
        @for notice in &stopped { (notice) }
        (ui::card(None, ui::form("/topup/confirm", visit.csrf_field(), html! {
            (ui::amount_field(&amount))
            (ui::choices(&account, &choices))
            (ui::actions(ui::button(Look::Primary, &visit.t("to-confirm"))))
        })))
    };
    Ok(visit.page(&meta, body).into_response())
}

/// That a bank stopped top-ups itself, if it did: said before anything is asked of it.
async fn stopped_there(
    state: &WalletState,
    visit: &Visit,
    bank: BankCode,
) -> Result<Option<Markup>, Problem> {
    let since = state.wallet.stopped_there(bank, Service::TopUps).await.map_err(problem)?;
    let Some(since) = since else { return Ok(None) };
    let name = state.wallet.bank_name(bank).await;
    let at = show::instant(visit.lang(), since);
    let said = visit.t_args("topup-bank-stopped", &[("bank", name.into()), ("at", at.into())]);
    Ok(Some(ui::notice(
        Tone::Warning,
        &said,
        html! {
            p { (visit.t("topup-bank-stopped.money")) " " a href="/incident" { (visit.t("foot-incident")) } }
        },
    )))
}

/// No account can be used yet, and the one thing to do about it.
async fn no_account(
    state: &WalletState,
    visit: &Visit,
    links: &[Stored<Link>],
) -> Result<Markup, Problem> {
    if let Some(link) = links.iter().find(|link| link.waits_until().is_some()) {
        let there = to_bank(state, visit, link, Look::Primary).await?;
        let (title, body) = (visit.t("link-waiting"), visit.t("link-waiting.body"));
        return Ok(ui::empty(Icon::Bank, &title, &body, there));
    }
    let is_stopped = |link: &&Stored<Link>| matches!(link.state, LinkState::Suspended { .. });
    if let Some(link) = links.iter().find(is_stopped) {
        let page = format!("/links/{}", link.link_id);
        let way_on = ui::link_button(Look::Secondary, &page, &visit.t("topup-stopped.button"));
        let (title, body) = (visit.t("topup-stopped"), visit.t("topup-stopped.body"));
        return Ok(ui::empty(Icon::Bank, &title, &body, Some(way_on)));
    }
    let id = visit.require_customer()?;
    let customer = state.wallet.customer(id).await.map_err(problem)?;
    let (key, href, button) = if customer.identity == Identity::Unproven {
        ("next-identity", "/identity", "next-identity.button")
    } else {
        ("topup-no-link", "/link", "next-link.button")
    };
    let way_on = ui::link_button(Look::Primary, href, &visit.t(button));
    let body = visit.t(&format!("{key}.body"));
    Ok(ui::empty(Icon::Bank, &visit.t(key), &body, Some(way_on)))
}

#[derive(Deserialize)]
struct Wanted {
    link: String,
    amount: String,
}

/// What was confirmed.
#[derive(Serialize, Deserialize)]
struct Topping {
    link_id: LinkId,
    amount: Yen,
    #[serde(default)]
    shown: Option<Shown>,
}

async fn show_confirm(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Wanted>,
) -> Answer {
    let id = visit.require_customer()?;
    let link_id: LinkId = form.link.parse().map_err(|_| Problem::not_found())?;
    let link = state.wallet.link_of(id, link_id).await.map_err(problem)?;
    if stopped_there(&state, &visit, link.bank).await?.is_some() {
        return Ok(Redirect::to(&format!("/topup?link={link_id}")).into_response());
    }
    let amount = match Yen::parse_input(&form.amount) {
        Ok(amount) if !amount.is_zero() && amount <= most_at_once(&link) => amount,
        Ok(_) | Err(_) => {
            let path = format!("/topup?link={link_id}");
            return back_to_form(&path, WalletError::Amount);
        }
    };
    let bank = state.wallet.bank_name(link.bank).await;
    let pairs = vec![
        (visit.t("topup-amount"), ui::money(amount)),
        (visit.t("topup-from"), html! { (bank) " " (link.account_mask) }),
        (visit.t("fee"), html! { (visit.t("fee-none")) }),
    ];
    let room = state.wallet.topup_room(&visit.ctx(), id, &link).await.map_err(problem)?;
    let note = match room.filter(|room| amount > room.amount) {
        Some(room) => Some(room::beyond(&visit, &room)),
        None => (amount > link.terms.max_individual).then(|| beyond(&visit, &link.terms)),
    };
    let topping = Topping { link_id, amount, shown: Some(confirm::shown(&visit, &pairs)) };
    let confirm = Confirm {
        name: "topup",
        pairs,
        note,
        action: "/topup",
        cancel: "/topup",
        asked: &Asked::Nothing,
        options: None,
    };
    confirm::page(&visit, PURPOSE, &topping, confirm).await
}

async fn top_up(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Confirmed>,
) -> Answer {
    let id = visit.require_customer()?;
    let topup_id = TopupId::derive(&["ceremony", &form.ceremony.to_string()]);
    // A second click, even after the page ran out, finds what the first one did.
    if state.wallet.topup_of(id, topup_id).await.is_err() {
        let topping: Topping = confirm::confirmed(&visit, form.ceremony, PURPOSE).await?;
        let ctx = visit.ctx();
        let what = (topping.link_id, topping.amount);
        let seen = super::seen(&visit);
        let how = (topping.shown, seen.as_ref());
        let topped = state.wallet.top_up_as_shown(&ctx, id, topup_id, what, how).await;
        if let Err(error) = topped {
            return back_to_form("/topup", error);
        }
    }
    Ok(Redirect::to(&format!("/topup/{topup_id}")).into_response())
}

async fn show_outcome(
    State(state): State<WalletState>,
    visit: Visit,
    Path(topup_id): Path<String>,
) -> Answer {
    let id = visit.require_customer()?;
    let topup_id: TopupId = topup_id.parse().map_err(|_| Problem::not_found())?;
    let topup = state.wallet.topup_of(id, topup_id).await.map_err(problem)?;
    let refusal = match topup.state {
        TopupState::Refused { reason, .. } => Some(reason),
        TopupState::Requested
        | TopupState::Asking
        | TopupState::NeedsApproval { .. }
        | TopupState::Approved { .. }
        | TopupState::Withdrawing { .. }
        | TopupState::Posted { .. }
        | TopupState::OpenItem { .. } => None,
    };
    let bank = state.wallet.bank_name(topup.bank).await;
    let can_wait = state.wallet.can_wait_for(&topup).await;
    let extra = approval(&visit, &bank, &topup, can_wait);
    let mut pairs = vec![
        (visit.t("topup-from"), html! { (bank) }),
        (visit.t("when"), show::time(visit.lang(), topup.requested_at)),
        (visit.t("number"), html! { code { (topup.topup_id) } }),
    ];
    if matches!(topup.state, TopupState::Posted { .. }) {
        let now = state.wallet.overview(&visit.ctx(), id).await.map_err(problem)?;
        pairs.insert(0, (visit.t("balance-now"), ui::money(now.available)));
    }
    let page = outcome::page(
        &visit,
        Outcome {
            name: "topup",
            is_watched: topup.waiting.is_some(),
            state: topup.state_name(),
            refusal,
            direction: Direction::In,
            amount: topup.amount,
            pairs,
            extra,
        },
    );
    Ok(page.into_response())
}

/// What a customer hears before they ask for more than they agreed to at the bank.
fn beyond(visit: &Visit, terms: &Terms) -> Markup {
    let most = visit.t_args("topup-beyond.body", &[("amount", terms.max_individual.into())]);
    ui::notice(Tone::Info, &visit.t("topup-beyond"), html! { p { (most) } })
}

/// The way to the bank, while the bank waits for its customer; and the way out.
fn approval(visit: &Visit, bank: &str, topup: &Topup, can_wait: bool) -> Markup {
    let TopupState::NeedsApproval { until } = topup.state else { return html! {} };
    let id = topup.topup_id;
    let until = show::instant(visit.lang(), until);
    html! {
        p { (visit.t_args("topup-approve-until", &[("at", until.into())])) }
        @if let Some(waiting) = &topup.waiting { (number(visit, bank, waiting)) }
        (ui::form(&format!("/topup/{id}/approve"), visit.csrf_field(), html! {
            (ui::actions(ui::button(
                Look::Primary,
                &visit.t_args("topup-approve", &[("bank", bank.into())]),
            )))
        }))
        @if topup.waiting.is_none() && can_wait {
            (ui::form(&format!("/topup/{id}/wait"), visit.csrf_field(), html! {
                (ui::actions(ui::button(Look::Secondary, &visit.t("topup-wait"))))
            }))
        }
        (ui::form(&format!("/topup/{id}/abandon"), visit.csrf_field(), html! {
            (ui::actions(ui::button(Look::Quiet, &visit.t("topup-abandon"))))
        }))
    }
}

/// What the customer types at the bank; no message and no page of the bank's shows it.
fn number(visit: &Visit, bank: &str, waiting: &Waiting) -> Markup {
    let number = waiting.number.to_string();
    let spoken: Vec<String> = number.chars().map(|digit| digit.to_string()).collect();
    html! {
        (ui::notice(Tone::Info, &visit.t("topup-number"), html! {
            p.balance-amount aria-label=(spoken.join(" ")) { (number) }
            p { (visit.t_args("topup-number.body", &[("bank", bank.into())])) }
            p { (visit.t("topup-number.never")) }
        }))
    }
}

#[derive(Deserialize)]
struct Nothing {}

/// To the bank. Whatever stands in the way, the top-up's own page says how it is.
async fn approve(
    State(state): State<WalletState>,
    visit: Visit,
    Path(topup_id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let id = visit.require_customer()?;
    let topup_id: TopupId = topup_id.parse().map_err(|_| Problem::not_found())?;
    state.wallet.topup_of(id, topup_id).await.map_err(problem)?;
    if !visit.allow("link", 20, 3_600) {
        return Err(Problem::too_many());
    }
    let binding = visit.binding();
    match state.wallet.start_approving(&visit.ctx(), (id, &binding), topup_id).await {
        Ok(url) => Ok(Redirect::to(&url).into_response()),
        // The top-up's own page says what became of it.
        Err(WalletError::NotAvailable | WalletError::Bank(_) | WalletError::Stopped) => {
            Ok(Redirect::to(&format!("/topup/{topup_id}")).into_response())
        }
        Err(error) => Err(problem(error)),
    }
}

/// Waits for the customer to approve it in the browser they linked with. A bank that cannot ask them
/// now leaves the other way.
async fn wait(
    State(state): State<WalletState>,
    visit: Visit,
    Path(topup_id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let id = visit.require_customer()?;
    let topup_id: TopupId = topup_id.parse().map_err(|_| Problem::not_found())?;
    state.wallet.topup_of(id, topup_id).await.map_err(problem)?;
    if !visit.allow("link", 20, 3_600) {
        return Err(Problem::too_many());
    }
    match state.wallet.start_waiting(&visit.ctx(), id, topup_id).await {
        Ok(()) | Err(WalletError::NotAvailable | WalletError::Stopped) => {
            Ok(Redirect::to(&format!("/topup/{topup_id}")).into_response())
        }
        Err(WalletError::Bank(_)) => Err(Problem::conflict("cannot_wait")),
        Err(error) => Err(problem(error)),
    }
}

async fn abandon(
    State(state): State<WalletState>,
    visit: Visit,
    Path(topup_id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let id = visit.require_customer()?;
    let topup_id: TopupId = topup_id.parse().map_err(|_| Problem::not_found())?;
    state.wallet.abandon_topup(&visit.ctx(), id, topup_id).await.map_err(problem)?;
    Ok(Redirect::to(&format!("/topup/{topup_id}")).into_response())
}
