use kanuki_desk::{
    case::Case,
    policy::{Standing, Version},
};
use kanuki_domain::{agreement, id::StaffId};
use kanuki_record::Unit;
use kanuki_risk::{Key, Kind, Policy};

use crate::{
    browser::{Browser, between},
    wallet::Linked,
    world::World,
};

/// A stopped mandate with a case, and two members of staff.
async fn stopped(world: &World) -> (Linked, String, Browser, Browser) {
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let letter = world.letter("引き落とせるようになりました").await;
    let code = between(&letter.body, "停止コード：", "\n").unwrap();
    let page = browser.get(world, "/stop").await;
    let preview = browser.submit(world, &page, "/stop", &[("code", code)]).await;
    let done = browser.submit(world, &preview, "/stop/confirm", &[]).await;
    let case = format!("cas_{}", between(&done.body, "<code>cas_", "<").unwrap());
    let (mut aoki, mut baba) = (Browser::new(11), Browser::new(12));
    aoki.enter_desk(world, "STAFFAOKI").await;
    baba.enter_desk(world, "STAFFBABA").await;
    (linked, case, aoki, baba)
}

#[tokio::test]
async fn releasing_takes_two_people() {
    let world = World::new().await;
    let (linked, case, mut aoki, mut baba) = stopped(&world).await;
    let cases = aoki.get(&world, "/desk").await;
    let page = aoki.get(&world, &format!("/desk/cases/{case}")).await;

    let release = format!("/desk/cases/{case}/release");
    let asked = aoki.submit(&world, &page, &release, &[("reason", "本人と窓口で確認")]).await;
    let waiting = aoki.follow(&world, &asked).await;
    let approve = between(&waiting.body, "action=\"/desk/approvals/", "\"").unwrap();
    let approve = format!("/desk/approvals/{approve}");
    let alone = aoki.submit(&world, &waiting, &approve, &[("answer", "agree")]).await;
    let still = world.debit(&linked, 1, 1_000).await;
    let waiting = baba.get(&world, "/desk/approvals").await;
    let agreed = baba.submit(&world, &waiting, &approve, &[("answer", "agree")]).await;
    let after = world.debit(&linked, 2, 1_000).await;

    assert!(cases.body.contains(&case));
    assert!(page.body.contains("***0001"));
    assert_eq!(alone.status, 409, "whoever asked cannot agree");
    assert_ne!(still.json()["result"]["outcome"], "booked");
    assert_eq!(agreed.status, 303, "{}", agreed.body);
    assert_eq!(after.status, 201, "{}", after.body);
}

/// A desk that was left open is not a second person.
#[tokio::test]
async fn whoever_agrees_has_used_their_passkey_a_moment_ago() {
    let world = World::new().await;
    let (linked, case, mut aoki, mut baba) = stopped(&world).await;
    let page = aoki.get(&world, &format!("/desk/cases/{case}")).await;
    let release = format!("/desk/cases/{case}/release");
    let asked = aoki.submit(&world, &page, &release, &[("reason", "本人と窓口で確認")]).await;
    let waiting = baba.follow(&world, &asked).await;
    let approve = between(&waiting.body, "action=\"/desk/approvals/", "\"").unwrap();
    let approve = format!("/desk/approvals/{approve}");
    world.wait(901);

    let stale = baba.submit(&world, &waiting, &approve, &[("answer", "agree")]).await;
    let still = world.debit(&linked, 1, 1_000).await;
    let page = baba.follow(&world, &stale).await;
    let back = baba.touch(&world, &page, "/desk/sign-in").await;
    let waiting = baba.follow(&world, &back).await;
    let agreed = baba.submit(&world, &waiting, &approve, &[("answer", "agree")]).await;

    assert_eq!(stale.header("location"), "/desk/sign-in?back=/desk/approvals", "{}", stale.body);
    assert_ne!(still.json()["result"]["outcome"], "booked");
    assert_eq!(agreed.header("location"), "/desk/approvals", "{}", agreed.body);
    assert!(!baba.get(&world, "/desk/approvals").await.body.contains(&approve));
}

/// A record of risks as it is typed, good for a month.
fn whole_record(world: &World) -> Vec<(&'static str, String)> {
    let today = agreement::today(world.state.site.world.moment("").ctx().now);
    vec![
        ("finding-0", "手口が残っていて、また引き落とされる".to_owned()),
        ("measure-0", "一日の上限は残す".to_owned()),
        ("says-kanuki-wallet", "原因を塞いだ".to_owned()),
        ("name-kanuki-wallet", "斎藤 部長".to_owned()),
        ("on-kanuki-wallet", today.to_string()),
        ("review_by", today.saturating_add(jiff::Span::new().days(30)).to_string()),
    ]
}

