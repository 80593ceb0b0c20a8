//! The port to the bank's core system (勘定系), where deposits live.
//!
//! Kanuki stands in front: it pends caps and clearing in its own ledger, asks the core to reserve
//! and to confirm, then posts or voids. Every call is keyed by an id, so it can be repeated until
//! there is an answer. No answer is [`CoreError::Unknown`], which is a state and never a refusal.

use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use kanuki_domain::{
    Masked, Yen,
    bank_account::AccountNumber,
    id::{ContactChangeId, DebitId},
    mandate::later,
};
use kanuki_formats::register::Kind as ContractKind;
use kanuki_wire::transaction::ContactKind;
use serde::{Deserialize, Serialize};

/// The core gave no answer: what was asked may or may not have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoreError {
    /// Ask again with the same id.
    #[error("the core system gave no answer")]
    Unknown,
}

/// A customer as the core knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreCustomer {
    /// The core's customer number.
    pub customer_no: String,
    /// Name in kanji or Latin, if the core holds it.
    pub name: Option<Masked<String>>,
    /// Name in kana, as accounts carry it.
    pub kana: Masked<String>,
    /// Birth date.
    pub born_on: Option<Masked<Date>>,
    /// Registered address.
    pub address: Option<Masked<String>>,
    /// Telephone number on file.
    pub phone: Option<Masked<String>>,
    /// E-mail on file.
    pub email: Option<Masked<String>>,
    /// Since when the contacts are on file.
    pub on_file: OnFile,
    /// Their accounts.
    pub accounts: Vec<CoreAccount>,
}

/// Since when each contact has been what it is. What the core does not know counts as new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnFile {
    /// The telephone number.
    pub phone_since: Option<Timestamp>,
    /// The e-mail address.
    pub email_since: Option<Timestamp>,
    /// The postal address.
    pub address_since: Option<Timestamp>,
}

impl OnFile {
    /// Whether a contact that is on file `since` then has been so for `secs`.
    #[must_use]
    pub fn is_settled(since: Option<Timestamp>, secs: i64, now: Timestamp) -> bool {
        since.is_some_and(|since| later(since, secs) <= now)
    }
}

/// A deposit account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreAccount {
    /// Branch and number.
    pub account: AccountNumber,
    /// What is there, never counting overdraft room.
    pub available: Yen,
    /// What the core would lend against a time deposit (総合口座の当座貸越). Never drawn by us.
    pub overdraft_room: Yen,
}

/// The core's answer to reserving or confirming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreAnswer {
    /// Done, now or before.
    Done,
    /// Not enough money without overdraft.
    NotEnoughMoney,
    /// Refused for another reason; asking again will not help.
    Refused,
}

/// The core's answer to giving back what was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelAnswer {
    /// Nothing is set aside under this id, and nothing ever will be, though its reservation should
    /// still arrive.
    GivenBack,
    /// It was confirmed before: the money has gone.
    Taken,
}

/// The core's answer to withdrawing a payment in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithdrawAnswer {
    /// Nothing was paid in under this id, and nothing ever will be, though the order should still
    /// arrive.
    Withdrawn,
    /// It was paid in before: the money is on the account.
    Booked,
}

/// How money is set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Booking<'a> {
    /// False but where the holder has said otherwise.
    pub allow_overdraft: bool,
    /// What the passbook says (摘要), half-width; the core's own words without it.
    pub text: Option<&'a str>,
}

/// What is ordered of a contract that was made elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContractVerb {
    /// It is over: it debits no more.
    #[default]
    Stop,
    /// It debits nothing until it is let go on (預金者の都合による振替停止).
    Hold,
    /// What was held goes on.
    Resume,
}

impl ContractVerb {
    /// As the wire and the audit log name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Hold => "hold",
            Self::Resume => "resume",
        }
    }
}

/// An order about a contract that was made elsewhere.
#[derive(Clone, Debug)]
pub struct ContractOrder {
    /// The order's id: the same order is asked again until there is an answer.
    pub id: String,
    /// What is to become of it.
    pub verb: ContractVerb,
    /// Which order about this contract it is. A lower one that arrives late changes nothing.
    pub number: u32,
    /// What kind of contract.
    pub kind: ContractKind,
    /// Who debits (委託者コード).
    pub collector_code: String,
    /// The collector's number for its customer.
    pub contract_no: Masked<String>,
    /// From which account.
    pub account: AccountNumber,
    /// The kind of deposit, as the digit of 全銀.
    pub account_type: &'static str,
}

/// The answer to a [`ContractOrder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContractAnswer {
    /// It is so, now or since before.
    Done,
    /// Where it is kept, people must see to it: a form, another company's desk.
    ByHand,
}

/// What Kanuki needs of a core system.
#[async_trait]
pub trait CoreBanking: Send + Sync + std::fmt::Debug {
    /// The number of the customer who owns `account`, if there is one.
    ///
    /// Strangers reach this with any account, so it must be as much work for one that does not
    /// exist: one question to the core, whichever the answer.
    async fn find_owner(&self, account: &AccountNumber) -> Result<Option<String>, CoreError>;

    /// The customer who owns `account`, if there is one. Two questions where there is, and one where
    /// there is not: never for whoever has proven nothing yet.
    async fn find_by_account(
        &self,
        account: &AccountNumber,
    ) -> Result<Option<CoreCustomer>, CoreError> {
        match self.find_owner(account).await? {
            Some(customer_no) => self.find_customer(&customer_no).await,
            None => Ok(None),
        }
    }

    /// The customer with this number.
    async fn find_customer(&self, customer_no: &str) -> Result<Option<CoreCustomer>, CoreError>;

    /// Sets `amount` aside. A repeat is the same order, however it is worded.
    async fn reserve(
        &self,
        id: DebitId,
        account: &AccountNumber,
        amount: Yen,
        booking: Booking<'_>,
    ) -> Result<CoreAnswer, CoreError>;

    /// Takes what was set aside.
    async fn confirm(&self, id: DebitId) -> Result<CoreAnswer, CoreError>;

    /// Gives back what was set aside; fine if nothing was, and if it was given back before. What was
    /// confirmed stays taken, and the answer says so.
    async fn cancel(&self, id: DebitId) -> Result<CancelAnswer, CoreError>;

    /// Changes a contact of a customer. A core that leaves that to branches refuses.
    async fn change_contact(
        &self,
        _id: ContactChangeId,
        _customer_no: &str,
        (_kind, _to): (ContactKind, &str),
    ) -> Result<CoreAnswer, CoreError> {
        Ok(CoreAnswer::Refused)
    }

    /// Pays `amount` into `account`; `text` is what the passbook says.
    async fn credit(
        &self,
        id: DebitId,
        account: &AccountNumber,
        amount: Yen,
        text: Option<&str>,
    ) -> Result<CoreAnswer, CoreError>;

    /// Withdraws a payment in: the core promises that it will never carry it out, or says that it has.
    /// Silence is what a core answers that cannot promise: without its word nobody gets the money back.
    async fn withdraw_credit(&self, id: DebitId) -> Result<WithdrawAnswer, CoreError>;

    /// Passes on to whatever keeps contracts made outside Kanuki (Web口座振替受付, 口座振替) that one is
    /// over, is held or goes on. A core that cannot leaves it to people.
    async fn order_contract(&self, _order: &ContractOrder) -> Result<ContractAnswer, CoreError> {
        Ok(ContractAnswer::ByHand)
    }
}
