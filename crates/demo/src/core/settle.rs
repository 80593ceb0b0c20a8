//! Confirming or cancelling what is reserved, and finding what became of it.

use jiff::Timestamp;
use kanuki_ledger::{ChainError, PendingState, Transfer, TransferRecord, chain};
use serde::Serialize;

use super::{
    Core, CoreError, OrderId,
    order::{Kind, is_never, never, transfer_id},
};

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    /// Money is held.
    Reserved,
    /// Money has left.
    Confirmed,
    /// Money was given back.
    Cancelled,
    /// Nothing was ever held.
    Refused,
    /// A credit was booked.
    Booked,
    /// No such order was ever seen.
    Absent,
}

/// The marks and legs of one reservation.
struct Entry {
    state: EntryState,
    legs: Vec<TransferRecord>,
}

/// The two ways to settle.
#[derive(Clone, Copy)]
enum Settlement {
    Confirm,
    Cancel,
}

impl Core {
    /// Takes what is reserved. Safe to repeat; after a cancel it answers `Cancelled`.
    pub async fn confirm(&self, id: &OrderId) -> Result<EntryState, CoreError> {
        self.settle(id, Settlement::Confirm).await
    }

    /// Gives back what is reserved. Safe to repeat; after a confirm it answers `Confirmed`.
    ///
    /// Of an order that never came it keeps a note, so that the order is refused should it still
    /// arrive: a cancel may overtake its reservation on the way.
    pub async fn cancel(&self, id: &OrderId) -> Result<EntryState, CoreError> {
        let state = self.settle(id, Settlement::Cancel).await?;
        if state != EntryState::Absent {
            return Ok(state);
        }
        let now = self.clock.now();
        match chain(&*self.ledger, vec![never(Kind::Reserve, id)], now).await {
            Ok(()) => Ok(EntryState::Cancelled),
            Err(error @ ChainError::Ledger(_)) => Err(error.into()),
            // The order came in between, so there is something to cancel after all.
            Err(_) => self.settle(id, Settlement::Cancel).await,
        }
    }

    /// What became of the reservation `id`, or of the credit `id` if there is no such reservation.
    pub async fn find(&self, id: &OrderId) -> Result<EntryState, CoreError> {
        let now = self.clock.now();
        let entry = self.entry(id, now).await?;
        if entry.state != EntryState::Absent {
            return Ok(entry.state);
        }
        self.credited(id, now).await
    }

    /// Withdraws a credit that was not booked. Safe to repeat; after it was booked it answers `Booked`.
    ///
    /// One that never came is noted, so that it is refused should it still arrive.
    pub async fn cancel_credit(&self, id: &OrderId) -> Result<EntryState, CoreError> {
        let now = self.clock.now();
        let state = self.credited(id, now).await?;
        if state != EntryState::Absent {
            return Ok(state);
        }
        match chain(&*self.ledger, vec![never(Kind::Credit, id)], now).await {
            Ok(()) => Ok(EntryState::Cancelled),
            Err(error @ ChainError::Ledger(_)) => Err(error.into()),
            // The order came in between: what became of it is the answer.
            Err(_) => self.credited(id, now).await,
        }
    }

    async fn credited(&self, id: &OrderId, now: Timestamp) -> Result<EntryState, CoreError> {
        let ids = ["mark", "deposit", "loan"].map(|what| transfer_id(Kind::Credit, id, what));
        let found = self.ledger.lookup_transfers(&ids, now).await?;
        Ok(match found.as_slice() {
            [None, ..] | [] => EntryState::Absent,
            [Some(mark), None, None] if is_never(&mark.transfer) => EntryState::Cancelled,
            [Some(_), None, None] => EntryState::Refused,
            [Some(_), ..] => EntryState::Booked,
        })
    }

    async fn settle(&self, id: &OrderId, how: Settlement) -> Result<EntryState, CoreError> {
        let now = self.clock.now();
        let entry = self.entry(id, now).await?;
        if entry.state != EntryState::Reserved {
            return Ok(entry.state);
        }
        let transfers = entry.legs.iter().zip(["deposit", "loan"]).map(|(leg, side)| match how {
            Settlement::Confirm => {
                let id = transfer_id(Kind::Reserve, id, &format!("confirm {side}"));
                Transfer::post(id, leg.transfer.id)
            }
            Settlement::Cancel => {
                let id = transfer_id(Kind::Reserve, id, &format!("cancel {side}"));
                Transfer::void(id, leg.transfer.id)
            }
        });
        let settled = chain(&*self.ledger, transfers.collect(), now).await;
        // The other settlement may have won: what the ledger holds is the answer, not what we sent.
        let entry = self.entry(id, now).await?;
        match settled {
            Err(error) if entry.state == EntryState::Reserved => Err(error.into()),
            Ok(()) | Err(_) => Ok(entry.state),
        }
    }

    async fn entry(&self, id: &OrderId, now: Timestamp) -> Result<Entry, CoreError> {
        let ids = ["mark", "deposit", "loan"].map(|what| transfer_id(Kind::Reserve, id, what));
        let mut found = self.ledger.lookup_transfers(&ids, now).await?.into_iter();
        let mark = found.next().flatten();
        let legs: Vec<TransferRecord> = found.flatten().collect();
        let state = match (mark, legs.first()) {
            (None, _) => EntryState::Absent,
            (Some(mark), None) if is_never(&mark.transfer) => EntryState::Cancelled,
            (Some(_), None) => EntryState::Refused,
            (Some(_), Some(leg)) => match leg.pending {
                Some(PendingState::Posted { .. }) => EntryState::Confirmed,
                Some(PendingState::Voided { .. } | PendingState::Expired { .. }) => {
                    EntryState::Cancelled
                }
                Some(PendingState::Pending { .. }) | None => EntryState::Reserved,
            },
        };
        Ok(Entry { state, legs })
    }
}
