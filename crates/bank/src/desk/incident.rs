//! What everybody is told while something is stopped.

use jiff::Timestamp;
use kanuki_desk::{
    incident::{By, Halt, Service},
    signal::halt,
};
use kanuki_domain::Ctx;

use super::Scope;
use crate::{Bank, BankError};

/// What either of the public gates stops at a bank: links that exist as well as new ones.
const SERVICES: &[Service] = &[Service::NewLinks, Service::TopUps, Service::Payouts];

impl Bank {
    /// The switches that everybody is told of, with what they would be told from `since` on: never
    /// that of one person, account or mandate.
    pub async fn public_switches(&self, since: Timestamp) -> Result<Vec<(Scope, Halt)>, BankError> {
        let halt = |with| Halt { with, by: By::Us, since, services: SERVICES.to_vec() };
        let mut switches = vec![(Scope::Everything, halt(None))];
        for partner in self.partners().await? {
            let scope = Scope::Partner(partner.client_id.clone());
            switches.push((scope, halt(Some(partner.name.clone()))));
        }
        Ok(switches)
    }

    /// What stands still for everybody, or between us and one partner, since when: read from the
    /// gates themselves, and what partners say that they stopped.
    pub async fn halts(&self, ctx: &Ctx<'_>) -> Result<Vec<Halt>, BankError> {
        let mut halts = Vec::new();
        for (scope, halt) in self.public_switches(ctx.now).await? {
            if let Some(since) = scope.gate().closed_since(&*self.ledger, ctx.now).await? {
                halts.push(Halt { since, ..halt });
            }
        }
        for (partner, told) in self.partners_halts(ctx).await? {
            halts.extend(halt::public(&told, &partner.name));
        }
        Ok(halts)
    }
}
