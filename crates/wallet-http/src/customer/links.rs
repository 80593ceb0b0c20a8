//! A connected account: its terms, its state, ending it.

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_domain::id::LinkId;
use kanuki_record::Stored;
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    show,
    ui::{self, Icon, Look, Row, Tone},
};
use kanuki_wallet::{
    link::{Link, LinkState},
    partner::BankNames,
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{inner, room};
use crate::{WalletState, refusal::problem};

pub(super) fn routes() -> Router<WalletState> {
    Router::new().route("/links/{id}", get(show_link)).route("/links/{id}/end", post(end))
}

/// A state's tone and the key of its word.
const fn state_of(link: &Link) -> (Tone, &'static str) {
    match link.state {
        LinkState::Active if link.waits_until().is_some() => (Tone::Warning, "link-state-waiting"),
        LinkState::Active => (Tone::Success, "link-state-active"),
        LinkState::Suspended { .. } => (Tone::Error, "link-state-suspended"),
        LinkState::Ended { .. } => (Tone::Neutral, "link-state-ended"),
    }
}

/// Links as lines of a list.
pub(super) fn link_rows(visit: &Visit, names: &BankNames, links: &[Stored<Link>]) -> Vec<Row> {
    links
        .iter()
        .map(|link| {
            let (tone, key) = state_of(link);
            Row::new(names.of(link.bank))
                .icon(Icon::Bank)
                .detail(link.account_mask.clone())
                .badge(tone, visit.t(key))
                .href(format!("/links/{}", link.link_id))
        })
        .collect()
}

#[derive(Deserialize)]
struct Way {
    new: Option<String>,
    renewed: Option<String>,
}

/// The way to the bank's own page, where a link that waits is confirmed; none while none waits.
pub(super) async fn to_bank(
    state: &WalletState,
    visit: &Visit,
    link: &Link,
    look: Look,
) -> Result<Option<Markup>, Problem> {
    if link.waits_until().is_none() {
        return Ok(None);
    }
    let bank = state.wallet.partner(link.bank).await.map_err(problem)?;
    let label = visit.t_args("link-waiting-there", &[("bank", (&bank.name).into())]);
    Ok(bank.holder_page().map(|page| ui::link_button(look, &page, &label)))
}

fn parse(text: &str) -> Result<LinkId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// That the bank still waits for its holder's word, or never got it.
fn unconfirmed(visit: &Visit, link: &Link, there: Option<Markup>) -> Markup {
    html! {
        @if link.has_lapsed() {
            (ui::notice(Tone::Info, &visit.t("link-lapsed"), html! {
                p { (visit.t("link-lapsed.body")) }
                (ui::actions(ui::link_button(Look::Primary, "/link", &visit.t("link-lapsed-again"))))
            }))
        }
        @if let Some(lapses_at) = link.waits_until() {
            (ui::notice(Tone::Warning, &visit.t("link-waiting"), html! {
                p { (visit.t("link-waiting.body")) }
                p { (visit.t_args("link-waiting-until", &[("when", show::instant(visit.lang(), lapses_at).into())])) }
                @if let Some(there) = there { (ui::actions(there)) }
            }))
        }
    }
}

async fn show_link(
    State(state): State<WalletState>,
    visit: Visit,
    Path(link_id): Path<String>,
    Query(way): Query<Way>,
) -> Answer {
    let id = visit.require_customer()?;
    let link = state.wallet.link_of(id, parse(&link_id)?).await.map_err(problem)?;
    let (tone, key) = state_of(&link);
    let when = |at| html! { (show::time(visit.lang(), at)) };
    let mut pairs = vec![
        (visit.t("link-account"), html! { (link.account_mask) }),
        (visit.t("link-state"), ui::badge(tone, &visit.t(key))),
    ];
    let terms = kanuki_site::terms::lines(&visit.words(), &link.terms);
    pairs.extend(terms.into_iter().map(|(label, value)| (label, html! { (value) })));
    pairs.extend([
        (visit.t("link-connected-at"), when(link.connected_at)),
        (visit.t("link-payout-from"), when(state.wallet.pays_out_from(&link))),
    ]);
    let is_new = way.new.is_some();
    let room = state.wallet.topup_room(&visit.ctx(), id, &link).await.map_err(problem)?;
    let there = to_bank(&state, &visit, &link, Look::Primary).await?;
    let name = state.wallet.bank_name(link.bank).await;
    let body = html! {
        (ui::heading(&name, None))
        @if is_new {
            (ui::notice(Tone::Success, &visit.t("link-new"), html! {
                p { (visit.t("link-new.body")) }
            }))
        }
        @if way.renewed.is_some() {
            (ui::notice(Tone::Success, &visit.t("link-renewed"), html! {
                p { (visit.t("link-renewed.body")) }
            }))
        }
        @if link.ends_soon(visit.now()) {
            (ui::notice(Tone::Warning, &visit.t("link-ends-soon"), html! {
                p { (visit.t("link-ends-soon.body")) }
            }))
        }
        (unconfirmed(&visit, &link, there))
        // Whoever has just linked an account wants to use it: nothing stands before that.
        @if is_new && link.is_usable() { (room::first_topup(&visit, &link, room.as_ref())) }
        @else if let Some(cooled) = link.cooling_until(visit.now()).filter(|_| link.is_active()) {
            (ui::notice(Tone::Info, &visit.t("link-cooling"), html! {
                p { (visit.t_args("link-cooling-until", &[("when", show::instant(visit.lang(), cooled).into())])) }
            }))
        }
        (ui::card(None, ui::definitions(pairs)))
        @if link.is_usable() && !is_new {
            (ui::actions(ui::link_button(Look::Primary, &format!("/topup?link={}", link.link_id), &visit.t("do-topup"))))
        }
        @if link.is_renewable(visit.now()) && !is_new {
            (ui::section(&visit.t("link-renew"), html! {
                p { (visit.t("link-renew.body")) }
                (ui::actions(ui::link_button(Look::Secondary, &format!("/links/{}/renew", link.link_id), &visit.t("link-renew.button"))))
            }))
        }
        @if link.is_alive() {
            (ui::section(&visit.t("link-end"), html! {
                p { (visit.t("link-end.body")) }
                (ui::post_button(visit.csrf_field(), &format!("/links/{}/end", link.link_id), Look::Danger, &visit.t("link-end.button")))
            }))
        }
    };
    Ok(visit.page(&inner(&visit, "link-title", ""), body).into_response())
}

#[derive(Deserialize)]
struct Nothing {}

async fn end(
    State(state): State<WalletState>,
    visit: Visit,
    Path(link_id): Path<String>,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Answer {
    let id = visit.require_customer()?;
    let link_id = parse(&link_id)?;
    state.wallet.unlink(&visit.ctx(), id, link_id).await.map_err(problem)?;
    Ok(Redirect::to(&format!("/links/{link_id}")).into_response())
}
