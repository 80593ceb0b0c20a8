use http::StatusCode;
use kanuki_desk::compensation::in_force;
use kanuki_domain::{case_number::said, id::CaseId};
use kanuki_site::courier::Channel;
use kanuki_site::report::REPORTS_MAX;

use crate::support::Company;

/// The stop code in the newest message to a customer.
async fn stop_code(company: &Company) -> String {
    company.tick().await;
    let letters = company.post.0.lock().unwrap();
    let mail = letters.iter().rfind(|letter| letter.channel == Channel::Mail).unwrap();
    let (_, rest) = mail.body.split_once("停止コード: ").unwrap();
    rest.lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn the_code_of_a_notice_stops_everything_without_signing_in() {
    let company = Company::new().await;
    let id = company.customer("hanako").await;
    let code = stop_code(&company).await;
    let mut browser = company.browser();

    let page = browser.get("/stop").await;
    let preview = browser.post(&page, "/stop", &[("code", &code.to_lowercase())]).await;
    assert_eq!(preview.status, StatusCode::OK);
    assert!(preview.body.contains("まだ止まっていません"), "{}", preview.body);
    assert!(company.state.wallet.customer(id).await.unwrap().frozen.is_none());

    let done = browser.post(&preview, "/stop/press", &[("code", &code)]).await;
    let again = browser.post(&preview, "/stop/press", &[("code", &code)]).await;

    let frozen = company.state.wallet.customer(id).await.unwrap().frozen.clone().unwrap();
    assert_eq!(done.status, StatusCode::OK);
    assert_eq!(done.id("cas_"), frozen.case_id.to_string());
    assert_eq!(again.id("cas_"), frozen.case_id.to_string(), "the same number twice");
    let (policy, _) = in_force(&company.state.wallet.book).await.unwrap();
    let (given, lost) = ("確認コード", "一度だけ");
    assert!(done.body.contains(given) && !done.body.contains(lost), "{}", done.body);
    assert!(again.body.contains(lost) && again.body.contains(&policy.contact.phone));
    assert!(!done.body.contains("hanako"), "whoever has the code learns no name");
}

#[tokio::test]
async fn a_code_of_nobody_changes_nothing_and_says_so() {
    let company = Company::new().await;
    let mut browser = company.browser();
    let page = browser.get("/stop").await;
    for code in ["", "1234", "0000-0000-0000"] {
        for path in ["/stop", "/stop/press"] {
            let reply = browser.post(&page, path, &[("code", code)]).await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {code}");
            assert!(reply.body.contains("この停止コードは確認できません"));
        }
    }
}

#[tokio::test]
async fn guessing_codes_is_slowed_down() {
    let company = Company::new().await;
    let mut browser = company.browser();
    let page = browser.get("/stop").await;
    for _ in 0..30 {
        browser.post(&page, "/stop", &[("code", "0000-0000-0000")]).await;
    }
    let reply = browser.post(&page, "/stop", &[("code", "0000-0000-0000")]).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_report_gets_a_number_at_once_and_staff_can_read_it() {
    let company = Company::new().await;
    company.staff("青木", "AOKI-1").await;
    let mut browser = company.browser();
    let page = browser.get("/report").await;

    let empty = browser.post(&page, "/report", &[("contact", " "), ("text", "")]).await;
    let fields = [("contact", "090-0000-0000"), ("text", "知らない引き落とし")];
    let done = browser.post(&page, "/report", &fields).await;

    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(done.status, StatusCode::CREATED);
    let number = done.id("cas_");
    assert!(done.body.contains("返金の期限"), "{}", done.body);
    let mut desk = company.browser();
    desk.activate("AOKI-1").await;
    let short = said(number.parse().unwrap());
    let list = desk.get("/desk").await.body;
    assert!(list.contains(&number) && list.contains(&short), "{list}");
    let found = desk.get(&format!("/desk/find?number={}", short.replace('-', "%20"))).await;
    assert_eq!(found.location(), format!("/desk/cases/{number}"));
    // A slip of the tongue is told at once, to staff and to whoever reported, and is no answer about a case.
    let mut slip = short.clone();
    let check = slip.pop().and_then(|c| c.to_digit(10)).unwrap();
    slip.push_str(&((check + 1) % 10).to_string());
    let wrong = desk.get(&format!("/desk/find?number={slip}")).await;
    assert!(wrong.body.contains("どこか違うか足りません"), "{}", wrong.body);
    let mut seen = Vec::new();
    for number in [&short, &said(CaseId::derive(&["nobody's"])), &slip] {
        let look = browser.get("/report/look").await;
        let fields = [("number", number.as_str()), ("code", "AAAA-BBBB-CCCC")];
        let reply = browser.post(&look, "/report/look", &fields).await;
        seen.push((reply.status, reply.body.contains("どこか違うか足りません")));
    }
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    assert_eq!(seen, [(wrong, false), (wrong, false), (wrong, true)]);
    let case = desk.get(&format!("/desk/cases/{number}")).await;
    assert!(case.body.contains("090-0000-0000") && case.body.contains("知らない引き落とし"));
    assert!(!case.body.contains("sealed:"), "{}", case.body);
    assert!(case.body.contains("届け出のページから受け付けました"), "{}", case.body);
    let claim = format!("/desk/cases/{number}/claim");
    let answered = desk.post(&case, &claim, &[("act", "answered")]).await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER);
    let case = desk.get(&format!("/desk/cases/{number}")).await;
    assert!(case.body.contains("届け出た人に返事をしました"), "{}", case.body);
}

/// A neighbor's flood keeps nobody from being heard: there is a telephone.
#[tokio::test]
async fn too_many_reports_from_a_network_are_refused_with_the_telephones_number() {
    let company = Company::new().await;
    let mut browser = company.browser();
    let fields = [("contact", "090-0000-0000"), ("text", "知らない引き落とし")];
    for _ in 0..REPORTS_MAX {
        let page = browser.get("/report").await;
        assert_eq!(browser.post(&page, "/report", &fields).await.status, StatusCode::CREATED);
    }
    let page = browser.get("/report").await;
    let refused = browser.post(&page, "/report", &fields).await;

    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers["retry-after"], "3600");
    let (policy, _) = in_force(&company.state.wallet.book).await.unwrap();
    assert!(refused.body.contains(&policy.contact.phone), "{}", refused.body);
    assert!(refused.body.contains("受け付けていません"), "{}", refused.body);
}

