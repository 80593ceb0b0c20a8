//! `kanuki bank --config FILE`.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result, ensure};
use kanuki_bank::partner::{Partner, PartnerCaps, Profile};
use kanuki_desk::named::MadeUp;
use kanuki_domain::{
    Masked, Yen,
    bank_account::{AccountNumber, BankCode},
    limits::{BANK_PER_DAY, BANK_PER_MONTH},
    mandate::later,
    settings::{Setting, Settings},
};
use kanuki_record::vault::Vault;
use kanuki_site::{Brand, World};
use serde::Deserialize;

use super::{
    CourierConfig, Server, StaffConfig,
    channels::{self, Channels, ChannelsConfig},
    compared::{Compared, Shared},
    courier::Carriers,
    identity::{Identity, IdentityConfig},
    ledger::LedgerConfig,
    limits::PartnerLimits,
    mail::MailConfig,
    risk::RiskConfig,
    signals::SignalConfig,
};
use crate::{
    Outcome,
    args::{BankImport, Recording},
    company::{
        Front,
        bank::{self as company_bank, BankPlan, CardPlan},
        ledger::LedgerPlan,
        registry::require_whole,
        settings::{founded, hash_of, of_bank},
    },
    config,
    config::signals::table,
    import,
    recording::{self, Kept},
    secrets::Keys,
    serve::{both, listen_at, run_one, serve},
    train::Models,
    up::workers,
};

/// How long a member of staff's first code can be used.
const STAFF_CODE_SECS: i64 = 7 * 86_400;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BankFile {
    server: Server,
    /// Which engine keeps the books.
    #[serde(default)]
    ledger: LedgerConfig,
    /// Where the counts of risk are, and how much of them is remembered.
    #[serde(default)]
    risk: RiskConfig,
    /// Institution code.
    code: BankCode,
    /// Whether the proxy passes the certificates of clients on in `Client-Cert`, and strips that
    /// header from what comes in.
    #[serde(default)]
    client_certificates: bool,
    /// How accounts that were never linked start: open to new links, or locked until their holder
    /// opens them.
    #[serde(default)]
    new_links: NewLinks,
    /// Accounts that nobody owns, as branch and number (`101-9000009`): whoever touches one found it by
    /// guessing.
    #[serde(default)]
    canary_accounts: Vec<String>,
    /// People who were made up, by name and birth date: a wallet whose customer is called so has a list
    /// that was planted.
    #[serde(default)]
    canary_people: Vec<MadeUp>,
    core: CoreConfig,
    courier: CourierConfig,
    /// The company's own mail server; without it mail leaves by the courier like the rest.
    mail: Option<MailConfig>,
    /// Models of the risk engine that its policy may name.
    #[serde(default)]
    models: Vec<PathBuf>,
    caps: Option<Caps>,
    /// How much each partner may ask, below the default.
    #[serde(default)]
    partner_limits: PartnerLimits,
    /// Who reads identity cards for it.
    identity: Option<IdentityConfig>,
    /// Where the bank's own app is opened on a telephone (an app link), if it signs.
    app_url: Option<String>,
    /// Where the bank's own channels report; without it only the routes that need none of them are open.
    channels: Option<ChannelsConfig>,
    #[serde(default)]
    partner: Vec<PartnerConfig>,
    #[serde(default)]
    staff: Vec<StaffConfig>,
    /// What is done on what partners tell, in the place of what is shipped.
    #[serde(default)]
    signal: Vec<SignalConfig>,
}

/// The bank's choice for accounts that were never linked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum NewLinks {
    /// New links are taken until the holder locks the account.
    #[default]
    Open,
    /// New links are refused until the holder opens the account.
    Locked,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CoreConfig {
    url: String,
    secret_file: PathBuf,
}

/// Caps per account and person, below the default ones.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Caps {
    per_day: Yen,
    per_month: Yen,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartnerConfig {
    client_id: String,
    name: String,
    redirect_uris: Vec<String>,
    jwks_file: PathBuf,
    event_jwks_file: PathBuf,
    issuer: String,
    events_url: String,
    #[serde(default)]
    profile: Profile,
    #[serde(default)]
    caps: PartnerCaps,
    /// What both companies agreed on: TOML.
    agreement_file: PathBuf,
    /// Who stands for what this file says.
    #[serde(default)]
    signed_by: Vec<String>,
}

/// What the files that this one names say, each read once.
struct Files {
    core_secret: Masked<String>,
    identity: Option<Identity>,
    channels: Option<Channels>,
    carriers: Carriers,
    models: Models,
}

impl BankFile {
    fn canaries(&self) -> Result<Vec<AccountNumber>> {
        let read = |text: &String| {
            let (branch, number) = text.split_once('-').unwrap_or_default();
            AccountNumber::parse(branch, number).with_context(|| {
                format!("canary_accounts: {text} is no account, write 101-9000009")
            })
        };
        self.canary_accounts.iter().map(read).collect()
    }

