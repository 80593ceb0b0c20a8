//! A wallet company: its server, its shops, and the partners it was built to know.

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use kanuki_domain::{Ctx, agreement};
use kanuki_formats::jpqr::ShopNumber;
use kanuki_ledger::MemoryEngine;
use kanuki_passkey::RelyingParty;
use kanuki_record::{Book, vault::Vault};
use kanuki_risk::{Engine, Policy as Rules};
use kanuki_site::{Brand, Site, SiteConfig};
use kanuki_wallet::{PartnerBank, Wallet, WalletConfig, payment::MerchantSpec};
use kanuki_wallet_http::WalletState;
use kanuki_wire::keys::{Jwks, Signer as _};

use super::{BankBox, Base, COMPANIES, Company, OPERATOR_PORT, WalletBox};
use crate::{
    policy::{
        Changes, Control, Policy,
        y2020::{self, WalletDesk},
    },
    sim::chance::Chance,
};

/// How many shops there are.
const SHOPS: u32 = 12;

/// Builds a wallet company, ready for its first customer.
pub(super) async fn build(
    base: &Base,
    company: &'static Company,
    banks: &[BankBox],
) -> anyhow::Result<WalletBox> {
    let (records, rest) = base.records();
    let book = Book::new(records);
    let vault = Vault::new(Chance::bytes(base.seed, &format!("vault of the {}", company.told)));
    let pages: Vec<String> = banks.iter().map(|bank| bank.pages.clone()).collect();
    let operator = format!("http://operator.localhost:{OPERATOR_PORT}");
    let site = Site::new(
        front(company, &pages, &operator),
        base.outside.clone(),
        book.clone(),
        vault.clone(),
        kanuki_wallet_http::texts()?,
    )?;
    let moment = base.outside.moment("");
    let ctx = moment.ctx();
    let partner = |bank: &BankBox| PartnerBank {
        code: bank.code,
        name: bank.demo.name.to_owned(),
        issuer: bank.issuer.clone(),
        authorize_url: format!("{}{}", bank.pages, base.policy.authorize_path()),
        client_id: company.client_id.to_owned(),
        event_keys: Jwks::of([bank.state.bank.set_key.public_jwk()]),
        message_signing: true,
        decoupled: true,
        pings: false,
        protocol: kanuki_domain::connector::Protocol::Fapi,
        rotate_keys_after_days: None,
        topups_per_week: base
            .rogue
            .filter(|at| usize::from(bank.demo.port_offset) == at.place)
            .map(|at| at.topups_per_week),
        // What the banks of 2020 would have had to declare was never asked.
        assurance: kanuki_domain::connector::Assurance::fapi(),
        agreement: agreement::example(agreement::today(ctx.now)),
        since: ctx.now,
    };
    let ledger = Arc::new(MemoryEngine::new());
    let wallet = Wallet {
        config: Arc::new(WalletConfig {
            name: company.name.to_owned(),
            public_url: company.pages.to_owned(),
            issuer: company.issuer.to_owned(),
            anchors: base.mint.anchors()?,
            operator_url: format!("{operator}/card"),
            signals: kanuki_desk::signal::policy::Table::shipped(),
            push: None,
        }),
        book,
        ledger: ledger.clone(),
        vault,
        rp: Arc::new(RelyingParty::new(company.host, &company.pages.parse()?, company.name)?),
        banks: Arc::new(kanuki_wallet_http::bank_client(base.net.clone())),
        identity: Arc::new(kanuki_wallet_http::operator_client(
            base.net.clone(),
            format!("{operator}/card/crl"),
        )),
        rules: base.policy.wallet_rules(&base.changes),
        risk: Arc::new(engine(&base.changes)?),
        set_key: Arc::clone(base.mint.set_keys.get(company.key).context("a key for each wallet")?),
        looking: Arc::default(),
        opened: Arc::default(),
        turns: Arc::default(),
    };
    wallet.prepare(&ctx).await?;
    for bank in banks {
        wallet.import_bank(&ctx, partner(bank), &[]).await?;
    }
    let shop_codes = shops(&ctx, &wallet).await?;
    Ok(WalletBox { company, state: WalletState { wallet, site }, ledger, rest, shop_codes })
}

/// Builds the wallet companies beside the first one.
pub(super) async fn build_others(base: &Base, banks: &[BankBox]) -> anyhow::Result<Vec<WalletBox>> {
    let mut others = Vec::new();
    for company in COMPANIES.into_iter().take(base.wallets).skip(1) {
        others.push(build(base, company, banks).await?);
    }
    Ok(others)
}

/// Its web server.
fn front(company: &Company, pages: &[String], operator: &str) -> SiteConfig {
    SiteConfig {
        brand: Brand::Wallet,
        company: company.name.to_owned(),
        cookie_name: "kanuki_wallet".to_owned(),
        page_origin: company.pages.to_owned(),
        api_origin: company.issuer.to_owned(),
        form_action_origins: pages.iter().cloned().chain([operator.to_owned()]).collect(),
        trusts_forwarded_for: false,
        request_timeout: None,
        ready: Vec::new(),
    }
}

/// Its server; under `2020` with the pages of then.
pub(super) fn router(base: &Base, state: WalletState) -> Router {
    let extra = match base.policy {
        Policy::Default => Router::new(),
        Policy::Y2020 | Policy::Y2020After => y2020::wallet_routes(WalletDesk {
            wallet: state.wallet.clone(),
            courier: base.post.clone(),
            halt: base.halt,
        }),
    };
    kanuki_wallet_http::router_with(state, extra)
}

/// Takes on the shops of the town; answers what their stands show.
async fn shops(ctx: &Ctx<'_>, wallet: &Wallet) -> anyhow::Result<Vec<String>> {
    let mut codes = Vec::new();
    for number in 1..=SHOPS {
        let merchant = wallet
            .create_merchant(
                ctx,
                &MerchantSpec {
                    name: format!("店 {number}"),
                    ascii_name: format!("Shop {number}"),
                    city: "Sakuradai".to_owned(),
                    category: "5411".to_owned(),
                    shop: ShopNumber {
                        company: "9900000000009".to_owned(),
                        brand: "0001".to_owned(),
                        store: format!("{number:06}"),
                        counter: "000001".to_owned(),
                    },
                    page_key: format!("lab-shop-{number:026}"),
                },
            )
            .await?;
        codes.push(merchant.static_code);
    }
    Ok(codes)
}

/// The shipped rules, those against a drain in shadow where they are switched off.
fn engine(changes: &Changes) -> anyhow::Result<Engine> {
    if !changes.lacks(Control::DrainHold) {
        return Ok(Engine::wallet()?);
    }
    let shipped = Rules::wallet_text();
    let drains = "as rapid-drain tell customer";
    Ok(Engine::new(Rules::parse(&shipped.replace(drains, &format!("{drains} shadow")))?))
}
