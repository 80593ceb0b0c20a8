//! One demo bank: its core, its gateway, its pages.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use axum::Router;
use kanuki_bank::{Bank, BankConfig, StandardRules, partner::Partner};
use kanuki_bank_http::{BankState, workers as bank_workers};
use kanuki_demo::{
    booth::{self, Booth},
    core::{Core, CoreConfig, CoreFaults},
    inbox,
    people::{self, DemoBank},
};
use kanuki_domain::{
    Masked,
    bank_account::{AccountNumber, BankCode},
    id::encode_base32,
    mandate::later,
};
use kanuki_ledger::EmbeddedEngine;
use kanuki_passkey::RelyingParty;
use kanuki_record::{Book, vault::Vault};
use kanuki_site::{Brand, Site, SiteConfig};
use kanuki_store::SqliteRecords;
use kanuki_wire::keys::SetSigningKey;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    secrets::Keys,
    serve::{listen, serve},
    up::{Demo, codes, courier::InboxCourier, hooks::Hooks, wallet::DemoWallet, workers},
};

/// Longest that a page or call of ours may take.
const REQUEST_SECS_MAX: u64 = 30;
/// How long the staff's codes can be used.
const STAFF_CODE_SECS: i64 = 365 * 86_400;

/// One bank's keys.
pub(crate) struct BankKeys {
    pub(crate) master: [u8; 32],
    pub(crate) core_secret: String,
    pub(crate) events: Arc<SetSigningKey>,
}

/// Every bank's keys, made on first start.
pub(crate) fn keys(demo: &Demo) -> Result<Vec<BankKeys>> {
    people::BANKS
        .iter()
        .map(|bank| {
            let keys = Keys::open(&demo.folder(bank.host).join("keys"))?;
            let core = keys.secret("core")?;
            let (left, _) = core.split_at(16);
            let bits = u128::from_be_bytes(left.try_into()?);
            Ok(BankKeys {
                master: keys.secret("master")?,
                core_secret: encode_base32(bits),
                events: Arc::new(keys.events("events")?),
            })
        })
        .collect()
}

/// Starts the bank's core on a port of its own; returns where it is.
async fn start_core(
    demo: &Demo,
    bank: &'static DemoBank,
    secret: &str,
) -> Result<(String, JoinHandle<()>)> {
    let folder = demo.folder(bank.host).join("core-ledger");
    let (ledger, _opened) = EmbeddedEngine::open(&folder)
        .with_context(|| format!("cannot open {}", folder.display()))?;
    let config = CoreConfig {
        secret: Masked::new(secret.to_owned()),
        customers: people::customers_of(bank.code)?,
        partner_text: "カンヌキウオレツト".to_owned(),
        pin_tries_max: Some(3),
    };
    let faults = Arc::new(CoreFaults::new());
    let core = Core::open(config, Arc::new(ledger), demo.world.clock.clone(), faults).await?;
    let listener = listen(0).await?;
    let place = format!("http://{}", listener.local_addr()?);
    Ok((place, serve(listener, kanuki_demo::core::router(core), demo.stop.clone())))
}

