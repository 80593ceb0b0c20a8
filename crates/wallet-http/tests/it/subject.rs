//! An analyst works a rule's case on its page: takes it, sees whom it is about, stops, gives back, lets go in
//! twos, writes, and puts whom the police named on a list.

use http::StatusCode;
use kanuki_desk::{case::Case, staff::Staff};
use kanuki_domain::{
    Yen,
    id::{RemittanceId, WalletId},
};
use kanuki_risk::Policy;
use kanuki_wallet::{desk::Switch, proof::Given};

use crate::{
    company::{Browser, Company, Reply},
    world::{ORIGIN, Person},
};

const TEXT: &str = "policy \"wallet\" version \"tried\"\nbaseline approve\n\
    list watched_wallets: wallet\n\
    rule watched on remittance when wallet in watched_wallets then hold for 24h as watched\n\
    rule large on remittance when amount > ¥20,000 then hold for 24h as rapid-drain tell customer, desk\n";

async fn submit(
    company: &Company,
    browser: &mut Browser,
    path: &str,
    fields: &[(&str, &str)],
) -> Reply {
    let token = company.token_of(browser, "/desk/switches").await;
    company.post_with(browser, path, (&token, fields)).await
}

/// ¥30,000 that a rule holds; from whom, to whom, and the case.
async fn held(company: &Company) -> (Person, Person, RemittanceId, String) {
    let world = &company.world;
    let (hanako, link) = world.settled("hanako", 1).await;
    let ichiro = world.open("ichiro").await;
    world.top_up(&hanako, link, "a", 40_000).await;
    world.wallet.risk.reload(Policy::parse(TEXT).unwrap());
    let ctx = world.ctx();
    let request = world.wallet.make_request(&ctx, ichiro.id, None, "").await.unwrap();
    let asked = (Some(Yen::of(30_000)), "");
    let started = world.wallet.start_sending(&ctx, hanako.id, request.request_id, asked).await;
    let (sending, options) = started.unwrap();
    let response = hanako.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    let id = RemittanceId::derive(&["large"]);
    let given = Given::Passkey(&response);
    let sent = world.wallet.send(&ctx, hanako.id, id, &sending, &given).await.unwrap();
    assert_eq!(sent.state_name(), "held");
    let case = world.wallet.book.find_by::<Case>("about", "rule|large").await.unwrap().unwrap();
    let case = case.case_id.to_string();
    (hanako, ichiro, id, case)
}

async fn wallet_of(company: &Company, person: &Person) -> WalletId {
    company.world.wallet.customer(person.id).await.unwrap().wallet_id
}

