//! The wallet over HTTP: its customers' pages, its API, its desk, its workers, and the way to banks.
//!
//! ```text
//! browser ─ / /topup /send /pay /payout /stop /desk … ─▶ customer pages, public, desk
//! scripts ─ /api/v1/… ────────────────────────────────▶ api
//! bank    ─ /ssf/… /ciba/{bank} ──────────────────────▶ events, signals, ping
//! us      ─ workers::tick ─ movements, events, messages ▶ wallet, courier, bank_client
//! ```
//!
//! It draws and parses; what may happen is decided in `kanuki-wallet`.

mod api;
mod bank_client;
mod customer;
mod desk;
mod events;
mod exchange;
mod merchant;
mod operator;
mod ping;
mod public;
mod refusal;
mod router;
mod signals;
mod state;
pub mod workers;

use std::sync::{Arc, OnceLock};

use kanuki_record::{Record as _, Table};
use kanuki_site::{Lang, Texts, text::TextError};
use kanuki_wire::place;

pub use bank_client::{BankClient, ClientSecrets, SecretMethod, bank_client};
pub use operator::{OperatorClient, operator_client};
pub use router::{router, router_with};
pub use state::WalletState;

/// The wallet's messages, for [`kanuki_site::Site::new`]: read once in a process, and shared by every server in it.
pub fn texts() -> Result<Arc<Texts>, TextError> {
    static READ: OnceLock<Result<Arc<Texts>, TextError>> = OnceLock::new();
    READ.get_or_init(|| texts_with(&[]).map(Arc::new)).clone()
}

/// The same, with messages of the caller's beside them, such as the demo's.
pub fn texts_with(more: &[(Lang, &'static str)]) -> Result<Texts, TextError> {
    Texts::build(&[CATALOGS, more].concat())
}

const CATALOGS: &[(Lang, &str)] = &[
    (Lang::Ja, include_str!("../locales/ja/wallet.ftl")),
    (Lang::En, include_str!("../locales/en/wallet.ftl")),
    (Lang::Ja, include_str!("../locales/ja/desk.ftl")),
    (Lang::En, include_str!("../locales/en/desk.ftl")),
];

/// Every table that a wallet's server keeps, for its store.
#[must_use]
pub fn tables() -> Vec<&'static Table> {
    let mut tables = kanuki_wallet::tables();
    tables.push(kanuki_site::Session::TABLE);
    tables.push(kanuki_site::ceremony::Ceremony::TABLE);
    tables
}

/// Lets linking lead to every bank of the registry, without a restart.
pub(crate) async fn lead_to_banks(state: &WalletState) {
    let banks = match state.wallet.partners().await {
        Ok(banks) => banks,
        Err(error) => {
            tracing::warn!(%error, "the registry could not be read");
            return;
        }
    };
    let places = banks.iter().map(|bank| bank.authorize_url.as_str());
    if let Err(error) = state.site.lead_also_to(places, place::origin) {
        tracing::error!(%error, "a bank's address cannot be led to");
    }
}
