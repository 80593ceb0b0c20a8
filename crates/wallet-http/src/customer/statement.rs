//! What happened in the wallet, as a page and as a file.

use axum::{
    Router,
    extract::{Query, State},
    response::IntoResponse,
    routing::get,
};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use jiff::{SignedDuration, Timestamp};
use kanuki_domain::id::CustomerId;
use kanuki_site::{
    Answer, Problem, Visit, show,
    ui::{self, Direction, Icon, Look, Row, Tone},
};
use kanuki_wallet::statement::{LINES_MAX, Line, LineKind, to_csv};
use maud::{Markup, html};
use serde::Deserialize;

use super::{home, inner};
use crate::{WalletState, refusal::problem};

/// Lines of one page.
const PAGE_LINES: u32 = 50;

pub(super) fn routes() -> Router<WalletState> {
    Router::new().route("/statement", get(show_page)).route("/statement.csv", get(file))
}

/// Lines of a list.
pub(super) fn line_rows(visit: &Visit, lines: &[Line]) -> Vec<Row> {
    let row = |line: &Line| {
        let kind = visit.t(&format!("line-{}", line.kind.name()));
        let title =
            if line.counterparty.is_empty() { kind.clone() } else { line.counterparty.clone() };
        let (icon, path) = match line.kind {
            LineKind::Topup => (Icon::TopUp, Some("topup")),
            LineKind::Sent => (Icon::Send, Some("send")),
            LineKind::Received => (Icon::In, Some("send")),
            LineKind::Payment => (Icon::Shop, Some("pay")),
            LineKind::Payout => (Icon::Out, Some("payout")),
            LineKind::Refund | LineKind::Recouped => (Icon::Out, None),
            LineKind::Other => (Icon::Receipt, None),
        };
        let direction = if line.is_in { Direction::In } else { Direction::Out };
        let at = show::instant(visit.lang(), line.at);
        let row = Row::new(title)
            .icon(icon)
            .detail(format!("{kind} {at}"))
            .money(direction, line.amount)
            .running(visit.t_args("line-balance", &[("amount", line.balance.into())]));
        match path {
            Some(path) => row.href(format!("/{path}/{}", line.reference)),
            None => row,
        }
    };
    lines.iter().map(row).collect()
}

#[derive(Deserialize)]
struct Until {
    until: Option<Timestamp>,
}

async fn show_page(
    State(state): State<WalletState>,
    visit: Visit,
    Query(way): Query<Until>,
) -> Answer {
    let id = visit.require_customer()?;
    let lines =
        state.wallet.statement(&visit.ctx(), id, way.until, PAGE_LINES).await.map_err(problem)?;
    let is_full = u32::try_from(lines.len()).is_ok_and(|count| count == PAGE_LINES);
    let older = lines
        .last()
        .filter(|_| is_full)
        .and_then(|line| line.at.checked_sub(SignedDuration::from_nanos(1)).ok());
    let older = older.and_then(|until| serde_urlencoded::to_string([("until", until)]).ok());
    let waiting = if way.until.is_none() {
        not_moved_yet(&state, &visit, id).await?
    } else {
        html! {}
    };
    let body = html! {
        (ui::heading(&visit.t("statement-title"), Some(&visit.t("statement-lead"))))
        (ui::actions(ui::link_button(Look::Secondary, "/statement.csv", &visit.t("statement-csv"))))
        (waiting)
        @if lines.is_empty() {
            (ui::empty(Icon::Statement, &visit.t("home-no-lines"), &visit.t("home-no-lines.body"), None))
        } @else {
            (ui::rows(line_rows(&visit, &lines)))
        }
        @if let Some(query) = older {
            (ui::actions(ui::link_button(Look::Quiet, &format!("/statement?{query}"), &visit.t("statement-older"))))
        }
    };
    Ok(visit.page(&inner(&visit, "statement-title", "/statement"), body).into_response())
}

/// What was asked for and is held or waits: no line of the ledger yet, and yet missing from the balance.
async fn not_moved_yet(
    state: &WalletState,
    visit: &Visit,
    id: CustomerId,
) -> Result<Markup, Problem> {
    let wallet = &state.wallet;
    let payouts = wallet.held_payouts(id).await.map_err(problem)?;
    let sends = wallet.held_remittances(id).await.map_err(problem)?;
    let waiting = wallet.waiting_remittances(id).await.map_err(problem)?;
    Ok(html! {
        (home::payouts(visit, &payouts))
        (home::remittances(visit, "home-held-send", Tone::Warning, &sends))
        (home::remittances(visit, "home-waiting", Tone::Info, &waiting))
    })
}

async fn file(State(state): State<WalletState>, visit: Visit) -> Answer {
    let id = visit.require_customer()?;
    let lines = state.wallet.statement(&visit.ctx(), id, None, LINES_MAX).await.map_err(problem)?;
    let head = ["at", "kind", "with", "in", "out", "balance", "number"];
    let head: Vec<String> = head.into_iter().map(|name| visit.t(&format!("csv-{name}"))).collect();
    let csv = to_csv(&lines, &head, |kind| visit.t(&format!("line-{kind}")));
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"kanuki-statement.csv\""),
    ];
    Ok((headers, csv).into_response())
}
