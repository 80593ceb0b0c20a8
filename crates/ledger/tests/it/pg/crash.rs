//! The database crashes under load.
//!
//! Four times in every run of the tests; `KANUKI_KILLS=1000` in front of the command for a thousand.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use kanuki_ledger::{AccountFlags, AccountId, LedgerEngine, PostgresEngine, TransferId};

use super::{PATIENCE, open, server::Server};
use crate::support::{account, after, posted};

/// Sends until told to stop; each id again until it is answered.
async fn load(
    engine: Arc<PostgresEngine>,
    first: u128,
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicU64>,
) -> Vec<TransferId> {
    let mut answered = Vec::new();
    for id in first.. {
        loop {
            let sent = engine.create_transfers(vec![posted(id, 1, 2, 1)], after(1)).await;
            if let Ok(results) = sent {
                assert!(results[0].is_done(), "{results:?}");
                break;
            }
            tokio::task::yield_now().await;
        }
        answered.push(TransferId(id));
        answers.fetch_add(1, Ordering::SeqCst);
        if stop.load(Ordering::SeqCst) {
            break;
        }
    }
    answered
}

async fn more_answers(answers: &AtomicU64, than: u64) {
    let waiting = async {
        while answers.load(Ordering::SeqCst) <= than {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "a longer run is asked for by hand")]
async fn crashed_database_loses_nothing_and_doubles_nothing() {
    let kills = std::env::var("KANUKI_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(4);
    let server = Server::start();
    let schema = Server::schema();
    let engine = Arc::new(open(&server, &schema, "one").await);
    let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
    engine.create_accounts(accounts, after(0)).await.unwrap();
    let (stop, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let callers: Vec<_> = (1..=8_u128)
        .map(|n| {
            let (stop, answers) = (Arc::clone(&stop), Arc::clone(&answers));
            tokio::spawn(load(Arc::clone(&engine), n * 1_000_000, stop, answers))
        })
        .collect();

    for kill in 0..kills {
        // Sometimes at once, sometimes after a while.
        let more = 1 + (kill * 71) % 400;
        more_answers(&answers, answers.load(Ordering::SeqCst) + more).await;
        server.crash();
        server.resume();
    }
    more_answers(&answers, answers.load(Ordering::SeqCst) + 200).await;
    stop.store(true, Ordering::SeqCst);
    let mut ids = Vec::new();
    for caller in callers {
        ids.extend(caller.await.unwrap());
    }

    for some in ids.chunks(8_000) {
        let found = engine.lookup_transfers(some, after(2)).await.unwrap();
        assert!(found.iter().all(Option::is_some), "an answered transfer is lost");
    }
    let arrived = engine.find_account(AccountId(2), after(2)).await.unwrap().unwrap();
    assert_eq!(usize::try_from(arrived.credits_posted.amount()).unwrap(), ids.len());
    let report = engine.verify().await.unwrap();
    assert!(report.ok, "{:?}", report.problems);
}
