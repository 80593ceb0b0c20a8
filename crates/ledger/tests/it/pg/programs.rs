//! Random programs against the state machine, with new writers in between.

use std::convert::Infallible;

use jiff::Timestamp;
use kanuki_ledger::{
    Chapter, CreateTransferResult as R, LEDGER_YEN, LedgerEngine, PostgresEngine, Transfer,
    TrialBalance, postgres::MoveError, state::State,
};
use proptest::prelude::*;

use super::{PATIENCE, server::Server};
use crate::{
    invariants::{accounts, program},
    support::{after, posted},
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever writes, and whatever it has in memory, the answers are those of the state machine.
    #[test]
    fn postgres_engine_is_the_state_machine_across_writers(program in program(), every in 1_usize..6) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let server = Server::shared();
        let schema = Server::schema();
        let open = || {
            let engine = PostgresEngine::open(server.config(&schema, "one"), PATIENCE);
            runtime.block_on(engine).unwrap()
        };
        let mut state = State::new();
        state.apply_accounts(&accounts(), after(0));
        let mut engine = open();
        runtime.block_on(engine.create_accounts(accounts(), after(0))).unwrap();
        let mut secs = 0;
        for (index, (pause, batch)) in program.into_iter().enumerate() {
            secs += pause;
            if index.is_multiple_of(every) {
                drop(engine);
                engine = open();
            }
            let expected = state.apply_transfers(&batch, after(secs));
            let found = runtime.block_on(engine.create_transfers(batch, after(secs))).unwrap();
            prop_assert_eq!(found, expected);
        }
        let ids: Vec<_> = state.accounts().map(|account| account.id).collect();
        let found = runtime.block_on(engine.lookup_accounts(&ids, after(secs))).unwrap();
        prop_assert_eq!(found, state.accounts().map(Some).collect::<Vec<_>>());
        let ids: Vec<_> = state.transfers().map(|record| record.transfer.id).collect();
        let found = runtime.block_on(engine.lookup_transfers(&ids, after(secs))).unwrap();
        prop_assert_eq!(found, state.transfers().map(Some).collect::<Vec<_>>());
        let report = runtime.block_on(engine.verify()).unwrap();
        prop_assert!(report.ok, "{:?}", report.problems);
    }
}

/// What an engine keeps of `batch`.
fn chapter(state: &mut State, batch: &[Transfer], now: Timestamp) -> Chapter {
    let results = state.apply_transfers(batch, now);
    let answered = || batch.iter().zip(&results);
    let made = answered().filter(|(_, result)| **result == R::Created);
    let transfers = made.filter_map(|(t, _)| state.transfer(t.id)).map(|kept| kept.transfer);
    let refused = answered().filter(|(_, result)| result.is_transient()).map(|(t, _)| t.id);
    Chapter { now, accounts: vec![], transfers: transfers.collect(), refused: refused.collect() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Books that were moved answer as those that they were moved from: what is kept, what may be
    /// asked again, what is left of every window.
    #[test]
    fn moved_books_go_on_as_the_old_ones(before in program(), later in program()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let server = Server::shared();
        let config = server.config(&Server::schema(), "one");
        let mut state = State::new();
        state.apply_accounts(&accounts(), after(0));
        let made = state.accounts().collect();
        let first = Chapter { now: after(0), accounts: made, transfers: vec![], refused: vec![] };
        let mut chapters = vec![first];
        let mut secs = 0;
        for (pause, batch) in before {
            secs += pause;
            chapters.push(chapter(&mut state, &batch, after(secs)));
        }

        let kept = chapters.iter().cloned().map(Ok::<_, Infallible>);
        let moved = runtime.block_on(PostgresEngine::take_over(&config, kept)).unwrap();
        let told = chapters.clone();
        let again = chapters.into_iter().map(Ok::<_, Infallible>);
        let again = runtime.block_on(PostgresEngine::take_over(&config, again));

        prop_assert_eq!(moved.accounts, 5);
        for until in [after(0), after(secs.div_euclid(2)), after(secs), after(secs + 25)] {
            let kept = told.iter().cloned().map(Ok::<_, Infallible>);
            let counted = TrialBalance::count(kept, until).unwrap();
            let summed = runtime.block_on(PostgresEngine::trial_balance(&config, until)).unwrap();
            prop_assert!(counted.is_even(LEDGER_YEN));
            prop_assert_eq!(summed, counted);
        }
        prop_assert!(matches!(again, Err(MoveError::NotEmpty)), "books are never moved into others");
        let engine = runtime.block_on(PostgresEngine::open(config, PATIENCE)).unwrap();
        for (pause, batch) in later {
            secs += pause;
            let expected = state.apply_transfers(&batch, after(secs));
            let found = runtime.block_on(engine.create_transfers(batch, after(secs))).unwrap();
            prop_assert_eq!(found, expected);
        }
        let ids: Vec<_> = state.transfers().map(|record| record.transfer.id).collect();
        let found = runtime.block_on(engine.lookup_transfers(&ids, after(secs))).unwrap();
        prop_assert_eq!(found, state.transfers().map(Some).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn books_that_come_out_otherwise_are_not_moved() {
    let server = Server::shared();
    let mut state = State::new();
    state.apply_accounts(&accounts(), after(0));
    let made = state.accounts().collect();
    let first = Chapter { now: after(0), accounts: made, transfers: vec![], refused: vec![] };
    let mut second = chapter(&mut state, &[posted(1, 1, 2, 5)], after(1));
    second.transfers[0].timestamp = after(2);

    let chapters = [first, second].into_iter().map(Ok::<_, Infallible>);
    let refused =
        PostgresEngine::take_over(&server.config(&Server::schema(), "one"), chapters).await;

    assert!(matches!(refused, Err(MoveError::Diverged { now }) if now == after(1)));
}
