//! The inbox, the booth and the guide.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use kanuki_demo::{
    booth::{self, BankHooks, Booth, CallOutcome, HandedOut, Whose},
    card::{self, CardOffice, CardRequest},
    guide::{self, BankPlace, Guide, StaffCode},
    inbox::{self, Channel, DemoInbox, Message},
    people::{BANKS, PEOPLE, STAFF, bank},
};
use kanuki_site::Brand;

use crate::support::Browser;

/// A bank that waits for a call from 佐藤 健's telephone.
#[derive(Default)]
struct Waiting {
    calls: Mutex<Vec<(String, String)>>,
}

fn whose() -> Whose {
    Whose { partner: "Kanuki".to_owned(), account: "***0018".to_owned() }
}

#[async_trait]
impl BankHooks for Waiting {
    async fn call_received(&self, from_phone: &str, reference: &str, agreed: bool) -> CallOutcome {
        if reference == "0815" && !agreed {
            return CallOutcome::Asks(whose());
        }
        self.calls.lock().unwrap().push((from_phone.to_owned(), reference.to_owned()));
        if from_phone == "09000001002" { CallOutcome::Accepted } else { CallOutcome::Refused }
    }

    async fn atm_code(&self, branch: &str, number: &str, reference: &str) -> Option<HandedOut> {
        ((branch, number, reference) == ("007", "9200018", "4711 0815"))
            .then(|| HandedOut { code: "K7QM4T2P".to_owned(), confirms: Some(whose()) })
    }

    async fn at_counter(&self, branch: &str, number: &str, reference: &str) -> Option<HandedOut> {
        let confirms = (reference == "4711 0815").then(whose);
        ((branch, number) == ("007", "9200018"))
            .then(|| HandedOut { code: "C7QM4T2P".to_owned(), confirms })
    }
}

fn at_bank_two(lang: &'static str) -> (Browser, Arc<Waiting>) {
    let hooks = Arc::new(Waiting::default());
    let booth = Arc::new(Booth::new(bank("9902").unwrap(), hooks.clone()));
    (Browser::at(Brand::BankTwo, lang, booth::router(booth)), hooks)
}

fn a_guide() -> Arc<Guide> {
    Arc::new(Guide {
        wallet_origin: "http://wallet.localhost:8080".to_owned(),
        banks: BANKS
            .iter()
            .map(|bank| BankPlace {
                code: bank.code,
                origin: format!("http://{}.localhost:{}", bank.host, 8081 + bank.port_offset),
            })
            .collect(),
        staff_path: "/desk/activate".to_owned(),
        staff_codes: STAFF
            .iter()
            .map(|staff| StaffCode { staff: staff.key, code: "4T2PK7QM".to_owned() })
            .collect(),
    })
}

fn a_message(person: &str) -> Message {
    Message {
        channel: Channel::Mail,
        to: "hanako@example.jp".to_owned(),
        person: person.to_owned(),
        subject: "口座がつながりました".to_owned(),
        body: "停止コード 1234 5678\n<script>alert(1)</script>".to_owned(),
        at: "2026-11-22T12:05:00Z".parse().unwrap(),
    }
}

#[tokio::test]
async fn the_bank_hears_whose_telephone_it_was_and_what_was_typed() {
    let (mut browser, hooks) = at_bank_two("en");
    let page = browser.get("/demo/phone").await;

    let call = |phone| [("phone", phone), ("reference", " 4711-0815 ")];
    let accepted = browser.submit(&page, "/demo/phone", &call("09000001002")).await;
    let refused = browser.submit(&page, "/demo/phone", &call("09000009999")).await;

    assert!(accepted.body.contains("Return to the bank’s page"), "{}", accepted.body);
    assert!(refused.body.contains("The line does not say which"));
    let calls = hooks.calls.lock().unwrap().clone();
    let heard = |phone: &str| (phone.to_owned(), "4711-0815".to_owned());
    assert_eq!(calls, [heard("09000001002"), heard("09000009999")]);
}

