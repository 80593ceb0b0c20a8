//! `[channels]`: where the bank's own telephone exchange, machines, branches and letter house report.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use anyhow::{Context as _, Result, ensure};
use kanuki_bank::channel::Channel;
use kanuki_bank_http::ChannelSecrets;
use kanuki_domain::{
    Masked,
    settings::{Setting, Settings},
};
use serde::Deserialize;

use super::{compared::Compared, secret};

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

    /// The same with each channel's secret, read once.
    pub(crate) fn read(&self) -> Result<Channels> {
        let mut secrets = Vec::new();
        for (channel, file) in self.files() {
            if let Some(file) = file {
                secrets.push((channel, secret(file)?));
            }
        }
        Ok(Channels { listen: self.listen, secrets })
    }
}

/// The channels that report, and by which secrets.
pub(crate) struct Channels {
    listen: SocketAddr,
    secrets: Vec<(Channel, Masked<String>)>,
}

impl Channels {
    /// Where they report, and each channel's secret as the door knows it.
    pub(crate) fn open(self) -> Result<(SocketAddr, ChannelSecrets)> {
        let mut known = ChannelSecrets::default();
        for (channel, secret) in self.secrets {
            known = known.with(channel, secret).context("unsafe")?;
        }
        Ok((self.listen, known))
    }
}

/// Adds to `settings` where channels report, which do, and by which secrets: whoever has one can report
/// whatever that channel proves.
pub(crate) fn compare(
    channels: Option<&Channels>,
    mut settings: Settings,
    compared: &Compared<'_>,
) -> Settings {
    let listen = channels.map(|channels| channels.listen.to_string()).unwrap_or_default();
    settings = settings.with("channels-at", Setting::Noted(listen));
    for (name, which) in [
        ("channel-telephone", Channel::Telephone),
        ("channel-atm", Channel::Atm),
        ("channel-branch", Channel::Branch),
        ("channel-letters", Channel::Letters),
    ] {
        let all = channels.map(|channels| &*channels.secrets).unwrap_or_default();
        let found = all.iter().find(|(channel, _)| *channel == which);
        let secret = found.map(|(_, secret)| compared.secret(secret.expose()));
        settings = settings
            .with(name, Setting::Opens(secret.is_some()))
            .with(&format!("{name}-secret"), Setting::Believes(secret));
    }
    settings
}
