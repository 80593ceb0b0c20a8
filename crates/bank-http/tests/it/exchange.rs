//! Asking each other by hashes about confirmed frauds (CL-01), at the bank: what a wallet may ask, what two
//! people at the desk let be answered, and what the bank itself asks.

use axum::body::Body;
use http::{Request, StatusCode, header};
use jiff::{Span, civil::Date};
use kanuki_bank::{mandate::Mandate, partner::Partner};
use kanuki_bank_http::workers::ask_lines;
use kanuki_desk::{
    case::{Case, CaseKind},
    exchange::{Exchanging as _, Kind, is_known},
};
use kanuki_domain::{
    agreement::{Exchange, today},
    id::HolderId,
};
use kanuki_record::Unit;
use kanuki_wire::exchange::{Asker, ExchangeKey, HASHES_MAX, Hashed, Month, Pair};
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    world::{API_HOST, CLIENT, Reply, World},
};

const PAGE: &str = "/desk/exchange";

/// The bank's rows of the wallet, its holder and the case that suspects them.
struct Scene {
    world: World,
    wallet: ExchangeKey,
    holder: HolderId,
    case: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let linked = world.linked(&mut Browser::new(3)).await;
        let book = &world.state.bank.book;
        let holder = book.load::<Mandate>(linked.mandate_id).await.unwrap().holder_id;
        let moment = world.state.site.world.moment("");
        let case = Case::open(&moment.ctx(), CaseKind::Rule, "debit", Some(holder.to_string()));
        let mut unit = Unit::new();
        unit.insert(&case);
        book.commit(unit).await.unwrap();
        let (wallet, case) =
            (ExchangeKey::derive("the wallet's").unwrap(), case.case_id.to_string());
        Self { world, wallet, holder, case }
    }

    fn today(&self) -> Date {
        today(self.world.now())
    }

    fn terms(&self) -> Exchange {
        Exchange {
            basis: "個人情報保護法27条1項2号".to_owned(),
            decided_by: "法務部長".to_owned(),
            decided_on: Some(self.today()),
            review_by: Some(self.today() + Span::new().days(10)),
            kinds: Kind::ALL.iter().copied().collect(),
            wallet_key: self.wallet.public().unwrap(),
            bank_key: self.world.state.bank.exchanges().public_key(CLIENT).unwrap(),
        }
    }

    async fn agree(&self, terms: Exchange) {
        let book = &self.world.state.bank.book;
        let mut partner = book.load::<Partner>(CLIENT).await.unwrap();
        partner.edit().agreement.exchange = terms;
        let mut unit = Unit::new();
        unit.update(&partner);
        book.commit(unit).await.unwrap();
    }

    fn hash(&self, asker: Asker, text: &str) -> Hashed {
        let terms = self.terms();
        let pair = Pair::new(&self.wallet, &terms.wallet_key, &terms.bank_key).unwrap();
        pair.of_month(asker, Month::of(self.world.now())).unwrap().hash(Kind::Phone, text)
    }

    async fn ask_as(&self, who: Option<&str>, path: &str, body: &Value) -> Reply {
        let mut request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::HOST, API_HOST)
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(who) = who {
            request = request.header(header::AUTHORIZATION, format!("Bearer {who}"));
        }
        self.world.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn ask(&self, body: &Value) -> Reply {
        let fresh = self.world.assertion().assertion;
        self.ask_as(Some(&fresh), "/exchange", body).await
    }

    fn question(&self, phones: &[&str]) -> Value {
        let hashes: Vec<Hashed> =
            phones.iter().map(|phone| self.hash(Asker::Wallet, phone)).collect();
        json!({ "month": Month::of(self.world.now()), "identifiers": hashes })
    }

    async fn phone(&self) -> String {
        let bank = &self.world.state.bank;
        let known = bank.identifiers(&self.holder.to_string()).await.unwrap();
        known.iter().find(|(kind, _)| *kind == Kind::Phone).unwrap().1.clone()
    }
}

fn verdicts(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()["verdicts"].clone()
}

