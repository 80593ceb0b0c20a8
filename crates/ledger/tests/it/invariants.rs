//! Random programs: the state machine against the naive ledger, and what must always hold.

use kanuki_domain::Yen;
use kanuki_ledger::{
    Account, AccountFlags, AccountId, CreateTransferResult as R, EmbeddedEngine, LedgerEngine,
    Transfer, TransferFlags, TransferId, oracle::Books, state::State, verify::verify,
};
use proptest::prelude::*;

use crate::support::{account, after, pending, posted};

/// 1 is the world outside, 2 and 3 people, 4 what others owe, 5 a gate; 6 does not exist.
pub(crate) fn accounts() -> Vec<Account> {
    vec![
        account(1, AccountFlags::NONE),
        account(2, AccountFlags::NO_OVERDRAFT.with_history()),
        account(3, AccountFlags::NO_OVERDRAFT),
        account(4, AccountFlags::DEBIT_BALANCE),
        account(5, AccountFlags::NONE),
    ]
}

/// One request. Few ids, accounts and amounts, so that programs collide with themselves.
fn transfer() -> impl Strategy<Value = Transfer> {
    let sides = (1_u128..=6, 1_u128..=5, 0_u32..40);
    // Reservations take the lower ids, so that most settlements name one; some name anything.
    let ids = (1_u128..24, prop_oneof![4 => 31_u128..55, 1 => 1_u128..99]);
    (0_u8..14, ids, sides, 0_u32..4, prop::bool::weighted(0.25)).prop_map(
        |(kind, ids, sides, timeout, linked)| {
            let ((id, other), (debit, credit, amount)) = (ids, sides);
            let (id, other) =
                if matches!(kind, 4..=6 | 11) { (id + 30, other) } else { (id + 60, other) };
            let (this, that) = (TransferId(id), TransferId(other));
            let transfer = match kind {
                0..=2 => posted(id, 1, 2 + (credit % 2), amount * 3),
                3 => posted(id, debit, credit, amount),
                4..=6 => pending(id, debit, credit, amount).expires_after(timeout * 10),
                7 | 12 => Transfer::post(this, that),
                8 => Transfer::post_part(this, that, Yen::of(amount)),
                9 | 13 => Transfer::void(this, that),
                10 => Transfer { amount: Transfer::ALL, ..posted(id, debit, credit, 0) }
                    .balancing_debit(),
                _ => Transfer::closing(this, AccountId(5), AccountId(1), 1)
                    .expires_after(timeout * 10),
            };
            if linked { transfer.linked() } else { transfer }
        },
    )
}

/// Batches and the seconds that pass before each.
pub(crate) fn program() -> impl Strategy<Value = Vec<(i64, Vec<Transfer>)>> {
    prop::collection::vec((0_i64..15, prop::collection::vec(transfer(), 1..6)), 1..30)
}

