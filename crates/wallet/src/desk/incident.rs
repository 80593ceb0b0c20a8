//! What everybody is told while something is stopped.

use jiff::Timestamp;
use kanuki_desk::{
    incident::{By, Halt, Service},
    signal::halt,
};
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
        let by = By::Us;
        let everything = Halt { with: None, by, since, services: EVERYWHERE.to_vec() };
        let mut switches = vec![(Switch::Everything, everything)];
        for bank in self.partners().await? {
            let with = Some(bank.name.clone());
            let halt = Halt { with, by, since, services: AT_A_BANK.to_vec() };
            switches.push((Switch::Bank(bank.code), halt));
        }
        Ok(switches)
    }

    /// What stands still for everybody, or between us and one bank, since when: read from the gates
    /// themselves, and what banks say that they stopped.
    pub async fn halts(&self, ctx: &Ctx<'_>) -> Result<Vec<Halt>, WalletError> {
        let mut halts = Vec::new();
        for (switch, halt) in self.public_switches(ctx.now).await? {
            if let Some(since) = switch.gate().closed_since(&*self.ledger, ctx.now).await? {
                halts.push(Halt { since, ..halt });
            }
        }
        for (bank, told) in self.partners_halts(ctx).await? {
            halts.extend(halt::public(&told, &bank.name));
        }
        Ok(halts)
    }
}
