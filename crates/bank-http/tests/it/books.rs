//! The books of bank and wallet side by side, at the desk: what does not agree has a case and an owner
//! until it does.

use crate::{
    browser::{Browser, between},
    wallet::Linked,
    world::{CLIENT, Reply, World},
};

const STATEMENT: &str = "/desk/books/statement?partner=kanuki-wallet";

/// The partner's statement that says the same as `ours`.
fn theirs(ours: &str) -> String {
    ours.replacen(&format!(",9901,{CLIENT},"), &format!(",{CLIENT},9901,"), 1)
}

async fn compare(world: &World, staff: &mut Browser, file: &str) -> Reply {
    let csrf = staff.csrf(world, "/desk/books").await;
    let field = |name: &str, value: &str| {
        format!("--B\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let file = format!(
        "--B\r\ncontent-disposition: form-data; name=\"file\"; filename=\"s.csv\"\r\n\r\n{file}\r\n--B--\r\n"
    );
    let body = field("csrf", &csrf) + &field("partner", CLIENT) + &file;
    staff.upload(world, "/desk/books", body.into_bytes()).await
}

async fn with_a_debit() -> (World, Linked, Browser) {
    let world = World::new().await;
    let linked = world.linked(&mut Browser::new(3)).await;
    world.debit(&linked, 1, 4_000).await;
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;
    (world, linked, aoki)
}

#[tokio::test]
async fn a_difference_has_an_owner_and_ends_when_two_people_saw_both_books_agree() {
    let (world, _, mut aoki) = with_a_debit().await;
    let ours = aoki.get(&world, STATEMENT).await;
    assert!(ours.header("content-type").starts_with("text/csv"), "{}", ours.body);
    assert!(ours.body.contains(",debit,4000,booked,"), "{}", ours.body);
    let right = theirs(&ours.body);

    let even = compare(&world, &mut aoki, &right).await;
    assert!(
        even.body.contains("帳簿は合っています") && even.body.contains("¥4,000"),
        "{}",
        even.body
    );

    let odd = compare(&world, &mut aoki, &right.replace(",4000,", ",4001,")).await;
    assert!(odd.body.contains("1件が合いません") && odd.body.contains("まだいません"));
    assert!(aoki.get(&world, "/desk").await.body.contains("1件が合いません"));
    let case = between(&odd.body, "href=\"/desk/cases/", "\"").unwrap().to_owned();
    let taken = aoki.submit(&world, &odd, &format!("/desk/books/{case}/take"), &[]).await;
    assert_eq!(taken.status, 303, "{}", taken.body);
    assert!(aoki.get(&world, "/desk/books").await.body.contains("青木"));

    let mut baba = Browser::new(12);
    baba.enter_desk(&world, "STAFFBABA").await;
    for _ in 0..2 {
        let alone = compare(&world, &mut aoki, &right).await;
        assert!(alone.body.contains("このファイルでは合っている案件：1件"), "{}", alone.body);
    }
    let page = aoki.get(&world, &format!("/desk/cases/{case}")).await;
    let note = format!("/desk/cases/{case}/note");
    let fields = [("text", "合っています"), ("act", "close")];
    let closed = aoki.submit(&world, &page, &note, &fields).await;
    assert_eq!(closed.status, 409, "nor by a word of theirs: {}", closed.body);
    let again = compare(&world, &mut baba, &right).await;
    assert!(again.body.contains("合うようになって終わった案件：1件"), "{}", again.body);
    let told = aoki.get(&world, &format!("/desk/cases/{case}")).await;
    assert!(told.body.contains("金額が違います") && told.body.contains("双方の帳簿が合いました"));
}

#[tokio::test]
async fn what_is_no_statement_of_that_partner_changes_nothing() {
    let (world, _, mut aoki) = with_a_debit().await;
    let ours = aoki.get(&world, STATEMENT).await.body;
    for file in ["", "x", &ours, &theirs(&ours).replace("debit", "<script>")] {
        let refused = compare(&world, &mut aoki, file).await;

        assert_eq!(refused.status, 422, "{}", refused.body);
        assert!(refused.body.contains("この明細は比べられませんでした"), "{}", refused.body);
        assert!(!refused.body.contains("<script>"), "{}", refused.body);
    }
    let nobody = aoki.get(&world, "/desk/books/statement?partner=nobody").await;
    assert_eq!(nobody.status, 404);
    assert!(aoki.get(&world, "/desk/books").await.body.contains("合わない取引はありません"));
}

/// The debit's month is over, and somebody new is at the desk.
async fn a_month_later() -> (World, Browser) {
    let (world, _, _) = with_a_debit().await;
    world.wait(9 * 86_400);
    let mut baba = Browser::new(12);
    baba.enter_desk(&world, "STAFFBABA").await;
    (world, baba)
}

#[tokio::test]
async fn accountants_get_the_journal_and_the_account_with_a_partner() {
    let (world, mut aoki) = a_month_later().await;
    let page = aoki.get(&world, "/desk/books").await;
    assert!(page.body.contains("仕訳帳を保存") && page.body.contains("入出金明細を保存"));
    let days = "first=2026-11-01&last=2026-11-30";

    let sums = format!("/desk/books/journal?{days}&form=sums&letters=utf-8");
    let sums = aoki.get(&world, &sums).await;
    assert_eq!(sums.header("content-type"), "text/csv; charset=utf-8", "{}", sums.body);
    assert!(sums.header("content-disposition").contains("journal-2026-11-01-2026-11-30.csv"));
    let line = ",1001,core clearing 勘定系清算,2001,partner clearing 提携先清算,2001,\
                with a partner 提携先との入出金,1,4000\r\n";
    assert!(sums.body.contains(line), "{}", sums.body);
    let each = format!("/desk/books/journal?{days}&form=each&letters=shift_jis");
    let each = aoki.get(&world, &each).await;
    assert_eq!(each.header("content-type"), "text/csv; charset=shift_jis");
    assert!(each.body.contains(",4000,2001,with a partner"), "{}", each.body);

    let of = format!("partner={CLIENT}&number=001-1234567");
    let told = aoki.get(&world, &format!("/desk/books/account?{days}&{of}&name=%E3%82%AB")).await;
    assert_eq!((told.status, told.header("content-type")), (200, "text/plain; charset=shift_jis"));
    // Header, one movement, trailer and end, 200 letters each.
    assert!(told.body.starts_with("103") && told.body.lines().count() == 4, "{}", told.body);
    assert!(told.body.contains("0004000"), "{}", told.body);

    // Who took what is in the log: three files, and the page of none.
    let log = world.state.bank.book.records().audit_log(0, 10_000).await.unwrap();
    let entries = log.iter().map(|sealed| serde_json::from_str(&sealed.body).unwrap());
    let taken: Vec<serde_json::Value> =
        entries.filter(|entry: &serde_json::Value| entry["act"] == "books.exported").collect();
    let files: Vec<_> = taken.iter().map(|entry| entry["subject"].as_str().unwrap()).collect();
    assert_eq!(files, ["journal", "journal", "account"]);
    assert!(taken.iter().all(|entry| entry["detail"]["first"] == "2026-11-01"), "{taken:?}");
    assert_eq!(taken[1]["detail"]["form"], "each");
    assert_eq!(taken[2]["detail"]["partner"], CLIENT);
}

#[tokio::test]
async fn no_file_is_made_of_days_names_or_companies_that_are_none() {
    let (world, mut aoki) = a_month_later().await;
    let journal = |days: &str| format!("/desk/books/journal?{days}&form=sums&letters=utf-8");
    let account = |rest: &str| {
        format!("/desk/books/account?first=2026-11-01&last=2026-11-30&partner={CLIENT}&{rest}")
    };
    let refused = [
        (journal("first=2026-11-02&last=2026-11-01"), "1年以内で選んで"),
        (journal("first=2025-11-01&last=2026-11-02"), "1年以内で選んで"),
        (journal("first=2026-11-30&last=2026-12-01"), "最後の日は、きのうまで"),
        (journal("first=%3Cscript%3E&last=2026-11-02"), "1年以内で選んで"),
        (account("number=1-1&name=%E3%82%AB"), "支店番号3桁と口座番号"),
        (account("number=001-1&name=%E9%96%82"), "カナで30文字まで"),
        (
            account("number=001-1&name=%E3%82%AB").replace("2026-11", "2020-11"),
            "動いたお金はありません",
        ),
    ];
    for (path, why) in refused {
        let answer = aoki.get(&world, &path).await;

        assert_eq!(answer.status, 422, "{path}: {}", answer.body);
        assert!(answer.body.contains("ファイルを作りませんでした"), "{path}: {}", answer.body);
        assert!(answer.body.contains(why), "{path}: {}", answer.body);
    }
    let form = journal("first=2026-11-01&last=2026-11-02").replace("sums", "all");
    assert_eq!(aoki.get(&world, &form).await.status, 422);
    let nobody = account("number=001-1&name=%E3%82%AB").replace(CLIENT, "nobody");
    assert_eq!(aoki.get(&world, &nobody).await.status, 404);
}
