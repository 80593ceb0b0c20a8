//! How long everything is kept: no kind of record is without an answer.

#[test]
fn every_kind_of_record_has_a_line_that_says_how_long_it_is_kept() {
    let tables: Vec<&str> = kanuki_wallet_http::tables().iter().map(|table| table.name).collect();
    let problems = kanuki_desk::retention::problems(&kanuki_wallet::retention::schedule(), &tables);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
