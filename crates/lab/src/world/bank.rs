//! One bank: its server, its core, and what people reach without the web.

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use kanuki_bank::{
    Bank, BankConfig,
    partner::{Partner, PartnerCaps, Profile},
};
use kanuki_bank_http::BankState;
use kanuki_demo::{
    core::{self, Core, CoreConfig, CoreFaults},
    people::DemoBank,
};
use kanuki_domain::{Masked, agreement, bank_account::BankCode};
use kanuki_ledger::MemoryEngine;
use kanuki_passkey::RelyingParty;
use kanuki_record::{Book, vault::Vault};
use kanuki_site::{Brand, Site, SiteConfig, courier::Courier};

use super::{Base, COMPANIES, CORE_PORT, Rest, WALLET_PORT, WalletBox};
use crate::{
    people::Person,
    policy::{
        Policy,
        y2020::{self, PinDesk},
    },
    sim::{chance::Chance, trace::hex},
};

/// Wrong PINs in a row after which a bank of 2020 locks an account for a day.
const PIN_TRIES_MAX: u32 = 3;

/// One bank of the world.
pub(crate) struct BankBox {
    pub(crate) demo: &'static DemoBank,
    pub(crate) code: BankCode,
    /// Where its pages are.
    pub(crate) pages: String,
    /// Its issuer, and its back channel.
    pub(crate) issuer: String,
    pub(crate) port: u16,
    pub(crate) core_port: u16,
    pub(crate) state: BankState,
    pub(crate) core: Arc<Core>,
    pub(crate) ledger: Arc<MemoryEngine>,
    /// Whether it need not be woken.
    pub(super) rest: Arc<Rest>,
    core_secret: Masked<String>,
}

impl BankBox {
    /// Builds the bank `demo` with these customers. It knows no wallet yet.
    pub(super) async fn build(
        base: &Base,
        demo: &'static DemoBank,
        customers: impl Iterator<Item = &Person>,
    ) -> anyhow::Result<Self> {
        let place = demo.port_offset;
        let (port, core_port) =
            (WALLET_PORT.saturating_add(1).saturating_add(place), CORE_PORT.saturating_add(place));
        let pages = format!("http://{}.localhost:{port}", demo.host);
        let issuer = format!("http://localhost:{port}");
        let core_secret = Masked::new(hex(&Chance::bytes(base.seed, &format!("core {place}"))));
        let core = open_core(base, (place, &core_secret), customers).await?;
        let (records, rest) = base.records();
        let book = Book::new(records);
        let vault = Vault::new(Chance::bytes(base.seed, &format!("vault of {}", demo.host)));
        let site = open_site(base, demo, (&pages, &issuer), (&book, &vault))?;
        let ledger = Arc::new(MemoryEngine::new());
        let core_url = format!("http://localhost:{core_port}");
        let client = kanuki_bank_http::core_client(base.net.clone(), core_url, core_secret.clone());
        let set_key = base.mint.set_keys.get(usize::from(place).saturating_add(1));
        let config = BankConfig {
            code: BankCode::parse(demo.code)?,
            name: demo.name.to_owned(),
            issuer: issuer.clone(),
            public_url: pages.clone(),
            takes_client_certificates: false,
            app_url: None,
            signals: kanuki_desk::signal::policy::Table::shipped(),
        };
        let rp_id = format!("{}.localhost", demo.host);
        let bank = Bank {
            config: Arc::new(config),
            book,
            ledger: ledger.clone(),
            core: Arc::new(client),
            vault,
            rp: Arc::new(RelyingParty::new(&rp_id, &pages.parse()?, demo.name)?),
            rules: base.policy.bank_rules(&base.changes),
            risk: Arc::new(kanuki_risk::Engine::bank()?),
            cards: None,
            set_key: Arc::clone(set_key.context("a key for every bank")?),
            looking: Arc::default(),
            opened: Arc::default(),
            names: Arc::default(),
            pace: Arc::default(),
            asking: Arc::default(),
        };
        let bank_code = bank.config.code;
        let state = BankState { bank: Arc::new(bank), site };
        Ok(Self {
            demo,
            code: bank_code,
            pages,
            issuer,
            port,
            core_port,
            state,
            core,
            ledger,
            rest,
            core_secret,
        })
    }

