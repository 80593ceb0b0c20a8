//! Ten seeds of every playbook, some at each rate of answered notices.

use kanuki_lab::{Options, Starts, sweep};

#[test]
fn every_promise_holds_with_each_of_ten_seeds() {
    let options = Options { customers: 4, days: 3, crowd: false, ..Options::default() };
    for (seeds, answers) in [(1..=3, 0), (4..=6, 20), (7..=10, 80)] {
        let swept = sweep(&options, (seeds, Starts::InTurn), &[answers]).unwrap();

        assert!(swept.is_ok(), "{}", swept.to_text());
        assert!(swept.rows.values().all(|row| row.worlds > 0));
    }
}
