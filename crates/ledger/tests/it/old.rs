//! What is no longer in memory, when a batch comes back to it.

use kanuki_ledger::{
    AccountFlags, CreateTransferResult as R, EmbeddedEngine, LedgerEngine, Transfer, TransferId,
    embedded::Settings, verify::verify,
};

use crate::support::{account, after, pending, posted};

/// Two rows in memory, then the index takes over.
const SMALL: Settings = Settings { stretch: 2 };

/// Reservations that time out after a minute, with so much behind them that they are old.
async fn books(dir: &std::path::Path) -> EmbeddedEngine {
    let (engine, _) = EmbeddedEngine::open_with(dir, SMALL).unwrap();
    let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
    engine.create_accounts(accounts, after(0)).await.unwrap();
    let pends = (1..=4).map(|id| pending(id, 1, 2, 5).expires_after(60)).collect();
    engine.create_transfers(pends, after(0)).await.unwrap();
    for id in 11..40 {
        engine.create_transfers(vec![posted(id, 1, 2, 1)], after(1)).await.unwrap();
    }
    drop(engine);
    EmbeddedEngine::open_with(dir, SMALL).unwrap().0
}

#[tokio::test]
async fn batch_whose_instant_ends_an_old_reservation_may_name_it() {
    let dir = tempfile::tempdir().unwrap();
    let engine = books(dir.path()).await;

    let batch = vec![
        Transfer::post(TransferId(101), TransferId(1)),
        pending(2, 1, 2, 5).expires_after(60),
        Transfer::void(TransferId(103), TransferId(3)),
    ];
    let results = engine.create_transfers(batch, after(60)).await.unwrap();

    assert_eq!(results, [R::PendingTransferExpired, R::Exists, R::PendingTransferExpired]);
    drop(engine);
    let (engine, _) = EmbeddedEngine::open_with(dir.path(), SMALL).unwrap();
    let again = vec![Transfer::post(TransferId(101), TransferId(1))];
    let results = engine.create_transfers(again, after(60)).await.unwrap();
    assert_eq!(results, [R::PendingTransferExpired]);
    drop(engine);
    let report = verify(dir.path());
    assert!(report.ok, "{:?}", report.problems);
}

#[tokio::test]
async fn batch_that_settles_an_old_reservation_may_name_it_again() {
    let dir = tempfile::tempdir().unwrap();
    let engine = books(dir.path()).await;

    let batch = vec![
        Transfer::post(TransferId(101), TransferId(1)),
        Transfer::void(TransferId(102), TransferId(1)),
        pending(1, 1, 2, 5).expires_after(60),
        Transfer::post(TransferId(101), TransferId(1)),
    ];
    let results = engine.create_transfers(batch, after(2)).await.unwrap();

    assert_eq!(results, [R::Created, R::PendingTransferAlreadyPosted, R::Exists, R::Exists]);
}
