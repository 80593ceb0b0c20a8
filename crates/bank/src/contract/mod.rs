//! Rights to debit that were made before Kanuki or outside it: what the bank's lists know.
//!
//! ```text
//! list ─ import ─▶ Listed ─ the wallet links anew ─▶ Replaced ─┐
//!                    │     └ the holder stops it ──▶ Stopped ──┼─▶ the core is told until it answers
//!                    ├ a delegate stops it ────────▶ Held ─────┘
//!                    │     └ two people let it go on, or the holder ends it
//!                    └ a newer list does not name it ─▶ Unlisted, or says that it is over ─▶ Ended
//! ```
//!
//! **Invariant:** a contract moves nothing here. It has no grant, so no token can be bound to it; a
//! wallet's debits ¥0 until its holder has linked anew. What it may take elsewhere, in the bank's older
//! systems, Kanuki cannot see, and says so.
//!
//! **Invariant:** whoever looks after a holder's accounts ends nothing: what they stop is held, at the
//! system that keeps it where that can hold, and people ask the holder where it cannot.

pub mod check;
pub mod hold;
pub mod holder;
pub mod import;
pub mod letter;
mod next;
pub mod progress;
mod replace;
pub mod stop;
pub mod upload;

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{
    Ctx,
    bank_account::AccountNumber,
    id::{BankAccountId, CaseId, ContractId, ImportId, LetterId, MandateId},
    mandate::StoppedBy,
};
use kanuki_formats::register::{AccountType, Row};
use kanuki_record::{
    RecordError, Unit, record,
    vault::{PersonKey, Sealed},
};
use serde::{Deserialize, Serialize};

pub use kanuki_formats::register::Kind;

use crate::{Bank, BankError, ContractVerb};

/// What became of a contract, as far as is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// The newest list names it.
    Listed,
    /// A newer list does not name it any more: it may be over, or the list may be wrong.
    Unlisted {
        /// The day of that list.
        since: Date,
    },
    /// The list says that it is over.
    Ended {
        /// Since when, if the list knows.
        on: Option<Date>,
    },
    /// Stopped here; the system that keeps it is told.
    Stopped {
        /// Who stopped it.
        by: StoppedBy,
        /// When.
        at: Timestamp,
    },
    /// Whoever looks after the accounts stopped it: the system that keeps it is told to hold it. Its
    /// holder ends it, or has it let go on.
    Held {
        /// When.
        at: Timestamp,
    },
    /// The wallet linked the same account anew, with the holder's signature.
    Replaced {
        /// By which mandate.
        by: MandateId,
        /// When.
        at: Timestamp,
    },
}

impl Standing {
    /// True while it may debit somewhere, for all that is known.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Listed | Self::Unlisted { .. } | Self::Held { .. })
    }
}

/// How far the system that keeps the contract has been told what was ordered last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum StopOrder {
    /// Asked, and not answered yet: it may still debit there.
    Asked {
        /// Since when.
        at: Timestamp,
        /// When it is asked next.
        next_at: Timestamp,
        /// How often it was asked.
        tries: u32,
        /// The case of an order that stayed unanswered for a day.
        case_id: Option<CaseId>,
    },
    /// It is so there too.
    Done {
        /// When that was answered.
        at: Timestamp,
    },
    /// People must see to it where it is kept; the case says who.
    ByHand {
        /// Since when.
        at: Timestamp,
        /// Their case.
        case_id: CaseId,
    },
}