/// Starts one bank.
pub(crate) async fn start(
    demo: &Demo,
    bank: &'static DemoBank,
    keys: BankKeys,
    wallet: &DemoWallet,
    listener: TcpListener,
) -> Result<Vec<JoinHandle<()>>> {
    let (core_at, core_task) = start_core(demo, bank, &keys.core_secret).await?;
    let folder = demo.folder(bank.host);
    let records = SqliteRecords::open(
        &folder.join("records.sqlite"),
        &kanuki_bank_http::tables(),
    )
    .await
    .with_context(|| format!("cannot open the records in {}", folder.display()))?;
    let (ledger, _opened) = EmbeddedEngine::open(&folder.join("ledger"))
        .with_context(|| format!("cannot open the ledger in {}", folder.display()))?;
    let book = Book::new(Arc::new(records));
    let vault = Vault::new(keys.master);
    let pages = demo.bank_pages(bank.host, bank.port_offset);
    let core_client = kanuki_bank_http::core_client(
        demo.world.transport.clone(),
        core_at,
        Masked::new(keys.core_secret),
    );
    let gateway = Bank {
        config: Arc::new(BankConfig {
            code: BankCode::parse(bank.code)?,
            name: bank.name.to_owned(),
            issuer: demo.bank_issuer(bank.port_offset),
            public_url: pages.clone(),
        }),
        book: book.clone(),
        ledger: Arc::new(ledger),
        core: Arc::new(core_client),
        vault: vault.clone(),
        rp: Arc::new(RelyingParty::new(
            &format!("{}.localhost", bank.host),
            &pages.parse()?,
            bank.name,
        )?),
        rules: Arc::new(StandardRules::default()),
        risk: Arc::new(kanuki_risk::Engine::default()),
        set_key: keys.events,
    };
    seed(demo, bank, &gateway, wallet).await?;
    let site = Site::new(
        site_config(demo, bank, pages),
        demo.world.clone(),
        book,
        vault,
        kanuki_bank_http::texts_with(&kanuki_demo::TEXTS)?,
    )?;
    let state = BankState { bank: gateway.clone(), site };
    let inbox = demo.inbox(bank.host)?;
    let hooks = Arc::new(Hooks { bank: gateway, world: demo.world.clone() });
    let extra = Router::new()
        .merge(booth::router(Arc::new(Booth::new(bank, hooks))))
        .merge(inbox::router(inbox.clone()));
    let router = kanuki_bank_http::router_with(state.clone(), extra);
    let courier = Arc::new(InboxCourier { inbox, clock: demo.world.clock.clone() });
    let pass: workers::Pass = Box::new(move || {
        let (state, courier) = (state.clone(), courier.clone());
        Box::pin(async move {
            bank_workers::tick(&state, &*courier).await;
        })
    });
    Ok(vec![
        core_task,
        serve(listener, router, demo.stop.clone()),
        workers::run(pass, demo.stop.clone()),
    ])
}

fn site_config(demo: &Demo, bank: &DemoBank, pages: String) -> SiteConfig {
    SiteConfig {
        brand: Brand::parse(bank.host).unwrap_or(Brand::BankOne),
        company: bank.name.to_owned(),
        cookie_name: format!("kanuki_{}", bank.host.replace('-', "_")),
        page_origin: pages,
        api_origin: demo.bank_issuer(bank.port_offset),
        form_action_origins: vec![demo.wallet_pages(), demo.wallet_issuer()],
        trusts_forwarded_for: false,
        request_timeout: Some(Duration::from_secs(REQUEST_SECS_MAX)),
        ready: Vec::new(),
    }
}

/// What a bank knows before anybody comes: its partner, its staff, who was seen at a branch.
async fn seed(
    demo: &Demo,
    bank: &'static DemoBank,
    gateway: &Bank,
    wallet: &DemoWallet,
) -> Result<()> {
    let moment = demo.world.moment("");
    let ctx = moment.ctx();
    let code = BankCode::parse(bank.code)?;
    let partner = Partner {
        client_id: wallet.client_id.clone(),
        name: wallet.name.clone(),
        redirect_uris: vec![format!("{}/callback/{}", demo.wallet_pages(), bank.code)],
        jwks: wallet.wallet.client_jwks(&ctx, code).await?,
        set_jwks: wallet.wallet.event_jwks(),
        issuer: demo.wallet_issuer(),
        events_url: format!("{}/ssf/events", demo.wallet_issuer()),
        since: ctx.now,
    };
    gateway.register_partner(&ctx, partner).await?;
    let until = later(ctx.now, STAFF_CODE_SECS);
    for (name, code) in codes::staff_at(people::Desk::Bank(bank.code)) {
        gateway.invite_staff(&ctx, name, &code, until).await?;
    }
    for handed in codes::holders().into_iter().filter(|handed| handed.bank == bank.code) {
        let person = people::person(handed.person).context("a code without a person")?;
        let first = person.accounts_at(bank.code).next().context("a code without an account")?;
        let account = AccountNumber::parse(first.branch, first.number)?;
        // The core answers only once its own server runs, which it does by now.
        gateway.activate_at_branch(&ctx, &account, &handed.code).await?;
    }
    Ok(())
}
