//! Contracts that were made elsewhere (Web口座振替受付, 口座振替): a bank's own system stops them on an order.

use kanuki_domain::{Yen, bank_account::AccountNumber};
use kanuki_ledger::chain;
use serde::Serialize;

use super::{
    Core, CoreError, OrderId,
    order::{Answer, Kind, Order},
};

/// "This contract debits no more."
#[derive(Clone, Debug)]
pub struct ContractStop {
    /// The order's id.
    pub id: OrderId,
    /// From which account it debits.
    pub at: AccountNumber,
    /// A wallet's; any other is stopped with a form at the counter.
    pub is_wallets: bool,
    /// Collector, number and kind of deposit.
    pub about: String,
}

/// What the core says to it, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ContractStopAnswer {
    /// It debits no more.
    Stopped,
    /// Only people can stop it.
    ByHand,
}

impl Core {
    /// Stops a wallet's contract. Safe to repeat: the same id gets the same answer.
    pub async fn stop_contract(
        &self,
        request: &ContractStop,
    ) -> Result<ContractStopAnswer, CoreError> {
        let now = self.clock.now();
        let order = Order::new(Kind::Contract, &request.id, &request.at, Yen::ZERO, &request.about);
        if !request.is_wallets || self.account(&request.at).is_none() {
            return Ok(ContractStopAnswer::ByHand);
        }
        match self.answered(&order, now).await? {
            Some(Answer::Done) => return Ok(ContractStopAnswer::Stopped),
            Some(Answer::Refused(_)) => return Ok(ContractStopAnswer::ByHand),
            None => {}
        }
        match chain(&*self.ledger, vec![order.mark(Answer::Done)], now).await {
            Ok(()) => Ok(ContractStopAnswer::Stopped),
            // The same order may have been answered meanwhile.
            Err(error) => match self.answered(&order, now).await? {
                Some(Answer::Done) => Ok(ContractStopAnswer::Stopped),
                Some(Answer::Refused(_)) | None => Err(error.into()),
            },
        }
    }
}