#[tokio::test]
async fn a_kill_switch_covers_old_links_and_new_ones() {
    let world = World::new().await;
    let mut holder = Browser::new(1);
    let linked = world.linked(&mut holder).await;
    let (mut aoki, mut baba) = (Browser::new(11), Browser::new(12));
    aoki.enter_desk(&world, "STAFFAOKI").await;
    baba.enter_desk(&world, "STAFFBABA").await;
    let scope = ("scope", "partner|kanuki-wallet");

    let csrf = aoki.csrf(&world, "/desk/gates").await;
    let fields = [scope, ("reason", "調査中"), ("csrf", &csrf)];
    let closed = aoki.post(&world, "/desk/gates/close", &fields).await;
    let old = world.debit(&linked, 1, 1_000).await;
    let proof = world.proof("POST", "/par", None);
    let form = world.par_form(crate::wallet::facts());
    let new = world.post_form("/par", &form, Some(&proof)).await;
    let sent_on = aoki.post(&world, "/desk/gates/open", &fields).await;
    let page = aoki.follow(&world, &sent_on).await;
    let bare = [("gate", scope.1), ("reason", "塞いだ")];
    let refused = aoki.submit(&world, &page, "/desk/reopen", &bare).await;
    let record = whole_record(&world);
    let whole: Vec<(&str, &str)> =
        bare.into_iter().chain(record.iter().map(|(name, text)| (*name, text.as_str()))).collect();
    let asked = aoki.submit(&world, &refused, "/desk/reopen", &whole).await;
    let waiting = baba.follow(&world, &asked).await;
    let read = between(&waiting.body, "href=\"/desk/risk/records/", "\"").unwrap();
    let read = baba.get(&world, &format!("/desk/risk/records/{read}")).await;
    let approve = between(&waiting.body, "action=\"/desk/approvals/", "\"").unwrap();
    let approve = format!("/desk/approvals/{approve}");
    baba.submit(&world, &waiting, &approve, &[("answer", "agree")]).await;
    let after = world.debit(&linked, 2, 1_000).await;

    assert_eq!(refused.status, 422);
    for part in ["FT-01", "FT-05", "FT-13", "塞いだ"] {
        assert!(refused.body.contains(part), "{part}: {}", refused.body);
    }
    assert!(read.body.contains("スイッチ「閂ウォレット」の再開"), "{}", read.body);
    assert!(read.body.contains("斎藤 部長"), "{}", read.body);
    assert_eq!(closed.status, 303, "{}", closed.body);
    assert_eq!(old.json()["result"]["reason"], "stopped");
    assert_eq!(new.status, 503);
    assert_eq!(after.status, 201, "{}", after.body);
}

#[tokio::test]
async fn a_case_is_noted_and_closed() {
    let world = World::new().await;
    let (_, case, mut aoki, mut baba) = stopped(&world).await;
    let path = format!("/desk/cases/{case}");
    let note = format!("{path}/note");
    let page = aoki.get(&world, &path).await;

    let empty = aoki.submit(&world, &page, &note, &[("text", " "), ("act", "note")]).await;
    let alone = [("text", "ウォレットの会社に聞いて"), ("act", "close")];
    let alone = aoki.submit(&world, &page, &note, &alone).await;
    aoki.submit(&world, &page, &note, &[("text", "電話で確認"), ("act", "note")]).await;
    let shown = aoki.get(&world, &path).await;
    let end = [("act", "end"), ("outcome", "nothing_lost"), ("reason", "お知らせ済み")];
    let claim = format!("{path}/claim");
    aoki.submit(&world, &shown, &claim, &end).await;
    let open = aoki.get(&world, "/desk?state=closed").await;
    let page = baba.get(&world, &path).await;
    baba.submit(&world, &page, &claim, &end).await;
    let closed = aoki.get(&world, "/desk?state=closed").await;

    assert_eq!((empty.status, alone.status), (422, 409), "a stop ends with what came of it");
    assert!(shown.body.contains("電話で確認") && shown.body.contains("青木"));
    assert!(!open.body.contains(&case) && closed.body.contains(&case), "by two people");
}

#[tokio::test]
async fn an_activation_code_works_once_and_holders_are_not_staff() {
    let world = World::new().await;
    let (mut aoki, mut thief, mut holder) = (Browser::new(11), Browser::new(2), Browser::new(1));
    aoki.enter_desk(&world, "STAFFAOKI").await;
    holder.enter_portal(&world, "9000001").await;

    let page = thief.get(&world, "/desk/activate").await;
    let twice = thief.submit(&world, &page, "/desk/activate", &[("code", "STAFFAOKI")]).await;
    let page = holder.get(&world, "/desk/sign-in").await;
    let in_as_holder = holder.touch(&world, &page, "/desk/sign-in").await;

    assert_eq!(twice.status, 422);
    assert_eq!(in_as_holder.header("location"), "/desk/sign-in?again=1");
}

