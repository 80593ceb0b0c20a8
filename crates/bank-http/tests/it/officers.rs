//! Hits of lists and drafts of reports are there for officers alone; two people say who is one.

use kanuki_bank::BankError;
use kanuki_desk::{
    DeskError,
    approval::Approval,
    leaving,
    officer::{self, GIVE, Officer, TAKE, Wish},
};
use kanuki_domain::{id::StaffId, mandate::later};
use kanuki_record::{RecordError, Unit};

use crate::{browser::Browser, world::World};

const LIST: &str = "KANUKI-SCREENING,1,Made list,made for a test,2026-11-20
id,kind,name,born,note
A-1,person,YAMADA Hanako,1955,made
";

async fn id_of(world: &World, name: &str) -> StaffId {
    let moment = world.state.site.world.moment("");
    let members = world.state.bank.members(&moment.ctx()).await.unwrap();
    members.iter().find(|member| member.name == name).unwrap().staff_id
}

/// Somebody at the desk who was invited without the role.
async fn clerk(world: &World, n: u8, name: &str, code: &str) -> Browser {
    let moment = world.state.site.world.moment("");
    let (ctx, bank) = (moment.ctx(), &world.state.bank);
    bank.invite_staff(&ctx, name, code, later(ctx.now, 86_400)).await.unwrap();
    at(world, n, code).await
}

async fn at(world: &World, n: u8, code: &str) -> Browser {
    let mut browser = Browser::new(n);
    browser.enter_desk(world, code).await;
    browser
}

/// What a page says, without its head and menu, and up to the number that each answer has of its own.
fn words(body: &str) -> &str {
    let (_, main) = body.split_once("<main").unwrap();
    main.split_once("class=\"reference\"").unwrap().0
}

/// Asks for it, and answers where somebody else can agree.
async fn ask(world: &World, by: &mut Browser, (id, wish): (StaffId, &str)) -> String {
    let page = by.get(world, "/desk/staff").await;
    let path = format!("/desk/staff/{id}/officer");
    let asked = by.submit(world, &page, &path, &[("reason", "担当替え"), ("wish", wish)]).await;
    assert_eq!(asked.header("location"), "/desk/approvals", "{}", asked.body);
    let act = if wish == "give" { GIVE } else { TAKE };
    let waiting = world.state.bank.approvals().await.unwrap();
    let asked = waiting.into_iter().find(|approval| approval.act == act).unwrap();
    format!("/desk/approvals/{}", asked.approval_id)
}

async fn answer(world: &World, by: &mut Browser, path: &str, answer: &str) -> (u16, String) {
    let list = by.get(world, "/desk/approvals").await;
    let reply = by.submit(world, &list, path, &[("answer", answer)]).await;
    (reply.status, reply.body)
}

