//! Many transfers go into one quarter's partition at once; whatever crosses its end goes where it belongs.

use jiff::Timestamp;
use kanuki_ledger::{AccountFlags, AccountId, Filter, LedgerEngine, TransferId};

use super::{child::client, open, server::Server};
use crate::support::{account, posted};

/// How many are in `partition`.
async fn kept(server: &Server, schema: &str, partition: &str) -> i64 {
    let count = format!("select count(*) from {schema}.{partition}");
    client(&server.url()).await.query_one(&count, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn batch_across_the_end_of_a_quarter_is_parted_to_the_nanosecond() {
    let server = Server::shared();
    let schema = Server::schema();
    let engine = open(&server, &schema, "one").await;
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    // Its transfers are a nanosecond apart, so less than half of the second batch is before the end.
    let batches = [
        (1..=300, at("2026-06-30T23:00:00Z")),
        (301..=600, at("2026-06-30T23:59:59.9999999Z")),
        (601..=900, at("2026-07-01T00:00:01Z")),
        (901..=950, at("2026-07-01T00:00:02Z")),
    ];
    let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
    engine.create_accounts(accounts, at("2026-06-30T22:00:00Z")).await.unwrap();

    for (ids, now) in batches {
        let batch = ids.map(|id| posted(id, 1, 2, 1)).collect();
        let results = engine.create_transfers(batch, now).await.unwrap();
        assert!(results.iter().all(|result| result.is_done()), "{results:?}");
    }

    let now = at("2026-07-01T00:00:03Z");
    let ids: Vec<TransferId> = (1..=950).map(TransferId).collect();
    let found = engine.lookup_transfers(&ids, now).await.unwrap();
    assert!(found.iter().all(Option::is_some));
    let until = at("2026-06-30T23:59:59.999999999Z");
    let filter = Filter { until: Some(until), ..Filter::oldest(8_000) };
    let before = engine.account_transfers(AccountId(2), filter, now).await.unwrap().len();
    assert!((301..600).contains(&before), "{before}");
    let old = kept(&server, &schema, "transfer_2026_04").await;
    let new = kept(&server, &schema, "transfer_2026_07").await;
    assert_eq!((usize::try_from(old).unwrap(), old + new), (before, 950));
    let report = engine.verify().await.unwrap();
    assert!(report.ok, "{:?}", report.problems);
}

#[tokio::test]
async fn quarter_that_was_taken_away_takes_nothing_that_is_then_in_no_books() {
    let server = Server::shared();
    let schema = Server::schema();
    let engine = open(&server, &schema, "one").await;
    let now: Timestamp = "2026-07-01T00:00:01Z".parse().unwrap();
    let accounts = vec![account(1, AccountFlags::NONE), account(2, AccountFlags::NONE)];
    engine.create_accounts(accounts, now).await.unwrap();
    let batch = |ids: std::ops::RangeInclusive<u128>| ids.map(|id| posted(id, 1, 2, 1)).collect();
    engine.create_transfers(batch(1..=300), now).await.unwrap();
    let away = format!("alter table {schema}.transfer detach partition {schema}.transfer_2026_07");
    client(&server.url()).await.batch_execute(&away).await.unwrap();

    engine.create_transfers(batch(301..=600), now).await.unwrap_err();

    assert_eq!(kept(&server, &schema, "transfer_2026_07").await, 300);
}
