//! What outlives the process, and what a file may not be.

use jiff::Timestamp;
use kanuki_record::{
    AuditEntry, Book, Key, Order, RecordError, Records as _, Row, Table, Unit, Write,
    conformance::{self, Sample},
};
use kanuki_store::{SqliteRecords, StoreError};
use rusqlite::Connection;

use crate::place::{open, place, tables};

fn sample() -> Sample {
    Sample { sample_id: "kept".to_owned(), color: "red".to_owned(), badge: Some("b".to_owned()) }
}

fn unit() -> Unit {
    let mut unit = Unit::new();
    unit.insert(&sample());
    unit.audit(AuditEntry::new(Timestamp::UNIX_EPOCH, "system", "test.kept", "kept"));
    unit
}

/// What somebody with another program could do to the file.
fn meddle(path: &std::path::Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn reopened_file_has_what_was_committed() {
    let (_folder, path) = place();
    let (records, book) = open(&path);
    book.commit(unit()).await.unwrap();
    drop((records, book));

    let (records, book) = open(&path);

    assert_eq!(book.load::<Sample>("kept").await.unwrap().into_inner(), sample());
    conformance::audit_entries_chain(&*records).await.unwrap();
    assert_eq!(records.audit_log(0, 100).await.unwrap().len(), 7);
}

#[tokio::test]
async fn damaged_rows_are_reported_by_id() {
    let (_folder, path) = place();
    let (_records, book) = open(&path);
    book.commit(unit()).await.unwrap();
    let is_reported = |found: Result<_, RecordError>| match found {
        Err(RecordError::Corrupt { table: "sample", id }) => id == "kept",
        Ok(_) | Err(_) => false,
    };

    for damage in [
        r#"update "sample" set "body" = '{"sample_id":1}'"#,
        r#"update "sample" set "body" = x'ff00'"#,
        r#"update "sample" set "body" = '{}', "version" = 'first'"#,
    ] {
        meddle(&path, damage);
        assert!(is_reported(book.load::<Sample>("kept").await), "{damage}");
    }
}

#[tokio::test]
async fn read_only_store_reads_beside_the_writer_and_writes_nothing() {
    let (_folder, path) = place();
    let (_records, book) = open(&path);
    book.commit(unit()).await.unwrap();

    let reader = SqliteRecords::open_read_only(&path, &tables()).unwrap();
    let refused = reader.commit(Vec::new(), Vec::new()).await;

    assert_eq!(reader.audit_log(0, 10).await.unwrap().len(), 1);
    assert!(reader.fetch(conformance::sample_table(), "kept").await.unwrap().is_some());
    assert!(matches!(refused, Err(RecordError::Unavailable(_))), "{refused:?}");
}

#[tokio::test]
async fn read_only_store_opens_a_file_nobody_else_has_open() {
    let (_folder, path) = place();
    let (records, book) = open(&path);
    book.commit(unit()).await.unwrap();
    drop((records, book));

    let reader = SqliteRecords::open_read_only(&path, &[]).unwrap();

    assert_eq!(reader.audit_log(0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn read_only_store_creates_no_file() {
    let (_folder, path) = place();

    assert!(SqliteRecords::open_read_only(&path, &tables()).is_err());
    assert!(!path.exists());
}

#[tokio::test]
async fn new_key_is_added_and_found_from_the_next_write_on() {
    static GROWN: Table = Table {
        name: "sample",
        keys: &[Key::unique("color"), Key::unique("badge"), Key::many("shape")],
    };
    let (_folder, path) = place();
    let (records, book) = open(&path);
    book.commit(unit()).await.unwrap();
    drop((records, book));

    let records = SqliteRecords::open(&path, &[&GROWN]).unwrap();
    let old = records.fetch(&GROWN, "kept").await.unwrap().unwrap();
    let mut keys = old.keys.clone();
    keys[2] = Some("round".to_owned());
    let new = Row { version: 2, keys, ..old.clone() };
    records.commit(vec![Write::Update(&GROWN, new.clone())], Vec::new()).await.unwrap();
    let twin = Row { id: "twin".to_owned(), version: 1, ..old.clone() };
    let refused = records.commit(vec![Write::Insert(&GROWN, twin)], Vec::new()).await;

    assert_eq!(old.keys[2], None);
    let found = records.select(&GROWN, "shape", "round", Order::NewestFirst, 1).await.unwrap();
    assert_eq!(found, [new]);
    assert!(matches!(refused, Err(RecordError::Duplicate { .. })), "color became unique");
}

/// The indexes of a file: what each is over.
fn indexes(path: &std::path::Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let sql =
        "select sql from sqlite_schema where type = 'index' and sql is not null order by name";
    let mut query = connection.prepare(sql).unwrap();
    query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn indexes_of_a_former_release_are_made_anew_and_no_others() {
    let (_folder, path) = place();
    let (records, book) = open(&path);
    book.commit(unit()).await.unwrap();
    drop((records, book));
    let now = indexes(&path);
    meddle(
        &path,
        r#"drop index "sample_color"; create index "sample_color" on "sample" ("color", "sample_id");
           drop index "sample_badge"; create index "sample_badge" on "sample" ("badge");
           drop index "leaf_falls_on"; create unique index "leaf_falls_on" on "leaf" ("falls_on");
           alter table "sample" add column "shape" text; create index "sample_shape" on "sample" ("shape")"#,
    );
    assert_ne!(indexes(&path), now);

    let (records, book) = open(&path);

    assert_eq!(indexes(&path), now);
    let found = book.find_by::<Sample>("badge", "b").await.unwrap();
    assert_eq!(found.map(kanuki_record::Stored::into_inner), Some(sample()));
    assert_eq!(book.list::<Sample>("color", "red").await.unwrap().len(), 1);
    drop((records, book));
    let roots = || {
        let connection = Connection::open(&path).unwrap();
        let sql = "select group_concat(rootpage) from sqlite_schema";
        connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()
    };
    let before = roots();
    drop(open(&path));
    assert_eq!(roots(), before, "what is as declared is left alone");
}

#[tokio::test]
async fn rows_are_looked_for_in_the_index_of_their_key() {
    let (_folder, path) = place();
    drop(open(&path));
    let connection = Connection::open(&path).unwrap();

    for (table, key, order, expected) in [
        (
            "sample",
            "color",
            r#"order by "sample_id" desc"#,
            "SEARCH sample USING INDEX sample_color",
        ),
        (
            "sample",
            "badge",
            r#"order by "sample_id" desc"#,
            "SEARCH sample USING INDEX sample_badge",
        ),
        ("leaf", "falls_on", "", "SEARCH leaf USING INDEX leaf_falls_on"),
    ] {
        let sql = format!(
            r#"explain query plan select "body" from "{table}" where "{key}" = $1 {order} limit $2"#
        );
        let mut query = connection.prepare(&sql).unwrap();
        let plan = query.query_map(("x", 9), |row| row.get::<_, String>(3)).unwrap();
        let plan: Vec<String> = plan.collect::<Result<_, _>>().unwrap();
        assert!(plan[0].starts_with(expected), "{plan:?}");
        assert!(
            !plan.iter().any(|step| step.contains("TEMP B-TREE")) || key == "badge",
            "{plan:?}"
        );
    }
}

#[tokio::test]
async fn file_of_a_later_release_is_refused() {
    let (_folder, path) = place();
    drop(open(&path));
    meddle(&path, "insert into schema_version (version, name, text) values (99, 'x', 'y')");

    let refused = SqliteRecords::open(&path, &tables());

    assert!(matches!(refused, Err(StoreError::Newer { found: 99, .. })), "{refused:?}");
}

#[tokio::test]
async fn edited_migration_is_refused() {
    let (_folder, path) = place();
    drop(open(&path));
    meddle(&path, "update schema_version set text = 'other'");

    let refused = SqliteRecords::open_read_only(&path, &tables());

    assert!(matches!(refused, Err(StoreError::Edited { version: 1 })), "{refused:?}");
}

#[tokio::test]
async fn undeclared_table_is_unavailable_and_undoes_the_unit() {
    static OTHER: Table = Table { name: "other", keys: &[] };
    let (_folder, path) = place();
    let (records, book) = open(&path);
    let row = Row { id: "a".to_owned(), version: 1, keys: Vec::new(), body: "{}".to_owned() };
    let known =
        Row { keys: vec![None, None], id: "b".to_owned(), version: 1, body: "{}".to_owned() };
    let sample = conformance::sample_table();

    let writes = vec![Write::Insert(sample, known), Write::Insert(&OTHER, row)];
    let refused = records.commit(writes, Vec::new()).await;

    assert!(matches!(refused, Err(RecordError::Unavailable(_))), "{refused:?}");
    assert!(book.find::<Sample>("b").await.unwrap().is_none());
}

#[cfg(unix)]
#[tokio::test]
async fn file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = place();
    let (_records, book) = open(&path);
    book.commit(unit()).await.unwrap();

    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
}

#[tokio::test]
async fn books_of_two_companies_do_not_meet() {
    let (_folder, path) = place();
    let (_other_folder, other_path) = place();
    let (_records, book) = open(&path);
    let (other, _other_book) = open(&other_path);

    book.commit(unit()).await.unwrap();

    assert!(Book::new(other).find::<Sample>("kept").await.unwrap().is_none());
}
