//! Reservations: kept while they are open, ended by themselves when their time has come.

use jiff::Timestamp;

use super::{Ended, Open, State, overflow, settle::reopened};
use crate::model::{PendingState, Transfer, TransferId};

impl State {
    /// True when something would be released at `now`.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.deadlines.first().is_some_and(|(at, _, _)| *at <= self.instant(now))
    }

    /// Releases every reservation whose deadline has come, the earliest first.
    pub(super) fn release_due(&mut self) {
        while let Some(&(at, made, id)) = self.deadlines.first() {
            if at > self.now {
                break;
            }
            self.deadlines.remove(&(at, made, id));
            if let Some(open) = self.open.remove(&id) {
                self.release(&open.transfer);
                let state = PendingState::Expired { at };
                self.ended.insert(id, Ended { number: open.number, state });
            }
        }
    }

    fn release(&mut self, transfer: &Transfer) {
        let debit = self.accounts.front(transfer.debit_account);
        let credit = self.accounts.front(transfer.credit_account);
        let (Some((debit_slot, debit)), Some((credit_slot, credit))) = (debit, credit) else {
            return;
        };
        let (debit, credit) =
            overflow::released(&debit.standing(), &credit.standing(), transfer.amount);
        let (debit, credit) = reopened(transfer, debit, credit);
        self.accounts.stand(debit_slot, debit);
        self.accounts.stand(credit_slot, credit);
    }

    /// Keeps a reservation, with its deadline if it has one.
    pub(super) fn insert_open(&mut self, open: Open) {
        let Open { transfer, expires_at, .. } = open;
        if let Some(at) = expires_at {
            self.deadlines.insert((at, transfer.timestamp, transfer.id));
        }
        self.open.insert(transfer.id, open);
    }

    /// Takes a reservation, and its deadline, out of what waits.
    pub(super) fn remove_open(&mut self, id: TransferId) -> Option<Open> {
        let open = self.open.remove(&id)?;
        if let Some(at) = open.expires_at {
            let was_there = self.deadlines.remove(&(at, open.transfer.timestamp, id));
            assert!(was_there, "a reservation that ends has a deadline");
        }
        Some(open)
    }
}
