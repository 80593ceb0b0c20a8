//! Contracts that were made elsewhere (Web口座振替受付, 口座振替): a bank's own system stops, holds and
//! resumes them on an order.

use kanuki_domain::{Yen, bank_account::AccountNumber};
use kanuki_ledger::chain;
use serde::Serialize;

use super::{
    Core, CoreError, OrderId,
    order::{Answer, Kind, Order},
};

/// What is ordered of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContractVerb {
    /// It debits no more.
    Stop,
    /// It debits nothing until it goes on.
    Hold,
    /// It goes on.
    Resume,
}

/// "This contract debits no more", or nothing for now, or goes on.
#[derive(Clone, Debug)]
pub struct ContractOrder {
    /// The order's id.
    pub id: OrderId,
    /// What is to become of it.
    pub verb: ContractVerb,
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
pub enum ContractOrderAnswer {
    /// It debits no more.
    Stopped,
    /// It debits nothing for now.
    Held,
    /// It goes on.
    Resumed,
    /// Only people can see to it.
    ByHand,
}

impl Core {
    /// Stops, holds or resumes a wallet's contract. Safe to repeat: the same id gets the same answer.
    pub async fn order_contract(
        &self,
        request: &ContractOrder,
    ) -> Result<ContractOrderAnswer, CoreError> {
        let now = self.clock.now();
        let done = match request.verb {
            ContractVerb::Stop => ContractOrderAnswer::Stopped,
            ContractVerb::Hold => ContractOrderAnswer::Held,
            ContractVerb::Resume => ContractOrderAnswer::Resumed,
        };
        let order = Order::new(Kind::Contract, &request.id, &request.at, Yen::ZERO, &request.about);
        if !request.is_wallets || self.account(&request.at).is_none() {
            return Ok(ContractOrderAnswer::ByHand);
        }
        match self.answered(&order, now).await? {
            Some(Answer::Done) => return Ok(done),
            Some(Answer::Refused(_)) => return Ok(ContractOrderAnswer::ByHand),
            None => {}
        }
        match chain(&*self.ledger, vec![order.mark(Answer::Done)], now).await {
            Ok(()) => Ok(done),
            // The same order may have been answered meanwhile.
            Err(error) => match self.answered(&order, now).await? {
                Some(Answer::Done) => Ok(done),
                Some(Answer::Refused(_)) | None => Err(error.into()),
            },
        }
    }
}
