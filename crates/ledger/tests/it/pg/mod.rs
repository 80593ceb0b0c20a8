//! The engine on PostgreSQL: the promises, random programs, several nodes, crashes.

mod child;
mod crash;
mod following;
mod full;
mod lease;
mod moving;
mod programs;
mod quarter;
pub(crate) mod server;
mod trial;

use std::{sync::Arc, time::Duration};

use kanuki_domain::Yen;
use kanuki_ledger::{
    AccountFlags, AccountId, CreateTransferResult as R, LedgerEngine, LedgerError, PendingState,
    PostgresEngine, Transfer, TransferId, conformance, postgres::PostgresError,
};

use crate::{
    race,
    support::{account, after, pending, posted, start},
};
use server::Server;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn open(server: &Server, schema: &str, holder: &str) -> PostgresEngine {
    let engine = PostgresEngine::open(server.config(schema, holder), PATIENCE).await.unwrap();
    assert!(engine.is_writer(), "{:?}", engine.failure());
    engine
}

#[tokio::test]
async fn postgres_engine_keeps_all_promises_and_counts_up() {
    let server = Server::shared();
    let engine = open(&server, &Server::schema(), "one").await;

    conformance::check_all(&engine, start()).await.unwrap();

    let report = engine.verify().await.unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    assert!(report.checked > 100, "{report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_debits_never_pass_a_rolling_cap_in_postgres() {
    let server = Server::shared();
    let engine = Arc::new(open(&server, &Server::schema(), "one").await);
    race::prepare(&*engine).await;

    let (reserved, succeeded) = race::rush(engine.clone()).await;
    let cap = engine.find_account(AccountId(2), after(86_401)).await.unwrap().unwrap();

    assert_eq!((reserved, succeeded), (48, 32));
    assert_eq!(cap.available(), Yen::of(50), "a day later the cap is whole again");
    let report = engine.verify().await.unwrap();
    assert!(report.ok, "{:?}", report.problems);
}

#[tokio::test]
async fn node_that_stands_by_reads_what_was_answered_and_writes_nothing() {
    let server = Server::shared();
    let schema = Server::schema();
    let writer = open(&server, &schema, "one").await;
    let other = PostgresEngine::open(server.config(&schema, "two"), Duration::ZERO).await.unwrap();
    let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
    writer.create_accounts(accounts, after(0)).await.unwrap();
    let batch = vec![posted(1, 1, 2, 70), pending(2, 1, 2, 30).expires_after(60)];
    writer.create_transfers(batch, after(0)).await.unwrap();

    for now in [after(59), after(60)] {
        let ids = [AccountId(2), AccountId(9), AccountId(1)];
        let seen = other.lookup_accounts(&ids, now).await.unwrap();
        let pends = [Some(0), Some(30)][usize::from(now < after(60))];
        assert_eq!(seen[0].map(|a| a.credits_pending.amount()), pends);
        assert_eq!(seen[2].map(|a| a.debits_pending.amount()), pends);
        assert_eq!(seen[1], None);
    }
    let early = other.find_transfer(TransferId(2), after(59)).await.unwrap().unwrap().pending;
    let due = other.find_transfer(TransferId(2), after(60)).await.unwrap().unwrap().pending;
    let refused = other.create_transfers(vec![posted(3, 1, 2, 1)], after(61)).await;

    assert!(matches!(early, Some(PendingState::Pending { .. })));
    assert_eq!(due, Some(PendingState::Expired { at: after(60) }));
    assert_eq!(refused, Err(LedgerError::Unavailable));
    drop(writer);
    assert!(other.wait_to_write(PATIENCE).await, "the next writer follows");
    let results = other.create_transfers(vec![posted(3, 1, 2, 1)], after(61)).await.unwrap();
    assert_eq!(results, [R::Created]);
}

#[tokio::test]
async fn id_is_unique_for_ever_although_the_books_have_forgotten_it() {
    let server = Server::shared();
    let schema = Server::schema();
    let engine = open(&server, &schema, "one").await;
    let accounts = vec![account(1, AccountFlags::NO_OVERDRAFT), account(2, AccountFlags::NONE)];
    engine.create_accounts(accounts, after(0)).await.unwrap();
    let old = vec![posted(1, 2, 1, 10), posted(2, 1, 2, 11)];
    assert_eq!(
        engine.create_transfers(old, after(0)).await.unwrap(),
        [R::Created, R::ExceedsCredits]
    );
    drop(engine);
    let year = 366 * 86_400;

    // Another quarter, and a writer whose memory begins anew.
    let engine = open(&server, &schema, "two").await;
    let again = vec![
        posted(3, 2, 1, 100),
        posted(1, 2, 1, 10),
        posted(1, 2, 1, 12),
        posted(1, 7, 7, 10),
        posted(2, 1, 2, 11),
    ];
    let results = engine.create_transfers(again, after(year)).await.unwrap();

    let expected = [
        R::Created,
        R::Exists,
        R::ExistsWithDifferentAmount,
        R::ExistsWithDifferentDebitAccountId,
        R::IdAlreadyFailed,
    ];
    assert_eq!(results, expected);
    let both = engine.find_account(AccountId(1), after(year)).await.unwrap().unwrap();
    assert_eq!(both.credits_posted, Yen::of(110));
}

#[tokio::test]
async fn newer_schema_is_refused() {
    let server = Server::shared();
    let schema = Server::schema();
    drop(open(&server, &schema, "one").await);
    child::sql(&server.url(), &format!("insert into {schema}.migration values (99)")).await;

    let refused = PostgresEngine::open(server.config(&schema, "one"), PATIENCE).await;

    assert!(matches!(refused, Err(PostgresError::Newer { found: 99, .. })));
}

#[tokio::test]
async fn changed_row_is_found_by_the_count() {
    let server = Server::shared();
    let schema = Server::schema();
    let engine = open(&server, &schema, "one").await;
    let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
    engine.create_accounts(accounts, after(0)).await.unwrap();
    engine.create_transfers(vec![posted(1, 1, 2, 5)], after(0)).await.unwrap();
    assert!(engine.verify().await.unwrap().ok);

    child::sql(&server.url(), &format!("update {schema}.transfer set amount = 4")).await;

    let report = engine.verify().await.unwrap();
    assert_eq!(report.problems.len(), 4, "both accounts, and the sums at the transfer: {report:?}");
}

/// What statements and past balances read is counted too, row by row.
#[tokio::test]
async fn changed_sums_of_a_past_transfer_are_found_by_the_count() {
    let server = Server::shared();
    let schema = Server::schema();
    let engine = open(&server, &schema, "one").await;
    let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
    engine.create_accounts(accounts, after(0)).await.unwrap();
    let first =
        vec![posted(1, 1, 2, 5), pending(2, 1, 2, 30).expires_after(60), posted(3, 2, 1, 1)];
    engine.create_transfers(first, after(0)).await.unwrap();
    engine.create_transfers(vec![posted(4, 1, 2, 5)], after(59)).await.unwrap();
    engine
        .create_transfers(vec![posted(5, 1, 2, 5), pending(6, 1, 2, 9)], after(90))
        .await
        .unwrap();
    let settled = Transfer::post_part(TransferId(7), TransferId(6), Yen::of(4));
    engine.create_transfers(vec![settled, posted(8, 1, 2, 5)], after(91)).await.unwrap();
    assert_eq!(engine.verify().await.unwrap().problems, Vec::<String>::new());

    let sides = ["debit", "credit"];
    let sums = ["debits_pending", "debits_posted", "credits_pending", "credits_posted"];
    let columns = sides.iter().flat_map(|side| sums.iter().map(move |sum| format!("{side}_{sum}")));
    for column in columns {
        for id in [1, 2, 4, 5, 6, 7] {
            let uuid = format!("00000000-0000-0000-0000-{id:012x}");
            let change = |by: &str| {
                server.sql(&format!(
                    "update {schema}.transfer set {column} = {column} {by} where id = '{uuid}'"
                ));
            };
            change("+ 1");
            let told = engine.verify().await.unwrap().problems;
            change("- 1");
            assert_eq!(told.len(), 1, "{column} of {id}: {told:?}");
        }
    }
    server.sql(&format!("update {schema}.transfer set closed = 1"));
    assert_eq!(engine.verify().await.unwrap().problems.len(), 2, "neither account was ever closed");
}

/// What is open, until when, and which account takes nothing more.
#[tokio::test]
async fn changed_reservation_or_closed_account_is_found_by_the_count() {
    let server = Server::shared();
    let schema = Server::schema();
    let engine = open(&server, &schema, "one").await;
    let accounts = (1..=4).map(|id| account(id, AccountFlags::NONE)).collect();
    engine.create_accounts(accounts, after(0)).await.unwrap();
    let first = vec![
        pending(1, 1, 2, 30).expires_after(60),
        pending(2, 1, 2, 30),
        pending(3, 1, 2, 30),
        pending(4, 1, 2, 30).expires_after(6_000),
        Transfer::closing(TransferId(5), AccountId(3), AccountId(4), 1),
        Transfer::closing(TransferId(6), AccountId(4), AccountId(1), 1).expires_after(60),
    ];
    engine.create_transfers(first, after(0)).await.unwrap();
    let ends = vec![
        Transfer::post_part(TransferId(7), TransferId(2), Yen::of(4)),
        Transfer::void(TransferId(8), TransferId(3)),
        posted(9, 4, 2, 1),
    ];
    assert_eq!(engine.create_transfers(ends, after(61)).await.unwrap(), [R::Created; 3]);
    assert_eq!(engine.verify().await.unwrap().problems, Vec::<String>::new());

    let reservation = |id: u32, change: &str| {
        let uuid = format!("00000000-0000-0000-0000-{id:012x}");
        format!("update {schema}.pending set {change} where id = '{uuid}'")
    };
    let changes = [
        (reservation(1, "expires_at = null"), "expires_at"),
        (reservation(4, "expires_at = expires_at + 3600000000000"), "expires_at"),
        (reservation(4, "expires_at = 1"), "expires_at"),
        (reservation(4, "expires_at = null"), "expires_at"),
        (reservation(2, "amount = 30"), "amount"),
        (reservation(3, "amount = 1"), "amount"),
        (reservation(4, "settled_by = id"), "settled_by"),
        (format!("update {schema}.account set closed = not closed"), "closed"),
    ];
    for (change, column) in changes {
        let table = if column == "closed" { "account" } else { "pending" };
        server.sql(&format!(
            "create table {schema}.kept as select id, {column} as kept from {schema}.{table}; {change}"
        ));
        let told = engine.verify().await.unwrap().problems;
        assert!(!told.is_empty(), "{change}");
        server.sql(&format!(
            "update {schema}.{table} t set {column} = kept from {schema}.kept k where k.id = t.id; \
             drop table {schema}.kept"
        ));
    }
    assert_eq!(engine.verify().await.unwrap().problems, Vec::<String>::new());
}