#[tokio::test]
async fn two_people_confirm_and_only_then_a_wallet_is_told_until_one_doubts_it() {
    let scene = Scene::new().await;
    let world = &scene.world;
    scene.agree(scene.terms()).await;
    let question = scene.question(&[&scene.phone().await, "+819099990000"]);
    let (mut aoki, mut baba) = (Browser::new(11), Browser::new(12));
    aoki.enter_desk(world, "STAFFAOKI").await;
    baba.enter_desk(world, "STAFFBABA").await;
    let risk = aoki.get(world, "/desk/risk").await;
    assert!(risk.body.contains(&format!("href=\"{PAGE}\"")), "{}", risk.body);
    assert_eq!(verdicts(&scene.ask(&question).await), json!(["no_match", "no_match"]));

    let csrf = aoki.csrf(world, PAGE).await;
    let asked = [("csrf", csrf.as_str()), ("case", &scene.case), ("reason", "受け子だった")];
    let fraud = aoki.post(world, "/desk/exchange/confirm", &asked).await;
    assert_eq!(fraud.status, 404, "whom the rule saved: {}", fraud.body);
    assert!(aoki.get(world, PAGE).await.body.contains("まだだれもいません"));
    let page = aoki.get(world, PAGE).await;
    assert!(page.body.contains("/desk/exchange/did_it\""), "{}", page.body);
    assert!(!page.body.contains("/desk/exchange/confirm\""), "no case names anybody");
    assert_eq!(aoki.post(world, "/desk/exchange/did_it", &asked).await.status, 303);
    let page = aoki.get(world, PAGE).await;
    for shown in [
        "もう一人の確認待ち",
        "+81901111",
        "ご自身の申し出です",
        "27条1項2号",
        "案件の本人が自分でした",
    ] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    let at = |act: &str| format!("{PAGE}/{}/{act}", scene.case);
    let alone = aoki.post(world, &at("agree"), &[("csrf", csrf.as_str())]).await;
    assert_eq!(alone.status, 409, "{}", alone.body);
    let forged = baba.post(world, &at("agree"), &[("csrf", csrf.as_str())]).await;
    assert_eq!(forged.status, 403, "the token of another's page");
    assert_eq!(verdicts(&scene.ask(&question).await), json!(["no_match", "no_match"]));

    let second = baba.csrf(world, PAGE).await;
    let agreed = baba.post(world, &at("agree"), &[("csrf", second.as_str())]).await;
    assert_eq!((agreed.status, agreed.header("location")), (303, PAGE), "{}", agreed.body);
    assert_eq!(verdicts(&scene.ask(&question).await), json!(["match", "no_match"]));
    let page = baba.get(world, PAGE).await;
    assert!(page.body.contains("8（一致1）") || page.body.contains("6（一致1）"), "{}", page.body);
    assert!(!page.body.contains("+81901111"), "what is confirmed is not shown: {}", page.body);
    let case = baba.get(world, &format!("/desk/cases/{}", scene.case)).await;
    assert!(case.body.contains("二人が本人の不正と確定し"), "{}", case.body);

    let doubt = [("csrf", csrf.as_str()), ("reason", "弟だった")];
    assert_eq!(aoki.post(world, &at("doubt"), &doubt).await.status, 303);
    assert_eq!(verdicts(&scene.ask(&question).await), json!(["no_match", "no_match"]));
    let removed = baba.post(world, &at("remove"), &[("csrf", second.as_str())]).await;
    assert_eq!(removed.status, 303, "{}", removed.body);
    let page = baba.get(world, PAGE).await;
    assert!(page.body.contains("まだだれもいません"), "{}", page.body);
}

#[tokio::test]
async fn without_an_agreement_in_force_there_is_no_such_address() {
    let scene = Scene::new().await;
    let question = scene.question(&["+819099990000"]);
    let past = Exchange {
        decided_on: Some(scene.today() - Span::new().days(30)),
        review_by: Some(scene.today() - Span::new().days(1)),
        ..scene.terms()
    };
    for terms in [Exchange::default(), past] {
        scene.agree(terms).await;
        let fresh = scene.world.assertion().assertion;
        let nowhere = scene.ask_as(Some(&fresh), "/no-such-address", &question).await;
        let closed = scene.ask(&question).await;
        let stranger = scene.ask_as(None, "/exchange", &question).await;
        assert_eq!((closed.status, &closed.body), (404, &nowhere.body));
        assert_eq!((stranger.status, &stranger.body), (404, &nowhere.body));
    }
}

