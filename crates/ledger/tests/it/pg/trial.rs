//! The trial balance of a day, counted from batches.

use std::convert::Infallible;

use jiff::Timestamp;
use kanuki_ledger::{
    Account, AccountFlags, AccountId, Chapter, LEDGER_YEN, Transfer, TransferId, TrialBalance,
    state::State,
};

use crate::support::{after, pending, posted};

/// What is kept of these requests, all of which succeed.
fn chapter(state: &mut State, requests: &[Transfer], now: Timestamp) -> Chapter {
    let results = state.apply_transfers(requests, now);
    assert!(results.iter().all(|result| result.is_done()), "{results:?}");
    let kept = requests.iter().filter_map(|request| state.transfer(request.id));
    let transfers = kept.map(|kept| kept.transfer).collect();
    Chapter { now, accounts: vec![], transfers, refused: vec![] }
}

#[test]
fn balance_is_that_of_its_instant_with_what_was_reserved_then() {
    let mut state = State::new();
    let account = |id, code| Account::new(AccountId(id), LEDGER_YEN, code, AccountFlags::NONE);
    state.apply_accounts(&[account(1, 1_101), account(2, 2_201), account(3, 2_201)], after(0));
    let accounts = state.accounts().collect();
    let first = Chapter { now: after(0), accounts, transfers: vec![], refused: vec![] };
    let topup =
        [posted(1, 1, 2, 500), pending(2, 1, 3, 70).expires_after(60), pending(3, 1, 3, 30)];
    let topup = chapter(&mut state, &topup, after(10));
    let post = chapter(&mut state, &[Transfer::post(TransferId(4), TransferId(3))], after(40));
    let told = [first, topup, post];
    let at = |secs| {
        let balance =
            TrialBalance::count(told.iter().cloned().map(Ok::<_, Infallible>), after(secs));
        let balance = balance.unwrap();
        assert!(balance.is_even(LEDGER_YEN));
        let [banks, customers] = [1_101, 2_201].map(|code| balance.line(LEDGER_YEN, code));
        assert_eq!((banks.accounts, customers.accounts), (1, 2));
        assert_eq!(banks.debit_balance(), customers.credit_balance());
        (customers.credit_balance(), customers.credits_pending)
    };

    assert_eq!(at(9), (0, 0));
    assert_eq!(at(11), (500, 100));
    assert_eq!(at(41), (530, 70));
    assert_eq!(at(70), (530, 0), "what timed out is no longer reserved");
}
