//! The programs that are written down: every result and every flag at least once.

use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_ledger::{
    Account, AccountFlags, AccountId, LEDGER_YEN, Transfer, TransferFlags, TransferId,
};

use crate::program::{Program, Step};
use crate::support::{account, pending, posted};

const MAX: u128 = u128::MAX;

/// Those that run on any ledger.
pub(crate) fn programs() -> Vec<Program> {
    vec![accounts(), nonsense(), same_id(), settling(), chains(), closing(), balancing(), expiry()]
}

/// Those that need an empty one, because they happen in the past.
pub(crate) fn imports() -> Vec<Program> {
    vec![imported(), mixed()]
}

fn open() -> Step {
    Step::Accounts(vec![
        account(1, AccountFlags::NONE.with_history()),
        account(2, AccountFlags::NO_OVERDRAFT.with_history()),
        account(3, AccountFlags::DEBIT_BALANCE),
        Account { ledger: 7, ..account(4, AccountFlags::NONE) },
        Account { ledger: 7, ..account(5, AccountFlags::NONE) },
    ])
}

fn accounts() -> Program {
    let a = account(1, AccountFlags::NO_OVERDRAFT);
    let b = account(2, AccountFlags::NONE);
    let both = AccountFlags { credits_must_not_exceed_debits: true, ..a.flags };
    let past = Timestamp::new(1_000_000, 0).unwrap();
    let (one, many) = (Yen::of(1), vec![a, a]);
    let steps = vec![
        Step::Accounts(many),
        Step::Accounts(vec![
            Account { flags: AccountFlags::NONE, ..a },
            Account { closed: true, ..a },
            a.with_user_data(1),
            Account { ledger: 1, ..a },
            Account { code: 2, ..a },
            Account { id: AccountId(0), ..b },
            Account { id: AccountId(MAX), ..b },
            Account { flags: both, ..b },
            Account { debits_pending: one, ..b },
            Account { debits_posted: one, ..b },
            Account { credits_pending: one, ..b },
            Account { credits_posted: one, ..b },
            Account { ledger: 0, ..b },
            Account { code: 0, ..b },
            Account { timestamp: past, ..b },
            b.imported(past),
        ]),
        Step::Accounts(vec![b.linked(), account(3, AccountFlags::NONE).linked(), a]),
        Step::Accounts(vec![b.linked(), account(3, AccountFlags::NONE).linked()]),
        Step::Accounts(vec![b.linked(), account(3, AccountFlags::NONE), b]),
        Step::Accounts(vec![b.linked()]),
    ];
    Program::new("accounts", steps)
}

fn nonsense() -> Program {
    let good = posted(20, 1, 2, 1);
    let with = |id: u128, t: Transfer| Transfer { id: TransferId(id), ..t };
    let closing = |f: TransferFlags| Transfer { flags: f, ..good };
    let void = Transfer::void(good.id, TransferId(99));
    let clash = |f: TransferFlags| Transfer { flags: f, ..void };
    let v = void.flags;
    let steps = vec![
        open(),
        Step::Transfers(vec![
            with(0, good),
            with(MAX, good),
            Transfer { timestamp: Timestamp::new(5, 0).unwrap(), ..good },
            clash(TransferFlags { post_pending: true, ..v }),
            clash(TransferFlags { pending: true, ..v }),
            clash(TransferFlags { balancing_debit: true, ..v }),
            clash(TransferFlags { balancing_credit: true, ..v }),
            clash(TransferFlags { closing_debit: true, ..v }),
            clash(TransferFlags { closing_credit: true, ..v }),
            posted(20, 0, 2, 1),
            posted(20, MAX, 2, 1),
            posted(20, 1, 0, 1),
            posted(20, 1, MAX, 1),
            posted(20, 1, 1, 1),
            Transfer { pending_id: Some(TransferId(99)), ..good },
            good.expires_after(1),
            closing(TransferFlags { closing_debit: true, ..TransferFlags::NONE }),
            closing(TransferFlags { closing_credit: true, ..TransferFlags::NONE }),
            good.in_ledger(0),
            Transfer { code: 0, ..good },
            posted(20, 1, 4, 1),
            good.in_ledger(7),
            posted(21, 77, 2, 1),
            posted(22, 1, 77, 1),
            posted(23, 2, 1, 1),
            posted(24, 1, 3, 1),
            posted(21, 1, 2, 1),
            with(23, Transfer { code: 2, ..good }),
            good.imported(Timestamp::new(5, 0).unwrap()),
            good,
        ]),
    ];
    Program::new("nonsense", steps)
}

