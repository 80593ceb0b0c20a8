//! What is required of the other's profile: computed from its file at the desk, whatever is typed.

use kanuki_domain::agreement::today;
use serde_json::json;

use crate::{
    browser::{Browser, form, hidden},
    registry::{fields, send, two},
    wallet::facts,
    world::{CLIENT, Reply, World},
};

/// A wallet that proves identity by this factor, as its own page says, until 2027-05-01.
fn profile(factor: &str) -> String {
    json!({
        "schema": "institution-profile/v1", "kind": "wallet", "id": "kanuki", "name": "カヌキ",
        "name_en": "Kanuki", "data_date": "2026-11-20", "corrections": "desk@wallet.example",
        "claims": [{
            "field": "link.wallet_identity", "value": [factor],
            "source_url": "https://wallet.example/identity", "source_kind": "institution",
            "quoted_date": "2026-11-01", "checked_by": "K. Ono", "confidence": "high",
            "expires": "2027-05-01"
        }]
    })
    .to_string()
}

/// Chooses a file on the page that proposes.
async fn read_in(browser: &mut Browser, world: &World, file: &str) -> Reply {
    let page = browser.get(world, &format!("/desk/propose?subject={CLIENT}")).await;
    let part = |name: &str, value: &str| {
        format!("--B\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let fields = hidden(&form(&page.body, "/desk/propose/file"));
    let parts = fields.iter().map(|(name, value)| part(name, value));
    let body: String = parts.chain([part("file", file), "--B--\r\n".to_owned()]).collect();
    browser.upload(world, "/desk/propose/file", body.into_bytes()).await
}

/// The wallet asks for a new link: the status, and the error if there is one.
async fn asks_to_link(world: &World) -> (u16, String) {
    let proof = world.proof("POST", "/par", None);
    let reply = world.post_form("/par", &world.par_form(facts()), Some(&proof)).await;
    let error = reply.json()["error"].as_str().unwrap_or_default().to_owned();
    (reply.status, error)
}

#[tokio::test]
async fn a_partner_below_what_is_required_is_not_signed_for_whatever_somebody_typed() {
    let world = World::new().await;
    let (mut aoki, mut baba) = two(&world).await;
    let page = read_in(&mut aoki, &world, &profile("id_image")).await;
    for said in ["プロフィールの本文", "読み込んだプロフィール：kanuki カヌキ, 2026-11-20"]
    {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    let mut all = fields(&page.body, "/desk/propose");
    assert_eq!(all["agreement.standards.of_wallet.found.link"], "code");
    let of_wallet = |part: &str| format!("agreement.standards.of_wallet.{part}");
    all.insert(of_wallet("required.link"), "device".to_owned());
    all.insert(of_wallet("required.transfer"), "code".to_owned());
    all.insert(of_wallet("found.link"), "bound".to_owned());
    all.insert("reason".to_owned(), "本人確認の水準を求める".to_owned());
    let sent = send(&mut aoki, &world, &all).await;
    let version = format!("/desk/partners/{CLIENT}/2");
    assert_eq!(sent.header("location"), version, "{}", sent.body);

    let looked = baba.get(&world, &version).await;
    for said in
        ["ZG-01", "届いていません", "不明（届いていない扱い）", "<details class=\"details\" open"]
    {
        assert!(looked.body.contains(said), "{said}: {}", looked.body);
    }
    assert!(!looked.body.contains(&format!("{version}/sign")), "it cannot be signed");
}

#[tokio::test]
async fn what_a_profile_comes_to_is_signed_with_its_file_and_its_end_is_said_before() {
    let world = World::new().await;
    let (mut aoki, mut baba) = two(&world).await;
    let page = read_in(&mut aoki, &world, &profile("jpki")).await;
    let mut all = fields(&page.body, "/desk/propose");
    all.insert("agreement.standards.of_wallet.required.link".to_owned(), "bound".to_owned());
    all.insert("reason".to_owned(), "本人確認の水準を求める".to_owned());
    let sent = send(&mut aoki, &world, &all).await;
    let version = sent.header("location").to_owned();
    let looked = baba.get(&world, &version).await;
    let agreed = world.state.bank.partner(CLIENT).await.unwrap();
    assert!(!agreed.agreement.standards.of_wallet.is_asked(), "not before it is signed");
    let signed = baba.touch(&world, &looked, &format!("{version}/sign")).await;
    assert_eq!(signed.status, 303, "{}", signed.body);

    let agreed = world.state.bank.partner(CLIENT).await.unwrap();
    let standard = &agreed.agreement.standards.of_wallet;
    assert_eq!(standard.file, profile("jpki"));
    assert_eq!(asks_to_link(&world).await, (201, String::new()), "what is required is met");
    let now = world.state.site.world.now();
    assert!(!agreed.agreement.is_overdue(today(now)));
    assert!(baba.get(&world, &version).await.body.contains(&standard.sha256));
    let first = baba.get(&world, "/desk").await;
    assert!(!first.body.contains("2027年5月1日"), "months before, nobody is bothered");

    for (days, said) in [
        (135, "カヌキ：相手に求める守りを確かめた結果の期限は2027年5月1日です"),
        (30, "カヌキ：相手に求める守りを確かめた結果の期限が過ぎています（2027年5月1日）"),
    ] {
        world.wait(days * 86_400);
        baba.touch_again(&world).await;
        let first = baba.get(&world, "/desk").await;
        let said = said.replace("カヌキ", &agreed.name);
        assert!(first.body.contains(&said), "{said}: {}", first.body);
    }
    let now = world.state.site.world.now();
    assert!(agreed.agreement.is_overdue(today(now)));
    let shut = (503, "temporarily_unavailable".to_owned());
    assert_eq!(asks_to_link(&world).await, shut, "no new link opens");
}

#[tokio::test]
async fn a_profile_under_another_banks_name_is_refused_with_both_names() {
    let world = World::new().await;
    let (mut aoki, _) = two(&world).await;
    let wrong = profile("jpki")
        .replace("\"wallet\"", "\"bank\"")
        .replace("\"kanuki\"", "\"0001\"")
        .replace("カヌキ", "三井住友銀行");

    let page = read_in(&mut aoki, &world, &wrong).await;
    assert_eq!(page.status, 422);
    assert!(page.body.contains("の一覧ではみずほ銀行ですが"), "{}", page.body);
    assert!(!fields(&page.body, "/desk/propose").contains_key("agreement.standards.of_bank.file"));
}

fn plain(body: &str) -> String {
    body.replace("&quot;", "\"")
}

/// Whoever mends the file reads the page in their own language, and so what is wrong with it.
#[tokio::test]
async fn what_is_wrong_with_a_profile_is_said_in_the_language_of_the_page() {
    let world = World::new().await;
    let (mut aoki, _) = two(&world).await;
    let good = profile("jpki");
    let faults = [
        (good.replace("2027-05-01", "2031-05-01"), "情報の1件目", "more than"),
        (good.replace("\"jpki\"", "\"seal\""), "には", "must be"),
        (good.replace("\"expires\":\"2027-05-01\"", "\"x\":1"), "\"x\"", "\"x\""),
        (good.replace("2026-11-20", "2026-12-20"), "まだ来ていない日", "not come yet"),
        ("{".to_owned(), "途中で終わっています", "EOF"),
        // Nothing chosen: what stands in the form is not emptied.
        (String::new(), "中に何もありません", "EOF"),
        (" ".repeat(20_000), "途中で終わっています", "EOF"),
    ];
    for (file, ja, en) in &faults {
        let page = read_in(&mut aoki, &world, file).await;
        assert_eq!(page.status, 422);
        assert!(plain(&page.body).contains(ja), "{ja}: {}", page.body);
        // And no field bears its name in the file.
        for english in ["must be", "is a day", "expected", "EOF", "at line", ">exchange."] {
            assert!(!plain(&page.body).contains(english), "{english}: {}", page.body);
        }
        aoki.lang = "en";
        let page = read_in(&mut aoki, &world, file).await;
        assert!(plain(&page.body).contains(en), "{en}: {}", page.body);
        aoki.lang = "ja";
    }
}
