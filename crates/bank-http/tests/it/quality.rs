//! What the rules are worth, through the page: a case is judged, and its rule's figures say so.

use kanuki_desk::case::{Case, CaseKind};
use kanuki_record::Unit;

use crate::{browser::Browser, world::World};

#[tokio::test]
async fn a_case_of_a_rule_is_judged_once_more_and_counts_for_its_rule() {
    let world = World::new().await;
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;
    let moment = world.state.site.world.moment("");
    let ctx = moment.ctx();
    let of_rule = Case::open(&ctx, CaseKind::Rule, "rule|walk-device", None);
    let other = Case::open(&ctx, CaseKind::NotMe, "man_x", None);
    let mut unit = Unit::new();
    unit.insert(&of_rule).insert(&other);
    world.state.bank.book.commit(unit).await.unwrap();

    let csrf = aoki.csrf(&world, "/desk/risk/quality").await;
    let page = aoki.get(&world, "/desk/risk/quality").await;
    let number = of_rule.case_id.to_string();
    assert!(page.body.contains(&number) && !page.body.contains(&other.case_id.to_string()));
    assert!(page.body.contains("未記録"), "{}", page.body);

    let path = |case: &Case| format!("/desk/risk/quality/{}", case.case_id);
    let say = |found: &'static str| [("csrf", csrf.clone()), ("found", found.to_owned())];
    for (case, found, status) in [
        (&of_rule, "fraud", 303),
        (&of_rule, "honest", 303),
        (&of_rule, "perhaps", 422),
        (&other, "fraud", 404),
    ] {
        let fields = say(found);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let done = aoki.post(&world, &path(case), &fields).await;
        assert_eq!(done.status, status, "{found}: {}", done.body);
    }
    let page = aoki.get(&world, "/desk/risk/quality").await;
    assert!(!page.body.contains("未記録"), "{}", page.body);
    assert!(page.body.contains("正しいお客さまだった"), "the newest word counts");
}
