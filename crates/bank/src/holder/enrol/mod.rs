//! A holder without a passkey registers one: at a branch, by a call from the number on file, by a
//! code from the bank's ATM or from a letter. The same channels confirm a link that rests on a code.
//!
//! Knowing an account number starts an enrolment and proves nothing. Whether the account exists is
//! never told: the pages, words and steps are the same. A PIN, birth date or balance is not asked.
//!
//! The page shows a reference. Whoever proves something at a telephone or a machine types it there,
//! and staff at a counter do, so that what is proven belongs to this page and to no other that waits
//! for the same account.

mod atm;
mod branch;
mod call;
pub mod card;
mod code;
mod post;
mod register;

pub(crate) use post::UNDER_WAY_SECS as LETTER_UNDER_WAY_SECS;

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    bank_account::AccountNumber,
    id::{AuthenticatorId, EnrolmentId, HolderId, MandateId},
    mandate::later,
    route::{Route, SecondChannel},
    typed,
};
use kanuki_record::{AuditEntry, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    holder::{Known, load},
};

/// How often a code may be typed wrong before the enrolment ends.
const ATTEMPTS_MAX: u32 = 5;
/// Digits of a code from a machine or a letter.
const CODE_DIGITS: usize = 10;
/// Digits of the reference that a page shows.
const REFERENCE_DIGITS: usize = 8;

/// What the proof is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Purpose {
    /// A passkey.
    #[default]
    Enrol,
    /// To look at what is linked and to stop it; never a passkey.
    Look,
    /// To confirm a link that rests on a code, through a second channel.
    Confirm {
        /// Which link.
        mandate_id: MandateId,
    },
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
    /// Whose, once somebody proved something or was handed a code for it.
    pub holder_id: Option<HolderId>,
    /// The core's customer number, if the account exists.
    #[serde(default)]
    customer_no: Option<String>,
    /// The account that was typed, blinded, whether or not it exists: wrong codes count for it.
    #[serde(default)]
    typed_account: String,
    /// When it was started.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// How it is to be proven.
    pub proof: Route,
    /// What the proof is for.
    #[serde(default)]
    pub purpose: Purpose,
    /// Where it stands.
    pub progress: Progress,
    /// The browser it belongs to, blinded; none where its page is a link's.
    pub browser: Option<String>,
    code_hash: Option<String>,
    /// What to type at the telephone or the machine, for the page that asks for it. Worth nothing
    /// without the telephone on file or the card.
    pub reference: Option<String>,
    /// Wrong codes so far.
    pub attempts: u32,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// It waits for its letter to be written.
    #[serde(default)]
    letter_due: bool,
    /// The passkey that it led to.
    #[serde(default)]
    pub(crate) made: Option<AuthenticatorId>,
}

record! { Enrolment => "enrolment" by |e| e.enrolment_id.to_string();
    unique code_hash = |e| e.code_hash.clone();
    many typed_account = |e| Some(e.typed_account.clone());
    many proven_account = |e| match e.progress {
        Progress::Waiting => None,
        Progress::Proven | Progress::Done => Some(e.typed_account.clone()),
    };
    many waiting_reference = |e| match e.progress {
        Progress::Waiting => e.reference.clone(),
        Progress::Proven | Progress::Done => None,
    };
    many browser = |e| e.browser.clone();
    many confirms = |e| match e.purpose {
        Purpose::Confirm { mandate_id } => Some(mandate_id.to_string()),
        Purpose::Enrol | Purpose::Look => None,
    };
    many letter_due = |e| (e.letter_due && e.customer_no.is_some()).then(|| "due".to_owned());
}

impl Enrolment {
    /// Whether a code can still be typed here. Wrong codes elsewhere change nothing about it: a stranger
    /// who uses up an account's tries keeps nobody from typing the right one.
    #[must_use]
    pub const fn has_tries_left(&self) -> bool {
        self.attempts < ATTEMPTS_MAX
    }

    /// One that a browser starts for an account that may not exist.
    fn waiting(
        ctx: &Ctx<'_>,
        (typed_account, customer_no): (String, Option<String>),
        proof: Route,
        browser: &str,
    ) -> Self {
        Self {
            enrolment_id: EnrolmentId::generate(ctx),
            holder_id: None,
            customer_no,
            typed_account,
            started_at: Some(ctx.now),
            proof,
            purpose: Purpose::Enrol,
            progress: Progress::Waiting,
            browser: Some(browser.to_owned()),
            code_hash: None,
            reference: None,
            attempts: 0,
            expires_at: later(ctx.now, proof.rule().wait_secs),
            letter_due: proof == Route::Post,
            made: None,
        }
    }

