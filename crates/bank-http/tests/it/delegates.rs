//! Somebody looks after a holder's accounts through the pages: invited by a signature, with a passkey
//! of their own, seeing what whoever looks sees, loosening nothing.

use crate::{
    browser::{Browser, between},
    wallet::Linked,
    world::{Reply, World},
};

async fn code(world: &World, holder: &mut Browser) -> String {
    let page = holder.get(world, "/holder/delegates").await;
    let page = holder.submit(world, &page, "/holder/delegates", &[("label", "長女")]).await;
    assert!(page.body.contains("長女"), "what is signed is shown: {}", page.body);
    let page = holder.touch(world, &page, "/holder/delegates/sign").await;
    let shown = between(&page.body, "stop-code-groups\">", "</p>").unwrap_or_default();
    shown.replace("<span>", "").replace("</span>", "")
}

/// A holder with a link, and the browser of their delegate.
async fn watched(world: &World) -> (Linked, Browser, Browser) {
    let mut holder = Browser::new(3);
    let linked = world.linked(&mut holder).await;
    let code = code(world, &mut holder).await;
    let mut delegate = Browser::new(5);
    let page = delegate.get(world, "/delegate/join").await;
    let page = delegate.submit(world, &page, "/delegate/join", &[("code", &code)]).await;
    let next = delegate.touch(world, &page, "/delegate/join/passkey").await;
    assert_eq!(next.header("location"), "/delegate");
    (linked, holder, delegate)
}

#[tokio::test]
async fn a_delegate_sees_the_links_stops_one_and_the_holder_reads_who_it_was() {
    let world = World::new().await;
    let (linked, mut holder, mut delegate) = watched(&world).await;
    let path = format!("/holder/mandates/{}", linked.mandate_id);

    let portal = delegate.get(&world, "/holder").await;
    let mandate = delegate.get(&world, &path).await;
    let page = delegate.get(&world, &format!("{path}/stop")).await;
    let done = delegate.submit(&world, &page, &format!("{path}/stop"), &[]).await;
    let debit = world.debit(&linked, 1, 1_000).await;
    let read = holder.get(&world, &path).await;

    assert!(portal.body.contains("閂ウォレット") && portal.body.contains("見守り役の画面です"));
    assert!(!portal.body.contains("/holder/delegates"), "a delegate asks nobody");
    assert!(!mandate.body.contains("/raise"), "{}", mandate.body);
    assert!(done.header("location").ends_with("?done=paused"), "{}", done.body);
    let reason = debit.json()["result"]["reason"].clone();
    assert!(reason == "stopped" || reason == "not_active", "{reason}");
    assert!(read.body.contains("見守り役"), "{}", read.body);
    assert!(read.body.contains("この連携を終わらせる") && !read.body.contains("この連携を止める"));
    assert!(read.body.contains("引き落とすのは、口座の残高までです"), "{}", read.body);
    let ends = holder.get(&world, &format!("{path}/stop")).await;
    assert!(ends.body.contains("引き落としは、もう止まっています"), "{}", ends.body);
    let again = delegate.get(&world, &path).await;
    assert!(!again.body.contains(&format!("{path}/stop")), "there is nothing more to stop");
    let letter = world.letter("の手続きです").await;
    assert!(letter.body.contains("長女") && letter.body.contains("2名"), "{}", letter.body);
}

#[tokio::test]
async fn a_delegate_stops_everything_locks_and_lowers() {
    let world = World::new().await;
    let (linked, _, mut delegate) = watched(&world).await;
    let path = format!("/holder/mandates/{}", linked.mandate_id);

    let page = delegate.get(&world, &format!("{path}/lower")).await;
    let caps = [("per_day", "5000"), ("per_month", "9000")];
    let lowered = delegate.submit(&world, &page, &format!("{path}/lower"), &caps).await;
    let page = delegate.get(&world, "/holder/lock").await;
    let locked = delegate.submit(&world, &page, "/holder/lock", &[]).await;
    let page = delegate.get(&world, "/holder/stop-all").await;
    let stopped = delegate.submit(&world, &page, "/holder/stop-all", &[]).await;
    let portal = delegate.follow(&world, &stopped).await;
    let lock = delegate.get(&world, "/holder/lock").await;

    assert!(lowered.header("location").ends_with("?done=lowered"), "{}", lowered.body);
    assert_eq!(locked.header("location"), "/holder/lock?done=locked");
    assert!(portal.body.contains("受付番号は ") && portal.body.contains("お金は口座にあります"));
    assert!(!lock.body.contains("/holder/lock/open"), "a delegate opens nothing");
}

