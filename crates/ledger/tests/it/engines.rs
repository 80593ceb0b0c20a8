//! Every promise, on every engine.

use kanuki_ledger::{
    EmbeddedEngine, LedgerEngine, LedgerError, MemoryEngine, ModelEngine, conformance,
    engine::BATCH_MAX, verify::verify,
};

use crate::support::{after, posted, start};

#[tokio::test]
async fn memory_engine_keeps_all_promises() {
    conformance::check_all(&MemoryEngine::new(), start()).await.unwrap();
}

#[tokio::test]
async fn naive_ledger_keeps_all_promises() {
    conformance::check_all(&ModelEngine::new(), start()).await.unwrap();
}

#[tokio::test]
async fn embedded_engine_keeps_all_promises_and_its_log_counts_up() {
    let dir = tempfile::tempdir().unwrap();
    let (engine, opened) = EmbeddedEngine::open(dir.path()).unwrap();
    assert_eq!((opened.records, opened.cut), (0, None));

    conformance::check_all(&engine, start()).await.unwrap();

    drop(engine);
    let report = verify(dir.path());
    assert_eq!(report.problems, Vec::<String>::new());
    assert!(report.ok && report.checked > 100, "{report:?}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["ok"], true);
    assert_eq!(json["problems"], serde_json::json!([]));
}

#[tokio::test]
async fn reopened_engine_remembers_every_promise() {
    let dir = tempfile::tempdir().unwrap();
    let (engine, _) = EmbeddedEngine::open(dir.path()).unwrap();
    let memory = MemoryEngine::new();
    conformance::check_all(&engine, start()).await.unwrap();
    conformance::check_all(&memory, start()).await.unwrap();
    drop(engine);

    let (engine, opened) = EmbeddedEngine::open(dir.path()).unwrap();

    assert!(opened.records > 0);
    let books = memory.snapshot();
    let now = after(40 * 86_400);
    for expected in books.accounts() {
        let found = engine.find_account(expected.id, now).await.unwrap();
        let expected = memory.find_account(expected.id, now).await.unwrap();
        assert_eq!(found, expected);
    }
    for expected in books.transfers() {
        let id = expected.transfer.id;
        let found = engine.find_transfer(id, now).await.unwrap();
        assert_eq!(found, memory.find_transfer(id, now).await.unwrap());
    }
}

#[tokio::test]
async fn batch_beyond_the_limit_is_refused_whole() {
    let engine = MemoryEngine::new();
    let len = BATCH_MAX + 1;

    let refused = engine.create_transfers(vec![posted(1, 1, 2, 1); len], start()).await;

    assert_eq!(refused, Err(LedgerError::BatchTooLarge { len }));
}
