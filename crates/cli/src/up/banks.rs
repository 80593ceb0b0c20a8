//! One demo bank: its core, its gateway, its pages.

use std::{collections::BTreeSet, sync::Arc};

use anyhow::{Context as _, Result};
use axum::Router;
use kanuki_bank::{
    Bank,
    contract::{Kind, check::Wanted},
    pace::Limits,
    partner::{Partner, PartnerCaps, Profile},
};
use kanuki_demo::{
    app::{self, Phones},
    booth::{self, Booth},
    core::{Core, CoreConfig, CoreFaults},
    inbox,
    people::{self, DemoBank},
};
use kanuki_desk::signal::policy::Table;
use kanuki_domain::{
    Masked,
    agreement::{Agreement, example, today},
    bank_account::BankCode,
    descriptor::Descriptor,
    id::encode_base32,
    mandate::later,
};
use kanuki_risk::Bounds;
use kanuki_site::Brand;
use kanuki_wire::keys::SetSigningKey;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    company::{
        self, Front,
        bank::{self as company_bank, BankPlan, CardPlan},
        registry::require_whole,
        settings::is_founding,
    },
    secrets::Keys,
    serve::{listen, serve},
    up::{Demo, codes, courier::InboxCourier, hooks::Hooks, wallet::DemoWallet, workers},
};

/// How long the staff's codes can be used.
const STAFF_CODE_SECS: i64 = 365 * 86_400;

/// One bank's keys.
pub(crate) struct BankKeys {
    master: [u8; 32],
    core_secret: Masked<String>,
    /// The key of its event tokens.
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
            let secret = encode_base32(u128::from_be_bytes(left.try_into()?));
            Ok(BankKeys {
                master: keys.secret("master")?,
                core_secret: Masked::new(secret),
                events: Arc::new(keys.events("events")?),
            })
        })
        .collect()
}

/// Starts the bank's core on a port of its own; returns where it is.
async fn start_core(
    demo: &Demo,
    bank: &'static DemoBank,
    secret: Masked<String>,
) -> Result<(String, JoinHandle<()>)> {
    let ledger = company::ledger::embedded(&demo.folder(bank.host).join("core-ledger"))?;
    let config = CoreConfig {
        secret,
        customers: people::customers_of(bank.code)?,
        partner_text: "カンヌキウオレツト".to_owned(),
        pin_tries_max: Some(3),
    };
    let faults = Arc::new(CoreFaults::new());
    let core = Core::open(config, Arc::new(ledger), demo.world.clock.clone(), faults).await?;
    let listener = listen(0, "no port is free").await?;
    let place = format!("http://{}", listener.local_addr()?);
    Ok((place, serve(listener, kanuki_demo::core::router(core), demo.stop.clone())))
}

fn plan(
    demo: &Demo,
    bank: &DemoBank,
    keys: BankKeys,
    (core_url, cards): (String, CardPlan),
) -> Result<BankPlan> {
    Ok(BankPlan {
        folder: demo.folder(bank.host),
        ledger: demo.ledger(bank.host)?,
        counts: None,
        bounds: Bounds::default(),
        code: BankCode::parse(bank.code)?,
        takes_client_certificates: false,
        front: Front {
            name: bank.name.to_owned(),
            brand: Brand::parse(bank.host).unwrap_or(Brand::BankOne),
            cookie_name: format!("kanuki_{}", bank.host.replace('-', "_")),
            pages: demo.bank_pages(bank.host, bank.port_offset),
            issuer: demo.bank_issuer(bank.port_offset),
            leads_to: vec![demo.wallet_pages(), demo.wallet_issuer()],
            books_ahead_until: None,
            is_behind_proxy: false,
        },
        core_url,
        core_secret: keys.core_secret,
        cards: Some(cards),
        app_url: Some(format!("{}/demo/app", demo.bank_pages(bank.host, bank.port_offset))),
        master: keys.master,
        events: keys.events,
        models: Vec::new(),
        tightened: None,
        locks_unlinked: false,
        signals: Table::shipped(),
        canaries: Vec::new(),
        canary_people: Vec::new(),
        pace: Limits::STANDARD,
        settings: company::settings::of_bank(None),
    })
}

