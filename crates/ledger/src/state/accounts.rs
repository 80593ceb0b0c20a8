//! The accounts, each in a slot that it never leaves.

use std::collections::HashMap;

use super::ids::ById;
use crate::model::{Account, AccountId};

/// An account, and the number of the last transfer that touched it (0: none yet).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) account: Account,
    pub(crate) last: u64,
}

/// All accounts, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accounts {
    held: Vec<Held>,
    by_id: HashMap<AccountId, u32, ById>,
}

impl Accounts {
    /// Those of a snapshot.
    pub(crate) fn restore(held: Vec<Held>) -> Self {
        let mut all = Self::default();
        all.by_id.reserve(held.len());
        for one in held {
            all.push(one);
        }
        all
    }

    pub(crate) fn slot(&self, id: AccountId) -> Option<u32> {
        self.by_id.get(&id).copied()
    }

    pub(crate) fn at(&self, slot: u32) -> Option<&Held> {
        self.held.get(usize::try_from(slot).ok()?)
    }

    pub(crate) fn get(&self, id: &AccountId) -> Option<&Account> {
        self.find(*id).map(|(_, held)| &held.account)
    }

    pub(crate) fn find(&self, id: AccountId) -> Option<(u32, &Held)> {
        let slot = self.slot(id)?;
        Some((slot, self.at(slot)?))
    }

    /// Keeps the account as it is now; it has its slot already.
    pub(crate) fn set(&mut self, slot: u32, account: Account, last: u64) {
        if let Some(held) = usize::try_from(slot).ok().and_then(|slot| self.held.get_mut(slot)) {
            *held = Held { account, last };
        }
    }

    /// A new account in the next slot.
    pub(crate) fn push(&mut self, held: Held) {
        let slot = u32::try_from(self.held.len());
        assert!(slot.is_ok(), "four billion accounts are more than one ledger holds");
        self.by_id.insert(held.account.id, slot.unwrap_or(u32::MAX));
        self.held.push(held);
    }

    /// Takes back the newest account.
    pub(crate) fn pop(&mut self) -> Option<Account> {
        let held = self.held.pop()?;
        self.by_id.remove(&held.account.id);
        Some(held.account)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Account> {
        self.held.iter().map(|held| &held.account)
    }

    /// All slots, for a snapshot.
    pub(crate) fn slots(&self) -> &[Held] {
        &self.held
    }
}