fn all_sums(state: &State) -> [u64; 4] {
    state.accounts().fold([0; 4], |sums, a| {
        let more = [a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted];
        std::array::from_fn(|i| sums[i] + more[i].amount())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Results, sums, states, timestamps and closings are those of the naive ledger after every batch.
    #[test]
    fn state_machine_answers_as_the_naive_ledger(program in program()) {
        let mut state = State::new();
        state.apply_accounts(&accounts(), after(0));
        let mut naive = Books::default();
        naive.create_accounts(&accounts(), after(0));
        let mut secs = 0;
        for (pause, batch) in program {
            secs += pause;
            let now = after(secs);

            let expected = naive.create_transfers(&batch, now);
            prop_assert_eq!(state.apply_transfers(&batch, now), expected);

            let found: Vec<Account> = state.accounts().collect();
            prop_assert_eq!(found, naive.accounts().collect::<Vec<_>>());
            let found: Vec<_> = state.transfers().collect();
            prop_assert_eq!(found, naive.transfers().collect::<Vec<_>>());
        }
    }

    /// Whatever is asked for, debits equal credits and nobody is overdrawn, holds included.
    #[test]
    fn money_is_conserved_and_nobody_is_overdrawn(program in program()) {
        let mut state = State::new();
        state.apply_accounts(&accounts(), after(0));
        let mut secs = 0;
        for (pause, batch) in program {
            secs += pause;
            state.apply_transfers(&batch, after(secs));

            let [debits_pending, debits_posted, credits_pending, credits_posted] = all_sums(&state);
            prop_assert_eq!(debits_pending, credits_pending);
            prop_assert_eq!(debits_posted, credits_posted);
            for account in state.accounts().filter(|a| a.flags.debits_must_not_exceed_credits) {
                let debits = account.debits_pending.plus(account.debits_posted).unwrap();
                prop_assert!(debits <= account.credits_posted);
            }
        }
        let end = after(secs + 1_000);
        state.apply_transfers(&[], end);
        let open_for_ever = state.transfers().filter(|record| record.transfer.timeout_secs == 0);
        let reserved: u64 = open_for_ever
            .filter(|r| matches!(r.pending, Some(kanuki_ledger::PendingState::Pending { .. })))
            .map(|r| r.transfer.amount.amount())
            .sum();
        prop_assert_eq!(all_sums(&state)[0], reserved, "nothing outlives its timeout");
    }

    /// A chain that cannot succeed leaves the books exactly as they were, in every field.
    #[test]
    fn broken_chain_changes_nothing(
        program in program(),
        chain in prop::collection::vec(transfer(), 1..8),
    ) {
        let mut state = State::new();
        state.apply_accounts(&accounts(), after(0));
        let mut secs = 0;
        for (pause, batch) in program {
            secs += pause;
            state.apply_transfers(&batch, after(secs));
        }
        let before = state.clone();
        let impossible = posted(1_000, 2, 2, 1);
        let chain: Vec<_> =
            chain.into_iter().map(Transfer::linked).chain([impossible]).collect();

        let results = state.apply_transfers(&chain, after(secs));

        prop_assert!(!results.contains(&R::Created));
        let burnt = results.iter().any(|result| result.is_transient());
        let same = state == before;
        prop_assert!(same || burnt, "only a burnt id may be left over");
        prop_assert!(state.accounts().eq(before.accounts()));
        prop_assert!(state.transfers().eq(before.transfers()));
    }

    /// The same batches give the same books, and sending one again changes only time.
    #[test]
    fn replay_gives_the_same_books(program in program()) {
        let mut states = [State::new(), State::new()];
        for state in &mut states {
            state.apply_accounts(&accounts(), after(0));
            let mut secs = 0;
            for (pause, batch) in &program {
                secs += pause;
                state.apply_transfers(batch, after(secs));
            }
        }
        let [one, other] = states;
        prop_assert_eq!(one, other);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Restarts at any point change nothing, and the second count agrees.
    #[test]
    fn embedded_engine_is_the_state_machine_across_restarts(program in program(), every in 1_usize..6) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let mut state = State::new();
        state.apply_accounts(&accounts(), after(0));
        let (mut engine, _) = EmbeddedEngine::open(dir.path()).unwrap();
        runtime.block_on(engine.create_accounts(accounts(), after(0))).unwrap();
        let mut secs = 0;
        for (index, (pause, batch)) in program.into_iter().enumerate() {
            secs += pause;
            if index.is_multiple_of(every) {
                drop(engine);
                engine = EmbeddedEngine::open(dir.path()).unwrap().0;
            }
            let expected = state.apply_transfers(&batch, after(secs));
            let found = runtime.block_on(engine.create_transfers(batch, after(secs))).unwrap();
            prop_assert_eq!(found, expected);
        }
        for expected in state.accounts() {
            let found = runtime.block_on(engine.find_account(expected.id, after(secs))).unwrap();
            prop_assert_eq!(found, Some(expected));
        }
        drop(engine);
        let report = verify(dir.path());
        prop_assert!(report.ok, "{:?}", report.problems);
    }
}

#[test]
fn sums_that_do_not_fit_are_refused_by_name() {
    let mut state = State::new();
    state.apply_accounts(&accounts(), after(0));
    let full = Transfer { amount: Yen::MAX, ..posted(1, 1, 5, 0) };
    let pend = TransferFlags { pending: true, ..TransferFlags::NONE };

    let results = state.apply_transfers(
        &[
            full,
            posted(2, 1, 4, 1),
            posted(3, 3, 5, 1),
            Transfer { flags: pend, amount: Yen::MAX, ..posted(4, 4, 1, 0) },
            pending(5, 4, 1, 1),
            posted(6, 4, 1, 1),
            Transfer { amount: Yen::MAX, ..posted(7, 5, 1, 0) },
        ],
        after(0),
    );

    let expected = [
        R::Created,
        R::OverflowsDebitsPosted,
        R::OverflowsCreditsPosted,
        R::Created,
        R::OverflowsDebitsPending,
        R::OverflowsDebits,
        R::OverflowsCredits,
    ];
    assert_eq!(results, expected);
}
