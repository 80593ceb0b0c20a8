//! What happens when the disk refuses.

use std::{
    io,
    sync::{Arc, Mutex},
};

use jiff::Timestamp;
use kanuki_domain::Yen;

use super::{EmbeddedEngine, log};
use crate::{
    engine::{LedgerEngine, LedgerError},
    model::{Account, AccountFlags, AccountId, LEDGER_YEN, Transfer, TransferId},
    result::{CreateAccountResult, CreateTransferResult},
    state::State,
};

/// A disk with room for so many writes, and what was written.
struct Full {
    writes_left: u32,
    written: Arc<Mutex<Vec<usize>>>,
}

impl log::Device for Full {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.writes_left == 0 {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        self.writes_left = self.writes_left.saturating_sub(1);
        self.written.lock().unwrap().push(bytes.len());
        Ok(())
    }
}

fn engine(writes: u32) -> (EmbeddedEngine, Arc<Mutex<Vec<usize>>>) {
    let written = Arc::new(Mutex::new(Vec::new()));
    let device = Full { writes_left: writes, written: Arc::clone(&written) };
    let engine = EmbeddedEngine::start(State::new(), log::Log::new(device, 1)).unwrap();
    (engine, written)
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
    let (engine, written) = engine(100);
    engine.create_accounts(accounts(), NOW).await.unwrap();
    let missing = Transfer::posted(TransferId(1), AccountId(1), AccountId(9), Yen::of(5), 1);

    let refused = engine.create_transfers(vec![missing], NOW).await;
    assert_eq!(refused, Ok(vec![CreateTransferResult::CreditAccountNotFound]));
    for _ in 0..50 {
        let refused = engine.create_transfers(vec![missing], NOW).await;
        assert_eq!(refused, Ok(vec![CreateTransferResult::IdAlreadyFailed]));
    }

    assert_eq!(written.lock().unwrap().len(), 2, "the accounts, and the burnt id");
}

#[tokio::test]
async fn callers_that_wait_together_share_one_write() {
    let (engine, written) = engine(100);
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
    let writes = written.lock().unwrap().len();
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
