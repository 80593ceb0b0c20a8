//! `[mail]`: e-mail leaves by SMTP instead of the courier.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use kanuki_domain::Masked;
use kanuki_site::Clock;
use lettre::{
    Address,
    message::Mailbox,
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, CertificateStore, TlsParameters},
    },
};
use serde::Deserialize;

use super::secret;
use crate::{
    company::settings::hash_of,
    mail::{Encryption, Relay, Smtp},
};

/// The company's own mail server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailConfig {
    /// Its name, as in its certificate.
    host: String,
    /// 465 for TLS from the first byte, 587 for STARTTLS.
    port: Option<u16>,
    #[serde(default)]
    encryption: EncryptionName,
    /// The address that notices come from.
    from: String,
    user: Option<String>,
    password_file: Option<PathBuf>,
    /// The authority of its certificate, where that is not one of the system's.
    authority_file: Option<PathBuf>,
    /// How long it may be silent.
    #[serde(default = "patience")]
    timeout_secs: u64,
}

/// How the connection is kept from others' eyes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EncryptionName {
    /// From the first byte (RFC 8314).
    #[default]
    Tls,
    /// After a word in the clear (RFC 3207); without it nothing is sent. On this very machine alone:
    /// what was said in the clear is still read afterwards as if it had come in safety (lettre keeps
    /// what it had buffered), so whoever sits on the line could answer for the relay.
    Starttls,
    /// Not at all: a relay on this very machine.
    None,
}

impl EncryptionName {
    /// Its name in a file, and its usual port.
    const fn of(self) -> (&'static str, u16) {
        match self {
            Self::Tls => ("tls", 465),
            Self::Starttls => ("starttls", 587),
            Self::None => ("none", 25),
        }
    }
}

const fn patience() -> u64 {
    20
}

fn is_local(host: &str) -> bool {
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The files that it names, each read once.
pub(crate) struct MailFiles {
    password: Option<Masked<String>>,
    authority: Option<Vec<u8>>,
}

impl MailFiles {
    /// What is shown to the server.
    pub(crate) fn password(&self) -> Option<&str> {
        self.password.as_ref().map(|password| password.expose().as_str())
    }
}

impl MailConfig {
    /// Reads the files.
    pub(crate) fn read(&self) -> Result<MailFiles> {
        let authority = self.authority_file.as_deref().map(|file| {
            std::fs::read(file)
                .with_context(|| format!("cannot read mail.authority_file {}", file.display()))
        });
        Ok(MailFiles {
            password: self.password_file.as_deref().map(secret).transpose()?,
            authority: authority.transpose()?,
        })
    }

    /// Which server is believed: where it is, and by whose word that is it.
    pub(crate) fn place(&self, files: &MailFiles) -> String {
        let (_, usual) = self.encryption.of();
        let by = hash_of(&(self.encryption.of().0, files.authority.as_deref()));
        format!("{}:{} {by}", self.host, self.port.unwrap_or(usual))
    }

    /// Refuses what would be unsafe.
    pub(crate) fn check(&self) -> Result<()> {
        ensure!(
            self.encryption != EncryptionName::None || is_local(&self.host),
            "unsafe: mail.encryption = \"none\" is for a relay on this machine; {} is another",
            self.host
        );
        ensure!(
            self.encryption != EncryptionName::Starttls || is_local(&self.host),
            "unsafe: mail.encryption = \"starttls\" is for a relay on this machine; {} is another: \
             use \"tls\" (port 465)",
            self.host
        );
        ensure!(
            self.user.is_some() == self.password_file.is_some(),
            "mail.user and mail.password_file come together"
        );
        ensure!((1..=60).contains(&self.timeout_secs), "mail.timeout_secs is 1 to 60");
        let from = self.from.parse::<Address>();
        from.with_context(|| format!("mail.from is no mail address: {}", self.from))?;
        Ok(())
    }

    /// Makes ready to hand mail over, in the name of `company`.
    pub(crate) fn open(
        &self,
        company: &str,
        clock: Arc<dyn Clock>,
        files: &MailFiles,
    ) -> Result<Smtp> {
        self.check()?;
        let (_, usual) = self.encryption.of();
        let encryption = match self.encryption {
            EncryptionName::Tls => Encryption::Tls(self.tls(files)?),
            EncryptionName::Starttls => Encryption::Starttls(self.tls(files)?),
            EncryptionName::None => Encryption::None,
        };
        let login = match (&self.user, files.password()) {
            (Some(user), Some(password)) => {
                Some(Credentials::new(user.clone(), password.to_owned()))
            }
            _ => None,
        };
        let relay = Relay {
            host: self.host.clone(),
            port: self.port.unwrap_or(usual),
            encryption,
            login,
            patience: Duration::from_secs(self.timeout_secs),
        };
        let from = Mailbox::new(Some(company.to_owned()), self.from.parse()?);
        Ok(Smtp::new(relay, from, clock))
    }

    fn tls(&self, files: &MailFiles) -> Result<TlsParameters> {
        let mut tls = TlsParameters::builder(self.host.clone());
        if let Some(pem) = &files.authority {
            let authority = Certificate::from_pem(pem).context("mail.authority_file")?;
            tls = tls.certificate_store(CertificateStore::None).add_root_certificate(authority);
        }
        tls.build_rustls().context("mail.authority_file")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(host: &str, encryption: &str) -> MailConfig {
        let text = format!(
            "host = \"{host}\"\nencryption = \"{encryption}\"\nfrom = \"notices@bank.example\""
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn another_machine_is_spoken_to_in_safety_from_the_first_byte() {
        for (host, encryption, is_safe) in [
            ("smtp.bank.example", "tls", true),
            ("smtp.bank.example", "starttls", false),
            ("smtp.bank.example", "none", false),
            ("192.0.2.1", "starttls", false),
            ("localhost", "starttls", true),
            ("127.0.0.1", "none", true),
        ] {
            assert_eq!(with(host, encryption).check().is_ok(), is_safe, "{host} {encryption}");
        }
    }
}
