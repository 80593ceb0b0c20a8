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
