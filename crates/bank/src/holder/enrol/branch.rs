//! Staff at a branch saw the person and their papers, and hand out a code.

use kanuki_desk::staff::activation_hash;
use kanuki_domain::{
    Ctx,
    bank_account::AccountNumber,
    id::{EnrolmentId, encode_base32},
    mandate::later,
    route::Route,
};
use kanuki_record::{AuditEntry, Unit, vault::PersonKey};
use kanuki_risk::{Key, Kind};

use super::{Enrolment, Progress, Purpose};
use crate::{Bank, BankError, attempt::Failure, holder::load, mandate::Mandate};

/// Letters of a code that this bank makes up.
const CODE_LETTERS: usize = 16;

fn counter_code(ctx: &Ctx<'_>) -> String {
    let letters = encode_base32(u128::from_be_bytes(ctx.random())).to_uppercase();
    letters.chars().rev().take(CODE_LETTERS).collect()
}

/// What staff hand out.
#[derive(Debug)]
pub(crate) struct Activation {
    /// The code.
    pub(crate) code: String,
    /// Until when it can be used.
    pub(crate) until: jiff::Timestamp,
    /// Which company's link it confirms, if it is not for a passkey.
    pub(crate) partner: Option<String>,
    /// The key of the person.
    pub(crate) key: PersonKey,
}

impl Bank {
    /// Staff at a branch saw the holder of `account` in person and hand out `code`. The same code
    /// again changes nothing.
    pub async fn activate_at_branch(
        &self,
        ctx: &Ctx<'_>,
        account: &AccountNumber,
        code: &str,
    ) -> Result<(), BankError> {
        let hash = activation_hash(&self.vault, code);
        if self.book.find_by::<Enrolment>("code_hash", &hash).await?.is_some() {
            return Ok(());
        }
        let mut unit = Unit::new();
        let handed = self.hand_out(ctx, &mut unit, (account, code), "branch").await?;
        handed.ok_or(BankError::NotAvailable)?;
        Ok(self.book.commit(unit).await?)
    }

    /// The same with a code of the bank's making, handed out by a named member of staff; none
    /// without such an account.
    pub(crate) async fn make_activation(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        account: &AccountNumber,
        staff: &str,
    ) -> Result<Option<Activation>, BankError> {
        self.hand_out(ctx, unit, (account, &counter_code(ctx)), staff).await
    }

    /// The same for the page whose `reference` the person brought: the code confirms a link there,
    /// and staff are told whose, so that they can ask.
    pub(crate) async fn make_confirmation(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (account, reference): (&AccountNumber, &str),
        staff: &str,
    ) -> Result<Option<Activation>, BankError> {
        let Some(customer) = self.core.find_by_account(account).await? else { return Ok(None) };
        let waiting = self.waiting_for(ctx, Route::Branch, reference).await?;
        let is_theirs = |no: &Option<String>| no.as_ref() == Some(&customer.customer_no);
        let found = waiting.into_iter().filter(|e| is_theirs(&e.customer_no)).find_map(|e| {
            let purpose = e.purpose;
            match purpose {
                Purpose::Confirm { mandate_id } => Some((e, mandate_id)),
                Purpose::Enrol => None,
            }
        });
        let Some((mut enrolment, mandate_id)) = found else { return Ok(None) };
        let key = self.meet_holder(ctx, customer).await?.key;
        let partner = load::<Mandate>(&self.book, mandate_id).await?.partner_name.clone();
        let code = counter_code(ctx);
        enrolment.edit().code_hash = Some(activation_hash(&self.vault, &code));
        let until = enrolment.expires_at;
        unit.update(&enrolment).audit(
            AuditEntry::new(ctx.now, "branch", "mandate.code_handed_out", mandate_id)
                .with("by", staff),
        );
        Ok(Some(Activation { code, until, partner: Some(partner), key }))
    }

    async fn hand_out(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (account, code): (&AccountNumber, &str),
        by: &str,
    ) -> Result<Option<Activation>, BankError> {
        let Some(customer) = self.core.find_by_account(account).await? else { return Ok(None) };
        let known = self.meet_holder(ctx, customer).await?;
        let holder_id = known.holder.holder_id;
        let until = later(ctx.now, Route::Branch.rule().wait_secs);
        let enrolment = Enrolment {
            enrolment_id: EnrolmentId::generate(ctx),
            holder_id: Some(holder_id),
            customer_no: None,
            typed_account: self.account_id(account).to_string(),
            started_at: Some(ctx.now),
            proof: Route::Branch,
            purpose: Purpose::Enrol,
            progress: Progress::Waiting,
            browser: None,
            code_hash: Some(activation_hash(&self.vault, code)),
            reference: None,
            attempts: 0,
            expires_at: until,
            letter_due: false,
        };
        unit.insert(&enrolment).audit(
            AuditEntry::new(ctx.now, "branch", "enrolment.handed_out", holder_id).with("by", by),
        );
        Ok(Some(Activation { code: code.to_owned(), until, partner: None, key: known.key }))
    }

    /// A code from a branch is typed in a browser; the browser may then register a passkey.
    pub async fn use_activation(
        &self,
        ctx: &Ctx<'_>,
        code: &str,
        browser: &str,
    ) -> Result<EnrolmentId, BankError> {
        let keys = vec![Key::Device(browser.to_owned())];
        self.require_few(ctx, Kind::CodeRefused, keys.clone())?;
        let hash = activation_hash(&self.vault, code);
        let found = self.book.find_by::<Enrolment>("code_hash", &hash).await?;
        let usable = found
            .filter(|e| e.proof == Route::Branch && e.purpose == Purpose::Enrol)
            .filter(|e| e.progress != Progress::Done)
            .filter(|e| ctx.now < e.expires_at);
        let Some(mut enrolment) = usable else {
            let failure = Failure::new(Kind::CodeRefused, keys, "activation");
            self.failed(ctx, failure.typed("activation", code, code.len() >= 6)).await?;
            return Err(BankError::NotAvailable);
        };
        enrolment.edit().progress = Progress::Proven;
        enrolment.edit().browser = Some(browser.to_owned());
        let mut unit = Unit::new();
        unit.update(&enrolment);
        self.book.commit(unit).await?;
        Ok(enrolment.enrolment_id)
    }
}
