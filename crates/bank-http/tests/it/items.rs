//! An open item at the desk: seen, owned, and settled by two people.

use kanuki_bank::credit::AskCredit;
use kanuki_domain::{Yen, id::PayoutId, mandate::later};

use crate::{
    browser::{Browser, between},
    world::{CLIENT, World},
};

#[tokio::test]
async fn two_people_settle_an_open_item_at_the_desk_and_the_case_says_how() {
    let world = World::new().await;
    let linked = world.linked(&mut Browser::new(3)).await;
    let (mut aoki, mut baba) = (Browser::new(11), Browser::new(12));
    aoki.enter_desk(&world, "STAFFAOKI").await;
    baba.enter_desk(&world, "STAFFBABA").await;
    assert!(aoki.get(&world, "/desk/items").await.body.contains("要確認の取引はありません"));
    *world.core.is_silent.lock().unwrap() = true;
    world.debit(&linked, 1, 4_000).await;
    let moment = world.state.site.world.moment("");
    let mut ctx = moment.ctx();
    ctx.now = later(ctx.now, 86_401);
    world.state.bank.recover_debits(&ctx).await.unwrap();

    let cases = aoki.get(&world, "/desk").await;
    assert!(cases.body.contains("要確認の取引が1件"), "{}", cases.body);
    let list = aoki.get(&world, "/desk/items").await;
    assert!(list.body.contains("4,000") && list.body.contains("未定"), "{}", list.body);
    let path = between(&list.body, "href=\"/desk/items/", "\"").unwrap();
    let path = format!("/desk/items/{path}");
    let page = aoki.get(&world, &path).await;
    let silent = aoki.submit(&world, &page, &format!("{path}/ask"), &[]).await;
    assert_eq!(silent.status, 409);
    assert!(silent.body.contains("確保されたまま"), "{}", silent.body);
    aoki.submit(&world, &page, &format!("{path}/take"), &[]).await;
    assert!(aoki.get(&world, "/desk/items").await.body.contains("青木"));
    let settle = format!("{path}/settle");
    let unsaid = aoki.submit(&world, &page, &settle, &[("how", " ")]).await;
    let fields = [("how", "照会票 7")];
    let asked = aoki.submit(&world, &page, &settle, &fields).await;
    let own = aoki.follow(&world, &asked).await;
    let approve = between(&own.body, "action=\"/desk/approvals/", "\"").unwrap();
    let approve = format!("/desk/approvals/{approve}");
    let alone = aoki.submit(&world, &own, &approve, &[("answer", "agree")]).await;
    let waiting = baba.get(&world, "/desk/approvals").await;
    let agreed = baba.submit(&world, &waiting, &approve, &[("answer", "agree")]).await;

    assert_eq!((unsaid.status, asked.status, alone.status), (422, 303, 409));
    assert!(waiting.body.contains("お金は動いた") && waiting.body.contains("照会票 7"));
    assert_eq!(agreed.status, 303, "{}", agreed.body);
    let case = baba.get(&world, &path).await;
    let case = baba.follow(&world, &case).await;
    assert!(case.body.contains("終了：お金は動きました"), "{}", case.body);
    assert!(case.body.contains("お金は動いた 照会票 7"));
    assert!(aoki.get(&world, "/desk/items").await.body.contains("要確認の取引はありません"));
}

/// What people saw in the core's books is of one moment: an order that comes late would pay twice.
#[tokio::test]
async fn that_a_payout_did_not_move_is_not_offered() {
    let world = World::new().await;
    let linked = world.linked(&mut Browser::new(3)).await;
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;
    *world.core.is_silent.lock().unwrap() = true;
    let moment = world.state.site.world.moment("");
    let mut ctx = moment.ctx();
    let ask = AskCredit {
        client_id: CLIENT.to_owned(),
        mandate_id: linked.mandate_id,
        credit_id: PayoutId::derive(&["1"]),
        amount: Yen::of(1_000),
        refund_of: None,
    };
    world.state.bank.request_credit(&ctx, ask).await.unwrap();
    ctx.now = later(ctx.now, 86_401);
    world.state.bank.recover_credits(&ctx).await.unwrap();

    let list = aoki.get(&world, "/desk/items").await;
    let path = between(&list.body, "href=\"/desk/items/", "\"").unwrap();
    let path = format!("/desk/items/{path}");
    let page = aoki.get(&world, &path).await;

    assert!(page.body.contains("勘定系だけが約束") && !page.body.contains("name=\"found\""));
}