#[tokio::test]
async fn the_evidence_of_a_mandate_shows_what_the_holder_saw_and_that_it_holds() {
    let world = World::new().await;
    let (linked, case, mut aoki, _) = stopped(&world).await;

    let page = aoki.get(&world, &format!("/desk/cases/{case}")).await;
    let path = format!("/desk/cases/{case}/evidence?mandate={}", linked.mandate_id);
    let evidence = aoki.get(&world, &path).await;

    assert!(page.body.contains(&path), "{}", page.body);
    assert!(page.body.contains("（氏名と生年月日）"), "by which way: {}", page.body);
    assert_eq!(evidence.status, 200);
    for told in ["証拠は正しいことを確認しました", "閂ウォレット", "***0001", "¥50,000"]
    {
        assert!(evidence.body.contains(told), "{told}: {}", evidence.body);
    }
}

/// What nobody knows is not there; what a rule or a list names is, though nothing was decided about it.
#[tokio::test]
async fn what_the_rules_saw_of_a_name_that_nobody_knows_is_not_found() {
    let world = World::new().await;
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;
    let device = "key=device%7Cdevice-of-a-thief";
    for (query, status) in [
        ("", 200),
        ("rule=walk-device", 200),
        ("rule=no-such-rule", 404),
        ("key=nothing", 404),
        ("key=planet%7Cmars", 404),
        (device, 404),
    ] {
        let page = aoki.get(&world, &format!("/desk/risk/seen?{query}")).await;
        assert_eq!(page.status, status, "{query}");
    }
    let csrf = aoki.csrf(&world, "/desk/risk/policy").await;
    let watched =
        [("csrf", csrf.as_str()), ("key", "device|device-of-a-thief"), ("reason", "盗難")];
    let done = aoki.post(&world, "/desk/risk/watch", &watched).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let page = aoki.get(&world, &format!("/desk/risk/seen?{device}")).await;
    assert_eq!(page.status, 200, "whoever is watched can be looked at");
}

/// The police name branch and number, an address or a network as they are written everywhere; what can match
/// nothing is not taken, and the page says how it is written.
#[tokio::test]
async fn a_list_takes_what_police_name_and_nothing_that_can_match_nobody() {
    let world = World::new().await;
    let bank = &world.state.bank;
    let text = "policy \"bank\" version \"tried\"\nbaseline approve\n\
        list watched_accounts: account\nlist watched_addresses: address\nlist watched_blocks: block\n\
        list watched_devices: device\nlist watched_wallets: wallet\n\
        rule a on link_requested when account in watched_accounts then decline as watched\n\
        rule b on link_requested when address in watched_addresses then decline as watched\n\
        rule c on link_requested when block in watched_blocks then decline as watched\n\
        rule d on link_requested when device in watched_devices then decline as watched\n\
        rule e on link_requested when wallet in watched_wallets then decline as watched\n";
    let parsed = Policy::parse(text).unwrap_or_else(|wrong| panic!("{}", wrong.render("t", text)));
    bank.risk.reload(parsed);
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;
    let page = aoki.get(&world, "/desk/risk/lists").await;
    for how in ["001-1234567", "203.0.113.9", "192.0.2.0/24"] {
        assert!(page.body.contains(how), "{how}: {}", page.body);
    }
    let csrf = aoki.csrf(&world, "/desk/risk/lists").await;
    let watch = async |browser: &mut Browser, subject: &str, value: &str| {
        let fields =
            [("csrf", &*csrf), ("subject", subject), ("value", value), ("reason", "警察から")];
        browser.post(&world, "/desk/risk/watch", &fields).await
    };
    for (subject, value, how) in [
        ("account", "9100045", "支店番号3桁と口座番号7桁"),
        ("account", "0001-101-9100045", "支店番号3桁と口座番号7桁"),
        ("account", "bac_00000000000000000000000000", "支店番号3桁と口座番号7桁"),
        ("address", "203.0.113.999", "IPアドレス"),
        ("block", "203.0.0.0/16", "192.0.2.0/24"),
        ("device", "x", "そのまま写して"),
        ("wallet", "zzz", "番号を | でつないだもの"),
        ("wallet", "kanuki-wallet|z z", "番号を | でつないだもの"),
    ] {
        let refused = watch(&mut aoki, subject, value).await;
        assert_eq!(refused.status, 422, "{subject} {value}: {}", refused.body);
        for said in ["リストに載せていません", how, "警察から"] {
            assert!(refused.body.contains(said), "{subject} {value}: {said}: {}", refused.body);
        }
    }
    for (subject, value) in [
        ("account", "101-9100045"),
        ("account", "９９０１－１０１－９１０００４６"),
        ("address", "203.0.113.9"),
        ("block", "203.0.113.9"),
        ("device", "device-of-a-thief"),
        ("wallet", "kanuki-wallet|zzz"),
    ] {
        let done = watch(&mut aoki, subject, value).await;
        assert_eq!(done.status, 303, "{subject} {value}: {}", done.body);
    }
    let account = |number: &str| {
        let account = kanuki_domain::bank_account::AccountNumber::parse("101", number).unwrap();
        Key::Account(bank.account_id(&account).to_string())
    };
    let address = kanuki_desk::named::address(&bank.vault, "203.0.113.9");
    for key in [
        account("9100045"),
        account("9100046"),
        Key::Address(address),
        Key::Block("203.0.113.0/24".to_owned()),
    ] {
        let signal = kanuki_risk::Signal::new(Kind::LinkRequested, world.now(), vec![key.clone()]);
        assert!(bank.risk.is_watched(&signal), "{key:?}");
    }
}