/// Every page that loosens, consents, or knows more than a delegate needs, asks for the holder.
#[tokio::test]
async fn a_delegate_loosens_nothing_and_learns_nothing_else() {
    let world = World::new().await;
    let (linked, _, mut delegate) = watched(&world).await;
    let path = format!("/holder/mandates/{}", linked.mandate_id);
    let csrf = delegate.csrf(&world, "/stop").await;
    let is_refused = |what: &str, reply: &Reply| {
        let there = reply.header("location");
        assert!(
            reply.status == 303 && there.starts_with("/holder/sign-in"),
            "{what}: {} {there}",
            reply.status
        );
    };
    for page in [
        "/holder/contacts".to_owned(),
        "/holder/approvals".to_owned(),
        "/holder/security".to_owned(),
        "/holder/delegates".to_owned(),
        "/holder/alerts".to_owned(),
        format!("{path}/raise"),
    ] {
        is_refused(&page, &delegate.get(&world, &page).await);
    }
    for form in [
        "/holder/contacts".to_owned(),
        "/holder/contacts/sign".to_owned(),
        "/holder/approvals/sign".to_owned(),
        "/holder/delegates".to_owned(),
        "/holder/delegates/sign".to_owned(),
        "/holder/lock/open".to_owned(),
        "/holder/lock/open/sign".to_owned(),
        format!("{path}/raise"),
        format!("{path}/raise/sign"),
        format!("{path}/confirm"),
        format!("{path}/second"),
    ] {
        let fields = [
            ("csrf", csrf.as_str()),
            ("account", "bac_x"),
            ("kind", "phone"),
            ("to", "090-1234-5678"),
            ("label", "x"),
            ("ceremony", "cer_00000000000000000000000000"),
            ("credential", "{}"),
            ("number", "00"),
            ("per_day", "20000"),
            ("per_month", "90000"),
            ("code", "0"),
            ("second", "letter"),
        ];
        is_refused(&form, &delegate.post(&world, &form, &fields).await);
    }
}

#[tokio::test]
async fn a_holder_ends_it_and_the_very_next_page_of_the_delegate_is_closed() {
    let world = World::new().await;
    let (_, mut holder, mut delegate) = watched(&world).await;
    assert_eq!(delegate.get(&world, "/holder").await.status, 200);

    let page = holder.get(&world, "/holder/delegates").await;
    let action = format!(
        "/holder/delegates/{}",
        between(&page.body, "action=\"/holder/delegates/", "\"").unwrap()
    );
    let ended = holder.submit(&world, &page, &action, &[]).await;

    assert_eq!(ended.header("location"), "/holder/delegates?done=ended");
    let closed = delegate.get(&world, "/holder").await;
    assert_eq!(closed.status, 303, "{}", closed.body);
    world.letter("見ることも、止めることもできなくなりました").await;
}

#[tokio::test]
async fn a_delegate_leaves_and_comes_back_to_nothing() {
    let world = World::new().await;
    let (_, _, mut delegate) = watched(&world).await;
    let page = delegate.get(&world, "/delegate").await;
    let left = delegate.submit(&world, &page, "/delegate/leave", &[]).await;
    assert_eq!(left.header("location"), "/");

    let page = delegate.get(&world, "/delegate/sign-in").await;
    let again = delegate.touch(&world, &page, "/delegate/sign-in").await;
    assert_eq!(again.header("location"), "/delegate/sign-in?again=1");
}

#[tokio::test]
async fn a_delegate_signs_in_again_with_the_passkey_of_their_own() {
    let world = World::new().await;
    let (_, _, mut delegate) = watched(&world).await;
    world.wait(13 * 3_600);
    let over = delegate.get(&world, "/holder").await;
    assert_eq!(over.status, 303);
    let page = delegate.get(&world, "/delegate/sign-in").await;
    let next = delegate.touch(&world, &page, "/delegate/sign-in").await;
    assert_eq!(next.header("location"), "/holder");
    assert_eq!(delegate.get(&world, "/holder").await.status, 200);
}

#[tokio::test]
async fn a_code_is_guessed_in_vain_and_not_for_long() {
    let world = World::new().await;
    let mut thief = Browser::new(9);
    let mut statuses = Vec::new();
    for _ in 0..22 {
        let page = thief.get(&world, "/delegate/join").await;
        let fields = [("code", "ABCD-EFGH-JKMN")];
        statuses.push(thief.submit(&world, &page, "/delegate/join", &fields).await.status);
    }
    assert_eq!(statuses[..20], [422; 20]);
    assert_eq!(statuses[20..], [429; 2]);
}