#[tokio::test]
async fn a_rules_case_is_taken_and_handed_over() {
    let company = Company::new().await;
    let (.., case) = held(&company).await;
    let (mut aoki, mut baba) = (company.at_desk("aoki").await, company.at_desk("baba").await);
    let (path, owner) = (format!("/desk/cases/{case}"), format!("/desk/cases/{case}/owner"));
    let page = company.get(&mut aoki, &path).await;
    assert!(page.body.contains("まだだれも担当していません"), "{}", page.body);

    let taken = submit(&company, &mut aoki, &owner, &[]).await;
    assert_eq!(taken.location(), path, "{}", taken.body);
    let page = company.get(&mut aoki, &path).await;
    assert!(page.body.contains("あなたが担当しています") && page.body.contains("担当になりました"));
    let queue = company.get(&mut baba, "/desk/risk").await;
    assert!(queue.body.contains("aoki"), "{}", queue.body);

    let colleague = company.world.wallet.book.find_by::<Staff>("name", "baba").await.unwrap();
    let colleague = colleague.unwrap().staff_id.to_string();
    submit(&company, &mut aoki, &owner, &[("to", &colleague)]).await;
    let page = company.get(&mut baba, &path).await;
    assert!(page.body.contains("担当を引き継ぎました： baba"), "{}", page.body);
    assert!(page.body.contains("あなたが担当しています"), "{}", page.body);
    let nobody = [("to", "stf_00000000000000000000000000")];
    let refused = submit(&company, &mut aoki, &owner, &nobody).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn whom_a_rule_held_for_is_looked_at_and_stopped_from_its_case() {
    let company = Company::new().await;
    let (hanako, ichiro, id, case) = held(&company).await;
    let (mut aoki, mut baba) = (company.at_desk("aoki").await, company.at_desk("baba").await);
    let wallet = wallet_of(&company, &hanako).await;
    let path = format!("/desk/cases/{case}");
    let about = format!("{path}/wallets/{wallet}");
    let page = company.get(&mut aoki, &path).await;
    let payee = format!("{path}/wallets/{}", wallet_of(&company, &ichiro).await);
    for way in [&about, &payee] {
        assert!(page.body.contains(&format!("href=\"{way}\"")), "{way}: {}", page.body);
    }
    let other = company.world.open("jiro").await;
    let other = format!("{path}/wallets/{}", wallet_of(&company, &other).await);
    let stranger = company.get(&mut aoki, &other).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND, "nobody is looked at without a case");

    let page = company.get(&mut aoki, &about).await;
    for shown in ["¥30,000", "はなみずき銀行", "保留中のお金", "リストに載せる", &id.to_string()]
    {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    let (number, wallet) = (case.as_str(), wallet.to_string());
    let fields = [("kind", "wallet"), ("id", &*wallet), ("case", number), ("reason", "掛け子")];
    let stopped = submit(&company, &mut aoki, "/desk/switches/stop", &fields).await;
    assert_eq!(stopped.location(), about, "{}", stopped.body);
    let page = company.get(&mut baba, "/desk/switches").await;
    assert!(page.body.contains(&wallet) && page.body.contains("掛け子"), "{}", page.body);
    let page = company.get(&mut baba, &path).await;
    assert!(page.body.contains(&format!("この案件のために止めました： {wallet}")), "{}", page.body);

    let release = "/desk/switches/release";
    let asked = submit(&company, &mut aoki, release, &fields).await;
    assert_eq!(asked.location(), "/desk/approvals", "{}", asked.body);
    agree(&company, &mut baba).await;
    let ctx = company.world.ctx();
    let switch = Switch::Wallet(wallet.parse().unwrap());
    assert!(!company.world.wallet.is_stopped(&ctx, switch).await.unwrap());
    let page = company.get(&mut baba, "/desk/switches").await;
    assert!(!page.body.contains(&wallet), "{}", page.body);
}

async fn agree(company: &Company, browser: &mut Browser) {
    let waiting = company.get(browser, "/desk/approvals").await;
    let (_, rest) = waiting.body.split_once("/desk/approvals/apr_").unwrap();
    let id = rest.split('/').next().unwrap();
    let agreed = submit(company, browser, &format!("/desk/approvals/apr_{id}/approve"), &[]).await;
    assert_eq!(agreed.location(), "/desk/approvals", "{}", agreed.body);
}

#[tokio::test]
async fn held_money_is_let_go_by_two_and_its_customer_asked_to_look() {
    let company = Company::new().await;
    let (hanako, ichiro, id, case) = held(&company).await;
    let (mut aoki, mut baba) = (company.at_desk("aoki").await, company.at_desk("baba").await);
    let about = format!("/desk/cases/{case}/wallets/{}", wallet_of(&company, &hanako).await);
    let id = id.to_string();

    let written = submit(&company, &mut aoki, &format!("{about}/write"), &[]).await;
    assert_eq!(written.location(), format!("/desk/cases/{case}"), "{}", written.body);
    assert!(company.world.mail(&hanako).await.0.contains(&"please_look".to_owned()));
    let twice = submit(&company, &mut baba, &format!("{about}/write"), &[]).await;
    assert_eq!(twice.status, StatusCode::TOO_MANY_REQUESTS);

    let fields = [("held", id.as_str()), ("act", "release"), ("reason", "本人と電話で確認")];
    let asked = submit(&company, &mut aoki, &format!("/desk/cases/{case}/held"), &fields).await;
    assert_eq!(asked.location(), "/desk/approvals", "{}", asked.body);
    let page = company.get(&mut baba, "/desk/approvals").await;
    for shown in ["保留を早く解く", "¥30,000", "本人と電話で確認", &case] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    assert_eq!(company.world.balance(&ichiro).await, Yen::ZERO);
    agree(&company, &mut baba).await;
    assert_eq!(company.world.balance(&ichiro).await, Yen::of(30_000));
    let page = company.get(&mut baba, &format!("/desk/cases/{case}")).await;
    assert!(page.body.contains("二人の確認で、保留を解きました"), "{}", page.body);
}

/// A list keeps what two people let go: the page says so, the case says so, and the customer is not told that it goes.
#[tokio::test]
async fn money_that_a_list_keeps_says_so_when_its_time_is_over() {
    let company = Company::new().await;
    let (hanako, ichiro, id, case) = held(&company).await;
    let (mut aoki, mut baba) = (company.at_desk("aoki").await, company.at_desk("baba").await);
    let wallet = wallet_of(&company, &hanako).await.to_string();
    let about = format!("/desk/cases/{case}/wallets/{wallet}");
    let watched = [("subject", "wallet"), ("value", wallet.as_str()), ("reason", "警察から")];
    submit(&company, &mut aoki, "/desk/risk/watch", &watched).await;
    let page = company.get(&mut aoki, &about).await;
    assert!(page.body.contains("見張りのリストから外れるまで送りません"), "{}", page.body);
    let id = id.to_string();
    let fields = [("held", id.as_str()), ("act", "release"), ("reason", "本人と電話で確認")];
    submit(&company, &mut aoki, &format!("/desk/cases/{case}/held"), &fields).await;
    let asked = company.get(&mut baba, "/desk/approvals").await;
    assert!(asked.body.contains("見張りのリストから外れるまで送りません"), "{}", asked.body);

    agree(&company, &mut baba).await;

    assert_eq!(company.world.balance(&ichiro).await, Yen::ZERO);
    let page = company.get(&mut baba, &about).await;
    for said in ["時間は過ぎましたが、まだ保留しています", "watched_wallets"] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    let page = company.get(&mut baba, &format!("/desk/cases/{case}")).await;
    assert!(page.body.contains("まだ送らずに保留しています"), "{}", page.body);
    assert!(!page.body.contains("保留を解きました"), "{}", page.body);
    assert!(!company.world.mail(&hanako).await.0.contains(&"held_released".to_owned()));
}

#[tokio::test]
async fn anybody_can_be_put_on_a_list_by_a_number_that_is_somebodys() {
    let company = Company::new().await;
    let person = company.world.open("mule").await;
    let wallet = wallet_of(&company, &person).await.to_string();
    let nobody = WalletId::derive(&["nobody"]).to_string();
    let (mut aoki, lists) = (company.at_desk("aoki").await, "/desk/risk/lists");
    let page = company.get(&mut aoki, lists).await;
    assert!(page.body.contains("action=\"/desk/risk/watch\""), "{}", page.body);
    let watch = |subject: &'static str, value: String| {
        [("subject", subject.to_owned()), ("value", value), ("reason", "警察から".to_owned())]
    };
    for (subject, value) in [
        ("wallet", "wal_x".to_owned()),
        ("wallet", nobody),
        ("wallet", String::new()),
        ("planet", wallet.clone()),
        ("account", "9999|x".to_owned()),
        ("device", "two words".to_owned()),
        ("device", "x".to_owned()),
        ("address", "nowhere".to_owned()),
    ] {
        let fields = watch(subject, value.clone());
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let refused = submit(&company, &mut aoki, "/desk/risk/watch", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{subject} {value}");
    }
    for (subject, value) in [("wallet", wallet.clone()), ("payee", format!(" payee|{wallet} "))] {
        let fields = watch(subject, value);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let done = submit(&company, &mut aoki, "/desk/risk/watch", &fields).await;
        assert_eq!(done.location(), lists, "{subject}: {}", done.body);
    }
    let fields = [("subject", "address"), ("value", "203.0.113.9"), ("reason", "x")];
    let done = submit(&company, &mut aoki, "/desk/risk/watch", &fields).await;
    assert_eq!(done.location(), lists, "{}", done.body);
    let address = kanuki_desk::named::address(&company.world.wallet.vault, "203.0.113.9");
    let kept = format!("watched_addresses|{address}");
    let kept = company.world.wallet.book.find::<kanuki_desk::watch::Watched>(&kept).await;
    assert!(kept.unwrap().is_some(), "as the rules see it, and not as it was typed");
    let page = company.get(&mut aoki, lists).await;
    assert!(page.body.contains("警察から"), "{}", page.body);
    let seen = format!("/desk/risk/seen?key=wallet%7C{wallet}");
    assert_eq!(company.get(&mut aoki, &seen).await.status, StatusCode::OK);
    let nobody = "/desk/risk/seen?key=wallet%7Cwal_x";
    assert_eq!(company.get(&mut aoki, nobody).await.status, StatusCode::NOT_FOUND);
}

/// What its customer took back is neither lost nor was there a link to speak of.
#[tokio::test]
async fn held_money_that_was_taken_back_may_not_be_lost_and_had_no_link() {
    let company = Company::new().await;
    let (hanako, _, id, _) = held(&company).await;
    let mut aoki = company.at_desk("aoki").await;
    let queue = company.get(&mut aoki, "/desk/risk").await;
    assert!(queue.body.contains("¥30,000") && queue.body.contains("¥15,000"), "{}", queue.body);

    let world = &company.world;
    world.wallet.cancel_remittance(&world.ctx(), hanako.id, id).await.unwrap();

    let queue = company.get(&mut aoki, "/desk/risk").await;
    assert!(!queue.body.contains("¥30,000") && !queue.body.contains("¥15,000"), "{}", queue.body);
    let mut browser = company.signed_in(hanako.id).await;
    let page = company.get(&mut browser, &format!("/send/{id}")).await;
    assert!(page.body.contains("お金は残高に戻りました"), "{}", page.body);
    assert!(!page.body.contains("リンクを渡し"), "{}", page.body);
}