#[tokio::test]
async fn whoever_is_no_officer_finds_neither_page_nor_menu_nor_count() {
    let world = World::new().await;
    world.linked(&mut Browser::new(3)).await;
    let (bank, moment) = (&world.state.bank, world.state.site.world.moment(""));
    let ctx = moment.ctx();
    let mut aoki = at(&world, 11, "STAFFAOKI").await;
    let mut chiba = clerk(&world, 13, "千葉", "STAFFCHIBA").await;
    let officer = Officer::find(&bank.book, id_of(&world, "青木").await).await.unwrap().unwrap();
    let none = Officer::find(&bank.book, id_of(&world, "千葉").await).await.unwrap();
    assert_eq!(none, None);
    bank.load_screening_list(&ctx, officer, LIST.as_bytes()).await.unwrap();
    bank.screen_again(&ctx).await.unwrap();
    let hit = bank.screening_hits(&ctx, officer).await.unwrap()[0].hit_id;

    let unknown = chiba.get(&world, "/desk/no-such-page").await;
    assert_eq!(unknown.status, 404);
    for path in [
        "/desk/screening".to_owned(),
        format!("/desk/screening/hits/{hit}"),
        "/desk/suspicion".to_owned(),
    ] {
        let reply = chiba.get(&world, &path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(words(&reply.body), words(&unknown.body), "{path}");
        assert_eq!(aoki.get(&world, &path).await.status, 200, "{path}");
    }
    let heads = [chiba.get(&world, "/desk").await.body, aoki.get(&world, "/desk").await.body];
    assert!(!heads[0].contains("/desk/screening"), "{}", heads[0]);
    assert!(heads[1].contains("/desk/screening"), "{}", heads[1]);
}

#[tokio::test]
async fn two_people_make_an_officer_and_one_of_them_is_one() {
    let world = World::new().await;
    let mut aoki = at(&world, 11, "STAFFAOKI").await;
    let mut baba = at(&world, 12, "STAFFBABA").await;
    let mut chiba = clerk(&world, 13, "千葉", "STAFFCHIBA").await;
    let mut doi = clerk(&world, 14, "土井", "STAFFDOI").await;
    let id = id_of(&world, "千葉").await;

    let page = chiba.get(&world, "/desk/staff").await;
    let path = format!("/desk/staff/{id}/officer");
    let own = chiba.submit(&world, &page, &path, &[("reason", "r"), ("wish", "give")]).await;
    assert_eq!(own.status, 409, "nobody asks it for themselves: {}", own.body);
    let asked = ask(&world, &mut doi, (id, "give")).await;
    let (own, _) = answer(&world, &mut chiba, &asked, "agree").await;
    assert_eq!(own, 409, "nobody lets themselves in");
    assert_eq!(chiba.get(&world, "/desk/suspicion").await.status, 404);
    let mut eda = clerk(&world, 15, "江田", "STAFFEDA").await;
    let (among, body) = answer(&world, &mut eda, &asked, "agree").await;
    assert_eq!(among, 409);
    assert!(body.contains("二人のうち一人は担当者"), "{body}");
    let (agreed, _) = answer(&world, &mut baba, &asked, "agree").await;
    assert_eq!(agreed, 303);
    assert_eq!(chiba.get(&world, "/desk/suspicion").await.status, 200);
    assert!(aoki.get(&world, "/desk/staff").await.body.contains("リスト照合・届出の担当"));

    let taken = ask(&world, &mut aoki, (id, "take")).await;
    assert_eq!(answer(&world, &mut baba, &taken, "agree").await.0, 303);
    assert_eq!(chiba.get(&world, "/desk/suspicion").await.status, 404, "at once");
    let last = ask(&world, &mut doi, (id_of(&world, "馬場").await, "take")).await;
    let (status, body) = answer(&world, &mut aoki, &last, "agree").await;
    assert_eq!(status, 409, "one alone could let nobody go: {body}");
    let log = world.state.bank.book.records().audit_log(0, 10_000).await.unwrap();
    for act in ["officer.give_asked", "\"officer.give\"", "\"officer.take\""] {
        assert!(log.iter().any(|entry| entry.body.contains(act)), "{act}");
    }
}

/// The ids of those who are at the desk with a passkey, and have no role.
async fn clerks(world: &World, names: [(u8, &str, &str); 3]) -> [StaffId; 3] {
    let mut ids = Vec::new();
    for (n, name, code) in names {
        clerk(world, n, name, code).await;
        ids.push(id_of(world, name).await);
    }
    ids.try_into().unwrap()
}

#[tokio::test]
async fn who_was_invited_as_an_officer_and_never_came_lets_nobody_in_and_keeps_nobody_there() {
    let world = World::new().await;
    at(&world, 11, "STAFFAOKI").await;
    let names = [(13, "千葉", "STAFFCHIBA"), (14, "土井", "STAFFDOI"), (15, "江田", "STAFFEDA")];
    let [chiba, doi, eda] = clerks(&world, names).await;
    let (aoki, bank) = (id_of(&world, "青木").await, &world.state.bank);
    let moment = world.state.site.world.moment("");

    // The other officer has no passkey yet: the only one who can act was robbed, and must go.
    let (ctx, mut unit) = (moment.ctx(), Unit::new());
    let asked =
        leaving::ask((&bank.book, &ctx), &mut unit, chiba, aoki, "端末の盗難").await.unwrap();
    bank.book.commit(unit).await.unwrap();
    bank.decide(&moment.ctx(), doi, asked, true).await.unwrap();
    let give = async |ctx: &kanuki_domain::Ctx<'_>| {
        let mut unit = Unit::new();
        let about = ((&bank.book, ctx), doi, (eda, Wish::Give));
        let asked = officer::ask(about.0, &mut unit, about.1, about.2, "後任").await.unwrap();
        bank.book.commit(unit).await.unwrap();
        bank.decide(ctx, chiba, asked, true).await.map(|()| asked).map_err(|error| (asked, error))
    };
    let (asked, early) = give(&moment.ctx()).await.unwrap_err();
    let why = matches!(early, BankError::Desk(DeskError::NeedsOfficer));
    assert!(why, "whoever was invited may still come: {early:?}");
    bank.decide(&moment.ctx(), chiba, asked, false).await.unwrap();
    world.wait(400 * 86_400);
    let moment = world.state.site.world.moment("");
    give(&moment.ctx()).await.unwrap();
    assert!(Officer::find(&bank.book, eda).await.unwrap().is_some());
}

#[tokio::test]
async fn of_two_nodes_that_take_the_role_from_two_at_once_one_is_refused() {
    let world = World::new().await;
    at(&world, 11, "STAFFAOKI").await;
    let mut baba = at(&world, 12, "STAFFBABA").await;
    clerk(&world, 13, "千葉", "STAFFCHIBA").await;
    let mut doi = clerk(&world, 14, "土井", "STAFFDOI").await;
    let [aoki, of_baba, chiba] =
        [id_of(&world, "青木").await, id_of(&world, "馬場").await, id_of(&world, "千葉").await];
    let asked = ask(&world, &mut doi, (chiba, "give")).await;
    assert_eq!(answer(&world, &mut baba, &asked, "agree").await.0, 303);
    let (bank, moment) = (&world.state.bank, world.state.site.world.moment(""));
    let ctx = moment.ctx();

    let mut units = Vec::new();
    for subject in [of_baba, chiba] {
        let approval = Approval::ask(&ctx, id_of(&world, "土井").await, TAKE, subject, "担当替え");
        let mut unit = Unit::new();
        officer::decide((&bank.book, &ctx), &mut unit, aoki, &approval).await.unwrap();
        units.push(unit);
    }
    let [first, second] = units.try_into().ok().unwrap();
    bank.book.commit(first).await.unwrap();
    let late = bank.book.commit(second).await;
    assert!(matches!(late, Err(RecordError::Conflict { .. })), "{late:?}");
    assert!(Officer::find(&bank.book, chiba).await.unwrap().is_some(), "two stay");
}
