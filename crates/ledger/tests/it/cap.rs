//! A rolling cap holds whatever is asked in whatever order, and refuses nothing that it need not.

use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_ledger::{
    AccountId, EmbeddedEngine, LedgerEngine, MemoryEngine, ModelEngine, Transfer, TransferId, chain,
};
use proptest::prelude::*;

use crate::{pg, race, support::after, support::pending, support::posted};

/// What [`race::prepare`] funds.
const CAP: u64 = 50;
/// Seconds after which a use is forgotten.
const WINDOW: u32 = 100;

/// What one of several callers does next.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Asks for a debit of so much, through the gate and the cap.
    Debit(u32),
    /// Sends the last request again, as whoever lost the answer does.
    Again,
    /// The bank posts the last debit; the cap keeps its use until the window has passed.
    Post,
    /// The bank gives the last debit back, and with it the use.
    Void,
}

#[derive(Clone, Copy, Debug)]
struct Turn {
    caller: usize,
    pause: i64,
    act: Act,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let act = prop_oneof![
        6 => (1_u32..30).prop_map(Act::Debit),
        1 => Just(Act::Again),
        1 => Just(Act::Post),
        2 => Just(Act::Void),
    ];
    let turn = (0_usize..3, 0_i64..40, act);
    prop::collection::vec(turn.prop_map(|(caller, pause, act)| Turn { caller, pause, act }), 1..40)
}

/// A debit that was granted.
#[derive(Clone, Copy)]
struct Granted {
    amount: u64,
    at: Timestamp,
    voided: bool,
}

fn debit(n: u128, amount: u32) -> Vec<Transfer> {
    vec![
        posted(10_000 + n, 5, 6, 0),
        pending(20_000 + n, 2, 3, amount).expires_after(WINDOW),
        pending(30_000 + n, 1, 4, amount),
    ]
}

async fn holds(engine: &dyn LedgerEngine, turns: &[Turn]) {
    race::prepare(engine).await;
    let mut granted: Vec<Option<Granted>> = Vec::new();
    let mut asked: Vec<(u32, Timestamp)> = Vec::new();
    let mut last = [None; 3];
    let mut secs = 1;
    for (n, turn) in (0_u128..).zip(turns) {
        secs += turn.pause;
        let now = after(secs);
        let window = jiff::SignedDuration::from_secs(WINDOW.into());
        let used: u64 = granted
            .iter()
            .flatten()
            .filter(|use_| !use_.voided && now < use_.at + window)
            .map(|use_| use_.amount)
            .sum();
        assert!(used <= CAP, "{used} of {CAP} at {now}");
        let id = |index: usize| u128::try_from(index).unwrap();
        match (turn.act, last[turn.caller]) {
            (Act::Debit(amount), _) => {
                let index = asked.len();
                let is_granted = chain(engine, debit(id(index), amount), now).await.is_ok();
                assert_eq!(is_granted, used + u64::from(amount) <= CAP, "{used} and {amount}");
                let amount_used = Granted { amount: amount.into(), at: now, voided: false };
                granted.push(is_granted.then_some(amount_used));
                asked.push((amount, now));
                last[turn.caller] = Some(index);
            }
            (Act::Again, Some(index)) => {
                let again = chain(engine, debit(id(index), asked[index].0), now).await;
                assert_eq!(again.is_ok(), granted[index].is_some(), "the same answer for ever");
            }
            (Act::Post, Some(index)) => {
                let post = Transfer::post(TransferId(40_000 + n), TransferId(30_000 + id(index)));
                let _made_or_settled = chain(engine, vec![post], now).await;
            }
            (Act::Void, Some(index)) => {
                let legs = [30_000, 20_000].map(|leg| leg + id(index));
                let voids = (0..).zip(legs).map(|(k, leg)| {
                    Transfer::void(TransferId(50_000 + 2 * n + k), TransferId(leg))
                });
                let is_voided = chain(engine, voids.collect(), now).await.is_ok();
                if let Some(use_) = &mut granted[index] {
                    use_.voided |= is_voided;
                }
            }
            (Act::Again | Act::Post | Act::Void, None) => {}
        }
    }
    let now = after(secs + i64::from(WINDOW));
    let cap = engine.find_account(AccountId(2), now).await.unwrap().unwrap();
    assert_eq!(cap.available(), Yen::new(CAP).unwrap(), "a window later it is whole again");
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_requests_exceeds_a_cap_in_memory(turns in turns()) {
        wait(holds(&MemoryEngine::new(), &turns));
        wait(holds(&ModelEngine::new(), &turns));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_requests_exceeds_a_cap_on_disk(turns in turns()) {
        let dir = tempfile::tempdir().unwrap();
        wait(holds(&EmbeddedEngine::open(dir.path()).unwrap().0, &turns));
    }

    #[test]
    fn no_order_of_requests_exceeds_a_cap_in_postgres(turns in turns()) {
        let server = pg::server::Server::shared();
        wait(async {
            let engine = pg::open(&server, &pg::server::Server::schema(), "one").await;
            holds(&engine, &turns).await;
        });
    }
}
