//! A code that the bank's machine prints, after card and PIN, for the page whose reference was typed
//! at the machine.

use kanuki_desk::staff::activation_hash;
use kanuki_domain::{Ctx, bank_account::AccountNumber, id::EnrolmentId};
use kanuki_record::{AuditEntry, Unit, vault::PersonKey};
use kanuki_risk::{Key, Kind};

use super::{ATTEMPTS_MAX, Progress, Proof, digits};
use crate::{Bank, BankError};

/// Digits of the code.
const CODE_DIGITS: usize = 10;

/// What the machine prints.
#[derive(Debug)]
pub(crate) struct Slip {
    /// To be typed on the page.
    pub(crate) code: String,
    /// The key of the person whose card it was.
    pub(crate) key: PersonKey,
}

impl Bank {
    /// The bank's ATM, after card and PIN, asks for a code to print for the page whose `reference`
    /// was typed at it. Without the reference, a stranger who starts another enrolment for the same
    /// account would be handed the holder's code.
    pub async fn atm_code(
        &self,
        ctx: &Ctx<'_>,
        account: &AccountNumber,
        reference: &str,
    ) -> Result<Option<String>, BankError> {
        let mut unit = Unit::new();
        let slip = self.print_code(ctx, &mut unit, account, reference).await?;
        self.book.commit(unit).await?;
        Ok(slip.map(|slip| slip.code))
    }

    /// The same, as part of `unit`. Asked again, for a jammed printer, it prints a new code and the
    /// old one is void.
    pub(crate) async fn print_code(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        account: &AccountNumber,
        reference: &str,
    ) -> Result<Option<Slip>, BankError> {
        let Some(customer) = self.core.find_by_account(account).await? else { return Ok(None) };
        let waiting = self.waiting_for(ctx, Proof::Atm, reference).await?;
        let is_theirs = |no: &Option<String>| no.as_ref() == Some(&customer.customer_no);
        let Some(mut enrolment) = waiting.into_iter().find(|e| is_theirs(&e.customer_no)) else {
            return Ok(None);
        };
        let known = self.meet_holder(ctx, customer).await?;
        let holder_id = known.holder.holder_id;
        let code = digits(ctx, CODE_DIGITS);
        enrolment.edit().holder_id = Some(holder_id);
        enrolment.edit().code_hash = Some(activation_hash(&self.vault, &code));
        let id = enrolment.enrolment_id;
        unit.update(&enrolment).audit(AuditEntry::new(
            ctx.now,
            holder_id,
            "enrolment.code_printed",
            id,
        ));
        Ok(Some(Slip { code, key: known.key }))
    }

    /// The code from the ATM is typed on the page. Wrong codes are counted, and five end it.
    pub async fn enter_atm_code(
        &self,
        ctx: &Ctx<'_>,
        id: EnrolmentId,
        browser: &str,
        code: &str,
    ) -> Result<(), BankError> {
        let mut enrolment = self.enrolment(ctx, id, browser).await?;
        if enrolment.progress != Progress::Waiting || enrolment.proof != Proof::Atm {
            return Err(BankError::NotAvailable);
        }
        if enrolment.attempts >= ATTEMPTS_MAX {
            return Err(BankError::TooMany);
        }
        let typed = activation_hash(&self.vault, code);
        // Both sides are keyed hashes, so comparing them tells nothing about the code.
        let is_right = enrolment.code_hash.as_deref() == Some(&typed);
        // Only wrong codes are limited, and alike for accounts that do not exist: a stranger can
        // neither lock a holder out nor learn anything.
        let mut answer = Ok(());
        if is_right {
            enrolment.edit().progress = Progress::Proven;
        } else {
            let keys = vec![Key::Account(enrolment.typed_account.clone())];
            let few = self.require_few(ctx, Kind::CodeRefused, keys.clone());
            answer = few.and(Err(BankError::NotAvailable));
            let attempts = enrolment.attempts.saturating_add(1);
            enrolment.edit().attempts = attempts;
            self.note(ctx, Kind::CodeRefused, keys, &id.to_string());
        }
        let mut unit = Unit::new();
        unit.update(&enrolment);
        let act = if is_right { "enrolment.code_accepted" } else { "enrolment.code_refused" };
        unit.audit(AuditEntry::new(ctx.now, "visitor", act, id));
        self.book.commit(unit).await?;
        answer
    }
}
