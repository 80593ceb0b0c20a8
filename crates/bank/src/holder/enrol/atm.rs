//! A code that the bank's machine prints, after card and PIN, for the page whose reference was typed
//! at the machine.

use kanuki_desk::staff::activation_hash;
use kanuki_domain::{Ctx, bank_account::AccountNumber, route::Route};
use kanuki_record::{AuditEntry, Unit, vault::PersonKey};

use super::{CODE_DIGITS, Purpose, digits};
use crate::{Bank, BankError, channel::Confirms, holder::load, mandate::Mandate};

/// What the machine prints.
#[derive(Debug)]
pub(crate) struct Slip {
    /// To be typed on the page.
    pub(crate) code: String,
    /// Which link it confirms, to be printed above it; none for a passkey.
    pub(crate) confirms: Option<Confirms>,
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
        let waiting = self.waiting_for(ctx, Route::Atm, reference).await?;
        let is_theirs = |no: &Option<String>| no.as_ref() == Some(&customer.customer_no);
        let Some(mut enrolment) = waiting.into_iter().find(|e| is_theirs(&e.customer_no)) else {
            return Ok(None);
        };
        let known = self.meet_holder(ctx, customer).await?;
        let holder_id = known.holder.holder_id;
        let code = digits(ctx, CODE_DIGITS);
        enrolment.edit().holder_id = Some(holder_id);
        enrolment.edit().code_hash = Some(activation_hash(&self.vault, &code));
        let confirms = match enrolment.purpose {
            Purpose::Confirm { mandate_id } => {
                Some(Confirms::of(&*load::<Mandate>(&self.book, mandate_id).await?))
            }
            Purpose::Enrol | Purpose::Look => None,
        };
        let id = enrolment.enrolment_id;
        unit.update(&enrolment).audit(AuditEntry::new(
            ctx.now,
            holder_id,
            "enrolment.code_printed",
            id,
        ));
        Ok(Some(Slip { code, confirms, key: known.key }))
    }
}
