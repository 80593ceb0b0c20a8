//! What of the money that rules held for may still be lost: what its customer took back is not.

use std::collections::{BTreeMap, btree_map::Entry};

use jiff::Timestamp;
use kanuki_desk::quality::at_stake;
use kanuki_domain::{
    Yen,
    id::{CustomerId, WalletId},
};
use kanuki_risk::{Key, Kind, Outcome, Record, Subject};

use crate::{
    Wallet, WalletError,
    payout::{Payout, PayoutState},
    remittance::{Remittance, RemittanceState},
};

/// When a movement was asked for, how much it was, and whether it came to nothing.
type Moved = (Timestamp, Yen, bool);

impl Wallet {
    /// Of each of `decisions`, how much it may still cost, or has cost: nothing of what was refused, and
    /// nothing of money that went back into its wallet since.
    pub async fn open_yen(&self, decisions: &[Record]) -> Result<Vec<Yen>, WalletError> {
        let mut moved: BTreeMap<CustomerId, Vec<Moved>> = BTreeMap::new();
        let mut all = Vec::with_capacity(decisions.len());
        for decision in decisions {
            let yen = at_stake(decision);
            if yen.is_zero() || !leaves(decision.signal.kind) {
                // Of anything but money that leaves, a hold is a no.
                let is_no = decision.outcome == Outcome::Hold;
                all.push(if is_no { Yen::ZERO } else { yen });
                continue;
            }
            let Some(id) = self.sender(decision).await? else {
                all.push(yen);
                continue;
            };
            let known = match moved.entry(id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => free.insert(self.moved_by(id).await?),
            };
            let is_it = |(at, amount, _): &&Moved| {
                *at == decision.signal.at && *amount == decision.signal.amount
            };
            let is_back = known.iter().find(is_it).is_some_and(|(.., is_back)| *is_back);
            all.push(if is_back { Yen::ZERO } else { yen });
        }
        Ok(all)
    }

    /// Whose money it is about; nobody's where the decision does not say.
    async fn sender(&self, decision: &Record) -> Result<Option<CustomerId>, WalletError> {
        let value = |subject| decision.signal.key(subject).map(Key::value);
        if let Some(id) = value(Subject::Person).and_then(|id| id.parse().ok()) {
            return Ok(Some(id));
        }
        let Some(wallet) = value(Subject::Wallet).and_then(|id| id.parse::<WalletId>().ok()) else {
            return Ok(None);
        };
        match self.customer_of(wallet).await {
            Ok(customer) => Ok(Some(customer.customer_id)),
            Err(WalletError::NotAvailable) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The newest of what a customer sent and paid out.
    async fn moved_by(&self, id: CustomerId) -> Result<Vec<Moved>, WalletError> {
        let id = id.to_string();
        let sent = self.book.list::<Remittance>("customer_id", &id).await?;
        let paid = self.book.list::<Payout>("customer_id", &id).await?;
        let sent = sent.iter().map(|sent| {
            let is_back = matches!(
                sent.state,
                RemittanceState::Returned { .. }
                    | RemittanceState::Cancelled { .. }
                    | RemittanceState::Refused { .. }
            );
            (sent.requested_at, sent.amount, is_back)
        });
        let paid = paid.iter().map(|paid| {
            let is_back =
                matches!(paid.state, PayoutState::Cancelled { .. } | PayoutState::Refused { .. });
            (paid.requested_at, paid.amount, is_back)
        });
        Ok(sent.chain(paid).collect())
    }
}

/// Whether money of this kind leaves a wallet by a row that can be taken back.
pub(super) const fn leaves(kind: Kind) -> bool {
    matches!(kind, Kind::Remittance | Kind::Payout | Kind::Received)
}
