//! What people do: connect an account, type a stop code, report.

use std::{fs, path::Path};

use jiff::Timestamp;
use kanuki_demo::people;
use serde_json::Value;

use super::until;
use crate::browser::{Browser, Page, Silent, between};

/// The bank of whoever is in this story.
pub(crate) const BANK: &str = "9901";

/// Where people find the two companies.
pub(crate) struct Places {
    pub(crate) wallet: String,
    pub(crate) bank: String,
}

impl Places {
    /// As `kanuki up` has them from `port` on.
    pub(crate) fn from(port: u16) -> Self {
        Self {
            wallet: format!("http://wallet.localhost:{port}"),
            bank: format!("http://bank-one.localhost:{}", port + 1),
        }
    }
}

/// Opens a wallet, proves who they are, gets a passkey at the bank's counter, and connects each of
/// their accounts at that bank.
pub(crate) async fn connect(places: &Places, key: &str, seed: u8) -> Result<usize, Silent> {
    let person = people::person(key).unwrap();
    let mut browser = Browser::new("10.0.0.1", seed);
    let (wallet, bank) = (&places.wallet, &places.bank);

    let page = browser.open(&format!("{wallet}/open")).await?;
    let form = page.form("/open").with("nickname", person.key);
    let form = form.with("mail", person.email).with("phone", person.phone);
    let page = browser.submit(&page, &form).await?;
    browser.touch(&page).await?;

    let page = browser.open(&format!("{wallet}/identity")).await?;
    let page = browser.submit(&page, &page.form("/identity").with("kana", person.kana)).await?;
    let form = page.form("/demo/card/read").with("card", person.key);
    let page = browser.submit(&page, &form).await?;
    let form = page.form("/demo/card/sign").with("password", person.card_password);
    let page = browser.submit(&page, &form).await?;
    let proven = browser.submit(&page, &page.form_with("signature")).await?;
    assert_eq!(proven.status, 200, "{}", proven.html);

    let accounts: Vec<_> = person.accounts.iter().filter(|a| a.bank == BANK).collect();
    let page = browser.open(&format!("{bank}/enrol")).await?;
    let form = page.form("/enrol").with("branch", accounts[0].branch);
    let form = form.with("number", accounts[0].number).with("proof", "branch");
    let page = browser.submit(&page, &form).await?;
    let counter = browser.open(&format!("{bank}/demo/counter")).await?;
    let form = counter.form("/demo/counter").with("who", person.key);
    let handed = browser.submit(&counter, &form.with("reference", &page.code())).await?;
    let page =
        browser.submit(&page, &page.form("/enrol/code").with("code", &handed.code())).await?;
    browser.touch(&page).await?;

    for at in 0..accounts.len() {
        link(&mut browser, wallet, at).await?;
    }
    Ok(accounts.len())
}

/// Connects the account that the bank names at this place.
async fn link(browser: &mut Browser, wallet: &str, at: usize) -> Result<(), Silent> {
    let page = browser.open(&format!("{wallet}/link/start?bank={BANK}")).await?;
    let form = page.form("/link/start").with("consent", "yes");
    let form = form.with("per_day", "50000").with("per_month", "300000");
    let mut page = browser.submit(&page, &form).await?;
    if page.find("/authorize/account").is_none() {
        page = browser.touch(&page).await?;
    }
    let form = page.form("/authorize/account");
    let chosen = form.choices("account")[at].to_owned();
    let page = browser.submit(&page, &form.with("account", &chosen)).await?;
    let linked = browser.touch(&page).await?;
    assert!(linked.url.path().starts_with("/links/"), "{}: {}", linked.url, linked.html);
    Ok(())
}

/// A message of a company's inbox.
pub(crate) struct Mail {
    pub(crate) at: Timestamp,
    /// Its stop code.
    pub(crate) code: String,
}

/// The first mail with a stop code that a company of `kanuki up` sent to a person about `about`.
pub(crate) async fn mail(data: &Path, company: &str, to: &str, about: &str) -> Mail {
    let file = data.join(company).join("inbox.jsonl");
    let read = || {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let all = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let is_it = |mail: &Value| {
            mail["to"] == to && mail["subject"].as_str().is_some_and(|text| text.contains(about))
        };
        let mail = |mail: Value| {
            let at = mail["at"].as_str().unwrap().parse().unwrap();
            Some(Mail { at, code: stop_code(mail["body"].as_str().unwrap())? })
        };
        all.filter(is_it).find_map(mail)
    };
    until("a mail arrives", async || read()).await
}

/// Three groups of four letters.
fn stop_code(body: &str) -> Option<String> {
    let is_group = |group: &str| {
        group.len() == 4 && group.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    let is_code = |word: &&str| {
        let groups: Vec<&str> = word.split('-').collect();
        groups.len() == 3 && groups.into_iter().all(is_group)
    };
    body.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').find(is_code).map(str::to_owned)
}

/// Types a stop code and presses the button, again and again until it is answered.
pub(crate) async fn stop(pages: &str, code: &str) {
    until("a stop is answered", || async {
        let mut browser = Browser::new("10.0.0.2", 0);
        press_stop(&mut browser, pages, code).await.ok()
    })
    .await;
}

async fn press_stop(browser: &mut Browser, pages: &str, code: &str) -> Result<(), Silent> {
    let page = browser.open(&format!("{pages}/stop")).await?;
    let page = browser.submit(&page, &page.form("/stop").with("code", code)).await?;
    let form = page.find("/stop/confirm").unwrap_or_else(|| page.form("/stop/press"));
    let done = browser.submit(&page, &form).await?;
    // Some of it waits for the core, or for a start that is not over: pressed again.
    if done.status == 200 { Ok(()) } else { Err(Silent) }
}

/// Reports as a stranger, from a network of their own; the same again until it is answered. The case
/// number.
pub(crate) async fn report(pages: &str, about: &str, number: usize) -> String {
    let address = format!("10.{}.{}.1", number.div_euclid(200) + 1, number % 200);
    until("a report is answered", || async {
        let mut browser = Browser::new(&address, 0);
        send_report(&mut browser, pages, about).await.ok()
    })
    .await
}

async fn send_report(browser: &mut Browser, pages: &str, about: &str) -> Result<String, Silent> {
    let page = browser.open(&format!("{pages}/report")).await?;
    let form = page.form("/report").with("contact", "09000000000");
    let form = form.with("text", "知らない引き落としがある").with("about", about);
    let done: Page = browser.submit(&page, &form).await?;
    if done.status != 201 {
        return Err(Silent);
    }
    let number = between(&done.html, "href=\"/report/cas_", "\"").unwrap();
    Ok(format!("cas_{number}"))
}
