use http::StatusCode;
use kanuki_wallet::desk::Switch;

use crate::support::Company;

#[tokio::test]
async fn what_the_wallet_stops_is_public_and_what_it_stops_of_one_person_is_not() {
    let company = Company::new().await;
    company.staff("青木", "AOKI-1").await;
    let mut aoki = company.browser();
    aoki.activate("AOKI-1").await;
    let id = company.customer("hanako").await;
    let wallet_id = company.state.wallet.customer(id).await.unwrap().wallet_id;
    let page = aoki.get("/desk/switches").await;
    assert!(page.body.contains("係員が止めているものは、一つもありません。"), "{}", page.body);
    assert!(page.body.contains("銀行からの知らせ、ルールで止まったものは"), "{}", page.body);
    let one = wallet_id.to_string();
    let fields = [("kind", "wallet"), ("id", one.as_str()), ("reason", "内部の理由")];
    aoki.post(&page, "/desk/switches/stop", &fields).await;
    let mut stranger = company.browser();
    let page_now = stranger.get("/incident").await;
    assert_eq!(page_now.status, StatusCode::OK);
    assert!(page_now.body.contains("いま止めているサービスはありません"), "{}", page_now.body);

    let fields = [("kind", "everything"), ("id", ""), ("reason", "内部の理由")];
    aoki.post(&page, "/desk/switches/stop", &fields).await;

    let told = stranger.get("/incident").await;
    for words in ["すべての取引", "お店での支払い", "以前からの連携も", "お客さまでなくても"]
    {
        assert!(told.body.contains(words), "{words}");
    }
    assert!(!told.body.contains("内部の理由") && !told.body.contains("青木"));

    // A bank too: of its customers alone nothing is as usual any more.
    let fields = [("kind", "bank"), ("id", "9901"), ("reason", "内部の理由")];
    aoki.post(&page, "/desk/switches/stop", &fields).await;
    let told = stranger.get("/incident").await;
    assert!(told.body.contains("との取引") && told.body.contains("ほかにも止まっているもの"));
    assert!(!told.body.contains("いつもどおり"), "{}", told.body);
    assert!(stranger.get("/").await.body.contains("いま、止めているサービスがあります"));
}

#[tokio::test]
async fn the_wallets_words_take_two_people_and_its_drills_move_nothing() {
    let company = Company::new().await;
    company.staff("青木", "AOKI-1").await;
    company.staff("上田", "UEDA-1").await;
    let (mut aoki, mut ueda) = (company.browser(), company.browser());
    aoki.activate("AOKI-1").await;
    ueda.activate("UEDA-1").await;
    let page = aoki.get("/desk/incident").await;
    assert!(page.body.contains("新しい連携、チャージ、出金、支払い、送金"), "{}", page.body);
    let words = [("ja", "調べています"), ("en", "We look into it"), ("reason", "r")];
    let asked = aoki.post(&page, "/desk/incident/words", &words).await;
    assert_eq!(asked.location(), "/desk/approvals");
    let waiting = ueda.get("/desk/approvals").await;
    assert!(waiting.body.contains("調べています") && waiting.body.contains("お客さまへの公表"));
    let approve = format!("/desk/approvals/{}/approve", waiting.id("apr_"));
    let alone = aoki.post(&page, &approve, &[]).await;
    assert_eq!(alone.status, StatusCode::CONFLICT);
    assert!(!company.browser().get("/incident").await.body.contains("調べています"));
    assert_eq!(ueda.post(&waiting, &approve, &[]).await.location(), "/desk/approvals");
    assert!(company.browser().get("/incident").await.body.contains("調べています"));

    let task = [("scope", "everything"), ("story", "電話が続いている")];
    aoki.post(&page, "/desk/incident/drill", &task).await;
    let seen = ueda.get("/desk/incident").await;
    let (_, rest) = seen.body.split_once("/desk/incident/drill/").unwrap();
    let id: String = rest.chars().take(26).collect();
    let path = format!("/desk/incident/drill/{id}");
    ueda.post(&seen, &path, &[("act", "press"), ("scope", "everything")]).await;

    let moment = company.state.site.world.moment("");
    let ctx = moment.ctx();
    let is_stopped = company.state.wallet.is_stopped(&ctx, Switch::Everything).await.unwrap();
    assert!(!is_stopped, "a drill stops nothing");
    let shown = ueda.get("/desk/incident").await;
    assert!(shown.body.contains("0:00") && shown.body.contains("訓練"), "{}", shown.body);
    assert!(ueda.get("/desk/switches").await.body.contains("訓練では押さないでください"));
}
