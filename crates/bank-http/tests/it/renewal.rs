//! What the consent page says, for a first time and for a renewal.

use std::num::NonZeroU32;

use kanuki_domain::{
    Yen,
    mandate::{Alignment, Interaction, Period, PeriodicCap, Terms, Zone},
};
use kanuki_wire::ErrorCode;

use crate::{browser::Browser, wallet::facts, world::World};

/// Terms in which no two values are the same.
fn full(world: &World) -> Terms {
    let zone = Zone::parse("Europe/Lisbon").unwrap();
    let consent = Alignment::Consent(Zone::japan());
    let mut terms = world.terms();
    terms.max_individual = Yen::of(11_111);
    terms.periodic = vec![
        PeriodicCap::rolling(Period::Day, Yen::of(22_222)),
        PeriodicCap::calendar(Period::Week, zone, Yen::of(33_333)),
        PeriodicCap {
            period: Period::Year,
            alignment: consent,
            amount: Yen::of(444_444),
            max_debits: NonZeroU32::new(55),
        },
    ];
    terms.max_debits = NonZeroU32::new(66);
    terms.valid_from = "2026-11-30T01:23:00Z".parse().unwrap();
    terms.valid_to = "2027-10-31T04:56:00Z".parse().unwrap();
    terms.interaction = vec![Interaction::InSession, Interaction::OffSession];
    terms
}

#[tokio::test]
async fn every_value_that_is_signed_is_on_the_consent_page() {
    for (lang, shown) in [
        (
            "ja",
            [
                "1週間（月曜から）の合計（Europe/Lisbonの時刻）",
                "開始から1年ごとの合計",
                "55回まで",
                "全部で66回まで",
                "2026年11月30日 10:23",
                "2027年10月31日 13:56",
                "自動",
                "引き落とし（チャージ）",
                "マイナンバーカード",
            ],
        ),
        (
            "en",
            [
                "a week from Monday (Europe/Lisbon time)",
                "each year from the start",
                "55 times",
                "66 in all",
                "30 Nov 2026, 10:23",
                "31 Oct 2027, 13:56",
                "Also without you there",
                "Payments in",
                "My Number card",
            ],
        ),
    ] {
        let world = World::new().await;
        let mut browser = Browser::new(1);
        browser.lang = lang;
        browser.enter_portal(&world, "9000001").await;
        let form = world.par_form_on(full(&world), None, facts());

        let page = world.to_consent_on(&mut browser, &form).await;

        for amount in ["¥11,111", "¥22,222", "¥33,333", "¥444,444"] {
            assert!(page.body.contains(amount), "{amount} in {lang}");
        }
        for value in shown {
            assert!(page.body.contains(value), "{value}: {}", page.body);
        }
    }
}

#[tokio::test]
async fn a_renewal_shows_old_beside_new_and_asks_for_no_account() {
    let world = World::new().await;
    let mut browser = Browser::new(1);
    let linked = world.linked(&mut browser).await;
    let grant = linked.tokens.grant_id;
    let mut terms = world.terms();
    terms.max_individual = Yen::of(20_000);
    terms.periodic[0].amount = Yen::of(20_000);
    let form = world.par_form_on(terms, grant, facts());

    let passed_by = world.to_account(&mut browser, &form).await;
    let page = browser.follow(&world, &passed_by).await;
    let callback = browser.touch(&world, &page, "/authorize/consent").await;
    let before = world.debit(&linked, 1, 1_000).await;
    let tokens = world.exchange(callback.header("location")).await;

    assert!(passed_by.header("location").starts_with("/authorize/consent"));
    for shown in ["¥20,000", "いま：¥50,000", "いますぐ有効になります", "***0001"] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    assert!(!page.body.contains("いま：¥300,000"), "what does not change is not marked");
    assert_eq!(before.status, 401, "what the wallet had is void");
    assert_eq!(tokens.grant_id, grant);
    assert_eq!(tokens.authorization_details[0].mandate_id, linked.mandate_id);
    let letter = world.letter("お客さまの署名で新しくなりました").await;
    assert!(letter.body.contains("¥20,000") && letter.body.contains("停止コード："));
}

#[tokio::test]
async fn somebody_elses_grant_is_refused_like_any_other_mismatch() {
    let world = World::new().await;
    let mut victim = Browser::new(1);
    let linked = world.linked(&mut victim).await;
    let mut other = Browser::new(2);
    other.enter_portal(&world, "9000002").await;
    let form = world.par_form_on(world.terms(), linked.tokens.grant_id, facts());

    let passed_by = world.to_account(&mut other, &form).await;
    let page = other.follow(&world, &passed_by).await;

    assert_eq!(page.status, 403);
    assert!(!page.body.contains("***0001"), "no account is shown");
    assert_eq!(world.debit(&linked, 1, 1_000).await.status, 201, "nothing has changed");

    let unknown = Some(kanuki_domain::id::GrantId::derive(&["nobody's"]));
    let form = world.par_form_on(world.terms(), unknown, facts());
    let proof = world.proof("POST", "/par", None);
    let refused = world.post_form("/par", &form, Some(&proof)).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["error"], ErrorCode::InvalidGrantId.as_str());
}