/// The voice says whose link it is, and confirms nothing before it heard a yes.
#[tokio::test]
async fn a_caller_is_asked_before_a_link_is_confirmed() {
    let (mut browser, hooks) = at_bank_two("ja");
    let page = browser.get("/demo/phone").await;

    let call = [("phone", "09000001002"), ("reference", "0815")];
    let asks = browser.submit(&page, "/demo/phone", &call).await;
    assert!(asks.body.contains("Kanukiとの連携（口座 ***0018）"), "{}", asks.body);
    assert!(hooks.calls.lock().unwrap().is_empty());

    let agreed = [("phone", "09000001002"), ("reference", "0815"), ("agreed", "1")];
    let said = browser.submit(&page, "/demo/phone", &agreed).await;
    assert!(said.body.contains("「受け付けました」"));
}

#[tokio::test]
async fn nobody_calls_from_a_telephone_that_is_not_there() {
    let (mut browser, hooks) = at_bank_two("ja");
    let page = browser.get("/demo/phone").await;

    let fields = [("phone", "09000001001"), ("reference", "1")];
    let refused = browser.submit(&page, "/demo/phone", &fields).await;

    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(hooks.calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_machine_prints_a_code_for_the_right_pin_only() {
    let (mut browser, _) = at_bank_two("ja");
    let page = browser.get("/demo/atm").await;
    let insert = |pin| [("card", "007-9200018"), ("pin", pin), ("reference", " 4711 0815 ")];

    let wrong = browser.submit(&page, "/demo/atm", &insert("0000")).await;
    let right = browser.submit(&page, "/demo/atm", &insert("1357")).await;
    for _ in 0..3 {
        browser.submit(&page, "/demo/atm", &insert("0000")).await;
    }
    let locked = browser.submit(&page, "/demo/atm", &insert("1357")).await;

    assert!(!wrong.body.contains("K7QM"));
    assert!(right.body.contains("K7QM"), "{}", right.body);
    assert!(
        right.body.contains("Kanukiとの連携（口座 ***0018）"),
        "the slip says whose link it is"
    );
    assert!(!locked.body.contains("K7QM"));
}

#[tokio::test]
async fn staff_at_the_counter_say_what_their_code_is_for() {
    let (mut browser, _) = at_bank_two("en");
    let page = browser.get("/demo/counter").await;
    let come = |reference| [("who", "ken"), ("reference", reference)];

    let passkey = browser.submit(&page, "/demo/counter", &come("1234 5678")).await;
    let link = browser.submit(&page, "/demo/counter", &come("4711 0815")).await;

    assert!(passkey.body.contains("C7QM") && !passkey.body.contains("Kanuki’s"));
    assert!(link.body.contains("the link with Kanuki"), "{}", link.body);
}

#[tokio::test]
async fn forms_without_our_token_are_refused() {
    let (mut browser, hooks) = at_bank_two("ja");
    browser.get("/demo/phone").await;
    let no_page = browser.get("/healthz").await;

    let fields = [("phone", "09000001002"), ("reference", "1")];
    let refused = browser.submit(&no_page, "/demo/phone", &fields).await;

    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(hooks.calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn messages_are_text_and_never_markup() {
    let inbox = DemoInbox::in_memory();
    inbox.deliver(a_message("山田 花子"));
    inbox.deliver(a_message("佐藤 健"));
    let mut browser = Browser::at(Brand::BankOne, "ja", inbox::router(inbox));

    let page = browser.get("/demo/inbox?person=%E4%BD%90%E8%97%A4+%E5%81%A5").await;
    let json = browser.get("/demo/inbox.json").await;

    assert!(page.body.contains("停止コード 1234 5678"));
    assert!(page.body.contains("2026年11月22日 21:05"));
    assert!(!page.body.contains("<script>alert"));
    assert_eq!(page.body.matches("口座がつながりました").count(), 1);
    assert_eq!(json.body.matches("口座がつながりました").count(), 2);
}

#[tokio::test]
async fn the_guide_names_everyone_in_both_languages() {
    for lang in ["ja", "en"] {
        let mut browser = Browser::at(Brand::Wallet, lang, guide::router(a_guide()));

        let page = browser.get("/demo").await;

        assert_eq!(page.status, StatusCode::OK);
        for person in PEOPLE {
            assert!(page.body.contains(if lang == "ja" { person.name } else { person.roma }));
        }
        for part in ["4T2PK7QM", "http://bank-one.localhost:8081/demo/counter", "¥428,600"] {
            assert!(page.body.contains(part), "{lang}: {part}");
        }
    }
}

/// Keeps a copy of every page and its style in the target directory, to be looked at.
#[tokio::test]
async fn every_page_has_one_heading_and_no_unknown_text() {
    let inbox = DemoInbox::in_memory();
    inbox.deliver(a_message("山田 花子"));
    let stored = CardOffice::found("2026-11-22T00:00:00Z".parse().unwrap()).unwrap();
    let office = CardOffice::open(&stored, vec!["http://wallet.localhost:8080".to_owned()]);
    let office = Arc::new(office.unwrap());
    let booth = Arc::new(Booth::new(bank("9902").unwrap(), Arc::new(Waiting::default())));
    let request = CardRequest {
        purpose: card::CardPurpose::Identity,
        nonce: URL_SAFE_NO_PAD.encode([7; 32]),
        terms_digest: URL_SAFE_NO_PAD.encode([8; 32]),
        return_url: "http://wallet.localhost:8080/identity/return".parse().unwrap(),
        state: "state-1".to_owned(),
        wallet_name: "Wallet".to_owned(),
        terms: None,
    };
    let choose = format!("/demo/card?request={}", request.encode());
    let read = format!("/demo/card/read?request={}&card=maria", request.encode());
    let families = ["nav-", "guide-", "story-", "who-", "inbox-", "card-", "phone-", "atm-"];
    for lang in ["ja", "en"] {
        let shared = || inbox::router(inbox.clone()).merge(guide::router(a_guide()));
        let wallet = shared().merge(card::router(Arc::clone(&office)));
        let branch = shared().merge(booth::router(Arc::clone(&booth)));
        let wallet = Browser::at(Brand::Wallet, lang, wallet);
        let branch = Browser::at(Brand::BankTwo, lang, branch);
        let seen = [
            all_of(wallet, &["/demo", "/demo/inbox", "/demo/card", &choose, &read]).await,
            all_of(branch, &["/demo", "/demo/inbox", "/demo/phone", "/demo/atm"]).await,
        ];
        for (path, body) in seen.concat() {
            keep(lang, &path, &body);
            assert_eq!(body.matches("<h1").count(), 1, "{path}");
            let keys: Vec<_> =
                families.iter().filter(|family| body.contains(&format!(">{family}"))).collect();
            assert!(keys.is_empty(), "{path} shows {keys:?}");
        }
    }
}

async fn all_of(mut browser: Browser, paths: &[&str]) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for path in paths {
        let page = browser.get(path).await;
        let style = page.body.split_once("rel=\"stylesheet\" href=\"").map_or("", |(_, rest)| rest);
        let style = style.split_once('"').map_or("", |(href, _)| href).to_owned();
        let css = browser.get(&style).await.body;
        pages.push(((*path).to_owned(), page.body.replace(&style, "kanuki.css")));
        std::fs::create_dir_all(FOLDER).unwrap();
        std::fs::write(format!("{FOLDER}/kanuki.css"), css).unwrap();
    }
    pages
}

const FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/demo-pages");

fn keep(lang: &str, path: &str, body: &str) {
    let name = path.trim_start_matches('/').replace(['/', '?', '='], "-");
    let name: String = name.chars().take(20).collect();
    std::fs::write(format!("{FOLDER}/{name}-{lang}.html"), body).unwrap();
}
