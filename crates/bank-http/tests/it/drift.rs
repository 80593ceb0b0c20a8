//! The model beside its training, through the page: quiet without a model, quiet while attempts look as
//! they did, loud when they do not, and what cases of a score turned out to be.

use std::sync::Arc;

use kanuki_desk::{counts, drift};
use kanuki_domain::Yen;
use kanuki_risk::{
    Key, Kind, Signal,
    model::{Leaning, Model, Samples},
};

use crate::{
    browser::Browser,
    scores::{ONE_TREE, declined, model, obey},
    world::World,
};

const PAGE: &str = "/desk/risk/drift";

/// Grown from one debit of each account, of as many amounts.
fn ordinary() -> Arc<Model> {
    let names = ["amount", "count of debit per account within 1h"].map(str::to_owned).to_vec();
    let mut samples = Samples::new(names);
    for step in 0..400_u16 {
        let amount = step * 100;
        samples.add(&[amount.into(), 1_u8.into()], amount > 20_000);
    }
    Arc::new(samples.grow(&ONE_TREE, &[Leaning::Up]))
}

/// One debit of each of other accounts, decided as the bank does.
async fn debits(world: &World, amounts: impl Iterator<Item = u64>) {
    let (bank, moment) = (&world.state.bank, world.state.site.world.moment(""));
    for (n, amount) in (1_u128..).zip(amounts) {
        let keys = vec![Key::Account(format!("acc_{n}_{amount}"))];
        let signal = Signal::new(Kind::Debit, moment.ctx().now, keys);
        let signal = signal.with_amount(Yen::new(amount).unwrap());
        counts::decide(&bank.risk, n, &signal).await;
    }
}

async fn body(world: &World, browser: &mut Browser, path: &str) -> String {
    browser.get(world, path).await.body
}

#[tokio::test]
async fn attempts_unlike_those_of_the_training_are_loud_and_nothing_else_is() {
    const LOUD: &str = "試みが、モデルの学習時と似ていません";
    let world = World::new().await;
    let mut aoki = Browser::new(11);
    assert_eq!(aoki.get(&world, PAGE).await.status, 303, "nobody who is not at the desk reads it");
    aoki.enter_desk(&world, "STAFFAOKI").await;
    let page = body(&world, &mut aoki, PAGE).await;
    assert!(page.contains("比べるものはありません"), "the shipped rules name no model: {page}");

    obey(&world.state.bank.risk, &ordinary());
    debits(&world, (0..400).map(|step| step * 100)).await;
    let page = body(&world, &mut aoki, PAGE).await;
    assert!(page.contains("比べるには件数が足りません"), "{page}");
    debits(&world, (0..400).map(|step| step * 100 + 50)).await;
    let page = body(&world, &mut aoki, PAGE).await;
    assert!(page.contains("この7日の試み800件"), "{page}");
    assert!(!page.contains(LOUD), "{page}");
    assert!(!body(&world, &mut aoki, "/desk").await.contains(LOUD));

    debits(&world, (0..2_000).map(|step| 35_000 + step)).await;
    let head = body(&world, &mut aoki, "/desk").await;
    assert!(!head.contains(LOUD), "this node has not kept it yet");
    let (bank, moment) = (&world.state.bank, world.state.site.world.moment(""));
    drift::keep(&bank.book, &bank.risk, &moment.ctx()).await.unwrap();
    let head = body(&world, &mut aoki, "/desk").await;
    assert!(head.contains(LOUD) && head.contains(PAGE), "{head}");
    let page = body(&world, &mut aoki, PAGE).await;
    for words in [LOUD, "この7日の試み2,800件", "<svg", "¥36,000以上", "似ていない"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    let audit = world.state.bank.book.records().audit_log(0, 1_000).await.unwrap();
    let reads = audit.iter().filter(|entry| entry.body.contains("\"drift\"")).count();
    assert_eq!(reads, 4, "each look leaves a name");
}

#[tokio::test]
async fn what_a_score_said_is_held_against_what_staff_found() {
    let world = World::new().await;
    obey(&world.state.bank.risk, &model());
    let case = declined(&world, "acc_1").await;
    let mut aoki = Browser::new(11);
    aoki.enter_desk(&world, "STAFFAOKI").await;

    let page = body(&world, &mut aoki, PAGE).await;
    assert!(page.contains("結果を記録した案件は0件、未記録は1件"), "{page}");

    let csrf = aoki.csrf(&world, "/desk/risk/quality").await;
    let path = format!("/desk/risk/quality/{}", case.case_id);
    aoki.post(&world, &path, &[("csrf", &csrf), ("found", "fraud")]).await;
    let page = body(&world, &mut aoki, PAGE).await;
    assert!(page.contains("結果を記録した案件は1件、未記録は0件"), "{page}");
    assert!(page.contains("100.0%"), "all that were judged were frauds: {page}");
}
