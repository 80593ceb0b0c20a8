//! `[ledger]`: which engine keeps the books.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::{company::ledger::LedgerPlan, config};

/// The choice; without it the books are in the data folder.
#[derive(Debug, Default, Deserialize)]
#[serde(tag = "engine", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum LedgerConfig {
    /// In the data folder, in this process.
    #[default]
    Embedded,
    /// In a PostgreSQL database.
    Postgres {
        /// `postgres://user@host/database`, without a password.
        url: String,
        /// The password, if the server asks for one.
        password_file: Option<PathBuf>,
        /// The schema, which no other company uses.
        #[serde(default = "schema")]
        schema: String,
        /// Who signed the server's certificate, in PEM.
        authority_file: Option<PathBuf>,
    },
    /// On a TigerBeetle cluster.
    TigerBeetle {
        /// The number it was formatted with, in decimal digits.
        cluster: String,
        /// Its replicas, in order: `10.0.0.1:3000,10.0.0.2:3000,10.0.0.3:3000`.
        addresses: String,
    },
}

fn schema() -> String {
    "kanuki".to_owned()
}

impl LedgerConfig {
    /// Checks it.
    pub(crate) fn plan(&self) -> Result<LedgerPlan> {
        Ok(match self {
            Self::Embedded => LedgerPlan::Embedded,
            Self::Postgres { url, password_file, schema, authority_file } => {
                let password = password_file.as_deref().map(config::secret).transpose()?;
                let authority = authority_file.as_deref().map(|file| {
                    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
                });
                let (password, authority) = (password.as_ref(), authority.transpose()?);
                LedgerPlan::postgres(url, password, schema, authority.as_deref())?
            }
            Self::TigerBeetle { cluster, addresses } => LedgerPlan::TigerBeetle {
                cluster: cluster
                    .parse()
                    .context("ledger.cluster is not the number of a TigerBeetle cluster")?,
                addresses: addresses.clone(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        #[serde(default)]
        ledger: LedgerConfig,
    }

    fn plan(text: &str) -> Result<LedgerPlan> {
        toml::from_str::<File>(text)?.ledger.plan()
    }

    #[test]
    fn books_in_postgres_are_reached_by_tls_or_on_this_machine() {
        let named = "ledger = { engine = 'postgres', url = 'postgres://k@db.example/k' }";
        let tls = named.replace("/k'", "/k?sslmode=require'");
        let refused = |text: &str| format!("{:#}", plan(text).err().unwrap());

        assert!(matches!(plan(&tls), Ok(LedgerPlan::Postgres { .. })));
        assert!(refused(named).starts_with("unsafe: ledger"));
        assert!(refused(&tls.replace("k@", "k:sesame@")).contains("password"));
        assert!(plan(&tls.replace("url", "uri")).is_err());
    }

    #[test]
    fn books_are_in_the_data_folder_unless_a_cluster_is_named() {
        let named =
            "ledger = { engine = 'tigerbeetle', cluster = '7', addresses = '10.0.0.1:3000' }";

        assert!(matches!(plan(""), Ok(LedgerPlan::Embedded)));
        assert!(matches!(plan("ledger = { engine = 'embedded' }"), Ok(LedgerPlan::Embedded)));
        assert!(matches!(plan(named), Ok(LedgerPlan::TigerBeetle { cluster: 7, .. })));
        assert!(plan(&named.replace("'7'", "'x'")).is_err());
        assert!(plan("ledger = { engine = 'memory' }").is_err());
    }
}
