//! What everybody is told while something is stopped, and drills.

use jiff::Timestamp;
use kanuki_desk::{
    approval::Approval,
    drill::{self, Drill, Step},
    incident::{self, Halt, Refused, Service, Words},
};
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId},
};
use kanuki_record::{Stored, Unit};

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

    /// What we say about it.
    pub async fn public_words(&self) -> Result<Option<Words>, WalletError> {
        Ok(incident::live(&self.book).await?.map(Stored::into_inner))
    }

    /// What somebody asks to be said.
    pub async fn proposed_words(&self, id: ApprovalId) -> Result<Option<Words>, WalletError> {
        Ok(incident::proposed(&self.book, id).await?.map(Stored::into_inner))
    }

    /// Asks that something be said to everybody; a second person must agree.
    pub async fn propose_words(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        words: (&str, &str),
        reason: &str,
    ) -> Result<ApprovalId, Refused> {
        incident::propose(&self.book, ctx, by, words, reason).await
    }

    /// The second person agreed, in `unit`.
    pub(super) async fn publish_words(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        by: StaffId,
        approval: &Approval,
    ) -> Result<(), WalletError> {
        incident::publish((&self.book, ctx), &mut unit, by, approval).await?;
        Ok(self.book.commit(unit).await?)
    }

    /// Begins a drill about a switch that everybody would be told of. It moves no gate.
    pub async fn start_drill(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (switch, story): (Switch, &str),
    ) -> Result<(), WalletError> {
        Ok(drill::start(&self.book, ctx, by, (&switch.name(), story)).await?)
    }

    /// Does one step of a drill; false where another switch would have been the right one.
    pub async fn drill_step(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        step: (&str, Step<'_>),
    ) -> Result<bool, WalletError> {
        Ok(drill::step(&self.book, ctx, by, step).await?)
    }

    /// The drill that runs.
    pub async fn running_drill(&self) -> Result<Option<Drill>, WalletError> {
        Ok(drill::running(&self.book).await?.map(Stored::into_inner))
    }

    /// Every drill, newest first.
    pub async fn drills(&self) -> Result<Vec<Drill>, WalletError> {
        Ok(drill::all(&self.book).await?)
    }
}
