//! What a delegate does for a holder: stop, lock, lower, and nothing that loosens.
//!
//! A stop of a delegate is one that two people can release when the holder asks, and it leaves
//! ordinary 口座振替 alone: a thief who became a delegate stops payments for a while, is named in the
//! notice of each act, and ends by the code in it. A link that was never confirmed is one that still has
//! to be when it is released. An imported Web口振 contract is held, at the system that keeps it where that
//! can hold; where it cannot, people ask the holder. A delegate ends nothing.

use kanuki_desk::case::Case;
use kanuki_domain::{
    Ctx, Yen,
    id::{BankAccountId, CaseId, ContractId, DelegationId, HolderId, MandateId},
    limits::{DAY_SECS, DELEGATE_ACTS_PER_DAY, HOUR_SECS},
    mandate::{StoppedBy, later},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use super::late::Outcome;
use crate::{
    Bank, BankError,
    contract::{Contract, Kind},
    holder::load,
    lock::LockedBy,
};

/// How often an act begins again because something else changed the same records meanwhile.
const TRIES_MAX: u32 = 5;

/// What a delegate does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DelegateAct {
    /// Every wallet's link and contract stops, and every account is locked.
    StopAll,
    /// One mandate is suspended.
    Stop(MandateId),
    /// One wallet's contract that was made elsewhere is held.
    StopContract(ContractId),
    /// One account is locked against new links.
    Lock(BankAccountId),
    /// The caps of one mandate go down to these amounts, in the order of its terms.
    Lower(MandateId, Vec<Yen>),
}

impl DelegateAct {
    /// As it is kept, and part of a text key.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::StopAll => "stop_all",
            Self::Stop(_) => "stop",
            Self::StopContract(_) => "stop_contract",
            Self::Lock(_) => "lock",
            Self::Lower(..) => "lower",
        }
    }

    pub(super) fn about(&self) -> String {
        match self {
            Self::StopAll => String::new(),
            Self::Stop(id) | Self::Lower(id, _) => id.to_string(),
            Self::StopContract(id) => id.to_string(),
            Self::Lock(id) => id.to_string(),
        }
    }
}

impl Bank {
    /// A delegate acts. It is in the audit log before it happens and told to every contact of the
    /// holder when it has. Returns the case where something was stopped.
    pub async fn act_as_delegate(
        &self,
        ctx: &Ctx<'_>,
        id: DelegationId,
        act: &DelegateAct,
    ) -> Result<Option<CaseId>, BankError> {
        let mut counted = self.count_act(ctx, id, act).await;
        for _ in 1..TRIES_MAX {
            if !matches!(counted, Err(BankError::Record(RecordError::Conflict { .. }))) {
                break;
            }
            counted = self.count_act(ctx, id, act).await;
        }
        let (holder_id, number) = counted?;
        let done = self.carry_out(ctx, (holder_id, id), act).await;
        match &done {
            Ok(_) => self.tell_of_act(ctx, (id, number)).await?,
            // Refused before anything happened: there is nothing to tell.
            Err(BankError::Amounts | BankError::NotAvailable | BankError::TooMany)
                if *act != DelegateAct::StopAll =>
            {
                self.note_outcome(ctx, (id, number), Outcome::Refused).await?;
            }
            // Nobody knows how far it came: the worker says that it was begun.
            Err(_) => {}
        }
        done
    }

    /// Notes that it is about to happen, and under which number it is to be told. Stopping everything
    /// is never refused for its number; pressed again and again it is told once an hour.
    async fn count_act(
        &self,
        ctx: &Ctx<'_>,
        id: DelegationId,
        act: &DelegateAct,
    ) -> Result<(HolderId, u64), BankError> {
        let mut delegation = self.delegation(ctx, id).await?;
        let since = later(ctx.now, -DAY_SECS);
        let row = delegation.edit();
        row.acts.retain(|at| *at > since);
        if *act != DelegateAct::StopAll {
            if row.acts.len() >= DELEGATE_ACTS_PER_DAY {
                return Err(BankError::TooMany);
            }
            row.acts.push(ctx.now);
        }
        let number = row.note_untold(ctx.now, act);
        let holder_id = row.holder_id;
        let mut unit = Unit::new();
        unit.update(&delegation).audit(
            AuditEntry::new(ctx.now, id, "delegate.acts", holder_id)
                .with("act", act.name())
                .with("about", act.about()),
        );
        self.book.commit(unit).await?;
        Ok((holder_id, number))
    }

