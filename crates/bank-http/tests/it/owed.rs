//! What a bank owes after a crime, at its desk: a report taken on the telephone, and the draft for the
//! authority.

use kanuki_desk::{
    case::{Case, CaseKind},
    claim::ToldPaid,
    promise::PAGE,
    shared,
};
use kanuki_domain::{Yen, id::CaseId};
use kanuki_record::Unit;
use kanuki_wire::set::CaseStage;

use crate::{
    browser::{Browser, between},
    refunds::debit_id,
    world::{CLIENT, Reply, World},
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
    let read_out = copied.split_whitespace().next().unwrap();
    let found = aoki.get(&world, &format!("/desk/find?number={read_out}")).await;
    let number = found.header("location").trim_start_matches("/desk/cases/").to_owned();
    let case = world.state.bank.book.load::<Case>(&number).await.unwrap().into_inner();
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

/// Each part of the page is drawn from one reading, and one look is one line in the audit log.
#[tokio::test]
async fn whoever_opens_a_rules_case_looks_once() {
    let world = World::new().await;
    let moment = world.state.site.world.moment("");
    let case = Case::open(&moment.ctx(), CaseKind::Rule, "rule|many-links", None);
    let mut unit = Unit::new();
    unit.insert(&case);
    world.state.bank.book.commit(unit).await.unwrap();
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;

    let page = aoki.get(&world, &format!("/desk/cases/{}", case.case_id)).await;

    assert_eq!(page.status, 200, "{}", page.body);
    let log = world.state.bank.book.records().audit_log(0, 10_000).await.unwrap();
    let looks = log.iter().filter(|entry| entry.body.contains("risk.read"));
    assert_eq!(looks.count(), 1, "one look");
}

#[tokio::test]
async fn a_review_that_is_due_offers_no_closing_and_says_what_ends_it() {
    let world = World::new().await;
    let moment = world.state.site.world.moment("");
    let about = format!("review|{CLIENT}");
    let case = Case::open(&moment.ctx(), CaseKind::ReviewDue, about, None);
    let mut unit = Unit::new();
    unit.insert(&case);
    world.state.bank.book.commit(unit).await.unwrap();
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;

    let page = aoki.get(&world, &format!("/desk/cases/{}", case.case_id)).await;

    assert!(!page.body.contains("value=\"close\""), "{}", page.body);
    assert!(page.body.contains("value=\"note\""), "a note can be written: {}", page.body);
    let way = format!("href=\"/desk/partners/{CLIENT}\"");
    assert!(page.body.contains(&way) && page.body.contains("二人が見直すと"), "{}", page.body);
}

#[tokio::test]
async fn more_reports_than_a_page_are_read_page_by_page() {
    let world = World::new().await;
    let mut first = None;
    for _ in 0..=PAGE {
        let moment = world.state.site.world.moment("");
        let said = ("a@example.jp", "?");
        let taken = world.state.bank.report(&moment.ctx(), said, None).await.unwrap();
        first.get_or_insert(taken.case_id);
        world.wait(1);
    }
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;

    let desk = aoki.get(&world, "/desk").await;
    assert!(desk.body.contains("100 件より多く"), "{}", desk.body);
    let list = aoki.get(&world, "/desk/claims").await;
    assert!(list.body.contains(&first.unwrap().to_string()));
    let next = between(&list.body, "href=\"/desk/claims?after=", "\"").unwrap();
    let more = aoki.get(&world, &format!("/desk/claims?after={next}")).await;
    assert_eq!(more.body.matches("href=\"/desk/cases/cas_").count(), 1, "{}", more.body);
    assert_eq!(aoki.get(&world, "/desk/claims?after=x").await.status, 404);

    // And whatever else is open is found behind any number of reports.
    assert!(desk.body.contains("href=\"/desk/cases\""), "{}", desk.body);
    let oldest = aoki.get(&world, "/desk/cases").await;
    assert!(oldest.body.contains(&first.unwrap().to_string()), "{}", oldest.body);
    let next = between(&oldest.body, "href=\"/desk/cases?after=", "\"").unwrap();
    let newest = aoki.get(&world, &format!("/desk/cases?after={next}")).await;
    assert_eq!(newest.body.matches("href=\"/desk/cases/cas_").count(), 1, "{}", newest.body);
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
    let case = format!("cas_{}", between(&done.body, "<code>cas_", "<").unwrap());
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

/// A holder whose debit of 9,000 yen was stopped with a code: the stop's case.
pub(crate) async fn stopped(world: &World, holder: &mut Browser) -> String {
    let linked = world.linked(holder).await;
    assert_eq!(world.debit(&linked, 1, 9_000).await.status, 201);
    let letter = world.letter("引き落とせるようになりました").await;
    let code = between(&letter.body, "停止コード：", "\n").unwrap();
    let page = holder.get(world, "/stop").await;
    let preview = holder.submit(world, &page, "/stop", &[("code", code)]).await;
    let done = holder.submit(world, &preview, "/stop/confirm", &[]).await;
    format!("cas_{}", between(&done.body, "<code>cas_", "<").unwrap())
}

/// The wallet gives it back, and says so under the number of this case.
pub(crate) async fn paid_by_the_wallet(world: &World, case: &str) {
    let token = world.refund_token().await;
    let back = world.give_back(&token, 1, 9_000, Some(debit_id(1))).await;
    assert_eq!(back.status, 201, "{}", back.body);
    let (case_id, partner) = (case.parse().unwrap(), CLIENT.to_owned());
    let mut unit = Unit::new();
    unit.insert(&ToldPaid { case_id, partner, amount: Yen::of(9_000), at: world.now() });
    world.state.bank.book.commit(unit).await.unwrap();
}

/// One act of staff about the claim of a case; the page that it leads to.
pub(crate) async fn act(
    world: &World,
    staff: &mut Browser,
    case: &str,
    fields: &[(&str, &str)],
) -> Reply {
    let page = staff.get(world, &format!("/desk/cases/{case}")).await;
    let done = staff.submit(world, &page, &format!("/desk/cases/{case}/claim"), fields).await;
    staff.follow(world, &done).await
}

/// Two people look into the claim and book the bank's part of what came back.
pub(crate) async fn booked_by_two(
    world: &World,
    (one, two): (&mut Browser, &mut Browser),
    case: &str,
) {
    act(world, one, case, &[("act", "investigate"), ("reason", "調査票 3")]).await;
    let pause = [("act", "pause"), ("pause", "asked_police"), ("reason", "田中さんに照会")];
    let waits = act(world, one, case, &pause).await;
    for told in ["待っているもの", "警察の返事", "期日を止めた時刻"] {
        assert!(waits.body.contains(told), "{told}: {}", waits.body);
    }
    assert!(!waits.body.contains("value=\"close\""), "no end by a note: {}", waits.body);
    let list = one.get(world, "/desk/claims").await;
    assert!(list.body.contains("警察の返事") && !list.body.contains("田中"), "{}", list.body);
    act(world, one, case, &[("act", "investigate"), ("reason", "回答あり")]).await;
    let pay = [("act", "pay"), ("cause", "other"), ("reason", "調査票 3")];
    act(world, one, case, &pay).await;
    let waiting = two.get(world, "/desk/approvals").await;
    let agree = between(&waiting.body, "action=\"/desk/approvals/", "\"").unwrap();
    let agree = format!("/desk/approvals/{agree}");
    let agreed = two.submit(world, &waiting, &agree, &[("answer", "agree")]).await;
    assert_eq!(agreed.status, 303, "{}", agreed.body);
}

#[tokio::test]
async fn what_was_paid_under_the_number_of_a_joined_case_was_paid_for_the_report_too() {
    let world = World::new().await;
    let case = stopped(&world, &mut Browser::new(1)).await;
    let (mut aoki, mut baba) = (Browser::new(11), Browser::new(12));
    aoki.enter_desk(&world, "STAFFAOKI").await;
    baba.enter_desk(&world, "STAFFBABA").await;
    let form = aoki.get(&world, "/desk/phone/report").await;
    let said = [
        ("contact", "03-1234-5678"),
        ("text", "知らない引き落とし"),
        ("about", CLIENT),
        ("read_back", "yes"),
    ];
    let taken = aoki.submit(&world, &form, "/desk/phone/report", &said).await;
    let copied = between(&taken.body, "data-copy=\"", "\"").unwrap();
    let (_, code) = copied.split_once(' ').unwrap();
    let number = &format!("cas_{}", between(&taken.body, "<code>cas_", "<").unwrap());
    act(&world, &mut aoki, number, &[("act", "answered")]).await;

    let joined = act(&world, &mut aoki, number, &[("act", "join"), ("other", &case)]).await;
    let waits = "相手の会社からの支払いの知らせを待っています";
    assert!(joined.body.contains(waits), "{}", joined.body);
    paid_by_the_wallet(&world, &case).await;
    let page = format!("/desk/cases/{number}");
    let told = aoki.get(&world, &page).await;
    assert!(!told.body.contains(waits), "{}", told.body);
    assert!(told.body.contains("支払いの知らせは、つないだ案件に届いています"));
    assert!(!told.body.contains("value=\"nothing_lost\""), "something was: {}", told.body);
    act(&world, &mut aoki, &case, &[("act", "open")]).await;
    let open = aoki.get(&world, &page).await;
    assert!(!open.body.contains("name=\"outcome\""), "no end while it is open: {}", open.body);
    booked_by_two(&world, (&mut aoki, &mut baba), &case).await;

    let paid = aoki.get(&world, &page).await;
    assert!(paid.body.contains("つないだ案件に補償の手続きがあります"), "{}", paid.body);
    assert!(paid.body.contains("value=\"made_good\""), "{}", paid.body);
    assert!(!paid.body.contains("value=\"nothing_lost\"") && !paid.body.contains(waits));
    let end = [("act", "end"), ("outcome", "made_good"), ("reason", "お知らせ済み")];
    act(&world, &mut aoki, number, &end).await;

    let mut caller = Browser::new(3);
    let look = caller.get(&world, "/report/look").await;
    let typed = [("number", number.as_str()), ("code", code)];
    let far = caller.submit(&world, &look, "/report/look", &typed).await;
    assert!(far.body.contains("終わった日時"), "{}", far.body);
    assert!(!far.body.contains("返金の期限"), "{}", far.body);
    for case in [&case, number] {
        let draft = aoki.get(&world, &format!("/desk/cases/{case}/authority")).await;
        assert!(draft.body.contains("¥9,000"), "{case}: {}", draft.body);
    }
}

#[tokio::test]
async fn the_draft_for_the_authority_counts_what_the_wallet_gave_back_in_whole_sentences() {
    let world = World::new().await;
    let case = stopped(&world, &mut Browser::new(1)).await;
    let (mut aoki, mut baba) = (Browser::new(11), Browser::new(12));
    aoki.enter_desk(&world, "STAFFAOKI").await;
    baba.enter_desk(&world, "STAFFBABA").await;
    paid_by_the_wallet(&world, &case).await;
    let path = format!("/desk/cases/{case}/authority");
    act(&world, &mut aoki, &case, &[("act", "open")]).await;
    let opened = aoki.get(&world, &path).await;
    assert!(opened.body.contains("¥9,000"), "{}", opened.body);

    booked_by_two(&world, (&mut aoki, &mut baba), &case).await;
    let draft = aoki.get(&world, &path).await;

    let lost = draft.body.matches("¥9,000").count();
    assert!(lost == 1 && draft.body.contains("閂ウォレット"), "{}", draft.body);
    let (_, first) = draft.body.split_once("最初の取引").unwrap();
    assert!(first.split("最後の取引").next().unwrap().contains("2026"), "{}", draft.body);
    let (_, paused) = draft.body.split_once("返事を待っています").unwrap();
    assert!(paused.starts_with('<'), "{}", draft.body);
    assert!(!draft.body.contains("田中"), "{}", draft.body);
}
