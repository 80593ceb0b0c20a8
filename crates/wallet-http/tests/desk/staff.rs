//! Somebody leaves the wallet's desk.

use http::StatusCode;
use kanuki_desk::staff::Staff;
use kanuki_record::Unit;

use crate::support::Company;

#[tokio::test]
async fn whoever_two_colleagues_send_away_is_out_at_once() {
    let company = Company::new().await;
    let mut ids = Vec::new();
    for (name, code) in [("青木", "AOKI-1"), ("上田", "UEDA-1"), ("江藤", "ETO-1")] {
        ids.push(company.staff(name, code).await);
    }
    let (mut aoki, mut ueda, mut eto) = (company.browser(), company.browser(), company.browser());
    aoki.activate("AOKI-1").await;
    ueda.activate("UEDA-1").await;
    let mut key = eto.activate("ETO-1").await;

    let page = aoki.get("/desk/staff").await;
    let ask = format!("/desk/staff/{}/end", ids[2]);
    let asked = aoki.post(&page, &ask, &[("reason", "退職")]).await;
    assert_eq!(asked.location(), "/desk/approvals");
    let list = ueda.get("/desk/approvals").await;
    assert!(list.body.contains("江藤") && list.body.contains("担当者の利用の終了"));
    let approve = format!("/desk/approvals/{}/approve", list.id("apr_"));
    let own = aoki.get("/desk/approvals").await;
    assert_eq!(aoki.post(&own, &approve, &[]).await.status, StatusCode::CONFLICT);
    assert_eq!(eto.get("/desk").await.status, StatusCode::OK);
    assert_eq!(ueda.post(&list, &approve, &[]).await.location(), "/desk/approvals");

    assert!(eto.get("/desk").await.location().starts_with("/desk/sign-in"));
    let page = eto.get("/desk/sign-in").await;
    let answer = key.get(&page.attribute("data-options=\""), crate::support::ORIGIN).unwrap();
    let ceremony = page.attribute("name=\"ceremony\" value=\"");
    let fields = [("credential", answer.as_str()), ("ceremony", &ceremony)];
    let again = eto.post(&page, "/desk/sign-in", &fields).await;
    assert_ne!(again.location(), "/desk", "{}", again.status);
    assert!(aoki.get("/desk/staff").await.body.contains("に離れました"));
}

#[tokio::test]
async fn an_open_session_of_somebody_who_left_is_worth_nothing() {
    let company = Company::new().await;
    company.staff("青木", "AOKI-1").await;
    let mut aoki = company.browser();
    aoki.activate("AOKI-1").await;
    let book = &company.state.wallet.book;
    let mut staff = book.find_by::<Staff>("name", "青木").await.unwrap().unwrap();
    staff.edit().left_at = Some(company.state.site.world.moment("").ctx().now);
    let mut unit = Unit::new();
    unit.update(&staff);
    book.commit(unit).await.unwrap();

    for path in ["/desk", "/desk/staff", "/desk/approvals", "/desk/partners", "/desk/switches"] {
        let reply = aoki.get(path).await;
        assert!(reply.location().starts_with("/desk/sign-in"), "{path}: {}", reply.status);
    }
}
