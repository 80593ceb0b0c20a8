//! The database's disk takes no more.

use kanuki_ledger::{
    AccountFlags, AccountId, LedgerEngine as _, LedgerError, Transfer, TransferId,
};

use super::{PATIENCE, open, server::Server};
use crate::support::{account, after, posted};

const BATCH: u128 = 2_000;

fn batch(n: u128) -> Vec<Transfer> {
    (1..=BATCH).map(|id| posted(n * BATCH + id, 1, 2, 1)).collect()
}

#[tokio::test]
async fn full_disk_answers_nobody_and_what_was_asked_is_done_once_when_there_is_room() {
    let server = Server::start_cramped(3 << 20);
    let schema = Server::schema();
    let engine = open(&server, &schema, "one").await;
    let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
    engine.create_accounts(accounts, after(0)).await.unwrap();
    let mut batches = 0;
    let refused = loop {
        match engine.create_transfers(batch(batches), after(1)).await {
            Ok(results) => assert!(results.iter().all(|result| result.is_done())),
            Err(error) => break error,
        }
        batches += 1;
        assert!(batches < 60, "the disk is never full");
    };
    assert_eq!(refused, LedgerError::Unavailable);
    let ids: Vec<TransferId> = (1..=BATCH).map(TransferId).collect();
    let answered = engine.lookup_transfers(&ids, after(1)).await;
    assert!(answered.unwrap().iter().all(Option::is_some), "what was answered is read");

    server.crash();
    server.give_room();
    server.resume();

    let again = async {
        loop {
            match engine.create_transfers(batch(batches), after(1)).await {
                Ok(results) => return results,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    let results = tokio::time::timeout(PATIENCE, again).await.unwrap();
    assert!(results.iter().all(|result| result.is_done()), "{results:?}");
    let arrived = engine.find_account(AccountId(2), after(1)).await.unwrap().unwrap();
    assert_eq!(u128::from(arrived.credits_posted.amount()), (batches + 1) * BATCH);
    let report = engine.verify().await.unwrap();
    assert!(report.ok, "{:?}", report.problems);
}