    async fn carry_out(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, id): (HolderId, DelegationId),
        act: &DelegateAct,
    ) -> Result<Option<CaseId>, BankError> {
        match act {
            DelegateAct::StopAll => {
                let whose = (holder_id, StoppedBy::Delegate);
                let done = self.stop_everything_as(ctx, whose, (id.to_string(), None)).await;
                self.note_stopped(ctx, done.map(|done| done.case_id), (id, act)).await.map(Some)
            }
            DelegateAct::Stop(mandate_id) => {
                let mandate = self.mandate_of(holder_id, *mandate_id).await?;
                let case_id = self.case_of_all(ctx, holder_id).await?;
                let under = (StoppedBy::Delegate, case_id, id.to_string());
                let done = self.stop_mandate(ctx, &mandate, under).await;
                self.note_stopped(ctx, done.map(|()| case_id), (id, act)).await.map(Some)
            }
            DelegateAct::StopContract(contract_id) => {
                let kind = load::<Contract>(&self.book, contract_id).await?.kind;
                if !may_stop(kind) {
                    return Err(BankError::NotAvailable);
                }
                let allowed = match self.contract_of(holder_id, *contract_id).await {
                    Ok(_) => Ok(()),
                    Err(error @ BankError::Core(_)) => Err(error),
                    Err(error) => return Err(error),
                };
                let case_id = self.case_of_all(ctx, holder_id).await?;
                let whose = (holder_id, StoppedBy::Delegate);
                let done = self.stop_allowed(ctx, allowed, whose, *contract_id).await;
                self.note_stopped(ctx, done.map(|()| case_id), (id, act)).await.map(Some)
            }
            DelegateAct::Lock(account_id) => {
                self.lock_account_as(ctx, (holder_id, LockedBy::Delegate), *account_id).await?;
                Ok(None)
            }
            DelegateAct::Lower(mandate_id, amounts) => {
                self.lower_caps(ctx, holder_id, *mandate_id, amounts).await?;
                Ok(None)
            }
        }
    }

    /// Writes a stop into its case, also one that the core's silence cut short, and answers as it ended.
    async fn note_stopped(
        &self,
        ctx: &Ctx<'_>,
        done: Result<CaseId, BankError>,
        (id, act): (DelegationId, &DelegateAct),
    ) -> Result<CaseId, BankError> {
        let (Ok(case_id) | Err(BankError::StoppedInPart(case_id))) = done else { return done };
        let mut case: Stored<Case> = load(&self.book, case_id).await?;
        let (by, text) = (id.to_string(), format!("=delegate_{}|{}", act.name(), act.about()));
        let since = later(ctx.now, -HOUR_SECS);
        let last = case.steps.iter().rfind(|step| step.by == by);
        if last.is_some_and(|step| step.text == text && step.at > since) {
            return done;
        }
        case.edit().note(ctx.now, by, text);
        let mut unit = Unit::new();
        unit.update(&case);
        match self.book.commit(unit).await {
            // Somebody else wrote into the case at this moment; the audit log says the same.
            Ok(()) | Err(RecordError::Conflict { .. }) => done,
            Err(error) => Err(error.into()),
        }
    }
}

/// Rent and electricity are for their holder to end: a helper who errs would leave them in the dark.
#[must_use]
pub const fn may_stop(kind: Kind) -> bool {
    matches!(kind, Kind::WebKofuri)
}
