//! From nothing to a payment and a stop, over the same pages that people use.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::StatusCode;
use kanuki_domain::Yen;
use kanuki_formats::jpqr::ShopNumber;
use kanuki_passkey::soft::SoftAuthenticator;
use kanuki_wallet::payment::MerchantSpec;

use crate::{
    company::{Browser, Company, Reply},
    world::{ORIGIN, World, bank_code},
};

/// The ceremony and the passkey's options on a page.
fn asked(reply: &Reply) -> (String, String) {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    (reply.after("name=\"ceremony\" value=\""), reply.after("data-options=\""))
}

pub(crate) async fn open(company: &Company, phone: &mut SoftAuthenticator) -> Browser {
    let mut browser = Browser::default();
    company.get(&mut browser, "/open").await;
    let profile = [("nickname", "はな"), ("mail", "hana@example.jp"), ("phone", "090-1234-5678")];
    let page = company.post(&mut browser, "/open", &profile).await;
    let (ceremony, options) = asked(&page);
    let credential = phone.create(&options, ORIGIN).unwrap();
    let fields = [("ceremony", ceremony.as_str()), ("credential", credential.as_str())];
    let done = company.post(&mut browser, "/open/finish", &fields).await;
    assert_eq!(done.location(), "/?welcome=1", "{}", done.body);
    browser
}

pub(crate) async fn prove(company: &Company, browser: &mut Browser) {
    let away = company.post(browser, "/identity", &[("kana", "ヤマダ ハナコ")]).await;
    assert_eq!(away.status, StatusCode::SEE_OTHER, "{}", away.body);
    let card = World::card("山田花子", 1);
    let (state, answer) = World::sign_at_operator(away.location(), &card);
    let certificate = BASE64_STANDARD.encode(&answer.certificate);
    let signature = BASE64_STANDARD.encode(&answer.signature);
    // The operator's page posts without our cookies and without our token.
    let body = serde_urlencoded::to_string([
        ("state", state.as_str()),
        ("certificate", &certificate),
        ("signature", &signature),
    ]);
    let request = http::Request::post("/identity/callback")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "https://operator.example")
        .header("accept", "text/html");
    let posted = company.call(&mut Browser::default(), request, body.unwrap()).await;
    assert_eq!(posted.status, StatusCode::SEE_OTHER, "{}", posted.body);
    // The state alone, which whoever set out knows, is not enough.
    let back = posted.location().to_owned();
    let without = format!("/identity/callback?state={state}");
    assert_eq!(company.get(browser, &without).await.status, StatusCode::NOT_FOUND);
    let proven = company.get(browser, &back).await;
    assert_eq!(proven.location(), "/identity", "{}", proven.body);
}

pub(crate) async fn link(company: &Company, browser: &mut Browser) -> String {
    let start = company.get(browser, "/link/start?bank=9901").await;
    assert!(start.body.contains("山田花子"), "what is sent is shown: {}", start.body);
    let mut fields = vec![("bank", "9901"), ("per_day", "50000"), ("per_month", "300000")];
    let refused = company.post(browser, "/link/start", &fields).await;
    assert!(refused.location().ends_with("error=consent"), "{}", refused.body);
    fields.push(("consent", "yes"));
    let away = company.post(browser, "/link/start", &fields).await;
    assert!(away.location().starts_with("http://bank-one.localhost:8081/authorize?"));
    let state = company.world.bank.last_state();
    let query = format!("code=c&state={state}&iss=http%3A%2F%2Flocalhost%3A8081");
    let done = company.get(browser, &format!("/callback/{}?{query}", bank_code())).await;
    let path = done.location().to_owned();
    assert!(path.starts_with("/links/lnk_"), "{}", done.body);
    path.trim_start_matches("/links/").trim_end_matches("?new=1").to_owned()
}

