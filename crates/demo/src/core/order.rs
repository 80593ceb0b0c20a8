//! Orders and what was answered to them.
//!
//! The answer to an order is a transfer of zero yen whose id follows from the order's id: its code
//! says what was answered, its `user_data` what was asked. It stands in one chain with the money it
//! speaks of, so an answer without its money, or money without an answer, cannot be.

use jiff::Timestamp;
use kanuki_domain::{Yen, bank_account::AccountNumber, id::derive_bits};
use kanuki_ledger::{ChainError, CreateTransferResult as R, Transfer, TransferId, chain};
use serde::{Deserialize, Serialize};

use super::{Core, CoreError, chart, passbook};

/// The longest order id.
const ID_LEN_MAX: usize = 80;

/// The caller's name for an order: the idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(String);

impl OrderId {
    /// 1 to 80 visible ASCII characters.
    pub fn parse(text: &str) -> Result<Self, CoreError> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.is_empty() || text.len() > ID_LEN_MAX || !is_plain {
            return Err(CoreError::NotAnId);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why an order was refused. An order that was refused stays refused, whatever changes later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Not enough on the account, or not without reaching into the overdraft.
    NotEnoughMoney,
    /// The core knows no such account.
    NoSuchAccount,
    /// The account was closed.
    Closed,
    /// The id was used for another order.
    DifferentRequest,
}

/// What kind of order; each has its own space of ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Reserve,
    Credit,
    Teller,
    Contract,
}

/// The code of the mark that a cancel leaves for an order that never came; see [`never`].
const NEVER: u16 = 106;

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Reserve => "reserve",
            Self::Credit => "credit",
            Self::Teller => "teller",
            Self::Contract => "contract",
        }
    }
}

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Done,
    Refused(Refusal),
}

impl Answer {
    /// As the code of a mark. Codes are stored: append only.
    const fn code(self) -> u16 {
        match self {
            Self::Done => 101,
            Self::Refused(Refusal::NotEnoughMoney) => 102,
            Self::Refused(Refusal::NoSuchAccount) => 103,
            Self::Refused(Refusal::Closed) => 104,
            Self::Refused(Refusal::DifferentRequest) => 105,
        }
    }

    fn from_code(code: u16) -> Option<Self> {
        let refusals = [Refusal::NotEnoughMoney, Refusal::NoSuchAccount, Refusal::Closed];
        let mut answers = refusals.map(Self::Refused).into_iter().chain([Self::Done]);
        answers.find(|answer| answer.code() == code)
    }
}

/// One order: who asks is known by the id, what is asked by the content.
#[derive(Clone, Debug)]
pub(super) struct Order {
    kind: Kind,
    id: OrderId,
    content: u128,
    /// What the passbook says, packed.
    text: Option<u128>,
}

impl Order {
    pub(super) fn new(
        kind: Kind,
        id: &OrderId,
        at: &AccountNumber,
        amount: Yen,
        more: &str,
    ) -> Self {
        let amount = amount.amount().to_string();
        let content = derive_bits(&[at.branch(), at.number(), &amount, more]);
        Self { kind, id: id.clone(), content, text: None }
    }

    /// The same order with what the passbook is to say.
    pub(super) fn saying(self, text: Option<&str>) -> Self {
        Self { text: text.and_then(passbook::packed), ..self }
    }

    /// The id of one of its transfers.
    pub(super) fn transfer(&self, what: &str) -> TransferId {
        transfer_id(self.kind, &self.id, what)
    }

    /// What joins the transfers of one order into one line of the passbook.
    pub(super) fn line(&self) -> u128 {
        derive_bits(&["core", "line", self.kind.name(), self.id.as_str()])
    }

    pub(super) fn mark(&self, answer: Answer) -> Transfer {
        let (orders, marks) = (chart::orders(), chart::marks());
        Transfer::posted(self.transfer("mark"), orders, marks, Yen::ZERO, answer.code())
            .with_user_data(self.content)
    }
}

/// The id of a transfer that belongs to the order `id`.
pub(super) fn transfer_id(kind: Kind, id: &OrderId, what: &str) -> TransferId {
    TransferId::derive(&["core", kind.name(), id.as_str(), what])
}

/// A mark that keeps an order from ever being carried out: its content is nobody's, so an order that
/// arrives after its own cancel finds its id taken.
pub(super) fn never(kind: Kind, id: &OrderId) -> Transfer {
    let id = transfer_id(kind, id, "mark");
    Transfer::posted(id, chart::orders(), chart::marks(), Yen::ZERO, NEVER)
}

/// True for a mark made by [`never`].
pub(super) fn is_never(mark: &Transfer) -> bool {
    mark.code == NEVER
}

impl Core {
    /// What was answered to `order` before; [`Refusal::DifferentRequest`] if that was another one.
    pub(super) async fn answered(
        &self,
        order: &Order,
        now: Timestamp,
    ) -> Result<Option<Answer>, CoreError> {
        let Some(record) = self.ledger.find_transfer(order.transfer("mark"), now).await? else {
            return Ok(None);
        };
        if record.transfer.user_data != order.content {
            return Ok(Some(Answer::Refused(Refusal::DifferentRequest)));
        }
        Ok(Answer::from_code(record.transfer.code))
    }

    /// Books `legs` and the answer "done" as one; or the refusal that the ledger's reason means.
    pub(super) async fn book(
        &self,
        order: &Order,
        legs: Vec<Transfer>,
        now: Timestamp,
    ) -> Result<Answer, CoreError> {
        let mut transfers = vec![order.mark(Answer::Done)];
        transfers.extend(order.text.map(|text| passbook::mark(order.line(), text)));
        transfers.extend(legs.into_iter().map(|leg| leg.with_user_data(order.line())));
        match chain(&*self.ledger, transfers, now).await {
            Ok(()) => Ok(Answer::Done),
            Err(error) => {
                // The same order may have been answered while this one was being planned.
                if let Some(answer) = self.answered(order, now).await? {
                    return Ok(answer);
                }
                let is_short = matches!(
                    error.reason(),
                    // The second one: refused before, and a crash kept that from being written down.
                    Some(R::ExceedsCredits | R::IdAlreadyFailed)
                );
                if is_short {
                    return self.refuse(order, Refusal::NotEnoughMoney, now).await;
                }
                Err(error.into())
            }
        }
    }

    /// Writes a refusal down, so that asking again gets the same answer.
    pub(super) async fn refuse(
        &self,
        order: &Order,
        refusal: Refusal,
        now: Timestamp,
    ) -> Result<Answer, CoreError> {
        let answer = Answer::Refused(refusal);
        match chain(&*self.ledger, vec![order.mark(answer)], now).await {
            Ok(()) => Ok(answer),
            Err(error @ ChainError::Ledger(_)) => Err(error.into()),
            Err(error) => match self.answered(order, now).await? {
                Some(answer) => Ok(answer),
                None => Err(error.into()),
            },
        }
    }
}
