//! Time, by the cluster's own clock: what timed out is waited for.

use std::time::Duration;

use kanuki_ledger::{
    AccountFlags, CreateTransferResult as R, LedgerEngine, PendingState, TigerBeetleEngine,
    Transfer, TransferId,
};

use crate::support::{account, pending, posted, start};

/// Until the transfer `id` is no longer pending.
async fn until_settled(engine: &TigerBeetleEngine, id: u128) -> PendingState {
    for _ in 0..200 {
        let found = engine.find_transfer(TransferId(id), start()).await.unwrap().unwrap();
        match found.pending.unwrap() {
            PendingState::Pending { .. } => tokio::time::sleep(Duration::from_millis(50)).await,
            settled => return settled,
        }
    }
    panic!("it did not time out within ten seconds");
}

/// A rolling cap of 50, a gate that is closed for a second, and a post in time.
pub(crate) async fn what_times_out_comes_back(engine: &TigerBeetleEngine) {
    let base = 7_000;
    let [source, cap, used, gate] = [1, 2, 3, 4].map(|n| base + n);
    let accounts = vec![
        account(source, AccountFlags::NONE),
        account(cap, AccountFlags::NO_OVERDRAFT),
        account(used, AccountFlags::NONE),
        account(gate, AccountFlags::NONE),
    ];
    engine.create_accounts(accounts, start()).await.unwrap();
    let close = Transfer::closing(
        TransferId(base + 14),
        kanuki_ledger::AccountId(gate),
        kanuki_ledger::AccountId(used),
        1,
    );
    let first = vec![
        posted(base + 10, source, cap, 50),
        pending(base + 11, cap, used, 30).expires_after(1),
        pending(base + 12, cap, used, 20).expires_after(1),
        Transfer::post(TransferId(base + 13), TransferId(base + 12)),
        close.expires_after(1),
        posted(base + 15, cap, used, 1),
        posted(base + 16, gate, used, 0),
    ];
    let results = engine.create_transfers(first, start()).await.unwrap();
    assert_eq!(results[..5], [R::Created; 5]);
    assert_eq!(results[5..], [R::ExceedsCredits, R::DebitAccountAlreadyClosed]);

    let released = until_settled(engine, base + 11).await;
    let reopened = until_settled(engine, base + 14).await;

    let made = engine.find_transfer(TransferId(base + 11), start()).await.unwrap().unwrap();
    let at = made.transfer.timestamp + jiff::SignedDuration::from_secs(1);
    assert_eq!(released, PendingState::Expired { at });
    assert!(matches!(reopened, PendingState::Expired { .. }));
    let late = vec![
        Transfer::post(TransferId(base + 21), TransferId(base + 11)),
        posted(base + 22, cap, used, 31),
        posted(base + 23, cap, used, 30),
        posted(base + 24, gate, used, 0),
    ];
    let results = engine.create_transfers(late, start()).await.unwrap();
    let expected = [R::PendingTransferExpired, R::ExceedsCredits, R::Created, R::Created];
    assert_eq!(results, expected);
    let kept = engine.find_transfer(TransferId(base + 12), start()).await.unwrap().unwrap();
    assert!(matches!(kept.pending, Some(PendingState::Posted { .. })), "settled in time");
}