/// One contract.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Contract {
    /// Its name here; the same contract of the same list is the same name.
    pub contract_id: ContractId,
    /// What kind of contract.
    pub kind: Kind,
    /// Who debits (委託者コード).
    pub collector_code: String,
    /// Their name as the list gives it.
    pub collector_name: String,
    /// From which account.
    pub account_id: BankAccountId,
    /// How the account is shown: `***4567`.
    pub account_mask: String,
    details: Sealed,
    /// Since when, if the list knows.
    pub started_on: Option<Date>,
    /// The day of the newest list that names it.
    pub listed_on: Date,
    /// That list.
    pub listed_by: ImportId,
    /// What became of it.
    pub standing: Standing,
    /// How far the system that keeps it was told.
    pub order: Option<StopOrder>,
    /// What was ordered last.
    #[serde(default)]
    pub verb: ContractVerb,
    /// How often anything was ordered; part of the order's id.
    pub orders: u32,
    /// What it was before it was held.
    #[serde(default)]
    before_hold: Option<Standing>,
    /// When the holder said that it is theirs. It allows nothing here.
    pub kept_at: Option<Timestamp>,
    /// Whether its holder was written to.
    pub mail: Option<Mail>,
}

record! { Contract => "contract" by |c| c.contract_id.to_string();
    many account_id = |c| Some(c.account_id.to_string());
    many unwritten = |c| c.waits_for_letter().then(|| "yes".to_owned());
    many asked = |c| matches!(c.order, Some(StopOrder::Asked { .. })).then(|| "asked".to_owned());
}

/// What became of the letter that asks the holder to link anew or to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mail", rename_all = "snake_case")]
pub enum Mail {
    /// It was written.
    Sent {
        /// Which letter.
        letter_id: LetterId,
        /// When.
        at: Timestamp,
    },
    /// It came back.
    Returned {
        /// Which letter.
        letter_id: LetterId,
        /// When.
        at: Timestamp,
    },
    /// The core knows no address, or no such account: nobody could be written to.
    NoAddress {
        /// When that was found.
        at: Timestamp,
    },
}

impl Contract {
    /// True for a wallet's contract whose holder has not decided and was not written to.
    pub(crate) fn waits_for_letter(&self) -> bool {
        self.kind == Kind::WebKofuri
            && self.standing.is_open()
            && self.kept_at.is_none()
            && self.mail.is_none()
    }
}

/// What only an order to stop needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Details {
    pub(crate) account: AccountNumber,
    account_type: AccountType,
    contract_no: String,
}

/// Whose key seals the numbers of contracts: their holders may never have been met.
const REGISTER: &str = "register";

impl Bank {
    /// The name of the contract in `row`: it follows from kind, collector, contract number and account,
    /// and tells none of them.
    pub(crate) fn contract_id(&self, kind: Kind, row: &Row) -> ContractId {
        let text = [
            kind.name(),
            &row.collector_code,
            &row.contract_no,
            row.account.branch(),
            row.account_type.digit(),
            row.account.number(),
        ]
        .join("|");
        ContractId::derive(&[&self.vault.blind("contract", text.as_bytes())])
    }

    /// The key that seals the numbers of contracts, made on first use.
    pub(crate) async fn register_key(&self, ctx: &Ctx<'_>) -> Result<PersonKey, BankError> {
        if let Some(key) = self.book.find::<PersonKey>(REGISTER).await? {
            return Ok(key.into_inner());
        }
        let mut unit = Unit::new();
        unit.insert(&self.vault.create_person(ctx, REGISTER)?);
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(self.book.load::<PersonKey>(REGISTER).await?.into_inner())
    }

    pub(crate) fn seal_details(
        &self,
        ctx: &Ctx<'_>,
        key: &PersonKey,
        row: &Row,
    ) -> Result<Sealed, BankError> {
        let details = Details {
            account: row.account.clone(),
            account_type: row.account_type,
            contract_no: row.contract_no.clone(),
        };
        Ok(self.vault.seal(ctx, key, "contract|details", &details)?)
    }

    pub(crate) async fn open_details(
        &self,
        ctx: &Ctx<'_>,
        contract: &Contract,
    ) -> Result<Details, BankError> {
        let key = self.register_key(ctx).await?;
        Ok(self.vault.open(&key, "contract|details", &contract.details)?)
    }
}
