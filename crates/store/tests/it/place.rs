//! A store of one's own, in a folder that goes away with the test.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use kanuki_record::{Book, Table, conformance};
use kanuki_store::SqliteRecords;

/// The tables that most tests need.
pub(crate) fn tables() -> [&'static Table; 2] {
    [conformance::sample_table(), conformance::leaf_table()]
}

/// The folder, and the path of a store in it.
pub(crate) fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.db");
    (folder, path)
}

pub(crate) fn open(path: &Path) -> (Arc<SqliteRecords>, Book) {
    let records = Arc::new(SqliteRecords::open(path, &tables()).unwrap());
    (Arc::clone(&records), Book::new(records))
}
