//! The demo's wallet, and what stands beside it: cards, a guide, an inbox.

use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use kanuki_demo::{
    card::{self, CardOffice},
    guide::{self, BankPlace, Guide},
    inbox,
    people::{BANKS, Desk, MERCHANT},
};
use kanuki_desk::signal::policy::Table;
use kanuki_domain::{
    agreement::{example, today},
    bank_account::BankCode,
    mandate::later,
    settings::Settings,
};
use kanuki_formats::jpqr::ShopNumber;
use kanuki_risk::Bounds;
use kanuki_site::Brand;
use kanuki_wallet::{PartnerBank, payment::MerchantSpec};
use kanuki_wallet_http::{ClientSecrets, WalletState};
use kanuki_wire::keys::{Jwks, Signer as _};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    company::{
        Front,
        bank::CardPlan,
        registry::require_whole,
        settings::is_founding,
        wallet::{self as company_wallet, WalletPlan},
    },
    push::{PushPlan, WebPush},
    secrets::Keys,
    serve::serve,
    up::{Demo, banks::BankKeys, codes, courier::InboxCourier, workers},
};

/// The wallet's name in the demo.
const NAME: &str = "閂ウォレット";
/// Whom a push service would turn to.
const PUSH_CONTACT: &str = "mailto:desk@wallet.example";
/// How long the staff's codes can be used.
const STAFF_CODE_SECS: i64 = 365 * 86_400;

/// The wallet before it is served.
pub(crate) struct DemoWallet {
    pub(crate) state: WalletState,
    office: Arc<CardOffice>,
    push: PushPlan,
}

impl DemoWallet {
    /// How a bank has identity cards read: by the same operator's app.
    pub(crate) fn cards(&self, demo: &Demo) -> Result<CardPlan> {
        Ok(CardPlan {
            anchors: self.office.trust_anchors()?,
            operator_url: format!("{}/demo/card", demo.wallet_pages()),
            revocation_url: format!("{}/demo/card/crl", demo.wallet_issuer()),
            authentication: match self.office.authentication_anchors() {
                Some(anchors) => {
                    let list = format!("{}/demo/card/authentication-crl", demo.wallet_issuer());
                    Some((anchors?, list))
                }
                None => None,
            },
        })
    }
}

/// Opens the wallet: banks need its keys before they start.
pub(crate) async fn open(demo: &Demo, bank_keys: &[BankKeys]) -> Result<DemoWallet> {
    let keys = Keys::open(&demo.folder("wallet").join("keys"))?;
    let now = demo.world.now();
    let stored = keys.made_once("cards", || Ok(CardOffice::found(now)?))?;
    let pages = demo.wallet_pages();
    let mut leads_to: Vec<String> =
        BANKS.iter().map(|b| demo.bank_pages(b.host, b.port_offset)).collect();
    let mut answers_to = leads_to.clone();
    answers_to.push(pages.clone());
    let authority =
        keys.made_once("card-authentication", || Ok(CardOffice::found_authentication(now)?))?;
    let office = CardOffice::open(&stored, answers_to)?.signing_in(&stored, &authority)?;
    let office = Arc::new(office);
    leads_to.push(pages.clone());
    // A push service of one's own may stand on this machine, as the companies do.
    let push = PushPlan {
        key: keys.signing("push")?,
        contact: PUSH_CONTACT.to_owned(),
        services: vec!["localhost".to_owned()],
    };
    let plan = WalletPlan {
        folder: demo.folder("wallet"),
        ledger: demo.ledger("wallet")?,
        counts: None,
        bounds: Bounds::default(),
        front: Front {
            name: NAME.to_owned(),
            brand: Brand::Wallet,
            cookie_name: "kanuki_wallet".to_owned(),
            pages: pages.clone(),
            issuer: demo.wallet_issuer(),
            leads_to,
            books_ahead_until: None,
            is_behind_proxy: false,
        },
        anchors: office.trust_anchors()?,
        operator_url: format!("{pages}/demo/card"),
        revocation_url: format!("{}/demo/card/crl", demo.wallet_issuer()),
        master: keys.secret("master")?,
        client_secrets: ClientSecrets::default(),
        events: Arc::new(keys.events("events")?),
        push: Some(push.clone()),
        models: Vec::new(),
        settings: Settings::of_wallet(),
        signals: Table::shipped(),
        canary_people: Vec::new(),
    };
    let state = company_wallet::open(plan, &demo.world, &kanuki_demo::TEXTS).await?;
    seed(demo, &state).await?;
    for bank in partners(demo, bank_keys, &state).await? {
        let moment = demo.world.moment("");
        state.wallet.import_bank(&moment.ctx(), bank, &[]).await?;
    }
    require_whole(&state.wallet.registry_faults().await?)?;
    Ok(DemoWallet { state, office, push })
}

