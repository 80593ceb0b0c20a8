//! What both companies declare can be kept by a store on disk: rows in memory need no columns, so a key
//! whose name a database cannot have would be noticed only by a program that does not start.

use kanuki_record::Table;
use kanuki_store::SqliteRecords;

#[test]
fn every_table_of_both_companies_can_be_kept_in_sqlite() {
    let companies: [(&str, Vec<&'static Table>); 2] =
        [("wallet", kanuki_wallet_http::tables()), ("bank", kanuki_bank_http::tables())];
    for (company, tables) in companies {
        let folder = tempfile::tempdir().unwrap();
        let opened = SqliteRecords::open(&folder.path().join("records.db"), &tables);
        assert!(opened.is_ok(), "{company}: {opened:?}");
    }
}
