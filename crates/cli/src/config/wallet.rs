//! `kanuki wallet --config FILE`.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result, bail};
use kanuki_desk::named::MadeUp;
use kanuki_domain::{
    Masked, Yen,
    bank_account::BankCode,
    connector::{Assurance, Protocol},
    limits::BANK_WORD_PER_WEEK,
    mandate::later,
    settings::{Setting, Settings},
};
use kanuki_record::vault::Vault;
use kanuki_site::{Brand, World};
use kanuki_wallet::PartnerBank;
use kanuki_wallet_http::{ClientSecrets, SecretMethod};
use serde::Deserialize;

use super::{
    CourierConfig, Server, StaffConfig,
    compared::{Compared, Shared},
    courier::Carriers,
    identity::{Identity, IdentityConfig},
    ledger::LedgerConfig,
    mail::MailConfig,
    push::PushConfig,
    risk::RiskConfig,
    signals::SignalConfig,
};
use crate::{
    Outcome,
    args::Recording,
    company::{
        Front,
        ledger::LedgerPlan,
        registry::require_whole,
        settings::{founded, hash_of},
        wallet::{self as company_wallet, WalletPlan},
    },
    config,
    config::signals::table,
    recording::{self, Kept},
    secrets::Keys,
    serve::run_one,
    train::Models,
    up::workers,
};

