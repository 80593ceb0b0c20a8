//! The accounts, each in a slot that it never leaves.

use hashbrown::HashTable;
use jiff::Timestamp;
use kanuki_domain::Yen;

use super::ids::hash_of;
use crate::model::{Account, AccountFlags, AccountId};

/// An account, and the number of the last transfer that touched it (0: none yet).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) account: Account,
    pub(crate) last: u64,
}

/// What transfers change of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) debits_pending: Yen,
    pub(crate) debits_posted: Yen,
    pub(crate) credits_pending: Yen,
    pub(crate) credits_posted: Yen,
    pub(crate) closed: bool,
}

impl Standing {
    pub(crate) const fn of(account: &Account) -> Self {
        Self {
            debits_pending: account.debits_pending,
            debits_posted: account.debits_posted,
            credits_pending: account.credits_pending,
            credits_posted: account.credits_posted,
            closed: account.closed,
        }
    }

    pub(crate) const fn sums(&self) -> [Yen; 4] {
        [self.debits_pending, self.debits_posted, self.credits_pending, self.credits_posted]
    }

    /// See [`Account::available`].
    pub(crate) const fn available(&self) -> Yen {
        self.credits_posted.minus_or_zero(self.debits_posted).minus_or_zero(self.debits_pending)
    }

    /// What may still be credited where credits must not pass debits.
    pub(crate) const fn room(&self) -> Yen {
        self.debits_posted.minus_or_zero(self.credits_posted).minus_or_zero(self.credits_pending)
    }
}

/// All that a transfer asks of an account: one line of a cache, where the whole would be two.
#[repr(align(64))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Front {
    id: AccountId,
    debits_pending: Yen,
    debits_posted: Yen,
    credits_pending: Yen,
    credits_posted: Yen,
    last: u64,
    pub(crate) ledger: u32,
    pub(crate) debits_must_not_exceed_credits: bool,
    pub(crate) credits_must_not_exceed_debits: bool,
    history: bool,
    closed: bool,
}

impl Front {
    pub(crate) const fn standing(&self) -> Standing {
        Standing {
            debits_pending: self.debits_pending,
            debits_posted: self.debits_posted,
            credits_pending: self.credits_pending,
            credits_posted: self.credits_posted,
            closed: self.closed,
        }
    }

    const fn stand(&mut self, now: Standing) {
        self.debits_pending = now.debits_pending;
        self.debits_posted = now.debits_posted;
        self.credits_pending = now.credits_pending;
        self.credits_posted = now.credits_posted;
        self.closed = now.closed;
    }
}

/// The rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Back {
    user_data: u128,
    timestamp: Timestamp,
    code: u16,
    linked: bool,
    imported: bool,
}

const fn parted(Held { account, last }: Held) -> (Front, Back) {
    let AccountFlags {
        debits_must_not_exceed_credits,
        credits_must_not_exceed_debits,
        history,
        linked,
        imported,
    } = account.flags;
    let front = Front {
        id: account.id,
        debits_pending: account.debits_pending,
        debits_posted: account.debits_posted,
        credits_pending: account.credits_pending,
        credits_posted: account.credits_posted,
        last,
        ledger: account.ledger,
        debits_must_not_exceed_credits,
        credits_must_not_exceed_debits,
        history,
        closed: account.closed,
    };
    let Account { user_data, timestamp, code, .. } = account;
    (front, Back { user_data, timestamp, code, linked, imported })
}

const fn joined(front: &Front, back: &Back) -> Held {
    let account = Account {
        id: front.id,
        ledger: front.ledger,
        code: back.code,
        flags: AccountFlags {
            debits_must_not_exceed_credits: front.debits_must_not_exceed_credits,
            credits_must_not_exceed_debits: front.credits_must_not_exceed_debits,
            history: front.history,
            linked: back.linked,
            imported: back.imported,
        },
        debits_pending: front.debits_pending,
        debits_posted: front.debits_posted,
        credits_pending: front.credits_pending,
        credits_posted: front.credits_posted,
        closed: front.closed,
        user_data: back.user_data,
        timestamp: back.timestamp,
    };
    Held { account, last: front.last }
}

/// All accounts, in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accounts {
    fronts: Vec<Front>,
    backs: Vec<Back>,
    /// Slots by the hash of the id that is in them: small enough for a cache where ids are not.
    by_id: HashTable<u32>,
}

impl PartialEq for Accounts {
    fn eq(&self, other: &Self) -> bool {
        self.fronts == other.fronts && self.backs == other.backs
    }
}

impl Eq for Accounts {}

/// What was touched, as it was before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Touched {
    /// The number of the transfer that touched it before.
    pub(crate) before: u64,
    /// Whether its history is kept.
    pub(crate) history: bool,
}

fn place(slot: u32) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}

fn hash_in(fronts: &[Front], slot: u32) -> u64 {
    fronts.get(place(slot)).map_or(0, |front| hash_of(front.id.bits()))
}

