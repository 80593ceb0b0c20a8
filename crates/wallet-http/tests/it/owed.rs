//! What a company owes after a crime, at the wallet's desk: the evidence, a report taken on the telephone,
//! and a record of the risks before a rule is loosened.

use http::StatusCode;
use kanuki_desk::{
    case::{Case, CaseKind},
    claim::Act,
    leaving::members,
    pack::{Pack, Reader, verify, verify_pdf},
    shared,
};
use kanuki_domain::{
    agreement,
    claim::Evidence,
    compensation::{Cause, shipped},
    id::{CaseId, StaffId},
};
use kanuki_record::Unit;
use kanuki_risk::Policy;
use kanuki_site::compensation::written;
use kanuki_wallet::pack::Packing;
use kanuki_wallet_http::workers::Catalog;
use kanuki_wire::set::CaseStage;

use crate::company::{Browser, Company, Reply};

async fn submit(
    company: &Company,
    browser: &mut Browser,
    path: &str,
    fields: &[(&str, &str)],
) -> Reply {
    let token = company.token_of(browser, "/desk/switches").await;
    company.post_with(browser, path, (&token, fields)).await
}

/// The rules that ship, of which those about bursts are written down and not obeyed.
fn looser() -> String {
    let shipped = Policy::wallet_text();
    let text = shipped.replace("then decline as burst\n", "then decline as burst shadow\n");
    assert_ne!(text, shipped);
    text.replacen("version \"", "version \"looser-", 1)
}

#[tokio::test]
async fn a_looser_rule_is_refused_by_the_rows_that_are_not_met_and_waits_with_a_whole_record() {
    let company = Company::new().await;
    let (mut aoki, mut baba) = (company.at_desk("aoki").await, company.at_desk("baba").await);
    let text = looser();
    let today = agreement::today(company.world.ctx().now).to_string();
    let next = agreement::today(company.world.ctx().now).saturating_add(jiff::Span::new().days(30));
    let next = next.to_string();
    let path = "/desk/risk/policy";

    let tried = submit(&company, &mut aoki, path, &[("text", &text), ("act", "check")]).await;
    assert!(tried.body.contains("rule burst-wallet") && tried.body.contains("name=\"says-9901\""));
    for row in ["止めた不正の金額", "追加の署名だけで止めたもの", "保留", "拒否", "凍結"]
    {
        assert!(tried.body.contains(row), "{row}: {}", tried.body);
    }
    let bare = [("text", text.as_str()), ("act", "propose"), ("reason", "止まりすぎる")];
    let refused = submit(&company, &mut aoki, path, &bare).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for row in ["FT-01", "FT-05", "FT-13", "止まりすぎる"] {
        assert!(refused.body.contains(row), "{row}: {}", refused.body);
    }
    assert!(company.world.wallet.waiting_approvals().await.unwrap().is_empty());

    let record = [
        ("finding-0", "盗まれたウォレットから続けて出ていく"),
        ("measure-0", "一日の上限は残す"),
        ("says-9901", "一か月に限り同意"),
        ("name-9901", "斎藤 部長"),
        ("on-9901", &today),
        ("review_by", &next),
    ];
    let whole: Vec<(&str, &str)> = bare.into_iter().chain(record).collect();
    let taken = submit(&company, &mut aoki, path, &whole).await;
    assert_eq!(taken.location(), "/desk/approvals", "{}", taken.body);

    let waiting = company.get(&mut baba, "/desk/approvals").await;
    let version = waiting.after("href=\"/desk/risk/policy?");
    let read = company.get(&mut baba, &format!("/desk/risk/policy?{version}")).await;
    assert!(
        read.body.contains("斎藤 部長") && read.body.contains("一日の上限は残す"),
        "{}",
        read.body
    );
    let (_, rest) = waiting.body.split_once("/desk/approvals/apr_").unwrap();
    let agree = format!("/desk/approvals/apr_{}/approve", rest.split('/').next().unwrap());
    assert_eq!(submit(&company, &mut baba, &agree, &[]).await.location(), "/desk/approvals");
    assert!(company.world.wallet.risk.policy().version().starts_with("looser-"));

    let id = company.world.wallet.risk_records().await.unwrap()[0].record_id;
    let list = company.get(&mut baba, "/desk/risk/records").await;
    assert!(list.body.contains(&id.to_string()) && list.body.contains("有効"), "{}", list.body);
    let first = company.get(&mut baba, "/desk").await;
    assert!(first.body.contains("リスク評価の見直しの期日は"), "a month before: {}", first.body);
    let review = format!("/desk/risk/records/{id}/review");
    let page = company.get(&mut baba, &format!("/desk/risk/records/{id}")).await;
    assert!(page.body.contains("SHA-256") && page.body.contains(&review), "{}", page.body);
    let no_day = [("found", "被害なし"), ("act", "keeps"), ("next", "")];
    let refused = submit(&company, &mut baba, &review, &no_day).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let alone = [("found", "被害なし"), ("act", "keeps"), ("next", next.as_str())];
    let refused = submit(&company, &mut baba, &review, &alone).await;
    assert!(refused.body.contains("FT-05") && refused.body.contains("says-9901"));
    let back = [("found", "元に戻した"), ("act", "back")];
    let lie = submit(&company, &mut baba, &review, &back).await;
    assert!(lie.status == StatusCode::CONFLICT && lie.body.contains("ゆるいまま"), "{}", lie.body);
    let ctx = company.world.ctx();
    let (one, two) = (StaffId::derive(&["one"]), StaffId::derive(&["two"]));
    let wallet = &company.world.wallet;
    let shipped = (Policy::wallet_text(), "元に戻す");
    let asked = wallet.propose_policy(&ctx, one, shipped, None).await.unwrap();
    wallet.approve(&ctx, two, asked).await.unwrap();
    assert_eq!(submit(&company, &mut baba, &review, &back).await.location(), "/desk/approvals");
    let waiting = company.get(&mut aoki, "/desk/approvals").await;
    assert!(waiting.body.contains("リスク評価の見直し"), "{}", waiting.body);
}

