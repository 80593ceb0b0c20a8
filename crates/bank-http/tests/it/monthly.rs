//! FT-02 through the pages: what happened in a month, counted from the audit log, once.

use jiff::ToSpan as _;
use kanuki_bank::desk::Scope;
use kanuki_desk::tally;
use kanuki_domain::{
    agreement,
    id::StaffId,
    mandate::later,
    risk_record::{Danger, RiskRecord, View},
};

use crate::{
    browser::Browser,
    world::{CLIENT, World},
};

const PAGE: &str = "/desk/monthly";

fn this_month(world: &World) -> String {
    tally::month_of(agreement::today(world.state.site.world.moment("").ctx().now))
}

#[tokio::test]
async fn a_month_is_counted_once_from_the_log_and_shown_with_its_money_and_its_switches() {
    let world = World::new().await;
    let linked = world.linked(&mut Browser::new(3)).await;
    for (n, amount) in [(1, 1_000), (2, 7_000)] {
        assert!(world.debit(&linked, n, amount).await.status < 300);
    }
    let moment = world.state.site.world.moment("");
    let scope = Scope::Person("hld_x".to_owned());
    let bank = &world.state.bank;
    bank.close_gate(&moment.ctx(), StaffId::derive(&["x"]), &scope, "訓練").await.unwrap();
    assert!(tally::step(&bank.book).await.unwrap() > 0);
    assert_eq!(tally::step(&bank.book).await.unwrap(), 0, "nothing new, nothing twice");
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;

    let risk = aoki.get(&world, "/desk/risk").await;
    let page = aoki.get(&world, PAGE).await;
    let json = aoki.get(&world, &format!("{PAGE}/json")).await;

    assert!(risk.body.contains("href=\"/desk/monthly\""), "{}", risk.body);
    assert_eq!(page.status, 200, "{}", page.body);
    for shown in ["¥8,000", "新しい連携", "まだ終わっていません", "<svg"] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    let report = json.json();
    assert_eq!(report["month"], this_month(&world));
    assert_eq!(report["figures"]["debits"]["times"], 2);
    assert_eq!(report["figures"]["debits"]["yen"], 8_000);
    assert_eq!(report["figures"]["links"]["times"], 1);
    assert_eq!(report["figures"]["switches_closed"]["times"], 1);
    let log = bank.book.records().audit_log(0, 10_000).await.unwrap();
    let number = report["counted_to"]["entry"].as_i64().unwrap();
    let entry = log.iter().find(|entry| entry.seq == number).unwrap();
    assert_eq!(report["counted_to"]["hash"], entry.hash.as_str());
    assert!(!page.body.contains("9000001"), "no account number: {}", page.body);
}

#[tokio::test]
async fn the_month_after_has_figures_of_its_own_and_says_those_before() {
    let world = World::new().await;
    let linked = world.linked(&mut Browser::new(3)).await;
    assert!(world.debit(&linked, 1, 5_000).await.status < 300);
    let first = this_month(&world);
    world.wait(40 * 86_400);
    let moment = world.state.site.world.moment("");
    let until = later(moment.ctx().now, 86_400);
    world.state.bank.invite_staff(&moment.ctx(), "千葉", "STAFFCHIBA", until).await.unwrap();
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFCHIBA").await;

    let now = aoki.get(&world, &format!("{PAGE}/json")).await.json();
    let past = aoki.get(&world, &format!("{PAGE}/json?month={first}")).await.json();

    assert_ne!(now["month"], first.as_str());
    assert_eq!((now["is_over"].as_bool(), past["is_over"].as_bool()), (Some(false), Some(true)));
    assert_eq!(now["figures"]["debits"]["times"], 0);
    assert_eq!(past["figures"]["debits"]["yen"], 5_000);
    for nonsense in ["2999-01", "2026-13", "2026-1", "x", "2026-11-01"] {
        let reply = aoki.get(&world, &format!("{PAGE}?month={nonsense}")).await;
        assert_eq!(reply.status, 404, "{nonsense}");
    }
}

/// A record for opening a switch, whole today.
fn record(world: &World) -> RiskRecord {
    let today = agreement::today(world.state.site.world.moment("").ctx().now);
    RiskRecord {
        dangers: vec![Danger { finding: "手口".to_owned(), measure: "上限".to_owned() }],
        views: vec![View {
            partner: CLIENT.to_owned(),
            name: "斎藤 部長".to_owned(),
            on: Some(today),
            says: "塞いだ".to_owned(),
        }],
        review_by: Some(today.saturating_add(60.days())),
        ..RiskRecord::default()
    }
}

#[tokio::test]
async fn what_was_loosened_is_told_in_the_month_in_which_the_second_person_agreed_and_by_her_name()
{
    let world = World::new().await;
    let bank = &world.state.bank;
    let person = |name: &str| StaffId::derive(&[name]);
    let close = async |ctx: &kanuki_domain::Ctx<'_>| {
        bank.close_gate(ctx, person("aoki"), &Scope::Everything, "訓練").await.unwrap();
    };
    let ask = async |ctx: &kanuki_domain::Ctx<'_>| {
        let about = ("済んだ", Some(record(&world)));
        bank.ask_open_gate(ctx, person("aoki"), &Scope::Everything, about).await.unwrap()
    };
    let moment = world.state.site.world.moment("");
    close(&moment.ctx()).await;
    let asked = ask(&moment.ctx()).await;
    let written_in = this_month(&world);
    world.wait(40 * 86_400);
    let moment = world.state.site.world.moment("");
    bank.decide(&moment.ctx(), person("baba"), asked, true).await.unwrap();
    let agreed_in = this_month(&world);
    // Another opening ends the record of the first, and somebody else agrees to that.
    close(&moment.ctx()).await;
    let second = ask(&moment.ctx()).await;
    bank.decide(&moment.ctx(), person("chiba"), second, true).await.unwrap();
    let over = bank.risk_records().await.unwrap();
    let first = over.iter().find(|kept| kept.standing.name() == "over").unwrap().record_id;
    let until = later(moment.ctx().now, 86_400);
    bank.invite_staff(&moment.ctx(), "千葉", "STAFFCHIBA", until).await.unwrap();
    let mut reader = Browser::new(11);
    reader.enter_desk(&world, "STAFFCHIBA").await;

    let early = reader.get(&world, &format!("{PAGE}/json?month={written_in}")).await.json();
    let late = reader.get(&world, &format!("{PAGE}/json?month={agreed_in}")).await.json();
    let page = reader.get(&world, &format!("/desk/risk/records/{first}")).await;

    assert_eq!(early["loosened"].as_array().unwrap().len(), 0, "{early}");
    let told = late["loosened"].as_array().unwrap();
    let of_first = told.iter().find(|one| one["record"] == first.to_string()).unwrap();
    let by = [person("aoki"), person("baba")].map(|by| by.to_string());
    assert_eq!(of_first["by"], serde_json::json!(by), "{told:?}");
    assert_eq!(told.len(), 2);
    assert!(page.body.contains("終わりを承認した人と日時"), "{}", page.body);
    assert!(page.body.contains(&person("chiba").to_string()), "{}", page.body);
}