/// Starts one bank.
pub(crate) async fn start(
    demo: &Demo,
    bank: &'static DemoBank,
    keys: BankKeys,
    wallet: &DemoWallet,
    listener: TcpListener,
) -> Result<Vec<JoinHandle<()>>> {
    let (core_url, core_task) = start_core(demo, bank, keys.core_secret.clone()).await?;
    let plan = plan(demo, bank, keys, (core_url, wallet.cards(demo)?))?;
    let state = company_bank::open(plan, &demo.world, &kanuki_demo::TEXTS).await?;
    seed(demo, bank, &state.bank, wallet).await?;
    let inbox = demo.inbox(bank.host)?;
    let hooks = Arc::new(Hooks { bank: Arc::clone(&state.bank), world: demo.world.clone() });
    let extra = Router::new()
        .merge(app::router(Arc::new(phones(demo, bank)?)))
        .merge(booth::router(Arc::new(Booth::new(bank, hooks))))
        .merge(inbox::router(inbox.clone()));
    let router = kanuki_bank_http::router_with(state.clone(), extra);
    let courier = Arc::new(InboxCourier { inbox, push: None, clock: demo.world.clock.clone() });
    let workers = company_bank::workers(&state, courier);
    Ok(vec![
        core_task,
        serve(listener, router, demo.stop.clone()),
        workers::run(workers, demo.stop.clone()),
    ])
}

/// The telephones of the bank's customers, with the bank's app.
fn phones(demo: &Demo, bank: &'static DemoBank) -> Result<Phones> {
    let keys = Keys::open(&demo.folder(bank.host).join("phones"))?;
    let keys = Phones::owners(bank).map(|person| Ok((person.key, keys.signing(person.key)?)));
    let issuer = demo.bank_issuer(bank.port_offset);
    Ok(Phones::new(bank, issuer, keys.collect::<Result<_>>()?))
}

/// What a bank knows before anybody comes: its partner, its staff, its older contracts.
async fn seed(
    demo: &Demo,
    bank: &'static DemoBank,
    gateway: &Bank,
    wallet: &DemoWallet,
) -> Result<()> {
    let moment = demo.world.moment("");
    let ctx = moment.ctx();
    let code = BankCode::parse(bank.code)?;
    let wallet = &wallet.state.wallet;
    let client_id = wallet.partner(code).await?.client_id;
    let known = gateway.partner(&client_id).await.ok().map(|partner| partner.agreement);
    let known = known.filter(|agreed| *agreed != Agreement::default());
    let partner = Partner {
        client_id,
        name: wallet.config.name.clone(),
        redirect_uris: vec![wallet.redirect_uri(code)],
        jwks: wallet.client_jwks(&ctx, code).await?,
        set_jwks: wallet.event_jwks(),
        issuer: wallet.config.issuer.clone(),
        events_url: format!("{}/ssf/events", wallet.config.issuer),
        profile: Profile {
            dpop_nonce: true,
            message_signing: true,
            authn_evidence: true,
            decoupled: true,
            notification_endpoint: Some(format!("{}/ciba/{code}", wallet.config.issuer)),
            jwks_uri: Some(format!("{}/jwks/{code}", wallet.config.issuer)),
            collector_codes: vec![people::WALLET_COLLECTOR.to_owned()],
            descriptor: Some(Descriptor::parse("ｶﾝﾇｷ")?),
            ..Profile::default()
        },
        caps: PartnerCaps::default(),
        agreement: known.unwrap_or_else(|| example(today(ctx.now))),
        since: ctx.now,
    };
    gateway.import_partner(&ctx, partner, &[]).await?;
    require_whole(&gateway.registry_faults().await?)?;
    let until = later(ctx.now, STAFF_CODE_SECS);
    if is_founding(&gateway.book).await? {
        for (name, code) in codes::staff_at(people::Desk::Bank(bank.code)) {
            gateway.invite_officer(&ctx, name, &code, until).await?;
        }
    }
    for (kind, list) in people::registers_of(bank.code) {
        let kind = Kind::parse(kind).context("a register of no kind")?;
        let wanted = Wanted { kind, as_of: None, new_branches: BTreeSet::new() };
        gateway.import_register(&ctx, "system", &list.as_bytes(), &wanted).await?;
    }
    Ok(())
}
