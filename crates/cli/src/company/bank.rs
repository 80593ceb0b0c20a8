//! A bank's server.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result};
use kanuki_bank::{
    Bank, BankConfig, StandardRules,
    holder::enrol::card::{CardAuthentication, CardReading},
    pace::{Limits, Pace},
};
use kanuki_bank_http::{BankState, workers};
use kanuki_desk::{named::MadeUp, signal::policy::Table};
use kanuki_domain::{
    Masked, Yen,
    bank_account::{AccountNumber, BankCode},
    settings::Settings,
};
use kanuki_jpki::{AuthenticationAnchors, TrustAnchors};
use kanuki_ledger::LedgerEngine;
use kanuki_passkey::RelyingParty;
use kanuki_record::vault::Vault;
use kanuki_risk::{Bounds, Engine, Policy, model::Model};
use kanuki_site::{Lang, Site, World, courier::Courier};
use kanuki_store::RedisConfig;
use kanuki_wire::keys::SetSigningKey;

use super::{Front, counts, ledger::LedgerPlan, records, settings};
use crate::up::workers::{Workers, pass};

/// The platform operator that reads identity cards.
pub(crate) struct CardPlan {
    /// The authorities whose certificates are believed.
    pub(crate) anchors: TrustAnchors,
    /// Its page.
    pub(crate) operator_url: String,
    /// Where the authority's revocation list is.
    pub(crate) revocation_url: String,
    /// The authority of the certificates for user authentication, and where its list is.
    pub(crate) authentication: Option<(AuthenticationAnchors, String)>,
}

/// Everything a bank's server is made of.
pub(crate) struct BankPlan {
    /// Where it keeps its things.
    pub(crate) folder: PathBuf,
    /// Which engine keeps its books.
    pub(crate) ledger: LedgerPlan,
    /// Where its nodes share their counts of risk; none: each counts by itself.
    pub(crate) counts: Option<RedisConfig>,
    /// How much of them a node remembers.
    pub(crate) bounds: Bounds,
    /// Its institution code.
    pub(crate) code: BankCode,
    /// Whether its proxy passes client certificates on.
    pub(crate) takes_client_certificates: bool,
    /// Its web server.
    pub(crate) front: Front,
    /// Its core system.
    pub(crate) core_url: String,
    /// What the core system wants to hear.
    pub(crate) core_secret: Masked<String>,
    /// How it reads identity cards.
    pub(crate) cards: Option<CardPlan>,
    /// Where its own app is opened, if that signs.
    pub(crate) app_url: Option<String>,
    /// Its master key.
    pub(crate) master: [u8; 32],
    /// The key of its event tokens.
    pub(crate) events: Arc<SetSigningKey>,
    /// Models that its policy may name.
    pub(crate) models: Vec<Arc<Model>>,
    /// Caps below the default ones, per day and per month.
    pub(crate) tightened: Option<(Yen, Yen)>,
    /// Whether accounts that were never linked start locked against new links.
    pub(crate) locks_unlinked: bool,
    /// Accounts that nobody owns.
    pub(crate) canaries: Vec<AccountNumber>,
    /// People who were made up.
    pub(crate) canary_people: Vec<MadeUp>,
    /// How much each partner may ask.
    pub(crate) pace: Limits,
    /// All that is compared with the start before.
    pub(crate) settings: Settings,
    /// What it does on what partners tell.
    pub(crate) signals: Table,
}

