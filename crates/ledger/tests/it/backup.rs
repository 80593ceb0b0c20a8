//! Copies while the books are served, and the way back to an instant.

use kanuki_ledger::{
    AccountFlags, AccountId, EmbeddedEngine, Filter, LedgerEngine,
    embedded::{CopyError, copy},
    verify::verify,
};

use crate::support::{account, after, pending, posted};

/// Ten transfers of ¥1, one a minute, and a reservation of ten minutes at the beginning.
async fn served(dir: &std::path::Path) -> EmbeddedEngine {
    let (engine, _) = EmbeddedEngine::open(dir).unwrap();
    let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
    engine.create_accounts(accounts, after(0)).await.unwrap();
    let hold = pending(100, 1, 2, 50).expires_after(600);
    engine.create_transfers(vec![hold], after(0)).await.unwrap();
    for n in 1..=10_u32 {
        let one = posted(n.into(), 1, 2, 1);
        engine.create_transfers(vec![one], after(i64::from(n) * 60)).await.unwrap();
    }
    engine
}

async fn arrived(engine: &EmbeddedEngine, secs: i64) -> (u64, u64) {
    let found = engine.find_account(AccountId(2), after(secs)).await.unwrap().unwrap();
    (found.credits_posted.amount(), found.credits_pending.amount())
}

#[tokio::test]
async fn copy_made_while_serving_is_whole_and_goes_on() {
    let (dir, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let engine = served(dir.path()).await;

    let copied = copy(dir.path(), to.path(), None).unwrap();
    engine.create_transfers(vec![posted(11, 1, 2, 1)], after(601)).await.unwrap();

    assert_eq!((copied.batches, copied.transfers, copied.until), (12, 11, Some(after(600))));
    assert!(verify(to.path()).ok);
    let (restored, opened) = EmbeddedEngine::open(to.path()).unwrap();
    assert_eq!(opened.cut, None);
    assert_eq!(arrived(&restored, 600).await, (10, 0));
    restored.create_transfers(vec![posted(11, 1, 2, 1)], after(601)).await.unwrap();
    let page = Filter::oldest(100);
    assert_eq!(
        restored.account_transfers(AccountId(2), page, after(602)).await.unwrap(),
        engine.account_transfers(AccountId(2), page, after(602)).await.unwrap()
    );
}

#[tokio::test]
async fn restoring_to_an_instant_leaves_out_what_came_after() {
    let (dir, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    drop(served(dir.path()).await);

    let copied = copy(dir.path(), to.path(), Some(after(5 * 60 + 30))).unwrap();

    assert_eq!(copied.until, Some(after(300)));
    let (restored, _) = EmbeddedEngine::open(to.path()).unwrap();
    assert_eq!(arrived(&restored, 330).await, (5, 50), "the hold was open then");
    assert_eq!(arrived(&restored, 600).await, (5, 0));
}

#[test]
fn copy_overwrites_nothing_and_wants_sound_books() {
    let (dir, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    drop(runtime.block_on(served(dir.path())));
    copy(dir.path(), to.path(), None).unwrap();

    assert!(matches!(copy(dir.path(), to.path(), None), Err(CopyError::Occupied)));
    let early = tempfile::tempdir().unwrap();
    let before = copy(dir.path(), early.path(), Some(after(-1)));
    assert!(matches!(before, Err(CopyError::TooEarly)));
    let log = dir.path().join("ledger.log");
    let mut bytes = std::fs::read(&log).unwrap();
    bytes[700] ^= 1;
    std::fs::write(&log, bytes).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    assert!(matches!(copy(dir.path(), elsewhere.path(), None), Err(CopyError::Source(_))));
    for left in [early, elsewhere] {
        assert_eq!(std::fs::read_dir(left.path()).unwrap().count(), 0, "no half of a copy stays");
    }
}