    fn check(&self) -> Result<()> {
        self.server.check()?;
        config::require_named(&self.canary_people)?;
        config::require_plain("core.url", &self.core.url)?;
        config::require_https("courier.url", &self.courier.url)?;
        if let Some(mail) = &self.mail {
            mail.check()?;
        }
        if let Some(identity) = &self.identity {
            identity.check()?;
        }
        if let Some(app_url) = &self.app_url {
            config::require_https("app_url", app_url)?;
        }
        if let Some(channels) = &self.channels {
            channels.check(self.server.port)?;
        }
        if let Some(caps) = &self.caps {
            ensure!(
                caps.per_day <= BANK_PER_DAY && caps.per_month <= BANK_PER_MONTH,
                "unsafe: caps above {BANK_PER_DAY} a day or {BANK_PER_MONTH} in 30 days loosen what \
                 ships, and a file has no second person (FT-01)"
            );
        }
        self.partner_limits.check()?;
        for partner in &self.partner {
            config::require_https("partner.issuer", &partner.issuer)?;
            config::require_https("partner.events_url", &partner.events_url)?;
            if let Some(uri) = &partner.profile.jwks_uri {
                config::require_https("partner.profile.jwks_uri", uri)?;
            }
            for uri in &partner.redirect_uris {
                config::require_https("partner.redirect_uris", uri)?;
            }
        }
        Ok(())
    }

    fn partners(&self, now: jiff::Timestamp) -> Result<Vec<(Partner, Vec<String>)>> {
        self.partner
            .iter()
            .map(|partner| {
                let partner_row = Partner {
                    client_id: partner.client_id.clone(),
                    name: partner.name.clone(),
                    redirect_uris: partner.redirect_uris.clone(),
                    jwks: config::jwks(&partner.jwks_file)?,
                    set_jwks: config::jwks(&partner.event_jwks_file)?,
                    issuer: partner.issuer.clone(),
                    events_url: partner.events_url.clone(),
                    profile: partner.profile.clone(),
                    caps: partner.caps,
                    agreement: config::read(&partner.agreement_file)?,
                    since: now,
                };
                Ok((partner_row, partner.signed_by.clone()))
            })
            .collect()
    }

    fn caps(&self) -> Option<(Yen, Yen)> {
        self.caps.as_ref().map(|caps| (caps.per_day, caps.per_month))
    }

    fn read(&self) -> Result<Files> {
        Ok(Files {
            core_secret: config::secret(&self.core.secret_file)?,
            identity: self.identity.as_ref().map(IdentityConfig::read).transpose()?,
            channels: self.channels.as_ref().map(ChannelsConfig::read).transpose()?,
            carriers: Carriers::read(&self.courier, self.mail.as_ref())?,
            models: Models::read(&self.models)?,
        })
    }

    /// All that is compared with the start before; partners are compared in the registry. Secrets, and
    /// accounts that nobody may know, by what stands for them.
    fn settings(&self, files: &Files, ledger: &LedgerPlan, vault: &Vault) -> Settings {
        let compared = Compared(vault);
        let canaries = self.canary_accounts.iter();
        let canaries = canaries.map(|number| vault.blind("canary", number.as_bytes())).collect();
        let believed = |text: Option<&String>| Setting::Believes(text.map(hash_of));
        let read = files.identity.as_ref();
        let sign_in = read.and_then(|read| read.authentication.as_ref());
        let identity = self.identity.as_ref();
        let settings = of_bank(self.caps())
            .with("code", Setting::Noted(self.code.to_string()))
            .with("new-links", Setting::Opens(self.new_links == NewLinks::Open))
            .with("client-certificates", Setting::Opens(self.client_certificates))
            .with("canaries", Setting::Watches(canaries))
            .with("canary-people", config::canary_people(&self.canary_people, vault))
            .with("cards", believed(read.map(|read| &read.text)))
            .with("cards-sign-in", believed(sign_in.map(|(_, text)| text)))
            .with("card-reader", compared.believed(identity.map(|of| of.operator_url.as_str())))
            .with("card-lists", compared.believed(identity.map(IdentityConfig::lists).as_deref()))
            .with("app", Setting::Believes(self.app_url.clone()))
            .with("core-system", compared.believed(Some(&self.core.url)));
        let settings = self.partner_limits.compare(settings);
        let settings = channels::compare(files.channels.as_ref(), settings, &compared);
        let shared = Shared {
            server: &self.server,
            ledger,
            risk: &self.risk,
            carriers: &files.carriers,
            models: &files.models,
            staff: &self.staff,
            secrets: vec![files.core_secret.expose()],
        };
        shared.add(settings, &compared)
    }

