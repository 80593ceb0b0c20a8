//! That a delegate acted is told, also when it could not be told at once.
//!
//! An act is noted as untold before it happens. While the bank's core is silent nobody can say where a
//! holder is reached: then the act stands, and the worker tells of it as soon as the core answers. Of
//! an act that was cut short, the holder hears that it was begun.

use jiff::Timestamp;
use kanuki_desk::outbox::Content;
use kanuki_domain::{
    Ctx,
    id::DelegationId,
    limits::{ACT_TOLD_LATE_SECS, HOUR_SECS},
    mandate::later,
};
use kanuki_record::{AuditEntry, RecordError, Unit};
use serde::{Deserialize, Serialize};

use super::{Delegation, act::DelegateAct};
use crate::{Bank, BankError, holder::load, waiting::waiting};

/// How often the note begins again because another act changed the row meanwhile.
const TRIES_MAX: u32 = 5;

/// An act of which the holder has not been told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Untold {
    number: u64,
    at: Timestamp,
    act: String,
    about: String,
    /// It came to its end.
    is_done: bool,
    /// How often it was done again before it was told.
    #[serde(default)]
    again: u32,
}

/// The number of what is not told again; no act has it.
const TOLD: u64 = 0;

impl Untold {
    fn entry(&self, ctx: &Ctx<'_>, name: &'static str, delegation: &Delegation) -> AuditEntry {
        AuditEntry::new(ctx.now, delegation.delegation_id, name, delegation.holder_id)
            .with("act", &self.act)
            .with("about", &self.about)
            .with("again", self.again)
    }
}

impl Delegation {
    /// Notes that an act is to be told; under which number. Stopping everything again is counted up while
    /// it is untold, and not told anew within the hour: a press must not be worth a letter.
    pub(super) fn note_untold(&mut self, at: Timestamp, act: &DelegateAct) -> u64 {
        if *act == DelegateAct::StopAll {
            let mut waiting = self.untold.iter_mut();
            if let Some(same) = waiting.find(|untold| untold.act == act.name()) {
                same.again = same.again.saturating_add(1);
                return same.number;
            }
            if self.stop_all_told_at.is_some_and(|told| at < later(told, HOUR_SECS)) {
                return TOLD;
            }
        }
        let last = self.untold.iter().map(|untold| untold.number).max().unwrap_or(0);
        let number = last.saturating_add(1);
        let (act, about) = (act.name().to_owned(), act.about());
        self.untold.push(Untold { number, at, act, about, is_done: false, again: 0 });
        number
    }
}

/// What is noted of an act that is not told now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was refused before anything happened: there is nothing to tell.
    Refused,
    /// It came to its end, and the core did not say where the holder is reached.
    Done,
}

impl Bank {
    /// The act is done: told now if the core says where, and otherwise by the worker.
    pub(super) async fn tell_of_act(
        &self,
        ctx: &Ctx<'_>,
        (id, number): (DelegationId, u64),
    ) -> Result<(), BankError> {
        let mut told = self.tell_one(ctx, (id, number), true).await;
        for _ in 1..TRIES_MAX {
            if !is_conflict(&told) {
                break;
            }
            told = self.tell_one(ctx, (id, number), true).await;
        }
        match told {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, delegation.id = %id, "an act is told later");
                self.note_outcome(ctx, (id, number), Outcome::Done).await
            }
        }
    }

    /// Notes how an act ended that is not told now.
    pub(super) async fn note_outcome(
        &self,
        ctx: &Ctx<'_>,
        act: (DelegationId, u64),
        outcome: Outcome,
    ) -> Result<(), BankError> {
        let mut noted = self.note_outcome_once(ctx, act, outcome).await;
        for _ in 1..TRIES_MAX {
            if !is_conflict(&noted) {
                break;
            }
            noted = self.note_outcome_once(ctx, act, outcome).await;
        }
        noted
    }

    async fn note_outcome_once(
        &self,
        ctx: &Ctx<'_>,
        (id, number): (DelegationId, u64),
        outcome: Outcome,
    ) -> Result<(), BankError> {
        let mut delegation = load::<Delegation>(&self.book, id).await?;
        let mut unit = Unit::new();
        match outcome {
            Outcome::Refused => delegation.edit().untold.retain(|one| one.number != number),
            Outcome::Done => {
                for one in delegation.edit().untold.iter_mut().filter(|one| one.number == number) {
                    one.is_done = true;
                }
                if let Some(one) = delegation.untold.iter().find(|one| one.number == number) {
                    unit.audit(one.entry(ctx, "delegate.acted", &delegation));
                }
            }
        }
        unit.update(&delegation);
        Ok(self.book.commit(unit).await?)
    }

    /// Tells of one act, whether or not the delegation still holds. Told already is fine.
    async fn tell_one(
        &self,
        ctx: &Ctx<'_>,
        (id, number): (DelegationId, u64),
        is_done_now: bool,
    ) -> Result<(), BankError> {
        let mut delegation = load::<Delegation>(&self.book, id).await?;
        let untold = delegation.untold.iter().find(|untold| untold.number == number).cloned();
        let Some(untold) = untold else { return Ok(()) };
        let (kind, audited) = match (is_done_now, untold.is_done) {
            (true, _) => ("delegate_acted", "delegate.acted"),
            (false, true) => ("delegate_acted", "delegate.told_late"),
            (false, false) => ("delegate_began", "delegate.cut_short"),
        };
        let known = self.known(delegation.holder_id).await?;
        let content = Content::new(kind)
            .with("label", self.label_of(&known, &delegation)?)
            .with("act", &untold.act)
            .with("at", untold.at);
        let row = delegation.edit();
        row.untold.retain(|one| one.number != number);
        if untold.act == DelegateAct::StopAll.name() {
            row.stop_all_told_at = Some(ctx.now);
        }
        let mut unit = Unit::new();
        unit.update(&delegation).audit(untold.entry(ctx, audited, &delegation));
        self.tell(&mut unit, ctx, &known, id, content)?;
        Ok(self.book.commit(unit).await?)
    }

    /// Tells of the acts that could not be told when they happened. Called by the worker; one that
    /// waits stops no other.
    pub async fn tell_late_acts(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let before = later(ctx.now, -ACT_TOLD_LATE_SECS);
        let mut told: usize = 0;
        for delegation in waiting::<Delegation>(&self.book, "untold", "yes").await? {
            // What is younger is being told by whoever does it.
            for untold in delegation.untold.iter().filter(|untold| untold.at <= before) {
                let id = delegation.delegation_id;
                match self.tell_one(ctx, (id, untold.number), false).await {
                    Ok(()) => told = told.saturating_add(1),
                    Err(error) => {
                        tracing::warn!(%error, delegation.id = %id, "an act is told later");
                    }
                }
            }
        }
        Ok(told)
    }
}

fn is_conflict(done: &Result<(), BankError>) -> bool {
    matches!(done, Err(BankError::Record(RecordError::Conflict { .. })))
}
