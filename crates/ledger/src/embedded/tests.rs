//! What happens when the disk refuses, and who shares a write.

use std::sync::{Arc, atomic::Ordering};

use jiff::Timestamp;
use kanuki_domain::Yen;

use super::{
    EmbeddedEngine,
    open::{Settings, open_on},
    trial::Trial,
};
use crate::{
    engine::{LedgerEngine, LedgerError},
    model::{Account, AccountFlags, AccountId, LEDGER_YEN, Transfer, TransferId},
    result::{CreateAccountResult, CreateTransferResult},
};

/// An engine on a disk that has room for so many writes beyond those of opening.
fn engine(writes: u64) -> (EmbeddedEngine, Arc<Trial>) {
    let trial = Arc::new(Trial::default());
    let dir = tempfile::tempdir().unwrap();
    let index = dir.path().join("index");
    let (ready, _) = open_on(Arc::new(Arc::clone(&trial)), &index, Settings::default()).unwrap();
    trial.full_after(writes);
    (EmbeddedEngine::start(ready).unwrap(), trial)
}

fn accounts() -> Vec<Account> {
    [1, 2].map(|id| Account::new(AccountId(id), LEDGER_YEN, 1, AccountFlags::NONE)).to_vec()
}

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

#[tokio::test]
async fn failed_write_is_not_answered_and_stops_everything() {
    let (engine, _) = engine(1);
    let move_it = Transfer::posted(TransferId(1), AccountId(1), AccountId(2), Yen::of(5), 1);

    let first = engine.create_accounts(accounts(), NOW).await;
    let lost = engine.create_transfers(vec![move_it], NOW).await;
    let read = engine.find_account(AccountId(1), NOW).await;
    let write = engine.create_transfers(vec![move_it], NOW).await;

    assert_eq!(first, Ok(vec![CreateAccountResult::Created; 2]));
    assert_eq!(lost, Err(LedgerError::Unavailable));
    assert_eq!(read, Err(LedgerError::Unavailable), "a balance nobody can vouch for is not told");
    assert_eq!(write, Err(LedgerError::Unavailable));
    assert!(engine.failure().is_some());
}

#[tokio::test]
async fn refused_attempt_is_remembered_once_however_often_it_comes() {
    let (engine, trial) = engine(100);
    engine.create_accounts(accounts(), NOW).await.unwrap();
    let missing = Transfer::posted(TransferId(1), AccountId(1), AccountId(9), Yen::of(5), 1);

    let refused = engine.create_transfers(vec![missing], NOW).await;
    assert_eq!(refused, Ok(vec![CreateTransferResult::CreditAccountNotFound]));
    for _ in 0..50 {
        let refused = engine.create_transfers(vec![missing], NOW).await;
        assert_eq!(refused, Ok(vec![CreateTransferResult::IdAlreadyFailed]));
    }

    assert_eq!(trial.writes.load(Ordering::SeqCst), 2, "the accounts, and the burnt id");
}

#[tokio::test]
async fn callers_that_wait_together_share_one_write() {
    let (engine, trial) = engine(100);
    engine.create_accounts(accounts(), NOW).await.unwrap();
    let engine = Arc::new(engine);
    // The writer is kept busy by a look at the books until all callers wait.
    let (release, held) = std::sync::mpsc::channel::<()>();
    let busy = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { engine.read_in_turn(NOW, move |_| held.recv()).await }
    });
    let callers: Vec<_> = (1..=20)
        .map(|id| {
            let engine = Arc::clone(&engine);
            let one = Transfer::posted(TransferId(id), AccountId(1), AccountId(2), Yen::of(1), 1);
            tokio::spawn(async move { engine.create_transfers(vec![one], NOW).await })
        })
        .collect();
    tokio::task::yield_now().await;
    release.send(()).unwrap();

    busy.await.unwrap().unwrap().unwrap();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), Ok(vec![CreateTransferResult::Created]));
    }

    // Some may have come in time to share the first look's turn; the others share the next.
    let writes = trial.writes.load(Ordering::SeqCst);
    assert!(writes <= 3, "the accounts, and at most two for all twenty: {writes}");
}