    /// What the server is made of, and its ways out and in.
    fn plan(&self, file: &std::path::Path) -> Result<(BankPlan, Carriers, Option<Channels>)> {
        let files = self.read()?;
        let keys = Keys::open(&self.server.data.join("keys"))?;
        let origin =
            |uri: &String| uri.parse::<url::Url>().map(|url| url.origin().ascii_serialization());
        let redirects = self.partner.iter().flat_map(|p| p.redirect_uris.iter());
        let leads_to = redirects.chain(self.identity.iter().map(|i| &i.operator_url)).map(origin);
        let ledger = self.ledger.plan()?;
        let master = keys.secret("master")?;
        let settings = self.settings(&files, &ledger, &Vault::new(master));
        let Files { core_secret, identity, channels, carriers, models } = files;
        let plan = BankPlan {
            folder: self.server.data.clone(),
            ledger,
            counts: self.risk.plan(&self.server.issuer)?,
            bounds: self.risk.bounds()?,
            code: self.code,
            takes_client_certificates: self.client_certificates,
            front: Front {
                name: self.server.name.clone(),
                brand: Brand::BankOne,
                cookie_name: "kanuki_bank".to_owned(),
                pages: self.server.pages.clone(),
                issuer: self.server.issuer.clone(),
                leads_to: leads_to.collect::<Result<_, _>>()?,
                books_ahead_until: self.server.books_ahead_until,
                is_behind_proxy: true,
            },
            core_url: self.core.url.clone(),
            core_secret,
            cards: self.identity.as_ref().zip(identity).map(|(from, read)| cards(from, read)),
            app_url: self.app_url.clone(),
            master,
            events: Arc::new(keys.events("events")?),
            models: models.models,
            signals: table(file, &self.signal)?,
            tightened: self.caps(),
            locks_unlinked: self.new_links == NewLinks::Locked,
            canaries: self.canaries()?,
            canary_people: self.canary_people.clone(),
            pace: self.partner_limits.limits(),
            settings,
        };
        Ok((plan, carriers, channels))
    }
}

fn cards(from: &IdentityConfig, read: Identity) -> CardPlan {
    let sign_in = from.authentication.as_ref().zip(read.authentication);
    CardPlan {
        anchors: read.anchors,
        operator_url: from.operator_url.clone(),
        revocation_url: from.revocation_url.clone(),
        authentication: sign_in.map(|(from, (anchors, _))| (anchors, from.revocation_url.clone())),
    }
}

/// Serves until told to stop.
pub(crate) fn run(file: &std::path::Path) -> Result<Outcome> {
    let settings: BankFile = config::read(file)?;
    settings.check()?;
    let (plan, carriers, channels) = settings.plan(file)?;
    let channels = channels.map(Channels::open).transpose()?;
    let server = &settings.server;
    run_one((server.port, &server.issuer), async |world: World, stop| {
        let state = company_bank::open(plan, &world, &[]).await?;
        let moment = world.moment("");
        let ctx = moment.ctx();
        for (partner, signers) in settings.partners(ctx.now)? {
            let imported = state.bank.import_partner(&ctx, partner.clone(), &signers).await;
            imported.with_context(|| format!("unsafe: partner {}", partner.client_id))?;
        }
        require_whole(&state.bank.registry_faults().await?)?;
        for staff in &settings.staff {
            let code = config::secret(&staff.activation_file)?;
            let until = later(ctx.now, STAFF_CODE_SECS);
            if staff.officer {
                state.bank.invite_officer(&ctx, &staff.name, code.expose(), until).await?;
            } else {
                state.bank.invite_staff(&ctx, &staff.name, code.expose(), until).await?;
            }
        }
        let courier = carriers.open(&settings.server.name, None, &world)?;
        founded(&state.bank.book).await?;
        let router = kanuki_bank_http::router(state.clone());
        let workers = company_bank::workers(&state, courier);
        let mut work = workers::run(workers, stop.clone());
        if let Some((address, secrets)) = &channels {
            let listener = listen_at(*address).await?;
            let inside = serve(listener, kanuki_bank_http::channel_router(&state, secrets), stop);
            work = both(work, inside);
        }
        Ok((router, work))
    })
}

/// Writes down what was kept of attempts. The server may run meanwhile.
pub(crate) fn recording(args: &Recording) -> Result<Outcome> {
    let settings: BankFile = config::read(&args.config)?;
    settings.check()?;
    let (plan, ..) = settings.plan(&args.config)?;
    let kept = Kept { folder: &plan.folder, master: plan.master, issuer: &plan.front.issuer };
    recording::run(args, &kept, &kanuki_bank_http::tables(), async |kept, ctx, span, to| {
        kanuki_bank::write_recording(kept, ctx, recording::OPERATOR, span, to).await
    })
}

/// Takes a list of contracts over. The server may run meanwhile.
pub(crate) fn import(args: &BankImport) -> Result<Outcome> {
    let settings: BankFile = config::read(&args.config)?;
    settings.check()?;
    let (plan, ..) = settings.plan(&args.config)?;
    import::run(args, plan)
}
