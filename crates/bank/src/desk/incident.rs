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
use kanuki_record::{AuditEntry, Stored, Unit};

use super::Scope;
use crate::{Bank, BankError};

/// What either of the public gates stops at a bank: links that exist as well as new ones.
const SERVICES: &[Service] = &[Service::NewLinks, Service::TopUps, Service::Payouts];

impl Bank {
    /// The switches that everybody is told of, with what they would be told from `since` on: never
    /// that of one person, account or mandate.
    pub async fn public_switches(&self, since: Timestamp) -> Result<Vec<(Scope, Halt)>, BankError> {
        let halt = |with| Halt { with, since, services: SERVICES };
        let mut switches = vec![(Scope::Everything, halt(None))];
        for partner in self.partners().await? {
            let scope = Scope::Partner(partner.client_id.clone());
            switches.push((scope, halt(Some(partner.name.clone()))));
        }
        Ok(switches)
    }

    /// What stands still for everybody, or between us and one partner, since when: read from the
    /// gates themselves.
    pub async fn halts(&self, ctx: &Ctx<'_>) -> Result<Vec<Halt>, BankError> {
        let mut halts = Vec::new();
        for (scope, halt) in self.public_switches(ctx.now).await? {
            if let Some(since) = scope.gate().closed_since(&*self.ledger, ctx.now).await? {
                halts.push(Halt { since, ..halt });
            }
        }
        Ok(halts)
    }

    /// What we say about it.
    pub async fn public_words(&self) -> Result<Option<Words>, BankError> {
        Ok(incident::live(&self.book).await?.map(Stored::into_inner))
    }

    /// What somebody asks to be said.
    pub async fn proposed_words(&self, id: ApprovalId) -> Result<Option<Words>, BankError> {
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

    /// The second person agrees, or anybody declines.
    pub(super) async fn decide_words(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
        agrees: bool,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        if agrees {
            approval.edit().approve(by, ctx.now)?;
            incident::publish((&self.book, ctx), &mut unit, by, &approval).await?;
        } else {
            approval.edit().decline(by, ctx.now)?;
            unit.audit(
                AuditEntry::new(ctx.now, by, "incident.words_declined", approval.approval_id)
                    .with("asked_by", approval.asked_by),
            );
        }
        unit.update(&approval);
        Ok(self.book.commit(unit).await?)
    }

    /// Begins a drill about a switch that everybody would be told of. It moves no gate.
    pub async fn start_drill(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (scope, story): (&Scope, &str),
    ) -> Result<(), BankError> {
        Ok(drill::start(&self.book, ctx, by, (&scope.name(), story)).await?)
    }

    /// Does one step of a drill; false where another switch would have been the right one.
    pub async fn drill_step(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        step: (&str, Step<'_>),
    ) -> Result<bool, BankError> {
        Ok(drill::step(&self.book, ctx, by, step).await?)
    }

    /// The drill that runs.
    pub async fn running_drill(&self) -> Result<Option<Drill>, BankError> {
        Ok(drill::running(&self.book).await?.map(Stored::into_inner))
    }

    /// Every drill, newest first.
    pub async fn drills(&self) -> Result<Vec<Drill>, BankError> {
        Ok(drill::all(&self.book).await?)
    }
}
