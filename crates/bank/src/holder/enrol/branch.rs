//! Staff at a branch saw the person and their papers, and hand out a code.

use kanuki_desk::staff::activation_hash;
use kanuki_domain::{
    Ctx,
    bank_account::AccountNumber,
    id::{EnrolmentId, encode_base32},
    mandate::later,
};
use kanuki_record::{AuditEntry, Unit, vault::PersonKey};
use kanuki_risk::Kind;

use super::{ACTIVATION_SECS, Enrolment, Progress, Proof};
use crate::{Bank, BankError};

/// Letters of a code that this bank makes up.
const CODE_LETTERS: usize = 16;

/// What staff hand out.
#[derive(Debug)]
pub(crate) struct Activation {
    /// The code.
    pub(crate) code: String,
    /// Until when it can be used.
    pub(crate) until: jiff::Timestamp,
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
        let letters = encode_base32(u128::from_be_bytes(ctx.random())).to_uppercase();
        let code: String = letters.chars().rev().take(CODE_LETTERS).collect();
        self.hand_out(ctx, unit, (account, &code), staff).await
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
        let until = later(ctx.now, ACTIVATION_SECS);
        let enrolment = Enrolment {
            enrolment_id: EnrolmentId::generate(ctx),
            holder_id: Some(holder_id),
            customer_no: None,
            typed_account: self.account_id(account).to_string(),
            proof: Proof::Branch,
            progress: Progress::Waiting,
            browser: None,
            code_hash: Some(activation_hash(&self.vault, code)),
            reference: None,
            attempts: 0,
            expires_at: until,
        };
        unit.insert(&enrolment).audit(
            AuditEntry::new(ctx.now, "branch", "enrolment.handed_out", holder_id).with("by", by),
        );
        Ok(Some(Activation { code: code.to_owned(), until, key: known.key }))
    }

    /// A code from a branch is typed in a browser; the browser may then register a passkey.
    pub async fn use_activation(
        &self,
        ctx: &Ctx<'_>,
        code: &str,
        browser: &str,
    ) -> Result<EnrolmentId, BankError> {
        self.require_few(ctx, Kind::CodeRefused, Vec::new())?;
        let hash = activation_hash(&self.vault, code);
        let found = self.book.find_by::<Enrolment>("code_hash", &hash).await?;
        let usable = found
            .filter(|e| e.proof == Proof::Branch && e.progress != Progress::Done)
            .filter(|e| ctx.now < e.expires_at);
        let Some(mut enrolment) = usable else {
            self.note(ctx, Kind::CodeRefused, Vec::new(), "activation");
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
