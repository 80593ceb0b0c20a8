//! What of a company's file is compared with the start before, in the form in which it is kept and
//! shown: no secret, and of an address its host with what tells two addresses of one host apart.

use std::collections::BTreeSet;

use kanuki_domain::settings::{OFFICERS, STAFF, Setting, Settings, place_shown};
use kanuki_record::vault::Vault;

use super::{Server, StaffConfig, courier::Carriers, risk::RiskConfig};
use crate::{
    company::{ledger::LedgerPlan, settings::hash_of},
    train::Models,
};

/// What makes of a secret or an address what stands for it; by the company's master key, so that nobody
/// finds it by trying.
pub(crate) struct Compared<'a>(pub(crate) &'a Vault);

impl Compared<'_> {
    /// What stands for a secret.
    pub(crate) fn secret(&self, secret: &str) -> String {
        hash_of(&self.0.blind("setting", secret.as_bytes()))
    }

    /// What stands for an address.
    pub(crate) fn place(&self, url: &str) -> String {
        format!("{} {}", place_shown(url), self.secret(url))
    }

    /// That whoever is at this address is believed.
    pub(crate) fn believed(&self, url: Option<&str>) -> Setting {
        Setting::Believes(url.map(|url| self.place(url)))
    }
}

/// What both companies' files have.
pub(crate) struct Shared<'a> {
    pub(crate) server: &'a Server,
    pub(crate) ledger: &'a LedgerPlan,
    pub(crate) risk: &'a RiskConfig,
    pub(crate) carriers: &'a Carriers,
    pub(crate) models: &'a Models,
    pub(crate) staff: &'a [StaffConfig],
    /// What the company shows to others beside: its core system, or its banks.
    pub(crate) secrets: Vec<&'a str>,
}

impl Shared<'_> {
    /// Adds it to what is compared.
    pub(crate) fn add(&self, settings: Settings, compared: &Compared<'_>) -> Settings {
        let origin = |origin: &str| Setting::Believes(Some(origin.to_owned()));
        let names = |all: &mut dyn Iterator<Item = &StaffConfig>| {
            Setting::Trusts(all.map(|one| one.name.clone()).collect::<BTreeSet<_>>())
        };
        let counts = self.risk.place().map_or_else(
            || Setting::Believes(Some("memory".to_owned())),
            |place| compared.believed(Some(&place)),
        );
        let secrets = self.secrets.iter().copied().chain(self.carriers.secrets());
        let secrets: Vec<String> = secrets.map(|secret| compared.secret(secret)).collect();
        settings
            .with("name", Setting::Noted(self.server.name.clone()))
            .with("issuer", origin(&self.server.issuer))
            .with("pages", origin(&self.server.pages))
            .with("books", Setting::Noted(self.ledger.place().unwrap_or_default()))
            .with("risk-counts", counts)
            .with("risk-keys", Setting::AtLeast(self.risk.keys()))
            .with("courier", compared.believed(Some(self.carriers.url())))
            .with("mail", Setting::Believes(self.carriers.mail_place()))
            .with("models", Setting::Noted(self.models.hash()))
            .with("secrets", Setting::Noted(hash_of(&secrets)))
            .with(STAFF, names(&mut self.staff.iter()))
            .with(OFFICERS, names(&mut self.staff.iter().filter(|one| one.officer)))
    }
}