#[tokio::test]
async fn a_person_opens_proves_links_tops_up_pays_and_stops() {
    let company = Company::new().await;
    let mut phone = SoftAuthenticator::from_seed([1; 32]);
    let mut browser = open(&company, &mut phone).await;
    assert!(company.get(&mut browser, "/").await.body.contains("/identity"));
    prove(&company, &mut browser).await;
    let link = link(&company, &mut browser).await;

    // Top up: a confirm page first, and a second click changes nothing.
    let wanted = [("link", link.as_str()), ("amount", "5,000円")];
    let page = company.post(&mut browser, "/topup/confirm", &wanted).await;
    let ceremony = page.after("name=\"ceremony\" value=\"");
    let press = [("ceremony", ceremony.as_str())];
    let first = company.post(&mut browser, "/topup", &press).await;
    let second = company.post(&mut browser, "/topup", &press).await;
    assert_eq!(first.location(), second.location());
    let outcome = company.get(&mut browser, first.location()).await;
    assert!(outcome.body.contains("チャージしました"), "{}", outcome.body);
    assert_eq!(company.world.bank.debited(), Yen::of(5_000));

    // Pay: the passkey was used minutes ago, so a small payment takes one press.
    let shop = ShopNumber {
        company: "9010001000001".into(),
        brand: "0001".into(),
        store: "000001".into(),
        counter: "000001".into(),
    };
    let spec = MerchantSpec {
        name: "コーヒー閂".into(),
        ascii_name: "KANUKI COFFEE".into(),
        city: "TOKYO".into(),
        category: "5814".into(),
        shop,
        page_key: "key".into(),
    };
    let merchant = company.world.wallet.create_merchant(&company.world.ctx(), &spec).await.unwrap();
    let fields = [("code", merchant.static_code.as_str()), ("amount", "800")];
    let page = company.post(&mut browser, "/pay/confirm", &fields).await;
    assert!(page.body.contains("コーヒー閂"));
    let ceremony = page.after("name=\"ceremony\" value=\"");
    let paid = company.post(&mut browser, "/pay", &[("ceremony", &ceremony)]).await;
    assert!(paid.location().starts_with("/pay/pay_"), "{}", paid.body);

    // Send by link: signed with the passkey over exactly this.
    let fields = [("amount", "1000"), ("message", "夕食")];
    let page = company.post(&mut browser, "/send/confirm", &fields).await;
    let (ceremony, options) = asked(&page);
    let credential = phone.get(&options, ORIGIN).unwrap();
    let fields = [("ceremony", ceremony.as_str()), ("credential", credential.as_str())];
    let sent = company.post(&mut browser, "/send", &fields).await;
    let waiting = company.get(&mut browser, sent.location()).await;
    assert!(waiting.body.contains("/claim/"), "{}", waiting.body);

    let page = company.get(&mut browser, "/statement").await;
    assert!(page.body.contains("まだ受け取られていない送金があります"), "{}", page.body);
    let csv = company.get(&mut browser, "/statement.csv").await;
    assert!(csv.body.contains("コーヒー閂") && csv.body.contains(",800,4200,"), "{}", csv.body);

    // One press stops everything.
    let stopped = company.post(&mut browser, "/freeze", &[]).await;
    assert_eq!(stopped.location(), "/freeze");
    let page = company.get(&mut browser, "/freeze").await;
    assert!(page.body.contains("受付番号: "), "{}", page.body);
    let page = company.post(&mut browser, "/topup/confirm", &wanted).await;
    let ceremony = page.after("name=\"ceremony\" value=\"");
    let refused = company.post(&mut browser, "/topup", &[("ceremony", &ceremony)]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(company.world.bank.debited(), Yen::of(5_000));
}

#[tokio::test]
async fn signing_in_gives_a_new_session_and_a_wrong_passkey_says_nothing() {
    let company = Company::new().await;
    let mut phone = SoftAuthenticator::from_seed([1; 32]);
    let mut other = open(&company, &mut phone).await;

    let mut browser = Browser::default();
    company.get(&mut browser, "/").await;
    let page = company.get(&mut browser, "/sign-in?back=%2Fstatement").await;
    let (ceremony, options) = asked(&page);
    let credential = phone.get(&options, ORIGIN).unwrap();
    let fields = [
        ("ceremony", ceremony.as_str()),
        ("credential", credential.as_str()),
        ("back", "/statement"),
    ];
    let mut elsewhere = Browser::default();
    company.get(&mut elsewhere, "/").await;
    let stolen = company.post(&mut elsewhere, "/sign-in", &fields).await;
    assert_ne!(stolen.status, StatusCode::SEE_OTHER, "the ceremony is this browser's");
    let done = company.post(&mut browser, "/sign-in", &fields).await;
    assert_eq!(done.location(), "/statement", "{}", done.body);
    let replayed = company.post(&mut browser, "/sign-in", &fields).await;
    assert_ne!(replayed.status, StatusCode::SEE_OTHER);
    assert_eq!(company.get(&mut browser, "/statement").await.status, StatusCode::OK);

    // Whoever fears a thief and presses stop signs the thief's browser out, not their own.
    assert_eq!(company.get(&mut other, "/statement").await.status, StatusCode::OK);
    let frozen = company.post(&mut browser, "/freeze", &[]).await;
    assert_eq!(frozen.location(), "/freeze", "{}", frozen.body);
    assert_eq!(company.get(&mut browser, "/statement").await.status, StatusCode::OK);
    let out = company.get(&mut other, "/statement").await;
    assert!(out.location().starts_with("/sign-in"), "{}", out.body);
}
