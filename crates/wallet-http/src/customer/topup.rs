//! Topping up.

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_desk::evidence::Shown;
use kanuki_domain::{
    Yen,
    id::{LinkId, TopupId},
};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, AmountField, Choice, Direction, Field, Icon, Look},
};
use kanuki_wallet::{proof::Asked, topup::TopupState};
use maud::html;
use serde::{Deserialize, Serialize};

use super::{
    confirm::{self, Confirm, Confirmed, back_to_form},
    form_error, inner,
    outcome::{self, Outcome},
};
use crate::{WalletState, refusal::problem};

const PURPOSE: &str = "topup";

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/topup", get(show_form).post(top_up))
        .route("/topup/confirm", post(show_confirm))
        .route("/topup/{id}", get(show_outcome))
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
    if let Some(away) = super::if_frozen(&state, &visit).await? {
        return Ok(away);
    }
    let id = visit.require_customer()?;
    let links = state.wallet.live_links(id).await.map_err(problem)?;
    let choices: Vec<Choice> = links
        .iter()
        .filter(|link| link.is_usable())
        .map(|link| Choice {
            value: link.link_id.to_string(),
            label: state.wallet.bank_name(link.bank),
            detail: Some(link.account_mask.clone()),
        })
        .collect();
    let meta = inner(&visit, "topup-title", "");
    let first = choices.first().map(|choice| choice.value.clone());
    let Some(first) = first else {
        let waiting = links.iter().any(|link| link.waits_until().is_some());
        let (key, add) = if waiting {
            ("link-waiting", None)
        } else {
            let add = ui::link_button(Look::Primary, "/link", &visit.t("next-link.button"));
            ("topup-no-link", Some(add))
        };
        let body = html! {
            (ui::heading(&visit.t("topup-title"), None))
            (ui::empty(Icon::Bank, &visit.t(key), &visit.t(&format!("{key}.body")), add))
        };
        return Ok(visit.page(&meta, body).into_response());
    };
    let chosen = way.link.filter(|link| choices.iter().any(|c| c.value == *link));
    let account = Field::new("link", visit.t("topup-from")).value(chosen.unwrap_or(first));
    let amount = AmountField {
        name: "amount".to_owned(),
        label: visit.t("topup-amount"),
        hint: Some(visit.t("topup-amount.hint")),
        error: form_error(&visit, way.error.as_deref()),
        value: String::new(),
        quick: [1_000, 3_000, 5_000, 10_000].map(Yen::of).to_vec(),
    };
    let body = html! {
        (ui::heading(&visit.t("topup-title"), Some(&visit.t("topup-lead"))))
        (ui::card(None, ui::form("/topup/confirm", visit.csrf_field(), html! {
            (ui::amount_field(&amount))
            (ui::choices(&account, &choices))
            (ui::actions(ui::button(Look::Primary, &visit.t("to-confirm"))))
        })))
    };
    Ok(visit.page(&meta, body).into_response())
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
    let amount = match Yen::parse_input(&form.amount) {
        Ok(amount) if !amount.is_zero() && amount <= link.terms.max_individual => amount,
        Ok(_) | Err(_) => {
            let path = format!("/topup?link={link_id}");
            return back_to_form(&path, kanuki_wallet::WalletError::Amount);
        }
    };
    let bank = state.wallet.bank_name(link.bank);
    let pairs = vec![
        (visit.t("topup-amount"), ui::money(amount)),
        (visit.t("topup-from"), html! { (bank) " " (link.account_mask) }),
        (visit.t("fee"), html! { (visit.t("fee-none")) }),
    ];
    let topping = Topping { link_id, amount, shown: Some(confirm::shown(&visit, &pairs)) };
    let confirm = Confirm {
        name: "topup",
        pairs,
        note: None,
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
        let topped = state.wallet.top_up_as_shown(&ctx, id, topup_id, what, topping.shown).await;
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
        | TopupState::Posted { .. }
        | TopupState::OpenItem { .. } => None,
    };
    let page = outcome::page(
        &visit,
        Outcome {
            name: "topup",
            state: topup.state_name(),
            refusal,
            direction: Direction::In,
            amount: topup.amount,
            pairs: vec![
                (visit.t("topup-from"), html! { (state.wallet.bank_name(topup.bank)) }),
                (visit.t("when"), show::time(visit.lang(), topup.requested_at)),
                (visit.t("number"), html! { code { (topup.topup_id) } }),
            ],
            extra: html! {},
        },
    );
    Ok(page.into_response())
}