    /// Registers a wallet as a partner.
    pub(super) async fn introduce(&self, base: &Base, known: &WalletBox) -> anyhow::Result<()> {
        let (company, wallet) = (known.company, &known.state.wallet);
        let moment = base.outside.moment("");
        let ctx = moment.ctx();
        let partner = Partner {
            client_id: company.client_id.to_owned(),
            name: wallet.config.name.clone(),
            redirect_uris: vec![wallet.redirect_uri(self.code)],
            jwks: wallet.client_jwks(&ctx, self.code).await?,
            set_jwks: wallet.event_jwks(),
            issuer: wallet.config.issuer.clone(),
            events_url: format!("{}/ssf/events", company.issuer),
            profile: Profile {
                dpop_nonce: true,
                message_signing: true,
                decoupled: true,
                ..Profile::default()
            },
            caps: PartnerCaps::default(),
            agreement: agreement::example(agreement::today(ctx.now)),
            since: ctx.now,
        };
        Ok(self.state.bank.import_partner(&ctx, partner, &[]).await?)
    }

    /// Its server; under `2020` with the page of then.
    pub(super) fn router(&self, base: &Base) -> Router {
        let extra = match base.policy {
            Policy::Default => Router::new(),
            Policy::Y2020 | Policy::Y2020After => y2020::bank_routes(PinDesk {
                bank: Bank::clone(&self.state.bank),
                net: base.net.clone(),
                core_url: format!("http://localhost:{}", self.core_port),
                core_secret: self.core_secret.clone(),
                // Of the banks that were hit, some asked for the birth date too.
                asks_birth_date: self.demo.port_offset > 0,
                calls: base.policy.calls().then(|| -> Arc<dyn Courier> { base.post.clone() }),
                halt: base.halt,
            }),
        };
        kanuki_bank_http::router_with(self.state.clone(), extra)
    }

    /// Its core's server.
    pub(super) fn core_router(&self) -> Router {
        core::router(Arc::clone(&self.core))
    }
}

/// The bank's core, with everyone who has an account there.
async fn open_core(
    base: &Base,
    (place, secret): (u16, &Masked<String>),
    customers: impl Iterator<Item = &Person>,
) -> anyhow::Result<Arc<Core>> {
    let config = CoreConfig {
        secret: secret.clone(),
        customers: customers.map(Person::at_core).collect(),
        partner_text: "KANUKI".to_owned(),
        pin_tries_max: Some(PIN_TRIES_MAX),
    };
    let (ledger, faults) = (Arc::new(MemoryEngine::new()), Arc::new(CoreFaults::default()));
    let opened = Core::open(config, ledger, Arc::clone(&base.outside.clock), faults).await;
    opened.with_context(|| format!("core {place}"))
}

/// Its web server.
fn open_site(
    base: &Base,
    demo: &DemoBank,
    (pages, issuer): (&str, &str),
    (book, vault): (&Book, &Vault),
) -> anyhow::Result<Arc<Site>> {
    let config = SiteConfig {
        brand: Brand::parse(demo.host).unwrap_or(Brand::BankOne),
        company: demo.name.to_owned(),
        cookie_name: format!("kanuki_{}", demo.host.replace('-', "_")),
        page_origin: pages.to_owned(),
        api_origin: issuer.to_owned(),
        form_action_origins: COMPANIES
            .iter()
            .take(base.wallets)
            .flat_map(|wallet| [wallet.pages.to_owned(), wallet.issuer.to_owned()])
            .collect(),
        trusts_forwarded_for: false,
        request_timeout: None,
        ready: Vec::new(),
    };
    let texts = kanuki_bank_http::texts()?;
    Ok(Site::new(config, base.outside_of(demo.port_offset), book.clone(), vault.clone(), texts)?)
}