#[tokio::test]
async fn who_asks_proves_it_anew_each_time_and_asks_little() {
    let scene = Scene::new().await;
    scene.agree(scene.terms()).await;
    let question = scene.question(&["+819099990000"]);
    let used = scene.world.assertion().assertion;
    assert_eq!(scene.ask_as(Some(&used), "/exchange", &question).await.status, 200);
    for who in [Some(used.as_str()), Some("a.b.c"), None] {
        let refused = scene.ask_as(who, "/exchange", &question).await;
        assert_eq!(refused.status, 401, "{who:?}: {}", refused.body);
    }
    let many: Vec<String> = (0..=HASHES_MAX).map(|n| format!("+81909999{n:04}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(scene.ask(&scene.question(&many)).await.status, 400);
    let large = json!({ "month": "2026-11", "identifiers": [], "more": "x".repeat(5_000) });
    assert_eq!(scene.ask(&large).await.status, 413);
    for body in [json!({}), json!({ "month": "2026-11" }), json!([])] {
        assert_eq!(scene.ask(&body).await.status, 400, "{body}");
    }
    let mut old = question;
    old["month"] = json!("2026-09");
    assert_eq!(scene.ask(&old).await.status, 400);
}

#[tokio::test]
async fn the_bank_asks_a_wallet_under_a_case_and_silence_changes_nothing() {
    let scene = Scene::new().await;
    let world = &scene.world;
    scene.agree(scene.terms()).await;
    let mut aoki = Browser::new(11);
    aoki.enter_desk(world, "STAFFAOKI").await;
    let csrf = aoki.csrf(world, PAGE).await;
    let asked = [("csrf", csrf.as_str()), ("case", &scene.case), ("reason", "確かめたい")];
    assert_eq!(aoki.post(world, "/desk/exchange/ask", &asked).await.status, 303);
    let sent = || {
        let all = world.wire.sent.lock().unwrap();
        let ours = all.iter().filter(|request| request.uri().path() == "/exchange");
        ours.map(|one| serde_json::from_slice(one.body()).unwrap()).collect::<Vec<Value>>()
    };
    let known = async || {
        let holder = scene.holder.to_string();
        is_known(&world.state.bank.book, world.now(), &holder).await.unwrap()
    };

    *world.wire.status.lock().unwrap() = StatusCode::SERVICE_UNAVAILABLE;
    ask_lines(&world.state).await;
    assert_eq!((sent().len(), known().await), (1, false));
    ask_lines(&world.state).await;
    assert_eq!(sent().len(), 1, "not at once again");

    let question = sent().remove(0);
    let hashes: Vec<Hashed> = serde_json::from_value(question["identifiers"].clone()).unwrap();
    assert!(hashes.contains(&scene.hash(Asker::Bank, &scene.phone().await)), "{question}");
    let says: Vec<&str> = hashes
        .iter()
        .map(|one| if one.kind == Kind::Phone { "match" } else { "no_match" })
        .collect();
    *world.wire.says.lock().unwrap() = json!({ "verdicts": says }).to_string().into();
    *world.wire.status.lock().unwrap() = StatusCode::OK;
    world.wait(3_601);
    ask_lines(&world.state).await;
    assert_eq!((sent().len(), known().await), (2, true));
    // The first desk's session is over by now.
    let mut baba = Browser::new(12);
    baba.enter_desk(world, "STAFFBABA").await;
    let case = baba.get(world, &format!("/desk/cases/{}", scene.case)).await;
    let line = "連携先で確定した不正と一致しました： 閂ウォレット (電話番号)";
    assert!(case.body.contains(line), "{}", case.body);
}

#[tokio::test]
async fn a_case_of_somebody_who_was_robbed_confirms_and_asks_nothing() {
    let scene = Scene::new().await;
    let world = &scene.world;
    scene.agree(scene.terms()).await;
    let moment = world.state.site.world.moment("");
    let holder = scene.holder.to_string();
    let hurt = Case::open(&moment.ctx(), CaseKind::NotMe, "mandate", Some(holder));
    let mut unit = Unit::new();
    unit.insert(&hurt);
    world.state.bank.book.commit(unit).await.unwrap();
    let mut aoki = Browser::new(11);
    aoki.enter_desk(world, "STAFFAOKI").await;
    let csrf = aoki.csrf(world, PAGE).await;
    let case = hurt.case_id.to_string();
    for act in ["did_it", "ask"] {
        let asked = [("csrf", csrf.as_str()), ("case", &case), ("reason", "なぜ")];
        let refused = aoki.post(world, &format!("{PAGE}/{act}"), &asked).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert!(refused.body.contains("この案件には、疑われている人がいない"), "{}", refused.body);
    }
}
