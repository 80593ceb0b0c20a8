//! Contracts made elsewhere, through the pages: two people bring a list, its holder sees and stops.

use http::Method;

use crate::{
    browser::{Browser, between},
    world::World,
};

const HEADINGS: &str = "契約番号,委託者コード,委託者名,店番,預金種目,口座番号,契約日,状態,終了日";

fn multipart(csrf: &str, file: &str) -> Vec<u8> {
    let field = |name: &str, value: &str| {
        format!("--B\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let file = format!(
        "--B\r\ncontent-disposition: form-data; name=\"file\"; filename=\"l.csv\"\r\n\r\n{file}\r\n--B--\r\n"
    );
    let rest = [("csrf", csrf), ("kind", "web-kofuri"), ("as_of", ""), ("branches", "")]
        .map(|(n, v)| field(n, v));
    (rest.concat() + &file).into_bytes()
}

async fn bring(world: &World, staff: &mut Browser, file: &str) -> crate::world::Reply {
    let csrf = staff.csrf(world, "/desk/contracts").await;
    let body = multipart(&csrf, file);
    staff.upload(world, "/desk/contracts/import", body).await
}

#[tokio::test]
async fn two_people_bring_a_list_and_the_holder_sees_it_and_stops_it() {
    let world = World::new().await;
    let (mut aoki, mut baba, mut hanako) = (Browser::new(11), Browser::new(12), Browser::new(1));
    aoki.enter_desk(&world, "STAFFAOKI").await;
    baba.enter_desk(&world, "STAFFBABA").await;
    hanako.enter_portal(&world, "9000001").await;
    let row = "W-1,0000099999,ムカシペイ,001,普通,9000001,令和元年10月2日,有効,";
    let list = format!("KANUKI-REGISTER,1,web-kofuri,9901,2026-11-01,1\n{HEADINGS}\n{row}\n");

    let wrong = bring(&world, &mut aoki, &list.replace(",001,", ",1,")).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    assert!(wrong.body.contains("3行目") && wrong.body.contains("店番"), "{}", wrong.body);

    let asked = bring(&world, &mut aoki, &list).await;
    assert_eq!(asked.status, 303, "{}", asked.body);
    let page = aoki.get(&world, "/desk/contracts").await;
    let id = between(&page.body, "action=\"/desk/contracts/imports/", "\"").unwrap();
    let decide = format!("/desk/contracts/imports/{id}");
    let alone = aoki.submit(&world, &page, &decide, &[("answer", "agree")]).await;
    assert_eq!(alone.status, 409, "{}", alone.body);
    assert!(!hanako.get(&world, "/holder").await.body.contains("ムカシペイ"));
    let page = baba.get(&world, "/desk/contracts").await;
    let agreed = baba.submit(&world, &page, &decide, &[("answer", "agree")]).await;
    assert_eq!(agreed.status, 303, "{}", agreed.body);
    world.tick().await;

    let portal = hanako.get(&world, "/holder").await;
    assert!(portal.body.contains("ムカシペイ") && portal.body.contains("2019年10月2日から"));
    let path = between(&portal.body, "href=\"/holder/contracts/", "\"").unwrap();
    let path = format!("/holder/contracts/{path}");
    let page = hanako.get(&world, &format!("{path}/stop")).await;
    let stopped = hanako.submit(&world, &page, &format!("{path}/stop"), &[]).await;
    assert_eq!(stopped.status, 303, "{}", stopped.body);
    world.tick().await;
    // The core of these tests leaves stops to people: the holder is told so, with the case.
    let shown = hanako.get(&world, &path).await;
    assert!(shown.body.contains("係員が手続き") && shown.body.contains("cas_"), "{}", shown.body);
    let letter = world.letter("以前の契約を止めました").await;
    assert!(!letter.body.contains("http"));
    let desk = baba.get(&world, "/desk/contracts").await;
    assert!(desk.body.contains("<svg") && desk.body.contains("停止"));
}

/// Whoever has no browser has old contracts more than anybody.
#[tokio::test]
async fn staff_stop_an_older_contract_for_a_caller_after_reading_it_back() {
    let world = World::new().await;
    let (mut aoki, mut baba) = (Browser::new(11), Browser::new(12));
    aoki.enter_desk(&world, "STAFFAOKI").await;
    baba.enter_desk(&world, "STAFFBABA").await;
    let row = "W-1,0000099999,ムカシペイ,001,普通,9000001,令和元年10月2日,有効,";
    let list = format!("KANUKI-REGISTER,1,web-kofuri,9901,2026-11-01,1\n{HEADINGS}\n{row}\n");
    bring(&world, &mut aoki, &list).await;
    let page = baba.get(&world, "/desk/contracts").await;
    let id = between(&page.body, "action=\"/desk/contracts/imports/", "\"").unwrap();
    let decide = format!("/desk/contracts/imports/{id}");
    baba.submit(&world, &page, &decide, &[("answer", "agree")]).await;
    world.tick().await;
    let page = aoki.get(&world, "/desk/phone").await;
    let call = [("branch", "001"), ("number", "9000001"), ("believed", "called_back")];
    let taken = aoki.submit(&world, &page, "/desk/phone", &call).await;
    let case = aoki.follow(&world, &taken).await;
    assert!(case.body.contains("ムカシペイ") && case.body.contains("Web口座振替受付"));
    let contract = between(&case.body, "name=\"contract\" value=\"", "\"").unwrap();
    let act = format!("{}/phone", taken.header("location"));
    let csrf = aoki.csrf(&world, "/desk/phone").await;
    let fields = |read_back| {
        [
            ("csrf", csrf.as_str()),
            ("act", "stop-contract"),
            ("contract", contract),
            ("read_back", read_back),
        ]
    };

    let unread = aoki.post(&world, &act, &fields("no")).await;
    let stopped = aoki.post(&world, &act, &fields("yes")).await;

    assert_eq!((unread.status, stopped.status), (422, 303), "{}", stopped.body);
    let case = aoki.get(&world, taken.header("location")).await;
    assert!(case.body.contains("電話：以前の契約を止めました"), "{}", case.body);
    assert!(!case.body.contains("name=\"contract\""), "there is nothing left to stop");
    world.letter("以前の契約を止めました").await;
}

#[tokio::test]
async fn a_wallet_cannot_debit_under_a_contract_made_elsewhere() {
    let world = World::new().await;
    let contract = world.contract("9000001").await.to_string();
    let body = r#"{"debit_id":"dbt_00000000000000000000000001","amount":"1000"}"#;

    for token in ["", "W-1", &contract] {
        let body = Some(("key", body.to_owned()));
        let refused = world.call((Method::POST, "/debits"), token, body).await;
        assert_eq!(refused.status, 401, "{token}: {}", refused.body);
    }
    assert_eq!(world.core.balance("9000001"), 500_000);
}

#[tokio::test]
async fn a_core_that_does_not_answer_keeps_nobody_from_the_portal() {
    let world = World::new().await;
    let mut holder = Browser::new(1);
    world.linked(&mut holder).await;
    world.contract("9000001").await;

    *world.core.is_gone.lock().unwrap() = true;
    let shown = holder.get(&world, "/holder").await;

    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(shown.body.contains("いま表示できません") && shown.body.contains("/holder/mandates/"));
}
