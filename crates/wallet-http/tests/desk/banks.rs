//! A bank is taken on at the desk: on a form, by two people, without a restart.

use http::StatusCode;
use kanuki_domain::{agreement, bank_account::BankCode};

use crate::support::{Company, ORIGIN};

#[tokio::test]
async fn a_bank_is_proposed_by_one_signed_by_another_and_offered_at_once() {
    let company = Company::new().await;
    company.staff("青木", "AOKI-1").await;
    company.staff("上田", "UEDA-1").await;
    let (mut aoki, mut ueda) = (company.browser(), company.browser());
    aoki.activate("AOKI-1").await;
    let mut key = ueda.activate("UEDA-1").await;
    let wallet = &company.state.wallet;
    let known = wallet.partner(BankCode::parse("9901").unwrap()).await.unwrap();
    let moment = company.state.site.world.moment("");
    let ctx = moment.ctx();
    let agreed = agreement::example(agreement::today(ctx.now));
    let defs = kanuki_site::registry::within(kanuki_site::registry::defs());
    let document = serde_json::json!({ "agreement": agreed });
    let mut values = kanuki_site::registry::values(&document, &defs);
    let keys = serde_json::to_string(&known.event_keys).unwrap();
    for (name, value) in [
        ("code", "9902"),
        ("name", "つきみ銀行"),
        ("issuer", "https://api.tsukimi.example"),
        ("authorize_url", "https://id.tsukimi.example/authorize"),
        ("client_id", "kanuki-wallet"),
        ("event_keys", keys.as_str()),
        ("message_signing", "yes"),
        ("assurance.proof", "passkey"),
        ("assurance.matches_facts", "yes"),
        ("assurance.tells_customer", "yes"),
        ("assurance.is_revocable", "yes"),
        ("assurance.reports_stops", "yes"),
        ("reason", "新しい提携先"),
    ] {
        values.insert(name.to_owned(), value.to_owned());
    }
    let fields: Vec<(&str, &str)> =
        values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();

    let page = aoki.get("/desk/propose").await;
    let sent = aoki.post(&page, "/desk/propose", &fields).await;
    assert_eq!(sent.location(), "/desk/partners/9902/1", "{}", sent.body);
    assert_eq!(wallet.linkable_banks(&ctx).await.unwrap().len(), 1, "a proposal is no bank");
    let own = aoki.get("/desk/partners/9902/1").await;
    assert!(own.body.contains("別の一人の署名が必要"), "{}", own.body);

    let page = ueda.get("/desk/partners/9902/1").await;
    let answer = key.get(&page.attribute("data-options=\""), ORIGIN).unwrap();
    let ceremony = page.attribute("name=\"ceremony\" value=\"");
    let signed = [("credential", answer.as_str()), ("ceremony", &ceremony)];
    let stolen = aoki.post(&own, "/desk/partners/9902/1/sign", &signed).await;
    assert_eq!(stolen.status, StatusCode::CONFLICT, "another browser's ceremony");
    let done = ueda.post(&page, "/desk/partners/9902/1/sign", &signed).await;
    assert_eq!(done.location(), "/desk/partners/9902", "{}", done.body);
    let open = wallet.linkable_banks(&ctx).await.unwrap();
    assert_eq!(open.len(), 2);
    let page = ueda.get("/desk/partners").await;
    let policy = page.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("https://id.tsukimi.example"), "{policy}");
    assert!(page.body.contains("つきみ銀行") && page.body.contains("稼働中"));
}
