//! A contract that whoever looks after the accounts stopped: held until its holder ends it, or until two
//! people let it go on because the holder asks.
//!
//! A delegate may err, or be a thief: what they stop can be undone. Letting it go on loosens, so it takes
//! what releasing a link takes (FT-10): the holder asks at a counter or by telephone, one member of staff
//! writes that down, another agrees.

use jiff::Timestamp;
use kanuki_desk::{DeskError, approval::Approval, case::Case};
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, CaseId, ContractId, HolderId, StaffId},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use super::{Contract, Standing};
use crate::{Bank, BankError, ContractVerb, holder::load};

/// The act of letting a held contract go on.
pub const RESUME: &str = "contract.resume";

impl Contract {
    /// Nothing is ended: the system that keeps it is told to hold it.
    pub(super) fn hold(&mut self, now: Timestamp) {
        self.before_hold = Some(self.standing);
        self.standing = Standing::Held { at: now };
        self.tell_core(now, ContractVerb::Hold);
    }

    /// It is again what it was before.
    fn resume(&mut self, now: Timestamp) {
        self.standing = self.before_hold.take().unwrap_or(Standing::Listed);
        self.tell_core(now, ContractVerb::Resume);
    }

    /// What a list says of it. A hold stays a hold, and ends in what the list said last.
    pub(super) const fn now_listed_as(&mut self, standing: Standing) {
        if self.is_held() {
            self.before_hold = Some(standing);
        } else {
            self.standing = standing;
        }
    }

    /// Whether it is held and was over all the same, says the list: then nobody lets it go on.
    pub(super) const fn was_over(&self) -> bool {
        self.is_held() && matches!(self.before_hold, Some(Standing::Ended { .. }))
    }

    /// Whether it is held.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        matches!(self.standing, Standing::Held { .. })
    }
}

impl Bank {
    /// What is held of the accounts of the holder that a case is about, and may be let go on.
    pub async fn held_contracts(&self, case: &Case) -> Result<Vec<Contract>, BankError> {
        let Ok(holder_id) = case.about.parse::<HolderId>() else { return Ok(Vec::new()) };
        let mut all = self.contracts_of(holder_id).await?;
        all.retain(|contract| contract.is_held() && !contract.was_over());
        Ok(all)
    }

    /// A held contract, for whoever decides about it.
    pub async fn held_contract(&self, id: ContractId) -> Result<Stored<Contract>, BankError> {
        let contract = load::<Contract>(&self.book, id).await?;
        if contract.is_held() { Ok(contract) } else { Err(BankError::NotAvailable) }
    }

    /// Asks that a contract of the holder of this case go on; a second person must agree.
    pub async fn ask_resume_contract(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        (case_id, contract_id): (CaseId, ContractId),
        reason: &str,
    ) -> Result<ApprovalId, BankError> {
        let mut case = load::<Case>(&self.book, case_id).await?;
        let held = self.held_contracts(&case).await?;
        let contract = held.iter().find(|one| one.contract_id == contract_id);
        let contract = contract.ok_or(BankError::NotAvailable)?;
        // Of this hold: one that comes later is none of its business.
        let approval = Approval::ask(ctx, by, RESUME, contract_id, reason);
        let approval = approval.ending(Some(contract.orders));
        case.edit().note(ctx.now, by, format!("=contract_resume_asked|{contract_id}"));
        let mut unit = Unit::new();
        unit.insert(&approval).update(&case).audit(
            AuditEntry::new(ctx.now, by, "contract.resume_asked", contract_id)
                .with("reason", reason),
        );
        match self.book.commit(unit).await {
            Ok(()) => Ok(approval.approval_id),
            Err(RecordError::Duplicate { .. }) => Err(BankError::NotAvailable),
            Err(error) => Err(error.into()),
        }
    }

    /// The second person agrees, or anybody declines. The contract goes on in the unit that says so.
    pub(crate) async fn decide_resume(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        mut approval: Stored<Approval>,
        agrees: bool,
    ) -> Result<(), BankError> {
        let id: ContractId = approval.subject.parse().map_err(|_| BankError::NotAvailable)?;
        let mut unit = Unit::new();
        let act = if agrees {
            let mut contract = load::<Contract>(&self.book, id).await?;
            let is_same = Some(contract.orders) == approval.generation;
            if !contract.is_held() || contract.was_over() || !is_same {
                return Err(DeskError::Decided.into());
            }
            approval.edit().approve(by, ctx.now)?;
            contract.edit().resume(ctx.now);
            unit.update(&contract);
            let details = self.open_details(ctx, &contract).await?;
            let core = self.core.find_by_account(&details.account).await?;
            let known = self.meet_holder(ctx, core.ok_or(BankError::NotAvailable)?).await?;
            self.tell_of_contract(ctx, &mut unit, &known, ("contract_resumed", &contract))?;
            "contract.resumed"
        } else {
            approval.edit().decline(by, ctx.now)?;
            "contract.resume_declined"
        };
        unit.update(&approval)
            .audit(AuditEntry::new(ctx.now, by, act, id).with("asked_by", approval.asked_by));
        Ok(self.book.commit(unit).await?)
    }
}
