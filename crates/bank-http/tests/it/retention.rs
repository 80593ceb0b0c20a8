//! How long everything is kept, and the page that says so.

use kanuki_bank_http::workers;

use crate::{browser::Browser, world::World};

#[test]
fn every_kind_of_record_has_a_line_that_says_how_long_it_is_kept() {
    let tables: Vec<&str> = kanuki_bank_http::tables().iter().map(|table| table.name).collect();
    let problems = kanuki_desk::retention::problems(&kanuki_bank::retention::schedule(), &tables);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test]
async fn staff_see_how_long_each_kind_is_kept_and_when_it_was_last_gone_through() {
    let world = World::new().await;
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;
    workers::sweep(&world.state).await;

    let page = aoki.get(&world, "/desk/retention").await;

    assert_eq!(page.status, 200);
    for text in
        ["10年", "7年", "終わった口座振替契約", "犯収法6条・7条", "まだ何も消していません。"]
    {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(page.body.contains("いっしょに消すもの：") && page.body.contains("補償の手続き"));
    for table in ["rule_finding", "told_paid", "retention-table"] {
        assert!(!page.body.contains(table), "{table} is no word: {}", page.body);
    }
    assert!(page.body.contains("<time"), "every kind was gone through: {}", page.body);
}
