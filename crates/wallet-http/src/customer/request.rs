//! Asking for money: a code, a link and a QR that say to whom.

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_domain::{Yen, id::RequestId};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Field, Icon, Kind, Look, Row, Tone},
};
use maud::html;
use serde::Deserialize;

use super::{
    confirm::back_to_form,
    form_error, inner,
    open::Way,
    send::{amount, message_field},
};
use crate::{WalletState, refusal::problem};

pub(super) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/request", get(show_form).post(make))
        .route("/request/{id}", get(show_request))
        .route("/request/{id}/end", post(end))
        .route("/r/{code}", get(show_to_payer))
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
    let requests = state.wallet.requests(id).await.map_err(problem)?;
    let rows = requests.iter().take(20).map(|request| {
        let title = request.amount.map_or_else(|| visit.t("request-any"), |yen| yen.to_string());
        Row::new(title)
            .icon(Icon::Qr)
            .detail(request.message.clone())
            .href(format!("/request/{}", request.request_id))
    });
    let rows: Vec<Row> = rows.collect();
    let how_much = Field::new("amount", visit.t("request-amount"))
        .hint(visit.t("request-amount.hint"))
        .error(form_error(&visit, way.error.as_deref()))
        .optional(visit.t("field-optional"))
        .kind(Kind::Numeric)
        .max_length(13);
    let body = html! {
        (ui::heading(&visit.t("request-title"), Some(&visit.t("request-lead"))))
        (ui::card(None, ui::form("/request", visit.csrf_field(), html! {
            (ui::field(&how_much))
            (message_field(&visit))
            (ui::actions(ui::button(Look::Primary, &visit.t("request-button"))))
        })))
        @if !rows.is_empty() {
            (ui::section(&visit.t("request-open"), ui::rows(rows)))
        }
    };
    Ok(visit.page(&inner(&visit, "request-title", ""), body).into_response())
}

#[derive(Deserialize)]
struct Make {
    amount: String,
    message: String,
}

async fn make(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Make>,
) -> Answer {
    let id = visit.require_customer()?;
    if !visit.allow("request", 60, 3_600) {
        return Err(Problem::too_many());
    }
    let amount = match form.amount.trim() {
        "" => None,
        text => match Yen::parse_input(text) {
            Ok(amount) => Some(amount),
            Err(_) => return back_to_form("/request", kanuki_wallet::WalletError::Amount),
        },
    };
    match state.wallet.make_request(&visit.ctx(), id, amount, &form.message).await {
        Ok(request) => {
            Ok(Redirect::to(&format!("/request/{}", request.request_id)).into_response())
        }
        Err(error) => back_to_form("/request", error),
    }
}

fn parse(text: &str) -> Result<RequestId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn show_request(
    State(state): State<WalletState>,
    visit: Visit,
    Path(request_id): Path<String>,
) -> Answer {
    let id = visit.require_customer()?;
    let request = state.wallet.request(parse(&request_id)?).await.map_err(problem)?;
    if request.customer_id != id {
        return Err(Problem::not_found());
    }
    let url = format!("{}/r/{}", visit.site.config.page_origin, request.request_id);
    let end = format!("/request/{}/end", request.request_id);
    let title = visit.t("request-made");
    let body = html! {
        (ui::heading(&title, Some(&visit.t("request-made.lead"))))
        (ui::card(None, html! {
            @if let Some(amount) = request.amount { p.balance-amount { (ui::money(amount)) } }
            @if !request.message.is_empty() { p { (request.message) } }
            (ui::qr(&url, &title))
            (ui::copy_text(&visit.words(), &url))
        }))
        (ui::actions(html! {
            (ui::link_button(Look::Primary, "/", &visit.t("to-home")))
            (ui::post_button(visit.csrf_field(), &end, Look::Quiet, &visit.t("request-end")))
        }))
    };
    Ok(visit.page(&inner(&visit, "request-title", "").back("/request"), body).into_response())
}

#[derive(Deserialize)]
struct Nothing {}

async fn end(
    State(state): State<WalletState>,
    visit: Visit,
    Path(request_id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let id = visit.require_customer()?;
    let request_id = parse(&request_id)?;
    state.wallet.end_request(&visit.ctx(), id, request_id).await.map_err(problem)?;
    Ok(Redirect::to("/request").into_response())
}

/// What the payer sees. Only people who are signed in see a nickname.
async fn show_to_payer(
    State(state): State<WalletState>,
    visit: Visit,
    Path(code): Path<String>,
    Query(way): Query<Way>,
) -> Answer {
    let id = visit.require_customer()?;
    let request = state.wallet.request(parse(&code)?).await.map_err(problem)?;
    if request.customer_id == id {
        return Ok(Redirect::to(&format!("/request/{code}")).into_response());
    }
    let available = state.wallet.overview(&visit.ctx(), id).await.map_err(problem)?.available;
    let title = visit.t_args("pay-request-title", &[("name", (&request.nickname).into())]);
    let error = form_error(&visit, way.error.as_deref());
    let body = html! {
        (ui::heading(&title, None))
        @if request.amount.is_some_and(|asked| asked > available) {
            (ui::notice(Tone::Info, &visit.t("send-short"), html! {
                p { (visit.t("send-short.body")) }
                (ui::actions(ui::link_button(Look::Secondary, "/topup", &visit.t("topup-title"))))
            }))
        }
        (ui::card(None, html! {
            @if !request.message.is_empty() { p { (request.message) } }
            (ui::form("/send/confirm", visit.csrf_field(), html! {
                (ui::hidden("request", &request.request_id.to_string()))
                @if let Some(asked) = request.amount {
                    p.balance-amount { (ui::money(asked)) }
                    p.hint { (visit.t_args("send-available", &[("amount", available.into())])) }
                } @else {
                    (amount(&visit, available, error))
                }
                (message_field(&visit))
                (ui::actions(ui::button(Look::Primary, &visit.t("to-confirm"))))
            }))
        }))
    };
    Ok(visit.page(&PageMeta::new(title).back("/"), body).into_response())
}
