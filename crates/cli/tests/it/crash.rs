//! The program kills itself and counts; longer runs are asked for by hand.

use crate::running::kanuki;

#[test]
fn killed_program_has_lost_and_doubled_nothing_and_takes_its_books_away() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();

    let args = ["ledger", "crash-test", "--times", "3", "--callers", "8", "--millis", "60"];
    let tested = kanuki(&[&args[..], &["--folder", place, "--json"]].concat());

    let said = String::from_utf8_lossy(&tested.stderr).into_owned();
    assert_eq!(tested.status.code(), Some(0), "{said}");
    let report: serde_json::Value = serde_json::from_slice(&tested.stdout).unwrap();
    assert_eq!(report["ok"], true, "{report}");
    assert_eq!(report["kills"], 3);
    assert!(report["answered"].as_u64().unwrap() > 0, "{report}");
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}
