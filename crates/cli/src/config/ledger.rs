//! `[ledger]`: which engine keeps the books.

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::company::ledger::LedgerPlan;

/// The choice; without it the books are in the data folder.
#[derive(Debug, Default, Deserialize)]
#[serde(tag = "engine", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum LedgerConfig {
    /// In the data folder, in this process.
    #[default]
    Embedded,
    /// On a TigerBeetle cluster.
    TigerBeetle {
        /// The number it was formatted with, in decimal digits.
        cluster: String,
        /// Its replicas, in order: `10.0.0.1:3000,10.0.0.2:3000,10.0.0.3:3000`.
        addresses: String,
    },
}

impl LedgerConfig {
    /// Checks it.
    pub(crate) fn plan(&self) -> Result<LedgerPlan> {
        Ok(match self {
            Self::Embedded => LedgerPlan::Embedded,
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
