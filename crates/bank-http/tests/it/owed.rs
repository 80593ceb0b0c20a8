//! What a bank owes after a crime, at its desk: a report taken on the telephone, and the draft for the
//! authority.

use kanuki_desk::{case::Case, shared};
use kanuki_domain::id::CaseId;
use kanuki_record::Unit;
use kanuki_wire::set::CaseStage;

use crate::{
    browser::{Browser, between},
    world::{CLIENT, World},
};

#[tokio::test]
async fn a_caller_who_is_nobodys_customer_gets_a_number_and_a_code_that_show_how_far_it_is() {
    let world = World::new().await;
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;
    let page = aoki.get(&world, "/desk/phone/report").await;
    let said = [("contact", "03-1234-5678"), ("text", "知らないウォレットの引き落とし")];

    let said = [said[0], said[1], ("about", CLIENT)];
    let unread = aoki.submit(&world, &page, "/desk/phone/report", &said).await;
    assert_eq!(unread.status, 422);
    let chosen = format!("<option value=\"{CLIENT}\" selected>");
    assert!(unread.body.contains(&chosen), "what was chosen stays: {}", unread.body);
    let whole = [said[0], said[1], said[2], ("read_back", "yes")];
    let taken = aoki.submit(&world, &page, "/desk/phone/report", &whole).await;
    assert_eq!(taken.status, 201, "{}", taken.body);

    let copied = between(&taken.body, "data-copy=\"", "\"").unwrap();
    let number = copied.split_whitespace().next().unwrap();
    let case = world.state.bank.book.load::<Case>(number).await.unwrap().into_inner();
    assert!(case.owner.is_some() && case.closed_at.is_none(), "{case:?}");
    let shown = aoki.get(&world, &format!("/desk/cases/{number}")).await;
    assert!(shown.body.contains("電話で届け出を受け") && shown.body.contains("03-1234-5678"));
    let log = world.state.bank.book.records().audit_log(0, 10_000).await.unwrap();
    assert!(log.iter().any(|entry| entry.body.contains("case.reported_by_phone")));
}

#[tokio::test]
async fn what_a_wallet_told_of_offers_outcomes_and_no_plain_closing() {
    let world = World::new().await;
    let book = &world.state.bank.book;
    let number = CaseId::derive(&["told"]);
    let moment = world.state.site.world.moment("");
    let mut unit = Unit::new();
    let said = (number, CLIENT, CaseStage::Reported);
    shared::take(book, &moment.ctx(), &mut unit, said).await.unwrap();
    book.commit(unit).await.unwrap();
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;
    let path = format!("/desk/cases/{number}");

    let page = aoki.get(&world, &path).await;
    assert!(!page.body.contains("value=\"close\""), "{}", page.body);
    assert!(page.body.contains("相手の会社が受けた届け出です"), "{}", page.body);
    let bounce = [("text", "ウォレットの会社に聞いてください"), ("act", "close")];
    let bounced = aoki.submit(&world, &page, &format!("{path}/note"), &bounce).await;
    assert_eq!(bounced.status, 409);
    assert!(bounced.body.contains("では終えられません"), "{}", bounced.body);
    let end = [("act", "end"), ("outcome", "not_owed"), ("reason", "ウォレットに確かめた")];
    let asked = aoki.submit(&world, &page, &format!("{path}/claim"), &end).await;
    assert_eq!(asked.status, 303, "{}", asked.body);

    let waits = aoki.get(&world, &path).await;
    assert!(waits.body.contains("終わりにしてよいとしています"), "{}", waits.body);
    let said = "「証拠により補償しないと決めた」との申し出";
    assert!(waits.body.contains(said), "{}", waits.body);
}

#[tokio::test]
async fn the_draft_for_the_authority_has_what_moved_and_names_nobody() {
    let world = World::new().await;
    let mut holder = Browser::new(1);
    let linked = world.linked(&mut holder).await;
    for (number, amount) in [(1, 1_000), (2, 2_000)] {
        assert_eq!(world.debit(&linked, number, amount).await.status, 201);
    }
    let letter = world.letter("引き落とせるようになりました").await;
    let code = between(&letter.body, "停止コード：", "\n").unwrap();
    let page = holder.get(&world, "/stop").await;
    let preview = holder.submit(&world, &page, "/stop", &[("code", code)]).await;
    let done = holder.submit(&world, &preview, "/stop/confirm", &[]).await;
    let case = between(&done.body, "data-copy=\"", "\"").unwrap().to_owned();
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;
    let page = aoki.get(&world, &format!("/desk/cases/{case}")).await;
    let note = format!("/desk/cases/{case}/note");
    let typed = [("text", "田中さんに電話した"), ("act", "note")];
    aoki.submit(&world, &page, &note, &typed).await;
    assert!(page.body.contains(&format!("/desk/cases/{case}/authority")), "{}", page.body);

    let draft = aoki.get(&world, &format!("/desk/cases/{case}/authority")).await;

    assert_eq!(draft.status, 200);
    for told in ["不正取引発生報告書の下書き", "¥3,000", &case, "引き落とした会社"]
    {
        assert!(draft.body.contains(told), "{told}: {}", draft.body);
    }
    for secret in ["田中", "山田", "9000001", "09000000001"] {
        assert!(!draft.body.contains(secret), "{secret}");
    }
    // What the holder did themself is no crime: staff say which were.
    let first = between(&draft.body, "name=\"item-0\" value=\"", "\"").unwrap();
    let ticked = format!("chosen=yes&item-0={}", first.replace('|', "%7C"));
    let one = aoki.get(&world, &format!("/desk/cases/{case}/authority?{ticked}")).await;
    assert!(!one.body.contains("¥3,000"), "{}", one.body);
    let empty = aoki.get(&world, &format!("/desk/cases/{case}/authority?chosen=yes")).await;
    assert!(empty.body.contains("¥0"), "{}", empty.body);
}