#[tokio::test]
async fn the_evidence_of_a_customers_case_is_proven_by_published_keys_and_a_bank_gets_its_part() {
    let company = Company::new().await;
    let world = &company.world;
    let (hanako, link) = world.settled("hanako", 1).await;
    world.top_up(&hanako, link, "a", 30_000).await;
    let case = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let mut aoki = company.at_desk("aoki").await;
    let path = format!("/desk/cases/{case}/pack");
    let page = company.get(&mut aoki, &format!("/desk/cases/{case}")).await;
    assert!(page.body.contains(&path) && page.body.contains("partner|9901"), "{}", page.body);
    let keys = world.wallet.event_jwks();
    let wanted = |reader, form| [("reader", reader), ("reason", "照会書 第1号"), ("form", form)];
    let made = async |browser: &mut Browser, reader| -> Pack {
        let file = submit(&company, browser, &path, &wanted(reader, "json")).await;
        assert_eq!(file.status, StatusCode::OK, "{}", file.body);
        verify(file.body.as_bytes(), &keys).unwrap()
    };

    let pack = made(&mut aoki, "police").await;
    assert_eq!((pack.made_for, pack.case.number), (Reader::Police, case.to_string()));
    assert_eq!((pack.links.len(), pack.movements.len()), (1, 1));
    assert_eq!(pack.movements[0].amount.to_string(), "¥30,000");
    assert_eq!(pack.movements[0].state, "posted");
    assert!(pack.answers.iter().all(|answer| answer.holds && answer.text.is_some()));
    assert!(pack.timeline.iter().any(|step| step.what == "topup.asked"));
    assert!(pack.signals.iter().any(|told| told.partner == "9901" && told.status == "suspended"));
    assert!(!pack.told.is_empty());
    let theirs = made(&mut aoki, "partner|9901").await;
    assert!(theirs.told.is_empty() && theirs.answers.iter().all(|answer| answer.text.is_none()));
    assert_eq!(theirs.movements.len(), 1);

    let (ctx, by) = (world.ctx(), StaffId::derive(&["aoki"]));
    let wording = Catalog { texts: &company.site.texts, company: "閂ウォレット" };
    let packing = Packing { ctx: &ctx, wording: &wording };
    let signed =
        world.wallet.evidence_pack(packing, by, (case, Reader::Police), "r").await.unwrap();
    assert_eq!(verify_pdf(&signed.to_pdf().unwrap(), &keys).unwrap(), signed.pack);
    for (reader, reason, form, status) in [
        ("partner|0001", "r", "json", 404),
        ("police", " ", "json", 422),
        ("press", "r", "json", 422),
        ("police", "r", "exe", 422),
    ] {
        let wanted = [("reader", reader), ("reason", reason), ("form", form)];
        let refused = submit(&company, &mut aoki, &path, &wanted).await;
        assert_eq!(refused.status.as_u16(), status, "{reader} {form}");
    }
    // Whoever reports without a wallet has no wallet's evidence.
    let report = world.wallet.report(&world.ctx(), ("a@example.jp", "x"), None).await.unwrap();
    let path = format!("/desk/cases/{}/pack", report.case_id);
    let none = submit(&company, &mut aoki, &path, &wanted("police", "json")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    let log = world.wallet.book.records().audit_log(0, 10_000).await.unwrap();
    assert!(log.iter().any(|entry| {
        entry.body.contains("evidence.packed") && entry.body.contains("照会書 第1号")
    }));
}

#[tokio::test]
async fn a_refusal_stands_with_its_evidence_and_the_words_to_tell_and_to_object() {
    let company = Company::new().await;
    let world = &company.world;
    let (hanako, link) = world.settled("hanako", 1).await;
    let topup = world.top_up(&hanako, link, "a", 30_000).await.topup_id;
    let case = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let (one, two) = (StaffId::derive(&["one"]), StaffId::derive(&["two"]));
    let chosen = [topup.to_string()];
    world.wallet.open_claim(&world.ctx(), one, case, &chosen).await.unwrap();
    let path = format!("/desk/cases/{case}");
    let said_number = kanuki_domain::case_number::said(case);
    let mut aoki = company.at_desk("aoki").await;
    let investigate = (Act::Investigate, "r");
    world.wallet.act_on_claim(&world.ctx(), one, case, investigate).await.unwrap();
    let mut bare = vec![("act", "refuse"), ("evidence", "found"), ("seen", "yes")];
    bare.extend([("reference", " "), ("reason", "r")]);
    let unnamed = submit(&company, &mut aoki, &format!("{path}/claim"), &bare).await;
    assert_eq!(unnamed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unnamed.body.contains("証拠の番号がありません"), "{}", unnamed.body);
    assert!(!unnamed.body.contains("パスキー"), "of no sign-in: {}", unnamed.body);
    let paper = Act::Refuse(Evidence::Found, "東京地裁 令和8年(ワ)第123号".to_owned());
    let asked = world.wallet.act_on_claim(&world.ctx(), one, case, (paper, "r")).await.unwrap();
    let waiting = company.get(&mut aoki, "/desk/approvals").await;
    assert!(waiting.body.contains(&said_number), "{}", waiting.body);
    assert!(waiting.body.contains(&case.to_string()), "beside the long one");
    world.wallet.approve(&world.ctx(), two, asked.unwrap()).await.unwrap();

    let page = company.get(&mut aoki, &path).await;

    for said in [
        "申し出た人に伝える文",
        &format!("受付番号 {said_number} の補償のお申し出"),
        "理由となった証拠は「裁判所や警察の書面」です",
        "疑いや点数で決めたのではありません",
        "¥30,000",
        "再調査を申し込めます",
        "you can ask once for a second look by other people",
        "お断りを決めた日時",
    ] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
}

#[tokio::test]
async fn who_reported_gets_no_pack_of_the_customer_whom_staff_joined_it_to() {
    let company = Company::new().await;
    let world = &company.world;
    let (hanako, link) = world.settled("hanako", 1).await;
    world.top_up(&hanako, link, "a", 30_000).await;
    let own = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let taken = world.wallet.report(&world.ctx(), ("a@example.jp", "x"), None).await.unwrap();
    let (by, report) = (StaffId::derive(&["aoki"]), taken.case_id);
    world.wallet.join_report(&world.ctx(), by, (report, own)).await.unwrap();
    let mut aoki = company.at_desk("aoki").await;
    let wanted = |reader| [("reader", reader), ("reason", "r"), ("form", "json")];

    let page = company.get(&mut aoki, &format!("/desk/cases/{report}")).await;
    assert!(page.body.contains("届け出を別の案件に結びつけた"), "{}", page.body);
    assert!(page.body.contains(&hanako.id.to_string()), "whose it is");
    assert!(!page.body.contains("value=\"person\""), "{}", page.body);
    let path = format!("/desk/cases/{report}/pack");
    let theirs = submit(&company, &mut aoki, &path, &wanted("person")).await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
    let police = submit(&company, &mut aoki, &path, &wanted("police")).await;
    assert_eq!(police.status, StatusCode::OK, "{}", police.body);
    let path = format!("/desk/cases/{own}/pack");
    let theirs = submit(&company, &mut aoki, &path, &wanted("person")).await;
    assert_eq!(theirs.status, StatusCode::OK, "{}", theirs.body);
}

#[tokio::test]
async fn the_draft_for_the_authority_counts_what_was_taken_and_no_honest_top_up() {
    let company = Company::new().await;
    let world = &company.world;
    let (hanako, link) = world.settled("hanako", 1).await;
    let taken = world.top_up(&hanako, link, "a", 30_000).await.topup_id.to_string();
    world.top_up(&hanako, link, "b", 7_000).await;
    let case = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let mut aoki = company.at_desk("aoki").await;
    let path = format!("/desk/cases/{case}/authority");

    let before = company.get(&mut aoki, &path).await;
    assert!(!before.body.contains("¥37,000"), "{}", before.body);
    let chosen = company.get(&mut aoki, &format!("{path}?chosen=yes&item-0={taken}")).await;
    assert!(!chosen.body.contains("¥37,000"), "{}", chosen.body);
    assert_eq!(chosen.body.matches("¥30,000").count(), 2, "the sum, and what to choose");

    let by = StaffId::derive(&["aoki"]);
    world.wallet.open_claim(&world.ctx(), by, case, &[taken]).await.unwrap();
    let claimed = company.get(&mut aoki, &path).await;
    assert!(claimed.body.contains("¥30,000"), "{}", claimed.body);
    assert!(!claimed.body.contains("¥7,000") && !claimed.body.contains("name=\"item-0\""));
}

#[tokio::test]
async fn a_report_ends_by_the_claim_of_a_case_that_it_was_joined_with_after_it_was_paid() {
    let company = Company::new().await;
    let world = &company.world;
    let wallet = &world.wallet;
    let (hanako, link) = world.settled("hanako", 1).await;
    let topup = world.top_up(&hanako, link, "a", 30_000).await.topup_id;
    let case = wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let (one, two) = (StaffId::derive(&["one"]), StaffId::derive(&["two"]));
    wallet.open_claim(&world.ctx(), one, case, &[topup.to_string()]).await.unwrap();
    let mut asked = None;
    for act in [Act::Investigate, Act::Pay(Cause::Other)] {
        asked = wallet.act_on_claim(&world.ctx(), one, case, (act, "r")).await.unwrap();
    }
    wallet.approve(&world.ctx(), two, asked.unwrap()).await.unwrap();
    let taken = wallet.report(&world.ctx(), ("a@example.jp", "x"), None).await.unwrap();
    let report = taken.case_id;
    wallet.join_report(&world.ctx(), one, (report, case)).await.unwrap();
    let mut aoki = company.at_desk("aoki").await;

    let page = company.get(&mut aoki, &format!("/desk/cases/{report}")).await;
    assert!(page.body.contains("つないだ案件に補償の手続きがあります"), "{}", page.body);
    assert!(page.body.contains("value=\"made_good\""), "{}", page.body);
    assert!(!page.body.contains("value=\"nothing_lost\""), "{}", page.body);
    let end = [("act", "end"), ("outcome", "made_good"), ("reason", "お知らせ済み")];
    let path = format!("/desk/cases/{report}/claim");
    let ended = submit(&company, &mut aoki, &path, &end).await;
    assert_eq!(ended.location(), format!("/desk/cases/{report}"), "{}", ended.body);

    let code = taken.code.grouped();
    let far = wallet.report_progress(&report.to_string(), &code).await.unwrap().unwrap();
    assert!(far.ended_at.is_some(), "{far:?}");
}

#[tokio::test]
async fn what_a_bank_did_stands_in_the_draft_with_its_name_in_a_whole_sentence() {
    let company = Company::new().await;
    let world = &company.world;
    let (hanako, _) = world.settled("hanako", 1).await;
    let case = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let mut stopped = world.wallet.book.load::<Case>(case).await.unwrap();
    let (now, edit) = (world.ctx().now, stopped.edit());
    edit.note(now, "system", "=told_by_bank|9901");
    edit.note(now, "system", "=claim_paused|田中さんの返事");
    let mut unit = Unit::new();
    unit.update(&stopped);
    world.wallet.book.commit(unit).await.unwrap();
    let mut aoki = company.at_desk("aoki").await;

    let draft = company.get(&mut aoki, &format!("/desk/cases/{case}/authority")).await;

    let (before, _) = draft.body.split_once("からの連絡で止めました").unwrap();
    assert!(!before.ends_with('>') && !before.ends_with("9901"), "{}", draft.body);
    let (_, paused) = draft.body.split_once("返事を待っています").unwrap();
    assert!(paused.starts_with('<') && !draft.body.contains("田中"), "{}", draft.body);
}

#[tokio::test]
async fn a_caller_without_a_wallet_gets_a_number_that_the_bank_has_too() {
    let company = Company::new().await;
    let mut aoki = company.at_desk("aoki").await;
    let path = "/desk/phone/report";
    let said =
        [("contact", "03-1234-5678"), ("text", "身に覚えのない引き落とし"), ("about", "9901")];

    let unread = submit(&company, &mut aoki, path, &said).await;
    assert_eq!(unread.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unread.body.contains("読み上げて確かめてから") && unread.body.contains("03-1234-5678"));
    let chosen = "<option value=\"9901\" selected>";
    assert!(unread.body.contains(chosen), "what was chosen stays: {}", unread.body);
    let whole: Vec<(&str, &str)> = said.into_iter().chain([("read_back", "yes")]).collect();
    let taken = submit(&company, &mut aoki, path, &whole).await;
    assert_eq!(taken.status, StatusCode::CREATED, "{}", taken.body);

    let copied = taken.after("data-copy=\"");
    let read_out = copied.split_whitespace().next().unwrap();
    let found = company.get(&mut aoki, &format!("/desk/find?number={read_out}")).await;
    let number = found.location().trim_start_matches("/desk/cases/").to_owned();
    let case = company.world.wallet.book.load::<Case>(&number).await.unwrap().into_inner();
    assert!(case.owner.is_some() && case.closed_at.is_none(), "{case:?}");
    let page = company.get(&mut aoki, &format!("/desk/cases/{number}")).await;
    assert!(page.body.contains("電話で届け出を受け") && page.body.contains("03-1234-5678"));
    assert!(page.body.contains("受付番号を知らせた相手"), "{}", page.body);
    let told = company.world.send_events().await;
    assert_eq!(told, 1, "the bank has the number too");
}

/// What its reporter was promised stands at the desk, and is loud there once the day is over.
#[tokio::test]
async fn staff_see_what_was_promised_and_that_it_is_late() {
    let company = Company::new().await;
    let mut aoki = company.at_desk("aoki").await;
    let said =
        [("contact", "03-1234-5678"), ("text", "身に覚えのない引き落とし"), ("read_back", "yes")];
    let taken = submit(&company, &mut aoki, "/desk/phone/report", &said).await;
    let number = format!("cas_{}", taken.after("<code>cas_").split('<').next().unwrap());
    let case = format!("/desk/cases/{number}");
    let page = company.get(&mut aoki, &case).await;
    assert!(page.body.contains("最初のお返事の期限") && page.body.contains("返金の期限"));
    let list = company.get(&mut aoki, "/desk/claims").await;
    assert!(
        list.body.contains(&number) && !list.body.contains("期限を過ぎています"),
        "{}",
        list.body
    );
    assert!(!list.body.contains("補償を待っている人はいません"), "{}", list.body);

    company.world.later(31 * 86_400);

    let mut baba = company.at_desk("baba").await;
    let first = company.get(&mut baba, "/desk").await;
    assert!(first.body.contains("お約束の日を過ぎた届け出が 1 件あります"), "{}", first.body);
    for path in ["/desk/claims", &case] {
        let late = company.get(&mut baba, path).await;
        assert_eq!(late.body.matches("期限を過ぎています").count(), 2, "{}", late.body);
    }
    submit(&company, &mut baba, &format!("{case}/claim"), &[("act", "answered")]).await;
    let answered = company.get(&mut baba, "/desk/claims").await;
    assert_eq!(answered.body.matches("期限を過ぎています").count(), 1, "{}", answered.body);
}

#[tokio::test]
async fn what_a_bank_told_of_offers_outcomes_and_no_plain_closing() {
    let company = Company::new().await;
    let (number, book) = (CaseId::derive(&["told"]), &company.world.wallet.book);
    let mut unit = Unit::new();
    let said = (number, "9901", CaseStage::Reported);
    shared::take(book, &company.world.ctx(), &mut unit, said).await.unwrap();
    book.commit(unit).await.unwrap();
    let mut aoki = company.at_desk("aoki").await;
    let path = format!("/desk/cases/{number}");

    let page = company.get(&mut aoki, &path).await;
    assert!(!page.body.contains(&format!("{path}/close")), "{}", page.body);
    assert!(page.body.contains("相手の会社が受けた届け出です"), "{}", page.body);
    let bounce = [("text", "銀行に聞いてください")];
    let bounced = submit(&company, &mut aoki, &format!("{path}/close"), &bounce).await;
    assert_eq!(bounced.status, StatusCode::CONFLICT);
    assert!(bounced.body.contains("では終えられません"), "{}", bounced.body);
    let end = [("act", "end"), ("outcome", "made_good"), ("reason", "銀行に確かめた")];
    let asked = submit(&company, &mut aoki, &format!("{path}/claim"), &end).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);

    let waits = company.get(&mut aoki, &path).await;
    assert!(waits.body.contains("終わりにしてよいとしています"), "{}", waits.body);
    assert!(waits.body.contains("「補償した」との申し出"), "{}", waits.body);
}

