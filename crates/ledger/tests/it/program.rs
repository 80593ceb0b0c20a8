//! Programs for ledgers: those that are written down, and random ones by seed.
//!
//! A program names accounts and transfers by small numbers; `base` keeps two programs apart that run
//! on the same ledger.

use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_ledger::{
    Account, AccountFlags, AccountId, LEDGER_YEN, Transfer, TransferFlags, TransferId,
};

/// One request, or the passing of time.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Accounts(Vec<Account>),
    Transfers(Vec<Transfer>),
    Wait(u32),
}

/// What is asked of a ledger, step by step.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
}

impl Program {
    pub(crate) fn new(name: &str, steps: Vec<Step>) -> Self {
        Self { name: name.to_owned(), steps }
    }

    /// The same one, with all ids moved by `base`.
    pub(crate) fn moved(mut self, base: u128) -> Self {
        let id = |id: u128| if id == 0 || id == u128::MAX { id } else { id + base };
        for step in &mut self.steps {
            match step {
                Step::Accounts(accounts) => {
                    for a in accounts {
                        a.id = AccountId(id(a.id.0));
                    }
                }
                Step::Transfers(transfers) => {
                    for t in transfers {
                        t.id = TransferId(id(t.id.0));
                        t.debit_account = AccountId(id(t.debit_account.0));
                        t.credit_account = AccountId(id(t.credit_account.0));
                        t.pending_id = t.pending_id.map(|pending| TransferId(id(pending.0)));
                    }
                }
                Step::Wait(_) => {}
            }
        }
        self
    }
}

/// Numbers that look like dice and are the same for the same seed (`SplitMix64`).
pub(crate) struct Dice(u64);

impl Dice {
    /// Those of `seed`.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// One of `0..sides`.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }

    fn is(&mut self, one_in: u64) -> bool {
        self.roll(one_in) == 0
    }
}

/// 1 and 5 are free, 2 and 3 cannot be overdrawn, 4 holds what others owe, 6 is of another ledger,
/// 7 was made closed; 8 does not exist.
fn accounts() -> Vec<Account> {
    let of = |id, flags| Account::new(AccountId(id), LEDGER_YEN, 1, flags);
    vec![
        of(1, AccountFlags::NONE.with_history()),
        of(2, AccountFlags::NO_OVERDRAFT.with_history()).with_user_data(9).linked(),
        of(3, AccountFlags::NO_OVERDRAFT),
        of(4, AccountFlags::DEBIT_BALANCE.with_history()),
        of(5, AccountFlags::NONE),
        Account { ledger: 7, ..of(6, AccountFlags::NONE) },
        Account { closed: true, ..of(7, AccountFlags::NONE) },
    ]
}

fn transfer(dice: &mut Dice) -> Transfer {
    let id = TransferId(u128::from(dice.roll(60)) + 10);
    let other = TransferId(u128::from(dice.roll(60)) + 10);
    let amount = Yen::new(dice.roll(40)).unwrap();
    let side = |dice: &mut Dice| {
        let among = if dice.is(8) { 8 } else { 5 };
        AccountId(u128::from(dice.roll(among)) + 1)
    };
    let (debit, credit) = (side(dice), side(dice));
    let timeout = if dice.is(2) { 0 } else { 86_400 };
    let mut t = match dice.roll(14) {
        0..=2 => {
            let fund = Yen::new(amount.amount() * 3).unwrap();
            let to = AccountId(u128::from(dice.roll(2)) + 2);
            Transfer::posted(id, AccountId(1), to, fund, 1)
        }
        3 => Transfer::posted(id, debit, credit, amount, 1),
        4..=6 => Transfer::pending(id, debit, credit, amount, 1).expires_after(timeout),
        7 => Transfer::post(id, other),
        8 => Transfer::post_part(id, other, amount),
        9 | 10 => Transfer::void(id, other),
        11 => Transfer::posted(id, debit, credit, Transfer::ALL, 1).balancing_debit(),
        12 => Transfer::posted(id, debit, credit, amount, 1).balancing_credit(),
        _ => Transfer::closing(id, AccountId(5), AccountId(1), 1).expires_after(timeout),
    };
    if dice.is(12) {
        t = spoiled(t, dice);
    }
    if dice.is(4) { t.linked() } else { t }
}

/// With one thing wrong, or at least odd.
fn spoiled(t: Transfer, dice: &mut Dice) -> Transfer {
    match dice.roll(11) {
        0 => Transfer { id: TransferId(0), ..t },
        1 => Transfer { id: TransferId(u128::MAX), ..t },
        2 => t.in_ledger(7),
        3 => Transfer { code: 2, ..t },
        4 => t.with_user_data(5),
        5 => t.expires_after(7),
        6 => Transfer { pending_id: Some(TransferId(12)), ..t },
        7 => Transfer { flags: TransferFlags { void_pending: true, ..t.flags }, ..t },
        8 => Transfer { flags: TransferFlags { closing_credit: true, ..t.flags }, ..t },
        9 => t.imported(Timestamp::UNIX_EPOCH),
        _ => Transfer { debit_account: AccountId(u128::MAX), ..t },
    }
}

/// The random program of `seed`.
pub(crate) fn random(seed: u64) -> Program {
    let mut dice = Dice::new(seed);
    let mut steps = vec![Step::Accounts(accounts())];
    for _ in 0..4 + dice.roll(8) {
        let len = 1 + dice.roll(6);
        steps.push(Step::Transfers((0..len).map(|_| transfer(&mut dice)).collect()));
    }
    Program::new(&format!("random {seed}"), steps)
}
