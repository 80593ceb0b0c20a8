//! Where the books of one company are, by its configuration.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use kanuki_domain::bank_account::BankCode;
use kanuki_ledger::{TigerBeetleEngine, postgres::PostgresConfig, tigerbeetle::ClaimError};
use serde::Deserialize;

use crate::{
    company::{
        ledger::{LedgerPlan, require_noted},
        owner,
    },
    config::{self, Server, ledger::LedgerConfig},
};

/// What is read of a wallet's or a bank's configuration; its server checks the rest.
#[derive(Debug, Deserialize)]
struct Company {
    server: Server,
    #[serde(default)]
    ledger: LedgerConfig,
    /// Only a bank has one.
    code: Option<BankCode>,
}

/// The books of one company.
#[derive(Debug)]
pub(super) struct Place {
    /// The company's folder.
    pub(super) data: PathBuf,
    /// Which engine keeps them.
    pub(super) plan: LedgerPlan,
    /// The bank's code; none: a wallet.
    pub(super) bank: Option<BankCode>,
}

impl Place {
    /// As `file` says.
    pub(super) fn of(file: &Path) -> Result<Self> {
        let company: Company = config::read(file)?;
        let (data, mut plan) = (company.server.data, company.ledger.plan()?);
        // Whoever reads beside the server looks at the same books as it.
        if let LedgerPlan::Postgres { config } = &mut plan
            && let Some(claim) = owner::known(&data)?.filter(|claim| !claim.adopts)
        {
            **config = (**config).clone().claimed_by(claim);
        }
        Ok(Self { data, plan, bank: company.code })
    }

    /// The same, if those are the books that the company has: a file that names others gives sums of other
    /// books, or of none, and nobody would see it.
    pub(super) fn to_read(file: &Path) -> Result<Self> {
        let place = Self::of(file)?;
        require_noted(&place.data, place.plan.place().as_deref())?;
        Ok(place)
    }

    /// The folder of books that are kept in this machine's files.
    pub(super) fn folder(&self) -> PathBuf {
        self.data.join("ledger")
    }

    /// The cluster, if it is not another company's.
    pub(super) async fn cluster(
        &self,
        cluster: u128,
        addresses: &str,
    ) -> Result<TigerBeetleEngine> {
        let engine = TigerBeetleEngine::connect(cluster, addresses, TigerBeetleEngine::DEADLINE)?;
        if let Some(claim) = owner::known(&self.data)?
            && let Some(found) = engine.owner().await?
        {
            claim.check(found).map_err(|why| owner::as_unsafe(ClaimError::from(why).into()))?;
        }
        Ok(engine)
    }

    /// The database.
    pub(super) fn database(&self) -> Result<&PostgresConfig> {
        match &self.plan {
            LedgerPlan::Postgres { config } => Ok(config),
            LedgerPlan::Embedded | LedgerPlan::TigerBeetle { .. } => {
                bail!("the configuration does not say engine = \"postgres\" under [ledger]")
            }
        }
    }
}