fn same_id() -> Program {
    let pend = pending(20, 1, 2, 100).expires_after(86_400).with_user_data(5);
    let post = Transfer::post(TransferId(21), pend.id);
    let all = Transfer { amount: Transfer::ALL, ..posted(23, 2, 1, 0) }.balancing_debit();
    let steps = vec![
        open(),
        Step::Transfers(vec![posted(10, 1, 2, 500), pend, pend]),
        Step::Transfers(vec![
            Transfer { flags: TransferFlags::NONE, ..pend },
            Transfer { pending_id: Some(TransferId(9)), ..pend },
            pend.expires_after(5),
            Transfer { debit_account: AccountId(3), ..pend },
            Transfer { credit_account: AccountId(3), ..pend },
            Transfer { amount: Yen::of(99), ..pend },
            pend.with_user_data(6),
            pend.in_ledger(7),
            Transfer { code: 2, ..pend },
            post,
            post,
            Transfer::post_part(post.id, pend.id, Yen::of(99)),
            Transfer::post_part(post.id, pend.id, Yen::of(100)),
            Transfer::post(post.id, TransferId(10)),
            Transfer { debit_account: AccountId(2), ..post },
            Transfer { credit_account: AccountId(1), ..post },
            post.with_user_data(5),
            post.with_user_data(6),
            post.in_ledger(7),
            Transfer { code: 2, ..post },
            Transfer::void(post.id, pend.id),
            all,
            all,
            Transfer { amount: Yen::of(1), ..all },
        ]),
    ];
    Program::new("the same id", steps)
}

fn settling() -> Program {
    let of = |id: u128, pending: u128| Transfer::post(TransferId(id), TransferId(pending));
    let void = |id: u128, pending: u128| Transfer::void(TransferId(id), TransferId(pending));
    let steps = vec![
        open(),
        Step::Transfers(vec![
            posted(10, 1, 2, 500),
            pending(11, 2, 1, 100).with_user_data(8),
            pending(12, 2, 1, 50),
            pending(13, 2, 1, 40),
        ]),
        Step::Transfers(vec![
            Transfer { pending_id: None, ..of(20, 11) },
            of(20, MAX),
            of(20, 20),
            of(20, 11).expires_after(1),
            of(21, 99),
            of(20, 10),
            Transfer { debit_account: AccountId(1), ..of(20, 11) },
            Transfer { credit_account: AccountId(2), ..of(20, 11) },
            of(20, 11).in_ledger(7),
            Transfer { code: 9, ..of(20, 11) },
            Transfer::post_part(TransferId(20), TransferId(11), Yen::of(101)),
            Transfer { amount: Yen::of(99), ..void(20, 11) },
            Transfer { amount: Yen::of(101), ..void(20, 11) },
            Transfer::post_part(TransferId(20), TransferId(11), Yen::of(60)).with_user_data(5),
            of(22, 11),
            void(22, 11),
            Transfer { amount: Yen::of(50), ..void(23, 12) },
            void(24, 12),
            of(24, 12),
            Transfer::post_part(TransferId(25), TransferId(13), Yen::ZERO),
            posted(26, 2, 1, 440),
            posted(27, 2, 1, 1),
        ]),
    ];
    Program::new("settling", steps)
}

fn chains() -> Program {
    let steps = vec![
        open(),
        Step::Transfers(vec![posted(10, 1, 2, 100), pending(11, 2, 1, 60)]),
        Step::Transfers(vec![
            posted(20, 1, 2, 1),
            Transfer::post(TransferId(21), TransferId(11)).linked(),
            posted(22, 2, 1, 41).linked(),
            posted(23, 1, 2, 1),
            posted(24, 1, 2, 2).linked(),
            posted(25, 1, 2, 3),
        ]),
        Step::Transfers(vec![posted(22, 2, 1, 1), posted(23, 2, 1, 1)]),
        Step::Transfers(vec![
            posted(30, 1, 2, 1).linked(),
            posted(24, 1, 2, 2),
            posted(31, 1, 2, 1),
        ]),
        Step::Transfers(vec![
            posted(32, 1, 2, 1),
            posted(33, 1, 2, 1).linked(),
            posted(34, 1, 2, 1).linked(),
        ]),
        Step::Transfers(vec![Transfer::void(TransferId(35), TransferId(11))]),
    ];
    Program::new("chains", steps)
}

fn closing() -> Program {
    let credit = TransferFlags { pending: true, closing_credit: true, ..TransferFlags::NONE };
    let close = Transfer::closing(TransferId(20), AccountId(2), AccountId(1), 1);
    let steps = vec![
        open(),
        Step::Transfers(vec![posted(10, 1, 2, 100), pending(11, 2, 1, 30), pending(12, 2, 1, 30)]),
        Step::Transfers(vec![
            close,
            posted(21, 2, 1, 0),
            posted(22, 1, 2, 0),
            Transfer::post(TransferId(23), TransferId(11)),
            Transfer::void(TransferId(24), TransferId(11)),
            Transfer::closing(TransferId(25), AccountId(2), AccountId(1), 1),
            Transfer::post(TransferId(26), close.id),
        ]),
        Step::Transfers(vec![Transfer::void(TransferId(27), close.id), posted(28, 2, 1, 5)]),
        Step::Transfers(vec![
            Transfer { flags: credit, ..pending(30, 1, 2, 0) },
            Transfer::post(TransferId(31), TransferId(12)),
            Transfer::void(TransferId(32), TransferId(30)),
            Transfer::post(TransferId(33), TransferId(12)),
        ]),
    ];
    Program::new("closing", steps)
}

