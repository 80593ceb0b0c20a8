//! Where an account stands: what is there, what is reserved, what is borrowed.

use std::fmt;

use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_ledger::{Account, AccountId, Transfer};
use serde::{Serialize, Serializer};

use super::{Core, CoreAccount, CoreError, chart, order::Order};

/// A balance as a passbook shows it: below zero when borrowed. Only ever shown, never summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedYen {
    /// That much is there.
    Credit(Yen),
    /// That much is borrowed.
    Debt(Yen),
}

impl SignedYen {
    /// `there - borrowed`.
    #[must_use]
    pub fn of(there: Yen, borrowed: Yen) -> Self {
        if borrowed > there {
            Self::Debt(borrowed.minus_or_zero(there))
        } else {
            Self::Credit(there.minus_or_zero(borrowed))
        }
    }
}

impl fmt::Display for SignedYen {
    /// Digits, with `-` in front of a debt: `-12000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credit(yen) => write!(f, "{}", yen.amount()),
            Self::Debt(yen) => write!(f, "-{}", yen.amount()),
        }
    }
}

impl Serialize for SignedYen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One account's figures at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    deposit: Account,
    room: Option<Account>,
    limit: Yen,
}

impl Standing {
    /// What is borrowed.
    #[must_use]
    pub fn borrowed(&self) -> Yen {
        let left = self.room.map_or(self.limit, |room| room.credit_balance());
        self.limit.minus_or_zero(left)
    }

    /// What may still be borrowed, reserved loans taken off.
    #[must_use]
    pub fn overdraft_room(&self) -> Yen {
        self.room.map_or(Yen::ZERO, |room| room.available())
    }

    /// What may be debited without borrowing: the deposit, less reservations, less what is
    /// borrowed already.
    #[must_use]
    pub fn available(&self) -> Yen {
        self.deposit.available().minus_or_zero(self.borrowed())
    }

    /// What the passbook shows: reservations do not count, loans do.
    #[must_use]
    pub fn balance(&self) -> SignedYen {
        SignedYen::of(self.deposit.credit_balance(), self.borrowed())
    }

    /// Splits an amount that leaves into what the deposit pays and what is borrowed.
    pub(super) fn split_out(&self, amount: Yen, may_borrow: bool) -> (Yen, Yen) {
        if !may_borrow {
            return (amount, Yen::ZERO);
        }
        let own = amount.min(self.deposit.available());
        (own, amount.minus_or_zero(own))
    }

    /// Splits an amount that arrives into what is deposited and what pays the loan back first.
    pub(super) fn split_in(&self, amount: Yen) -> (Yen, Yen) {
        let repaid = amount.min(self.borrowed());
        (amount.minus_or_zero(repaid), repaid)
    }
}

/// Which way money goes, and whether it is only reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Reserve { to: AccountId },
    Out { to: AccountId },
    In { from: AccountId },
}

/// The transfers that move `own` from or to the deposit and `loan` from or to the room.
///
/// The deposit's leg is there even when it is zero, so that every order has one transfer whose
/// state is the order's state.
pub(super) fn legs(
    order: &Order,
    account: &CoreAccount,
    flow: Flow,
    (own, loan): (Yen, Yen),
    code: u16,
) -> Vec<Transfer> {
    let sides = [
        (order.transfer("deposit"), chart::deposit(&account.number), own),
        (order.transfer("loan"), chart::room(&account.number), loan),
    ];
    let transfers = sides.into_iter().enumerate().map(|(index, (id, side, amount))| {
        let transfer = match flow {
            Flow::Reserve { to } => Transfer::pending(id, side, to, amount, code),
            Flow::Out { to } => Transfer::posted(id, side, to, amount, code),
            Flow::In { from } => Transfer::posted(id, from, side, amount, code),
        };
        (index == 0 || !amount.is_zero()).then_some(transfer)
    });
    transfers.flatten().collect()
}

impl Core {
    /// Where `account` stands now.
    pub async fn standing(&self, account: &CoreAccount) -> Result<Standing, CoreError> {
        self.standing_at(account, self.clock.now()).await
    }

    pub(super) async fn standing_at(
        &self,
        account: &CoreAccount,
        now: Timestamp,
    ) -> Result<Standing, CoreError> {
        let ids = [chart::deposit(&account.number), chart::room(&account.number)];
        let mut found = self.ledger.lookup_accounts(&ids, now).await?.into_iter();
        let deposit = found.next().flatten();
        let room = found.next().flatten();
        let deposit = deposit.ok_or_else(|| CoreError::Books("an account is missing".into()))?;
        Ok(Standing { deposit, room, limit: account.overdraft_limit() })
    }

    /// Waits for the turn of an account with overdraft; the others need none.
    pub(super) async fn turn(
        &self,
        account: &CoreAccount,
    ) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        if account.has_overdraft { Some(self.overdraft_turn.lock().await) } else { None }
    }
}
