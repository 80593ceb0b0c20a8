//! Leaked credentials, through the pages: one loads a list, the holder is told and reads no more than
//! that the account is locked, and two let it go.

use crate::{browser::Browser, world::World};

fn multipart(csrf: &str, file: &str) -> Vec<u8> {
    format!(
        "--B\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--B\r\n\
         content-disposition: form-data; name=\"file\"; filename=\"l.csv\"\r\n\r\n{file}\r\n--B--\r\n"
    )
    .into_bytes()
}

#[tokio::test]
async fn a_list_is_loaded_at_the_desk_and_only_the_holders_contacts_hear_why() {
    let world = World::new().await;
    let (mut aoki, mut baba, mut hanako) = (Browser::new(11), Browser::new(12), Browser::new(1));
    aoki.enter_desk(&world, "STAFFAOKI").await;
    baba.enter_desk(&world, "STAFFBABA").await;
    hanako.enter_portal(&world, "9000001").await;
    let list = "KANUKI-LEAK,1,漏れた口座,https://example.jp,2026-11-20\nkind,value,seen,note\n\
                account,9901-001-9000001,2026-11-12,偽サイト\n";

    let csrf = aoki.csrf(&world, "/desk/leaks").await;
    let wrong = list.replace("account,", "acount,");
    let wrong = aoki.upload(&world, "/desk/leaks", multipart(&csrf, &wrong)).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    assert!(wrong.body.contains("3行目") && !wrong.body.contains("9000001"), "{}", wrong.body);
    let loaded = aoki.upload(&world, "/desk/leaks", multipart(&csrf, list)).await;
    let after = loaded.header("location").to_owned();
    assert_eq!(
        loaded.status, 303,
        "a page that is read again sends no file again: {}",
        loaded.body
    );
    let loaded = aoki.get(&world, &after).await;
    assert!(loaded.body.contains("リストにある1件を調べ始めました"), "{}", loaded.body);

    let letter = world.letter("他人に知られている恐れ").await;
    for told in ["お金は動いていません", "暗証番号を変え", "***0001"] {
        assert!(letter.body.contains(told), "{told}: {}", letter.body);
    }
    let page = hanako.get(&world, "/holder/lock").await;
    assert!(page.body.contains("新しい連携は、理由を伝えずにお断りします"), "{}", page.body);
    assert!(!page.body.contains("漏れ") && !page.body.contains("リスト"), "{}", page.body);
    assert!(page.body.contains("action=\"/holder/lock?own=1\""), "{}", page.body);

    let account = kanuki_domain::bank_account::AccountNumber::parse("001", "9000001").unwrap();
    let about = world.state.bank.account_id(&account).to_string();
    let csrf = aoki.csrf(&world, "/desk/leaks").await;
    let find = async |browser: &mut Browser, csrf: &str, number: &str| {
        let fields = [("csrf", csrf), ("number", number)];
        browser.post(&world, "/desk/leaks/find", &fields).await.body
    };
    for number in ["001-9000001", "９９０１－００１－９０００００１", "001 9000001", &about]
    {
        let body = find(&mut aoki, &csrf, number).await;
        assert!(body.contains("この番号について、リストで分かること"), "{number}: {body}");
    }
    let body = find(&mut aoki, &csrf, "001-9000002").await;
    assert!(body.contains("どのリストでもロックされていません"), "{body}");
    for number in ["9000001", "0001-001-9000001", "", "<b>"] {
        let body = find(&mut aoki, &csrf, number).await;
        assert!(body.contains("さがせる番号ではありません"), "{number}: {body}");
    }
    let path = |act: &str| format!("/desk/leaks/hits/{about}/{act}");
    let asked = [("csrf", csrf.as_str()), ("reason", "店頭で暗証番号を変えた")];
    assert_eq!(aoki.post(&world, &path("ask"), &asked).await.status, 303);
    let alone = aoki.post(&world, &path("agree"), &[("csrf", csrf.as_str())]).await;
    assert_eq!(alone.status, 409, "{}", alone.body);
    let csrf = baba.csrf(&world, "/desk/leaks").await;
    let page = baba.get(&world, "/desk/leaks").await;
    assert!(page.body.contains(&about) && page.body.contains("店頭で暗証番号を変えた"));
    let agreed = baba.post(&world, &path("agree"), &[("csrf", csrf.as_str())]).await;
    assert_eq!(agreed.status, 303, "{}", agreed.body);

    let body = find(&mut baba, &csrf, "001-9000001").await;
    assert!(body.contains("解除済み"), "who was let go is found too: {body}");
    world.letter("そのためのロックを解きました").await;
    let page = hanako.get(&world, "/holder/lock").await;
    assert!(!page.body.contains("理由を伝えずにお断りします"), "{}", page.body);
}
