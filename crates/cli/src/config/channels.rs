//! `[channels]`: where the bank's own telephone exchange, machines, branches and letter house report.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use anyhow::{Context as _, Result, ensure};
use kanuki_bank::channel::Channel;
use kanuki_bank_http::ChannelSecrets;
use kanuki_domain::settings::{Setting, Settings};
use kanuki_record::vault::Vault;
use serde::Deserialize;

use super::secret;
use crate::company::settings::hash_of;

/// The section of the file. A channel without a secret is not served.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelsConfig {
    /// A loopback or private address, and a port of its own.
    listen: SocketAddr,
    telephone_secret_file: Option<PathBuf>,
    atm_secret_file: Option<PathBuf>,
    branch_secret_file: Option<PathBuf>,
    letters_secret_file: Option<PathBuf>,
}

/// Addresses that no packet from the internet is for.
fn is_internal(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

impl ChannelsConfig {
    /// Refuses what would be unsafe; `port` is the pages' and the API's.
    pub(crate) fn check(&self, port: u16) -> Result<()> {
        let listen = self.listen;
        ensure!(
            is_internal(listen.ip()),
            "unsafe: channels.listen = {listen} is not a loopback or private address"
        );
        ensure!(
            listen.port() != port,
            "unsafe: channels.listen has the port of the pages, so strangers would reach it"
        );
        ensure!(
            self.files().iter().any(|(_, file)| file.is_some()),
            "channels has no secret_file, so no channel could report"
        );
        Ok(())
    }

    fn files(&self) -> [(Channel, Option<&PathBuf>); 4] {
        [
            (Channel::Telephone, self.telephone_secret_file.as_ref()),
            (Channel::Atm, self.atm_secret_file.as_ref()),
            (Channel::Branch, self.branch_secret_file.as_ref()),
            (Channel::Letters, self.letters_secret_file.as_ref()),
        ]
    }

    /// Where it listens.
    pub(crate) const fn listen(&self) -> SocketAddr {
        self.listen
    }

    /// Which channels report, and what stands for where and by which secrets.
    pub(crate) fn settings(&self, settings: Settings, vault: &Vault) -> Result<Settings> {
        let mut known = vec![self.listen.to_string()];
        for (channel, file) in self.files() {
            if let Some(file) = file {
                let secret = secret(file)?;
                known.push(format!(
                    "{channel:?} {}",
                    vault.blind("channel", secret.expose().as_bytes())
                ));
            }
        }
        Ok(settings.with("channels", Setting::Noted(hash_of(&known))))
    }

    /// Whether this channel reports.
    pub(crate) fn has(&self, which: Channel) -> bool {
        self.files().iter().any(|(channel, file)| *channel == which && file.is_some())
    }

    /// Each channel's secret.
    pub(crate) fn secrets(&self) -> Result<ChannelSecrets> {
        let mut secrets = ChannelSecrets::default();
        for (channel, file) in self.files() {
            if let Some(file) = file {
                secrets = secrets.with(channel, secret(file)?).context("unsafe")?;
            }
        }
        Ok(secrets)
    }
}
