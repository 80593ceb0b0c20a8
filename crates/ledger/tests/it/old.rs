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

/// Ids that rise are kept in another way than those that do not, once the batch is large.
#[tokio::test]
async fn ids_of_large_batches_are_known_again_in_whatever_order_they_came() {
    let dir = tempfile::tempdir().unwrap();
    let open = || EmbeddedEngine::open_with(dir.path(), Settings { stretch: 150 }).unwrap();
    let rising = |from: u128| (from..from + 200).map(|n| n << 40).collect::<Vec<_>>();
    let falling = |from: u128| rising(from).into_iter().rev().collect::<Vec<_>>();
    // The first of them is far above all others; the last lies between two that are there.
    let batches = [rising(1 << 60), rising(1_000), falling(2_000), rising(3_000), rising(1_500)];
    let paid = |ids: &[u128]| ids.iter().map(|id| posted(*id, 1, 2, 1)).collect::<Vec<_>>();
    let all = |result| vec![result; 200];
    let (engine, _) = open();
    let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
    engine.create_accounts(accounts, after(0)).await.unwrap();
    for ids in &batches {
        let results = engine.create_transfers(paid(ids), after(1)).await.unwrap();
        assert_eq!(results, all(R::Created));
    }

    for _ in 0..2 {
        for ids in &batches {
            let results = engine.create_transfers(paid(ids), after(2)).await.unwrap();
            assert_eq!(results, all(R::Exists));
        }
    }
    drop(engine);
    let before = tampered(dir.path(), "update meta set name = 'below/2'");
    let (engine, opened) = open();

    assert_eq!(opened.mended, Vec::<String>::new());
    let (made_again, opened) =
        EmbeddedEngine::open_with(before.path(), Settings { stretch: 150 }).unwrap();
    assert!(opened.mended[0].contains("another form"), "{opened:?}");
    let results = made_again.create_transfers(paid(&batches[0]), after(3)).await.unwrap();
    assert_eq!(results, all(R::Exists));
    for ids in &batches {
        let results = engine.create_transfers(paid(ids), after(3)).await.unwrap();
        assert_eq!(results, all(R::Exists));
        let others: Vec<_> = ids.iter().map(|id| id + 1).collect();
        let results = engine.create_transfers(paid(&others), after(3)).await.unwrap();
        assert_eq!(results, all(R::Created));
    }
    drop(engine);
    let report = verify(dir.path());
    assert!(report.ok, "{:?}", report.problems);
}
