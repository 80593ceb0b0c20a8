//! `[risk]`: where the counts of risk are, and how much of them is remembered.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use kanuki_domain::Masked;
use kanuki_risk::Bounds;
use kanuki_store::RedisConfig;
use serde::Deserialize;

use crate::config;

const MEMORY: &str = "memory";
/// Fewer keys than this forget an hour of a small town; more than this, no machine holds.
const KEYS: std::ops::RangeInclusive<usize> = 10_000..=100_000_000;

/// The choice; without it each node counts by itself.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RiskConfig {
    /// `memory`, or the servers of the journal that the nodes share:
    /// `redis://127.0.0.1:6379`, `rediss://user@10.0.0.1:6379,10.0.0.2:6379,10.0.0.3:6379`.
    features: Option<String>,
    /// The password, if the servers ask for one.
    password_file: Option<PathBuf>,
    /// How many replicas must have what is decided by: all that could become the primary.
    replicas: Option<u32>,
    /// How many keys of each kind (accounts, people, devices …) are remembered; without it a million.
    keys: Option<usize>,
}

impl RiskConfig {
    /// How much a node remembers.
    pub(crate) fn bounds(&self) -> Result<Bounds> {
        let Some(keys) = self.keys else { return Ok(Bounds::default()) };
        ensure!(
            KEYS.contains(&keys),
            "risk.keys is {keys}: write {} to {}; a key of one kind takes about 225 bytes",
            KEYS.start(),
            KEYS.end(),
        );
        Ok(Bounds::of_keys(keys))
    }

    /// How many keys of each kind that is.
    pub(crate) fn keys(&self) -> u64 {
        u64::try_from(self.keys.unwrap_or(Bounds::default().keys)).unwrap_or(u64::MAX)
    }

    /// Where the nodes count together, and which replicas must have it; none: each counts by itself.
    pub(crate) fn place(&self) -> Option<String> {
        let url = self.features.as_deref().filter(|url| *url != MEMORY)?;
        Some(format!("{url} {} replicas", self.replicas.unwrap_or(0)))
    }

    /// Where the nodes of the company with this `issuer` share their counts; none: nowhere.
    pub(crate) fn plan(&self, issuer: &str) -> Result<Option<RedisConfig>> {
        let url = self.features.as_deref().unwrap_or(MEMORY);
        if url == MEMORY {
            ensure!(
                self.replicas.is_none() && self.password_file.is_none(),
                "risk.replicas and risk.password_file are for features = \"redis://HOST:PORT\""
            );
            return Ok(None);
        }
        let Some(replicas) = self.replicas else {
            bail!(
                "risk.replicas is missing: how many replicas the primary has (0 where it is alone)"
            );
        };
        let password: Option<Masked<String>> =
            self.password_file.as_deref().map(config::secret).transpose()?;
        let password = password.as_ref().map(|password| password.expose().as_str());
        let shared = RedisConfig::new(url, password, replicas, issuer);
        shared.map(Some).map_err(anyhow::Error::msg).context("unsafe or unknown: risk.features")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> Result<Option<RedisConfig>> {
        toml::from_str::<RiskConfig>(text)?.plan("https://bank.example")
    }

    #[test]
    fn counts_are_in_memory_unless_servers_and_their_replicas_are_named() {
        let refused = |text: &str| format!("{:#}", plan(text).err().unwrap());

        assert!(plan("").unwrap().is_none());
        assert!(plan("features = 'memory'").unwrap().is_none());
        assert!(plan("features = 'redis://127.0.0.1:6379'\nreplicas = 0").unwrap().is_some());
        assert!(refused("features = 'redis://127.0.0.1:6379'").contains("risk.replicas"));
        assert!(refused("features = 'redis://10.0.0.1:6379'\nreplicas = 1").contains("rediss://"));
        assert!(refused("features = 'disk'\nreplicas = 1").contains("risk.features"));
        assert!(refused("replicas = 1").contains("redis://HOST:PORT"));
        assert!(refused("feature = 'memory'").contains("feature"));
    }

    #[test]
    fn keys_are_a_million_of_each_kind_unless_another_number_is_named() {
        let bounds = |text: &str| toml::from_str::<RiskConfig>(text).unwrap().bounds();

        assert_eq!(bounds("").unwrap(), Bounds::default());
        assert_eq!(bounds("keys = 3_000_000").unwrap(), Bounds::of_keys(3_000_000));
        for absurd in ["keys = 0", "keys = 9_999", "keys = 100_000_001"] {
            assert!(bounds(absurd).unwrap_err().to_string().contains("risk.keys"), "{absurd}");
        }
    }
}
