//! The wallet companies: one in most worlds, a second one where a crime is about there being two.

use std::sync::Arc;

use kanuki_ledger::MemoryEngine;
use kanuki_wallet_http::WalletState;

use super::{Rest, WALLET_PORT};
use crate::browser::Browser;

/// One wallet company, as everybody else knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Company {
    /// What its pages and messages call it.
    pub(crate) name: &'static str,
    /// What reports and findings call it.
    pub(crate) told: &'static str,
    /// Its host, to which its passkeys belong.
    pub(crate) host: &'static str,
    /// Where its pages are.
    pub(crate) pages: &'static str,
    /// Its name to other companies, and its back channel.
    pub(crate) issuer: &'static str,
    /// Its name at every bank.
    pub(crate) client_id: &'static str,
    pub(crate) port: u16,
    /// Whose key for event tokens is its own, of those that were struck.
    pub(crate) key: usize,
}

/// The wallet company of every world.
pub(crate) static FIRST: Company = Company {
    name: "Kanuki",
    told: "wallet",
    host: "wallet.localhost",
    pages: "http://wallet.localhost:8080",
    issuer: "http://localhost:8080",
    client_id: "kanuki-wallet",
    port: WALLET_PORT,
    key: 0,
};

/// Another one, with keys, customers and shops of its own.
pub(crate) static SECOND: Company = Company {
    name: "Kakehashi",
    told: "second wallet",
    host: "second-wallet.localhost",
    pages: "http://second-wallet.localhost:8070",
    issuer: "http://localhost:8070",
    client_id: "kakehashi-wallet",
    port: 8070,
    // The banks' are between.
    key: kanuki_demo::people::BANKS.len() + 1,
};

/// Every one that a world can have, in the order in which they come.
pub(crate) static COMPANIES: [&Company; 2] = [&FIRST, &SECOND];

/// A wallet company that runs.
pub(crate) struct WalletBox {
    pub(crate) company: &'static Company,
    pub(crate) state: WalletState,
    pub(crate) ledger: Arc<MemoryEngine>,
    /// Whether it need not be woken.
    pub(super) rest: Arc<Rest>,
    /// What the stands of its shops show.
    pub(crate) shop_codes: Vec<String>,
}

impl super::World {
    /// Every wallet company of this world.
    pub(crate) fn wallets(&self) -> impl Iterator<Item = &WalletBox> {
        std::iter::once(&self.wallet).chain(&self.others)
    }

    /// The company at which this browser is; the first one where a world has no other.
    pub(crate) fn wallet_of(&self, browser: &Browser) -> &WalletBox {
        let is_there = |wallet: &&WalletBox| wallet.company == browser.company();
        self.wallets().find(is_there).unwrap_or(&self.wallet)
    }

    /// The company whose customer somebody honest becomes: where there are two, one in three goes to
    /// the second.
    pub(crate) fn company_for(&self, person: &crate::people::Person) -> &'static Company {
        let other = self.others.first().filter(|_| person.serial().is_multiple_of(3));
        other.map_or(&FIRST, |wallet| wallet.company)
    }
}
