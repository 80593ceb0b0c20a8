//! What goes wrong between a client and its cluster, and many callers at once.

use std::{sync::Arc, time::Duration};

use kanuki_ledger::{
    AccountFlags, CreateAccountResult as A, CreateTransferResult as R, LedgerEngine, LedgerError,
    TigerBeetleEngine, Transfer, chain,
};

use crate::{
    server::Server,
    support::{account, after, pending, posted, start},
};

/// The client itself would ask for ever.
pub(crate) async fn nobody_waits_for_ever_for_a_cluster_that_is_gone() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let engine = TigerBeetleEngine::connect(0, &address, Duration::from_millis(200)).unwrap();

    let made = engine.create_accounts(vec![account(1, AccountFlags::NONE)], start()).await;
    let read = engine.find_account(kanuki_ledger::AccountId(1), start()).await;

    assert_eq!(made, Err(LedgerError::Unavailable));
    assert_eq!(read, Err(LedgerError::Unavailable));
}

/// A cluster keeps 64 clients and forgets the one it heard of longest ago.
pub(crate) async fn evicted_client_is_replaced_and_its_request_sent_again(
    engine: &TigerBeetleEngine,
    server: &Server,
) {
    let accounts = vec![account(8_001, AccountFlags::NONE), account(8_002, AccountFlags::NONE)];
    assert_eq!(engine.create_accounts(accounts, start()).await, Ok(vec![A::Created; 2]));
    for _ in 0..64 {
        let other = crate::connect(server);
        other.find_account(kanuki_ledger::AccountId(8_001), start()).await.unwrap();
    }

    let spent = engine.create_transfers(vec![posted(8_010, 8_001, 8_002, 5)], start()).await;
    let found = engine.find_account(kanuki_ledger::AccountId(8_002), start()).await.unwrap();

    assert_eq!(spent, Ok(vec![R::Created]));
    assert_eq!(found.unwrap().credits_posted, kanuki_domain::Yen::of(5));
}

/// As on every engine: 16 times 3 is the most that fits in 50, and each winner asked twice.
pub(crate) async fn concurrent_debits_never_pass_a_rolling_cap(server: &Server) {
    let engine = Arc::new(crate::connect(server));
    let [source, cap, used, customer] = [9_001, 9_002, 9_003, 9_004];
    let accounts = vec![
        account(source, AccountFlags::NONE),
        account(cap, AccountFlags::NO_OVERDRAFT),
        account(used, AccountFlags::NONE),
        account(customer, AccountFlags::NONE),
    ];
    engine.create_accounts(accounts, start()).await.unwrap();
    engine.create_transfers(vec![posted(9_010, source, cap, 50)], start()).await.unwrap();
    let debit = move |n: u128| -> Vec<Transfer> {
        vec![
            pending(10_000 + n, cap, used, 3).expires_after(86_400),
            pending(20_000 + n, source, customer, 3),
        ]
    };

    let calls: Vec<_> = (0..120_u128)
        .map(|n| {
            let engine = Arc::clone(&engine);
            tokio::spawn(async move { chain(&*engine, debit(n % 60), after(1)).await })
        })
        .collect();
    let mut succeeded = 0;
    for call in calls {
        succeeded += usize::from(call.await.unwrap().is_ok());
    }

    let found = engine.find_account(kanuki_ledger::AccountId(customer), start()).await.unwrap();
    assert_eq!((found.unwrap().credits_pending.amount(), succeeded), (48, 32));
}
