//! A model's score at the desk: beside the attempt and its case, in words, and never before a customer.

use http::StatusCode;
use kanuki_desk::case::Case;
use kanuki_passkey::soft::SoftAuthenticator;
use kanuki_risk::{
    Policy,
    model::{Growth, Leaning, Samples},
};

use crate::{
    company::{Browser, Company},
    story::open,
    world::ORIGIN,
};

const FEATURE: &str = "distinct wallet of wallet_opened per device within 24h";
const ONE_TREE: Growth = Growth {
    trees: 1,
    depth: 1,
    rate: 1.0,
    l2: 1.0,
    weight_min: 1.0,
    rows: 1.0,
    columns: 1.0,
    seed: 1,
};

/// A model that finds the second wallet of one device likely a fraud, and a rule that asks it.
fn policy() -> Policy {
    let mut samples = Samples::new(vec![FEATURE.to_owned()]);
    for step in 0..200_u8 {
        samples.add(&[(step % 4).into()], step % 4 > 1);
    }
    let model = std::sync::Arc::new(samples.grow(&ONE_TREE, &[Leaning::Up]));
    let text = format!(
        "policy \"wallet\" version \"tried\"\nbaseline approve\nmodel \"{}\"\n
         rule likely on wallet_opened when score > 500 and {FEATURE} > 1
           then decline as likely tell desk\n",
        model.version().unwrap()
    );
    let parsed = Policy::parse_with(&text, &[model]);
    parsed.unwrap_or_else(|wrong| panic!("{}", wrong.render("t", &text)))
}

#[tokio::test]
async fn a_customer_who_is_refused_by_a_score_reads_nothing_of_it_and_the_desk_reads_why() {
    let company = Company::new().await;
    company.world.wallet.risk.reload(policy());
    let mut phone = SoftAuthenticator::from_seed([1; 32]);
    let mut browser = open(&company, &mut phone).await;
    // The same browser opens one more.
    company.post(&mut browser, "/sign-out", &[]).await;
    let profile = [("nickname", "じろう"), ("mail", "jiro@example.jp"), ("phone", "090-3333-4444")];
    let page = company.post(&mut browser, "/open", &profile).await;
    let (ceremony, options) =
        (page.after("name=\"ceremony\" value=\""), page.after("data-options=\""));
    let credential = SoftAuthenticator::from_seed([2; 32]).create(&options, ORIGIN).unwrap();
    let fields = [("ceremony", ceremony.as_str()), ("credential", credential.as_str())];
    let refused = company.post(&mut browser, "/open/finish", &fields).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.body);
    assert!(!refused.body.contains("スコア") && !refused.body.contains("likely"));

    let about = company.world.wallet.book.find_by::<Case>("about", "rule|likely").await.unwrap();
    let case = about.unwrap().case_id;
    let mut aoki = company.at_desk("aoki").await;
    for path in [format!("/desk/cases/{case}"), "/desk/risk/seen?rule=likely".to_owned()] {
        let page = company.get(&mut aoki, &path).await.body;
        for words in ["スコア", "24時間の「ウォレット開設」に出てきた「ウォレット」の数", "100%"]
        {
            assert!(page.contains(words), "{words} at {path}: {page}");
        }
    }
    let outside = company.get(&mut Browser::default(), &format!("/desk/cases/{case}")).await;
    assert_eq!(outside.status, StatusCode::SEE_OTHER);
}
