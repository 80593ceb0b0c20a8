//! `kanuki bank --config FILE` and `kanuki wallet --config FILE`: one company's server for real use.
//!
//! Read once, checked into types, unknown keys refused. Secrets are files that only their owner
//! can read. A setting that would weaken what Kanuki promises is refused, and said by name.

pub(crate) mod bank;
mod channels;
pub(crate) mod courier;
mod identity;
pub(crate) mod ledger;
pub(crate) mod mail;
mod risk;
mod signals;
pub(crate) mod wallet;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use kanuki_domain::{
    Masked,
    settings::{Setting, Settings},
};
use kanuki_wire::keys::Jwks;
use serde::{Deserialize, de::DeserializeOwned};

use crate::company::settings::hash_of;

/// What both companies' files share.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    /// Where everything is kept.
    pub(crate) data: PathBuf,
    /// Loopback port; a proxy in front speaks TLS.
    pub(crate) port: u16,
    /// Its name, as people know it.
    pub(crate) name: String,
    /// The origin of its API and its issuer name: `https://api.bank.example`.
    pub(crate) issuer: String,
    /// The origin of its pages: `https://bank.example`.
    pub(crate) pages: String,
    /// Up to when the books may be ahead of this machine's clock.
    pub(crate) books_ahead_until: Option<jiff::Timestamp>,
}

/// Who carries messages out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CourierConfig {
    /// Where each message is posted as JSON.
    pub(crate) url: String,
    /// What is sent as `authorization: Bearer …`.
    pub(crate) secret_file: PathBuf,
}

/// A member of staff.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaffConfig {
    /// Name at the desk.
    pub(crate) name: String,
    /// The code that registers their first passkey.
    pub(crate) activation_file: PathBuf,
    /// They may read hits of lists and drafts of reports from the first day on.
    #[serde(default)]
    pub(crate) officer: bool,
}

/// Reads a file of settings.
pub(crate) fn read<T: DeserializeOwned>(file: &Path) -> Result<T> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not a configuration", file.display()))
}

/// A secret of at least 16 letters in a file that only its owner can read.
pub(crate) fn secret(file: &Path) -> Result<Masked<String>> {
    let mode = fs::metadata(file)
        .with_context(|| format!("cannot read the secret in {}", file.display()))?
        .permissions()
        .mode();
    ensure!(
        // Six zero bits: nothing for the group, nothing for others.
        mode.trailing_zeros() >= 6,
        "unsafe: others can read the secret in {}: chmod 600 it",
        file.display()
    );
    let text = fs::read_to_string(file)?.trim().to_owned();
    ensure!(
        text.len() >= 16,
        "unsafe: the secret in {} is shorter than 16 letters",
        file.display()
    );
    Ok(Masked::new(text))
}

/// A partner's public keys.
pub(crate) fn jwks(file: &Path) -> Result<Jwks> {
    let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is not a set of public keys (JWKS)", file.display()))
}

/// What both companies' files say beside: who carries messages, and which models rules may name.
pub(crate) fn settings(
    settings: Settings,
    (courier, mail): (&CourierConfig, Option<&mail::MailConfig>),
    models: &[PathBuf],
) -> Result<Settings> {
    let carriers: Vec<&str> =
        std::iter::once(courier.url.as_str()).chain(mail.map(mail::MailConfig::host)).collect();
    let mut texts = Vec::new();
    for file in models {
        texts.push(
            fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?,
        );
    }
    let models = if texts.is_empty() { String::new() } else { hash_of(&texts) };
    Ok(settings
        .with("messages", Setting::Noted(carriers.join(" ")))
        .with("models", Setting::Noted(models)))
}

/// An origin that people and companies may rely on.
pub(crate) fn require_https(setting: &str, origin: &str) -> Result<()> {
    let url: url::Url =
        origin.parse().with_context(|| format!("{setting} is not a URL: {origin}"))?;
    let is_local = url.host_str().is_some_and(|h| h == "localhost" || h.ends_with(".localhost"));
    if url.scheme() == "https" || (url.scheme() == "http" && is_local) {
        Ok(())
    } else {
        bail!("unsafe: {setting} = {origin} must be https")
    }
}

impl Server {
    /// Refuses what would be unsafe.
    pub(crate) fn check(&self) -> Result<()> {
        require_https("server.issuer", &self.issuer)?;
        require_https("server.pages", &self.pages)?;
        ensure!(
            self.issuer != self.pages,
            "unsafe: server.issuer and server.pages are the same origin, so cookies of pages \
             would reach the API"
        );
        ensure!(!self.name.trim().is_empty(), "server.name is empty");
        Ok(())
    }
}
