//! What everybody can read while something is stopped, what staff say about it, and drills.

use kanuki_bank::desk::Scope;
use kanuki_domain::id::{HolderId, StaffId};

use kanuki_wire::{
    keys::{Jwks, Signer as _},
    set::{
        self, Event, SecurityEvent, ServiceReach, ServiceScope, ServiceStatus, ServiceWord,
        StopReason,
    },
};

use crate::{
    api::post_event,
    browser::{Browser, between},
    world::{ISSUER, Reply, WALLET_ISSUER, WALLET_SET_KEY, World},
};

const WORDS: [(&str, &str); 3] = [
    ("ja", "身に覚えのない引き落としを調べています。\n次は15時にお知らせします。"),
    ("en", "We are looking into debits. <b>More</b> at 3 p.m."),
    ("reason", "電話が続いている"),
];

async fn staff(world: &World) -> (Browser, Browser) {
    let (mut aoki, mut baba) = (Browser::new(11), Browser::new(12));
    aoki.enter_desk(world, "STAFFAOKI").await;
    baba.enter_desk(world, "STAFFBABA").await;
    (aoki, baba)
}

/// A form sent whether or not a page offers it.
async fn send(world: &World, who: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Reply {
    let csrf = who.csrf(world, "/desk/incident").await;
    let mut fields = fields.to_vec();
    fields.push(("csrf", &csrf));
    who.post(world, path, &fields).await
}

async fn close(world: &World, scope: &Scope) {
    let moment = world.state.site.world.moment("");
    let by = StaffId::derive(&["aoki"]);
    world.state.bank.close_gate(&moment.ctx(), by, scope, "内部の理由").await.unwrap();
}

/// What the wallet is told of stops as a whole.
async fn told_of_halts(world: &World) -> Vec<ServiceStatus> {
    let (bank, moment) = (&world.state.bank, world.state.site.world.moment(""));
    let partner = bank.partner("kanuki-wallet").await.unwrap();
    let keys = Jwks::of([bank.set_key.public_jwk()]);
    let due = bank.due_events(&moment.ctx(), &partner).await.unwrap().into_iter();
    let told = due.map(|push| {
        set::verify(&push.token, ISSUER, WALLET_ISSUER, &keys, moment.ctx().now).unwrap().event
    });
    let status = |event| match event {
        Event::ServiceStatusChanged(halt) => Some(halt.status),
        _ => None,
    };
    told.filter_map(status).collect()
}

/// The number that the wallet says is for people here, who compare it with the agreement's.
#[tokio::test]
async fn what_a_wallet_stopped_is_public_and_at_the_desk_until_two_people_let_it_go_on() {
    let world = World::new().await;
    let (mut aoki, mut baba) = staff(&world).await;
    let halted = ServiceWord {
        status: ServiceStatus::Stopped,
        scope: ServiceScope::TopUps,
        reach: ServiceReach::Everybody,
        since: world.now(),
        reason: StopReason::SuspectedFraud,
        call: Some("03-9999-0000".to_owned()),
    };
    let tells = |event| {
        let (subject, issued_at) = ("the-stop".to_owned(), world.now());
        let told = SecurityEvent { jti: "j".to_owned(), txn: None, subject, issued_at, event };
        set::make(&WALLET_SET_KEY, WALLET_ISSUER, ISSUER, &told).unwrap()
    };
    let token = tells(Event::ServiceStatusChanged(halted));
    for _ in 0..2 {
        assert_eq!(post_event(&world, set::MEDIA_TYPE, token.clone()).await.status, 202);
    }
    let reused = tells(Event::SessionRevoked {});
    let reused = post_event(&world, set::MEDIA_TYPE, reused).await;
    assert_eq!((reused.status, &reused.json()["err"]), (400, &"invalid_request".into()));
    let metrics = world.state.site.metrics.text();
    assert!(metrics.contains("events_reused_total{} 1"), "{metrics}");

    let page = public(&world).await;
    assert!(page.contains("閂ウォレットが自ら止めているもの") && !page.contains("03-9999-0000"));
    let desk = aoki.get(&world, "/desk/incident").await.body;
    for words in ["ほかの会社が止めたもの", "不正の疑い", "03-9999-0000", "合意書の番号"]
    {
        assert!(desk.contains(words), "{words}");
    }
    let ending = [("halt", "kanuki-wallet|the-stop"), ("reason", "電話で確認")];
    let asked = send(&world, &mut aoki, "/desk/incident/told", &ending).await;
    assert_eq!(asked.header("location"), "/desk/approvals");
    let waiting = baba.get(&world, "/desk/approvals").await;
    assert!(waiting.body.contains("再び求める"), "who agrees reads what to");
    let id = between(&waiting.body, "action=\"/desk/approvals/", "\"").unwrap();
    let decide = format!("/desk/approvals/{id}");
    send(&world, &mut baba, &decide, &[("answer", "agree")]).await;
    assert!(public(&world).await.contains("いま止めているサービスはありません"));
}

async fn public(world: &World) -> String {
    let page = Browser::new(77).get(world, "/incident").await;
    assert_eq!(page.status, 200);
    page.body
}

#[tokio::test]
async fn everybody_reads_what_is_stopped_and_nobody_reads_whom_it_concerns_alone() {
    let world = World::new().await;
    assert!(public(&world).await.contains("いま止めているサービスはありません"));
    let holder = HolderId::derive(&["somebody"]);
    close(&world, &Scope::Person(holder.to_string())).await;
    close(&world, &Scope::Account("bac_x".to_owned())).await;
    assert!(
        public(&world).await.contains("いま止めているサービスはありません"),
        "a stop of one person is nobody else's business"
    );
    let home = Browser::new(78).get(&world, "/").await;
    assert!(!home.body.contains("いま、止めているサービスがあります"));

    close(&world, &Scope::Partner("kanuki-wallet".to_owned())).await;

    let page = public(&world).await;
    for words in ["閂ウォレットとの取引", "以前からの連携も", "口座への出金", "#9110"]
    {
        assert!(page.contains(words), "{words}");
    }
    for secret in ["内部の理由", "青木", "kanuki-wallet", "stf_", &holder.to_string()] {
        assert!(!page.contains(secret), "{secret}");
    }
    let mut reader = Browser::new(79);
    assert!(reader.get(&world, "/").await.body.contains("いま、止めているサービスがあります"));
    reader.get(&world, "/lang?to=en&back=/incident").await;
    let page = reader.get(&world, "/incident").await.body;
    assert!(
        page.contains("Everything with 閂ウォレット") && page.contains("older connections too")
    );
}

#[tokio::test]
async fn words_are_public_when_a_second_person_agreed_to_them() {
    let world = World::new().await;
    let (mut aoki, mut baba) = staff(&world).await;
    let path = "/desk/incident/words";
    for (n, wrong) in ["口座 1234567 の方へ", "https://example.jp/sign-in", ""].iter().enumerate()
    {
        let fields = [("ja", *wrong), ("en", *wrong), ("reason", "r")];
        let refused = send(&world, &mut aoki, path, &fields).await;
        assert_eq!(refused.status, 422, "{n}");
        assert!(refused.body.contains("aria-invalid"), "{n}: the form says what is wrong");
    }

    let asked = send(&world, &mut aoki, path, &WORDS).await;
    assert_eq!(asked.header("location"), "/desk/approvals");
    let twice = send(&world, &mut aoki, path, &WORDS).await;
    let waiting = baba.get(&world, "/desk/approvals").await;
    let id = between(&waiting.body, "action=\"/desk/approvals/", "\"").unwrap();
    let decide = format!("/desk/approvals/{id}");
    let alone = send(&world, &mut aoki, &decide, &[("answer", "agree")]).await;
    let before = public(&world).await;
    let agreed = send(&world, &mut baba, &decide, &[("answer", "agree")]).await;

    assert_eq!(twice.status, 409, "one text waits at a time");
    assert!(waiting.body.contains("次は15時"), "who agrees reads what they agree to");
    assert_ne!(alone.status, 303);
    assert!(!before.contains("次は15時"));
    assert_eq!(agreed.status, 303, "{}", agreed.body);
    assert!(public(&world).await.contains("次は15時"));
    let mut reader = Browser::new(79);
    reader.get(&world, "/lang?to=en&back=/incident").await;
    let page = reader.get(&world, "/incident").await.body;
    assert!(page.contains("&lt;b&gt;More&lt;/b&gt;"), "what staff typed is text");

    // Taking it down takes two as well.
    let page = aoki.get(&world, "/desk/incident").await;
    assert!(page.body.contains("お知らせが出たままです"), "nothing is stopped, and words stand");
    let down = [("ja", ""), ("en", ""), ("reason", "再開した")];
    send(&world, &mut aoki, path, &down).await;
    assert!(public(&world).await.contains("次は15時"));
    let waiting = baba.get(&world, "/desk/approvals").await;
    let id = between(&waiting.body, "action=\"/desk/approvals/", "\"").unwrap();
    let decide = format!("/desk/approvals/{id}");
    send(&world, &mut baba, &decide, &[("answer", "agree")]).await;
    assert!(!public(&world).await.contains("次は15時"));
}

#[tokio::test]
async fn a_drill_measures_and_moves_no_gate() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let (mut aoki, mut baba) = staff(&world).await;
    let task = [("scope", "partner|kanuki-wallet"), ("story", "昨夜から電話が続いている")];
    let nowhere = [("scope", "mandate|man_x"), ("story", "s")];
    let unknown = send(&world, &mut aoki, "/desk/incident/drill", &nowhere).await;
    let started = send(&world, &mut aoki, "/desk/incident/drill", &task).await;
    assert_eq!((unknown.status, started.status), (404, 303), "{}", started.body);

    let seen = baba.get(&world, "/desk/incident").await;
    let id = between(&seen.body, "action=\"/desk/incident/drill/", "\"").unwrap();
    let path = format!("/desk/incident/drill/{id}");
    assert!(seen.body.contains("これは訓練です") && seen.body.contains("昨夜から電話が続いている"));
    assert!(baba.get(&world, "/desk/gates").await.body.contains("訓練では押さないでください"));
    let own = [("act", "press"), ("scope", "partner|kanuki-wallet")];
    assert_eq!(send(&world, &mut aoki, &path, &own).await.status, 409, "they know the answer");
    world.wait(40);
    let wrong = [("act", "press"), ("scope", "everything")];
    let missed = send(&world, &mut baba, &path, &wrong).await;
    world.wait(55);
    let right = send(&world, &mut baba, &path, &own).await;

    assert_eq!(missed.header("location"), "/desk/incident?missed=1");
    assert_eq!(right.header("location"), "/desk/incident");
    let seen = baba.get(&world, "/desk/incident").await;
    assert!(seen.body.contains("1:35"), "ninety-five seconds");
    assert!(seen.body.contains("公表はされていません"));
    assert!(public(&world).await.contains("いま止めているサービスはありません"));
    assert_eq!(world.debit(&linked, 1, 1_000).await.status, 201, "nothing is stopped");
    assert_eq!(told_of_halts(&world).await, [ServiceStatus::Drill], "as a drill");

    send(&world, &mut baba, &path, &[("act", "ask")]).await;
    assert_eq!(send(&world, &mut baba, &path, &[("act", "agree")]).await.status, 409);
    assert_eq!(send(&world, &mut aoki, &path, &[("act", "agree")]).await.status, 303);
    let told = told_of_halts(&world).await;
    assert!(told.len() == 2 && told.contains(&ServiceStatus::DrillOver), "{told:?}");
    let over = aoki.get(&world, "/desk/incident").await;
    assert!(over.body.contains("これまでの訓練") && over.body.contains("1:35"));
    assert!(!over.body.contains("これは訓練です"));
    let log = world.state.bank.book.records().audit_log(0, 10_000).await.unwrap();
    assert!(log.iter().all(|entry| !entry.body.contains("gate.closed")), "no gate was touched");
    assert!(log.iter().any(|entry| entry.body.contains("drill.stopped")));
}
