//! Money that arrives: payouts and refunds from a partner.

use kanuki_domain::{Yen, bank_account::AccountNumber};
use serde::Serialize;

use super::{
    Core, CoreError, OrderId, Refusal, chart,
    order::{Answer, Kind, Order},
    standing::{Flow, legs},
};

/// "Book this much to the account."
#[derive(Clone, Debug)]
pub struct Credit {
    /// The credit's id.
    pub id: OrderId,
    /// Where to.
    pub at: AccountNumber,
    /// How much.
    pub amount: Yen,
    /// What the passbook says about it, if not the core's own words.
    pub text: Option<String>,
}

/// What the core says to it, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CreditAnswer {
    /// It is on the account; a loan was paid back first.
    Booked,
    /// It was refused and will stay so.
    Refused {
        /// Why.
        reason: Refusal,
    },
}

impl From<Answer> for CreditAnswer {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Done => Self::Booked,
            Answer::Refused(reason) => Self::Refused { reason },
        }
    }
}

impl Core {
    /// Books a credit. Safe to repeat: the same id gets the same answer.
    pub async fn credit(&self, request: &Credit) -> Result<CreditAnswer, CoreError> {
        let now = self.clock.now();
        let Credit { id, at, amount, text } = request;
        if amount.is_zero() {
            return Err(CoreError::NoAmount);
        }
        let order = Order::new(Kind::Credit, id, at, *amount, "").saying(text.as_deref());
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
        let split = self.standing_at(account, now).await?.split_in(*amount);
        let flow = Flow::In { from: chart::clearing() };
        let legs = legs(&order, account, flow, split, chart::transfer_code::CREDIT);
        Ok(self.book(&order, legs, now).await?.into())
    }
}
