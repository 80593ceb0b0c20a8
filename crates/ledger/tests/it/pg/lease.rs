//! One writer at a time, whatever becomes of it.

use kanuki_ledger::{
    AccountFlags, AccountId, CreateTransferResult as R, LedgerEngine, PostgresEngine, Transfer,
    TransferId,
};

use super::{
    PATIENCE,
    child::Writer,
    open,
    server::{LEASE, Server},
};
use crate::support::{account, after, posted};

/// Books where 1 has more than any test moves.
async fn funded(server: &Server, schema: &str) {
    let engine = open(server, schema, "first").await;
    let accounts = vec![
        account(1, AccountFlags::NO_OVERDRAFT),
        account(2, AccountFlags::NONE),
        account(3, AccountFlags::NONE),
    ];
    engine.create_accounts(accounts, after(0)).await.unwrap();
    engine.create_transfers(vec![posted(1, 2, 1, 1_000_000)], after(0)).await.unwrap();
}

/// The ids that were answered, up to the hundredth.
fn hundred(writer: &mut Writer) -> Vec<u128> {
    (0..100).map(|_| writer.next("answered ").unwrap()).collect()
}

async fn assert_all_there(engine: &PostgresEngine, ids: &[u128]) {
    let ids: Vec<TransferId> = ids.iter().map(|id| TransferId(*id)).collect();
    let found = engine.lookup_transfers(&ids, after(2)).await.unwrap();
    assert!(found.iter().all(Option::is_some), "an answered transfer is lost");
}

#[tokio::test]
async fn killed_writer_is_followed_and_nothing_that_was_answered_is_lost() {
    let server = Server::shared();
    let schema = Server::schema();
    funded(&server, &schema).await;
    let mut writer = Writer::start(&server.url(), &schema);
    let answered = hundred(&mut writer);

    writer.signal("-KILL");

    let mut late = answered.clone();
    late.extend(std::iter::from_fn(|| writer.next("answered ")));
    let engine = open(&server, &schema, "next").await;
    assert_all_there(&engine, &late).await;
    let report = engine.verify().await.unwrap();
    assert!(report.ok, "{:?}", report.problems);
}

#[tokio::test]
async fn paused_writer_writes_nothing_after_another_took_over() {
    let server = Server::shared();
    let schema = Server::schema();
    funded(&server, &schema).await;
    let mut writer = Writer::start(&server.url(), &schema);
    let answered = hundred(&mut writer);

    writer.signal("-STOP");
    let engine = open(&server, &schema, "next").await;
    assert_all_there(&engine, &answered).await;
    // All that is left goes elsewhere: one yen more from the paused writer would be an overdraft.
    let rest = Transfer { amount: Transfer::ALL, ..posted(2, 1, 3, 0) }.balancing_debit();
    assert_eq!(engine.create_transfers(vec![rest], after(2)).await.unwrap(), [R::Created]);
    let before = engine.find_account(AccountId(2), after(2)).await.unwrap();
    writer.signal("-CONT");
    let refused = writer.next("refused ");

    assert!(refused.is_some(), "whoever lost the lease is told nothing else");
    assert!(engine.is_writer());
    assert_eq!(engine.find_account(AccountId(2), after(2)).await.unwrap(), before);
    let report = engine.verify().await.unwrap();
    assert!(report.ok, "{:?}", report.problems);
}

#[tokio::test]
async fn statement_that_stands_still_does_not_keep_the_lease_for_ever() {
    let server = Server::shared();
    let schema = Server::schema();
    funded(&server, &schema).await;
    let (client, connection) =
        tokio_postgres::connect(&server.url(), tokio_postgres::NoTls).await.unwrap();
    let carried = tokio::spawn(connection);
    let stuck = format!("update {schema}.book set holder = 'stuck', backend = pg_backend_pid()");
    client.batch_execute(&stuck).await.unwrap();
    // As a writer whose last message never arrives whole: the row is locked, nothing ends it.
    let held = format!("begin; update {schema}.book set now_ns = 0");
    client.batch_execute(&held).await.unwrap();

    let engine = PostgresEngine::open(server.config(&schema, "next"), PATIENCE).await.unwrap();

    assert!(engine.is_writer());
    assert!(client.batch_execute("commit").await.is_err(), "it was ended");
    assert!(carried.await.unwrap().is_err());
}

#[tokio::test]
async fn node_that_reads_the_books_for_long_keeps_its_lease() {
    let server = Server::shared();
    let schema = Server::schema();
    funded(&server, &schema).await;
    // Whoever reads the accounts waits for this.
    let reader = super::child::client(&server.url()).await;
    let lock = format!("begin; lock table {schema}.account in access exclusive mode");
    reader.batch_execute(&lock).await.unwrap();

    let slow = PostgresEngine::open(server.config(&schema, "slow"), LEASE * 3).await.unwrap();
    let next = PostgresEngine::open(server.config(&schema, "next"), LEASE * 3).await.unwrap();
    assert!(!slow.is_writer() && !next.is_writer());
    let holder = format!("select holder from {schema}.book");
    let holder: String = reader.query_one(&holder, &[]).await.unwrap().get(0);
    assert_eq!(holder, "slow");
    reader.batch_execute("commit").await.unwrap();

    assert!(slow.wait_to_write(PATIENCE).await, "{:?}", slow.failure());
    assert!(!next.is_writer());
}
