//! What the callers of a crash test ask for. It follows from who asks and how often they did, so
//! whoever counts afterwards knows what must be there.
//!
//! Single transfers, chains of three, reservations that are posted in part or given back.

use std::collections::BTreeMap;

use kanuki_domain::Yen;
use kanuki_ledger::{Account, AccountFlags, AccountId, LEDGER_YEN, Transfer, TransferId};

/// Where the money comes from.
const SOURCE: AccountId = AccountId(1);
/// Whom everybody pays.
const SHOP: AccountId = AccountId(2);
/// Whom a chain pays beside.
const TAX: AccountId = AccountId(3);
/// What every caller has in the beginning.
const FUNDS: u64 = 1_000_000_000_000;

/// The account of a caller.
fn account(caller: u16) -> AccountId {
    AccountId((1 << 64) | u128::from(caller))
}

/// Transfer `part` of what `caller` asks for the `n`th time; rising with time.
fn id(caller: u16, n: u64, part: u8) -> TransferId {
    TransferId((u128::from(n) << 64) | (u128::from(caller) << 8) | u128::from(part))
}

/// From ¥1 to ¥997.
fn amount(caller: u16, n: u64) -> Yen {
    let dice = n.wrapping_mul(7_919).wrapping_add(u64::from(caller).wrapping_mul(31));
    Yen::of(u32::try_from(dice % 997).unwrap_or(0).saturating_add(1))
}

/// What is posted of a reservation of `all`: half of it, or all of ¥1.
fn part_of(all: Yen) -> Yen {
    Yen::of(u32::try_from(all.amount().div_ceil(2)).unwrap_or(0))
}

/// All accounts.
pub(super) fn accounts(callers: u16) -> Vec<Account> {
    let open = |id, flags| Account::new(id, LEDGER_YEN, 1, flags);
    let flags = AccountFlags::NO_OVERDRAFT.with_history();
    let own = (1..=callers).map(|caller| open(account(caller), flags));
    [SOURCE, SHOP, TAX].map(|id| open(id, AccountFlags::NONE)).into_iter().chain(own).collect()
}

/// What every caller is given first.
pub(super) fn funding(callers: u16) -> Vec<Transfer> {
    let funds = Yen::new(FUNDS).unwrap_or(Yen::ZERO);
    let fund = |caller| Transfer::posted(id(caller, 0, 1), SOURCE, account(caller), funds, 1);
    (1..=callers).map(fund).collect()
}

/// What `caller` asks for the `n`th time, the first being 1: a chain.
pub(super) fn asked(caller: u16, n: u64) -> Vec<Transfer> {
    let (own, amount) = (account(caller), amount(caller, n));
    let before = n.saturating_sub(1);
    let reserved = id(caller, before, 1);
    let first = id(caller, n, 1);
    match n % 8 {
        1 | 5 => vec![
            Transfer::posted(first, own, SHOP, amount, 1),
            Transfer::posted(id(caller, n, 2), own, TAX, Yen::of(1), 1),
            Transfer::posted(id(caller, n, 3), SHOP, TAX, Yen::ZERO, 1),
        ],
        2 | 6 => vec![Transfer::pending(first, own, SHOP, amount, 1)],
        3 => {
            let part = part_of(self::amount(caller, before));
            vec![Transfer::post_part(first, reserved, part)]
        }
        7 => vec![Transfer::void(first, reserved)],
        _ => vec![Transfer::posted(first, own, SHOP, amount, 1)],
    }
}

/// One transfer as it must be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: TransferId,
    pub(super) debit: AccountId,
    pub(super) credit: AccountId,
    pub(super) amount: Yen,
}

impl Row {
    /// As it was found.
    pub(super) const fn of(found: &Transfer) -> Self {
        let Transfer { id, debit_account, credit_account, amount, .. } = *found;
        Self { id, debit: debit_account, credit: credit_account, amount }
    }
}

/// What must be found of what `caller` asked for the `n`th time.
pub(super) fn rows(caller: u16, n: u64) -> Vec<Row> {
    let mut rows: Vec<Row> = asked(caller, n).iter().map(Row::of).collect();
    let settles = matches!(n % 8, 3 | 7).then(|| n.saturating_sub(1));
    for row in &mut rows {
        if let Some(reserved) = settles {
            (row.debit, row.credit) = (account(caller), SHOP);
            if n % 8 == 7 {
                row.amount = amount(caller, reserved);
            }
        }
    }
    rows
}

/// Debits pending and posted, credits pending and posted.
type Four = [u64; 4];

/// What the accounts must have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums(BTreeMap<AccountId, Four>);

impl Sums {
    /// Those of new books.
    pub(super) fn funded(callers: u16) -> Self {
        let mut sums = Self::default();
        for transfer in funding(callers) {
            sums.post(&Row::of(&transfer));
        }
        sums
    }

    /// As they were found.
    pub(super) fn of(found: &[Account]) -> Self {
        let four = |a: &Account| {
            [a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted]
                .map(Yen::amount)
        };
        let some = found.iter().map(|a| (a.id, four(a))).filter(|(_, four)| *four != [0; 4]);
        Self(some.collect())
    }

    /// After `caller` was given what they asked for the `n`th time.
    pub(super) fn add(&mut self, caller: u16, n: u64) {
        for row in rows(caller, n) {
            match n % 8 {
                2 | 6 => self.reserve(&row),
                7 => {}
                _ => self.post(&row),
            }
        }
        if matches!(n % 8, 3 | 7) {
            for reserved in rows(caller, n.saturating_sub(1)) {
                self.release(&reserved);
            }
        }
    }

    fn change(&mut self, id: AccountId, change: impl FnOnce(&mut Four)) {
        change(self.0.entry(id).or_default());
    }

    fn post(&mut self, row: &Row) {
        let amount = row.amount.amount();
        self.change(row.debit, |[_, debits, _, _]| *debits = debits.saturating_add(amount));
        self.change(row.credit, |[_, _, _, credits]| *credits = credits.saturating_add(amount));
    }

    fn reserve(&mut self, row: &Row) {
        let amount = row.amount.amount();
        self.change(row.debit, |[debits, _, _, _]| *debits = debits.saturating_add(amount));
        self.change(row.credit, |[_, _, credits, _]| *credits = credits.saturating_add(amount));
    }

    fn release(&mut self, row: &Row) {
        let amount = row.amount.amount();
        self.change(row.debit, |[debits, _, _, _]| *debits = debits.saturating_sub(amount));
        self.change(row.credit, |[_, _, credits, _]| *credits = credits.saturating_sub(amount));
    }
}
