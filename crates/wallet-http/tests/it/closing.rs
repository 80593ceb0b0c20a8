//! From the safety page to a closed wallet, over the pages that people use.

use http::StatusCode;
use kanuki_domain::{
    Yen,
    limits::{CLOSE_WAIT_SECS, DAY_SECS},
};
use kanuki_passkey::soft::SoftAuthenticator;
use kanuki_record::Unit;
use kanuki_wallet::link::Link;
use kanuki_wallet_http::{WalletState, workers};

use crate::{
    company::{Browser, Company, Reply},
    world::{ORIGIN, Person},
};

/// Signs what the page at `from` shows, and sends it to `to`.
async fn sign(
    company: &Company,
    (browser, phone): (&mut Browser, &mut SoftAuthenticator),
    (from, to): (&str, &str),
) -> Reply {
    let page = company.get(browser, from).await;
    assert_eq!(page.status, StatusCode::OK, "{from}: {}", page.body);
    let ceremony = page.after("name=\"ceremony\" value=\"");
    let credential = phone.get(&page.after("data-options=\""), ORIGIN).unwrap();
    let fields = [("ceremony", ceremony.as_str()), ("credential", credential.as_str())];
    company.post(browser, to, &fields).await
}

async fn pay_out(company: &Company, browser: &mut Browser, hanako: &mut Person, link: &str) {
    let wanted = [("link", link), ("amount", "5000")];
    let page = company.post(browser, "/payout/confirm", &wanted).await;
    let ceremony = page.after("name=\"ceremony\" value=\"");
    let credential = hanako.phone.get(&page.after("data-options=\""), ORIGIN).unwrap();
    let fields = [("ceremony", ceremony.as_str()), ("credential", credential.as_str())];
    let paid = company.post(browser, "/payout", &fields).await;
    assert!(paid.location().starts_with("/payout/"), "{}", paid.body);
}

/// What somebody at the desk sends from one of its pages.
async fn at_desk(
    company: &Company,
    browser: &mut Browser,
    path: &str,
    fields: &[(&str, &str)],
) -> Reply {
    let token = company.token_of(browser, "/desk/switches").await;
    company.post_with(browser, path, (&token, fields)).await
}

async fn sweep(company: &Company) {
    let (wallet, site) = (company.world.wallet.clone(), company.site.clone());
    let state = WalletState { wallet, site };
    workers::drive(&state).await;
    workers::tell(&state).await;
    workers::sweep(&state).await;
}

