//! Reserving money for a direct debit.

use kanuki_domain::{Yen, bank_account::AccountNumber};
use serde::Serialize;

use super::{
    Core, CoreError, OrderId, Refusal, chart,
    order::{Answer, Kind, Order},
    standing::{Flow, legs},
};

/// "Hold this much for a debit."
#[derive(Clone, Debug)]
pub struct Reserve {
    /// The debit's id.
    pub id: OrderId,
    /// From where.
    pub at: AccountNumber,
    /// How much.
    pub amount: Yen,
    /// Whether the holder has said that debits may reach into the overdraft.
    pub allow_overdraft: bool,
    /// What the passbook says about it, if not the core's own words.
    pub text: Option<String>,
}

/// What the core says to it, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ReserveAnswer {
    /// It is held, or was held and has been settled since.
    Reserved,
    /// It was refused and will stay so.
    Refused {
        /// Why.
        reason: Refusal,
    },
}

impl From<Answer> for ReserveAnswer {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Done => Self::Reserved,
            Answer::Refused(reason) => Self::Refused { reason },
        }
    }
}

impl Core {
    /// Reserves money. Safe to repeat: the same id gets the same answer.
    ///
    /// Without `allow_overdraft` a debit takes what the holder has and not a yen of a loan.
    pub async fn reserve(&self, request: &Reserve) -> Result<ReserveAnswer, CoreError> {
        let now = self.clock.now();
        let Reserve { id, at, amount, allow_overdraft, text } = request;
        if amount.is_zero() {
            return Err(CoreError::NoAmount);
        }
        let loan = if *allow_overdraft { "with overdraft" } else { "own money" };
        let order = Order::new(Kind::Reserve, id, at, *amount, loan).saying(text.as_deref());
        if let Some(answer) = self.answered(&order, now).await? {
            return Ok(answer.into());
        }
        let Some((_, account)) = self.account(at) else {
            return Ok(self.refuse(&order, Refusal::NoSuchAccount, now).await?.into());
        };
        if account.closed {
            return Ok(self.refuse(&order, Refusal::Closed, now).await?.into());
        }

        let _turn = self.turn(account).await;
        let may_borrow = *allow_overdraft && account.has_overdraft;
        let standing = self.standing_at(account, now).await?;
        if !may_borrow && standing.available() < *amount {
            return Ok(self.refuse(&order, Refusal::NotEnoughMoney, now).await?.into());
        }
        let split = standing.split_out(*amount, may_borrow);
        let flow = Flow::Reserve { to: chart::clearing() };
        let legs = legs(&order, account, flow, split, chart::transfer_code::DEBIT);
        Ok(self.book(&order, legs, now).await?.into())
    }
}
