//! The accounts, each in a slot that it never leaves.

use hashbrown::HashTable;

use super::ids::hash_of;
use crate::model::{Account, AccountId};

/// An account, and the number of the last transfer that touched it (0: none yet).
#[repr(align(64))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) account: Account,
    pub(crate) last: u64,
}

/// All accounts, in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accounts {
    held: Vec<Held>,
    /// Slots by the hash of the id that is in them: small enough for a cache where ids are not.
    by_id: HashTable<u32>,
}

impl PartialEq for Accounts {
    fn eq(&self, other: &Self) -> bool {
        self.held == other.held
    }
}

impl Eq for Accounts {}

impl Accounts {
    /// Those of a snapshot.
    pub(crate) fn restore(held: Vec<Held>) -> Self {
        let mut all = Self::default();
        for one in held {
            all.push(one);
        }
        all
    }

    pub(crate) fn slot(&self, id: AccountId) -> Option<u32> {
        let has_it = |slot: &u32| self.at(*slot).is_some_and(|held| held.account.id == id);
        self.by_id.find(hash_of(id.bits()), has_it).copied()
    }

    pub(crate) fn at(&self, slot: u32) -> Option<&Held> {
        self.held.get(usize::try_from(slot).ok()?)
    }

    pub(crate) fn get(&self, id: &AccountId) -> Option<&Account> {
        self.find(*id).map(|(_, held)| &held.account)
    }

    pub(crate) fn find(&self, id: AccountId) -> Option<(u32, &Held)> {
        let mut found = None;
        self.by_id.find(hash_of(id.bits()), |slot| {
            found = self.at(*slot).filter(|held| held.account.id == id).map(|held| (*slot, held));
            found.is_some()
        });
        found
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
        self.held.push(held);
        let held = &self.held;
        let hash = |slot: &u32| {
            let held = usize::try_from(*slot).ok().and_then(|slot| held.get(slot));
            held.map_or(0, |held| hash_of(held.account.id.bits()))
        };
        let slot = slot.unwrap_or(u32::MAX);
        self.by_id.insert_unique(hash(&slot), slot, hash);
    }

    /// Takes back the newest account.
    pub(crate) fn pop(&mut self) -> Option<Account> {
        let held = self.held.pop()?;
        let slot = u32::try_from(self.held.len()).ok()?;
        let id = held.account.id;
        if let Ok(found) = self.by_id.find_entry(hash_of(id.bits()), |one| *one == slot) {
            found.remove();
        }
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
