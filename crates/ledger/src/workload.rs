//! The work that every engine is measured with: the same accounts, the same random transfers.
//!
//! 10,000 accounts that cannot be overdrawn, funded from one that can, and transfers between random
//! pairs of them. Ids rise with time, as a caller who wants speed makes them.

use kanuki_domain::Yen;

use crate::model::{Account, AccountFlags, AccountId, LEDGER_YEN, Transfer, TransferId};

/// How many accounts.
pub const ACCOUNTS: u64 = 10_000;

/// Where the money comes from.
const SOURCE: AccountId = AccountId(1 << 100);

/// Random transfers; the same seed makes the same ones.
#[derive(Clone, Debug)]
pub struct Workload {
    dice: u64,
    next: u64,
}

fn account_id(n: u64) -> AccountId {
    AccountId((1 << 64) | u128::from(n))
}

impl Workload {
    /// Work that follows from `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { dice: seed | 1, next: 1 }
    }

    /// The same, with ids from number `first` on.
    #[must_use]
    pub const fn starting(seed: u64, first: u64) -> Self {
        Self { next: first, ..Self::new(seed) }
    }

    /// All accounts, the source last.
    #[must_use]
    pub fn accounts() -> Vec<Account> {
        let account = |id, flags| Account::new(id, LEDGER_YEN, 1, flags);
        let people = (1..=ACCOUNTS).map(|n| account(account_id(n), AccountFlags::NO_OVERDRAFT));
        people.chain([account(SOURCE, AccountFlags::NONE)]).collect()
    }

    /// One of the accounts.
    #[must_use]
    pub fn account(n: u64) -> AccountId {
        account_id(n.checked_rem(ACCOUNTS).unwrap_or(0).saturating_add(1))
    }

    /// What every account has in the beginning: ¥1,000,000,000.
    #[must_use]
    pub fn funding() -> Vec<Transfer> {
        let fund = |n| {
            let id = TransferId((1 << 120) | u128::from(n));
            Transfer::posted(id, SOURCE, account_id(n), Yen::of(1_000_000_000), 1)
        };
        (1..=ACCOUNTS).map(fund).collect()
    }

    fn throw(&mut self) -> u64 {
        // xorshift64*: speed, not secrecy.
        self.dice ^= self.dice >> 12;
        self.dice ^= self.dice << 25;
        self.dice ^= self.dice >> 27;
        self.dice.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    /// The next `len` transfers.
    pub fn batch(&mut self, len: usize) -> Vec<Transfer> {
        (0..len)
            .map(|_| {
                let (from, to) = (self.throw(), self.throw());
                let debit = Self::account(from);
                let other = Self::account(to);
                let credit = if other == debit { Self::account(to.wrapping_add(1)) } else { other };
                let id = TransferId((u128::from(self.next) << 64) | u128::from(self.throw()));
                self.next = self.next.saturating_add(1);
                let amount = u32::try_from(from & 0xff).unwrap_or(0);
                Transfer::posted(id, debit, credit, Yen::of(amount), 1)
            })
            .collect()
    }
}
