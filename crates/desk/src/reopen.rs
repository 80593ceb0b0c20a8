//! A kill switch is opened again: one asks, another agrees, and exactly the closing ends that they
//! looked at. One that stops everybody, or everybody who came by one partner, is opened with a record
//! of the risks (FT-01, INC-17): in 2020 what had been halted went on because it was inconvenient.

use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId},
    risk_record::RiskRecord,
};
use kanuki_ledger::LedgerEngine;
use kanuki_record::{AuditEntry, Book, RecordError, Unit};

use crate::{
    DeskError,
    approval::Approval,
    gate::Gate,
    risk_record::{self, Live, Unsigned, Weighed, review},
};

/// Whom a switch stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everybody.
    Everybody,
    /// Everybody who came by this partner, by its id in the registry.
    Partner(String),
    /// One person, account or connection.
    One,
}

/// A switch that is to be opened, as the company that keeps it names it.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The act, as its approval names it.
    pub act: &'static str,
    /// What it is about, as its approval names it.
    pub subject: String,
    /// The switch.
    pub gate: Gate,
    /// Whom it stops.
    pub reach: Reach,
}

/// Why an opening cannot be asked for.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It was asked for before and waits, or there is nothing to open.
    #[error("it waits for a second person already, or cannot be opened")]
    Known,
    /// It stops everybody, and no whole record of the risks is with it.
    #[error("a record of the risks is needed")]
    Unsigned(#[from] Unsigned),
    /// The desk refused, or the ledger does not answer.
    #[error("the desk could not do it")]
    Desk(#[from] DeskError),
    /// The store does not answer.
    #[error("the record could not be kept")]
    Record(#[from] RecordError),
}

impl Opening {
    /// Whether a record of the risks goes with it while it is closed.
    #[must_use]
    pub const fn is_wide(&self) -> bool {
        !matches!(self.reach, Reach::One)
    }

    /// Which of `partners` have a say in it.
    #[must_use]
    pub fn concerned(&self, mut partners: Vec<String>) -> Vec<String> {
        if let Reach::Partner(only) = &self.reach {
            partners.retain(|id| id == only);
        }
        partners
    }

    fn partner(&self) -> Option<&str> {
        match &self.reach {
            Reach::Partner(id) => Some(id),
            Reach::Everybody | Reach::One => None,
        }
    }

    fn live(&self, closing: Option<u32>) -> Live<'_> {
        Live::Switch { gate: &self.gate, closing, partner: self.partner() }
    }

    /// What its opening loosens; nothing where it is open, or stops one alone.
    #[must_use]
    pub fn loosened(&self, closing: Option<u32>) -> Vec<String> {
        if self.is_wide() && closing.is_some() {
            return vec![format!("switch {}", self.gate.name())];
        }
        Vec::new()
    }
}

/// One person asks that a switch be opened. Where it stops everybody, a record goes with it, and one that
/// is open already is refused: agreed to, it would end the record of its last opening without a new one.
pub async fn ask(
    (book, ledger, ctx): (&Book, &dyn LedgerEngine, &Ctx<'_>),
    by: StaffId,
    opening: &Opening,
    (reason, record): (&str, Option<RiskRecord>),
    partners: Vec<String>,
) -> Result<ApprovalId, Refused> {
    let closing = opening.gate.generation(ledger, ctx.now).await?;
    if opening.is_wide() && closing.is_none() {
        return Err(Refused::Known);
    }
    let approval = Approval::ask(ctx, by, opening.act, &opening.subject, reason).ending(closing);
    let mut unit = Unit::new();
    let weighed = Weighed { record, partners: opening.concerned(partners) };
    let about = (opening.act, opening.subject.as_str(), reason);
    let what = (opening.live(closing), &*opening.loosened(closing), &weighed);
    risk_record::write(&mut unit, ctx, by, about, what)?;
    unit.insert(&approval).audit(
        AuditEntry::new(ctx.now, by, "gate.open_asked", opening.gate.name())
            .with("approval", approval.approval_id)
            .with("reason", reason),
    );
    match book.commit(unit).await {
        Ok(()) => Ok(approval.approval_id),
        Err(RecordError::Duplicate { .. } | RecordError::Conflict { .. }) => Err(Refused::Known),
        Err(error) => Err(error.into()),
    }
}

/// A second person agreed to `approval`: adds to `unit` that they stand for its record too. Records of
/// earlier openings are over: the switch was closed since.
///
/// Refused where another closing holds than the one that was looked at and, for a switch that stops
/// everybody, where none does: nobody agrees to the end of what they did not see.
pub async fn sign(
    (book, ledger, ctx): (&Book, &dyn LedgerEngine, &Ctx<'_>),
    unit: &mut Unit,
    (by, approval): (StaffId, &Approval),
    opening: &Opening,
    partners: Vec<String>,
) -> Result<(), DeskError> {
    let held = opening.gate.generation(ledger, ctx.now).await?;
    let is_over = held.is_none() && opening.is_wide();
    if is_over || (held.is_some() && held != approval.generation) {
        return Err(DeskError::Decided);
    }
    if !opening.is_wide() {
        return Ok(());
    }
    let what = (opening.live(held), &*opening.loosened(held), &*opening.concerned(partners));
    risk_record::sign((book, ctx), unit, (by, approval), what).await?;
    review::supersede((book, ctx), unit, by, approval).await?;
    Ok(())
}