/// Puts it together.
pub(crate) async fn open(
    plan: BankPlan,
    world: &World,
    more_texts: &[(Lang, &'static str)],
) -> Result<BankState> {
    let front = plan.front.clone();
    let ledger = plan.ledger.open(&plan.folder, front.books_ahead_until).await?;
    let (canaries, place) = (plan.canaries.clone(), plan.counts.clone());
    let made_up = plan.canary_people.clone();
    let engine = Engine::with_bounds(Policy::bank()?, plan.bounds).with_models(plan.models.clone());
    let started_with = plan.signals.compared(plan.settings.clone());
    let mut bank = bank(plan, world, ledger.engine)?;
    settings::start(&bank.book, world, &started_with, &bank.asked_partners().await?).await?;
    let (engine, shared) = counts::shared(engine, place);
    bank.risk = Arc::new(engine);
    let ready = std::iter::once(ledger.ready).chain(shared).collect();
    bank.set_canaries(&canaries)?;
    bank.set_canary_people(&made_up)?;
    bank.refresh_policy().await.context(
        "the policy in force cannot be loaded: the reason is below; a model that it names belongs in `models`",
    )?;
    bank.refresh_watched().await?;
    let filed = bank.file_mandates().await?;
    if filed > 0 {
        tracing::info!(filed, "mandates from before can be found by their wallet");
    }
    let filed = kanuki_desk::signal::file_muted(&bank.book).await?;
    if filed > 0 {
        tracing::info!(filed, "names that were muted before can be seen");
    }
    let filed = kanuki_desk::case::file(&bank.book).await?;
    if filed > 0 {
        tracing::info!(filed, "cases from before are found by their short numbers");
    }
    let filed = kanuki_desk::promise::file(&bank.book).await?;
    if filed > 0 {
        tracing::info!(filed, "reports from before stand where somebody waits");
    }
    let recalled = bank.recall_attempts(world.moment("").ctx().now).await;
    let recalled = counts::recalled(recalled, bank.risk.journal().is_some())?;
    tracing::info!(recalled, "attempts that still count are recalled");
    let texts = kanuki_bank_http::texts_with(more_texts)?;
    let (book, vault) = (bank.book.clone(), bank.vault.clone());
    let site = Site::new(front.site_config(ready), world.clone(), book, vault, texts)?;
    Ok(BankState { bank: Arc::new(bank), site })
}

/// The use cases alone, on `ledger`.
pub(crate) fn bank(plan: BankPlan, world: &World, ledger: Arc<dyn LedgerEngine>) -> Result<Bank> {
    let book = records(&plan.folder, &kanuki_bank_http::tables())?;
    let vault = Vault::new(plan.master);
    let transport = world.own.clone();
    let cards = plan.cards.map(|cards| {
        let list = kanuki_bank_http::operator_client(transport.clone(), cards.revocation_url);
        let (anchors, operator_url) = (cards.anchors, cards.operator_url);
        let authentication = cards.authentication.map(|(anchors, url)| {
            let list = kanuki_bank_http::operator_client(transport.clone(), url);
            CardAuthentication { anchors, operator: Box::new(list) }
        });
        let operator = Box::new(list);
        Arc::new(CardReading { anchors, operator_url, operator, authentication })
    });
    let core = kanuki_bank_http::core_client(transport, plan.core_url, plan.core_secret);
    let rules = StandardRules::default();
    let rules = match plan.tightened {
        Some((per_day, per_month)) => rules.tightened(per_day, per_month),
        None => rules,
    };
    let rules = if plan.locks_unlinked { rules.locking_unlinked() } else { rules };
    let front = plan.front;
    let rp = RelyingParty::new(&front.relying_party_id()?, &front.pages.parse()?, &front.name)?;
    Ok(Bank {
        config: Arc::new(BankConfig {
            code: plan.code,
            name: front.name.clone(),
            issuer: front.issuer.clone(),
            public_url: front.pages.clone(),
            takes_client_certificates: plan.takes_client_certificates,
            app_url: plan.app_url,
            signals: plan.signals,
        }),
        book,
        ledger,
        core: Arc::new(core),
        vault,
        rp: Arc::new(rp),
        rules: Arc::new(rules),
        risk: Arc::new(Engine::bank()?.with_models(plan.models)),
        cards,
        set_key: plan.events,
        looking: Arc::default(),
        opened: Arc::default(),
        names: Arc::default(),
        pace: Arc::new(Pace::new(plan.pace)),
        asking: Arc::default(),
    })
}

/// The bank's workers, with `courier` to carry messages out.
pub(crate) fn workers(state: &BankState, courier: Arc<dyn Courier>) -> Workers {
    Workers {
        tick: pass(state, |state| async move { workers::drive(&state).await }),
        tell: pass(state, |state| async move { workers::tell(&state).await }),
        compare: pass(state, |state| async move { workers::compare(&state).await }),
        post: pass(&(state.clone(), courier), |(state, courier)| async move {
            workers::post(&state, &*courier).await;
        }),
        ask: pass(state, |state| async move { workers::ask_lines(&state).await }),
        sweep: pass(state, |state| async move {
            workers::sweep(&state).await;
            workers::listen(&state).await;
        }),
    }
}
