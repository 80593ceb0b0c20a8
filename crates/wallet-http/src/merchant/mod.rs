//! A shop's own page: its code for the counter, a code for one sale, and what has been paid.
//!
//! The page is opened by its unguessable address. It can take money and look at what came in;
//! nothing here sends money anywhere.

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::get,
};
use http::StatusCode;
use kanuki_domain::Yen;
use kanuki_record::Stored;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, AmountField, BalanceCard, Direction, Field, Icon, Kind, Look, Row, Tone},
};
use kanuki_wallet::payment::{Merchant, Payment, PaymentState};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{WalletState, refusal::problem};

/// How often the page looks for new payments, in seconds.
const REFRESH_SECS: u32 = 10;
/// Payments that are shown.
const PAYMENTS_MAX: usize = 50;
/// Keys that one network may try in an hour; a key has 128 bits.
const TRIES_MAX: u32 = 30;

pub(crate) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/merchant", get(door).post(enter))
        .route("/merchant/{key}", get(till))
        .route("/merchant/{key}/bill", get(bill))
}

async fn door(visit: Visit) -> Markup {
    door_page(&visit, None)
}

fn door_page(visit: &Visit, error: Option<String>) -> Markup {
    let title = visit.t("merchant-door-title");
    let key = Field::new("key", visit.t("merchant-key"))
        .hint(visit.t("merchant-key-hint"))
        .kind(Kind::Code)
        .autocomplete("off")
        .max_length(128)
        .error(error);
    let body = html! {
        (ui::heading(&title, Some(&visit.t("merchant-door-lead"))))
        (ui::form("/merchant", visit.csrf_field(), html! {
            (ui::field(&key))
            (ui::actions(ui::button(Look::Primary, &visit.t("merchant-enter"))))
        }))
    };
    visit.page(&PageMeta::new(&title).back("/"), body)
}

#[derive(Deserialize)]
struct Key {
    key: String,
}

