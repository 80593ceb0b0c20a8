//! Paying out to one's own bank account.

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_domain::{
    Yen,
    id::{LinkId, PayoutId},
};
use kanuki_record::Stored;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, AmountField, Choice, Direction, Field, Icon, Look, Tone},
};
use kanuki_wallet::{
    link::Link,
    payout::{PayingOut, Payout, PayoutState},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    confirm::{self, Confirm, Confirmed, back_to_form, note_proof},
    form_error, inner,
    open::Way,
    outcome::{self, Outcome},
};
use crate::{WalletState, refusal::problem};

const PURPOSE: &str = "payout";

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/payout", get(show_form).post(pay_out))
        .route("/payout/confirm", post(show_confirm))
        .route("/payout/{id}", get(show_outcome))
        .route("/payout/{id}/cancel", post(cancel))
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
    let overview = state.wallet.overview(&visit.ctx(), id).await.map_err(problem)?;
    let names = state.wallet.bank_names().await.map_err(problem)?;
    let from = |link: &Link| state.wallet.pays_out_from(link);
    let payable = overview.payable();
    let (ready, early): (Vec<_>, Vec<_>) =
        payable.into_iter().partition(|link| from(link) <= visit.now());
    let choice = |link: &&Stored<Link>| Choice {
        value: link.link_id.to_string(),
        label: names.of(link.bank),
        detail: Some(link.account_mask.clone()),
    };
    let choices: Vec<Choice> = ready.iter().map(choice).collect();
    let later = html! {
        @for link in &early {
            @let when = show::instant(visit.lang(), from(link));
            @let args = [("bank", names.of(link.bank).into()), ("when", when.into())];
            (ui::notice(Tone::Info, &visit.t_args("payout-from", &args), html! {
                p { (visit.t("payout-from.body")) }
            }))
        }
    };
    let meta = inner(&visit, "payout-title", "");
    let first = choices.first().map(|choice| choice.value.clone());
    let Some(first) = first else {
        let add = ui::link_button(Look::Primary, "/link", &visit.t("next-link.button"));
        let home = ui::link_button(Look::Primary, "/", &visit.t("to-home"));
        let body = html! {
            (ui::heading(&visit.t("payout-title"), None))
            (later)
            @if !early.is_empty() { (ui::actions(home)) } @else { (ui::empty(Icon::Bank, &visit.t("topup-no-link"), &visit.t("topup-no-link.body"), Some(add))) }
        };
        return Ok(visit.page(&meta, body).into_response());
    };
    let hint = visit.t_args("payout-available", &[("amount", overview.available.into())]);
    let amount = AmountField {
        name: "amount".to_owned(),
        label: visit.t("payout-amount"),
        hint: Some(hint),
        error: form_error(&visit, way.error.as_deref()),
        value: String::new(),
        // Whoever leaves takes all of it.
        quick: if overview.customer.closure.is_open() || overview.available.is_zero() {
            Vec::new()
        } else {
            vec![overview.available]
        },
    };
    let account = Field::new("link", visit.t("payout-to")).value(first);
    let body = html! {
        (ui::heading(&visit.t("payout-title"), Some(&visit.t("payout-lead"))))
        (later)
        (ui::card(None, ui::form("/payout/confirm", visit.csrf_field(), html! {
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

async fn show_confirm(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Wanted>,
) -> Answer {
    let id = visit.require_customer()?;
    let link_id: LinkId = form.link.parse().map_err(|_| Problem::not_found())?;
    let link = state.wallet.link_of(id, link_id).await.map_err(problem)?;
    let amount = Yen::parse_input(&form.amount).unwrap_or(Yen::ZERO);
    let ctx = visit.ctx();
    let (mut paying, options) = match state.wallet.start_paying_out(&ctx, id, link_id, amount).await
    {
        Ok(started) => started,
        Err(error) => return back_to_form("/payout", error),
    };
    let bank = state.wallet.bank_name(link.bank).await;
    let say = |tone: Tone, title: &str, body: &str| {
        ui::notice(tone, &visit.t(title), html! { p { (visit.t(body)) } })
    };
    let (is_held, is_by_hand) = (paying.hold_secs > 0, !link.takes_payouts);
    let note = (is_held || is_by_hand).then(|| {
        html! {
            @if is_held { (say(Tone::Warning, "payout-will-hold", "payout-will-hold.body")) }
            @if is_by_hand { (say(Tone::Info, "payout-will-be-by-hand",
                "payout-will-be-by-hand.body")) }
        }
    });
    let mut pairs = vec![
        (visit.t("payout-amount"), ui::money(amount)),
        (visit.t("payout-to"), html! { (bank) " " (link.account_mask) }),
        (visit.t("fee"), html! { (visit.t("fee-none")) }),
    ];
    pairs.extend(confirm::hold_pair(&visit, paying.hold_secs));
    paying.shown = Some(confirm::shown(&visit, &pairs));
    paying.device = Some(visit.device_hash());
    let confirm = Confirm {
        name: "payout",
        pairs,
        note,
        action: "/payout",
        cancel: "/payout",
        asked: &paying.asked,
        options,
    };
    confirm::page(&visit, PURPOSE, &paying, confirm).await
}

async fn pay_out(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Confirmed>,
) -> Answer {
    let id = visit.require_customer()?;
    let payout_id = PayoutId::derive(&["ceremony", &form.ceremony.to_string()]);
    if state.wallet.payout_of(id, payout_id).await.is_err() {
        let paying: PayingOut = confirm::confirmed(&visit, form.ceremony, PURPOSE).await?;
        let (ctx, given) = (visit.ctx(), form.given());
        state.wallet.pay_out(&ctx, id, payout_id, &paying, &given).await.map_err(problem)?;
        note_proof(&visit, &given).await?;
    }
    Ok(Redirect::to(&format!("/payout/{payout_id}")).into_response())
}

fn parse(text: &str) -> Result<PayoutId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

fn held_part(visit: &Visit, payout: &Payout) -> Markup {
    let PayoutState::Held { until } = payout.state else { return html! {} };
    let when = show::instant(visit.lang(), until);
    html! {
        // Something keeps it longer, which is not said here.
        @if until < visit.now() { p { (visit.t("payout-held-longer")) } }
        @else { p { (visit.t_args("payout-held-until", &[("when", when.into())])) } }
        (ui::post_button(
            visit.csrf_field(),
            &format!("/payout/{}/cancel", payout.payout_id),
            Look::Danger,
            &visit.t("payout-cancel"),
        ))
    }
}

async fn show_outcome(
    State(state): State<WalletState>,
    visit: Visit,
    Path(payout_id): Path<String>,
) -> Answer {
    let id = visit.require_customer()?;
    let payout = state.wallet.payout_of(id, parse(&payout_id)?).await.map_err(problem)?;
    let refusal = match payout.state {
        PayoutState::Refused { reason, .. } => Some(reason),
        _ => None,
    };
    let bank = state.wallet.bank_name(payout.bank).await;
    let page = outcome::page(
        &visit,
        Outcome {
            name: "payout",
            is_watched: false,
            state: payout.state_name(),
            refusal,
            direction: Direction::Out,
            amount: payout.amount,
            pairs: vec![
                (visit.t("payout-to"), html! { (bank) }),
                (visit.t("when"), show::time(visit.lang(), payout.requested_at)),
                (visit.t("number"), html! { code { (payout.payout_id) } }),
            ],
            extra: held_part(&visit, &payout),
        },
    );
    Ok(page.into_response())
}

#[derive(Deserialize)]
struct Nothing {}

async fn cancel(
    State(state): State<WalletState>,
    visit: Visit,
    Path(payout_id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let id = visit.require_customer()?;
    let payout_id = parse(&payout_id)?;
    state.wallet.cancel_payout(&visit.ctx(), id, payout_id).await.map_err(problem)?;
    Ok(Redirect::to(&format!("/payout/{payout_id}")).into_response())
}