#[tokio::test]
async fn the_page_says_what_happens_and_whoever_signed_is_out_in_the_end() {
    let company = Company::new().await;
    let world = &company.world;
    let (mut hanako, link) = world.settled("hanako", 1).await;
    world.top_up(&hanako, link, "a", 5_000).await;
    let mut browser = company.signed_in(hanako.id).await;
    let safety = company.get(&mut browser, "/security").await;
    assert!(safety.body.contains("href=\"/close\""), "found from there: {}", safety.body);
    let page = company.get(&mut browser, "/close").await;
    for text in ["¥5,000", "7年", "10年", "停止コード", "/payout", "/close/confirm", "/report"]
    {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let who = (&mut browser, &mut hanako.phone);
    let asked = sign(&company, who, ("/close/confirm", "/close")).await;
    assert_eq!(asked.location(), "/close", "{}", asked.body);

    // What would be refused is not offered, and a second click is no second asking.
    let home = company.get(&mut browser, "/").await;
    assert!(home.body.contains("退会の手続き中です") && !home.body.contains("href=\"/topup\""));
    for path in ["/topup", "/pay", "/send", "/request", "/close/confirm"] {
        let away = company.get(&mut browser, path).await;
        assert_eq!(away.location(), "/close", "{path}: {}", away.body);
    }
    pay_out(&company, &mut browser, &mut hanako, &link.to_string()).await;
    let page = company.get(&mut browser, "/close").await;
    assert!(page.body.contains("/close/keep") && !page.body.contains("href=\"/payout\""));

    let mut again = company.signed_in(hanako.id).await;
    world.later(CLOSE_WAIT_SECS);
    let mut last = company.signed_in(hanako.id).await;
    sweep(&company).await;
    sweep(&company).await;

    for browser in [&mut browser, &mut again, &mut last] {
        for path in ["/close", "/statement", "/security"] {
            let out = company.get(browser, path).await;
            assert!(out.location().starts_with("/sign-in"), "{path}: {}", out.body);
        }
    }
    let mut fresh = Browser::default();
    company.get(&mut fresh, "/").await;
    let refused = sign(&company, (&mut fresh, &mut hanako.phone), ("/sign-in", "/sign-in")).await;
    assert_eq!(refused.location(), "/sign-in?again=1", "like any wrong passkey");
    assert_eq!(world.bank.credited(), Yen::of(5_000));
}

/// A thief with the telephone asks for it; the owner has the notice, and nothing else.
#[tokio::test]
async fn the_code_of_the_notice_stops_it_from_anywhere() {
    let company = Company::new().await;
    let world = &company.world;
    let (mut hanako, _) = world.settled("hanako", 1).await;
    let mut thief = company.signed_in(hanako.id).await;
    sign(&company, (&mut thief, &mut hanako.phone), ("/close/confirm", "/close")).await;
    let (_, code) = world.mail(&hanako).await;
    let mut anywhere = Browser::default();
    let fields = [("code", code.as_str())];

    let preview = company.post(&mut anywhere, "/stop", &fields).await;
    assert!(preview.body.contains("退会が止まります"), "{}", preview.body);
    let stopped = company.post(&mut anywhere, "/stop/press", &fields).await;
    assert!(stopped.body.contains("cas_"), "{}", stopped.body);

    world.later(2 * CLOSE_WAIT_SECS);
    sweep(&company).await;
    let customer = world.wallet.customer(hanako.id).await.unwrap();
    assert!(customer.frozen.is_some() && customer.closure.is_open());
    let mut owner = company.signed_in(hanako.id).await;
    let page = company.get(&mut owner, "/close").await;
    assert!(page.body.contains("/freeze") && !page.body.contains("/close/confirm"));
}

#[tokio::test]
async fn it_is_kept_by_a_signature_and_staff_see_how_far_a_closing_is() {
    let company = Company::new().await;
    let world = &company.world;
    let (mut hanako, link) = world.settled("hanako", 1).await;
    world.top_up(&hanako, link, "a", 500).await;
    let mut browser = company.signed_in(hanako.id).await;
    sign(&company, (&mut browser, &mut hanako.phone), ("/close/confirm", "/close")).await;
    let kept = sign(&company, (&mut browser, &mut hanako.phone), ("/close/keep", "/close/keep"));
    assert_eq!(kept.await.location(), "/");
    assert!(company.get(&mut browser, "/topup").await.status == StatusCode::OK);

    sign(&company, (&mut browser, &mut hanako.phone), ("/close/confirm", "/close")).await;
    world.later(CLOSE_WAIT_SECS + 31 * DAY_SECS);
    sweep(&company).await;
    let cases = world.wallet.cases(true).await.unwrap();
    assert_eq!(cases.len(), 1, "money that nobody fetches is people's");
    let mut aoki = company.at_desk("aoki").await;
    let page = company.get(&mut aoki, &format!("/desk/cases/{}", cases[0].case_id)).await;
    assert!(page.body.contains("退会の手続き中"), "{}", page.body);
    assert!(page.body.contains("30日たっても終わっていません"), "{}", page.body);
}

/// Money whose only account takes no payouts: the pages say who pays it and the desk to whom, and the case of
/// its owner is where staff write down that a contact is somebody else's by now.
#[tokio::test]
async fn staff_transfer_what_no_bank_takes_and_two_of_them_say_so() {
    let company = Company::new().await;
    let world = &company.world;
    let (mut hanako, link) = world.settled("hanako", 1).await;
    world.top_up(&hanako, link, "a", 5_000).await;
    let mut row = world.wallet.book.load::<Link>(link).await.unwrap();
    row.edit().takes_payouts = false;
    let mut unit = Unit::new();
    unit.update(&row);
    world.wallet.book.commit(unit).await.unwrap();
    let mut browser = company.signed_in(hanako.id).await;
    let page = company.get(&mut browser, "/close").await;
    assert!(page.body.contains("当社の係員がご本人の口座に振り込みます"), "{}", page.body);
    assert!(!page.body.contains("href=\"/payout\""), "not before it was asked for");
    sign(&company, (&mut browser, &mut hanako.phone), ("/close/confirm", "/close")).await;
    pay_out(&company, &mut browser, &mut hanako, &link.to_string()).await;

    let cases = world.wallet.cases(true).await.unwrap();
    let path = format!("/desk/cases/{}", cases[0].case_id);
    let mut aoki = company.at_desk("aoki").await;
    let page = company.get(&mut aoki, &path).await;
    for text in ["係員が振り込む出金", "¥5,000", "銀行が知る連携の番号", "連絡先の持ち主"]
    {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(!page.body.contains("いまは振り込まないでください"), "nothing stops it");
    let wallet_id = world.wallet.customer(hanako.id).await.unwrap().wallet_id;
    let gate = kanuki_desk::screening::gate(wallet_id);
    gate.close(&*world.wallet.ledger, world.ctx().now).await.unwrap();
    for act in ["/close", "/ask-bank"] {
        assert!(!page.body.contains(&format!("{path}{act}")), "it ends with the money");
    }
    let said = [("act", "strange"), ("contact", "phone"), ("reason", "いまの持ち主から電話")];
    let marked = at_desk(&company, &mut aoki, &format!("{path}/contact"), &said).await;
    assert_eq!(marked.location(), path);
    let page = company.get(&mut aoki, &path).await;
    assert!(page.body.contains("電話番号は、お客さまのもの"), "{}", page.body);
    assert!(page.body.contains("いまは振り込まないでください"), "{}", page.body);
    let said = [("act", "paid"), ("reason", "振込 12")];
    let asked = at_desk(&company, &mut aoki, &format!("{path}/by-hand"), &said).await;
    assert_eq!(asked.location(), "/desk/approvals", "{}", asked.body);

    let mut baba = company.at_desk("baba").await;
    let page = company.get(&mut baba, "/desk/approvals").await;
    assert!(page.body.contains("手で払う出金を、振込済みにする") && page.body.contains("¥5,000"));
    assert!(page.body.contains("いまは振り込まないでください"), "{}", page.body);
    let agree = page.after("action=\"/desk/approvals/");
    let agreed = at_desk(&company, &mut baba, &format!("/desk/approvals/{agree}"), &[]).await;
    assert_eq!(agreed.location(), "/desk/approvals", "{}", agreed.body);
    assert_eq!(world.balance(&hanako).await, Yen::ZERO);
    assert!(world.wallet.cases(true).await.unwrap().is_empty(), "it is closed with that");
}
