//! Cash at the counter: the demo's way to bring money in and out.

use std::sync::atomic::Ordering;

use jiff::Timestamp;
use kanuki_domain::{Yen, bank_account::AccountNumber};
use serde::Serialize;

use super::{
    Core, CoreAccount, CoreError, Direction, OrderId, Refusal, SignedYen, chart,
    order::{Answer, Kind, Order},
    standing::{Flow, legs},
};

/// "Pay this in" or "pay this out".
#[derive(Clone, Debug)]
pub struct Teller {
    /// The caller's id, to make it safe to repeat; without one every order is a new one.
    pub id: Option<OrderId>,
    /// Which account.
    pub at: AccountNumber,
    /// How much.
    pub amount: Yen,
    /// Cash in or out.
    pub direction: Direction,
}

/// What the counter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TellerAnswer {
    /// Done.
    Booked {
        /// What the passbook shows now; below zero when borrowed.
        balance: SignedYen,
    },
    /// Not done.
    Refused {
        /// Why.
        reason: Refusal,
    },
}

impl Core {
    /// Cash in or out. The holder stands there, so cash out may reach into the overdraft: the
    /// ordinary deposit first, then a loan up to nine tenths of the time deposit.
    pub async fn teller(&self, request: &Teller) -> Result<TellerAnswer, CoreError> {
        let now = self.clock.now();
        let Teller { id, at, amount, direction } = request;
        if amount.is_zero() {
            return Err(CoreError::NoAmount);
        }
        let Some((_, account)) = self.account(at) else {
            return Ok(TellerAnswer::Refused { reason: Refusal::NoSuchAccount });
        };
        if account.closed {
            return Ok(TellerAnswer::Refused { reason: Refusal::Closed });
        }
        let id = match id {
            Some(id) => id.clone(),
            None => self.next_counter_order(now)?,
        };
        let order = Order::new(Kind::Teller, &id, at, *amount, direction.name());

        let answer = match self.answered(&order, now).await? {
            None => self.cash(&order, account, request, now).await?,
            Some(answer) => answer,
        };
        match answer {
            Answer::Refused(reason) => Ok(TellerAnswer::Refused { reason }),
            Answer::Done => {
                let balance = self.standing_at(account, now).await?.balance();
                Ok(TellerAnswer::Booked { balance })
            }
        }
    }

    /// Plans and books an order that was never answered.
    async fn cash(
        &self,
        order: &Order,
        account: &CoreAccount,
        request: &Teller,
        now: Timestamp,
    ) -> Result<Answer, CoreError> {
        let _turn = self.turn(account).await;
        let standing = self.standing_at(account, now).await?;
        let (flow, split, code) = match request.direction {
            Direction::In => {
                let split = standing.split_in(request.amount);
                (Flow::In { from: chart::vault() }, split, chart::transfer_code::CASH_IN)
            }
            Direction::Out => {
                let split = standing.split_out(request.amount, account.has_overdraft);
                (Flow::Out { to: chart::vault() }, split, chart::transfer_code::CASH_OUT)
            }
        };
        self.book(order, legs(order, account, flow, split, code), now).await
    }

    fn next_counter_order(&self, now: Timestamp) -> Result<OrderId, CoreError> {
        let count = self.counter_orders.fetch_add(1, Ordering::Relaxed);
        OrderId::parse(&format!("counter-{}-{count}", now.as_nanosecond()))
    }
}
