//! Second step: the holder chooses one of their own accounts, here and not at the wallet.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use kanuki_bank::BankError;
use kanuki_domain::id::ParId;
use kanuki_site::{
    Answer, PageMeta, Visit,
    csrf::CsrfForm,
    ui::{self, Choice, Field, Look},
};
use maud::html;
use serde::Deserialize;

use crate::{
    BankState,
    link::{InProgress, over, over_here, steps},
    plain,
};

pub(super) async fn show(
    State(state): State<BankState>,
    visit: Visit,
    Query(way): Query<InProgress>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let pushed = match state.bank.visiting(&ctx, way.request, &browser).await {
        Ok(pushed) => pushed,
        Err(error) => return Err(over_here(&state, &visit, way.request, error).await),
    };
    if pushed.replaces.is_some() {
        let next = plain::with_request("/authorize/consent", Some(way.request));
        return Ok(Redirect::to(&next).into_response());
    }
    let choices = state.bank.choices(&ctx, way.request, &browser).await.map_err(over)?;
    // The form carries the gateway's own name of an account: no number leaves the page.
    let choices: Vec<Choice> = choices
        .iter()
        .map(|choice| Choice {
            value: state.bank.account_id(&choice.account).to_string(),
            label: visit.t_args("account-label", &[("mask", (&choice.mask).into())]),
            detail: Some(
                visit.t_args("account-branch", &[("branch", choice.account.branch().into())]),
            ),
        })
        .collect();
    let only = choices.first().filter(|_| choices.len() == 1);
    let only = only.map(|choice| choice.value.clone()).unwrap_or_default();
    let field = Field::new("account", visit.t("account-field")).value(only);
    let page = visit.page(
        &PageMeta::new(visit.t("link-page")),
        html! {
            (steps(&visit, 1))
            (ui::heading(&visit.t("account-title"), Some(&visit.t("account-lead"))))
            (ui::form("/authorize/account", visit.csrf_field(), html! {
                (plain::request_field(Some(way.request)))
                (ui::choices(&field, &choices))
                (ui::actions(ui::button(Look::Primary, &visit.t("account-next"))))
            }))
        },
    );
    Ok(page.into_response())
}

#[derive(Deserialize)]
pub(super) struct Chosen {
    request: ParId,
    account: String,
}

pub(super) async fn choose(
    State(state): State<BankState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Chosen>,
) -> Answer {
    let (ctx, browser) = (visit.ctx(), visit.device_hash());
    let choices = state.bank.choices(&ctx, form.request, &browser).await.map_err(over)?;
    let chosen = choices
        .iter()
        .find(|choice| state.bank.account_id(&choice.account).to_string() == form.account)
        .ok_or_else(|| over(BankError::NotAvailable))?;
    state.bank.choose(&ctx, form.request, &browser, &chosen.account).await.map_err(over)?;
    let next = plain::with_request("/authorize/consent", Some(form.request));
    Ok(Redirect::to(&next).into_response())
}