    /// One that confirms a link through a second channel; its page is the link's, not a browser's.
    pub(crate) fn confirming(
        ctx: &Ctx<'_>,
        known: &Known,
        (mandate_id, second): (MandateId, SecondChannel),
        until: Timestamp,
    ) -> Self {
        Self {
            enrolment_id: EnrolmentId::generate(ctx),
            holder_id: Some(known.holder.holder_id),
            customer_no: Some(known.holder.customer_no.clone()),
            typed_account: String::new(),
            started_at: Some(ctx.now),
            proof: second.route(),
            purpose: Purpose::Confirm { mandate_id },
            progress: Progress::Waiting,
            browser: None,
            code_hash: None,
            reference: Some(digits(ctx, REFERENCE_DIGITS)),
            attempts: 0,
            expires_at: until,
            letter_due: false,
            made: None,
        }
    }

    /// A code was printed, written or handed out for it.
    pub(crate) const fn has_code(&self) -> bool {
        self.code_hash.is_some()
    }

    /// Ends it now: its code and what it proved are worth nothing any more.
    pub(crate) fn end(&mut self, now: Timestamp) {
        self.expires_at = self.expires_at.min(now);
    }
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
    /// Starts an enrolment from a browser. Returns the reference to type at telephone or machine, or
    /// to bring to a counter.
    ///
    /// The answer is the same whether or not the account exists.
    pub async fn start_enrolment(
        &self,
        ctx: &Ctx<'_>,
        account: &AccountNumber,
        proof: Route,
        browser: &str,
    ) -> Result<(EnrolmentId, String), BankError> {
        self.start_for(ctx, account, (proof, Purpose::Enrol), browser).await
    }

    /// The same for any purpose that a stranger's browser may begin.
    pub(crate) async fn start_for(
        &self,
        ctx: &Ctx<'_>,
        account: &AccountNumber,
        (proof, purpose): (Route, Purpose),
        browser: &str,
    ) -> Result<(EnrolmentId, String), BankError> {
        if matches!(proof, Route::Passkey | Route::Jpki) {
            return Err(BankError::NotAvailable);
        }
        let account_id = self.account_id(account).to_string();
        // Nothing leaves the bank when somebody begins to look by telephone or machine, so neighbours
        // who walk over accounts must not close that way to a holder who wants to stop.
        let has_neighbours = purpose != Purpose::Look || proof == Route::Post;
        let whose = (browser, account_id.as_str());
        // A look only tightens: no list of accounts may keep its holder from stopping things.
        let is_real = self.may_come_to_something(ctx, whose, has_neighbours).await?
            || purpose == Purpose::Look;
        // Whom staff look in the face, no guess can stand in for.
        // A look only tightens: what strangers guess elsewhere must not close the way to a stop.
        if proof.rests_on_a_code() && purpose != Purpose::Look {
            self.require_code_routes(ctx).await?;
        }
        // The holder is met only by the proof: until then both kinds of account cost the same, also
        // in questions to a core that is a network away.
        let customer_no = self.core.find_owner(account).await?.filter(|_| is_real);
        let mut enrolment = Enrolment::waiting(ctx, (account_id, customer_no), proof, browser);
        enrolment.purpose = purpose;
        let reference = digits(ctx, REFERENCE_DIGITS);
        enrolment.reference = Some(reference.clone());
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

    /// The enrolments that wait for `proof` under `reference`, as somebody typed it.
    async fn waiting_for(
        &self,
        ctx: &Ctx<'_>,
        proof: Route,
        reference: &str,
    ) -> Result<Vec<Stored<Enrolment>>, BankError> {
        let typed: String = typed::digits(reference).chars().filter(char::is_ascii_digit).collect();
        let found = self.book.list::<Enrolment>("waiting_reference", &typed).await?;
        let is_due = |e: &Stored<Enrolment>| e.proof == proof && ctx.now < e.expires_at;
        Ok(found.into_iter().filter(is_due).collect())
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

    /// What this browser waits for, newest first: a letter takes days, and its page is left.
    pub async fn enrolments_here(
        &self,
        ctx: &Ctx<'_>,
        browser: &str,
    ) -> Result<Vec<Enrolment>, BankError> {
        let here = self.book.list::<Enrolment>("browser", browser).await?;
        let waits = |e: &Enrolment| {
            e.purpose == Purpose::Enrol
                && e.progress == Progress::Waiting
                && e.has_tries_left()
                && ctx.now < e.expires_at
        };
        Ok(here.into_iter().map(Stored::into_inner).filter(waits).collect())
    }
}
