//! A wallet's server.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result};
use kanuki_desk::{named::MadeUp, signal::policy::Table};
use kanuki_domain::settings::Settings;
use kanuki_jpki::TrustAnchors;
use kanuki_passkey::RelyingParty;
use kanuki_record::vault::Vault;
use kanuki_risk::{Bounds, Engine, Policy, model::Model};
use kanuki_site::{Lang, Site, World, courier::Courier};
use kanuki_store::RedisConfig;
use kanuki_wallet::{StandardRules, Wallet, WalletConfig};
use kanuki_wallet_http::{ClientSecrets, WalletState, bank_client, workers};
use kanuki_wire::keys::SetSigningKey;

use super::{Front, counts, ledger::LedgerPlan, records, settings};
use crate::{
    push::PushPlan,
    up::workers::{Workers, pass},
};

/// Everything a wallet's server is made of.
pub(crate) struct WalletPlan {
    /// Where it keeps its things.
    pub(crate) folder: PathBuf,
    /// Which engine keeps its books.
    pub(crate) ledger: LedgerPlan,
    /// Where its nodes share their counts of risk; none: each counts by itself.
    pub(crate) counts: Option<RedisConfig>,
    /// How much of them a node remembers.
    pub(crate) bounds: Bounds,
    /// Its web server.
    pub(crate) front: Front,
    /// The authorities whose identity certificates are believed.
    pub(crate) anchors: TrustAnchors,
    /// The platform operator's page.
    pub(crate) operator_url: String,
    /// Where the authority's revocation list is.
    pub(crate) revocation_url: String,
    /// Its master key.
    pub(crate) master: [u8; 32],
    /// Its secrets at banks that take no signed assertion.
    pub(crate) client_secrets: ClientSecrets,
    /// The key of its event tokens.
    pub(crate) events: Arc<SetSigningKey>,
    /// How its notices are pushed, if they are.
    pub(crate) push: Option<PushPlan>,
    /// Models that its policy may name.
    pub(crate) models: Vec<Arc<Model>>,
    /// All that is compared with the start before.
    pub(crate) settings: Settings,
    /// What it does on what banks tell.
    pub(crate) signals: Table,
    /// People who were made up.
    pub(crate) canary_people: Vec<MadeUp>,
}

/// Puts it together.
pub(crate) async fn open(
    plan: WalletPlan,
    world: &World,
    more_texts: &[(Lang, &'static str)],
) -> Result<WalletState> {
    let book = records(&plan.folder, &kanuki_wallet_http::tables())?;
    let vault = Vault::new(plan.master);
    let front = plan.front;
    let started_with = plan.signals.compared(plan.settings);
    let identity = kanuki_wallet_http::operator_client(world.own.clone(), plan.revocation_url);
    let rp = RelyingParty::new(&front.relying_party_id()?, &front.pages.parse()?, &front.name)?;
    let ledger = plan.ledger.open(&plan.folder, front.books_ahead_until).await?;
    let engine = Engine::with_bounds(Policy::wallet()?, plan.bounds).with_models(plan.models);
    let (engine, shared) = counts::shared(engine, plan.counts);
    let ready = std::iter::once(ledger.ready).chain(shared).collect();
    let wallet = Wallet {
        config: Arc::new(WalletConfig {
            name: front.name.clone(),
            public_url: front.pages.clone(),
            issuer: front.issuer.clone(),
            anchors: plan.anchors,
            operator_url: plan.operator_url,
            signals: plan.signals,
            push: plan.push.map(|push| push.offer(&front.issuer)).transpose()?,
        }),
        book: book.clone(),
        ledger: ledger.engine,
        vault: vault.clone(),
        rp: Arc::new(rp),
        banks: Arc::new(bank_client(world.transport.clone()).with_secrets(plan.client_secrets)),
        identity: Arc::new(identity),
        rules: Arc::new(StandardRules),
        risk: Arc::new(engine),
        set_key: plan.events,
        looking: Arc::default(),
        opened: Arc::default(),
        turns: Arc::default(),
    };
    let partners = wallet.asked_partners().await?;
    settings::start(&wallet.book, world, &started_with, &partners).await?;
    wallet.prepare(&world.moment("").ctx()).await?;
    wallet.set_canary_people(&plan.canary_people)?;
    wallet.refresh_policy().await.context(
        "the policy in force cannot be loaded: the reason is below; a model that it names belongs in `models`",
    )?;
    wallet.refresh_watched().await?;
    let filed = kanuki_desk::signal::file_muted(&wallet.book).await?;
    if filed > 0 {
        tracing::info!(filed, "names that were muted before can be seen");
    }
    let filed = kanuki_desk::case::file(&wallet.book).await?;
    if filed > 0 {
        tracing::info!(filed, "cases from before are found by their short numbers");
    }
    let filed = kanuki_desk::promise::file(&wallet.book).await?;
    if filed > 0 {
        tracing::info!(filed, "reports from before stand where somebody waits");
    }
    let recalled = wallet.recall_attempts(world.moment("").ctx().now).await;
    let recalled = counts::recalled(recalled, wallet.risk.journal().is_some())?;
    tracing::info!(recalled, "attempts that still count are recalled");
    let texts = kanuki_wallet_http::texts_with(more_texts)?;
    let site = Site::new(front.site_config(ready), world.clone(), book, vault, texts)?;
    Ok(WalletState { wallet, site })
}

/// The wallet's workers, with `courier` to carry messages out.
pub(crate) fn workers(state: &WalletState, courier: Arc<dyn Courier>) -> Workers {
    Workers {
        tick: pass(state, |state| async move { workers::drive(&state).await }),
        tell: pass(state, |state| async move { workers::tell(&state).await }),
        compare: pass(state, |state| async move { workers::compare(&state).await }),
        post: pass(&(state.clone(), courier), |(state, courier)| async move {
            workers::post(&state, &*courier).await;
        }),
        ask: pass(state, |state| async move {
            workers::close_wallets(&state).await;
            workers::ask_lines(&state).await
        }),
        sweep: pass(state, |state| async move {
            workers::sweep(&state).await;
            workers::listen(&state).await;
        }),
    }
}
