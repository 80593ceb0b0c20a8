//! A contact that was disowned and is its holder's all the same, at the desk.

use crate::{
    browser::{Browser, between},
    world::World,
};

#[tokio::test]
async fn two_people_at_the_desk_end_the_doubt_about_a_contact() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    browser.enter_portal(&world, "9000001").await;
    let page = browser.get(&world, "/holder/contacts").await;
    let wanted = [("kind", "phone"), ("to", "080-7777-8888")];
    let page = browser.submit(&world, &page, "/holder/contacts", &wanted).await;
    let signed = browser.touch(&world, &page, "/holder/contacts/sign").await;
    assert_eq!(signed.status, 303, "{}", signed.body);
    let letter = world.letter("電話番号の変更を受け付けました").await;
    let code = between(&letter.body, "停止コード：", "\n").unwrap();
    let page = browser.get(&world, "/stop").await;
    let preview = browser.submit(&world, &page, "/stop", &[("code", code)]).await;
    let done = browser.submit(&world, &preview, "/stop/confirm", &[]).await;
    let case = format!("cas_{}", between(&done.body, "<code>cas_", "<").unwrap());
    let (mut aoki, mut baba) = (Browser::new(11), Browser::new(12));
    aoki.enter_desk(&world, "STAFFAOKI").await;
    baba.enter_desk(&world, "STAFFBABA").await;

    let path = format!("/desk/cases/{case}");
    let page = aoki.get(&world, &path).await;
    assert!(page.body.contains("疑いのある連絡先"), "{}", page.body);
    assert!(!page.body.contains("8888"), "numbers are for whoever needs them");
    let believe = format!("{path}/believe");
    let fields = [("reason", "窓口で運転免許証を確認")];
    let asked = aoki.submit(&world, &page, &believe, &fields).await;
    let waiting = aoki.follow(&world, &asked).await;
    assert!(waiting.body.contains("連絡先の疑いを解く"), "{}", waiting.body);
    let approve = between(&waiting.body, "action=\"/desk/approvals/", "\"").unwrap();
    let approve = format!("/desk/approvals/{approve}");
    let alone = aoki.submit(&world, &waiting, &approve, &[("answer", "agree")]).await;
    let page = baba.get(&world, "/desk/approvals").await;
    let agreed = baba.submit(&world, &page, &approve, &[("answer", "agree")]).await;
    let after = aoki.get(&world, &path).await;

    assert_eq!(alone.status, 409, "whoever asked cannot agree");
    assert_eq!(agreed.status, 303, "{}", agreed.body);
    assert!(!after.body.contains("疑いのある連絡先"), "{}", after.body);
    world.letter("係員2名で疑いを解きました").await;
}