#[tokio::test]
async fn a_review_that_is_due_offers_no_closing_and_says_what_ends_it() {
    let company = Company::new().await;
    let case = Case::open(&company.world.ctx(), CaseKind::ReviewDue, "review|9901", None);
    let mut unit = Unit::new();
    unit.insert(&case);
    company.world.wallet.book.commit(unit).await.unwrap();
    let mut aoki = company.at_desk("aoki").await;
    let path = format!("/desk/cases/{}", case.case_id);

    let page = company.get(&mut aoki, &path).await;

    assert!(!page.body.contains(&format!("{path}/close")), "{}", page.body);
    assert!(page.body.contains("href=\"/desk/partners/9901\""), "{}", page.body);
    assert!(page.body.contains("二人が見直すと"), "{}", page.body);
}

/// Whoever writes a text reads in their own language what is wrong with it, and where.
#[tokio::test]
async fn faults_of_policies_are_said_in_the_readers_words() {
    let company = Company::new().await;
    let mut aoki = company.at_desk("aoki").await;
    let mut policy = shipped();
    policy.scenarios.push(policy.scenarios[0].clone());
    let twice = written(&policy);
    let typing = "policy \"wallet\" version \"1\"\nbaseline approve\n\
                  rule r on topop when amount > ¥5 then decline as r\n";
    for (path, text, told) in [
        ("/desk/compensation", twice.as_str(), ["場合の説明", "同じ内容がすでにあります"]),
        ("/desk/compensation", "pays = 3\n", ["1行目：", "書き方が違います"]),
        (
            "/desk/risk/policy",
            typing,
            ["「topop」という出来事はありません", "もしかして「topup」ですか"],
        ),
    ] {
        let tried = submit(&company, &mut aoki, path, &[("text", text), ("act", "check")]).await;
        for words in told {
            assert!(tried.body.contains(words), "{words}: {}", tried.body);
        }
    }
}

