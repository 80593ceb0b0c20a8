//! Somebody leaves the desk: two colleagues say so, and what they left open is worth nothing.

use kanuki_bank::desk::Scope;
use kanuki_desk::{approval::Approval, leaving::END};
use kanuki_domain::{id::StaffId, mandate::later};

use crate::{browser::Browser, world::World};

async fn id_of(world: &World, name: &str) -> StaffId {
    let moment = world.state.site.world.moment("");
    let members = world.state.bank.members(&moment.ctx()).await.unwrap();
    members.iter().find(|member| member.name == name).unwrap().staff_id
}

async fn at(world: &World, n: u8, code: &str) -> Browser {
    let mut browser = Browser::new(n);
    browser.enter_desk(world, code).await;
    browser
}

async fn waiting(world: &World, act: &str) -> Option<Approval> {
    let all = world.state.bank.approvals().await.unwrap();
    all.into_iter().find(|approval| approval.act == act)
}

#[tokio::test]
async fn whoever_two_colleagues_send_away_is_out_at_once_with_all_that_they_asked_for() {
    let world = World::new().await;
    let moment = world.state.site.world.moment("");
    let ctx = moment.ctx();
    let until = later(ctx.now, 86_400);
    world.state.bank.invite_staff(&ctx, "千葉", "STAFFCHIBA", until).await.unwrap();
    let mut aoki = at(&world, 11, "STAFFAOKI").await;
    let mut baba = at(&world, 12, "STAFFBABA").await;
    let mut chiba = at(&world, 13, "STAFFCHIBA").await;
    let id = id_of(&world, "千葉").await;
    let stopped = Scope::Person("hld_x".to_owned());
    world.state.bank.close_gate(&ctx, id, &stopped, "試し").await.unwrap();
    world.state.bank.ask_open_gate(&ctx, id, &stopped, ("試し", None)).await.unwrap();

    let page = aoki.get(&world, "/desk/staff").await;
    let ask = format!("/desk/staff/{id}/end");
    let unreasoned = aoki.submit(&world, &page, &ask, &[("reason", " ")]).await;
    let asked = aoki.submit(&world, &page, &ask, &[("reason", "端末の盗難")]).await;
    let twice = aoki.submit(&world, &page, &ask, &[("reason", "端末の盗難")]).await;
    let ending = format!("/desk/approvals/{}", waiting(&world, END).await.unwrap().approval_id);
    let own = aoki.get(&world, "/desk/approvals").await;
    let alone = aoki.submit(&world, &own, &ending, &[("answer", "agree")]).await;
    let still = chiba.get(&world, "/desk").await;
    let list = baba.get(&world, "/desk/approvals").await;
    let agreed = baba.submit(&world, &list, &ending, &[("answer", "agree")]).await;

    assert_eq!((unreasoned.status, twice.status, alone.status), (422, 409, 409));
    assert_eq!(asked.header("location"), "/desk/approvals");
    assert_eq!((still.status, agreed.status), (200, 303), "{}", agreed.body);
    assert!(list.body.contains("千葉") && list.body.contains("端末の盗難"));
    let out = chiba.get(&world, "/desk").await;
    assert!(out.header("location").starts_with("/desk/sign-in"), "{}", out.status);
    let page = chiba.get(&world, "/desk/sign-in").await;
    let again = chiba.touch(&world, &page, "/desk/sign-in").await;
    assert_eq!(again.header("location"), "/desk/sign-in?again=1");
    assert!(world.state.bank.approvals().await.unwrap().is_empty(), "what they asked for fell");
    let closed = world.state.bank.is_gate_closed(&ctx, &stopped).await.unwrap();
    assert!(closed, "and released nothing");
    let left = aoki.get(&world, "/desk/staff").await;
    assert!(left.body.contains("に離れました"), "{}", left.body);
    let log = world.state.bank.book.records().audit_log(0, 10_000).await.unwrap();
    assert!(log.iter().any(|entry| entry.body.contains("staff.ended")));
    let aoki_works = aoki.get(&world, "/desk").await;
    assert_eq!(aoki_works.status, 200, "the others go on");
}

#[tokio::test]
async fn two_people_remain_at_the_desk() {
    let world = World::new().await;
    let mut aoki = at(&world, 11, "STAFFAOKI").await;
    let mut baba = at(&world, 12, "STAFFBABA").await;
    let id = id_of(&world, "馬場").await;
    let page = aoki.get(&world, "/desk/staff").await;
    aoki.submit(&world, &page, &format!("/desk/staff/{id}/end"), &[("reason", "退職")]).await;
    let ending = format!("/desk/approvals/{}", waiting(&world, END).await.unwrap().approval_id);
    let list = baba.get(&world, "/desk/approvals").await;

    let agreed = baba.submit(&world, &list, &ending, &[("answer", "agree")]).await;

    assert_eq!(agreed.status, 409);
    assert!(agreed.body.contains("二人以上"), "{}", agreed.body);
    assert_eq!(baba.get(&world, "/desk").await.status, 200);
    let vetoed = baba.submit(&world, &list, &ending, &[("answer", "decline")]).await;
    assert_eq!(vetoed.status, 409, "nobody decides in a matter of their own");
    let list = aoki.get(&world, "/desk/approvals").await;
    let declined = aoki.submit(&world, &list, &ending, &[("answer", "decline")]).await;
    assert_eq!(declined.status, 303);
}

/// A code may have been handed to the wrong person, and whoever has it may never have seen a desk.
#[tokio::test]
async fn whoever_was_invited_reads_whose_invitation_it_is_and_what_it_lets_them_do() {
    let world = World::new().await;
    let moment = world.state.site.world.moment("");
    let ctx = moment.ctx();
    let until = later(ctx.now, 86_400);
    world.state.bank.invite_staff(&ctx, "千葉", "STAFFCHIBA", until).await.unwrap();
    let mut chiba = Browser::new(13);
    let page = chiba.get(&world, "/desk/activate").await;
    let next = chiba.submit(&world, &page, "/desk/activate", &[("code", "STAFFCHIBA")]).await;
    let guessed = chiba.submit(&world, &page, "/desk/activate", &[("code", "STAFFNOBODY")]).await;

    for said in ["千葉さんの招待", "まで使えます", "止めるのは", "別の一人が承認"]
    {
        assert!(next.body.contains(said), "{said}: {}", next.body);
    }
    assert_eq!(guessed.status, 422);
    assert!(!guessed.body.contains("さんの招待"), "a wrong code names nobody");
}