/// Whom a rule held for is stopped from its case, which says so; who sees to it is said, too.
#[tokio::test]
async fn a_rules_case_is_taken_and_leads_to_the_switches_of_whom_it_is_about() {
    let world = World::new().await;
    let text = "policy \"bank\" version \"tried\"\nbaseline approve\n\
        rule agreed on consented when distinct partner of consented per account within 1h > 0\n\
        then approve as burst tell desk\n";
    world.state.bank.risk.reload(Policy::parse(text).unwrap());
    world.linked(&mut Browser::new(1)).await;
    let case = world.state.bank.book.find_by::<Case>("about", "rule|agreed").await.unwrap();
    let case = case.unwrap().case_id.to_string();
    let (mut aoki, path) = (Browser::new(11), format!("/desk/cases/{case}"));
    aoki.enter_desk(&world, "STAFFAOKI").await;

    let page = aoki.get(&world, &path).await;
    assert!(page.body.contains("まだだれも担当していません"), "{}", page.body);
    let taken = aoki.submit(&world, &page, &format!("{path}/owner"), &[]).await;
    let page = aoki.follow(&world, &taken).await;
    assert!(page.body.contains("あなたが担当しています"), "{}", page.body);
    let account = between(&page.body, "href=\"/desk/gates?kind=account&amp;id=", "&amp;").unwrap();
    assert!(page.body.contains("href=\"/desk/gates?kind=person&amp;id="), "{}", page.body);
    let gate = format!("/desk/gates?kind=account&id={account}&case={case}");
    let gate = aoki.get(&world, &gate).await;
    let stop = [("reason", "身に覚えのない引き落とし")];
    let closed = aoki.submit(&world, &gate, "/desk/gates/close", &stop).await;
    let stopped = aoki.follow(&world, &closed).await;
    assert!(stopped.body.contains(&path), "the way back: {}", stopped.body);
    let page = aoki.get(&world, &path).await;
    let note = format!("この案件のために止めました： {account}");
    assert!(page.body.contains(&note), "{note}: {}", page.body);
}

/// Rules that two people put in force before something was looked for go on, and whoever may write others is
/// told what would be refused.
#[tokio::test]
async fn rules_in_force_that_would_be_refused_today_are_loaded_and_shown_as_that() {
    let world = World::new().await;
    let bank = &world.state.bank;
    let rule = |name: &str, when: &str| {
        format!("rule {name} on debit when known_elsewhere and {when} then decline as known\n")
    };
    let (new, old) = (rule("known-new", "new_device"), rule("known-old", "not new_device"));
    let text = format!("{}\n{new}{old}", Policy::bank_text());
    assert!(Policy::parse(&text).is_err(), "as a new one");
    let version = Policy::load_with(&text, &[]).unwrap().version().to_owned();
    let (by, at) = (StaffId::derive(&["x"]), world.state.site.world.now());
    let live = Version {
        version: version.clone(),
        text,
        proposed_by: by,
        proposed_at: at,
        reason: "以前の検査で".to_owned(),
        standing: Standing::Live { by, at },
    };
    let mut unit = Unit::new();
    unit.insert(&live);
    bank.book.commit(unit).await.unwrap();

    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;
    let before = aoki.get(&world, "/desk/risk/policy").await;
    assert!(!before.body.contains("今の検査では通りません"), "{}", before.body);
    assert!(bank.refresh_policy().await.unwrap());
    assert_eq!(bank.risk.policy().version(), version);

    let page = aoki.get(&world, "/desk/risk/policy").await;
    assert_eq!(page.status, 200, "{}", page.body);
    for shown in ["今の検査では通りません", "連携先での一致だけで決まってしまいます", "known-old"]
    {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
}
