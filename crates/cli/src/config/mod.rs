//! `kanuki bank --config FILE` and `kanuki wallet --config FILE`: one company's server for real use.
//!
//! Read once, checked into types, unknown keys refused. Secrets are files that only their owner
//! can read. A setting that would weaken what Kanuki promises is refused, and said by name.
//!
//! What is believed or handed over is in files too. Each of them is read once, into what is used, and what
//! is compared with the start before (`compared`) is made of that very text: a file that says something
//! else when it is read again would be believed unseen.

pub(crate) mod bank;
mod channels;
mod compared;
pub(crate) mod courier;
mod identity;
pub(crate) mod ledger;
mod limits;
pub(crate) mod mail;
mod push;
mod risk;
mod signals;
pub(crate) mod wallet;

use std::{
    fs::{self, File},
    io::Read as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use kanuki_desk::named::MadeUp;
use kanuki_domain::{
    Masked,
    settings::{Setting, shown},
};
use kanuki_record::vault::Vault;
use kanuki_wire::{keys::Jwks, place::stays_here};
use serde::{Deserialize, de::DeserializeOwned};

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
    let cannot = || format!("cannot read the secret in {}", file.display());
    let mut opened = File::open(file).with_context(cannot)?;
    let mode = opened.metadata().with_context(cannot)?.permissions().mode();
    ensure!(
        // Six zero bits: nothing for the group, nothing for others.
        mode.trailing_zeros() >= 6,
        "unsafe: others can read the secret in {}: chmod 600 it",
        file.display()
    );
    let mut text = String::new();
    opened.read_to_string(&mut text).with_context(cannot)?;
    let text = text.trim().to_owned();
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

/// Refuses people who were made up without a name.
pub(crate) fn require_named(people: &[MadeUp]) -> Result<()> {
    ensure!(
        people.iter().all(MadeUp::is_named),
        "canary_people: each needs a name, write {{ name = \"架空 花子\", born_on = \"1990-01-01\" }}"
    );
    Ok(())
}

/// People who were made up, by what stands for them.
pub(crate) fn canary_people(people: &[MadeUp], vault: &Vault) -> Setting {
    Setting::Watches(people.iter().map(|one| one.key(vault).value().to_owned()).collect())
}

/// An address in which no name and no password stands: addresses are shown, and secrets are in files.
pub(crate) fn require_plain(setting: &str, address: &str) -> Result<url::Url> {
    // What cannot be read is not said again: it may be a secret in the wrong place.
    let url: url::Url = address.parse().with_context(|| format!("{setting} is not a URL"))?;
    ensure!(
        url.username().is_empty() && url.password().is_none(),
        "unsafe: {setting} has a name or a password before its host: write the address without it, and \
         put the secret into the file of secret_file"
    );
    Ok(url)
}

/// An address that people and companies may rely on: https, or http that never leaves this machine.
pub(crate) fn require_https(setting: &str, origin: &str) -> Result<()> {
    let url = require_plain(setting, origin)?;
    if url.scheme() == "https" || (url.scheme() == "http" && stays_here(origin)) {
        Ok(())
    } else {
        bail!(
            "unsafe: {setting} = {} must be https; http is for this machine alone (localhost, \
             *.localhost, 127.0.0.1, [::1])",
            shown(origin)
        )
    }
}

impl Server {
    /// Refuses what would be unsafe.
    pub(crate) fn check(&self) -> Result<()> {
        require_https("server.issuer", &self.issuer)?;
        require_https("server.pages", &self.pages)?;
        let pages = require_plain("server.pages", &self.pages)?;
        ensure!(
            pages.domain().is_some(),
            "unsafe: server.pages = {} is a number: passkeys belong to a host name",
            shown(&self.pages)
        );
        ensure!(
            self.issuer != self.pages,
            "unsafe: server.issuer and server.pages are the same origin, so cookies of pages \
             would reach the API"
        );
        ensure!(!self.name.trim().is_empty(), "server.name is empty");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::require_https;

    #[test]
    fn whatever_leaves_this_machine_is_https() {
        for good in [
            "https://messages.bank.example/send",
            "http://localhost:9/send",
            "http://gateway.localhost:9",
            "http://127.0.0.1:9/send",
            "http://[::1]:9",
        ] {
            require_https("courier.url", good).unwrap();
        }
        for bad in [
            "http://messages.bank.example",
            "http://10.0.0.1:9",
            "http://127.0.0.1.example",
            "http://notlocalhost",
            "ftp://localhost",
        ] {
            let said = require_https("courier.url", bad).unwrap_err().to_string();
            assert!(
                said.contains("courier.url") && said.contains("127.0.0.1, [::1]"),
                "{bad}: {said}"
            );
        }
    }
}
