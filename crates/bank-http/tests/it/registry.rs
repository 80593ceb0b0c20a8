//! The registry at the desk: a version is proposed on a form, looked at, and signed by another.

use std::collections::BTreeMap;

use kanuki_bank::partner::Partner;
use kanuki_desk::settings;
use kanuki_domain::settings::Settings;

use crate::{
    browser::{Browser, between, form},
    world::{CLIENT, World},
};

/// What stands in the fields of a form, as a browser would send it.
pub(crate) fn fields(page: &str, action: &str) -> BTreeMap<String, String> {
    let form = form(page, action);
    let unescape = |text: &str| {
        text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    };
    let mut all = BTreeMap::new();
    for input in form.split("<input").skip(1).filter_map(|input| input.split('>').next()) {
        let part = |name: &str| between(input, &format!("{name}=\""), "\"").unwrap_or_default();
        if !input.contains("type=\"checkbox\"") || input.contains(" checked") {
            all.insert(part("name").to_owned(), unescape(part("value")));
        }
    }
    for area in form.split("<textarea").skip(1) {
        let name = between(area, "name=\"", "\"").unwrap();
        let text = between(area, ">", "</textarea>").unwrap();
        all.insert(name.to_owned(), unescape(text));
    }
    for list in form.split("<select").skip(1).filter_map(|list| list.split("</select>").next()) {
        let name = between(list, "name=\"", "\"").unwrap();
        let chosen = list.split("<option").find(|option| option.contains(" selected"));
        let value = chosen.and_then(|option| between(option, "value=\"", "\"")).unwrap_or("");
        all.insert(name.to_owned(), value.to_owned());
    }
    all
}

pub(crate) async fn two(world: &World) -> (Browser, Browser) {
    let (mut aoki, mut baba) = (Browser::new(11), Browser::new(12));
    aoki.enter_desk(world, "STAFFAOKI").await;
    baba.enter_desk(world, "STAFFBABA").await;
    (aoki, baba)
}

pub(crate) async fn send(
    browser: &mut Browser,
    world: &World,
    all: &BTreeMap<String, String>,
) -> crate::world::Reply {
    let pairs: Vec<(&str, &str)> = all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    browser.post(world, "/desk/propose", &pairs).await
}

#[tokio::test]
async fn a_wider_redirect_takes_a_form_a_new_assessment_and_two_people() {
    let world = World::new().await;
    world.wait(86_400);
    let (mut aoki, mut baba) = two(&world).await;
    let page = aoki.get(&world, &format!("/desk/propose?subject={CLIENT}")).await;
    let mut all = fields(&page.body, "/desk/propose");
    assert!(all["jwks"].contains("\"kty\""), "{}", all["jwks"]);
    assert_eq!(all["agreement.safeguards.identity"], "jpki");
    let wider = format!("{}\nhttps://wallet.example/callback", all["redirect_uris"]);
    all.insert("redirect_uris".to_owned(), wider);
    all.insert("reason".to_owned(), "新しいアプリのため".to_owned());
    let sent = send(&mut aoki, &world, &all).await;
    let version = format!("/desk/partners/{CLIENT}/2");
    assert_eq!(sent.header("location"), version, "{}", sent.body);

    let looked = baba.get(&world, &version).await;
    assert!(looked.body.contains("INC-17") && looked.body.contains("緩くなる"), "{}", looked.body);
    assert!(!looked.body.contains(&format!("{version}/sign")), "it cannot be signed with gaps");
    let twice = send(&mut aoki, &world, &all).await;
    assert_eq!(twice.status, 409, "one waits at a time");
    let declined = baba.submit(&world, &looked, &format!("{version}/decline"), &[]).await;
    assert_eq!(declined.status, 303);

    for day in ["assessed_on", "wallet.on", "bank.on"] {
        all.insert(format!("agreement.assessment.{day}"), "2026-11-23".to_owned());
    }
    let version = format!("/desk/partners/{CLIENT}/3");
    assert_eq!(send(&mut aoki, &world, &all).await.header("location"), version);
    let own = aoki.get(&world, &version).await;
    assert!(own.body.contains("別の一人の署名が必要"), "{}", own.body);
    let looked = baba.get(&world, &version).await;
    assert!(!header(&looked).contains("https://wallet.example"));
    let signed = baba.touch(&world, &looked, &format!("{version}/sign")).await;
    assert_eq!(signed.header("location"), format!("/desk/partners/{CLIENT}"), "{}", signed.body);
    let again = baba.touch(&world, &looked, &format!("{version}/sign")).await;
    assert_eq!(again.status, 409, "an answer counts once");

    let page = baba.follow(&world, &signed).await;
    assert!(page.body.contains("馬場") && page.body.contains("青木"), "{}", page.body);
    assert!(header(&page).contains("https://wallet.example"), "led there without a restart");
    let partner = world.state.bank.partner(CLIENT).await.unwrap();
    assert_eq!(partner.redirect_uris.len(), 2);
    let list = baba.get(&world, "/desk/partners").await;
    assert!(list.body.contains("稼働中"), "{}", list.body);

    // What a later file brings is nobody's proposal until one of them takes it up.
    let (bank, moment) = (&world.state.bank, world.state.site.world.moment(""));
    settings::start(&bank.book, &moment.ctx(), &Settings::of_bank(), &[]).await.unwrap();
    settings::founded(&bank.book).await.unwrap();
    let late = Partner { client_id: "wallet-late".to_owned(), ..partner };
    bank.import_partner(&moment.ctx(), late, &[]).await.unwrap();
    let version = "/desk/partners/wallet-late/1";
    let looked = baba.get(&world, version).await;
    assert!(!looked.body.contains(&format!("{version}/sign")), "{}", looked.body);
    let why = [("reason", "先方に確かめた")];
    let taken = baba.submit(&world, &looked, &format!("{version}/take"), &why).await;
    assert_eq!(taken.header("location"), version, "{}", taken.body);
    let own = baba.follow(&world, &taken).await;
    assert!(own.body.contains("別の一人の署名が必要"), "{}", own.body);
    let looked = aoki.get(&world, version).await;
    assert!(looked.body.contains("先方に確かめた"), "{}", looked.body);
    let signed = aoki.touch(&world, &looked, &format!("{version}/sign")).await;
    assert_eq!(signed.header("location"), "/desk/partners/wallet-late", "{}", signed.body);
    bank.partner("wallet-late").await.unwrap();
}

