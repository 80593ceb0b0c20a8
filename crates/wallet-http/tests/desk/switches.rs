use http::StatusCode;
use kanuki_domain::{agreement, id::WalletId};
use kanuki_wallet::desk::Switch;

use crate::support::{Browser, Company, Reply};

async fn is_stopped(company: &Company) -> bool {
    let moment = company.state.site.world.moment("");
    company.state.wallet.is_stopped(&moment.ctx(), Switch::Everything).await.unwrap()
}

/// Asks that everything go on, with a record of the risks that is whole today.
async fn ask_with_record(company: &Company, desk: &mut Browser<'_>, page: &Reply) -> Reply {
    let today = agreement::today(company.state.site.world.moment("").ctx().now);
    let (on, by) = (today.to_string(), today.saturating_add(jiff::Span::new().days(30)));
    let by = by.to_string();
    let fields = [
        ("gate", "everything"),
        ("reason", "訓練が済んだ"),
        ("finding-0", "手口が残っていて、また引き出される"),
        ("measure-0", "一日の上限は残す"),
        ("says-9901", "原因を塞いだ"),
        ("name-9901", "斎藤 部長"),
        ("on-9901", &on),
        ("review_by", &by),
    ];
    desk.post(page, "/desk/reopen", &fields).await
}

fn approval(page: &Reply) -> String {
    page.id("apr_")
}

#[tokio::test]
async fn one_person_stops_and_two_release() {
    let company = Company::new().await;
    company.staff("青木", "AOKI-1").await;
    company.staff("上田", "UEDA-1").await;
    let (mut aoki, mut ueda) = (company.browser(), company.browser());
    aoki.activate("AOKI-1").await;
    ueda.activate("UEDA-1").await;
    let which = [("kind", "everything"), ("id", ""), ("reason", "訓練")];

    let page = aoki.get("/desk/switches").await;
    let unreasoned = [("kind", "everything"), ("id", ""), ("reason", " ")];
    let refused = aoki.post(&page, "/desk/switches/stop", &unreasoned).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!is_stopped(&company).await);
    let stopped = aoki.post(&page, "/desk/switches/stop", &which).await;
    assert_eq!(stopped.location(), "/desk/switches?kind=everything&id=");
    let page = aoki.get(stopped.location()).await;
    assert!(page.body.contains("止めました：すべての取引"), "{}", page.body);
    assert!(is_stopped(&company).await);

    let asked = aoki.post(&page, "/desk/switches/release", &which).await;
    assert_eq!(asked.location(), "/desk/reopen?gate=everything");
    let page = aoki.get("/desk/switches").await;
    assert!(page.body.contains("href=\"/desk/reopen?gate=everything\""), "{}", page.body);
    let bare = [("gate", "everything"), ("reason", "訓練が済んだ")];
    let refused = aoki.post(&page, "/desk/reopen", &bare).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in ["FT-01", "FT-05", "FT-13", "訓練が済んだ"] {
        assert!(refused.body.contains(part), "{part}: {}", refused.body);
    }
    let asked = ask_with_record(&company, &mut aoki, &page).await;
    assert_eq!(asked.location(), "/desk/approvals", "{}", asked.body);
    let page = aoki.get("/desk/approvals").await;
    let own = format!("/desk/approvals/{}/approve", approval(&page));
    assert_eq!(aoki.post(&page, &own, &[]).await.status, StatusCode::CONFLICT);
    assert!(is_stopped(&company).await, "the asker alone releases nothing");

    company.clock.turn(1_000);
    let page = ueda.get("/desk/approvals").await;
    let stale = ueda.post(&page, &own, &[]).await;
    assert!(stale.location().starts_with("/desk/sign-in"), "a passkey of long ago");
    assert!(is_stopped(&company).await);
}

#[tokio::test]
async fn a_second_person_with_a_fresh_passkey_releases() {
    let company = Company::new().await;
    company.staff("青木", "AOKI-1").await;
    company.staff("上田", "UEDA-1").await;
    let (mut aoki, mut ueda) = (company.browser(), company.browser());
    aoki.activate("AOKI-1").await;
    ueda.activate("UEDA-1").await;
    let which = [("kind", "everything"), ("id", ""), ("reason", "訓練")];
    let page = aoki.get("/desk/switches").await;
    aoki.post(&page, "/desk/switches/stop", &which).await;
    ask_with_record(&company, &mut aoki, &page).await;

    let page = ueda.get("/desk/approvals").await;
    let record = page.body.split("href=\"/desk/risk/records/").nth(1).unwrap();
    let record = record.split('"').next().unwrap();
    let record = ueda.get(&format!("/desk/risk/records/{record}")).await;
    assert!(record.body.contains("全体の停止の再開"), "{}", record.body);
    let path = format!("/desk/approvals/{}/approve", approval(&page));
    let done = ueda.post(&page, &path, &[]).await;

    assert_eq!(done.location(), "/desk/approvals");
    assert!(!is_stopped(&company).await);
    assert_eq!(ueda.post(&page, &path, &[]).await.status, StatusCode::CONFLICT, "decided once");
}

#[tokio::test]
async fn a_switch_that_does_not_exist_is_refused() {
    let company = Company::new().await;
    company.staff("青木", "AOKI-1").await;
    let mut desk = company.browser();
    desk.activate("AOKI-1").await;
    let page = desk.get("/desk/switches").await;
    let nobody = WalletId::derive(&["nobody"]).to_string();
    for (kind, id) in [
        ("planet", "x"),
        ("wallet", "wal_x"),
        ("wallet", &nobody),
        ("bank", "99x1"),
        ("bank", "0009"),
        ("link", ""),
    ] {
        let fields = [("kind", kind), ("id", id), ("reason", "訓練")];
        let reply = desk.post(&page, "/desk/switches/stop", &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind} {id}");
    }
}

#[tokio::test]
async fn a_bank_that_asks_for_a_pin_is_refused_with_the_requirement() {
    let company = Company::new().await;
    company.staff("青木", "AOKI-1").await;
    let mut aoki = company.browser();
    aoki.activate("AOKI-1").await;

    let shown = aoki.get("/desk/banks").await;
    let asked = "/desk/banks?proof=pin_and_facts&matches=yes&tells=yes&revocable=yes&reports=yes";
    let refused = aoki.get(asked).await;
    let weaker = asked.replace("pin_and_facts", "one_time_code");
    let capped = aoki.get(&weaker).await;

    assert!(shown.body.contains("¥50,000"), "{}", shown.body);
    assert!(refused.body.contains("FT-10, BK-01, INC-02"), "{}", refused.body);
    assert!(capped.body.contains("¥10,000") && !capped.body.contains("FT-10"), "{}", capped.body);
}
