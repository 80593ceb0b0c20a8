//! A holder without a passkey registers one: at a branch, by a call from the number on file, or
//! by a code from the bank's ATM.
//!
//! Knowing an account number starts an enrolment and proves nothing. Whether the account exists is
//! never told: the pages, words and steps are the same. A PIN, birth date or balance is not asked.

use jiff::Timestamp;
use kanuki_desk::{authenticator::Authenticator, outbox::Content, staff::activation_hash};
use kanuki_domain::{
    Ctx,
    bank_account::AccountNumber,
    id::{EnrolmentId, HolderId},
    mandate::{Route, later},
};
use kanuki_passkey::RegistrationState;
use kanuki_record::{AuditEntry, Stored, Unit, record};
use kanuki_risk::{Key, Kind};
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    holder::{keys_of, load},
};

/// How long an enrolment waits for its call or code.
const WAIT_SECS: i64 = 15 * 60;
/// How long an activation from a branch is valid.
const ACTIVATION_SECS: i64 = 14 * 86_400;
/// How often a code may be typed wrong before the enrolment ends.
const ATTEMPTS_MAX: u32 = 5;

/// How the enrolment is to be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Staff saw the person at a branch and handed out a code.
    Branch,
    /// A call from the telephone number on file, typing the reference shown on the page.
    Call,
    /// A code printed by the bank's ATM, typed on the page.
    Atm,
}

/// Where an enrolment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Waits for its call or code.
    Waiting,
    /// Proven: a passkey may be registered.
    Proven,
    /// A passkey was registered.
    Done,
}

/// One attempt to register a passkey.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Enrolment {
    /// Its id.
    pub enrolment_id: EnrolmentId,
    /// Whose, once it is proven or was handed out at a branch.
    pub holder_id: Option<HolderId>,
    /// The core's customer number, if the account exists.
    #[serde(default)]
    customer_no: Option<String>,
    /// The account that was typed, blinded, whether or not it exists: wrong codes count for it.
    #[serde(default)]
    typed_account: String,
    /// How it is to be proven.
    pub proof: Proof,
    /// Where it stands.
    pub progress: Progress,
    /// The browser it belongs to, blinded; none until an activation is used.
    pub browser: Option<String>,
    code_hash: Option<String>,
    /// What to type when calling, for the page that asks for the call. Worth nothing without the
    /// telephone on file.
    pub reference: Option<String>,
    /// Wrong codes so far.
    pub attempts: u32,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

record! { Enrolment => "enrolment" by |e| e.enrolment_id.to_string();
    unique code_hash = |e| e.code_hash.clone();
    many waiting_for = |e| match e.progress {
        Progress::Waiting => e.customer_no.clone(),
        Progress::Proven | Progress::Done => None,
    };
}

/// Digits that a person types into a telephone or reads from a slip.
fn digits(ctx: &Ctx<'_>, count: usize) -> String {
    let mut left = u128::from_be_bytes(ctx.random());
    let mut text = String::with_capacity(count);
    for _ in 0..count {
        text.push(char::from_digit(u32::try_from(left % 10).unwrap_or(0), 10).unwrap_or('0'));
        left = left.wrapping_div(10);
    }
    text
}

