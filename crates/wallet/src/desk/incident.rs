//! What everybody is told while something is stopped.

use jiff::Timestamp;
use kanuki_desk::incident::{Halt, Service};
use kanuki_domain::Ctx;

use super::Switch;
use crate::{Wallet, WalletError};

/// What the switch of one bank stops, links that exist as well as new ones.
const AT_A_BANK: &[Service] = &[Service::NewLinks, Service::TopUps, Service::Payouts];
/// What the switch of everything stops.
const EVERYWHERE: &[Service] =
    &[Service::NewLinks, Service::TopUps, Service::Payouts, Service::Payments, Service::Sends];

impl Wallet {
    /// The switches that everybody is told of, with what they would be told from `since` on: never
    /// that of one wallet or one connected account.
    pub async fn public_switches(
        &self,
        since: Timestamp,
    ) -> Result<Vec<(Switch, Halt)>, WalletError> {
        let everything = Halt { with: None, since, services: EVERYWHERE };
        let mut switches = vec![(Switch::Everything, everything)];
        for bank in self.partners().await? {
            let halt = Halt { with: Some(bank.name.clone()), since, services: AT_A_BANK };
            switches.push((Switch::Bank(bank.code), halt));
        }
        Ok(switches)
    }

    /// What stands still for everybody, or between us and one bank, since when: read from the gates
    /// themselves.
    pub async fn halts(&self, ctx: &Ctx<'_>) -> Result<Vec<Halt>, WalletError> {
        let mut halts = Vec::new();
        for (switch, halt) in self.public_switches(ctx.now).await? {
            if let Some(since) = switch.gate().closed_since(&*self.ledger, ctx.now).await? {
                halts.push(Halt { since, ..halt });
            }
        }
        Ok(halts)
    }
}