fn balancing() -> Program {
    let all =
        |id, debit, credit| Transfer { amount: Transfer::ALL, ..posted(id, debit, credit, 0) };
    let steps = vec![
        open(),
        Step::Transfers(vec![
            posted(10, 1, 2, 100),
            posted(11, 3, 1, 70),
            pending(12, 2, 1, 30),
            all(13, 2, 1).balancing_debit(),
            all(14, 2, 1).balancing_debit(),
            all(15, 1, 3).balancing_credit(),
            Transfer { amount: Yen::of(7), ..all(16, 1, 3) }.balancing_credit(),
            posted(17, 1, 2, 9),
            Transfer { amount: Yen::of(4), ..all(18, 2, 1) }.balancing_debit().balancing_credit(),
            pending(19, 2, 1, 50).balancing_debit(),
        ]),
    ];
    Program::new("balancing", steps)
}

fn expiry() -> Program {
    let close = Transfer::closing(TransferId(14), AccountId(1), AccountId(3), 1);
    let steps = vec![
        open(),
        Step::Transfers(vec![
            posted(10, 1, 2, 100),
            pending(11, 2, 1, 60).expires_after(1),
            pending(12, 2, 1, 20).expires_after(1),
            pending(13, 2, 1, 10).expires_after(86_400),
            Transfer::post(TransferId(15), TransferId(12)),
            close.expires_after(1),
            posted(16, 2, 1, 11),
        ]),
        Step::Wait(3),
        Step::Transfers(vec![
            Transfer::post(TransferId(20), TransferId(11)),
            Transfer::void(TransferId(21), TransferId(11)),
            posted(22, 2, 1, 71),
            posted(23, 2, 1, 70),
            posted(24, 1, 2, 1),
        ]),
    ];
    Program::new("expiry", steps)
}

fn at(secs: i64) -> Timestamp {
    Timestamp::new(1_577_836_800 + secs, 0).unwrap()
}

fn imported() -> Program {
    let far = Timestamp::from_second(9_000_000_000).unwrap();
    let of = |id| account(id, AccountFlags::NONE.with_history());
    let timeout = pending(25, 1, 2, 5).expires_after(9);
    let steps = vec![
        Step::Accounts(vec![
            of(1).imported(at(10)),
            of(2).imported(at(20)),
            of(3).imported(at(20)),
            of(3).imported(at(19)),
            of(3),
            of(3).imported(Timestamp::UNIX_EPOCH),
            of(3).imported(far),
            of(3).imported(at(40)).linked(),
            of(4).imported(at(50)),
            of(1).imported(at(5)),
        ]),
        Step::Transfers(vec![
            posted(20, 1, 3, 1).imported(at(10)),
            posted(21, 1, 3, 1).imported(at(40)),
            posted(21, 3, 1, 1).imported(at(39)),
            posted(21, 1, 3, 1).imported(at(39)),
            posted(21, 1, 3, 1).imported(at(60)),
            posted(21, 1, 3, 1).imported(at(60)),
            posted(22, 1, 3, 1).imported(at(60)),
            posted(22, 1, 3, 1).imported(at(59)),
            posted(22, 1, 3, 1).imported(Timestamp::UNIX_EPOCH),
            posted(22, 1, 3, 1).imported(far),
            posted(22, 1, 3, 1),
            timeout.imported(at(70)),
            pending(26, 1, 2, 5).imported(at(80)),
            Transfer::post(TransferId(27), TransferId(26)).imported(at(80)),
            Transfer::post(TransferId(27), TransferId(26)).imported(at(90)),
        ]),
        Step::Transfers(vec![posted(30, 1, 2, 7), posted(31, 1, 2, 7).imported(at(95))]),
    ];
    Program::new("imports", steps)
}

fn mixed() -> Program {
    let of = |id| account(id, AccountFlags::NONE);
    let ledger = Account::new(AccountId(3), LEDGER_YEN, 1, AccountFlags::NONE);
    let steps = vec![
        Step::Accounts(vec![of(1).imported(at(10)).linked(), of(2).imported(at(20)), ledger]),
        Step::Transfers(vec![
            posted(20, 1, 2, 5).imported(at(30)).linked(),
            posted(21, 1, 2, 5).imported(at(30)).linked(),
            posted(22, 1, 2, 5).imported(at(40)),
            posted(23, 1, 2, 5).imported(at(31)),
        ]),
        Step::Transfers(vec![posted(24, 1, 2, 1), posted(25, 2, 1, 2)]),
        Step::Transfers(vec![posted(26, 1, 2, 1).imported(at(50))]),
    ];
    Program::new("imports in chains", steps)
}