#[tokio::test]
async fn read_never_overtakes_a_write_that_still_waits() {
    let (engine, _) = engine(100);
    engine.create_accounts(accounts(), NOW).await.unwrap();
    let engine = Arc::new(engine);
    let (release, held) = std::sync::mpsc::channel::<()>();
    let busy = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { engine.read_in_turn(NOW, move |_| held.recv()).await }
    });
    tokio::task::yield_now().await;
    let move_it = Transfer::posted(TransferId(1), AccountId(1), AccountId(2), Yen::of(5), 1);
    // Handed in by somebody who does not wait for the answer.
    let given_up = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { engine.create_transfers(vec![move_it], NOW).await }
    });
    tokio::task::yield_now().await;
    given_up.abort();

    let read = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { engine.find_transfer(TransferId(1), NOW).await }
    });
    tokio::task::yield_now().await;
    assert!(!read.is_finished(), "it waits for its turn");
    release.send(()).unwrap();

    assert!(read.await.unwrap().unwrap().is_some());
    busy.await.unwrap().unwrap().unwrap();
    assert!(engine.settled(NOW).is_some(), "with nothing under way, a read looks for itself");
}

/// An engine whose thread does not run.
fn without_thread() -> (EmbeddedEngine, tokio::sync::mpsc::Receiver<super::writer::Job>) {
    let trial = Arc::new(Trial::default());
    let dir = tempfile::tempdir().unwrap();
    let index = dir.path().join("index");
    let (ready, _) = open_on(Arc::new(trial), &index, Settings::default()).unwrap();
    EmbeddedEngine::assembled(ready)
}

/// Polls until it is ready or waits for somebody else.
async fn is_answered<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    for _ in 0..10 {
        let polled =
            std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context)));
        if let std::task::Poll::Ready(answer) = polled.await {
            return Some(answer);
        }
        tokio::task::yield_now().await;
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_alone_writes_without_another_thread() {
    let (engine, mut jobs) = without_thread();

    let made = is_answered(engine.create_accounts(accounts(), NOW)).await;
    let read = is_answered(engine.find_account(AccountId(1), NOW)).await;

    assert_eq!(made, Some(Ok(vec![CreateAccountResult::Created; 2])));
    assert!(matches!(read, Some(Ok(Some(_)))));
    assert!(jobs.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_write_at_once_both_queue_for_one_write() {
    let (engine, mut jobs) = without_thread();

    let both = is_answered(async {
        tokio::join!(
            engine.create_accounts(accounts(), NOW),
            engine.create_accounts(accounts(), NOW)
        )
    })
    .await;

    assert!(both.is_none());
    assert!(jobs.try_recv().is_ok() && jobs.try_recv().is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_writes_past_a_write_whose_caller_gave_up() {
    let (engine, _jobs) = without_thread();
    {
        let other = super::alone::Wish::new(&engine.shared.wishes);
        assert!(is_answered(engine.create_accounts(accounts(), NOW)).await.is_none());
        drop(other);
    }

    let next = is_answered(engine.create_accounts(accounts(), NOW)).await;

    assert!(next.is_none(), "it waits in the queue behind what was handed in");
    assert!(engine.settled(NOW).is_none());
}

#[tokio::test]
async fn runtime_of_one_thread_is_not_held_up_by_the_disk() {
    let (engine, mut jobs) = without_thread();

    assert!(is_answered(engine.create_accounts(accounts(), NOW)).await.is_none());
    assert!(jobs.try_recv().is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failed_write_of_a_caller_who_is_alone_stops_everything() {
    let (engine, _) = engine(1);
    let move_it = Transfer::posted(TransferId(1), AccountId(1), AccountId(2), Yen::of(5), 1);

    let first = engine.create_accounts(accounts(), NOW).await;
    let lost = engine.create_transfers(vec![move_it], NOW).await;
    let read = engine.find_account(AccountId(1), NOW).await;
    let write = engine.create_transfers(vec![move_it], NOW).await;

    assert_eq!(first, Ok(vec![CreateAccountResult::Created; 2]));
    assert_eq!([lost.err(), write.err()], [Some(LedgerError::Unavailable); 2]);
    assert_eq!(read, Err(LedgerError::Unavailable));
    assert!(engine.failure().is_some());
}
