//! Where the books are, and who we are there.

use std::{sync::Arc, time::Duration};

use kanuki_domain::Masked;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::PostgresError;
use crate::whose::Claim;

/// How long a writer that says nothing keeps its lease.
pub const LEASE: Duration = Duration::from_secs(5);

/// A database, a schema in it, and the name under which this process asks for the lease.
#[derive(Clone, Debug)]
pub struct PostgresConfig {
    pub(super) server: tokio_postgres::Config,
    pub(super) schema: String,
    pub(super) holder: String,
    pub(super) lease: Duration,
    pub(super) claim: Option<Claim>,
    tls: Arc<rustls::ClientConfig>,
}

impl PostgresConfig {
    /// The books in `schema` of the database at `url` (`postgres://user@host/database`, or
    /// `?host=/run/postgresql` for a socket). `holder` names this process, unlike any other.
    ///
    /// A server on another machine must be spoken to by TLS (`sslmode=require`); its certificate is
    /// then proven against `authority` (PEM), or against what the operating system trusts.
    pub fn new(
        url: &str,
        password: Option<&Masked<String>>,
        schema: &str,
        holder: &str,
        authority: Option<&[u8]>,
    ) -> Result<Self, PostgresError> {
        let mut server: tokio_postgres::Config = url.parse().map_err(PostgresError::Url)?;
        if server.get_password().is_some() {
            return Err(PostgresError::PasswordInUrl);
        }
        if server.get_ssl_mode() != SslMode::Require && !is_local(&server) {
            return Err(PostgresError::PlainText);
        }
        if let Some(password) = password {
            server.password(password.expose());
        }
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if schema.is_empty() || schema.len() > 63 || !schema.chars().all(plain) {
            return Err(PostgresError::SchemaName(schema.to_owned()));
        }
        server.application_name("kanuki ledger");
        // Of several hosts only the one that takes writes: a copy that lags would answer with the past.
        server.target_session_attrs(TargetSessionAttrs::ReadWrite);
        server.connect_timeout(LEASE);
        server.tcp_user_timeout(LEASE);
        server.keepalives_idle(LEASE);
        Ok(Self {
            server,
            schema: schema.to_owned(),
            holder: holder.to_owned(),
            lease: LEASE,
            claim: None,
            tls: Arc::new(tls(authority)?),
        })
    }

    /// The same, with another time after which a silent writer is followed by the next.
    #[must_use]
    pub fn with_lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// The same, opened for `claim` alone: books that bear another name are refused.
    #[must_use]
    pub fn claimed_by(self, claim: Claim) -> Self {
        Self { claim: Some(claim), ..self }
    }

    /// The same database under another schema.
    #[must_use]
    pub fn with_schema(self, schema: &str) -> Self {
        Self { schema: schema.to_owned(), ..self }
    }

    /// Where the books are, for people; without the server, which may have been replaced.
    #[must_use]
    pub fn place(&self) -> String {
        let database = self.server.get_dbname().unwrap_or("of its user's name");
        format!("PostgreSQL, database {database}, schema {}", self.schema)
    }

    pub(super) fn connector(&self) -> MakeRustlsConnect {
        MakeRustlsConnect::new((*self.tls).clone())
    }

    pub(super) fn lease_ms(&self) -> i64 {
        i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX)
    }
}

/// Every host is this machine: a socket, or a loopback address.
fn is_local(server: &tokio_postgres::Config) -> bool {
    let addresses = server.get_hostaddrs();
    let hosts = server.get_hosts();
    if hosts.is_empty() && addresses.is_empty() {
        return false;
    }
    addresses.iter().all(std::net::IpAddr::is_loopback)
        && hosts.iter().all(|host| match host {
            Host::Tcp(name) => {
                name == "localhost"
                    || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
            }
            #[cfg(unix)]
            Host::Unix(_) => true,
        })
}

fn tls(authority: Option<&[u8]>) -> Result<rustls::ClientConfig, PostgresError> {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    if let Some(pem) = authority {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| PostgresError::Authority)?;
            roots.add(certificate).map_err(|_| PostgresError::Authority)?;
        }
        if roots.is_empty() {
            return Err(PostgresError::Authority);
        }
    } else {
        // What the machine does not trust is not trusted: with none, every TLS connection fails.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let builder = rustls::ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.map_err(|_| PostgresError::Authority)?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> Result<PostgresConfig, PostgresError> {
        PostgresConfig::new(url, None, "ledger", "here", None)
    }

    #[test]
    fn another_machine_is_only_spoken_to_by_tls() {
        assert!(matches!(config("postgres://k@db.example/k"), Err(PostgresError::PlainText)));
        assert!(matches!(
            config("postgres://k@127.0.0.1,db.example/k"),
            Err(PostgresError::PlainText)
        ));
        assert!(config("postgres://k@db.example/k?sslmode=require").is_ok());
        assert!(config("postgres://k@127.0.0.1/k").is_ok());
        assert!(config("postgres:///k?host=/run/postgresql&user=k").is_ok());
    }

    #[test]
    fn password_in_a_url_is_refused() {
        let refused = config("postgres://k:secret@127.0.0.1/k");

        assert!(matches!(refused, Err(PostgresError::PasswordInUrl)));
    }

    #[test]
    fn schema_is_a_plain_word() {
        for name in ["", "a\"b", "A", "a;b", &"x".repeat(64)] {
            let refused = PostgresConfig::new("postgres://k@127.0.0.1/k", None, name, "here", None);
            assert!(matches!(refused, Err(PostgresError::SchemaName(_))), "{name}");
        }
    }

    #[test]
    fn password_is_not_shown() {
        let password = Masked::new("sesame".to_owned());
        let config =
            PostgresConfig::new("postgres://k@127.0.0.1/k", Some(&password), "l", "here", None);

        assert!(!format!("{:?}", config.unwrap()).contains("sesame"));
    }
}