/// The banks, as both sides agreed on the first start.
async fn partners(
    demo: &Demo,
    bank_keys: &[BankKeys],
    state: &WalletState,
) -> Result<Vec<PartnerBank>> {
    let now = demo.world.now();
    let mut banks = Vec::new();
    for (bank, keys) in BANKS.iter().zip(bank_keys) {
        let code = BankCode::parse(bank.code)?;
        let known = state.wallet.partner(code).await.ok();
        let pages = demo.bank_pages(bank.host, bank.port_offset);
        banks.push(PartnerBank {
            code,
            name: bank.name.to_owned(),
            issuer: demo.bank_issuer(bank.port_offset),
            authorize_url: format!("{pages}/authorize"),
            client_id: "kanuki-wallet".to_owned(),
            event_keys: Jwks::of([keys.events.public_jwk()]),
            message_signing: true,
            decoupled: true,
            pings: true,
            protocol: kanuki_domain::connector::Protocol::Fapi,
            rotate_keys_after_days: Some(90),
            topups_per_week: None,
            assurance: kanuki_domain::connector::Assurance::fapi(),
            agreement: known.map_or_else(|| example(today(now)), |bank| bank.agreement),
            since: now,
        });
    }
    Ok(banks)
}

/// What the wallet knows before anybody comes: its staff and a shop.
async fn seed(demo: &Demo, state: &WalletState) -> Result<()> {
    let moment = demo.world.moment("");
    let ctx = moment.ctx();
    let until = later(ctx.now, STAFF_CODE_SECS);
    if is_founding(&state.wallet.book).await? {
        for (name, code) in codes::staff_at(Desk::Wallet) {
            state.wallet.invite_officer(&ctx, name, &code, until).await?;
        }
    }
    let shop = MerchantSpec {
        name: MERCHANT.name.to_owned(),
        ascii_name: MERCHANT.roma.to_ascii_uppercase(),
        city: "TOKYO".to_owned(),
        category: "5814".to_owned(),
        shop: ShopNumber {
            company: "9900000000001".to_owned(),
            brand: "0001".to_owned(),
            store: "000001".to_owned(),
            counter: "000001".to_owned(),
        },
        page_key: MERCHANT.key.to_owned(),
    };
    state.wallet.create_merchant(&ctx, &shop).await?;
    Ok(())
}

/// Serves the wallet with the demo's pages beside it.
pub(crate) fn start(
    demo: &Demo,
    wallet: DemoWallet,
    listener: TcpListener,
) -> Result<Vec<JoinHandle<()>>> {
    let inbox = demo.inbox("wallet")?;
    let place = |bank: &kanuki_demo::people::DemoBank| BankPlace {
        code: bank.code,
        origin: demo.bank_pages(bank.host, bank.port_offset),
    };
    let guide = Guide {
        wallet_origin: demo.wallet_pages(),
        banks: BANKS.iter().map(place).collect(),
        staff_path: "/desk/activate".to_owned(),
        staff_codes: codes::staff(),
    };
    let extra = Router::new()
        .merge(guide::router(Arc::new(guide)))
        .merge(card::router(wallet.office))
        .merge(inbox::router(inbox.clone()));
    let state = wallet.state;
    let router = kanuki_wallet_http::router_with(state.clone(), extra);
    let push = Some(WebPush::new(wallet.push, &demo.world));
    let courier = Arc::new(InboxCourier { inbox, push, clock: demo.world.clock.clone() });
    let workers = company_wallet::workers(&state, courier);
    Ok(vec![serve(listener, router, demo.stop.clone()), workers::run(workers, demo.stop.clone())])
}