#[tokio::test]
async fn staff_invite_for_a_caller_and_never_see_the_code() {
    let world = World::new().await;
    let mut staff = Browser::new(11);
    staff.enter_desk(&world, "STAFFAOKI").await;
    let page = staff.get(&world, "/desk/phone").await;
    let call = [("branch", "001"), ("number", "9000001"), ("believed", "called_back")];
    let taken = staff.submit(&world, &page, "/desk/phone", &call).await;
    let act = format!("{}/phone", taken.header("location"));
    let csrf = staff.csrf(&world, "/desk/phone").await;
    let fields = |act, label| {
        [("csrf", csrf.as_str()), ("act", act), ("label", label), ("read_back", "yes")]
    };

    let none = staff.post(&world, &act, &fields("invite-delegate", "")).await;
    let done = staff.post(&world, &act, &fields("invite-delegate", "次男")).await;
    let case = staff.get(&world, taken.header("location")).await;
    let letter = world.letter("の招待コードをお送りします").await;

    assert_eq!(none.status, 422);
    assert_eq!(done.status, 303, "{}", done.body);
    assert!(case.body.contains("次男"));
    let code = between(&letter.body, "招待コード：", "\n").unwrap();
    assert!(!case.body.contains(code) && letter.body.contains("お金は動かせません"));
    assert!(letter.to.contains("千代田"), "to the address on file");
}

/// What a delegate stops of before is held: said before it is pressed, and undone by two people.
#[tokio::test]
async fn a_delegate_holds_an_old_contract_and_the_desk_lets_it_go_on_when_its_holder_asks() {
    let world = World::new().await;
    let (_, mut holder, mut delegate) = watched(&world).await;
    let path = format!("/holder/contracts/{}", world.contract("9000001").await);

    let page = delegate.get(&world, &format!("{path}/stop")).await;
    assert!(page.body.contains("契約は終わりません") && page.body.contains("係員がお客さまに電話"));
    let done = delegate.submit(&world, &page, &format!("{path}/stop"), &[]).await;
    assert!(done.header("location").ends_with("?done=held"), "{}", done.body);
    let seen = delegate.follow(&world, &done).await;
    assert!(
        seen.body.contains("お客さまが決めます") && !seen.body.contains(&format!("{path}/stop\""))
    );
    let own = holder.get(&world, &path).await;
    assert!(
        own.body.contains("契約は終わっていません") && own.body.contains("この契約を終わらせる")
    );
    world.letter("見守り役の方が止めました").await;

    let (mut aoki, mut baba) = (Browser::new(11), Browser::new(12));
    aoki.enter_desk(&world, "STAFFAOKI").await;
    baba.enter_desk(&world, "STAFFBABA").await;
    let cases = aoki.get(&world, "/desk").await;
    let mut at = cases.body.split("href=\"/desk/cases/").skip(1);
    let mut case = None;
    for found in at.by_ref() {
        let page = format!("/desk/cases/{}", found.split('"').next().unwrap());
        let shown = aoki.get(&world, &page).await;
        if shown.body.contains("見守り役が止めた契約") {
            case = Some((page, shown));
        }
    }
    let (case, shown) = case.expect("a case with the contract");
    let id = path.rsplit('/').next().unwrap();
    let ask = format!("{case}/resume");
    let strange = [("contract", "ctr_00000000000000000000000000"), ("reason", "窓口で本人が")];
    let strange = aoki.submit(&world, &shown, &ask, &strange).await;
    let asked = [("contract", id), ("reason", "窓口で本人が")];
    let asked = aoki.submit(&world, &shown, &ask, &asked).await;
    assert_ne!(strange.status, 303, "{}", strange.body);
    assert_eq!(asked.header("location"), "/desk/approvals");
    let waiting = baba.get(&world, "/desk/approvals").await;
    assert!(waiting.body.contains("ムカシペイ"), "{}", waiting.body);
    let approve = between(&waiting.body, "action=\"/desk/approvals/", "\"").unwrap();
    let approve = format!("/desk/approvals/{approve}");
    let agreed = baba.submit(&world, &waiting, &approve, &[("answer", "agree")]).await;

    assert_eq!(agreed.status, 303, "{}", agreed.body);
    let after = holder.get(&world, &path).await;
    assert!(!after.body.contains("見守り役の方が止めた契約です"), "{}", after.body);
    world.letter("元に戻しました").await;
}