impl Bank {
    /// Starts an enrolment from a browser. Returns the reference to type when calling.
    ///
    /// The answer is the same whether or not the account exists.
    pub async fn start_enrolment(
        &self,
        ctx: &Ctx<'_>,
        account: &AccountNumber,
        proof: Proof,
        browser: &str,
    ) -> Result<(EnrolmentId, String), BankError> {
        let account_id = self.account_id(account).to_string();
        let keys = vec![Key::Device(browser.to_owned()), Key::Account(account_id.clone())];
        self.require_calm(ctx, Kind::EnrolmentStarted, keys, &account_id)?;
        // The holder is met only by the proof: until then both kinds of account cost the same.
        let found = self.core.find_by_account(account).await?;
        let reference = digits(ctx, 8);
        let enrolment = Enrolment {
            enrolment_id: EnrolmentId::generate(ctx),
            holder_id: None,
            customer_no: found.map(|core| core.customer_no),
            typed_account: account_id,
            proof,
            progress: Progress::Waiting,
            browser: Some(browser.to_owned()),
            // Only a call is answered with the reference; an ATM code is made at the ATM.
            code_hash: (proof == Proof::Call).then(|| activation_hash(&self.vault, &reference)),
            reference: (proof == Proof::Call).then(|| reference.clone()),
            attempts: 0,
            expires_at: later(ctx.now, WAIT_SECS),
        };
        let mut unit = Unit::new();
        unit.insert(&enrolment).audit(AuditEntry::new(
            ctx.now,
            "visitor",
            "enrolment.started",
            enrolment.enrolment_id,
        ));
        self.book.commit(unit).await?;
        Ok((enrolment.enrolment_id, reference))
    }

    /// The telephone exchange reports a call: `from` is the caller's number as the network gives
    /// it, `reference` what was typed. True if an enrolment was proven by it.
    pub async fn call_received(
        &self,
        ctx: &Ctx<'_>,
        from: &str,
        reference: &str,
    ) -> Result<bool, BankError> {
        let hash = activation_hash(&self.vault, reference);
        let Some(mut enrolment) = self.book.find_by::<Enrolment>("code_hash", &hash).await? else {
            return Ok(false);
        };
        let (Some(customer_no), true) = (
            enrolment.customer_no.clone(),
            enrolment.progress == Progress::Waiting
                && enrolment.proof == Proof::Call
                && ctx.now < enrolment.expires_at,
        ) else {
            return Ok(false);
        };
        let Some(core) = self.core.find_customer(&customer_no).await? else { return Ok(false) };
        let on_file = core.phone.as_ref().map(|p| fold(p.expose())).unwrap_or_default();
        if on_file.is_empty() || on_file != fold(from) {
            return Ok(false);
        }
        let holder_id = self.meet_holder(ctx, core).await?.holder.holder_id;
        enrolment.edit().holder_id = Some(holder_id);
        enrolment.edit().progress = Progress::Proven;
        let mut unit = Unit::new();
        unit.update(&enrolment).audit(AuditEntry::new(
            ctx.now,
            holder_id,
            "enrolment.called",
            enrolment.enrolment_id,
        ));
        self.book.commit(unit).await?;
        Ok(true)
    }

    /// The bank's ATM, after card and PIN, asks for a code to print for the newest enrolment that
    /// waits for one on this account.
    pub async fn atm_code(
        &self,
        ctx: &Ctx<'_>,
        account: &AccountNumber,
    ) -> Result<Option<String>, BankError> {
        let Some(customer) = self.core.find_by_account(account).await? else { return Ok(None) };
        let waiting = self.book.list::<Enrolment>("waiting_for", &customer.customer_no).await?;
        let Some(mut enrolment) =
            waiting.into_iter().find(|e| e.proof == Proof::Atm && ctx.now < e.expires_at)
        else {
            return Ok(None);
        };
        let holder_id = self.meet_holder(ctx, customer).await?.holder.holder_id;
        let code = digits(ctx, 10);
        enrolment.edit().holder_id = Some(holder_id);
        enrolment.edit().code_hash = Some(activation_hash(&self.vault, &code));
        let mut unit = Unit::new();
        unit.update(&enrolment).audit(AuditEntry::new(
            ctx.now,
            holder_id,
            "enrolment.code_printed",
            enrolment.enrolment_id,
        ));
        self.book.commit(unit).await?;
        Ok(Some(code))
    }

