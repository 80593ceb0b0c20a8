//! Random programs against the state machine, with new writers in between.

use kanuki_ledger::{LedgerEngine, PostgresEngine, state::State};
use proptest::prelude::*;

use super::{PATIENCE, server::Server};
use crate::{
    invariants::{accounts, program},
    support::after,
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
        prop_assert_eq!(found, state.accounts().copied().map(Some).collect::<Vec<_>>());
        let ids: Vec<_> = state.transfers().map(|record| record.transfer.id).collect();
        let found = runtime.block_on(engine.lookup_transfers(&ids, after(secs))).unwrap();
        prop_assert_eq!(found, state.transfers().map(Some).collect::<Vec<_>>());
        let report = runtime.block_on(engine.verify()).unwrap();
        prop_assert!(report.ok, "{:?}", report.problems);
    }
}
