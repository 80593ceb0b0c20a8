//! Paying in a shop.

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_domain::{Yen, id::PaymentId};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, AmountField, Direction, Field, Kind, Look, QrScanner},
};
use kanuki_wallet::payment::{Bill, Paying, PaymentState};
use maud::html;
use serde::Deserialize;

use super::{
    confirm::{self, Confirm, Confirmed, back_to_form, note_proof},
    form_error, inner,
    outcome::{self, Outcome},
    send::request_in,
};
use crate::{WalletState, refusal::problem};

const PURPOSE: &str = "pay";
/// How long after a proof a small payment needs none, in seconds (FT-45).
const FRESH_SECS: i64 = 300;

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/pay", get(show_form).post(pay))
        .route("/pay/confirm", post(show_confirm))
        .route("/pay/{id}", get(show_outcome))
}

#[derive(Deserialize)]
struct Way {
    code: Option<String>,
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
    let Some(code) = way.code.as_deref().filter(|code| !code.trim().is_empty()) else {
        return Ok(scanner(&visit, way.error.as_deref()));
    };
    let own = format!("{}/r/", visit.site.config.page_origin);
    if let Some(id) = code.trim().strip_prefix(&own).and_then(request_in) {
        return Ok(Redirect::to(&format!("/r/{id}")).into_response());
    }
    let Ok(bill) = state.wallet.read_code(code).await else {
        return Ok(Redirect::to("/pay?error=unknown_code").into_response());
    };
    Ok(amount_page(&visit, code, &bill, way.error.as_deref()))
}

fn scanner(visit: &Visit, error: Option<&str>) -> axum::response::Response {
    let scanner = QrScanner {
        action: "/pay".to_owned(),
        field: "code".to_owned(),
        decode_url: "/pay/scan".to_owned(),
        upload_url: "/pay/photo".to_owned(),
        csrf: visit.csrf_field(),
        csrf_token: visit.csrf_token(),
    };
    let code = Field::new("code", visit.t("pay-code"))
        .hint(visit.t("pay-code.hint"))
        .error(form_error(visit, error))
        .kind(Kind::Code)
        .max_length(600);
    let body = html! {
        (ui::heading(&visit.t("pay-title"), Some(&visit.t("pay-lead"))))
        (ui::card(None, ui::qr_scanner(&visit.words(), &scanner)))
        (ui::details(&visit.t("pay-type"), ui::get_form("/pay", html! {
            (ui::field(&code))
            (ui::actions(ui::button(Look::Secondary, &visit.t("go-on"))))
        })))
    };
    visit.page(&inner(visit, "pay-title", "/pay"), body).into_response()
}

fn amount_page(
    visit: &Visit,
    code: &str,
    bill: &Bill,
    error: Option<&str>,
) -> axum::response::Response {
    let amount = AmountField {
        name: "amount".to_owned(),
        label: visit.t("pay-amount"),
        hint: Some(visit.t("pay-amount.hint")),
        error: form_error(visit, error),
        value: String::new(),
        quick: Vec::new(),
    };
    let body = html! {
        (ui::heading(&bill.merchant_name, Some(&visit.t("pay-shop"))))
        (ui::card(None, ui::form("/pay/confirm", visit.csrf_field(), html! {
            (ui::hidden("code", code))
            @if let Some(amount) = bill.amount {
                p.balance-amount { (ui::money(amount)) }
            } @else {
                (ui::amount_field(&amount))
            }
            (ui::actions(ui::button(Look::Primary, &visit.t("to-confirm"))))
        })))
    };
    visit.page(&inner(visit, "pay-title", "/pay").back("/pay"), body).into_response()
}

#[derive(Deserialize)]
struct Wanted {
    code: String,
    amount: Option<String>,
}

async fn show_confirm(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Wanted>,
) -> Answer {
    let id = visit.require_customer()?;
    let ctx = visit.ctx();
    let bill = state.wallet.read_code(&form.code).await.map_err(problem)?;
    let amount = form.amount.as_deref().and_then(|text| Yen::parse_input(text).ok());
    let is_fresh =
        visit.session.as_ref().is_some_and(|session| session.is_proven_within(ctx.now, FRESH_SECS));
    let device = visit.device_hash();
    let asked = (is_fresh, Some(device.as_str()));
    let started = state.wallet.start_paying(&ctx, id, &bill, amount, asked).await;
    let (mut paying, options) = match started {
        Ok(started) => started,
        Err(error) => {
            let query = serde_urlencoded::to_string([("code", &form.code)]).unwrap_or_default();
            return back_to_form(&format!("/pay?{query}"), error);
        }
    };
    let pairs = vec![
        (visit.t("pay-to"), html! { strong { (paying.merchant_name) } }),
        (visit.t("pay-amount"), ui::money(paying.amount)),
    ];
    paying.shown = Some(confirm::shown(&visit, &pairs));
    let confirm = Confirm {
        name: "pay",
        pairs,
        note: None,
        action: "/pay",
        cancel: "/pay",
        asked: &paying.asked,
        options,
    };
    confirm::page(&visit, PURPOSE, &paying, confirm).await
}

async fn pay(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Confirmed>,
) -> Answer {
    let id = visit.require_customer()?;
    let payment_id = PaymentId::derive(&["ceremony", &form.ceremony.to_string()]);
    if state.wallet.payment_of(id, payment_id).await.is_err() {
        let paying: Paying = confirm::confirmed(&visit, form.ceremony, PURPOSE).await?;
        let (ctx, given) = (visit.ctx(), form.given());
        state.wallet.pay(&ctx, id, payment_id, &paying, &given).await.map_err(problem)?;
        note_proof(&visit, &given).await?;
    }
    Ok(Redirect::to(&format!("/pay/{payment_id}")).into_response())
}

async fn show_outcome(
    State(state): State<WalletState>,
    visit: Visit,
    Path(payment_id): Path<String>,
) -> Answer {
    let id = visit.require_customer()?;
    let payment_id: PaymentId = payment_id.parse().map_err(|_| Problem::not_found())?;
    let payment = state.wallet.payment_of(id, payment_id).await.map_err(problem)?;
    let refusal = match payment.state {
        PaymentState::Refused { reason, .. } => Some(reason),
        PaymentState::Requested | PaymentState::Posted { .. } => None,
    };
    let page = outcome::page(
        &visit,
        Outcome {
            name: "pay",
            is_watched: false,
            state: payment.state_name(),
            refusal,
            direction: Direction::Out,
            amount: payment.amount,
            pairs: vec![
                (visit.t("pay-to"), html! { (payment.merchant_name) }),
                (visit.t("when"), show::time(visit.lang(), payment.requested_at)),
                (visit.t("number"), html! { code { (payment.payment_id) } }),
            ],
            extra: html! {},
        },
    );
    Ok(page.into_response())
}