/// What two people refused is looked at again: they are not offered what they would be refused, and nobody a
/// movement that the claim is about.
#[tokio::test]
async fn whoever_decided_first_is_offered_no_claim_on_a_joined_case() {
    let company = Company::new().await;
    let world = &company.world;
    let wallet = &world.wallet;
    let (hanako, link) = world.settled("hanako", 1).await;
    let claimed = world.top_up(&hanako, link, "a", 30_000).await.topup_id.to_string();
    let left = world.top_up(&hanako, link, "b", 7_000).await.topup_id.to_string();
    let own = wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let report = wallet.report(&world.ctx(), ("a@example.jp", "x"), None).await.unwrap().case_id;
    let (mut aoki, mut chiba) = (company.at_desk("aoki").await, company.at_desk("chiba").await);
    let all = members(&wallet.book, world.ctx().now).await.unwrap();
    let one = all.iter().find(|member| member.name == "aoki").unwrap().staff_id;
    let two = StaffId::derive(&["baba"]);
    wallet.join_report(&world.ctx(), one, (report, own)).await.unwrap();
    wallet.open_claim(&world.ctx(), one, report, std::slice::from_ref(&claimed)).await.unwrap();
    let paper = Act::Refuse(Evidence::Found, "東京地裁 令和8年(ワ)第123号".to_owned());
    let mut asked = None;
    for act in [Act::Investigate, paper] {
        asked = wallet.act_on_claim(&world.ctx(), one, report, (act, "r")).await.unwrap();
    }
    wallet.approve(&world.ctx(), two, asked.unwrap()).await.unwrap();
    wallet.look_again(&world.ctx(), one, report, "r").await.unwrap();

    let page = format!("/desk/cases/{own}");
    let first = company.get(&mut aoki, &page).await;
    let other = company.get(&mut chiba, &page).await;

    // A refund without a claim is another form, which has all that came in.
    let offers = |reply: &Reply, topup: &str| {
        reply.body.contains(&format!("type=\"checkbox\" name=\"item-0\" value=\"{topup}\""))
    };
    assert!(first.body.contains("あなたは前に決めた一人です"), "{}", first.body);
    assert!(!first.body.contains("value=\"open\""), "{}", first.body);
    assert!(other.body.contains("value=\"open\"") && offers(&other, &left), "{}", other.body);
    assert!(!offers(&other, &claimed), "{}", other.body);
}