impl Accounts {
    /// Those of a snapshot.
    pub(crate) fn restore(held: Vec<Held>) -> Self {
        let mut all = Self::default();
        for one in held {
            all.push(one);
        }
        all
    }

    /// What a transfer asks of the account, and its slot.
    pub(crate) fn front(&self, id: AccountId) -> Option<(u32, &Front)> {
        let mut found = None;
        self.by_id.find(hash_of(id.bits()), |slot| {
            let front = self.fronts.get(place(*slot)).filter(|front| front.id == id);
            found = front.map(|front| (*slot, front));
            found.is_some()
        });
        found
    }

    /// The slot in which the account seems to be: nearly always right, and no account is looked at.
    pub(crate) fn guess(&self, id: AccountId) -> Option<u32> {
        self.by_id.find(hash_of(id.bits()), |_| true).copied()
    }

    /// [`Self::front`] of an account that seems to be in the slot `seen`.
    pub(crate) fn front_seen(&self, id: AccountId, seen: Option<u32>) -> Option<(u32, &Front)> {
        let seen = seen.and_then(|slot| Some((slot, self.fronts.get(place(slot))?)));
        seen.filter(|(_, front)| front.id == id).or_else(|| self.front(id))
    }

    /// Whether there is an account in `slot` that is not closed.
    pub(crate) fn is_open(&self, slot: u32) -> bool {
        self.fronts.get(place(slot)).is_some_and(|front| !front.closed)
    }

    pub(crate) fn slot(&self, id: AccountId) -> Option<u32> {
        self.front(id).map(|(slot, _)| slot)
    }

    pub(crate) fn at(&self, slot: u32) -> Option<Held> {
        Some(joined(self.fronts.get(place(slot))?, self.backs.get(place(slot))?))
    }

    pub(crate) fn get(&self, id: AccountId) -> Option<Account> {
        self.find(id).map(|(_, held)| held.account)
    }

    pub(crate) fn find(&self, id: AccountId) -> Option<(u32, Held)> {
        let slot = self.slot(id)?;
        self.at(slot).map(|held| (slot, held))
    }

    /// When the account in `slot` was made.
    pub(crate) fn made_at(&self, slot: u32) -> Option<Timestamp> {
        self.backs.get(place(slot)).map(|back| back.timestamp)
    }

    /// Keeps the account as it is now; it has its slot already.
    pub(crate) fn set(&mut self, slot: u32, account: Account, last: u64) {
        let (front, back) = parted(Held { account, last });
        if let Some(place) = self.fronts.get_mut(place(slot)) {
            *place = front;
        }
        if let Some(place) = self.backs.get_mut(place(slot)) {
            *place = back;
        }
    }

    /// Keeps how the account in `slot` stands after the transfer `number`; `None` if there is none.
    pub(crate) fn touch(&mut self, slot: u32, now: Standing, number: u64) -> Option<Touched> {
        let front = self.fronts.get_mut(place(slot))?;
        let touched = Touched { before: front.last, history: front.history };
        front.stand(now);
        front.last = number;
        Some(touched)
    }

    /// The same where no transfer of its own touches it.
    pub(crate) fn stand(&mut self, slot: u32, now: Standing) {
        if let Some(front) = self.fronts.get_mut(place(slot)) {
            front.stand(now);
        }
    }

    /// Makes room for `more` accounts.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.fronts.reserve(more);
        self.backs.reserve(more);
        let fronts = &self.fronts;
        self.by_id.reserve(more, |slot| hash_in(fronts, *slot));
    }

    /// A new account in the next slot.
    pub(crate) fn push(&mut self, held: Held) {
        let slot = u32::try_from(self.fronts.len());
        assert!(slot.is_ok(), "four billion accounts are more than one ledger holds");
        let (front, back) = parted(held);
        self.fronts.push(front);
        self.backs.push(back);
        let fronts = &self.fronts;
        let hash = |slot: &u32| hash_in(fronts, *slot);
        let slot = slot.unwrap_or(u32::MAX);
        self.by_id.insert_unique(hash(&slot), slot, hash);
    }

    /// Takes back the newest account.
    pub(crate) fn pop(&mut self) -> Option<Account> {
        let (front, back) = (self.fronts.pop()?, self.backs.pop()?);
        let slot = u32::try_from(self.fronts.len()).ok()?;
        if let Ok(found) = self.by_id.find_entry(hash_of(front.id.bits()), |one| *one == slot) {
            found.remove();
        }
        Some(joined(&front, &back).account)
    }

    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.fronts.len()
    }

    /// All slots, in their order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Held> {
        self.fronts.iter().zip(&self.backs).map(|(front, back)| joined(front, back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_transfer_asks_fits_in_one_line_of_a_cache() {
        assert_eq!(size_of::<Front>(), 64);
    }
}
