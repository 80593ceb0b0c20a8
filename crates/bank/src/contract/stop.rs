//! The system that keeps a contract is told to stop, hold or resume it, until it answers.

use kanuki_desk::case::{Case, CaseKind};
use kanuki_domain::{Ctx, Masked, limits::ASK_AGAIN_SECS, mandate::later};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};

use super::{Contract, StopOrder};
use crate::{
    Bank, BankError, ContractAnswer, ContractOrder, ContractVerb, CoreError, waiting::waiting,
};

/// Longest time between two questions.
const RETRY_SECS_MAX: i64 = 900;

impl Bank {
    /// Passes on every stop that is due. Called by the worker; one failing does not stop others.
    /// Says how many were answered.
    pub async fn drive_contract_stops(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let mut answered: usize = 0;
        for contract in waiting::<Contract>(&self.book, "asked", "asked").await? {
            let id = contract.contract_id;
            let Some(StopOrder::Asked { next_at, .. }) = contract.order else { continue };
            if next_at > ctx.now {
                continue;
            }
            match self.pass_on(ctx, contract).await {
                Ok(true) => answered = answered.saturating_add(1),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, contract.id = %id, "a stop waits"),
            }
        }
        Ok(answered)
    }

    async fn pass_on(&self, ctx: &Ctx<'_>, contract: Stored<Contract>) -> Result<bool, BankError> {
        let details = self.open_details(ctx, &contract).await?;
        let order = ContractOrder {
            id: format!("{}-{}", contract.contract_id, contract.orders),
            verb: contract.verb,
            number: contract.orders,
            kind: contract.kind,
            collector_code: contract.collector_code.clone(),
            contract_no: Masked::new(details.contract_no),
            account: details.account,
            account_type: details.account_type.digit(),
        };
        let answer = self.core.order_contract(&order).await;
        self.note_answer(ctx, contract, answer).await
    }

    async fn note_answer(
        &self,
        ctx: &Ctx<'_>,
        mut contract: Stored<Contract>,
        answer: Result<ContractAnswer, CoreError>,
    ) -> Result<bool, BankError> {
        let Some(StopOrder::Asked { at, tries, case_id, .. }) = contract.order else {
            return Ok(false);
        };
        let id = contract.contract_id;
        let mut unit = Unit::new();
        let open = |unit: &mut Unit, text: &str| {
            let mut case = Case::open(ctx, CaseKind::Contract, id, None);
            case.note(ctx.now, "system", text);
            unit.insert(&case);
            case.case_id
        };
        let next = match answer {
            Ok(ContractAnswer::Done) => {
                unit.audit(AuditEntry::new(ctx.now, "core", answered(contract.verb), id));
                StopOrder::Done { at: ctx.now }
            }
            Ok(ContractAnswer::ByHand) => {
                let case_id = case_id.unwrap_or_else(|| open(&mut unit, to_do(contract.verb)));
                let entry = AuditEntry::new(ctx.now, "core", "contract.stop_by_hand", id);
                unit.audit(entry.with("case", case_id).with("verb", contract.verb.name()));
                StopOrder::ByHand { at: ctx.now, case_id }
            }
            Err(CoreError::Unknown) => {
                let is_late = case_id.is_none() && ctx.now >= later(at, ASK_AGAIN_SECS);
                let text = "=contract_unanswered|";
                let case_id = if is_late { Some(open(&mut unit, text)) } else { case_id };
                let tries = tries.saturating_add(1);
                let wait = 1_i64.checked_shl(tries.min(20)).unwrap_or(RETRY_SECS_MAX);
                let next_at = later(ctx.now, wait.min(RETRY_SECS_MAX));
                StopOrder::Asked { at, next_at, tries, case_id }
            }
        };
        contract.edit().order = Some(next);
        unit.update(&contract);
        match self.book.commit(unit).await {
            Ok(()) => Ok(answer.is_ok()),
            // Another worker noted an answer at the same moment.
            Err(RecordError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// How the audit log names an answer.
const fn answered(verb: ContractVerb) -> &'static str {
    match verb {
        ContractVerb::Stop => "contract.stop_answered",
        ContractVerb::Hold => "contract.hold_answered",
        ContractVerb::Resume => "contract.resume_answered",
    }
}

/// What people are to do about a contract that the core leaves to them. One that whoever looks after
/// the accounts stopped is not ended over its holder's head: staff call the holder and ask.
const fn to_do(verb: ContractVerb) -> &'static str {
    match verb {
        ContractVerb::Stop => "=contract_stop_by_hand|",
        ContractVerb::Hold => "=contract_hold_by_hand|",
        ContractVerb::Resume => "=contract_resume_by_hand|",
    }
}