async fn enter(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Key>,
) -> Answer {
    if !visit.allow("merchant", TRIES_MAX, 3_600) {
        return Err(Problem::too_many());
    }
    let key = form.key.trim();
    let is_plain = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if is_plain && state.wallet.merchant_by_key(key).await.is_ok() {
        return Ok(Redirect::to(&format!("/merchant/{key}")).into_response());
    }
    let page = door_page(&visit, Some(visit.t("merchant-key-wrong")));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The shop behind a key, as slowly as guessing allows.
async fn shop(state: &WalletState, visit: &Visit, key: &str) -> Result<Merchant, Problem> {
    match state.wallet.merchant_by_key(key).await {
        Ok(merchant) => Ok(merchant),
        Err(error) => {
            let may_try = visit.allow("merchant", TRIES_MAX, 3_600);
            Err(if may_try { problem(error) } else { Problem::too_many() })
        }
    }
}

async fn till(State(state): State<WalletState>, visit: Visit, Path(key): Path<String>) -> Answer {
    let merchant = shop(&state, &visit, &key).await?;
    let id = merchant.merchant_id;
    let owed = state.wallet.owed_to(&visit.ctx(), id).await.map_err(problem)?;
    let payments = state.wallet.payments_to(id).await.map_err(problem)?;
    let body = html! {
        (ui::heading(&merchant.name, None))
        (ui::balance_card(&BalanceCard {
            label: visit.t("merchant-owed"),
            amount: owed,
            note: Some(visit.t("merchant-owed-note")),
            actions: Vec::new(),
        }))
        (ui::columns(
            html! {
                (ui::actions(ui::link_button(
                    Look::Primary,
                    &format!("/merchant/{key}/bill"),
                    &visit.t("merchant-bill"),
                )))
                (ui::section(&visit.t("merchant-payments"), paid(&visit, &payments)))
            },
            ui::card(Some(&visit.t("merchant-static")), html! {
                (ui::qr(&merchant.static_code, &merchant.name))
                p.hint { (visit.t("merchant-static-hint")) }
                button.button.secondary type="button" data-print="" {
                    (ui::icon(Icon::Print)) span { (visit.t("merchant-print")) }
                }
            }),
        ))
    };
    let meta = PageMeta::new(&merchant.name).wide().refresh(REFRESH_SECS);
    Ok(visit.page(&meta, body).into_response())
}

/// A form for one sale. The page it leads to changes nothing: a code is only shown.
fn amount_page(visit: &Visit, merchant: &Merchant, key: &str, error: Option<String>) -> Markup {
    let body = html! {
        (ui::heading(&visit.t("merchant-bill"), Some(&merchant.name)))
        (amount_form(visit, key, error))
    };
    let meta = PageMeta::new(visit.t("merchant-bill")).back(format!("/merchant/{key}"));
    visit.page(&meta, body)
}

fn amount_form(visit: &Visit, key: &str, error: Option<String>) -> Markup {
    let amount = AmountField {
        name: "amount".to_owned(),
        label: visit.t("merchant-amount"),
        hint: None,
        error,
        value: String::new(),
        quick: Vec::new(),
    };
    ui::get_form(
        &format!("/merchant/{key}/bill"),
        html! {
            (ui::amount_field(&amount))
            (ui::actions(ui::button(Look::Primary, &visit.t("merchant-bill-make"))))
        },
    )
}

fn paid(visit: &Visit, payments: &[Stored<Payment>]) -> Markup {
    if payments.is_empty() {
        let (title, body) = (visit.t("merchant-none"), visit.t("merchant-none-body"));
        return ui::empty(Icon::Receipt, &title, &body, None);
    }
    let row = |payment: &Stored<Payment>| {
        let row = Row::new(show::instant(visit.lang(), payment.requested_at))
            .detail(payment.payment_id.to_string())
            .icon(Icon::Receipt);
        match payment.state {
            PaymentState::Posted { .. } => row
                .badge(Tone::Success, visit.t("merchant-paid"))
                .money(Direction::In, payment.amount),
            PaymentState::Requested => row
                .badge(Tone::Info, visit.t("merchant-pending"))
                .money(Direction::None, payment.amount),
            PaymentState::Refused { .. } => row
                .badge(Tone::Error, visit.t("merchant-refused"))
                .money(Direction::None, payment.amount),
        }
    };
    ui::rows(payments.iter().take(PAYMENTS_MAX).map(row).collect())
}

#[derive(Deserialize)]
struct Sale {
    amount: Option<String>,
}

async fn bill(
    State(state): State<WalletState>,
    visit: Visit,
    Path(key): Path<String>,
    Query(sale): Query<Sale>,
) -> Answer {
    let merchant = shop(&state, &visit, &key).await?;
    let back = format!("/merchant/{key}");
    let Some(typed) = sale.amount else {
        return Ok(amount_page(&visit, &merchant, &key, None).into_response());
    };
    let amount = Yen::parse_input(&typed).unwrap_or_default();
    let Ok(code) = state.wallet.bill(&visit.ctx(), &merchant, amount) else {
        let error = Some(visit.t("merchant-amount-wrong"));
        let page = amount_page(&visit, &merchant, &key, error);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let title = visit.t_args("merchant-bill-title", &[("amount", amount.into())]);
    let body = html! {
        (ui::heading(&title, Some(&visit.t("merchant-bill-lead"))))
        (ui::card(None, html! {
            (ui::qr(&code, &title))
            (ui::definitions(vec![
                (visit.t("merchant-name"), html! { (merchant.name) }),
                (visit.t("merchant-amount"), ui::money(amount)),
            ]))
            (ui::details(&visit.t("merchant-bill-text"), ui::copy_text(&visit.words(), &code)))
        }))
        (ui::actions(ui::link_button(Look::Secondary, &back, &visit.t("merchant-back"))))
    };
    Ok(visit.page(&PageMeta::new(&title).back(&back), body).into_response())
}
