//! Two numbers of one person, one of which has the wallet's word that it paid: what the desk shows of both.

use kanuki_desk::{
    case::{Case, CaseKind},
    report::Report,
};
use kanuki_record::Unit;

use crate::{
    browser::Browser,
    owed::{act, booked_by_two, paid_by_the_wallet, stopped},
    world::World,
};

#[tokio::test]
async fn the_page_of_a_persons_other_case_says_where_the_word_is_and_joins_the_two() {
    let world = World::new().await;
    let own = stopped(&world, &mut Browser::new(1)).await;
    let book = &world.state.bank.book;
    assert!(book.find::<Report>(&own).await.unwrap().is_some(), "a stop is a report");
    let first = book.load::<Case>(&own).await.unwrap();
    let (about, person) = (first.about.clone(), first.person_id.clone());
    let moment = world.state.site.world.moment("");
    let told = Case::open(&moment.ctx(), CaseKind::ToldByPartner, about, person);
    let mut unit = Unit::new();
    unit.insert(&told);
    book.commit(unit).await.unwrap();
    let told = told.case_id.to_string();
    paid_by_the_wallet(&world, &told).await;
    let (mut aoki, mut baba) = (Browser::new(11), Browser::new(12));
    aoki.enter_desk(&world, "STAFFAOKI").await;
    baba.enter_desk(&world, "STAFFBABA").await;
    let path = format!("/desk/cases/{own}");
    let there = "同じ方の別の番号の案件で、相手の会社が支払った";

    let page = aoki.get(&world, &path).await;
    assert!(page.body.contains(there) && page.body.contains("¥9,000"), "{}", page.body);
    assert!(page.body.contains(&format!("<option value=\"{told}\"")), "{}", page.body);
    assert!(!page.body.contains("value=\"nothing_lost\""), "{}", page.body);
    let end = [("act", "end"), ("outcome", "nothing_lost"), ("reason", "記録を確かめた")];
    let forced = aoki.submit(&world, &page, &format!("{path}/claim"), &end).await;
    assert_eq!(forced.status, 409);
    assert!(forced.body.contains("同じ方の別の案件で"), "{}", forced.body);

    let joined = act(&world, &mut aoki, &own, &[("act", "join"), ("other", &told)]).await;
    assert!(!joined.body.contains(there), "{}", joined.body);
    assert!(joined.body.contains("支払いの知らせは、つないだ案件に届いています"));
    act(&world, &mut aoki, &told, &[("act", "open")]).await;
    booked_by_two(&world, (&mut aoki, &mut baba), &told).await;

    let list = aoki.get(&world, "/desk/claims").await;
    let (_, paid) = list.body.split_once("お金は戻り、お返事と終わりの記録").unwrap();
    assert!(paid.contains(&own), "{}", list.body);
    assert_eq!(list.body.matches("補償の手続きに入りました").count(), 0, "{}", list.body);
}

#[tokio::test]
async fn whoever_agrees_to_a_policy_sees_what_it_changes() {
    let world = World::new().await;
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;
    let page = aoki.get(&world, "/desk/compensation").await;
    let (_, rest) = page.body.split_once("<textarea id=\"policy-text\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    let text = rest.split("</textarea>").next().unwrap();
    let text = text.replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<");
    let version = text.lines().find(|line| line.starts_with("version")).unwrap();
    let text = text.replace(version, "version = \"kinder\"");
    let days = text.lines().find(|line| line.starts_with("refund_days")).unwrap().to_owned();
    let text = text.replace(&days, "refund_days = 3");
    let propose = [("text", text.as_str()), ("act", "propose"), ("reason", "早く返す")];

    let asked = aoki.submit(&world, &page, "/desk/compensation", &propose).await;

    assert_eq!(asked.header("location"), "/desk/approvals", "{}", asked.body);
    let was = days.rsplit('=').next().unwrap().trim();
    for path in ["/desk/approvals", "/desk/compensation?version=kinder"] {
        let page = aoki.get(&world, path).await;
        let (_, changes) = page.body.split_once("変わるところ").unwrap();
        let (_, row) = changes.split_once("procedure.refund_days").unwrap();
        let row = row.split("</tr>").next().unwrap();
        assert!(row.contains(&format!(">{was}<")) && row.contains(">3<"), "{path}: {row}");
    }
}
