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

/// The same folder, with one thing in its index changed.
fn tampered(dir: &std::path::Path, sql: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(dir).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let index = rusqlite::Connection::open(copy.path().join("ledger.index")).unwrap();
    assert_eq!(index.execute(sql, []).unwrap(), 1, "{sql}");
    copy
}

#[tokio::test]
async fn whatever_changes_in_the_index_is_named_by_verify() {
    let dir = tempfile::tempdir().unwrap();
    let engine = books(dir.path()).await;
    let settled = vec![
        Transfer::post(TransferId(101), TransferId(1)),
        Transfer::void(TransferId(102), TransferId(2)),
    ];
    engine.create_transfers(settled, after(2)).await.unwrap();
    // Two more of them end by their deadline, and all of it grows old.
    for id in 40..60 {
        engine.create_transfers(vec![posted(id, 1, 2, 1)], after(90)).await.unwrap();
    }
    drop(engine);
    let report = verify(dir.path());
    assert!(report.ok, "{:?}", report.problems);

    for sql in [
        "update entries set data = zeroblob(length(data)) where key = (select min(key) from entries)",
        "delete from entries where key = (select min(key) from entries)",
        "delete from entries where key = (select max(key) from entries)",
        "update entries set data = (select data from entries order by key desc limit 1)
          where key = (select min(key) from entries)",
        "update fates set data = (select max(data) from fates)
          where number = (select min(number) from fates where data <> (select max(data) from fates))",
        "delete from fates where number = (select min(number) from fates)",
        "delete from ids where first = (select max(first) from ids)",
        "update ids set data = zeroblob(length(data)) where first = (select min(first) from ids)",
        "delete from stretches where first = (select min(first) from stretches)",
        "update meta set data = zeroblob(length(data))",
    ] {
        let copy = tampered(dir.path(), sql);

        let report = verify(copy.path());

        assert!(!report.ok, "not seen: {sql}");
        assert!(report.problems[0].starts_with("the index of old rows"), "{:?}", report.problems);
    }
}
