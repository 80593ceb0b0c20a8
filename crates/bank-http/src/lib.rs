//! The bank over HTTP: authorization server, debits and payouts, the holder's portal, the desk.
//!
//! ```text
//! wallet  ─ /par /token /debits /credits /grants /ssf/… ─▶ oauth, events, signals
//! channel ─ /channels/… on a listener of its own ────────────▶ channels
//! app     ─ /app/errand /app/answer ─────────────────────────▶ app
//! browser ─ /authorize … /enrol … /card … /app … /holder … /desk … ▶ link, card, app, holder, desk
//! us      ─ workers::tick ─ events, messages, what time does ─▶ wallet, courier, core
//! ```
//!
//! It draws and parses; what may happen is decided in `kanuki-bank`.

mod app;
mod card;
mod channels;
mod check;
mod core_client;
mod delegate;
mod desk;
mod enrol;
mod events;
mod exchange;
mod holder;
mod home;
mod link;
mod oauth;
mod openapi;
mod operator;
mod plain;
mod refusal;
mod report;
mod signals;
mod stop;
pub mod workers;

use std::sync::{Arc, OnceLock};

use axum::Router;
use kanuki_bank::Bank;
use kanuki_domain::Masked;
use kanuki_record::{Record as _, Table};
use kanuki_site::{Lang, Site, Texts, Transport, text::TextError};
use kanuki_wire::place;

pub use channels::{ChannelSecrets, SharedSecret, channel_router};
pub use core_client::CoreClient;
pub use operator::{OperatorClient, operator_client};

/// What every handler works with.
#[derive(Clone, Debug)]
pub struct BankState {
    /// The bank's use cases, shared: a state is copied several times per request.
    pub bank: Arc<Bank>,
    /// Its web server. Book and vault are the same as the bank's.
    pub site: Arc<Site>,
}

/// The bank's messages, for [`Site::new`]: read once in a process, and shared by every server in it.
pub fn texts() -> Result<Arc<Texts>, TextError> {
    static READ: OnceLock<Result<Arc<Texts>, TextError>> = OnceLock::new();
    READ.get_or_init(|| texts_with(&[]).map(Arc::new)).clone()
}

/// The same, with messages of the caller's beside them, such as the demo's.
pub fn texts_with(more: &[(Lang, &'static str)]) -> Result<Texts, TextError> {
    Texts::build(&[CATALOGS, more].concat())
}

const CATALOGS: &[(Lang, &str)] = &[
    (Lang::Ja, include_str!("../locales/ja/app.ftl")),
    (Lang::En, include_str!("../locales/en/app.ftl")),
    (Lang::Ja, include_str!("../locales/ja/bank.ftl")),
    (Lang::En, include_str!("../locales/en/bank.ftl")),
    (Lang::Ja, include_str!("../locales/ja/card.ftl")),
    (Lang::En, include_str!("../locales/en/card.ftl")),
    (Lang::Ja, include_str!("../locales/ja/contract.ftl")),
    (Lang::En, include_str!("../locales/en/contract.ftl")),
    (Lang::Ja, include_str!("../locales/ja/delegate.ftl")),
    (Lang::En, include_str!("../locales/en/delegate.ftl")),
    (Lang::Ja, include_str!("../locales/ja/desk.ftl")),
    (Lang::En, include_str!("../locales/en/desk.ftl")),
    (Lang::Ja, include_str!("../locales/ja/items.ftl")),
    (Lang::En, include_str!("../locales/en/items.ftl")),
    (Lang::Ja, include_str!("../locales/ja/look.ftl")),
    (Lang::En, include_str!("../locales/en/look.ftl")),
    (Lang::Ja, include_str!("../locales/ja/notice.ftl")),
    (Lang::En, include_str!("../locales/en/notice.ftl")),
];

/// Every table that a bank's server keeps, for its store.
#[must_use]
pub fn tables() -> Vec<&'static Table> {
    let mut tables = kanuki_bank::tables();
    tables.push(kanuki_site::Session::TABLE);
    tables.push(kanuki_site::ceremony::Ceremony::TABLE);
    tables
}

/// The whole server.
pub fn router(state: BankState) -> Router {
    router_with(state, Router::new())
}

/// The whole server with routes of the caller's beside its own, such as the demo's.
pub fn router_with(state: BankState, extra: Router) -> Router {
    let site = Arc::clone(&state.site);
    let own = Router::new()
        .merge(oauth::routes(&state))
        .merge(events::routes())
        .merge(kanuki_desk_http::signals::routes())
        .merge(exchange::routes())
        .merge(openapi::routes())
        .merge(home::routes())
        .merge(check::routes())
        .merge(link::routes())
        .merge(enrol::routes())
        .merge(card::routes())
        .merge(app::routes())
        .merge(holder::routes())
        .merge(delegate::routes())
        .merge(stop::routes())
        .merge(report::routes())
        .merge(desk::routes(&state))
        .with_state(state);
    site.serve(own.merge(extra))
}

/// Lets consent pages lead back to every partner of the registry, without a restart.
pub(crate) async fn lead_to_partners(state: &BankState) {
    let partners = match state.bank.partners().await {
        Ok(partners) => partners,
        Err(error) => {
            tracing::warn!(%error, "the registry could not be read");
            return;
        }
    };
    let places = partners.iter().flat_map(|partner| partner.redirect_uris.iter());
    if let Err(error) = state.site.lead_also_to(places.map(String::as_str), place::origin) {
        tracing::error!(%error, "a partner's address cannot be led to");
    }
}

/// The port to a core banking system that speaks JSON over HTTP, as the demo's does.
#[must_use]
pub fn core_client(
    transport: Arc<dyn Transport>,
    base_url: String,
    secret: Masked<String>,
) -> CoreClient {
    CoreClient::new(transport, base_url, secret)
}