fn header(reply: &crate::world::Reply) -> String {
    reply.header("content-security-policy").to_owned()
}

#[tokio::test]
async fn what_cannot_be_read_is_named_and_nothing_is_kept() {
    let world = World::new().await;
    let (mut aoki, _) = two(&world).await;
    let page = aoki.get(&world, &format!("/desk/propose?subject={CLIENT}")).await;
    let mut all = fields(&page.body, "/desk/propose");
    all.insert("reason".to_owned(), "試し".to_owned());
    all.insert("agreement.assessment.review_by".to_owned(), "someday".to_owned());

    let refused = send(&mut aoki, &world, &all).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("見直しの期限") && refused.body.contains("試し"));
    let page = aoki.get(&world, &format!("/desk/partners/{CLIENT}")).await;
    assert!(!page.body.contains("署名を待っている版"));
}

#[tokio::test]
async fn removal_is_asked_for_at_the_desk_and_waits() {
    let world = World::new().await;
    let (mut aoki, mut baba) = two(&world).await;
    let csrf = aoki.csrf(&world, "/desk/gates").await;
    let scope = ("scope", "partner|kanuki-wallet");
    let stop = [scope, ("reason", "契約終了"), ("csrf", &csrf)];
    aoki.post(&world, "/desk/gates/close", &stop).await;
    let path = format!("/desk/partners/{CLIENT}");
    let page = aoki.get(&world, &path).await;
    assert!(page.body.contains("停止しています"));
    let remove = format!("{path}/remove");
    let asked = aoki.submit(&world, &page, &remove, &[("reason", "契約終了")]).await;
    assert_eq!(asked.header("location"), "/desk/approvals", "{}", asked.body);

    let waiting = baba.follow(&world, &asked).await;
    assert!(waiting.body.contains("登録の抹消"), "{}", waiting.body);
    assert!(!waiting.body.contains("value=\"agree\""), "too early for anybody");
    world.wait(31 * 86_400);
    baba.touch_again(&world).await;
    let waiting = baba.get(&world, "/desk/approvals").await;
    let approve = between(&waiting.body, "action=\"/desk/approvals/", "\"").unwrap();
    let approve = format!("/desk/approvals/{approve}");
    let agreed = baba.submit(&world, &waiting, &approve, &[("answer", "agree")]).await;
    assert_eq!(agreed.status, 303, "{}", agreed.body);
    let gone = baba.get(&world, &path).await;
    assert!(gone.body.contains("登録抹消"), "its history stays: {}", gone.body);
    assert!(world.state.bank.partner(CLIENT).await.is_err());
}

impl Browser {
    /// Signs in at the desk anew, with the passkey that is there.
    pub(crate) async fn touch_again(&mut self, world: &World) {
        let page = self.get(world, "/desk/sign-in").await;
        let next = self.touch(world, &page, "/desk/sign-in").await;
        assert_eq!(next.header("location"), "/desk");
    }
}