#[tokio::test]
async fn a_report_about_a_bank_that_is_not_ours_is_about_none_and_is_answered() {
    let company = Company::new().await;
    company.staff("青木", "AOKI-1").await;
    let mut browser = company.browser();
    let mut desk = company.browser();
    desk.activate("AOKI-1").await;
    let what = [("contact", "090-0000-0000"), ("text", "知らない引き落とし"), ("about", "9998")];

    let page = browser.get("/report").await;
    let written = browser.post(&page, "/report", &what).await;
    let page = desk.get("/desk/phone/report").await;
    let read_back = [&what[..], &[("read_back", "yes")]].concat();
    let heard = desk.post(&page, "/desk/phone/report", &read_back).await;

    for done in [written, heard] {
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.body);
        let number = done.id("cas_");
        let case = desk.get(&format!("/desk/cases/{number}")).await;
        let act = format!("/desk/cases/{number}/claim");
        let answered = desk.post(&case, &act, &[("act", "answered")]).await;
        assert_eq!(answered.status, StatusCode::SEE_OTHER, "{}", answered.body);
    }
}

#[tokio::test]
async fn the_policy_says_the_five_things_in_both_languages() {
    let company = Company::new().await;
    let mut browser = company.browser();
    for (lang, words) in [
        ("ja", ["何を補償", "手続き", "お支払いするのは、ウォレットの会社", "窓口", "公表"]),
        ("en", ["make good", "How it goes", "The wallet company pays", "Where to turn", "publish"]),
    ] {
        browser.get(&format!("/lang?to={lang}&back=/compensation")).await;
        let page = browser.get("/compensation").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.body.contains("compensation-"), "a text is missing: {}", page.body);
        for word in words {
            assert!(page.body.contains(word), "{lang}: {word}");
        }
    }
}

#[tokio::test]
async fn whoever_reported_asks_once_for_a_second_look_and_who_ended_it_does_not_decide_again() {
    let company = Company::new().await;
    let mut desks = Vec::new();
    for (name, code) in [("青木", "AOKI-1"), ("馬場", "BABA-1")] {
        company.staff(name, code).await;
        let mut desk = company.browser();
        desk.activate(code).await;
        desks.push(desk);
    }
    let mut browser = company.browser();
    let page = browser.get("/report").await;
    let fields = [("contact", "090-0000-0000"), ("text", "知らない引き落とし")];
    let done = browser.post(&page, "/report", &fields).await;
    let copied = done.body.split("data-copy=\"").nth(1).and_then(|rest| rest.split('"').next());
    let (short, code) = copied.unwrap().split_once(' ').unwrap();
    let number = &done.id("cas_");
    assert_eq!(said(number.parse().unwrap()), short);
    assert!(done.body.contains("どの会社が関わるか"), "nobody is promised to be told");

    let act = format!("/desk/cases/{number}/claim");
    let end = [("act", "end"), ("outcome", "nothing_lost"), ("reason", "記録を確かめた")];
    for desk in &mut desks {
        let case = desk.get(&format!("/desk/cases/{number}")).await;
        let ended = desk.post(&case, &act, &end).await;
        assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.body);
    }
    let page = browser.get("/report/look").await;
    let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).unwrap();
    let read_out: String = short.chars().map(wide).collect();
    let typed = [("number", read_out.as_str()), ("code", code)];
    let seen = browser.post(&page, "/report/look", &typed).await;
    assert!(seen.body.contains("再調査を申し込む"), "{}", seen.body);
    let asked = browser.post(&seen, "/report/again", &typed).await;

    assert_eq!(asked.status, StatusCode::OK);
    assert!(asked.body.contains("再調査の申し込み"), "{}", asked.body);
    assert!(!asked.body.contains("再調査を申し込む"), "once");
    for desk in &mut desks {
        let case = desk.get(&format!("/desk/cases/{number}")).await;
        assert!(case.body.contains("あなたは前に決めた一人です"), "{}", case.body);
        let again = desk.post(&case, &act, &end).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    }
}