    /// Staff at a branch saw the holder of `account` in person: returns the code to hand out.
    pub async fn activate_at_branch(
        &self,
        ctx: &Ctx<'_>,
        account: &AccountNumber,
        code: &str,
    ) -> Result<(), BankError> {
        let customer = self.core.find_by_account(account).await?.ok_or(BankError::NotAvailable)?;
        let holder_id = self.meet_holder(ctx, customer).await?.holder.holder_id;
        let hash = activation_hash(&self.vault, code);
        if self.book.find_by::<Enrolment>("code_hash", &hash).await?.is_some() {
            return Ok(());
        }
        let enrolment = Enrolment {
            enrolment_id: EnrolmentId::generate(ctx),
            holder_id: Some(holder_id),
            customer_no: None,
            typed_account: self.account_id(account).to_string(),
            proof: Proof::Branch,
            progress: Progress::Waiting,
            browser: None,
            code_hash: Some(hash),
            reference: None,
            attempts: 0,
            expires_at: later(ctx.now, ACTIVATION_SECS),
        };
        let mut unit = Unit::new();
        unit.insert(&enrolment).audit(AuditEntry::new(
            ctx.now,
            "branch",
            "enrolment.handed_out",
            holder_id,
        ));
        Ok(self.book.commit(unit).await?)
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

    /// An enrolment of this browser.
    pub async fn enrolment(
        &self,
        ctx: &Ctx<'_>,
        id: EnrolmentId,
        browser: &str,
    ) -> Result<Stored<Enrolment>, BankError> {
        let enrolment = load::<Enrolment>(&self.book, id).await?;
        let is_here = enrolment.browser.as_deref() == Some(browser);
        if is_here && ctx.now < enrolment.expires_at {
            Ok(enrolment)
        } else {
            Err(BankError::NotAvailable)
        }
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

    /// Options to register a passkey for a proven enrolment.
    pub async fn start_registration(
        &self,
        ctx: &Ctx<'_>,
        id: EnrolmentId,
        browser: &str,
    ) -> Result<(String, RegistrationState), BankError> {
        let holder_id = self.proven(ctx, id, browser).await?.1;
        let existing = keys_of(&self.passkeys(holder_id).await?);
        let handle = holder_id.bits().to_be_bytes();
        // The label in the device's passkey list must not carry a name or an account number.
        let label = format!("{} お客さま", self.config.name);
        Ok(self.rp.start_registration(handle, &label, &label, &existing)?)
    }

    /// Registers the passkey and tells the holder through every contact on file.
    pub async fn finish_registration(
        &self,
        ctx: &Ctx<'_>,
        id: EnrolmentId,
        browser: &str,
        response: &str,
        state: &RegistrationState,
    ) -> Result<HolderId, BankError> {
        let (mut enrolment, holder_id) = self.proven(ctx, id, browser).await?;
        let passkey = self.rp.finish_registration(response, state)?;
        let route = match enrolment.proof {
            Proof::Branch => Route::Passkey,
            Proof::Call => Route::Call,
            Proof::Atm => Route::Atm,
        };
        let known = self.known(holder_id).await?;
        let authenticator = Authenticator::register(ctx, holder_id, passkey, "passkey", route);
        enrolment.edit().progress = Progress::Done;
        let mut unit = Unit::new();
        unit.update(&enrolment).insert(&authenticator).audit(
            AuditEntry::new(ctx.now, holder_id, "holder.passkey_added", holder_id)
                .with("authenticator", authenticator.authenticator_id),
        );
        let stops = authenticator.authenticator_id;
        self.tell(&mut unit, ctx, &known, stops, Content::new("passkey_added"))?;
        self.book.commit(unit).await?;
        Ok(holder_id)
    }

    async fn proven(
        &self,
        ctx: &Ctx<'_>,
        id: EnrolmentId,
        browser: &str,
    ) -> Result<(Stored<Enrolment>, HolderId), BankError> {
        let enrolment = self.enrolment(ctx, id, browser).await?;
        match (enrolment.progress, enrolment.holder_id) {
            (Progress::Proven, Some(holder_id)) => Ok((enrolment, holder_id)),
            _ => Err(BankError::NotAvailable),
        }
    }
}

fn fold(phone: &str) -> String {
    kanuki_formats::phone::fold_phone(phone).unwrap_or_default()
}
