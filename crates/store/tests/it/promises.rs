//! What every store promises, and what only a store shared by many tasks can break.

use jiff::Timestamp;
use kanuki_record::{
    AuditEntry, Order, PAGE_MAX, RecordError, Records as _, Row, Unit, Write,
    audit::ChainWalk,
    conformance::{self, Sample},
};

use crate::place::{open, place};

fn sample(id: &str) -> Sample {
    Sample { sample_id: id.to_owned(), color: "red".to_owned(), badge: None }
}

fn row(id: &str, badge: Option<&str>) -> Row {
    let keys = vec![Some("red".to_owned()), badge.map(ToOwned::to_owned)];
    Row { id: id.to_owned(), version: 1, keys, body: "{}".to_owned() }
}

#[tokio::test]
async fn sqlite_store_keeps_every_promise() {
    let (_folder, path) = place();
    let (records, book) = open(&path);

    conformance::committed_records_are_found(&book).await.unwrap();
    conformance::rows_lead_to_rows(&book).await.unwrap();
    conformance::every_record_of_a_key_is_found(&book).await.unwrap();
    conformance::stale_units_change_nothing(&book).await.unwrap();
    conformance::unique_keys_are_unique(&book).await.unwrap();
    conformance::audit_entries_chain(&*records).await.unwrap();
    conformance::refused_units_leave_their_neighbours_whole(&book).await.unwrap();
    conformance::units_are_written_in_their_order(&book).await.unwrap();
    conformance::shared_values_are_those_of_now(&book).await.unwrap();
    conformance::rows_in_no_order_are_found(&book).await.unwrap();
    conformance::rewritten_rows_are_found_as_before(&book).await.unwrap();
}

#[tokio::test]
async fn second_row_with_the_same_id_is_a_duplicate_id() {
    let (_folder, path) = place();
    let (records, _book) = open(&path);
    let insert = || Write::Insert(conformance::sample_table(), row("a", None));
    records.commit(vec![insert()], Vec::new()).await.unwrap();

    let refused = records.commit(vec![insert()], Vec::new()).await;

    let expected = RecordError::Duplicate { table: "sample", key: "id" };
    assert_eq!(refused.unwrap_err().to_string(), expected.to_string());
}

#[tokio::test]
async fn rows_without_a_unique_key_do_not_collide() {
    let (_folder, path) = place();
    let (records, _book) = open(&path);
    let table = conformance::sample_table();
    let writes = vec![Write::Insert(table, row("a", None)), Write::Insert(table, row("b", None))];

    records.commit(writes, Vec::new()).await.unwrap();

    let found = records.select(table, "color", "red", Order::OldestFirst, 9).await.unwrap();
    assert_eq!(found.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[tokio::test]
async fn page_is_never_longer_than_the_limit() {
    let (_folder, path) = place();
    let (records, _book) = open(&path);
    let table = conformance::sample_table();
    let writes =
        (0..=PAGE_MAX).map(|n| Write::Insert(table, row(&format!("{n:05}"), None))).collect();
    records.commit(writes, Vec::new()).await.unwrap();

    let two = records.scan(table, "00002", 2).await.unwrap();
    let all = records.scan(table, "", usize::MAX).await.unwrap();
    let newest = records.select(table, "color", "red", Order::NewestFirst, usize::MAX);

    assert_eq!(two.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["00003", "00004"]);
    assert_eq!(all.len(), PAGE_MAX);
    assert_eq!(newest.await.unwrap().len(), PAGE_MAX);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_racing_units_exactly_one_wins() {
    let (_folder, path) = place();
    let (records, book) = open(&path);
    let mut unit = Unit::new();
    unit.insert(&sample("raced"));
    book.commit(unit).await.unwrap();

    for round in 0..20 {
        let race = |color: &'static str| {
            let book = book.clone();
            async move {
                let mut edited = book.load::<Sample>("raced").await?;
                edited.edit().color = format!("{color} {round}");
                let mut unit = Unit::new();
                unit.update(&edited);
                unit.audit(AuditEntry::new(Timestamp::UNIX_EPOCH, "system", "test.race", color));
                Ok::<_, RecordError>(unit)
            }
        };
        let (red, blue) = (race("red").await.unwrap(), race("blue").await.unwrap());

        let tasks = [red, blue].map(|unit| {
            let book = book.clone();
            tokio::spawn(async move { book.commit(unit).await })
        });
        let mut won = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(()) => won += 1,
                Err(error) => assert!(matches!(error, RecordError::Conflict { .. }), "{error:?}"),
            }
        }

        assert_eq!(won, 1);
    }

    let log = records.audit_log(0, 100).await.unwrap();
    let mut walk = ChainWalk::default();
    assert!(log.iter().all(|entry| walk.step(entry).is_ok()));
    assert_eq!(walk.head().0, 20);
}

#[tokio::test(start_paused = true)]
async fn clock_that_runs_ahead_refuses_nobody() {
    let (_folder, path) = place();
    let (_records, book) = open(&path);
    let hurried = tokio::spawn({
        let book = book.clone();
        async move {
            for n in 0..50 {
                let mut unit = Unit::new();
                unit.insert(&sample(&n.to_string()));
                book.commit(unit).await?;
            }
            Ok::<_, RecordError>(())
        }
    });

    let mut reads = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let book = book.clone();
        reads.spawn(async move { book.scan::<Sample>("").await.map(|rows| rows.len()) });
    }

    assert!(hurried.await.unwrap().is_ok());
    for read in reads.join_all().await {
        assert!(read.unwrap() <= 50);
    }
}
