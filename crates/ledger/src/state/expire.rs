//! Reservations that end by themselves.

use jiff::Timestamp;

use super::{State, overflow, settle::reopened};
use crate::model::{PendingState, Transfer};

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
            let Some(transfer) = self.transfers.get(&id).copied() else {
                continue;
            };
            self.release(&transfer, at);
        }
    }

    fn release(&mut self, transfer: &Transfer, at: Timestamp) {
        let debit = self.accounts.get(&transfer.debit_account);
        let credit = self.accounts.get(&transfer.credit_account);
        let (Some(debit), Some(credit)) = (debit, credit) else {
            return;
        };
        let (debit, credit) = overflow::released(debit, credit, transfer.amount);
        let (debit, credit) = reopened(transfer, debit, credit);
        self.accounts.insert(debit.id, debit);
        self.accounts.insert(credit.id, credit);
        self.pendings.insert(transfer.id, PendingState::Expired { at });
    }

    /// Keeps `transfer` as pending, with its deadline if it has one.
    pub(super) fn insert_pending(&mut self, transfer: &Transfer, state: PendingState) {
        if let Some(at) = deadline(state) {
            self.deadlines.insert((at, transfer.timestamp, transfer.id));
        }
        self.pendings.insert(transfer.id, state);
    }

    /// Forgets the deadline that `transfer` has in `state`.
    pub(super) fn remove_deadline(&mut self, transfer: &Transfer, state: PendingState) {
        if let Some(at) = deadline(state) {
            let was_there = self.deadlines.remove(&(at, transfer.timestamp, transfer.id));
            assert!(was_there, "a reservation that ends has a deadline");
        }
    }
}

const fn deadline(state: PendingState) -> Option<Timestamp> {
    match state {
        PendingState::Pending { expires_at } => expires_at,
        PendingState::Posted { .. }
        | PendingState::Voided { .. }
        | PendingState::Expired { .. } => None,
    }
}