/// How long a member of staff's first code can be used.
const STAFF_CODE_SECS: i64 = 7 * 86_400;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WalletFile {
    server: Server,
    /// Which engine keeps the books.
    #[serde(default)]
    ledger: LedgerConfig,
    /// Where the counts of risk are, and how much of them is remembered.
    #[serde(default)]
    risk: RiskConfig,
    /// People who were made up, by name and birth date: whose identity card says so has a list that was
    /// planted.
    #[serde(default)]
    canary_people: Vec<MadeUp>,
    identity: IdentityConfig,
    courier: CourierConfig,
    /// The company's own mail server; without it mail leaves by the courier like the rest.
    mail: Option<MailConfig>,
    /// Notices on the screens of customers' devices; without it the pages offer none.
    push: Option<PushConfig>,
    /// Models of the risk engine that its policy may name.
    #[serde(default)]
    models: Vec<PathBuf>,
    #[serde(default)]
    bank: Vec<BankConfig>,
    #[serde(default)]
    staff: Vec<StaffConfig>,
    /// What is done on what partners tell, in the place of what is shipped.
    #[serde(default)]
    signal: Vec<SignalConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BankConfig {
    code: BankCode,
    name: String,
    issuer: String,
    authorize_url: String,
    client_id: String,
    event_jwks_file: PathBuf,
    #[serde(default)]
    message_signing: bool,
    #[serde(default)]
    decoupled: bool,
    #[serde(default)]
    pings: bool,
    #[serde(default)]
    protocol: Protocol,
    /// How this wallet names itself at a bank of plain OAuth that takes no signed assertion.
    client_secret: Option<SecretConfig>,
    rotate_keys_after_days: Option<u16>,
    /// All that this bank may confirm of top-ups within 7 days.
    topups_per_week: Option<Yen>,
    /// How the bank proves its customer, as agreed with it.
    #[serde(default = "Assurance::fapi")]
    assurance: Assurance,
    /// What both companies agreed on: TOML.
    agreement_file: PathBuf,
    /// Who stands for what this file says.
    #[serde(default)]
    signed_by: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretConfig {
    method: SecretMethod,
    file: PathBuf,
}

/// What the files that this one names say, each read once.
struct Files {
    identity: Identity,
    carriers: Carriers,
    models: Models,
    secrets: Vec<(BankCode, SecretMethod, Masked<String>)>,
}

impl WalletFile {
    fn check(&self) -> Result<()> {
        self.server.check()?;
        config::require_named(&self.canary_people)?;
        config::require_https("courier.url", &self.courier.url)?;
        if let Some(mail) = &self.mail {
            mail.check()?;
        }
        if let Some(push) = &self.push {
            push.check()?;
        }
        self.identity.check()?;
        if self.identity.authentication.is_some() {
            bail!(
                "identity.authentication: cards sign people in at a bank, not at a wallet; remove it"
            );
        }
        for bank in &self.bank {
            config::require_https("bank.issuer", &bank.issuer)?;
            config::require_https("bank.authorize_url", &bank.authorize_url)?;
            if let Err(refused) = bank.assurance.caps() {
                bail!("unsafe: bank.assurance of {}: {refused}", bank.code);
            }
            if bank.topups_per_week.is_some_and(|most| most > BANK_WORD_PER_WEEK) {
                bail!(
                    "unsafe: bank.topups_per_week of {}: a file allows {BANK_WORD_PER_WEEK} at most; \
                     more is signed by two people at /desk/partners",
                    bank.code
                );
            }
            if bank.client_secret.is_some() && bank.protocol.is_fapi() {
                bail!(
                    "unsafe: bank.client_secret of {}: FAPI 2.0 knows signed assertions only; remove \
                     it, or say protocol = \"oauth\"",
                    bank.code
                );
            }
        }
        Ok(())
    }

    fn banks(&self, now: jiff::Timestamp) -> Result<Vec<(PartnerBank, Vec<String>)>> {
        self.bank
            .iter()
            .map(|bank| {
                let row = PartnerBank {
                    code: bank.code,
                    name: bank.name.clone(),
                    issuer: bank.issuer.clone(),
                    authorize_url: bank.authorize_url.clone(),
                    client_id: bank.client_id.clone(),
                    event_keys: config::jwks(&bank.event_jwks_file)?,
                    message_signing: bank.message_signing,
                    decoupled: bank.decoupled,
                    pings: bank.pings,
                    protocol: bank.protocol,
                    rotate_keys_after_days: bank.rotate_keys_after_days,
                    topups_per_week: bank.topups_per_week,
                    assurance: bank.assurance,
                    agreement: config::read(&bank.agreement_file)?,
                    since: now,
                };
                Ok((row, bank.signed_by.clone()))
            })
            .collect()
    }

    fn read(&self) -> Result<Files> {
        let mut secrets = Vec::new();
        for bank in &self.bank {
            if let Some(SecretConfig { method, file }) = &bank.client_secret {
                secrets.push((bank.code, *method, config::secret(file)?));
            }
        }
        Ok(Files {
            identity: self.identity.read()?,
            carriers: Carriers::read(&self.courier, self.mail.as_ref())?,
            models: Models::read(&self.models)?,
            secrets,
        })
    }

    /// All that is compared with the start before; banks are compared in the registry.
    fn settings(&self, files: &Files, ledger: &LedgerPlan, vault: &Vault) -> Settings {
        let compared = Compared(vault);
        let cards = Some(hash_of(&files.identity.text));
        let settings = Settings::of_wallet()
            .with("canary-people", config::canary_people(&self.canary_people, vault))
            .with("cards", Setting::Believes(cards))
            .with("card-reader", compared.believed(Some(&self.identity.operator_url)))
            .with("card-lists", compared.believed(Some(&self.identity.lists())))
            .with(
                "push",
                Setting::Noted(self.push.as_ref().map(PushConfig::noted).unwrap_or_default()),
            );
        let shared = Shared {
            server: &self.server,
            ledger,
            risk: &self.risk,
            carriers: &files.carriers,
            models: &files.models,
            staff: &self.staff,
            secrets: files.secrets.iter().map(|(.., secret)| secret.expose().as_str()).collect(),
        };
        shared.add(settings, &compared)
    }

    /// What the server is made of, and who carries its messages.
    fn plan(&self, file: &std::path::Path) -> Result<(WalletPlan, Carriers)> {
        let files = self.read()?;
        let keys = Keys::open(&self.server.data.join("keys"))?;
        let mut leads_to = Vec::new();
        for page in self.bank.iter().map(|b| &b.authorize_url).chain([&self.identity.operator_url])
        {
            leads_to.push(page.parse::<url::Url>()?.origin().ascii_serialization());
        }
        let ledger = self.ledger.plan()?;
        let master = keys.secret("master")?;
        let settings = self.settings(&files, &ledger, &Vault::new(master));
        let mut client_secrets = ClientSecrets::default();
        for (bank, method, secret) in files.secrets {
            client_secrets = client_secrets.with(bank, method, secret);
        }
        let plan = WalletPlan {
            folder: self.server.data.clone(),
            ledger,
            counts: self.risk.plan(&self.server.issuer)?,
            bounds: self.risk.bounds()?,
            front: Front {
                name: self.server.name.clone(),
                brand: Brand::Wallet,
                cookie_name: "kanuki_wallet".to_owned(),
                pages: self.server.pages.clone(),
                issuer: self.server.issuer.clone(),
                leads_to,
                books_ahead_until: self.server.books_ahead_until,
                is_behind_proxy: true,
            },
            anchors: files.identity.anchors,
            operator_url: self.identity.operator_url.clone(),
            revocation_url: self.identity.revocation_url.clone(),
            master,
            client_secrets,
            events: Arc::new(keys.events("events")?),
            push: self.push.as_ref().map(|push| push.plan(&keys)).transpose()?,
            models: files.models.models,
            settings,
            canary_people: self.canary_people.clone(),
            signals: table(file, &self.signal)?,
        };
        Ok((plan, files.carriers))
    }
}

/// Serves until told to stop.
pub(crate) fn run(file: &std::path::Path) -> Result<Outcome> {
    let settings: WalletFile = config::read(file)?;
    settings.check()?;
    let (plan, carriers) = settings.plan(file)?;
    let (server, push) = (&settings.server, plan.push.clone());
    run_one((server.port, &server.issuer), async |world: World, stop| {
        let state = company_wallet::open(plan, &world, &[]).await?;
        let moment = world.moment("");
        let ctx = moment.ctx();
        for (bank, signers) in settings.banks(ctx.now)? {
            let imported = state.wallet.import_bank(&ctx, bank.clone(), &signers).await;
            imported.with_context(|| format!("unsafe: bank {}", bank.code))?;
        }
        require_whole(&state.wallet.registry_faults().await?)?;
        for staff in &settings.staff {
            let code = config::secret(&staff.activation_file)?;
            let until = later(ctx.now, STAFF_CODE_SECS);
            if staff.officer {
                state.wallet.invite_officer(&ctx, &staff.name, code.expose(), until).await?;
            } else {
                state.wallet.invite_staff(&ctx, &staff.name, code.expose(), until).await?;
            }
        }
        let courier = carriers.open(&settings.server.name, push, &world)?;
        founded(&state.wallet.book).await?;
        let router = kanuki_wallet_http::router(state.clone());
        let workers = company_wallet::workers(&state, courier);
        Ok((router, workers::run(workers, stop)))
    })
}

/// Writes down what was kept of attempts. The server may run meanwhile.
pub(crate) fn recording(args: &Recording) -> Result<Outcome> {
    let settings: WalletFile = config::read(&args.config)?;
    settings.check()?;
    let (plan, _) = settings.plan(&args.config)?;
    let kept = Kept { folder: &plan.folder, master: plan.master, issuer: &plan.front.issuer };
    recording::run(args, &kept, &kanuki_wallet_http::tables(), async |kept, ctx, span, to| {
        kanuki_wallet::write_recording(kept, ctx, recording::OPERATOR, span, to).await
    })
}
