//! Every route for everybody: nobody, another customer, the owner, and a session that has ended.
//!
//! A route that is not in the table fails the test, so nobody adds one without saying who may.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Method, Request, header};
use kanuki_desk::push::Screen;
use kanuki_domain::{
    Yen,
    id::{ApprovalId, CeremonyId, LinkId, PaymentId, PayoutId, RemittanceId},
};
use kanuki_formats::jpqr::ShopNumber;
use kanuki_site::text::check::sources;
use kanuki_wallet::{payment::MerchantSpec, proof::Given};

use crate::{
    company::{Browser, Company},
    world::{ORIGIN, Person, World, hears_at},
};

/// How a route is called.
#[derive(Clone, Copy)]
enum With {
    Nothing,
    /// Fields of a form; the token is added.
    Form(&'static str),
    /// A JSON body; the token goes in its header.
    Json(&'static str),
    /// A picture that is none.
    Picture,
    /// Anything else.
    Raw(&'static str),
}

/// `method path`, how, and what nobody, another customer, the owner and an ended session get.
type Row = (&'static str, With, [u16; 4]);

/// For whom a page of the customer's is: everybody else is sent to sign in.
const OWN: [u16; 4] = [303, 200, 200, 303];
/// A page about one thing of one customer's.
const MINE: [u16; 4] = [303, 404, 200, 303];
/// Everybody may look.
const OPEN: [u16; 4] = [200; 4];
/// Staff only: a customer's session opens nothing at the desk.
const STAFF: [u16; 4] = [303; 4];
/// A ceremony that does not exist.
const NO_CEREMONY: &str = "ceremony={ceremony}&credential=%7B%7D";

const TABLE: &[Row] = &[
    ("GET /", With::Nothing, OPEN),
    ("GET /open", With::Nothing, OPEN),
    (
        "POST /open",
        With::Form("nickname=n&mail=a%40example.jp&phone=09012345678"),
        [200, 200, 200, 200],
    ),
    ("POST /open/finish", With::Form(NO_CEREMONY), [409; 4]),
    ("GET /sign-in", With::Nothing, OPEN),
    ("POST /sign-in", With::Form(NO_CEREMONY), [409; 4]),
    ("GET /alternative", With::Nothing, OPEN),
    ("POST /alternative", With::Form("key=x&code=000000"), [303; 4]),
    ("GET /alternative/open", With::Nothing, OPEN),
    ("POST /alternative/open", With::Form("nickname=&mail=x&phone=1"), [303; 4]),
    ("GET /recover", With::Nothing, OPEN),
    ("POST /recover", With::Form("contact=nobody%40example.jp"), OPEN),
    // No code and a code that waits are one answer: neither tells who has a wallet.
    ("POST /recover/identity", With::Form("code=x"), OPEN),
    ("GET /recover/passkey", With::Nothing, OPEN),
    ("POST /recover/passkey", With::Form("code=x"), [404; 4]),
    ("POST /recover/finish", With::Form(NO_CEREMONY), [409; 4]),
    ("GET /identity", With::Nothing, OWN),
    ("POST /identity", With::Form("kana="), [303; 4]),
    ("GET /identity/callback", With::Nothing, [400; 4]),
    ("POST /identity/callback", With::Raw("state=x&certificate=&signature="), [404; 4]),
    ("GET /link", With::Nothing, OWN),
    ("GET /link/start?bank=9901", With::Nothing, [303, 403, 200, 303]),
    (
        "POST /link/start",
        With::Form("bank=9901&per_day=50000&per_month=300000&consent=yes"),
        [303, 403, 303, 303],
    ),
    ("GET /callback/9901", With::Nothing, [303, 200, 200, 303]),
    ("GET /links/{link}", With::Nothing, MINE),
    ("GET /links/{link}/renew", With::Nothing, MINE),
    (
        "POST /links/{link}/renew",
        With::Form("per_day=50000&per_month=300000&consent=yes"),
        [303, 404, 303, 303],
    ),
    ("GET /topup", With::Nothing, OWN),
    ("POST /topup/confirm", With::Form("link={link}&amount=100"), MINE),
    ("POST /topup", With::Form(NO_CEREMONY), [303, 409, 409, 303]),
    ("GET /topup/{topup}", With::Nothing, MINE),
    ("POST /topup/{topup}/approve", With::Form(""), [303, 404, 303, 303]),
    ("POST /topup/{topup}/wait", With::Form(""), [303, 404, 303, 303]),
    ("POST /topup/{topup}/abandon", With::Form(""), [303, 404, 303, 303]),
    ("GET /send", With::Nothing, OWN),
    ("POST /send/confirm", With::Form("request={foreign}&amount=100"), [303, 404, 200, 303]),
    ("POST /send", With::Form(NO_CEREMONY), [303, 409, 409, 303]),
    ("GET /send/{remittance}", With::Nothing, MINE),
    ("GET /request", With::Nothing, OWN),
    ("POST /request", With::Form("amount=&message="), [303; 4]),
    ("GET /request/{request}", With::Nothing, MINE),
    ("GET /r/{request}", With::Nothing, [303, 200, 303, 303]),
    ("POST /request/{request}/end", With::Form(""), [303, 404, 303, 303]),
    ("GET /claim/{claim}", With::Nothing, OWN),
    ("GET /pay", With::Nothing, OWN),
    ("POST /pay/confirm", With::Form("code={code}&amount=100"), OWN),
    ("POST /pay", With::Form(NO_CEREMONY), [303, 409, 409, 303]),
    ("POST /pay/scan", With::Picture, [303, 200, 200, 303]),
    ("POST /pay/photo", With::Picture, [303; 4]),
    ("GET /pay/{payment}", With::Nothing, MINE),
    ("GET /payout", With::Nothing, OWN),
    ("POST /payout/confirm", With::Form("link={link}&amount=100"), MINE),
    ("POST /payout", With::Form(NO_CEREMONY), [303, 409, 409, 303]),
    ("GET /payout/{payout}", With::Nothing, MINE),
    ("POST /payout/{payout}/cancel", With::Form(""), [303, 404, 404, 303]),
    ("GET /statement", With::Nothing, OWN),
    ("GET /statement.csv", With::Nothing, OWN),
    ("GET /security/safety", With::Nothing, OWN),
    ("GET /security/push", With::Nothing, OWN),
    ("POST /security/push", With::Form("endpoint=x&p256dh=&auth="), [303; 4]),
    ("POST /security/push/{device}/end", With::Form(""), [303, 404, 303, 303]),
    ("GET /push-worker.js", With::Nothing, OPEN),
    ("GET /evidence", With::Nothing, OWN),
    // The case of a report, which is nobody's wallet's.
    ("GET /evidence/{case}?form=json", With::Nothing, [303, 404, 404, 303]),
    ("POST /security/safety", With::Form(NO_CEREMONY), [303, 409, 409, 303]),
    ("GET /freeze", With::Nothing, OWN),
    ("POST /freeze/release", With::Form(NO_CEREMONY), [303, 409, 409, 303]),
    ("GET /close", With::Nothing, OWN),
    ("GET /close/confirm", With::Nothing, OWN),
    ("POST /close", With::Form(NO_CEREMONY), [303, 409, 409, 303]),
    ("GET /close/keep", With::Nothing, [303; 4]),
    ("POST /close/keep", With::Form(NO_CEREMONY), [303, 409, 409, 303]),
    ("GET /security", With::Nothing, OWN),
    ("GET /security/add", With::Nothing, OWN),
    ("POST /security/add", With::Form(NO_CEREMONY), [303, 409, 409, 303]),
    ("POST /security/add/finish", With::Form(NO_CEREMONY), [303, 409, 409, 303]),
    ("GET /security/passkeys/{passkey}/end", With::Nothing, MINE),
    ("POST /security/passkeys/{passkey}/end", With::Form(NO_CEREMONY), [303, 409, 409, 303]),
    ("POST /security/recovery/cancel", With::Form(""), [303; 4]),
    ("GET /stop", With::Nothing, OPEN),
    ("POST /stop", With::Form("code=AAAA-BBBB-CCCC"), [422; 4]),
    ("POST /stop/press", With::Form("code=AAAA-BBBB-CCCC"), [422; 4]),
    ("GET /report", With::Nothing, OPEN),
    ("POST /report", With::Form("contact=a%40example.jp&text=x"), [201; 4]),
    ("GET /report/look", With::Nothing, OPEN),
    ("POST /report/look", With::Form("number=cas_x&code=AAAA-BBBB-CCCC"), [422; 4]),
    ("POST /report/again", With::Form("number=cas_x&code=AAAA-BBBB-CCCC"), [422; 4]),
    // Whatever the number is: what shows something is the code.
    ("GET /report/{case}", With::Nothing, OPEN),
    ("GET /compensation", With::Nothing, OPEN),
    ("GET /incident", With::Nothing, OPEN),
    ("GET /check", With::Nothing, OPEN),
    ("POST /check", With::Form("bank0=x"), OPEN),
    ("POST /check", With::Form("card0=card-no"), [422; 4]),
    ("GET /check/crimes", With::Nothing, OPEN),
    ("GET /check/crimes/{id}", With::Nothing, [404; 4]),
    ("GET /merchant", With::Nothing, OPEN),
    ("GET /merchant/{key}", With::Nothing, OPEN),
    ("GET /merchant/{key}/bill?amount=100", With::Nothing, OPEN),
    ("GET /api/v1/wallet", With::Nothing, [401, 200, 200, 401]),
    ("GET /api/v1/links", With::Nothing, [401, 200, 200, 401]),
    ("GET /api/v1/statement", With::Nothing, [401, 200, 200, 401]),
    ("GET /api/v1/topups/{topup}", With::Nothing, [401, 404, 200, 401]),
    ("GET /api/v1/payments/{payment}", With::Nothing, [401, 404, 200, 401]),
    (
        "POST /api/v1/topups",
        With::Json(r#"{"link_id":"{link}","amount":"100"}"#),
        [401, 404, 201, 401],
    ),
    (
        "POST /api/v1/payments",
        With::Json(r#"{"code":"{plain_code}","amount":"100"}"#),
        [401, 200, 201, 401],
    ),
    ("GET /openapi.json", With::Nothing, OPEN),
    ("GET /.well-known/jwks.json", With::Nothing, OPEN),
    ("GET /jwks/9901", With::Nothing, OPEN),
    ("GET /.well-known/ssf-configuration", With::Nothing, OPEN),
    ("POST /ssf/events", With::Raw("x"), [400; 4]),
    // No cookie opens what a bank's assertion opens.
    ("GET /ssf/stream", With::Nothing, [401; 4]),
    ("POST /ssf/stream", With::Json("{}"), [401; 4]),
    ("GET /ssf/status", With::Nothing, [401; 4]),
    ("POST /ssf/status", With::Json("{}"), [401; 4]),
    ("POST /ssf/subjects/add", With::Json("{}"), [401; 4]),
    ("POST /ssf/subjects/remove", With::Json("{}"), [401; 4]),
    ("POST /ssf/verify", With::Json("{}"), [401; 4]),
    ("POST /ssf/poll", With::Json("{}"), [401; 4]),
    // No agreement lets anybody ask: there is no such address.
    ("POST /exchange", With::Json("{}"), [404; 4]),
    // No cookie opens what the secret of a request opens.
    ("POST /ciba/{bank}", With::Raw("x"), [401; 4]),
    ("GET /desk", With::Nothing, STAFF),
    ("GET /desk/sign-in", With::Nothing, OPEN),
    ("POST /desk/sign-in", With::Form(NO_CEREMONY), [409; 4]),
    ("GET /desk/activate", With::Nothing, OPEN),
    ("POST /desk/activate", With::Form("code=x"), [422; 4]),
    ("POST /desk/activate/passkey", With::Form(NO_CEREMONY), [409; 4]),
    ("GET /desk/closed", With::Nothing, STAFF),
    ("GET /desk/approvals", With::Nothing, STAFF),
    ("POST /desk/approvals/{approval}/approve", With::Form(""), STAFF),
    ("POST /desk/approvals/{approval}/decline", With::Form(""), STAFF),
    ("GET /desk/banks", With::Nothing, STAFF),
    ("GET /desk/books", With::Nothing, STAFF),
    ("POST /desk/books", With::Picture, STAFF),
    ("GET /desk/books/statement", With::Nothing, STAFF),
    ("GET /desk/books/journal", With::Nothing, STAFF),
    ("GET /desk/books/account", With::Nothing, STAFF),
    ("POST /desk/books/{case}/take", With::Form(""), STAFF),
    ("GET /desk/cases/{case}/authority", With::Nothing, STAFF),
    ("POST /desk/cases/{case}/owner", With::Form(""), STAFF),
    ("GET /desk/cases/{case}/wallets/{wallet}", With::Nothing, STAFF),
    ("POST /desk/cases/{case}/wallets/{wallet}/write", With::Form(""), STAFF),
    ("POST /desk/cases/{case}/held", With::Form("held={remittance}&act=back&reason=x"), STAFF),
    ("POST /desk/cases/{case}/recoup", With::Form("amount=1&reason=x"), STAFF),
    ("POST /desk/cases/{case}/pack", With::Form("reader=police&reason=x&form=json"), STAFF),
    ("GET /desk/cases", With::Nothing, STAFF),
    ("GET /desk/claims", With::Nothing, STAFF),
    ("POST /desk/cases/{case}/claim", With::Form("act=answered"), STAFF),
    ("GET /desk/compensation", With::Nothing, STAFF),
    ("POST /desk/compensation", With::Form("text=x&act=check"), STAFF),
    ("GET /desk/settings", With::Nothing, STAFF),
    ("POST /desk/settings", With::Form("coming=x&reason=r"), STAFF),
    ("GET /desk/partners", With::Nothing, STAFF),
    ("GET /desk/partners/{bank}", With::Nothing, STAFF),
    ("POST /desk/partners/{bank}/remove", With::Form("reason=x"), STAFF),
    ("GET /desk/partners/{bank}/{number}", With::Nothing, STAFF),
    ("POST /desk/partners/{bank}/{number}/sign", With::Form(NO_CEREMONY), STAFF),
    ("POST /desk/partners/{bank}/{number}/take", With::Form("reason=x"), STAFF),
    ("POST /desk/partners/{bank}/{number}/decline", With::Form(""), STAFF),
    ("GET /desk/propose", With::Nothing, STAFF),
    ("POST /desk/propose", With::Form("code=9902&reason=x"), STAFF),
    ("POST /desk/propose/file", With::Picture, STAFF),
    ("GET /desk/phone/report", With::Nothing, STAFF),
    ("POST /desk/phone/report", With::Form("contact=x&text=x"), STAFF),
    ("GET /desk/find", With::Nothing, STAFF),
    ("GET /desk/risk", With::Nothing, STAFF),
    ("GET /desk/risk/seen", With::Nothing, STAFF),
    ("GET /desk/risk/policy", With::Nothing, STAFF),
    ("GET /desk/risk/lists", With::Nothing, STAFF),
    ("GET /desk/risk/records", With::Nothing, STAFF),
    ("GET /desk/risk/records/{case}", With::Nothing, STAFF),
    ("POST /desk/risk/records/{case}/review", With::Form("found=x&act=back"), STAFF),
    ("POST /desk/risk/watch", With::Form("key=device|x&reason=x"), STAFF),
    ("POST /desk/risk/unwatch", With::Form("name=x&reason=x"), STAFF),
    ("GET /desk/signals/policy", With::Nothing, STAFF),
    ("POST /desk/incident/told", With::Form("halt=x&reason=x"), STAFF),
    ("POST /desk/signals/ease", With::Form("link=x&reason=x"), STAFF),
    ("POST /desk/signals/restore", With::Form("receiver=x&reason=x"), STAFF),
    ("POST /desk/risk/policy", With::Form("text=x&act=check"), STAFF),
    ("GET /desk/screening", With::Nothing, STAFF),
    ("POST /desk/screening", With::Picture, STAFF),
    ("POST /desk/screening/lists/{case}/{act}", With::Form(""), STAFF),
    ("GET /desk/risk/quality", With::Nothing, STAFF),
    ("GET /desk/risk/drift", With::Nothing, STAFF),
    ("GET /desk/retention", With::Nothing, STAFF),
    ("POST /desk/risk/quality/{case}", With::Form("found=fraud"), STAFF),
    ("GET /desk/leaks", With::Nothing, STAFF),
    ("POST /desk/leaks", With::Picture, STAFF),
    ("POST /desk/leaks/find", With::Form("number=x"), STAFF),
    ("POST /desk/leaks/lists/{case}/{act}", With::Form(""), STAFF),
    ("POST /desk/leaks/hits/{case}/{act}", With::Form(""), STAFF),
    ("GET /desk/lookback", With::Nothing, STAFF),
    ("POST /desk/lookback", With::Form("pattern=rule&rule=x&days=90&reason=x"), STAFF),
    ("GET /desk/lookback/{case}", With::Nothing, STAFF),
    ("POST /desk/lookback/{case}/{act}", With::Form(""), STAFF),
    ("GET /desk/exchange", With::Nothing, STAFF),
    ("POST /desk/exchange/{act}", With::Form("case=x&reason=x"), STAFF),
    ("POST /desk/exchange/{case}/{act}", With::Form(""), STAFF),
    ("GET /desk/suspicion", With::Nothing, STAFF),
    ("POST /desk/suspicion", With::Form("from="), STAFF),
    ("GET /desk/suspicion/{case}", With::Nothing, STAFF),
    ("POST /desk/suspicion/{case}", With::Form("why=x"), STAFF),
    ("POST /desk/suspicion/{case}/{act}", With::Form(""), STAFF),
    ("GET /desk/screening/hits/{case}", With::Nothing, STAFF),
    ("POST /desk/screening/hits/{case}/{act}", With::Form(""), STAFF),
    ("GET /desk/incident", With::Nothing, STAFF),
    ("POST /desk/incident/words", With::Form("ja=&en=&reason=x"), STAFF),
    ("POST /desk/incident/drill", With::Form("scope=everything&story=x"), STAFF),
    ("POST /desk/incident/drill/{case}", With::Form("act=ask"), STAFF),
    ("GET /desk/staff", With::Nothing, STAFF),
    ("POST /desk/staff/{case}/end", With::Form("reason=x"), STAFF),
    ("POST /desk/staff/{case}/officer", With::Form("reason=x&wish=give"), STAFF),
    ("GET /desk/switches", With::Nothing, STAFF),
    ("POST /desk/switches/stop", With::Form("kind=everything&id=&reason=x"), STAFF),
    ("POST /desk/switches/release", With::Form("kind=everything&id=&reason=x"), STAFF),
    ("GET /desk/monthly", With::Nothing, STAFF),
    ("GET /desk/monthly/json", With::Nothing, STAFF),
    ("GET /desk/reopen", With::Nothing, STAFF),
    ("POST /desk/reopen", With::Form("gate=everything&reason=x"), STAFF),
    ("GET /desk/cases/{case}", With::Nothing, STAFF),
    ("POST /desk/cases/{case}/note", With::Form("text=x"), STAFF),
    ("POST /desk/cases/{case}/close", With::Form("text=x"), STAFF),
    ("POST /desk/cases/{case}/contact", With::Form("contact=mail&act=strange&reason=x"), STAFF),
    ("POST /desk/cases/{case}/by-hand", With::Form("act=paid&reason=x"), STAFF),
    ("POST /desk/cases/{case}/freeze", With::Form(""), STAFF),
    ("POST /desk/cases/{case}/ask-bank", With::Form(""), STAFF),
    ("POST /desk/cases/{case}/unfreeze", With::Form("reason=x"), STAFF),
    ("POST /desk/cases/{case}/refund", With::Form("topup={topup}&amount=100&reason=x"), STAFF),
    // What ends things comes last.
    ("POST /send/{remittance}/cancel", With::Form(""), [303, 404, 303, 303]),
    ("POST /claim/{claim}", With::Form(""), [303, 404, 404, 303]),
    ("POST /links/{link}/end", With::Form(""), [303, 404, 303, 303]),
    ("POST /freeze", With::Form(""), [303; 4]),
    ("POST /api/v1/freeze", With::Json("{}"), [401, 201, 201, 401]),
];

/// The paths that the code gives to `.route(`, here and where both desks' pages are.
fn routes_in_code() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut all = sources(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    all.extend(sources(concat!(env!("CARGO_MANIFEST_DIR"), "/../desk-http/src")));
    for source in all {
        for part in source.split(".route(").skip(1) {
            let Some(path) = part.trim_start().strip_prefix('"') else { continue };
            found.insert(shape(path.split_once('"').unwrap().0));
        }
    }
    found
}

/// A path with every parameter as `*` and no query.
fn shape(path: &str) -> String {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let part = |part: &str| {
        let is_variable = part.starts_with('{') || part == "9901";
        if is_variable { "*".to_owned() } else { part.to_owned() }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn every_route_is_in_the_table() {
    let table: BTreeSet<String> =
        TABLE.iter().map(|(route, _, _)| shape(route.split_once(' ').unwrap().1)).collect();
    let code = routes_in_code();
    assert!(code.len() > 50, "the routes were not found in the sources");
    let missing: Vec<&String> = code.difference(&table).collect();
    let gone: Vec<&String> = table.difference(&code).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in the table: {missing:?}; gone: {gone:?}");
}

fn shop() -> MerchantSpec {
    let shop = ShopNumber {
        company: "9010001000001".into(),
        brand: "0001".into(),
        store: "000001".into(),
        counter: "000001".into(),
    };
    MerchantSpec {
        name: "Shop".into(),
        ascii_name: "SHOP".into(),
        city: "TOKYO".into(),
        category: "5814".into(),
        shop,
        page_key: "merchant-page-key".into(),
    }
}

/// A world in which the owner has one of everything; the names that the table uses for them.
async fn prepared(company: &Company) -> (Vec<(&'static str, String)>, [Browser; 4]) {
    let world = &company.world;
    let (mut hanako, link) = world.settled("hanako", 1).await;
    let ichiro = world.open("ichiro").await;
    world.later(86_400);
    let topup = world.top_up(&hanako, link, "topup", 20_000).await;
    let (ctx, wallet) = (world.ctx(), &world.wallet);
    let request = wallet.make_request(&ctx, hanako.id, None, "").await.unwrap();
    let foreign = wallet.make_request(&ctx, ichiro.id, None, "").await.unwrap();
    let case = wallet.report(&ctx, ("a@example.jp", "x"), None).await.unwrap().case_id;
    let hears_at = hears_at("https://updates.push.services.mozilla.com/wpush/v2/x");
    let screen = Screen { device_hash: "another", lang: "ja", hears_at: &hears_at };
    let device = wallet.turn_push_on(&ctx, hanako.id, screen).await.unwrap();
    let passkey = wallet.passkeys(hanako.id).await.unwrap()[0].authenticator_id;
    let mut names = vec![
        ("{link}", link.to_string()),
        ("{topup}", topup.topup_id.to_string()),
        ("{request}", request.request_id.to_string()),
        ("{foreign}", foreign.request_id.to_string()),
        ("{case}", case.to_string()),
        ("{passkey}", passkey.to_string()),
        ("{device}", device.to_string()),
        ("{approval}", ApprovalId::derive(&["none"]).to_string()),
        ("{ceremony}", CeremonyId::derive(&["none"]).to_string()),
    ];
    names.extend(Box::pin(moved(world, &mut hanako, link)).await);

    let ended = company.signed_in(hanako.id).await;
    company.site.sessions.end_all(&hanako.id.to_string()).await.unwrap();
    let mut nobody = Browser::default();
    company.get(&mut nobody, "/").await;
    let browsers =
        [nobody, company.signed_in(ichiro.id).await, company.signed_in(hanako.id).await, ended];
    (names, browsers)
}

/// The owner has sent by link, paid a shop and paid out.
async fn moved(world: &World, hanako: &mut Person, link: LinkId) -> Vec<(&'static str, String)> {
    let (ctx, wallet) = (world.ctx(), &world.wallet);
    let started = wallet.start_sending_by_link(&ctx, hanako.id, Yen::of(500), "").await;
    let (sending, options) = started.unwrap();
    let response = hanako.phone.get(&options.unwrap(), ORIGIN).unwrap();
    let remittance = RemittanceId::derive(&["r"]);
    let given = Given::Passkey(&response);
    wallet.send(&ctx, hanako.id, remittance, &sending, &given).await.unwrap();
    let claim = wallet.claim_code(hanako.id, remittance).await.unwrap().into_inner();

    let merchant = wallet.create_merchant(&ctx, &shop()).await.unwrap();
    let bill = wallet.read_code(&merchant.static_code).await.unwrap();
    let amount = Some(Yen::of(300));
    let (paying, _) =
        wallet.start_paying(&ctx, hanako.id, &bill, amount, (true, None)).await.unwrap();
    let payment = PaymentId::derive(&["p"]);
    wallet.pay(&ctx, hanako.id, payment, &paying, &Given::Nothing).await.unwrap();

    let started = wallet.start_paying_out(&ctx, hanako.id, link, Yen::of(200)).await;
    let (out, options) = started.unwrap();
    let response = hanako.phone.get(&options.unwrap(), ORIGIN).unwrap();
    let payout = PayoutId::derive(&["o"]);
    wallet.pay_out(&ctx, hanako.id, payout, &out, &Given::Passkey(&response)).await.unwrap();

    let code = url::form_urlencoded::byte_serialize(merchant.static_code.as_bytes()).collect();
    vec![
        ("{remittance}", remittance.to_string()),
        ("{claim}", claim),
        ("{key}", "merchant-page-key".to_owned()),
        ("{code}", code),
        ("{plain_code}", merchant.static_code),
        ("{payment}", payment.to_string()),
        ("{payout}", payout.to_string()),
    ]
}

async fn status(company: &Company, browser: &mut Browser, call: &str, with: With) -> (u16, String) {
    let (method, path) = call.split_once(' ').unwrap();
    let method: Method = method.parse().unwrap();
    // The desk has sessions of its own, and so tokens of its own.
    let source = if path.starts_with("/desk") { "/desk/sign-in" } else { "/stop" };
    let token = company.token_of(browser, source).await;
    let is_script = matches!(with, With::Json(_)) || path.starts_with("/api/");
    let accept = if is_script { "application/json" } else { "text/html" };
    let request = Request::builder().method(method).uri(path).header(header::ACCEPT, accept);
    let kind = |kind: &str| (header::CONTENT_TYPE, kind.to_owned());
    let (request, body) = match with {
        With::Nothing => (request, Body::empty()),
        With::Form(fields) => {
            let (name, value) = kind("application/x-www-form-urlencoded");
            let csrf = serde_urlencoded::to_string([("csrf", &token)]).unwrap();
            let body = if fields.is_empty() { csrf } else { format!("{csrf}&{fields}") };
            (request.header(name, value).header(header::ORIGIN, ORIGIN), Body::from(body))
        }
        With::Json(text) => {
            let (name, value) = kind("application/json");
            let request = request.header(name, value).header("x-csrf-token", &token);
            let request = request.header("idempotency-key", "a-key-of-this-test");
            (request.header(header::ORIGIN, ORIGIN), Body::from(text))
        }
        With::Picture => {
            let (name, value) = kind("multipart/form-data; boundary=b");
            let body = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n";
            let request = request.header(name, value).header("x-csrf-token", &token);
            (request.header(header::ORIGIN, ORIGIN), Body::from(body))
        }
        With::Raw(text) => {
            let (name, value) = kind("application/x-www-form-urlencoded");
            (request.header(name, value), Body::from(text))
        }
    };
    let reply = company.call(browser, request, body).await;
    (reply.status.as_u16(), reply.body)
}

#[tokio::test]
async fn every_route_lets_in_exactly_whom_it_should() {
    let company = Company::new().await;
    let (names, browsers) = Box::pin(prepared(&company)).await;
    let mut wrong = Vec::new();
    for (route, with, expected) in TABLE {
        let fill = |text: &str| {
            names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
        };
        let with = match *with {
            With::Form(fields) => With::Form(fill(fields).leak()),
            With::Json(text) => With::Json(fill(text).leak()),
            other => other,
        };
        let who = ["nobody", "other", "owner", "ended"];
        for ((browser, expected), who) in browsers.iter().zip(expected).zip(who) {
            let mut browser = browser.clone();
            let (got, body) = status(&company, &mut browser, &fill(route), with).await;
            if got != *expected {
                let body: String = body.chars().take(200).collect();
                wrong.push(format!("{route} as {who}: {got}, not {expected} ({body:?})"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
