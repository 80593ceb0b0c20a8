use http::StatusCode;

use crate::support::{Company, ORIGIN};

#[tokio::test]
async fn nobody_sees_the_desk_without_a_passkey() {
    let company = Company::new().await;
    let id = company.customer("hanako").await;
    let mut customer = company.browser();
    customer.sign_in(id).await;
    for path in ["/desk", "/desk/closed", "/desk/switches", "/desk/approvals"] {
        for browser in [&mut company.browser(), &mut customer] {
            let reply = browser.get(path).await;
            assert_eq!(reply.status, StatusCode::SEE_OTHER, "{path}");
            assert!(reply.location().starts_with("/desk/sign-in?back="), "{path}");
        }
    }
}

#[tokio::test]
async fn an_activation_code_registers_one_passkey_that_signs_in_later() {
    let company = Company::new().await;
    company.staff("青木", "AOKI-1").await;
    let mut key = company.browser().activate("AOKI-1").await;

    let mut browser = company.browser();
    let page = browser.get("/desk/activate").await;
    let used = browser.post(&page, "/desk/activate", &[("code", "AOKI-1")]).await;
    assert_eq!(used.status, StatusCode::UNPROCESSABLE_ENTITY);

    let page = browser.get("/desk/sign-in?back=/desk/switches").await;
    let answer = key.get(&page.attribute("data-options=\""), ORIGIN).unwrap();
    let ceremony = page.attribute("name=\"ceremony\" value=\"");
    let fields =
        [("credential", answer.as_str()), ("ceremony", &ceremony), ("back", "/desk/switches")];
    let reply = browser.post(&page, "/desk/sign-in", &fields).await;
    assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, "/desk/switches"));
    assert_eq!(browser.get("/desk").await.status, StatusCode::OK);

    let replayed = browser.post(&page, "/desk/sign-in", &fields).await;
    assert_eq!(replayed.status, StatusCode::FORBIDDEN, "the page was another session's");
}

#[tokio::test]
async fn a_frozen_wallet_is_seen_through_its_case_and_the_case_is_worked_to_its_end() {
    let company = Company::new().await;
    company.staff("青木", "AOKI-1").await;
    let id = company.customer("hanako").await;
    let moment = company.state.site.world.moment("");
    let case = company.state.wallet.freeze(&moment.ctx(), id).await.unwrap();
    let mut desk = company.browser();
    desk.activate("AOKI-1").await;
    let path = format!("/desk/cases/{case}");

    let page = desk.get(&path).await;
    assert!(page.body.contains("停止中") && page.body.contains("wal_"), "{}", page.body);
    let said = kanuki_domain::case_number::said(case);
    let link = format!("<a href=\"{path}\"><strong class=\"said-short\">{said}");
    assert!(page.body.contains(&link), "both numbers beside the badge: {}", page.body);
    assert!(!page.body.contains("hanako@example.jp"), "no contact on a case");
    assert!(!page.body.contains("いますぐ止める"), "it is stopped already");

    let note = desk.post(&page, &format!("{path}/note"), &[("text", "電話で確認中")]).await;
    assert_eq!(note.location(), path);
    let empty = desk.post(&page, &format!("{path}/note"), &[("text", "  ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    desk.post(&page, &format!("{path}/close"), &[("text", "本人の操作だった")]).await;

    let page = desk.get(&path).await;
    assert!(page.body.contains("電話で確認中") && page.body.contains("青木"), "{}", page.body);
    assert!(desk.get("/desk/closed").await.body.contains(&case.to_string()));
    assert!(!desk.get("/desk").await.body.contains(&case.to_string()));
}

#[tokio::test]
async fn one_member_of_staff_freezes_for_a_case() {
    let company = Company::new().await;
    company.staff("青木", "AOKI-1").await;
    let id = company.customer("hanako").await;
    let moment = company.state.site.world.moment("");
    let mut case = kanuki_desk::case::Case::open(
        &moment.ctx(),
        kanuki_desk::case::CaseKind::OpenItem,
        "top_x",
        Some(id.to_string()),
    );
    case.note(moment.ctx().now, "system", "no answer");
    let mut unit = kanuki_record::Unit::new();
    unit.insert(&case);
    company.state.wallet.book.commit(unit).await.unwrap();
    let mut desk = company.browser();
    desk.activate("AOKI-1").await;
    let path = format!("/desk/cases/{}", case.case_id);

    let page = desk.get(&path).await;
    let reply = desk.post(&page, &format!("{path}/freeze"), &[]).await;

    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    assert!(reply.location().starts_with("/desk/cases/cas_"));
    assert!(company.state.wallet.customer(id).await.unwrap().frozen.is_some());
}
