//! Many callers at once.

use std::sync::Arc;

use kanuki_domain::Yen;
use kanuki_ledger::{
    AccountFlags, AccountId, EmbeddedEngine, LedgerEngine, MemoryEngine, Transfer, TransferId,
    chain, verify::verify,
};

use crate::support::{account, after, pending, posted};

const CAP: u32 = 50;
const CALLERS: u128 = 120;

/// 1 the bank's clearing, 2 the cap, 3 where used cap goes, 4 the customer, 5 a gate, 6 its sink.
pub(crate) async fn prepare(engine: &dyn LedgerEngine) {
    let accounts = (1..=6_u128)
        .map(|id| {
            let flags = if id == 2 { AccountFlags::NO_OVERDRAFT } else { AccountFlags::NONE };
            account(id, flags)
        })
        .collect();
    engine.create_accounts(accounts, after(0)).await.unwrap();
    engine.create_transfers(vec![posted(1, 1, 2, CAP)], after(0)).await.unwrap();
}

fn debit(n: u128, amount: u32) -> Vec<Transfer> {
    vec![
        posted(1_000 + n, 5, 6, 0),
        pending(2_000 + n, 2, 3, amount).expires_after(86_400),
        pending(3_000 + n, 1, 4, amount),
    ]
}

/// Everyone asks at once, everyone twice; answers how much was reserved.
pub(crate) async fn rush(engine: Arc<dyn LedgerEngine>) -> (u64, usize) {
    let calls: Vec<_> = (0..CALLERS * 2)
        .map(|n| {
            let engine = Arc::clone(&engine);
            tokio::spawn(async move { chain(&*engine, debit(n % CALLERS, 3), after(1)).await })
        })
        .collect();
    let mut succeeded = 0;
    for call in calls {
        succeeded += usize::from(call.await.unwrap().is_ok());
    }
    let customer = engine.find_account(AccountId(4), after(1)).await.unwrap().unwrap();
    (customer.credits_pending.amount(), succeeded)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_debits_never_pass_a_rolling_cap_in_memory() {
    let engine: Arc<dyn LedgerEngine> = Arc::new(MemoryEngine::new());
    prepare(&*engine).await;

    let (reserved, succeeded) = rush(Arc::clone(&engine)).await;

    // 16 times ¥3 is the most that fits in ¥50, and each winner asked twice.
    assert_eq!((reserved, succeeded), (48, 32));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_debits_never_pass_a_rolling_cap_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let engine: Arc<dyn LedgerEngine> = Arc::new(EmbeddedEngine::open(dir.path()).unwrap().0);
    prepare(&*engine).await;

    let (reserved, succeeded) = rush(Arc::clone(&engine)).await;
    let tomorrow = after(86_401);
    let cap = engine.find_account(AccountId(2), tomorrow).await.unwrap().unwrap();

    assert_eq!((reserved, succeeded), (48, 32));
    assert_eq!(cap.available(), Yen::of(CAP), "a day later the cap is whole again");
    drop(engine);
    let report = verify(dir.path());
    assert!(report.ok, "{:?}", report.problems);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_passes_a_gate_after_its_closing_was_answered() {
    let dir = tempfile::tempdir().unwrap();
    let engine: Arc<dyn LedgerEngine> = Arc::new(EmbeddedEngine::open(dir.path()).unwrap().0);
    prepare(&*engine).await;
    let rushing: Vec<_> = (0..40)
        .map(|n| {
            let engine = Arc::clone(&engine);
            tokio::spawn(async move { chain(&*engine, debit(n, 1), after(1)).await })
        })
        .collect();

    let close = Transfer::closing(TransferId(9), AccountId(5), AccountId(6), 1);
    chain(&*engine, vec![close], after(1)).await.unwrap();
    let at_stop = engine.find_account(AccountId(4), after(1)).await.unwrap().unwrap();
    for call in rushing {
        // Before or after the closing: both are right.
        let _made_or_stopped = call.await.unwrap();
    }
    let late = chain(&*engine, debit(500, 1), after(1)).await;
    let in_the_end = engine.find_account(AccountId(4), after(1)).await.unwrap().unwrap();

    assert!(late.is_err());
    assert_eq!(in_the_end, at_stop);
}
